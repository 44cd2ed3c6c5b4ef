"""What a dimension goes along with, in the words of its slider."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from core.metrics.correlates import Correlate, Correlates


def tr(text: str) -> str:
    """Texts that people read."""
    return QCoreApplication.translate("Correlates", text)


def caption(found: Correlates, dim: int) -> str:
    """ "goes with pos x (r = −0.97)"; "" where it goes along with nothing."""
    one = found.of(dim)
    return tr("goes with {name} ({how})").format(name=_name(one), how=_how(one)) if one is not None else ""


def explanation(found: Correlates, dim: int) -> str:
    """The same in full, as rich text for a tooltip: over what, and what the number means."""
    one = found.of(dim)
    if one is None:
        return tr("Over {n} pictures it goes along with no label or factor more closely than chance does.").format(
            n=f"{found.images:,}"
        )
    if one.measure == "r":
        text = tr(
            "Of all labels and factors its mean goes along most with <b>{name}</b>, over {n} pictures: {how} (Pearson's "
            "correlation; 1 or −1 = wholly, 0 = not at all)."
        )
    else:
        text = tr(
            "Of all labels and factors its mean goes along most with <b>{name}</b>, over {n} pictures: {how} (correlation "
            "ratio, the root of the share of its variance that the values of {name} explain; 1 = wholly, 0 = not at all)."
        )
    return text.format(name=escape(_name(one)), n=f"{found.images:,}", how=_how(one))


def about_labels(found: Correlates) -> str:
    """What stands under the sliders."""
    if (found.best < 0).all():
        return tr("None goes along with a label of the opened pictures beyond chance.")
    return tr("Under each: the label or factor that it goes along with most, over {n} pictures.").format(n=f"{found.images:,}")


def _name(one: Correlate) -> str:
    return one.name.replace("_", " ")


def _how(one: Correlate) -> str:
    """ "r = −0.97": a real minus, and no 1.00 that isn't one."""
    symbol = "r" if one.measure == "r" else "η"
    near = min(abs(one.value), 0.99) if abs(one.value) < 0.9995 else 1.0
    return f"{symbol} = {'−' if one.value < 0 else ''}{near:.2f}"

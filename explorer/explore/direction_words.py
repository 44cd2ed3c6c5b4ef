"""A direction in words and bars."""

from __future__ import annotations

from html import escape

import numpy as np
from PySide6.QtCore import QCoreApplication

from core.latent.directions import Direction

BARS = 16
LEAST_AUC = 0.7
LEAST_STABILITY = 0.8
LARGE_SHARE = 0.05  # of a direction's squared length


def title(direction: Direction) -> str:
    """Its name for people."""
    return direction.name.replace("_", " ").capitalize()


def describe(direction: Direction) -> str:
    """The tooltip of its slider, as HTML: what percent means, and how far to trust it."""
    parts = [
        _tr(
            "0 % is this picture as it is; 100 % is where the average picture with “{name}” lies along this direction, "
            "−100 % where the average one without it does. Beyond the marked zone no real picture lies."
        ).format(name=title(direction).lower())
    ]
    if np.isfinite(direction.auc):
        text = _tr("Held-out AUC {auc:.3f} over {n} pictures (0.5 = chance, 1 = perfect).")
        parts.append(text.format(auc=direction.auc, n=direction.held_out))
    if direction.balance:
        parts.append(_tr("Balanced by “{column}”, which it therefore leaves alone.").format(column=direction.balance))
    if direction.kept:
        parts.append(_tr("Kept as they are: {names}.").format(names=", ".join(map(thing, direction.kept))))
    return "".join(f"<p>{escape(part)}</p>" for part in parts)


def origin(direction: Direction) -> str:
    """How it came about."""
    how = {
        "mean": _tr("Difference of the means"),
        "balanced": _tr("Difference of the means, balanced by {column}").format(column=thing(direction.balance)),
        "logistic": _tr("Logistic regression"),
        "visible": _tr("Logistic regression, turned to where it is seen"),
        "examples": _tr("Taught by examples"),
    }.get(direction.method, direction.method)
    if direction.balance and direction.method in ("logistic", "visible"):
        how = _tr("{method}, balanced by {column}").format(method=how, column=thing(direction.balance))
    return f"{how}. {direction.source[:1].upper()}{direction.source[1:]}." if direction.source else f"{how}."


def cautions(direction: Direction) -> list[str]:
    """What speaks against trusting it, in sentences; that nothing does, in one."""
    if np.isnan(direction.stability) and np.isnan(direction.auc):
        return [_tr("Nothing is known of how far it can be trusted.")]
    found = []
    if direction.auc < LEAST_AUC:
        found.append(_tr("It hardly tells the pictures apart."))
    if direction.stability < LEAST_STABILITY:
        found.append(_tr("Other pictures would give another direction: more of them would help."))
    large = [name for name, share in direction.shares.items() if share >= LARGE_SHARE and name not in direction.kept]
    if large:
        names = ", ".join(map(thing, sorted(large, key=lambda name: -direction.shares[name])))
        found.append(_tr("These change along with it: {names}.").format(names=names))
    if not found:
        found.append(
            _tr("Whether it also moves something else hasn't been examined.")
            if np.isnan(direction.stability)
            else _tr("Nothing speaks against trusting it.")
        )
    return found


def thing(name: str) -> str:
    """What a direction can be made of, in words."""
    known = {"brightness": _tr("brightness"), "sharpness": _tr("sharpness"), "pose": _tr("turn of the head")}
    return known.get(name) or name.replace("_", " ")


def strongest(direction: Direction) -> list[tuple[int, float]]:
    """The dimensions in which the class means differ most, the most first: (dimension, difference in units of z)."""
    order = np.argsort(-np.abs(direction.difference), kind="stable")[:BARS]
    return [(int(dim), float(direction.difference[dim])) for dim in order]


def _tr(text: str) -> str:
    return QCoreApplication.translate("directions", text)

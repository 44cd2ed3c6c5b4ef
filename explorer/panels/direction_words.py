"""A direction in words and bars."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication

from core.latent.directions import Direction

BARS = 16


def title(direction: Direction) -> str:
    """Its name for people."""
    return direction.name.replace("_", " ").capitalize()


def describe(direction: Direction) -> str:
    """The tooltip of its slider: what percent means, and how far to trust it."""
    text = _tr(
        "0 % is this face as it is; 100 % is where the average face with “{name}” lies along this direction, "
        "−100 % where the average one without it does. Beyond the marked zone no real face lies."
    ).format(name=title(direction).lower())
    if np.isfinite(direction.auc):
        text += "\n" + _tr("Held-out AUC {auc:.3f} over {n} pictures (0.5 = chance, 1 = perfect).").format(
            auc=direction.auc, n=direction.held_out
        )
    if direction.balance:
        text += "\n" + _tr("Balanced by “{column}”, which it therefore leaves alone.").format(column=direction.balance)
    return text


def strongest(direction: Direction) -> list[tuple[int, float]]:
    """The dimensions in which the class means differ most, the most first: (dimension, difference in units of z)."""
    order = np.argsort(-np.abs(direction.difference), kind="stable")[:BARS]
    return [(int(dim), float(direction.difference[dim])) for dim in order]


def _tr(text: str) -> str:
    return QCoreApplication.translate("directions", text)

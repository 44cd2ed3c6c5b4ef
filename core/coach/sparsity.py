"""Whether an SC-VAE's codes are alive and sparse: neither empty nor dense, of atoms in use, and of vectors that aren't alike."""

from __future__ import annotations

import numpy as np

from core.coach.base import Advice, Facts, Severity
from core.coach.wording import number

LAST_EPOCHS = 2  # in a row, so that a first bad moment isn't judged
SETTLE_EPOCHS = 4  # before dead atoms are counted: unused ones come into use in the first epochs
EMPTY = 0.002  # share of non-zeros: with 128 atoms a place then has one every fourth time
DENSE = 0.5
DEAD = 0.5  # share of the atoms
ALIKE = 0.02  # variance of the encoder's vectors from picture to picture, of 1
FEWEST_ATOMS = 32


def empty_codes(facts: Facts) -> Advice | None:
    """Hardly a coefficient is above the threshold: the decoder hears nothing, and nothing teaches the encoder."""
    nonzeros = _last(facts, "nonzeros")
    if nonzeros is None or (nonzeros > EMPTY).any():
        return None
    threshold = facts.config.settings.threshold
    share = 100.0 * float(nonzeros[-1])
    sentence = "No coefficient is above the threshold: the codes are empty."
    if share:
        sentence = f"Only {number(round(share, 2))} % of the coefficients are above the threshold: the codes are all but empty."
    reason = (
        f"All pictures come back alike, and what doesn't get through isn't learned. Lower the threshold of {number(threshold)}."
    )
    return Advice("empty_codes", sentence, reason, Severity.PROBLEM, {"threshold": round(threshold / 2.0, 4)})


def alike(facts: Facts) -> Advice | None:
    """The encoder's vectors hardly vary between pictures: it has collapsed, and all codes say the same."""
    spread = _last(facts, "spread")
    if spread is None or (spread > ALIKE).any():
        return None
    sentence = f"The encoder says nearly the same of every picture: its vectors vary by {number(round(float(spread[-1]), 4))} of 1."
    reason = "It has collapsed; a smaller learning rate, or a larger batch, keeps it from that."
    return Advice("alike", sentence, reason, Severity.PROBLEM, {"learning_rate": facts.config.learning_rate / 3.0})


def dense_codes(facts: Facts) -> Advice | None:
    """Half of the coefficients or more aren't 0: atoms mean little alone."""
    nonzeros = _last(facts, "nonzeros")
    if nonzeros is None or (nonzeros < DENSE).any():
        return None
    threshold = facts.config.settings.threshold
    sentence = f"{100.0 * float(nonzeros[-1]):.0f} % of the coefficients aren't 0: these codes are hardly sparse."
    reason = "Where every place uses most atoms, none of them means much alone. A higher threshold keeps the strongest."
    return Advice("dense_codes", sentence, reason, Severity.WARNING, {"threshold": round(2.0 * threshold, 4) or 0.5})


def dead_atoms(facts: Facts) -> Advice | None:
    """Most atoms are used by no picture: a smaller dictionary would say as much."""
    dead = _last(facts, "dead_atoms", SETTLE_EPOCHS)
    if dead is None or (dead < DEAD).any():
        return None
    atoms = facts.config.settings.atoms
    sentence = f"{100.0 * float(dead[-1]):.0f} % of the {atoms} atoms are used by no validation picture."
    reason = "What isn't used isn't learned. A lower threshold brings more into use; a smaller dictionary would do as well."
    change: dict[str, object] = {"atoms": max(FEWEST_ATOMS, atoms // 2)} if atoms > FEWEST_ATOMS else {}
    return Advice("dead_atoms", sentence, reason, Severity.WARNING, change)


def _last(facts: Facts, key: str, after: int = 0) -> np.ndarray | None:
    """A number of the last epochs; None before there are enough of them."""
    values: np.ndarray = facts.history.valid(key)
    if len(values) < LAST_EPOCHS + after or not np.isfinite(values[-LAST_EPOCHS:]).all():
        return None
    return values[-LAST_EPOCHS:]

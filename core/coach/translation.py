"""Whether a CycleGAN translates: it may copy every picture, or hide in its translations what they came from."""

from __future__ import annotations

import numpy as np

from core.coach.base import Advice, Facts, Severity
from core.coach.wording import number

LAST_EPOCHS = 2  # in a row
SETTLE_PAIRS = 4000  # before copies are spoken of: a discriminator takes its time to learn what the sides differ in
MORE = 10.0  # percent of the pictures, beyond those that are read wrongly anyway
GOOD_CYCLE, POOR_CYCLE = 27.0, 20.0  # dB: as numbers, and through JPEG


def copying(facts: Facts) -> Advice | None:
    """Hardly a translated picture is read as the other side: the model copies."""
    flips, right = _last(facts, "flips"), _last(facts, "read_right")
    pairs = facts.config.settings.epoch_pairs or facts.data.get("train", 0) // 2
    if flips is None or right is None or facts.history.epoch[-1] * pairs < SETTLE_PAIRS:
        return None
    if (flips > 100.0 - right + MORE).any():
        return None
    cycle, identity = facts.config.settings.cycle_weight, facts.config.settings.identity_weight
    return Advice(
        "copying",
        f"Only {flips[-1]:.0f} % of the translated pictures are read as the other side: most of them are copies.",
        f"A copy has no cycle and no identity loss. Let both count less than {number(cycle)} and {number(identity)}.",
        Severity.WARNING,
        {"cycle_weight": cycle / 2.0, "identity_weight": identity / 4.0},
    )


def hiding(facts: Facts) -> Advice | None:
    """Pictures come back well as numbers, and badly once their translations were saved as JPEG."""
    for side, name in (("a", "A"), ("b", "B")):
        exact, saved = _last(facts, f"psnr_{side}"), _last(facts, f"jpeg_{side}")
        if exact is not None and saved is not None and (exact > GOOD_CYCLE).all() and (saved < POOR_CYCLE).all():
            return Advice(
                "hiding",
                f"Pictures of {name} come back at {exact[-1]:.0f} dB, but at {saved[-1]:.0f} dB through JPEG.",
                "Their translations hide what they came from in differences that nobody sees: the cycle says little.",
                Severity.TIP,
            )
    return None


def _last(facts: Facts, key: str) -> np.ndarray | None:
    """A number of the last epochs; None before there are enough of them."""
    values: np.ndarray = facts.history.valid(key)
    known = values[-LAST_EPOCHS:]
    return known if len(known) == LAST_EPOCHS and np.isfinite(known).all() else None

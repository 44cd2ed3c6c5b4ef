"""Whether the run's length suits it: still getting better at its end, or done long before."""

from __future__ import annotations

import numpy as np

from core.coach.base import Advice, Facts, Severity
from core.coach.trends import noise, smooth

LAST_SHARE = 0.2  # of the epochs; their gain tells whether more would help
FEWEST_LAST = 2  # epochs in that share
GAIN_DB = 0.25  # of PSNR there; about twice what healthy runs gain in it (docs/coach.md)
LONGER = 1.5  # times the epochs
IDLE_SHARE = 0.5  # of the epochs, that brought nothing
FEWEST_IDLE = 20  # epochs
IDLE_DB = 0.05  # of PSNR over all of them: too little to see
NOISES = 3.0
SPAN = 3  # epochs; a level is their median


def still_improving(facts: Facts) -> Advice | None:
    """At its last epoch the run was still gaining PSNR, and ELBO with it."""
    if not facts.is_complete or facts.has_ended_early:
        return None
    psnr, elbo = _curves(facts)
    last = round(LAST_SHARE * len(psnr))
    if last < FEWEST_LAST:
        return None
    gain = _gain_of_last(psnr, last)
    if gain <= max(GAIN_DB, NOISES * noise(psnr[-2 * last - 1 :])) or _gain_of_last(elbo, last) <= 0.0:
        return None
    epochs = _round_up(LONGER * (facts.config.epochs if facts.has_later_phase else facts.history.epochs))
    sentence = f"It was still improving at the end: the last {last:,} epochs brought {gain:.1f} dB."
    reason = "More epochs would make the pictures sharper."
    return Advice("still_improving", sentence, reason, Severity.TIP, {"epochs": epochs})


def plateau(facts: Facts) -> Advice | None:
    """The last half of the epochs brought nothing that anybody could see.

    No advice while the learning rate has yet to fall, since that fall often brings some more.
    """
    config = facts.config
    falls = config.lr_schedule != "constant"
    if (falls and not facts.is_complete) or config.early_stopping:
        return None
    psnr, elbo = _curves(facts)
    idle = round(IDLE_SHARE * len(psnr))
    if idle < FEWEST_IDLE:
        return None
    noticed = max(NOISES * noise(elbo[-idle:]), 0.0)
    if _gain_of_last(psnr, idle) >= IDLE_DB or _gain_of_last(elbo, idle) > noticed:
        return None
    done = int(facts.history.epoch[facts.settled][-idle - 1])
    epochs = _round_up(done * (1.0 + LAST_SHARE))
    if epochs >= facts.history.epochs:
        return None
    sentence = f"The last {idle:,} epochs brought no more than {IDLE_DB} dB."
    reason = f"The run had converged at about epoch {done:,}; {epochs:,} epochs would give the same pictures sooner."
    return Advice("plateau", sentence, reason, Severity.TIP, {"epochs": epochs})


def _curves(facts: Facts) -> tuple[np.ndarray, np.ndarray]:
    """Validation PSNR and ELBO of the epochs that may be compared."""
    rows = facts.settled & np.isfinite(facts.history.valid("psnr"))
    return facts.history.valid("psnr")[rows], facts.history.valid("elbo")[rows]


def _gain_of_last(values: np.ndarray, count: int) -> float:
    """How far the best level of the last epochs lies above the best before them."""
    return float(smooth(values[-count:], SPAN).max() - smooth(values[:-count], SPAN).max())


def _round_up(epochs: float) -> int:
    """To the next multiple of 5, or of 50 above 500."""
    step = 5 if epochs <= 500 else 50
    return int(-(-epochs // step) * step)

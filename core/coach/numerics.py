"""Whether the steps are too long: a training loss that jumps, or that has turned and climbs."""

from __future__ import annotations

import numpy as np

from core.coach.base import Advice, Facts, Severity
from core.coach.trends import level, noise, smooth
from core.coach.wording import number, round_number
from core.wording import counted

FEWEST_EPOCHS = 6
RECENT_EPOCHS = 20
BEFORE = 3  # epochs whose median a jump starts from
JUMPS = 2  # among the recent epochs; a single one happens
SHARE = 0.1  # of what training has gained, that a jump or a climb must exceed
NOISES = 5.0
SLOWER = 3.0  # the learning rate is divided by this
FIRST_EPOCHS = 2  # that say nothing of what training gains: the first losses may be anything


def diverging(facts: Facts) -> Advice | None:
    """The training loss has left its best level and stays above it."""
    loss = _training_loss(facts)
    if len(loss) < FEWEST_EPOCHS:
        return None
    curve = smooth(loss, BEFORE)
    best = int(curve.argmin())
    rise = level(loss, BEFORE) - float(curve[best])
    if len(loss) - 1 - best < BEFORE or rise <= _least(facts, loss):
        return None
    epoch = int(facts.history.epoch[facts.settled][best])
    sentence = f"The training loss has been climbing since epoch {epoch:,}."
    reason = f"Steps this long make the model worse; a learning rate below {number(facts.config.learning_rate)} would help."
    return Advice("diverging", sentence, reason, Severity.PROBLEM, _slower(facts))


def jumps(facts: Facts) -> Advice | None:
    """The training loss jumped up more than once lately, though it came down again."""
    loss = _training_loss(facts)
    if len(loss) < FEWEST_EPOCHS:
        return None
    least = _least(facts, loss)
    places = range(max(BEFORE, len(loss) - RECENT_EPOCHS), len(loss))
    high = [float(loss[at] - np.median(loss[at - BEFORE : at])) > least for at in places]
    count = sum(now and not before for before, now in zip([False, *high[:-1]], high, strict=True))
    if count < JUMPS:
        return None
    sentence = f"The training loss jumped up {counted(count, 'time')} in the last {counted(len(places), 'epoch')}."
    rate = number(facts.config.learning_rate)
    reason = f"Single steps undo what many have learned; a learning rate below {rate} would help, or a clipped gradient."
    return Advice("jumps", sentence, reason, Severity.WARNING, _slower(facts))


def _training_loss(facts: Facts) -> np.ndarray:
    loss: np.ndarray = facts.history.train("loss")[facts.settled]
    return loss


def _least(facts: Facts, loss: np.ndarray) -> float:
    """The smallest rise of a loss that means anything: more than noise, and much of what training has gained."""
    curve = smooth(loss, BEFORE)
    gained = float(curve[FIRST_EPOCHS] - curve.min())
    return max(SHARE * gained, NOISES * noise(loss), facts.least_noticed)


def _slower(facts: Facts) -> dict[str, object]:
    return {"learning_rate": round_number(facts.config.learning_rate / SLOWER)}

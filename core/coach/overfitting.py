"""Whether a run has begun to learn its training pictures by heart: training still improves, validation gets worse."""

from __future__ import annotations

import numpy as np

from core.coach.base import Advice, Facts, Severity
from core.coach.trends import level, noise, smooth
from core.coach.wording import number

FEWEST_EPOCHS = 12  # a shorter curve has no trend that its first epochs couldn't explain
BEHIND_EPOCHS = 8  # since the best epoch, at least
BEHIND_SHARE = 0.2  # of the epochs done, likewise
NOISES = 3.0  # standard deviations of a single epoch; a fall must exceed this
RECOVERED_SHARE = 0.25  # of the fall; a curve that has come back so far isn't getting worse
DROPOUT = 0.1  # added to the run's own
DROPOUT_ENOUGH = 0.3


def overfitting(facts: Facts) -> Advice | None:
    """The validation ELBO falls for long, beyond its noise, while the training loss goes on falling.

    The ELBO counts with beta 1, so the loss that this run minimises must have got worse too: with a small beta the KL
    may grow for good reasons. Judged by early stopping's generalisation loss with a progress condition (Prechelt 1998,
    "Early stopping - but when?"), on running medians instead of single epochs.
    """
    history = facts.history
    rows = np.flatnonzero(facts.settled)
    if len(rows) < FEWEST_EPOCHS:
        return None
    elbo, loss, train = history.valid("elbo")[rows], history.valid("loss")[rows], history.train("loss")[rows]
    curve = smooth(elbo)
    best = int(curve.argmax())
    needed = max(BEHIND_EPOCHS, BEHIND_SHARE * len(rows))
    trained = history.epoch[facts.of_first_phase]
    best_epoch = int(history.epoch[rows[int(elbo.argmax())]]) if facts.has_later_phase else history.best_epoch
    if min(len(rows) - 1 - best, int(trained[-1]) - best_epoch) < needed:
        return None
    now, floor = level(elbo), facts.least_noticed
    fall = float(curve[best]) - now
    lowest = float(curve[best:].min())
    loss_curve = smooth(loss)
    loss_rise = level(loss) - float(loss_curve.min())
    if fall <= max(NOISES * noise(elbo[best:]), floor) or loss_rise <= max(NOISES * noise(loss[best:]), floor):
        return None
    if now - lowest > RECOVERED_SHARE * fall or level(train) >= float(smooth(train)[best]):
        return None
    change, hint = _less_by_heart(facts)
    sentence = f"The validation ELBO has been getting worse since epoch {best_epoch:,}, while training still improves."
    reason = f"The model memorises its training pictures; the best model, of epoch {best_epoch:,}, is kept. {hint}"
    return Advice("overfitting", sentence, reason, Severity.WARNING, change)


def _less_by_heart(facts: Facts) -> tuple[dict[str, object], str]:
    """What keeps a model from learning pictures by heart, and how to say it."""
    dropout = facts.config.settings.model.dropout
    if dropout < DROPOUT_ENOUGH:
        return {"model.dropout": round(dropout + DROPOUT, 2)}, "More pictures or dropout would help."
    if not facts.config.data.mirror:
        return {"data.mirror": True}, "More pictures would help, and so would mirrored ones."
    if not facts.config.early_stopping:
        patience = int(max(BEHIND_EPOCHS, round(BEHIND_SHARE * facts.config.epochs)))
        return {"early_stopping": patience}, f"With dropout {number(dropout)} already, only more pictures would help; stop earlier."
    return {}, f"With dropout {number(dropout)} already, only more pictures would help."

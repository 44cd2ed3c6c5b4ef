"""Ending a run once validation has stopped getting better (Prechelt, "Early stopping - but when?", 1998)."""

from __future__ import annotations

from core.config import TrainConfig
from core.families.base import planned_epochs
from core.families.registry import family
from core.training.position import Position


def ended_early(config: TrainConfig, at: Position) -> bool:
    """Whether so many epochs in a row as `early_stopping` says brought none that was better on the validation pictures.

    Epochs in which a family's own number can't get better for a reason that passes don't count. Within an epoch the answer is no.
    """
    waiting_since = max(at.best_epoch, at.patience_from, family(config.family).patience_from(config))
    return not at.step and 0 < config.early_stopping <= at.epoch - waiting_since


def is_over(config: TrainConfig, at: Position) -> bool:
    """Whether no epoch is left to do."""
    return (at.epoch >= planned_epochs(family(config.family), config) and not at.step) or ended_early(config, at)


def go_on(at: Position, before: TrainConfig, now: TrainConfig) -> None:
    """Take in what a person changed for a resumed run: who raises the end wants more epochs, so patience starts anew."""
    kind = family(now.family)
    if planned_epochs(kind, now) > planned_epochs(kind, before):
        at.patience_from = at.epoch


def why(at: Position) -> str:
    """The sentence for a run that ended early."""
    return (
        f"Ended early after epoch {at.epoch}: epoch {at.best_epoch} was the best on the validation pictures, none since was better."
    )

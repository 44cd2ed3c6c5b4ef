"""Ending a run once validation has stopped getting better (Prechelt, "Early stopping - but when?", 1998)."""

from __future__ import annotations

from core.config import TrainConfig
from core.errors import ConfigError
from core.families.base import phase_at, planned_epochs
from core.families.registry import family
from core.runs.position import Position


def ended_early(config: TrainConfig, at: Position) -> bool:
    """Whether so many epochs in a row as `early_stopping` says brought none that was better on the validation pictures.

    Epochs in which a family's own number can't get better for a reason that passes don't count. Within an epoch the answer is no,
    and at the end of a phase that another one follows.
    """
    kind = family(config.family)
    if at.step or phase_at(kind, config, at.epoch).name != at.phase:
        return False
    waiting_since = max(at.best_epoch, at.patience_from, kind.patience_from(config))
    return 0 < config.early_stopping <= at.epoch - waiting_since


def is_over(config: TrainConfig, at: Position) -> bool:
    """Whether no epoch is left to do."""
    return (at.epoch >= planned_epochs(family(config.family), config) and not at.step) or ended_early(config, at)


def go_on(at: Position, before: TrainConfig, now: TrainConfig) -> None:
    """Take in what a person changed for a resumed run: who raises the end wants more epochs, so patience starts anew.

    Raises:
        ConfigError: a phase that is over would have another length.
    """
    kind = family(now.family)
    end = 0
    for old, new in zip(kind.phases(before), kind.phases(now), strict=False):
        end += old.epochs
        is_over = end < at.epoch or (end == at.epoch and at.phase != old.name)
        if is_over and (new.name, new.epochs) != (old.name, old.epochs):
            raise ConfigError(
                f"This run is past {old.title}, which took {old.epochs} epochs; it can't take {new.epochs} any more.",
                "Leave its length as it was, or start a new run.",
            )
    if planned_epochs(kind, now) > planned_epochs(kind, before):
        at.patience_from = at.epoch


def why(at: Position) -> str:
    """The sentence for a run that ended early."""
    return (
        f"Ended early after epoch {at.epoch}: epoch {at.best_epoch} was the best on the validation pictures, none since was better."
    )

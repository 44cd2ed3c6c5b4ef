"""Ending a run once validation has stopped getting better (Prechelt, "Early stopping - but when?", 1998)."""

from __future__ import annotations

import math

from core.config import TrainConfig
from core.training.position import Position


def ended_early(config: TrainConfig, at: Position) -> bool:
    """Whether so many epochs in a row as `early_stopping` says brought no better validation ELBO.

    Epochs of beta's linear warm-up don't count: while the KL term is weak, the ELBO gets worse for a reason that passes.
    Within an epoch the answer is no.
    """
    warmup = math.ceil(config.objective.beta_warmup_epochs) if config.objective.beta_schedule == "linear" else 0
    waiting_since = max(at.best_epoch, at.patience_from, warmup)
    return not at.step and 0 < config.early_stopping <= at.epoch - waiting_since


def is_over(config: TrainConfig, at: Position) -> bool:
    """Whether no epoch is left to do."""
    return (at.epoch >= config.epochs and not at.step) or ended_early(config, at)


def go_on(at: Position, before: TrainConfig, now: TrainConfig) -> None:
    """Take in what a person changed for a resumed run: who raises the end wants more epochs, so patience starts anew."""
    if now.epochs > before.epochs:
        at.patience_from = at.epoch


def why(at: Position) -> str:
    """The sentence for a run that ended early."""
    return (
        f"Ended early after epoch {at.epoch}: epoch {at.best_epoch} was the best on the validation pictures, none since was better."
    )

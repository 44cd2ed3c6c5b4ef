"""How long a run would take on this machine, going by a run like it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.config import TrainConfig, all_settings, get
from core.families.base import phases_of, planned_epochs
from core.families.registry import family
from core.runs.listing import RunSummary

ALIKE = (
    "data.source",
    "data.limit",
    "data.image_size",
    "data.channels",
    "data.valid_fraction",
    "batch_size",
    "threads",
    "device",
    "precision",
    "processes",
    "objective.name",
)
"""Settings that decide how long an epoch takes, as far as a family has them, beside those that the weights fix."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How long a run would take, in seconds, and the name of the run that says so.

    What a model learns after its last epoch is in the seconds, as long as it took a run like it; where none has done it,
    `is_without_end` says so.
    """

    seconds: float
    by: str
    is_without_end: bool = False


def expected(config: TrainConfig, runs: Sequence[RunSummary]) -> Expected | None:
    """How long a run with these settings would take; None where no run was like it.

    Args:
        config: the settings.
        runs: known ones, the newest first. One counts that was trained here on the same pictures, with the same network.
    """
    kind = family(config.family)
    alike = [(run, other) for run in runs if (other := _like(config, run)) is not None]
    end, is_without_end = 0.0, False
    if kind.completes(config) is not None:
        ends = (run.closing_seconds for run, other in alike if kind.completes(other) == kind.completes(config))
        end = next(filter(math.isfinite, ends), math.nan)
        end, is_without_end = (0.0, True) if math.isnan(end) else (end, False)
    for run, other in alike:
        left, units = run.epoch, 0.0
        first, *_ = kind.phases(other)
        less = max(0, planned_epochs(kind, other) - run.epochs) if run.epochs else 0  # early stopping can end the first phase
        for phase in phases_of(kind, other, {first.name: first.epochs - less}):
            units += min(left, phase.epochs) * phase.pace
            left -= min(left, phase.epochs)
        if units > 0.0 and run.seconds > 0.0 and math.isfinite(run.seconds):
            trained = run.seconds / units * sum(phase.epochs * phase.pace for phase in phases_of(kind, config))
            return Expected(trained + end, run.name, is_without_end)
    return None


def _like(config: TrainConfig, run: RunSummary) -> TrainConfig | None:
    """A run's settings, where its epochs take as long as those of a run with `config` would; else None."""
    other = run.config
    if other is None or run.is_watched or other.family != config.family or not run.epoch:
        return None
    paths = [path for path, known in all_settings(config.family).items() if known.fixed or path in ALIKE]
    return None if any(get(other, path) != get(config, path) for path in paths) else other

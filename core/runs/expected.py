"""How long a run would take on this machine, going by a run like it or by a measured speed; and how many epochs a time allows."""

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

WHOLE = 1.15  # an epoch over its steps: validation, where a fifth is held out
CLOSING_SECONDS = 1.5  # of an epoch, whatever its length: preview and checkpoint
MOST_EPOCHS, MOST_OF_FEW = 120, 300  # that are planned to fill a time, and of few pictures, until they make
ENOUGH_STEPS = 2500


@dataclass(frozen=True, slots=True)
class Expected:
    """How long a run would take, in seconds, and the name of the run that says so."""

    seconds: float
    by: str


def expected(config: TrainConfig, runs: Sequence[RunSummary]) -> Expected | None:
    """How long a run with these settings would take; None where no run was like it.

    Args:
        config: the settings.
        runs: known ones, the newest first. One counts that was trained here on the same pictures, with the same network.
    """
    kind = family(config.family)
    paths = [path for path, known in all_settings(config.family).items() if known.fixed or path in ALIKE]
    for run in runs:
        other = run.config
        if other is None or run.is_watched or other.family != config.family or not run.epoch:
            continue
        if any(get(other, path) != get(config, path) for path in paths):
            continue
        left, units = run.epoch, 0.0
        first, *_ = kind.phases(other)
        less = max(0, planned_epochs(kind, other) - run.epochs) if run.epochs else 0  # early stopping can end the first phase
        for phase in phases_of(kind, other, {first.name: first.epochs - less}):
            units += min(left, phase.epochs) * phase.pace
            left -= min(left, phase.epochs)
        if units > 0.0 and run.seconds > 0.0 and math.isfinite(run.seconds):
            return Expected(run.seconds / units * sum(phase.epochs * phase.pace for phase in phases_of(kind, config)), run.name)
    return None


def seconds_at(config: TrainConfig, pictures: int, images_per_second: float) -> float:
    """How long a run's epochs take at a measured speed.

    Args:
        config: the settings.
        pictures: to train on.
        images_per_second: of a step in the first phase.
    """
    steps = WHOLE * pictures / images_per_second
    return sum(phase.epochs * (phase.pace * steps + CLOSING_SECONDS) for phase in family(config.family).phases(config))


def fit_into(config: TrainConfig, minutes: float, pictures: int, images_per_second: float) -> dict[str, int]:
    """Epochs of each phase, in proportion to those that the settings have, so that the run takes about so long.

    Args:
        config: the settings.
        minutes: that it is to take.
        pictures: to train on.
        images_per_second: of a step in the first phase.

    Returns:
        Setting -> epochs, at least 1. Of few pictures so many that the time isn't filled: they would be learned by heart.
    """
    phases = family(config.family).phases(config)
    share = 60.0 * minutes / seconds_at(config, pictures, images_per_second)
    enough = math.ceil(ENOUGH_STEPS / max(1, math.ceil(pictures / config.batch_size)))
    most = max(MOST_EPOCHS, min(MOST_OF_FEW, enough)) / phases[0].epochs
    return {phase.setting: max(1, round(phase.epochs * min(share, most))) for phase in phases}

"""How long a run would take on this machine, going by a run like it or by a measured speed; and how many epochs a time allows."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.config import TrainConfig, all_settings, get
from core.data.sources import Kind, kind_of
from core.families.base import phases_of, planned_epochs
from core.families.registry import family
from core.runs.listing import RunSummary

_OF_PICTURES = ("data.source", "data.limit", "data.valid_fraction", "processes")  # of a run, not of a step

WHOLE = 1.15  # an epoch over its steps: validation, where a fifth is held out
CLOSING_SECONDS = 1.5  # of an epoch, whatever its length: preview and checkpoint
MOST_EPOCHS, MOST_OF_FEW = 120, 300  # that are planned to fill a time, and of few pictures, until they make
ENOUGH_STEPS = 2500
LARGE = 100_000_000  # bytes: files of a run of which that is said before it begins


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
    paths = [path for path, known in all_settings(config.family).items() if known.fixed or known.lasting or known.paces]
    return None if any(_differ(path, other, config) for path in paths) else other


def seconds_at(config: TrainConfig, pictures: int, images_per_second: float) -> float:
    """How long a run's epochs take at a measured speed.

    Args:
        config: the settings.
        pictures: to train on.
        images_per_second: of a step in the first phase.
    """
    kind = family(config.family)
    steps = WHOLE * kind.epoch_pictures(config, pictures) / images_per_second
    return sum(phase.epochs * (phase.pace * steps + CLOSING_SECONDS) for phase in kind.phases(config))


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
    shown = family(config.family).epoch_pictures(config, pictures)
    enough = math.ceil(ENOUGH_STEPS / max(1, math.ceil(shown / config.batch_size)))
    most = max(MOST_EPOCHS, min(MOST_OF_FEW, enough)) / phases[0].epochs
    return {phase.setting: max(1, round(phase.epochs * min(share, most))) for phase in phases}


def has_its_time(config: TrainConfig, given: Collection[str] = ()) -> float:
    """The minutes that a new run is to take, whose epochs are chosen by that; 0 where they aren't.

    Args:
        config: the settings, of a preset.
        given: settings that a person chose: who says how many epochs a phase has gets those.
    """
    kind = family(config.family)
    minutes = next((one.minutes for one in kind.presets if one.name == config.preset), 0.0)
    chosen = {phase.setting for phase in kind.phases(config)} & set(given)
    natural = kind_of(config.data.source) in (Kind.FOLDER, Kind.DEMO)  # the others have rules of their own
    return minutes if natural and not chosen and not config.start_from else 0.0


def file_bytes(config: TrainConfig) -> tuple[int, int]:
    """About how large a run's best and last checkpoints will be, in bytes; (0, 0) where its family doesn't tell.

    Both hold the weights in 32 bits. The last one holds what going on needs, too: two averages of Adam's a weight, and the weights
    themselves beside their moving average, where there is one.
    """
    kind, data = family(config.family), config.data
    if kind.weights is None:
        return 0, 0
    best = 4 * kind.weights(config.settings, (data.channels, data.image_size, data.image_size))
    return best, best * (4 if config.ema_decay else 3)


def speed_key(config: TrainConfig) -> str:
    """What a measured speed counts for: settings that decide how long a step takes, on any pictures."""
    kinds = all_settings(config.family)
    paths = [path for path, known in kinds.items() if known.fixed or known.paces or get(config, path) in known.lasting]
    values = {path: get(config, path) for path in paths if path not in _OF_PICTURES}
    return json.dumps({"family": config.family} | values, sort_keys=True)


def _differ(path: str, one: TrainConfig, other: TrainConfig) -> bool:
    """Whether two runs differ in a setting; in one with lasting choices, whether that is about one of those."""
    values, lasting = {get(one, path), get(other, path)}, all_settings(one.family)[path].lasting
    return len(values) > 1 and (not lasting or bool(values & set(lasting)))

"""All the epochs of a run as arrays, from an events file that may be half written."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from core.events import CheckpointSaved, EpochFinished, RunStarted
from core.families.base import Family, completed
from core.families.registry import DEFAULT, PLACES, family
from core.runs.events_log import EVENTS_NAME, best_of, recorded

TRAIN, VALID = "train_", "valid_"  # prefixes of a metric's key, for the part on which it was measured


@dataclass(frozen=True, slots=True, eq=False)
class RunHistory:
    """All epochs of a run, one row each in rising order; float64, NaN where a number is missing or wasn't finite."""

    epoch: np.ndarray  # (E,) int64
    epochs: int
    columns: Mapping[str, np.ndarray]  # "train_" or "valid_" and a metric's key, or the key alone of the whole model's -> (E,)
    axes: Mapping[str, np.ndarray]  # a metric's key -> (E, D)
    seconds: np.ndarray  # (E,) that the epoch took
    images_per_second: np.ndarray
    best_epoch: int  # 0 before the first
    previews: dict[int, Path] = field(default_factory=dict)  # epoch -> existing picture
    family_name: str = DEFAULT
    phases: tuple[str, ...] = ()  # (E,) in which phase each was; "" where the run has only one

    def __len__(self) -> int:
        return len(self.epoch)

    @property
    def family(self) -> Family:
        """Of the model."""
        return family(self.family_name)

    def train(self, key: str) -> np.ndarray:
        """(E,) a metric over the training pictures."""
        return self._part(TRAIN, key)

    def valid(self, key: str) -> np.ndarray:
        """(E,) a metric over the validation pictures."""
        return self._part(VALID, key)

    def whole(self, key: str) -> np.ndarray:
        """(E,) a metric of the whole model, `seconds` or `images_per_second`."""
        if key in ("seconds", "images_per_second"):
            return self.seconds if key == "seconds" else self.images_per_second
        return self._part("", key)

    def column(self, name: str) -> np.ndarray:
        """(E,) a metric by its name in `metrics.csv`: "valid_psnr", "active_units"."""
        for part in (TRAIN, VALID):
            if name.startswith(part):
                return self._part(part, name.removeprefix(part))
        return self.whole(name)

    def per_axis(self, key: str) -> np.ndarray:
        """(E, D) a metric of each axis of the code; D is 0 where there is none."""
        there = self.axes.get(key)
        return np.full((len(self), 0), np.nan) if there is None else there

    def says(self, key: str) -> bool:
        """Whether any epoch has a finite value of that metric."""
        if key in self.axes:
            return bool(np.isfinite(self.axes[key]).any())
        return any(bool(np.isfinite(values).any()) for values in (self.train(key), self.valid(key), self.whole(key)))

    def _part(self, part: str, key: str) -> np.ndarray:
        there = self.columns.get(part + key)
        return np.full(len(self), np.nan) if there is None else there


def extended(history: RunHistory, rows: list[EpochFinished], best_epoch: int = 0) -> RunHistory:
    """A history with epochs added at its end; epochs that these or an earlier resume replaced are removed.

    Args:
        history: what is there; may be empty.
        rows: in the order in which they came.
        best_epoch: as the run reported it; 0 = keep the history's.
    """
    done: dict[int, EpochFinished] = {}
    kept_until = math.inf
    for row in rows:
        done = {epoch: old for epoch, old in done.items() if epoch < row.epoch} | {row.epoch: row}
        kept_until = min(kept_until, row.epoch)
    added = history_of(list(done.values()), family_name=history.family_name)
    kept = int(np.count_nonzero(history.epoch < kept_until))  # rows are in rising order
    previews = {epoch: path for epoch, path in history.previews.items() if epoch < kept_until}

    def joined(old: np.ndarray, new: np.ndarray) -> np.ndarray:
        return np.concatenate([old[:kept], new])

    columns = {
        name: joined(history.columns.get(name, _missing(history)), added.columns.get(name, _missing(added)))
        for name in dict.fromkeys([*history.columns, *added.columns])
    }
    axes = {}
    for name in dict.fromkeys([*history.axes, *added.axes]):
        both = [history.per_axis(name)[:kept], added.per_axis(name)]
        width = max(part.shape[1] for part in both)
        axes[name] = np.concatenate([_widened(part, width) for part in both])
    return replace(
        added if rows else history,
        epoch=joined(history.epoch, added.epoch),
        columns=columns,
        axes=axes,
        seconds=joined(history.seconds, added.seconds),
        images_per_second=joined(history.images_per_second, added.images_per_second),
        best_epoch=best_epoch or history.best_epoch,
        previews=previews | added.previews,
        phases=history.phases[:kept] + added.phases,
    )


def _missing(history: RunHistory) -> np.ndarray:
    return np.full(len(history), np.nan)


def _widened(rows: np.ndarray, width: int) -> np.ndarray:
    """(E, D) rows with NaN for the axes that they lack, (E, width)."""
    return np.pad(rows, ((0, 0), (0, width - rows.shape[1])), constant_values=np.nan)


def read_history(run_folder: Path) -> RunHistory:
    """All epochs of a run. Half lines, garbage and epochs that a resumed run repeated are skipped.

    Args:
        run_folder: with an `events.jsonl`, or without (an empty history).
    """
    folder = Path(run_folder)
    done: dict[int, EpochFinished] = {}
    best, name = 0, DEFAULT
    for _, event in recorded(folder / EVENTS_NAME):
        if isinstance(event, RunStarted):
            done = {epoch: old for epoch, old in done.items() if epoch <= event.epoch}
            name = family_in(event.config)
        elif isinstance(event, EpochFinished):
            done[event.epoch] = event
        elif isinstance(event, CheckpointSaved) and event.best:
            best = event.epoch
    rows = [done[epoch] for epoch in sorted(done)]
    return history_of(rows, best, folder, name)


def family_in(config: Mapping[str, object]) -> str:
    """The family that a run's settings name, as JSON has them; the default where they name none that is known."""
    name = config.get("family")
    return name if isinstance(name, str) and name in PLACES else DEFAULT


def history_of(
    rows: list[EpochFinished], best_epoch: int = 0, folder: Path | None = None, family_name: str = DEFAULT
) -> RunHistory:
    """A history from epochs in rising order.

    Args:
        rows: one an epoch.
        best_epoch: as the run reported it; 0 = the best one of the last phase by the family's score.
        folder: the run folder, to find previews in after it has moved.
        family_name: of the model.
    """
    kind = family(family_name)
    parts = [
        {f"{TRAIN}{key}": value for key, value in completed(kind, row.train).items()}
        | {f"{VALID}{key}": value for key, value in completed(kind, row.valid).items()}
        | row.numbers
        for row in rows
    ]
    names = dict.fromkeys(name for part in parts for name in part)
    columns = {name: np.array([part.get(name, math.nan) for part in parts], np.float64) for name in names}
    axes = {}
    for name in dict.fromkeys(key for row in rows for key in row.per_axis):
        width = max(len(row.per_axis.get(name, ())) for row in rows)
        axes[name] = np.full((len(rows), width), np.nan)
        for index, row in enumerate(rows):
            values = row.per_axis.get(name, ())
            axes[name][index, : len(values)] = values
    epoch = np.array([row.epoch for row in rows], dtype=np.int64)
    if best_epoch not in epoch:
        best_epoch = best_of({row.epoch: kind.score(row.valid) for row in rows if row.phase == rows[-1].phase})
    return RunHistory(
        epoch=epoch,
        epochs=rows[-1].epochs if rows else 0,
        columns=columns,
        axes=axes,
        seconds=np.array([row.seconds for row in rows], np.float64),
        images_per_second=np.array([row.images_per_second for row in rows], np.float64),
        best_epoch=int(best_epoch),
        previews={row.epoch: path for row in rows if (path := preview_path(row.preview, folder)) is not None},
        family_name=family_name,
        phases=tuple(row.phase for row in rows),
    )


def preview_path(preview: str, folder: Path | None) -> Path | None:
    """Where an event's preview lies now: at its own path, within the run folder, or under its name in `previews`."""
    if not preview:
        return None
    path = Path(preview)
    places = [path] if folder is None else [folder / path, folder / "previews" / path.name]
    return next((place for place in places if os.path.isfile(place)), None)  # False for invalid file names, too

"""Where a run is, and how fast it goes."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SPEED_SECONDS = 3.0  # the window over which a step's images_per_second is taken

CLIPPED = "clipped"  # share of an epoch's steps whose gradient was shortened


@dataclass(slots=True)
class TrainProgress:
    """Where a run is. With the recipe's tensors it is all that going on exactly needs."""

    epoch: int = 0  # epochs finished
    step: int = 0  # steps done in the present epoch
    sums: dict[str, float] = field(default_factory=dict)
    pictures: int = 0  # in the sums
    clipped: int = 0  # steps of the present epoch whose gradient was shortened
    epoch_seconds: float = 0.0  # spent in the present epoch so far
    seconds: float = 0.0  # spent in all
    best_epoch: int = 0
    best_loss: float = math.inf  # of the metric that chooses the best epoch, the lower the better
    patience_from: int = 0  # the epoch at which a person last raised the end: early stopping counts from there
    schedule_epochs: int = 0  # the length over which the schedules run: of the phase when it began, or of what was added later
    turned: int = 0  # the last epoch after which the work between epochs was done
    phase: str = ""  # of the run, in which the last step was
    phase_began: int = 0  # epochs finished before it
    schedule_began: int = -1  # epochs finished when its schedules began; -1: with it
    ended: dict[str, int] = field(default_factory=dict)  # phases that early stopping has ended -> epochs that they took
    closed: bool = False  # the work after the last epoch is done, too
    labels: dict[str, str] = field(default_factory=dict)  # what a person calls directions that are fitted anew, by their names

    def add(self, numbers: Mapping[str, float], pictures: int, clipped: bool = False) -> None:
        """Count a step.

        Args:
            numbers: its metrics, means over its pictures.
            pictures: how many they were.
            clipped: whether its gradient was shortened.
        """
        for key, number in numbers.items():
            self.sums[key] = self.sums.get(key, 0.0) + number * pictures
        self.pictures += pictures
        self.clipped += clipped
        self.step += 1

    def means(self) -> dict[str, float]:
        """The present epoch's metrics so far, per picture."""
        return {key: total / self.pictures for key, total in self.sums.items()}

    def next_epoch(self) -> None:
        """Count the present epoch as finished."""
        self.epoch, self.step, self.pictures, self.clipped, self.epoch_seconds = self.epoch + 1, 0, 0, 0, 0.0
        self.sums = {}

    def improved(self, loss: float) -> bool:
        """Whether the epoch just finished is the best so far by that validation loss; if so, it is recorded."""
        if not loss < self.best_loss:
            return False
        self.best_loss, self.best_epoch = loss, self.epoch
        return True

    def enter(self, phase: str, epochs: int) -> None:
        """Begin another phase of so many epochs, which has its own best epoch and schedules."""
        self.phase, self.best_loss, self.best_epoch, self.patience_from = phase, math.inf, 0, self.epoch
        self.phase_began, self.schedule_began, self.schedule_epochs = self.epoch, -1, epochs

    def scheduled(self, epochs_done: float) -> float:
        """Of so many epochs of the run those that the present schedules count."""
        return epochs_done - (self.phase_began if self.schedule_began < 0 else self.schedule_began)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        values = {name: getattr(self, name) for name in self.__slots__}
        values["best_loss"] = None if math.isinf(self.best_loss) else self.best_loss
        if not self.labels:
            del values["labels"]  # older versions don't know it
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainProgress:
        """As `to_dict` wrote it."""
        values = dict(values)
        if "whitened" in values:  # the key's name before there were other families
            values["turned"] = values.pop("whitened")
        progress = cls(**values)
        if values.get("best_loss") is None:
            progress.best_loss = math.inf
        return progress


class Speed:
    """Pictures a second over the last few seconds."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget earlier steps, as after a pause."""
        self._marks = [(time.perf_counter(), 0)]

    def after(self, pictures: int) -> float:
        """Count so many pictures more; gives the speed now."""
        now = time.perf_counter()
        self._marks.append((now, self._marks[-1][1] + pictures))
        while len(self._marks) > 2 and now - self._marks[0][0] > SPEED_SECONDS:
            self._marks.pop(0)
        (first, before), (last, after) = self._marks[0], self._marks[-1]
        return (after - before) / max(last - first, 1e-9)

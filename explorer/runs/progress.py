"""How far a run is and how long it will take, from the steps that it reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from PySide6.QtCore import QCoreApplication

from core.events import EpochFinished, Step

_SECONDS_BEFORE_ESTIMATE = 2.0


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A run's progress for the window's status line."""

    name: str
    epoch: int  # the one that goes on, counted from 1; 0 before the first
    epochs: int
    images_per_second: float | None  # None while unknown
    seconds_left: float | None
    fraction: float  # of the whole run, 0 to 1
    phase: str = ""  # the current phase's name, where the run has several
    is_paused: bool = False  # it waits: speed and time left are unknown
    doing: str = ""  # what it does in place of training, in a word or two

    @property
    def paused(self) -> RunProgress:
        """The same while the run waits."""
        return replace(self, images_per_second=None, seconds_left=None, is_paused=True)


class ProgressEstimate:
    """Follows one run; pauses don't count.

    Args:
        name: the run's name.
        clock: seconds, rising.
        phases: titles of its phases, by their names.
    """

    def __init__(
        self, name: str, clock: Callable[[], float] = time.perf_counter, phases: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._name = name
        self._phases = phases
        self._clock = clock
        self._first: tuple[float, float] | None = None  # when, how many epochs were done
        self._paused_at: float | None = None
        self._latest: RunProgress | None = None

    @property
    def latest(self) -> RunProgress | None:
        """The latest progress; None before the first step."""
        return self._latest

    def pause(self) -> None:
        """The run waits."""
        self._paused_at = self._clock()
        if self._latest is not None:
            self._latest = self._latest.paused

    def unpause(self) -> None:
        """The run goes on."""
        if self._paused_at is not None and self._first is not None:
            self._first = self._first[0] + self._clock() - self._paused_at, self._first[1]
        self._paused_at = None
        if self._latest is not None:
            self._latest = replace(self._latest, is_paused=False)

    def found(self, epoch: int, epochs: int) -> RunProgress:
        """The run was found with so many epochs done, at an unknown step of the next; its speed is unknown at first."""
        return RunProgress(self._name, min(epoch + 1, epochs), epochs, None, None, min(1.0, epoch / max(1, epochs)))

    def starting(self, epochs: int) -> RunProgress:
        """The run reads its pictures and makes its model; no step is done yet."""
        return RunProgress(self._name, 0, epochs, None, None, 0.0, doing=_tr("getting ready"))

    def step(self, step: Step) -> RunProgress:
        """A step is done; after an epoch's last one it validates."""
        done = step.epoch - 1 + step.step / max(1, step.steps)
        doing = _tr("validating") if step.step >= step.steps else ""
        return self._follow(done, step.epoch, step.epochs, step.images_per_second, step.phase, doing)

    def epoch(self, event: EpochFinished) -> RunProgress:
        """An epoch is done; after the last one the run does what it does once."""
        following = min(event.epoch + 1, event.epochs)
        doing = _tr("finishing") if event.epoch >= event.epochs else ""
        return self._follow(float(event.epoch), following, event.epochs, event.images_per_second, event.phase, doing)

    def _follow(self, done: float, epoch: int, epochs: int, images_per_second: float, phase: str, doing: str) -> RunProgress:
        now = self._clock()
        if self._first is None:
            self._first = now, done
        spent, won = now - self._first[0], done - self._first[1]
        left = None
        if won > 0 and spent >= _SECONDS_BEFORE_ESTIMATE:
            left = max(0.0, epochs - done) * spent / won if done < epochs else None  # what is done then isn't known to end
        fraction = min(1.0, done / max(1, epochs))
        speed = images_per_second if images_per_second > 0.0 and not doing else None  # NaN where the run reported none
        latest = RunProgress(self._name, epoch, epochs, speed, left, fraction, self._phases.get(phase, ""), doing=doing)
        self._latest = latest if self._paused_at is None else latest.paused  # a last step that was on its way
        return self._latest


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunProgress", text)

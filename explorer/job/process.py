"""A child process that computes: its output lines, its end, stopping it in steps, and telling other windows that it is ours."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QProcessEnvironment, QTimer, Signal

from core.errors import CoreError
from core.events import RunFailed, RunFinished, Step
from core.locks import WINDOW_NAME, RunLock
from core.places import IS_INSTALLED
from core.runs.events_log import EventLines, claims, event_of


class JobState(Enum):
    """What the run's process is doing."""

    IDLE = "idle"
    STARTING = "starting"  # until it says that the run has started
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class StopTimes:
    """How long to wait after each step of stopping, in milliseconds: a big model on a slow disk takes seconds to save."""

    terminate_ms: int = 10_000  # after the stop command
    kill_ms: int = 5_000  # after terminate


NICENESS = 10  # so that the window has priority


def make_process(parent: QObject) -> QProcess:
    """A process that is not started yet."""
    process = QProcess(parent)
    environment = QProcessEnvironment.systemEnvironment()
    environment.insert("PYTHONUNBUFFERED", "1")
    environment.insert("PYTHONUTF8", "1")  # the lines are UTF-8 on Windows too
    if IS_INSTALLED:
        environment.insert("PYTHONSAFEPATH", "1")  # as `core.places.program` asks
    process.setProcessEnvironment(environment)
    return process


def step_back(process: QProcess) -> None:
    """Lower the priority of a process that was just started, in favour of the window; its threads, made later, inherit it."""
    if hasattr(os, "setpriority") and process.processId() > 0:
        with contextlib.suppress(OSError):  # it may be gone already; a less fluid window is no reason to fail
            os.setpriority(os.PRIO_PROCESS, process.processId(), NICENESS)


class WindowClaim:
    """Tells other windows which run this one watches. It ends with this process, however that ends."""

    def __init__(self) -> None:
        self._lock: RunLock | None = None

    def take(self, folder: Path) -> bool:
        """Claim the run in a folder; False where another window has, or where the folder can't be written."""
        self.drop()
        lock = RunLock(folder, WINDOW_NAME)
        with contextlib.suppress(CoreError):
            lock.acquire()
            self._lock = lock
        return self._lock is not None

    def drop(self, *, run_goes_on: bool = False) -> None:
        """Stop watching the run; if it goes on, another window can then find it."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release(forget=not run_goes_on)


_STEP_MS = 34  # 30 a second at most


class JobLines(QObject):
    """Takes what a run says, in bytes or in lines, and gives events.

    Signals:
        event_arrived(Event): every event but Step, in order.
        step_arrived(Step): the latest, 30 a second at most.
    """

    event_arrived = Signal(object)
    step_arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines = EventLines()
        self._step: bytes | None = None
        self._timer = QTimer(self, singleShot=True, interval=_STEP_MS)
        self._timer.timeout.connect(self._on_timer_timed_out)

    def feed(self, data: bytes) -> None:
        """More bytes of the run's pipe."""
        self.take(self._lines.feed(data))

    def take(self, lines: Sequence[bytes]) -> None:
        """More whole lines."""
        for line in lines:
            self._take_line(line)

    def finish(self) -> None:
        """The run says no more: a last line without an end counts."""
        self.take(self._lines.finish())
        self.clear()

    def clear(self) -> None:
        """Forget what isn't told yet."""
        self._lines = EventLines()
        self.drop_step()
        self._timer.stop()

    def drop_step(self) -> None:
        """Drop a waiting step, which later events have made obsolete."""
        self._step = None

    def _take_line(self, line: bytes) -> None:
        """Handle one line; a step is only kept, since most are never looked at."""
        if claims(line, Step):
            self._keep_step(line)
            return
        event = event_of(line)
        if isinstance(event, Step):
            self._keep_step(line)
        elif event is not None:
            self.event_arrived.emit(event)

    def _keep_step(self, line: bytes) -> None:
        self._step = line
        if not self._timer.isActive():
            self._timer.start()

    def _on_timer_timed_out(self) -> None:
        line, self._step = self._step, None
        if line is None:
            return
        step = event_of(line)
        if isinstance(step, Step):
            self.step_arrived.emit(step)


_REFUSED, _INTERRUPTED = 3, 130  # cli.md: a sentence and a hint; ended by a signal, with the state saved
_TAIL_LINES = 12


def ending_of(code: int, crashed: bool, stderr: str, forced: bool, epoch: int) -> RunFinished | RunFailed:
    """The ending of a child that reported neither RunFinished nor RunFailed.

    Args:
        code: its exit code; the signal's number where it crashed on Unix.
        crashed: it did not exit by itself.
        stderr: the end of its standard error.
        forced: this program ended it, for it did not stop.
        epoch: the last that it finished.
    """
    if forced:
        return ending_unsaid(forced)
    tail = "\n".join(stderr.splitlines()[-_TAIL_LINES:])
    if crashed:
        if os.name != "posix" or code not in signal.valid_signals():
            return RunFailed(_tr("Training crashed."), tail)
        name = signal.Signals(code).name
        if name == "SIGKILL":
            return RunFailed(
                _tr("Training was ended by the system ({name}), most likely because memory ran out.").format(name=name),
                _tr("Close other programs and resume it, or start a new run with a smaller batch size."),
            )
        if name == "SIGBUS":
            tail = _tr(
                "The decoded pictures were cut off while they were read, or their disk failed. Resume it to decode them anew."
            )
        return RunFailed(_tr("Training was ended by the signal {name}.").format(name=name), tail)
    if code == _INTERRUPTED:
        return RunFinished(stopped=True, epoch=epoch, seconds=0.0)
    if code == _REFUSED and stderr:
        message, _, hint = stderr.partition("\n")
        return RunFailed(message, hint.strip())
    return RunFailed(_tr("Training ended unexpectedly, with exit code {code}.").format(code=code), tail)


def ending_unsaid(forced: bool) -> RunFailed:
    """The ending of a run that is over without a report.

    Args:
        forced: this program ended it, for it did not stop.
    """
    if forced:
        message = _tr("The run did not answer and was ended.")
    else:
        message = _tr("The run ended unexpectedly: its process was killed, perhaps because memory ran out.")
    return RunFailed(message, _tr("It can be resumed from the last epoch that it saved."))


def _tr(text: str) -> str:
    return QCoreApplication.translate("TrainingJob", text)


_GONE_MS = 1_000  # until a killed process is gone


class Run(Protocol):
    """Something that can be ended: a child process, or a followed run."""

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


class StopLadder(QObject):
    """Waits for a run to stop; if it doesn't, terminates it and then kills it. One run at a time.

    Args:
        times: how long to wait after each step.
        parent: Qt's owner.
    """

    def __init__(self, times: StopTimes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._times = times
        self._run: Run | None = None
        self._forced = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._on_timer_timed_out)

    @property
    def is_waiting(self) -> bool:
        """Whether a run is waited for."""
        return self._timer.isActive()

    @property
    def forced(self) -> bool:
        """Whether the run was terminated, for it did not stop by itself."""
        return self._forced

    def reset(self) -> None:
        """Another run begins."""
        self.leave()
        self._forced = False

    def wait_for(self, run: Run) -> None:
        """Wait for a run that was asked to stop; terminate and then kill it if it takes too long."""
        self._run = run
        self._timer.start(self._times.terminate_ms)

    def leave(self) -> None:
        """Stop waiting: the run is gone, or goes on without us."""
        self._run = None
        self._timer.stop()

    def wait_here(self, process: QProcess) -> None:
        """Like `wait_for`, but for a child process, and blocking until it is gone."""
        self.leave()
        if not process.waitForFinished(self._times.terminate_ms):
            self._forced = True
            process.terminate()
            if not process.waitForFinished(self._times.kill_ms):
                process.kill()
                process.waitForFinished(_GONE_MS)

    def _on_timer_timed_out(self) -> None:
        """The next step: terminate, then kill."""
        if self._run is None:
            return
        if self._forced:
            self._run.kill()
            return
        self._forced = True
        self._run.terminate()
        self._timer.start(self._times.kill_ms)

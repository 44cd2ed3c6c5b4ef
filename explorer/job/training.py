"""The training child, `main.py train --events -`: events in, commands out, and a stop that always works.

A run whose window was killed goes on without it; `attach` takes it over.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from core.config import TrainConfig, to_file
from core.device_count import gpus
from core.errors import CoreError, TrainingError
from core.events import EpochFinished, Event, Log, RunFailed, RunFinished, RunStarted
from core.files import write_json
from core.locks import Holder, holder, is_locked, was_left
from core.places import program
from core.runs.command_file import leave_command
from core.runs.control import GOING_ON, PAUSED
from core.runs.events_log import EVENTS_NAME, EventsTail, claims, event_of
from core.runs.listing import read_config
from explorer.job.process import (
    JobLines,
    JobState,
    StopLadder,
    StopTimes,
    WindowClaim,
    ending_of,
    ending_unsaid,
    make_process,
    step_back,
)

_POLL_MS = 400


class AttachedRun(QObject):
    """Follows a run of another process for as long as that process lives.

    Signals:
        lines_arrived(list): what it has recorded since, as lines.
        ended(): the process is gone, and all that it recorded was handed on.

    Args:
        folder: a run folder that a process holds.
        parent: Qt's owner.
    """

    lines_arrived = Signal(list)
    ended = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._events = EventsTail(folder / EVENTS_NAME)
        self._holder: Holder | None = holder(folder)
        self.found = self._state(self._events.new_lines())
        """What the run was doing when it was found."""
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def send(self, command: str, **values: int) -> None:
        """Leave a command in the folder."""
        with contextlib.suppress(CoreError):  # the process or the folder is gone: `ended` follows soon
            leave_command(self._folder, command, **values)

    def terminate(self) -> None:
        """Ask the process itself to save and end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once."""
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def leave(self) -> None:
        """Stop following it; it goes on."""
        self._timer.stop()

    def look(self) -> None:
        """Pass on new events."""
        now = holder(self._folder)
        lives = is_locked(self._folder) and (now is None or self._holder is None or now == self._holder)
        self._holder = self._holder or now
        lines = self._events.new_lines(has_ended=not lives)
        if lines:
            self.lines_arrived.emit(lines)
        if not lives:
            self._timer.stop()
            self.ended.emit()

    def _state(self, lines: Sequence[bytes]) -> JobState:
        """What the process was doing, from the lines that it has recorded."""
        started = event_of(lines[0]) if lines else None
        if not isinstance(started, RunStarted) or self._holder is None or started.pid != self._holder.pid:
            return JobState.STARTING  # the lines are of an earlier process
        state = JobState.RUNNING
        for line in lines[1:]:
            event = event_of(line) if claims(line, Log) else None
            if isinstance(event, Log) and event.message in (PAUSED, GOING_ON):
                state = JobState.PAUSED if event.message == PAUSED else JobState.RUNNING
        return state

    def _signal(self, number: int) -> None:
        """Send a signal, but only if the process certainly is the run's: it holds the lock now, and runs on this computer."""
        now = holder(self._folder)
        if now is not None and now == self._holder and now.is_here and now.pid != os.getpid() and is_locked(self._folder):
            with contextlib.suppress(OSError):
                os.kill(now.pid, number)


TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node")  # followed by how many
_STDERR_KEPT = 16_384  # bytes


class TrainingJob(QObject):
    """One training run at a time, in a child process or in one that a window before this one left.

    Signals:
        state_changed(JobState): after each change.
        event_received(Event): every event but Step, in order.
        step_reported(Step): the latest, 30 a second at most; steps still waiting when their epoch ends are dropped.
        ended(RunFinished | RunFailed): the process is gone; the state is IDLE again.
    """

    state_changed = Signal(object)
    event_received = Signal(object)
    step_reported = Signal(object)
    ended = Signal(object)

    def __init__(
        self,
        parent: QObject | None = None,
        command: Sequence[str] | None = None,
        times: StopTimes | None = None,
    ) -> None:
        """An idle job.

        Args:
            parent: Qt's owner.
            command: what comes before `train ...`; `core.places.program()` if None.
            times: for stopping.
        """
        super().__init__(parent)
        self._command = list(command) if command is not None else program()
        self._state = JobState.IDLE
        self._folder: Path | None = None
        self._process: QProcess | None = None
        self._attached: AttachedRun | None = None
        self._claim = WindowClaim()
        self._stderr = b""
        self._ending: RunFinished | RunFailed | None = None
        self._epoch = 0
        self._lines = JobLines(self)
        self._lines.event_arrived.connect(self._on_lines_event_arrived)
        self._lines.step_arrived.connect(self.step_reported)
        self._ladder = StopLadder(times or StopTimes(), self)

    @property
    def state(self) -> JobState:
        """What the child is doing."""
        return self._state

    @property
    def is_active(self) -> bool:
        """Whether there is a child."""
        return self._state is not JobState.IDLE

    @property
    def is_attached(self) -> bool:
        """Whether the run can go on without this window."""
        return self._attached is not None

    @property
    def folder(self) -> Path | None:
        """The run folder of the run that goes on, or of the last one."""
        return self._folder

    @property
    def error_output(self) -> str:
        """The end of what the child wrote to standard error."""
        return self._stderr.decode("utf-8", "replace").strip()

    def start(self, config: TrainConfig, folder: Path) -> None:
        """Begin a new run in a folder, which is made.

        Raises:
            TrainingError: a run goes on already.
            CoreError: the folder can't be written.
        """
        self._refuse_second()
        write_json(folder / "config.json", to_file(config))
        self._launch(folder, ["--config", str(folder / "config.json"), "--out", str(folder)], config.processes)

    def resume(self, folder: Path, changes: Mapping[str, object] = MappingProxyType({})) -> None:
        """Go on with a run where it stopped.

        Args:
            folder: a run folder.
            changes: settings that become others, by their dotted paths: those that a resumed run may change.

        Raises:
            TrainingError: a run goes on already.
        """
        self._refuse_second()
        more = [word for path, value in changes.items() for word in ("--set", f"{path}={value}")]
        config = read_config(folder)
        self._launch(folder, ["--out", str(folder), "--resume", *more], config.processes if config else 1)

    def attach(self, folder: Path) -> bool:
        """Take over a run whose window is gone.

        Args:
            folder: of a run.

        Returns:
            Whether it is followed now; False where no run goes on, where another window has it, or where it never had one.
        """
        if self.is_active or not was_left(folder) or not self._claim.take(folder):
            return False
        self._begin(folder)
        self._attached = AttachedRun(folder, self)
        self._attached.lines_arrived.connect(self._lines.take)
        self._attached.ended.connect(self._on_attached_ended)
        self._set_state(self._attached.found)
        return True

    def detach(self) -> None:
        """Stop following an attached run, which goes on without this window."""
        attached, self._attached = self._attached, None
        if attached is None:
            return
        attached.leave()
        attached.deleteLater()
        self._claim.drop(run_goes_on=True)
        self._ladder.leave()
        self._lines.clear()
        self._set_state(JobState.IDLE)

    def pause(self) -> None:
        """Let the run wait after its current step."""
        if self._state is JobState.RUNNING:
            self._send("pause")
            self._set_state(JobState.PAUSED)

    def unpause(self) -> None:
        """Let a paused run go on."""
        if self._state is JobState.PAUSED:
            self._send("resume")
            self._set_state(JobState.RUNNING)

    def stop(self) -> None:
        """Ask the run to save and end; if it doesn't, it is terminated and then killed."""
        if self._state in (JobState.IDLE, JobState.STOPPING):
            return
        self._send("stop")
        self._set_state(JobState.STOPPING)
        self._wait_for_end()

    def set_threads(self, n: int) -> None:
        """Let the run use that many threads from its next step on, or as many as its settings allow."""
        if self.is_active:
            self._send("threads", n=n)

    def shutdown(self) -> None:
        """Before the app closes: end the child, which blocks for at most the times of `StopTimes`; let an attached run go on."""
        self.detach()
        process = self._process
        if process is None:
            return
        self.stop()
        self._ladder.wait_here(process)

    # -- the process

    def _refuse_second(self) -> None:
        if self.is_active:
            raise TrainingError("A run is training already.", "Stop it first.")

    def _begin(self, folder: Path) -> None:
        self._folder, self._stderr, self._ending, self._epoch = folder, b"", None, 0
        self._ladder.reset()
        self._lines.clear()

    def _launch(self, folder: Path, options: list[str], processes: int) -> None:
        self._begin(folder)
        self._claim.take(folder)
        executable, *first = self._command
        processes = min(processes, max(1, gpus()))  # a run from another machine may have had more
        if processes > 1:
            first = [*TORCHRUN, str(processes), *first]
        process = make_process(self)
        process.readyReadStandardOutput.connect(self._on_process_output_arrived)
        process.readyReadStandardError.connect(self._on_process_errors_arrived)
        process.finished.connect(self._on_process_finished)
        process.errorOccurred.connect(self._on_process_error_occurred)
        self._process = process
        self._set_state(JobState.STARTING)
        process.start(executable, [*first, "train", *options, "--events", "-"])
        step_back(process)

    def _send(self, command: str, **values: int) -> None:
        if self._attached is not None:
            self._attached.send(command, **values)
        elif self._process is not None:
            self._process.write((json.dumps({"command": command, **values}) + "\n").encode())

    def _wait_for_end(self) -> None:
        run = self._attached or self._process
        if run is not None:
            self._ladder.wait_for(run)

    def _set_state(self, state: JobState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)

    def _on_process_output_arrived(self) -> None:
        if self._process is not None:
            self._lines.feed(self._process.readAllStandardOutput().data())

    def _on_process_errors_arrived(self) -> None:
        if self._process is not None:
            self._stderr = (self._stderr + self._process.readAllStandardError().data())[-_STDERR_KEPT:]

    def _on_lines_event_arrived(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._epoch = event.epoch
            if self._state is JobState.STARTING:
                self._set_state(JobState.RUNNING)
        elif isinstance(event, EpochFinished):
            self._epoch = event.epoch
            self._lines.drop_step()
        elif isinstance(event, (RunFinished, RunFailed)):
            self._lines.drop_step()
            self._ending = event
            if not self._ladder.is_waiting:  # it has reported its end and must not linger
                self._wait_for_end()
        elif self._attached is not None and isinstance(event, Log) and self._state is not JobState.STOPPING:
            if event.message in (PAUSED, GOING_ON):  # by whomever it was requested
                self._set_state(JobState.PAUSED if event.message == PAUSED else JobState.RUNNING)
        self.event_received.emit(event)

    def _on_process_error_occurred(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            self._finish(
                RunFailed(
                    self.tr("Training could not start: {reason}.").format(reason=self._process.errorString()),
                    self.tr("Check that {program} is there and may be run.").format(program=self._command[0]),
                )
            )

    def _on_process_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._on_process_output_arrived()
        self._on_process_errors_arrived()
        self._lines.finish()
        crashed = status is QProcess.ExitStatus.CrashExit
        self._finish(self._ending or ending_of(code, crashed, self.error_output, self._ladder.forced, self._epoch))

    def _on_attached_ended(self) -> None:
        self._lines.finish()
        self._finish(self._ending or ending_unsaid(self._ladder.forced))

    def _finish(self, ending: RunFinished | RunFailed) -> None:
        process, self._process = self._process, None
        attached, self._attached = self._attached, None
        self._ladder.leave()
        self._lines.clear()
        self._claim.drop()
        for done in (process, attached):
            if done is not None:
                done.deleteLater()
        self._set_state(JobState.IDLE)
        self.ended.emit(ending)

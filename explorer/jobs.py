"""The training child, `main.py train --events -`: events in, commands out, and a stop that always works."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from core.config import TrainConfig, to_dict
from core.errors import TrainingError
from core.events import EpochFinished, RunFailed, RunFinished, RunStarted, Step, decode
from core.files import write_json
from explorer.job_endings import ending_of

MAIN = Path(__file__).resolve().parent.parent / "main.py"
NICENESS = 10  # the window comes first
_STEP_MARK = b'"event": "step"'
_STEP_MS = 34  # 30 a second at most
_STDERR_KEPT = 16_384  # bytes
_LINE_LIMIT = 16 << 20  # bytes without a line's end: no event is that long


class JobState(Enum):
    """What the child is doing."""

    IDLE = "idle"
    STARTING = "starting"  # until it says that the run has started
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class StopTimes:
    """How long each rung of the stop ladder waits, in milliseconds."""

    terminate_ms: int = 10_000  # after the stop command
    kill_ms: int = 5_000  # after terminate
    shutdown_ms: int = 3_000  # all that closing the app waits for


class TrainingJob(QObject):
    """One training run at a time, in a child process.

    Signals:
        state_changed(JobState): after each change.
        event_received(Event): every event but Step, in order.
        step_reported(Step): the latest, 30 a second at most; one that waits while its epoch ends is left out.
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
            command: what comes before `train ...`; `python main.py` if None.
            times: of the stop ladder.
        """
        super().__init__(parent)
        self._command = list(command) if command is not None else [sys.executable, str(MAIN)]
        self._times = times or StopTimes()
        self._state = JobState.IDLE
        self._folder: Path | None = None
        self._process: QProcess | None = None
        self._rest = b""
        self._stderr = b""
        self._step: bytes | None = None
        self._ending: RunFinished | RunFailed | None = None
        self._epoch = 0
        self._forced = False
        self._step_timer = QTimer(self, singleShot=True, interval=_STEP_MS)
        self._step_timer.timeout.connect(self._on_step_timer_timed_out)
        self._ladder = QTimer(self, singleShot=True)
        self._ladder.timeout.connect(self._on_ladder_timed_out)

    @property
    def state(self) -> JobState:
        """What the child is doing."""
        return self._state

    @property
    def is_active(self) -> bool:
        """Whether there is a child."""
        return self._state is not JobState.IDLE

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
        write_json(folder / "config.json", to_dict(config))
        self._launch(folder, ["--config", str(folder / "config.json"), "--out", str(folder)])

    def resume(self, folder: Path, epochs: int | None = None) -> None:
        """Go on with a run where it stopped.

        Args:
            folder: a run folder.
            epochs: a new, higher end; None keeps the run's own.

        Raises:
            TrainingError: a run goes on already.
        """
        self._refuse_second()
        more = [] if epochs is None else ["--epochs", str(epochs)]
        self._launch(folder, ["--out", str(folder), "--resume", *more])

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
        self._ladder.start(self._times.terminate_ms)

    def set_threads(self, n: int) -> None:
        """Let the run use that many threads from its next step on; 0 = as its settings say."""
        if self.is_active:
            self._send("threads", n=n)

    def shutdown(self) -> None:
        """End the child before the app closes; blocks for a few seconds at most. `ended` is emitted as ever."""
        process = self._process
        if process is None:
            return
        self.stop()
        self._ladder.stop()
        share = self._times.shutdown_ms
        if not process.waitForFinished(share * 2 // 3):
            self._forced = True
            process.terminate()
            if not process.waitForFinished(share // 3):
                process.kill()
                process.waitForFinished(1000)

    # -- the process

    def _refuse_second(self) -> None:
        if self.is_active:
            raise TrainingError("A run goes on already.", "Stop it first.")

    def _launch(self, folder: Path, options: list[str]) -> None:
        self._folder = folder
        self._rest, self._stderr, self._step, self._ending = b"", b"", None, None
        self._epoch, self._forced = 0, False
        program, *first = self._command
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        environment.insert("PYTHONUTF8", "1")  # the lines are UTF-8 on Windows too
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._on_process_output_arrived)
        process.readyReadStandardError.connect(self._on_process_errors_arrived)
        process.finished.connect(self._on_process_finished)
        process.errorOccurred.connect(self._on_process_error_occurred)
        self._process = process
        self._set_state(JobState.STARTING)
        process.start(program, [*first, "train", *options, "--events", "-"])
        if hasattr(os, "setpriority") and process.processId() > 0:
            with contextlib.suppress(OSError):  # it may be gone already; a window less fluid is no reason to fail
                os.setpriority(os.PRIO_PROCESS, process.processId(), NICENESS)  # its threads, made later, inherit it

    def _send(self, command: str, **values: int) -> None:
        if self._process is not None:
            self._process.write((json.dumps({"command": command, **values}) + "\n").encode())

    def _set_state(self, state: JobState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)

    def _on_process_output_arrived(self) -> None:
        if self._process is None:
            return
        *lines, self._rest = (self._rest + self._process.readAllStandardOutput().data()).split(b"\n")
        if len(self._rest) > _LINE_LIMIT:
            self._rest = b""
        for line in lines:
            self._take(line)

    def _on_process_errors_arrived(self) -> None:
        if self._process is not None:
            self._stderr = (self._stderr + self._process.readAllStandardError().data())[-_STDERR_KEPT:]

    def _take(self, line: bytes) -> None:
        """Handle one line; a step is only kept, since most are never looked at."""
        if _STEP_MARK in line[:64]:
            self._keep_step(line)
            return
        event = decode(line.decode("utf-8", "replace"))
        if event is None:
            return
        if isinstance(event, Step):
            self._keep_step(line)
            return
        if isinstance(event, RunStarted):
            self._epoch = event.epoch
            if self._state is JobState.STARTING:
                self._set_state(JobState.RUNNING)
        elif isinstance(event, EpochFinished):
            self._epoch = event.epoch
            self._step = None
        elif isinstance(event, (RunFinished, RunFailed)):
            self._step = None
            self._ending = event
            if not self._ladder.isActive():  # it has said its last word: it must not linger
                self._ladder.start(self._times.terminate_ms)
        self.event_received.emit(event)

    def _keep_step(self, line: bytes) -> None:
        self._step = line
        if not self._step_timer.isActive():
            self._step_timer.start()

    def _on_step_timer_timed_out(self) -> None:
        line, self._step = self._step, None
        if line is None:
            return
        step = decode(line.decode("utf-8", "replace"))
        if isinstance(step, Step):
            self.step_reported.emit(step)

    def _on_ladder_timed_out(self) -> None:
        """The next rung: terminate, then kill."""
        if self._process is None:
            return
        if self._forced:
            self._process.kill()
            return
        self._forced = True
        self._process.terminate()
        self._ladder.start(self._times.kill_ms)

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
        if self._rest:
            self._take(self._rest)
        crashed = status is QProcess.ExitStatus.CrashExit
        self._finish(self._ending or ending_of(code, crashed, self.error_output, self._forced, self._epoch))

    def _finish(self, ending: RunFinished | RunFailed) -> None:
        process, self._process = self._process, None
        self._ladder.stop()
        self._step_timer.stop()
        self._step, self._rest = None, b""
        if process is not None:
            process.deleteLater()
        self._set_state(JobState.IDLE)
        self.ended.emit(ending)

"""A child process that learns something and writes it into a model's file: its progress, its result, and stopping."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QProcess, Signal

from core.places import program
from core.runs.events_log import EventLines
from explorer.job.process import StopLadder, StopTimes, make_process, step_back

_STDERR_KEPT = 16_384  # bytes


class CommandJob(QObject):
    """Runs a subcommand that says how far it is with `--events -`, one at a time.

    Signals:
        progressed(str, int, int): what is being done, how much, of how much.
        finished(dict): it is in the model's file now; with the command's result.
        stopped(): it was asked to stop.
        failed(str): why it ended.
    """

    progressed = Signal(str, int, int)
    finished = Signal(dict)
    stopped = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None, command: Sequence[str] | None = None, times: StopTimes | None = None) -> None:
        """An idle job.

        Args:
            parent: Qt's owner.
            command: what comes before the subcommand; `core.places.program()` if None.
            times: of the stop ladder.
        """
        super().__init__(parent)
        self._command = list(command) if command is not None else program()
        self._process: QProcess | None = None
        self._lines = EventLines()
        self._stderr = b""
        self._said: dict[str, Any] | None = None
        self._stopping = False
        self._ladder = StopLadder(times or StopTimes(), self)

    @property
    def is_running(self) -> bool:
        """Whether there is a child."""
        return self._process is not None

    def run(self, words: Sequence[str]) -> None:
        """Begin: the subcommand and its words, to which `--events -` is added."""
        assert self._process is None
        self._lines, self._stderr, self._said, self._stopping = EventLines(), b"", None, False
        process = make_process(self)
        self._process = process
        process.readyReadStandardOutput.connect(self._on_process_ready_read)
        process.readyReadStandardError.connect(self._on_process_error_read)
        process.finished.connect(self._on_process_finished)
        process.errorOccurred.connect(self._on_process_error_occurred)
        process.started.connect(lambda: step_back(process))
        self._ladder.reset()
        process.start(self._command[0], [*self._command[1:], *words, "--events", "-"])

    def stop(self) -> None:
        """Ask it to end."""
        if self._process is not None and not self._stopping:
            self._stopping = True
            self._process.terminate()
            self._ladder.wait_for(self._process)

    def close(self) -> None:
        """The program ends: stop, and wait until it has ended."""
        if self._process is not None:
            self._stopping = True
            self._process.terminate()
            self._ladder.wait_here(self._process)

    def _take_event(self, event: dict[str, Any]) -> None:
        """An event; a subclass takes more kinds of them."""
        match event.get("event"):
            case "progress":
                self.progressed.emit(str(event.get("what", "")), int(event.get("done", 0)), int(event.get("total", 0)))
            case "finished":
                self._said = event

    def _on_process_ready_read(self) -> None:
        if self._process is None:
            return
        for line in self._lines.feed(self._process.readAllStandardOutput().data()):
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return
        if isinstance(event, dict):
            self._take_event(event)

    def _on_process_error_read(self) -> None:
        if self._process is not None:
            self._stderr = (self._stderr + self._process.readAllStandardError().data())[-_STDERR_KEPT:]

    def _on_process_error_occurred(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            reason = self._process.errorString()
            self._end()
            self.failed.emit(self.tr("It could not be started: {reason}").format(reason=reason))

    def _on_process_finished(self, code: int, _status: QProcess.ExitStatus) -> None:
        self._on_process_ready_read()
        for line in self._lines.finish():
            self._take(line)
        self._on_process_error_read()
        stopping, summary = self._stopping, self._said
        errors = self._stderr.decode("utf-8", "replace").strip()
        self._end()
        if code == 0 and summary is not None:
            self.finished.emit(summary)
        elif stopping:
            self.stopped.emit()
        else:
            self.failed.emit(errors.removeprefix("labkhand: ") or self.tr("It ended for an unknown reason."))

    def _end(self) -> None:
        process, self._process = self._process, None
        self._ladder.leave()
        self._stopping = False
        if process is not None:
            process.deleteLater()

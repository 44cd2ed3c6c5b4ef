"""A run whose window is gone, looked after by this one: followed through its folder, asked through its command file."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import CoreError
from core.events import Log, RunStarted, decode
from core.locks import Holder, holder, is_locked
from core.runs.command_file import leave_command
from core.runs.control import GOING_ON, PAUSED
from core.runs.events_log import EVENTS_NAME
from explorer.job.state import JobState

_POLL_MS = 400
_STARTED_MARK = b'"event": "run_started"'


class AttachedRun(QObject):
    """Follows a run of another process for as long as that process lives.

    Signals:
        bytes_arrived(bytes): what it has recorded since.
        ended(): the process is gone, and all that it recorded was handed on.

    Args:
        folder: a run folder that a process holds.
        parent: Qt's owner.
    """

    bytes_arrived = Signal(bytes)
    ended = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._events = folder / EVENTS_NAME
        self._holder: Holder | None = holder(folder)
        self._file = 0  # the file's number: a run that goes on replaces the file once
        self._read = 0  # bytes
        said, self._read, self._file = self._whole()
        self.found = self._state(said)
        """What the run was doing when it was found."""
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def send(self, command: str, **values: int) -> None:
        """Leave a command in the folder."""
        with contextlib.suppress(CoreError):  # the process or the folder is gone: `ended` says so soon
            leave_command(self._folder, command, **values)

    def terminate(self) -> None:
        """Ask the process itself to save and end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once."""
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def leave(self) -> None:
        """Follow it no longer; it goes on."""
        self._timer.stop()

    def look(self) -> None:
        """Hand on what is new."""
        now = holder(self._folder)
        lives = is_locked(self._folder) and (now is None or self._holder is None or now == self._holder)
        self._holder = self._holder or now
        data = self._new()
        if data:
            self.bytes_arrived.emit(data)
        if not lives:
            self._timer.stop()
            self.ended.emit()

    def _state(self, said: bytes) -> JobState:
        """What the process was doing, from the lines that it has recorded."""
        first, *lines = said.split(b"\n")
        started = decode(first.decode("utf-8", "replace"))
        if not isinstance(started, RunStarted) or self._holder is None or started.pid != self._holder.pid:
            return JobState.STARTING  # those are the words of a process before it
        state = JobState.RUNNING
        for line in lines:
            event = decode(line.decode("utf-8", "replace")) if b'"log"' in line[:64] else None
            if isinstance(event, Log) and event.message in (PAUSED, GOING_ON):
                state = JobState.PAUSED if event.message == PAUSED else JobState.RUNNING
        return state

    def _whole(self) -> tuple[bytes, int, int]:
        """The whole lines since the last start of a process, how far they were read, and the file's number."""
        try:
            with open(self._events, "rb") as opened:
                data, number = opened.read(), os.fstat(opened.fileno()).st_ino
        except OSError:
            return b"", 0, 0
        end = data.rfind(b"\n") + 1
        start = data.rfind(b"\n", 0, max(0, data.rfind(_STARTED_MARK, 0, end))) + 1
        return data[start:end], end, number

    def _new(self) -> bytes:
        """What was recorded since the last look."""
        try:
            status = self._events.stat()
            if status.st_ino != self._file or status.st_size < self._read:
                data, self._read, self._file = self._whole()
                return data
            if status.st_size == self._read:
                return b""
            with open(self._events, "rb") as opened:
                opened.seek(self._read)
                data = opened.read()
        except OSError:
            return b""
        data = data[: data.rfind(b"\n") + 1]
        self._read += len(data)
        return data

    def _signal(self, number: int) -> None:
        """Only to a process that provably is the run's: it holds the lock now, and it runs on this computer."""
        now = holder(self._folder)
        if now is not None and now == self._holder and now.is_here and now.pid != os.getpid() and is_locked(self._folder):
            with contextlib.suppress(OSError):
                os.kill(now.pid, number)

"""Commands for a run whose standard input has no writer any more: lines of JSON in a file in its folder."""

from __future__ import annotations

import contextlib
import json
import threading
from pathlib import Path
from types import TracebackType

from core.errors import TrainingError
from core.files import append_line, cannot_write
from core.locks import is_locked
from core.runs.control import Control

COMMANDS_NAME = "commands.jsonl"
_POLL_SECONDS = 0.2
_READ_AT_ONCE = 65536  # bytes


def leave_command(folder: Path, command: str, **values: int) -> None:
    """Send a command to the process that trains in a folder; it checks a few times a second.

    Args:
        folder: a run folder.
        command: as on standard input.
        values: such as n=1 for `threads`.

    Raises:
        TrainingError: no process trains there.
        CoreError: the folder can't be written.
    """
    if not is_locked(folder):
        raise TrainingError(f"No process trains in {folder} right now.", "Resume the run to go on with it.")
    append_line(Path(folder) / COMMANDS_NAME, json.dumps({"command": command, **values}))


class CommandFile:
    """Passes the commands in a run folder to a Control while the `with` block runs. Only for the holder of the lock.

    Commands that were meant for an earlier process are removed first.
    """

    def __init__(self, folder: Path, control: Control) -> None:
        self._path = Path(folder) / COMMANDS_NAME
        self._control = control
        self._done = threading.Event()
        self._read = 0  # bytes
        self._thread = threading.Thread(target=self._look, name="command file", daemon=True)

    def __enter__(self) -> CommandFile:
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _look(self) -> None:
        while not self._done.wait(_POLL_SECONDS):
            for line in self._new_lines():
                self._control.send_line(line.decode("utf-8", "replace"))

    def _new_lines(self) -> list[bytes]:
        """The whole lines that were added since the last look."""
        try:
            if self._path.stat().st_size <= self._read:
                return []
            with open(self._path, "rb") as opened:
                opened.seek(self._read)
                data = opened.read(_READ_AT_ONCE)
        except OSError:  # missing or unreadable: no commands
            return []
        whole = data[: data.rfind(b"\n") + 1]
        if not whole and len(data) == _READ_AT_ONCE:
            whole = data  # too long for a command: it is refused, and the next one is read
        self._read += len(whole)
        return whole.splitlines()

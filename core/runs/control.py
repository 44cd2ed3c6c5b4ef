"""Commands to a run, from another thread, a signal handler or standard input."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterable

COMMANDS = ("stop", "pause", "resume", "snapshot", "threads")
PAUSED, GOING_ON = "Paused.", "Going on."  # messages of a run, from which a window that finds the run reads its state


class Control:
    """Commands for one run, from any thread; the loop asks between steps."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stop = False
        self._paused = False
        self._snapshot = False
        self._threads: int | None = None
        self._to_say: deque[str] = deque(maxlen=20)
        self.interrupted = False  # by a signal; decides the exit code

    def stop(self, *, interrupted: bool = False) -> None:
        """Finish the step, save, end."""
        # A signal handler runs in the loop's own thread, which may hold the lock: set flags without it, then try to wake.
        self._stop = True
        self.interrupted = self.interrupted or interrupted
        if self._changed.acquire(blocking=False):
            self._changed.notify_all()
            self._changed.release()

    def send(self, command: str, n: int = 0) -> None:
        """A command by its name; an unknown one is answered in a Log event."""
        with self._changed:
            if command == "stop":
                self._stop = True
            elif command in ("pause", "resume"):
                self._paused = command == "pause"
            elif command == "snapshot":
                self._snapshot = True
            elif command == "threads" and n >= 1:
                self._threads = n
            else:
                self._to_say.append(f"Not understood: {command!r}. Commands: {', '.join(COMMANDS)}.")
            self._changed.notify_all()

    def say(self, message: str) -> None:
        """Have the run report something, as a Log event between two steps."""
        with self._changed:
            self._to_say.append(message)

    def send_line(self, line: str) -> None:
        """A command as a line of JSON: {"command": "threads", "n": 1}. Empty lines are passed over."""
        if not line.strip():
            return
        try:
            values = json.loads(line)
            self.send(str(values["command"]), int(values.get("n", 0)))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            with self._changed:
                self._to_say.append(f"Not a command: {line.strip()[:80]!r}.")

    def listen(self, stream: Iterable[bytes]) -> threading.Thread:
        """Read commands from a stream on a thread of its own, until its end (which is no command).

        Args:
            stream: lines; unbuffered, since a thread that still reads would hold a buffer's lock when the program ends.
        """

        def read() -> None:
            for line in stream:
                self.send_line(line.decode("utf-8", "replace"))

        thread = threading.Thread(target=read, name="commands", daemon=True)
        thread.start()
        return thread

    @property
    def stopping(self) -> bool:
        return self._stop

    @property
    def paused(self) -> bool:
        return self._paused

    def wait_while_paused(self) -> None:
        """Return once the run may go on or must stop."""
        with self._changed:
            while self._paused and not self._stop:
                self._changed.wait(timeout=0.2)  # a signal handler may be unable to notify

    def take_snapshot(self) -> bool:
        """Whether a checkpoint was asked for since the last call."""
        with self._changed:
            wanted, self._snapshot = self._snapshot, False
            return wanted

    def take_threads(self) -> int | None:
        """The number of threads asked for since the last call."""
        with self._changed:
            wanted, self._threads = self._threads, None
            return wanted

    def take_refused(self) -> list[str]:
        """Messages, and notes about commands that weren't understood, since the last call."""
        with self._changed:
            messages = list(self._to_say)
            self._to_say.clear()
            return messages

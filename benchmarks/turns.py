"""Several programs in processes of their own that take turns: one works, the others wait.

The parent holds a `Worker` for each and asks for a `turn`; the child's `Turns` waits for that and tells what it measured.
A process of its own means that none gains or loses by another's settings (allocator, threads, what is loaded).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from types import TracebackType
from typing import Any

GO = b"go\n"


class Worker:
    """A child process that works when it is asked to. Its printing goes to standard error."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str] | None = None) -> None:
        self.name = name
        command = [sys.executable, *arguments]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | (environment or {})
        )

    def ready(self) -> None:
        """Wait until it has loaded what it needs. Raises SystemExit."""
        self._answer()

    def turn(self) -> dict[str, Any]:
        """Let it work once; gives what it measured. Raises SystemExit."""
        assert self._process.stdin is not None
        self._signal("SIGCONT")
        self._process.stdin.write(GO)
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"The process of {self.name} ended with {self._process.wait()}; what it said stands above.")
        self._signal("SIGSTOP")  # its threads may spin while they wait for work, at the others' cost
        return json.loads(line)

    def _signal(self, name: str) -> None:
        """Hold it or let it go on, where the system can."""
        if hasattr(signal, name):
            self._process.send_signal(getattr(signal, name))

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End it: where its input ends it stops by itself, otherwise it is made to."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._signal("SIGCONT")
            self._process.stdin.close()
            self._process.wait(timeout=10)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class Turns:
    """The child's side."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)  # whatever the libraries print must not come between
        self.tell({})

    def wait(self) -> None:
        """Until it is this process's turn; where there is none any more, the process ends."""
        if not sys.stdin.readline():
            sys.exit(0)

    def tell(self, measured: dict[str, Any]) -> None:
        """The turn is over."""
        self._out.write(json.dumps(measured) + "\n")
        self._out.flush()

"""The child process that trains, as Qt holds it, and the word to other windows that this one looks after it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment

from core.errors import CoreError
from core.locks import WINDOW_NAME, RunLock

NICENESS = 10  # the window comes first


def make_process(parent: QObject) -> QProcess:
    """A process that is not started yet."""
    process = QProcess(parent)
    environment = QProcessEnvironment.systemEnvironment()
    environment.insert("PYTHONUNBUFFERED", "1")
    environment.insert("PYTHONUTF8", "1")  # the lines are UTF-8 on Windows too
    process.setProcessEnvironment(environment)
    return process


def step_back(process: QProcess) -> None:
    """Let a process that was just started leave the processor to the window; its threads, made later, inherit it."""
    if hasattr(os, "setpriority") and process.processId() > 0:
        with contextlib.suppress(OSError):  # it may be gone already; a window less fluid is no reason to fail
            os.setpriority(os.PRIO_PROCESS, process.processId(), NICENESS)


class WindowClaim:
    """Says to other windows which run this one looks after. It ends with this process, however that ends."""

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
        """Look after the run no longer; one that goes on can then be found by another window."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release(forget=not run_goes_on)

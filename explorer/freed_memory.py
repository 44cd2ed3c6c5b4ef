"""Freed memory goes back to the system.

The GNU C library keeps what was freed between things that are still there, for each thread's own part of the memory: 100 MB and
more after a report or a few large photos, and more with each. It gives it back when asked to.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

CHECK_MS = 5_000
WORKED_SECONDS = 0.5  # of processor time since the last time, all threads together: an idle window frees nothing


class FreedMemory(QObject):
    """Asks the C library to give freed memory back, after work, in a thread of its own. Elsewhere than on Linux it does nothing.

    Args:
        is_busy: whether now is no time for it: a slider is moving, which shouldn't wait even for a moment.
    """

    def __init__(self, is_busy: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_busy = is_busy
        self._worked = time.process_time()
        self._running: threading.Thread | None = None
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
        self._trim = trim  # a foreign call, which lets other threads run; other C libraries have none
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timer_timed_out)
        if trim is not None:
            self._timer.start(CHECK_MS)

    def stop(self) -> None:
        """The program ends."""
        self._timer.stop()
        if self._running is not None:
            self._running.join()

    def _on_timer_timed_out(self) -> None:
        if self._is_busy() or (self._running is not None and self._running.is_alive()):
            return
        worked = time.process_time()
        if worked - self._worked < WORKED_SECONDS:
            return
        self._worked = worked
        self._running = threading.Thread(target=self._trim, args=(0,), name="freed memory", daemon=True)
        self._running.start()

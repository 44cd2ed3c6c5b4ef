"""Python's garbage collector, run only on the window's thread and between two events.

Left to itself it runs in whichever thread makes the next object. Workers make many (matplotlib does), and the collector
may find widgets in reference cycles, which only the window's thread may destroy, and not in the midst of an event.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

PAUSE_MS = 20  # short, so that wrappers of destroyed Qt objects are soon gone
LATEST_MS = 10_000  # it begins by then, also where the start doesn't come to its end
LONG_SECONDS = 0.02  # longest full collection, half a frame of a film


class GarbageCollector(QObject):
    """Switches the automatic collector off, and once the start is over, does its work by a timer, by its own thresholds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timer_timed_out)
        self._timer.start(LATEST_MS)

    def start(self) -> None:
        """Begin, once what stays is there: looking through it again and again took a thirtieth of the start.

        All present objects are excluded from later collections, since scanning them takes tens of milliseconds.
        """
        gc.collect()  # a few milliseconds, since torch's objects are excluded already
        gc.freeze()
        self._timer.start(PAUSE_MS)

    def stop(self) -> None:
        """Switch Python's automatic collection on again: the program ends."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def _on_timer_timed_out(self) -> None:
        if self._timer.interval() != PAUSE_MS:
            self._timer.setInterval(PAUSE_MS)
        due = -1
        for generation, (count, limit) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)):
            if count <= limit:
                break
            due = generation
        if due < 0:
            return
        begun = time.perf_counter()
        gc.collect(due)  # the younger generations included
        if time.perf_counter() - begun > LONG_SECONDS:
            gc.freeze()  # survivors are there to stay (a library that a worker has imported): exclude them from later collections

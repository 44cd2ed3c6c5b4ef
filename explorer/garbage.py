"""Python's garbage collector, run only on the window's thread and between two events.

Left to itself it runs in whichever thread makes the next object. Workers make many (matplotlib does), and the collector
may find widgets in reference cycles, which only the window's thread may destroy, and not in the midst of an event.
"""

from __future__ import annotations

import gc
import sys
import time

from PySide6.QtCore import QObject, QTimer

PAUSE_MS = 20  # short, so that wrappers of destroyed Qt objects are soon gone
LATEST_MS = 10_000  # it begins by then, also where the start doesn't come to its end
LONG_SECONDS = 0.02  # longest full collection, half a frame of a film
REST = 50  # times as long as a full collection took until the next one
FULL = 2  # the generation of what is there longest


class GarbageCollector(QObject):
    """Switches the automatic collector off, and once the start is over, does its work by a timer, by its own thresholds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._modules = 0  # that were imported when objects were excluded last
        self._rests_until = 0.0  # no full collection before that time
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timer_timed_out)
        self._timer.start(LATEST_MS)

    def start(self) -> None:
        """Begin, once what stays is there: looking through it again and again took a thirtieth of the start.

        All present objects are excluded from later collections, since scanning them takes tens of milliseconds.
        """
        gc.collect()  # a few milliseconds, since torch's objects are excluded already
        self._exclude()
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
        if due == FULL and begun < self._rests_until:
            due -= 1
        gc.collect(due)  # the younger generations included
        ended = time.perf_counter()
        if ended - begun > LONG_SECONDS and len(sys.modules) != self._modules:
            gc.collect()  # of what is excluded, nothing that is dropped later is found, if it refers to itself
            self._exclude()
        elif due == FULL:
            self._rests_until = ended + REST * (ended - begun)

    def _exclude(self) -> None:
        """Exclude what is there from later collections: a library that was imported stays."""
        gc.freeze()
        self._modules = len(sys.modules)

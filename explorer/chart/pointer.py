"""The epoch that is pointed at on a chart, with the mouse or the arrows, and its numbers as a line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, Signal

from explorer.chart.navigation import area_at, mark_of, to_data
from explorer.chart.parts import Mark
from explorer.chart.reading import nearest_epoch, read_last

if TYPE_CHECKING:
    from explorer.chart.painter import Picture

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class PlotPointer(QObject):
    """Marks an epoch of a chart's picture and reads it; an epoch that is marked stays so in the next picture.

    Signals:
        changed(): something else is marked, or nothing.
        line_changed(str): the numbers of the epoch that is marked, or of the last where none is.
    """

    changed = Signal()
    line_changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._picture: Picture | None = None
        self._marked: tuple[int, int | None] | None = None  # the epoch, and of a heat map the row
        self._mark: Mark | None = None

    @property
    def mark(self) -> Mark | None:
        """What is painted over the picture; None where nothing is pointed at."""
        return self._mark

    def set_picture(self, picture: Picture | None) -> None:
        """Point at the same in another picture; None: there is nothing to point at."""
        self._picture = picture
        if picture is None:
            self.forget()
        elif self._marked is not None:
            self._point_at(*self._marked)
        else:
            self._say_last()

    def forget(self) -> None:
        """Point at nothing; the line stays."""
        self._mark = self._marked = None
        self.changed.emit()

    def leave(self) -> None:
        """Point at nothing, and read the last epoch."""
        self.forget()
        self._say_last()

    def read_at(self, at: QPointF) -> None:
        """Point at what lies nearest to a place of the picture; at nothing where that is beside the axes."""
        picture = self._picture
        area = area_at(picture, at)
        if area is None or picture is None:
            self.leave()
            return
        x, y = to_data(picture, area, at)
        epoch = nearest_epoch(picture.drawing, x)
        heat = picture.drawing.heat
        if epoch is not None:
            self._point_at(epoch, int(np.clip(round(y) - 1, 0, len(heat.order) - 1)) if heat is not None else None, at)

    def go(self, key: int) -> bool:
        """Point at the epoch before or after, or at the first or last; False for any other key, and without a picture."""
        step = _STEPS.get(Qt.Key(key))
        if self._picture is None or (step is None and key not in (Qt.Key.Key_Home, Qt.Key.Key_End)):
            return False
        epochs = np.unique(np.concatenate([run.history.epoch for _, run in self._picture.drawing.drawn_runs]))
        here = len(epochs) - 1 if self._marked is None else int(np.searchsorted(epochs, self._marked[0]))
        wanted = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(epochs) - 1}.get(Qt.Key(key), here + (step or 0))
        rank = self._marked[1] if self._marked is not None else None
        self._point_at(int(epochs[int(np.clip(wanted, 0, len(epochs) - 1))]), rank)
        return True

    def _point_at(self, epoch: int, rank: int | None = None, at: QPointF | None = None) -> None:
        if self._picture is not None:
            self._marked = (epoch, rank)
            self._mark = mark_of(self._picture, epoch, rank, at)
            self.line_changed.emit(self._mark.reading.line)
            self.changed.emit()

    def _say_last(self) -> None:
        if self._picture is not None:
            self.line_changed.emit(read_last(self._picture.drawing).line)

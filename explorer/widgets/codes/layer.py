"""The cells of a grid that lies over a picture: where each is, whatever part of the picture is seen and however large."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.look.theme import colors
from explorer.qt import override
from explorer.widgets.zoom.area import ZoomArea

Cell = tuple[int, int]
"""Row and column."""


class CellLayer(QWidget):
    """Lies over a picture as long as there is a grid."""

    def __init__(self, area: ZoomArea) -> None:
        super().__init__(area)
        self._area = area
        self._grid = 0
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.hide()
        self.lower()
        area.installEventFilter(self)
        area.view_changed.connect(self.update)

    @property
    def grid(self) -> int:
        """Cells a side; 0: it is out of the way."""
        return self._grid

    def set_grid(self, cells: int) -> None:
        """So many cells a side; 0: it is out of the way."""
        if cells != self._grid:
            self._leave_grid()
            self._grid = cells
            self.setGeometry(self._area.rect())
            self.setVisible(cells > 0)
            self.update()

    def _leave_grid(self) -> None:
        """Another grid comes, or none."""

    def rect_of(self, row: int, column: int, cells: int = 1) -> QRectF:
        """Where a cell, or a square of them, is in the widget."""
        picture = self._area.view.area()
        wide, high = picture.width() / self._grid, picture.height() / self._grid
        return QRectF(picture.left() + column * wide, picture.top() + row * high, cells * wide, cells * high)

    def cell_at(self, place: QPointF) -> Cell | None:
        """The cell at a place; None beside the picture."""
        picture = self._area.view.area()
        if self._grid == 0 or picture.isEmpty() or not picture.contains(place):
            return None
        row = int((place.y() - picture.top()) * self._grid / picture.height())
        column = int((place.x() - picture.left()) * self._grid / picture.width())
        return min(row, self._grid - 1), min(column, self._grid - 1)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._area and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._area.rect())
        return False


def paint_frame(painter: QPainter, rect: QRectF) -> None:
    """A frame that is seen on any picture: light, in a dark one."""
    painter.setPen(QPen(colors().marker_edge, 3))
    painter.drawRect(rect)
    painter.setPen(QPen(colors().marker, 1))
    painter.drawRect(rect)

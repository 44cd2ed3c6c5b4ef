"""A brush for the cells of a grid that lies over a picture: strokes, a pick, and a frame around what it would paint."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.look.theme import colors
from explorer.qt import override
from explorer.widgets.zoom.area import ZoomArea

Cell = tuple[int, int]
"""Row and column."""


class CellBrush(QWidget):
    """Lies over a picture; without a grid it is out of the way, and so are presses beside the picture and other buttons.

    Signals:
        began(): a stroke begins.
        touched(tuple): cells, each a row and a column, that the stroke has reached since the last time.
        ended(): the stroke is over.
        picked(int, int): a cell that was clicked with Ctrl held.
        hovered(int, int): the cell under the mouse; -1, -1: none.
    """

    began = Signal()
    touched = Signal(object)
    ended = Signal()
    picked = Signal(int, int)
    hovered = Signal(int, int)

    def __init__(self, area: ZoomArea) -> None:
        super().__init__(area)
        self._area = area
        self._grid = 0
        self._size = 1
        self._shows_grid = False
        self._paints = True
        self._marked: frozenset[Cell] = frozenset()
        self._hovered: Cell = (-1, -1)
        self._last: Cell | None = None  # of the stroke
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.hide()
        self.lower()
        area.installEventFilter(self)
        area.view_changed.connect(self.update)

    @property
    def grid(self) -> int:
        """Cells a side; 0: there is nothing to paint."""
        return self._grid

    @property
    def size_in_cells(self) -> int:
        """How many cells a side it paints at once."""
        return self._size

    def set_grid(self, cells: int) -> None:
        """So many cells a side; 0: it is out of the way."""
        if cells != self._grid:
            self._end()
            self._grid, self._marked, self._hovered = cells, frozenset(), (-1, -1)
            self.setGeometry(self._area.rect())
            self.setVisible(cells > 0)
            self.update()

    def set_size(self, cells: int) -> None:
        """Paint so many cells a side at once."""
        self._size = cells
        self.update()

    def show_grid(self, is_shown: bool) -> None:
        """Draw the borders of all cells, or no longer."""
        self._shows_grid = is_shown
        self.update()

    @property
    def paints(self) -> bool:
        """Whether there is a grid, and strokes go onto it."""
        return self._grid > 0 and self._paints

    def set_paints(self, paints: bool) -> None:
        """Take strokes, or only show the grid and leave the mouse to what lies below."""
        if paints != self._paints:
            self._end()
            self._paints = paints
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not paints)
            self._hover((-1, -1))

    def mark(self, cells: Iterable[Cell]) -> None:
        """Frame these cells until others are marked."""
        self._marked = frozenset(cells)
        self.update()

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

    def _under(self, cell: Cell) -> list[Cell]:
        """The cells that the brush paints at once, with its middle at a cell."""
        first = [min(max(0, place - (self._size - 1) // 2), self._grid - self._size) for place in cell]
        rows, columns = (range(max(0, start), min(start + self._size, self._grid)) for start in first)
        return [(row, column) for row in rows for column in columns]

    def _paint_to(self, cell: Cell) -> None:
        """Go on with the stroke to a cell, and over those on the way."""
        start = self._last or cell
        steps = max(abs(cell[0] - start[0]), abs(cell[1] - start[1]), 1)
        way = np.rint(np.linspace(start, cell, steps + 1)).astype(int)
        self._last = cell
        self.touched.emit(tuple(dict.fromkeys(one for row, column in way for one in self._under((int(row), int(column))))))

    def _end(self) -> None:
        if self._last is not None:
            self._last = None
            self.ended.emit()

    def _hover(self, cell: Cell) -> None:
        if cell != self._hovered:
            self._hovered = cell
            self.update()
            self.hovered.emit(*cell)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if event.button() != Qt.MouseButton.LeftButton or cell is None:
            event.ignore()
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.picked.emit(*cell)
            return
        self._area.setFocus(Qt.FocusReason.MouseFocusReason)
        self.began.emit()
        self._last = None
        self._paint_to(cell)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        self._hover(cell or (-1, -1))
        if self._last is not None and cell is not None and cell != self._last:
            self._paint_to(cell)
        elif self._last is None and event.buttons():
            event.ignore()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._last is not None:
            self._end()
        else:
            event.ignore()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._hover((-1, -1))

    @override
    def hideEvent(self, event: QEvent) -> None:  # type: ignore[override]
        self._end()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._area and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._area.rect())
        return False

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._grid == 0 or self._area.view.is_empty:
            return
        painter = QPainter(self)
        if self._shows_grid:
            painter.setPen(QPen(colors().marker_edge, 0))
            whole = self.rect_of(0, 0, self._grid)
            for line in range(1, self._grid):
                cell = self.rect_of(line, line)
                painter.drawLine(QPointF(cell.left(), whole.top()), QPointF(cell.left(), whole.bottom()))
                painter.drawLine(QPointF(whole.left(), cell.top()), QPointF(whole.right(), cell.top()))
        for row, column in self._marked:
            _frame(painter, self.rect_of(row, column).adjusted(1, 1, -1, -1))
        if self._hovered[0] >= 0:
            cells = self._under(self._hovered)
            _frame(painter, self.rect_of(*cells[0]).united(self.rect_of(*cells[-1])))


def _frame(painter: QPainter, rect: QRectF) -> None:
    """A frame that is seen on any picture: light, in a dark one."""
    painter.setPen(QPen(colors().marker_edge, 3))
    painter.drawRect(rect)
    painter.setPen(QPen(colors().marker, 1))
    painter.drawRect(rect)

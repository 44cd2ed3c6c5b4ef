"""A brush for the cells of a grid that lies over a picture: strokes, a pick, and a frame around what it would paint."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from explorer.look.theme import colors
from explorer.qt import override
from explorer.widgets.codes.layer import Cell, CellLayer, paint_frame
from explorer.widgets.zoom.area import ZoomArea

NOWHERE: Cell = (-1, -1)
_STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
_FAR = 1 << 16  # cells: to the border
_LEAPS = {Qt.Key.Key_Home: (0, -_FAR), Qt.Key.Key_End: (0, _FAR), Qt.Key.Key_PageUp: (-_FAR, 0), Qt.Key.Key_PageDown: (_FAR, 0)}
_PRESSES = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class CellBrush(CellLayer):
    """Lies over a picture; without a grid it is out of the way, and so are presses beside the picture and other buttons.

    Tab leads to it, too: arrow keys move a frame from cell to cell, Space and Return paint there, and with Shift held the arrow
    keys paint a stroke. With Ctrl, Space and Return take the code of the cell.

    Signals:
        began(): a stroke begins.
        touched(tuple): cells, each a row and a column, that the stroke has reached since the last time.
        ended(): the stroke is over.
        picked(int, int): a cell that was clicked with Ctrl held.
        hovered(int, int): the cell under the mouse, or the one that keys have led to; -1, -1: none.
    """

    began = Signal()
    touched = Signal(object)
    ended = Signal()
    picked = Signal(int, int)
    hovered = Signal(int, int)

    _last: Cell | None = None  # of the stroke; here because hiding ends one, which a new widget begins with

    def __init__(self, area: ZoomArea) -> None:
        super().__init__(area)
        self._size = 1
        self._shows_grid = False
        self._paints = True
        self._marked: frozenset[Cell] = frozenset()
        self._hovered: Cell = NOWHERE
        self._cursor: Cell = NOWHERE  # of the keys
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.set_cell_words("")

    @property
    def size_in_cells(self) -> int:
        """How many cells a side it paints at once."""
        return self._size

    @property
    def cell(self) -> Cell:
        """The cell that keys have led to, while it has the focus, or else the one under the mouse; -1, -1: none."""
        return self._cursor if self.hasFocus() and self._cursor != NOWHERE else self._hovered

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

    def set_cell_words(self, words: str) -> None:
        """What screen readers say of the cell that keys have led to, after its place; "": nothing."""
        name = self.tr("Cells of the picture")
        if self._cursor != NOWHERE:
            row, column = self._cursor
            place = self.tr("row {row} of {n}, column {column} of {n}").format(row=row + 1, column=column + 1, n=self._grid)
            name = ", ".join(filter(None, (name, place, words)))
        self.setAccessibleName(name)
        self.setAccessibleDescription(
            self.tr("Arrow keys move, Space paints, Shift with arrow keys paints a stroke, Ctrl+Space takes the cell's code")
        )

    @override
    def _leave_grid(self) -> None:
        self._end()
        self._marked, self._hovered, self._cursor = frozenset(), NOWHERE, NOWHERE

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
            if not self.hasFocus():
                self.hovered.emit(*cell)

    def _move_to(self, cell: Cell) -> None:
        self._cursor = cell
        self.update()
        self.hovered.emit(*cell)

    # -- the mouse

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
        self._end()
        self.began.emit()
        self._paint_to(cell)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        self._hover(cell or NOWHERE)
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
        self._hover(NOWHERE)

    # -- keys

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        others = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
        with_ctrl = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        way = _STEPS.get(key) or _LEAPS.get(key)
        if self._grid == 0 or modifiers & others or (way is None and key not in _PRESSES) or (way is not None and with_ctrl):
            super().keyPressEvent(event)
        elif way is None:
            self._press(with_ctrl)
        else:
            self._go(way, bool(modifiers & Qt.KeyboardModifier.ShiftModifier))

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """A stroke ends when Shift is let go. Space means nothing else here, so letting it go isn't passed on either."""
        if event.key() == Qt.Key.Key_Shift:
            self._end()
        elif event.key() not in _PRESSES:
            super().keyReleaseEvent(event)

    def _press(self, picks: bool) -> None:
        if picks:
            self.picked.emit(*self._cursor)
            return
        self._end()
        self.began.emit()
        self._paint_to(self._cursor)
        self._end()

    def _go(self, way: Cell, paints: bool) -> None:
        row, column = (min(max(0, place + by), self._grid - 1) for place, by in zip(self._cursor, way, strict=True))
        if paints:
            if self._last is None:
                self.began.emit()
                self._paint_to(self._cursor)
            self._paint_to((row, column))
        else:
            self._end()
        self._move_to((row, column))

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._grid:
            middle = (self._grid // 2, self._grid // 2)
            self._move_to(middle if self._cursor == NOWHERE else self._cursor)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._end()
        self.update()
        self.hovered.emit(*self._hovered)

    # -- painting

    @override
    def hideEvent(self, event: QEvent) -> None:  # type: ignore[override]
        self._end()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._grid == 0 or self._area.view.is_empty:
            return
        painter = QPainter(self)
        if self._shows_grid or self.hasFocus():
            painter.setPen(QPen(colors().marker_edge, 0))
            whole = self.rect_of(0, 0, self._grid)
            for line in range(1, self._grid):
                border = self.rect_of(line, line)
                painter.drawLine(QPointF(border.left(), whole.top()), QPointF(border.left(), whole.bottom()))
                painter.drawLine(QPointF(whole.left(), border.top()), QPointF(whole.right(), border.top()))
        for row, column in self._marked:
            paint_frame(painter, self.rect_of(row, column).adjusted(1, 1, -1, -1))
        cell = self.cell
        if cell != NOWHERE:
            cells = self._under(cell)
            rect = self.rect_of(*cells[0]).united(self.rect_of(*cells[-1]))
            paint_frame(painter, rect)
            if self.hasFocus():
                painter.setPen(QPen(colors().focus, 2))
                painter.drawRect(rect.adjusted(-2, -2, 2, 2))

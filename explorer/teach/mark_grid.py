"""A grid of faces that can be marked: with it (+), without it (−)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.look.theme import RADIUS, colors
from explorer.qt import override
from explorer.widgets.grid.face_grid import FaceGrid

BADGE = 22  # device-independent pixels, in a face of usual size
_FRAME = 3

MarkOf = Callable[[int], bool | None]
_KEYS = {
    Qt.Key.Key_Plus: True,
    Qt.Key.Key_Equal: True,  # the same key without Shift
    Qt.Key.Key_Minus: False,
    Qt.Key.Key_Underscore: False,
    Qt.Key.Key_Delete: None,
    Qt.Key.Key_Backspace: None,
    Qt.Key.Key_0: None,
}
"""A mark for each key; None takes it away."""


class MarkGrid(FaceGrid):
    """Asks for marks and shows them; who has them says so with `set_mark_of`.

    A click goes through +, − and no mark; the right button is −; on the keyboard, + and − mark the selected face,
    Delete takes the mark away and Enter does what a click does.
    """

    mark_requested = Signal(int, object)
    """A face, and what the person wants on it: True, False, or None for no mark."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark_of: MarkOf = lambda _index: None
        self.face_activated.connect(self._on_face_activated)

    def set_mark_of(self, mark_of: MarkOf) -> None:
        """Where marks come from: True is +, False −, None none."""
        self._mark_of = mark_of
        self.show_marks()

    def show_marks(self) -> None:
        """Some marks are others now."""
        if self.selected_index >= 0:
            self.setAccessibleDescription(self._caption_of(self.selected_index))
        self.viewport().update()

    def _on_face_activated(self, index: int) -> None:
        following = {None: True, True: False, False: None}
        self.mark_requested.emit(index, following[self._mark_of(index)])

    @override
    def paint_over(self, painter: QPainter, index: int, area: QRect) -> None:
        mark = self._mark_of(index)
        if mark is not None:
            paint_mark(painter, area, mark)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _KEYS and self.selected_index >= 0:
            self.mark_requested.emit(self.selected_index, _KEYS[Qt.Key(event.key())])
            return
        super().keyPressEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.RightButton:
            super().mousePressEvent(event)
            return
        index = self.index_at(event.position().toPoint())
        if index >= 0:
            self.set_selected_index(index)
            self.mark_requested.emit(index, None if self._mark_of(index) is False else False)


def paint_mark(painter: QPainter, area: QRect, has_it: bool) -> None:
    """Frame a face and put a + or − into its corner: the accent for +, the text's own colour for −."""
    theme = colors()
    ground, ink = (theme.accent, theme.accent_text) if has_it else (theme.text, theme.panel)
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(ground, _FRAME))
    inset = _FRAME / 2
    painter.drawRoundedRect(QRectF(area).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
    side = max(12, min(BADGE, area.width() // 3)) // 2 * 2
    badge = QRect(area.right() + 1 - side - _FRAME, area.bottom() + 1 - side - _FRAME, side, side)
    painter.setPen(QPen(ink, 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(badge).adjusted(0.5, 0.5, -0.5, -0.5), side / 2, side / 2)
    middle, reach = badge.center() + QPoint(1, 1), side // 4  # drawn on whole pixels: an icon would be blurred at this size
    painter.fillRect(QRect(middle.x() - reach, middle.y() - 1, 2 * reach, 2), ink)
    if has_it:
        painter.fillRect(QRect(middle.x() - 1, middle.y() - reach, 2, 2 * reach), ink)
    painter.restore()

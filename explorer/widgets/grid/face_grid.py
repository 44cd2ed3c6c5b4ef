"""Many faces in rows: only the visible ones are fetched, so 200,000 scroll like 20."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Literal

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QWidget

from explorer.look.pixels import Pixels
from explorer.look.theme import RADIUS, colors
from explorer.qt import override
from explorer.widgets.grid.area import GridArea
from explorer.widgets.grid.face_parts import RING, paint_dot, paint_ring, show_caption
from explorer.widgets.grid.thumbnails import Thumbnails

_BUDGET_SECONDS = 0.008
"""A paint event fetches pictures for this long; the rest follow with the next ones, so that scrolling never waits."""
_CACHE_SIZE = 600

Fetch = Callable[[int], Pixels | None]
Caption = Callable[[int], str]
Mark = Literal["", "dot", "hollow"]
DOT: Final = "dot"
HOLLOW: Final = "hollow"
MarkOf = Callable[[int], Mark]


class FaceGrid(GridArea):
    """A grid of square faces, with one selected."""

    face_activated = Signal(int)
    """A click on a face, or Enter."""
    selection_changed = Signal(int)
    """The person selected another face; -1: none."""
    menu_requested = Signal(int, QPoint)
    """A menu is wanted for a face: its number, and the place on the screen."""
    removal_requested = Signal(int)
    """The Delete key on a selected face."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fetch: Fetch | None = None
        self._caption: Caption | None = None
        self._dot_of: MarkOf | None = None
        self._selected = -1
        self._hovered = -1
        self._pressed = -1
        self._empty_text = ""
        self._thumbnails = Thumbnails(_CACHE_SIZE)
        self._more = QTimer(self)
        self._more.setSingleShot(True)
        self._more.timeout.connect(self.viewport().update)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().valueChanged.connect(self._on_scroll_bar_value_changed)
        self.setAccessibleName(self.tr("Pictures"))

    # -- what it shows

    def set_source(self, count: int, fetch: Fetch, caption: Caption | None = None, mark_of: MarkOf | None = None) -> None:
        """Show other faces, from the top, none selected.

        Args:
            count: how many.
            fetch: gives face i as uint8 (H, W, 3) or (H, W, 1), or None while there is none; called for visible faces
                only, on the window's thread, so it must be quick (a row of a memory map, an array at hand).
            caption: name or number of face i, shown on hover.
            mark_of: whether face i gets a dot, or a hollow one; the caption says what that means.
        """
        self._fetch, self._caption, self._dot_of = fetch, caption, mark_of
        self._thumbnails.forget()
        self._selected = self._hovered = self._pressed = -1
        self._set_count(count)

    def clear(self) -> None:
        """Show nothing."""
        self.set_source(0, lambda _index: None)

    def set_empty_text(self, text: str) -> None:
        """Set the text in the middle while there are no faces."""
        self._empty_text = text
        self.viewport().update()

    def refresh(self, index: int | None = None) -> None:
        """Fetch a face again, or all of them."""
        if index is None:
            self._thumbnails.forget()
            self.viewport().update()
        else:
            self._thumbnails.forget(index)
            self.viewport().update(self.cell_rect(index))

    def show_marks(self) -> None:
        """Repaint after it has changed which faces are marked."""
        if self._selected >= 0:
            self.setAccessibleDescription(self._caption_of(self._selected))
        self.viewport().update()

    def paint_over(self, painter: QPainter, index: int, area: QRect) -> None:
        """Draw onto a face, for grids that show more about each."""

    # -- selection

    @property
    def selected_index(self) -> int:
        """The selected face; -1: none."""
        return self._selected

    @selected_index.setter
    def selected_index(self, index: int) -> None:
        self.set_selected_index(index)

    def set_selected_index(self, index: int) -> None:
        """Select a face without a signal; -1: none."""
        index = index if 0 <= index < self._count else -1
        if index != self._selected:
            self._selected = index
            self.setAccessibleDescription(self._caption_of(index) if index >= 0 else "")
            self.viewport().update()

    def _caption_of(self, index: int) -> str:
        return self._caption(index) if self._caption is not None and index >= 0 else ""

    # -- hands

    def _select(self, index: int) -> None:
        if index != self._selected:
            self.set_selected_index(index)
            self.selection_changed.emit(index)

    def _set_hovered(self, index: int) -> None:
        if index != self._hovered:
            for which in (self._hovered, index):
                if which >= 0:
                    self.viewport().update(self.cell_rect(which).adjusted(-RING, -RING, RING, RING))
            self._hovered = index
            hand = Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(hand)

    def _on_scroll_bar_value_changed(self) -> None:
        self._set_hovered(-1)
        self.viewport().update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._count == 0:
            painter.setPen(theme.muted_text)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(16, 16, -16, -16), int(flags), self._empty_text)
            return
        layout = self._layout()
        offset = self.verticalScrollBar().value()
        self._thumbnails.set_size(layout.cell, self.devicePixelRatioF())
        deadline = time.perf_counter() + _BUDGET_SECONDS
        fetched = False
        for index in layout.visible(event.rect().top() + offset, event.rect().bottom() + offset):
            area = layout.rect(index, offset)
            pixmap: QPixmap | None = None
            if index in self._thumbnails:
                pixmap = self._thumbnails.get(index)
            elif not fetched or time.perf_counter() < deadline:  # at least one, or a busy machine would never get them all
                fetched = True
                pixmap = self._thumbnails.put(index, self._fetch(index) if self._fetch is not None else None)
            elif not self._more.isActive():
                self._more.start(0)
            if pixmap is None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.placeholder)
                painter.drawRoundedRect(area, RADIUS, RADIUS)
            else:
                painter.drawPixmap(area.topLeft(), pixmap)
            mark = self._dot_of(index) if self._dot_of is not None else ""
            if mark:
                paint_dot(painter, area, is_hollow=mark == HOLLOW)
            self.paint_over(painter, index, area)
            paint_ring(painter, area, selected=index == self._selected, hovered=index == self._hovered, has_focus=self.hasFocus())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select) and self._selected >= 0:
            self.face_activated.emit(self._selected)
            return
        if key == Qt.Key.Key_Delete and self._selected >= 0:
            self.removal_requested.emit(self._selected)
            return
        target = self._layout().moved(self._selected, key, self.viewport().height())
        if target is None:
            super().keyPressEvent(event)
            return
        self._select(target)
        self.scroll_to(target)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self.index_at(event.position().toPoint())
            if self._pressed >= 0:
                self._select(self._pressed)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            pressed, self._pressed = self._pressed, -1
            if pressed >= 0 and self.index_at(event.position().toPoint()) == pressed:
                self.face_activated.emit(pressed)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second of two quick clicks is a click, too; a scroll area would drop it."""
        self.mousePressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.index_at(event.pos()) if by_mouse else self._selected
        if index >= 0:
            place = event.globalPos() if by_mouse else self.viewport().mapToGlobal(self.cell_rect(index).center())
            self.menu_requested.emit(index, place)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._set_hovered(self.index_at(event.position().toPoint()))

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.index_at(event.pos())
            show_caption(event, self._caption_of(index), self.viewport(), self.cell_rect(index))
            return True
        if event.type() == QEvent.Type.Leave:
            self._set_hovered(-1)
        return super().viewportEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.viewport().update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.viewport().update()

"""Many faces in rows: only the visible ones are fetched, so 200,000 scroll like 20."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QSizePolicy, QToolTip, QWidget

from explorer.pixels import Pixels, to_qimage
from explorer.qt import override
from explorer.theme import RADIUS, UNIT, colors

_RING = 2
_BUDGET_SECONDS = 0.008
"""A paint event fetches pictures for this long; the rest follow with the next ones, so that scrolling never waits."""
_CACHE_SIZE = 600

Fetch = Callable[[int], Pixels | None]
Caption = Callable[[int], str]


class FaceGrid(QAbstractScrollArea):
    """A grid of square faces, with one selected."""

    face_activated = Signal(int)
    """A click on a face, or Enter."""
    selection_changed = Signal(int)
    """The person selected another face; -1: none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._fetch: Fetch | None = None
        self._caption: Caption | None = None
        self._thumbnail_size = 88
        self._wanted_columns: int | None = None
        self._selected = -1
        self._hovered = -1
        self._pressed = -1
        self._empty_text = ""
        self._cache: OrderedDict[int, QPixmap | None] = OrderedDict()
        self._cache_key = (0, 1.0)
        self._more = QTimer(self)
        self._more.setSingleShot(True)
        self._more.timeout.connect(self.viewport().update)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().valueChanged.connect(self._on_scroll_bar_value_changed)
        self.setAccessibleName(self.tr("Faces"))

    # -- what it shows

    def set_source(self, count: int, fetch: Fetch, caption: Caption | None = None) -> None:
        """Show other faces, from the top, none selected.

        Args:
            count: how many.
            fetch: gives face i as uint8 (H, W, 3) or (H, W, 1), or None while there is none; called for visible faces
                only, on the window's thread, so it must be quick (a row of a memory map, an array at hand).
            caption: name or number of face i, shown on hover.
        """
        self._count, self._fetch, self._caption = count, fetch, caption
        self._cache.clear()
        self._selected = self._hovered = self._pressed = -1
        self._update_scroll_bar()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    def clear(self) -> None:
        """Show nothing."""
        self.set_source(0, lambda _index: None)

    def set_empty_text(self, text: str) -> None:
        """What stands in the middle while there are no faces."""
        self._empty_text = text
        self.viewport().update()

    def set_thumbnail_size(self, pixels: int) -> None:
        """The least side of a face in device-independent pixels; faces grow a little to fill the row."""
        self._thumbnail_size = max(16, pixels)
        self._relayout()

    def set_columns(self, columns: int | None) -> None:
        """A fixed number of columns (faces shrink to fit), or None: as many as fit."""
        self._wanted_columns = columns
        self._relayout()

    def refresh(self, index: int | None = None) -> None:
        """Fetch a face again, or all of them."""
        if index is None:
            self._cache.clear()
            self.viewport().update()
        else:
            self._cache.pop(index, None)
            self.viewport().update(self.cell_rect(index))

    # -- selection

    @property
    def count(self) -> int:
        """How many faces there are."""
        return self._count

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

    def scroll_to(self, index: int) -> None:
        """Bring a face into view."""
        _, cell = self._layout()
        top = (index // self.columns) * (cell + UNIT)
        bar = self.verticalScrollBar()
        if top < bar.value():
            bar.setValue(top)
        elif top + cell + 2 * _RING > bar.value() + self.viewport().height():
            bar.setValue(top + cell + 2 * _RING - self.viewport().height())

    # -- geometry

    @property
    def columns(self) -> int:
        """How many columns there are now."""
        return self._layout()[0]

    def _layout(self) -> tuple[int, int]:
        """Columns, and the side of a face."""
        width = max(1, self.viewport().width() - 2 * _RING)
        if self._wanted_columns is not None:
            columns = max(1, self._wanted_columns)
            return columns, max(8, min(self._thumbnail_size, (width + UNIT) // columns - UNIT))
        columns = max(1, (width + UNIT) // (self._thumbnail_size + UNIT))
        if columns >= self._count:
            return columns, min(self._thumbnail_size, width)
        return columns, max(8, (width + UNIT) // columns - UNIT)

    def contents_height(self) -> int:
        """The height that shows every face at the present width."""
        columns, cell = self._layout()
        rows = -(-self._count // columns)
        return max(0, rows * (cell + UNIT) - UNIT) + 2 * _RING

    def cell_rect(self, index: int) -> QRect:
        """Where a face is, in the viewport's coordinates."""
        columns, cell = self._layout()
        row, column = divmod(index, columns)
        x = _RING + column * (cell + UNIT)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = self.viewport().width() - x - cell
        return QRect(x, _RING + row * (cell + UNIT) - self.verticalScrollBar().value(), cell, cell)

    def index_at(self, position: QPoint) -> int:
        """The face at a place of the viewport; -1: none."""
        columns, cell = self._layout()
        x = position.x()
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = self.viewport().width() - 1 - x
        column, beside = divmod(x - _RING, cell + UNIT)
        row, below = divmod(position.y() - _RING + self.verticalScrollBar().value(), cell + UNIT)
        index = row * columns + column
        inside = 0 <= column < columns and row >= 0 and beside < cell and below < cell
        return index if inside and 0 <= index < self._count else -1

    def _relayout(self) -> None:
        self._update_scroll_bar()
        self.updateGeometry()
        self.viewport().update()

    def _update_scroll_bar(self) -> None:
        _, cell = self._layout()
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(1, (cell + UNIT) // 2))
        bar.setRange(0, max(0, self.contents_height() - self.viewport().height()))

    # -- pictures

    def _thumbnail(self, index: int, side: int, ratio: float) -> QPixmap | None:
        if self._cache_key != (side, ratio):
            self._cache.clear()
            self._cache_key = (side, ratio)
        if index in self._cache:
            self._cache.move_to_end(index)
            return self._cache[index]
        pixels = self._fetch(index) if self._fetch is not None else None
        pixmap = None if pixels is None else _rounded(to_qimage(pixels), side, ratio)
        self._cache[index] = pixmap
        while len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)
        return pixmap

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
                    self.viewport().update(self.cell_rect(which).adjusted(-_RING, -_RING, _RING, _RING))
            self._hovered = index
            hand = Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(hand)

    def _on_scroll_bar_value_changed(self) -> None:
        self._set_hovered(-1)
        self.viewport().update()

    @override
    def sizeHint(self) -> QSize:
        side = self._thumbnail_size + UNIT
        return QSize(4 * side + 2 * _RING + 12, 3 * side + 2 * _RING)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(min(64, self._thumbnail_size) + 2 * _RING, 48)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._update_scroll_bar()

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
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
        columns, cell = self._layout()
        ratio = self.devicePixelRatioF()
        offset = self.verticalScrollBar().value()
        first = max(0, (event.rect().top() + offset - _RING) // (cell + UNIT)) * columns
        last = min(self._count, ((event.rect().bottom() + offset) // (cell + UNIT) + 1) * columns)
        deadline = time.perf_counter() + _BUDGET_SECONDS
        late = False
        for index in range(first, last):
            area = self.cell_rect(index)
            if not late and time.perf_counter() > deadline:
                late = True
            known = index in self._cache and self._cache_key == (cell, ratio)
            pixmap = self._thumbnail(index, cell, ratio) if known or not late else None
            if pixmap is None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.placeholder)
                painter.drawRoundedRect(area, RADIUS, RADIUS)
                if late and not known and not self._more.isActive():
                    self._more.start(0)
            else:
                painter.drawPixmap(area.topLeft(), pixmap)
            self._paint_ring(painter, index, area)

    def _paint_ring(self, painter: QPainter, index: int, area: QRect) -> None:
        theme = colors()
        if index == self._selected:
            pen = QPen(theme.focus if self.hasFocus() else theme.tick, _RING)
        elif index == self._hovered:
            pen = QPen(theme.border, _RING)
        else:
            return
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(area).adjusted(-1, -1, 1, 1), RADIUS + 1, RADIUS + 1)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select) and self._selected >= 0:
            self.face_activated.emit(self._selected)
            return
        ahead = -1 if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else 1
        columns, cell = self._layout()
        page = max(1, self.viewport().height() // (cell + UNIT)) * columns
        steps = {
            Qt.Key.Key_Right: ahead,
            Qt.Key.Key_Left: -ahead,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_Home: -self._count,
            Qt.Key.Key_End: self._count,
        }
        if key not in steps or self._count == 0:
            super().keyPressEvent(event)
            return
        if self._selected < 0:
            target = 0
        else:
            target = self._selected + steps[Qt.Key(key)]
            if abs(steps[Qt.Key(key)]) == columns and not 0 <= target < self._count:
                target = self._selected
        target = min(max(target, 0), self._count - 1)
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
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._set_hovered(self.index_at(event.position().toPoint()))

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.index_at(event.pos())
            text = self._caption_of(index)
            if text:
                QToolTip.showText(event.globalPos(), text, self.viewport(), self.cell_rect(index))
            else:
                QToolTip.hideText()
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


def _rounded(image: QImage, side: int, ratio: float) -> QPixmap:
    """The picture scaled to fill a square, cut to rounded corners, sharp at the pixel ratio."""
    pixels = max(1, round(side * ratio))
    smooth = Qt.TransformationMode.SmoothTransformation
    scaled = image.scaled(QSize(pixels, pixels), Qt.AspectRatioMode.KeepAspectRatioByExpanding, smooth)
    result = QPixmap(pixels, pixels)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 0, pixels, pixels), RADIUS * ratio, RADIUS * ratio)
    painter.setClipPath(path)
    painter.drawImage((pixels - scaled.width()) // 2, (pixels - scaled.height()) // 2, scaled)
    painter.end()
    result.setDevicePixelRatio(ratio)
    return result

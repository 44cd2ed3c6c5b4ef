"""A sheet of pictures as large as fits, each alone or over its counterpart; it can be looked at closer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.look.pixels import Pixels, finely_scaled, plainly_scaled, shows_plain_pixels, to_qimage
from explorer.look.theme import GROUP, RADIUS, UNIT, colors
from explorer.qt import override
from explorer.widgets.grid.face_parts import RING, paint_ring, show_caption
from explorer.widgets.grid.thumbnails import cut_round
from explorer.widgets.zoom.sheet import SheetArea

_BETTER = 1.2  # times as large must pictures be that leave their last row half empty
_LEAST_CELL, _LEAST_TALL = 26, 208  # units of a row's height where the columns are given, and of all of them together
_BUDGET_SECONDS = 0.012
"""A paint event scales pictures for this long; the rest follow with the next ones."""

Caption = Callable[[int], str]


class PictureSheet(SheetArea):
    """Cells of one picture or more, one under the other; one cell is selected.

    Args:
        single_row: all stand side by side.
        columns: so many stand in a row; 0: as many as show all of them largest.
    """

    picture_opened = Signal(int)
    """A double click on a cell, or Enter."""
    selection_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None, *, single_row: bool = False, columns: int = 0) -> None:
        super().__init__(parent)
        self._tiers: list[list[Pixels | None]] = [[]]
        self._caption: Caption | None = None
        self._single_row = single_row
        self._columns = columns
        self._selected = self._hovered = -1
        self._cache: dict[tuple[int, int], QPixmap] = {}
        self._cache_key = (0, 1.0)
        self._more = QTimer(self)
        self._more.setSingleShot(True)
        self._more.timeout.connect(self.update)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Pictures"))

    @property
    def count(self) -> int:
        """How many cells there are."""
        return len(self._tiers[0])

    @property
    def selected_index(self) -> int:
        """The selected cell; -1: none."""
        return self._selected

    def picture(self, index: int, tier: int = 0) -> Pixels | None:
        """A picture, None while it isn't there."""
        return self._tiers[tier][index]

    def pictures(self) -> np.ndarray | None:
        """The first tier, uint8 (n, H, W, C); None while a picture is missing."""
        pictures = [picture for picture in self._tiers[0] if picture is not None]
        return np.stack(pictures) if pictures and len(pictures) == self.count else None

    def set_pictures(self, tiers: Sequence[Sequence[Pixels | None]], caption: Caption | None = None) -> None:
        """Show others.

        Args:
            tiers: one list, or several of the same length, each under the one before; None = not there yet.
            caption: what is said of a cell on hover.
        """
        if len(tiers[0]) != self.count:
            self._selected = self._hovered = -1
        self._tiers = [list(tier) for tier in tiers]
        self._caption = caption
        self._cache.clear()
        self.updateGeometry()
        self.update()

    def set_columns(self, columns: int) -> None:
        """How many stand in a row; 0: as many as show all of them largest."""
        self._columns = columns
        self.updateGeometry()
        self.update()

    def set_picture(self, index: int, pixels: Pixels | None, tier: int = 0) -> None:
        """One picture has come."""
        self._tiers[tier][index] = pixels
        self._cache.pop((tier, index), None)
        self.update()

    def set_selected_index(self, index: int) -> None:
        """Select a cell without a signal; -1: none."""
        self._selected = index if 0 <= index < self.count else -1
        self.setAccessibleDescription(self._caption_of(self._selected))
        self.update()

    # -- geometry

    def layout_of_cells(self) -> tuple[int, int]:
        """Columns, and the side of a picture, that show all of them largest; 8 and 32 fill their rows if that costs little."""
        count, tiers = max(1, self.count), len(self._tiers)
        width, height = self.width() - 2 * RING, self.height() - 2 * RING
        best, full = (count, 1), (count, 1)
        fixed = count if self._single_row else self._columns
        for columns in [fixed] if fixed else range(1, count + 1):
            rows = -(-count // columns)
            across = (width + UNIT) // columns - UNIT
            gaps = (rows - 1) * self._band_gap() + rows * (tiers - 1) * UNIT
            side = min(across, (height - gaps) // (rows * tiers))
            if side >= best[1]:
                best = (columns, side)
            if side >= full[1] and count % columns == 0:
                full = (columns, side)
        return best if best[1] > _BETTER * full[1] or count < 8 or count % 8 else full

    def _band_gap(self) -> int:
        return GROUP if len(self._tiers) > 1 else UNIT

    def cell_rect(self, index: int) -> QRect:
        """Where a cell is, both pictures together."""
        return self.zoomed(self._fitted_rect(index))

    def _fitted_rect(self, index: int) -> QRect:
        columns, side = self.layout_of_cells()
        row, column = divmod(index, columns)
        tiers = len(self._tiers)
        cell_height = tiers * side + (tiers - 1) * UNIT
        rows = -(-self.count // columns)
        used = columns * (side + UNIT) - UNIT
        tall = rows * (cell_height + self._band_gap()) - self._band_gap()
        x = (self.width() - used) // 2 + column * (side + UNIT)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = self.width() - x - side
        y = max(RING, (self.height() - tall) // 2) + row * (cell_height + self._band_gap())
        return QRect(x, y, side, cell_height)

    def picture_rects(self) -> list[QRect]:
        """Where pictures are; the rest of the sheet is blank."""
        return [self.cell_rect(index) for index in range(self.count)]

    def index_at(self, position: QPoint) -> int:
        """The cell at a place; -1: none."""
        return next((index for index in range(self.count) if self.cell_rect(index).contains(position)), -1)

    # -- painting

    def _pixmap(self, tier: int, index: int, side: int, ratio: float) -> QPixmap | None:
        pixmap = self._cache.get((tier, index))
        pixels = self._tiers[tier][index]
        if pixmap is None and pixels is not None:
            pixmap = _rounded(pixels, max(1, round(side * ratio)), ratio)
            self._cache[tier, index] = pixmap
        return pixmap

    @override
    def show_pixels_anew(self) -> None:
        self._cache.clear()
        super().show_pixels_anew()

    def _caption_of(self, index: int) -> str:
        return self._caption(index) if self._caption is not None and index >= 0 else ""

    def _select(self, index: int) -> None:
        if index != self._selected:
            self.set_selected_index(index)
            self.selection_changed.emit(index)

    @override
    def sizeHint(self) -> QSize:
        return QSize(8 * 96, 2 * 96)

    @override
    def minimumSizeHint(self) -> QSize:
        rows = -(-self.count // self._columns) if self._columns else 1
        return QSize(240, max(96, min(rows * _LEAST_CELL, _LEAST_TALL)))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fitted = self.layout_of_cells()[1]
        side, ratio = self.zoomed(QRect(0, 0, fitted, fitted)).width(), self.devicePixelRatioF()
        if self._cache_key != (side, ratio):
            self._cache.clear()
            self._cache_key = (side, ratio)
        deadline = time.perf_counter() + _BUDGET_SECONDS
        painted: set[tuple[int, int]] = set()
        for index in range(self.count):
            cell, place = self.cell_rect(index), self._fitted_rect(index)
            if not cell.intersects(self.rect()):
                continue
            for tier in range(len(self._tiers)):
                area = self.zoomed(QRect(place.x(), place.y() + tier * (fitted + UNIT), fitted, fitted))
                late = (tier, index) not in self._cache and time.perf_counter() > deadline
                pixmap = None if late else self._pixmap(tier, index, side, ratio)
                if pixmap is not None:
                    painted.add((tier, index))
                    painter.drawPixmap(area.topLeft(), pixmap)
                    continue
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.placeholder)
                painter.drawRoundedRect(area, RADIUS, RADIUS)
                if late and not self._more.isActive():
                    self._more.start(0)
            paint_ring(painter, cell, selected=index == self._selected, hovered=index == self._hovered, has_focus=self.hasFocus())
        if self.is_zoomed:  # large ones are kept only while they are seen
            self._cache = {key: pixmap for key, pixmap in self._cache.items() if key in painted}

    # -- hands

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)  # it zooms
            return
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select) and self._selected >= 0:
            self.picture_opened.emit(self._selected)
            return
        ahead = -1 if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else 1
        columns = self.layout_of_cells()[0]
        steps = {
            Qt.Key.Key_Right: ahead,
            Qt.Key.Key_Left: -ahead,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Home: -self.count,
            Qt.Key.Key_End: self.count,
        }
        if key not in steps or not self.count:
            super().keyPressEvent(event)
            return
        target = self._selected + steps[Qt.Key(key)] if self._selected >= 0 else 0
        if abs(steps[Qt.Key(key)]) == columns and not 0 <= target < self.count:
            target = self._selected
        self._select(min(max(target, 0), self.count - 1))
        self.bring_into_sight(self._fitted_rect(self._selected))

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self._select(index)
        super().mousePressEvent(event)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self._select(index)
            self.picture_opened.emit(index)
        else:
            super().mouseDoubleClickEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._set_hovered(self.index_at(event.position().toPoint()))

    def _set_hovered(self, index: int) -> None:
        if index != self._hovered:
            self._hovered = index
            if not self.is_zoomed:
                self.setCursor(Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.index_at(event.pos())
            show_caption(event, self._caption_of(index), self, self.cell_rect(index))
            return True
        if event.type() == QEvent.Type.Leave:
            self._set_hovered(-1)
        return super().event(event)


def _rounded(pixels: Pixels, side: int, ratio: float) -> QPixmap:
    """The picture as a square of `side` device pixels with round corners; a small one is enlarged without a grid."""
    size = QSize(side, side)
    if side > pixels.shape[0]:
        scaled: QImage = plainly_scaled(pixels, size) if shows_plain_pixels() else finely_scaled(pixels, size)
    else:
        keep, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        scaled = to_qimage(pixels).scaled(size, keep, smooth)
    return cut_round(scaled, side, ratio)

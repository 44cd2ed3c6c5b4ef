"""Paints a preview's pictures as large as fits: reconstructions under their pictures, samples below or beside them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.training.previews import ORIGINALS, RECONSTRUCTIONS, SAMPLES
from explorer.qt import override
from explorer.theme import GROUP, RADIUS, UNIT, colors
from explorer.widgets.preview_shelf import Sheet

_COLUMNS = 8  # while there is no sheet
_LARGEST = 160  # device-independent pixels of a picture: 128 pixels don't get better by blowing them up


class Shown(IntEnum):
    """What of a sheet is on the screen."""

    BOTH = 0
    RECONSTRUCTIONS = 1
    SAMPLES = 2

    @property
    def rows(self) -> tuple[int, ...]:
        """Of a sheet."""
        pairs = (ORIGINALS, RECONSTRUCTIONS)
        return {Shown.BOTH: (*pairs, SAMPLES), Shown.RECONSTRUCTIONS: pairs, Shown.SAMPLES: (SAMPLES,)}[self]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where pictures go: places in cells from the middle's top left, and how many cells and gaps there are each way."""

    cells: dict[tuple[int, int], tuple[int, int]]
    """(row of the sheet, place in it) -> (column, row on the screen)."""
    columns: int
    rows: int
    split_column: int = 0
    """Before which column a wider gap is; 0: none."""
    split_row: int = 0

    def side(self, width: int, height: int) -> int:
        """Of a picture, so that all fit."""
        wider = GROUP - UNIT
        across = (width + UNIT - (wider if self.split_column else 0)) // self.columns - UNIT
        down = (height + UNIT - (wider if self.split_row else 0)) // self.rows - UNIT
        return max(1, min(across, down, _LARGEST))

    def place(self, cell: tuple[int, int], side: int) -> QPoint:
        """The top left of a cell."""
        column, row = cell
        wider = GROUP - UNIT
        x = column * (side + UNIT) + (wider if 0 < self.split_column <= column else 0)
        y = row * (side + UNIT) + (wider if 0 < self.split_row <= row else 0)
        return QPoint(x, y)

    def size(self, side: int) -> QSize:
        """Of all together."""
        end = self.place((self.columns - 1, self.rows - 1), side)
        return QSize(end.x() + side, end.y() + side)


def arrangements(shown: Shown, count: int) -> list[Arrangement]:
    """The ways to show sheets of `count` columns; the one of the largest pictures is to be taken, the first of equals."""
    pairs = {(row, n): (n, row) for row in (ORIGINALS, RECONSTRUCTIONS) for n in range(count)}
    half = -(-count // 2)
    if shown is Shown.RECONSTRUCTIONS:
        return [Arrangement(pairs, count, 2)]
    if shown is Shown.SAMPLES:
        line = Arrangement({(SAMPLES, n): (n, 0) for n in range(count)}, count, 1)
        block = Arrangement({(SAMPLES, n): (n % half, n // half) for n in range(count)}, half, 2 if count > 1 else 1)
        return [line, block]
    below = {(SAMPLES, n): (n, 2) for n in range(count)}
    beside = {(SAMPLES, n): (count + n % half, n // half) for n in range(count)}
    return [
        Arrangement(pairs | below, count, 3, split_row=2),
        Arrangement(pairs | beside, count + half, 2, split_column=count),
    ]


class SheetView(QWidget):
    """Shows one sheet, 4 px between pictures, round corners; empty places where a sheet lacks a row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheet: Sheet | None = None
        self._shown = Shown.BOTH
        self._pixmaps: dict[tuple[int, int, int], QPixmap] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_sheet(self, sheet: Sheet | None) -> None:
        """Other pictures, or none."""
        self._sheet = sheet
        self._pixmaps.clear()
        self.update()

    def set_shown(self, shown: Shown) -> None:
        """Other rows of the sheet."""
        self._shown = shown
        self._pixmaps.clear()
        self.update()

    def _columns(self) -> int:
        return max((len(row) for row in self._sheet.rows), default=0) if self._sheet is not None else 0

    def arrangement(self) -> Arrangement:
        """How the pictures are laid out now."""
        ways = arrangements(self._shown, self._columns() or _COLUMNS)
        return max(ways, key=lambda way: way.side(self.width(), self.height()))

    def rect_of(self, row: int, place: int) -> QRect:
        """Where a picture of the sheet is; an empty one where it isn't shown."""
        way = self.arrangement()
        cell = way.cells.get((row, place))
        side = way.side(self.width(), self.height())
        return QRect(self._origin(way, side) + way.place(cell, side), QSize(side, side)) if cell is not None else QRect()

    def _origin(self, way: Arrangement, side: int) -> QPoint:
        size = way.size(side)
        return QPoint((self.width() - size.width()) // 2, (self.height() - size.height()) // 2)

    def _pixmap(self, key: tuple[int, int], image: QImage, side: int) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixels = round(side * ratio)
        found = self._pixmaps.get((*key, pixels))
        if found is None:
            size = QSize(pixels, pixels)
            keep, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            found = QPixmap.fromImage(image.scaled(size, keep, smooth))
            found.setDevicePixelRatio(ratio)
            self._pixmaps[*key, pixels] = found
        return found

    @override
    def sizeHint(self) -> QSize:
        return QSize(8 * 96, 2 * 96 + UNIT)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(8 * 28, 2 * 40 + UNIT)

    @override
    def resizeEvent(self, event: object) -> None:
        self._pixmaps.clear()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        rows = self._sheet.rows if self._sheet is not None else ()
        way = self.arrangement()
        side = way.side(self.width(), self.height())
        origin = self._origin(way, side)
        for (row, place), cell in way.cells.items():
            where = QRect(origin + way.place(cell, side), QSize(side, side))
            rounded = QPainterPath()
            rounded.addRoundedRect(QRectF(where), RADIUS, RADIUS)
            if row < len(rows) and place < len(rows[row]):
                painter.setClipPath(rounded)
                painter.drawPixmap(where.topLeft(), self._pixmap((row, place), rows[row][place], side))
                painter.setClipping(False)
            else:
                painter.fillPath(rounded, colors().placeholder)
        painter.end()

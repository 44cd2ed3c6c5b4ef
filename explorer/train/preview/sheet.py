"""Paints a preview's pictures as large as fits: related rows one under the other, samples below or beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.runs.previews import BEFORE
from explorer.look.pixels import shows_plain_pixels
from explorer.look.theme import GROUP, RADIUS, UNIT, colors
from explorer.qt import override
from explorer.train.preview.shelf import Sheet
from explorer.widgets.zoom.sheet import SheetArea

_COLUMNS = 8  # while there is no sheet
_SAMPLES = ("samples", "pseudo_inputs")  # prefixes of such rows' names


class Shown(IntEnum):
    """Which parts of a sheet are shown."""

    BOTH = 0
    TOGETHER = 1
    SAMPLES = 2

    def of(self, names: Sequence[str]) -> tuple[str, ...]:
        """The rows among these that are shown."""
        return {Shown.BOTH: (*together(names), *samples(names)), Shown.TOGETHER: together(names), Shown.SAMPLES: samples(names)}[
            self
        ]


SIDES = ("a", "a_to_b", "a_back", "a_changed", "b", "b_to_a", "b_back", "b_changed")
"""The rows of a family that translates between two sides."""
SIDES_UNMAPPED = ("a", "a_to_b", "a_back", "b", "b_to_a", "b_back")
"""The same in runs of before it was shown what a translation changes."""


def together(names: Sequence[str]) -> tuple[str, ...]:
    """The rows whose pictures belong together, one under the other: originals and their reconstructions."""
    return tuple(name for name in names if not name.startswith(_SAMPLES))


def joined(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """The rows of two sheets of a run, each once. Those of two sides keep their order, whichever of them a sheet lacks."""
    names = tuple(dict.fromkeys((*first, *second)))
    return tuple(name for name in SIDES if name in names) if set(names) <= set(SIDES) else names


def samples(names: Sequence[str]) -> tuple[str, ...]:
    """The rows of samples, which belong to no other row."""
    return tuple(name for name in names if name.startswith(_SAMPLES))


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The layout of pictures: positions in cells and gaps from the top left, and the number of both each way."""

    cells: dict[tuple[str, int], tuple[int, int]]
    """(name of the sheet's row, index in it) -> (column, row on the screen)."""
    columns: int
    rows: int
    split_column: int = 0
    """The column with a wider gap before it; 0: none."""
    split_row: int = 0
    folded: int = 0
    """So many rows stay together, with a wider gap between them and the next such rows; 0: they aren't folded."""

    def side(self, width: int, height: int) -> int:
        """The side of a picture, so that all fit."""
        wider = GROUP - UNIT
        across = (width + UNIT - (wider if self.split_column else 0)) // self.columns - UNIT
        splits = (self.rows - 1) // self.folded if self.folded else int(self.split_row > 0)
        down = (height + UNIT - wider * splits) // self.rows - UNIT
        return max(1, min(across, down))

    def place(self, cell: tuple[int, int], side: int) -> QPoint:
        """The top left of a cell."""
        column, row = cell
        wider = GROUP - UNIT
        x = column * (side + UNIT) + (wider if 0 < self.split_column <= column else 0)
        splits = row // self.folded if self.folded else int(0 < self.split_row <= row)
        y = row * (side + UNIT) + wider * splits
        return QPoint(x, y)

    def size(self, side: int) -> QSize:
        """The size of all pictures together."""
        end = self.place((self.columns - 1, self.rows - 1), side)
        return QSize(end.x() + side, end.y() + side)


def arrangements(names: Sequence[str], count: int) -> list[Arrangement]:
    """The possible layouts of these rows of `count` pictures; choose the one with the largest pictures, the first of equals."""
    upper, lower = together(names), samples(names)
    high = len(upper)
    stacked = {(name, n): (n, row) for row, name in enumerate((*upper, *lower)) for n in range(count)}
    line = Arrangement(stacked, count, len(upper) + len(lower), split_row=high if lower else 0)
    if upper in (SIDES, SIDES_UNMAPPED):
        return _of_sides(upper, count)
    if not lower:
        return [line, *(_folded(upper, count, across) for across in range(1, count) if count % across == 0)]
    folds = high or (2 if count > 1 else 1)
    left = count if upper else 0
    loose = [(name, n) for name in lower for n in range(count)]
    across = -(-len(loose) // folds)
    beside = {cell: (left + at % across, at // across) for at, cell in enumerate(loose)}
    pairs = {cell: place for cell, place in stacked.items() if cell[0] in upper}
    return [line, Arrangement(pairs | beside, left + across, folds, split_column=left)]


def _of_sides(rows: Sequence[str], count: int) -> list[Arrangement]:
    """The rows of A over those of B, or beside them."""
    half = len(rows) // 2
    over = {(name, n): (n, row) for row, name in enumerate(rows) for n in range(count)}
    beside = {(name, n): (n + row // half * count, row % half) for row, name in enumerate(rows) for n in range(count)}
    return [Arrangement(beside, 2 * count, half, split_column=count), Arrangement(over, count, len(rows), split_row=half)]


def _folded(upper: Sequence[str], count: int, across: int) -> Arrangement:
    """Rows that belong together, so many pictures of each across, and the rest of them below in the same way."""
    cells = {(name, n): (n % across, n // across * len(upper) + row) for row, name in enumerate(upper) for n in range(count)}
    return Arrangement(cells, across, count // across * len(upper), folded=len(upper))


class SheetView(SheetArea):
    """Shows one sheet, 4 px between pictures, round corners; empty places where a sheet lacks a row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheet: Sheet | None = None
        self._names: tuple[str, ...] = BEFORE
        self._pixmaps: dict[tuple[str, int, int], QPixmap] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Preview of the run"))

    def show_sheet(self, sheet: Sheet | None) -> None:
        """Other pictures, or none."""
        self._sheet = sheet
        self._pixmaps.clear()
        self.update()

    @override
    def show_pixels_anew(self) -> None:
        self._pixmaps.clear()
        super().show_pixels_anew()

    def set_names(self, names: Sequence[str]) -> None:
        """Show other rows of the sheet, by their names."""
        self._names = tuple(names)
        self._pixmaps.clear()
        self.update()

    def _columns(self) -> int:
        return max((len(row) for row in self._sheet.rows), default=0) if self._sheet is not None else 0

    def arrangement(self) -> Arrangement:
        """How the pictures are laid out now."""
        ways = arrangements(self._names, self._columns() or _COLUMNS)
        return max(ways, key=lambda way: way.side(self.width(), self.height()))

    def rect_of(self, row: str, place: int) -> QRect:
        """Where a picture of the sheet is; an empty one where it isn't shown."""
        way = self.arrangement()
        cell = way.cells.get((row, place))
        side = way.side(self.width(), self.height())
        return (
            self.zoomed(QRect(self._origin(way, side) + way.place(cell, side), QSize(side, side))) if cell is not None else QRect()
        )

    def _origin(self, way: Arrangement, side: int) -> QPoint:
        size = way.size(side)
        return QPoint((self.width() - size.width()) // 2, (self.height() - size.height()) // 2)

    def _pixmap(self, key: tuple[str, int], image: QImage, side: int) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixels = round(side * ratio)
        pixmap = self._pixmaps.get((*key, pixels))
        if pixmap is None:
            size = QSize(pixels, pixels)
            is_plain = shows_plain_pixels() and pixels > image.width()
            way = Qt.TransformationMode.FastTransformation if is_plain else Qt.TransformationMode.SmoothTransformation
            pixmap = QPixmap.fromImage(image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, way))
            pixmap.setDevicePixelRatio(ratio)
            self._pixmaps[*key, pixels] = pixmap
        return pixmap

    @override
    def sizeHint(self) -> QSize:
        return QSize(8 * 96, 2 * 96 + UNIT)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(8 * 28, 2 * 28 + UNIT)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._pixmaps.clear()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        rows = dict(zip(self._sheet.names, self._sheet.rows, strict=True)) if self._sheet is not None and self._sheet.rows else {}
        way = self.arrangement()
        side = way.side(self.width(), self.height())
        origin = self._origin(way, side)
        painted: set[tuple[str, int]] = set()
        for (row, place), cell in way.cells.items():
            where = self.zoomed(QRect(origin + way.place(cell, side), QSize(side, side)))
            if not where.intersects(self.rect()):
                continue
            rounded = QPainterPath()
            rounded.addRoundedRect(QRectF(where), RADIUS, RADIUS)
            if place < len(rows.get(row, ())):
                painter.setClipPath(rounded)
                painter.drawPixmap(where.topLeft(), self._pixmap((row, place), rows[row][place], where.width()))
                painter.setClipping(False)
                painted.add((row, place))
            else:
                painter.fillPath(rounded, colors().placeholder)
        painter.end()
        if self.is_zoomed:  # large ones are kept only while they are seen
            self._pixmaps = {key: pixmap for key, pixmap in self._pixmaps.items() if key[:2] in painted}

"""Where the faces of a grid are: pure arithmetic, from numbers to places and back."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt

from explorer.look.theme import UNIT
from explorer.widgets.grid.face_parts import RING


@dataclass(frozen=True, slots=True)
class GridLayout:
    """Square cells in rows, 4 px apart."""

    count: int
    columns: int
    cell: int
    """Side of a face."""
    width: int
    """Of the viewport."""
    mirrored: bool

    @classmethod
    def fit(cls, count: int, width: int, side: int, columns: int | None, mirrored: bool) -> GridLayout:
        """Lay out faces of at least `side` (they grow to fill full rows), or exactly `columns` of at most `side`."""
        room = max(1, width - 2 * RING)
        if columns is not None:
            columns = max(1, columns)
            cell = max(8, min(side, (room + UNIT) // columns - UNIT))
        else:
            columns = max(1, (room + UNIT) // (side + UNIT))
            cell = min(side, room) if columns >= count else max(8, (room + UNIT) // columns - UNIT)
        return cls(count, columns, cell, width, mirrored)

    @property
    def pitch(self) -> int:
        """From one face to the next."""
        return self.cell + UNIT

    @property
    def height(self) -> int:
        """The height of all rows."""
        rows = -(-self.count // self.columns)
        return max(0, rows * self.pitch - UNIT) + 2 * RING

    def rect(self, index: int, offset: int = 0) -> QRect:
        """Where a face is when the grid is scrolled down by `offset`."""
        row, column = divmod(index, self.columns)
        x = RING + column * self.pitch
        if self.mirrored:
            x = self.width - x - self.cell
        return QRect(x, RING + row * self.pitch - offset, self.cell, self.cell)

    def index_at(self, place: QPoint, offset: int = 0) -> int:
        """The face at a place; -1: none."""
        x = self.width - 1 - place.x() if self.mirrored else place.x()
        column, beside = divmod(x - RING, self.pitch)
        row, below = divmod(place.y() - RING + offset, self.pitch)
        index = row * self.columns + column
        inside = 0 <= column < self.columns and row >= 0 and beside < self.cell and below < self.cell
        return index if inside and 0 <= index < self.count else -1

    def visible(self, top: int, bottom: int) -> range:
        """The faces in the rows that a stretch of the grid touches."""
        first = max(0, (top - RING) // self.pitch) * self.columns
        return range(first, min(self.count, (bottom // self.pitch + 1) * self.columns))

    def moved(self, index: int, key: int, page_height: int) -> int | None:
        """Where a key leads from a face (-1: from none); None: it isn't a key of the grid's."""
        ahead = -1 if self.mirrored else 1
        page = max(1, page_height // self.pitch) * self.columns
        steps = {
            Qt.Key.Key_Right: ahead,
            Qt.Key.Key_Left: -ahead,
            Qt.Key.Key_Down: self.columns,
            Qt.Key.Key_Up: -self.columns,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_Home: -self.count,
            Qt.Key.Key_End: self.count,
        }
        if key not in steps or self.count == 0:
            return None
        if index < 0:
            return 0
        target = index + steps[Qt.Key(key)]
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and not 0 <= target < self.count:
            return index
        return min(max(target, 0), self.count - 1)

"""A scroll area of square cells in rows: how many columns there are, where each cell is, and how far it scrolls."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QSizePolicy, QWidget

from explorer.look.theme import UNIT
from explorer.qt import override
from explorer.widgets.grid.face_parts import RING
from explorer.widgets.grid.layout import GridLayout


class GridArea(QAbstractScrollArea):
    """Knows the places of its cells; subclasses paint them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._thumbnail_size = 88
        self._wanted_columns: int | None = None
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)

    @property
    def count(self) -> int:
        """How many cells there are."""
        return self._count

    @property
    def columns(self) -> int:
        """How many columns there are now."""
        return self._layout().columns

    def set_thumbnail_size(self, pixels: int) -> None:
        """The least side of a cell in device-independent pixels; cells grow a little to fill the row."""
        self._thumbnail_size = max(16, pixels)
        self._relayout()

    def set_columns(self, columns: int | None) -> None:
        """A fixed number of columns (cells shrink to fit), or None: as many as fit."""
        self._wanted_columns = columns
        self._relayout()

    def contents_height(self) -> int:
        """The height that shows every cell at the present width."""
        return self._layout().height

    def picture_rects(self) -> list[QRect]:
        """Where cells are, as far as they are in sight; below them the grid is blank."""
        shown = self.viewport().geometry()
        shown.setHeight(min(shown.height(), self.contents_height() - self.verticalScrollBar().value()) if self._count else 0)
        return [shown]

    def cell_rect(self, index: int) -> QRect:
        """Where a cell is, in the viewport's coordinates."""
        return self._layout().rect(index, self.verticalScrollBar().value())

    def index_at(self, position: QPoint) -> int:
        """The cell at a place of the viewport; -1: none."""
        return self._layout().index_at(position, self.verticalScrollBar().value())

    def scroll_to(self, index: int) -> None:
        """Bring a cell into view."""
        area = self._layout().rect(index)
        bar = self.verticalScrollBar()
        if area.top() - RING < bar.value():
            bar.setValue(area.top() - RING)
        elif area.bottom() + RING >= bar.value() + self.viewport().height():
            bar.setValue(area.bottom() + RING + 1 - self.viewport().height())

    def _set_count(self, count: int) -> None:
        """Set the number of cells, and scroll to the top."""
        self._count = count
        self._update_scroll_bar()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    def _layout(self) -> GridLayout:
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        width = self.viewport().width()
        return GridLayout.fit(self._count, width, self._thumbnail_size, self._wanted_columns, mirrored)

    def _relayout(self) -> None:
        self._update_scroll_bar()
        self.updateGeometry()
        self.viewport().update()

    def _update_scroll_bar(self) -> None:
        layout = self._layout()
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(1, layout.pitch // 2))
        bar.setRange(0, max(0, layout.height - self.viewport().height()))

    @override
    def sizeHint(self) -> QSize:
        side = self._thumbnail_size + UNIT
        return QSize(4 * side + 2 * RING + 12, 3 * side + 2 * RING)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(min(64, self._thumbnail_size) + 2 * RING, 48)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._update_scroll_bar()

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

"""A sheet of pictures that fits its widget, and can be looked at closer."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtWidgets import QWidget

from explorer.qt import override
from explorer.widgets.zoom.area import ZoomArea
from explorer.widgets.zoom.view import ZoomView

CLOSER = 3.0  # times as large, by a double-click


class SheetArea(ZoomArea):
    """Base of sheets. They lay their pictures out for the whole widget, and paint each where `zoomed` says.

    At 100 % all of the sheet is seen.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.readout.keep_to((2.0, 4.0, 8.0))

    @property
    @override
    def view(self) -> ZoomView:
        room = QRectF(self.rect())
        return replace(self._view, width=room.width(), height=room.height(), room=room, ratio=1.0)

    @property
    def is_zoomed(self) -> bool:
        """Whether it is seen larger than it fits."""
        return self.view.chosen is not None

    def zoomed(self, rect: QRect) -> QRect:
        """Where a part of the sheet as it fits is now."""
        view = self.view
        if view.chosen is None:
            return rect
        corner = view.to_widget(QPointF(rect.topLeft())).toPoint()
        return QRect(corner, QSize(round(rect.width() * view.zoom), round(rect.height() * view.zoom)))

    def bring_into_sight(self, rect: QRect) -> None:
        """Move the sheet so that this part of it as it fits is seen."""
        seen, there = self.rect(), self.zoomed(rect)
        right, down = (
            max(0, low - start) or min(0, high - end)
            for low, high, start, end in (
                (seen.left(), seen.right(), there.left(), there.right()),
                (seen.top(), seen.bottom(), there.top(), there.bottom()),
            )
        )
        self.set_view(self.view.moved(QPointF(right, down)))

    @override
    def toggle_actual_size(self, at: QPointF | None = None) -> None:
        """Closer, and back to all of the sheet."""
        if self.is_zoomed:
            self.fit()
        else:
            self.set_view(self.view.zoomed(CLOSER, at))

    @override
    def shows_readout(self) -> bool:
        return self.is_zoomed and super().shows_readout()

    @override
    def _show_cursor(self) -> None:
        if self.is_zoomed or self.cursor().shape() != Qt.CursorShape.PointingHandCursor:
            super()._show_cursor()

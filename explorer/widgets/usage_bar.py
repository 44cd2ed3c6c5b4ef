"""How full something is: a thin bar with the part in use, the rest of the contents, and the limit as its end."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.look.theme import RADIUS, SPACE, UNIT, colors
from explorer.qt import override


class UsageBar(QWidget):
    """The part in use in the accent colour, the rest in grey; if there is more than the limit, a mark shows the limit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = (0.0, 0.0)  # in use, all there is: shares of the bar
        self._mark = 1.0  # where the limit lies
        self.setFixedHeight(SPACE + UNIT)

    @property
    def parts(self) -> tuple[float, float]:
        """Where the part in use and all there is end, as shares of the bar."""
        return self._parts

    def show_usage(self, size: int, held: int, limit: int) -> None:
        """Other sizes.

        Args:
            size: all there is.
            held: how much of it is in use.
            limit: how much there may be.
        """
        whole = max(size, limit, 1)
        self._parts = (held / whole, size / whole)
        self._mark = limit / whole
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        area = QRectF(0, 0, self.width(), self.height())
        outline = QPainterPath()
        outline.addRoundedRect(area, RADIUS, RADIUS)
        painter.setClipPath(outline)
        painter.fillPath(outline, theme.groove)
        held, size = self._parts
        least = 2.0 if size else 0.0  # visible however little there is
        painter.fillRect(QRectF(0, 0, max(least, size * self.width()), self.height()), theme.zone)
        painter.fillRect(QRectF(0, 0, held * self.width(), self.height()), theme.accent)
        if self._mark < 1.0:
            painter.fillRect(QRectF(self._mark * self.width() - 1, 0, 2, self.height()), theme.text)

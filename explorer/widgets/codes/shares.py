"""A number for each cell of a grid over a picture: a tint, the number where there is room, and frames around some cells."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent

from core.wording import percent
from explorer.look.theme import RADIUS, colors, small_font
from explorer.qt import override
from explorer.widgets.codes.layer import Cell, CellLayer, paint_frame
from explorer.widgets.zoom.area import ZoomArea

STRONGEST = 0.45  # opacity of the tint where the share is 1: the face stays in sight
LEAST = 0.005  # smaller shares would be said to be 0 %
PADDING = 3.0


class CellShares(CellLayer):
    """Shares over the cells of a picture; the mouse goes through to what is under it."""

    def __init__(self, area: ZoomArea) -> None:
        super().__init__(area)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._shares = np.zeros((0, 0))
        self._framed: frozenset[Cell] = frozenset()

    @property
    def shares(self) -> np.ndarray:
        """(rows, columns), or (0, 0) where none are shown."""
        return self._shares

    @property
    def framed(self) -> frozenset[Cell]:
        """The framed cells."""
        return self._framed

    def set_shares(self, shares: np.ndarray | None) -> None:
        """Show a share, 0 to 1, for each cell (rows, columns); None: only frames."""
        self._shares = np.zeros((0, 0)) if shares is None else np.asarray(shares, float)
        self.update()

    def frame(self, cells: Iterable[Cell]) -> None:
        """Frame these cells, and no others."""
        framed = frozenset(cells)
        if framed != self._framed:
            self._framed = framed
            self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._grid == 0 or self._area.view.is_empty:
            return
        painter = QPainter(self)
        painter.setFont(small_font())
        metrics = QFontMetricsF(small_font())
        for row, column in np.ndindex(self._shares.shape):
            share = float(self._shares[row, column])
            if share >= LEAST:
                self._paint(painter, metrics, self.rect_of(row, column), share)
        for row, column in self._framed:
            paint_frame(painter, self.rect_of(row, column).adjusted(1, 1, -1, -1))

    def _paint(self, painter: QPainter, metrics: QFontMetricsF, rect: QRectF, share: float) -> None:
        tint = QColor(colors().accent)
        tint.setAlphaF(STRONGEST * share)
        painter.fillRect(rect, tint)
        text = percent(100.0 * share)
        label = QRectF(0, 0, metrics.horizontalAdvance(text) + 2 * PADDING, metrics.height())
        if label.width() > rect.width() - 2 or label.height() > rect.height() - 2:
            return
        label.moveCenter(rect.center())
        back = QColor(colors().marker_edge)
        back.setAlphaF(0.55)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRoundedRect(label, RADIUS / 2, RADIUS / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(colors().marker)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)

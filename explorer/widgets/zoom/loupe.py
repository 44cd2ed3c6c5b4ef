"""A round magnifier over a place of a photo, while something is put there."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from explorer.look.pixels import finely_scaled
from explorer.look.theme import colors

RADIUS = 64.0  # units
GAP = 34.0  # units between the place and the loupe
STRONGER = 4.0  # times as large as around it, if that isn't more than ...
MOST = 8.0  # ... so many pixels of the screen per pixel of the photo
LEAST = 2.0  # times as large as around it, at least
CROSS = (5.0, 14.0)  # units from the middle, between which the lines of the cross lie


def loupe_zoom(zoom: float) -> float:
    """Pixels of the screen per pixel of the photo in the loupe, where the photo around it has `zoom`."""
    return max(1.0, LEAST * zoom, min(STRONGER * zoom, MOST))


def loupe_rect(place: QPointF, room: QRectF) -> QRectF:
    """Where the loupe of a place is: above it, or below where there is no room."""
    above = place.y() - GAP - 2 * RADIUS >= room.top()
    middle = QPointF(place.x(), place.y() + (-1 if above else 1) * (GAP + RADIUS))
    x = min(max(middle.x(), room.left() + RADIUS), max(room.left() + RADIUS, room.right() - RADIUS))
    return QRectF(x - RADIUS, middle.y() - RADIUS, 2 * RADIUS, 2 * RADIUS)


def paint_loupe(painter: QPainter, photo: np.ndarray, place: QPointF, rect: QRectF, zoom: float) -> None:
    """Draw the loupe.

    Args:
        painter: of the widget.
        photo: uint8 (H, W, 3).
        place: the photo's place in the middle, in its pixels from the outer edge of the first.
        rect: where the loupe is.
        zoom: pixels of the screen per pixel of the photo.
    """
    theme, ratio = colors(), painter.device().devicePixelRatioF()
    round_edge = QPainterPath()
    round_edge.addEllipse(rect)
    reach = RADIUS * ratio / zoom
    wanted = QRectF(place.x() - reach, place.y() - reach, 2 * reach, 2 * reach)
    part = wanted.intersected(QRectF(0, 0, photo.shape[1], photo.shape[0]))
    painter.save()
    painter.setClipPath(round_edge)
    painter.fillRect(rect, theme.canvas)
    if not part.isEmpty():
        image = finely_scaled(photo, QSize(round(part.width() * zoom), round(part.height() * zoom)), part)
        image.setDevicePixelRatio(ratio)
        painter.drawImage(rect.topLeft() + (part.topLeft() - wanted.topLeft()) * (zoom / ratio), image)
    middle = rect.center()
    for color, width in ((theme.marker_edge, 3.0), (theme.accent, 1.2)):
        painter.setPen(QPen(color, width))
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            painter.drawLine(middle + QPointF(x, y) * CROSS[0], middle + QPointF(x, y) * CROSS[1])
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((theme.marker_edge, 5.0), (theme.marker, 2.5)):
        painter.setPen(QPen(color, width))
        painter.drawEllipse(rect)

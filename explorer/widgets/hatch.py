"""Diagonal strokes, sharp at any pixel ratio: the part of a slider's groove beyond what real faces do."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QImage

from explorer.look.theme import colors


def hatch_brush(pixel_ratio: float = 1.0) -> QBrush:
    """The strokes in the theme's colour."""
    return _hatch_brush(colors().hatch.rgba(), pixel_ratio)


@cache
def _hatch_brush(color: int, pixel_ratio: float) -> QBrush:
    period = max(4, round(5 * pixel_ratio))
    stroke = max(1.0, 1.2 * pixel_ratio)
    tile = QImage(period, period, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(Qt.GlobalColor.transparent)
    ink = QColor.fromRgba(color)
    for y in range(period):
        for x in range(period):
            distance = min((x + y + 0.5) % period, period - (x + y + 0.5) % period)
            cover = min(1.0, max(0.0, stroke / 2 + 0.5 - distance))
            ink.setAlphaF(cover)
            tile.setPixelColor(x, y, ink)
    tile.setDevicePixelRatio(pixel_ratio)
    return QBrush(tile)

"""What a widget looks like, in its own coordinates at any pixel ratio."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget


def pixel(widget: QWidget, x: int | QPoint, y: int = 0) -> tuple[int, int, int]:
    """The colour at a place of the widget, as it is painted now."""
    place = x if isinstance(x, QPoint) else QPoint(x, y)
    image = widget.grab().toImage()
    ratio = image.devicePixelRatio()
    color = image.pixelColor(int((place.x() + 0.5) * ratio), int((place.y() + 0.5) * ratio))
    return color.red(), color.green(), color.blue()

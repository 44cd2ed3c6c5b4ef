"""What a widget looks like, in its own coordinates at any pixel ratio."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from explorer.widgets.canvas import FaceCanvas


def pixel(widget: QWidget, x: int | QPoint, y: int = 0) -> tuple[int, int, int]:
    """The colour at a place of the widget, as it is painted now."""
    place = x if isinstance(x, QPoint) else QPoint(x, y)
    image = widget.grab().toImage()
    ratio = image.devicePixelRatio()
    color = image.pixelColor(int((place.x() + 0.5) * ratio), int((place.y() + 0.5) * ratio))
    return color.red(), color.green(), color.blue()


def has_close_up(canvas: FaceCanvas) -> bool:
    """Whether the picture is on screen as sharp as the larger one that it stands for."""
    return canvas._close_up is not None and not canvas._close_up.is_stale

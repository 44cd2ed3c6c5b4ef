"""Finding one's way on a chart's picture: from pixels to numbers and back, and what a drag makes of the view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor

from explorer.chart.layout import Area, View
from explorer.chart.parts import Mark
from explorer.chart.reading import place_of, read

if TYPE_CHECKING:
    from explorer.chart.painter import Picture

_SMALLEST = 6  # pixels that a frame must have to be meant
_EDGE = 1.0


def area_at(picture: Picture | None, at: QPointF) -> Area | None:
    """The area under a place of the widget; of two that share one, the left axis's."""
    areas = picture.areas if picture is not None else ()
    return next((area for area in areas if _within(area, at.x(), at.y())), None)


def to_data(picture: Picture, area: Area, at: QPointF) -> tuple[float, float]:
    """What lies at a place of the widget: epoch and value."""
    style = picture.style
    pixels = (at.x() * style.ratio, (style.height - at.y()) * style.ratio)
    x, y = area.to_pixels.inverted().transform(pixels)
    return float(x), float(y)


def to_place(picture: Picture, area: Area, x: float, y: float) -> QPointF:
    """Where an epoch and a value lie on the widget."""
    style = picture.style
    across, up = area.to_pixels.transform((x, y))
    return QPointF(float(across) / style.ratio, style.height - float(up) / style.ratio)


def rectangle(area: Area) -> QRectF:
    """The area in the widget's pixels."""
    return QRectF(area.box.left, area.box.top, area.box.width, area.box.height)


def mark_of(picture: Picture, epoch: int, rank: int | None, at: QPointF | None) -> Mark:
    """What is painted over the picture to point at an epoch.

    Args:
        picture: what is shown.
        epoch: one that some run has.
        rank: of a heat map the row, from 0.
        at: where the mouse is, if it is.
    """
    lines, dots = [], []
    for area in picture.areas:
        inside = to_data(picture, area, QPointF(area.box.left, area.box.top))[1]  # any number that the axis can show
        x = to_place(picture, area, epoch, inside).x()
        if area.box.left - _EDGE <= x <= area.box.right + _EDGE:
            lines.append((x, area.box.top, area.box.bottom))
    for series, values in zip(picture.drawing.series, picture.drawn, strict=True):
        place = place_of(series.epoch, epoch)
        area = next(area for area in picture.areas if area.axis == series.axis)
        if place is not None and np.isfinite(values[place]):
            dot = to_place(picture, area, epoch, float(values[place]))
            if _within(area, dot.x(), dot.y()):
                dots.append((dot, QColor(picture.style.color(series.role))))
    x = at.x() if at is not None else lines[0][0] if lines else 0.0
    return Mark(tuple(lines), tuple(dots), read(picture.drawing, epoch, rank), x)


def panned(picture: Picture, view: View, start: QPointF, to: QPointF) -> View:
    """The view after the area under `start` was dragged; both axes of a shared one move along."""
    area = area_at(picture, start)
    return view if area is None or start == to else _framed(picture, view, area, rectangle(area).translated(start - to))


def zoomed(picture: Picture, view: View, start: QPointF, to: QPointF) -> View:
    """The view after a frame was drawn; as it was if the frame is too small to be meant."""
    area = area_at(picture, start)
    frame = QRectF(start, to).normalized()
    if area is None or frame.width() < _SMALLEST or frame.height() < _SMALLEST:
        return view
    return _framed(picture, view, area, frame.intersected(rectangle(area)))


def _framed(picture: Picture, view: View, pressed: Area, frame: QRectF) -> View:
    for area in picture.areas:
        if area.box == pressed.box:
            left, bottom = to_data(picture, area, frame.bottomLeft())
            right, top = to_data(picture, area, frame.topRight())
            limits = [view.limits(axis) for axis in range(max(len(view.y), area.axis + 1))]
            limits[area.axis] = (bottom, top)
            view = View((left, right), tuple(limits))
    return view


def _within(area: Area, x: float, y: float) -> bool:
    box = area.box
    return box.left - _EDGE <= x <= box.right + _EDGE and box.top - _EDGE <= y <= box.bottom + _EDGE

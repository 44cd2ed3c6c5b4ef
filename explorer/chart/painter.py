"""A drawing as a picture or a file. For a worker thread: importing it imports matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PySide6.QtGui import QImage

from core.export.drawn import ONE_AT_A_TIME
from core.files import write_whole
from explorer.chart.figure import build
from explorer.chart.layout import Area, View
from explorer.chart.model import Drawing
from explorer.chart.style import ChartStyle


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A drawn chart, and what one needs to find things on it."""

    image: QImage
    drawing: Drawing
    style: ChartStyle
    view: View
    areas: tuple[Area, ...]
    drawn: tuple[np.ndarray, ...]
    """The values of each of the drawing's series as they are on the picture: smoothed."""


def paint(drawing: Drawing, style: ChartStyle, view: View) -> Picture:
    """Draw a chart for the screen."""
    with ONE_AT_A_TIME:
        built = build(drawing, style, view)
        canvas = built.figure.canvas
        assert isinstance(canvas, FigureCanvasAgg)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())
    height, width = pixels.shape[:2]
    # The format that a widget's surface has: the window's thread only copies.
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBX8888)
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(style.ratio)
    return Picture(image, drawing, style, view, built.areas, built.drawn)


def save_chart(path: Path, drawing: Drawing, style: ChartStyle, view: View) -> None:
    """Write a chart as PNG, SVG or PDF by the file's ending. Raises CoreError where it can't be written."""

    def write(beside: Path) -> None:
        with ONE_AT_A_TIME:
            figure = build(drawing, style, view).figure
            figure.savefig(beside, format=path.suffix.lower().lstrip("."), dpi="figure", facecolor=style.ground)

    write_whole(path, write)

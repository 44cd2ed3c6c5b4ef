"""The matplotlib half of the training chart. Import it from a worker thread first: matplotlib takes half a second.

One figure with two axes is built once; a redraw only puts new numbers into the same lines. Hovering doesn't redraw at
all: a transparent widget over the canvas paints the line and the dots.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import Event, LocationEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFontInfo, QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy, QVBoxLayout, QWidget

from explorer.qt import override
from explorer.theme import UNIT, ThemeColors, colors, theme_colors
from explorer.widgets.plot_numbers import exact_text, font_family, limits, tick_text
from explorer.widgets.plot_parts import HoverOverlay, PlotToolbar

_DPI = 96
_FEW = 30  # below that many epochs each has a marker
_DASHES = (0, (4, 2))
_SERIES = ("train_reconstruction", "valid_reconstruction", "train_kl", "valid_kl")


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What is drawn: rows in rising order of the epoch, nats per image, NaN where there is no number."""

    epoch: np.ndarray
    train_reconstruction: np.ndarray
    valid_reconstruction: np.ndarray
    train_kl: np.ndarray
    valid_kl: np.ndarray
    psnr: np.ndarray
    best_epoch: int = 0


def warm_up() -> None:
    """Draw a throw-away figure, so that fonts are found and cached; any thread may call it."""
    figure = Figure(figsize=(2, 1), dpi=_DPI)
    canvas = FigureCanvasAgg(figure)
    figure.add_subplot().set_title("Reconstruction 0123456789")
    canvas.draw()


class TrainingPlot(QWidget):
    """Chart and readout, and a `toolbar` to be put where there is room. Shows what `show_curves` gives."""

    save_requested = Signal()

    def __init__(self, labels: dict[str, str], parent: QWidget | None = None) -> None:
        """An empty plot.

        Args:
            labels: translated texts by name: reconstruction, kl, training, validation, epoch, nats ("{what}, nats per
                image"), best ("best {epoch}"), home, pan, zoom, save, readout, readout_tip and psnr.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._labels = labels
        self._curves: Curves | None = None
        self._hovered: int | None = None
        self._figure = Figure(dpi=_DPI)
        self._canvas = FigureCanvasQTAgg(self._figure)
        self._canvas.setMinimumSize(260, 140)
        self._canvas.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._left: Axes = self._figure.add_subplot()
        self._right: Axes = self._left.twinx()
        self._lines = {name: self._line(name) for name in _SERIES}
        self._best_line = self._left.axvline(np.nan, linewidth=1.2, linestyle=(0, (1, 2)), zorder=1)
        self._best_text = self._left.text(
            0, 1.0, "", transform=self._left.get_xaxis_transform(), ha="center", va="bottom", clip_on=False
        )
        self._keys = [self._key(labels[name]) for name in ("reconstruction", "kl", "training", "validation")]
        self._keys[3][0].set_linestyle(_DASHES)
        for axes, what in ((self._left, "reconstruction"), (self._right, "kl")):
            axes.set_ylabel(labels["nats"].format(what=labels[what]))
            axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _, axes=axes: tick_text(value, axes)))
            axes.spines["top"].set_visible(False)
        self._left.spines["right"].set_visible(False)
        self._right.spines["left"].set_visible(False)
        self._left.set_xlabel(labels["epoch"])
        self._left.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        self._left.set_zorder(0)
        self.toolbar = PlotToolbar(self._canvas, labels, self)
        self.toolbar.home_pressed.connect(self._show_all)
        self.toolbar.save_pressed.connect(self.save_requested)
        self._readout = QLabel(self)
        self._readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._readout.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._readout.setToolTip(labels["readout_tip"])
        self._overlay = HoverOverlay(self._canvas)
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addWidget(self._readout)
        layout.addWidget(self._canvas, 1)
        self._canvas.mpl_connect("motion_notify_event", self._on_canvas_hovered)
        self._canvas.mpl_connect("figure_leave_event", self._on_canvas_left)
        self.restyle()

    def show_curves(self, curves: Curves) -> None:
        """Draw other numbers; a view that the person has zoomed into stays."""
        self._curves = curves
        few = "o" if len(curves.epoch) < _FEW else ""
        for name, line in self._lines.items():
            line.set_data(curves.epoch, getattr(curves, name))
            line.set_marker(few)
        shown = bool(curves.best_epoch)
        self._best_line.set_visible(shown)
        self._best_text.set_visible(shown)
        if shown:
            self._best_line.set_xdata([curves.best_epoch, curves.best_epoch])
            self._best_text.set_x(curves.best_epoch)
            self._best_text.set_text(self._labels["best"].format(epoch=curves.best_epoch))
        if self.toolbar.is_at_home:
            self._fit()
        self._hovered = None
        self._say(len(curves.epoch) - 1)
        self.redraw()

    def take_size(self) -> None:
        """Give the canvas its size now, before the first drawing, and not with the next events."""
        self._column.activate()

    def redraw(self) -> None:
        """Paint the figure, with the next events: asked twice before then, once."""
        self._margins()
        self._canvas.draw_idle()
        self._overlay.clear()

    def restyle(self) -> None:
        """Take the theme's colours and font; the next redraw shows them."""
        self._style(colors(), colors().panel)

    def save(self, path: Path) -> None:
        """Write the figure as on paper, whatever the theme: PNG, SVG or PDF by the file's ending.

        Raises:
            OSError: the file can't be written.
            ValueError: an ending that stands for no picture.
        """
        self._style(theme_colors(dark=False), QColor(Qt.GlobalColor.white))
        try:
            self._figure.savefig(path, dpi=2 * _DPI)
        finally:
            self.restyle()
            self.redraw()

    # -- style and limits

    def _line(self, name: str) -> Line2D:
        axes = self._left if name.endswith("reconstruction") else self._right
        dashes = "-" if name.startswith("train") else _DASHES
        (line,) = axes.plot([], [], linestyle=dashes, linewidth=1.8, markersize=3.5, solid_capstyle="round")
        return line

    def _key(self, name: str) -> tuple[Line2D, Text]:
        """One entry of the legend: a tenth of the time that matplotlib's own takes to draw."""
        line = Line2D([], [], linewidth=1.8, transform=self._figure.transFigure)
        self._figure.add_artist(line)
        return line, self._figure.text(0, 0, name, va="center_baseline")

    @property
    def _ratio(self) -> float:
        """Pixels of the screen in one of Qt's."""
        return float(self._canvas.device_pixel_ratio or 1)

    def _style(self, c: ThemeColors, background: QColor) -> None:
        font = QFontInfo(QApplication.font())
        size = font.pixelSize() * 72 / _DPI
        family = font_family(font.family())
        self._figure.set_facecolor(background.name())
        for axes, series in ((self._left, c.series_reconstruction), (self._right, c.series_kl)):
            axes.set_facecolor("none")
            side = "left" if axes is self._left else "right"
            axes.spines[side].set(color=series.name(), linewidth=1.5)
            axes.spines["bottom"].set(color=c.border.name(), linewidth=1)
            ticks = {"labelcolor": c.muted_text.name(), "length": 3, "labelsize": size * 0.92, "labelfontfamily": family}
            axes.tick_params(axis="y", color=series.name(), **ticks)
            axes.tick_params(axis="x", color=c.border.name(), **ticks)
            for text in (axes.xaxis.label, axes.yaxis.label):
                text.set(color=c.text.name(), fontsize=size, fontfamily=family)
        self._right.spines["bottom"].set_visible(False)
        self._left.grid(axis="y", color=c.line.name(), linewidth=1)
        self._left.set_axisbelow(True)
        for name, line in self._lines.items():
            line.set_color((c.series_reconstruction if name.endswith("reconstruction") else c.series_kl).name())
            if name.startswith("valid"):
                line.set_markerfacecolor(background.name())
        keys = (c.series_reconstruction, c.series_kl, c.muted_text, c.muted_text)
        for (line, text), color in zip(self._keys, keys, strict=True):
            line.set_color(color.name())
            text.set(color=c.text.name(), fontsize=size, fontfamily=family)
        self._key_widths = [text.get_window_extent().width / self._ratio for _, text in self._keys]
        self._best_line.set_color(c.tick.name())
        self._best_text.set(color=c.text.name(), fontsize=size * 0.92, fontfamily=family)

    def _margins(self) -> None:
        """Margins in pixels, so that a resize moves nothing but the data; cheaper than a layout engine."""
        width, height = (max(1.0, side / self._ratio) for side in self._figure.bbox.size)
        em = QFontInfo(QApplication.font()).pixelSize()
        sides = []
        for axes in (self._left, self._right):
            low, high = axes.get_ylim()
            ticks = [tick for tick in axes.yaxis.get_major_locator().tick_values(low, high) if low <= tick <= high]
            longest = max((len(tick_text(tick, axes)) for tick in ticks), default=1)
            sides.append((longest * em * 0.56 + em * 1.7 + 14) / width)
        self._figure.subplots_adjust(
            left=min(0.4, sides[0]),
            right=1 - min(0.4, sides[1]),
            bottom=min(0.4, em * 3.6 / height),
            top=1 - min(0.5, em * 3.4 / height),
        )
        x, y = 2.0, 1 - em * 0.8 / height
        for (line, text), wide in zip(self._keys, self._key_widths, strict=True):
            line.set_data([x / width, (x + 24) / width], [y, y])
            text.set_position(((x + 31) / width, y))
            x += 31 + wide + 20

    def _fit(self) -> None:
        """Show all of the data, but for the first epochs' outliers where they would flatten the rest."""
        curves = self._curves
        if curves is None or not len(curves.epoch):
            return
        first, last = int(curves.epoch[0]), int(curves.epoch[-1])
        pad = max(0.4, 0.015 * (last - first))
        self._left.set_xlim(first - pad, last + pad)
        self._left.set_ylim(*limits(curves.train_reconstruction, curves.valid_reconstruction))
        self._right.set_ylim(*limits(curves.train_kl, curves.valid_kl))

    def _show_all(self) -> None:
        self._fit()
        self.redraw()

    # -- hover

    def _on_canvas_hovered(self, event: Event) -> None:
        curves = self._curves
        if curves is None or not len(curves.epoch) or not isinstance(event, LocationEvent) or event.inaxes is None:
            self._leave()
            return
        x = self._left.transData.inverted().transform((event.x, event.y))[0]
        index = int(np.abs(curves.epoch - x).argmin())
        if index == self._hovered:
            return
        self._hovered = index
        self._say(index)
        c = colors()
        box = self._left.bbox
        x, top = self._pixels(self._left.transData.transform((curves.epoch[index], 0))[0], box.y1)
        bottom = self._pixels(0, box.y0)[1]
        dots = []
        for name in _SERIES:
            value = getattr(curves, name)[index]
            if not math.isnan(value):
                left = name.endswith("reconstruction")
                y = self._pixels(*(self._left if left else self._right).transData.transform((0, value)))[1]
                series = c.series_reconstruction if left else c.series_kl
                dots.append((QPointF(x, y), series))
        self._overlay.mark(x, top, bottom, [dot for dot in dots if top - 1 <= dot[0].y() <= bottom + 1])

    def _on_canvas_left(self, event: Event) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._hovered is not None and self._curves is not None:
            self._hovered = None
            self._overlay.clear()
            self._say(len(self._curves.epoch) - 1)

    def _pixels(self, x: float, y: float) -> tuple[float, float]:
        """Matplotlib's pixels as Qt's: from the top, and independent of the screen."""
        return x / self._ratio, (self._figure.bbox.height - y) / self._ratio

    def _say(self, index: int) -> None:
        """Show the numbers of one epoch above the chart."""
        curves = self._curves
        if curves is None or not 0 <= index < len(curves.epoch):
            self._readout.clear()
            return
        numbers = {name: exact_text(getattr(curves, name)[index]) for name in _SERIES}
        text = self._labels["readout"].format(epoch=int(curves.epoch[index]), **numbers)
        if not math.isnan(curves.psnr[index]):
            text += self._labels["psnr"].format(psnr=f"{curves.psnr[index]:.2f}")
        self._readout.setText(text)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._margins()

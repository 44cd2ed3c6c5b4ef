"""A chart as a matplotlib figure, as a picture and as a file. Slow to import and tens of milliseconds to build: for a worker."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps, font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator, SymmetricalLogLocator
from matplotlib.transforms import Bbox, ScaledTranslation, Transform, blended_transform_factory
from PySide6.QtGui import QImage

from core.export.drawn import ONE_AT_A_TIME, let_go
from core.files import printable, write_whole
from core.runs.curves import binned, decimated, smoothed
from explorer.chart.axis_numbers import limits, log_tick_text, tick_texts
from explorer.chart.drawing import Axis, Drawing, Heat, Series, heat_metric, plural, stretches, tr, within
from explorer.chart.places import SWATCH, Area, Box, View, areas, heat_areas, legend, shortened, text_of
from explorer.chart.style import ChartStyle

MOST_DECADES = 1e15  # beyond this, SymmetricalLogLocator makes integers too large for NumPy's logarithm
STEPS = (1, 2, 2.5, 5, 10)  # between ticks


class Scale:
    """A vertical axis: linear, or logarithmic; symmetric-logarithmic where there are negative numbers.

    Args:
        axis: what it shows.
        parts: (E,) each: the curves on it.
        log: whether it is logarithmic.
        band: from where to where on the axis its curves are, as shares of its height.
    """

    def __init__(self, axis: Axis, parts: list[np.ndarray], log: bool, band: tuple[float, float] = (0.0, 1.0)) -> None:
        self._axis = axis
        numbers = np.concatenate([part[np.isfinite(part)] for part in parts]) if parts else np.empty(0)
        self._kind = "linear"
        self._threshold = 1.0
        if log and len(numbers) and numbers.max() > 0 and numbers.min() >= 0:
            self._kind = "log"
        elif log and len(numbers) and numbers.min() < 0:
            self._kind = "symlog"
            self._threshold = 10 ** (math.floor(math.log10(float(np.abs(numbers).max()))) - 2)
        from_zero = axis.from_zero and self._kind == "linear"
        low, high = limits([self._forward(part) for part in parts], from_zero=from_zero)
        if from_zero:
            low, high = min(low, 0.0) if high > 0 else 0.0, max(high, 1.0) if axis.whole_numbers or not high > 0 else high
        height = (high - low) / (band[1] - band[0])
        high += (1 - band[1]) * height
        if not axis.from_zero or self._kind != "linear":
            low -= band[0] * height
        self.limits: tuple[float, float] = (self._backward(low), self._backward(high))

    def _forward(self, values: np.ndarray) -> np.ndarray:
        if self._kind == "log":
            return np.log10(np.where(values > 0, values, np.nan))
        if self._kind == "symlog":
            return np.arcsinh(values / self._threshold)
        return values

    def _backward(self, value: float) -> float:
        if self._kind == "log":
            return float(10**value)
        return float(np.sinh(value) * self._threshold) if self._kind == "symlog" else value

    def _has_decades(self, low: float, high: float) -> bool:
        """Whether powers of ten are enough as ticks."""
        if self._kind == "log":
            return low > 0 and high / low >= 30
        if max(abs(low), abs(high)) > MOST_DECADES:
            return False
        return self._kind == "symlog" and (low < 0 < high or max(abs(low), abs(high)) / min(abs(low), abs(high)) >= 30)

    def _locator(self, low: float, high: float) -> Any:
        if self._has_decades(low, high):
            if self._kind == "symlog":
                return SymmetricalLogLocator(base=10, linthresh=self._threshold)
            return LogLocator(subs=(1.0,) if high / low >= 1000 else (1.0, 3.0), numticks=9)
        return MaxNLocator(5, steps=STEPS, integer=self._axis.whole_numbers)

    def ticks(self, low: float, high: float) -> tuple[list[float], list[str]]:
        """Where the ticks of an axis from `low` to `high` are, and how they read."""
        spare = 1e-9 * (high - low)
        places = self._locator(low, high).tick_values(low, high)
        ticks = [float(tick) for tick in places if low - spare <= tick <= high + spare]
        return ticks, [log_tick_text(tick) for tick in ticks] if self._has_decades(low, high) else tick_texts(ticks)

    def apply(self, axes: Axes, low: float, high: float, least: float) -> None:
        """Apply the scale to an axis; its ticks are at least a share `least` of its height apart."""
        if self._kind == "log":
            axes.set_yscale("log", nonpositive="mask")
        elif self._kind == "symlog":
            axes.set_yscale("asinh", linear_width=self._threshold)
        ticks, texts = self.ticks(low, high)
        bottom, *heights = self._forward(np.array([low, *ticks, high], dtype=np.float64)).tolist()
        kept: list[int] = []
        for place, height in enumerate(heights[:-1]):
            if not kept or height - heights[kept[-1]] >= least * (heights[-1] - bottom):
                kept.append(place)
        axes.set_yticks([ticks[place] for place in kept], [texts[place] for place in kept])
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylim(low, high)


def text_width(texts: list[str], em: float) -> float:
    """About how wide the longest of some numbers is, in units of `em`."""
    return 0.56 * em * max((len(text) for text in texts), default=1)


_MAPS = {True: "magma", False: "magma_r"}  # perceptually uniform, and low values are close to the background
_DECADES = 4  # of colours, on a logarithmic scale
_SHADES = 256


@dataclass(frozen=True, slots=True)
class HeatScale:
    """From numbers to colours."""

    top: float
    log: bool
    is_dark: bool

    @property
    def low(self) -> float:
        """The number below which all colours are the same."""
        return self.top / 10**_DECADES if self.log else 0.0

    def colors(self, values: np.ndarray) -> np.ndarray:
        """(..., 4) uint8 RGBA; transparent where there is no number."""
        norm = LogNorm(self.low, self.top, clip=True) if self.log else Normalize(self.low, self.top, clip=True)
        there = np.isfinite(values)
        known = np.where(there, np.maximum(values, self.low), self.low)
        shades: np.ndarray = colormaps[_MAPS[self.is_dark]](norm(known), bytes=True)
        shades[~there] = 0
        return shades

    def ticks(self) -> tuple[list[float], list[str]]:
        """Where the numbers beside the colours go, and how they read."""
        locator = LogLocator(numticks=9) if self.log else MaxNLocator(5, steps=STEPS)
        reach = self.low * (1 - 1e-9), self.top * (1 + 1e-9)
        ticks = [float(tick) for tick in locator.tick_values(self.low, self.top) if reach[0] <= tick <= reach[1]]
        return ticks, [log_tick_text(tick) for tick in ticks] if self.log else tick_texts(ticks)


def heat_scale(heat: Heat, log: bool, is_dark: bool) -> HeatScale:
    """The scale of a heat map: from 0, or over four decades, up to its highest value."""
    top = float(np.fmax.reduce(heat.values, axis=None, initial=0.0))
    return HeatScale(max(top, 1e-3), log, is_dark)


def draw_cells(axes: Axes, heat: Heat, scale: HeatScale, x: tuple[float, float], pixels: tuple[float, float]) -> None:
    """Draw the cells of the visible epochs only, so that zooming in shows each of them.

    Args:
        axes: empty; its limits aren't touched.
        heat: the numbers.
        scale: their colours.
        x: the epochs that are seen.
        pixels: width and height of the area.
    """
    count = len(heat.order)
    low = max(float(heat.epoch[0]), math.floor(x[0] + 0.5)) - 0.5
    high = max(min(float(heat.epoch[-1]), math.ceil(x[1] - 0.5)) + 0.5, low + 1)
    image = scale.colors(binned(heat.epoch, heat.values, low, high, max(1, round(pixels[0])))[:, heat.order].T)
    axes.imshow(
        image,
        extent=(low, high, count + 0.5, 0.5),
        aspect="auto",
        interpolation="nearest" if count <= pixels[1] else "auto",
    )


def draw_bar(axes: Axes, scale: HeatScale) -> None:
    """Draw the colour bar, on axes of its own."""
    make = np.geomspace if scale.log else np.linspace
    if scale.log:
        axes.set_yscale("log")
    edges = make(scale.low, scale.top, _SHADES + 1)
    axes.pcolorfast(np.array([0.0, 1.0]), edges, scale.colors(make(scale.low, scale.top, _SHADES))[:, None])
    axes.set_ylim(scale.low, scale.top)
    axes.set_xticks([])
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_yticks(*scale.ticks())
    for spine in axes.spines.values():
        spine.set_visible(False)


def ranks(bottom: float, top: float) -> list[int]:
    """Ticks of the rows: round numbers among the visible ones, and row 1."""
    first, last = math.ceil(min(bottom, top)), math.floor(max(bottom, top))
    step = 1
    while (last - first) / step > 8:
        step *= 2
    round_ones = [rank for rank in range(first, last + 1) if rank % step == 0]
    return [1, *(rank for rank in round_ones if rank > 1)] if first <= 1 else round_ones


DPI = 96
_BANDS = ((0.5, 1.0), (0.0, 0.5))
"""Where the points of two metrics on one area are: each would fill its own axis, and they would lie on each other."""
_BEST_NAME = 1.1
_DASHES = (0, (4, 2))
_FAINT = 0.28
TITLE_HEIGHT, TITLE_SIZE = 2.0, 1.1  # em: of the line above a saved chart
_PHASE_NAMES = 0.5
"""The room for the names of phases above the curves, beside what is left there anyhow; in heights of the font."""
_LEGEND = 0.25
"""The share of the chart's height that the legend of several runs may take."""


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A figure, and where things are on it."""

    figure: Figure
    areas: tuple[Area, ...]
    drawn: tuple[np.ndarray, ...]
    """The values of each series as they are drawn: smoothed."""


@cache
def font_families(name: str) -> list[str]:
    """The person's font where matplotlib can read it, and matplotlib's own for missing characters."""
    try:
        font_manager.findfont(font_manager.FontProperties(family=name), fallback_to_default=False)
    except ValueError:
        return ["DejaVu Sans"]
    return [name, "DejaVu Sans"]


def build(drawing: Drawing, style: ChartStyle, view: View) -> Built:
    """The figure of a drawing, with a canvas of pixels to draw it on.

    Args:
        drawing: what.
        style: how.
        view: which part of it.
    """
    dpi = DPI * style.ratio
    pixels = (round(style.width * style.ratio), round(style.height * style.ratio))
    figure = Figure(figsize=((pixels[0] + 0.01) / dpi, (pixels[1] + 0.01) / dpi), dpi=dpi, facecolor=style.ground)
    builder = _Builder(figure, drawing, style, view)
    if drawing.heat is not None:
        builder.add_heat(drawing.heat)
    elif heat_metric(drawing.kind, drawing.chart) is None:
        builder.add_curves()
    return Built(figure, tuple(builder.areas), tuple(builder.drawn))


def title_of(drawing: Drawing) -> str:
    """What a saved chart is of: the quantity, and the run where there is one alone; the legend names several."""
    names = [run.name for _, run in drawing.drawn_runs]
    return f"{drawing.chart.title}, {printable(names[0])}" if len(names) == 1 and names[0] else drawing.chart.title


def frozen(axes: Axes) -> Transform:
    """The mapping from data to the picture, for use in any thread, independent of the axes."""
    transform = axes.transData.frozen()
    assert isinstance(transform, Transform)
    return transform


class _Builder:
    """Fills one figure."""

    def __init__(self, figure: Figure, drawing: Drawing, style: ChartStyle, view: View) -> None:
        self._figure, self._drawing, self._style, self._view = figure, drawing, style, view
        self._canvas = FigureCanvasAgg(figure)
        points = style.em * 72 / DPI
        families = font_families(style.family)
        self._text: dict[str, Any] = {"fontsize": points, "fontfamily": families, "color": style.text, "parse_math": False}
        self._small = self._text | {"fontsize": points * 0.92}
        self._ticks: dict[str, Any] = {
            "labelcolor": style.muted,
            "length": 3,
            "labelsize": points * 0.92,
            "labelfontfamily": families,
        }
        self.areas: list[Area] = []
        self.drawn: list[np.ndarray] = []

    # -- curves

    def add_curves(self) -> None:
        """Legend, axes, lines and the best epochs."""
        drawing, style, view = self._drawing, self._style, self._view
        weight = drawing.options.smoothing
        self.drawn = [smoothed(series.values, weight) for series in drawing.series]
        first, last = drawing.epochs
        pad = max(0.4, 0.015 * (last - first))
        x = view.x or (first - pad, last + pad)
        shown = drawing.axes if drawing.common is None else (drawing.common,)
        scales = [self._scale(number) for number in range(len(shown))]
        reach = [view.limits(number) or scales[number].limits for number in range(len(shown))]
        widths = [text_width(scale.ticks(*ends)[1], style.em) for scale, ends in zip(scales, reach, strict=True)]
        above = self._add_legend()
        if any(stretches(run) for _, run in drawing.drawn_runs):
            above += (_PHASE_NAMES + self._best_row) * style.em
        boxes = areas(style.width, style.height, above, style.em, widths, shares_area=drawing.shares_area)
        all_axes: list[Axes] = []
        for number, (axis, box) in enumerate(zip(shown, boxes, strict=True)):
            on_right = drawing.shares_area and number == 1
            axes = all_axes[0].twinx() if on_right else self._figure.add_axes(self._place(box))
            all_axes.append(axes)
            axes.set_xlim(*x)
            scales[number].apply(axes, *reach[number], 1.25 * style.em / box.height)
            self._dress(axes, axis, on_right)
            if any(below.top > box.bottom for below in boxes):
                axes.set_xlabel("")  # said under the last one
        self._fit_labels(all_axes, shown)
        if drawing.common is not None:
            boxes, all_axes = boxes * len(drawing.axes), all_axes * len(drawing.axes)
        if drawing.shares_area:
            all_axes[0].spines["right"].set_visible(False)
        for series, values in zip(drawing.series, self.drawn, strict=True):
            self._add_line(all_axes[series.axis], series, values, x, boxes[series.axis].width)
        self._mark_best(all_axes, x)
        self._mark_phases(all_axes[:1] if drawing.shares_area or drawing.common is not None else all_axes, x)
        for number, (axes, box) in enumerate(zip(all_axes, boxes, strict=True)):
            self.areas.append(Area(number, box, frozen(axes)))

    def _scale(self, number: int) -> Scale:
        common = self._drawing.common
        pairs = zip(self._drawing.series, self.drawn, strict=True)
        parts = [values for series, values in pairs if series.axis == number or common is not None]
        band = _BANDS[number] if self._drawing.shares_area and self._drawing.has_points_alone else (0.0, 1.0)
        return Scale(common or self._drawing.axes[number], parts, self._drawing.options.log, band)

    def _add_line(self, axes: Axes, series: Series, values: np.ndarray, x: tuple[float, float], width: float) -> None:
        style, drawing = self._style, self._drawing
        columns = max(1, round(width * style.ratio))
        color = style.color(series.role)
        dense = len(series.epoch) > 2 * width
        wide = (1.1 if dense else 1.5) if drawing.several else (1.3 if dense else 1.8)
        if drawing.options.smoothing and not drawing.several:
            axes.plot(*decimated(series.epoch, series.values, *x, columns), color=color, linewidth=1, alpha=_FAINT)
        axes.plot(
            *decimated(series.epoch, values, *x, columns),
            color=color,
            linewidth=wide,
            linestyle=_DASHES if series.is_validation else "-",
            marker="o" if drawing.few else "",
            markersize=3.5,
            markerfacecolor=style.ground if series.is_validation else color,
            solid_capstyle="round",
        )

    def _mark_best(self, all_axes: Sequence[Axes], x: tuple[float, float]) -> None:
        """For one run a line through its best epoch, for several a ring on each one's validation curve."""
        drawing, style = self._drawing, self._style
        if not drawing.marks_best:
            return
        if not drawing.several:
            best = drawing.runs[0].history.best_epoch if drawing.runs else 0
            if best and x[0] <= best <= x[1] and any(np.isfinite(s.values[s.epoch == best]).any() for s in drawing.series):
                axes = all_axes[0]
                axes.axvline(best, linewidth=1.2, linestyle=(0, (1, 2)), zorder=1, color=style.tick)
                above, name = axes.get_xaxis_transform(), tr("best {epoch}").format(epoch=f"{best:,}")
                axes.text(best, 1.0, name, transform=above, ha="center", va="bottom", clip_on=False, **self._small)
            return
        for series, values in zip(drawing.series, self.drawn, strict=True):
            places = np.flatnonzero(series.epoch == drawing.runs[series.run].history.best_epoch)
            if series.is_validation and len(places):
                ring: dict[str, Any] = {
                    "markersize": 6,
                    "markerfacecolor": style.ground,
                    "markeredgecolor": style.color(series.role),
                }
                axes = all_axes[series.axis]
                axes.plot(series.epoch[places], values[places], marker="o", linestyle="", markeredgewidth=1.6, zorder=4, **ring)

    def _mark_phases(self, all_axes: Sequence[Axes], x: tuple[float, float]) -> None:
        """A thin line where each phase begins, its name above it; in the run's hue where there are several.

        Above cells, where no room is left for them, the names stand on the cells.
        """
        drawing, style = self._drawing, self._style
        marked: dict[tuple[str, int], tuple[int, list[int]]] = {}  # name and first epoch -> last epoch, runs
        for number, run in drawing.drawn_runs:
            for stretch in stretches(run):
                last, numbers = marked.get((stretch.title, stretch.first), (0, []))
                marked[stretch.title, stretch.first] = max(last, stretch.last), [*numbers, number]
        for axes in all_axes:
            names: list[tuple[float, Text]] = []
            for (title, first), (last, numbers) in sorted(marked.items(), key=lambda item: item[0][1]):
                if last < x[0] or first > x[1]:
                    continue
                color = style.color(numbers[0]) if len(numbers) == 1 and drawing.several else style.muted
                begin = first - 0.5
                if x[0] < begin and first > drawing.epochs[0]:
                    axes.axvline(begin, linewidth=1, zorder=1, color=color, alpha=0.6)
                seen = min(last, x[1]) - max(begin, x[0])
                names.append((seen, self._add_phase_name(axes, max(begin, x[0]), tr(title), color)))
            self._set_apart(names)

    @property
    def _best_row(self) -> float:
        """The height between curves and names of phases where the best epoch is named, in heights of the font."""
        drawing = self._drawing
        return _BEST_NAME if drawing.marks_best and not drawing.several and drawing.heat is None else 0.0

    def _add_phase_name(self, axes: Axes, epoch: float, name: str, color: str) -> Text:
        """The name of a phase above the epoch where it begins, or before it where it would be cut at the figure's edge."""
        place = blended_transform_factory(axes.transData, axes.transAxes)
        up = -3 if self._drawing.heat is not None else 2 + self._style.em * 72 / DPI * self._best_row
        beside = place + ScaledTranslation(3 / 72, up / 72, self._figure.dpi_scale_trans)
        how = self._small | {"color": color, "zorder": 3}
        if self._drawing.heat is not None:
            how |= {"clip_on": True, "bbox": {"facecolor": self._style.ground, "edgecolor": "none", "alpha": 0.85, "pad": 1}}
        align = "top" if self._drawing.heat is not None else "bottom"
        text = axes.text(epoch, 1.0, name, transform=beside, ha="left", va=align, **how)
        if text.get_window_extent(self._canvas.get_renderer()).x1 > self._figure.bbox.x1:
            text.set_horizontalalignment("right")
        return text

    def _set_apart(self, names: Sequence[tuple[float, Text]]) -> None:
        """Leave out names that would lie on others: those of the phases of which least is seen."""
        renderer = self._canvas.get_renderer()
        kept: list[Bbox] = []
        for _, text in sorted(names, key=lambda name: -name[0]):
            place = text.get_window_extent(renderer)
            if any(place.overlaps(other) for other in kept):
                text.remove()
            else:
                kept.append(place)

    def _dress(self, axes: Axes, axis: Axis, on_right: bool) -> None:
        """Spines, ticks, grid and texts in the theme's colours."""
        style = self._style
        color = style.border if axis.role is None else style.color(axis.role)
        axes.set_facecolor("none")
        axes.set_axisbelow(True)
        own, other = ("right", "left") if on_right else ("left", "right")
        for side in ("top", other):
            axes.spines[side].set_visible(False)
        axes.spines[own].set(color=color, linewidth=1.0 if axis.role is None else 1.5)
        axes.spines["bottom"].set(color=style.border, linewidth=1, visible=not on_right)
        axes.tick_params(axis="y", which="major", color=color, **self._ticks)
        axes.tick_params(axis="y", which="minor", length=0)
        axes.tick_params(axis="x", color=style.border, **self._ticks)
        axes.set_ylabel(axis.label, **self._text)
        if not on_right:
            axes.grid(axis="y", which="major", color=style.line, linewidth=1)
            self._dress_epochs(axes)

    def _fit_labels(self, all_axes: Sequence[Axes], shown: Sequence[Axis]) -> None:
        """If one label is longer than its axis, all get their short form, then their shortest; what is still longer is cut."""
        renderer = self._canvas.get_renderer()
        for step in range(max((len(axis.briefs) for axis in shown), default=0)):
            if all(axes.yaxis.label.get_window_extent(renderer).height <= axes.bbox.height for axes in all_axes):
                return
            for axes, axis in zip(all_axes, shown, strict=True):
                if axis.briefs:
                    axes.yaxis.label.set_text(axis.briefs[min(step, len(axis.briefs) - 1)])
        for axes in all_axes:
            label, most = axes.yaxis.label, axes.bbox.height + 1.4 * self._style.em * self._style.ratio  # with the gaps around it
            whole = label.get_text()
            for letters in range(len(whole) - 1, 0, -1):
                if label.get_window_extent(renderer).height <= most:
                    break
                label.set_text(f"{whole[:letters].rstrip()}…")

    def _dress_epochs(self, axes: Axes) -> None:
        axes.set_xlabel(tr("Epoch"), **self._text)
        most = max(2, min(8, int(axes.bbox.width / self._style.ratio / (5.5 * self._style.em))))
        axes.xaxis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))

    # -- legend

    def _add_legend(self) -> float:
        """Draw the legend of hues and dashes; gives its height.

        What sets runs apart is shortened, by whole phrases, until the curves have room and it is no wider than the chart.
        """
        style, renderer = self._style, self._canvas.get_renderer()
        most = max((run.about.count(", ") + 1 for _, run in self._drawing.drawn_runs), default=0) if self._drawing.several else 0
        for phrases in range(most, -1, -1):
            keys = self._legend_keys(phrases)
            texts = [self._figure.text(0, 0, name, va="center_baseline", **self._text) for name, _, _ in keys]
            widths = [text.get_window_extent(renderer).width / style.ratio for text in texts]
            places, height = legend(widths, style.width, style.em)
            is_cut = any(
                place.room < wide and wide * len(run.name) <= place.room * len(name)  # of a long name nothing more can be spared
                for (_, run), (name, _, _), wide, place in zip(self._drawing.drawn_runs, keys, widths, places, strict=False)
            )
            if height <= _LEGEND * style.height and not is_cut:
                break
            if phrases:
                for text in texts:
                    text.remove()
        for (name, color, line_style), text, wide, place in zip(keys, texts, widths, places, strict=True):
            if wide > place.room:
                text.set_text(name[: max(1, int(len(name) * place.room / wide) - 1)].rstrip() + "…")
            text.set_position((text_of(place) / style.width, 1 - place.y / style.height))
            line = Line2D(
                [place.x / style.width, (place.x + SWATCH) / style.width],
                [1 - place.y / style.height] * 2,
                linewidth=1.8,
                color=color,
                linestyle=line_style,
                transform=self._figure.transFigure,
            )
            self._figure.add_artist(line)
        return height

    def _legend_keys(self, phrases: int) -> list[tuple[str, str, Any]]:
        """Text, colour, and style of the line before it; of several runs with so many phrases of what sets each apart."""
        drawing, style = self._drawing, self._style
        both = any(s.is_validation for s in drawing.series) and not all(s.is_validation for s in drawing.series)
        keys: list[tuple[str, str, Any]] = []
        if drawing.several:
            keys += [
                ("  ".join(part for part in (run.name, shortened(run.about, phrases)) if part), style.color(number), "-")
                for number, run in drawing.drawn_runs
            ]
        else:
            keys += [(axis.short, style.color(axis.role), "-") for axis in drawing.axes if axis.role is not None]
        trained, validated = (tr("training"), style.muted, "-"), (tr("validation"), style.muted, _DASHES)
        only = all(s.is_validation for s in drawing.series)
        keys += [trained, validated] if both else [validated] if only else [trained]
        if drawing.several and drawing.left_out:
            keys.append((_left_out(drawing), style.muted, ""))
        return keys

    # -- heat map

    def add_heat(self, heat: Heat) -> None:
        """The axes of the code as rows, the highest final number on top, and the colour bar."""
        style = self._style
        count = len(heat.order)
        first, last = self._drawing.epochs
        x = self._view.x or (first - 0.5, last + 0.5)
        y = self._view.limits(0) or (count + 0.5, 0.5)
        scale = heat_scale(heat, self._drawing.options.log, style.is_dark)
        widths = text_width([f"{count:,}"], style.em), text_width(scale.ticks()[1], style.em)
        main, bar = heat_areas(style.width, style.height, style.em, *widths)
        axes = self._figure.add_axes(self._place(main))
        draw_cells(axes, heat, scale, x, (main.width * style.ratio, main.height * style.ratio))
        axes.set_xlim(*x)
        axes.set_ylim(*y)
        rows = tr("{axes}, by final {name}").format(axes=tr(plural(heat.axis).capitalize()), name=within(tr(heat.name)))
        self._dress(axes, Axis(rows, ""), on_right=False)
        axes.grid(visible=False)
        axes.yaxis.set_major_locator(FixedLocator(ranks(*y)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        beside = self._figure.add_axes(self._place(bar))
        draw_bar(beside, scale)
        beside.tick_params(axis="y", color=style.border, **self._ticks)
        beside.set_ylabel(", ".join(tr(part) for part in (heat.name, heat.unit) if part), **self._text)
        self._mark_phases([axes], x)
        self.areas.append(Area(0, main, frozen(axes)))

    def _place(self, box: Box) -> tuple[float, float, float, float]:
        """A box for matplotlib: left, bottom, width, height, in shares of the figure."""
        wide, high = self._style.width, self._style.height
        return box.left / wide, 1 - box.bottom / high, box.width / wide, box.height / high


def _left_out(drawing: Drawing) -> str:
    """Which runs have no curve here, and why."""
    if len(drawing.left_out) > 1:
        return tr("{n} runs aren't shown: they don't have these numbers").format(n=len(drawing.left_out))
    return tr("{name} isn't shown: it doesn't have these numbers").format(name=drawing.runs[drawing.left_out[0]].name)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A drawn chart, and where things are on it."""

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
        with let_go(built.figure) as figure:
            canvas = figure.canvas
            assert isinstance(canvas, FigureCanvasAgg)
            canvas.draw()
            pixels = np.asarray(canvas.buffer_rgba())
    height, width = pixels.shape[:2]
    # The format of a widget's surface, so that the window's thread only copies.
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBX8888)
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(style.ratio)
    return Picture(image, drawing, style, view, built.areas, built.drawn)


def save_chart(path: Path, drawing: Drawing, style: ChartStyle, view: View) -> None:
    """Write a chart as PNG, SVG or PDF by the file's ending, under a title. Raises CoreError where it can't be written."""

    def write(beside: Path) -> None:
        with ONE_AT_A_TIME, let_go(build(drawing, style, view).figure) as figure:
            width, height = figure.get_size_inches()
            edge, title = 0.5 * style.em / DPI, TITLE_HEIGHT * style.em / DPI  # inches, around and above the picture of the screen
            size, families = TITLE_SIZE * style.em * 72 / DPI, font_families(style.family)
            at = 1.0 + 0.5 * title / height
            words = figure.text(0.5, at, title_of(drawing), ha="center", va="center", parse_math=False, color=style.text)
            words.set(fontsize=size, fontfamily=families, fontweight="bold")
            box = Bbox([[-edge, -edge], [width + edge, height + title]])
            form = path.suffix.lower().lstrip(".")
            figure.savefig(beside, format=form, dpi="figure", facecolor=style.ground, bbox_inches=box)

    write_whole(path, write)

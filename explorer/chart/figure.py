"""A chart as a matplotlib figure. Slow to import and tens of milliseconds to build: for a worker thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation, Transform, blended_transform_factory

from core.runs.decimation import decimated
from core.runs.smoothing import smoothed
from explorer.chart.heat import draw_bar, draw_cells, heat_scale, ranks
from explorer.chart.layout import SWATCH, Area, Box, View, areas, heat_areas, legend, text_of
from explorer.chart.model import Axis, Drawing, Heat, Series, Stretch, heat_metric, plural, stretches, tr, within
from explorer.chart.scale import Scale, text_width
from explorer.chart.style import ChartStyle

DPI = 96
_DASHES = (0, (4, 2))
_FAINT = 0.28


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A figure and what one needs to find things on it."""

    figure: Figure
    areas: tuple[Area, ...]
    drawn: tuple[np.ndarray, ...]
    """The values of each series as they are drawn: smoothed."""


@cache
def font_families(name: str) -> list[str]:
    """The person's font where matplotlib can read it, and its own for what that lacks."""
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


def frozen(axes: Axes) -> Transform:
    """Where data lies on the picture, for any thread to ask and whatever becomes of the axes."""
    made = axes.transData.frozen()
    assert isinstance(made, Transform)
    return made


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
        scales = [self._scale(number) for number in range(len(drawing.axes))]
        reach = [view.limits(number) or scales[number].limits for number in range(len(drawing.axes))]
        widths = [text_width(scale.ticks(*ends)[1], style.em) for scale, ends in zip(scales, reach, strict=True)]
        above = self._add_legend()
        boxes = areas(style.width, style.height, above, style.em, widths, shares_area=drawing.shares_area)
        all_axes: list[Axes] = []
        for number, (axis, box) in enumerate(zip(drawing.axes, boxes, strict=True)):
            on_right = drawing.shares_area and number == 1
            axes = all_axes[0].twinx() if on_right else self._figure.add_axes(self._place(box))
            all_axes.append(axes)
            axes.set_xlim(*x)
            scales[number].apply(axes, *reach[number])
            self._dress(axes, axis, on_right)
        self._fit_labels(all_axes)
        if drawing.shares_area:
            all_axes[0].spines["right"].set_visible(False)
        for series, values in zip(drawing.series, self.drawn, strict=True):
            self._add_line(all_axes[series.axis], series, values, x, boxes[series.axis].width)
        self._mark_best(all_axes, x)
        self._mark_phases(all_axes[:1] if drawing.shares_area else all_axes, x)
        for number, (axes, box) in enumerate(zip(all_axes, boxes, strict=True)):
            self.areas.append(Area(number, box, frozen(axes)))

    def _scale(self, number: int) -> Scale:
        parts = [values for series, values in zip(self._drawing.series, self.drawn, strict=True) if series.axis == number]
        return Scale(self._drawing.axes[number], parts, log=self._drawing.options.log)

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
        """Of one run a line through its best epoch, of several a ring on each one's validation curve."""
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
            found = np.flatnonzero(series.epoch == drawing.runs[series.run].history.best_epoch)
            if series.is_validation and len(found):
                ring: dict[str, Any] = {
                    "markersize": 6,
                    "markerfacecolor": style.ground,
                    "markeredgecolor": style.color(series.role),
                }
                axes = all_axes[series.axis]
                axes.plot(series.epoch[found], values[found], marker="o", linestyle="", markeredgewidth=1.6, zorder=4, **ring)

    def _mark_phases(self, all_axes: Sequence[Axes], x: tuple[float, float]) -> None:
        """A thin line where each phase begins, its name beside it; of several runs in the hue of whose it is."""
        drawing, style = self._drawing, self._style
        marked: dict[Stretch, list[int]] = {}
        for number, run in drawing.drawn_runs:
            for stretch in stretches(run):
                marked.setdefault(stretch, []).append(number)
        for stretch, numbers in marked.items():
            if stretch.last < x[0] or stretch.first > x[1]:
                continue
            alone = len(numbers) == 1 and drawing.several
            color = style.color(numbers[0]) if alone else style.muted
            begin = stretch.first - 0.5
            for axes in all_axes:
                if x[0] < begin and stretch.first > drawing.epochs[0]:
                    axes.axvline(begin, linewidth=1, zorder=1, color=color, alpha=0.6)
                place = blended_transform_factory(axes.transData, axes.transAxes)
                beside = place + ScaledTranslation(3 / 72, -3 / 72, self._figure.dpi_scale_trans)
                how = self._small | {"color": color, "clip_on": True, "zorder": 1.5}  # the curves lie over it
                if drawing.heat is not None:
                    how |= {"zorder": 3, "bbox": {"facecolor": style.ground, "edgecolor": "none", "alpha": 0.85, "pad": 1}}
                axes.text(max(begin, x[0]), 1.0, tr(stretch.title), transform=beside, ha="left", va="top", **how)

    def _dress(self, axes: Axes, axis: Axis, on_right: bool) -> None:
        """Spines, ticks, grid and words in the theme's colours."""
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

    def _fit_labels(self, all_axes: Sequence[Axes]) -> None:
        """Where one label is longer than its axis all take their brief form, and where that is too long their briefest."""
        renderer = self._canvas.get_renderer()
        for step in range(max((len(axis.briefs) for axis in self._drawing.axes), default=0)):
            if all(axes.yaxis.label.get_window_extent(renderer).height <= axes.bbox.height for axes in all_axes):
                return
            for axes, axis in zip(all_axes, self._drawing.axes, strict=True):
                if axis.briefs:
                    axes.yaxis.label.set_text(axis.briefs[min(step, len(axis.briefs) - 1)])

    def _dress_epochs(self, axes: Axes) -> None:
        axes.set_xlabel(tr("Epoch"), **self._text)
        most = max(2, min(8, int(axes.bbox.width / self._style.ratio / (5.5 * self._style.em))))
        axes.xaxis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))

    # -- legend

    def _add_legend(self) -> float:
        """What the hues and the dashes mean; gives its height."""
        drawing, style = self._drawing, self._style
        both = any(s.is_validation for s in drawing.series) and not all(s.is_validation for s in drawing.series)
        keys: list[tuple[str, str, Any]] = []  # text, colour, style of the line before it
        if drawing.several:
            keys += [
                ("  ".join(part for part in (run.name, run.about) if part), style.color(number), "-")
                for number, run in drawing.drawn_runs
            ]
        else:
            keys += [(axis.short, style.color(axis.role), "-") for axis in drawing.axes if axis.role is not None]
        trained, validated = (tr("training"), style.muted, "-"), (tr("validation"), style.muted, _DASHES)
        only = all(s.is_validation for s in drawing.series)
        keys += [trained, validated] if both else [validated] if only else [trained]
        if drawing.several and drawing.left_out:
            keys.append((_left_out(drawing), style.muted, ""))
        texts = [self._figure.text(0, 0, name, va="center_baseline", **self._text) for name, _, _ in keys]
        renderer = self._canvas.get_renderer()
        widths = [text.get_window_extent(renderer).width / style.ratio for text in texts]
        places, height = legend(widths, style.width, style.em)
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

    # -- heat map

    def add_heat(self, heat: Heat) -> None:
        """The axes of the code as rows, the highest final number on top, and the bar that says what the colours mean."""
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
        """A box as matplotlib wants it: left, bottom, width, height, in shares of the figure."""
        wide, high = self._style.width, self._style.height
        return box.left / wide, 1 - box.bottom / high, box.width / wide, box.height / high


def _left_out(drawing: Drawing) -> str:
    """Which runs have no curve here, and why."""
    if len(drawing.left_out) > 1:
        return tr("{n} runs aren't drawn: they have no such numbers").format(n=len(drawing.left_out))
    return tr("{name} isn't drawn: it has no such numbers").format(name=drawing.runs[drawing.left_out[0]].name)

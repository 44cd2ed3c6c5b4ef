"""Figures: curves, bars, scatters, pictures; `core.export.drawn` makes files of them. Imports matplotlib: slow at first."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from core.data.columns import NO_CLASS, NOT_LABELLED
from core.errors import DataError
from core.export.drawn import Draw
from core.export.images import GAP, grid
from core.export.paper import WHITE, WIDTH, Paper

MOST_NAMED = 12  # values of a factor that get a colour and a name each; more become a scale
LEAST_POINT, MOST_POINT = 6.0, 28.0  # square points of a dot: small where there are thousands
POINTS = 5000.0  # square points of all dots of a cloud, between these
GREY = 6  # of a paper's hues
LONGEST = 24  # characters of a name
CURVES_HEIGHT, CURVES_ACROSS = 3.2, 3  # inches of a row, and how many are in one
BARS_HEIGHT, BARS_ACROSS = 2.4, 4  # inches of a row, and how many are in one
TITLE_LETTERS = 26  # in a line above the bars of a measure, where the figure is WIDTH wide
MOST_LEVEL = 4  # bars beside each other whose numbers have room; those of more stand upright
CAPTION_LINE = 0.16  # inches
EDGE = 0.08  # inches between what is drawn and the figure's edge
NAMES_ACROSS = 4  # in a row of a legend
CLOUDS_ACROSS, CLOUD_HEIGHT = 3, 5.5  # in a row, and inches of one at most
DASHES = (0, (4, 2))  # of validation
SHEET_INCH, SHEET_MARGIN = 1.2, 0.4  # of a sheet: inches of a picture's width and of the labels


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One run's line in one chart: a number for each epoch.

    Attributes:
        epoch: (E,).
        train: (E,); None = there is none.
        valid: (E,).
    """

    epoch: np.ndarray
    train: np.ndarray | None
    valid: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """One run's codes in two dimensions.

    Attributes:
        points: (N, 2).
        axes: names of both axes.
    """

    points: np.ndarray
    axes: tuple[str, str]


def curves(charts: Mapping[str, Sequence[Curve]], names: Sequence[str], paper: Paper = WHITE) -> Figure:
    """Charts, three in a row, one line a run; training solid, validation dashed, as in all charts.

    Args:
        charts: title with its unit -> one curve for each run.
        names: of the runs.
        paper: what it is drawn on.
    """
    figure, names = _figure(curves_height(len(charts)), paper), _short(names)
    across = min(CURVES_ACROSS, len(charts))
    places = figure.subplots(-(-len(charts) // across), across, squeeze=False).ravel()
    for empty in places[len(charts) :]:
        empty.set_axis_off()
    for axes, (title, lines) in zip(places, charts.items(), strict=False):
        for number, line in enumerate(lines):
            colour = paper.hues[number % len(paper.hues)]
            marker = "o" if len(line.epoch) == 1 else None
            if line.train is not None:
                axes.plot(line.epoch, line.train, color=colour, marker=marker, markersize=3, linewidth=1.0, alpha=0.6)
            axes.plot(line.epoch, line.valid, color=colour, marker=marker, markersize=3, linestyle=DASHES, linewidth=1.4)
        name, _, unit = title.partition(", ")
        axes.set_title(name, fontsize=9, loc="left")
        axes.set_ylabel(unit, fontsize=8)
        axes.set_xlabel("epoch", fontsize=8)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        _plain(axes, paper)
    runs = [Line2D([], [], color=paper.hues[number % len(paper.hues)]) for number in range(len(names))]
    parts = [Line2D([], [], color=paper.text, linewidth=1.0), Line2D([], [], color=paper.text, linewidth=1.4, linestyle=DASHES)]
    _name_above(figure, [*runs, *parts], [*names, "training", "validation"])
    return figure


def bars(values: Mapping[str, Sequence[float]], names: Sequence[str], paper: Paper = WHITE) -> Figure:
    """One small chart for each measure, one bar a run, with its number above it; NaN has no bar.

    The runs are named by their colours above all charts: under bars this narrow their names would run into each other.

    Args:
        values: measure -> a number for each run.
        names: of the runs.
        paper: what it is drawn on.
    """
    names, crowded = _short(names), len(names) > MOST_LEVEL
    columns = min(BARS_ACROSS, len(values))
    rows = -(-len(values) // columns)
    figure = _figure(bars_height(len(values)), paper)
    letters = max(10, int(TITLE_LETTERS * _width(figure) / WIDTH))
    places = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (measure, numbers) in zip(places, values.items(), strict=False):
        known = np.nan_to_num(np.asarray(numbers, np.float64))
        bar_container = axes.bar(
            range(len(names)), known, color=[paper.hues[number % len(paper.hues)] for number in range(len(names))]
        )
        axes.bar_label(bar_container, _told(numbers), fontsize=7, padding=1, rotation=90 if crowded else 0)
        if known.max() <= 0.0:
            axes.use_sticky_edges = False  # or zero would be the upper edge, and "none" would stand in the title
        axes.margins(y=0.4 if crowded else 0.18)
        axes.set_title(textwrap.fill(measure, letters), fontsize=9, loc="left")
        _plain(axes, paper)
        axes.set_xticks([])
    for axes in places[len(values) :]:
        axes.set_visible(False)
    _name_above(figure, bar_container.patches, names)
    return figure


def clouds(
    panels: Sequence[Cloud],
    names: Sequence[str],
    values: np.ndarray,
    value_names: Sequence[str],
    title: str,
    paper: Paper = WHITE,
) -> Figure:
    """Codes of the same pictures in each run, coloured by one thing.

    Args:
        panels: one a run.
        names: of the runs.
        values: (N,) whole numbers from 0: which of `value_names` each picture has.
        value_names: in order.
        title: what is coloured.
        paper: what it is drawn on.
    """
    names = _short(names)
    columns = min(CLOUDS_ACROSS, len(panels))
    rows = -(-len(panels) // columns)
    figure = _figure(clouds_height(len(panels)), paper)
    places = figure.subplots(rows, columns, squeeze=False).ravel()
    named = len(value_names) <= MOST_NAMED
    scale = _scale_of(value_names, paper)
    point = float(np.clip(POINTS / max(1, len(values)), LEAST_POINT, MOST_POINT))
    colours = scale(values if named else values / max(1, len(value_names) - 1))
    for axes, panel, name in zip(places, panels, names, strict=False):
        axes.scatter(panel.points[:, 0], panel.points[:, 1], s=point, c=colours, linewidths=0, alpha=0.8)
        axes.set_title(name, fontsize=9, loc="left")
        axes.set_xlabel(panel.axes[0], fontsize=8)
        axes.set_ylabel(panel.axes[1], fontsize=8)
        _plain(axes, paper)
    there = set(np.unique(values).tolist())
    shown = [value for value in range(len(value_names)) if value in there] if named else [0, len(value_names) - 1]
    shown = [value for value in shown if value_names[value]]  # pictures without classes have one without a name
    if shown:
        colours = [scale(value if named else value / max(1, len(value_names) - 1)) for value in shown]
        handles = [places[0].scatter([], [], s=18, color=colour) for colour in colours]
        figure.legend(
            handles, [value_names[value] for value in shown], title=title, loc="outside right upper", fontsize=7, title_fontsize=7,
            frameon=False, borderaxespad=1.0,
        )  # beside the points  # fmt: skip
    for axes in places[len(panels) :]:
        axes.set_visible(False)
    return figure


def trade_off(
    across: Sequence[float],
    up: Sequence[float],
    axes_names: tuple[str, str],
    labels: Sequence[str],
    marked: int,
    paper: Paper = WHITE,
) -> Figure:
    """One curve through points that are labelled: what is given for what.

    Args:
        across: (N,) where the points are from left to right.
        up: (N,) and from bottom to top.
        axes_names: of both axes, with units.
        labels: beside the points.
        marked: the point that is drawn in another colour; -1: none.
        paper: what it is drawn on.
    """
    figure = _figure(CURVES_HEIGHT, paper)
    axes = figure.subplots()
    axes.plot(across, up, color=paper.hues[0], linewidth=1.2, zorder=1)
    colours = [paper.hues[1 if number == marked else 0] for number in range(len(across))]
    axes.scatter(
        across, up, s=[MOST_POINT * (1.6 if number == marked else 1.0) for number in range(len(across))], c=colours, zorder=2
    )
    for x, y, label in zip(across, up, labels, strict=True):
        axes.annotate(label, (x, y), xytext=(5, -9), textcoords="offset points", fontsize=7, color=paper.text)
    axes.set_xlabel(axes_names[0], fontsize=8)
    axes.set_ylabel(axes_names[1], fontsize=8)
    axes.margins(x=0.08, y=0.12)
    _plain(axes, paper)
    return figure


def when_drawn(figure: Figure, act: Callable[[], None]) -> None:
    """Call something each time a figure is drawn, when all of it has its place."""
    figure.canvas.mpl_connect("draw_event", lambda _event: act())


def places_of_dots(figure: Figure) -> np.ndarray:
    """Where the dots of the first cloud of a drawn figure are: (N, 2), shares of its width and height from the upper left."""
    axes = figure.axes[0]
    pixels = np.asarray(axes.transData.transform(axes.collections[0].get_offsets()))
    shares = pixels / (figure.bbox.width, figure.bbox.height)
    return np.stack([shares[:, 0], 1.0 - shares[:, 1]], axis=1)


def with_caption(draw: Draw, size: tuple[int, int], caption: str, centimetres: float | None) -> Draw:
    """The same drawing with a caption under it.

    Args:
        draw: the drawing.
        size: of its own, in pixels: its proportions.
        caption: wrapped to the width.
        centimetres: of its width in print; None = WIDTH.
    """
    width = WIDTH if centimetres is None else centimetres / 2.54
    lines = textwrap.wrap(caption, max(20, int(width * 15)))
    below = CAPTION_LINE * len(lines) + EDGE
    height = width * size[1] / size[0] + below

    def drawn(paper: Paper) -> Figure:
        figure = draw(replace(paper, size=(width, height)))
        engine = figure.get_layout_engine()
        assert isinstance(engine, ConstrainedLayoutEngine)
        engine.set(rect=(0.0, below / height, 1.0, 1.0 - below / height))  # type: ignore[call-arg]
        for place, line in enumerate(reversed(lines)):
            figure.text(EDGE / width, (EDGE / 2 + place * CAPTION_LINE) / height, line, fontsize=8, va="bottom")
        return figure

    return drawn


def curves_height(count: int) -> float:
    """Inches that so many charts take."""
    return CURVES_HEIGHT * -(-count // CURVES_ACROSS)


def bars_height(count: int) -> float:
    """Inches that the bars of so many measures take."""
    return BARS_HEIGHT * -(-count // BARS_ACROSS)


def clouds_height(count: int) -> float:
    """Inches that the clouds of so many runs take; each is about a square."""
    columns = min(CLOUDS_ACROSS, count)
    return min(CLOUD_HEIGHT, WIDTH / columns) * -(-count // columns)


def _scale(count: int, paper: Paper) -> Colormap:
    """Colours for so many values: colour-blind-safe hues while they last, then others, then a scale."""
    if count <= len(paper.hues):
        return ListedColormap(paper.hues[:count])
    return colormaps["tab10" if count <= 10 else "tab20" if count <= MOST_NAMED else "turbo"]


def _scale_of(names: Sequence[str], paper: Paper) -> Colormap:
    """Colours for named values: grey for pictures without any, which come last, and the others' don't depend on it."""
    count = len(names)
    if count < 2 or names[-1] not in (NO_CLASS, NOT_LABELLED) or count > len(paper.hues):
        return _scale(count, paper)
    return ListedColormap([*paper.hues[: count - 1], paper.hues[GREY]])


def _told(numbers: Sequence[float]) -> list[str]:
    """The numbers above the bars of one measure, with the same decimals: about three digits; whole if large, or counts."""
    known = np.abs([number for number in numbers if np.isfinite(number)])
    digits = 0
    if len(known) and (known % 1.0).any() and known.max() < 1000:
        first = np.floor(np.log10(known[known > 0]))  # the place of the first digit: 0 for ones, 1 for tens
        digits = int(np.clip(min(2 - first.min(), 3 - first.max()), 0, 3))
    return ["none" if np.isnan(number) else f"{number:,.{digits}f}".replace("-", "\u2212") for number in numbers]


LONGEST_NUMBER = 9  # signs of a number at an axis; of longer ones, four digits are written
SMALL_NUMBER = 1e-3  # with smaller ones alone at an axis, they are written with powers of ten
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class _Separated(ScalarFormatter):
    """Numbers at an axis with separators of thousands, as in all other places; short where they are very small."""

    def __init__(self) -> None:
        super().__init__(useOffset=False)
        self.set_scientific(False)

    def __call__(self, x: float, pos: int | None = None) -> str:
        text = super().__call__(x, pos)
        assert self.axis is not None
        if 0.0 < np.abs(self.axis.get_view_interval()).max() < SMALL_NUMBER:
            digits, power = f"{x:.2e}".split("e")
            text = f"{digits.rstrip('0').rstrip('.')}·10{str(int(power)).translate(_RAISED)}" if x else "0"
        elif len(text) > LONGEST_NUMBER and abs(x) < 1000.0:
            text = f"{x:.4g}"
        text = text.replace("-", "\u2212")
        return re.sub(r"(?<![\d.])\d{4,}", lambda number: f"{int(number[0]):,}", text)


def _width(figure: Figure) -> float:
    """Inches of a figure, or of the place on a page that it has."""
    return float(figure.bbox.width / figure.dpi)


def _short(names: Sequence[str]) -> list[str]:
    """Names shortened so that they leave room for the figure."""
    return [name if len(name) <= LONGEST else f"{name[: LONGEST - 8]}…{name[-7:]}" for name in names]


class Sheet(Figure):
    """A figure that notebooks display: matplotlib's own do so only once pyplot is imported."""

    def _repr_png_(self) -> bytes:
        """The figure as notebooks ask for it."""
        file = io.BytesIO()
        self.savefig(file, format="png")
        return file.getvalue()


def pictures(rows: Sequence[np.ndarray], labels: Sequence[str] = (), row_labels: Sequence[str] = (), title: str = "") -> Sheet:
    """Rows of pictures.

    Args:
        rows: each uint8 (n, H, W, C) with C 1 or 3; rows may differ in n.
        labels: above the columns; none or one for each.
        row_labels: before the rows; none or one for each.
        title: above all of it.

    Raises:
        DataError: there is no picture, they differ in size, or there are too many or too few labels.
    """
    if not rows or any(row.ndim != 4 or row.dtype != np.uint8 or row.shape[-1] not in (1, 3) for row in rows):
        raise DataError("A sheet is made of rows of pictures.", "Give arrays (N, H, W, 3) or (N, H, W, 1) of uint8, one a row.")
    columns = max(len(row) for row in rows)
    if columns == 0 or len({row.shape[1:3] for row in rows}) > 1:
        raise DataError("The pictures of a sheet must be of one size.", "Give each row at least one picture of the same size.")
    for names, count, what in ((labels, columns, "columns"), (row_labels, len(rows), "rows")):
        if names and len(names) != count:
            raise DataError(f"There are {len(names)} labels for {count} {what}.", "Give one for each, or none.")
    sheet = grid(rows)
    height, width = rows[0].shape[1:3]
    figure = Sheet(figsize=(SHEET_INCH * columns, SHEET_INCH * len(rows) * height / width + SHEET_MARGIN), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.imshow(sheet)
    axes.set_xticks([GAP + width / 2 + place * (width + GAP) for place in range(columns)] if labels else [], labels, fontsize=8)
    axes.set_yticks(
        [GAP + height / 2 + place * (height + GAP) for place in range(len(rows))] if row_labels else [], row_labels, fontsize=8
    )
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    figure.suptitle(title, fontsize=10)
    return figure


def _figure(height: float, paper: Paper) -> Figure:
    """A figure of that height in inches, or the place on a page that the paper is."""
    if paper.place is not None:
        return cast(Figure, paper.place)
    figure = Figure(figsize=paper.size or (WIDTH, height), dpi=paper.dpi, layout="constrained", facecolor=paper.ground)
    FigureCanvasAgg(figure)
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(w_pad=EDGE, h_pad=EDGE)  # type: ignore[call-arg]
    return figure


def _name_above(figure: Figure, handles: Sequence[Artist], names: Sequence[str]) -> None:
    """A legend above all charts, where it covers nothing."""
    figure.legend(
        handles, names, loc="outside upper left", ncols=min(NAMES_ACROSS, len(names)), fontsize=7, frameon=False, borderaxespad=1.0
    )


def _plain(axes: Axes, paper: Paper) -> None:
    """Thin lines and small numbers."""
    axes.tick_params(labelsize=7, length=2)
    axes.grid(True, color=paper.line, linewidth=0.5)
    axes.set_axisbelow(True)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_Separated())
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)

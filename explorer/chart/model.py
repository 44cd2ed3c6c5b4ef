"""The model of a training chart: its curves, axes and colours, their places, and the numbers read from them.

Imports neither matplotlib nor widgets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QColor, QFontInfo
from PySide6.QtWidgets import QApplication

from core.families.base import Chart, Family, Metric
from core.families.registry import DEFAULT, family
from core.runs.history import TRAIN, VALID, RunHistory
from core.runs.history_table import chart_of, charts_of, columns_of, metric_of
from explorer.look.theme import ThemeColors, colors, theme_colors

if TYPE_CHECKING:
    from matplotlib.transforms import Transform

_ROOM = 0.06  # share of an axis, beyond the curves
_SETTLED = 0.1  # share of the epochs, at the start, whose outliers may be out of view


def limits(series: Sequence[np.ndarray], *, from_zero: bool = False) -> tuple[float, float]:
    """Lower and upper end of an axis that shows the settled part of the curves whole, and the rest if it fits.

    Args:
        series: (E,) each; NaN where there is no number. For a logarithmic axis, their logarithms.
        from_zero: the axis begins at 0, or a little below it where a curve lies there, which would be cut in half otherwise.
    """
    series = [_from_first(part) for part in series]
    whole = np.concatenate([part[np.isfinite(part)] for part in series]) if series else np.empty(0)
    if not len(whole):
        return 0.0, 1.0
    low, high = float(whole.min()), float(whole.max())
    if max(len(part) for part in series) >= 8:
        settled = np.concatenate([part[max(2, int(len(part) * _SETTLED)) :] for part in series])
        settled = settled[np.isfinite(settled)]
        if len(settled):
            bottom, top = float(settled.min()), float(settled.max())
            reach = 3 * max(top - bottom, 1e-9)
            low, high = max(low, bottom - reach), min(high, top + reach)
    if from_zero and high > 0:
        return -_ROOM * high if low < _ROOM / 2 * high else 0.0, (1.0 + _ROOM) * high
    pad = _ROOM * (high - low) if high - low > 1e-6 * abs(high) else max(1e-3, 0.05 * abs(high))
    return low - pad, high + pad


def _from_first(part: np.ndarray) -> np.ndarray:
    """A curve without missing numbers at its start: some phases of a run have numbers of their own."""
    there = np.flatnonzero(np.isfinite(part))
    return part[there[0] :] if len(there) else part


def tick_texts(ticks: Sequence[float]) -> list[str]:
    """Texts of an axis's ticks: as many decimals as it takes to distinguish them, and real minus signs."""
    size = max((abs(tick) for tick in ticks), default=0.0)
    digits = next((n for n in range(9) if all(abs(round(tick, n) - tick) <= 1e-9 * size for tick in ticks)), 9)
    return [_minus(f"{tick + 0.0:,.{digits}f}") for tick in ticks]


def log_tick_text(value: float) -> str:
    """A tick's text on an axis of decades: "0.01", "1", "10,000"."""
    return _minus(f"{value:,.0f}" if abs(value) >= 1 or value == 0 else f"{value:.6f}".rstrip("0"))


def exact_text(value: float, *, whole: bool = False) -> str:
    """A value under the mouse: six digits or so, or a whole number; a dash for none."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    digits = 0 if whole else 1 if size >= 10_000 else 2 if size >= 100 else 3 if size >= 1 else 4
    return _minus(f"{value:,.{digits}f}")


def _minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")


_POINTS = 2  # epochs
_FEW = 30  # below that many epochs each has a marker


def tr(text: str) -> str:
    """A text of the chart in the person's language."""
    return QCoreApplication.translate("TrainingChart", text)


@dataclass(frozen=True, slots=True, eq=False)
class ChartRun:
    """A run to draw."""

    name: str
    history: RunHistory
    about: str = ""
    """What distinguishes it from the others: "beta 4, latent size 64"."""
    phase_titles: Mapping[str, str] = field(default_factory=dict)
    """The titles of its phases, by their names."""


@dataclass(frozen=True, slots=True)
class ChartOptions:
    """The person's choices for the chart."""

    chart: str = ""
    """The chart's key; one that the chosen run's family lacks means the family's first."""
    log: bool = False
    smoothing: float = 0.0
    """Share of the moving average that stays from one epoch to the next; 0 = no smoothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One curve."""

    axis: int
    """Which of the drawing's axes."""
    run: int
    role: int
    """What its colour means: a metric, by its index in the chart, or with several runs a run, by its number."""
    is_validation: bool
    epoch: np.ndarray
    values: np.ndarray
    """One per epoch, as measured; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A vertical axis."""

    label: str
    """With the unit."""
    short: str
    """Without."""
    briefs: tuple[str, ...] = ()
    """Shorter labels for an axis that is too low for the whole one, longest first."""
    role: int | None = None
    """Its colour; None: neutral."""
    key: str = ""
    """Of its metric."""
    from_zero: bool = False
    whole_numbers: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """A number of each axis of the code over the epochs."""

    epoch: np.ndarray
    values: np.ndarray
    """(E, D)."""
    order: np.ndarray
    """(D,) the axes from the top down, the highest final number first."""
    name: str
    """What the number is: "KL"."""
    unit: str
    axis: str
    """What an axis is: "dimension"."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A whole chart; frozen, so that a worker thread can draw it while the next one is made."""

    options: ChartOptions
    kind: Family
    """Of the chosen run."""
    chart: Chart
    runs: tuple[ChartRun, ...]
    """Those that have an epoch; the first is the chosen one."""
    left_out: tuple[int, ...] = ()
    """Which of them have none of the chart's numbers."""
    axes: tuple[Axis, ...] = ()
    shares_area: bool = False
    """Two axes on one area, left and right; otherwise each has an area of its own."""
    series: tuple[Series, ...] = ()
    heat: Heat | None = None

    @property
    def several(self) -> bool:
        """Whether hues distinguish runs."""
        return len(self.runs) > 1

    @property
    def drawn_runs(self) -> tuple[tuple[int, ChartRun], ...]:
        """Those with curves, by their numbers."""
        return tuple((number, run) for number, run in enumerate(self.runs) if number not in self.left_out)

    @property
    def few(self) -> bool:
        """Whether the epochs are so few that each is marked."""
        return max((len(run.history) for _, run in self.drawn_runs), default=0) < _FEW

    @property
    def has_points_alone(self) -> bool:
        """Whether there are so few epochs that nobody sees curves, but points."""
        return max((len(run.history) for _, run in self.drawn_runs), default=0) <= _POINTS

    @property
    def epochs(self) -> tuple[int, int]:
        """The first and the last epoch that any drawn run has."""
        spans = [(int(run.history.epoch[0]), int(run.history.epoch[-1])) for _, run in self.drawn_runs]
        return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else (0, 1)

    @property
    def marks_best(self) -> bool:
        """Whether any of its metrics has a best epoch."""
        metrics = (metric_of(self.kind, axis.key) for axis in self.axes)
        return any(metric is not None and metric.lower_is_better is not None for metric in metrics)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The epochs of one phase of a run."""

    title: str
    first: int
    last: int


def stretches(run: ChartRun) -> tuple[Stretch, ...]:
    """The phases of a run in order; none where it has only one."""
    history = run.history
    if len(set(history.phases)) < 2:
        return ()
    phases = []
    for name, group in groupby(zip(history.phases, history.epoch.tolist(), strict=True), key=lambda pair: pair[0]):
        epochs = [epoch for _, epoch in group]
        title = run.phase_titles.get(name) or name.replace("_", " ").capitalize()
        phases.append(Stretch(title, epochs[0], epochs[-1]))
    return tuple(phases)


def offered_charts(kind: Family) -> tuple[Chart, ...]:
    """The charts of a family's runs, in the order in which they are offered: those that only some runs have are last."""
    return tuple(sorted(charts_of(kind), key=lambda chart: _is_optional(kind, chart)))


def is_offered(kind: Family, chart: Chart, runs: Sequence[ChartRun]) -> bool:
    """Whether there is such a chart of some runs; one that only some runs have is offered where one of these has it."""
    return not _is_optional(kind, chart) or any(has_numbers(run.history, kind, chart) for run in runs)


def has_numbers(history: RunHistory, kind: Family, chart: Chart) -> bool:
    """Whether a run of any family has something to draw on a chart of `kind`."""
    return any(_says(history, metric) for metric in _metrics(kind, chart))


def heat_metric(kind: Family, chart: Chart) -> Metric | None:
    """The metric of each axis that a chart shows as a heat map; None where it shows curves."""
    return next((metric for metric in _metrics(kind, chart) if metric.per_axis), None)


def axis_words(metric: Metric) -> tuple[str, str]:
    """Names of a per-axis metric's numbers and of an axis: ("KL", "dimension") of "KL per dimension"."""
    name, separator, axis = metric.title.partition(" per ")
    return name, axis if separator else "axis"


def within(title: str) -> str:
    """A title as it reads within a sentence: "total correlation", but "KL"."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def plural(axis: str) -> str:
    """The plural of an axis's name."""
    return "axes" if axis == "axis" else f"{axis}s"


def drawing_of(runs: Sequence[ChartRun], options: ChartOptions) -> Drawing:
    """The chart of some runs.

    Args:
        runs: the chosen one first, whose family says what there is to see; those without an epoch are left out.
        options: what to show of them.
    """
    kind = runs[0].history.family if runs else family(DEFAULT)
    chart = chart_of(kind, options.chart) or charts_of(kind)[0]
    runs = tuple(run for run in runs if len(run.history))
    per_axis = heat_metric(kind, chart)
    if per_axis is not None:
        return Drawing(options, kind, chart, runs[:1], heat=_heat(runs[0].history, per_axis) if runs else None)
    several = len(runs) > 1
    known = list(enumerate(_metrics(kind, chart)))
    metrics = [
        (place, metric) for place, metric in known if not metric.optional or any(_says(run.history, metric) for run in runs)
    ] or known
    series: list[Series] = []
    for axis, (place, metric) in enumerate(metrics):
        for number, run in enumerate(runs):
            if _says(run.history, metric):
                for column in columns_of(kind, metric.key):
                    values = np.asarray(run.history.column(column), dtype=np.float64)
                    role = number if several else place
                    series.append(Series(axis, number, role, _is_validation(kind, column), run.history.epoch, values))
    drawn = {one.run for one in series}
    return Drawing(
        options,
        kind,
        chart,
        runs,
        left_out=tuple(number for number in range(len(runs)) if number not in drawn),
        axes=tuple(_axis(metric, None if several or len(metrics) < 2 else place) for place, metric in metrics),
        shares_area=not several and len(metrics) == 2,
        series=tuple(series),
    )


def _metrics(kind: Family, chart: Chart) -> list[Metric]:
    """What has an axis on a chart."""
    return [metric for key in chart.metrics if (metric := metric_of(kind, key)) is not None]


def _is_optional(kind: Family, chart: Chart) -> bool:
    return all(metric.optional for metric in _metrics(kind, chart))


def _says(history: RunHistory, metric: Metric) -> bool:
    """Whether a run has numbers of a metric, from its own family or from another that measures the same in the same unit."""
    own = metric_of(history.family, metric.key)
    return own is not None and own.unit == metric.unit and history.says(metric.key)


def _is_validation(kind: Family, column: str) -> bool:
    """Whether a column is measured on validation pictures, as are metrics of the whole model; the speed is that of training."""
    if column.startswith((TRAIN, VALID)):
        return column.startswith(VALID)
    return kind.metric(column) is not None


def _axis(metric: Metric, role: int | None) -> Axis:
    title, unit = tr(metric.title), tr(metric.unit) if metric.unit else ""
    label = f"{title}, {unit}" if unit else title
    brief = f"{title}, {tr(metric.unit.partition(' per ')[0])}" if unit else title
    briefs = tuple(text for text in dict.fromkeys((brief, title)) if text != label)
    return Axis(label, title, briefs, role, metric.key, metric.from_zero, metric.whole_numbers)


def _heat(history: RunHistory, metric: Metric) -> Heat | None:
    if not _says(history, metric):
        return None
    values = history.per_axis(metric.key)
    # The last epoch with numbers decides the order; in a live run it is the newest.
    last = next(row for row in values[::-1] if np.isfinite(row).any())
    order = np.argsort(-np.where(np.isfinite(last), last, -np.inf), kind="stable")
    name, axis = axis_words(metric)
    return Heat(history.epoch, values, order, name, metric.unit, axis)


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One run's numbers."""

    role: int
    name: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The measured numbers of one epoch, never smoothed ones."""

    line: str
    named: str = ""
    """The same in less room, saying once which numbers are training and which validation; "" where only one is given."""
    short: str = ""
    """The same in less room, with "training / validation" for both; "" where the line is short itself."""
    columns: tuple[str, ...] = ()
    rows: tuple[ReadingRow, ...] = ()
    """Only where there are several runs."""


def nearest_epoch(drawing: Drawing, x: float) -> int | None:
    """The epoch of any run that lies nearest to a place on the axis; None where there is no epoch."""
    epochs = [int(run.history.epoch[_nearest(run.history.epoch, x)]) for _, run in drawing.drawn_runs]
    return min(epochs, key=lambda epoch: (abs(epoch - x), epoch)) if epochs else None


def place_of(epochs: np.ndarray, epoch: int) -> int | None:
    """The row of an epoch, None where there is none."""
    place = int(np.searchsorted(epochs, epoch))
    return place if place < len(epochs) and epochs[place] == epoch else None


def read(drawing: Drawing, epoch: int, rank: int | None = None) -> Reading:
    """The chart's numbers at an epoch.

    Args:
        drawing: the chart.
        epoch: one that some run has.
        rank: a heat map's row, from 0; None: no particular one.
    """
    if drawing.several:
        return _read_several(drawing, epoch)
    run = drawing.runs[0]
    place = place_of(run.history.epoch, epoch)
    head = tr("Epoch {epoch}").format(epoch=f"{epoch:,}")
    if place is None:
        return Reading(head)
    if drawing.heat is not None:
        return Reading("   ".join([head, *_cell(drawing.heat, place, rank)]))
    line, short = ("   ".join([head, *_facts(drawing, run, place, in_words=in_words)]) for in_words in (True, False))
    if short == line:
        return Reading(line)
    return Reading(line, short.replace(head, tr("{epoch}, training / validation").format(epoch=head), 1), short)


def read_last(drawing: Drawing) -> Reading:
    """The chart's numbers while nothing is pointed at."""
    if drawing.several:
        text = tr("{count} runs: point at the curves to read them").format(count=len(drawing.drawn_runs))
        if drawing.left_out:
            text = tr("{count} of {all} runs: point at the curves to read them")
            text = text.format(count=len(drawing.drawn_runs), all=len(drawing.runs))
        return Reading(text if len(drawing.drawn_runs) > 1 else tr("Point at the curves to read them"))
    return read(drawing, _last_said(drawing))


def _last_said(drawing: Drawing) -> int:
    """The last epoch that has any of the numbers: in another phase there may be none."""
    curves = [(series.epoch, np.isfinite(series.values)) for series in drawing.series]
    if drawing.heat is not None:
        curves = [(drawing.heat.epoch, np.isfinite(drawing.heat.values).any(axis=1))]
    return max((int(epoch[there][-1]) for epoch, there in curves if there.any()), default=drawing.epochs[1])


def number_words(metric: Metric, value: float) -> str:
    """A metric's number as it is listed: with the digits that its family sets, or as many as it needs; "–" for NaN."""
    if metric.digits is None or not np.isfinite(value):
        return exact_text(value, whole=metric.whole_numbers)
    return f"{value:,.{metric.digits}f}".replace("-", "\N{MINUS SIGN}")


def _facts(drawing: Drawing, run: ChartRun, place: int, in_words: bool) -> list[str]:
    """The metrics on the axes, then those that are only listed."""
    facts = []
    for number, axis in enumerate(drawing.axes):
        metric = metric_of(drawing.kind, axis.key)
        parts = [axis.short, _values(drawing, 0, number, place, in_words)]
        columns = columns_of(drawing.kind, axis.key)
        if metric is not None and len(columns) == 1 and np.isfinite(run.history.column(columns[0])[place]):
            parts.append(_unit(drawing, run, metric))
        facts.append(" ".join(part for part in parts if part))
    for key in drawing.chart.also:
        metric = metric_of(drawing.kind, key)
        values = [float(run.history.column(column)[place]) for column in columns_of(drawing.kind, key)]
        if metric is not None and np.isfinite(values).any():
            texts = _both([number_words(metric, value) for value in values], in_words)
            facts.append(" ".join(part for part in (tr(metric.title), texts, tr(metric.unit) if metric.unit else "") if part))
    return facts


def _unit(drawing: Drawing, run: ChartRun, metric: Metric) -> str:
    """The suffix of a number: its unit, unless the title has it; for counts, out of how many."""
    for other in drawing.kind.metrics:
        if other.per_axis and metric.whole_numbers and metric.unit == plural(axis_words(other)[1]):
            count = run.history.per_axis(other.key).shape[1]
            if count:
                return tr("of {count} {axes}").format(count=f"{count:,}", axes=tr(metric.unit))
    return tr(metric.unit) if metric.unit and metric.unit.casefold() not in metric.title.casefold() else ""


def _cell(heat: Heat, place: int, rank: int | None) -> list[str]:
    """An axis of the code, or all of them together."""
    name, axis = tr(heat.name), tr(heat.axis)
    if rank is None:
        total = exact_text(float(np.nansum(heat.values[place]))) if np.isfinite(heat.values[place]).any() else exact_text(np.nan)
        words = " ".join(part for part in (name, total, heat.unit) if part)
        return [tr("{sum} over {count} {axes}").format(sum=words, count=f"{len(heat.order):,}", axes=tr(plural(heat.axis)))]
    index = int(heat.order[rank])
    named = tr("{axis} {index}, number {rank} by final {name}")
    value = exact_text(float(heat.values[place, index]))
    return [
        named.format(axis=axis.capitalize(), index=index, rank=rank + 1, name=within(name)),
        " ".join(part for part in (value, heat.unit) if part),
    ]


def _read_several(drawing: Drawing, epoch: int) -> Reading:
    rows = []
    for number, run in drawing.drawn_runs:
        place = place_of(run.history.epoch, epoch)
        if place is not None:
            rows.append(
                ReadingRow(number, run.name, tuple(_values(drawing, number, axis, place) for axis in range(len(drawing.axes))))
            )
    columns = tuple(axis.short for axis in drawing.axes)
    line = tr("Epoch {epoch}").format(epoch=f"{epoch:,}")
    if any(" / " in text for row in rows for text in row.texts):
        line = tr("{epoch}: training / validation").format(epoch=line)
    return Reading(line, columns=columns, rows=tuple(rows))


def _values(drawing: Drawing, run: int, axis: int, place: int, in_words: bool = False) -> str:
    """One run's numbers on an axis: of training and validation."""
    whole, metric = drawing.axes[axis].whole_numbers, metric_of(drawing.kind, drawing.axes[axis].key)
    values = [series.values[place] for series in drawing.series if series.axis == axis and series.run == run]
    texts = [exact_text(float(one), whole=whole) if metric is None else number_words(metric, float(one)) for one in values]
    return _both(texts, in_words) or exact_text(np.nan)


def _both(texts: Sequence[str], in_words: bool) -> str:
    """The numbers of training and validation; a single one as it is."""
    if in_words and len(texts) == 2:
        return tr("training {train}, validation {valid}").format(train=texts[0], valid=texts[1])
    return " / ".join(texts)


def _nearest(epochs: np.ndarray, x: float) -> int:
    right = min(int(np.searchsorted(epochs, x)), len(epochs) - 1)
    return right - 1 if right and x - epochs[right - 1] <= epochs[right] - x else right


_PALER = 0.5  # how far hues used a second time are mixed with the background


@dataclass(frozen=True, slots=True)
class ChartStyle:
    """Lengths in device-independent pixels, colours as "#rrggbb"."""

    width: int
    height: int
    ratio: float
    """Pixels of the screen per device-independent pixel."""
    family: str
    em: int
    """Height of the font."""
    is_dark: bool
    ground: str
    text: str
    muted: str
    line: str
    border: str
    tick: str
    hues: tuple[str, ...]

    def color(self, role: int) -> str:
        """The colour of a curve, by its metric's place or its run's number. After the last hue they begin again, paler."""
        turn, place = divmod(role, len(self.hues))
        return self.hues[place] if turn % 2 == 0 else _mixed(self.hues[place], self.ground, _PALER)


def screen_style(size: QSize, ratio: float) -> ChartStyle:
    """In the theme that is in use, on a card."""
    theme = colors()
    return _style(theme, theme.panel, size, ratio)


def paper_style(size: QSize, ratio: float) -> ChartStyle:
    """Black on white, whatever the theme, for files."""
    return _style(theme_colors(dark=False), QColor(Qt.GlobalColor.white), size, ratio)


def _style(theme: ThemeColors, ground: QColor, size: QSize, ratio: float) -> ChartStyle:
    font = QFontInfo(QApplication.font())
    return ChartStyle(
        width=max(1, size.width()),
        height=max(1, size.height()),
        ratio=ratio,
        family=font.family(),
        em=font.pixelSize(),
        is_dark=theme.is_dark,
        ground=ground.name(),
        text=theme.text.name(),
        muted=theme.muted_text.name(),
        line=theme.line.name(),
        border=theme.border.name(),
        tick=theme.tick.name(),
        hues=tuple(hue.name() for hue in theme.hues),
    )


def _mixed(name: str, other: str, share: float) -> str:
    one, two = QColor(name), QColor(other)
    parts = (one.red(), two.red()), (one.green(), two.green()), (one.blue(), two.blue())
    return QColor(*(round(a + share * (b - a)) for a, b in parts)).name()


SWATCH = 24  # pixels, the piece of line before an entry
_GAP = 7
_BETWEEN = 20
_SIDE_BY_SIDE = 280  # width of each from which areas are side by side
_BAR = 12  # width of the colour bar
_LEAST = 16  # pixels


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in device-independent pixels, y from the top."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """In pixels."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class View:
    """What part of the chart is seen; None: all of it."""

    x: tuple[float, float] | None = None
    y: tuple[tuple[float, float] | None, ...] = ()
    """Limits of each axis; missing ones show all."""

    def limits(self, axis: int) -> tuple[float, float] | None:
        """An axis's limits, lower first; None: all of it."""
        return self.y[axis] if axis < len(self.y) else None

    @property
    def is_whole(self) -> bool:
        """Whether all of the chart is in view."""
        return self == View()


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A place on the picture that shows data."""

    axis: int
    box: Box
    to_pixels: Transform
    """From data to matplotlib's pixels (y from below, of the screen); frozen, so that any thread may use it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the legend."""

    x: float
    y: float
    room: float
    """For its text."""


def legend(widths: Sequence[float], width: float, em: float) -> tuple[list[Entry], float]:
    """The places of a legend's entries, in as many rows as needed, and their total height.

    Args:
        widths: of their texts.
        width: of the chart.
        em: height of the font.
    """
    places: list[Entry] = []
    row, x = 0, 2.0
    for wide in widths:
        taken = SWATCH + _GAP + min(wide, width - SWATCH - _GAP - 4)
        if x > 2 and x + taken > width - 2:
            row, x = row + 1, 2.0
        places.append(Entry(x, em * (0.8 + 1.6 * row), width - x - SWATCH - _GAP - 2))
        x += taken + _BETWEEN
    return places, em * 1.6 * (row + 1) if widths else 0.0


def shortened(about: str, phrases: int) -> str:
    """The first phrases of what sets a run apart: "beta 4, …"; empty for none of them."""
    parts = about.split(", ") if about else []
    return about if len(parts) <= phrases else ", ".join([*parts[:phrases], "…"]) if phrases else ""


def text_of(entry: Entry) -> float:
    """Where an entry's text begins."""
    return entry.x + SWATCH + _GAP


def areas(width: float, height: float, above: float, em: float, ticks: Sequence[float], *, shares_area: bool) -> list[Box]:
    """The areas of all axes.

    Args:
        width: of the chart.
        height: of the chart.
        above: height of the legend.
        em: height of the font.
        ticks: width of the longest number of each axis.
        shares_area: the second axis is on the right of the first one's area.
    """
    sides = [wide + em * 1.7 + 14 for wide in ticks]
    top, bottom = above + em * 1.4, height - em * 3.5
    if len(ticks) < 2 or shares_area:
        right = width - sides[1] if shares_area and len(sides) > 1 else width - em * 0.9
        return [_sound(Box(sides[0], top, right, bottom))] * len(ticks)
    count = len(sides)
    if width >= _SIDE_BY_SIDE * count:
        part = width / count
        return [
            _sound(Box(part * number + (em * 0.3 if number else 0) + side, top, part * (number + 1) - em * 0.9, bottom))
            for number, side in enumerate(sides)
        ]
    left = max(sides)
    between = em * 2.7  # for the numbers of the epochs; what they are is said under the last area
    part = (height - above - em * 3.9 - between * (count - 1)) / count
    return [
        _sound(Box(left, start, width - em * 0.9, start + part))
        for start in (above + em * 0.7 + (part + between) * number for number in range(count))
    ]


def heat_areas(width: float, height: float, em: float, ticks: float, bar_ticks: float) -> tuple[Box, Box]:
    """The area of a heat map and that of its colour bar."""
    top, bottom = em * 0.9, height - em * 3.5
    beside = bar_ticks + em * 1.7 + 14
    main = _sound(Box(ticks + em * 1.7 + 14, top, width - beside - _BAR - em * 1.2, bottom))
    return main, Box(main.right + em * 1.2, main.top, main.right + em * 1.2 + _BAR, main.bottom)


def _sound(box: Box) -> Box:
    """An area of at least some pixels, however small the chart."""
    return Box(box.left, box.top, max(box.right, box.left + _LEAST), max(box.bottom, box.top + _LEAST))

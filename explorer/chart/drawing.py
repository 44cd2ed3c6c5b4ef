"""What a chart shows: its runs, curves and axes, or the numbers of each axis of a code. Knows neither colours nor places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np
from PySide6.QtCore import QCoreApplication

from core.families.base import Chart, Family, Metric
from core.families.registry import DEFAULT, family
from core.runs.history import TRAIN, VALID, RunHistory
from core.runs.history_table import chart_of, charts_of, columns_of, metric_of

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
    common: Axis | None = None
    """What all axes are drawn as, where their quantities are compared on one."""
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
        shares_area=not several and len(metrics) == 2 and not chart.shares_axis,
        common=_common(chart, [metric for _, metric in metrics]) if chart.shares_axis and not several else None,
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
    title, unit = tr(metric.title), tr(metric.shown_unit) if metric.unit else ""
    label = f"{title}, {unit}" if unit else title
    brief = f"{title}, {tr(metric.unit.partition(' per ')[0])}" if unit else title
    briefs = tuple(text for text in dict.fromkeys((brief, title)) if text != label)
    return Axis(label, title, briefs, role, metric.key, metric.from_zero, metric.whole_numbers)


def _common(chart: Chart, metrics: Sequence[Metric]) -> Axis:
    """The axis of several metrics that are the same quantity, called as their chart."""
    first = metrics[0]
    named = replace(first, title=chart.title, from_zero=all(metric.from_zero for metric in metrics))
    return _axis(named, None)


def _heat(history: RunHistory, metric: Metric) -> Heat | None:
    if not _says(history, metric):
        return None
    values = history.per_axis(metric.key)
    # The last epoch with numbers decides the order; in a live run it is the newest.
    last = next(row for row in values[::-1] if np.isfinite(row).any())
    order = np.argsort(-np.where(np.isfinite(last), last, -np.inf), kind="stable")
    name, axis = axis_words(metric)
    return Heat(history.epoch, values, order, name, metric.shown_unit, axis)

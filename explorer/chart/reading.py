"""What a chart says of one epoch: a line of text for one run, a small table for several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.families.base import Metric
from core.runs.history_table import columns_of, metric_of
from explorer.chart.model import ChartRun, Drawing, Heat, axis_words, plural, tr, within
from explorer.chart.numbers import exact_text


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
    columns: tuple[str, ...] = ()
    rows: tuple[ReadingRow, ...] = ()
    """Only where there are several runs."""


def nearest_epoch(drawing: Drawing, x: float) -> int | None:
    """The epoch of any run that lies nearest to a place on the axis; None where there is no epoch."""
    found = [int(run.history.epoch[_nearest(run.history.epoch, x)]) for _, run in drawing.drawn_runs]
    return min(found, key=lambda epoch: (abs(epoch - x), epoch)) if found else None


def place_of(epochs: np.ndarray, epoch: int) -> int | None:
    """The row of an epoch, None where there is none."""
    place = int(np.searchsorted(epochs, epoch))
    return place if place < len(epochs) and epochs[place] == epoch else None


def read(drawing: Drawing, epoch: int, rank: int | None = None) -> Reading:
    """What the chart says of an epoch.

    Args:
        drawing: the chart.
        epoch: one that some run has.
        rank: of a heat map the row, from 0; None: no certain one.
    """
    if drawing.several:
        return _read_several(drawing, epoch)
    run = drawing.runs[0]
    place = place_of(run.history.epoch, epoch)
    head = tr("Epoch {epoch}").format(epoch=f"{epoch:,}")
    if place is None:
        return Reading(head)
    facts = _facts(drawing, run, place) if drawing.heat is None else _cell(drawing.heat, place, rank)
    return Reading("   ".join([head, *facts]))


def read_last(drawing: Drawing) -> Reading:
    """What the chart says while nothing is pointed at."""
    if drawing.several:
        said = tr("{count} runs: point at the curves to read them").format(count=len(drawing.drawn_runs))
        return Reading(said if len(drawing.drawn_runs) > 1 else tr("Point at the curves to read them"))
    return read(drawing, _last_said(drawing))


def _last_said(drawing: Drawing) -> int:
    """The last epoch that has any of the numbers: in another phase there may be none."""
    curves = [(series.epoch, np.isfinite(series.values)) for series in drawing.series]
    if drawing.heat is not None:
        curves = [(drawing.heat.epoch, np.isfinite(drawing.heat.values).any(axis=1))]
    return max((int(epoch[there][-1]) for epoch, there in curves if there.any()), default=drawing.epochs[1])


def number_words(metric: Metric, value: float) -> str:
    """A metric's number as it is listed: with as many digits as its family wants, or as such a number needs; "–" for NaN."""
    if metric.digits is None or not np.isfinite(value):
        return exact_text(value, whole=metric.whole_numbers)
    return f"{value:,.{metric.digits}f}".replace("-", "\N{MINUS SIGN}")


def _facts(drawing: Drawing, run: ChartRun, place: int) -> list[str]:
    """What stands on the axes, and then what is only read."""
    facts = []
    for number, axis in enumerate(drawing.axes):
        metric = metric_of(drawing.kind, axis.key)
        said = [axis.short, _values(drawing, 0, number, place)]
        columns = columns_of(drawing.kind, axis.key)
        if metric is not None and len(columns) == 1 and np.isfinite(run.history.column(columns[0])[place]):
            said.append(_unit(drawing, run, metric))
        facts.append(" ".join(part for part in said if part))
    for key in drawing.chart.also:
        metric = metric_of(drawing.kind, key)
        values = [float(run.history.column(column)[place]) for column in columns_of(drawing.kind, key)]
        if metric is not None and np.isfinite(values).any():
            texts = " / ".join(number_words(metric, value) for value in values)
            facts.append(" ".join(part for part in (tr(metric.title), texts, tr(metric.unit) if metric.unit else "") if part))
    return facts


def _unit(drawing: Drawing, run: ChartRun, metric: Metric) -> str:
    """What follows a single number: its unit, unless the title says it; and where they can be counted, of how many."""
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
        said = " ".join(part for part in (name, total, heat.unit) if part)
        return [tr("{sum} over {count} {axes}").format(sum=said, count=f"{len(heat.order):,}", axes=tr(plural(heat.axis)))]
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
    return Reading(tr("Epoch {epoch}").format(epoch=f"{epoch:,}"), columns, tuple(rows))


def _values(drawing: Drawing, run: int, axis: int, place: int) -> str:
    """One run's numbers on an axis: training / validation."""
    whole = drawing.axes[axis].whole_numbers
    values = [series.values[place] for series in drawing.series if series.axis == axis and series.run == run]
    return " / ".join(exact_text(float(value), whole=whole) for value in values) or exact_text(np.nan)


def _nearest(epochs: np.ndarray, x: float) -> int:
    right = min(int(np.searchsorted(epochs, x)), len(epochs) - 1)
    return right - 1 if right and x - epochs[right - 1] <= epochs[right] - x else right

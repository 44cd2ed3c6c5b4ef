"""What is read off a chart: the numbers of the epoch that is pointed at, or of the last one, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.families.base import Metric
from core.runs.history_table import columns_of, metric_of
from explorer.chart.axis_numbers import exact_text, number_words
from explorer.chart.drawing import ChartRun, Drawing, Heat, axis_words, plural, tr, within


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
            facts.append(" ".join(part for part in (tr(metric.title), texts, tr(metric.shown_unit) if metric.unit else "") if part))
    return facts


def _unit(drawing: Drawing, run: ChartRun, metric: Metric) -> str:
    """The suffix of a number: its unit, unless the title has it; for counts, out of how many."""
    for other in drawing.kind.metrics:
        if other.per_axis and metric.whole_numbers and metric.unit == plural(axis_words(other)[1]):
            count = run.history.per_axis(other.key).shape[1]
            if count:
                return tr("of {count} {axes}").format(count=f"{count:,}", axes=tr(metric.unit))
    return tr(metric.shown_unit) if metric.unit and metric.unit.casefold() not in metric.title.casefold() else ""


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

"""The numbers of several runs as one table: a row for each epoch of each run, in full precision."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

import numpy as np

from core.families.base import BOTH, WHOLE, Chart, Family, Metric
from core.families.registry import DEFAULT, family
from core.runs.history import TRAIN, VALID, RunHistory

SPEED = Chart("speed", "Speed", "Training pictures a second, over each whole epoch", ("images_per_second",), ("seconds",))
"""The chart that runs of every family have."""
_SPEED_METRICS = (
    Metric("images_per_second", "Speed", "pictures/s", where=WHOLE, from_zero=True, digits=1),
    Metric("seconds", "Time", "s", where=WHOLE, digits=1),
)


def charts_of(kind: Family) -> tuple[Chart, ...]:
    """The charts of a family's runs."""
    return (*kind.charts, SPEED)


def chart_of(kind: Family, key: str) -> Chart | None:
    """A chart by its key, or None where runs of that family have none of it."""
    return next((chart for chart in charts_of(kind) if chart.key == key), None)


def metric_of(kind: Family, key: str) -> Metric | None:
    """A metric of a family's runs, those of their speed among them; None where they have none of that key."""
    return kind.metric(key) or next((one for one in _SPEED_METRICS if one.key == key), None)


def columns_of(kind: Family, key: str) -> tuple[str, ...]:
    """A metric's columns, by their names in `metrics.csv`: on both parts, on one, or of the whole model."""
    metric = kind.metric(key)
    if metric is None or metric.where == WHOLE:
        return (key,)
    return (TRAIN + key, VALID + key) if metric.where == BOTH else (VALID + key,)


def table_columns(kind: Family, chart_key: str) -> tuple[str, ...]:
    """The columns of a chart's table after `run` and `epoch`; the key of a metric of each axis stands for all."""
    chart = chart_of(kind, chart_key)
    if chart is None:
        return ()
    keys = (*chart.metrics, *chart.also)
    return tuple(column for key in keys for column in ((key,) if _is_per_axis(kind, key) else columns_of(kind, key)))


def history_csv(runs: Sequence[tuple[str, RunHistory]], what: str) -> str:
    """A table as CSV: `run`, `epoch`, and a chart's columns; numbers that are missing are empty.

    A metric of each axis becomes a column for each (`kl_0`, `kl_1`...), as many as the largest run has.

    Args:
        runs: name and history of each; of any families.
        what: a chart's key.
    """
    kinds = list(dict.fromkeys(history.family_name for _, history in runs)) or [DEFAULT]
    names = list(dict.fromkeys(name for kind in kinds for name in table_columns(family(kind), what)))
    widths = {name: max((history.per_axis(name).shape[1] for _, history in runs), default=0) for name in names}
    heads = [head for name in names for head in (_axis_names(name, widths[name]) if widths[name] else [name])]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["run", "epoch", *heads])
    for run, history in runs:
        parts = [_values(history, name, widths[name]) for name in names]
        values = np.concatenate(parts, axis=1) if parts else np.empty((len(history), 0))
        for epoch, row in zip(history.epoch.tolist(), values.tolist(), strict=True):
            table.writerow([run, epoch, *("" if math.isnan(value) else _plain(value) for value in row)])
    return text.getvalue()


def _is_per_axis(kind: Family, key: str) -> bool:
    metric = kind.metric(key)
    return metric is not None and metric.per_axis


def _axis_names(name: str, width: int) -> list[str]:
    return [f"{name.partition('_per_')[0]}_{axis}" for axis in range(width)]


def _values(history: RunHistory, name: str, width: int) -> np.ndarray:
    """(E, width or 1) numbers of a column."""
    if not width:
        return history.column(name)[:, None]
    there = history.per_axis(name)
    return np.pad(there, ((0, 0), (0, width - there.shape[1])), constant_values=np.nan)


def _plain(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)

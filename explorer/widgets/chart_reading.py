"""What a chart says of one epoch: a line of text for one run, a small table for several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.widgets.chart_model import ChartKind, ChartRun, Drawing, Role, tr
from explorer.widgets.plot_numbers import exact_text


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One run's numbers."""

    role: Role
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
    found = [int(run.history.epoch[_nearest(run.history.epoch, x)]) for run in drawing.runs if len(run.history)]
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
    return Reading("   ".join([head, *_facts(drawing, run, place, rank)]) if place is not None else head)


def read_last(drawing: Drawing) -> Reading:
    """What the chart says while nothing is pointed at."""
    if drawing.several:
        return Reading(tr("{count} runs: point at the curves to read them").format(count=len(drawing.runs)))
    return read(drawing, drawing.epochs[1])


def _facts(drawing: Drawing, run: ChartRun, place: int, rank: int | None) -> list[str]:
    history, kind = run.history, drawing.options.kind
    if kind is ChartKind.KL_PER_DIM:
        heat = drawing.heat
        if heat is None:
            return []
        if rank is None:
            whole = tr("KL {kl} nats over {count} dimensions")
            return [whole.format(kl=exact_text(float(history.valid_kl[place])), count=f"{len(heat.order):,}")]
        named = tr("Dimension {dimension}, number {rank} by final KL").format(dimension=int(heat.order[rank]), rank=rank + 1)
        return [named, tr("{kl} nats").format(kl=exact_text(float(heat.kl[place, heat.order[rank]])))]
    if kind is ChartKind.ACTIVE_UNITS:
        said = tr("{active} of {count} dimensions are active")
        return [said.format(active=f"{history.active_units[place]:,}", count=f"{history.kl_per_dim.shape[1]:,}")]
    if kind is ChartKind.SPEED:
        speed = tr("{speed} images/s").format(speed=exact_text(float(history.images_per_second[place])))
        return [speed, tr("{seconds} s").format(seconds=exact_text(float(history.seconds[place])))]
    facts = [f"{axis.short} {_values(drawing, 0, number, place)}" for number, axis in enumerate(drawing.axes)]
    if kind is ChartKind.LOSS and np.isfinite(history.psnr[place]):
        facts.append(tr("PSNR {psnr} dB").format(psnr=f"{history.psnr[place]:.2f}"))
    return facts


def _read_several(drawing: Drawing, epoch: int) -> Reading:
    rows = []
    for number, run in enumerate(drawing.runs):
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
    return " / ".join(exact_text(float(value), whole=whole) for value in values)


def _nearest(epochs: np.ndarray, x: float) -> int:
    right = min(int(np.searchsorted(epochs, x)), len(epochs) - 1)
    return right - 1 if right and x - epochs[right - 1] <= epochs[right] - x else right

"""What a training chart shows, without how: which curves of which runs on which axes. Knows neither matplotlib nor widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from PySide6.QtCore import QCoreApplication

from core.training.run_history import RunHistory

_FEW = 30  # below that many epochs each has a marker


def tr(text: str) -> str:
    """A text of the chart in the person's language."""
    return QCoreApplication.translate("TrainingChart", text)


class ChartKind(StrEnum):
    """The charts that there are; the values are those of `core.training.history_table.TABLES`."""

    LOSS = "loss"
    ELBO = "elbo"
    KL_PER_DIM = "kl_per_dim"
    ACTIVE_UNITS = "active_units"
    SPEED = "speed"
    TOTAL_CORRELATION = "total_correlation"
    """Only offered where a run has it: few objectives estimate it."""


@dataclass(frozen=True, slots=True, eq=False)
class ChartRun:
    """A run that is drawn."""

    name: str
    history: RunHistory
    about: str = ""
    """What sets it apart from the others: "beta 4, latent size 64"."""


@dataclass(frozen=True, slots=True)
class ChartOptions:
    """How the person wants to see it."""

    kind: ChartKind = ChartKind.LOSS
    log: bool = False
    smoothing: float = 0.0
    """Share of the moving average that stays from one epoch to the next; 0 = the curves as they are."""


Role = Literal["reconstruction", "kl"] | int
"""What a colour stands for: a part of the loss, or a run by its number."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One curve."""

    axis: int
    """Which of the drawing's axes."""
    run: int
    role: Role
    is_validation: bool
    epoch: np.ndarray
    values: np.ndarray
    """One an epoch, as measured; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A vertical axis."""

    label: str
    """With the unit."""
    short: str
    """Without."""
    brief: str = ""
    """The label of an axis that is too low for the whole one."""
    role: Role | None = None
    """In what colour it is drawn; None: as a neutral one."""
    from_zero: bool = False
    whole_numbers: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """KL of each dimension over the epochs."""

    epoch: np.ndarray
    kl: np.ndarray
    """(E, D) nats."""
    order: np.ndarray
    """(D,) the dimensions from the top down, the highest final KL first."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A whole chart; frozen, so that a worker thread can draw it while the next one is made."""

    options: ChartOptions
    runs: tuple[ChartRun, ...]
    """Those that are drawn; the first is the one that the person has chosen."""
    axes: tuple[Axis, ...] = ()
    shares_area: bool = False
    """Two axes on one area, left and right; otherwise each has an area of its own."""
    series: tuple[Series, ...] = ()
    heat: Heat | None = None

    @property
    def several(self) -> bool:
        """Whether hue tells runs apart."""
        return len(self.runs) > 1

    @property
    def few(self) -> bool:
        """Whether the epochs are so few that each is marked."""
        return max((len(run.history) for run in self.runs), default=0) < _FEW

    @property
    def epochs(self) -> tuple[int, int]:
        """The first and the last epoch that any run has."""
        spans = [(int(run.history.epoch[0]), int(run.history.epoch[-1])) for run in self.runs if len(run.history)]
        return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else (0, 1)


def drawing_of(runs: Sequence[ChartRun], options: ChartOptions) -> Drawing:
    """The chart of some runs.

    Args:
        runs: the chosen one first; those without an epoch are left out.
        options: what to show of them.
    """
    runs = tuple(run for run in runs if len(run.history))
    if options.kind is ChartKind.KL_PER_DIM:
        return Drawing(options, runs[:1], heat=_heat(runs[0].history) if runs else None)
    several = len(runs) > 1
    series: list[Series] = []

    def add(axis: int, role: Role, names: tuple[str, ...]) -> None:
        for number, run in enumerate(runs):
            for name in names:
                values = np.asarray(getattr(run.history, name), dtype=np.float64)
                is_validation = name.startswith("valid") or name == "active_units"
                series.append(Series(axis, number, number if several else role, is_validation, run.history.epoch, values))

    if options.kind is ChartKind.LOSS:
        add(0, "reconstruction", ("train_reconstruction", "valid_reconstruction"))
        add(1, "kl", ("train_kl", "valid_kl"))
        axes = (
            Axis(
                tr("Reconstruction, nats per image"),
                tr("Reconstruction"),
                tr("Reconstruction, nats"),
                None if several else "reconstruction",
            ),
            Axis(tr("KL, nats per image"), tr("KL"), tr("KL, nats"), None if several else "kl"),
        )
        return Drawing(options, runs, axes, shares_area=not several, series=tuple(series))
    if options.kind is ChartKind.ELBO:
        add(0, 0, ("train_elbo", "valid_elbo"))
        axis = Axis(tr("ELBO, nats per image"), tr("ELBO"), tr("ELBO, nats"))
    elif options.kind is ChartKind.ACTIVE_UNITS:
        add(0, 0, ("active_units",))
        axis = Axis(tr("Active units, dimensions"), tr("Active units"), tr("Active units"), from_zero=True, whole_numbers=True)
    elif options.kind is ChartKind.TOTAL_CORRELATION:
        add(0, 0, ("train_total_correlation", "valid_total_correlation"))
        axis = Axis(tr("Total correlation, nats"), tr("Total correlation"))
    else:
        add(0, 0, ("images_per_second",))
        axis = Axis(tr("Speed, images/s"), tr("Images/s"), from_zero=True)
    return Drawing(options, runs, (axis,), series=tuple(series))


def has_total_correlation(history: RunHistory) -> bool:
    """Whether the run's objective estimates it."""
    both = (history.train_total_correlation, history.valid_total_correlation)
    return any(bool(np.isfinite(values).any()) for values in both)


def _heat(history: RunHistory) -> Heat | None:
    kl = history.kl_per_dim
    if not kl.shape[1]:
        return None
    # The last epoch that has numbers decides the order: of a live run it is the one that has just come.
    last = next((row for row in kl[::-1] if np.isfinite(row).any()), kl[-1])
    return Heat(history.epoch, kl, np.argsort(-np.nan_to_num(last, nan=-1.0), kind="stable"))

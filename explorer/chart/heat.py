"""The heat map of a number of each axis of the code: which of them wake up, and when. Imports matplotlib."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from core.runs.decimation import binned
from explorer.chart.model import Heat
from explorer.chart.numbers import log_tick_text, tick_texts
from explorer.chart.scale import STEPS

_MAPS = {True: "magma", False: "magma_r"}  # perceptually uniform, and what is quiet comes close to the ground
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
        """Below that all colours are alike."""
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
    """The scale of a heat map: from nothing, or four decades, up to its highest value."""
    top = float(np.fmax.reduce(heat.values, axis=None, initial=0.0))
    return HeatScale(max(top, 1e-3), log, is_dark)


def draw_cells(axes: Axes, heat: Heat, scale: HeatScale, x: tuple[float, float], pixels: tuple[float, float]) -> None:
    """The cells, only of the epochs that are seen, so that zooming in shows each of them.

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
    """What the colours mean, on axes of its own."""
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
    """Ticks of the rows: round numbers from the first that is seen to the last, and row 1."""
    first, last = math.ceil(min(bottom, top)), math.floor(max(bottom, top))
    step = 1
    while (last - first) / step > 8:
        step *= 2
    round_ones = [rank for rank in range(first, last + 1) if rank % step == 0]
    return [1, *(rank for rank in round_ones if rank > 1)] if first <= 1 else round_ones

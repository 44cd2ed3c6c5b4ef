"""A vertical axis of a chart: linear or logarithmic, how far it reaches, where its ticks are and how they read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, SymmetricalLogLocator

from explorer.chart.model import Axis
from explorer.chart.numbers import limits, log_tick_text, tick_texts

MOST_DECADES = 1e15  # beyond that SymmetricalLogLocator counts in whole numbers that NumPy takes no logarithm of
STEPS = (1, 2, 2.5, 5, 10)  # between ticks


class Scale:
    """A vertical axis: linear, or logarithmic; where there are numbers below zero too, logarithmic away from zero."""

    def __init__(self, axis: Axis, parts: list[np.ndarray], log: bool) -> None:
        self._axis = axis
        numbers = np.concatenate([part[np.isfinite(part)] for part in parts]) if parts else np.empty(0)
        self._kind = "linear"
        self._threshold = 1.0
        if log and len(numbers) and numbers.max() > 0 and numbers.min() >= 0:
            self._kind = "log"
        elif log and len(numbers) and numbers.min() < 0:
            self._kind = "symlog"
            self._threshold = 10 ** (math.floor(math.log10(float(np.abs(numbers).max()))) - 2)
        low, high = limits([self._forward(part) for part in parts])
        if axis.from_zero and self._kind == "linear":
            low, high = 0.0, max(high, 1.0) if axis.whole_numbers or not high > 0 else high
        self.limits: tuple[float, float] = (self._backward(low), self._backward(high))

    def _forward(self, values: np.ndarray) -> np.ndarray:
        if self._kind == "log":
            return np.log10(np.where(values > 0, values, np.nan))
        if self._kind == "symlog":
            return np.arcsinh(values / self._threshold)
        return values

    def _backward(self, value: float) -> float:
        if self._kind == "log":
            return float(10**value)
        return float(np.sinh(value) * self._threshold) if self._kind == "symlog" else value

    def _has_decades(self, low: float, high: float) -> bool:
        """Whether powers of ten are enough as ticks."""
        if self._kind == "log":
            return low > 0 and high / low >= 30
        if max(abs(low), abs(high)) > MOST_DECADES:
            return False
        return self._kind == "symlog" and (low < 0 < high or max(abs(low), abs(high)) / min(abs(low), abs(high)) >= 30)

    def _locator(self, low: float, high: float) -> Any:
        if self._has_decades(low, high):
            if self._kind == "symlog":
                return SymmetricalLogLocator(base=10, linthresh=self._threshold)
            return LogLocator(subs=(1.0,) if high / low >= 1000 else (1.0, 3.0), numticks=9)
        return MaxNLocator(5, steps=STEPS, integer=self._axis.whole_numbers)

    def ticks(self, low: float, high: float) -> tuple[list[float], list[str]]:
        """Where the ticks of an axis from `low` to `high` are, and how they read."""
        spare = 1e-9 * (high - low)
        found = self._locator(low, high).tick_values(low, high)
        ticks = [float(tick) for tick in found if low - spare <= tick <= high + spare]
        return ticks, [log_tick_text(tick) for tick in ticks] if self._has_decades(low, high) else tick_texts(ticks)

    def apply(self, axes: Axes, low: float, high: float) -> None:
        """Make an axis such a one."""
        if self._kind == "log":
            axes.set_yscale("log", nonpositive="mask")
        elif self._kind == "symlog":
            axes.set_yscale("asinh", linear_width=self._threshold)
        axes.set_yticks(*self.ticks(low, high))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylim(low, high)


def text_width(texts: list[str], em: float) -> float:
    """About how wide the longest of some numbers is, in units of `em`."""
    return 0.56 * em * max((len(text) for text in texts), default=1)

"""What a noisy curve does: its level, its noise and where it was best, none of them moved by single epochs."""

from __future__ import annotations

import numpy as np

SPAN = 5  # epochs; a level is their median
_NORMAL = 1.4826  # standard deviation of a normal variable over the median of its absolute value


def smooth(values: np.ndarray, span: int = SPAN) -> np.ndarray:
    """Running medians, each over `span` values around its own; fewer at both ends.

    Args:
        values: (E,).
        span: an odd number.
    """
    half, count = span // 2, len(values)
    levels = np.empty(count)
    if count >= span:
        levels[half : count - half] = np.median(np.lib.stride_tricks.sliding_window_view(values, span), axis=1)
    for at in range(count):
        if at < half or at >= count - half or count < span:
            levels[at] = np.median(values[max(0, at - half) : at + half + 1])
    return levels


def level(values: np.ndarray, span: int = SPAN) -> float:
    """The median of the last values."""
    return float(np.median(values[-span:]))


def noise(values: np.ndarray) -> float:
    """Standard deviation of a single value around a smooth curve.

    From second differences, whose variance is six times that of independent noise and in which a trend cancels (Gasser,
    Sroka & Jennen-Steinmetz 1986, Biometrika 73), taken robustly from their median.

    Args:
        values: (E,); fewer than three have no second difference, and then it is infinite: nothing stands out from it.
    """
    if len(values) < 3:
        return float("inf")
    return float(_NORMAL * np.median(np.abs(np.diff(values, n=2))) / np.sqrt(6.0))

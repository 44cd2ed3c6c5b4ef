"""Curves without their jitter: an exponential moving average that starts without a bias."""

from __future__ import annotations

import numpy as np

_NEGLIGIBLE = 1e-17  # a weight that no longer changes a float64 sum


def smoothed(values: np.ndarray, weight: float) -> np.ndarray:
    """The exponential moving average of a curve, divided by what its weights sum to.

    The division is the bias correction of Adam (Kingma and Ba, arXiv 1412.6980, section 3): the first value stays what it is,
    and the average of a constant is that constant. Numbers that are missing weigh nothing.

    The geometric sums come from a scan that doubles its reach (Hillis and Steele, CACM 29(12), 1986), so that ten thousand
    epochs take a few array operations and no loop.

    Args:
        values: (E,) one an epoch; NaN where there is none, and there the result has none either.
        weight: how much of the average stays from one epoch to the next, 0 (no smoothing) up to but not 1.

    Returns:
        (E,) float64.
    """
    values = np.asarray(values, dtype=np.float64)
    if not weight or len(values) < 2:
        return values
    there = np.isfinite(values)
    found = np.full(len(values), np.nan)
    found[there] = _decayed(np.where(there, values, 0.0), weight)[there] / _decayed(there, weight)[there]
    return found


def _decayed(values: np.ndarray, weight: float) -> np.ndarray:
    """The sum of all values up to each, every one times `weight` to the power of how long ago it was."""
    total = np.array(values, dtype=np.float64)
    reach, factor = 1, weight
    while reach < len(total) and factor > _NEGLIGIBLE:
        before = total[:-reach] * factor
        total[reach:] += before
        reach, factor = 2 * reach, factor * factor
    return total

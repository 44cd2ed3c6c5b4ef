"""Curves for display: smoothed by a bias-corrected exponential moving average, and thinned to what a screen can show."""

from __future__ import annotations

import numpy as np

_NEGLIGIBLE = 1e-17  # a weight that no longer changes a float64 sum


def smoothed(values: np.ndarray, weight: float) -> np.ndarray:
    """The exponential moving average of a curve, divided by what its weights sum to.

    The division is the bias correction of Adam (Kingma and Ba, arXiv 1412.6980, section 3): the first value stays what it is,
    and the average of a constant is that constant. Missing numbers have no weight.

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
    averages = np.full(len(values), np.nan)
    averages[there] = _decayed(np.where(there, values, 0.0), weight)[there] / _decayed(there, weight)[there]
    return averages


def _decayed(values: np.ndarray, weight: float) -> np.ndarray:
    """The sum of all values up to each, each times `weight` to the power of its age."""
    total = np.array(values, dtype=np.float64)
    reach, factor = 1, weight
    while reach < len(total) and factor > _NEGLIGIBLE:
        before = total[:-reach] * factor
        total[reach:] += before
        reach, factor = 2 * reach, factor * factor
    return total


def decimated(x: np.ndarray, y: np.ndarray, low: float, high: float, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """The first, the lowest, the highest and the last point in each column of pixels, which draw the same line as all points.

    M4 of Jugel, Jerzak, Hackenbroich and Markl, "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014.

    Args:
        x: (N,) in rising order.
        y: (N,), NaN where there is none. A gap is kept where it fills a column.
        low: x at the left edge of what is seen.
        high: x at the right edge.
        columns: how many columns of pixels lie between; at least 1.

    Returns:
        x and y of at most 4 points a column, in order; one point beyond each edge stays, for the line that leads there.
    """
    first = max(0, int(np.searchsorted(x, low)) - 1)
    last = int(np.searchsorted(x, high, side="right")) + 1
    x, y = x[first:last], y[first:last]
    if len(x) <= 4 * columns or high <= low:
        return x, y
    column = np.floor((x - low) * (columns / (high - low)))
    there = np.isfinite(y)
    starts = _starts(column)
    empty = np.repeat(~np.logical_or.reduceat(there, starts), np.diff(starts, append=len(x)))
    kept = there | empty  # keeps a column's gap only where it has no number
    x, y, column = x[kept], y[kept], column[kept]
    starts = _starts(column)
    sizes = np.diff(starts, append=len(x))
    taken = [starts, starts + sizes - 1]
    for extreme in (np.fmin, np.fmax):
        places = np.flatnonzero(y == np.repeat(extreme.reduceat(y, starts), sizes))
        taken.append(places[_starts(column[places])])
    index = np.unique(np.concatenate(taken))
    return x[index], y[index]


def binned(x: np.ndarray, rows: np.ndarray, low: float, high: float, columns: int) -> np.ndarray:
    """Means of rows that fall into the same column of pixels.

    Args:
        x: (N,) in rising order, whole numbers apart.
        rows: (N, D), NaN where there is no number.
        low: x at the left edge, half a step before the first that is seen.
        high: x at the right edge, half a step after the last.
        columns: how many there may be; where fewer epochs lie between than that, each gets a column of its own.

    Returns:
        (C, D), C at most `columns`; NaN where a column holds nothing.
    """
    count = max(1, min(columns, round(high - low)))
    seen = slice(int(np.searchsorted(x, low)), int(np.searchsorted(x, high, side="right")))
    column = np.clip(np.floor((x[seen] - low) * (count / (high - low))), 0, count - 1).astype(np.int64)
    cells = np.full((count, rows.shape[1]), np.nan)
    if not len(column):
        return cells
    part, starts = rows[seen], _starts(column)
    total = np.add.reduceat(part, starts, axis=0)
    if np.isfinite(total).all():  # the usual case: one pass over what may be megabytes
        cells[column[starts]] = total / np.diff(starts, append=len(column))[:, None]
        return cells
    there = np.isfinite(part)
    total = np.add.reduceat(np.where(there, part, 0.0), starts, axis=0)
    number = np.add.reduceat(there.astype(np.int64), starts, axis=0)
    cells[column[starts]] = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return cells


def _starts(column: np.ndarray) -> np.ndarray:
    """Where each run of equal numbers begins."""
    if not len(column):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.concatenate(([True], column[1:] != column[:-1])))

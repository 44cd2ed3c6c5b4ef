"""The numbers of a chart's axes: from where to where they go, and how ticks and values read."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from core.families.base import Metric

_ROOM = 0.06  # share of an axis, beyond the curves
_SETTLED = 0.1  # share of the epochs, at the start, whose outliers may be out of view


def limits(series: Sequence[np.ndarray], *, from_zero: bool = False) -> tuple[float, float]:
    """Lower and upper end of an axis that shows the settled part of the curves whole, and the rest if it fits.

    Args:
        series: (E,) each; NaN where there is no number. For a logarithmic axis, their logarithms.
        from_zero: the axis begins at 0, or a little below it where a curve lies there, which would be cut in half otherwise.
    """
    series = [_from_first(part) for part in series]
    whole = np.concatenate([part[np.isfinite(part)] for part in series]) if series else np.empty(0)
    if not len(whole):
        return 0.0, 1.0
    low, high = float(whole.min()), float(whole.max())
    if max(len(part) for part in series) >= 8:
        settled = np.concatenate([part[max(2, int(len(part) * _SETTLED)) :] for part in series])
        settled = settled[np.isfinite(settled)]
        if len(settled):
            bottom, top = float(settled.min()), float(settled.max())
            reach = 3 * max(top - bottom, 1e-9)
            low, high = max(low, bottom - reach), min(high, top + reach)
    if from_zero and high > 0:
        return -_ROOM * high if low < _ROOM / 2 * high else 0.0, (1.0 + _ROOM) * high
    pad = _ROOM * (high - low) if high - low > 1e-6 * abs(high) else max(1e-3, 0.05 * abs(high))
    return low - pad, high + pad


def _from_first(part: np.ndarray) -> np.ndarray:
    """A curve without missing numbers at its start: some phases of a run have numbers of their own."""
    there = np.flatnonzero(np.isfinite(part))
    return part[there[0] :] if len(there) else part


def tick_texts(ticks: Sequence[float]) -> list[str]:
    """Texts of an axis's ticks: as many decimals as it takes to distinguish them, and real minus signs."""
    size = max((abs(tick) for tick in ticks), default=0.0)
    digits = next((n for n in range(9) if all(abs(round(tick, n) - tick) <= 1e-9 * size for tick in ticks)), 9)
    return [_minus(f"{tick + 0.0:,.{digits}f}") for tick in ticks]


def log_tick_text(value: float) -> str:
    """A tick's text on an axis of decades: "0.01", "1", "10,000"."""
    return _minus(f"{value:,.0f}" if abs(value) >= 1 or value == 0 else f"{value:.6f}".rstrip("0"))


def exact_text(value: float, *, whole: bool = False) -> str:
    """A value under the mouse: six digits or so, or a whole number; a dash for none."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    digits = 0 if whole else 1 if size >= 10_000 else 2 if size >= 100 else 3 if size >= 1 else 4
    return _minus(f"{value:,.{digits}f}")


def _minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")


def number_words(metric: Metric, value: float) -> str:
    """A metric's number as it is listed: with the digits that its family sets, or as many as it needs; "–" for NaN."""
    if metric.digits is None or not np.isfinite(value):
        return exact_text(value, whole=metric.whole_numbers)
    return _minus(f"{value:,.{metric.digits}f}")

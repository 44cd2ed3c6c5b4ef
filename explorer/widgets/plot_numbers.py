"""Numbers on a matplotlib chart: how far an axis reaches, how its ticks read, and in which font."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes

_SETTLED = 0.1  # share of the epochs whose outliers may leave the view


def limits(*series: np.ndarray) -> tuple[float, float]:
    """Lower and upper end of an axis that shows the settled part of the curves whole, and the rest if it fits."""
    whole = np.concatenate(series)
    if np.all(np.isnan(whole)):
        return 0.0, 1.0
    low, high = float(np.nanmin(whole)), float(np.nanmax(whole))
    length = len(series[0])
    if length >= 8:
        settled = np.concatenate([part[max(2, int(length * _SETTLED)) :] for part in series])
        if not np.all(np.isnan(settled)):
            bottom, top = float(np.nanmin(settled)), float(np.nanmax(settled))
            reach = 3 * max(top - bottom, 1e-9)
            low, high = max(low, bottom - reach), min(high, top + reach)
    pad = 0.06 * (high - low) or max(1.0, abs(high) * 0.05)
    return low - pad, high + pad


def tick_text(value: float, axes: Axes) -> str:
    """A tick's text, with just the digits that its axis needs and a real minus sign."""
    low, high = axes.get_ylim()
    step = abs(high - low) / 5
    digits = 0 if step >= 1 or step == 0 else min(6, 1 - math.floor(math.log10(step)))
    return f"{value:,.{digits}f}".replace("-", "\N{MINUS SIGN}")


def exact_text(value: float) -> str:
    """A number of the readout: five digits or a decimal."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.1f}"
    return text.replace("-", "\N{MINUS SIGN}")


@cache
def font_family(name: str) -> str:
    """The person's font where matplotlib can read it, else its own."""
    try:
        font_manager.findfont(font_manager.FontProperties(family=name), fallback_to_default=False)
    except ValueError:
        return "DejaVu Sans"
    return name

"""Numbers and times as people write them."""

from __future__ import annotations

import math


def number(value: float) -> str:
    """Without trailing zeros and never as 1e-05: "0.0005", "50"."""
    return f"{value:.8f}".rstrip("0").rstrip(".") if abs(value) < 1e6 else f"{value:g}"


def round_number(value: float) -> float:
    """The nearest of 1, 2 and 5 times a power of ten (in ratio), for settings where only the order of magnitude matters.

    Args:
        value: above 0.
    """
    power = 10.0 ** math.floor(math.log10(value))
    nearest = min((1.0, 2.0, 5.0, 10.0), key=lambda step: abs(math.log(value / power / step)))
    return float(f"{nearest * power:.3g}")


def hours(seconds: float) -> str:
    """A duration above an hour: "1.5 hours", "12 hours", "3 days"."""
    if seconds >= 2 * 86400:
        return f"{seconds / 86400:.0f} days"
    value = seconds / 3600
    return f"{value:.0f} hours" if value >= 9.5 else f"{number(round(value, 1))} hours" if round(value, 1) != 1 else "1 hour"

"""Principal components of codes (Pearson 1901), by numpy alone: scikit-learn would load a thousand modules for two of them."""

from __future__ import annotations

import numpy as np


def principal(points: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first principal components.

    Args:
        points: (N, D), N and D at least `count`.
        count: how many.

    Returns:
        The points along them, (N, count) float64, each component turned so that its largest weight is positive; and each one's
        share of the variance, (count,), 0 to 1.
    """
    around = points.astype(np.float64) - points.mean(axis=0, dtype=np.float64)
    _, widths, axes = np.linalg.svd(around, full_matrices=False)
    largest = np.abs(axes).argmax(axis=1)
    axes = axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]
    variances = np.square(widths)
    return around @ axes[:count].T, variances[:count] / variances.sum()

"""How far the latent is used: active units, and codes that are all the same."""

from __future__ import annotations

import numpy as np

ACTIVE_VARIANCE = 0.01
EMPTY_NATS = 1.0  # of KL in all dimensions together: codes with less count as empty
ALIKE = 1e-5  # codes that differ by no more count as the same: rounding varies that much between batches


def active_units(means: np.ndarray) -> int:
    """Dimensions whose posterior mean varies over the pictures by more than 0.01 (Burda et al., arXiv 1509.00519).

    Args:
        means: (N, D) posterior means.
    """
    return int((means.var(axis=0) > ACTIVE_VARIANCE).sum())


def all_alike(spread: np.ndarray) -> bool:
    """Whether codes are the same for all pictures, as a single one's always are.

    Args:
        spread: (D,) standard deviation of each dimension over the pictures.
    """
    return bool(spread.max() <= ALIKE)

"""What the latent is used for: active units and the spread of codes."""

from __future__ import annotations

import numpy as np

ACTIVE_VARIANCE = 0.01


def active_units(means: np.ndarray) -> int:
    """Dimensions whose posterior mean varies over the pictures by more than 0.01 (Burda et al., arXiv 1509.00519).

    Args:
        means: (N, D) posterior means.
    """
    return int((means.var(axis=0) > ACTIVE_VARIANCE).sum())

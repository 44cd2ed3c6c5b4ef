"""How close pictures of 8 bits are to others, by arrays alone; `reconstruction.py` measures tensors."""

from __future__ import annotations

import numpy as np


def mean_psnr(x: np.ndarray, y: np.ndarray) -> float:
    """The mean of the peak signal-to-noise ratios of pictures, uint8 (B, H, W, C), in dB. Capped at 100 dB each."""
    squared = np.square((x.astype(np.float64) - y) / 255.0).mean(axis=(1, 2, 3))
    return float((-10.0 * np.log10(np.maximum(squared, 1e-10))).mean())

"""The codes of a whole data set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.data.dataset import batch
from core.data.made_rows import Pictures
from core.latent.engine import ENCODE_BATCH, Codes, LatentEngine

Progress = Callable[[str, int, int], None]


def encode_rows(engine: LatentEngine, images: Pictures, rows: np.ndarray, progress: Progress | None = None) -> Codes:
    """q(z|x) of some rows of a picture array.

    Args:
        engine: the model.
        images: (N, H, W, C) uint8, may be a memory map, or made when asked for.
        rows: which, in the order wanted.
        progress: told "Encoding pictures", done, total; may raise Cancelled.

    Returns:
        Codes of (len(rows), D).
    """
    size = engine.spec.latent_dim
    mean, log_var = np.empty((len(rows), size), np.float32), np.empty((len(rows), size), np.float32)
    for start in range(0, len(rows), ENCODE_BATCH):
        if progress:
            progress("Encoding pictures", start, len(rows))
        part = engine.encode(batch(images, rows[start : start + ENCODE_BATCH]))
        mean[start : start + len(part.mean)] = part.mean
        log_var[start : start + len(part.mean)] = part.log_var
    if progress:
        progress("Encoding pictures", len(rows), len(rows))
    return Codes(mean, log_var)

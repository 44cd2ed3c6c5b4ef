"""The codes of a whole data set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.data.dataset import batch
from core.data.made_rows import Pictures
from core.latent.engine import ENCODE_BATCH, Codes, LatentEngine

Progress = Callable[[str, int, int], None]


def encode_rows(
    engine: LatentEngine, images: Pictures, rows: np.ndarray, progress: Progress | None = None, *, mirror: bool = False
) -> Codes:
    """q(z|x) of some rows of a picture array.

    Args:
        engine: the model.
        images: (N, H, W, C) uint8, may be a memory map, or made when asked for.
        rows: which, in the order wanted.
        progress: told "Encoding pictures" (or "Encoding mirror images"), done, total; may raise Cancelled.
        mirror: those of their mirror images instead.

    Returns:
        Codes of (len(rows), D).
    """
    size = engine.spec.latent_dim
    mean, log_var = np.empty((len(rows), size), np.float32), np.empty((len(rows), size), np.float32)
    doing = "Encoding mirror images" if mirror else "Encoding pictures"
    for start in range(0, len(rows), ENCODE_BATCH):
        if progress:
            progress(doing, start, len(rows))
        some = rows[start : start + ENCODE_BATCH]
        part = engine.encode(batch(images, some, np.full(len(some), mirror)))
        mean[start : start + len(part.mean)] = part.mean
        log_var[start : start + len(part.mean)] = part.log_var
    if progress:
        progress(doing, len(rows), len(rows))
    return Codes(mean, log_var)

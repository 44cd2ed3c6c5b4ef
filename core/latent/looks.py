"""What the pictures behind codes look like, and their mirror images: what a direction that is turned to be seen is fitted on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.data.dataset import Rows, batch
from core.data.made_rows import Pictures
from core.latent.codes import encode_rows
from core.latent.engine import ENCODE_BATCH, LatentEngine
from core.latent.parts import pixel_changes, reduced
from core.latent.visible import Looks

MIRRORED_MOST = 20_000  # pictures: with more of them the mirror images add nothing

Progress = Callable[[str, int, int], None]


def look_at(
    engine: LatentEngine,
    images: Pictures,
    rows: Rows,
    means: np.ndarray,
    progress: Progress | None = None,
    labels: np.ndarray | None = None,
) -> Looks:
    """The looks of some pictures.

    Args:
        engine: the model.
        images: (N, H, W, C) uint8, may be a memory map, or made when asked for.
        rows: which of them.
        means: (len(rows), D), their posterior means.
        progress: told how far; may raise Cancelled.
        labels: (N,) class of every picture, for a conditional model.
    """
    changes = pixel_changes(engine.decode, means.mean(axis=0), progress)
    small = [
        reduced(batch(images, rows[start : start + ENCODE_BATCH])).mean(axis=3).astype(np.float32)
        for start in range(0, len(rows), ENCODE_BATCH)
    ]
    mirrored = None
    if engine.header.config.data.mirror and len(rows) <= MIRRORED_MOST:
        mirrored = encode_rows(engine, images, rows, progress, labels, mirror=True).mean
    return Looks(np.concatenate(small), changes, mirrored)

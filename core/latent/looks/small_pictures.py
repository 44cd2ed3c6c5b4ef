"""Small versions of pictures, and codes of their mirror images: the data for directions turned to what shows."""

from __future__ import annotations

import numpy as np

from core.data.dataset import Rows, batch
from core.data.lazy_rows import Pictures
from core.latent.code import NOTHING, Given
from core.latent.data_codes import encode_rows
from core.latent.face_regions import pixel_changes, reduced
from core.latent.instrument import Instrument
from core.latent.looks.visible import Looks
from core.latent.opened import ENCODE_BATCH
from core.progress import Progress

MOST = 20_000  # pictures: 82 MB at 32 x 32, and as much again for each copy that the fit makes
SEED = 0  # of the sample: the same pictures each time


def look_at(
    engine: Instrument,
    images: Pictures,
    rows: Rows,
    means: np.ndarray,
    positive: np.ndarray,
    progress: Progress | None = None,
    given: Given = NOTHING,
) -> Looks:
    """The looks of some pictures: of all, or, where there are more than 20,000, of a seeded sample of so many.

    Args:
        engine: the model.
        images: (N, H, W, C) uint8, may be a memory map, or made when asked for.
        rows: which of them.
        means: (len(rows), D), their posterior means.
        positive: (len(rows),) which of them have the attribute, NaN where unknown: the sample holds both kinds.
        progress: told how far; may raise Cancelled.
        given: the conditions of every picture.
    """
    changes = pixel_changes(engine.decode, means.mean(axis=0), progress)
    places = sampled(positive, MOST) if len(rows) > MOST else None
    looked_at = rows if places is None else rows[places]
    pictures = np.empty((len(looked_at), *changes.shape[1:3]), np.float32)
    for start in range(0, len(looked_at), ENCODE_BATCH):
        if progress:
            progress("Looking at pictures", start, len(looked_at))
        some = slice(start, start + ENCODE_BATCH)
        pictures[some] = reduced(batch(images, looked_at[some])).mean(axis=3)
    if progress:
        progress("Looking at pictures", len(looked_at), len(looked_at))
    mirrored = None
    if engine.header.config.data.mirror:
        mirrored = encode_rows(engine, images, looked_at, progress, given, mirror=True).mean
    return Looks(pictures, changes, mirrored, places)


def sampled(positive: np.ndarray, count: int) -> np.ndarray:
    """A seeded sample of pictures whose kind is known: half of them with the attribute, or all that there are of a rarer kind.

    Both kinds have equal weight in a fit, so a rare kind gets more of the sample than its share of the data.

    Args:
        positive: (N,) above 0.5 with the attribute, NaN where unknown.
        count: of the sample, at most.

    Returns:
        (M,) int, ascending, M <= count.
    """
    generator = np.random.default_rng(SEED)
    kinds = [np.flatnonzero(positive > 0.5), np.flatnonzero(positive <= 0.5)]
    rarer, other = sorted(kinds, key=len)
    few = min(len(rarer), count // 2)
    shares = ((rarer, few), (other, min(len(other), count - few)))
    return np.sort(np.concatenate([generator.choice(kind, share, replace=False) for kind, share in shares]))

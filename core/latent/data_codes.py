"""The codes of a whole data set."""

from __future__ import annotations

import math

import numpy as np

from core.data.dataset import FaceData, batch
from core.data.lazy_rows import Pictures
from core.errors import DataError
from core.families.registry import family
from core.latent.code import NOTHING, Code, Given
from core.latent.instrument import Instrument
from core.latent.opened import ENCODE_BATCH
from core.progress import Progress


def given_by(engine: Instrument, data: FaceData) -> Given:
    """A model's condition for each picture of a data set: its class as a conditional model numbers it, (N,); else nothing.

    Raises:
        DataError: the pictures have a class that the model doesn't know.
    """
    header = engine.header
    if "class" not in family(header.config.family).takes(header.settings, header.image_shape):
        return NOTHING
    unknown = [name for name in data.index.classes if name not in engine.classes]
    if unknown:
        raise DataError(
            f"The model knows the classes {', '.join(engine.classes)}; these pictures have {', '.join(unknown)}.",
            "Use pictures with the classes that it was trained on.",
        )
    numbers = np.array([engine.classes.index(name) for name in data.index.classes], np.int64)
    return Given(numbers[data.index.labels])


def encode_rows(
    engine: Instrument,
    images: Pictures,
    rows: np.ndarray,
    progress: Progress | None = None,
    given: Given = NOTHING,
    *,
    mirror: bool = False,
) -> Code:
    """The codes of some rows of a picture array, in a row each: q(z|x) of a VAE.

    Args:
        engine: the model; its codes can be added.
        images: (N, H, W, C) uint8, may be a memory map, or made when asked for.
        rows: which, in the order wanted.
        progress: told "Looking at the pictures" (or "Looking at the pictures mirrored"), done, total; may raise Cancelled.
        given: conditions of all pictures, from `given_by`.
        mirror: encode their mirror images instead.

    Returns:
        Its values have shape (len(rows), D).
    """
    name, space = next(iter(engine.spaces.items()))
    mean, log_var = (np.empty((len(rows), math.prod(space.shape)), np.float32) for _ in range(2))
    has_spread = True
    doing = "Looking at the pictures mirrored" if mirror else "Looking at the pictures"
    for start in range(0, len(rows), ENCODE_BATCH):
        if progress:
            progress(doing, start, len(rows))
        some = rows[start : start + ENCODE_BATCH]
        pictures = batch(images, some, np.full(len(some), mirror))
        part = engine.encode(pictures, given.at(some))
        mean[start : start + len(part.mean)] = part.mean
        has_spread = part.spread is not None
        if has_spread:
            log_var[start : start + len(part.mean)] = part.log_var
    if progress:
        progress(doing, len(rows), len(rows))
    return Code(name, mean, log_var if has_spread else None)

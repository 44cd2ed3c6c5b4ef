"""How large pictures are after they are framed, before they are scaled: what a size to read them at should not exceed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from core.config import CENTER, DataConfig, parse_crop
from core.data.index import Index
from core.data.pictures import BadPicture, read_bytes, size_of

_LOOKED_AT: Final = 48


def framed_side(width: int, height: int, crop: str) -> int | None:
    """The shorter side of what is cut out of a picture of that size, in pixels; None where each picture's face decides it."""
    if crop == CENTER:
        return min(width, height)
    box = parse_crop(crop)
    if box is None:
        return None
    left, top, right, bottom = box
    return min(right - left, bottom - top)


def natural_side(index: Index, crop: str) -> int | None:
    """The usual side of a source's framed pictures, in pixels, from the headers of some files; None where that can't be known."""
    if not index.files:
        return None
    sides = []
    for row in np.unique(np.linspace(0, len(index.files) - 1, _LOOKED_AT).astype(int)):
        try:
            width, height = size_of(read_bytes(index.root / index.files[row]))
        except BadPicture:
            continue
        side = framed_side(width, height, crop)
        if side is None:
            return None
        sides.append(side)
    return int(np.median(sides)) if sides else None


def without_enlarging(index: Index, config: DataConfig, offered: Sequence[int]) -> int:
    """The size to read pictures at: that of the settings, or where it would enlarge them the largest offered one that doesn't.

    Args:
        index: the pictures.
        config: how they are framed.
        offered: sizes to choose from, the smallest first; where all are larger than the pictures, it is the smallest.
    """
    side = natural_side(index, config.crop)
    if side is None or side >= config.image_size:
        return config.image_size
    return max((size for size in offered if size <= side), default=min(offered))

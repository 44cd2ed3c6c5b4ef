"""The whole of a photo as a model sees it, for models that take pictures of any size."""

from __future__ import annotations

import cv2
import numpy as np

from core.checkpoint import Header
from core.data.photo import Photo
from core.data.pictures import Pixels
from core.errors import ConfigError, DataError


def seen_whole(photo: Photo, header: Header, side: int, largest: int) -> Pixels:
    """The whole photo, made smaller.

    Args:
        photo: of any size that isn't smaller than the model's pictures.
        header: of the model.
        side: the photo's shorter side as the model sees it, in pixels; 0 = as the model's training pictures.
        largest: that this side may be.

    Returns:
        uint8 (h, w, C), with as many channels as the model's pictures.

    Raises:
        DataError: the photo is smaller than that.
        ConfigError: the side is smaller than the model's pictures, or too large.
    """
    channels, own, _ = header.image_shape
    side = side or own
    if not own <= side <= largest:
        raise ConfigError(
            f"The model can't see the photo at {side} pixels.", f"It was trained at {own}; choose {own} to {largest:,}."
        )
    height, width = photo.pixels.shape[:2]
    shorter = min(height, width)
    if shorter < side:
        raise DataError(
            f"{photo.name} is {width} x {height} pixels, and the model sees {side} along the shorter side.",
            "Choose a larger photo." if side == own else "Choose a larger photo, or let the model see it smaller.",
        )
    size = (max(side, round(width * side / shorter)), max(side, round(height * side / shorter)))
    small = cv2.resize(photo.opaque, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)[..., None] if channels == 1 else np.asarray(small)

"""Pictures of what a CycleGAN does: where it changes a picture, and which patches a discriminator takes for real."""

from __future__ import annotations

import cv2
import numpy as np

GREY = 128.0  # level of a difference map where nothing changes
REAL, TRANSLATED = (70.0, 130.0, 255.0), (255.0, 140.0, 40.0)  # colours of patches that look real, and translated
SHARE = 0.55  # of these colours over the picture


def difference_map(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """What changed: grey where nothing did, lighter where a picture became lighter, channel by channel.

    Args:
        before: uint8 (B, H, W, C).
        after: of the same shape.

    Returns:
        uint8 (B, H, W, C).
    """
    difference = after.astype(np.float32) - before
    return np.clip(np.rint(GREY + difference), 0.0, 255.0).astype(np.uint8)


def heat(pictures: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """A discriminator's scores over its pictures: blue where a patch looks real, orange where it looks translated.

    Args:
        pictures: uint8 (B, H, W, C).
        scores: float32 (B, h, w), 1 for real and 0 for translated; enlarged to the pictures.

    Returns:
        uint8 (B, H, W, 3).
    """
    height, width = pictures.shape[1:3]
    large = np.stack([cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in scores])
    share = np.clip(large, 0.0, 1.0)[..., None]
    colour = share * np.array(REAL, np.float32) + (1.0 - share) * np.array(TRANSLATED, np.float32)
    grey = pictures.astype(np.float32).mean(axis=3, keepdims=True)
    return np.clip(np.rint((1.0 - SHARE) * grey + SHARE * colour * (0.4 + 0.6 * grey / 255.0)), 0.0, 255.0).astype(np.uint8)

"""What a translated picture hides: how well it is translated back once small differences are gone.

A generator can write the picture that it came from into its translation, in differences that nobody sees, and the other one
reads it there (Chu et al., "CycleGAN, a master of steganography", arXiv 1712.02950). Such a cycle is good as long as numbers
aren't rounded, and bad after JPEG.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.families.cycle_gan.family import LETTERS
from core.families.cycle_gan.instrument import CycleGanInstrument
from core.metrics.levels import mean_psnr

QUALITY = 75  # of the JPEG


def through_jpeg(pictures: np.ndarray, quality: int = QUALITY) -> np.ndarray:
    """Pictures, uint8 (B, H, W, C), as they come out of JPEG files: the same shape."""
    opened = []
    for picture in pictures:
        is_grey = picture.shape[2] == 1
        _, data = cv2.imencode(".jpg", picture if is_grey else picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        read = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE if is_grey else cv2.IMREAD_COLOR)
        assert read is not None
        opened.append(read[..., None] if is_grey else read[..., ::-1])
    return np.stack(opened)


def ways_back(model: CycleGanInstrument, pictures: np.ndarray, to: str = "") -> dict[str, np.ndarray]:
    """Pictures translated and back, by what happens to them in between.

    Args:
        model: a CycleGAN.
        pictures: uint8 (B, H, W, C) of the model's size, of the other side.
        to: the side that they become; "" is B.

    Returns:
        uint8 (B, H, W, C) each, where what is translated back are the numbers that a generator gave (`float`), these rounded to the
        levels of a file (`levels`), and after JPEG of quality 75 (`jpeg`).
    """
    goal = model.side(to)
    back = LETTERS[1 - goal]
    numbers, levels = model.translate_float(pictures, LETTERS[goal]), model.translate(pictures, LETTERS[goal])
    return {
        "float": model.back_from_float(numbers, back),
        "levels": model.translate(levels, back),
        "jpeg": model.translate(through_jpeg(levels), back),
    }


def cycle_psnrs(model: CycleGanInstrument, pictures: np.ndarray, to: str = "") -> dict[str, float]:
    """How close pictures come to themselves, in dB, by each of the `ways_back`."""
    return {way: mean_psnr(pictures, one) for way, one in ways_back(model, pictures, to).items()}

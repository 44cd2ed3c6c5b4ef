"""Mean brightness and sharpness of the classes, from a sample; whether pictures lie on white; files on both sides of the split.

Brightness is the mean luma of a picture (ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B), 0 to 255. Sharpness is the mean absolute
Laplacian of its luma (four neighbours, in pixels of the size that the model sees), a focus measure of the family that Pech-Pacheco
et al. 2000 chose for microscopes; it is in levels of 255 and grows with contrast.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.data.cache.results import Remembered
from core.data.dataset import FaceData, Pixels, Rows, batch
from core.data.split import spread

SAMPLE = 2000  # pictures at most, shared evenly among the classes
SEED = 0
BLOCK = 64  # pictures in memory at once
LUMA = np.array([0.299, 0.587, 0.114], np.float32)

NEAR_WHITE = 0.98  # of pixels in [0, 1]: where all channels are at least that, a pixel is near-white
CORNER = 16  # a corner's square has a side of a 16th of the picture's
ON_WHITE = 0.9  # share of the pictures whose four corners are white, for a data set on white
CORNER_SAMPLE = 256  # pictures whose corners are looked at

Looks = dict[str, dict[str, float]]

_remembered = Remembered[Looks]()
_on_white = Remembered[bool]()


def class_looks(data: FaceData) -> Looks:
    """Each class's mean brightness and sharpness in the training part, with their spread over pictures.

    Computed once for the same pictures and split: a run asks at each save.

    Returns:
        Class name -> `pictures` (looked at), `brightness`, `brightness_spread`, `sharpness`, `sharpness_spread` (standard
        deviations). Empty where there is one class only; a class without training pictures is left out.
    """
    if len(data.index.classes) < 2:
        return {}
    return {name: dict(look) for name, look in _remembered.answer(data, _looks).items()}


def on_white(data: FaceData) -> bool:
    """Whether a data set's things lie on a white background, as in Fruits-360.

    That is so where in 90 of 100 pictures, of 256 that are evenly spread over all, nine tenths of the pixels in the four corners
    (squares with a 16th of the side) are near-white: 0.98 or more in each channel. Computed once for the same pictures.
    """
    return _on_white.answer(data, _lies_on_white)


def near_white(images: Pixels) -> npt.NDArray[np.bool_]:
    """Which pixels are near-white: (..., C) uint8 -> (...)."""
    return np.asarray((images >= NEAR_WHITE * 255.0).all(axis=-1))


def _lies_on_white(data: FaceData) -> bool:
    pictures = batch(data.images, spread(np.arange(len(data.images)), CORNER_SAMPLE))
    side = max(1, pictures.shape[1] // CORNER)
    ends = np.r_[0:side, -side:0]
    corners = near_white(pictures[:, ends][:, :, ends])
    return bool((corners.mean(axis=(1, 2)) >= ON_WHITE).mean() >= ON_WHITE)


def copies_across_split(data: FaceData) -> int:
    """How many validation pictures have a file of the same bytes in the training part."""
    if not data.duplicates:
        return 0
    row_of = {file: row for row, file in enumerate(data.index.files)}
    in_valid = np.zeros(len(data.index.files), bool)
    in_valid[data.split.valid] = True
    across = 0
    for files in data.duplicates:
        sides = in_valid[[row_of[file] for file in files if file in row_of]]
        if sides.any() and not sides.all():
            across += int(sides.sum())
    return across


def brightness_and_sharpness(images: Pixels) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Brightness and sharpness of each picture, in levels of 255.

    Args:
        images: (B, S, S, C) uint8, C 1 or 3, S at least 3.

    Returns:
        brightness (B,), sharpness (B,).
    """
    luma = images[..., 0].astype(np.float32) if images.shape[-1] == 1 else images.astype(np.float32) @ LUMA
    inner = luma[:, 1:-1, 1:-1]
    around = luma[:, :-2, 1:-1] + luma[:, 2:, 1:-1] + luma[:, 1:-1, :-2] + luma[:, 1:-1, 2:]
    edges = np.abs(4.0 * inner - around)
    return luma.mean(axis=(1, 2), dtype=np.float64), edges.mean(axis=(1, 2), dtype=np.float64)


def _looks(data: FaceData) -> Looks:
    rng = np.random.default_rng(SEED)
    looks: Looks = {}
    for label, name in enumerate(data.index.classes):
        own: Rows = data.split.train[data.index.labels[data.split.train] == label]
        if not len(own) or not name:  # unlabelled pictures
            continue
        rows = np.sort(rng.permutation(own)[: max(1, SAMPLE // len(data.index.classes))])
        blocks = [brightness_and_sharpness(batch(data.images, rows[start : start + BLOCK])) for start in range(0, len(rows), BLOCK)]
        brightness, sharpness = (np.concatenate(column) for column in zip(*blocks, strict=True))
        looks[name] = {
            "pictures": len(rows),
            "brightness": round(float(brightness.mean()), 3),
            "brightness_spread": round(float(brightness.std()), 3),
            "sharpness": round(float(sharpness.mean()), 3),
            "sharpness_spread": round(float(sharpness.std()), 3),
        }
    return looks

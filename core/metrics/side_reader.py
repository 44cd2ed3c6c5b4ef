"""Which of two sides a picture looks like, by a simple reader that knows no model: shapes, colours and a straight boundary.

It is never a loss: a network that was trained to please a reader says nothing by pleasing it. Shapes are histograms of oriented
gradients (Dalal & Triggs, CVPR 2005), colours a small copy of the picture.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

SIDE = 64  # pixels at which shapes are read
SMALL_SIDE = 16  # pixels at which colours are read
STRENGTH = 1e-3  # C of the regression: the smaller, the simpler the reader
SEED = 0


class SideReader:
    """Learns two sides from pictures, and reads others.

    Args:
        first: uint8 (N, H, W, C), pictures of side 0.
        second: uint8 (M, H, W, C), of side 1.
    """

    def __init__(self, first: np.ndarray, second: np.ndarray) -> None:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - a second of import

        features = np.concatenate([described(first), described(second)])
        self._mean, self._std = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-3)
        sides = np.repeat([0, 1], [len(first), len(second)])
        self._boundary = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=500, random_state=SEED)
        self._boundary.fit((features - self._mean) / self._std, sides)

    def of_second(self, pictures: np.ndarray) -> npt.NDArray[np.bool_]:
        """Which pictures, uint8 (N, H, W, C), look like side 1 rather than side 0: (N,)."""
        return np.asarray(self._boundary.predict((described(pictures) - self._mean) / self._std) == 1)


def described(pictures: np.ndarray) -> npt.NDArray[np.float32]:
    """What the reader sees of pictures, uint8 (N, H, W, C): (N, D)."""
    cell, block = (SIDE // 8, SIDE // 8), (SIDE // 4, SIDE // 4)
    gradients = cv2.HOGDescriptor((SIDE, SIDE), block, cell, cell, 9)
    rows = []
    for picture in pictures:
        grey = picture[..., 0] if picture.shape[2] == 1 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        shapes = gradients.compute(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
        colours = cv2.resize(picture, (SMALL_SIDE, SMALL_SIDE), interpolation=cv2.INTER_AREA)
        rows.append(np.concatenate([np.ravel(shapes), np.ravel(colours).astype(np.float32) / 255.0]))
    return np.asarray(rows, np.float32)

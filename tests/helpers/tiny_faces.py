"""Folders of tiny pictures, drawn on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def write_faces(root: Path, classes: Mapping[str, int], size: tuple[int, int] = (64, 64), seed: int = 0) -> Path:
    """Write PNGs of coloured quarters, so many into each class's subfolder ("" = the folder itself); gives the folder.

    Args:
        root: the folder, made if needed.
        classes: subfolder -> how many.
        size: width and height.
        seed: of the colours.
    """
    rng = np.random.default_rng(seed)
    for name, count in classes.items():
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            colors = rng.integers(0, 256, (2, 2, 3)).astype(np.uint8)
            picture = Image.fromarray(colors).resize(size, Image.Resampling.NEAREST)
            picture.save(folder / f"{number:03d}.png")
    return root

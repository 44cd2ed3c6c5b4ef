"""Photos for commands: drawn scenes, written to files and read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def shapes(height: int, width: int) -> np.ndarray:
    """How light a scene with shapes is, (H, W), 0 to 180."""
    y, x = np.mgrid[0:height, 0:width]
    return np.asarray(90 + 60 * np.sin(x / 9.0) * np.cos(y / 13.0) + 30 * ((x // 16 + y // 16) % 2))


def write(path: Path, pixels: np.ndarray, **how: Any) -> Path:
    """Write a picture, uint8 (H, W, 3) or (H, W), in the format of the file's ending; gives the file."""
    path.parent.mkdir(exist_ok=True, parents=True)
    Image.fromarray(pixels).save(path, **how)
    return path


def pixels_of(path: Path) -> np.ndarray:
    """The pixels of a file, uint8 (H, W, C)."""
    with Image.open(path) as image:
        return np.asarray(image)


def photos_in(folder: Path, scene: np.ndarray, grey: np.ndarray) -> Path:
    """A folder with a PNG in colour, `wide`, and a JPEG that is grey, `grey`."""
    write(folder / "wide.png", scene)
    write(folder / "grey.jpg", grey, quality=95)
    return folder

"""Picture files as a model wants them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from core.checkpoint import Header
from core.config import parse_crop
from core.data.pictures import BadPicture, frame, read_bytes
from core.errors import DataError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")


def read_for_model(header: Header, path: Path) -> np.ndarray:
    """One picture file as the model sees pictures, uint8 (H, W, C).

    A picture of exactly the training files' size is cut as those were; any other is taken as already framed: its
    centred square.

    Raises:
        DataError: the file can't be used; the sentence names it and says why.
    """
    channels, height, _ = header.image_shape
    box = parse_crop(header.config.data.crop)
    try:
        data = read_bytes(path)
        picture, size = frame(data, height, channels, None)
        if box is not None and list(size) in _training_sizes(header):
            picture, _ = frame(data, height, channels, box)
        return picture
    except BadPicture as error:
        raise DataError(f"{Path(path).name} can't be used: {error}.", "Give a picture file, such as a JPEG or PNG.") from None


def _training_sizes(header: Header) -> list[list[int]]:
    """The one size of the training files, where they had one."""
    sizes = header.data.get("sizes", {})
    smallest, largest = sizes.get("smallest"), sizes.get("largest")
    return [smallest] if smallest and smallest == largest else []


def picture_files(paths: Iterable[str | Path]) -> list[Path]:
    """The files that the paths name: a file itself, or all pictures right inside a folder, sorted.

    Raises:
        DataError: a path that isn't there, or a folder without a picture.
    """
    found: list[Path] = []
    for given in paths:
        path = Path(given).expanduser()
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))
            if not inside:
                raise DataError(f"The folder {path} holds no picture.", "Give picture files or a folder of them.")
            found += inside
        else:
            found.append(path)
    return found

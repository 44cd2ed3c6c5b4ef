"""Picture files framed for a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.checkpoint import Header
from core.config import FACE, parse_crop
from core.data.pictures import EXTENSIONS, BadPicture, UnreadableFile, frame, read_bytes, size_of
from core.errors import DataError
from core.files import expanded

SUFFIXES = tuple(sorted(EXTENSIONS))


def read_for_model(header: Header, path: Path) -> np.ndarray:
    """One picture file as the model sees pictures, uint8 (H, W, C).

    A picture of exactly the training files' size is cropped by the same box as those; any other is taken as already
    framed: its centred square. No face is looked for; `read_as_trained` does that for models that need it.

    Raises:
        DataError: the file can't be used; the sentence names it and says why.
    """
    channels, height, _ = header.image_shape
    box = parse_crop(header.config.data.crop)
    try:
        data = read_bytes(path)
        picture, size = frame(data, height, channels, None)
        if box is not None and list(size) in training_sizes(header):
            picture, _ = frame(data, height, channels, box)
        return picture
    except BadPicture as error:
        raise _unusable(path, error) from None


def read_as_trained(header: Header, path: Path) -> np.ndarray:
    """One picture file framed as the model's training pictures were, uint8 (H, W, C).

    For a model whose pictures were framed by their faces (`data.crop=face`), so is this one, unless it has the model's own
    size and so is framed already; for any other model it is `read_for_model`.

    Raises:
        DataError: the file can't be used, or no face was found in it; the sentence names it and says why.
    """
    if header.config.data.crop != FACE:
        return read_for_model(header, path)
    channels, height, width = header.image_shape
    try:
        data = read_bytes(path)
        if size_of(data) == (width, height) and [width, height] not in training_sizes(header):
            return read_for_model(header, path)
        from core.data.framing import frame_by_face  # noqa: PLC0415 - loads OpenCV, which others don't need

        return frame_by_face(data, height, channels)[0]
    except BadPicture as error:
        raise _unusable(path, error) from None


def read_if_framed(header: Header, path: Path) -> np.ndarray | None:
    """A file that is framed like the training pictures, as the model sees it; None where it is any other photo.

    A picture counts as framed if it has the training files' own size, or the model's. For a model whose pictures were
    framed by their faces only the model's size counts, and not if the training files had it.

    Raises:
        DataError: as `read_for_model`.
    """
    try:
        size = size_of(read_bytes(path))
    except BadPicture as error:
        raise _unusable(path, error) from None
    as_trained, own_size = list(size) in training_sizes(header), size == (header.image_shape[2], header.image_shape[1])
    framed = own_size and not as_trained if header.config.data.crop == FACE else own_size or as_trained
    return read_for_model(header, path) if framed else None


def _unusable(path: Path, error: BadPicture) -> DataError:
    if isinstance(error, UnreadableFile):
        return DataError(f"{Path(path).name} {error}.", "Check its name, and whether you may read it.")
    return DataError(f"{Path(path).name} can't be used: {error}.", "Give a picture file, such as a JPEG or PNG.")


def training_sizes(header: Header) -> list[list[int]]:
    """The training files' size, if they all had the same one."""
    sizes = header.data.get("sizes", {})
    smallest, largest = sizes.get("smallest"), sizes.get("largest")
    return [smallest] if smallest and smallest == largest else []


def picture_files(path: str | Path) -> list[Path]:
    """The files that a path names: a file itself, or all pictures directly in a folder, sorted.

    Raises:
        DataError: a folder without a picture, or one that can't be read.
    """
    path = expanded(path)
    try:
        if not path.is_dir():
            return [path]
        inside = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}.", "Give picture files or a folder of them.") from None
    if not inside:
        raise DataError(f"The folder {path} holds no picture.", "Give picture files or a folder of them.")
    return inside

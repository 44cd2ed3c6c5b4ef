"""A picture from the clipboard as a file that can be opened like any other: a copied file itself, or its pixels in a folder of
their own, which goes once they are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QTemporaryDir
from PySide6.QtGui import QImage

from core.files import cannot_write
from core.photo.inputs import SUFFIXES
from explorer.look.pixels import from_large_qimage

FORMATS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/tiff": ".tif", "image/bmp": ".bmp"}
"""Formats that can be saved unchanged as files, the best first: they keep colour profile and recipe."""


@dataclass(frozen=True, slots=True, eq=False)
class Pasted:
    """What the clipboard holds: a file's path, a file's bytes, or pixels."""

    path: str = ""
    data: bytes = b""
    ending: str = ".png"
    image: QImage | None = None


def picture_in(mime: QMimeData) -> Pasted | None:
    """The picture on the clipboard; None where there is none."""
    places = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
    file = next((place for place in places if Path(place).suffix.lower() in SUFFIXES), "")
    if file:
        return Pasted(path=file)
    for kind, ending in FORMATS.items():
        if mime.hasFormat(kind):
            data = bytes(mime.data(kind).data())
            if data:
                return Pasted(data=data, ending=ending)
    image = mime.imageData() if mime.hasImage() else None
    return Pasted(image=image) if isinstance(image, QImage) and not image.isNull() else None


def written(pasted: Pasted, name: str) -> tuple[str, QTemporaryDir | None]:
    """The file to open, and its folder, which is deleted with its last reference. Runs in a worker.

    Raises:
        CoreError: the disk is full.
    """
    from PIL import Image  # noqa: PLC0415 - the window comes up before it

    if pasted.path:
        return pasted.path, None
    folder = QTemporaryDir()
    path = Path(folder.path()) / f"{name}{pasted.ending}"
    try:
        if pasted.image is not None:
            pixels, icc = from_large_qimage(pasted.image)
            Image.fromarray(pixels).save(path, icc_profile=icc, compress_level=0)  # quick: it is read at once and deleted
        else:
            path.write_bytes(pasted.data)
    except OSError as error:
        raise cannot_write(path, error) from error
    return str(path), folder

"""Photos as people have them: every format, size and accident, with one drawn face where there is one."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters

FACE = 3  # a drawn face whose eyes are found


@functools.cache
def face(index: int = FACE, size: int = 200) -> Image.Image:
    """One drawn face."""
    return draw_face(sample_parameters(np.random.default_rng([3, index])), size)


def portrait(size: tuple[int, int] = (320, 280), at: tuple[int, int] = (60, 40), side: int = 200) -> Image.Image:
    """A face in a larger picture."""
    photo = Image.new("RGB", size, (128, 128, 128))
    photo.paste(face(size=side), at)
    return photo


def crowd() -> Image.Image:
    """Ten faces."""
    photo = Image.new("RGB", (1100, 460), (128, 128, 128))
    for number in range(10):
        photo.paste(face(number, 200), (10 + 218 * (number % 5), 15 + 225 * (number // 5)))
    return photo


def _exif(image: Image.Image, path: Path) -> None:
    notes = Image.Exif()
    notes[0x0112] = 6
    image.transpose(Image.Transpose.ROTATE_90).save(path, exif=notes)


def _with_alpha(path: Path) -> None:
    image = portrait()
    image.putalpha(Image.new("L", image.size, 200))
    image.save(path)


def _truncated(path: Path) -> None:
    portrait().save(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _animated(path: Path) -> None:
    frames = [portrait(), Image.new("RGB", (320, 280), "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)


def _sixteen(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(np.uint16) * 257


def _rgb16(path: Path) -> None:
    import cv2

    path.write_bytes(cv2.imencode(".png", _sixteen(portrait())[..., ::-1])[1].tobytes())


USABLE: dict[str, Callable[[Path], object]] = {
    "plain.png": lambda path: portrait().save(path),
    "crowd.png": lambda path: crowd().save(path),
    "border.png": lambda path: portrait(at=(130, 90)).save(path),
    "small.png": lambda path: portrait((400, 300), (180, 140), 32).save(path),  # a face of 23 pixels
    "cmyk.jpg": lambda path: portrait().convert("CMYK").save(path, quality=95),
    "grey16.png": lambda path: Image.fromarray(_sixteen(portrait().convert("L"))).save(path),
    "rgb16.png": _rgb16,
    "alpha.png": _with_alpha,
    "palette.png": lambda path: portrait().quantize(200).save(path),
    "turned.jpg": lambda path: _exif(portrait(), path),
    "moving.gif": _animated,
    "moving.webp": _animated,
    "لبخند, with a space.png": lambda path: portrait().save(path),
}
"""Each holds a face that is edited at the photo's own size: name -> how it is made."""

UNUSABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "wall.png": (lambda path: Image.new("RGB", (300, 200), "grey").save(path), "No face was found in wall.png"),
    "tiny.png": (lambda path: portrait((400, 300), (180, 140), 27).save(path), "No face was found in tiny.png"),
    "cut.jpg": (_truncated, "cut.jpg can't be used: the file is cut off"),
    "empty.jpg": (lambda path: path.write_bytes(b""), "empty.jpg can't be used: empty file"),
    "text.jpg": (lambda path: path.write_text("no picture"), "text.jpg can't be used: not a picture"),
    "large.png": (lambda path: Image.new("1", (10_100, 5000)).save(path), "large.png can't be used: too large"),
    "folder.png": (lambda path: path.mkdir(), "holds no picture"),
    "gone.png": (lambda path: None, "gone.png can't be opened"),
}
"""name -> how it is made, and a part of the sentence that says why it can't be used."""


def odd_name(folder: Path) -> Path | None:
    """A good photo whose name is no UTF-8; None where the system takes no such names."""
    if not sys.platform.startswith("linux"):
        return None
    path = Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.png"))
    portrait().save(str(folder / "made.png"))
    (folder / "made.png").rename(path)
    return path

"""Pictures that follow each other as one animated WebP or GIF, written frame by frame, however many there are.

Pillow keeps all frames of an animation in memory until the last one has come, whether it gets a list or a generator. Here
WebP's frames are handed to its encoder one at a time, through an image object that changes when Pillow seeks in it; a
GIF is put together from its frames' blocks (GIF89a specification, CompuServe 1990; the loop is Netscape's application
extension).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import GifImagePlugin, Image, ImageChops

from core.data.own_pictures import OWN_NAME, OWN_XMP
from core.errors import CoreError
from core.export.origin import EDITED_XMP
from core.files import write_whole

FORMATS = (".webp", ".gif")
QUALITY = 90  # of WebP
METHOD = 4  # of WebP: compression effort, 0 to 6; libwebp's default is 4
LARGEST = {".webp": 16383, ".gif": 65535}  # pixels of a side
SHORTEST = 20  # milliseconds: browsers show a GIF's shorter frames for 100


def save_animation(
    path: Path, frames: Iterable[np.ndarray], durations: Sequence[int], *, quality: int = QUALITY, edited: bool = False
) -> None:
    """Write an animation, in the format that the file's ending names; it repeats for ever.

    Only one frame or two are held at a time. Errors raised by `frames` pass through (`core.errors.Cancelled` to
    cancel); nothing is left on the disk then.

    Args:
        path: the file, `.webp` or `.gif`; its folder is made.
        frames: uint8 (H, W, 3) or (H, W, 1), all of one size; as many as `durations`.
        durations: how long each frame stands, in milliseconds. GIF rounds to hundredths of a second, without adding up.
            Frames that nobody can tell from the one before (WebP: less than about three levels of 255) become one longer one.
        quality: of WebP, 0 to 100.
        edited: the film shows a face that a model changed: a WebP's notes (XMP) say so.

    Raises:
        CoreError: no such format, no frames, frames too large for it, or the file can't be written.
        ValueError: frames of several sizes, or fewer than durations.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise CoreError(
            f"{path.name} can't be written: {path.suffix or 'a name without ending'} is no animation.", "Use .webp or .gif."
        )
    if not durations:
        raise CoreError(f"{path.name} can't be written: there are no pictures for it.")

    def write(beside: Path) -> None:
        pictures = _checked(frames, len(durations), path)
        if kind == ".gif":
            _write_gif(beside, pictures, durations)
            return
        film = _Film(pictures, len(durations))
        xmp = EDITED_XMP.encode() if edited else OWN_XMP
        film.save(beside, format="WEBP", save_all=True, duration=list(durations), loop=0, quality=quality, method=METHOD, xmp=xmp)

    write_whole(path, write)


def _checked(frames: Iterable[np.ndarray], count: int, path: Path) -> Iterator[Image.Image]:
    """The frames as RGB pictures of one size."""
    done = 0
    size = (0, 0)
    for frame in frames:
        picture = Image.fromarray(frame[..., 0] if frame.shape[-1] == 1 else frame).convert("RGB")
        if not done:
            size = picture.size
            largest = LARGEST[path.suffix.lower()]
            if max(size) > largest:
                raise CoreError(
                    f"{path.name} can't be written: {size[0]} x {size[1]} pixels are too many.",
                    f"{path.suffix[1:].upper()} holds sides of at most {largest:,} pixels.",
                )
        if picture.size != size:
            raise ValueError(f"frame {done} is {picture.size}, the first was {size}")
        yield picture
        done += 1
        if done == count:
            return
    raise ValueError(f"{done} frames for {count} durations")


class _Film(Image.Image):
    """An image of several frames, as Pillow reads them from files; it holds only the current one and can't go back."""

    def __init__(self, pictures: Iterator[Image.Image], count: int) -> None:
        super().__init__()
        first = next(pictures)
        self.im = first.im
        self._mode = first.mode
        self._size = first.size
        self.n_frames = count
        self._pictures = pictures
        self._at = 0

    def tell(self) -> int:
        return self._at

    def seek(self, frame: int) -> None:
        while self._at < frame:  # Pillow seeks back when it is done, or has failed
            self.paste(next(self._pictures))
            self._at += 1


def _write_gif(path: Path, pictures: Iterable[Image.Image], durations: Sequence[int]) -> None:
    """Write each frame with its own palette, and only the box that differs from the frame before."""
    before: Image.Image | None = None
    shown = ended = 0  # hundredths of a second, milliseconds
    with open(path, "wb") as file:
        for picture, duration in zip(pictures, durations, strict=True):
            if before is None:
                file.write(b"GIF89a" + struct.pack("<HHBBB", *picture.size, 0, 0, 0))  # no global palette
                file.write(b"!\xff\x0bNETSCAPE2.0" + struct.pack("<BBHB", 3, 1, 0, 0))
                file.write(b"!\xfe" + struct.pack("B", len(OWN_NAME)) + OWN_NAME + b"\0")
                box = (0, 0, *picture.size)
            else:
                box = ImageChops.difference(before, picture).getbbox() or (0, 0, 1, 1)
            ended += max(SHORTEST, duration)
            hundredths = round(ended / 10) - shown
            shown += hundredths
            for block in GifImagePlugin.getdata(
                _in_256_colours(picture.crop(box)), box[:2], duration=10 * hundredths, include_color_table=True
            ):
                file.write(block)
            before = picture
        file.write(b";")


def _in_256_colours(picture: Image.Image) -> Image.Image:
    """With a palette of its own: all greys for a grey picture, or else Pillow's octree and error diffusion.

    On faces the octree keeps rare hues that the median cut loses, and it is many times quicker.
    """
    red, green, blue = picture.split()
    if ImageChops.difference(red, green).getbbox() is None and ImageChops.difference(red, blue).getbbox() is None:
        return red.convert("P")
    chosen = picture.quantize(256, Image.Quantize.FASTOCTREE)
    return picture.quantize(palette=chosen, dither=Image.Dither.FLOYDSTEINBERG)

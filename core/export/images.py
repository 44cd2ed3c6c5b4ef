"""Pictures to files: grids, strips, captions, and PNGs that carry text about themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from core.data.own_pictures import OWN_XMP, RECIPE_KEY
from core.data.png_text import read_text
from core.errors import CoreError, DataError
from core.export.origin import EDITED_XMP, XMP_KEY
from core.export.webp_process import save_webp
from core.files import to_json, write_whole

GAP = 4  # pixels between pictures
APART = 4  # gaps between rows that don't belong together, as on the screen
PAPER = (255, 255, 255)
INK = (51, 51, 51)
SMALLEST_LETTERS = 8  # font height in pixels, where columns are narrow
FORMATS = {"": "PNG", ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}  # by the file's ending
QUALITY = 95  # of JPEG and WebP
FULL_COLOUR = 90  # from this JPEG quality on, colours keep their full resolution
LARGE_PIXELS = 4_000_000  # from here on, speed counts more than the last 1 % of a file's size
MARKS = ("Edited with AI", "AI")  # visible mark in a picture; the first one that fits
MARK_HEIGHT = 0.028  # of the picture's shorter side
SMALLEST_MARK = 9  # pixels high: smaller letters can't be read
MARK_WIDTH = 0.6  # of the picture's width, at most
LARGEST = {"JPEG": 65500, "WEBP": 16383}  # pixels of a side


def grid(rows: Sequence[np.ndarray], gap: int = GAP, paper: tuple[int, int, int] = PAPER, *, together: int = 1) -> np.ndarray:
    """Rows of pictures as one picture.

    Args:
        rows: each uint8 (n, H, W, C) with C 1 or 3; rows may differ in n.
        gap: pixels between pictures, and around them.
        paper: colour of the gaps.
        together: so many rows belong together; with more than one, wider gaps keep them apart from the others.

    Returns:
        uint8 (height, width, 3).
    """
    height, width = rows[0].shape[1:3]
    columns = max(len(row) for row in rows)
    apart = (APART - 1) * gap if together > 1 else 0
    tops = [gap + i * (height + gap) + i // together * apart for i in range(len(rows))]
    sheet = np.empty((tops[-1] + height + gap, columns * (width + gap) + gap, 3), np.uint8)
    sheet[:] = paper
    for top, row in zip(tops, rows, strict=True):
        for j, picture in enumerate(row):
            left = gap + j * (width + gap)
            sheet[top : top + height, left : left + width] = picture  # one channel spreads over three
    return sheet


def wrapped(pictures: np.ndarray, columns: int) -> list[np.ndarray]:
    """Pictures (n, H, W, C) as rows of at most `columns`."""
    return [pictures[start : start + columns] for start in range(0, len(pictures), columns)]


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font of captions: DejaVu Sans as shipped with matplotlib, or else Pillow's own.

    Pillow's own has no minus sign, no é and no β: such characters would become boxes.
    """
    spec = find_spec("matplotlib")  # not imported: that takes long
    for folder in spec.submodule_search_locations or () if spec is not None else ():
        with suppress(OSError):
            return ImageFont.truetype(Path(folder) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf", size)
    return ImageFont.load_default(size)


def captioned(
    sheet: np.ndarray, caption: str = "", labels: Sequence[str] = (), gap: int = GAP, *, row_labels: Sequence[str] = ()
) -> np.ndarray:
    """A grid with one label above each column, one before each row and a caption below, on white paper.

    Args:
        sheet: uint8 (H, W, 3) as `grid` made it.
        caption: one line or more (split at newlines); wrapped to the width.
        labels: a text for each column, in order.
        gap: as in `grid`.
        row_labels: a text for each row, from the top.
    """
    size = max(11, round(sheet.shape[0] * 0.03)) if sheet.shape[0] < 500 else 15
    room = (sheet.shape[1] - gap) / len(labels) - 1 if labels else 0
    while labels and size > SMALLEST_LETTERS and max(map(font_of(size).getlength, labels)) > room:
        size -= 1
    font = font_of(size)
    above = round(size * 1.8) if labels else 0
    before = round(max(map(font.getlength, row_labels))) + 2 * gap if row_labels else 0
    lines = _fit(caption, font, before + sheet.shape[1] - 4 * gap)
    below = round(size * 1.45) * len(lines) + (2 * gap if lines else 0)
    paper = Image.new("RGB", (before + sheet.shape[1], above + sheet.shape[0] + below), PAPER)
    paper.paste(Image.fromarray(sheet), (before, above))
    draw = ImageDraw.Draw(paper)
    if labels:
        width = (sheet.shape[1] - gap) / len(labels)
        for i, label in enumerate(labels):
            draw.text((before + gap / 2 + width * (i + 0.5), above / 2 + gap / 2), label, INK, font, anchor="mm")
    if row_labels:
        height = (sheet.shape[0] - gap) / len(row_labels)
        for i, label in enumerate(row_labels):
            draw.text((before, above + gap / 2 + height * (i + 0.5)), label, INK, font, anchor="rm")
    for i, line in enumerate(lines):
        draw.text((2 * gap, sheet.shape[0] + above + gap + round(size * 1.45) * i), line, INK, font)
    return np.asarray(paper)


def _fit(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float) -> list[str]:
    """The text in lines no wider than `width` pixels."""
    lines: list[str] = []
    for paragraph in text.split("\n") if text else []:
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def format_of(path: Path) -> str:
    """The format that a file's ending names. Raises CoreError where it is none of ours."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise CoreError(f"{path.name} can't be written: {path.suffix} is no picture format.", "Use .png, .jpg or .webp.")
    return kind


def draw_mark(image: Image.Image) -> None:
    """Write into the lower right corner that a model changed the picture, white on black edges; the picture changes in place."""
    size = max(SMALLEST_MARK, round(min(image.size) * MARK_HEIGHT))
    font = font_of(size)
    text = next((mark for mark in MARKS if font.getlength(mark) <= image.width * MARK_WIDTH), MARKS[-1])
    edge = max(1, size // 3)
    place = (image.width - 1 - edge, image.height - 1 - edge)
    width = max(1, size // 12)
    ImageDraw.Draw(image).text(place, text, "white", font, anchor="rb", stroke_width=width, stroke_fill="black")


def save_picture(
    path: Path,
    picture: np.ndarray,
    recipe: dict[str, Any] | None = None,
    *,
    icc: bytes | None = None,
    alpha: np.ndarray | None = None,
    exif: bytes | None = None,
    quality: int = QUALITY,
    edited: bool = False,
    mark: bool = False,
    dpi: float | None = None,
    watch: Callable[[], None] = lambda: None,
) -> None:
    """Write a picture, in the format that the file's ending names: PNG (also without an ending), JPEG or WebP.

    Args:
        path: the file; its folder is made.
        picture: uint8 (H, W, 3) or (H, W, 1).
        recipe: how the picture came to be, kept inside a PNG as an iTXt chunk of JSON (no paths, no names of people). JPEG and
            WebP say only that the program wrote them. Either way the picture is passed over where data is looked for.
        icc: the colour profile of the values.
        alpha: uint8 (H, W), how opaque each pixel is; JPEG has no place for it, there the picture is put on white.
        exif: the camera's metadata, as `core.data.camera_data` chose it.
        quality: of JPEG and WebP, 1 to 100; PNG keeps every pixel as it is.
        edited: the picture shows a photo, or a face of one, that a model changed: its metadata (XMP) says so.
        mark: it is also written into the picture's corner.
        dpi: pixels in an inch of print, kept in the file; None = it doesn't say.
        watch: called now and then while the file is being written; what it raises ends that (`core.errors.Cancelled`).

    Raises:
        CoreError: it can't be written, or the ending names no format of ours.
        DataError: the picture is too large for the format.
    """
    path = Path(path)
    kind = format_of(path)
    image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
    if alpha is not None:
        image.putalpha(Image.fromarray(alpha))
        if kind == "JPEG":
            white = Image.new("RGB", image.size, "white")
            white.paste(image, mask=image.getchannel("A"))
            image = white
    if mark:
        draw_mark(image)
    if max(image.size) > LARGEST.get(kind, max(image.size)):
        raise DataError(
            f"{path.name} can't be written: {image.width} x {image.height} pixels are too many for {path.suffix[1:].upper()}.",
            f"It holds sides of at most {LARGEST[kind]:,} pixels; PNG holds any.",
        )
    is_large = image.width * image.height > LARGE_PIXELS
    options: dict[str, Any] = {"quality": quality, "method": 2 if is_large else 4}
    if kind == "JPEG" and quality >= FULL_COLOUR:
        options["subsampling"] = 0
    if kind == "PNG":
        info = PngInfo()
        if recipe is not None:
            info.add_itxt(RECIPE_KEY, to_json(recipe))
        if edited:
            info.add_itxt(XMP_KEY, EDITED_XMP)
        options = {"pnginfo": info, "compress_level": 3 if is_large else 6}  # on photos the size is the same, the time a third
    elif edited:
        options["xmp"] = EDITED_XMP.encode()
    elif recipe is not None:
        options["xmp"] = OWN_XMP  # no room for the recipe there, but it marks the picture as the program's
    if dpi is not None:
        options["dpi"] = (dpi, dpi)
    if icc is not None:
        options["icc_profile"] = icc
    if exif is not None:
        options["exif"] = exif

    def write(beside: Path) -> None:
        if kind == "WEBP" and is_large:
            save_webp(beside, image, options, watch)
            return
        with open(beside, "wb") as file:
            image.save(_Watched(file, watch), format=kind, **options)  # type: ignore[arg-type]

    write_whole(path, write)


class _Watched:
    """A file that calls a function at each write. It has no `fileno`, so that Pillow writes through it."""

    def __init__(self, file: BinaryIO, watch: Callable[[], None]) -> None:
        self._file = file
        self._watch = watch

    def write(self, data: bytes) -> int:
        self._watch()
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def read_recipe(path: Path) -> dict[str, Any] | None:
    """The recipe inside a PNG; None where there is none, or none that can be read.

    The picture itself isn't looked at.

    Raises:
        CoreError: the file can't be read.
    """
    try:
        text = read_text(path, RECIPE_KEY)
    except (OSError, ValueError) as error:  # a name may have characters that no file system allows
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise CoreError(f"{path.name} can't be read: {reason}.", "Give a PNG that Labkhand wrote.") from None
    if text is None:
        return None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None

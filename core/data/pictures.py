"""One picture: from the bytes of a file to upright, framed uint8 pixels, or a reason in plain words why not."""

from __future__ import annotations

import contextlib
import functools
import os
import struct
import threading
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.TiffImagePlugin import IMAGELENGTH, IMAGEWIDTH, TiffImageFile

from core.config import FACE, parse_crop
from core.errors import ConfigError, DataError

Pixels = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

EXTENSIONS = frozenset((
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff",
    ".ppm", ".pgm", ".pbm", ".pnm", ".avif", ".jp2", ".j2k", ".jpx", ".heic", ".heif", ".apng",
))  # fmt: skip
_CAMERA_RAW = (
    ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mrw", ".nef", ".nrw", ".orf",
    ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
)  # fmt: skip
_UNREADABLE = dict.fromkeys(_CAMERA_RAW, "camera raw") | {  # what people call pictures, too: ending -> kind
    ".jxl": "JPEG XL", ".jxr": "JPEG XR", ".wdp": "JPEG XR", ".hif": "HEIF", ".psd": "Photoshop", ".psb": "Photoshop",
    ".xcf": "GIMP", ".kra": "Krita", ".ora": "OpenRaster", ".clip": "Clip Studio", ".afphoto": "Affinity Photo",
    ".svg": "SVG", ".eps": "EPS", ".ai": "Illustrator", ".tga": "TGA", ".pcx": "PCX", ".ico": "icon", ".icns": "icon",
    ".exr": "OpenEXR", ".hdr": "Radiance HDR", ".pfm": "PFM", ".dds": "DDS", ".qoi": "QOI", ".fits": "FITS", ".dcm": "DICOM",
}  # fmt: skip
# No other formats: some of Pillow's readers start other programs (EPS), and the rest never hold photos of faces.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "PPM", "AVIF", "JPEG2000")

MAX_FILE_BYTES = 512 * 2**20
MAX_PIXELS = 178_956_970  # of a file: Pillow itself refuses more (twice Image.MAX_IMAGE_PIXELS)
MAX_DECODED_PIXELS = MAX_PIXELS // 2  # decoded at once: above this, Pillow warns. A larger JPEG is decoded at a reduced size
LARGE_PIXELS = 24_000_000  # larger pictures are decoded one at a time, or many cores would fill the memory

SCALE_GAP = 2.0  # the JPEG decoder's own, cheap halving stops at this many times the wanted side; the rest is Lanczos
BACKGROUND = (255, 255, 255)  # behind transparent pictures

_ORIENTATION_TAG = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_one_large = threading.Lock()

_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNK = 12  # bytes of a chunk beside its data: length, name and checksum
_NOTES = (b"eXIf", b"tEXt", b"zTXt", b"iTXt")


class BadPicture(Exception):  # noqa: N818 - named for the picture, not the error
    """A picture that can't be used; its text is the reason, in plain words and without the file's name."""


class UnreadableFile(BadPicture):
    """The file couldn't be read at all; it may be readable next time."""


def unreadable_kinds() -> dict[str, str]:
    """Picture files that can't be read: ending of the file's name -> kind, for people."""
    return _UNREADABLE if _reads("AVIF") else _UNREADABLE | {".avif": "AVIF"}


def _reads(name: str) -> bool:
    """Whether this Pillow reads a format; older ones, and some builds, know no AVIF."""
    if name not in _formats():
        return False
    accept = Image.OPEN[name][1]
    return accept is None or not isinstance(accept(b"\0\0\0\x20ftypavif\0\0\0\0"), str)


def read_bytes(path: str | Path) -> bytes:
    """The file's bytes.

    Raises:
        UnreadableFile: missing, no permission, a failing disk.
        BadPicture: empty, or larger than MAX_FILE_BYTES.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE_BYTES:
                raise BadPicture(f"too large ({size // 2**20} MB; at most {MAX_FILE_BYTES // 2**20})")
            data = file.read()
    except OSError as error:
        raise UnreadableFile(f"can't be opened: {(error.strerror or str(error)).lower()}") from error
    if not data:
        raise BadPicture("empty file")
    return data


def frame(data: bytes, image_size: int, channels: int, box: Box | None) -> tuple[Pixels, tuple[int, int]]:
    """Decode, turn upright, convert, crop and resize one picture.

    Args:
        data: the file's bytes.
        image_size: side S of the result, in pixels.
        channels: C, 3 (RGB) or 1 (grey).
        box: (left, top, right, bottom) in pixels of the upright picture, stretched to a square; None = the largest
            centred square.

    Returns:
        The pixels, uint8 (S, S, C), and the upright picture's own width and height.

    Raises:
        BadPicture: it can't be used; says why.
    """
    image = _opened(data)
    try:
        return _framed(image, image_size, channels, box)
    except BadPicture:
        raise
    except Exception as error:  # decoders raise anything on a broken file; reported as that file's fault
        raise BadPicture(_reason(error)) from error
    finally:
        image.close()


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height of the upright picture, from its header and EXIF alone. Raises BadPicture."""
    image = header_of(data)
    try:
        width, height = image.size
        if isinstance(image, TiffImageFile):  # its size may be that of the upright picture already
            width, height = image.tag_v2[IMAGEWIDTH], image.tag_v2[IMAGELENGTH]
        return (height, width) if _orientation(image) in (5, 6, 7, 8) else (width, height)
    finally:
        image.close()


def header_of(data: bytes) -> Image.Image:
    """A picture with only its header and metadata read, wherever in the file that is. Raises BadPicture."""
    notes_first = _notes_first(data)
    if notes_first is not data:
        with contextlib.suppress(BadPicture):  # broken metadata doesn't make a picture unusable
            return _opened(notes_first)
    return _opened(data)


def shrunk(data: bytes, side: int) -> Pixels:
    """Decode the whole of one picture, upright, no larger than `side` each way: uint8 (H, W, 3). Raises BadPicture."""
    image = _opened(data)
    try:
        if image.size[0] * image.size[1] > MAX_PIXELS:
            raise BadPicture(f"too large ({image.size[0]} x {image.size[1]} pixels)")
        image.draft(None, (side, side))  # a JPEG unpacks itself at a part of its size
        if image.size[0] * image.size[1] > MAX_DECODED_PIXELS:
            raise BadPicture(f"too large ({image.size[0]} x {image.size[1]} pixels)")
        with _one_large if image.size[0] * image.size[1] > LARGE_PIXELS else contextlib.nullcontext():
            image.load()
            turn = _TURNS.get(_orientation(image))
            plain = _converted(image.transpose(turn) if turn is not None else image, "RGB")
            scale = min(1.0, side / max(plain.size))
            size = (max(1, round(plain.width * scale)), max(1, round(plain.height * scale)))
            return np.array(plain if size == plain.size else plain.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))
    except BadPicture:
        raise
    except Exception as error:  # see `frame`
        raise BadPicture(_reason(error)) from error
    finally:
        image.close()


def whole(data: bytes, most_pixels: int) -> tuple[Pixels, Pixels | None, bytes | None]:
    """Decode one picture at its own size and turn it upright.

    Args:
        data: the file's bytes.
        most_pixels: how many it may have.

    Returns:
        uint8 (H, W, 3); the alpha channel, uint8 (H, W), or None; the ICC profile of its RGB values, or None.

    Raises:
        BadPicture: it can't be used; says why.
    """
    image = _opened(data)
    try:
        if image.size[0] * image.size[1] > most_pixels:
            millions = f"{most_pixels / 1e6:.0f} megapixels"
            raise BadPicture(f"too large ({image.size[0]} x {image.size[1]} pixels; at most {millions})")
        with _one_large if image.size[0] * image.size[1] > LARGE_PIXELS else contextlib.nullcontext():
            image.load()
        turn = _TURNS.get(_orientation(image))
        upright = image.transpose(turn) if turn is not None else image
        profile = upright.info.get("icc_profile") if upright.mode.startswith("RGB") else None
        alpha = None
        if upright.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in upright.info:
            upright = upright.convert("RGBA")
            alpha = np.array(upright.getchannel("A"))
            upright = upright.convert("RGB")  # colours behind transparent parts stay as they are
        plain = _converted(upright, "RGB")
        return np.array(plain), alpha, profile if isinstance(profile, bytes) else None
    except BadPicture:
        raise
    except Exception as error:  # see `frame`
        raise BadPicture(_reason(error)) from error
    finally:
        image.close()


def read_framed(path: str | Path, image_size: int = 128, channels: int = 3, crop: str = "center") -> Pixels:
    """One picture file, framed by a `data.crop` other than `face`: uint8 (S, S, C).

    Raises:
        DataError: the file can't be used; the sentence names it and says why.
        ConfigError: the crop is neither `center` nor a box.
    """
    try:
        if crop == FACE:
            raise ConfigError("Faces aren't looked for here.", "Write center, or a box.")
        return frame(read_bytes(path), image_size, channels, parse_crop(crop))[0]
    except BadPicture as bad:
        raise DataError(f"{path} can't be used: {bad}.", "Choose another picture.") from bad


def _opened(data: bytes) -> Image.Image:
    """The picture with only its header read.

    Calls Pillow's readers directly: `Image.open` would warn about large pictures, and warnings can't be silenced for
    one thread alone.
    """
    claimed = False
    for name in _formats():
        factory, accept = Image.OPEN[name]
        try:
            answer = accept(data[:16]) if accept else True
            if not answer or isinstance(answer, str):  # a string: this Pillow was built without the format
                continue
            claimed = True
            return factory(BytesIO(data), "")
        except (Image.DecompressionBombError, MemoryError) as error:  # a header may claim impossible sizes
            raise BadPicture(_reason(error)) from error
        except (SyntaxError, LookupError, TypeError, ValueError, ArithmeticError, OSError, EOFError, struct.error, Warning):
            continue  # like Pillow: try the next format
    if data[:4] == b"RIFF" and int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise BadPicture("the file is cut off")
    if data[4:8] == b"ftyp":
        raise BadPicture("a kind of picture that can't be read (HEIC or alike; save it as JPEG or PNG)")
    raise BadPicture("its header is damaged" if claimed else "not a picture")


def _notes_first(data: bytes) -> bytes:
    """A PNG's beginning, with metadata that follows its pixels moved before them; any other file as it is."""
    if not data.startswith(_PNG):
        return data
    notes, pixels, place, is_moving = [], 0, len(_PNG), False
    while place + _CHUNK <= len(data):
        end = place + _CHUNK + int.from_bytes(data[place : place + 4])
        name = data[place + 4 : place + 8]
        if end > len(data) or name == b"IEND" or (pixels and is_moving and name == b"fcTL"):  # the first frame ends
            break
        if name == b"acTL":
            is_moving = True
        elif name == b"IDAT":
            pixels = pixels or place
        elif pixels and name in _NOTES:  # checksums of chunks after the pixels aren't checked
            body = data[place : end - 4]
            notes.append(body + zlib.crc32(body[4:]).to_bytes(4))
        place = end
    return data[:pixels] + b"".join(notes) + data[pixels : pixels + _CHUNK] if notes else data


@functools.cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _framed(image: Image.Image, image_size: int, channels: int, box: Box | None) -> tuple[Pixels, tuple[int, int]]:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise BadPicture(f"too large ({width} x {height} pixels)")
    side_x, side_y = (box[2] - box[0], box[3] - box[1]) if box else (min(width, height),) * 2
    shrink = min(side_x, side_y) / (SCALE_GAP * image_size)
    drafted = image.draft(None, (int(width / shrink), int(height / shrink))) if shrink > 1 else None
    scale = width / drafted[1][2] if drafted else 1.0
    pixels = image.size[0] * image.size[1]
    if pixels > MAX_DECODED_PIXELS:
        raise BadPicture(f"too large ({width} x {height} pixels)")
    with _one_large if pixels > LARGE_PIXELS else contextlib.nullcontext():
        image.load()
        if not drafted:
            width, height = image.size  # a TIFF turns itself upright while loading
        turn = _TURNS.get(_orientation(image))
        upright = image.transpose(turn) if turn is not None else image
        if turn in (
            Image.Transpose.TRANSPOSE,
            Image.Transpose.TRANSVERSE,
            Image.Transpose.ROTATE_90,
            Image.Transpose.ROTATE_270,
        ):
            width, height = height, width
        left, top, right, bottom = _checked_box(box, width, height)
        plain = _converted(upright, "RGB" if channels == 3 else "L")
        area = (left / scale, top / scale, min(right / scale, plain.width), min(bottom / scale, plain.height))
        small = plain.resize((image_size, image_size), Image.Resampling.LANCZOS, box=area, reducing_gap=3.0)
    array = np.asarray(small, dtype=np.uint8)
    return array.reshape(image_size, image_size, channels), (width, height)


def _checked_box(box: Box | None, width: int, height: int) -> tuple[float, float, float, float]:
    """The box to cut out of a picture of that size; the largest centred square without one."""
    if box is None:
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        return left, top, left + side, top + side
    if box[2] > width or box[3] > height:
        raise BadPicture(f"the crop box {','.join(map(str, box))} does not fit its {width}x{height} pixels")
    return box


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 (upright) where there is none or it makes no sense; read from the header alone.

    A PNG's own `getexif` would decode it to look for metadata after its pixels, however large it claims to be.
    """
    try:
        return int(Image.Image.getexif(image).get(_ORIENTATION_TAG, 1))
    except (SyntaxError, ValueError, TypeError, LookupError, OSError, OverflowError, struct.error, Warning):
        return 1  # broken metadata doesn't make a picture unusable


def _converted(image: Image.Image, mode: str) -> Image.Image:
    """The picture as RGB or L (8 bits), whatever it was."""
    if image.mode == mode and "transparency" not in image.info:
        return image
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_eight_bits(np.asarray(image))).convert(mode)
    if image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info:
        cut_out = image.convert("RGBA")
        image = Image.new("RGB", image.size, BACKGROUND)
        image.paste(cut_out, mask=cut_out.getchannel("A"))
    if image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    return image if image.mode == mode else image.convert(mode)


def _eight_bits(values: npt.NDArray[np.generic]) -> Pixels:
    """Grey values of 16 or 32 bits or floats as uint8, scaled and not clipped.

    The scale comes from the type where it says one, else from the values: [0, 1], 8 bits, 16 bits, or their own range.
    """
    if values.dtype.kind == "u" and values.dtype.itemsize == 2:
        return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)
    floats = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(floats.min()), float(floats.max())
    if low < 0 or high > 65535:
        floats = (floats - low) * (255.0 / max(high - low, 1e-12))
    elif high > 255:
        floats = floats / 257.0
    elif high <= 1 and values.dtype.kind == "f":
        floats = floats * 255.0
    return np.rint(floats).astype(np.uint8)


def _reason(error: Exception) -> str:
    """A decoder's error message in plain words."""
    text = str(error).strip()
    if isinstance(error, (EOFError, struct.error)) or any(
        words in text.lower() for words in ("truncated", "end of file", "premature", "not enough")
    ):
        return "the file is cut off"
    if isinstance(error, (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return "too large to unpack"
    return f"the file is damaged ({text.splitlines()[0].rstrip('.')[:100]})" if text else "the file is damaged"

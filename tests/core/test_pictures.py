"""Every kind of picture becomes upright uint8 pixels, and every broken kind a reason."""

from __future__ import annotations

import contextlib
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from core.data import pictures
from core.errors import DataError
from tests.helpers.pictures import behind_its_pixels


def quadrants(width: int = 80, height: int = 80, mode: str = "RGB") -> Image.Image:
    """Red, green, blue and white quarters: every flip and turn of it differs."""
    image = Image.new("RGB", (width, height), (255, 255, 255))
    image.paste((200, 0, 0), (0, 0, width // 2, height // 2))
    image.paste((0, 200, 0), (width // 2, 0, width, height // 2))
    image.paste((0, 0, 200), (0, height // 2, width // 2, height))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def corners(pixels: np.ndarray) -> list[list[int]]:
    """The colours well inside the four quarters, row by row."""
    near, far = len(pixels) // 4, 3 * len(pixels) // 4
    return [pixels[y, x].tolist() for y in (near, far) for x in (near, far)]


# What makes a lossy kind of file keep flat colours
EXACTLY: dict[str, dict[str, Any]] = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}
QUARTERS = [[200, 0, 0], [0, 200, 0], [0, 0, 200], [255, 255, 255]]


def reason(data: bytes, box: pictures.Box | None = None, size: int = 32) -> str:
    with pytest.raises(pictures.BadPicture) as caught:
        pictures.frame(data, size, 3, box)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "WEBP", "JPEG", "PPM"])
def test_every_kind_of_file(kind: str) -> None:
    pixels, size = pictures.frame(encoded(quadrants(), kind, **EXACTLY.get(kind, {})), 32, 3, None)
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    assert size == (80, 80)
    assert np.abs(np.subtract(corners(pixels), QUARTERS)).max() <= 4


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [quadrants(), Image.new("RGB", (80, 80), (1, 2, 3))]
    for kind in ("GIF", "WEBP", "TIFF"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        assert np.abs(np.subtract(corners(pictures.frame(data, 32, 3, None)[0]), QUARTERS)).max() <= 4, kind


@pytest.mark.parametrize("mode", ["L", "1", "LA", "P", "RGBA"])
def test_modes_of_png(mode: str) -> None:
    grey = quadrants().convert("L")
    source = grey.convert("1", dither=Image.Dither.NONE) if mode == "1" else quadrants(mode=mode)
    colour = pictures.frame(encoded(source, "PNG"), 32, 3, None)[0]
    expected = np.asarray(source.convert("RGB"))[[20, 20, 60, 60], [20, 60, 20, 60]]
    assert np.abs(np.subtract(corners(colour), expected)).max() <= 2
    single = pictures.frame(encoded(source, "PNG"), 32, 1, None)[0]
    assert single.shape == (32, 32, 1)
    assert np.abs(np.subtract(corners(single)[0], np.asarray(source.convert("L"))[20, 20])).max() <= 2


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind: str) -> None:
    pixels = pictures.frame(encoded(quadrants().convert("CMYK"), kind), 32, 3, None)[0]
    assert np.abs(np.subtract(corners(pixels), QUARTERS)).max() <= 6


def test_transparent_parts_lie_on_white() -> None:
    image = quadrants(mode="RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 40, 40))
    assert corners(pictures.frame(encoded(image, "PNG"), 32, 3, None)[0])[0] == [255, 255, 255]
    palette = quadrants().convert("P", palette=Image.Palette.ADAPTIVE)
    red = palette.getpixel((10, 10))
    for data in (
        encoded(palette, "PNG", transparency=red),
        encoded(palette, "GIF", transparency=red),
        encoded(quadrants(), "PNG", transparency=(200, 0, 0)),
        encoded(palette, "PNG", transparency=bytes(0 if i == red else 255 for i in range(256))),
    ):
        found = corners(pictures.frame(data, 32, 3, None)[0])
        assert found[0] == [255, 255, 255]
        assert np.abs(np.subtract(found[1], QUARTERS[1])).max() <= 2
        assert corners(pictures.frame(data, 32, 1, None)[0])[0] == [255]


def ramp16() -> np.ndarray:
    return np.repeat(np.linspace(0, 65535, 64).astype(np.uint16)[None, :], 64, axis=0)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(kind: str) -> None:
    pixels = pictures.frame(encoded(Image.fromarray(ramp16()), kind), 64, 3, None)[0]
    assert np.abs(pixels[0, :, 0].astype(int) - np.round(ramp16()[0] / 257)).max() <= 1
    assert (pixels[..., 0] == pixels[..., 1]).all()


def test_big_endian_sixteen_bits() -> None:
    data = b"P5 64 64 65535\n" + ramp16().astype(">u2").tobytes()  # a PGM
    pixels = pictures.frame(data, 64, 1, None)[0]
    assert np.abs(pixels[0, :, 0].astype(int) - np.round(ramp16()[0] / 257)).max() <= 1


def png16_rgb(colour: tuple[int, int, int]) -> bytes:
    """A PNG of 16 bits a channel, which Pillow reads and doesn't write."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = (b"\0" + struct.pack(">3H", *colour) * 40) * 40
    header = struct.pack(">IIBBBBB", 40, 40, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_sixteen_bit_colour() -> None:
    pixels = pictures.frame(png16_rgb((65535, 32896, 0)), 32, 3, None)[0]
    assert pixels[5, 5].tolist() == [255, 128, 0]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0.0, 1.0]], np.float32), [0, 255]),
        (np.array([[0.0, 255.0]], np.float32), [0, 255]),
        (np.array([[0.0, 65535.0]], np.float32), [0, 255]),
        (np.array([[-2.0, 2.0]], np.float32), [0, 255]),
        (np.array([[np.nan, 1.0]], np.float32), [0, 255]),
        (np.array([[0, 200]], np.int32), [0, 200]),
        (np.array([[0, 1]], np.int32), [0, 1]),
        (np.array([[0, 65535]], np.int32), [0, 255]),
        (np.array([[0, 2**30]], np.int32), [0, 255]),
    ],
)
def test_floats_and_wide_integers(values: np.ndarray, expected: list[int]) -> None:
    data = encoded(Image.fromarray(np.kron(values, np.ones((64, 32), values.dtype))), "TIFF")
    pixels = pictures.frame(data, 32, 1, None)[0]
    assert [int(pixels[16, 4, 0]), int(pixels[16, 28, 0])] == expected


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(kind: str, orientation: int) -> None:
    """The stored picture is the upright one turned by the inverse of what the note asks for."""
    inverse = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    upright = quadrants(80, 120)
    stored = upright
    if orientation > 1:
        stored = upright.transpose(inverse.get(orientation, pictures._TURNS[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(stored, kind, exif=exif, **EXACTLY.get(kind, {}))
    pixels, size = pictures.frame(data, 32, 3, None)
    assert size == (80, 120)
    assert np.abs(np.subtract(corners(pixels), QUARTERS)).max() <= 4
    blue = pictures.frame(data, 32, 3, (0, 70, 40, 110))[0]  # the box counts in the upright picture
    assert np.abs(blue.reshape(-1, 3).mean(axis=0) - QUARTERS[2]).max() <= 4


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_broken_exif_block_is_no_reason() -> None:
    data = encoded(quadrants(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert pictures.frame(data, 32, 3, None)[0].shape == (32, 32, 3)


def test_center_crop_and_box() -> None:
    wide = Image.new("RGB", (200, 80), (9, 9, 9))
    wide.paste(quadrants(), (60, 0))
    data = encoded(wide, "PNG")
    assert np.abs(np.subtract(corners(pictures.frame(data, 40, 3, None)[0]), QUARTERS)).max() <= 1
    exact = pictures.frame(data, 32, 3, (100, 40, 132, 72))[0]
    assert (exact == 255).all()
    assert (pictures.frame(data, 32, 3, (0, 0, 32, 32))[0] == 9).all()
    noise = np.random.default_rng(0).integers(0, 256, (60, 70, 3), dtype=np.uint8)
    framed = pictures.frame(encoded(Image.fromarray(noise), "PNG"), 32, 3, (11, 7, 43, 39))[0]
    assert (framed == noise[7:39, 11:43]).all()  # a box of the wanted size is copied, not filtered


def test_a_box_that_does_not_fit() -> None:
    data = encoded(quadrants(), "PNG")
    assert reason(data, (25, 52, 153, 180)) == "the crop box 25,52,153,180 does not fit its 80x80 pixels"


def test_a_large_jpeg_is_shrunk_by_its_decoder_without_harm() -> None:
    y, x = np.mgrid[0:1000, 0:1400] / 200
    smooth = np.stack([np.sin(x), np.cos(y), np.sin(x + y)], axis=-1) * 100 + 128
    data = encoded(Image.fromarray(smooth.astype(np.uint8)), "JPEG", quality=95)
    for box in (None, (101, 203, 741, 843)):
        framed, size = pictures.frame(data, 64, 3, box)
        left, top, right, bottom = box or (200, 0, 1200, 1000)
        whole = Image.open(BytesIO(data)).crop((left, top, right, bottom)).resize((64, 64), Image.Resampling.LANCZOS)
        assert size == (1400, 1000)
        assert np.abs(framed.astype(int) - np.asarray(whole)).max() <= 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_cut_off_files(kind: str) -> None:
    rng = np.random.default_rng(0)
    data = encoded(Image.fromarray(rng.integers(0, 256, (90, 90, 3), dtype=np.uint8)), kind)
    assert reason(data[: len(data) * 2 // 3]) == "the file is cut off"
    for length in (1, 5, 12, 20, 30):
        assert reason(data[:length])


def test_what_is_no_picture() -> None:
    assert reason(b"Dear diary, this is no picture at all.") == "not a picture"
    assert reason(b"\0" * 4096) == "not a picture"
    assert reason(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n") == "not a picture"
    assert "HEIC" in reason(b"\0\0\0\x18ftypheic" + b"\0" * 40)


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    idat = b"IDAT" + zlib.compress(b"\0" * 1000)
    return data + struct.pack(">I", len(idat) - 4) + idat + struct.pack(">I", zlib.crc32(idat))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (10_000, 10_000), (300_000, 600)])
def test_bombs_are_refused_by_their_header(width: int, height: int) -> None:
    assert reason(png_header(width, height)) == f"too large ({width} x {height} pixels)"


def test_a_phones_largest_photo_is_no_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 2_000_000)
    monkeypatch.setattr(pictures, "MAX_DECODED_PIXELS", 1_000_000)
    monkeypatch.setattr(pictures, "LARGE_PIXELS", 1000)
    image = quadrants(1200, 1200)
    assert pictures.frame(encoded(image, "JPEG"), 32, 3, None)[1] == (1200, 1200)
    assert reason(encoded(image, "PNG")) == "too large (1200 x 1200 pixels)"


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pictures.UnreadableFile, match="can't be opened: no such file"):
        pictures.read_bytes(tmp_path / "none.png")
    (tmp_path / "empty.png").touch()
    with pytest.raises(DataError, match=r"empty\.png can't be used: empty file\."):
        pictures.read_framed(tmp_path / "empty.png")
    quadrants().save(tmp_path / "good.png")
    assert pictures.read_framed(tmp_path / "good.png", 64, 1, "0,0,40,40").shape == (64, 64, 1)
    monkeypatch.setattr(pictures, "MAX_FILE_BYTES", 10)
    with pytest.raises(pictures.BadPicture, match="too large"):
        pictures.read_bytes(tmp_path / "good.png")


PLAIN = {kind: encoded(quadrants(24, 24), kind) for kind in ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")}


@pytest.mark.filterwarnings("ignore")  # Pillow's remarks on broken notes
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(PLAIN)), st.data())
def test_damaged_bytes_give_pixels_or_a_reason(kind: str, data: st.DataObject) -> None:
    broken = bytearray(PLAIN[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    reason = ""
    try:
        pixels, _ = pictures.frame(bytes(broken), 16, 3, None)
    except pictures.BadPicture as bad:
        reason = str(bad)
    assert reason or pixels.shape == (16, 16, 3)
    with contextlib.suppress(pictures.BadPicture):  # the one thing it may raise
        pictures.size_of(bytes(broken))


def test_a_header_that_asks_for_too_much_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    pictures.frame(buffer.getvalue(), 32, 3, None)  # a good picture as it is

    def too_much(*_: object) -> Image.Image:
        raise Image.DecompressionBombError("Image size exceeds limit")

    monkeypatch.setitem(Image.OPEN, "PNG", (too_much, Image.OPEN["PNG"][1]))
    with pytest.raises(pictures.BadPicture, match="too large"):
        pictures.frame(buffer.getvalue(), 32, 3, None)


def turned(kind: str, orientation: int, **options: Any) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(quadrants(80, 120), kind, exif=exif, **options)


def xmp_png(orientation: int) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", f'<x tiff:Orientation="{orientation}"/>')
    return encoded(quadrants(80, 120), "PNG", pnginfo=info)


TURNED = {
    **{kind: lambda orientation, kind=kind: turned(kind, orientation) for kind in ("JPEG", "PNG", "WEBP", "TIFF")},
    "packed TIFF": lambda orientation: turned("TIFF", orientation, compression="tiff_lzw"),
    "PNG, notes at its end": lambda orientation: behind_its_pixels(turned("PNG", orientation)),
    "PNG, XMP": xmp_png,
    "PNG, XMP at its end": lambda orientation: behind_its_pixels(xmp_png(orientation)),
    "moving PNG, notes at its end": lambda orientation: behind_its_pixels(
        turned("PNG", orientation, save_all=True, append_images=[Image.new("RGB", (80, 120))])
    ),
}


@pytest.mark.parametrize("kind", TURNED)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_size_read_from_the_header_is_that_of_the_decoded_picture(kind: str, orientation: int) -> None:
    data = TURNED[kind](orientation)
    size = pictures.frame(data, 32, 3, None)[1]
    upright = (120, 80) if orientation >= 5 else (80, 120)
    if kind == "moving PNG, notes at its end":
        upright = (80, 120)  # they lie behind the other pictures, where they aren't looked for
    assert size == upright
    assert pictures.size_of(data) == size
    assert pictures.whole(data, 10**6)[0].shape[1::-1] == size


def test_notes_at_the_end_that_make_no_sense_leave_the_size() -> None:
    png = encoded(quadrants(80, 120), "PNG")
    text = b"tEXtcomment\0" + b"\xff" * 9
    torn = png[:-12] + (100).to_bytes(4) + b"eXIfMM\0*"
    for data in (png[:-12] + struct.pack(">I", len(text) - 4) + text + b"crc?" + png[-12:], torn):
        assert pictures.size_of(data) == (80, 120)


def test_a_pngs_size_is_read_without_unpacking_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One may claim 60,000 x 60,000 pixels, which would be 14 GB."""
    path = tmp_path / "a.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    Image.new("RGB", (30, 20)).save(path, exif=exif)
    unpacked: list[object] = []
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", lambda image: unpacked.append(image))
    assert pictures.size_of(path.read_bytes()) == (20, 30)
    assert pictures.size_of(behind_its_pixels(path.read_bytes())) == (20, 30)
    Image.new("RGB", (30, 20)).save(path)
    assert pictures.size_of(path.read_bytes()) == (30, 20)
    assert unpacked == []

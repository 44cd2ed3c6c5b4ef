"""What a camera wrote into a photo (EXIF): when, with what and how it was taken, and where; chosen tag by tag, nothing else.

Of a file's metadata only the tags named here are ever copied. What stays out: the orientation (it is applied to the pixels), the
small picture of the unedited photo that cameras put in, makers' own notes, serial numbers, and names of people.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image
from PIL.ExifTags import IFD, Base
from PIL.TiffImagePlugin import IFDRational

from core.data.pictures import BadPicture, header_of

KEEPS = ("none", "camera", "all")
"""How much of it is kept: nothing, all but the place, or everything."""

LONGEST_TEXT = 200  # characters of a note
LONGEST_BYTES = 64
MOST_NUMBERS = 8

_MAIN = (Base.Make, Base.Model, Base.DateTime)
_DETAILS = (
    Base.DateTimeOriginal, Base.DateTimeDigitized, Base.OffsetTime, Base.OffsetTimeOriginal, Base.OffsetTimeDigitized,
    Base.SubsecTime, Base.SubsecTimeOriginal, Base.SubsecTimeDigitized,
    Base.ExposureTime, Base.FNumber, Base.ExposureProgram, Base.ISOSpeedRatings, Base.SensitivityType,
    Base.RecommendedExposureIndex, Base.ShutterSpeedValue, Base.ApertureValue, Base.BrightnessValue, Base.ExposureBiasValue,
    Base.MaxApertureValue, Base.MeteringMode, Base.LightSource, Base.Flash, Base.FocalLength, Base.FocalLengthIn35mmFilm,
    Base.ExposureMode, Base.WhiteBalance, Base.DigitalZoomRatio, Base.SceneCaptureType,
    Base.LensSpecification, Base.LensMake, Base.LensModel,
)  # fmt: skip
_PLACES = range(32)  # all tags of GPSInfo
_BROKEN = (SyntaxError, ValueError, TypeError, LookupError, OSError, ArithmeticError, AttributeError, struct.error, Warning)


@dataclass(frozen=True, slots=True)
class CameraData:
    """The parts of a photo's metadata that may be kept, as EXIF.

    Attributes:
        camera: date, camera and settings; empty where the photo says nothing of them.
        with_place: the same and where it was taken; empty where the photo doesn't say.
    """

    camera: bytes = b""
    with_place: bytes = b""

    def kept(self, keep: str) -> bytes | None:
        """What goes into a saved picture for one of `KEEPS`; None for nothing."""
        exif = {"none": b"", "camera": self.camera, "all": self.with_place or self.camera}[keep]
        return exif or None


def camera_data(data: bytes) -> CameraData | None:
    """The metadata in the bytes of a picture file; None where there is none, or none that makes sense."""
    try:
        read = _notes(header_of(data))
        main = {tag: read[tag] for tag in _MAIN if tag in read}
    except (BadPicture, *_BROKEN):
        return None
    parts = {IFD.Exif: _part(read, IFD.Exif, _DETAILS), IFD.GPSInfo: _part(read, IFD.GPSInfo, _PLACES)}
    details = {IFD.Exif: parts[IFD.Exif]} if parts[IFD.Exif] else {}
    camera = _written(main, details)
    place = parts[IFD.GPSInfo]
    if set(place) <= {0}:  # its version alone says nothing
        place = {}
    with_place = _written(main, details | {IFD.GPSInfo: place}) if place else b""
    return CameraData(camera, with_place) if camera or with_place else None


def _notes(image: Image.Image) -> Image.Exif:
    """The EXIF in the file's header. Not `Image.getexif`, which decodes a whole PNG to look for metadata after its pixels."""
    if image.format == "TIFF":
        return image.getexif()
    exif = image.info.get("exif")
    read = Image.Exif()
    if isinstance(exif, bytes):
        read.load(exif)
    return read


def _part(read: Image.Exif, part: IFD, tags: Any) -> dict[int, Any]:
    try:
        entries = read.get_ifd(part)
    except _BROKEN:
        return {}
    return {
        tag: entries[tag] for tag in tags if tag in entries and _harmless(entries[tag]) and _can_be_written(tag, entries[tag], part)
    }


def _harmless(value: Any) -> bool:
    """Whether a note is of a kind and length that cameras write."""
    if isinstance(value, str):
        return bool(value.strip("\0 ")) and len(value) <= LONGEST_TEXT
    if isinstance(value, bytes):
        return 0 < len(value) <= LONGEST_BYTES
    if isinstance(value, tuple):
        return 0 < len(value) <= MOST_NUMBERS and all(isinstance(one, (int, float, IFDRational)) for one in value)
    return isinstance(value, (int, float, IFDRational))


def _can_be_written(tag: int, value: Any, part: IFD | None = None) -> bool:
    try:
        _exif({tag: value} if part is None else {part: {tag: value}})
    except _BROKEN:
        return False
    return True


def _written(main: Mapping[Base, Any], parts: Mapping[IFD, dict[int, Any]]) -> bytes:
    plain: dict[int, Any] = {tag: value for tag, value in main.items() if _harmless(value) and _can_be_written(tag, value)}
    return _exif(plain | dict(parts)) if plain or parts else b""


def _exif(values: dict[int, Any]) -> bytes:
    exif = Image.Exif()
    for tag, value in values.items():
        exif[tag] = value
    return exif.tobytes()

"""What a camera wrote into a photo: kept when it is asked for, the place only when that is, and nothing else ever."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from core.data.camera_data import camera_data
from core.data.photo import open_photo
from core.export.images import save_picture
from tests.helpers.pictures import behind_its_pixels

SECRET = "Ada Secret"


def notes(place: bool = True) -> Image.Exif:
    """As a telephone writes them, turned by a quarter."""
    made = Image.Exif()
    made[Base.Make], made[Base.Model], made[Base.Orientation] = "Acme", "Phone 7", 6
    made[Base.Artist], made[Base.ImageDescription], made[Base.Software] = SECRET, SECRET, "Acme OS"
    made[IFD.Exif] = {
        Base.DateTimeOriginal: "2024:05:01 10:20:30",
        Base.ExposureTime: 0.01,
        Base.FNumber: 1.8,
        Base.ISOSpeedRatings: 200,
        Base.LensModel: "Phone back camera",
        Base.BodySerialNumber: SECRET,
        Base.CameraOwnerName: SECRET,
        Base.UserComment: SECRET.encode(),
        Base.MakerNote: SECRET.encode() * 50,
    }
    if place:
        made[IFD.GPSInfo] = {
            GPS.GPSVersionID: b"\2\3\0\0",
            GPS.GPSLatitudeRef: "N",
            GPS.GPSLatitude: (35.0, 41.0, 21.0),
            GPS.GPSLongitudeRef: "E",
            GPS.GPSLongitude: (51.0, 23.0, 20.0),
        }
    return made


def photo(folder: Path, name: str, exif: Image.Exif | None = None) -> Path:
    path = folder / name
    Image.new("RGB", (40, 20), "red").save(path, exif=(exif if exif is not None else notes()).tobytes())
    return path


@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("source", [".jpg", ".png", ".webp", ".tif"])
def test_what_is_kept_and_what_never_is(tmp_path: Path, source: str, ending: str) -> None:
    read = open_photo(photo(tmp_path, f"a{source}"))
    assert read.camera is not None
    out = tmp_path / "out"
    for keep in ("none", "camera", "all"):
        save_picture(out / f"{keep}{ending}", read.pixels, exif=read.camera.kept(keep))
    with Image.open(out / f"none{ending}") as image:
        assert not dict(image.getexif())
    for keep in ("camera", "all"):
        data = (out / f"{keep}{ending}").read_bytes()
        assert SECRET.encode() not in data
        with Image.open(out / f"{keep}{ending}") as image:
            assert image.size == (20, 40), "turned upright"
            found = image.getexif()
            assert found[Base.Model] == "Phone 7"
            assert Base.Orientation not in found
            details, place = found.get_ifd(IFD.Exif), found.get_ifd(IFD.GPSInfo)
        assert details[Base.DateTimeOriginal] == "2024:05:01 10:20:30"
        assert float(details[Base.FNumber]) == pytest.approx(1.8)
        assert set(details) <= {
            Base.DateTimeOriginal,
            Base.ExposureTime,
            Base.FNumber,
            Base.ISOSpeedRatings,
            Base.LensModel,
        }
        if keep == "all":
            assert [float(part) for part in place[GPS.GPSLatitude]] == [35.0, 41.0, 21.0]
            assert place[GPS.GPSLongitudeRef] == "E"
        else:
            assert not place


def test_a_photo_that_says_nothing_of_itself(tmp_path: Path) -> None:
    only_turned, lonely = Image.Exif(), Image.Exif()
    only_turned[Base.Orientation] = 6
    lonely[IFD.GPSInfo] = {GPS.GPSVersionID: b"\2\3\0\0"}
    for number, exif in enumerate((Image.Exif(), only_turned, lonely)):
        assert open_photo(photo(tmp_path, f"{number}.jpg", exif)).camera is None
    assert open_photo(photo(tmp_path, "n.jpg", notes(place=False))).camera.with_place == b""


def test_notes_behind_a_pngs_pixels_are_found(tmp_path: Path) -> None:
    path = photo(tmp_path, "a.png")
    usual = open_photo(path)
    path.write_bytes(behind_its_pixels(path.read_bytes()))
    assert usual.camera is not None
    assert open_photo(path).camera == usual.camera


def test_the_place_alone(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[IFD.GPSInfo] = {GPS.GPSLatitudeRef: "S", GPS.GPSLatitude: (1.0, 2.0, 3.0)}
    found = open_photo(photo(tmp_path, "a.jpg", exif)).camera
    assert found is not None
    assert found.kept("camera") is None
    assert found.kept("all") is not None


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_broken_and_hostile_notes(tmp_path: Path) -> None:
    """Whatever stands there, the photo is opened, and what is copied is small."""
    rng = np.random.default_rng(0)
    whole = notes().tobytes()
    for number in range(200):
        broken = bytearray(whole)
        for place in rng.integers(6, len(whole), 1 + number % 20):
            broken[place] = rng.integers(0, 256)
        path = tmp_path / "b.jpg"
        Image.new("RGB", (8, 8)).save(path, exif=bytes(broken[: len(whole) - number]))
        found = open_photo(path).camera
        if found is not None:
            assert len(found.with_place) < 4000
    long = Image.Exif()
    long[Base.Model] = "x" * 50_000
    assert open_photo(photo(tmp_path, "l.jpg", long)).camera is None
    assert camera_data(b"no picture") is None

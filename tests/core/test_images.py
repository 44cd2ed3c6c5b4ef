"""Pictures to files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import CoreError
from core.export.images import GAP, captioned, grid, read_recipe, save_picture, wrapped


def faces(count: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 8, 8, channels), dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_grid_holds_every_picture_at_its_place(channels: int) -> None:
    pictures = faces(5, channels)
    sheet = grid(wrapped(pictures, 3))
    assert sheet.shape == (2 * (8 + GAP) + GAP, 3 * (8 + GAP) + GAP, 3)
    for number, picture in enumerate(pictures):
        top, left = (GAP + place * (8 + GAP) for place in divmod(number, 3))
        assert (sheet[top : top + 8, left : left + 8] == picture).all()
    assert (sheet[-(8 + GAP) :, -(8 + GAP) :] == 255).all()  # the place that stays empty
    assert (sheet[:GAP] == 255).all()


def test_a_caption_stands_below_and_labels_above() -> None:
    sheet = np.zeros((120, 300, 3), np.uint8)
    plain = captioned(sheet)
    assert (plain == sheet).all()
    both = captioned(sheet, "A caption that is far too long for one line of so small a picture, so it goes on", ["a", "b"])
    assert both.shape[1] == 300
    above = int(np.flatnonzero((both == 0).all(axis=(1, 2)))[0])
    assert (both[:above] < 128).any()
    assert (both[above + 120 :] < 128).any()
    assert both.shape[0] > captioned(sheet, "short", ["a", "b"]).shape[0]


def test_png_keeps_pixels_and_recipe(tmp_path: Path) -> None:
    recipe = {"what": "edit", "amount": 60.5, "name": "لبخند"}
    save_picture(tmp_path / "sub" / "a.png", faces(1)[0], recipe)
    with Image.open(tmp_path / "sub" / "a.png") as image:
        assert (np.asarray(image) == faces(1)[0]).all()
    assert read_recipe(tmp_path / "sub" / "a.png") == recipe


def test_a_grey_picture_without_a_recipe(tmp_path: Path) -> None:
    save_picture(tmp_path / "a.png", faces(1, 1)[0])
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "L"
        assert (np.asarray(image) == faces(1, 1)[0, ..., 0]).all()
    assert read_recipe(tmp_path / "a.png") is None


def test_what_is_no_picture_has_no_recipe(tmp_path: Path) -> None:
    for name, data in (("text.png", b"hello"), ("cut.png", b"\x89PNG\r\n\x1a\n\x00\x00"), ("empty.png", b"")):
        (tmp_path / name).write_bytes(data)
        assert read_recipe(tmp_path / name) is None  # whoever opens it as a picture says what is wrong
    for name in ("none.png", ".", "nul\0.png"):
        with pytest.raises(CoreError, match="can't be read"):
            read_recipe(tmp_path / name)


@pytest.mark.parametrize(("name", "kind"), [("a.png", "PNG"), ("a", "PNG"), ("a.JPG", "JPEG"), ("a.webp", "WEBP")])
def test_the_ending_names_the_format(tmp_path: Path, name: str, kind: str) -> None:
    save_picture(tmp_path / name, np.full((16, 16, 3), 99, np.uint8), {"what": "a test"})
    with Image.open(tmp_path / name) as image:
        assert image.format == kind


def test_an_ending_of_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CoreError, match=r"\.txt"):
        save_picture(tmp_path / "a.txt", np.zeros((16, 16, 3), np.uint8))
    assert not list(tmp_path.iterdir())

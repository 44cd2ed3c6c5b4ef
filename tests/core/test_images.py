"""Pictures to files."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, JpegImagePlugin

from core.errors import Cancelled, CoreError, DataError
from core.export.images import APART, GAP, captioned, font_of, grid, read_recipe, save_picture, wrapped
from core.export.origin import EDITED
from tests.helpers.origin import source_type


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


def test_rows_that_belong_together_stand_closer() -> None:
    sheet = grid(wrapped(np.zeros((12, 8, 8, 3), np.uint8), 3), together=2)
    white = (sheet == 255).all(axis=(1, 2))
    runs = [len(list(same)) for is_white, same in groupby(white) if is_white]
    assert runs == [GAP, GAP, APART * GAP, GAP, GAP]
    assert sheet[white.argmin() :, GAP : GAP + 8][:8].max() == 0


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


def noisy(side: int = 64) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)


def test_quality_is_what_jpeg_and_webp_are_given(tmp_path: Path) -> None:
    for ending in (".jpg", ".webp"):
        sizes = []
        for quality in (40, 80, 100):
            path = tmp_path / f"{quality}{ending}"
            save_picture(path, noisy(), quality=quality)
            sizes.append(path.stat().st_size)
        assert sizes == sorted(sizes)
        assert sizes[0] < sizes[2] / 2
    for quality, sampling in ((80, 2), (95, 0)):
        save_picture(tmp_path / "a.jpg", noisy(), quality=quality)
        with Image.open(tmp_path / "a.jpg") as image:
            assert JpegImagePlugin.get_sampling(image) == sampling, "colours at full size where it is good"


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_profile_and_transparency(tmp_path: Path, ending: str) -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    alpha = np.full((64, 64), 255, np.uint8)
    alpha[:32] = 0
    save_picture(tmp_path / f"a{ending}", np.full((64, 64, 3), 90, np.uint8), icc=icc, alpha=alpha)
    with Image.open(tmp_path / f"a{ending}") as image:
        assert image.info["icc_profile"] == icc
        if ending == ".jpg":
            assert image.mode == "RGB"
            assert image.getpixel((5, 5)) == (255, 255, 255), "on white"
        else:
            assert (np.asarray(image.getchannel("A")) == alpha).all()


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_writing_can_be_given_up(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(b"old")

    def watch() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        save_picture(path, noisy(), watch=watch)
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_too_large_for_the_format(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"16384 x 4 pixels are too many for WEBP\. It holds sides of at most 16,383 pixels; PNG"):
        save_picture(tmp_path / "a.webp", np.zeros((4, 16384, 3), np.uint8))
    with pytest.raises(DataError, match="too many for JPG"):
        save_picture(tmp_path / "a.jpg", np.zeros((1, 65501, 3), np.uint8))
    assert not list(tmp_path.iterdir())
    save_picture(tmp_path / "a.png", np.zeros((1, 65501, 3), np.uint8))


def test_captions_have_letters_for_what_they_say() -> None:
    """Not the crossed box that stands for a letter which a font doesn't have."""
    font = font_of(15)
    unknown = bytes(font.getmask("\uffff"))
    for letter in "−é×βØ…":
        assert bytes(font.getmask(letter)) != unknown, letter


# -- what an edited picture says of itself ------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_an_edited_picture_says_so_and_no_other_does(tmp_path: Path, ending: str) -> None:
    for edited in (False, True):
        save_picture(tmp_path / f"a{ending}", faces(1)[0], {"what": "a test"}, edited=edited)
        assert source_type(tmp_path / f"a{ending}") == (EDITED if edited else None)
    if ending == ".png":
        assert read_recipe(tmp_path / "a.png") == {"what": "a test"}


@pytest.mark.parametrize(("size", "channels"), [((300, 400), 3), ((300, 400), 1), ((40, 24), 3), ((16, 16), 3)])
def test_a_mark_stands_in_the_corner_and_nowhere_else(tmp_path: Path, size: tuple[int, int], channels: int) -> None:
    picture = np.full((*size, channels), 120, np.uint8)
    alpha = np.zeros(size, np.uint8)
    save_picture(tmp_path / "a.png", picture, mark=True, alpha=alpha)
    assert (picture == 120).all()
    with Image.open(tmp_path / "a.png") as image:
        levels, opaque = np.asarray(image.convert("RGB")), np.asarray(image.getchannel("A"))
    marked = (levels != 120).any(2)
    assert marked.sum() > 20
    assert (opaque[marked] > 0).all(), "seen on transparent parts too"
    rows, columns = np.nonzero(marked)
    if size == (300, 400):
        assert rows.min() > 280
        assert columns.min() > 300
    assert {0, 255} <= set(levels[marked].ravel()), "white with a black edge is seen on any picture"
    assert np.ptp(levels.astype(int), axis=2).max() == 0

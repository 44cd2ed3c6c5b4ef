"""Photos that are a bad idea: a good result or a sentence; nothing beside the face changes, and at 0 % nothing at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.checkpoint import find, read_header
from core.cli import run
from core.data.photo import open_photo
from core.export.images import read_recipe
from core.faces.alignment import Eyes, similarity
from core.latent.session import from_json
from core.photo.edit import eyes_in_frame
from tests.helpers.photo_inputs import crowd, portrait

MODEL = "drawn"


def cut(left: int = 0, top: int = 0, right: int = 320, bottom: int = 280) -> Image.Image:
    """A part of the portrait, whose eyes lie near (126, 134) and (192, 134)."""
    return portrait().crop((left, top, right, bottom))


def transparent(image: Image.Image) -> Image.Image:
    """Nothing above the face, half of it glass."""
    alpha = np.full(image.size[::-1], 255, np.uint8)
    alpha[:40], alpha[180:] = 0, 120
    image.putalpha(Image.fromarray(alpha))
    return image


GOOD: dict[str, Callable[[Path], object]] = {
    "cut-left.png": lambda path: cut(left=90).save(path),
    "cut-right.png": lambda path: cut(right=228).save(path),
    "cut-bottom.png": lambda path: cut(bottom=225).save(path),
    "upside-down.png": lambda path: portrait().rotate(180).save(path),
    "ten.png": lambda path: crowd().save(path),
    "grey.png": lambda path: portrait().convert("L").save(path),
    "grey.jpg": lambda path: portrait().convert("L").save(path),
    "cmyk.jpg": lambda path: portrait().convert("CMYK").save(path, quality=95),
    "cmyk.tif": lambda path: portrait().convert("CMYK").save(path),
    "transparent.png": lambda path: transparent(portrait()).save(path),
    "transparent.webp": lambda path: transparent(portrait()).save(path, lossless=True),
    "grey-transparent.png": lambda path: transparent(portrait().convert("L")).save(path),
}
REFUSED: dict[str, Callable[[Path], object]] = {
    "narrow.png": lambda path: portrait().crop((40, 30, 280, 270)).resize((20, 20)).save(path),
    "stripe.png": lambda path: portrait().crop((150, 0, 170, 280)).save(path),
    "half.png": lambda path: cut(right=158).save(path),
    "no-eyes.png": lambda path: cut(top=150).save(path),
}
"""Each has no face that can be seen as one."""


def edit(path: Path, amount: float, out: Path, *more: str) -> int:
    words = ["--checkpoint", MODEL, "--input", path, "--attribute", "smile", "--amount", amount, "--out", out, *more]
    return run(["edit", *map(str, words)])


@pytest.mark.long
@pytest.mark.parametrize("name", GOOD)
def test_a_good_result(name: str, tmp_path: Path, capsys: Any) -> None:
    GOOD[name](tmp_path / name)
    photo = open_photo(tmp_path / name)
    made = (tmp_path / name).stem + ".png"
    for amount in (0, 150):
        assert edit(tmp_path / name, amount, tmp_path / str(amount)) == 0
        with Image.open(tmp_path / str(amount) / made) as image:
            pixels = np.asarray(image.convert("RGB"))
            assert (image.mode == "RGBA") == (photo.alpha is not None)
            if photo.alpha is not None:
                np.testing.assert_array_equal(np.asarray(image.getchannel("A")), photo.alpha)
        changed = (pixels != photo.pixels).any(2)
        assert changed.any() == (amount != 0)
    recipe = read_recipe(tmp_path / "150" / made)
    assert recipe is not None
    anchor = from_json(json.dumps(recipe["session"])).anchor
    assert anchor is not None
    header = read_header(find(MODEL))
    size = header.image_shape[1]
    matrix = similarity(Eyes(anchor.eyes[:2], anchor.eyes[2:]), eyes_in_frame(header))  # type: ignore[arg-type]
    rows, columns = np.nonzero(changed)
    there = matrix[:, :2] @ np.stack([columns, rows]) + matrix[:, 2:]
    assert np.abs((there + 0.5) / size - 0.5).max() < 0.5, "a pixel outside the face's frame changed"
    assert (there[1] > 0.5 * size).mean() > 0.5, "a smile is about the mouth"
    if "grey" in name:
        assert np.ptp(pixels.astype(int), axis=2).max() == 0


@pytest.mark.long
@pytest.mark.parametrize("name", REFUSED)
def test_a_sentence(name: str, tmp_path: Path, capsys: Any) -> None:
    REFUSED[name](tmp_path / name)
    assert edit(tmp_path / name, 100, tmp_path / "out") == 3
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"labkhand: No face was found in {name}.",
        "  Say where its eyes are (in the window: with the markers; on the command line: --eyes x1,y1,x2,y2).",
    ]
    assert not (tmp_path / "out").exists()


@pytest.mark.long
@pytest.mark.parametrize("name", REFUSED)
def test_who_says_where_the_eyes_are_gets_the_edit(name: str, tmp_path: Path) -> None:
    REFUSED[name](tmp_path / name)
    photo = open_photo(tmp_path / name)
    for amount in ("0", "100"):
        assert edit(tmp_path / name, float(amount), tmp_path / amount, "--eyes", "6,8,13,8") == 0
        made = open_photo(tmp_path / amount / name).pixels
        assert made.shape == photo.pixels.shape
        if amount == "0":
            np.testing.assert_array_equal(made, photo.pixels)


def test_eyes_too_near_each_other(tmp_path: Path, capsys: Any) -> None:
    REFUSED["narrow.png"](tmp_path / "narrow.png")
    assert edit(tmp_path / "narrow.png", 100, tmp_path / "out", "--eyes", "8,8,11,8") == 3
    assert "a face needs 4" in capsys.readouterr().err

"""`edit` on photos of every kind: it works, or one sentence says why not, and the rest goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.cli import run
from core.data.photo import open_photo
from core.faces.finder import find_faces
from tests.helpers.photo_inputs import UNUSABLE, USABLE, crowd, odd_name, portrait
from tests.helpers.runs import shared_run


def edit(out: Path, *inputs: Path) -> int:
    words = ["edit", "--checkpoint", shared_run(), "--attribute", "smile", "--amount", 100, "--out", out, "--json", "--input"]
    return run([str(word) for word in (*words, *inputs)])


@pytest.mark.long
@pytest.mark.parametrize("name", USABLE)
def test_it_works(name: str, tmp_path: Path, capsys: Any) -> None:
    USABLE[name](tmp_path / name)
    assert edit(tmp_path / "out", tmp_path / name) == 0
    made = Path(json.loads(capsys.readouterr().out)["edited"][0]["output"])
    photo = open_photo(tmp_path / name)
    with Image.open(made) as image:
        assert image.size == (photo.pixels.shape[1], photo.pixels.shape[0])
        assert (image.mode == "RGBA") == (name == "alpha.png")
        changed = (np.asarray(image.convert("RGB")).astype(int) != photo.pixels).any(2)
    assert changed.any()
    assert changed.mean() < 0.9


@pytest.mark.long
@pytest.mark.parametrize("name", UNUSABLE)
def test_it_is_said_and_the_rest_goes_on(name: str, tmp_path: Path, capsys: Any) -> None:
    make, why = UNUSABLE[name]
    make(tmp_path / name)
    assert edit(tmp_path / "out", tmp_path / name) == 3
    said = capsys.readouterr()
    assert why in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "out").exists()
    portrait().save(tmp_path / "good.png")
    assert edit(tmp_path / "out", tmp_path / name, tmp_path / "good.png") == 0
    assert why in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.png"]


def test_all_ten_faces_are_found() -> None:
    assert len(find_faces(np.asarray(crowd()))) >= 9


def test_a_panorama(tmp_path: Path, capsys: Any) -> None:
    """One of 50 megapixels is opened in the window's tests; writing that as PNG takes too long here."""
    path = tmp_path / "wide.jpg"
    portrait((8_000, 1_000), (5_000, 100), 700).save(path, quality=60)
    assert edit(tmp_path / "out", path) == 0
    with Image.open(tmp_path / "out" / "wide.png") as made:
        assert made.size == (8_000, 1_000)


def test_a_name_that_is_no_text(tmp_path: Path, capsys: Any) -> None:
    path = odd_name(tmp_path)
    if path is None:
        return  # such names exist on Linux alone
    assert edit(tmp_path / "out", path) == 0
    assert len(json.loads(capsys.readouterr().out)["edited"]) == 1
    assert len(list((tmp_path / "out").iterdir())) == 1

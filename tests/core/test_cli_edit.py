"""`edit`: several directions at once, formats, and what the files say of themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.checkpoint import find
from core.cli import run
from core.data.photo import open_photo
from core.export.images import read_recipe
from core.export.origin import EDITED
from core.latent.arithmetic import arithmetic
from core.latent.direction_file import write_direction
from core.latent.directions import Direction, from_dict, move, move_by_coefficient
from core.latent.engine import LatentEngine
from core.latent.session import Edit, from_json
from core.photo.edit import faces_of, place
from tests.helpers.origin import source_type
from tests.helpers.photo_inputs import crowd, portrait

MODEL = "drawn"
IPTC_WORD = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@pytest.fixture(scope="module")
def engine() -> LatentEngine:
    return LatentEngine.load(find(MODEL))


@pytest.fixture(scope="module")
def smile(engine: LatentEngine) -> Direction:
    return from_dict(engine.header.directions[0])


@pytest.fixture(scope="module")
def hat(smile: Direction) -> Direction:
    unit = np.roll(smile.unit, 1)
    return replace(smile, name="hat", unit=unit, difference=2.0 * unit, mean_with=1.5, mean_without=-0.5)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory, hat: Direction) -> Path:
    """A folder with a photo as JPEG, and a file with a second direction beside it."""
    folder = tmp_path_factory.mktemp("inputs")
    write_direction(folder / "hat.json", hat)
    (folder / "photos").mkdir()
    portrait().save(folder / "photos" / "me.jpeg", quality=95)
    return folder


def go(*words: Any) -> int:
    return run(["edit", "--checkpoint", MODEL, *map(str, words)])


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_several_directions_move_as_the_windows_sliders_do(
    engine: LatentEngine, smile: Direction, hat: Direction, inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder as input: each picture of a batch gets them all. The saved edit names them in order, as the window knows them."""
    words = ["--attribute", inputs / "hat.json", "--amount", 30, "--attribute", "smile", "--amount", 120]
    assert go("--input", inputs / "photos", *words, "--out", tmp_path, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["edits"] == [{"attribute": "hat", "amount": 30.0}, {"attribute": "smile", "amount": 120.0}]
    made = Path(said["edited"][0]["output"])
    photo = open_photo(inputs / "photos" / "me.jpeg")
    eyes = faces_of(photo)[0].eyes
    face = place(photo, eyes, engine.header)
    z = engine.encode(face.framed[None]).mean[0]
    edits = (Edit("direction", "hat", 30.0), Edit("direction", "smile", 120.0))
    after = arithmetic(engine.spaces).edited(z, edits, {"hat": hat, "smile": smile})
    np.testing.assert_array_equal(pixels(made), face.edited(engine, z, after))
    recipe = read_recipe(made)
    assert recipe is not None
    session = from_json(json.dumps(recipe["session"]))
    assert session.checkpoint_id == engine.id
    assert session.edits == edits
    assert session.anchor is not None
    assert session.anchor.reference == photo.reference()
    assert session.anchor.eyes == (*eyes.left, *eyes.right)
    np.testing.assert_array_equal(np.asarray(session.anchor.z, np.float32), z)
    assert str(tmp_path) not in json.dumps(recipe)
    assert str(inputs) not in json.dumps(recipe)


def test_each_direction_in_its_own_unit(
    engine: LatentEngine, smile: Direction, hat: Direction, inputs: Path, tmp_path: Path
) -> None:
    words = ["--attribute", "smile", "--coefficient", 1.5, "--amount", 40, "--attribute", inputs / "hat.json"]
    size = ["--size", "model", "--align", "none"]
    framed = tmp_path / "framed.png"
    portrait().resize((128, 128)).save(framed)
    assert go("--input", framed, *words, "--out", tmp_path / "out", *size) == 0
    z = engine.encode(pixels(framed)[None]).mean[0]
    after = z + (move_by_coefficient(z, smile, 1.5) - z) + (move(z, hat, 40.0) - z)
    np.testing.assert_array_equal(pixels(tmp_path / "out" / "framed.png"), engine.decode(after[None])[0])
    recipe = read_recipe(tmp_path / "out" / "framed.png")
    assert recipe is not None
    assert "session" not in recipe  # the window has no slider for a coefficient
    assert recipe["edits"] == [{"attribute": "smile", "coefficient": 1.5}, {"attribute": "hat", "amount": 40.0}]
    strip = ["--attribute", "smile", "--strip=0,100", "--attribute", inputs / "hat.json", "--amount", 40]
    assert go("--input", framed, *strip, "--out", tmp_path / "out", *size) == 0
    made = pixels(tmp_path / "out" / "framed-strip.png")
    codes = [z + (move(z, smile, amount) - z) + (move(z, hat, 40.0) - z) for amount in (0.0, 100.0)]
    first, second = engine.decode(np.stack(codes))
    np.testing.assert_array_equal(made[-132:-4, 4:132], first)
    np.testing.assert_array_equal(made[-132:-4, 136:264], second)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--attribute", "smile", "--attribute", "hat", "--amount", "1"], 2),
        (["--attribute", "smile", "--amount", "1", "--amount", "2"], 2),
        (["--attribute", "smile", "--strip=1,2", "--attribute", "hat", "--strip=1,2"], 2),
        (["--attribute", "smile", "--amount", "1", "--attribute", "smile", "--amount", "2"], 3),
        (["--attribute", "smile", "--amount", "1", "--attribute", "hat", "--amount", "nan"], 3),
    ],
)
def test_one_amount_for_each(words: list[str], code: int, inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert go("--input", inputs / "photos", *words, "--out", tmp_path / "out") == code
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "name", "kind"),
    [
        ([], "me.png", "PNG"),
        (["--format", "png"], "me.png", "PNG"),
        (["--format", "jpeg"], "me.jpg", "JPEG"),
        (["--format", "webp"], "me.webp", "WEBP"),
        (["--format", "same"], "me.jpeg", "JPEG"),
    ],
)
def test_each_format_says_that_a_model_changed_the_picture(
    words: list[str], name: str, kind: str, inputs: Path, tmp_path: Path
) -> None:
    edit = ["--input", inputs / "photos", "--attribute", "smile", "--amount", 60, "--out", tmp_path / "out", *words]
    assert go(*edit) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]
    with Image.open(tmp_path / "out" / name) as image:
        assert image.format == kind
        assert b"<xmp:CreatorTool>Labkhand " in image.info["xmp"]
    assert source_type(tmp_path / "out" / name) == EDITED == IPTC_WORD
    unmarked = pixels(tmp_path / "out" / name).astype(int)
    assert go(*edit, "--mark") == 0
    rows, columns = np.nonzero(np.abs(pixels(tmp_path / "out" / name) - unmarked).max(2) > 40)
    assert len(rows) > 50
    assert rows.min() > 0.9 * unmarked.shape[0]
    assert columns.min() > 0.4 * unmarked.shape[1]


@pytest.mark.long
def test_what_is_no_jpeg_or_webp_stays_a_png(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.bmp", "b.webp", "c.JPG", "d.png"):
        portrait().save(tmp_path / "in" / name)
    edit = ["--input", tmp_path / "in", "--attribute", "smile", "--amount", 60, "--format", "same", "--out", tmp_path / "out"]
    assert go(*edit) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.webp", "c.jpg", "d.png"]


def test_a_photo_too_wide_for_its_format_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    portrait((17_000, 280)).save(tmp_path / "wide.png")
    portrait().save(tmp_path / "usual.png")
    words = ["--attribute", "smile", "--amount", 60, "--format", "webp", "--align", "none", "--out", tmp_path / "out"]
    assert go("--input", tmp_path / "wide.png", tmp_path / "usual.png", *words) == 0
    assert "WEBP" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["usual.webp"]


@pytest.mark.long
def test_of_several_faces_it_is_said_which_is_edited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    crowd().save(tmp_path / "crowd.png")
    assert go("--input", tmp_path / "crowd.png", "--attribute", "smile", "--amount", 60, "--out", tmp_path / "out") == 0
    said = capsys.readouterr().err
    assert "faces were found, the most prominent one is edited" in said
    assert "--eyes" in said

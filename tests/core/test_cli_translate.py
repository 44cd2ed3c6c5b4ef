"""`translate`: photos at their own size, their faces or the whole; what the files say of themselves; mistakes of people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from PIL import Image

from core.checkpoint import find, load
from core.cli import run
from core.data.own_pictures import is_own
from core.data.photo import Photo, open_photo
from core.errors import ConfigError, DataError
from core.export.images import read_recipe
from core.families.cycle_gan.instrument import CycleGanInstrument
from core.families.cycle_gan.photo import FACE, WHOLE, PhotoTranslation, Wanted
from tests.helpers.cycle_gans import translating_run
from tests.helpers.photos import photos_in, pixels_of, shapes, write
from tests.helpers.runs import shared_run, toy_folder


@pytest.fixture(scope="module")
def model_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return translating_run(tmp_path_factory.mktemp("cyclegan") / "run")


@pytest.fixture(scope="module")
def model(model_run: Path) -> CycleGanInstrument:
    return CycleGanInstrument(load(find(str(model_run))))


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    """The portrait of Grace Hopper that matplotlib ships."""
    path = tmp_path / "Grace Hopper.jpg"
    path.write_bytes(Path(str(get_sample_data("grace_hopper.jpg", asfileobj=False))).read_bytes())
    return path


def scene(height: int, width: int) -> np.ndarray:
    """A picture with shapes, uint8 (H, W, 3)."""
    grey = shapes(height, width)
    return np.stack([grey, grey * 0.8, grey * 0.6], axis=2).round().astype(np.uint8)


def go(folder: Path, *words: Any) -> int:
    return run(["translate", "--checkpoint", str(folder), *map(str, words)])


def translation(model: CycleGanInstrument, pixels: np.ndarray, **wanted: Any) -> PhotoTranslation:
    return PhotoTranslation(Photo("x", pixels), Path("x.png"), model, Wanted(**wanted))


# -- a photo


def test_at_the_models_own_size_the_whole_is_what_the_model_makes_of_it(model: CycleGanInstrument) -> None:
    photo = scene(32, 32)
    for to in ("A", "B"):
        made = translation(model, photo, to=to, area=WHOLE).picture()
        np.testing.assert_array_equal(made, model.translate(photo[None], to)[0])
        assert not np.array_equal(made, photo)


def test_strength(model: CycleGanInstrument) -> None:
    photo = scene(70, 45)
    made = translation(model, photo, area=WHOLE)
    np.testing.assert_array_equal(made.picture(0.0), photo)
    far = [np.abs(made.picture(one).astype(int) - photo).mean() for one in (0.5, 1.0, 1.5)]
    assert 0.0 < far[0] < far[1] < far[2]
    with pytest.raises(ConfigError, match="strength"):
        made.picture(2.5)


def test_a_change_is_enlarged_smoothly_and_detail_stays(model: CycleGanInstrument, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that makes all a little lighter to the right: so does the photo, whose detail is its own."""

    def lighter(picture: np.ndarray, to: str = "") -> np.ndarray:
        return np.asarray(picture + np.linspace(0, 30, picture.shape[1])[None, :, None], np.uint8)

    monkeypatch.setattr(model, "translate_one", lighter)
    photo = np.full((600, 500, 3), 100, np.uint8)
    photo[::2] = 140
    difference = translation(model, photo, area=WHOLE).picture().astype(int) - photo
    assert np.ptp(difference, axis=0).max() <= 1  # the same in each row, over all strips
    assert (np.diff(difference[0, :, 0]) >= -1).all()
    assert (difference[0, 0, 0], difference[0, -1, 0]) == (pytest.approx(0, abs=2), pytest.approx(30, abs=2))


def test_a_face_is_put_back_and_all_else_stays(model: CycleGanInstrument, portrait: Path) -> None:
    photo = open_photo(portrait)
    made = PhotoTranslation(photo, portrait, model, Wanted("smile", FACE))
    picture = made.picture()
    changed = np.abs(picture.astype(int) - photo.pixels).max(axis=2) > 0
    assert picture.shape == photo.pixels.shape
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    assert 0.01 < changed.mean() < 0.5
    assert rows[0] > 0
    assert rows[-1] < len(picture) - 1
    assert columns[-1] < picture.shape[1] - 1
    np.testing.assert_array_equal(made.picture(0.0), photo.pixels)


def test_the_same_at_half_the_size(model: CycleGanInstrument, portrait: Path) -> None:
    """What the canvas shows is what is saved, but for its size."""
    photo = open_photo(portrait)
    half = Photo(photo.name, np.asarray(Image.fromarray(photo.pixels).resize((256, 303), Image.Resampling.BOX)))
    for area in (FACE, WHOLE):
        made = PhotoTranslation(photo, portrait, model, Wanted("", area))
        whole = np.asarray(Image.fromarray(made.picture()).resize((256, 303), Image.Resampling.BOX), int)
        assert np.abs(made.on(half).picture().astype(int) - whole).mean() < 1.5


def test_automatically_the_whole_of_what_is_no_face(model: CycleGanInstrument) -> None:
    made = translation(model, scene(64, 64))
    assert made.area == WHOLE
    assert made.to == "smile"


def test_automatically_the_face_by_a_model_of_faces(model: CycleGanInstrument, portrait: Path) -> None:
    model.header.data["frame"] = {"left": [0.35, 0.4], "right": [0.65, 0.4]}
    try:
        made = PhotoTranslation(open_photo(portrait), portrait, model, Wanted())
        assert (made.area, made.note) == (FACE, "")
        other = translation(model, scene(64, 64))
        assert other.area == WHOLE
        assert "no face was found" in other.note
    finally:
        del model.header.data["frame"]


# -- the command


def test_many_photos_to_a_folder(model_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = photos_in(tmp_path / "photos", scene(61, 133), scene(80, 60)[..., 0])
    assert go(model_run, "--input", photos, "--out", tmp_path / "out", "--to", "non_smile", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert [Path(one["output"]).name for one in said["translated"]] == ["grey.png", "wide.png"]
    assert {(one["to"], one["area"]) for one in said["translated"]} == {("non_smile", WHOLE)}
    for one in said["translated"]:
        assert pixels_of(Path(one["output"])).shape == open_photo(one["input"]).pixels.shape


def test_what_the_files_say_of_themselves(model_run: Path, model: CycleGanInstrument, tmp_path: Path) -> None:
    photo = write(tmp_path / "me.jpg", scene(64, 64), quality=95)
    out = tmp_path / "out"
    assert go(model_run, "--input", photo, "--out", out, "--strength", 80, "--side", 40, "--area", "whole") == 0
    recipe = read_recipe(out / "me.png")
    assert recipe is not None
    assert (recipe["what"], recipe["checkpoint"], recipe["to"]) == ("translate", model.id, "smile")
    assert (recipe["strength"], recipe["side"], recipe["area"]) == (80.0, 40, WHOLE)
    assert "tmp" not in json.dumps(recipe)
    assert is_own(out / "me.png")
    for kind, ending in (("jpeg", "jpg"), ("webp", "webp"), ("same", "jpg")):
        assert go(model_run, "--input", photo, "--out", tmp_path / kind, "--format", kind) == 0
        assert is_own(tmp_path / kind / f"me.{ending}")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--to", "hat"], "no side 'hat'"),
        (["--strength", "201"], "--strength is 201"),
        (["--strength", "nan"], "--strength is nan"),
        (["--side", "16"], "--side is 16"),
        (["--eyes", "1,2"], "--eyes is '1,2'"),
        (["--eyes", "1,2,3,4", "--align", "none"], "contradict"),
        (["--area", "whole", "--align", "none"], "no face of its own"),
        (["--area", "face"], "No face was found"),
        (["--area", "whole", "--side", "100"], "64 x 64 pixels"),
    ],
)
def test_mistakes(model_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str) -> None:
    photo = write(tmp_path / "me.png", scene(64, 64))
    assert go(model_run, "--input", photo, "--out", tmp_path / "out", *words) == 3
    assert sentence in capsys.readouterr().err


def test_photos_that_can_not_be_used_are_named(model_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small, text = write(tmp_path / "small.png", scene(20, 31)), tmp_path / "text.jpg"
    text.write_text("no picture")
    good = write(tmp_path / "good.png", scene(50, 41))
    assert go(model_run, "--input", small, text, good, "--out", tmp_path / "out") == 0
    said = capsys.readouterr().err
    assert "small.png is 31 x 20 pixels, and the model sees 32" in said
    assert "text.jpg" in said
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["good.png"]
    assert go(model_run, "--input", small, "--out", tmp_path / "none") == 3


def test_a_model_of_another_family(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = write(tmp_path / "me.png", scene(64, 64))
    assert go(shared_run(), "--input", photo, "--out", tmp_path / "out") == 3
    said = capsys.readouterr().err
    assert "A VAE can't translate photos." in said
    assert "main.py train --family cycle_gan" in said, "not another VAE, which can't either"


def test_one_side_can_not_be_learned_from_one_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "faces"
    for name, count in (("a", 4), ("b", 1)):
        for number in range(count):
            write(source / name / f"{number}.png", scene(32, 32))
    words = ["train", "--preset", "cyclegan", "--data", str(source), "--out", str(tmp_path / "run"), "--set=data.image_size=32"]
    assert run(words) == 3
    assert "Side B (b) has 1 picture." in capsys.readouterr().err
    assert run([*words[:2], "cyclegan", "--data", str(toy_folder()), *words[5:], "--set=side_a=smile", "--set=side_b=smile"]) == 3


def test_no_photo_at_all(model: CycleGanInstrument) -> None:
    with pytest.raises(DataError, match="smaller|sees 32"):
        translation(model, scene(16, 200), area=WHOLE)
    with pytest.raises(ConfigError, match="area"):
        translation(model, scene(64, 64), area="nose")

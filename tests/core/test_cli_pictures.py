"""`reconstruct`, `sample`, `interpolate`, `traverse`, `edit`: pictures out of a model."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.checkpoint import find
from core.cli import run
from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from core.export.images import GAP, read_recipe
from core.faces.finder import find_faces
from core.latent import directions
from core.latent.engine import LatentEngine
from core.photo.inputs import read_for_model
from tests.helpers.runs import shared_run, toy_folder

MODEL = ["--size", "model", "--align", "none"]


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """A folder of six good pictures."""
    folder = tmp_path / "faces"
    folder.mkdir()
    for path in sorted((toy_folder() / "smile").iterdir())[:6]:
        shutil.copy(path, folder)
    return folder


def go(*words: Any) -> int:
    return run([str(words[0]), "--checkpoint", str(shared_run()), *map(str, words[1:])])


def pixels(path: Path | str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def engine() -> LatentEngine:
    return LatentEngine.load(find(str(shared_run())))


def test_reconstruct(faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, sheet = tmp_path / "out", tmp_path / "grid.png"
    assert go("reconstruct", "--input", faces, "--out", out, "--grid", sheet) == 0
    said = capsys.readouterr()
    assert said.out == f"{sheet}\n"
    assert "6 pictures" in said.err
    assert sorted(p.name for p in out.iterdir()) == sorted(p.name for p in faces.iterdir())
    model = engine()
    originals = np.stack([read_for_model(model.header, path) for path in sorted(faces.iterdir())])
    decoded = model.decode(model.encode(originals).mean)
    for path, face in zip(sorted(out.iterdir()), decoded, strict=True):
        assert (pixels(path) == face).all()
    grid = pixels(sheet)
    assert grid.shape == (2 * (32 + GAP) + GAP, 6 * (32 + GAP) + GAP, 3)
    assert (grid[GAP : GAP + 32, GAP : GAP + 32] == originals[0]).all()
    assert (grid[2 * GAP + 32 : 2 * GAP + 64, GAP : GAP + 32] == decoded[0]).all()


def test_sample(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        assert go("sample", "--count", 10, "--seed", seed, "--out", tmp_path / f"{name}.png") == 0
    a, b, c = (pixels(tmp_path / f"{name}.png") for name in "abc")
    assert (a == b).all()
    assert (a != c).any()
    assert a.shape == (2 * (32 + GAP) + GAP, 8 * (32 + GAP) + GAP, 3)
    recipe = read_recipe(tmp_path / "a.png")
    assert recipe is not None
    assert (recipe["count"], recipe["seed"], recipe["checkpoint"]) == (10, 3, engine().id)


def test_interpolate(faces: Path, tmp_path: Path) -> None:
    a, b = sorted(faces.iterdir())[:2]
    assert go("interpolate", "--input", a, b, "--steps", 5, "--out", tmp_path / "strip.png") == 0
    strip, model = pixels(tmp_path / "strip.png"), engine()
    assert strip.shape == (32 + 2 * GAP, 5 * (32 + GAP) + GAP, 3)
    for face, left in ((a, GAP), (b, GAP + 4 * (32 + GAP))):
        decoded = model.decode(model.encode(read_for_model(model.header, face)[None]).mean)[0]
        assert np.abs(strip[GAP : GAP + 32, left : left + 32].astype(int) - decoded).max() <= 1


def test_traverse(faces: Path, tmp_path: Path) -> None:
    for name, more in (("prior", []), ("face", ["--input", sorted(faces.iterdir())[0]])):
        assert go("traverse", *more, "--dims", "0,3", "--range", 2, "--steps", 3, "--out", tmp_path / f"{name}.png") == 0
        assert pixels(tmp_path / f"{name}.png").shape[1] == 3 * (32 + GAP) + GAP


def test_edit_by_amount_and_by_coefficient(faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = engine()
    direction = directions.from_dict(model.header.directions[0])
    files = sorted(faces.iterdir())
    z = np.concatenate(
        [model.encode(read_for_model(model.header, path)[None]).mean for path in files]
    )  # one by one, as `edit` does
    wanted = {
        "--amount": (80.0, directions.move(z, direction, 80.0)),
        "--coefficient": (-1.5, directions.move_by_coefficient(z, direction, -1.5)),
    }
    for option, (number, codes) in wanted.items():
        out = tmp_path / option
        assert go("edit", "--input", faces, "--attribute", "smile", option, number, "--out", out, *MODEL, "--json") == 0
        found = json.loads(capsys.readouterr().out)
        assert [pair["input"] for pair in found["edited"]] == [str(path) for path in files]
        assert found["checkpoint_id"] == model.id
        for pair, code in zip(found["edited"], codes, strict=True):
            assert Path(pair["output"]).name == Path(pair["input"]).name
            assert (pixels(pair["output"]) == model.decode(code[None])[0]).all()
            recipe = read_recipe(Path(pair["output"]))
            assert recipe is not None
            assert (recipe["attribute"], recipe[option[2:]]) == ("smile", number)
            assert str(tmp_path) not in json.dumps(recipe)


def test_a_strip_is_one_file_a_picture(faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, out = sorted(faces.iterdir())[0], tmp_path / "out"
    assert go("edit", "--input", one, "--attribute", "smile", "--strip=-50,0,50,100", "--out", out, *MODEL) == 0
    assert capsys.readouterr().out == f"{out / (one.stem + '-strip.png')}\n"
    assert pixels(out / f"{one.stem}-strip.png").shape[1] == 4 * (32 + GAP) + GAP


def test_output_names_never_collide(faces: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    first = sorted(faces.iterdir())[0]
    Image.open(first).convert("RGB").save(other / f"{first.stem}.jpg")
    out = tmp_path / "out"
    assert go("edit", "--input", first, other, "--attribute", "smile", "--amount", "10", "--out", out, *MODEL) == 0
    assert sorted(p.name for p in out.iterdir()) == [f"{first.stem}-2.png", f"{first.stem}.png"]


COMMANDS = {
    "edit": ["edit", "--attribute", "smile", "--amount", "10", *MODEL],
    "strips": ["edit", "--attribute", "smile", "--strip=0,50", *MODEL],
    "reconstruct": ["reconstruct"],
}


def refused(out: Path, err: str, *parts: str) -> None:
    """Nothing was written, and one sentence says why."""
    assert not out.exists()
    assert err.count("labkhand:") == 1
    assert all(part in err for part in parts), err


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_an_output_that_is_refused_leaves_no_half_batch(
    words: list[str], faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, suffix = tmp_path / "out", "-strip" if any(word.startswith("--strip") for word in words) else ""
    last = sorted(faces.iterdir())[-1]
    long = last.rename(last.with_name("z" * 253 + ".x"))  # a name as long as a file system takes; .png makes it longer
    inputs = sorted(faces.iterdir())
    assert go(*words, "--input", *inputs, "--out", out) == 3
    refused(out, capsys.readouterr().err, "too long", "zzz")
    long.unlink()

    before = sorted(faces.iterdir())
    new = faces / f"a{suffix}.png"  # what `a.jpg` would become: a new picture of the data
    Image.open(before[0]).convert("RGB").save(faces / "a.jpg")
    if suffix:
        (faces / f"{before[-1].stem}{suffix}.png").mkdir()
    assert go(*words, "--input", faces / "a.jpg", *before, "--out", faces) == 3
    assert before[-1 if suffix else 0].stem in capsys.readouterr().err
    assert not new.exists()

    (tmp_path / "file").touch()
    assert go(*words, "--input", faces, "--out", tmp_path / "file" / "out") == 3
    refused(out, capsys.readouterr().err, "is a file, not a folder")


def test_a_grid_that_can_t_be_written_is_said_first(faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, first = tmp_path / "out", sorted(faces.iterdir())[0]
    (tmp_path / "folder.png").mkdir()
    cases = {
        tmp_path / "grid.gif": "no picture format",
        tmp_path / "folder.png": "is a folder",
        tmp_path / ("g" * 300 + ".png"): "too long",
        out / first.name: "where a decoded picture goes",
        first: "came in",
    }
    for grid, reason in cases.items():
        assert go("reconstruct", "--input", faces, "--out", out, "--grid", grid) == 3
        refused(out, capsys.readouterr().err, reason)


@pytest.mark.parametrize("name", ["a.gif", "g" * 300 + ".png", "file/a.png", "folder.png"])
def test_a_picture_that_can_t_be_written_is_said_before_the_model_is_read(
    name: str, faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.png").mkdir()
    a, b = sorted(faces.iterdir())[:2]
    for words in (["sample"], ["interpolate", "--input", a, b], ["traverse", "--dims", "0"]):
        assert run([*map(str, words), "--checkpoint", "nothing-of-that-name", "--out", str(tmp_path / name)]) == 3
        assert "nothing-of-that-name" not in capsys.readouterr().err


def test_broken_inputs_are_named_and_left_out(faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (faces / "bad.jpg").write_text("no picture")
    empty, out = tmp_path / "empty", tmp_path / "out"
    empty.mkdir()
    inputs = [faces, empty, tmp_path / "missing.png"]
    assert go("edit", "--input", *inputs, "--attribute", "smile", "--amount", "10", "--out", out, *MODEL) == 0
    err = capsys.readouterr().err
    for name in ("bad.jpg", str(empty), "missing.png"):
        assert name in err
    assert "Traceback" not in err
    assert len(list(out.iterdir())) == 6
    for command in (["edit", "--attribute", "smile", "--amount", "10", *MODEL], ["reconstruct"]):
        for alone, name in ((faces / "bad.jpg", "bad.jpg"), (empty, str(empty))):  # a single sentence for a single thing
            assert go(*command, "--input", alone, "--out", tmp_path / "none") == 3
            err = capsys.readouterr().err
            assert name in err
            assert "None of the pictures" not in err
        assert go(*command, "--input", faces / "bad.jpg", empty, "--out", tmp_path / "none") == 3
        err = capsys.readouterr().err
        assert "bad.jpg" in err
        assert "None of the pictures can be used" in err
    assert not (tmp_path / "none").exists()


def test_pictures_that_came_in_are_never_overwritten(faces: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.read_bytes() for path in faces.iterdir()}
    a, b = sorted(faces.iterdir())[:2]
    for words in (
        ["edit", "--input", faces, "--attribute", "smile", "--amount", "50", "--out", faces, *MODEL],
        ["reconstruct", "--input", faces, "--out", faces],
        ["reconstruct", "--input", a, "--out", faces / "sub", "--grid", a],
        ["interpolate", "--input", a, b, "--out", b],
        ["traverse", "--input", a, "--dims", "0", "--out", os.path.relpath(a)],
    ):
        assert go(*words) == 3, words
        assert "would be overwritten" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in faces.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    "words",
    [
        ["edit", "--attribute", "hat", "--amount", "1", *MODEL],
        ["edit", "--attribute", "smile", "--amount", "nan", *MODEL],
        ["edit", "--attribute", "smile", "--amount", "1e300", *MODEL],
        ["edit", "--attribute", "smile", "--coefficient", "inf", *MODEL],
        ["edit", "--attribute", "smile", "--strip=", *MODEL],
        ["edit", "--attribute", "smile", "--strip=1,x", *MODEL],
        ["edit", "--attribute", "smile", "--strip=1,nan", *MODEL],
        ["sample", "--count", "0"],
        ["sample", "--seed", "-1"],
        ["sample", "--count", "100000000"],
        ["interpolate", "--steps", "1"],
        ["traverse", "--dims", "6"],
        ["traverse", "--dims", "x"],
        ["traverse", "--dims", "0", "--range", "nan"],
        ["traverse", "--dims", "0", "--steps", "1"],
    ],
)
def test_settings_that_cannot_be(words: list[str], faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(path) for path in sorted(faces.iterdir())]
    inputs = {"edit": ["--input", files[0]], "interpolate": ["--input", *files[:2]]}.get(words[0], [])
    assert go(*words, *inputs, "--out", tmp_path / "out.png") == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 2
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["edit", "--attribute", "smile", "--input", "a"],
        ["edit", "--attribute", "smile", "--input", "a", "--amount", "1", "--coefficient", "2"],
        ["edit", "--attribute", "smile", "--input", "a", "--amount", "much"],
        ["interpolate", "--input", "a"],
        ["sample", "--nonsense"],
        ["traverse"],
    ],
)
def test_wrong_usage_exits_with_2(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert go(*words, "--out", tmp_path / "out") == 2
    assert "usage:" in capsys.readouterr().err


def test_an_edit_is_put_onto_the_photo_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing at amount 0; something about the face otherwise, and nothing far from it; the profile stays."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = np.full((300, 420, 3), 128, np.uint8)
    face = np.asarray(draw_face(sample_parameters(np.random.default_rng([3, 1])), 256))
    photo[20:276, 100:356] = face
    path = tmp_path / "photo.png"
    Image.fromarray(photo).save(path, icc_profile=profile)
    for amount in ("0", "300"):
        out = tmp_path / amount
        assert go("edit", "--input", path, "--attribute", "smile", "--amount", amount, "--out", out) == 0
        made = pixels(out / "photo.png")
        with Image.open(out / "photo.png") as image:
            assert image.info["icc_profile"] == profile
        changed = (made != photo).any(2)
        if amount == "0":
            assert not changed.any()
        else:
            rows, columns = np.nonzero(changed)
            assert len(rows) > 500
            assert (columns.min() > 80, columns.max() < 376) == (True, True)
    capsys.readouterr()
    assert go("edit", "--input", path, "--attribute", "smile", "--strip=0,100", "--out", tmp_path / "strip") == 0
    assert pixels(tmp_path / "strip" / "photo-strip.png").shape[1] >= 2 * 420


@pytest.mark.long
def test_a_photo_without_a_face_is_left_out_unless_its_eyes_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    none = tmp_path / "wall.png"
    Image.new("RGB", (200, 160), "grey").save(none)
    some = tmp_path / "face.png"
    draw_face(sample_parameters(np.random.default_rng([3, 1])), 256).save(some)
    assert go("edit", "--input", none, some, "--attribute", "smile", "--amount", "50", "--out", tmp_path / "a") == 0
    said = capsys.readouterr()
    assert "No face was found in wall.png" in said.err
    assert said.out.splitlines() == [str(tmp_path / "a" / "face.png")]
    assert go("edit", "--input", none, "--attribute", "smile", "--amount", "50", "--out", tmp_path / "b") == 3
    assert "--eyes" in capsys.readouterr().err
    words = ["edit", "--input", none, "--attribute", "smile", "--amount", "50"]
    assert go(*words, "--eyes", "70,80,130,80", "--out", tmp_path / "c") == 0
    assert pixels(tmp_path / "c" / "wall.png").shape == (160, 200, 3)


@pytest.mark.parametrize(
    "words",
    [
        ["--eyes", "1,2,3"],
        ["--eyes", "1,2,1,2"],
        ["--eyes", "1,2,nan,4"],
        ["--eyes", "a,b,c,d"],
        ["--eyes", "1,2,3,4", "--align", "none"],
        ["--eyes", "10,10,11,10"],
    ],
)
def test_eyes_that_make_no_sense(faces: Path, tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    one = sorted(faces.iterdir())[0]
    assert go("edit", "--input", one, "--attribute", "smile", "--amount", "5", "--out", tmp_path / "out", *words) == 3
    assert not (tmp_path / "out").exists()
    assert len(capsys.readouterr().err) > 20


@pytest.mark.long
def test_eyes_outside_the_photo_or_swapped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, wall, out = tmp_path / "face.png", tmp_path / "wall.png", tmp_path / "out"
    drawn = draw_face(sample_parameters(np.random.default_rng([3, 2])), 256)  # one that is seen upside down, too
    drawn.save(path)
    Image.new("RGB", (256, 256), "grey").save(wall)
    [face] = find_faces(np.asarray(drawn))
    (x1, y1), (x2, y2) = face.eyes.left, face.eyes.right

    def edited(photo: Path, *eyes: float) -> tuple[int, str]:
        numbers = ",".join(f"{number:.1f}" for number in eyes)
        words = ["--attribute", "smile", "--amount", "50", "--eyes", numbers, "--out", str(out)]
        return run(["edit", "--checkpoint", "drawn", "--input", str(photo), *words]), capsys.readouterr().err

    for outside in ((x1, y1, 900, y2), (x1, -40, x2, y2)):
        code, err = edited(path, *outside)
        assert code == 3
        assert "outside face.png, which is 256 x 256 pixels large" in err
    code, err = edited(path, x2, y2, x1, y1)
    assert code == 3
    assert "swapped" in err
    assert f"{x1:.1f}"[:-2] in err.splitlines()[1]  # as they would be right
    assert not out.exists()
    code, err = edited(wall, x2, y2, x1, y1)  # nobody knows: it is done and said
    assert code == 0
    assert "taken as upside down" in err
    drawn.rotate(180).save(path)
    code, err = edited(path, 255 - x1, 255 - y1, 255 - x2, 255 - y2)
    assert code == 0
    assert "upside down" not in err
    assert edited(path, x1, y1 + 50, x1, y1 + 100)[0] == 0  # a face that lies on its side


def test_eyes_are_those_of_one_photo(faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--eyes", "10,20,30,20", "--out", tmp_path / "out"]
    assert go("edit", "--input", faces, "--attribute", "smile", "--amount", "5", *words) == 3
    assert "not of 6" in capsys.readouterr().err


def test_camera_data_goes_along_only_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "Camera 1", 6  # model; orientation
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (35.0, 41.0, 0.0)
    Image.fromarray(np.asarray(draw_face(sample_parameters(np.random.default_rng([3, 1])), 256))).save(path, exif=exif)
    for words, model, place in (([], None, False), (["camera"], "Camera 1", False), (["all"], "Camera 1", True)):
        out = tmp_path / "-".join(["out", *words])
        more = ["--keep-metadata", *words] if words else []
        assert (
            go("edit", "--input", path, "--attribute", "smile", "--amount", "50", "--eyes", "90,110,160,110", *more, "--out", out)
            == 0
        )
        with Image.open(out / "photo.png") as image:
            found = image.getexif()
        assert found.get(0x0110) == model
        assert 0x0112 not in found or found[0x0112] == 1  # the pixels are upright already
        assert bool(found.get_ifd(0x8825)) == place

"""The drawn faces: alike for like parameters, all distinct, and a smile that is where a smile is."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data.sets.drawn import faces
from core.data.sets.drawn.canvas import Canvas, ellipse, rgb
from core.data.sets.drawn.faces import FaceParameters, draw_face, face_attributes, sample_parameters, write_demo
from core.data.sets.drawn.head import Head
from core.data.sets.drawn.mouth import Mouth
from core.data.sets.drawn.parameters import HAIR_STYLES
from core.errors import Cancelled, CoreError


@cache
def sample(index: int, seed: int = 0) -> FaceParameters:
    return sample_parameters(np.random.default_rng([seed, index]))


def pixels(parameters: FaceParameters, size: int = 128) -> np.ndarray:
    return np.asarray(draw_face(parameters, size), float)


def plain(**changes: object) -> FaceParameters:
    """A face seen from the front, with nothing over its features."""
    base = FaceParameters(smile=0.0, mouth_open=0.0, skin=0.15, hair_colour="espresso", light=-0.6, detail=7)
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [32, 128, 200])
def test_a_face_is_a_square_rgb_picture(size: int) -> None:
    image = draw_face(sample(0), size)
    assert image.mode == "RGB"
    assert image.size == (size, size)


def test_the_same_parameters_give_the_same_bytes() -> None:
    assert sample(3) == sample_parameters(np.random.default_rng([0, 3]))
    assert draw_face(sample(3)).tobytes() == draw_face(sample(3)).tobytes()


@pytest.mark.long
def test_faces_are_distinct() -> None:
    seen = {draw_face(sample(i), 32).tobytes() for i in range(120)}
    assert len(seen) == 120


def test_every_hair_style_is_drawn_and_changes_the_picture() -> None:
    pictures = {draw_face(plain(hair_style=style), 48).tobytes() for style in HAIR_STYLES}
    assert len(pictures) == len(HAIR_STYLES)


@pytest.mark.parametrize(
    "change",
    [
        {"skin": 0.8}, {"hair_colour": "blond"}, {"iris_colour": "blue"}, {"gaze_x": 0.9}, {"glasses": True},
        {"light": 0.6}, {"yaw": 0.2}, {"beard": True,
         "beard_style": "full"}, {"freckles": 1.0},
        {"blush": 1.0}, {"background": 3}, {"clothing_colour": 2}, {"clothing_style": "hood"}, {"earrings": True},
        {"age": 1.0,
                                                         "smile": 0.5}, {"face_width": 1.06},
        {"brow_angle": 0.8}, {"eye_size": 1.1}, {"lashes": 1.0}, {"nose_width": 1.2}, {"background_spots": True},
        {"lip_colour": 0.9}, {"tilt": 0.05},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_each_property_shows(change: dict[str, object]) -> None:
    before = pixels(plain(smile=0.5) if "age" in change else plain(), 64)
    assert np.abs(before - pixels(plain(**change), 64)).max() > 12


def test_half_of_the_faces_smile_and_none_is_in_doubt() -> None:
    smiles = np.array([sample(i).smile for i in range(1500)])
    assert np.all((smiles > 0.25) | (smiles < 0.05))
    assert np.all(np.abs(smiles) <= 1)
    assert 0.45 < np.mean(smiles > 0.25) < 0.55


def test_a_smile_says_nothing_about_the_rest_of_the_face() -> None:
    faces = [sample(i) for i in range(1500)]
    smiling = np.array([face.smile > 0.25 for face in faces], float)
    for name in ("eyeglasses", "beard", "long_hair", "dark_skin", "looking_left", "light_from_left", "earrings"):
        other = np.array([face_attributes(face)[name] for face in faces])
        assert abs(np.corrcoef(smiling, other)[0, 1]) < 0.1, name


@pytest.mark.parametrize("index", range(6))
def test_a_smile_changes_mouth_cheeks_and_eyes_and_little_else(index: int) -> None:
    face = replace(sample(index, seed=5), beard=False, beard_style="none", glasses=False)
    change = np.abs(pixels(replace(face, smile=-0.2, mouth_open=0.0)) - pixels(replace(face, smile=0.9, mouth_open=0.7))).mean(
        axis=2
    )
    mouth = change[82:106, 36:92].mean()
    assert mouth > 10
    assert change[:38].mean() < 0.02 * mouth, "forehead and hair"
    assert change[118:].mean() < 0.02 * mouth, "clothes"
    assert change[:, :12].mean() < 0.02 * mouth, "backdrop on the left"
    assert change[:, -12:].mean() < 0.02 * mouth, "backdrop on the right"
    assert 0.3 < change[46:76, 28:100].mean() < mouth, "eyes and cheeks take part"


def test_corners_of_the_mouth_rise_with_the_smile() -> None:
    lines = [Mouth(Head(Canvas(32), plain(smile=s))).top for s in np.linspace(-1, 1, 9)]
    rise = np.array([line[16, 1] - line[0, 1] for line in lines])
    width = np.array([np.ptp(line[:, 0]) for line in lines])
    assert np.all(np.diff(rise) > 0)
    assert rise[0] < 0 < rise[-1]
    assert np.all(np.diff(width[4:]) > 0)


def test_the_drawn_mouth_curves_with_the_smile() -> None:
    """Measured on the picture: how much lower the middle of the dark line between the lips lies than its ends."""
    rise = []
    for smile in (-0.8, -0.4, 0.0, 0.4, 0.8):
        dark = 255.0 - pixels(plain(smile=smile, hair_style="bald"), 256).mean(axis=2)[170:205]
        lines = np.argmax(dark, axis=0)
        middle = lines[124:133].mean()
        ends = np.concatenate([lines[108:112], lines[145:149]]).mean()
        rise.append(middle - ends)
    assert np.all(np.diff(rise) > 0), rise


def test_an_open_smile_shows_teeth() -> None:
    closed, laughing = (pixels(plain(smile=0.9, mouth_open=o))[86:98, 54:74].min(axis=2) for o in (0.0, 0.9))
    assert (laughing > 200).mean() > 0.15
    assert (closed > 200).mean() < 0.02


def test_eyes_stay_in_place() -> None:
    """The eyes' midpoint moves by little over the frame, so a model learns eyes and not their place."""
    places = np.array([Head(Canvas(32), sample(i)).at(np.zeros(2)) for i in range(200)])
    assert np.all(np.abs(places - (0.5, 0.448)) < 0.04)


@pytest.mark.long
def test_a_face_looks_the_same_at_any_size() -> None:
    for index in range(6):
        face = sample(index, seed=9)
        small = pixels(face, 64)
        for size in (256, 640):
            large = np.asarray(draw_face(face, size).resize((64, 64), Image.Resampling.BOX), float)
            assert np.abs(small - large).mean() < 3.0


@pytest.mark.parametrize("size", [32, 128, 512])
@pytest.mark.parametrize("blur", [0.0, 0.01, 0.03])
def test_a_mask_lies_where_its_shape_does(size: int, blur: float) -> None:
    mask = Canvas(size).mask(ellipse(0.4, 0.6, 0.2, 0.1, 60), blur=blur)
    alpha = np.zeros((size, size))
    alpha[mask.window()] = mask.alpha
    at = (np.arange(size) + 0.5) / size
    assert alpha.sum(axis=0) @ at / alpha.sum() == pytest.approx(0.4, abs=0.1 / size)
    assert alpha.sum(axis=1) @ at / alpha.sum() == pytest.approx(0.6, abs=0.1 / size)
    assert alpha.sum() / size**2 == pytest.approx(np.pi * 0.02, rel=0.08)


def test_shapes_outside_the_frame_paint_nothing() -> None:
    canvas = Canvas(32)
    canvas.paint(canvas.mask(ellipse(2.0, 2.0, 0.1, 0.1), blur=0.01), rgb(255, 0, 0))
    assert not np.asarray(canvas.image()).any()


def test_attributes_are_labels() -> None:
    names = set(face_attributes(sample(0)))
    assert {"smile_amount", "mouth_open", "eyeglasses", "beard", "long_hair", "dark_skin", "looking_left"} <= names
    assert "smile" not in names
    for index in range(50):
        face = sample(index)
        labels = face_attributes(face)
        assert set(labels) == names
        assert labels.pop("smile_amount") == pytest.approx(face.smile, abs=1e-3)
        assert set(labels.values()) <= {0.0, 1.0}
        assert labels["eyeglasses"] == face.glasses
        assert labels["beard"] == face.beard == (face.beard_style != "none")


def test_all_parameters_vary() -> None:
    faces = [sample(i) for i in range(120)]
    still = [f.name for f in fields(FaceParameters) if len({getattr(face, f.name) for face in faces}) < 2]
    assert still == []


def test_write_demo_lays_out_classes_and_labels(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_demo(tmp_path / "demo", count=12, seed=4, size=32, progress=lambda _doing, done, total: seen.append((done, total)))
    assert seen == [(i, 12) for i in range(13)]
    with open(tmp_path / "demo" / "labels.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    on_disk = sorted(path.relative_to(tmp_path / "demo").as_posix() for path in (tmp_path / "demo").glob("*/*.png"))
    assert sorted(row["file"] for row in rows) == on_disk
    assert [Path(row["file"]).name for row in rows] == [f"{i:05d}.png" for i in range(1, 13)]
    assert {row["class"] for row in rows} == {"smile", "non_smile"}
    for index, row in enumerate(rows):
        face = sample(index, seed=4)
        assert row["file"].split("/")[0] == row["class"] == ("smile" if face.smile > 0.25 else "non_smile")
        assert {name: float(row[name]) for name in face_attributes(face)} == pytest.approx(face_attributes(face), abs=1e-3)
        with Image.open(tmp_path / "demo" / row["file"]) as image:
            assert image.tobytes() == draw_face(face, 32).tobytes()


def test_a_face_does_not_depend_on_the_count(tmp_path: Path) -> None:
    for count in (2, 4):
        write_demo(tmp_path / str(count), count=count, seed=1, size=32)
    for path in (tmp_path / "2").glob("*/*.png"):
        assert (tmp_path / "4" / path.relative_to(tmp_path / "2")).read_bytes() == path.read_bytes()


class CancelledError(Exception):
    pass


def test_cancelling_stops_at_once_and_leaves_no_labels(tmp_path: Path) -> None:
    def cancel(_doing: str, done: int, total: int) -> None:
        if done == 3:
            raise CancelledError

    write_demo(tmp_path, count=6, size=32)
    with pytest.raises(CancelledError):
        write_demo(tmp_path, count=5, size=32, progress=cancel)
    assert not (tmp_path / "labels.csv").exists()
    assert len(list(tmp_path.glob("*/*.png"))) == 3
    write_demo(tmp_path, count=5, size=32)
    assert (tmp_path / "labels.csv").exists()
    assert len(list(tmp_path.glob("*/*.png"))) == 5


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(CoreError, match="taken"):
        write_demo(tmp_path / "taken", count=1, size=32)


@pytest.mark.long
def test_many_faces_are_drawn_by_several_processes_and_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "available_cores", lambda: 2)
    monkeypatch.setattr(faces, "PART", 3)
    write_demo(tmp_path / "one", count=8, seed=2, size=32)
    monkeypatch.setattr(faces, "WORTH_PROCESSES", 1)
    seen: list[int] = []
    write_demo(tmp_path / "two", count=8, seed=2, size=32, progress=lambda _doing, done, total: seen.append(done))
    assert seen == [0, 3, 6, 8]
    first = {path.relative_to(tmp_path / "one"): path.read_bytes() for path in (tmp_path / "one").rglob("*.*")}
    assert first == {path.relative_to(tmp_path / "two"): path.read_bytes() for path in (tmp_path / "two").rglob("*.*")}

    def cancel(_doing: str, done: int, total: int) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_demo(tmp_path / "two", count=8, seed=2, size=32, progress=cancel)
    assert not (tmp_path / "two" / "labels.csv").exists()


@pytest.mark.long
def test_a_script_without_the_main_idiom_is_not_run_again_by_each_process(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from core.data.sets.drawn import faces\n"
        "print('begun')\n"
        "faces.available_cores, faces.WORTH_PROCESSES = lambda: 2, 1\n"
        "faces.write_demo(Path('faces'), count=4, size=32)\n"
        "print(__name__)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(
        [sys.executable, script.name], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, ["begun", "__main__"]), done.stderr

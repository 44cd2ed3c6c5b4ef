"""`data.crop=face`: pictures framed by their faces when they are imported, and wherever their model is used."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from core import checkpoint
from core.cli import run
from core.config import DataConfig
from core.data.cache import decoded as cache
from core.data.dataset import load
from core.data.eye_frame import measured_frame
from core.data.framing import face_in, frame_by_face
from core.data.pictures import BadPicture, frame, read_bytes
from core.errors import Cancelled, DataError
from core.faces.alignment import USUAL_FRAME, Eyes, frame_from
from core.faces.eye_net import find_eyes
from core.photo.inputs import read_as_trained, read_for_model, read_if_framed
from core.training.summaries import data_summary
from tests.core.test_photo import drawn, error
from tests.helpers.real_data import real_source
from tests.helpers.runs import tiny, trained

SIZE = 64


def photo_of(index: int, turn: float = 0.0) -> np.ndarray:
    """A drawn face of 180 pixels somewhere in a picture of 360 x 300."""
    face, _ = drawn(index)
    rng = np.random.default_rng(index)
    matrix = cv2.getRotationMatrix2D((128, 128), turn, 0.7)
    matrix[:, 2] += rng.uniform(-20, 90), rng.uniform(-20, 40)
    return cv2.warpAffine(face, matrix, (360, 300), borderMode=cv2.BORDER_CONSTANT, borderValue=(128, 128, 128))


@pytest.fixture(scope="module", params=[pytest.param(None, id="drawn"), real_source("celeba")])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten photos with a face in two classes, and one without."""
    photos = tmp_path_factory.mktemp("photos")
    for name in ("smile", "non_smile"):
        (photos / name).mkdir()
        if request.param is not None:
            for path in sorted((request.param / name).iterdir())[:5]:
                shutil.copy(path, photos / name)
            continue
        for number in range(5):
            index = number + 7 * (name == "smile")
            Image.fromarray(photo_of(index, 12.0 * (number - 2))).save(photos / name / f"{number}.png")
    Image.new("RGB", (200, 150), "grey").save(photos / "smile" / "wall.png")
    return photos


@pytest.fixture(scope="module")
def model(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on them."""
    config = tiny(folder, **{"data.crop": "face", "data.image_size": SIZE, "epochs": 1})
    return trained(config, tmp_path_factory.mktemp("runs") / "run")


def eyes_in(picture: np.ndarray) -> Eyes | None:
    """The eyes in a framed picture, found anew."""
    grey = cv2.cvtColor(cv2.resize(picture, (4 * SIZE, 4 * SIZE)), cv2.COLOR_RGB2GRAY)
    return find_eyes(grey, USUAL_FRAME.eyes(4 * SIZE))


@pytest.mark.long
def test_eyes_stand_where_they_should_and_a_wall_is_left_out(folder: Path) -> None:
    data = load(DataConfig(source=str(folder), crop="face", image_size=SIZE))
    assert [(bad.file, bad.reason) for bad in data.bad] == [("smile/wall.png", "no face found")]
    assert len(data.images) == 10
    for picture in data.images:
        eyes = eyes_in(np.asarray(picture))
        assert eyes is not None
        assert error(eyes, USUAL_FRAME.eyes(4 * SIZE)) < 0.12
    assert measured_frame(data) == USUAL_FRAME.to_dict()
    assert data_summary(data, data.config)["frame"] == USUAL_FRAME.to_dict()


@pytest.mark.long
def test_looking_for_faces_tells_how_far_it_is(folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    load(DataConfig(source=str(folder), crop="face", image_size=SIZE + 16), lambda *step: told.append(step))  # a size of its own
    assert ("Reading pictures", 11, 11) in told


@pytest.mark.long
def test_the_cache_knows_how_they_were_framed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_face = load(DataConfig(source=str(folder), crop="face", image_size=SIZE))
    square = load(DataConfig(source=str(folder), crop="center", image_size=SIZE))
    assert len(square.images) == 11
    assert by_face.fingerprint != square.fingerprint
    assert load(by_face.config).images.base is not None
    monkeypatch.setattr(cache, "FACE_VERSION", 99)
    assert load(by_face.config).fingerprint != by_face.fingerprint
    assert load(square.config).fingerprint == square.fingerprint


def test_a_tilted_face_stands_upright_and_the_size_is_the_files() -> None:
    _, png = cv2.imencode(".png", cv2.cvtColor(photo_of(1, 25.0), cv2.COLOR_RGB2BGR))
    picture, size = frame_by_face(png.tobytes(), SIZE, 3)
    assert size == (360, 300)
    eyes = eyes_in(picture)
    assert eyes is not None
    assert error(eyes, USUAL_FRAME.eyes(4 * SIZE)) < 0.15
    grey, _ = frame_by_face(png.tobytes(), SIZE, 1)
    assert grey.shape == (SIZE, SIZE, 1)


def test_transparent_and_large_pictures(tmp_path: Path) -> None:
    face = Image.fromarray(photo_of(2))
    face.putalpha(Image.new("L", face.size, 255))
    face.save(tmp_path / "cut.png")
    assert frame_by_face(read_bytes(tmp_path / "cut.png"), SIZE, 3)[0].shape == (SIZE, SIZE, 3)
    Image.fromarray(photo_of(2)).resize((3600, 3000)).save(tmp_path / "large.jpg")
    found = face_in(read_bytes(tmp_path / "large.jpg"))
    assert found.size == (3600, 3000)
    assert max(found.pixels.shape) == 2400
    _, wall = cv2.imencode(".png", np.full((60, 50, 3), 90, np.uint8))
    with pytest.raises(BadPicture, match="no face"):
        frame_by_face(wall.tobytes(), SIZE, 3)


def test_an_import_is_called_off_within_a_search(folder: Path) -> None:
    before = threading.active_count()

    def told(what: str, done: int, total: int) -> None:
        if what == "Reading pictures" and total:
            raise Cancelled

    with pytest.raises(Cancelled):
        load(DataConfig(source=str(folder), crop="face", image_size=48), told)
    assert threading.active_count() == before


def test_none_with_a_face_is_said(tmp_path: Path) -> None:
    Image.new("RGB", (80, 80), "grey").save(tmp_path / "wall.png")
    with pytest.raises(DataError, match="The one picture in") as said:
        load(DataConfig(source=str(tmp_path), crop="face", image_size=SIZE))
    assert "no face found" in said.value.hint


@pytest.mark.long
def test_the_runs_header_says_it(model: Path) -> None:
    header = checkpoint.read_header(checkpoint.find(str(model)))
    assert header.config.data.crop == "face"
    assert frame_from(header.data["frame"]) == USUAL_FRAME
    assert json.loads((model / "config.json").read_text())["data"]["crop"] == "face"


def test_files_are_read_as_the_model_wants_them(model: Path, folder: Path, tmp_path: Path) -> None:
    header = checkpoint.read_header(checkpoint.find(str(model)))
    path = sorted((folder / "smile").iterdir())[0]
    data = load(replace(header.config.data, source=str(folder)))  # a checkpoint knows the folder's name alone
    row = data.index.files.index(f"smile/{path.name}")
    np.testing.assert_array_equal(read_as_trained(header, path), data.images[row])
    square, _ = frame(read_bytes(path), SIZE, 3, None)
    np.testing.assert_array_equal(read_for_model(header, path), square)  # taken as framed already
    assert read_if_framed(header, path) is None  # a photo: its face is looked for
    framed = tmp_path / "framed.png"
    Image.fromarray(np.asarray(data.images[row])).save(framed)
    for read in (read_as_trained, read_for_model, read_if_framed):
        np.testing.assert_array_equal(read(header, framed), data.images[row])
    with pytest.raises(DataError, match=r"wall\.png can't be used: no face found"):
        read_as_trained(header, folder / "smile" / "wall.png")


@pytest.mark.long
def test_every_command_works_with_such_a_model(model: Path, folder: Path, tmp_path: Path, capsys: Any) -> None:
    assert run(["reconstruct", "--checkpoint", str(model), "--input", str(folder / "smile"), "--out", str(tmp_path / "r")]) == 0
    said = capsys.readouterr()
    assert "wall.png can't be used: no face found" in said.err
    assert len(list((tmp_path / "r").iterdir())) == 5
    assert run(["evaluate", "--checkpoint", str(model), "--data", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 2
    assert run(["direction", "--checkpoint", str(model), "--data", str(folder), "--attribute", "smile"]) == 0
    path = sorted((folder / "smile").iterdir())[0]
    edit = ["edit", "--checkpoint", str(model), "--input", str(path), "--attribute", "smile", "--amount", "50", "--out"]
    for number, more in enumerate(([], ["--size", "model"], ["--align", "none"], ["--align", "none", "--size", "model"])):
        out = tmp_path / str(number)
        assert run([*edit, str(out), *more]) == 0
        with Image.open(next(out.iterdir())) as made, Image.open(path) as photo:
            assert made.size == ((SIZE, SIZE) if "model" in more else photo.size)

"""Faces that get less of an edit: small ones, and those whose change the model can't know, with a retoucher or without."""

from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from core.cli import run
from core.data.photo import Photo, open_photo
from core.faces.alignment import Eyes
from core.faces.finder import FoundFace
from core.latent.direction_file import find_direction
from core.latent.directions import move
from core.latent.engine import LatentEngine
from core.latent.session import Anchor, Edit, Session, from_json
from core.photo import batch_edit, face_edit
from core.photo.batch_edit import BatchEdit
from core.photo.edit import PlacedFace, eyes_in_frame, place
from core.photo.face_edit import FaceEdit
from core.photo.transfer import Change
from core.retouch.doubt import FEW_PIXELS, KNOWS_FACES, USUAL_BOUNDS, enough_pixels, usual_bounds
from core.retouch.words import is_for_size, weaker_note
from tests.helpers.pictures import draw_picture
from tests.helpers.runs import shared_run, toy_folder

TOY_DOUBT = (1.2, 1.4)  # a model of a few seconds' training draws mouths badly: it doubts noise by 1.5, faces by 0.7 to 1.1


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with the direction `smile`, and no retoucher."""
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    path.write_bytes((shared_run() / "checkpoints" / "best.safetensors").read_bytes())
    assert run(["direction", "--checkpoint", str(path), "--data", str(toy_folder()), "--attribute", "smile"]) == 0
    return path


@pytest.fixture(scope="module")
def engine(model: Path) -> LatentEngine:
    return LatentEngine.load(model)


def a_photo(engine: LatentEngine, times: float) -> tuple[Photo, Eyes]:
    """A face of the kind that the model has learned, so many of the model's pixels large, in a grey photo; and its eyes."""
    side = round(engine.header.image_shape[1] * times)
    pixels = np.full((side + 40, side + 40, 3), 128, np.uint8)
    face = np.asarray(draw_picture(False, np.random.default_rng(2), engine.header.image_shape[1]))
    pixels[20 : 20 + side, 20 : 20 + side] = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
    eyes = eyes_in_frame(engine.header)
    there = [tuple((place + 0.5) * times + 19.5 for place in eye) for eye in (eyes.left, eyes.right)]
    return Photo("me.png", pixels), Eyes(*there)  # type: ignore[arg-type]


def edited(engine: LatentEngine, face: PlacedFace) -> tuple[FaceEdit, np.ndarray]:
    before = engine.encode(face.framed[None]).mean[0]
    return face.edit(engine, before), move(before, find_direction(engine.header, "smile"), 100.0)


def test_a_face_of_few_pixels_gets_less_and_one_of_fewer_none(engine: LatentEngine) -> None:
    shown, changed = [], []
    for times in (2.0, 1.0, 0.75, 0.45):
        photo, eyes = a_photo(engine, times)
        face = place(photo, eyes, engine.header)
        edit, after = edited(engine, face)
        shown.append(edit.trusted(after))
        assert edit.by_size == pytest.approx(shown[-1]), "it is a face that the model knows"
        picture = edit.put_on(photo.pixels, face.matrix, after)
        changed.append(float(np.abs(picture.astype(int) - photo.pixels).max()))
    assert shown[:2] == [1.0, 1.0]
    assert 0.1 < shown[2] < 0.9
    assert shown[3] == 0.0
    assert changed[1] > changed[2] > 0.0
    assert changed[3] == 0.0, "the photo as it was"


@pytest.mark.parametrize("size", [16, 32, 64, 128, 512])
def test_how_few_pixels_are_too_few(size: int) -> None:
    few, enough = FEW_PIXELS
    shares = [enough_pixels(covered, size) for covered in np.linspace(1.0, 64.0, 64)]
    assert (np.diff(shares) >= 0.0).all()
    assert enough_pixels(float(size), size) == 1.0, "a picture as the model's own"
    assert enough_pixels(enough, size) == 1.0
    assert enough_pixels(few * min(1.0, size / enough), size) == 0.0
    if size >= enough:
        assert 0.3 < enough_pixels(25.0, size) < 0.7, "a face of 20 pixels"


def test_small_is_said_of_small_faces_only() -> None:
    assert weaker_note("me.png", 1.0, 1.0) == ""
    assert weaker_note("me.png", 0.5, 0.5) == (
        "me.png: the face has too few pixels for an edit that looks real; the edit is applied at 50 % of its strength."
    )
    assert weaker_note("me.png", 0.0, 0.0).endswith("too few pixels for an edit that looks real; the edit is left out.")
    assert "turned, hidden" in weaker_note("me.png", 0.5, 1.0)
    assert "turned, hidden" in weaker_note("me.png", 0.1, 0.8)
    assert not is_for_size(1.0, 1.0)


def test_what_no_retoucher_makes_is_doubted_too(engine: LatentEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_edit, "usual_bounds", lambda *_: TOY_DOUBT)
    side = engine.header.image_shape[1]
    known = np.asarray(draw_picture(False, np.random.default_rng(2), side))
    strange = np.random.default_rng(1).integers(0, 256, known.shape, np.uint8)
    for framed, wanted in ((known, 1.0), (strange, 0.0)):
        before = engine.encode(framed[None]).mean[0]
        after = move(before, find_direction(engine.header, "smile"), 100.0)
        edit, once = FaceEdit(engine, before, framed, 2.0), FaceEdit(engine, before, framed, 2.0, as_before=True)
        assert edit.trusted(after) == wanted
        assert once.trusted(after) == 1.0
        assert edit.trusted(before) == 1.0
        pictures = [one.put_on(framed, np.eye(2, 3), after) for one in (edit, once)]
        assert np.array_equal(*pictures) == (wanted == 1.0)
        assert np.array_equal(pictures[0], framed) == (wanted == 0.0)
        assert not np.array_equal(pictures[1], framed)


def test_in_between_it_is_a_smaller_step(engine: LatentEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    framed = np.asarray(draw_picture(False, np.random.default_rng(2), engine.header.image_shape[1]))
    before = engine.encode(framed[None]).mean[0]
    smile = find_direction(engine.header, "smile")
    monkeypatch.setattr(FaceEdit, "_known", lambda self, decoded: 0.5)
    (half,) = FaceEdit(engine, before, framed, 2.0).changes(move(before, smile, 100.0))
    monkeypatch.undo()
    (step,) = FaceEdit(engine, before, framed, 2.0, as_before=True).changes(move(before, smile, 50.0))
    np.testing.assert_allclose(half.motion, step.motion, atol=1e-3)
    assert half.residual is not None
    assert step.residual is not None
    np.testing.assert_allclose(half.residual, step.residual, atol=1.0)
    field = np.ones((4, 4), np.float32)
    fainter = Change(4, np.dstack([field, field]), np.dstack([field] * 3), field, np.dstack([field] * 3)).fainter(0.25)
    assert [float(one.max()) for one in (fainter.motion, fainter.residual, fainter.mask, fainter.paint)] == [0.25, 0.25, 0.25, 1.0]


def test_a_model_that_draws_less_well_doubts_no_carried_over_edit() -> None:
    assert usual_bounds([{"valid_psnr": 10.0}, {"valid_psnr": KNOWS_FACES}, {"valid_psnr": 20.0}], True) == USUAL_BOUNDS
    assert usual_bounds([{"valid_psnr": KNOWS_FACES}], False) == (math.inf, math.inf)
    for history in ([{"valid_psnr": KNOWS_FACES - 0.1}], [], [{}], [{"valid_psnr": math.nan}], [{"valid_psnr": "good"}]):
        assert usual_bounds(history, True) == (math.inf, math.inf)


def test_an_edit_of_before_stays_as_it_was() -> None:
    old = Session("id", Anchor("photo", "me.png", "me.png#1", (0.0,), (1.0, 2.0, 3.0, 2.0)), (Edit("direction", "smile", 60.0),))
    new = old.to_dict()
    assert new["weighed"] is True
    assert from_json(json.dumps(new)) == old
    values = {key: value for key, value in new.items() if key != "weighed"}  # as programs of before wrote it
    read = from_json(json.dumps(values))
    assert read.anchor is not None
    assert read.anchor.is_as_before
    assert read.to_dict() == values, "saved again, it is what it was"
    assert from_json(json.dumps(read.to_dict())) == read
    sample = Session("id", Anchor("sample", "Sample 1", "0/1", (0.0,)))
    assert "weighed" not in sample.to_dict()
    assert from_json(json.dumps(sample.to_dict())) == sample


def test_in_a_batch_and_by_hand_on_the_command_line_it_is_said(
    engine: LatentEngine, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, eyes = a_photo(engine, 0.7)
    path = tmp_path / "me.png"
    Image.fromarray(photo.pixels).save(path)
    monkeypatch.setattr(batch_edit, "find_faces", lambda pixels: [FoundFace((0.0, 0.0, 9.0, 9.0), eyes, True)])
    smile = find_direction(engine.header, "smile")
    made = BatchEdit(engine, (Edit("direction", "smile", 100.0),), {"smile": smile}).made(path)
    assert 0.0 < made.trusted == pytest.approx(made.by_size)
    assert made.by_size < 0.9
    numbers = ",".join(f"{number:.2f}" for number in (*eyes.left, *eyes.right))
    words = ["edit", "--checkpoint", str(model), "--input", str(path), "--eyes", numbers]
    capsys.readouterr()
    assert run([*words, "--attribute", "smile", "--amount", "100", "--out", str(tmp_path / "out")]) == 0
    assert "me.png: the face has too few pixels for an edit that looks real; the edit is applied at" in capsys.readouterr().err
    (written,) = (tmp_path / "out").iterdir()
    assert open_photo(written).pixels.shape == photo.pixels.shape


def test_short_parts_of_an_edit_do_not_count(engine: LatentEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A direction has a little of the retouched one, whose doubt would else be said of the whole."""
    framed = np.asarray(draw_picture(False, np.random.default_rng(2), engine.header.image_shape[1]))
    before = engine.encode(framed[None]).mean[0]
    smile = find_direction(engine.header, "smile")
    other = np.zeros_like(before)
    other[int(np.argmin(np.abs(smile.unit)))] = 3.0
    monkeypatch.setattr(face_edit, "retouched", lambda engine: [smile])
    monkeypatch.setattr(FaceEdit, "_layers_of", lambda self, direction, more: (None, 0.0))
    edit = FaceEdit(engine, before, framed, 2.0)
    assert edit.trusted(move(before, smile, 100.0) + other) == 0.0
    assert edit.trusted(move(before, smile, 4.0) + other) == 1.0

"""Close-ups of an edited photo are what the whole edited photo shows there, at any scale."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from core.data.photo import open_photo
from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from core.faces.alignment import Eyes
from core.photo.close_up import CloseUps
from core.photo.edit import PlacedFace, place
from core.photo.face_edit import FaceEdit
from core.photo.part import box_around, part_around, part_of
from tests.helpers.fake_engine import LATENT_DIM, FakeEngine, fake_model

FACE = np.s_[301:701, 503:903]


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> PlacedFace:
    """A photo of 1203 x 901 pixels of soft noise, with a drawn face."""
    noise = np.random.default_rng(0).normal(128.0, 40.0, (901, 1203, 3)).astype(np.float32)
    pixels = np.clip(cv2.GaussianBlur(noise, (0, 0), 2.0) * 1.5 - 64.0, 0, 255).astype(np.uint8)
    pixels[FACE] = np.asarray(draw_face(sample_parameters(np.random.default_rng([3, 1])), 400))
    path = tmp_path_factory.mktemp("photo") / "me.png"
    Image.fromarray(pixels).save(path)
    return place(open_photo(path), Eyes((650.0, 480.0), (756.0, 480.0)), fake_model().header)


@pytest.fixture
def engine() -> FakeEngine:
    return fake_model().engine


def codes(face: PlacedFace, engine: FakeEngine) -> tuple[np.ndarray, np.ndarray]:
    before = engine.encode(face.framed[None]).mean[0]
    return before, before + np.linspace(-0.4, 0.4, LATENT_DIM, dtype=np.float32)


def test_at_its_own_size_every_pixel_is_the_whole_photos(face: PlacedFace, engine: FakeEngine) -> None:
    before, after = codes(face, engine)
    edit = face.edit(engine, before)
    whole = edit.put_on(face.photo.pixels, face.matrix, after)
    assert (whole != face.photo.pixels).any()
    close = CloseUps(face, edit)
    for left, top, right, bottom in ((480, 290, 780, 600), (0, 0, 1203, 901), (1000, 700, 1203, 901), (0, 640, 777, 901)):
        part = close.picture(after, (left, top, right, bottom), (right - left, bottom - top))
        far = np.abs(part.astype(int) - whole[top:bottom, left:right])
        assert far.mean() < 0.02, "but for rounding"
        assert far.max() <= 8
        part = close.picture(before, (left, top, right, bottom), (right - left, bottom - top))
        assert np.array_equal(part, face.photo.pixels[top:bottom, left:right])


@pytest.mark.long
@pytest.mark.parametrize("scale", [0.21, 0.5, 0.8, 2.5])
def test_smaller_and_larger_it_is_the_whole_photo_scaled(face: PlacedFace, engine: FakeEngine, scale: float) -> None:
    before, after = codes(face, engine)
    edit = face.edit(engine, before)
    whole = edit.put_on(face.photo.pixels, face.matrix, after)
    box = (490.5, 300.25, 1000.0, 801.75)
    size = (round((box[2] - box[0]) * scale), round((box[3] - box[1]) * scale))
    part = CloseUps(face, edit).picture(after, box, size).astype(int)
    scaled = np.asarray(Image.fromarray(whole).resize(size, Image.Resampling.BICUBIC, box)).astype(int)
    assert part.shape == scaled.shape
    assert np.abs(part - scaled).mean() < 2.0
    aside = max(1, round(2 * scale))
    moved = np.roll(scaled, aside, axis=1)[:, 2 * aside : -2 * aside]  # the test would see a shift
    assert np.abs(part[:, 2 * aside : -2 * aside] - moved).mean() > 4.0


def test_a_face_is_edited_once_while_one_looks_around(
    face: PlacedFace, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = codes(face, engine)
    edited: list[bytes] = []
    real = FaceEdit.put_on

    def put_on(self: FaceEdit, picture: np.ndarray, matrix: np.ndarray, code: np.ndarray) -> np.ndarray:
        edited.append(code.tobytes())
        return real(self, picture, matrix, code)

    monkeypatch.setattr(FaceEdit, "put_on", put_on)
    close = CloseUps(face, face.edit(engine, before))
    for left in (300, 400, 500):
        for code in (before, after):
            close.picture(code, (left, 200, left + 400, 500), (400, 300))
    assert edited == [before.tobytes(), after.tobytes()]


def test_the_box_around_a_face_is_what_its_part_shows(face: PlacedFace) -> None:
    left, top, right, bottom = box = box_around(face.photo.pixels.shape, face.matrix, face.framed.shape[0])
    part = part_around(face, 2000)
    assert np.array_equal(part.pixels, face.photo.pixels[top:bottom, left:right])
    assert np.allclose(part_of(face, part.pixels, box).matrix, part.matrix)

"""A photo without colour stays without, whatever the model paints into it; one with colours keeps them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from core.checkpoint import find
from core.data.photo import Photo, open_photo
from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from core.faces.alignment import Eyes, similarity
from core.latent.arithmetic import normal
from core.latent.engine import LatentEngine
from core.photo.edit import place
from core.photo.part import EditView
from core.photo.tone import keep_tone, tone_of
from tests.helpers.photo_inputs import portrait
from tests.helpers.real_data import SHARED

SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]]) * 0.7
EYES = Eyes((126.0, 134.0), (192.0, 134.0))
FRAME = similarity(EYES, Eyes((44.0, 60.0), (83.0, 60.0)))
LUMA = np.array([0.299, 0.587, 0.114])


def grey() -> Image.Image:
    return portrait().convert("L")


def sepia(image: Image.Image | None = None) -> Image.Image:
    """As programs tone pictures: each level has one colour."""
    levels = np.asarray((image or portrait()).convert("L")).astype(float)
    return Image.fromarray(np.rint(np.stack([levels] * 3, -1) @ SEPIA.T).astype(np.uint8))


def two_toned(image: Image.Image) -> Image.Image:
    """From dark blue to cream."""
    share = np.asarray(image.convert("L"))[..., None] / 255.0
    return Image.fromarray(np.rint(share * (250, 235, 200) + (1.0 - share) * (30, 20, 60)).astype(np.uint8))


def with_alpha(path: Path) -> None:
    image = grey()
    image.putalpha(Image.new("L", image.size, 200))
    image.save(path)


WITHOUT_COLOUR: dict[str, Callable[[Path], object]] = {
    "L.png": lambda path: grey().save(path),
    "L.jpg": lambda path: grey().save(path, quality=80),
    "LA.png": with_alpha,
    "16.png": lambda path: Image.fromarray(np.asarray(grey()).astype(np.uint16) * 257).save(path),
    "16.tif": lambda path: Image.fromarray(np.asarray(grey()).astype(np.uint16) * 257).save(path),
    "RGB.png": lambda path: grey().convert("RGB").save(path),
    "RGB.jpg": lambda path: grey().convert("RGB").save(path, quality=80),
}


@pytest.fixture(scope="module")
def engine() -> LatentEngine:
    return LatentEngine.load(find("faces"))


def reddened(engine: LatentEngine, photo: Photo) -> tuple[np.ndarray, np.ndarray]:
    """The photo, and its preview, with a change that paints colours into the face."""
    face = place(photo, EYES, engine.header)
    before = engine.encode(face.framed[None]).mean[0]
    after = before + np.float32(0.8) * normal(1, engine.spec.latent_dim, 5)[0]
    preview = EditView.of_photo(engine, before, face).picture(after)
    return face.edited(engine, before, after), preview


def chroma(picture: np.ndarray) -> int:
    """The largest difference between two channels."""
    return int(np.ptp(picture.astype(int), axis=2).max())


@pytest.mark.long
@pytest.mark.parametrize("name", WITHOUT_COLOUR)
def test_a_photo_without_colour_gets_none(name: str, engine: LatentEngine, tmp_path: Path) -> None:
    WITHOUT_COLOUR[name](tmp_path / name)
    photo = open_photo(tmp_path / name)
    assert chroma(photo.pixels) == 0
    edited, preview = reddened(engine, photo)
    assert (edited != photo.pixels).any(2).mean() > 0.05
    assert chroma(edited) == 0
    assert chroma(preview) == 0


def test_colours_would_come_in_otherwise(engine: LatentEngine) -> None:
    photo = np.asarray(portrait())
    edited, _ = reddened(engine, Photo("photo.png", photo))
    assert chroma(edited.astype(int) - photo) > 20


@pytest.mark.long
@pytest.mark.parametrize("tone", [sepia, two_toned])
@pytest.mark.parametrize("quality", [None, 95])
def test_one_tone_stays_that_tone(
    tone: Callable[[Image.Image], Image.Image], quality: int | None, engine: LatentEngine, tmp_path: Path
) -> None:
    path = tmp_path / ("photo.jpg" if quality else "photo.png")
    tone(portrait()).save(path, **({"quality": quality, "subsampling": 0} if quality else {}))
    photo = open_photo(path)
    edited, _ = reddened(engine, photo)
    changed = (edited != photo.pixels).any(2)
    assert changed.mean() > 0.05
    grey_levels = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    scale = np.asarray(tone(grey_levels.convert("RGB")))[0].astype(float)  # all colours that the tone has
    lightness = scale @ LUMA
    seen = edited[changed].astype(float)
    wanted = np.column_stack([np.interp(seen @ LUMA, lightness, column) for column in scale.T])
    off = np.linalg.norm(seen - wanted, axis=1)
    assert np.median(off) < 3.0
    assert np.percentile(off, 99) < 10.0  # lighter or darker than anything in the face before


def test_lightness_is_the_edits_own() -> None:
    photo = np.asarray(sepia())
    edited = photo.copy()
    edited[150:170, 140:180] = (200, 40, 60)
    made = keep_tone(photo, edited.copy(), FRAME, 128)
    inside = np.s_[150:170, 140:180]
    assert np.abs(made[inside] @ LUMA - edited[inside] @ LUMA).max() < 1.5
    outside = np.ones(photo.shape[:2], bool)
    outside[inside] = False
    np.testing.assert_array_equal(made[outside], photo[outside])


@pytest.mark.parametrize("index", range(12))
def test_drawn_colours_are_colours(index: int) -> None:
    photo = np.asarray(draw_face(sample_parameters(np.random.default_rng([3, index])), 160))
    assert tone_of(photo, np.array([[0.8, 0.0, -0.1], [0.0, 0.8, -0.1]]), 128) is None
    grey = cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    tone = tone_of(grey, np.array([[0.8, 0.0, -0.1], [0.0, 0.8, -0.1]]), 128)
    assert tone is not None
    assert tone.share == 1.0
    np.testing.assert_array_equal(tone.colours, np.arange(256)[:, None].repeat(3, 1))


def test_only_the_faces_own_colours_count() -> None:
    """A grey face among colours is a photo of one colour left in by hand: the face is to stay grey."""
    photo = np.full((300, 400, 3), (200, 40, 30), np.uint8)
    photo[40:240, 60:260] = np.asarray(grey())[40:240, 60:260, None]
    tone = tone_of(photo, FRAME, 128)
    assert tone is not None
    assert chroma(tone.colours[None]) == 0


@pytest.mark.parametrize("at", [(-150.0, 30.0), (9e3, 9e3)])
def test_a_face_beside_the_photo(at: tuple[float, float]) -> None:
    photo = np.asarray(grey().convert("RGB"))
    matrix = similarity(Eyes(at, (at[0] + 60.0, at[1])), Eyes((44.0, 60.0), (83.0, 60.0)))
    np.testing.assert_array_equal(keep_tone(photo, photo.copy(), matrix, 128), photo)


@pytest.mark.real_data("celeba")
def test_people_are_colourful_or_not() -> None:
    """Of CelebA's faces next to none is taken for one without colour; their grey and toned copies all are."""
    matrix = np.array([[1.0, 0.0, -25.0], [0.0, 1.0, -52.0]])
    kept = []
    for path in sorted((SHARED / "celeba" / "smile").iterdir())[::80]:
        picture = Image.open(path).convert("RGB")
        kept.append(
            [tone_of(np.asarray(copy), matrix, 128) for copy in (picture, picture.convert("L").convert("RGB"), sepia(picture))]
        )
    assert sum(tone is not None for tone, _, _ in kept) <= 1
    assert all(tone is not None and tone.share == 1.0 for _, *copies in kept for tone in copies)

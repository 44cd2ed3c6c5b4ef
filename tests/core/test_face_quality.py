"""The numbers of `benchmarks/face_quality.py` say what they are to say."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from core.checkpoint import find
from core.config import DataConfig
from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from core.errors import ConfigError
from core.latent.instrument import load_instrument
from tests.helpers.runs import family_runs, toy_folder

BENCHMARKS = Path(__file__).resolve().parent.parent.parent / "benchmarks"


@pytest.fixture
def quality(monkeypatch: pytest.MonkeyPatch):
    """The script, which is no package."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("face_quality")


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """(24, 128, 128, 3)."""
    rng = np.random.default_rng(3)
    return np.stack([np.asarray(draw_face(sample_parameters(rng), 128)) for _ in range(24)])


def test_blur_takes_detail_and_an_unsharp_mask_gives_it_without_making_it_truer(quality, drawn: np.ndarray) -> None:
    soft = np.stack([cv2.GaussianBlur(one, (0, 0), 1.5) for one in drawn])
    masked = np.clip(soft + 3.0 * (soft.astype(float) - [cv2.GaussianBlur(one, (0, 0), 2.0) for one in soft]), 0, 255).astype(
        np.uint8
    )
    same, softened, sharpened = (quality.face_detail(one, drawn) for one in (drawn, soft, masked))
    assert (same.ratio, same.correlation) == (pytest.approx(1.0), pytest.approx(1.0))
    assert softened.ratio < 0.6
    assert sharpened.ratio > 1.5 * softened.ratio
    assert sharpened.correlation == pytest.approx(softened.correlation, abs=0.1)


def test_only_the_face_counts(quality, drawn: np.ndarray) -> None:
    around = drawn.copy()
    around[:, :10] = 0
    around[:, :, :12] = 255
    assert quality.face_detail(around, drawn).ratio == pytest.approx(1.0, abs=0.02)


def test_the_distance_is_unbiased_and_grows_with_the_shift(quality) -> None:
    rng = np.random.default_rng(0)
    real, other = rng.standard_normal((400, 8)), rng.standard_normal((400, 8))
    width = quality.kernel_width(real)
    assert width == pytest.approx(np.sqrt(2 * 8), rel=0.1)
    assert abs(quality.distance(other, real, width)) < 3.0  # by chance below 0, too
    assert 0 < quality.distance(other + 0.3, real, width) < quality.distance(other + 0.6, real, width)


@pytest.mark.long
def test_models_of_three_families_are_measured_each_by_what_it_has(quality) -> None:
    vae, codes, sparse = (load_instrument(find(str(one))) for one in family_runs())
    (data, *others), rows = quality.held_out_by_all([vae, codes, sparse], str(toy_folder()))
    assert all(one is data for one in others)
    assert list(rows) == list(data.split.valid)
    pictures = np.asarray(data.images[rows])
    made, size = {}, {}
    for name, model in (("vae", vae), ("codes", codes), ("sparse", sparse)):
        found = quality.encoded(model, pictures)
        made[name], size[name] = quality.faces_made(model, found, 0.65, 3), quality.size_of(model, found)
        assert (made[name]["rebuilt"] == model.decode(model.encode(pictures))).all()
    assert [set(one) for one in made.values()] == [{"rebuilt", "normal", "samples"}, {"rebuilt", "samples"}, {"rebuilt"}]
    assert [set(one) for one in size.values()] == [{"numbers", "code_prior_bits"}, {"code_bits", "code_prior_bits"}, {"numbers"}]
    nonzeros = np.count_nonzero(sparse.encode(pictures).values) / len(pictures)
    assert size["sparse"]["numbers"] == pytest.approx(nonzeros, abs=0.1)
    assert size["codes"]["code_bits"] == 16 * 4
    faces = quality.faces_of(data, rows)
    numbers = quality.measured(made["sparse"], faces, None)
    assert "sample_detail" not in numbers
    assert 0.0 < numbers["ssim"] < 1.0
    assert {"psnr", "told_apart"} <= numbers.keys()


def test_only_faces_that_no_model_learned_from_are_taken(quality, monkeypatch: pytest.MonkeyPatch) -> None:
    def model(size: int, name: str, split: list[int]) -> SimpleNamespace:
        return SimpleNamespace(header=SimpleNamespace(image_shape=(3, size, size), data={"name": name}, split=np.array(split)))

    def loaded(header: SimpleNamespace, *_: object) -> SimpleNamespace:
        images = np.zeros((1, *header.image_shape[1:], 3))
        split = SimpleNamespace(valid=header.split)
        return SimpleNamespace(index=SimpleNamespace(name="faces"), split=split, images=images, config=DataConfig(source="faces"))

    monkeypatch.setattr(quality, "load", lambda config: config)
    monkeypatch.setattr(quality, "load_data", loaded)
    first, second, elsewhere = model(64, "faces", [1, 2, 3, 5]), model(64, "faces", [2, 5, 7]), model(64, "others", [9])
    assert list(quality.held_out_by_all([first, second, elsewhere], "faces")[1]) == [2, 5]
    with pytest.raises(ConfigError, match="no picture that all"):
        quality.held_out_by_all([first, model(64, "faces", [8])], "faces")
    first.header.image_shape = (1, 64, 64)
    with pytest.raises(ConfigError, match="grey"):
        quality.held_out_by_all([first, second], "faces")
    larger = model(128, "elsewhere", [0])
    (_, seen), rows = quality.held_out_by_all([second, larger], "faces")
    assert (seen.image_size, seen.source, list(rows)) == (128, "faces", [2, 5, 7])


def test_of_few_faces_nobody_says_how_well_they_are_told_apart(quality, drawn: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """88 faces taught the network nothing, and it said 0.5, as of a perfect model."""
    monkeypatch.setattr(quality, "told_apart", lambda *_: 0.75)
    persons = np.arange(len(drawn))
    assert quality.told(drawn, persons, drawn, persons) is None
    many = np.repeat(drawn[:, :8, :8], 25, axis=0)
    assert quality.told(many, np.arange(len(many)), many, np.arange(len(many))) == 0.75


def test_what_a_model_of_larger_pictures_makes_is_compared_at_the_smaller_size(quality, drawn: np.ndarray) -> None:
    small = quality.brought_to(64, drawn)
    assert small.shape == (24, 64, 64, 3)
    assert small[0, 0, 0].astype(float) == pytest.approx(drawn[0, :2, :2].mean((0, 1)), abs=1.0)
    assert quality.brought_to(128, drawn) is drawn
    assert quality.brought_to(64, drawn[..., :1]).shape == (24, 64, 64, 1)

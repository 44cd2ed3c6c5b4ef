"""A loaded model behind numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from core.checkpoint import find
from core.data.dataset import load
from core.errors import CoreError
from core.latent.data_codes import encode_rows
from core.latent.engine import LatentEngine
from tests.helpers.runs import shared_run, tiny


@pytest.fixture(scope="module")
def engine() -> LatentEngine:
    return LatentEngine.load(find(str(shared_run())))


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.array(load(tiny().data).images)


def test_pictures_to_codes_and_back(engine: LatentEngine, images: np.ndarray) -> None:
    codes = engine.encode(images)
    assert codes.mean.shape == codes.log_var.shape == (32, 6)
    assert codes.mean.dtype == np.float32
    decoded = engine.decode(codes.mean)
    assert (decoded.shape, decoded.dtype) == (images.shape, np.uint8)
    error = np.square(decoded.astype(float) - images).mean()
    grey = np.square(images - images.mean(axis=(0, 1, 2))).mean()
    assert error < 0.7 * grey  # it learned something


def test_each_picture_on_its_own(engine: LatentEngine, images: np.ndarray) -> None:
    many, one = engine.encode(images).mean, engine.encode(images[3:4]).mean
    np.testing.assert_allclose(one[0], many[3], atol=1e-4)
    faces, face = engine.decode(many), engine.decode(many[3:4])
    assert np.abs(faces[3].astype(int) - face[0]).max() <= 1


def test_arrays_that_cannot_be_written_are_read_all_the_same(engine: LatentEngine, images: np.ndarray) -> None:
    locked = images[:2].copy()
    locked.flags.writeable = False
    codes = engine.encode(locked).mean
    codes.flags.writeable = False
    assert engine.decode(codes).shape == locked.shape


def test_nothing_at_all(engine: LatentEngine) -> None:
    codes = engine.encode(np.zeros((0, 32, 32, 3), np.uint8))
    assert codes.mean.shape == codes.log_var.shape == (0, 6)
    assert engine.decode(codes.mean).shape == (0, 32, 32, 3)


def test_pictures_of_another_size_are_refused(engine: LatentEngine) -> None:
    for shape in ((1, 16, 32, 3), (1, 32, 32, 1)):
        with pytest.raises(CoreError, match="the model sees 32x32 with 3"):
            engine.encode(np.zeros(shape, np.uint8))


def test_it_stays_in_evaluation_mode_and_learns_nothing(engine: LatentEngine, images: np.ndarray) -> None:
    before = {name: value.clone() for name, value in engine.module.state_dict().items()}
    engine.decode(engine.encode(images).mean)
    assert not engine.module.training
    assert all(torch.equal(value, before[name]) for name, value in engine.module.state_dict().items())
    assert not any(parameter.requires_grad for parameter in engine.module.parameters())


def test_samples_depend_on_the_seed_alone(engine: LatentEngine) -> None:
    np.testing.assert_array_equal(engine.sample(5, 7), engine.sample(5, 7))
    np.testing.assert_array_equal(engine.sample(3, 7), engine.sample(5, 7)[:3])
    assert (engine.sample(5, 7) != engine.sample(5, 8)).all()
    np.testing.assert_allclose(engine.sample(1, 0)[0, :2], [1.117622, -1.3871249], atol=1e-6)  # on every machine


def test_codes_of_rows_in_the_order_asked_for(engine: LatentEngine, images: np.ndarray) -> None:
    told: list[tuple[str, int, int]] = []
    rows = np.array([9, 0, 31])
    codes = encode_rows(engine, images, rows, lambda what, done, total: told.append((what, done, total)))
    np.testing.assert_allclose(codes.mean, engine.encode(images).mean[rows], atol=1e-4)
    assert told[-1] == ("Looking at the pictures", 3, 3)


def test_the_shape_of_arrays_is_height_first(engine: LatentEngine) -> None:
    face = engine.decode(np.zeros((1, 6), np.float32))[0]
    assert Image.fromarray(face).size == (32, 32)

"""The way from a photo to a model's frame and back."""

from __future__ import annotations

import numpy as np
import pytest

from core.faces.alignment import USUAL_FRAME, Eyes, Frame, frame_from, inverse, scale_of, similarity, to_frame


@pytest.mark.parametrize("size", [32, 64, 128])
def test_the_eyes_land_where_the_frame_wants_them(size: int) -> None:
    eyes = Eyes((310.0, 420.0), (395.0, 402.0))
    target = USUAL_FRAME.eyes(size)
    moved = eyes.moved(similarity(eyes, target))
    np.testing.assert_allclose([moved.left, moved.right], [target.left, target.right], atol=1e-9)


def test_it_is_a_similarity_and_there_is_a_way_back() -> None:
    matrix = similarity(Eyes((10.0, 20.0), (40.0, 35.0)), Eyes((44.0, 60.0), (83.0, 60.0)))
    linear = matrix[:, :2]
    np.testing.assert_allclose(linear.T @ linear, np.eye(2) * scale_of(matrix) ** 2, atol=1e-9)
    assert np.linalg.det(linear) > 0  # never mirrored
    point = np.array([33.0, 44.0])
    back = inverse(matrix)
    there = linear @ point + matrix[:, 2]
    np.testing.assert_allclose(back[:, :2] @ there + back[:, 2], point, atol=1e-6)


def test_a_frame_of_its_own_size_is_the_picture_itself() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    smooth = np.repeat(np.repeat(pixels[::8, ::8], 8, 0), 8, 1)
    framed = to_frame(smooth, np.eye(2, 3), 64)
    assert np.abs(framed[4::8, 4::8].astype(int) - smooth[4::8, 4::8]).max() <= 1


@pytest.mark.parametrize("times", [3, 7, 40])
def test_a_large_photo_is_averaged_and_lands_in_place(times: int) -> None:
    """Fine noise must vanish into grey, not alias; and each block of the photo must land on its pixel."""
    size = 16
    coarse = np.random.default_rng(1).integers(40, 216, (size, size, 3)).astype(float)
    noise = np.random.default_rng(2).normal(0, 30, (size * times, size * times, 3))
    photo = np.clip(np.kron(coarse, np.ones((times, times, 1))) + noise, 0, 255).astype(np.uint8)
    matrix = np.array([[1 / times, 0.0, 0.5 / times - 0.5], [0.0, 1 / times, 0.5 / times - 0.5]])
    framed = to_frame(photo, matrix, size)
    blocks = photo.reshape(size, times, size, times, 3).mean((1, 3))
    inner = np.s_[1:-1, 1:-1]
    error = framed[inner].astype(float) - blocks[inner]
    correlation = np.corrcoef(framed[inner].ravel(), blocks[inner].ravel())[0, 1]
    assert correlation > 0.97
    assert abs(error.mean()) < 1.0


def test_beyond_the_photo_its_edge_goes_on() -> None:
    photo = np.full((40, 40, 3), 77, np.uint8)
    matrix = np.array([[1.0, 0.0, 30.0], [0.0, 1.0, -20.0]])
    assert (to_frame(photo, matrix, 64) == 77).all()
    assert (to_frame(photo, np.array([[1.0, 0.0, 5000.0], [0.0, 1.0, 5000.0]]), 64) == 77).all()


@pytest.mark.parametrize(
    "values",
    [
        None,
        {},
        [],
        "x",
        {"left": [0.4], "right": [0.6, 0.5]},
        {"left": [0.4, 9], "right": [0.6, 0.5]},
        {"left": [0.6, 0.5], "right": [0.6, 0.5]},
    ],
)
def test_a_frame_that_makes_no_sense_is_the_usual_one(values: object) -> None:
    assert frame_from(values) == USUAL_FRAME


def test_a_frame_comes_back() -> None:
    frame = Frame((0.3, 0.4), (0.7, 0.41))
    assert frame_from(frame.to_dict()) == frame

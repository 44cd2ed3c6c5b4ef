"""The face finder's networks: numpy's arithmetic is torch's, and drawn faces are found tilted, with glasses and hats."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from core.data.sets.drawn.canvas import Canvas
from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.head import Head
from core.data.sets.drawn.parameters import sample_parameters
from core.faces.alignment import Eyes
from core.faces.face_net import WEIGHTS, Candidate, convolved, distinct, evened, examined, square, suspects
from core.faces.finder import LEAST_EXAMINED, FoundFace, find_faces

SIDE = 200


def drawn(index: int) -> tuple[np.ndarray, Eyes]:
    """A drawn face, uint8 (SIDE, SIDE, 3), and its eyes."""
    parameters = sample_parameters(np.random.default_rng([3, index]))
    x = 0.128 * parameters.eye_spacing
    left, right = Head(Canvas(SIDE), parameters).at(np.array([(-x, 0.0), (x, 0.0)])) * SIDE - 0.5
    return np.asarray(draw_face(parameters, SIDE)), Eyes(tuple(left), tuple(right))


def in_a_photo(index: int, degrees: float = 0.0) -> tuple[np.ndarray, Eyes]:
    """The face somewhere in a larger picture, turned."""
    face, eyes = drawn(index)
    matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), degrees, 1.0)
    matrix[:, 2] += (110, 80)
    photo = cv2.warpAffine(face, matrix, (420, 360), borderMode=cv2.BORDER_CONSTANT, borderValue=(128, 128, 128))
    return photo, eyes.moved(matrix)


def is_there(face: FoundFace, eyes: Eyes) -> bool:
    left, top, width, height = face.box
    x, y, wide = square(eyes)
    return bool(np.hypot(left + width / 2 - x, top + height / 2 - y) < 0.35 * wide and 0.6 < width / wide < 1.67)


@pytest.mark.parametrize("shape", [(1, 9, 12, 3), (2, 8, 7, 5)])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_is_that_of_torch(shape: tuple[int, int, int, int], stride: int) -> None:
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal(shape).astype(np.float32), rng.standard_normal((4, 3, 3, shape[3])).astype(np.float32)
    wanted = torch.nn.functional.conv2d(
        torch.from_numpy(x).permute(0, 3, 1, 2), torch.from_numpy(kernel).permute(0, 3, 1, 2), stride=stride, padding=1
    )
    np.testing.assert_allclose(convolved(x, kernel, stride), wanted.permute(0, 2, 3, 1).numpy(), atol=1e-4)


def test_light_and_contrast_make_no_difference() -> None:
    grey = np.random.default_rng(0).integers(60, 200, (64, 64), np.uint8)
    darker = (grey * 0.5).astype(np.uint8) + np.uint8(100)
    assert np.abs(evened(grey) - evened(darker)).mean() < 0.2 * np.abs(evened(grey)).mean()


def test_what_overlaps_is_one_face() -> None:
    def at(x: float, y: float, distance: float, score: float) -> Candidate:
        return Candidate(Eyes((x, y), (x + distance, y)), score)

    best, beside = at(100, 100, 40, 5.0), at(300, 100, 40, 1.0)
    assert distinct([at(104, 102, 38, 2.0), beside, best, at(110, 110, 16, 3.0)]) == [best, beside]


def test_the_weights_are_small() -> None:
    assert WEIGHTS.stat().st_size < 1_000_000


@pytest.mark.long
@pytest.mark.parametrize("degrees", [-40, 0, 40])
def test_a_tilted_face_is_found_without_turning_the_photo(degrees: int) -> None:
    seen = 0
    for index in range(4):
        photo, eyes = in_a_photo(index, degrees)
        faces = find_faces(photo, turns=(0,))
        seen += any(is_there(face, eyes) for face in faces)
    assert seen >= 3


def test_sunglasses() -> None:
    seen = 0
    for index in range(6):
        photo, eyes = in_a_photo(index)
        for x, y in (eyes.left, eyes.right):
            cv2.ellipse(
                photo, (round(x), round(y)), (round(0.36 * eyes.distance), round(0.28 * eyes.distance)), 0, 0, 360, (20, 20, 25), -1
            )
        cv2.line(photo, (round(eyes.left[0]), round(eyes.left[1])), (round(eyes.right[0]), round(eyes.right[1])), (20, 20, 25), 5)
        faces = find_faces(photo)
        seen += bool(faces) and is_there(faces[0], eyes)
    assert seen >= 5


def test_a_hat_and_half_a_face_in_shadow() -> None:
    seen = 0
    for index in range(6):
        photo, eyes = in_a_photo(index)
        middle = (round((eyes.left[0] + eyes.right[0]) / 2), round(eyes.left[1] - 0.6 * eyes.distance))
        cv2.ellipse(photo, middle, (round(1.7 * eyes.distance), round(1.2 * eyes.distance)), 0, 180, 360, (150, 40, 40), -1)
        photo[:, : middle[0]] = (photo[:, : middle[0]] * 0.45).astype(np.uint8)
        faces = find_faces(photo)
        seen += bool(faces) and is_there(faces[0], eyes)
    assert seen >= 5


def test_a_face_in_any_light() -> None:
    photo, eyes = in_a_photo(1)
    for light in (photo // 4, 255 - (255 - photo) // 4, np.repeat(photo.mean(2, keepdims=True), 3, 2).astype(np.uint8)):
        assert is_there(find_faces(light)[0], eyes)


@pytest.mark.parametrize("side", [1, 7, 40])
def test_a_picture_too_small_for_a_face(side: int) -> None:
    assert suspects(np.random.default_rng(0).integers(0, 256, (side, 2 * side), np.uint8), 60.0) == []


def test_the_examiner_tells_faces_from_hands_and_shirts() -> None:
    eyes = Eyes((70.0, 80.0), (110.0, 80.0))
    noise = np.random.default_rng(0).integers(0, 256, (20, 20), np.uint8)
    others = [cv2.resize(noise, (200, 200)), cv2.resize(noise[:4, :4], (200, 200)), np.full((200, 200), 200, np.uint8)]
    assert all(examined(other, [eyes])[0].score < LEAST_EXAMINED for other in others)
    seen = 0
    for index in range(8):
        photo, there = in_a_photo(index)
        seen += examined(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), [there])[0].score >= LEAST_EXAMINED
    assert seen >= 7

"""An edit put onto a photo: nothing outside the face, nothing at amount 0, and at any size the same change."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core import checkpoint
from core.data.photo import Photo
from core.faces.alignment import Eyes, inverse, similarity
from core.photo import transfer
from core.photo.edit import GAIN_KEY, PHOTO_GAIN, photo_gain, place, place_framed
from core.photo.transfer import DARK_GAIN, FINE, Change, find_change, put_on

SIZE = 64


def face(mouth: float, shift: float = 0.0) -> np.ndarray:
    """A drawn oval with a mouth at a height, uint8 (SIZE, SIZE, 3), blurred as a decoder's are."""
    picture = np.full((SIZE, SIZE, 3), (90, 120, 160), np.uint8)
    cv2.ellipse(picture, (32, 32), (20, 27), 0, 0, 360, (210, 170, 150), -1)
    cv2.ellipse(picture, (round(32 + shift), round(mouth)), (9, 3), 0, 0, 360, (120, 40, 50), -1)
    return cv2.GaussianBlur(picture, (0, 0), 1.5)


def photo_of(height: int = 300, width: int = 400) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


MATRIX = similarity(Eyes((150.0, 120.0), (230.0, 130.0)), Eyes((22.0, 28.0), (42.0, 28.0)))


def test_the_same_face_changes_nothing() -> None:
    change = find_change(face(44), face(44), face(44))
    assert change.is_none
    photo = photo_of()
    made = put_on(photo, MATRIX, change)
    np.testing.assert_array_equal(made, photo)
    assert made is not photo


def test_outside_the_mask_every_pixel_is_the_photos() -> None:
    photo = photo_of()
    made = put_on(photo, MATRIX, find_change(face(44), face(40), face(44)))
    changed = (made != photo).any(2)
    assert changed.any()
    rows, columns = np.nonzero(changed)
    there = MATRIX[:, :2] @ np.stack([columns, rows]) + MATRIX[:, 2:]
    assert np.abs((there + 0.5) / SIZE * 2 - 1).max() < 0.99
    assert np.abs((there.mean(1) + 0.5) / SIZE * 2 - 1).max() < 0.5  # it is about the face's middle


def test_a_change_of_all_the_picture_ends_with_the_face() -> None:
    """It ended at the frame's border, as a patch of other light around the head."""
    before = face(44)
    made = put_on(before, np.eye(2, 3), find_change(before, before - np.uint8(40), before))
    changed = np.abs(made.astype(int) - before).max(axis=2)
    assert changed[26:38, 26:38].min() > 30, "in the face it is seen"
    assert max(changed[:, :6].max(), changed[:, -6:].max()) == 0
    assert np.abs(np.diff(changed, axis=1)).max() <= 8, "without an edge"


def test_a_change_in_the_face_is_carried_over_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pixels of a smile stay the same, whatever is done about changes of everything."""
    before, after = face(44), face(40)
    change = find_change(before, after, before)
    monkeypatch.setattr(transfer, "_around", lambda _before, _after, side: np.ones((side, side), np.float32))
    unlimited = find_change(before, after, before)
    np.testing.assert_array_equal(change.motion, unlimited.motion)
    np.testing.assert_array_equal(change.residual, unlimited.residual)


def test_a_photo_that_is_the_decoded_face_becomes_the_edited_one() -> None:
    before, after = face(44), face(41)
    made = put_on(before, np.eye(2, 3), find_change(before, after, before))
    inner = np.s_[12:-12, 12:-12]
    was = np.abs(before[inner].astype(int) - after[inner]).mean()
    now = np.abs(made[inner].astype(int) - after[inner]).mean()
    assert now < 0.2 * was


def lit(level: int, spread: float) -> np.ndarray:
    """The drawn face with a soft spot whose levels are changed, uint8 (SIZE, SIZE, 3)."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] - 32.0
    spot = level * np.exp(-(rows**2 + columns**2) / (2.0 * spread**2))
    return np.clip(face(44) + spot[..., None], 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("level", "share"), [(40, 1.0), (-40, (1.0 + DARK_GAIN) / 2.0)])
def test_only_what_adds_light_goes_all_the_way_further(level: int, share: float) -> None:
    """What closes over a mouth is drawn by itself; going further makes it a grimace."""
    before, after = face(44), lit(level, 3.0)
    asked, given = (find_change(before, after, before, gain).residual[60:68, 60:68].mean() for gain in (1.0, 2.0))
    assert 0.8 * share < given / asked < share + 0.01


def test_broad_light_goes_no_further_than_asked() -> None:
    before = face(44)
    shares = []
    for spread in (2.0, 12.0):
        asked, given = (find_change(before, lit(30, spread), before, gain).residual[60:68, 60:68].mean() for gain in (1.0, 2.0))
        shares.append(given / asked)
    assert shares[0] > 0.85
    assert 0.45 < shares[1] < 0.7


def test_colours_go_no_further_than_asked() -> None:
    before = face(44)
    after = before.copy()
    after[28:36, 28:36, 0] += 30  # redder, hardly lighter
    asked, given = (find_change(before, after, before, gain).residual[60:68, 60:68].mean(axis=(0, 1)) for gain in (1.0, 2.0))
    assert given[0] - given[2] < 0.75 * (asked[0] - asked[2])


def test_what_moves_takes_the_photos_own_texture_along() -> None:
    """Where nothing but motion happens, the photo's grain must be moved, not blurred."""
    side = SIZE * FINE
    motion = np.zeros((side, side, 2), np.float32)
    motion[20 * FINE : 44 * FINE, 20 * FINE : 44 * FINE, 1] = 2.0
    change = Change(SIZE, motion, np.zeros((side, side, 3), np.float32))
    photo = photo_of(64, 64)
    made = put_on(photo, np.eye(2, 3), change)
    np.testing.assert_array_equal(made[24:40, 24:40], photo[26:42, 24:40])


@pytest.mark.parametrize("times", [2, 5, 16])
def test_a_larger_photo_gets_the_same_change(times: int) -> None:
    before, after = face(44), face(41)
    change = find_change(before, after, before)
    small = put_on(before, np.eye(2, 3), change).astype(int) - before
    large_before = cv2.resize(before, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    matrix = np.array([[1 / times, 0.0, 0.5 / times - 0.5], [0.0, 1 / times, 0.5 / times - 0.5]])
    large = put_on(large_before, matrix, change).astype(int) - large_before
    reduced = cv2.resize(large.astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    assert np.abs(reduced - small).mean() < 0.6
    assert np.corrcoef(reduced.ravel(), small.ravel())[0, 1] > 0.97


def test_no_seam_runs_between_the_tiles() -> None:
    """One smooth change over many tiles: neighbouring rows differ by next to nothing."""
    side = SIZE * FINE
    residual = np.full((side, side, 3), 40.0, np.float32)
    change = Change(SIZE, np.zeros((side, side, 2), np.float32), residual)
    photo = np.full((1700, 1700, 3), 100, np.uint8)
    matrix = np.array([[SIZE / 1700, 0.0, 0.0], [0.0, SIZE / 1700, 0.0]])
    made = put_on(photo, matrix, change)[100:-100, 100:-100].astype(int)
    assert (made == 140).all()


@pytest.mark.parametrize(
    "eyes", [Eyes((-40.0, 20.0), (10.0, 25.0)), Eyes((390.0, 290.0), (430.0, 310.0)), Eyes((9e3, 9e3), (9.1e3, 9e3))]
)
def test_a_face_at_or_beyond_the_border(eyes: Eyes) -> None:
    photo = photo_of()
    made = put_on(photo, similarity(eyes, Eyes((22.0, 28.0), (42.0, 28.0))), find_change(face(44), face(40), face(44)))
    assert made.shape == photo.shape


def test_a_turned_face_moves_along_its_own_axes() -> None:
    """A quarter of a turn: what goes up in the frame goes sideways in the photo."""
    side = SIZE * FINE
    motion = np.zeros((side, side, 2), np.float32)
    motion[..., 1] = 3.0  # taken from further down
    change = Change(SIZE, motion, np.zeros((side, side, 3), np.float32))
    matrix = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, SIZE - 1.0]])  # the photo's x is the frame's y from below
    photo = photo_of(64, 64)
    made = put_on(photo, matrix, change)
    np.testing.assert_array_equal(made[20:40, 20:40], photo[20:40, 17:37])
    assert np.allclose(inverse(matrix)[:, :2] @ np.array([0.0, 3.0]), [-3.0, 0.0])


@pytest.mark.parametrize(
    ("said", "gain"),
    [
        (None, PHOTO_GAIN),
        (1.4, 1.4),
        ("1", PHOTO_GAIN),
        (True, PHOTO_GAIN),
        (np.nan, PHOTO_GAIN),
        (0.2, 1.0),
        (10**400, 4.0),
        (np.inf, 4.0),
    ],
)
def test_a_model_says_how_far_its_edits_go_on_photos(said: object, gain: float) -> None:
    header = checkpoint.read_header(checkpoint.find("drawn"))
    header = replace(header, data=header.data | {GAIN_KEY: said})
    assert photo_gain(header) == gain
    photo = Photo("photo.png", photo_of())
    framed = np.zeros((header.image_shape[1], header.image_shape[2], 3), np.uint8)
    for face in (place(photo, Eyes((150.0, 120.0), (230.0, 130.0)), header), place_framed(photo, framed, header)):
        assert face.gain == gain

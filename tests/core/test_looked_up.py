"""Codes of a codebook moved along a direction of the vectors that they stand for: the least change that gets there."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from core.errors import CoreError
from core.families.base import TOKENS, CodeSpace
from core.latent.arithmetic import Arithmetic, arithmetic
from core.latent.directions import Direction, Part
from core.latent.looked_up import VECTORS, Push, pushed, vectors
from core.latent.session import Edit

CELLS, ENTRIES, DIM = 4, 6, 3
RANDOM = np.random.default_rng(0)
BOOK = RANDOM.standard_normal((ENTRIES, DIM)).astype(np.float32)
CODES = np.array([0, 3, 3, 5])


def direction(name: str = "smile", seed: int = 1, **changes: object) -> Direction:
    unit = np.random.default_rng(seed).standard_normal(CELLS * DIM)
    unit = (unit / np.linalg.norm(unit)).astype(np.float32)
    made = Direction(name, unit, 2.0, -2.0, -3.0, 3.0, 4.0 * unit, "mean", "test", space=VECTORS)
    return replace(made, **changes)  # type: ignore[arg-type]


def model(codebook: np.ndarray | None = BOOK) -> Arithmetic:
    return arithmetic({"codes": CodeSpace(TOKENS, (2, 2), ENTRIES)}, codebook=codebook)


def moved(percent: float, *, own: Direction | None = None) -> np.ndarray:
    known = own or direction()
    return model().edited(CODES.astype(np.float32), (Edit("direction", known.name, percent),), {known.name: known}).astype(int)


def test_vectors_are_those_of_the_codes_in_one_row() -> None:
    np.testing.assert_array_equal(vectors(CODES, BOOK).reshape(CELLS, DIM), BOOK[CODES])
    assert vectors(np.stack([CODES, CODES[::-1]]).astype(np.float32), BOOK).shape == (2, CELLS * DIM)


def test_percent_is_a_place_between_the_averages_as_near_as_codes_come() -> None:
    own, push = direction(), Push(CODES, BOOK, direction().unit)
    assert (moved(0.0) == CODES).all()
    steps = {float(vectors(moved(percent), BOOK) @ own.unit) for percent in np.linspace(0, 400, 401)}
    for percent in (30.0, 60.0, 100.0):
        wanted = push.position + percent / 100.0 * max(own.mean_with - push.position, 0.25 * 4.0)
        reached = float(vectors(moved(percent), BOOK) @ own.unit)
        assert abs(reached - wanted) == pytest.approx(min(abs(step - wanted) for step in steps), abs=1e-5)


def test_directions_go_in_any_order_and_painted_cells_lie_over_them() -> None:
    known = {"smile": direction(), "age": direction("age", 2)}
    edits = (Edit("direction", "smile", 80.0), Edit("direction", "age", -120.0), Edit("cell", "2", 1.0))
    made = {tuple(model().edited(CODES, order, known)) for order in itertools.permutations(edits)}
    assert len(made) == 1
    assert next(iter(made))[2] == 1.0
    alone = model().edited(CODES, edits[:1], known)
    assert (alone != CODES).any()


def test_twins_in_the_codebook_are_not_taken_for_a_change() -> None:
    book = np.concatenate([BOOK, BOOK])
    codes = CODES + ENTRIES  # the second of each pair
    unit = np.zeros(CELLS * DIM, np.float32)
    unit[0] = 1.0  # it moves the first cell alone
    after = pushed(codes, book, 5.0 * unit)
    np.testing.assert_array_equal(after[1:], codes[1:])


def test_multiples_of_the_difference_are_added_as_they_are() -> None:
    own = direction()
    far = model().moved(CODES, [Part(own, "coefficient", 0.9)])
    wanted = vectors(CODES, BOOK) + 0.9 * own.difference
    nearest = np.square(wanted.reshape(CELLS, 1, DIM) - BOOK).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(far, nearest)


def test_a_slider_on_another_face_starts_there() -> None:
    own = model()
    edits, known = (Edit("direction", "smile", 100.0),), {"smile": direction()}
    first = own.edited(CODES, edits, known)
    other = np.array([1, 2, 0, 4])
    own.edited(other, edits, known)
    np.testing.assert_array_equal(own.edited(other, edits, known), model().edited(other, edits, known))
    np.testing.assert_array_equal(own.edited(CODES, edits, known), first)
    turned = {"smile": direction(seed=7)}
    np.testing.assert_array_equal(own.edited(CODES, edits, turned), model().edited(CODES, edits, turned))


def test_what_does_not_fit_gets_a_sentence() -> None:
    edits = (Edit("direction", "smile", 50.0),)
    for known, said in (
        ({}, "no direction 'smile'"),
        ({"smile": direction(space="")}, "moves codes of the model's first space, which these aren't"),
        ({"smile": replace(direction(), unit=np.eye(5, dtype=np.float32)[0])}, "grids of 5 numbers; this model's have 12"),
    ):
        with pytest.raises(CoreError, match=said):
            model().edited(CODES, edits, known)
    with pytest.raises(CoreError, match="can't be moved along 'smile'"):
        model(None).edited(CODES, edits, {"smile": direction()})
    with pytest.raises(CoreError, match="can't be moved along '3'"):
        model().edited(CODES, (Edit("dimension", "3", 0.5),), {})
    with pytest.raises(CoreError, match="aren't at hand"):
        model(None).vector(CODES)

"""Codes computed from codes."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from core.errors import CoreError
from core.families.base import SPARSE, TOKENS, VECTOR, CodeSpace
from core.latent.arithmetic import Arithmetic, arithmetic, traverse
from core.latent.directions import Direction, move
from core.latent.session import ATOM, CELL, PLACE, Edit


def direction(name: str, axis: int) -> Direction:
    unit = np.eye(4, dtype=np.float32)[axis]
    return Direction(name, unit, 1.0, -1.0, -2.0, 2.0, unit, "mean", "test")


KNOWN = {"smile": direction("smile", 0), "age": direction("age", 1)}
FACE = np.array([0.0, 0.5, 1.0, -1.0], np.float32)
VECTORS = arithmetic({"z": CodeSpace(VECTOR, (4,))})
GRID = arithmetic({"codes": CodeSpace(TOKENS, (2, 2), entries=8)})
ATOMS = arithmetic({"coefficients": CodeSpace(SPARSE, (1, 2, 2))})


@pytest.mark.parametrize("own", [VECTORS, GRID, ATOMS])
def test_no_edit_is_the_face_itself(own: Arithmetic) -> None:
    code = np.array([0.0, 5.0, 1.0, 2.0], np.float32)
    edited = own.edited(code, (), KNOWN)
    np.testing.assert_array_equal(edited, code)
    edited += 1.0
    assert code[1] == 5.0  # a copy


def test_the_order_of_edits_does_not_matter() -> None:
    edits = (Edit("direction", "smile", 50.0), Edit("dimension", "0", 0.4), Edit("direction", "age", -30.0))
    made = [VECTORS.edited(FACE, order, KNOWN) for order in itertools.permutations(edits)]
    for other in made[1:]:
        np.testing.assert_allclose(other, made[0], atol=1e-6)
    start = np.array([0.4, 0.5, 1.0, -1.0], np.float32)
    expected = move(start, KNOWN["smile"], 50.0) + move(start, KNOWN["age"], -30.0) - start
    np.testing.assert_allclose(made[0], expected, atol=1e-6)


def test_the_code_itself_is_not_changed() -> None:
    assert VECTORS.edited(FACE, (Edit("dimension", "2", 1.0),), KNOWN)[2] == 2.0
    assert FACE[2] == 1.0


def test_what_cannot_be_computed_gets_a_sentence() -> None:
    with pytest.raises(CoreError, match="no direction 'hat'"):
        VECTORS.edited(FACE, (Edit("direction", "hat", 1.0),), KNOWN)
    with pytest.raises(CoreError, match="no dimension 4"):
        VECTORS.edited(FACE, (Edit("dimension", "4", 1.0),), KNOWN)
    with pytest.raises(CoreError, match="can't be moved along 'smile'"):
        GRID.edited(FACE, (Edit("direction", "smile", 1.0),), KNOWN)
    with pytest.raises(CoreError, match="Nothing lies between"):
        GRID.between(FACE, FACE, 3)
    for dim in (-1, 4):
        with pytest.raises(CoreError, match="numbered from 0 to 3"):
            traverse(np.zeros(4, np.float32), [0, dim], 3.0, 5)


def test_a_direction_moves_codes_of_its_own_space_alone() -> None:
    spaces = {"z": CodeSpace(VECTOR, (4,)), "w": CodeSpace(VECTOR, (4,))}
    known = {"smile": KNOWN["smile"], "z": replace(KNOWN["age"], space="z"), "w": replace(KNOWN["age"], space="w")}
    edit = {name: (Edit("direction", name, 50.0),) for name in known}
    first, second = arithmetic(spaces), arithmetic(spaces, "w")
    np.testing.assert_array_equal(first.edited(FACE, edit["z"], known), move(FACE, known["z"], 50.0))
    np.testing.assert_array_equal(first.edited(FACE, edit["smile"], known), move(FACE, known["smile"], 50.0))
    np.testing.assert_array_equal(second.edited(FACE, edit["w"], known), move(FACE, known["w"], 50.0))
    with pytest.raises(CoreError, match="moves codes called 'w'"):
        first.edited(FACE, edit["w"], known)
    for name, called in (("z", "codes called 'z'"), ("smile", "codes of the model's first space")):
        with pytest.raises(CoreError, match=f"moves {called}"):
            second.edited(FACE, edit[name], known)


def test_interpolation_is_a_straight_line_with_both_ends() -> None:
    a, b = np.zeros(3, np.float32), np.array([2.0, 4.0, -6.0], np.float32)
    np.testing.assert_allclose(VECTORS.between(a, b, 3), [a, b / 2, b])
    assert VECTORS.between(a, b, 2).shape == (2, 3)
    assert VECTORS.between(a, b, 5).dtype == np.float32


def test_traversal_moves_one_coordinate_a_row() -> None:
    z = np.array([0.5, 1.0, 2.0], np.float32)
    codes = traverse(z, [2, 0], 3.0, 5)
    assert codes.shape == (2, 5, 3)
    np.testing.assert_allclose(codes[0, :, 2], [-3, -1.5, 0, 1.5, 3])
    np.testing.assert_allclose(codes[0, :, :2], np.tile(z[:2], (5, 1)))
    np.testing.assert_allclose(codes[1, :, 1:], np.tile(z[1:], (5, 1)))


@pytest.mark.parametrize(
    ("own", "numbers", "fits"),
    [
        (VECTORS, [0.5, -3.0, 2.0, 0.0], True),
        (VECTORS, [0.5, -3.0, 2.0], False),
        (VECTORS, [0.5, -3.0, 2e3, 0.0], False),
        (VECTORS, [0.5, -3.0, float("nan"), 0.0], False),
        (GRID, [0, 7, 3, 3], True),
        (GRID, [0, 8, 3, 3], False),
        (GRID, [0, -1, 3, 3], False),
        (GRID, [0, 0.5, 3, 3], False),
        (GRID, [0, 1, 3], False),
        (GRID, [0, 1, 3, float("nan")], False),
        (ATOMS, [0.0, -3.5, 0.0, 2.0], True),
        (ATOMS, [0.0, -3.5, 0.0], False),
        (ATOMS, [0.0, -3.5, 0.0, float("inf")], False),
    ],
)
def test_numbers_from_a_file_are_a_code_or_not(own: Arithmetic, numbers: list[float], fits: bool) -> None:
    assert own.is_code(np.array(numbers)) is fits


def test_atoms_are_turned_up_everywhere_and_painted_onto_places() -> None:
    edits = (Edit(ATOM, "1", 50.0), Edit(PLACE, "3", 2.0), Edit(PLACE, "0", -1.0), Edit(ATOM, "0", -100.0))
    for order in itertools.permutations(edits):
        np.testing.assert_allclose(ATOMS.edited(FACE, order, KNOWN), [-1.0, 0.75, 0.0, 0.5])  # what is painted isn't turned up
    with pytest.raises(CoreError, match="no atom 3; the model has 2"):
        ATOMS.edited(FACE, (Edit(ATOM, "2", 1.0),), KNOWN)
    with pytest.raises(CoreError, match="coefficient 5; a code of the model has 4"):
        ATOMS.edited(FACE, (Edit(PLACE, "4", 1.0),), KNOWN)
    with pytest.raises(CoreError, match="can't be moved along 'smile'"):
        ATOMS.edited(FACE, (Edit("direction", "smile", 1.0),), KNOWN)
    with pytest.raises(CoreError, match="isn't sparse"):
        ATOMS.between(FACE, FACE, 3)
    for other in (VECTORS, GRID):
        with pytest.raises(CoreError):
            other.edited(FACE, (Edit(ATOM, "0", 1.0),), KNOWN)


@pytest.mark.parametrize(
    ("own", "edit", "fits"),
    [
        (VECTORS, Edit("dimension", "3", 1.0), True),
        (VECTORS, Edit("dimension", "4", 1.0), False),
        (VECTORS, Edit("dimension", "03", 1.0), False),
        (VECTORS, Edit("dimension", "9" * 5000, 1.0), False),
        (VECTORS, Edit("dimension", "3", 1e6), False),
        (VECTORS, Edit("direction", "any", 60.0), True),
        (VECTORS, Edit(CELL, "0", 1.0), False),
        (GRID, Edit(CELL, "3", 7.0), True),
        (GRID, Edit(CELL, "3", 8.0), False),
        (GRID, Edit(CELL, "3", 0.5), False),
        (GRID, Edit(CELL, "3", -1.0), False),
        (GRID, Edit("direction", "any", 60.0), True),
        (GRID, Edit("direction", "any", 1e6), False),
        (ATOMS, Edit(ATOM, "1", -100.0), True),
        (ATOMS, Edit(ATOM, "2", -100.0), False),
        (ATOMS, Edit(PLACE, "3", 2.5), True),
        (ATOMS, Edit(PLACE, "4", 2.5), False),
        (ATOMS, Edit(PLACE, "3", 1e6), False),
        (ATOMS, Edit(CELL, "0", 1.0), False),
        (ATOMS, Edit("direction", "any", 60.0), False),
    ],
)
def test_edits_from_a_file_fit_or_not(own: Arithmetic, edit: Edit, fits: bool) -> None:
    assert own.takes(edit) is fits

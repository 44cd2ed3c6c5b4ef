"""The formulas of docs/theory.md on codes of a codebook that are moved: the program on one side, all grids counted on the other."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from core.latent.looked_up import Push, pushed, vectors
from tests.core.test_looked_up import BOOK, CELLS, CODES, DIM, ENTRIES, direction, moved


def every_grid() -> np.ndarray:
    return np.array(list(itertools.product(range(ENTRIES), repeat=CELLS)))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("sign", [1, -1])
def test_it_is_the_least_change_that_gets_there(seed: int, sign: int) -> None:
    """Of all grids of codes: none as far along the direction has vectors nearer to the face's."""
    unit = direction(seed=seed).unit
    push = Push(CODES, BOOK, unit)
    grids = every_grid()
    places = sign * (vectors(grids, BOOK) @ unit - push.position)
    changes = np.square(vectors(grids, BOOK) - vectors(CODES, BOOK)).sum(axis=1)
    for gain in (0.2, 0.7, 1.5, 3.0):
        found = pushed(CODES, BOOK, push.to(push.position + sign * gain) * unit)
        (row,) = np.flatnonzero((grids == found).all(axis=1))
        assert changes[row] <= changes[places >= places[row] - 1e-6].min() + 1e-5


@pytest.mark.parametrize("seed", range(6))
def test_further_is_never_back_and_the_end_is_as_far_as_codes_go(seed: int) -> None:
    own = direction(seed=seed)
    places = [float(vectors(moved(percent, own=own), BOOK) @ own.unit) for percent in np.linspace(-400, 400, 81)]
    assert (np.diff(places) >= -1e-6).all()
    furthest = (own.unit.reshape(CELLS, DIM) @ BOOK.T).max(axis=1).sum()
    assert float(vectors(moved(90_000.0, own=own), BOOK) @ own.unit) == pytest.approx(furthest, abs=1e-5)

"""A codebook as pictures."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import Cancelled
from core.families.grid_atlas import MOST, by_use, in_context
from core.families.vq_vae.atlas import AT_ONCE, places, swatches
from core.latent.code import Code

CELL = 3


class Flat:
    """Draws each cell in the shade of its code."""

    def decode(self, codes: Code | np.ndarray) -> np.ndarray:
        assert isinstance(codes, np.ndarray)
        return codes.astype(np.uint8).repeat(CELL, axis=1).repeat(CELL, axis=2)[..., None]


def test_each_code_is_drawn_alone_and_progress_is_told() -> None:
    codes, told = np.arange(AT_ONCE + 3)[::-1], []
    drawn = swatches(Flat(), codes, 4, lambda what, done, total: told.append((done, total)))
    assert drawn.shape == (len(codes), 2 * CELL, 2 * CELL, 1)
    np.testing.assert_array_equal(drawn[:, 0, 0, 0], codes)
    assert (drawn == drawn[:, :1, :1]).all()
    assert told == [(0, 35), (32, 35), (35, 35)]
    assert swatches(Flat(), codes, 1).shape == (len(codes), CELL, CELL, 1)

    def end(what: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        swatches(Flat(), codes, 4, end)


def test_the_most_used_come_first_and_not_too_many() -> None:
    np.testing.assert_array_equal(by_use(np.array([3, 0, 9, 3])), [2, 0, 3, 1])
    assert len(by_use(np.ones(MOST + 5))) == MOST


def test_a_code_is_found_in_different_pictures_first() -> None:
    grids = np.zeros((3, 2, 2), int)
    grids[0, 0] = grids[2, 1, 1] = 5
    assert places(grids, 5, 8) == [(0, 0, 0), (2, 1, 1), (0, 0, 1)]
    assert places(grids, 5, 2) == [(0, 0, 0), (2, 1, 1)]
    assert places(grids, 7, 8) == []


CELLS = [(0, 3, (0, 2), (0, 1)), (7, 7, (4, 4), (3, 3)), (4, 4, (2, 2), (2, 2))]


@pytest.mark.parametrize(("row", "column", "inside", "first"), CELLS)
def test_a_cell_in_context(row: int, column: int, inside: tuple[int, int], first: tuple[int, int]) -> None:
    picture = Flat().decode(np.arange(64).reshape(1, 8, 8))[0]
    part, place = in_context(picture, 8, row, column)
    assert part.shape == (5 * CELL, 5 * CELL, 1)
    assert place == inside
    assert part[place[0] * CELL, place[1] * CELL, 0] == row * 8 + column
    assert part[0, 0, 0] == first[0] * 8 + first[1]
    assert in_context(picture[: 2 * CELL, : 2 * CELL], 2, 1, 0)[1] == (1, 0)

"""A dictionary as pictures, where pictures have an atom, and what other thresholds do to them."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import Cancelled
from core.families.sc_vae.atlas import FACTORS, strongest, swatches, trade_off, use_of, usual_sizes
from core.families.sc_vae.atlas import places as places_of
from core.latent.code import NOTHING, Code, Given

CELL, GRID, ATOMS = 3, 4, 40
SHAPE = (GRID, GRID, ATOMS)


class Sum:
    """Draws each cell in the shade of the sum of its coefficients, and reads it back."""

    def decode(self, codes: Code | np.ndarray) -> np.ndarray:
        assert isinstance(codes, np.ndarray)
        shades = np.clip(codes.sum(axis=3), 0.0, 255.0).round().astype(np.uint8)
        return shades.repeat(CELL, axis=1).repeat(CELL, axis=2)[..., None]

    def encode(self, pictures: np.ndarray, given: Given = NOTHING, threshold: float | None = None) -> Code:
        codes = np.zeros((len(pictures), *SHAPE), np.float32)
        codes[..., 0] = np.maximum(pictures[:, ::CELL, ::CELL, 0].astype(np.float32) - float(threshold or 0.0), 0.0)
        return Code("coefficients", codes)


def test_each_atom_is_shown_as_what_it_adds_around_one_place() -> None:
    atoms, told = np.arange(ATOMS)[::-1], []
    drawn = swatches(Sum(), atoms, SHAPE, lambda what, done, total: told.append((done, total)))
    assert drawn.shape == (ATOMS, 3 * CELL, 3 * CELL, 1)
    middle = slice(CELL, 2 * CELL)
    assert (drawn[:, middle, middle] == 255).all()  # stretched, however little it is
    outside = np.ones((3 * CELL, 3 * CELL), bool)
    outside[middle, middle] = False
    assert (drawn[:, outside] == 128).all()
    assert told == [(0, ATOMS), (32, ATOMS), (ATOMS, ATOMS)]

    def stop(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        swatches(Sum(), atoms, SHAPE, stop)


@pytest.mark.parametrize("grid", [1, 2, 3, 7, 8])
def test_a_grid_of_any_size_has_a_middle(grid: int) -> None:
    drawn = swatches(Sum(), np.arange(3), (grid, grid, 3))
    seen = min(3, grid) * CELL
    assert drawn.shape == (3, seen, seen, 1)
    assert (drawn == 255).sum() == 3 * CELL * CELL


def test_places_of_an_atom_are_the_strongest_of_different_pictures_first() -> None:
    codes = np.zeros((3, *SHAPE), np.float32)
    codes[0, 1, 2, 5], codes[0, 0, 0, 5], codes[2, 3, 3, 5], codes[1, 0, 1, 6] = -9.0, 8.0, 1.0, 50.0
    assert places_of(codes, 5, 8) == [(0, 1, 2), (2, 3, 3), (0, 0, 0)]
    assert places_of(codes, 5, 2) == [(0, 1, 2), (2, 3, 3)]
    assert places_of(codes, 7, 8) == []


def test_the_strongest_atoms_of_a_code_by_their_squares() -> None:
    code = np.zeros(SHAPE, np.float32)
    code[0, 0, 3], code[1, 1, 9], code[2, 2, 9], code[3, 3, 1] = -3.0, 2.5, 2.5, 0.1
    assert strongest(code, 10).tolist() == [9, 3, 1]
    assert strongest(code, 2).tolist() == [9, 3]
    assert strongest(np.zeros(SHAPE), 4).tolist() == []


def test_a_higher_threshold_leaves_fewer_coefficients_and_worse_pictures() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (5, GRID, GRID, 1), np.uint8).repeat(CELL, axis=1).repeat(CELL, axis=2)
    told: list[int] = []
    found = trade_off(Sum(), pictures, 40.0, progress=lambda what, done, total: told.append(done))
    assert found.thresholds == tuple(40.0 * factor for factor in FACTORS)
    assert list(found.nonzeros) == sorted(found.nonzeros, reverse=True)
    assert list(found.psnr) == sorted(found.psnr, reverse=True)
    assert found.pictures.shape == (len(FACTORS), *pictures.shape)
    error = np.square(found.pictures[3].astype(float) - pictures).mean(axis=(1, 2, 3))
    assert found.psnr[3] == pytest.approx(float((10 * np.log10(255.0**2 / error)).mean()))
    assert told == list(range(len(FACTORS) + 1))


@pytest.mark.parametrize("told", [None, "no", [1.0] * 3, ["a"] * ATOMS, [float("nan")] * ATOMS, [0.0] * ATOMS])
def test_a_header_that_says_nothing_useful_is_passed_over(told: object) -> None:
    latent = {"atom_sizes": told, "atom_shares": told}
    np.testing.assert_array_equal(usual_sizes(latent, ATOMS), np.ones(ATOMS))
    assert use_of(latent, ATOMS) is None


def test_sizes_and_use_are_the_headers() -> None:
    told = [0.0, *np.linspace(0.5, 2.0, ATOMS - 1).tolist()]
    np.testing.assert_allclose(usual_sizes({"atom_sizes": told}, ATOMS), [1.0, *told[1:]], rtol=1e-6)
    np.testing.assert_allclose(use_of({"atom_shares": told}, ATOMS), told)

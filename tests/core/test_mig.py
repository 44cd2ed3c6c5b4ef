"""Both mutual information gaps against cases whose answer is known, and against independent counts."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from core.errors import Cancelled, DataError
from core.metrics.disentanglement import mig, mig_chen, mutual_information
from core.metrics.mig_chen import _entropy
from tests.helpers.factors import EVEN, grid, standard


def test_factors_as_codes_reach_one() -> None:
    factors = grid(4, 5, 20)
    assert mig(factors.astype(float), factors) == pytest.approx(1.0, abs=1e-12)
    assert mig(-3.0 * standard(factors)[:, [2, 0, 1]], factors) == pytest.approx(1.0, abs=1e-12)  # whatever order and scale


def test_all_factors_count_shape_too() -> None:
    """The first of three factors isn't in the codes: two thirds are left."""
    factors = grid(3, 6, 8)
    assert mig(factors * [0.0, 1.0, 1.0], factors) == pytest.approx(2 / 3, abs=1e-12)


def test_more_values_than_bins_cannot_be_told() -> None:
    factors = grid(40, 5)
    codes = factors.astype(float)
    by_hand = (math.log(20) / math.log(40) + 1.0) / 2
    assert mig(codes, factors) == pytest.approx(by_hand, abs=1e-12)
    assert mig(codes, factors, 40) == pytest.approx(1.0, abs=1e-12)
    assert mig(codes, factors, bins=1) == 0.0


def test_the_gap_is_to_the_second_best_in_units_of_the_factors_entropy() -> None:
    v = np.repeat(np.arange(4), 25)
    codes = np.stack([v // 2, v, v % 2, np.zeros(100)], axis=1).astype(float)  # 1, 2, 1 and no bit of it
    assert mutual_information(codes, v[:, None])[:, 0] == pytest.approx([math.log(2), math.log(4), math.log(2), 0.0])
    assert mig(codes, v[:, None]) == pytest.approx(0.5)
    assert mig(codes[:, [1, 1]], v[:, None]) == pytest.approx(0.0, abs=1e-12)


def test_an_even_rotation_comes_near_zero() -> None:
    factors = grid(6, 6, 6, 6)
    assert mig(standard(factors) @ EVEN, factors) < 0.01


def test_independent_codes_come_near_zero_and_noise_lies_between() -> None:
    factors = grid(8, 8, 8, times=8)
    noise = np.random.default_rng(1).standard_normal((len(factors), 3))
    found = [mig(standard(factors) + amount * noise, factors) for amount in (0.0, 0.2, 0.5, 1.0)]
    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(1.0)
    assert 0.1 < found[2] < 0.6
    assert mig(noise, factors) < 0.01


def counted(a: np.ndarray, b: np.ndarray) -> float:
    """Mutual information of two lists of values in nats, pair by pair."""
    n, one, other, both = len(a), Counter(a.tolist()), Counter(b.tolist()), Counter(zip(a.tolist(), b.tolist(), strict=True))
    return sum(count / n * math.log(n * count / (one[x] * other[y])) for (x, y), count in both.items())


def test_is_a_count_over_numpys_histogram() -> None:
    """Computed by other means, as disentanglement_lib does."""
    rng = np.random.default_rng(2)
    factors = rng.integers(0, 7, (500, 2)) ** 2  # not 0, 1, 2, ... and not equally far apart
    codes = rng.standard_normal((500, 3)) + 0.1 * factors[:, [0, 1, 0]]
    places = [np.digitize(column, np.histogram(column, 20)[1][:-1]) for column in codes.T]
    by_hand = np.array([[counted(factors[:, k], place) for k in range(2)] for place in places])
    assert mutual_information(codes, factors) == pytest.approx(by_hand, rel=1e-9)
    entropies = [counted(factors[:, k], factors[:, k]) for k in range(2)]
    first, second = np.sort(by_hand, axis=0)[::-1][:2]
    assert mig(codes, factors) == pytest.approx(np.mean((first - second) / entropies), rel=1e-9)


def test_codes_whose_axes_were_scrambled_know_nothing() -> None:
    """A reshape in place of a transpose, YannDubs/disentangling-vae#64: what these tests would see if it happened here."""
    factors = grid(5, 5, 5, times=4)
    perfect = factors.astype(float)
    assert mig(perfect.T.copy().reshape(perfect.shape), factors) < 0.25
    assert mig(perfect.T.copy().T, factors) == pytest.approx(1.0, abs=1e-12)  # the layout in memory means nothing


def test_a_constant_factor_is_left_out() -> None:
    factors = grid(4, 5, times=5)
    codes = factors + 0.7 * np.random.default_rng(3).standard_normal(factors.shape)
    with_constant = np.column_stack([factors, np.full(len(factors), 3)])
    assert 0.1 < mig(codes, factors) < 0.9
    assert mig(codes, with_constant) == mig(codes, factors)
    with pytest.raises(DataError, match="same value"):
        mig(codes, np.ones((len(factors), 2), int))


def test_a_single_dimension_has_no_gap() -> None:
    factors = grid(4, 5)
    assert math.isnan(mig(factors[:, :1], factors))


def test_takes_so_many_rows_and_the_same_ones_each_time() -> None:
    factors = grid(3, 4, times=50)
    codes = factors + np.random.default_rng(4).standard_normal(factors.shape)
    rows = np.sort(np.random.default_rng(9).choice(600, 100, replace=False))
    by_hand = mig(codes[rows], factors[rows])
    assert mig(codes, factors, samples=100, generator=np.random.default_rng(9)) == by_hand
    assert mig(codes, factors, samples=100) == mig(codes, factors, samples=100) != by_hand
    assert mig(codes, factors, samples=600) == mig(codes, factors)


@pytest.mark.parametrize(
    ("codes", "factors", "part"),
    [
        (np.zeros((3, 8)), np.zeros((8, 2), int), r"\(3, 8\) and factors of shape \(8, 2\)"),  # codes lie on their side
        (np.zeros((8, 3)), np.zeros(8, int), r"factors of shape \(8,\)"),
        (np.zeros(8), np.zeros((8, 2), int), r"Codes of shape \(8,\)"),
        (np.zeros((0, 3)), np.zeros((0, 2), int), "don't belong together"),
        (np.zeros((8, 3)), np.zeros((8, 2)), "of type float64"),
        (np.full((8, 3), np.nan), np.zeros((8, 2), int), "no finite numbers"),
    ],
)
def test_what_does_not_fit_is_said(codes: np.ndarray, factors: np.ndarray, part: str) -> None:
    with pytest.raises(DataError, match=part) as caught:
        mig(codes, factors)
    assert caught.value.hint


def test_tells_how_far_and_can_be_cancelled() -> None:
    factors = grid(3, 4)
    told: list[tuple[str, int, int]] = []
    mig(factors, factors, progress=lambda *said: told.append(said))
    assert told == [("Mutual information", done, 2) for done in range(3)]

    def cancel(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        mig(factors, factors, progress=cancel)
    with pytest.raises(Cancelled):
        mig_chen(factors, np.zeros(factors.shape), factors, progress=cancel)


def test_chens_entropy_is_that_of_the_mixture() -> None:
    """Dimension by dimension in float64; many blocks, dimensions of very different width."""
    rng = np.random.default_rng(5)
    mean, log_var = 3.0 * rng.standard_normal((900, 3)), np.array([-6.0, 0.0, -2.0]) + 0.3 * rng.standard_normal((900, 3))
    z = mean + np.exp(0.5 * log_var) * rng.standard_normal(mean.shape)
    for d in range(3):
        std = np.exp(0.5 * log_var[:, d])
        density = np.exp(-0.5 * ((z[:, d, None] - mean[:, d]) / std) ** 2) / (std * math.sqrt(2 * math.pi))
        by_hand = -np.log(density.mean(axis=1)).mean()
        assert _entropy(z, mean, log_var)[d] == pytest.approx(by_hand, abs=1e-5)


def information_of_a_sign(a: float) -> float:
    """Of z ~ N(a s, 1) about s = 1 or -1, in nats, by numerical integration of h(z) - h(z|s)."""
    z = np.linspace(-a - 12, a + 12, 200_001)
    density = (np.exp(-0.5 * (z - a) ** 2) + np.exp(-0.5 * (z + a) ** 2)) / math.sqrt(8 * math.pi)
    return float(-(density * np.log(density)).sum() * (z[1] - z[0])) - 0.5 * math.log(2 * math.pi * math.e)


def test_chens_is_of_sampled_codes() -> None:
    """Posterior means tell the value without fail; samples of width 1 don't, by just so much."""
    v = np.repeat([0, 1], 2000)
    mean = np.stack([np.zeros(4000), 2.0 * v - 1.0, np.zeros(4000)], axis=1)
    by_hand = information_of_a_sign(1.0) / math.log(2)
    assert by_hand == pytest.approx(0.486, abs=0.001)  # 0.4859 bits of a binary-input Gaussian channel at 0 dB
    assert mig_chen(mean, np.zeros(mean.shape), v[:, None]) == pytest.approx(by_hand, abs=0.04)
    assert mig(mean, v[:, None]) == pytest.approx(1.0)


def test_chens_with_perfect_rotated_and_independent_codes() -> None:
    factors = grid(4, 4, 4, 4, times=6)
    perfect, narrow = standard(factors), np.full(factors.shape, math.log(0.05**2))
    assert mig_chen(perfect, narrow, factors) == pytest.approx(1.0, abs=0.03)
    assert mig_chen(perfect[:, [3, 1, 0, 2]], narrow, factors) == pytest.approx(1.0, abs=0.03)
    assert mig_chen(perfect @ EVEN, narrow, factors) < 0.03
    noise = np.random.default_rng(6).standard_normal(factors.shape)
    assert mig_chen(noise, np.zeros(factors.shape), factors) < 0.03
    with_constant = np.column_stack([factors, np.zeros(len(factors), int)])
    assert mig_chen(perfect, narrow, with_constant, samples=300) == mig_chen(perfect, narrow, factors, samples=300)


def test_chens_wants_both_parts_of_the_posterior() -> None:
    factors = grid(4, 4)
    with pytest.raises(DataError, match="log-variances"):
        mig_chen(factors, np.zeros((16, 3)), factors)
    with pytest.raises(DataError, match="no finite numbers"):
        mig_chen(factors, np.full((16, 2), np.inf), factors)

"""Robust levels and noise of a curve."""

from __future__ import annotations

import numpy as np
import pytest

from core.coach.trends import level, noise, smooth


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 6, 40])
@pytest.mark.parametrize("span", [3, 5])
def test_smooth_is_the_running_median(count: int, span: int) -> None:
    values = np.random.default_rng(count).standard_normal(count)
    half = span // 2
    assert smooth(values, span).tolist() == [np.median(values[max(0, at - half) : at + half + 1]) for at in range(count)]


def test_one_wild_epoch_moves_nothing() -> None:
    values = np.arange(20.0)
    wild = values.copy()
    wild[[7, 18]] = 1e9
    np.testing.assert_allclose(smooth(wild)[:16], smooth(values)[:16], atol=1.0)
    assert level(wild) <= 19.0


def test_noise_is_the_deviation_around_a_trend() -> None:
    rng = np.random.default_rng(0)
    values = 1000.0 * np.exp(-np.arange(400) / 60.0) + 5.0 * rng.standard_normal(400)
    assert noise(values) == pytest.approx(5.0, rel=0.15)
    values[::40] += 500.0
    assert noise(values) == pytest.approx(5.0, rel=0.3)


def test_two_epochs_have_no_noise_to_stand_out_from() -> None:
    assert noise(np.array([1.0, 5.0])) == float("inf")

"""PSNR, SSIM and active units against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from core.metrics.latent import active_units
from core.metrics.reconstruction import psnr, ssim


def test_psnr_of_a_known_error() -> None:
    x = torch.full((3, 3, 16, 16), 0.5)
    y = x.clone()
    y[1] += 0.1
    y[2] += 0.01
    assert psnr(x, y).tolist() == pytest.approx([100.0, 20.0, 40.0], abs=1e-3)


def test_psnr_is_of_each_picture_alone() -> None:
    x, y = torch.rand(4, 3, 16, 16), torch.rand(4, 3, 16, 16)
    single = [psnr(x[i : i + 1], y[i : i + 1]).item() for i in range(4)]
    assert psnr(x, y).tolist() == pytest.approx(single, rel=1e-5)
    by_hand = [10 * math.log10(1 / ((x[i] - y[i]) ** 2).mean().item()) for i in range(4)]
    assert single == pytest.approx(by_hand, rel=1e-4)


def ssim_by_hand(x: np.ndarray, y: np.ndarray) -> float:
    """One grey picture, window by window, as in the paper."""
    places = np.arange(11) - 5
    bell = np.exp(-(places**2) / (2 * 1.5**2))
    window = np.outer(bell, bell)
    window /= window.sum()
    said = []
    for top in range(x.shape[0] - 10):
        for left in range(x.shape[1] - 10):
            a, b = x[top : top + 11, left : left + 11], y[top : top + 11, left : left + 11]
            mean_a, mean_b = (window * a).sum(), (window * b).sum()
            var_a, var_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
            cov = (window * (a - mean_a) * (b - mean_b)).sum()
            c1, c2 = 0.01**2, 0.03**2
            said.append((2 * mean_a * mean_b + c1) * (2 * cov + c2) / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)))
    return float(np.mean(said))


def test_ssim_is_the_papers() -> None:
    rng = np.random.default_rng(1)
    x = rng.random((2, 2, 18, 16))
    y = np.clip(x + 0.2 * rng.standard_normal(x.shape), 0, 1)
    found = ssim(torch.from_numpy(x).float(), torch.from_numpy(y).float())
    by_hand = [np.mean([ssim_by_hand(x[i, c], y[i, c]) for c in range(2)]) for i in range(2)]
    assert found.tolist() == pytest.approx(by_hand, abs=1e-4)


def test_ssim_of_a_picture_with_itself() -> None:
    x = torch.rand(2, 3, 32, 32)
    assert ssim(x, x).tolist() == pytest.approx([1.0, 1.0], abs=1e-5)


def test_active_units_vary_over_pictures() -> None:
    rng = np.random.default_rng(0)
    means = rng.standard_normal((5000, 4)) * np.sqrt([0.02, 0.005, 4.0, 0.0]) + 7
    assert active_units(means) == 2

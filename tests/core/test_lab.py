"""Lightness and chroma of colours: against OpenCV, back and forth on all colours, and what is outside of what screens show."""

from __future__ import annotations

import warnings

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from core.families.colouriser.lab import AB_RANGE, GREY, VISIBLE, chroma, lab_to_rgb, mean_chroma, rgb_to_lab

ONE_LEVEL = 1.0 / 255.0


def all_colours(dtype: torch.dtype = torch.float32) -> Tensor:
    """33 levels of each channel: (3, 33, 33 * 33) in [0, 1]."""
    levels = torch.linspace(0.0, 1.0, 33, dtype=dtype)
    return torch.stack(torch.meshgrid(levels, levels, levels, indexing="ij")).reshape(3, 33, -1)


def one_colour(*values: float) -> Tensor:
    """(3, 1, 1) float64."""
    return torch.tensor(values, dtype=torch.float64)[:, None, None]


@pytest.mark.parametrize(("dtype", "nearest"), [(torch.float32, 1e-4), (torch.float64, 1e-9)])
def test_every_colour_comes_back_through_what_a_network_gives(dtype: torch.dtype, nearest: float) -> None:
    rgb = all_colours(dtype)
    lab = rgb_to_lab(rgb)
    network = lab[1:] / AB_RANGE
    assert network.abs().max() <= 1.0
    assert -nearest <= lab[0].min() <= lab[0].max() <= 100.0 + nearest
    back, outside = lab_to_rgb(torch.cat((lab[:1], network * AB_RANGE)))
    assert (back - rgb).abs().max() < nearest < ONE_LEVEL
    assert outside == 0.0


def test_the_range_wastes_little_and_overflows_never() -> None:
    ab = rgb_to_lab(all_colours(torch.float64))[1:]
    np.testing.assert_allclose((ab[0].min(), ab[0].max()), (-86.18, 98.23), atol=0.02)
    np.testing.assert_allclose((ab[1].min(), ab[1].max()), (-107.86, 94.48), atol=0.02)


def test_it_is_what_opencv_says() -> None:
    rgb = all_colours()
    theirs = cv2.cvtColor(np.ascontiguousarray(rgb.permute(1, 2, 0).numpy()), cv2.COLOR_RGB2Lab)
    np.testing.assert_allclose(rgb_to_lab(rgb).permute(1, 2, 0).numpy(), theirs, atol=0.6)  # it looks values up in tables


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [  # as published for D65 by Bruce Lindbloom's calculator, and of three greys
        ((1.0, 0.0, 0.0), (53.2408, 80.0925, 67.2032)),
        ((0.0, 1.0, 0.0), (87.7347, -86.1827, 83.1793)),
        ((0.0, 0.0, 1.0), (32.2970, 79.1875, -107.8602)),
        ((1.0, 1.0, 1.0), (100.0, 0.0, 0.0)),
        ((0.5, 0.5, 0.5), (53.3890, 0.0, 0.0)),
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    ],
)
def test_known_colours(rgb: tuple[float, ...], lab: tuple[float, ...]) -> None:
    np.testing.assert_allclose(rgb_to_lab(one_colour(*rgb)).flatten().numpy(), lab, atol=5e-3)


def test_greys_have_no_chroma() -> None:
    grey = torch.linspace(0.0, 1.0, 256, dtype=torch.float64).expand(3, 1, -1)
    assert chroma(rgb_to_lab(grey)[1:]).max() < 1e-4
    assert mean_chroma(grey) < 1e-4 < GREY


def test_lightness_is_not_luma() -> None:
    rgb = all_colours(torch.float64)
    luma = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
    difference = (rgb_to_lab(rgb)[0] / 100.0 - luma).abs()
    assert difference.max() > 0.2
    assert difference.mean() > 0.05


def test_the_original_lightness_with_the_true_colours_is_the_original_picture_and_luma_in_its_place_is_not() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 40, 40), np.uint8)
    rgb = torch.from_numpy(pixels).float() / 255.0
    lab = rgb_to_lab(rgb)
    back, _ = lab_to_rgb(torch.cat((lab[:1], lab[1:])))
    np.testing.assert_array_equal((back * 255.0).round().to(torch.uint8).numpy(), pixels)
    luma = 100.0 * (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2])
    wrong, _ = lab_to_rgb(torch.cat((luma[None], lab[1:])))
    assert (wrong - rgb).abs().mean() > 5 * ONE_LEVEL


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_colours_that_no_screen_shows_are_clamped_without_warning_and_counted(dtype: torch.dtype) -> None:
    corners = [(lightness, a, b) for lightness in (0.0, 100.0) for a in (-110.0, 110.0) for b in (-110.0, 110.0)]
    lab = torch.tensor([*corners, (50.0, 0.0, 0.0), (60.0, 10.0, 10.0)], dtype=dtype).T[:, None, :]  # (3, 1, 10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rgb, outside = lab_to_rgb(lab)
    assert torch.isfinite(rgb).all()
    assert (rgb.min(), rgb.max()) == (0.0, 1.0)
    assert outside == pytest.approx(8 / 10)
    assert lab_to_rgb(torch.full((3, 2, 2), 110.0, dtype=dtype))[0].isfinite().all()


def test_the_share_outside_is_each_pictures_own() -> None:
    inside = rgb_to_lab(all_colours()[None].repeat(2, 1, 1, 1))
    inside[1, 1:] = 110.0
    _, outside = lab_to_rgb(inside)
    assert outside.shape == (2,)
    assert outside[0] == 0.0
    assert outside[1] > 0.9


def test_what_leaves_the_gamut_by_less_than_half_a_level_shows_the_same() -> None:
    lab = rgb_to_lab(one_colour(1.0, 0.2, 0.2))
    slightly = lab + one_colour(0.01, 0.0, 0.0)
    rgb, outside = lab_to_rgb(slightly)
    assert outside == 0.0
    assert (rgb - one_colour(1.0, 0.2, 0.2)).abs().max() < VISIBLE
    assert lab_to_rgb(lab + one_colour(2.0, 0.0, 0.0))[1] == 1.0


def test_the_mean_chroma_of_large_and_small_pictures_is_over_evenly_spaced_pixels() -> None:
    colour = one_colour(0.8, 0.4, 0.3)
    expected = chroma(rgb_to_lab(colour)[1:]).item()
    for height, width in ((1, 1), (7, 300), (64, 64), (129, 200)):
        assert mean_chroma(colour.expand(3, height, width)) == pytest.approx(expected)
    halves = torch.cat((colour.expand(3, 64, 32), one_colour(0.5, 0.5, 0.5).expand(3, 64, 32)), dim=-1)
    assert mean_chroma(halves) == pytest.approx(expected / 2, rel=1e-3)


def test_colours_outside_have_finite_gradients() -> None:
    """For an error in what is seen: a power of a negative amount of light has none."""
    lab = torch.tensor([[0.0, 100.0, 50.0], [-110.0, 110.0, 0.0], [110.0, -110.0, 0.0]])[:, None, :].requires_grad_()
    lab_to_rgb(lab)[0].sum().backward()
    assert lab.grad is not None
    assert lab.grad.isfinite().all()
    rgb = all_colours().requires_grad_()
    rgb_to_lab(rgb).sum().backward()
    assert rgb.grad is not None
    assert rgb.grad.isfinite().all()

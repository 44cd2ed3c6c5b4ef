"""Colours as lightness and chroma: CIE L*a*b* of sRGB (white D65), for tensors.

L* is how light a pixel looks, 0 to 100; a* runs from green to red, b* from blue to yellow. L* isn't the grey that cameras and
image libraries compute (luma): the two differ by up to 32 of 100, for pure blue. All a* and b* that sRGB can show lie within
±108, so a network's ±1 stands for ±110.

Sources: IEC 61966-2-1 (sRGB), CIE 15:2004 (L*a*b*).
"""

from __future__ import annotations

import torch
from torch import Tensor

LIGHTEST = 100.0  # L*
AB_RANGE = 110.0  # of a* and b*, either way, as networks give them
GREY = 2.0  # mean chroma below which a picture counts as grey
SAMPLED_SIDE = 32  # pixels along each side that the mean chroma of a picture is taken over, at most
VISIBLE = 0.5 / 255.0  # half a level: what leaves the gamut by less shows the same

_PRIMARIES = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
# Linear sRGB -> XYZ, each row divided by the white point's value, so that greys have a* = b* = 0.
XYZ = tuple(tuple(value / sum(row) for value in row) for row in _PRIMARIES)
RGB = torch.linalg.inv(torch.tensor(XYZ, dtype=torch.float64)).tolist()
_KNEE = 6.0 / 29.0  # where the cube root becomes a straight line


def rgb_to_lab(rgb: Tensor) -> Tensor:
    """sRGB -> L*a*b*.

    Args:
        rgb: (..., 3, H, W) in [0, 1].

    Returns:
        (..., 3, H, W): L* in [0, 100], a*, b*.
    """
    x, y, z = (root(channel) for channel in mixed(linear(rgb), XYZ))
    return torch.stack((116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)), dim=-3)


def lab_to_rgb(lab: Tensor) -> tuple[Tensor, Tensor]:
    """L*a*b* -> sRGB; colours that no screen can show are clamped, silently and without NaN.

    Args:
        lab: (..., 3, H, W), any finite values.

    Returns:
        rgb: (..., 3, H, W) in [0, 1].
        outside: (...,) share of each picture's pixels that had to be clamped by half a level or more.
    """
    lightness, a, b = lab.unbind(-3)
    y = (lightness + 16.0) / 116.0
    xyz = torch.stack([cube(part) for part in (y + a / 500.0, y, y - b / 200.0)], dim=-3)
    rgb = encoded(torch.stack(mixed(xyz, RGB), dim=-3))
    outside = ((rgb < -VISIBLE) | (rgb > 1.0 + VISIBLE)).any(dim=-3)
    return rgb.clamp(0.0, 1.0), outside.to(lab.dtype).mean(dim=(-2, -1))


def chroma(ab: Tensor) -> Tensor:
    """How far colours are from grey, (..., H, W), from a* and b* (..., 2, H, W)."""
    return torch.linalg.vector_norm(ab, dim=-3)


def mean_chroma(rgb: Tensor) -> Tensor:
    """Mean chroma of each picture (..., 3, H, W) in [0, 1], over evenly spaced pixels, at most 32 x 32: (...,)."""
    step = max(1, min(rgb.shape[-2:]) // SAMPLED_SIDE)
    return chroma(rgb_to_lab(rgb[..., step // 2 :: step, step // 2 :: step])[..., 1:, :, :]).mean(dim=(-2, -1))


def linear(rgb: Tensor) -> Tensor:
    """sRGB in [0, 1] -> amounts of light, in [0, 1]."""
    return torch.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)


def encoded(light: Tensor) -> Tensor:
    """Amounts of light -> sRGB, not clamped."""
    return torch.where(light > 0.0031308, 1.055 * light.clamp_min(0.0031308) ** (1.0 / 2.4) - 0.055, 12.92 * light)


def mixed(channels: Tensor, weights: tuple[tuple[float, ...], ...] | list[list[float]]) -> list[Tensor]:
    """Weighted sums of three channels (..., 3, H, W): one (..., H, W) for each row of weights."""
    first, second, third = channels.unbind(-3)
    return [row[0] * first + row[1] * second + row[2] * third for row in weights]


def root(t: Tensor) -> Tensor:
    """The function f of CIE: a cube root, with a straight line near 0. Of XYZ as shares of the white point's."""
    knee = _KNEE**3
    return torch.where(t > knee, t.clamp_min(knee) ** (1.0 / 3.0), t / (3.0 * _KNEE**2) + 4.0 / 29.0)


def cube(f: Tensor) -> Tensor:
    """Undoes `root`."""
    return torch.where(f > _KNEE, f**3, 3.0 * _KNEE**2 * (f - 4.0 / 29.0))

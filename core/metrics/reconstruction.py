"""How close decoded pictures are to the originals: PSNR, over all pixels or over the thing on a white background, and SSIM."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from core.data.statistics import NEAR_WHITE

WINDOW, SIGMA = 11, 1.5  # of SSIM, as in the paper
C1, C2 = 0.01**2, 0.03**2


def psnr(x: Tensor, y: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each picture, (B,) in dB; x and y (B, C, H, W) in [0, 1]. Capped at 100 dB."""
    mse = (x - y).square().mean(dim=(1, 2, 3))
    return -10.0 * torch.log10(mse.clamp_min(1e-10))


def object_psnr(x: Tensor, y: Tensor) -> Tensor:
    """PSNR of each picture over the pixels whose original isn't near-white, (B,) in dB; x and y (B, C, H, W) in [0, 1].

    For pictures of things on white, of which white alone makes the PSNR of all pixels high. NaN for a picture that is all white.
    """
    thing = (x < NEAR_WHITE).any(dim=1)
    errors = (x - y).square().mean(dim=1) * thing
    mse = errors.sum(dim=(1, 2)) / thing.sum(dim=(1, 2))  # 0/0 where nothing lies on the white
    return -10.0 * torch.log10(mse.clamp_min(1e-10))


def ssim(x: Tensor, y: Tensor) -> Tensor:
    """Structural similarity of each picture, (B,), the mean over channels and places where the window fits.

    Wang et al., IEEE TIP 13(4), 2004: an 11x11 Gaussian window of sigma 1.5; x and y (B, C, H, W) in [0, 1].
    """
    distance = torch.arange(WINDOW, dtype=x.dtype, device=x.device) - WINDOW // 2
    weights = torch.exp(-0.5 * (distance / SIGMA).square())
    weights = weights / weights.sum()

    def blur(picture: Tensor) -> Tensor:
        channels = picture.shape[1]
        across = F.conv2d(picture, weights.expand(channels, 1, 1, WINDOW), groups=channels)
        return F.conv2d(across, weights[:, None].expand(channels, 1, WINDOW, 1), groups=channels)

    mean_x, mean_y = blur(x), blur(y)
    var_x = blur(x * x) - mean_x.square()
    var_y = blur(y * y) - mean_y.square()
    cov = blur(x * y) - mean_x * mean_y
    similarity = ((2 * mean_x * mean_y + C1) * (2 * cov + C2)) / ((mean_x.square() + mean_y.square() + C1) * (var_x + var_y + C2))
    return similarity.mean(dim=(1, 2, 3))

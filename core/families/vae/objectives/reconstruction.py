"""-log p(x|z) of a picture, in nats, as a density over pixels in [0, 1]."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

LOG_2PI = math.log(2.0 * math.pi)


def gaussian(squared_error: Tensor, log_variance: Tensor, pixel_std: Tensor, pixels: int) -> Tensor:
    """A Gaussian decoder with one variance for all pixels, on standardised pixels.

    The change of variables back to [0, 1] adds log(std) for each pixel and channel, so that numbers of models with
    different standardisation can be compared.

    Args:
        squared_error: summed over the picture, (B,), in standardised pixels.
        log_variance: scalar, of standardised pixels.
        pixel_std: (C,) of the standardisation.
        pixels: height times width.

    Returns:
        (B,) nats.
    """
    count = pixels * pixel_std.numel()
    constant = 0.5 * count * (LOG_2PI + log_variance) + pixels * pixel_std.log().sum()
    return 0.5 * squared_error * torch.exp(-log_variance) + constant


def bernoulli(x: Tensor, logits: Tensor) -> Tensor:
    """Cross entropy of pixels in [0, 1] against logits, both (B, C, H, W); (B,) nats.

    For pixels strictly between 0 and 1 this is no normalised density (Loaiza-Ganem & Cunningham, arXiv 1907.06845),
    so its ELBO isn't comparable with a Gaussian's.
    """
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=(1, 2, 3))

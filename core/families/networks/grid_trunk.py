"""Networks between square pictures and a grid of vectors, and the scale of their pixels: what VQ-VAE and SC-VAE share.

The encoder and the decoder of van den Oord et al., "Neural Discrete Representation Learning", 2017 (arXiv 1711.00937),
section 4.1.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import ConfigError
from core.families.grids import halvings


class Residual(nn.Module):
    """ReLU, 3x3, ReLU, 1x1, added to what came in.

    Args:
        channels: of what comes in and goes out.
        inner: channels between the two convolutions.
    """

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.wide = nn.Conv2d(channels, inner, 3, padding=1)
        self.narrow = nn.Conv2d(inner, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, G, G), the same out."""
        return x + self.narrow(F.relu(self.wide(F.relu(x))))


class GridNetwork(nn.Module):
    """An autoencoder whose code is a grid: it knows the scale of its pictures' pixels. Subclasses have the networks.

    Args:
        image_shape: (C, H, W), H = W.
        grid: G, places a side; H / G must be 2, 4, 8, ...
        title: of the kind of model, for errors: "A VQ-VAE".

    Raises:
        ConfigError: the pictures aren't square, or the grid doesn't fit them.
    """

    pixel_mean: Tensor  # (C,) in [0, 1]
    pixel_std: Tensor  # (C,)

    def __init__(self, image_shape: tuple[int, int, int], grid: int, title: str) -> None:
        super().__init__()
        channels, height, width = image_shape
        if height != width:
            raise ConfigError(f"{title} needs square pictures, not {width}x{height}.", "Crop them to squares.")
        halvings(height, grid)
        self.image_shape = image_shape
        self.grid = grid
        # The standard deviation and mean of the training pictures' pixels, kept with the weights.
        self.register_buffer("pixel_mean", torch.full((channels,), 0.5))
        self.register_buffer("pixel_std", torch.full((channels,), 0.25))

    def set_standardisation(self, mean: Tensor, std: Tensor) -> None:
        """Keep the training pictures' mean and standard deviation, each (C,) in [0, 1]."""
        self.pixel_mean.copy_(mean)
        self.pixel_std.copy_(std)

    def standardise(self, x: Tensor) -> Tensor:
        """Pixels in [0, 1] -> zero mean and unit variance over the training pictures, (B, C, H, W)."""
        return (x - self.pixel_mean[:, None, None]) / self.pixel_std[:, None, None]

    def to_pixels(self, standardised: Tensor) -> Tensor:
        """Standardised pixels as pictures in [0, 1], clamped, (B, C, H, W)."""
        return (standardised * self.pixel_std[:, None, None] + self.pixel_mean[:, None, None]).clamp(0.0, 1.0)


def grid_encoder(
    image_shape: tuple[int, int, int], grid: int, hidden: int, blocks: int, inner: int, code_dim: int
) -> nn.Sequential:
    """Strided 4x4 convolutions down to the grid, residual blocks on it, and a 1x1 convolution to vectors of `code_dim` numbers.

    As in sonnet's implementation of the paper's network the outermost of the strided convolutions are half as wide.

    Args:
        image_shape: (C, H, W), H = W.
        grid: G, places a side.
        hidden: channels of the convolutions on the grid.
        blocks: residual ones.
        inner: channels inside them.
        code_dim: of a vector.

    Returns:
        (B, C, H, W) standardised pixels -> (B, code_dim, G, G).

    Raises:
        ConfigError: the grid doesn't fit the pictures.
    """
    down: list[nn.Module] = []
    for before, after in pairwise(_widths(image_shape, grid, hidden)):
        down += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.ReLU()]
    return nn.Sequential(*down, *_residuals(hidden, blocks, inner), nn.ReLU(), nn.Conv2d(hidden, code_dim, 1))


def grid_decoder(
    image_shape: tuple[int, int, int], grid: int, hidden: int, blocks: int, inner: int, code_dim: int
) -> nn.Sequential:
    """The mirror of `grid_encoder`, whose arguments it has: (B, code_dim, G, G) -> (B, C, H, W) standardised pixels."""
    up: list[nn.Module] = []
    for before, after in pairwise(_widths(image_shape, grid, hidden)[::-1]):
        up += [nn.ReLU(), nn.ConvTranspose2d(before, after, 4, stride=2, padding=1)]
    residuals = _residuals(hidden, blocks, inner)
    return nn.Sequential(nn.Conv2d(code_dim, hidden, 1), *residuals, *up)


def _widths(image_shape: tuple[int, int, int], grid: int, hidden: int) -> tuple[int, ...]:
    """Channels of the picture and after each strided convolution."""
    count = halvings(image_shape[1], grid)
    return (image_shape[0], *[hidden // 2] * (count > 1), *[hidden] * max(1, count - 1))


def _residuals(hidden: int, blocks: int, inner: int) -> list[nn.Module]:
    return [Residual(hidden, inner) for _ in range(blocks)]

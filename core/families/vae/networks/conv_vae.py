"""The course assignment's Table 1: four strided convolutions down, a Gaussian latent, four transposed ones up."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from core.families.vae.networks.base import LatentSpec, Posterior
from core.families.vae.networks.gaussian_vae import GaussianVAE, bounded
from core.families.vae.settings import ModelConfig

WIDTHS = (32, 64, 64, 64)  # channels after each convolution of the encoder; the decoder mirrors them


def _block(layer: nn.Module, channels: int, dropout: float) -> list[nn.Module]:
    """Convolution, BatchNorm, ReLU and, if asked for, channel-wise dropout.

    Whole channels are dropped (Tompson et al., arXiv 1411.4280): neighbouring pixels of a channel are nearly redundant,
    and one random number per channel instead of one per pixel is several times faster on a CPU.
    """
    parts = [layer, nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
    return parts + ([nn.Dropout2d(dropout)] if dropout > 0 else [])


class ConvVAE(GaussianVAE):
    """The convolutional VAE of Table 1 (128x128 there; any multiple of 16 here).

    The kernel size is not in the table: 4 by default, whose transposed convolution covers all pixels evenly at
    stride 2 (Odena et al., distill.pub/2016/deconv-checkerboard); 3 on request.

    Args:
        config: latent size, kernel size, dropout.
        spec: sizes; height = width = a multiple of 16.
        likelihood: "gaussian" or "bernoulli": what `decode_raw` gives.
    """

    def __init__(self, config: ModelConfig, spec: LatentSpec, likelihood: str) -> None:
        super().__init__(spec, likelihood)
        channels, height, width = spec.image_shape
        self._grid = (WIDTHS[-1], height // 16, width // 16)
        flat = WIDTHS[-1] * self._grid[1] * self._grid[2]
        k, extra = config.kernel_size, config.kernel_size % 2  # kernel 3 needs one row more on the way up

        down: list[nn.Module] = []
        for before, after in zip((channels, *WIDTHS[:-1]), WIDTHS, strict=True):
            down += _block(nn.Conv2d(before, after, k, stride=2, padding=1), after, config.dropout)
        self.encoder = nn.Sequential(*down, nn.Flatten())
        self.to_mean = nn.Linear(flat, spec.latent_dim)
        self.to_log_var = nn.Linear(flat, spec.latent_dim)

        self.from_latent = nn.Sequential(nn.Linear(spec.latent_dim, flat), nn.ReLU(inplace=True))
        up: list[nn.Module] = []
        widths = WIDTHS[::-1]
        for before, after in pairwise(widths):
            layer = nn.ConvTranspose2d(before, after, k, stride=2, padding=1, output_padding=extra)
            up += _block(layer, after, config.dropout)
        up.append(nn.ConvTranspose2d(widths[-1], channels, k, stride=2, padding=1, output_padding=extra))
        self.decoder = nn.Sequential(*up)

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """x (B, C, H, W) float32 in [0, 1] -> q(z|x). The log-variance is bounded smoothly to +-10."""
        features = self.encoder(self.standardise(x))
        return Posterior(self.to_mean(features).float(), bounded(self.to_log_var(features)))

    def decode_raw(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (B, D) -> standardised pixels or logits, (B, C, H, W)."""
        grid = self.from_latent(z).view(-1, *self._grid).contiguous(memory_format=torch.channels_last)
        return self.decoder(grid)


def build(config: ModelConfig, spec: LatentSpec, likelihood: str) -> ConvVAE:
    """A ConvVAE with PyTorch's default initial weights, laid out channels-last (faster for convolutions)."""
    return ConvVAE(config, spec, likelihood).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

"""The small convolutional network on which the papers on disentangling are measured, for pictures of 64 px.

Encoder: four convolutions of 32, 32, 64 and 64 channels, 4x4 at stride 2, a hidden layer of 256, the latent; the decoder mirrors
it; ReLU, and no BatchNorm. These are the layers of FactorVAE's Table 1 (Kim & Mnih, arXiv 1802.05983, appendix A), which Locatello
et al. (arXiv 1811.12359) compared all methods on, after Higgins et al. 2017 and Burgess et al. (arXiv 1804.03599), who took 32
channels everywhere and two hidden layers.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from core.families.vae.networks.base import LatentSpec, Posterior
from core.families.vae.networks.gaussian_vae import GaussianVAE, bounded
from core.families.vae.settings import ModelConfig

WIDTHS = (32, 32, 64, 64)  # channels after each convolution of the encoder
HIDDEN = 256


class BurgessVAE(GaussianVAE):
    """See the module.

    With Bernoulli pixels it sees pixels in [0, 1], as published; with Gaussian ones, standardised pixels.

    Args:
        config: the latent's size.
        spec: sizes; height = width = 64, or 32, where the coarsest grid is 2x2 in place of 4x4.
        likelihood: "gaussian" or "bernoulli": what `decode_raw` gives.
    """

    def __init__(self, config: ModelConfig, spec: LatentSpec, likelihood: str) -> None:
        super().__init__(spec, likelihood)
        channels, height, width = spec.image_shape
        self._grid = (WIDTHS[-1], height // 16, width // 16)
        flat = WIDTHS[-1] * self._grid[1] * self._grid[2]
        down: list[nn.Module] = []
        for before, after in pairwise((channels, *WIDTHS)):
            down += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.ReLU(inplace=True)]
        self.encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(flat, HIDDEN), nn.ReLU(inplace=True))
        self.to_mean = nn.Linear(HIDDEN, spec.latent_dim)
        self.to_log_var = nn.Linear(HIDDEN, spec.latent_dim)
        self.from_latent = nn.Sequential(
            nn.Linear(spec.latent_dim, HIDDEN), nn.ReLU(inplace=True), nn.Linear(HIDDEN, flat), nn.ReLU(inplace=True)
        )
        up: list[nn.Module] = []
        for before, after in pairwise((*WIDTHS[::-1], channels)):
            up += [nn.ConvTranspose2d(before, after, 4, stride=2, padding=1), nn.ReLU(inplace=True)]
        self.decoder = nn.Sequential(*up[:-1])  # logits or standardised pixels, of either sign

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """x (B, C, H, W) float32 in [0, 1] -> q(z|x). The log-variance is bounded smoothly to +-10."""
        features = self.encoder(self.as_compared(x))
        return Posterior(self.to_mean(features).float(), bounded(self.to_log_var(features)))

    def decode_raw(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (B, D) -> standardised pixels or logits, (B, C, H, W)."""
        grid = self.from_latent(z).view(-1, *self._grid).contiguous(memory_format=torch.channels_last)
        return self.decoder(grid)


def build(config: ModelConfig, spec: LatentSpec, likelihood: str) -> BurgessVAE:
    """A BurgessVAE with PyTorch's default initial weights, laid out channels-last."""
    return BurgessVAE(config, spec, likelihood).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

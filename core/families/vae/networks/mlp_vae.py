"""A VAE of fully connected layers, as in the paper that introduced it (Kingma & Welling, arXiv 1312.6114, appendix C).

Small pictures of centred things, as MNIST's digits, need no convolutions; with a latent of two dimensions its codes can
be plotted.
"""

from __future__ import annotations

from itertools import pairwise
from math import prod

import torch
from torch import Tensor, nn

from core.families.vae.networks.base import LatentSpec, Posterior
from core.families.vae.networks.gaussian_vae import GaussianVAE, bounded
from core.families.vae.settings import ModelConfig


class MLPVAE(GaussianVAE):
    """Hidden layers of one width with ReLU between picture and latent, and as many back.

    With Bernoulli pixels it sees pixels in [0, 1], with Gaussian ones standardised pixels.

    Args:
        config: `hidden_units`, `hidden_layers`, the latent's size.
        spec: sizes; with `classes` each picture's class is appended to the inputs of encoder and decoder.
        likelihood: "gaussian" or "bernoulli": what `decode_raw` gives.
    """

    def __init__(self, config: ModelConfig, spec: LatentSpec, likelihood: str) -> None:
        super().__init__(spec, likelihood)
        pixels, hidden = prod(spec.image_shape), [config.hidden_units] * config.hidden_layers
        self.encoder = nn.Sequential(*_layers([pixels + spec.classes, *hidden]))
        self.to_mean = nn.Linear(hidden[-1], spec.latent_dim)
        self.to_log_var = nn.Linear(hidden[-1], spec.latent_dim)
        self.from_latent = nn.Sequential(*_layers([spec.latent_dim + spec.classes, *hidden]), nn.Linear(hidden[-1], pixels))

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """x (B, C, H, W) float32 in [0, 1] -> q(z|x). The log-variance is bounded smoothly to +-10."""
        flat = self.as_compared(x).contiguous(memory_format=torch.contiguous_format).flatten(1)
        features = self.encoder(self.joined(flat, labels))
        return Posterior(self.to_mean(features).float(), bounded(self.to_log_var(features)))

    def decode_raw(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (B, D) -> standardised pixels or logits, (B, C, H, W)."""
        return self.from_latent(self.joined(z, labels)).view(-1, *self.spec.image_shape)

    def joined(self, values: Tensor, labels: Tensor | None) -> Tensor:
        """(B, n) with further inputs of a layer appended; here none."""
        return values


def _layers(widths: list[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU(inplace=True)]
    return layers


def build(config: ModelConfig, spec: LatentSpec, likelihood: str) -> MLPVAE:
    """An MLPVAE with PyTorch's default initial weights."""
    return MLPVAE(config, spec, likelihood)

"""Table 1's network with linear skip connections around the convolutions: a coarse picture goes directly to and from the latent.

A linear autoencoder of the coarse picture finds its principal components (Bourlard & Kamp 1988; Lucas et al., arXiv 1911.02469, for
VAEs), which small convolutional networks are slow to find. The convolutions learn what is left, as residual networks do
(He et al., arXiv 1512.03385). It costs next to no time.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.families.vae.networks.base import LatentSpec, Posterior
from core.families.vae.networks.conv_vae import ConvVAE
from core.families.vae.networks.gaussian_vae import bounded
from core.families.vae.settings import ModelConfig

COARSE = 4  # pixels of the picture per pixel of the coarse picture, along a line


class SkipVAE(ConvVAE):
    """`ConvVAE` beside a linear encoder and decoder of the picture at a quarter of its side.

    Args:
        config: as of ConvVAE.
        spec: sizes.
        likelihood: as of ConvVAE.
    """

    def __init__(self, config: ModelConfig, spec: LatentSpec, likelihood: str) -> None:
        super().__init__(config, spec, likelihood)
        channels, height, width = spec.image_shape
        self._coarse = (channels, height // COARSE, width // COARSE)
        flat = channels * (height // COARSE) * (width // COARSE)
        self.coarse_to_mean = nn.Linear(flat, spec.latent_dim, bias=False)
        self.coarse_from_latent = nn.Linear(spec.latent_dim, flat)

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """x (B, C, H, W) float32 in [0, 1] -> q(z|x). The log-variance is bounded smoothly to +-10."""
        standard = self.standardise(x)
        features = self.encoder(standard)
        coarse = F.avg_pool2d(standard, COARSE).contiguous(memory_format=torch.contiguous_format).flatten(1)
        mean = self.to_mean(features) + self.coarse_to_mean(coarse)
        return Posterior(mean.float(), bounded(self.to_log_var(features)))

    def decode_raw(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (B, D) -> standardised pixels or logits, (B, C, H, W)."""
        coarse = self.coarse_from_latent(z).view(-1, *self._coarse)
        fine = super().decode_raw(z)
        return fine + F.interpolate(coarse, size=fine.shape[2:], mode="bilinear", align_corners=False)

    @torch.no_grad()
    def change_latent_basis(self, shift: Tensor, to_new: Tensor, to_old: Tensor, log_var: Tensor) -> list[nn.Parameter]:
        """See LatentModule: the linear skip connections change to the new axes, too."""
        self.coarse_from_latent.bias.add_(self.coarse_from_latent.weight @ shift)
        self.coarse_from_latent.weight.copy_(self.coarse_from_latent.weight @ to_old)
        self.coarse_to_mean.weight.copy_(to_new @ self.coarse_to_mean.weight)
        changed = super().change_latent_basis(shift, to_new, to_old, log_var)
        return [*changed, *self.coarse_from_latent.parameters(), *self.coarse_to_mean.parameters()]


def build(config: ModelConfig, spec: LatentSpec, likelihood: str) -> SkipVAE:
    """A SkipVAE with PyTorch's default initial weights, laid out channels-last (faster for convolutions)."""
    return SkipVAE(config, spec, likelihood).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

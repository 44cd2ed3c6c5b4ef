"""The course assignment's Table 1: four strided convolutions down, a Gaussian latent, four transposed ones up."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from core.config import ModelConfig
from core.models.base import LatentModule, LatentSpec, Posterior, register

WIDTHS = (32, 64, 64, 64)  # channels after each convolution of the encoder; the decoder mirrors them
LOG_VAR_BOUND = 10.0


def _block(layer: nn.Module, channels: int, dropout: float) -> list[nn.Module]:
    """Convolution, BatchNorm, ReLU and, if asked for, channel-wise dropout.

    Whole channels are dropped (Tompson et al., arXiv 1411.4280): neighbouring pixels of a channel say nearly the same,
    and one random number a channel instead of one a pixel is several times faster on a processor.
    """
    parts = [layer, nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
    return parts + ([nn.Dropout2d(dropout)] if dropout > 0 else [])


class ConvVAE(LatentModule):
    """The convolutional VAE of Table 1 (128x128 there; any multiple of 16 here).

    The kernel size is not in the table: 4 by default, whose transposed convolution covers all pixels evenly at
    stride 2 (Odena et al., distill.pub/2016/deconv-checkerboard); 3 on request.

    Args:
        config: latent size, kernel size, dropout.
        spec: sizes; height = width = a multiple of 16.
        likelihood: "gaussian" or "bernoulli": what `decode_raw` gives.
    """

    def __init__(self, config: ModelConfig, spec: LatentSpec, likelihood: str) -> None:
        super().__init__()
        self.spec = spec
        self.likelihood = likelihood
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

        # The assignment's "Normalize": the training pictures' mean and standard deviation, kept with the weights.
        self.register_buffer("pixel_mean", torch.full((channels,), 0.5))
        self.register_buffer("pixel_std", torch.full((channels,), 0.25))

    def standardise(self, x: Tensor) -> Tensor:
        """Pixels in [0, 1] -> zero mean and unit variance over the training pictures, (B, C, H, W)."""
        return (x - self.pixel_mean[:, None, None]) / self.pixel_std[:, None, None]

    def encode(self, x: Tensor) -> Posterior:
        """x (B, C, H, W) float32 in [0, 1] -> q(z|x). The log-variance is bounded smoothly to +-10."""
        features = self.encoder(self.standardise(x))
        log_var = LOG_VAR_BOUND * torch.tanh(self.to_log_var(features).float() / LOG_VAR_BOUND)
        return Posterior(self.to_mean(features).float(), log_var)

    def decode_raw(self, z: Tensor) -> Tensor:
        """z (B, D) -> standardised pixels or logits, (B, C, H, W)."""
        grid = self.from_latent(z).view(-1, *self._grid).contiguous(memory_format=torch.channels_last)
        return self.decoder(grid)

    def to_pixels(self, raw: Tensor) -> Tensor:
        """The network's output as pictures in [0, 1], clamped."""
        if self.likelihood == "bernoulli":
            return torch.sigmoid(raw)
        return (raw * self.pixel_std[:, None, None] + self.pixel_mean[:, None, None]).clamp(0.0, 1.0)

    def decode(self, z: Tensor) -> Tensor:
        """z (B, D) -> pictures (B, C, H, W) in [0, 1]."""
        return self.to_pixels(self.decode_raw(z).float())

    @torch.no_grad()
    def change_latent_basis(self, shift: Tensor, to_new: Tensor, to_old: Tensor, log_var: Tensor) -> list[nn.Parameter]:
        """Go over to z' = to_new (z - shift), folded into the linear layers around the latent.

        The posterior means and what the decoder makes of them stay what they were; the log-variance starts anew as a
        constant, since its logarithm doesn't go over linearly.

        Args:
            shift: (D,).
            to_new: (D, D).
            to_old: (D, D), its inverse.
            log_var: (D,) for the new axes.

        Returns:
            The parameters that changed (an optimizer's memory of them is void).
        """
        first = self.from_latent[0]
        assert isinstance(first, nn.Linear)
        first.bias.add_(first.weight @ shift)
        first.weight.copy_(first.weight @ to_old)
        self.to_mean.bias.copy_(to_new @ (self.to_mean.bias - shift))
        self.to_mean.weight.copy_(to_new @ self.to_mean.weight)
        self.to_log_var.weight.zero_()
        bounded = (log_var / LOG_VAR_BOUND).clamp(-0.999, 0.999)
        self.to_log_var.bias.copy_(LOG_VAR_BOUND * torch.atanh(bounded))
        return [*first.parameters(), *self.to_mean.parameters(), *self.to_log_var.parameters()]

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes from the prior N(0, I), (count, D)."""
        return torch.randn((count, self.spec.latent_dim), generator=generator, device=self.pixel_mean.device)


@register("conv_vae")
def build(config: ModelConfig, spec: LatentSpec, likelihood: str) -> ConvVAE:
    """A ConvVAE with PyTorch's default initial weights, laid out channels-last (faster for convolutions)."""
    return ConvVAE(config, spec, likelihood).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

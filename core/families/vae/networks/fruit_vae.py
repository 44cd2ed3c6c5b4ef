"""The network of the course's report on inventing fruit, for pictures of 100 px: few convolutions, and very wide linear layers.

Encoder: four 3x3 convolutions of 16, 32, 64 and 16 channels with strides 1, 2, 1 and 2, whose 16 channels of 25x25 are 10,000
numbers; a linear layer of 2,048; mean and log-variance. The decoder mirrors it. BatchNorm and ReLU follow each layer but the last
and those of the latent. At 100 px with a latent of 2,048 dimensions these are 53 million weights, of which 76 in 100 lie in the two
layers between 10,000 and 2,048.

The linear layers need their BatchNorm: after a ReLU 10,000 numbers have much in common and little that tells one fruit from
another. Without it, 240 steps of 32 pictures at 48 px came to 16.9 dB, with it to 17.6 dB.

100 is 4 times 25, so both strides of 2 halve exactly, and on the way up the transposed convolutions are given the row that a
kernel of 3 lacks at stride 2 (`output_padding`). A side that isn't a multiple of 4 would be rebuilt at another size: it is
refused (`ABILITIES`).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.families.vae.networks.base import LatentSpec, Posterior
from core.families.vae.networks.gaussian_vae import GaussianVAE, bounded
from core.families.vae.settings import ModelConfig

WIDTHS = (16, 32, 64, 16)  # channels after each convolution of the encoder
STRIDES = (1, 2, 1, 2)
HIDDEN = 2048


class DenseNorm(nn.Module):
    """BatchNorm of (B, F), by way of BatchNorm2d, whose momentum and share in a team the program takes care of.

    A batch of one picture, whose numbers would all become 0, is normalised by the running averages in training too.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(features)

    def forward(self, x: Tensor) -> Tensor:
        """(B, F) -> the same."""
        norm, columns = self.norm, x[..., None, None]
        if type(norm) is nn.BatchNorm2d and len(x) == 1:
            values = F.batch_norm(columns, norm.running_mean, norm.running_var, norm.weight, norm.bias, False, 0.0, norm.eps)
        else:
            values = norm(columns)
        return values[..., 0, 0]


def _dense(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Linear(inputs, outputs), DenseNorm(outputs), nn.ReLU(inplace=True)]


class FruitVAE(GaussianVAE):
    """See the module.

    Args:
        config: the latent's size.
        spec: sizes; height = width = a multiple of 4.
        likelihood: "gaussian" or "bernoulli": what `decode_raw` gives.
    """

    def __init__(self, config: ModelConfig, spec: LatentSpec, likelihood: str) -> None:
        super().__init__(spec, likelihood)
        channels, height, width = spec.image_shape
        self._grid = (WIDTHS[-1], height // 4, width // 4)
        flat = WIDTHS[-1] * self._grid[1] * self._grid[2]
        down: list[nn.Module] = []
        for before, after, stride in zip((channels, *WIDTHS[:-1]), WIDTHS, STRIDES, strict=True):
            down += [nn.Conv2d(before, after, 3, stride, padding=1), nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
        self.encoder = nn.Sequential(*down, nn.Flatten(), *_dense(flat, HIDDEN))
        self.to_mean = nn.Linear(HIDDEN, spec.latent_dim)
        self.to_log_var = nn.Linear(HIDDEN, spec.latent_dim)
        self.from_latent = nn.Sequential(*_dense(spec.latent_dim, HIDDEN), *_dense(HIDDEN, flat))
        up: list[nn.Module] = []
        for before, after, stride in zip(WIDTHS[::-1], (*WIDTHS[-2::-1], channels), STRIDES[::-1], strict=True):
            layer = nn.ConvTranspose2d(before, after, 3, stride, padding=1, output_padding=stride - 1)
            up += [layer, nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
        self.decoder = nn.Sequential(*up[:-2])  # logits or standardised pixels, of either sign

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """x (B, C, H, W) float32 in [0, 1] -> q(z|x). The log-variance is bounded smoothly to +-10."""
        features = self.encoder(self.standardise(x))
        return Posterior(self.to_mean(features).float(), bounded(self.to_log_var(features)))

    def decode_raw(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (B, D) -> standardised pixels or logits, (B, C, H, W)."""
        grid = self.from_latent(z).view(-1, *self._grid).contiguous(memory_format=torch.channels_last)
        return self.decoder(grid)


def build(config: ModelConfig, spec: LatentSpec, likelihood: str) -> FruitVAE:
    """A FruitVAE with PyTorch's default initial weights, laid out channels-last (faster for convolutions)."""
    return FruitVAE(config, spec, likelihood).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

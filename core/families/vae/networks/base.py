"""What every network of a VAE offers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.families.vae.networks.pseudo_inputs import PseudoInputs

LOG_2PI = math.log(2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class LatentSpec:
    """Sizes of the latent and of the picture."""

    latent_dim: int  # D
    image_shape: tuple[int, int, int]  # (C, H, W)
    classes: int = 0  # how many classes a conditional model knows; 0 = it isn't conditional


@dataclass(frozen=True, slots=True)
class Posterior:
    """The diagonal Gaussian q(z|x): `mean` and `log_var`, both (B, D) float32."""

    mean: Tensor
    log_var: Tensor

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One z for each picture by the reparameterisation trick (Kingma & Welling, arXiv 1312.6114), (B, D)."""
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype)
        return self.at(noise)

    def at(self, noise: Tensor) -> Tensor:
        """The z for noise that was drawn from N(0, I), both (B, D)."""
        return self.mean + torch.exp(0.5 * self.log_var) * noise

    def kl(self) -> Tensor:
        """KL(q(z|x) || N(0, I)) of each dimension, (B, D) in nats."""
        return 0.5 * (self.mean.square() + self.log_var.exp() - 1.0 - self.log_var)


def log_normal(z: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
    """log N(z; mean, exp(log_var)) of each number, in nats; shapes that broadcast."""
    return -0.5 * (LOG_2PI + log_var + (z - mean).square() * torch.exp(-log_var))


class LatentModule(nn.Module, ABC):
    """A network with an encoder to q(z|x) and a decoder to pictures, standardised on its training pictures.

    `decode_raw` gives what the objective compares (standardised pixels or logits), `decode` pictures in [0, 1].

    One whose `spec.classes` isn't 0 is conditional: labels are the pictures' classes, (B,) int64 in [0, classes), and None means
    class 0 for all. Others ignore labels.
    """

    spec: LatentSpec
    pixel_mean: Tensor  # (C,) in [0, 1]
    pixel_std: Tensor  # (C,)
    pseudo_inputs: PseudoInputs | None  # of a VampPrior (`networks.mixture`); None: the prior is N(0, I)

    def __init__(self) -> None:
        super().__init__()
        self.register_module("pseudo_inputs", None)

    def set_standardisation(self, mean: Tensor, std: Tensor) -> None:
        """Keep the training pictures' mean and standard deviation, each (C,) in [0, 1]."""
        self.pixel_mean.copy_(mean)
        self.pixel_std.copy_(std)

    @abstractmethod
    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """x (B, C, H, W) float32 in [0, 1]."""

    @abstractmethod
    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (B, D) -> pictures (B, C, H, W) in [0, 1]."""

    @abstractmethod
    def decode_raw(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (B, D) -> the network's own output (B, C, H, W)."""

    @abstractmethod
    def change_latent_basis(self, shift: Tensor, to_new: Tensor, to_old: Tensor, log_var: Tensor) -> list[nn.Parameter]:
        """Change to z' = to_new (z - shift), folded into the linear layers around the latent.

        Reconstructions from posterior means stay what they were; the log-variance starts anew as a constant, since it
        doesn't transform linearly.

        Args:
            shift: (D,).
            to_new: (D, D).
            to_old: (D, D), its inverse.
            log_var: (D,) for the new axes.

        Returns:
            The parameters that changed (an optimizer's state for them is no longer valid).
        """

    @abstractmethod
    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (count, D) from the prior."""

"""What is minimised: what every objective of a VAE offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor, nn

from core.families.base import Elapsed
from core.families.vae.networks.base import Posterior


@dataclass(frozen=True, slots=True)
class Terms:
    """What an objective says of one batch."""

    loss: Tensor  # scalar, nats per image: what is minimised
    reconstruction: Tensor  # scalar, -log p(x|z) per [0, 1] pixel density, nats per image
    kl_per_dim: Tensor  # (D,) nats, averaged over the batch
    total_correlation: Tensor | None = None  # scalar, nats, where the objective estimates it; a low estimate can fall below 0


class AdversaryModule(nn.Module, ABC):
    """A network of an objective's own that learns against the encoder, by its `loss` alone."""

    @abstractmethod
    def loss(self, z: Tensor, shuffled: Tensor) -> Tensor:
        """What it minimises: a scalar, in nats, over the whole team's codes in training.

        Args:
            z: codes (B, D), through which no gradient goes back.
            shuffled: codes of other pictures, each dimension shuffled by itself, (B', D).
        """


class ObjectiveModule(nn.Module, ABC):
    """The base of the objectives; torch keeps their running values."""

    log_variance: Tensor  # scalar, of the Gaussian decoder on standardised pixels

    @property
    def adversary(self) -> AdversaryModule | None:
        """What learns against the encoder; most have none."""
        return None

    @abstractmethod
    def beta(self, progress: Elapsed) -> float:
        """The KL term's weight now."""

    @abstractmethod
    def negative_log_likelihood(self, x: Tensor, decoded: Tensor) -> Tensor:
        """-log p(x|z) of each picture, (B,) nats: x (B, C, H, W) in [0, 1], and the decoder's raw output for its z."""

    @abstractmethod
    def forward(self, x: Tensor, decoded: Tensor, posterior: Posterior, z: Tensor, progress: Elapsed) -> Terms:
        """For x (B, C, H, W) in [0, 1], the decoder's raw output, q(z|x), the z sampled from it, and how far the run is."""

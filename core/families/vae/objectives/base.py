"""The interface of a VAE's objectives, that is, what is minimised."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor, nn

from core.families.base import Elapsed
from core.families.vae.networks.base import Posterior
from core.families.vae.networks.mixture import Mixture


@dataclass(frozen=True, slots=True)
class Terms:
    """An objective's results for one batch."""

    loss: Tensor  # scalar, nats per image: what is minimised
    reconstruction: Tensor  # scalar, -log p(x|z) per [0, 1] pixel density, nats per image
    kl_per_dim: Tensor  # (D,) nats, averaged over the batch; of a mixture: each dimension's from its own marginal
    total_correlation: Tensor | None = None  # scalar, nats, where the objective estimates it; a low estimate can fall below 0
    joint_kl: Tensor | None = None  # scalar, nats, averaged over the batch, where it isn't the sum of those of the dimensions

    @property
    def kl(self) -> Tensor:
        """KL(q(z|x) || p(z)), a scalar in nats, averaged over the batch."""
        return self.kl_per_dim.sum() if self.joint_kl is None else self.joint_kl


class AdversaryModule(nn.Module, ABC):
    """An objective's own network that is trained adversarially, by its `loss` alone."""

    @abstractmethod
    def loss(self, z: Tensor, shuffled: Tensor) -> Tensor:
        """What it minimises: a scalar, in nats, over the whole team's codes in training.

        Args:
            z: codes (B, D), detached.
            shuffled: codes of other pictures, each dimension shuffled by itself, (B', D).
        """


class ObjectiveModule(nn.Module, ABC):
    """The base of the objectives; running values are buffers."""

    log_variance: Tensor  # scalar, of the Gaussian decoder on standardised pixels

    @property
    def adversary(self) -> AdversaryModule | None:
        """The adversary; most objectives have none."""
        return None

    @abstractmethod
    def beta(self, progress: Elapsed) -> float:
        """The KL term's weight now."""

    @abstractmethod
    def negative_log_likelihood(self, x: Tensor, decoded: Tensor) -> Tensor:
        """-log p(x|z) of each picture, (B,) nats: x (B, C, H, W) in [0, 1], and the decoder's raw output for its z."""

    @abstractmethod
    def forward(
        self, x: Tensor, decoded: Tensor, posterior: Posterior, z: Tensor, progress: Elapsed, prior: Mixture | None = None
    ) -> Terms:
        """What is minimised, and its parts.

        Args:
            x: (B, C, H, W) in [0, 1].
            decoded: the decoder's raw output for `z`.
            posterior: q(z|x).
            z: (B, D), drawn from it.
            progress: how far the run is.
            prior: None: N(0, I), the only one that objectives without `any_prior` go with.
        """

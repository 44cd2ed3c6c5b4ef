"""What is minimised: the protocol of objectives and their registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor, nn

from core.errors import CheckpointError
from core.families.base import Progress
from core.families.vae.networks.base import LatentModule, Posterior
from core.families.vae.settings import ObjectiveConfig


@dataclass(frozen=True, slots=True)
class Terms:
    """What an objective says of one batch."""

    loss: Tensor  # scalar, nats per image: what is minimised
    reconstruction: Tensor  # scalar, -log p(x|z) per [0, 1] pixel density, nats per image
    kl_per_dim: Tensor  # (D,) nats, averaged over the batch
    total_correlation: Tensor | None = None  # scalar, nats, where the objective estimates it; a low estimate can fall below 0


class Objective(Protocol):
    """Called with x (B, C, H, W) in [0, 1], the decoder's raw output, q(z|x), the sampled z, and the progress."""

    def __call__(self, x: Tensor, decoded: Tensor, posterior: Posterior, z: Tensor, progress: Progress) -> Terms: ...

    def beta(self, progress: Progress) -> float: ...


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
    """The base of the objectives: an Objective whose running values torch keeps."""

    log_variance: Tensor  # scalar, of the Gaussian decoder on standardised pixels

    @property
    def adversary(self) -> AdversaryModule | None:
        """What learns against the encoder; most have none."""
        return None

    @abstractmethod
    def beta(self, progress: Progress) -> float:
        """The KL term's weight now."""

    @abstractmethod
    def negative_log_likelihood(self, x: Tensor, decoded: Tensor) -> Tensor:
        """-log p(x|z) of each picture, (B,) nats: x (B, C, H, W) in [0, 1], and the decoder's raw output for its z."""

    @abstractmethod
    def forward(self, x: Tensor, decoded: Tensor, posterior: Posterior, z: Tensor, progress: Progress) -> Terms:
        """See Objective."""


Builder = Callable[[ObjectiveConfig, LatentModule, int], ObjectiveModule]
_BUILDERS: dict[str, Builder] = {}


def register(name: str) -> Callable[[Builder], Builder]:
    """Make a builder known under the objective's name."""

    def keep(builder: Builder) -> Builder:
        _BUILDERS[name] = builder
        return builder

    return keep


def create(config: ObjectiveConfig, model: LatentModule, data_size: int = 1) -> ObjectiveModule:
    """The objective for a model (it takes the standardisation from there).

    Args:
        config: which objective and its settings.
        model: what it is to train.
        data_size: training pictures; an objective that goes by it keeps it with a checkpoint, from where it comes back.

    Raises:
        CheckpointError: this version has no objective of that name.
    """
    # They register themselves.
    from core.families.vae.objectives import (
        beta_tcvae,  # noqa: F401
        beta_vae,  # noqa: F401
        capacity_vae,  # noqa: F401
        dip_vae,  # noqa: F401
        factor_vae,  # noqa: F401
    )

    if config.name not in _BUILDERS:
        raise CheckpointError(f"This version knows no objective named {config.name!r}.")
    return _BUILDERS[config.name](config, model, data_size)

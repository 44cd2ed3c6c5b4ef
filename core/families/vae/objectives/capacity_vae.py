"""A KL that is pulled to a growing capacity (Burgess et al. 2018, "Understanding disentangling in beta-VAE", arXiv 1804.03599).

loss = reconstruction + gamma |KL - C|, where C grows from 0 nats to `capacity` over `capacity_epochs`: the latent takes
in one independent factor after the other, and in the end isn't compressed as with a large beta.
"""

from __future__ import annotations

from torch import Tensor

from core.families.base import Elapsed
from core.families.vae.networks.base import LatentModule, Posterior
from core.families.vae.objectives.beta_vae import BetaVAE
from core.families.vae.settings import ObjectiveConfig


class CapacityVAE(BetaVAE):
    """See the module; likelihoods and variances as of BetaVAE, whose beta and free bits don't apply here."""

    def beta(self, progress: Elapsed) -> float:
        """The weight of the KL's distance from the capacity: gamma in the paper."""
        return self.config.capacity_weight

    def capacity(self, progress: Elapsed) -> float:
        """C, in nats, now."""
        span = self.config.capacity_epochs
        return self.config.capacity * (min(progress.epochs / span, 1.0) if span > 0 else 1.0)

    def penalty(self, kl_per_dim: Tensor, posterior: Posterior, z: Tensor, progress: Elapsed) -> tuple[Tensor, Tensor | None]:
        """See BetaVAE."""
        return self.beta(progress) * (kl_per_dim.sum() - self.capacity(progress)).abs(), None


def build(config: ObjectiveConfig, model: LatentModule, data_size: int) -> CapacityVAE:
    """A CapacityVAE on the model's standardisation."""
    return CapacityVAE(config, model.pixel_mean, model.pixel_std)

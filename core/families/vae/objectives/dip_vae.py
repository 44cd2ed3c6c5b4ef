"""DIP-VAE: the codes' covariance is pulled to the identity (Kumar et al., "Disentangled Inferred Prior", arXiv 1711.00848).

loss = reconstruction + beta KL + l_od sum_(i != j) C_ij^2 + l_d sum_i (C_ii - 1)^2. For DIP-VAE-I C is the covariance of the
posterior means, and l_d = 10 l_od; for DIP-VAE-II that of z itself, which is the means' plus the mean posterior variance, and
l_d = l_od (the paper's choices, section 4; l_od is `dip_weight`). C is the batch's.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.families.base import Elapsed
from core.families.vae.networks.base import LatentModule, Posterior
from core.families.vae.objectives.beta_vae import BetaVAE
from core.families.vae.settings import ObjectiveConfig
from core.team import batch_mean

DIAGONAL_SHARE = {"dip_vae_i": 10.0, "dip_vae_ii": 1.0}  # l_d over l_od


class DIPVAE(BetaVAE):
    """See the module; `config.name` says which of the two it is."""

    def penalty(self, kl_per_dim: Tensor, posterior: Posterior, z: Tensor, progress: Elapsed) -> tuple[Tensor, Tensor | None]:
        """See BetaVAE."""
        weighted, _ = super().penalty(kl_per_dim, posterior, z, progress)
        covariance = self.covariance(posterior)
        diagonal = covariance.diagonal()
        beside = covariance.square().sum() - diagonal.square().sum()
        share = DIAGONAL_SHARE[self.config.name]
        return weighted + self.config.dip_weight * (beside + share * (diagonal - 1.0).square().sum()), None

    def covariance(self, posterior: Posterior) -> Tensor:
        """(D, D) of the batch: of the means (I), or of z (II)."""
        mean = posterior.mean
        centre = batch_mean(mean, over_team=self.training)
        around = mean - centre
        covariance = batch_mean(around[:, :, None] * around[:, None, :], over_team=self.training)
        if self.config.name == "dip_vae_ii":
            covariance = covariance + torch.diag(batch_mean(posterior.log_var.exp(), over_team=self.training))
        return covariance


def build(config: ObjectiveConfig, model: LatentModule, data_size: int) -> DIPVAE:
    """A DIPVAE on the model's standardisation."""
    return DIPVAE(config, model.pixel_mean, model.pixel_std)

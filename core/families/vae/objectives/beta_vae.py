"""The negative ELBO with a weight on the KL term: VAE (arXiv 1312.6114), beta-VAE (Higgins et al. 2017), sigma-VAE.

The weight may warm up or follow cycles, and a part of the KL may be free.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from core.families.base import Elapsed
from core.families.vae.networks.base import LatentModule, Posterior
from core.families.vae.networks.mixture import Mixture
from core.families.vae.objectives import reconstruction
from core.families.vae.objectives.base import ObjectiveModule, Terms
from core.families.vae.settings import ObjectiveConfig
from core.team import batch_mean

VARIANCE_SPAN = 100.0  # steps over which the running mean of the optimal variance extends
RISING_SHARE = 0.5  # of a cycle of beta, as in Fu et al.; the rest holds the full value
LOWEST_VARIANCE = 1e-6  # standardised; keeps log finite should a tiny data set be learned by heart


class BetaVAE(ObjectiveModule):
    """reconstruction + beta * KL, summed over pixels and latent dimensions, averaged over the batch.

    With `variance="optimal"` the Gaussian decoder's one shared variance is the batch's mean squared error, its
    maximum-likelihood value (sigma-VAE, Rybkin et al., arXiv 2006.13202). In evaluation mode it is the running mean
    of those, so that validation pictures don't influence the variance.

    With `free_bits` a dimension's KL counts in the loss as that many nats at least, so that no dimension with less is
    pushed to zero (Kingma et al., arXiv 1606.04934, with groups of one dimension). The reported KL is the true one.

    Args:
        config: likelihood, variance, beta and its schedule, free bits.
        pixel_mean: (C,) of the model's standardisation.
        pixel_std: (C,).
    """

    variance_steps: Tensor

    def __init__(self, config: ObjectiveConfig, pixel_mean: Tensor, pixel_std: Tensor) -> None:
        super().__init__()
        self.config = config
        self._pixel_mean = pixel_mean
        self._pixel_std = pixel_std
        start = config.fixed_variance if config.variance == "fixed" else 1.0
        self.register_buffer("log_variance", torch.tensor(math.log(start)))
        self.register_buffer("variance_steps", torch.tensor(0.0))  # steps in the running mean

    def beta(self, progress: Elapsed) -> float:
        """The KL term's weight now.

        Linear: from 0 over the warm-up, then constant. Cyclical (Fu et al., arXiv 1903.10145): from 0 over the first
        half of each cycle, constant over the second; after the planned end it stays at the full value.
        """
        if self.config.beta_schedule == "cyclical":
            cycles = self.config.beta_cycles * progress.epochs / progress.planned if progress.planned else math.inf
            rising = (cycles % 1.0) / RISING_SHARE if cycles < self.config.beta_cycles else 1.0
            return self.config.beta * min(rising, 1.0)
        warmup = self.config.beta_warmup_epochs
        return self.config.beta * (min(progress.epochs / warmup, 1.0) if warmup > 0 else 1.0)

    def forward(
        self, x: Tensor, decoded: Tensor, posterior: Posterior, z: Tensor, progress: Elapsed, prior: Mixture | None = None
    ) -> Terms:
        """See ObjectiveModule."""
        if prior is not None:
            return self._from_mixture(x, decoded, posterior, z, progress, prior)
        kl_per_dim = batch_mean(posterior.kl(), over_team=self.training)
        nats = batch_mean(self.negative_log_likelihood(x, decoded), over_team=self.training)
        penalty, total_correlation = self.penalty(kl_per_dim, posterior, z, progress)
        return Terms(nats + penalty, nats, kl_per_dim, total_correlation)

    def _from_mixture(
        self, x: Tensor, decoded: Tensor, posterior: Posterior, z: Tensor, progress: Elapsed, prior: Mixture
    ) -> Terms:
        """The same with another prior than N(0, I): the KL is estimated at z, and may be negative."""
        each, each_per_dim = prior.kl(posterior, z)
        kl = batch_mean(each, over_team=self.training)
        nats = batch_mean(self.negative_log_likelihood(x, decoded), over_team=self.training)
        kl_per_dim = batch_mean(each_per_dim, over_team=self.training)
        return Terms(nats + self.beta(progress) * kl, nats, kl_per_dim, joint_kl=kl)

    def penalty(self, kl_per_dim: Tensor, posterior: Posterior, z: Tensor, progress: Elapsed) -> tuple[Tensor, Tensor | None]:
        """What is added to the reconstruction, in nats, and the total correlation where it is estimated.

        Args:
            kl_per_dim: (D,) averaged over the batch, and over the team in training.
            posterior: q(z|x) of this process's pictures.
            z: (B, D) drawn from it.
            progress: of the run.
        """
        charged = kl_per_dim.clamp_min(self.config.free_bits) if self.config.free_bits else kl_per_dim
        return self.beta(progress) * charged.sum(), None

    def negative_log_likelihood(self, x: Tensor, decoded: Tensor) -> Tensor:
        """See ObjectiveModule. In training the optimal variance is this batch's, and goes into the running mean."""
        decoded = decoded.float()
        if self.config.likelihood == "bernoulli":
            return reconstruction.bernoulli(x, decoded)
        target = (x - self._pixel_mean[:, None, None]) / self._pixel_std[:, None, None]
        squared_error = (target - decoded).square().sum(dim=(1, 2, 3))
        pixels = x.shape[2] * x.shape[3]
        log_variance = self.log_variance
        if self.config.variance == "optimal" and self.training:
            mse = batch_mean(squared_error, over_team=True) / (pixels * x.shape[1])
            log_variance = mse.clamp_min(LOWEST_VARIANCE).log()
            with torch.no_grad():
                self.variance_steps += 1.0
                share = 1.0 / self.variance_steps.clamp_max(VARIANCE_SPAN)  # a plain mean at first
                self.log_variance.lerp_(log_variance, share)
        return reconstruction.gaussian(squared_error, log_variance, self._pixel_std, pixels)


def build(config: ObjectiveConfig, model: LatentModule, data_size: int) -> BetaVAE:
    """A BetaVAE on the model's standardisation."""
    return BetaVAE(config, model.pixel_mean, model.pixel_std)

"""The negative ELBO with a weight on the KL term: VAE (arXiv 1312.6114), beta-VAE (Higgins et al. 2017), sigma-VAE."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from core.config import ObjectiveConfig
from core.models.base import LatentModule, Posterior
from core.objectives import reconstruction
from core.objectives.base import ObjectiveModule, Progress, Terms, register

VARIANCE_SPAN = 100.0  # steps that the running mean of the optimal variance looks back
LOWEST_VARIANCE = 1e-6  # standardised; keeps log finite should a tiny data set be learned by heart


class BetaVAE(ObjectiveModule):
    """reconstruction + beta * KL, summed over pixels and latent dimensions, averaged over the batch.

    With `variance="optimal"` the Gaussian decoder's one shared variance is the batch's mean squared error, its
    maximum-likelihood value (sigma-VAE, Rybkin et al., arXiv 2006.13202). In evaluation mode it is the running mean
    of those, so that validation is measured with a variance that never saw it.

    Args:
        config: likelihood, variance, beta and its warm-up.
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
        self.register_buffer("variance_steps", torch.tensor(0.0))  # that went into the running mean

    def beta(self, progress: Progress) -> float:
        """The KL term's weight now: linear from 0 over the warm-up, then constant."""
        warmup = self.config.beta_warmup_epochs
        return self.config.beta * (min(progress.epochs / warmup, 1.0) if warmup > 0 else 1.0)

    def forward(self, x: Tensor, decoded: Tensor, posterior: Posterior, z: Tensor, progress: Progress) -> Terms:
        """See core.objectives.base.Objective."""
        kl_per_dim = posterior.kl().mean(dim=0)
        nats = self._reconstruction(x, decoded.float()).mean()
        return Terms(nats + self.beta(progress) * kl_per_dim.sum(), nats, kl_per_dim)

    def _reconstruction(self, x: Tensor, decoded: Tensor) -> Tensor:
        """(B,) nats."""
        if self.config.likelihood == "bernoulli":
            return reconstruction.bernoulli(x, decoded)
        target = (x - self._pixel_mean[:, None, None]) / self._pixel_std[:, None, None]
        squared_error = (target - decoded).square().sum(dim=(1, 2, 3))
        pixels = x.shape[2] * x.shape[3]
        log_variance = self.log_variance
        if self.config.variance == "optimal" and self.training:
            mse = squared_error.mean() / (pixels * x.shape[1])
            log_variance = mse.clamp_min(LOWEST_VARIANCE).log()
            with torch.no_grad():
                self.variance_steps += 1.0
                share = 1.0 / self.variance_steps.clamp_max(VARIANCE_SPAN)  # a plain mean at first
                self.log_variance.lerp_(log_variance, share)
        return reconstruction.gaussian(squared_error, log_variance, self._pixel_std, pixels)


@register("beta_vae")
def build(config: ObjectiveConfig, model: LatentModule) -> BetaVAE:
    """A BetaVAE on the model's standardisation."""
    return BetaVAE(config, model.pixel_mean, model.pixel_std)

"""The VampPrior: codes are distributed as those of pseudo-inputs (Tomczak & Welling 2018, arXiv 1705.07120).

p(z) = 1/K sum_k q(z|u_k), an equal mixture of the posteriors of K learned pictures u_k. Its KL has no closed form: it is estimated
at the code that is drawn anyway.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.families.vae.networks.base import LatentModule, Posterior, log_normal


@dataclass(frozen=True, slots=True)
class Mixture:
    """An equal mixture of diagonal Gaussians: `mean` and `log_var`, both (K, D) float32."""

    mean: Tensor
    log_var: Tensor

    def log_densities(self, z: Tensor) -> Tensor:
        """log N(z_j; mean_kj, variance_kj) of codes (B, D), for each component and dimension: (B, K, D) nats."""
        return log_normal(z[:, None], self.mean, self.log_var)

    def log_density(self, z: Tensor) -> Tensor:
        """log p(z) of codes (B, D): (B,) nats."""
        return self._mixed(self.log_densities(z).sum(dim=2))

    def kl(self, posterior: Posterior, z: Tensor) -> tuple[Tensor, Tensor]:
        """KL(q(z|x) || p(z)) estimated at one code a picture, z (B, D) drawn from q(z|x). An estimate may be below 0.

        Returns:
            (B,) nats; and (B, D) nats, without a gradient, what each dimension tells by itself: the KL of its posterior from
            its own marginal of the mixture. A mixture's dimensions depend on each other, so these don't add up to the former.
        """
        densities = self.log_densities(z)
        own = log_normal(z, posterior.mean, posterior.log_var)
        kl = own.sum(dim=1) - self._mixed(densities.sum(dim=2))
        with torch.no_grad():
            return kl, own - self._mixed(densities)

    def responsibilities(self, z: Tensor) -> Tensor:
        """How likely each component made a code, p(k|z): codes (B, D) -> (B, K), rows that add up to 1."""
        return torch.softmax(self.log_densities(z).sum(dim=2), dim=1)

    def at(self, components: Tensor, noise: Tensor) -> Tensor:
        """Codes of chosen components (B,) for noise from N(0, I), (B, D)."""
        return Posterior(self.mean[components], self.log_var[components]).at(noise)

    def _mixed(self, densities: Tensor) -> Tensor:
        """The log of the mean over components of densities whose logs are given, (B, K, ...) -> (B, ...)."""
        return torch.logsumexp(densities, dim=1) - math.log(len(self.mean))


def mixture_of(model: LatentModule) -> Mixture | None:
    """A model's VampPrior as it is now, with a gradient to the pseudo-inputs and the encoder; None where its prior is N(0, I).

    Pseudo-inputs pass the encoder as pictures do whose codes are wanted, in evaluation mode: BatchNorm takes its running averages,
    which they must not enter, and nothing is dropped out. So the prior of a training step is the one that is used later.
    """
    if model.pseudo_inputs is None:
        return None
    was_training = model.training
    model.eval()
    posterior = model.encode(model.pseudo_inputs())
    model.train(was_training)
    return Mixture(posterior.mean, posterior.log_var)

"""The importance-weighted estimate of log p(x), a tighter lower bound than the ELBO."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from core.families.vae.networks.base import LatentModule, log_normal
from core.families.vae.networks.mixture import mixture_of
from core.families.vae.objectives.base import ObjectiveModule


def log_weights(
    model: LatentModule,
    objective: ObjectiveModule,
    x: Tensor,
    samples: int,
    generator: torch.Generator,
    progress: Callable[[int], None] = lambda done: None,
    labels: Tensor | None = None,
) -> np.ndarray:
    """log of p(x|z) p(z) / q(z|x) at samples z from q(z|x), with the model's own prior: N(0, I), or its VampPrior.

    Their mean is the ELBO; `bound` computes tighter bounds from them. One sample a picture is decoded at a time, so memory hardly
    grows with K.

    Args:
        model: in evaluation mode.
        objective: in evaluation mode; says log p(x|z), which is a density for a Gaussian decoder. For pixels between 0
            and 1 a Bernoulli decoder gives no density (core.families.vae.objectives.reconstruction), so neither does
            this.
        x: (B, C, H, W) float32 in [0, 1].
        samples: K, at least 1.
        generator: draws them, on x's device.
        progress: told how many samples are done; may raise Cancelled.
        labels: (B,) classes, for a conditional model, which gives p(x | class).

    Returns:
        (K, B) float64, nats.
    """
    log_ratios = np.empty((samples, len(x)))
    with torch.inference_mode():
        posterior, prior = model.encode(x, labels), mixture_of(model)
        for done in range(samples):
            progress(done)
            noise = torch.randn(posterior.mean.shape, generator=generator, device=x.device)
            z = posterior.at(noise)
            # log p(z) - log q(z|x): the constants are the same in both
            ratio = 0.5 * (noise.double().square() + posterior.log_var.double() - z.double().square()).sum(dim=1)
            if prior is not None:
                ratio = (prior.log_density(z) - log_normal(z, posterior.mean, posterior.log_var).sum(dim=1)).double()
            log_weight = ratio - objective.negative_log_likelihood(x, model.decode_raw(z, labels)).double()
            log_ratios[done] = log_weight.cpu().numpy()
    progress(samples)
    return log_ratios


def bound(weights: np.ndarray, samples: int) -> np.ndarray:
    """The importance-weighted bound of log p(x) for K' = `samples` (Burda et al., arXiv 1509.00519), from K >= K' log weights.

    The log of the mean over K' weights, averaged over as many groups of K' as there are. For K' = 1 it is the ELBO. It never
    falls from a K' to a multiple of it, by Jensen's inequality, with the very same samples, and tends to log p(x).

    Args:
        weights: (K, B), as of `log_weights`.
        samples: K', 1 to K.

    Returns:
        (B,) float64, nats per image.
    """
    groups = len(weights) // samples
    grouped = weights[: groups * samples].reshape(groups, samples, -1)
    return np.asarray((np.logaddexp.reduce(grouped, axis=1) - math.log(samples)).mean(axis=0))


def log_likelihood(
    model: LatentModule,
    objective: ObjectiveModule,
    x: Tensor,
    samples: int,
    generator: torch.Generator,
    progress: Callable[[int], None] = lambda done: None,
    labels: Tensor | None = None,
) -> np.ndarray:
    """log p(x) of some pictures from K importance samples, (B,) nats per image; the arguments are those of `log_weights`.

    The result is random, more so the farther q(z|x) is from p(z|x); its expectation never falls with K.
    """
    return bound(log_weights(model, objective, x, samples, generator, progress, labels), samples)

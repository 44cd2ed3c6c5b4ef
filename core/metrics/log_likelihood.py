"""The importance-weighted estimate of log p(x): what the ELBO is a lower bound of, approached from below."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from core.models.base import LatentModule
from core.objectives.base import ObjectiveModule


def log_likelihood(
    model: LatentModule,
    objective: ObjectiveModule,
    x: Tensor,
    samples: int,
    generator: torch.Generator,
    told: Callable[[int], None] = lambda done: None,
    labels: Tensor | None = None,
) -> np.ndarray:
    """log p(x) of some pictures, from importance samples (Burda et al., arXiv 1509.00519).

    log of the mean over K samples z from q(z|x) of p(x|z) p(z) / q(z|x), with the prior N(0, I). Its expectation is the ELBO
    for K = 1, never falls with K, and tends to log p(x). What one call gives is random, the more so the farther q(z|x) is
    from p(z|x).

    One sample a picture is decoded at a time, so memory doesn't grow with K.

    Args:
        model: in evaluation mode.
        objective: in evaluation mode; says log p(x|z), which is a density for a Gaussian decoder. What a Bernoulli decoder says of
            pixels between 0 and 1 is no density (core.objectives.reconstruction), so neither is this.
        x: (B, C, H, W) float32 in [0, 1].
        samples: K, at least 1.
        generator: draws them, on x's device.
        told: told how many samples are done; may raise Cancelled.
        labels: (B,) classes, for a conditional model: then it is log p(x | class).

    Returns:
        (B,) float64, nats per image.
    """
    total = torch.full((len(x),), -math.inf, dtype=torch.float64, device=x.device)
    with torch.inference_mode():
        posterior = model.encode(x, labels)
        for done in range(samples):
            told(done)
            noise = torch.randn(posterior.mean.shape, generator=generator, device=x.device)
            z = posterior.at(noise)
            # log p(z) - log q(z|x): the constants are the same in both
            ratio = 0.5 * (noise.double().square() + posterior.log_var.double() - z.double().square()).sum(dim=1)
            log_weight = ratio - objective.negative_log_likelihood(x, model.decode_raw(z, labels)).double()
            total = torch.logaddexp(total, log_weight)
    told(samples)
    return (total - math.log(samples)).cpu().numpy()

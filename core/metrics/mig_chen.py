"""The mutual information gap as the paper that proposed it estimates it: codes sampled from q(z|x), no bins."""

from __future__ import annotations

import math

import numpy as np

from core.errors import DataError
from core.metrics.factor_arrays import checked, draw, gap, seeded, varying
from core.metrics.mig import entropies
from core.progress import Progress

SAMPLES = 10_000  # of each entropy, as in the authors' program
BLOCK = 250_000  # densities at once: what fits into a CPU's cache


def mig_chen(
    mean: np.ndarray,
    log_var: np.ndarray,
    factors: np.ndarray,
    *,
    samples: int = SAMPLES,
    generator: np.random.Generator | None = None,
    progress: Progress | None = None,
) -> float:
    """MIG of sampled codes (Chen et al., arXiv 1802.04942, and the authors' github.com/rtqichen/beta-tcvae).

    I(z_d; v_k) = H(z_d) - sum over values v of p(v) H(z_d | v_k = v). Each entropy is the mean of -log q(z_d) over samples z from
    the posteriors of the pictures in question, where q is the mixture of these pictures' posteriors ("aggregated
    posterior"). Negative estimates count as 0. The gap between the two best dimensions is divided by H(v_k) and averaged over the
    factors. The authors leave dSprites' shape out of `factors`; do the same to compare with their numbers.

    Not to be compared with core.metrics.mig, which bins posterior means and takes all factors.

    Meant for a whole grid of factors: with few pictures per value, each sample lies in its own picture's narrow posterior,
    H(z_d | v) comes out too small, and every dimension seems to be a little informative about every factor. It costs N
    x D x `samples` densities for the marginal entropy and about as much again for each factor.

    Args:
        mean: (N, D) of q(z|x).
        log_var: (N, D).
        factors: (N, K) int.
        samples: of each entropy, from as many pictures; where there are fewer, one from each.
        generator: draws them; None = the same ones each time.
        progress: told how far, in entropies; may raise Cancelled.

    Returns:
        0 to about 1, NaN for a single dimension.

    Raises:
        DataError: shapes that don't fit, or no factor that varies.
    """
    if np.shape(mean) != np.shape(log_var):
        raise DataError(f"Means of shape {np.shape(mean)} and log-variances of shape {np.shape(log_var)} don't belong together.")
    mean, factors = checked(mean, factors)
    log_var, _ = checked(log_var, factors)
    factors = factors[:, varying(factors)]
    generator = seeded(generator)
    z = mean + np.exp(0.5 * log_var) * generator.standard_normal(mean.shape)
    work = 1 + int((factors.max(axis=0) + 1).sum())
    done = 0

    def entropy(rows: np.ndarray) -> np.ndarray:
        nonlocal done
        if progress:
            progress("Entropies of the codes", done, work)
        done += 1
        return _entropy(z[rows[draw(len(rows), samples, generator)]], mean[rows], log_var[rows])

    marginal = entropy(np.arange(len(mean)))
    information = np.empty((mean.shape[1], factors.shape[1]))
    for k, column in enumerate(factors.T):
        conditional = np.zeros(mean.shape[1])
        for value, count in enumerate(np.bincount(column)):
            conditional += count / len(column) * entropy(np.flatnonzero(column == value))
        information[:, k] = np.maximum(marginal - conditional, 0.0)
    if progress:
        progress("Entropies of the codes", work, work)
    return float((gap(information) / entropies(factors)).mean())


def _entropy(z: np.ndarray, mean: np.ndarray, log_var: np.ndarray) -> np.ndarray:
    """-log of the mean over pictures of N(z_d; mean_d, exp(log_var_d)), averaged over samples.

    Args:
        z: (S, D), each drawn from one of the pictures' posteriors, so that no density underflows.
        mean: (N, D).
        log_var: (N, D).

    Returns:
        (D,) nats.
    """
    nats = np.empty(z.shape[1])
    step = max(1, BLOCK // len(mean))
    memory = np.empty((min(step, len(z)), len(mean)), np.float32)  # exp is several times as fast as with float64
    for d in range(z.shape[1]):
        weight = np.exp(-0.5 * log_var[:, d]).astype(np.float32)
        scale = weight * np.float32(math.sqrt(0.5))
        points, centre = z[:, d].astype(np.float32), mean[:, d].astype(np.float32)
        total = 0.0
        for start in range(0, len(points), step):
            part = points[start : start + step]
            density = memory[: len(part)]
            np.subtract(part[:, None], centre, out=density)
            density *= scale
            np.multiply(density, density, out=density)
            np.negative(density, out=density)
            np.exp(density, out=density)
            total += float(np.log(density @ weight, dtype=np.float64).sum())
        nats[d] = 0.5 * math.log(2.0 * math.pi) + math.log(len(mean)) - total / len(points)
    return nats

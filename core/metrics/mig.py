"""The mutual information gap as disentanglement_lib computes it: mean codes, equal-width bins, discrete mutual information."""

from __future__ import annotations

import numpy as np

from core.metrics.factor_arrays import checked, draw, gap, seeded, varying
from core.progress import Progress

SAMPLES, BINS = 10_000, 20  # of the study in arXiv 1811.12359


def mig(
    codes: np.ndarray,
    factors: np.ndarray,
    bins: int = BINS,
    *,
    samples: int = SAMPLES,
    generator: np.random.Generator | None = None,
    progress: Progress | None = None,
) -> float:
    """MIG of mean codes, as in disentanglement_lib (Locatello et al., arXiv 1811.12359; evaluation/metrics/mig.py there).

    Each dimension is cut into equal-width bins from its least to its greatest value. For each factor the mutual
    information with the second best dimension is taken from that with the best, the difference divided by the factor's
    entropy, and the mean over factors is the score. All factors count, shapes too; a factor with one value only is left
    out (its entropy is 0). The paper that proposed MIG defines it differently: core.metrics.mig_chen.

    Args:
        codes: (N, D) posterior means.
        factors: (N, K) int.
        bins: of each dimension.
        samples: rows to use, drawn without replacement; where N is less, all.
        generator: draws those rows; None = the same ones each time.
        progress: told how far, in dimensions; may raise Cancelled.

    Returns:
        0 to 1, NaN for a single dimension. A factor with more values than bins can't reach 1: dSprites' 32 positions
        in 20 bins reach ln 20 / ln 32 = 0.86 at most.

    Raises:
        DataError: shapes that don't fit, or no factor that varies.
    """
    codes, factors = checked(codes, factors)
    rows = draw(len(codes), samples, seeded(generator))
    factors = factors[rows]
    factors = factors[:, varying(factors)]
    information = mutual_information(codes[rows], factors, bins, progress=progress)
    return float((gap(information) / entropies(factors)).mean())


def mutual_information(codes: np.ndarray, factors: np.ndarray, bins: int = BINS, *, progress: Progress | None = None) -> np.ndarray:
    """I(z_d; v_k) of binned codes, by counting.

    Args:
        codes: (N, D).
        factors: (N, K) int.
        bins: of each dimension, of equal width.
        progress: told how far, in dimensions; may raise Cancelled.

    Returns:
        (D, K) nats; 0 for a constant dimension.

    Raises:
        DataError: shapes that don't fit.
    """
    codes, factors = checked(codes, factors)
    information = np.empty((codes.shape[1], factors.shape[1]))
    for d, column in enumerate(codes.T):
        if progress:
            progress("Mutual information", d, len(information))
        places = _binned(column, bins)
        for k, values in enumerate(factors.T):
            joint = np.bincount(places * (values.max() + 1) + values, minlength=bins * (values.max() + 1))
            information[d, k] = _information(joint.reshape(bins, -1) / len(codes))
    if progress:
        progress("Mutual information", len(information), len(information))
    return information


def entropies(factors: np.ndarray) -> np.ndarray:
    """H(v_k) of each factor's values as they are distributed in these rows: factors (N, K) int -> (K,) nats."""
    nats = []
    for column in factors.T:
        share = np.unique(column, return_counts=True)[1] / len(column)
        nats.append(-(share * np.log(share)).sum())
    return np.array(nats)


def _binned(column: np.ndarray, bins: int) -> np.ndarray:
    """The bin of each value, (N,) from 0 on: closed on the left, the greatest value belongs to the last one."""
    edges = np.linspace(column.min(), column.max(), bins + 1)
    return np.digitize(column, edges[:-1]) - 1


def _information(joint: np.ndarray) -> float:
    """Mutual information of a table of probabilities, in nats."""
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    return float((joint[there] * np.log(joint[there] / apart[there])).sum())

"""The FactorVAE score: whether the dimension that varies least tells which factor was held fixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import DataError
from core.metrics.factor_arrays import checked, draw, seeded, varying
from core.progress import Progress

BATCH, TRAIN_VOTES, TEST_VOTES = 64, 10_000, 5_000  # of the study in arXiv 1811.12359
VARIANCE_SAMPLES = 10_000
LEAST_STD = 0.05  # standard deviation below which a dimension counts as collapsed to the prior
AT_ONCE = 500  # votes whose codes are in memory together


def factor_vae_score(
    codes: np.ndarray,
    factors: np.ndarray,
    *,
    batch: int = BATCH,
    train_votes: int = TRAIN_VOTES,
    test_votes: int = TEST_VOTES,
    variance_samples: int = VARIANCE_SAMPLES,
    least_std: float = LEAST_STD,
    generator: np.random.Generator | None = None,
    progress: Progress | None = None,
) -> float:
    """The score of Kim & Mnih (arXiv 1802.05983, section 4), as in disentanglement_lib (factor_vae.py there).

    For a vote a factor is chosen at random, and one of its values as frequently as the data have it. Of `batch` pictures
    with that value each dimension's variance is divided by its variance over the data; the vote assigns the dimension
    where this is least to that factor. The majority of `train_votes` says which factor each dimension stands for, and
    the score is the share of `test_votes` that agree. Dimensions whose standard deviation is under `least_std` don't
    take part; 0 where all are so. A factor with one value only is never chosen.

    disentanglement_lib draws pictures by their factors. Here rows that share the value are drawn, with replacement, which
    is the same thing when the rows are the whole grid of factors or a random sample of it. A value of only one row is
    never chosen, since nothing varies there.

    Args:
        codes: (N, D) posterior means.
        factors: (N, K) int.
        batch: pictures of a vote.
        train_votes: that say which factor a dimension stands for.
        test_votes: that are counted.
        variance_samples: rows for the variances over the data.
        least_std: see above.
        generator: draws factors, values and rows; None = the same each time.
        progress: told how far, in votes; may raise Cancelled.

    Returns:
        0 to 1; chance is about 1 over the number of factors. NaN with a single factor: every vote would be right.

    Raises:
        DataError: shapes that don't fit, no factor that varies, or one of which no two rows share a value.
    """
    codes, factors = checked(codes, factors)
    generator = seeded(generator)
    rows = draw(len(codes), variance_samples, generator)
    groups = [_groups(factors[:, k]) for k in varying(factors)]
    if len(groups) < 2:
        return float("nan")
    variance = codes[rows].var(axis=0, ddof=1)
    active = np.sqrt(variance) >= least_std
    if not active.any():
        return 0.0
    codes, variance = codes[:, active], variance[active]
    votes = np.empty((train_votes + test_votes, 2), np.int64)  # factor, dimension
    for start in range(0, len(votes), AT_ONCE):
        if progress:
            progress("FactorVAE score", start, len(votes))
        part = votes[start : start + AT_ONCE]
        part[:, 0] = generator.integers(len(groups), size=len(part))
        chosen = np.stack([groups[k].draw(batch, generator) for k in part[:, 0]])
        part[:, 1] = (codes[chosen].var(axis=1, ddof=1) / variance).argmin(axis=1)
    if progress:
        progress("FactorVAE score", len(votes), len(votes))
    table = np.zeros((len(groups), codes.shape[1]), np.int64)
    np.add.at(table, (votes[:train_votes, 0], votes[:train_votes, 1]), 1)
    stands_for = table.argmax(axis=0)
    return float((stands_for[votes[train_votes:, 1]] == votes[train_votes:, 0]).mean())


@dataclass(frozen=True, slots=True)
class _Groups:
    """The rows with each value of one factor."""

    rows: np.ndarray  # (M,) in the order of their values
    first: np.ndarray  # (values,) where each value's rows begin in it
    count: np.ndarray  # (values,) how many there are, at least 2

    def draw(self, size: int, generator: np.random.Generator) -> np.ndarray:
        """Rows that share a value, (size,), the value as frequent as it is among all rows."""
        value = np.searchsorted(self.first, generator.integers(len(self.rows)), side="right") - 1
        return self.rows[self.first[value] + generator.integers(self.count[value], size=size)]


def _groups(column: np.ndarray) -> _Groups:
    """By value, of a factor (N,) that is numbered 0, 1, ...; values with a single row left out."""
    order = np.argsort(column, kind="stable")
    count = np.bincount(column)
    rows = order[np.repeat(count > 1, count)]
    count = count[count > 1]
    if not len(count):
        raise DataError("There is a factor of which no two pictures share a value.", "Measure on more pictures.")
    return _Groups(rows, np.cumsum(count) - count, count)

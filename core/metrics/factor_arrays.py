"""What all measures of disentanglement share: codes and factors checked, rows drawn, the gap between the two best."""

from __future__ import annotations

import numpy as np

from core.errors import DataError


def checked(codes: np.ndarray, factors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes and factors as every measure takes them.

    Args:
        codes: (N, D) numbers, all finite.
        factors: (N, K) whole numbers, used only as labels.

    Returns:
        Codes (N, D) float64 and factors (N, K) int64, renumbered 0, 1, ... in each column.

    Raises:
        DataError: shapes that don't fit each other, no rows, codes that aren't finite, factors that aren't whole numbers.
    """
    codes, factors = np.asarray(codes), np.asarray(factors)
    if codes.ndim != 2 or factors.ndim != 2 or len(codes) != len(factors) or 0 in codes.shape or 0 in factors.shape:
        raise DataError(
            f"Codes of shape {codes.shape} and factors of shape {factors.shape} don't belong together.",
            "Give codes (N, D) and factors (N, K), one row a picture in both.",
        )
    if codes.dtype.kind not in "fiu" or not np.isfinite(codes).all():
        raise DataError("Some codes are no finite numbers.", "A model whose loss became NaN can't be measured.")
    if factors.dtype.kind not in "iub":
        raise DataError(f"The factors are of type {factors.dtype}.", "Give the number of each factor's value, such as 0, 1, 2.")
    columns = [np.unique(column, return_inverse=True)[1] for column in factors.T]
    return codes.astype(np.float64), np.stack(columns, axis=1)


def varying(factors: np.ndarray) -> np.ndarray:
    """Which columns of factors (N, K) take more than one value: the others have no entropy, and no measure counts them.

    Returns:
        (<= K,) their indices.

    Raises:
        DataError: none does.
    """
    columns = np.flatnonzero((factors != factors[:1]).any(axis=0))
    if not len(columns):
        raise DataError("Every factor has the same value in all these pictures.", "Measure on pictures that differ.")
    return columns


def seeded(generator: np.random.Generator | None) -> np.random.Generator:
    """The generator to draw with: the given one, or one that is the same each time."""
    return np.random.default_rng(0) if generator is None else generator


def draw(count: int, wanted: int, generator: np.random.Generator) -> np.ndarray:
    """At most `wanted` of `count` rows, without replacement, (<= wanted,) in ascending order."""
    if count <= wanted:
        return np.arange(count)
    return np.sort(generator.choice(count, wanted, replace=False))


def draw_two(count: int, train: int, test: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and others to test on, none in both; where there are fewer rows than asked for, in the same ratio.

    Raises:
        DataError: not even one row for each.
    """
    if count < 2:
        raise DataError("A single picture is too few to train on some and test on others.", "Measure on more pictures.")
    if count < train + test:
        train = min(max(1, round(count * train / (train + test))), count - 1)
        test = count - train
    rows = generator.permutation(count)[: train + test]
    return rows[:train], rows[train:]


def gap(scores: np.ndarray) -> np.ndarray:
    """By how much the best dimension beats the second best, for each factor.

    Args:
        scores: (D, K), of each dimension for each factor.

    Returns:
        (K,); NaN where there is no second dimension.
    """
    if len(scores) < 2:
        return np.full(scores.shape[1], np.nan)
    ordered = np.sort(scores, axis=0)
    return ordered[-1] - ordered[-2]

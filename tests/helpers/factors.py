"""Factors on a grid, and codes of them whose measures are known."""

from __future__ import annotations

import itertools

import numpy as np

# Each row and column mixes four things evenly: orthogonal, and no axis is nearer to one of them than to another.
EVEN = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2.0


def grid(*sizes: int, times: int = 1) -> np.ndarray:
    """Every combination of factor values, each `times` times, (N, K) int."""
    return np.repeat(np.array(list(itertools.product(*map(range, sizes)))), times, axis=0)


def standard(factors: np.ndarray) -> np.ndarray:
    """Perfect codes: each factor is a dimension of mean 0 and standard deviation 1, (N, K)."""
    return (factors - factors.mean(axis=0)) / factors.std(axis=0)

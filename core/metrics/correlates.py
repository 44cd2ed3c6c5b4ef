"""What each dimension of a latent correlates with most: correlations of posterior means with labels and factors.

A column of numbers, or of a label that is there or not: Pearson's r (K. Pearson 1895; of a label it is the point-biserial
correlation). A column of categories, or an angle, whose numbers have no order: the correlation ratio eta (K. Pearson
1905), whose square is the share of the dimension's variance between the categories' means. With two categories eta is
|r|. Angles use eta because it sees any dependence: the mean code of a shape with a half-turn symmetry has no first
harmonic.

**Chance.** Codes that have nothing to do with a column of N known numbers still have r^2 > 0. If they were normal, r^2 would be
distributed as Beta(1/2, (N - 2)/2), and eta^2 of k categories as Beta((k - 1)/2, (N - k)/2), which is the F-test of an
analysis of variance (Fisher 1925). A dimension is said to correlate with a column only beyond what the strongest of all
D x K pairs would reach by chance in 1 data set of 100, that is, each of them in 1 of 100 D K (Bonferroni). With 10
dimensions, 5 factors and 2,000 pictures |r| must be above 0.083, eta of 40 categories above 0.20; with 50 pictures |r|
above 0.50.

**Most.** Eta grows by chance with the number of categories. What a dimension correlates with most is therefore the
column of the largest adjusted r^2, 1 - (1 - r^2) (N - 1)/(N - k) (Ezekiel 1930; k = 2 for a number); reported is its r
or eta itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data.columns import known_columns
from core.errors import DataError
from core.metrics.latent import ACTIVE_VARIANCE
from core.progress import Progress

if TYPE_CHECKING:
    from core.data.dataset import FaceData
    from core.latent.instrument import Instrument


SAMPLE = 2000  # pictures
LEVEL = 0.01  # the chance that anything is reported for codes that correlate with nothing


@dataclass(frozen=True, slots=True)
class Correlate:
    """What one dimension correlates with most."""

    name: str
    measure: str  # "r" or "eta"
    value: float  # r in -1 to 1, eta in 0 to 1


@dataclass(frozen=True, slots=True, eq=False)
class Correlates:
    """What all D dimensions correlate with, among K columns.

    Attributes:
        images: N, the pictures looked at.
        names: K.
        unordered: K; eta of these, r of the others.
        values: (D, K) float64; NaN where the dimension or the column doesn't vary, or too little is known.
        chance: (K,) what |value| must exceed.
        best: (D,) int64, the column that each correlates with most; -1 = none beyond chance.
    """

    images: int
    names: tuple[str, ...]
    unordered: tuple[bool, ...]
    values: np.ndarray
    chance: np.ndarray
    best: np.ndarray

    def of(self, dim: int) -> Correlate | None:
        """What a dimension correlates with most, None where that is nothing."""
        place = int(self.best[dim])
        if place < 0:
            return None
        return Correlate(self.names[place], _measure(self.unordered[place]), float(self.values[dim, place]))

    def to_dict(self) -> dict[str, Any]:
        """For JSON: `images`; `labels`, of each its `measure` and what `chance` reaches (null: it says nothing of these pictures);
        `dimensions`, of each what it `goes_with` (null: nothing), how strongly (`value`), and the `values` of all labels."""
        kinds = zip(self.names, self.unordered, self.chance, strict=True)
        dimensions = []
        for dim, values in enumerate(self.values):
            correlate = self.of(dim)
            entry = {"goes_with": None} if correlate is None else {"goes_with": correlate.name, "value": correlate.value}
            dimensions.append(entry | {"values": {name: _number(value) for name, value in zip(self.names, values, strict=True)}})
        return {
            "images": self.images,
            "labels": {name: {"measure": _measure(kind), "chance": _number(chance)} for name, kind, chance in kinds},
            "dimensions": dimensions,
        }


def correlates(
    codes: np.ndarray,
    factors: np.ndarray,
    names: Sequence[str],
    unordered: Sequence[bool],
    *,
    least_variance: float = ACTIVE_VARIANCE,
) -> Correlates:
    """What each dimension of some codes correlates with, as the module defines it.

    Args:
        codes: (N, D) posterior means, all finite.
        factors: (N, K) numbers, NaN where nothing is known; those pictures are left out of that column.
        names: K.
        unordered: K, whether a column's numbers are categories.
        least_variance: a dimension whose codes vary no more than this isn't in use (an inactive unit of Burda et al. 2015,
            arXiv 1509.00519), and nothing is reported for it.

    Raises:
        DataError: shapes that don't fit each other, or codes that aren't finite.
    """
    codes, factors = np.asarray(codes, np.float64), np.asarray(factors, np.float64)
    if codes.ndim != 2 or factors.ndim != 2 or len(codes) != len(factors) or not len(codes):
        raise DataError(
            f"Codes of shape {codes.shape} and factors of shape {factors.shape} don't belong together.",
            "Give codes (N, D) and factors (N, K), one row a picture in both.",
        )
    if factors.shape[1] != len(names) or len(names) != len(unordered):
        raise DataError(f"{len(names)} names for factors of shape {factors.shape} don't fit.", "Give one name a column.")
    if not np.isfinite(codes).all():
        raise DataError("Some codes are no finite numbers.", "A model whose loss became NaN can't be measured.")
    size = codes.shape[1]
    values = np.full((size, len(names)), np.nan)
    between, within = np.zeros(len(names)), np.zeros(len(names))  # degrees of freedom
    for place, (column, is_kind) in enumerate(zip(factors.T, unordered, strict=True)):
        known = ~np.isnan(column)
        kinds, numbers = np.unique(column[known], return_inverse=True)
        between[place] = len(kinds) - 1 if is_kind else 1
        within[place] = known.sum() - between[place] - 1
        if len(kinds) > 1 and within[place] > 0:
            some = codes[known]
            values[:, place] = _eta(some, numbers, len(kinds)) if is_kind else _pearson(some, column[known])
    values[codes.var(axis=0) <= least_variance] = np.nan
    chance = _chance(between, within, LEVEL / max(1, values.size))
    share = np.square(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        adjusted = np.where(np.abs(values) > chance, 1.0 - (1.0 - share) * (between + within) / within, -np.inf)
    best = np.where(np.isfinite(adjusted).any(axis=1), adjusted.argmax(axis=1), -1) if names else np.full(size, -1)
    return Correlates(len(codes), tuple(names), tuple(map(bool, unordered)), values, chance, best)


def measure_correlates(engine: Instrument, data: FaceData, progress: Progress | None = None) -> Correlates:
    """What a model's dimensions correlate with in a data set, over a seeded sample of at most SAMPLE of all its pictures.

    Args:
        engine: the model.
        data: pictures framed for it.
        progress: told how far; may raise Cancelled.

    Raises:
        DataError: nothing is known of the pictures, or a conditional model doesn't know their classes.
    """
    from core.latent.data_codes import encode_rows, given_by  # noqa: PLC0415 - loads torch

    rows = sampled(len(data.images))
    columns = known_columns(data, rows)
    if not columns.names:
        raise DataError(f"The pictures of {data.index.name} have neither classes nor labels.", "Use labelled pictures.")
    codes = encode_rows(engine, data.images, rows, progress, given_by(engine, data)).mean
    return correlates(codes, columns.values, columns.names, columns.unordered)


def sampled(count: int) -> np.ndarray:
    """A sample of so many pictures: the same each time, in ascending order."""
    if count <= SAMPLE:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, SAMPLE, replace=False))


def _pearson(codes: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Pearson's r of each dimension of codes (n, D) with a column (n,): (D,), NaN for a constant dimension."""
    codes, column = codes - codes.mean(axis=0), column - column.mean()
    spread = np.sqrt(np.square(codes).sum(axis=0) * np.square(column).sum())
    return np.clip(_ratio(column @ codes, spread), -1.0, 1.0)


def _eta(codes: np.ndarray, numbers: np.ndarray, kinds: int) -> np.ndarray:
    """Correlation ratio of each dimension of codes (n, D) over categories (n,) from 0: (D,), NaN for a constant dimension."""
    codes = codes - codes.mean(axis=0)
    counts = np.bincount(numbers, minlength=kinds)
    means = np.stack([np.bincount(numbers, column, kinds) for column in codes.T], axis=1) / counts[:, None]
    share = _ratio((counts[:, None] * np.square(means)).sum(axis=0), np.square(codes).sum(axis=0))
    return np.sqrt(np.clip(share, 0.0, 1.0))


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def _chance(between: np.ndarray, within: np.ndarray, level: float) -> np.ndarray:
    """What |r| or eta exceeds by chance with this probability, (K,); NaN without enough pictures."""
    from scipy.special import betaincinv  # noqa: PLC0415 - takes a moment

    enough = (between > 0) & (within > 0)
    thresholds = np.full(len(between), np.nan)
    thresholds[enough] = np.sqrt(betaincinv(between[enough] / 2, within[enough] / 2, 1.0 - level))
    return thresholds


def _measure(is_kind: bool) -> str:
    return "eta" if is_kind else "r"


def _number(value: float) -> float | None:
    """The number for JSON, which has no NaN."""
    return float(value) if np.isfinite(value) else None

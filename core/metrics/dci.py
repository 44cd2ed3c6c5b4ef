"""DCI: disentanglement, completeness and informativeness, read off which dimensions boosted trees need for each factor."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from core.metrics.factor_arrays import checked, draw_two, seeded, varying
from core.progress import Progress

TRAIN, TEST = 10_000, 5_000  # of the study in arXiv 1811.12359
STAGES = 100  # scikit-learn's default, which the study used
LITTLE = 1e-11  # added to each importance there, so that an unused dimension has an entropy


class DCI(NamedTuple):
    """Each 0 to 1, larger is better."""

    disentanglement: float  # each dimension matters for one factor only; NaN with a single factor
    completeness: float  # each factor needs one dimension only; NaN with a single dimension
    informativeness: float  # accuracy of the factors' prediction on test rows, mean over factors
    informativeness_train: float  # the same on the rows that were learned from


def dci(
    codes: np.ndarray,
    factors: np.ndarray,
    *,
    train: int = TRAIN,
    test: int = TEST,
    generator: np.random.Generator | None = None,
    progress: Progress | None = None,
) -> DCI:
    """Disentanglement, completeness, informativeness (Eastwood & Williams, ICLR 2018), as in disentanglement_lib (dci.py there).

    For each factor scikit-learn's gradient boosting with its default settings (100 stages of trees of depth 3) learns the
    factor's value from all dimensions; R (D, K) is how important it found each dimension. A dimension's disentanglement
    is 1 minus the entropy of its row of R in units of log K, a factor's completeness 1 minus that of its column in units
    of log D; both are averaged with the row's or column's share of R as weight. A factor with one value only is left out.

    Slow: one tree per value of each factor in each stage, so minutes for dSprites at the published numbers of rows.

    Args:
        codes: (N, D) posterior means.
        factors: (N, K) int.
        train: rows to learn from, drawn without replacement.
        test: other rows, to measure informativeness on. Where N is less than both together, all are used, in the same ratio.
        generator: draws the rows, and breaks ties between equally good splits; None = the same each time.
        progress: told how far, in stages; may raise Cancelled.

    Raises:
        DataError: shapes that don't fit, too few rows, or no factor that varies.
    """
    from sklearn.ensemble import GradientBoostingClassifier  # noqa: PLC0415 - takes seconds, and little else needs it

    codes, factors = checked(codes, factors)
    generator = seeded(generator)
    learn, measure = draw_two(len(codes), train, test, generator)
    chosen = varying(factors[learn])
    importance = np.empty((codes.shape[1], len(chosen)))
    accuracy = np.empty((2, len(chosen)))
    for place, k in enumerate(chosen):

        def report(stage: int, _model: Any, _values: Any, before: int = place * STAGES) -> bool:
            if progress:
                progress("DCI", before + stage, len(chosen) * STAGES)
            return False  # go on

        model = GradientBoostingClassifier(n_estimators=STAGES, random_state=int(generator.integers(2**31)))
        model.fit(codes[learn], factors[learn, k], monitor=report)
        importance[:, place] = model.feature_importances_
        for part, rows in enumerate((learn, measure)):
            accuracy[part, place] = (model.predict(codes[rows]) == factors[rows, k]).mean()
    if progress:
        progress("DCI", len(chosen) * STAGES, len(chosen) * STAGES)
    learned, held_out = accuracy.mean(axis=1)
    return DCI(disentanglement(importance), completeness(importance), float(held_out), float(learned))


def disentanglement(importance: np.ndarray) -> float:
    """How much each dimension is about one factor, from importances (D, K) >= 0; NaN for K = 1."""
    return _concentration(importance)


def completeness(importance: np.ndarray) -> float:
    """How much each factor is in one dimension, from importances (D, K) >= 0; NaN for D = 1."""
    return _concentration(importance.T)


def _concentration(importance: np.ndarray) -> float:
    """1 - entropy of each row in units of the log of its length, weighted by the rows' shares of the whole."""
    if importance.shape[1] < 2:
        return float("nan")
    share = importance + LITTLE
    share = share / share.sum(axis=1, keepdims=True)
    entropy = -(share * np.log(share)).sum(axis=1) / np.log(importance.shape[1])
    weight = importance.sum(axis=1) if importance.sum() > 0 else np.ones(len(importance))
    return float(((1.0 - entropy) * weight).sum() / weight.sum())

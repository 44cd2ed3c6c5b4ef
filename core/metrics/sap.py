"""SAP: by how much one dimension alone predicts a factor better than any other does."""

from __future__ import annotations

import numpy as np

from core.metrics.factor_arrays import checked, draw_two, gap, seeded, varying
from core.progress import Progress

TRAIN, TEST = 10_000, 5_000  # of the study in arXiv 1811.12359
PENALTY = 0.01  # C of the linear support vector machine there
LEAST_VARIANCE = 1e-12  # below it a dimension is unused


def sap(
    codes: np.ndarray,
    factors: np.ndarray,
    *,
    train: int = TRAIN,
    test: int = TEST,
    continuous: bool = False,
    generator: np.random.Generator | None = None,
    progress: Progress | None = None,
) -> float:
    """Separated attribute predictability (Kumar et al., arXiv 1711.00848), as in disentanglement_lib (sap_score.py there).

    For each dimension and factor a linear support vector machine (C = 0.01, values of a factor weighing equally) learns
    the factor's value from that one number; the score is its accuracy on other rows. SAP is the difference between the
    best and the second best dimension, averaged over the factors. A factor with one value only is left out.

    A useless dimension guesses right 1 time in n for a factor of n equally frequent values, so even perfect codes reach
    1 - 1/n at most; and with one linear function per value a machine can't separate more than about four values on a
    line, so that for ten of them perfect codes get about 0.1 (`benchmarks/measures.py`; docs/measures.md has the
    numbers).

    Args:
        codes: (N, D) posterior means.
        factors: (N, K) int.
        train: rows to learn from, drawn without replacement.
        test: other rows, to measure on. Where N is less than both together, all are used, in the same ratio.
        continuous: take the squared correlation of code and factor over `train` instead of a classifier's accuracy, as
            both sources do for continuous factors; perfect codes reach 1 with any number of values.
        generator: draws the rows; None = the same ones each time.
        progress: told how far, in pairs of dimension and factor; may raise Cancelled.

    Returns:
        0 to 1, NaN for a single dimension.

    Raises:
        DataError: shapes that don't fit, too few rows, or no factor that varies.
    """
    codes, factors = checked(codes, factors)
    learn, measure = draw_two(len(codes), train, test, seeded(generator))
    chosen = varying(factors[learn])
    scores = np.empty((codes.shape[1], len(chosen)))
    for d, column in enumerate(codes.T):
        for place, k in enumerate(chosen):
            if progress:
                progress("SAP", d * len(chosen) + place, scores.size)
            if continuous:
                scores[d, place] = _correlation(column[learn], factors[learn, k])
            else:
                scores[d, place] = _accuracy(column[:, None], factors[:, k], learn, measure)
    if progress:
        progress("SAP", scores.size, scores.size)
    return float(gap(scores).mean())


def _accuracy(x: np.ndarray, y: np.ndarray, learn: np.ndarray, measure: np.ndarray) -> float:
    """Accuracy of a linear support vector machine on x (N, 1), trained on the rows `learn`, on the rows `measure`."""
    from sklearn.svm import LinearSVC  # noqa: PLC0415 - takes seconds, and little else needs it

    # The primal problem has the same solution as the dual one that scikit-learn solved by default at the time of the
    # study, and reaches it without random numbers.
    machine = LinearSVC(C=PENALTY, class_weight="balanced", dual=False)
    machine.fit(x[learn], y[learn])
    return float((machine.predict(x[measure]) == y[measure]).mean())


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Squared correlation, 0 for an unused dimension."""
    table = np.cov(x, y)
    return float(table[0, 1] ** 2 / (table[0, 0] * table[1, 1])) if table[0, 0] > LEAST_VARIANCE else 0.0

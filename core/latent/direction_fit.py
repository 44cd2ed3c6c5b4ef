"""Fitting directions to labelled codes by four methods, and removing what a direction mustn't change."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.errors import ConfigError, DataError
from core.latent.directions import Direction
from core.latent.looks.visible import Looks, turned

METHODS = ("mean", "balanced", "logistic", "visible")
REAL_FACES = (1.0, 99.0)  # percentiles of the training pictures: the zone where real faces lie
MOST_VALUES = 16  # distinct values at most of a column to balance by
LOGISTIC_C = 0.002  # inverse strength of the penalty, on codes of unit variance: strong (see docs/directions.md)
RIDGE = 0.05  # of the mean variance, added to each dimension's, in regressions of a column on codes
SAME = 1e-5  # of the longest axis: near-duplicates among `keep` count once
LEAST_LEFT = 0.05  # of a direction's length must remain after others are removed from it


def chosen_method(method: str, balance: str) -> str:
    """The method to use: if none is named, the plain one, or the balanced one where there is a column to balance by.

    Args:
        method: one of METHODS; "" = not named.
        balance: the column's name; "" for none.

    Raises:
        ConfigError: there is a column, and the method doesn't balance.
    """
    method = method or ("balanced" if balance else "mean")
    if balance and method == "mean":
        raise ConfigError("The method mean balances nothing.", "Choose another method, or leave out the column to balance by.")
    return method


def fit(
    means: np.ndarray,
    positive: np.ndarray,
    name: str,
    *,
    method: str = "mean",
    balance: np.ndarray | None = None,
    balance_name: str = "",
    keep: Mapping[str, np.ndarray] | None = None,
    source: str = "",
    looks: Looks | None = None,
) -> Direction:
    """The direction from pictures without an attribute to pictures with it.

    `mean`: the difference of the class means (the course assignment's way). `balanced`: that difference within each
    value of another column, averaged with equal weight, so that the column's effect isn't included. `logistic`:
    the normal of a logistic regression with a strong quadratic penalty, both classes (and, where a column is given, its
    values) weighing equally: it leaves out what both classes share. `visible`: that normal, fitted on mirror images too
    if the model was trained on such, then turned to where the attribute shows in pictures (`core.latent.looks.visible`); of
    many pictures only a sample is used for both, but the positions along the direction are those of all pictures.

    Args:
        means: (N, D) posterior means of training pictures.
        positive: (N,) bool, or float with NaN where unknown.
        name: the attribute.
        method: one of METHODS.
        balance: (N,) the column to balance by; NaN where unknown.
        balance_name: its name.
        keep: name -> direction (D,) of what mustn't change (`probe` makes them): the result is orthogonal to each.
        source: which pictures, for people.
        looks: of the same pictures, or of a sample of them; `visible` needs them.

    Raises:
        DataError: a class without pictures, `balanced` without a column in which both classes occur, or nothing is left
            of the direction after removing `keep`.
    """
    if method not in METHODS:
        raise DataError(f"There is no method {method!r}.", f"Choose one of: {', '.join(METHODS)}.")
    if method == "balanced" and balance is None:
        raise DataError("The method balanced needs a column to balance by.", "Add --balance COLUMN, for example male.")
    labels = np.asarray(positive, np.float32)
    known = ~np.isnan(labels)
    if balance is not None:
        known &= ~np.isnan(balance)
        balance = balance[known]
    means, mask = means[known], labels[known] > 0.5
    if not mask.any() or mask.all():
        missing = "with" if not mask.any() else "without"
        raise DataError(f"No training picture {missing} {name!r} is known.", "Both kinds are needed for a direction.")
    looks = looks.of(known) if looks is not None else None
    plain = means[mask].mean(axis=0) - means[~mask].mean(axis=0)
    along = plain
    if method != "mean":
        sampled = looks.places if method == "visible" and looks is not None else None
        used = np.arange(len(means)) if sampled is None else sampled
        weights = _weights(mask[used], None if balance is None else balance[used], balance_name)
        along = _normal(means[used], mask[used], weights, method, looks)
    unit = _without(along, keep or {}, name).astype(np.float32)
    positions = means @ unit
    low, high = np.percentile(positions, REAL_FACES)
    return Direction(
        name=name,
        unit=unit,
        mean_with=float(positions[mask].mean()),
        mean_without=float(positions[~mask].mean()),
        low=float(low),
        high=float(high),
        difference=plain.astype(np.float32),
        method=method,
        source=source,
        balance=balance_name if method != "mean" and balance is not None else "",
        kept=tuple(keep or ()),
    )


def probe(means: np.ndarray, column: np.ndarray, within: np.ndarray) -> np.ndarray | None:
    """The direction that predicts a column from codes within each class: linear regression with a small penalty.

    A move orthogonal to it leaves the column's linear estimate as it is.

    Args:
        means: (N, D).
        column: (N,) numbers, NaN where unknown.
        within: (N,) bool, the attribute whose own effect is left out; NaN (as float) where unknown.

    Returns:
        (D,) of length 1; None where the column or the codes don't vary.
    """
    labels = np.asarray(within, np.float32)
    known = ~np.isnan(column) & ~np.isnan(labels)
    codes, values, mask = means[known].astype(np.float64), column[known].astype(np.float64), labels[known] > 0.5
    for rows in (mask, ~mask):
        if rows.any():
            codes[rows] -= codes[rows].mean(axis=0)
            values[rows] -= values[rows].mean()
    if len(values) < 2 or not np.abs(values).max() > 1e-9:
        return None
    squares = codes.T @ codes
    if not squares.any():
        return None
    penalty = RIDGE * float(np.trace(squares)) / len(squares)
    coefficients = np.linalg.solve(squares + penalty * np.eye(len(squares)), codes.T @ values)
    length = float(np.linalg.norm(coefficients))
    return (coefficients / length).astype(np.float32) if length > 0 else None


def share_along(unit: np.ndarray, other: np.ndarray) -> float:
    """How much of a direction lies along another one: the share of its squared length, 0 to 1; both (D,) of length 1."""
    return float(np.clip(unit @ other, -1.0, 1.0) ** 2)


def _weights(mask: np.ndarray, balance: np.ndarray | None, name: str) -> np.ndarray:
    """A weight for each picture (N,): both classes count equally within each value of a column, and so do the values."""
    values = np.zeros(len(mask)) if balance is None else balance
    levels = np.unique(values)
    if len(levels) > MOST_VALUES:
        raise DataError(f"The column {name!r} has {len(levels)} values.", "Balance by one of few values, such as 0 and 1.")
    weights = np.zeros(len(mask))
    for value in levels:
        rows = values == value
        if (rows & mask).any() and (rows & ~mask).any():
            for part in (rows & mask, rows & ~mask):
                weights[part] = 1.0 / part.sum()
    if not weights.any():
        raise DataError(f"No value of {name!r} occurs both with and without the attribute.", "Balance by another column.")
    return weights / weights.sum()


def _normal(means: np.ndarray, mask: np.ndarray, weights: np.ndarray, method: str, looks: Looks | None) -> np.ndarray:
    """The direction of a method from weighted pictures, (D,), of any length."""
    if method == "balanced":
        with_it, without = (weights * rows for rows in (mask, ~mask))
        return np.asarray(with_it @ means / with_it.sum() - without @ means / without.sum())
    if method == "logistic":
        return _logistic(means, mask, weights)
    assert looks is not None, "the method visible needs looks"
    codes = means if looks.mirrored is None else np.concatenate([means, looks.mirrored])
    copies = len(codes) // len(means)
    return turned(_logistic(codes, np.tile(mask, copies), np.tile(weights, copies) / copies), looks, mask, weights)


def _logistic(means: np.ndarray, mask: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The normal of a logistic regression, (D,)."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - takes a second, and the other methods don't need it

    used = weights > 0
    means = means.astype(np.float64)  # in float32 the search ends elsewhere on each machine, by 5e-5 of a unit vector
    spread = float(means[used].std(axis=0).mean()) or 1.0
    regression = LogisticRegression(C=LOGISTIC_C, max_iter=1000, tol=1e-8)
    regression.fit(means[used] / spread, mask[used], sample_weight=weights[used] * used.sum())
    return np.asarray(regression.coef_[0])


def _without(along: np.ndarray, keep: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """The unit vector that remains of a direction after others are removed from it."""
    length = float(np.linalg.norm(along))
    if not length > 0:
        raise DataError(f"The pictures with and without {name!r} have the same mean code.", "Train the model first.")
    left = np.asarray(along, np.float64) / length
    if keep:
        axes, lengths, _ = np.linalg.svd(np.stack(list(keep.values()), axis=1).astype(np.float64), full_matrices=False)
        basis = axes[:, lengths > SAME * lengths[0]]
        left = left - basis @ (basis.T @ left)
    remaining = float(np.linalg.norm(left))
    if remaining < LEAST_LEFT:
        listed = ", ".join(keep)
        raise DataError(f"Nothing is left of {name!r} once {listed} is taken out of it.", "Keep fewer of them.")
    return left / remaining

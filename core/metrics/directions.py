"""How far to trust a direction."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.data.dataset import FaceData
from core.latent.codes import encode_rows
from core.latent.directions import Direction, fit, with_score
from core.latent.engine import LatentEngine

Progress = Callable[[str, int, int], None]


def auc(positions: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve: the chance that a picture with the attribute lies further along than one without.

    Args:
        positions: (N,) along the direction.
        positive: (N,) bool.

    Returns:
        0.5 for chance, 1 for perfect; NaN where one of the groups is empty.
    """
    count, others = int(positive.sum()), int((~positive).sum())
    if not count or not others:
        return float("nan")
    _, inverse, ties = np.unique(positions, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(ties) - (ties - 1) / 2.0)[inverse]  # the mean rank within ties, from 1
    return float((ranks[positive].sum() - count * (count + 1) / 2.0) / (count * others))


def fit_and_score(
    engine: LatentEngine,
    data: FaceData,
    attribute: str,
    *,
    method: str = "mean",
    balance: str = "",
    limit: int = 0,
    progress: Progress | None = None,
) -> Direction:
    """Fit a direction on the training part of a data set and score it on the validation part.

    Args:
        engine: the model.
        data: pictures framed for that model.
        attribute: a class or a column; "smile" is the positive class.
        method: see core.latent.directions.fit.
        balance: the column for `balanced`.
        limit: at most so many pictures of each part (a seeded choice); 0 = all.
        progress: told how far; may raise Cancelled.

    Raises:
        DataError: an unknown attribute or column, or a class without pictures.
    """
    labels = data.attribute(attribute)
    if attribute not in data.attribute_names():  # as the data spell it: one attribute has one direction
        attribute = next(name for name in data.attribute_names() if name.lower() == attribute.lower())
    column = data.attribute(balance) if balance else None
    train, valid = _choice(data.split.train, limit), _choice(data.split.valid, limit)
    means = encode_rows(engine, data.images, train, progress).mean
    direction = fit(
        means,
        labels[train],
        attribute,
        method=method,
        balance=None if column is None else column[train],
        balance_name=balance,
        source=f"{len(train):,} training pictures of {data.index.name}",
    )
    known = valid[~np.isnan(labels[valid])]
    held_out = encode_rows(engine, data.images, known, progress).mean
    return with_score(direction, auc(direction.position(held_out), labels[known] > 0.5), len(known), engine.id)


def _choice(rows: np.ndarray, limit: int) -> np.ndarray:
    """At most `limit` of the rows, the same ones each time."""
    if not limit or len(rows) <= limit:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, limit, replace=False))

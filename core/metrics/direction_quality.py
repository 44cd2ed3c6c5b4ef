"""How far to trust a direction: its score on held-out pictures, its stability, and what else lies along it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from core.data.dataset import FaceData
from core.errors import DataError
from core.latent.data_codes import encode_rows, given_by
from core.latent.direction_fit import fit, share_along
from core.latent.directions import Direction, with_score
from core.latent.instrument import Instrument, that_adds
from core.latent.looked_up import VECTORS
from core.latent.looks.small_pictures import look_at
from core.metrics.confounds import confound_names, find_confounds, told_once
from core.progress import Progress

RESAMPLES = 20  # bootstraps for the stability


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
    engine: Instrument,
    data: FaceData,
    attribute: str,
    *,
    method: str = "mean",
    balance: str = "",
    keep: Sequence[str] = (),
    limit: int = 0,
    thorough: bool = False,
    progress: Progress | None = None,
) -> Direction:
    """Fit a direction on the training part of a data set and score it on the validation part.

    Args:
        engine: the model, which can MOVE.
        data: pictures framed for that model.
        attribute: a class or a column; "smile" is the positive class.
        method: see core.latent.direction_fit.fit.
        balance: the column to balance by.
        keep: what the direction mustn't change; of `confound_names`.
        limit: at most so many pictures of each part (a seeded choice); 0 = all.
        thorough: also measure its stability and what lies along it, which takes some seconds.
        progress: told how far; may raise Cancelled.

    Raises:
        DataError: an unknown attribute or column, or a class without pictures.
    """
    engine = that_adds(engine)
    labels = data.attribute(attribute)
    attribute = data.attribute_called(attribute)  # spelled as in the data, so that an attribute has only one direction
    column = data.attribute(balance) if balance else None
    labelled = ~np.isnan(labels) if column is None else ~np.isnan(labels) & ~np.isnan(column)
    names = _known(keep, confound_names(data, attribute))
    train, valid = (_choice(rows, limit) for rows in (data.split.train[labelled[data.split.train]], data.split.valid))
    if not len(train):
        raise DataError(f"The labels say {attribute!r} of no training picture.", "A direction needs pictures with it and without.")
    given = given_by(engine, data)
    means = encode_rows(engine, data.images, train, progress, given).mean
    confounds = find_confounds(engine, data, train, means, attribute, progress) if thorough or names else {}
    for name in names:
        if name not in confounds:
            raise DataError(f"{name!r} is the same in all these pictures.", "Leave it out of what is kept.")
    held = {name: confounds[name] for name in names}
    looks = look_at(engine, data.images, train, means, labels[train], progress, given) if method == "visible" else None

    def fitted(rows: np.ndarray) -> Direction:
        return fit(
            means[rows],
            labels[train[rows]],
            attribute,
            method=method,
            balance=None if column is None else column[train[rows]],
            balance_name=balance,
            keep=held,
            source=f"{len(train):,} {'' if labelled.all() else 'labelled '}training pictures of {data.index.name}",
            looks=None if looks is None else looks.of(rows),
        )

    direction = fitted(np.arange(len(train)))
    known = valid[~np.isnan(labels[valid])]
    held_out = encode_rows(engine, data.images, known, progress, given).mean
    direction = with_score(direction, auc(direction.position(held_out), labels[known] > 0.5), len(known), engine.id)
    direction = replace(direction, space=VECTORS if VECTORS in engine.spaces else "")
    if not thorough:
        return direction
    persons = None if data.index.persons is None else data.index.persons[train]
    return replace(
        direction,
        stability=stability(fitted, direction.unit, persons, len(train), progress),
        shares={
            name: round(share_along(direction.unit, unit), 4) for name, unit in told_once(confounds, data.own_attribute).items()
        },
    )


def stability(
    fitted: Callable[[np.ndarray], Direction],
    unit: np.ndarray,
    groups: np.ndarray | None,
    count: int,
    progress: Progress | None = None,
) -> float:
    """The mean cosine between a direction and the same fitted on resampled pictures (Efron's bootstrap).

    Args:
        fitted: fits the direction to some rows.
        unit: (D,) of all rows.
        groups: (N,) persons, whose pictures are drawn together; None = each picture by itself.
        count: N.
        progress: told how far; may raise Cancelled.

    Returns:
        1 = the same each time; NaN where resampling leaves only one kind of picture.
    """
    rng = np.random.default_rng(0)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)] if groups is not None else None
    cosines = []
    for number in range(RESAMPLES):
        if progress:
            progress("Fitting it again, to see how steady it is", number, RESAMPLES)
        if members is None:
            rows = rng.integers(0, count, count)
        else:
            rows = np.concatenate([members[one] for one in rng.integers(0, len(members), len(members))])
        try:
            cosines.append(float(fitted(rows).unit @ unit))
        except DataError:  # by chance all of one class
            continue
    if progress:
        progress("Fitting it again, to see how steady it is", RESAMPLES, RESAMPLES)
    return float(np.mean(cosines)) if cosines else float("nan")


def _known(keep: Sequence[str], names: list[str]) -> list[str]:
    """The names to keep, as the data spell them. Raises DataError."""
    spelled = {name.lower(): name for name in names}
    for name in keep:
        if name.lower() not in spelled:
            raise DataError(f"There is no {name!r} to keep.", f"Choose of: {', '.join(names)}.")
    return list(dict.fromkeys(spelled[name.lower()] for name in keep))


def _choice(rows: np.ndarray, limit: int) -> np.ndarray:
    """At most `limit` of the rows, the same ones each time."""
    if not limit or len(rows) <= limit:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, limit, replace=False))

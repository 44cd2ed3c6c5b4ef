"""Directions in the latent: fitted from labelled codes, and moved along in percent that mean something."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.errors import CheckpointError, DataError

METHODS = ("mean", "balanced")
LEAST_SHARE = 0.25  # of the classes' distance: a face already past its goal still moves that far (AMOUNT of the command line)
REAL_FACES = (1.0, 99.0)  # percentiles of the training pictures: the zone where real faces lie


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """A named direction of one checkpoint's latent."""

    name: str
    unit: np.ndarray  # (D,) float32, length 1
    mean_with: float  # m+: mean position along `unit` of training pictures with the attribute
    mean_without: float  # m-
    low: float  # the zone of real faces along `unit`
    high: float
    difference: np.ndarray  # (D,) plain difference of class means, for --coefficient
    method: str
    source: str  # for people: which pictures
    balance: str = ""  # the column whose values weigh equally
    auc: float = float("nan")  # on pictures that the fit didn't see
    held_out: int = 0  # how many those were
    checkpoint_id: str = ""

    def position(self, z: np.ndarray) -> np.ndarray:
        """Where codes (..., D) lie along the direction."""
        return z @ self.unit

    def for_checkpoint(self, checkpoint_id: str) -> Direction:
        """The direction itself, once it belongs to that checkpoint.

        Raises:
            CheckpointError: it was fitted on other weights.
        """
        if self.checkpoint_id != checkpoint_id:
            raise CheckpointError(f"The direction {self.name!r} belongs to another model.", "Fit it on this one.")
        return self

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        values = {name: getattr(self, name) for name in self.__slots__}
        for name in ("unit", "difference"):
            values[name] = [round(float(v), 7) for v in values[name]]
        values["auc"] = None if np.isnan(self.auc) else self.auc
        return values


def from_dict(values: dict[str, Any]) -> Direction:
    """A direction as `to_dict` wrote it.

    Raises:
        CheckpointError: keys missing or of a wrong kind.
    """
    try:
        made = {name: values[name] for name in Direction.__slots__}
        made["unit"] = np.asarray(made["unit"], np.float32)
        made["difference"] = np.asarray(made["difference"], np.float32)
        made["auc"] = float("nan") if made["auc"] is None else float(made["auc"])
        return Direction(**made)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"A direction can't be read: {error!r} is missing or wrong.", "Fit it again.") from None


def fit(
    means: np.ndarray,
    positive: np.ndarray,
    name: str,
    *,
    method: str = "mean",
    balance: np.ndarray | None = None,
    balance_name: str = "",
    source: str = "",
) -> Direction:
    """The direction from pictures without an attribute to pictures with it.

    `mean`: the difference of the class means (the course assignment's way). `balanced`: that difference within each
    value of another column, averaged with equal weight, so that what the column names doesn't come along.

    Args:
        means: (N, D) posterior means of training pictures.
        positive: (N,) bool, or float with NaN where unknown.
        name: the attribute.
        method: one of METHODS.
        balance: (N,) the column for `balanced`; NaN where unknown.
        balance_name: its name.
        source: which pictures, for people.

    Raises:
        DataError: a class without pictures, or `balanced` without a column in which both classes occur.
    """
    if method not in METHODS:
        raise DataError(f"There is no method {method!r}.", f"Choose one of: {', '.join(METHODS)}.")
    labels = np.asarray(positive, np.float32)
    known = ~np.isnan(labels)
    if balance is not None:
        known &= ~np.isnan(balance)
        balance = balance[known]
    means, mask = means[known], labels[known] > 0.5
    if not mask.any() or mask.all():
        missing = "with" if not mask.any() else "without"
        raise DataError(f"No training picture {missing} {name!r} is known.", "Both kinds are needed for a direction.")
    plain = means[mask].mean(axis=0) - means[~mask].mean(axis=0)
    if method == "balanced":
        if balance is None:
            raise DataError("The method balanced needs a column to balance by.", "Add --balance COLUMN, for example male.")
        along = _balanced_difference(means, mask, balance, balance_name)
    else:
        along = plain
    length = float(np.linalg.norm(along))
    if not length > 0:
        raise DataError(f"The pictures with and without {name!r} have the same mean code.", "Train the model first.")
    unit = (along / length).astype(np.float32)
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
        balance=balance_name if method == "balanced" else "",
    )


def _balanced_difference(means: np.ndarray, mask: np.ndarray, column: np.ndarray, name: str) -> np.ndarray:
    """The class difference within each value of a column, averaged with equal weight."""
    values = np.unique(column)
    if len(values) > 16:
        raise DataError(f"The column {name!r} has {len(values)} values.", "Balance by one of few values, such as 0 and 1.")
    inside = [column == value for value in values]
    differences = [
        means[rows & mask].mean(axis=0) - means[rows & ~mask].mean(axis=0)
        for rows in inside
        if (rows & mask).any() and (rows & ~mask).any()
    ]
    if not differences:
        raise DataError(f"No value of {name!r} occurs both with and without the attribute.", "Balance by another column.")
    return np.mean(differences, axis=0)


def with_score(direction: Direction, auc: float, held_out: int, checkpoint_id: str) -> Direction:
    """The direction with its held-out score and its model's id."""
    return replace(direction, auc=auc, held_out=held_out, checkpoint_id=checkpoint_id)


def move(z: np.ndarray, direction: Direction, percent: float) -> np.ndarray:
    """Codes (..., D) moved by AMOUNT percent: 100 puts them where the average picture with the attribute lies,

    -100 where the average one without it does, 0 leaves them as they are; a code already beyond moves by a quarter of
    the distance between the two averages.
    """
    position = direction.position(z)[..., None]
    least = LEAST_SHARE * abs(direction.mean_with - direction.mean_without)
    if percent >= 0:
        way = np.maximum(direction.mean_with - position, least)
    else:
        way = np.maximum(position - direction.mean_without, least)
    return (z + (percent / 100.0) * way * direction.unit).astype(np.float32)


def percent_at(z: np.ndarray, direction: Direction, position: float) -> float:
    """The AMOUNT that takes a code (D,) to a position along the direction: where a slider draws that place."""
    here = float(direction.position(z))
    least = LEAST_SHARE * abs(direction.mean_with - direction.mean_without)
    if position >= here:
        return 100.0 * (position - here) / max(direction.mean_with - here, least)
    return -100.0 * (here - position) / max(here - direction.mean_without, least)


def move_by_coefficient(z: np.ndarray, direction: Direction, coefficient: float) -> np.ndarray:
    """Codes (..., D) plus `coefficient` times the plain difference of class means (the assignment's way)."""
    return (z + coefficient * direction.difference).astype(np.float32)

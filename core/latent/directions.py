"""Directions in the latent, and moving along them in meaningful percentages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from core.errors import CheckpointError, ConfigError

LEAST_SHARE = 0.25  # of the classes' distance: a face already past its goal still moves that far (AMOUNT of the command line)
ADDED_LATER = ("kept", "stability", "shares", "space", "label")  # a direction stored by an older version lacks them

LARGEST = 100_000.0  # percent, or multiples of the difference of the means: far beyond any face

Move = Callable[[np.ndarray], np.ndarray]  # codes (..., D) -> codes


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
    kept: tuple[str, ...] = ()  # what was removed from it, so that edits don't change that
    stability: float = float("nan")  # mean cosine between `unit` and fits on resampled pictures; 1 = always the same
    shares: Mapping[str, float] = field(default_factory=dict)  # how much of it is brightness, pose, another attribute: 0 to 1
    space: str = ""  # where the codes lie that it moves, as the model's family names it; "": the model's first space
    label: str = ""  # what a person calls it, where that isn't `name`: edits, retouchers and fits know it by its name

    @property
    def shown_name(self) -> str:
        """What people see: the label, or else the name."""
        return self.label or self.name

    def shown_as(self, name: str) -> Direction:
        """The same direction, called something else by people."""
        return replace(self, label="" if name == self.name else name)

    def position(self, z: np.ndarray) -> np.ndarray:
        """Where codes (..., D) lie along the direction."""
        return z @ self.unit

    def for_checkpoint(self, checkpoint_id: str) -> Direction:
        """The direction itself, if it belongs to that checkpoint.

        Raises:
            CheckpointError: it was fitted on other weights.
        """
        if self.checkpoint_id != checkpoint_id:
            raise CheckpointError(f"The direction {self.name!r} belongs to another model.", "Fit it on this one.")
        return self

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; `space` is left out where it is the first one, `label` where there is none."""
        values = {name: getattr(self, name) for name in self.__slots__ if name not in ("space", "label") or getattr(self, name)}
        for name in ("unit", "difference"):
            values[name] = [round(float(v), 7) for v in values[name]]
        for name in ("auc", "stability"):
            values[name] = None if math.isnan(values[name]) else values[name]
        values["kept"] = list(self.kept)
        values["shares"] = dict(self.shares)
        return values


def from_dict(values: Mapping[str, Any]) -> Direction:
    """A direction as `to_dict` wrote it.

    Raises:
        CheckpointError: keys missing or of a wrong kind.
    """
    try:
        arguments = {one.name: values[one.name] for one in fields(Direction) if one.name in values or one.name not in ADDED_LATER}
        for name in ("unit", "difference"):
            arguments[name] = np.asarray(arguments[name], np.float32)
        for name in ("auc", "stability"):
            if name in arguments:
                arguments[name] = float("nan") if arguments[name] is None else float(arguments[name])
        arguments["kept"] = tuple(str(name) for name in arguments.get("kept", ()))
        for name in ("space", "label"):
            arguments[name] = str(arguments.get(name, ""))
        arguments["shares"] = {str(name): float(share) for name, share in dict(arguments.get("shares", {})).items()}
        direction = Direction(**arguments)
        wrong = _what_is_wrong(direction)
    except KeyError as error:
        wrong = f"{error.args[0]} is missing"
    except (TypeError, ValueError, AttributeError, OverflowError):
        wrong = "a value is of a wrong kind"
    if wrong:
        raise CheckpointError(f"A direction can't be read: {wrong}.", "Fit it again.")
    return direction


def _what_is_wrong(direction: Direction) -> str:
    """Why this can't be a fitted direction; "" if it can."""
    numbers = (direction.mean_with, direction.mean_without, direction.low, direction.high)
    if direction.unit.ndim != 1 or direction.unit.shape != direction.difference.shape:
        return "its vectors don't fit each other"
    if not (np.isfinite(direction.unit).all() and np.isfinite(direction.difference).all() and all(map(math.isfinite, numbers))):
        return "a number isn't finite"
    if not 0.99 < float(np.linalg.norm(direction.unit)) < 1.01:
        return "its vector isn't of length 1"
    return ""


def with_score(direction: Direction, auc: float, held_out: int, checkpoint_id: str) -> Direction:
    """The direction with its held-out score and its model's id."""
    return replace(direction, auc=auc, held_out=held_out, checkpoint_id=checkpoint_id)


def move(z: np.ndarray, direction: Direction, percent: float) -> np.ndarray:
    """Codes (..., D) moved by AMOUNT percent: 100 puts them where the average picture with the attribute lies,

    -100 where the average one without it does, 0 leaves them as they are; a code already beyond moves by a quarter of
    the distance between the two averages.
    """
    return np.asarray(z + way(direction.position(z)[..., None], direction, percent) * direction.unit, np.float32)


def way(position: np.ndarray, direction: Direction, percent: float) -> np.ndarray:
    """How far along a direction AMOUNT percent takes codes that lie at some positions (...); negative for a way back."""
    least = LEAST_SHARE * abs(direction.mean_with - direction.mean_without)
    if percent >= 0:
        whole = np.maximum(direction.mean_with - position, least)
    else:
        whole = np.maximum(position - direction.mean_without, least)
    return np.asarray((percent / 100.0) * whole)


def share_of_way(z: np.ndarray, direction: Direction) -> float:
    """How far 100 % takes a code (D,), as a share of the distance between the averages of pictures without and with it.

    Little for a picture that lies far along the direction already, be it because it has the attribute, or because the
    direction mixes it with other things that the picture has.
    """
    between = abs(direction.mean_with - direction.mean_without)
    way = max(direction.mean_with - float(direction.position(z)), LEAST_SHARE * between)
    return way / between if between > 0.0 else 1.0


def percent_at(z: np.ndarray, direction: Direction, position: float) -> float:
    """The AMOUNT that takes a code (D,) to a position along the direction, for marks on a slider."""
    here = float(direction.position(z))
    least = LEAST_SHARE * abs(direction.mean_with - direction.mean_without)
    if position >= here:
        return 100.0 * (position - here) / max(direction.mean_with - here, least)
    return -100.0 * (here - position) / max(here - direction.mean_without, least)


def move_by_coefficient(z: np.ndarray, direction: Direction, coefficient: float) -> np.ndarray:
    """Codes (..., D) plus `coefficient` times the plain difference of class means (the assignment's way)."""
    return (z + coefficient * direction.difference).astype(np.float32)


def must_be_amount(value: float) -> None:
    """Raises ConfigError where a value is no number, or too large for an amount in percent or a coefficient."""
    if not abs(value) <= LARGEST:
        raise ConfigError(f"{value} is no amount.", f"Write a number up to {LARGEST:g}, for example 60.")


@dataclass(frozen=True, slots=True)
class Part:
    """One direction of an edit, and how far it goes: AMOUNT in percent, or a multiple of the difference of the means."""

    direction: Direction
    kind: str  # "amount" or "coefficient"
    value: float

    def moved(self, z: np.ndarray) -> np.ndarray:
        """Codes (..., D) moved by this part alone."""
        return (move if self.kind == "amount" else move_by_coefficient)(z, self.direction, self.value)


def move_by(parts: Sequence[Part]) -> Move:
    """A function that moves codes (..., D) along several directions, each from the original face, as the window's sliders do."""
    if len(parts) == 1:
        return parts[0].moved
    return lambda z: np.asarray(sum((part.moved(z) - z for part in parts), start=z), np.float32)

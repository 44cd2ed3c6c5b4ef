"""The events of a run: one frozen dataclass each, sent as one JSON line; and the commands that a run obeys."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

VERSION = 1
MOST = 2**53  # of a count: larger whole numbers are inexact in some JSON parsers
MOST_DIMENSIONS = 2**16  # of a latent that an epoch reports numbers for
MOST_NUMBERS = 64  # of a family's own, beside those of the two parts


@dataclass(frozen=True, slots=True)
class RunStarted:
    run: str  # the run folder
    config: dict[str, Any]
    data: dict[str, Any]  # images, classes, train, valid, fingerprint
    device: str
    precision: str
    parameters: int
    threads: int
    epoch: int  # epochs done before, 0 for a new run
    pid: int
    program: str = ""  # the version that trains; older ones didn't say


@dataclass(frozen=True, slots=True)
class Step:
    epoch: int  # counted from 1
    epochs: int
    step: int  # counted from 1 within the epoch
    steps: int
    loss: float  # what is minimised, over this batch
    images_per_second: float  # over the last steps
    numbers: dict[str, float] = field(default_factory=dict)  # the family's others, over this batch; on the line beside the rest
    phase: str = ""


@dataclass(frozen=True, slots=True)
class EpochFinished:
    epoch: int
    epochs: int
    seconds: float
    images_per_second: float  # training pictures over the whole epoch's wall time
    train: dict[str, float]  # what the family's metrics declare (core.families), over the training pictures
    valid: dict[str, float]  # the same over the validation pictures
    learning_rate: float
    preview: str  # path of the picture
    numbers: dict[str, float] = field(default_factory=dict)  # metrics of the whole model; on the line beside the rest
    per_axis: dict[str, tuple[float, ...]] = field(default_factory=dict)  # metrics of each axis of the code; likewise
    phase: str = ""  # of the run, where it has several


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    path: str
    best: bool
    epoch: int


@dataclass(frozen=True, slots=True)
class Log:
    message: str
    matters: bool = False  # the window says it as a message, not only where the run is looked at


@dataclass(frozen=True, slots=True)
class RunFinished:
    stopped: bool  # before the last epoch, because somebody asked
    epoch: int
    seconds: float
    note: str = ""  # what of the model is missing all the same, and how to have it


@dataclass(frozen=True, slots=True)
class RunFailed:
    message: str
    hint: str


Event = RunStarted | Step | EpochFinished | CheckpointSaved | Log | RunFinished | RunFailed
_TYPES: tuple[type, ...] = (RunStarted, Step, EpochFinished, CheckpointSaved, Log, RunFinished, RunFailed)


def event_name(kind: type) -> str:
    """`EpochFinished` -> `epoch_finished`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


_BY_NAME = {event_name(kind): kind for kind in _TYPES}


def encode(event: Event, at: float | None = None) -> str:
    """One JSON line (no newline). Non-finite numbers become null.

    Args:
        event: what happened.
        at: seconds since the epoch; now if None.
    """
    head = {"v": VERSION, "event": event_name(type(event)), "time": round(time.time() if at is None else at, 3)}
    values = dataclasses.asdict(event)
    for part in _BESIDE:
        values = values.pop(part, {}) | values
    if not values.get("phase", "-"):
        del values["phase"]
    if not values.get("matters", True):
        del values["matters"]
    text = json.dumps(head | finite(values), ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")  # keeps paths that aren't valid text writable


def decode(line: str) -> Event | None:
    """The event of a line, or None where the line is no event of this version.

    Unknown names, versions and keys are passed over, so that an older window can read a newer run. The line may come from
    anywhere, and every field of an event is of its type: a measured number of a wrong type, or not finite, becomes NaN,
    and a text of a wrong type becomes empty; if anything else is missing or of a wrong type, the line is no event.
    """
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict) or values.get("v") != VERSION:
        return None
    name = values.get("event")
    kind = _BY_NAME.get(name) if isinstance(name, str) else None
    if kind is None:
        return None
    fields = [one for one in _FIELDS[kind] if one.name not in _BESIDE]
    try:
        known = {one.name: _READ[str(one.type)](values[one.name]) for one in fields if one.name in values or _required(one)}
        known |= _beside(values, {one.name for one in _FIELDS[kind]})
    except (KeyError, TypeError):
        return None
    event: Event = kind(**known)
    return event


def _beside(values: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """A family's own numbers, found on the line beside the fields that every family has.

    Raises:
        TypeError: there are too many, or one has too many axes.
    """
    if "numbers" not in names:
        return {}
    others = {key: value for key, value in values.items() if key not in names and key not in _HEAD}
    numbers = {key: amount(value) for key, value in others.items() if value is None or type(value) in (int, float)}
    per_axis = {key: _amounts_in_order(value) for key, value in others.items() if isinstance(value, list)}
    if len(numbers) + len(per_axis) > MOST_NUMBERS:
        raise TypeError
    return {"numbers": numbers} | ({"per_axis": per_axis} if "per_axis" in names else {})


def newer_program(line: str) -> str | None:
    """The program that wrote a line of a newer version of events, "" where the line doesn't name it; None for any other line."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    version = values.get("v") if isinstance(values, dict) else None
    if type(version) is not int or version <= VERSION:
        return None
    return _text(values.get("program"))


def count_or(value: Any, otherwise: int) -> int:
    """A count from JSON, or `otherwise` where there is none."""
    return value if type(value) is int and 0 <= value < MOST else otherwise  # true and false are no counts


def amount(value: Any) -> float:
    """A measured number from JSON, NaN where there is none or it isn't finite."""
    if type(value) is not float and type(value) is not int:
        return math.nan
    try:
        return float(value) if math.isfinite(value) else math.nan
    except OverflowError:  # a whole number too large for a float
        return math.nan


def _required(one: dataclasses.Field[Any]) -> bool:
    return one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING


def _text(value: Any) -> str:
    """The text with undecodable bytes of file names kept (as Python's surrogates); other lone surrogates are replaced."""
    if not isinstance(value, str):
        return ""
    if value.isascii():
        return value
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_half(letter) else letter for letter in value)


def _is_half(letter: str) -> bool:
    return "\ud800" <= letter <= "\udfff" and not "\udc80" <= letter <= "\udcff"


def _count(value: Any) -> int:
    count = count_or(value, -1)
    if count < 0:
        raise TypeError
    return count


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _amounts(value: Any) -> dict[str, float]:
    return {name: amount(number) for name, number in _object(value).items()}


def _amounts_in_order(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) > MOST_DIMENSIONS:
        raise TypeError
    return tuple(map(amount, value))


_HEAD = ("v", "event", "time", "program")
_BESIDE = ("numbers", "per_axis")
_FIELDS = {kind: dataclasses.fields(kind) for kind in _TYPES}
_READ: dict[str, Callable[[Any], Any]] = {  # by the annotation, as a string
    "int": _count,
    "float": amount,
    "str": _text,
    "bool": _flag,
    "dict[str, Any]": _object,
    "dict[str, float]": _amounts,
    "tuple[float, ...]": _amounts_in_order,
}


def finite(value: Any) -> Any:
    """JSON has no NaN: replace non-finite floats by None, deep."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value

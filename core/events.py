"""What a run says: one frozen dataclass an event, one JSON line each, and the commands that it listens to."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import time
from dataclasses import dataclass
from typing import Any

VERSION = 1


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


@dataclass(frozen=True, slots=True)
class Step:
    epoch: int  # counted from 1
    epochs: int
    step: int  # counted from 1 within the epoch
    steps: int
    loss: float  # nats per image, this batch
    reconstruction: float
    kl: float
    images_per_second: float  # over the last steps


@dataclass(frozen=True, slots=True)
class EpochFinished:
    epoch: int
    epochs: int
    seconds: float
    images_per_second: float  # training pictures over the whole epoch's wall time
    train: dict[str, float]  # loss, reconstruction, kl: nats per image
    valid: dict[str, float]  # the same, and psnr in dB
    active_units: int
    kl_per_dim: tuple[float, ...]  # validation, nats
    beta: float
    learning_rate: float
    preview: str  # path of the picture: 8 validation pictures over their reconstructions


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    path: str
    best: bool
    epoch: int


@dataclass(frozen=True, slots=True)
class Log:
    message: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    stopped: bool  # before the last epoch, because somebody asked
    epoch: int
    seconds: float


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
    text = json.dumps(head | finite(dataclasses.asdict(event)), ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")  # a path that isn't valid text stays writable


def decode(line: str) -> Event | None:
    """The event of a line, or None where the line is no event of this version.

    Unknown names, versions and keys are passed over, so that an older window can read a newer run.
    """
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict) or values.get("v") != VERSION:
        return None
    kind = _BY_NAME.get(str(values.get("event")))
    if kind is None:
        return None
    fields = {f.name for f in dataclasses.fields(kind)}
    if not fields <= values.keys():
        return None
    made = {name: values[name] for name in fields}
    if "kl_per_dim" in made:
        if not isinstance(made["kl_per_dim"], list):
            return None
        made["kl_per_dim"] = tuple(made["kl_per_dim"])
    event: Event = kind(**made)
    return event


def finite(value: Any) -> Any:
    """JSON has no NaN: replace non-finite floats by None, deep."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value

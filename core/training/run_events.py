"""The events that a run has recorded, from a file that may be half written or hold garbage. Imports nothing heavy."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.events import EpochFinished, Event, RunStarted, decode

EVENTS_NAME = "events.jsonl"
_TIME = re.compile(rb'"time":\s*([-+0-9.eE]+)')
_KL_PER_DIM = re.compile(rb'("kl_per_dim":\s*)\[[^\]]*\]')


def recorded(path: Path, without_kl_per_dim: bool = False) -> Iterator[tuple[float, Event]]:
    """(seconds since the epoch or NaN, event) of each whole line that is one."""
    try:
        opened = open(path, "rb")  # noqa: SIM115 - closed below; only opening may fail quietly
    except OSError:
        return
    with opened:
        for raw in opened:
            # The KLs are the bulk of a line, and a summary needs none of them.
            line = _KL_PER_DIM.sub(rb"\1[]", raw) if without_kl_per_dim else raw
            event = decode(line.decode("utf-8", "replace"))
            if event is None or not _sound(event):
                continue
            at = _TIME.search(line)
            yield (number(at[1]) if at else math.nan), event


def _sound(event: Event) -> bool:
    """Whether the fields that are looked into are of the right kind: the file may come from anywhere."""
    if isinstance(event, EpochFinished):
        return (
            isinstance(event.train, dict)
            and isinstance(event.valid, dict)
            and isinstance(event.epoch, int)
            and isinstance(event.epochs, int)
        )
    if isinstance(event, RunStarted):
        return isinstance(event.config, dict) and isinstance(event.epoch, int)
    return True


def number(value: Any) -> float:
    """A number, or NaN for what JSON holds in its place."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def best_of(scores: dict[int, float]) -> int:
    """The epoch of the highest score that is a number, or 0."""
    finite = {epoch: score for epoch, score in scores.items() if not math.isnan(score)}
    return max(finite, key=lambda epoch: finite[epoch], default=0)

"""The events that a run has recorded, read from a file that may be half written or contain garbage. Imports nothing heavy."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from core.events import Event, decode

EVENTS_NAME = "events.jsonl"
_TIME = re.compile(rb'"time":\s*([-+0-9.eE]+)')
LONGEST_LINE = 16 << 20  # bytes: no event is that long
_YEAR_10000 = 253_402_300_800.0
_LISTS = re.compile(rb'("\w+":\s*)\[[-+0-9.eEnul,\s]*\]')


def recorded(path: Path, without_axes: bool = False) -> Iterator[tuple[float, Event]]:
    """(seconds since the epoch or NaN, event) of each whole line that is one."""
    try:
        opened = open(path, "rb") if os.path.isfile(path) else None  # noqa: SIM115 - closed below; only opening may fail quietly
    except OSError:
        return
    if opened is None:
        return
    with opened:
        for raw in iter(partial(opened.readline, LONGEST_LINE), b""):
            # The numbers of each axis are the bulk of a line, and a summary needs none of them.
            line = _LISTS.sub(rb"\1[]", raw) if without_axes else raw
            event = decode(line.decode("utf-8", "replace"))
            if event is not None:
                at = _TIME.search(line)
                yield (_moment(at[1]) if at else math.nan), event


def _moment(text: bytes) -> float:
    """Seconds since the epoch, NaN for an invalid time."""
    try:
        at = float(text)
    except ValueError:
        return math.nan
    return at if 0.0 <= at < _YEAR_10000 else math.nan


def best_of(scores: dict[int, float]) -> int:
    """The epoch of the highest score that is a number, or 0."""
    finite = {epoch: score for epoch, score in scores.items() if not math.isnan(score)}
    return max(finite, key=lambda epoch: finite[epoch], default=0)

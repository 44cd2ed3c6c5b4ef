"""A run's events out of bytes: from its pipe, from its folder's file while that grows, or from the whole file.

Bytes become lines and lines become events in one way, whichever it is: a line counts once it has an end, or nothing can follow
it any more; garbage, and what a newer version says, is passed over. Steps are on the pipe alone. Imports nothing heavy.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from core.events import Event, Log, RunStarted, Step, decode, event_name

EVENTS_NAME = "events.jsonl"
LONGEST_LINE = 16 << 20  # bytes: no event is that long
_CHUNK = 1 << 20  # bytes of a file at a time
_FIRST_LINES = 8  # among which a run's beginning is
_HEAD = 64  # bytes, within which a line names its event
_MARKS = {kind: f'"event": "{event_name(kind)}"'.encode() for kind in (RunStarted, Step, Log)}
_TIME = re.compile(rb'"time":\s*([-+0-9.eE]+)')
_YEAR_10000 = 253_402_300_800.0
_LISTS = re.compile(rb'("\w+":\s*)\[[-+0-9.eEnul,\s]*\]')


def event_of(line: bytes) -> Event | None:
    """The event of a line, None where it is none of this version."""
    return decode(line.decode("utf-8", "replace"))


def claims(line: bytes, kind: type[RunStarted | Step | Log]) -> bool:
    """Whether a line says that it is such an event, told by its first bytes: decoding all lines would take far longer."""
    return _MARKS[kind] in line[:_HEAD]


class EventLines:
    """Takes bytes in pieces of any size, gives the lines in them without their ends."""

    def __init__(self) -> None:
        self._rest = b""

    @property
    def rest(self) -> bytes:
        """What follows the last line's end."""
        return self._rest

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that have their end now. One that is too long for an event is cut to pieces, which are none."""
        *ended, rest = data.split(b"\n")
        if ended:
            ended[0] = self._rest + ended[0]
            self._rest = rest
        else:
            self._rest += rest
        if len(self._rest) > LONGEST_LINE:
            self._rest = b""
        return ended

    def finish(self) -> list[bytes]:
        """Nothing follows: a last line without an end counts."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []


class EventsTail:
    """The events file of a run that another process writes, read as it grows.

    Args:
        path: may be missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None  # its number: a run that goes on again replaces the file once
        self._read = 0  # bytes, whole lines; half a line may still be taken back by who wrote it

    def new_lines(self, *, has_ended: bool = False) -> list[bytes]:
        """The lines recorded since the last call; in the first, and of another file, those since the last start of a process.

        Args:
            has_ended: nobody writes any more: a last line without an end counts.
        """
        try:
            status = self._path.stat()
            if (status.st_ino, status.st_size) == (self._file, self._read):
                return []
            with open(self._path, "rb") as opened:
                status = os.fstat(opened.fileno())
                is_other = status.st_ino != self._file or status.st_size < self._read
                self._file, self._read = status.st_ino, 0 if is_other else self._read
                opened.seek(self._read)
                data = opened.read()
        except OSError:
            return []
        split = EventLines()
        lines = split.feed(data)
        self._read += len(data) - len(split.rest)
        if has_ended:
            lines += split.finish()
        starts = [number for number, line in enumerate(lines) if claims(line, RunStarted)] if is_other else []
        return lines[starts[-1] :] if starts else lines


def recorded(path: Path, without_axes: bool = False) -> Iterator[tuple[float, Event]]:
    """(seconds since the epoch or NaN, event) of each line of a whole file that is one."""
    for raw in _lines_in(path):
        # What is said of each axis is the bulk of a line, and a summary needs none of it.
        line = _LISTS.sub(rb"\1[]", raw) if without_axes else raw
        event = event_of(line)
        if event is not None:
            at = _TIME.search(line)
            yield (_moment(at[1]) if at else math.nan), event


def began_at(path: Path) -> float:
    """When a run began, in seconds since the epoch, from the first lines of its file alone; NaN where it hasn't."""
    try:
        with open(path, "rb") as file:
            for _ in range(_FIRST_LINES):
                line = file.readline(LONGEST_LINE)
                if claims(line, RunStarted):
                    at = _TIME.search(line)
                    return _moment(at[1]) if at else math.nan
    except OSError:
        pass
    return math.nan


def _lines_in(path: Path) -> Iterator[bytes]:
    """All lines of a file, none where it can't be opened."""
    try:
        opened = open(path, "rb") if os.path.isfile(path) else None  # noqa: SIM115 - closed below; only opening may fail quietly
    except OSError:
        return
    if opened is None:
        return
    split = EventLines()
    with opened:
        for data in iter(partial(opened.read, _CHUNK), b""):
            yield from split.feed(data)
    yield from split.finish()


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

"""A run's events out of bytes: the same from its pipe, from its file while that grows, and from the whole file."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest

from core.events import CheckpointSaved, Event, Log, RunFinished, RunStarted, Step, encode
from core.files import append_line
from core.runs import events_log
from core.runs.events_log import EVENTS_NAME, EventLines, EventsTail, began_at, claims, event_of, recorded
from tests.helpers.fake_train import epoch_event

EVENTS: list[Event] = [
    RunStarted("run", {}, {}, "cpu", "fp32", 1, 1, 0, 7),
    Log("Größe: هنا"),
    epoch_event(1, 2),
    CheckpointSaved("last.safetensors", True, 1),
    epoch_event(2, 2),
    RunFinished(False, 2, 3.0),
]
NEWER = '{"v": 1, "event": "moon_rose", "time": 1.0}', '{"v": 2, "event": "log", "message": "not for this version"}'
GARBAGE = b"no json\n\0\xff\n{}\n\n[1]\r\n", "\n".join(NEWER).encode() + b"\n", b'{"v": 1, "event": "log"\n'


def line_of(event: Event) -> bytes:
    return encode(event, 1000.0).encode() + b"\n"


def pieces_of(data: bytes, rng: random.Random) -> list[bytes]:
    cuts = sorted(rng.sample(range(len(data)), 40))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def events_of(lines: list[bytes]) -> list[Event]:
    return [event for line in lines if (event := event_of(line)) is not None]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("last", [b"\n", b"", b"\n{", b'\n{"v": 1, "event": "run_fini'])
def test_pipe_growing_file_and_whole_file_say_the_same(tmp_path: Path, seed: int, last: bytes) -> None:
    rng = random.Random(seed)
    parts = [line_of(event) for event in EVENTS]
    for garbage in GARBAGE:
        parts.insert(rng.randrange(1, len(parts)), garbage)
    pipe, path = EventLines(), tmp_path / EVENTS_NAME
    tail = EventsTail(path)
    by_pipe, by_tail = [], tail.new_lines()  # before there is a file
    with open(path, "ab", buffering=0) as opened:
        for piece in pieces_of(b"".join(parts).rstrip(b"\n") + last, rng):
            by_pipe += pipe.feed(piece)
            opened.write(piece)
            by_tail += tail.new_lines()
            assert by_tail == by_pipe
    by_pipe += pipe.finish()
    by_tail += tail.new_lines(has_ended=True)
    assert events_of(by_tail) == events_of(by_pipe) == EVENTS
    assert list(recorded(path)) == [(1000.0, event) for event in EVENTS]


def test_a_line_that_is_too_long_is_no_event_and_takes_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_log, "LONGEST_LINE", 1000)
    monkeypatch.setattr(events_log, "_CHUNK", 64)
    lines, path = EventLines(), tmp_path / EVENTS_NAME
    data = line_of(Log("x" * 5000)) + line_of(Log("after it"))
    split = []
    for start in range(0, len(data), 64):
        split += lines.feed(data[start : start + 64])
        assert len(lines.rest) <= 1000
    assert events_of(split) == [Log("after it")]
    path.write_bytes(data)
    assert [event for _, event in recorded(path)] == [Log("after it")]


def test_the_first_look_and_another_file_begin_at_the_last_start(tmp_path: Path) -> None:
    path = tmp_path / EVENTS_NAME
    again = RunStarted("run", {}, {}, "cpu", "fp32", 1, 1, 1, 8)
    path.write_bytes(b"".join(map(line_of, [*EVENTS, again, Log("here")])))
    tail = EventsTail(path)
    assert events_of(tail.new_lines()) == [again, Log("here")]
    assert tail.new_lines() == []
    whole = b"".join(map(line_of, [*EVENTS[:4], again]))
    (tmp_path / "new").write_bytes(whole)
    (tmp_path / "new").replace(path)  # as a run that goes on again does
    assert events_of(tail.new_lines()) == [again]
    path.write_bytes(line_of(again))  # shorter now
    assert events_of(tail.new_lines()) == [again]
    path.unlink()
    assert tail.new_lines() == []


def test_half_a_line_that_is_taken_back_is_not_said(tmp_path: Path) -> None:
    """A disk was full for a moment: `append_line` removes what it could write of a line."""
    path = tmp_path / EVENTS_NAME
    path.write_bytes(line_of(EVENTS[0]))
    tail = EventsTail(path)
    tail.new_lines()
    with open(path, "ab") as opened:
        opened.write(line_of(Log("lost"))[:40])
    assert tail.new_lines() == []
    append_line(path, encode(Log("kept, and longer than the half that made way")))
    assert events_of(tail.new_lines()) == [Log("kept, and longer than the half that made way")]


def test_a_line_names_its_event() -> None:
    step = Step(1, 2, 3, 4, 1.0, 10.0)
    for kind, event in ((RunStarted, EVENTS[0]), (Log, EVENTS[1]), (Step, step)):
        assert [claims(line_of(one), kind) for one in (*EVENTS, step)] == [one is event for one in (*EVENTS, step)]
    assert not claims(line_of(Log('"event": "step"')), Step)


def test_when_a_run_began_stands_in_its_first_lines(tmp_path: Path) -> None:
    path = tmp_path / EVENTS_NAME
    assert math.isnan(began_at(path))
    start = RunStarted("", {}, {}, "cpu", "fp32", 1, 1, 0, 1)
    path.write_text(encode(Log("Reading", False), 1.0) + "\n", encoding="utf-8")
    assert math.isnan(began_at(path))
    lines = (encode(Log("Reading", False), 1.0), encode(start, 2.0), encode(epoch_event(1, 2), 3.0), encode(start, 4.0))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert began_at(path) == 2.0  # and not when it was resumed
    path.write_bytes(b"\xff\x00" * 500 + encode(start, 2.0).encode())
    assert math.isnan(began_at(path))

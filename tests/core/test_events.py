"""Events to JSON lines and back."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events import (
    CheckpointSaved,
    EpochFinished,
    Event,
    Log,
    RunFailed,
    RunFinished,
    RunStarted,
    Step,
    decode,
    encode,
    event_name,
    newer_program,
)

NUMBER = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = st.lists(NUMBER, max_size=4).map(tuple)
COUNT = st.integers(0, 2**40)
TEXT = st.text(max_size=30)
PART = st.dictionaries(st.sampled_from(["loss", "reconstruction", "kl", "psnr"]), NUMBER)
TREE: Any = st.recursive(
    st.none() | st.booleans() | COUNT | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
JSON = st.dictionaries(TEXT, TREE, max_size=3)
EVENTS = st.one_of(
    st.builds(RunStarted, TEXT, JSON, JSON, TEXT, TEXT, COUNT, COUNT, COUNT, COUNT),
    st.builds(Step, COUNT, COUNT, COUNT, COUNT, NUMBER, NUMBER, NUMBER, NUMBER),
    st.builds(
        EpochFinished, COUNT, COUNT, NUMBER, NUMBER, PART, PART, COUNT, NUMBERS, NUMBER, NUMBER, TEXT
    ),
    st.builds(CheckpointSaved, TEXT, st.booleans(), COUNT),
    st.builds(Log, TEXT),
    st.builds(RunFinished, st.booleans(), COUNT, NUMBER),
    st.builds(RunFailed, TEXT, TEXT),
)  # fmt: skip


@given(EVENTS)
def test_every_event_survives_its_line(event: Event) -> None:
    line = encode(event)
    assert "\n" not in line
    assert "\r" not in line
    assert decode(line) == event


@given(EVENTS, st.floats(0, 4e9))
def test_a_line_says_version_name_and_time(event: Event, at: float) -> None:
    values = json.loads(encode(event, at))
    assert values["v"] == 1
    assert values["event"] == event_name(type(event))
    assert values["time"] == pytest.approx(at, abs=0.001)


def test_names_are_those_of_the_contract() -> None:
    names = [event_name(kind) for kind in (RunStarted, Step, EpochFinished, CheckpointSaved, Log, RunFinished, RunFailed)]
    assert names == ["run_started", "step", "epoch_finished", "checkpoint_saved", "log", "run_finished", "run_failed"]


def test_numbers_that_json_lacks_become_null() -> None:
    line = encode(Step(1, 1, 1, 1, math.nan, math.inf, -math.inf, 2.0))
    values = json.loads(line, parse_constant=lambda word: pytest.fail(word))
    assert (values["loss"], values["reconstruction"], values["kl"]) == (None, None, None)


@given(TEXT | st.binary(max_size=40).map(lambda data: data.decode("utf-8", "replace")))
def test_garbage_is_no_event(line: str) -> None:
    assert decode(line) is None


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"v": None}, {"event": "other"}, {"event": None}, {"kl_per_dim": None}, {"kl_per_dim": 3}],
)
def test_events_of_another_kind_are_passed_over(change: dict[str, Any]) -> None:
    event = EpochFinished(1, 2, 1.0, 2.0, {}, {}, 1, (1.0,), 1.0, 0.1, "x")
    assert decode(json.dumps(json.loads(encode(event)) | change)) is None


def test_fields_are_of_their_types_or_the_line_is_no_event() -> None:
    event = EpochFinished(1, 2, 1.0, 2.0, {"kl": 1.0}, {"psnr": 9.0}, 1, (1.0,), 1.0, 0.1, "x")
    line = json.loads(encode(event))
    for change in (
        {"epoch": "1"}, {"epoch": 1.0}, {"epoch": True}, {"epoch": -1}, {"epochs": 10**30}, {"active_units": None}, {"train": None},
        {"valid": []}, {"kl_per_dim": [0.0] * 70_000},
    ):  # fmt: skip
        assert decode(json.dumps(line | change)) is None, change
    odd = {"seconds": "7", "images_per_second": 10**400, "beta": True, "preview": 5, "train": {"kl": None}, "kl_per_dim": [[], 2]}
    found = decode(json.dumps(line | odd))
    assert isinstance(found, EpochFinished)
    assert all(math.isnan(x) for x in (found.seconds, found.images_per_second, found.beta, found.train["kl"], found.kl_per_dim[0]))
    assert (found.preview, found.kl_per_dim[1], found.valid) == ("", 2.0, {"psnr": 9.0})
    assert decode('{"v": 1, "event": "checkpoint_saved", "path": "", "best": 1, "epoch": 1}') is None
    assert decode('{"v": 1, "event": "log", "message": "\\ud800 \\udcff"}') == Log("\N{REPLACEMENT CHARACTER} \udcff")


def test_the_program_may_be_missing() -> None:
    event = RunStarted("r", {}, {}, "cpu", "fp32", 1, 1, 0, 1, "9.9.9")
    line = json.loads(encode(event))
    assert decode(json.dumps(line)) == event
    del line["program"]
    assert decode(json.dumps(line)) == RunStarted("r", {}, {}, "cpu", "fp32", 1, 1, 0, 1)


def test_lines_of_newer_versions_name_their_program() -> None:
    for line, program in (
        ('{"v": 2}', ""), ('{"v": 9, "program": "3.1"}', "3.1"), ('{"v": 9, "program": 3}', ""),
        ('{"v": 1, "program": "3.1"}', None), ('{"v": "2"}', None), ('{"v": true}', None),
        ("[2]", None), ("", None), ("[" * 100_000, None),
    ):  # fmt: skip
        assert newer_program(line) == program, line


def test_missing_keys_and_unknown_ones() -> None:
    assert decode('{"v": 1, "event": "log", "time": 1}') is None
    assert decode('{"v": 1, "event": "log", "time": 1, "message": "a", "more": 2}') == Log("a")
    assert decode("[" * 100_000) is None


def test_a_path_that_is_not_valid_text_stays_writable() -> None:
    event = CheckpointSaved("/tmp/\udcff/لبخند", True, 1)
    line = encode(event)
    assert line.encode("utf-8")
    assert "لبخند" in line
    assert decode(line) == event

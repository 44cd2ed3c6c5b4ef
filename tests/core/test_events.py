"""Events to JSON lines and back."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any, get_args

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
FIELDS = {"v", "event", "time", *(one.name for kind in get_args(Event) for one in dataclasses.fields(kind))}
KEY = TEXT.filter(lambda key: key not in FIELDS)  # a metric's: no family calls one as every run's fields are called


@st.composite
def beside(draw: st.DrawFn) -> tuple[dict[str, float], dict[str, tuple[float, ...]]]:
    """A family's own numbers, and those of each axis: no key is among both."""
    keys = draw(st.lists(KEY, max_size=6, unique=True))
    cut = draw(st.integers(0, len(keys)))
    return {key: draw(NUMBER) for key in keys[:cut]}, {key: draw(NUMBERS) for key in keys[cut:]}


@st.composite
def epochs(draw: st.DrawFn) -> EpochFinished:
    numbers, per_axis = draw(beside())
    return EpochFinished(
        draw(COUNT), draw(COUNT), draw(NUMBER), draw(NUMBER), draw(PART), draw(PART), draw(NUMBER), draw(TEXT),
        numbers, per_axis, draw(TEXT),
    )  # fmt: skip


EVENTS = st.one_of(
    st.builds(RunStarted, TEXT, JSON, JSON, TEXT, TEXT, COUNT, COUNT, COUNT, COUNT),
    st.builds(Step, COUNT, COUNT, COUNT, COUNT, NUMBER, NUMBER, st.dictionaries(KEY, NUMBER, max_size=4), TEXT),
    epochs(),
    st.builds(CheckpointSaved, TEXT, st.booleans(), COUNT),
    st.builds(Log, TEXT),
    st.builds(RunFinished, st.booleans(), COUNT, NUMBER),
    st.builds(RunFailed, TEXT, TEXT),
)  # fmt: skip


@pytest.mark.long
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
    line = encode(Step(1, 1, 1, 1, math.nan, 2.0, {"reconstruction": math.inf, "kl": -math.inf}))
    values = json.loads(line, parse_constant=lambda word: pytest.fail(word))
    assert (values["loss"], values["reconstruction"], values["kl"]) == (None, None, None)
    found = decode(line)
    assert isinstance(found, Step)
    assert all(math.isnan(number) for number in (found.loss, *found.numbers.values()))
    assert found.numbers.keys() == {"reconstruction", "kl"}


def test_a_familys_numbers_stand_on_the_line_beside_the_rest() -> None:
    """As they did before there were other families: who reads lines of version 1 finds them where they were."""
    step = json.loads(encode(Step(1, 2, 3, 4, 5.0, 6.0, {"kl": 7.0})))
    assert {key for key in step if key not in ("v", "event", "time")} == {
        "epoch", "epochs", "step", "steps", "loss", "images_per_second", "kl",
    }  # fmt: skip
    event = EpochFinished(1, 2, 1.0, 2.0, {}, {}, 0.1, "x", {"active_units": 3, "beta": 0.5}, {"kl_per_dim": (1.0, 2.0)}, "prior")
    values = json.loads(encode(event))
    assert (values["active_units"], values["beta"], values["kl_per_dim"], values["phase"]) == (3, 0.5, [1.0, 2.0], "prior")
    assert not {"numbers", "per_axis"} & values.keys()


OLD_EPOCH = (
    '{"v": 1, "event": "epoch_finished", "time": 1795983745.08, "epoch": 1, "epochs": 3, "seconds": 2.5, '
    '"images_per_second": 300.0, '
    '"train": {"loss": 444.1, "reconstruction": 325.4, "kl": 527.6, "clipped": 0.75}, '
    '"valid": {"loss": 98.2, "reconstruction": 95.9, "kl": 3.4, "psnr": 12.3}, "active_units": 2, '
    '"kl_per_dim": [2.7, 0.7, 0.0], "beta": 0.6, "learning_rate": 0.015, "preview": "/runs/a/previews/epoch_00001.png"}'
)


def test_a_line_from_before_there_were_families_reads_the_same() -> None:
    assert decode(OLD_EPOCH) == EpochFinished(
        1, 3, 2.5, 300.0,
        {"loss": 444.1, "reconstruction": 325.4, "kl": 527.6, "clipped": 0.75},
        {"loss": 98.2, "reconstruction": 95.9, "kl": 3.4, "psnr": 12.3},
        0.015, "/runs/a/previews/epoch_00001.png",
        {"active_units": 2.0, "beta": 0.6}, {"kl_per_dim": (2.7, 0.7, 0.0)},
    )  # fmt: skip
    old = (
        '{"v": 1, "event": "step", "time": 1, "epoch": 1, "epochs": 2, "step": 3, "steps": 4, "loss": 5.0, "reconstruction": 4.0, '
    )
    assert decode(old + '"kl": 1.0, "images_per_second": 9.0}') == Step(1, 2, 3, 4, 5.0, 9.0, {"reconstruction": 4.0, "kl": 1.0})


@given(EVENTS)
def test_what_has_a_default_may_be_missing(event: Event) -> None:
    line = json.loads(encode(event))
    for one in dataclasses.fields(event):
        may = one.default is not dataclasses.MISSING or one.default_factory is not dataclasses.MISSING
        if one.name in line:
            less = json.dumps({key: value for key, value in line.items() if key != one.name})
            assert decode(less) == (dataclasses.replace(event, **{one.name: one.default}) if may else None), one.name


@given(EVENTS, st.dictionaries(KEY, st.booleans() | TEXT | st.dictionaries(TEXT, NUMBER, max_size=2), max_size=3))
def test_what_is_unknown_and_no_number_is_passed_over(event: Event, more: dict[str, Any]) -> None:
    line = json.loads(encode(event))
    assert decode(json.dumps(more | line)) == event
    assert decode(json.dumps({"numbers": {"a": 1}, "per_axis": {"b": [1]}} | line)) == event


@given(epochs(), st.dictionaries(KEY, NUMBER, max_size=3))
def test_numbers_of_a_newer_version_are_kept_beside_the_others(event: EpochFinished, more: dict[str, float]) -> None:
    more = {key: value for key, value in more.items() if key not in event.numbers and key not in event.per_axis}
    found = decode(json.dumps(json.loads(encode(event)) | more))
    assert found == dataclasses.replace(event, numbers=event.numbers | more)


def test_a_line_with_far_too_many_numbers_is_no_event() -> None:
    event = EpochFinished(1, 2, 1.0, 2.0, {}, {}, 0.1, "x")
    assert decode(encode(dataclasses.replace(event, numbers={str(n): 1.0 for n in range(64)}))) is not None
    assert decode(encode(dataclasses.replace(event, numbers={str(n): 1.0 for n in range(65)}))) is None
    assert decode(encode(dataclasses.replace(event, per_axis={"kl": (0.0,) * 70_000}))) is None


def test_a_phase_that_is_none_is_no_text() -> None:
    line = json.loads(encode(EpochFinished(1, 2, 1.0, 2.0, {}, {}, 0.1, "x")))
    assert "phase" not in line
    for odd in (None, 3, ["prior"], {}):
        found = decode(json.dumps(line | {"phase": odd}))
        assert isinstance(found, EpochFinished)
        assert (found.phase, found.numbers, found.per_axis) == ("", {}, {})


@given(TEXT | st.binary(max_size=40).map(lambda data: data.decode("utf-8", "replace")))
def test_garbage_is_no_event(line: str) -> None:
    assert decode(line) is None


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"v": None}, {"event": "other"}, {"event": None}, {"train": None}, {"valid": 3}],
)
def test_events_of_another_kind_are_passed_over(change: dict[str, Any]) -> None:
    event = EpochFinished(1, 2, 1.0, 2.0, {}, {}, 0.1, "x", {"beta": 1.0}, {"kl_per_dim": (1.0,)})
    assert decode(json.dumps(json.loads(encode(event)) | change)) is None


def test_fields_are_of_their_types_or_the_line_is_no_event() -> None:
    event = EpochFinished(1, 2, 1.0, 2.0, {"kl": 1.0}, {"psnr": 9.0}, 0.1, "x", {"beta": 1.0}, {"kl_per_dim": (1.0,)})
    line = json.loads(encode(event))
    for change in (
        {"epoch": "1"}, {"epoch": 1.0}, {"epoch": True}, {"epoch": -1}, {"epochs": 10**30}, {"train": None},
        {"valid": []}, {"kl_per_dim": [0.0] * 70_000},
    ):  # fmt: skip
        assert decode(json.dumps(line | change)) is None, change
    odd = {"seconds": "7", "images_per_second": 10**400, "beta": None, "preview": 5, "train": {"kl": None}, "kl_per_dim": [[], 2]}
    found = decode(json.dumps(line | odd))
    assert isinstance(found, EpochFinished)
    none, two = found.per_axis["kl_per_dim"]
    assert all(math.isnan(x) for x in (found.seconds, found.images_per_second, found.numbers["beta"], found.train["kl"], none))
    assert (found.preview, two, found.valid) == ("", 2.0, {"psnr": 9.0})
    flag = decode(json.dumps(line | {"beta": True, "kl_per_dim": {"0": 1.0}}))
    assert isinstance(flag, EpochFinished)
    assert (flag.numbers, flag.per_axis) == ({}, {})  # no numbers: passed over, as what is unknown
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

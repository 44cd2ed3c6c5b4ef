"""The training child through a fake one: events in, commands out, and every way to end."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.config import preset, with_values
from core.errors import TrainingError
from core.events import EpochFinished, Log, RunFailed, RunFinished, RunStarted, Step
from explorer.job.training import JobState, StopTimes, TrainingJob

FAKE = Path(__file__).resolve().parent.parent / "helpers" / "fake_train.py"
CONFIG = with_values(preset("quick"), {"epochs": 3})


@pytest.fixture
def make_job(qtbot: QtBot) -> Iterator[Callable[[str], TrainingJob]]:
    jobs: list[TrainingJob] = []

    def make(mode: str, times: StopTimes | None = None) -> TrainingJob:
        jobs.append(TrainingJob(command=[sys.executable, str(FAKE), mode], times=times))
        return jobs[-1]

    yield make
    for job in jobs:
        job.shutdown()


def run_to_end(qtbot: QtBot, job: TrainingJob, folder: Path) -> tuple[list[object], RunFinished | RunFailed]:
    events: list[object] = []
    job.event_received.connect(events.append)
    with qtbot.waitSignal(job.ended, timeout=8000) as ended:
        job.start(CONFIG, folder)
    return events, ended.args[0]


def wait_for_state(qtbot: QtBot, job: TrainingJob, state: JobState) -> None:
    qtbot.waitUntil(lambda: job.state is state, timeout=8000)


def test_a_run_from_start_to_end(qtbot: QtBot, make_job, tmp_path: Path) -> None:
    job = make_job("normal")
    states: list[JobState] = []
    job.state_changed.connect(states.append)
    events, ending = run_to_end(qtbot, job, tmp_path / "faces-1")
    assert ending == RunFinished(False, 3, 3.0)
    assert states == [JobState.STARTING, JobState.RUNNING, JobState.IDLE]
    assert isinstance(events[0], RunStarted)
    assert [event.epoch for event in events if isinstance(event, EpochFinished)] == [1, 2, 3]
    assert not any(isinstance(event, Step) for event in events)
    assert job.folder == tmp_path / "faces-1"
    assert json.loads((job.folder / "config.json").read_text())["epochs"] == 3


@pytest.mark.long
def test_steps_are_coalesced(qtbot: QtBot, make_job, tmp_path: Path) -> None:
    job = make_job("flood")
    steps: list[Step] = []
    job.step_reported.connect(steps.append)
    run_to_end(qtbot, job, tmp_path)
    assert len(steps) < 100
    flood = [step.step for step in steps if step.steps == 20_000]  # an ordinary epoch follows it
    assert flood == sorted(flood)


def test_commands_reach_the_child(qtbot: QtBot, make_job, tmp_path: Path) -> None:
    job = make_job("slow")
    said: list[str] = []
    job.event_received.connect(lambda event: said.append(event.message) if isinstance(event, Log) else None)
    with qtbot.waitSignal(job.step_reported, timeout=8000):
        job.start(CONFIG, tmp_path)
    job.pause()
    assert job.state is JobState.PAUSED
    job.pause()
    job.set_threads(1)
    job.unpause()
    assert job.state is JobState.RUNNING
    with qtbot.waitSignal(job.ended, timeout=8000) as ended:
        job.stop()
        assert job.state is JobState.STOPPING
        job.stop()
    assert [json.loads(text) for text in said] == [
        {"command": "pause"},
        {"command": "threads", "n": 1},
        {"command": "resume"},
        {"command": "stop"},
    ]
    assert ended.args[0].stopped
    assert job.state is JobState.IDLE


def test_one_run_at_a_time_and_another_after_it(qtbot: QtBot, make_job, tmp_path: Path) -> None:
    job = make_job("slow")
    job.start(CONFIG, tmp_path)
    with pytest.raises(TrainingError):
        job.start(CONFIG, tmp_path)
    with pytest.raises(TrainingError):
        job.resume(tmp_path)
    wait_for_state(qtbot, job, JobState.RUNNING)
    with qtbot.waitSignal(job.ended, timeout=8000):
        job.stop()
    job._command[-1] = "normal"
    _, ending = run_to_end(qtbot, job, tmp_path / "next")
    assert ending == RunFinished(False, 3, 3.0)


def test_resume_goes_on_and_may_raise_the_end(qtbot: QtBot, make_job, tmp_path: Path) -> None:
    job = make_job("normal")
    run_to_end(qtbot, job, tmp_path)
    events: list[object] = []
    job.event_received.connect(events.append)
    with qtbot.waitSignal(job.ended, timeout=8000) as ended:
        job.resume(tmp_path, {"epochs": 5})
    assert [event.epoch for event in events if isinstance(event, EpochFinished)] == [4, 5]
    assert ended.args[0].epoch == 5


def test_a_crash_carries_the_end_of_its_words(qtbot: QtBot, make_job, tmp_path: Path) -> None:
    job = make_job("crash")
    _, ending = run_to_end(qtbot, job, tmp_path)
    assert isinstance(ending, RunFailed)
    assert "exit code 1" in ending.message
    assert ending.hint.endswith("RuntimeError: kaputt")
    assert len(job.error_output) < 20_000


def test_a_refusal_is_its_own_sentence(qtbot: QtBot, make_job, tmp_path: Path) -> None:
    _, ending = run_to_end(qtbot, make_job("refuse"), tmp_path)
    assert ending == RunFailed("The folder /nowhere is missing.", "Choose another folder.")


def test_leaving_without_a_word_is_a_failure(qtbot: QtBot, make_job, tmp_path: Path) -> None:
    _, ending = run_to_end(qtbot, make_job("silent"), tmp_path)
    assert isinstance(ending, RunFailed)
    assert "exit code 0" in ending.message


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="signals are Unix's")
def test_a_signal_is_named_and_an_interruption_is_a_stop(qtbot: QtBot, make_job, tmp_path: Path) -> None:
    _, ending = run_to_end(qtbot, make_job("killed"), tmp_path)
    assert isinstance(ending, RunFailed)
    assert "SIGKILL" in ending.message
    assert "memory" in ending.message
    assert "smaller batch size" in ending.hint
    _, ending = run_to_end(qtbot, make_job("interrupted"), tmp_path)
    assert ending == RunFinished(True, 0, 0.0)


def test_garbage_and_torn_lines(qtbot: QtBot, make_job, tmp_path: Path) -> None:
    events, ending = run_to_end(qtbot, make_job("garbage"), tmp_path)
    assert Log("Größe: هنا") in events
    assert ending == RunFinished(False, 0, 0.1)
    assert len(events) == 3


def test_a_program_that_is_not_there(qtbot: QtBot, tmp_path: Path) -> None:
    job = TrainingJob(command=["/nowhere/python"])
    _, ending = run_to_end(qtbot, job, tmp_path)
    assert isinstance(ending, RunFailed)
    assert "/nowhere/python" in ending.hint
    assert job.state is JobState.IDLE


@pytest.mark.parametrize("mode", ["hang", "deaf"])
def test_the_stop_ladder_ends_what_does_not_listen(qtbot: QtBot, make_job, tmp_path: Path, mode: str) -> None:
    job = make_job(mode, StopTimes(terminate_ms=80, kill_ms=80))
    job.start(CONFIG, tmp_path)
    wait_for_state(qtbot, job, JobState.RUNNING)
    with qtbot.waitSignal(job.ended, timeout=8000) as ended:
        job.stop()
    assert isinstance(ended.args[0], RunFailed)
    assert "did not answer" in ended.args[0].message


@pytest.mark.long
@pytest.mark.parametrize("mode", ["slow", "deaf"])
def test_shutdown_waits_and_then_insists(qtbot: QtBot, make_job, tmp_path: Path, mode: str) -> None:
    job = make_job(mode, StopTimes(terminate_ms=400, kill_ms=200))
    job.shutdown()  # nothing to end
    job.start(CONFIG, tmp_path)
    wait_for_state(qtbot, job, JobState.RUNNING)
    endings: list[object] = []
    job.ended.connect(endings.append)
    job.shutdown()
    assert job.state is JobState.IDLE
    assert len(endings) == 1
    assert isinstance(endings[0], RunFinished) == (mode == "slow")


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="Unix's own")
def test_the_child_steps_back_for_the_window(qtbot: QtBot, make_job, tmp_path: Path) -> None:
    job = make_job("slow")
    with qtbot.waitSignal(job.event_received, timeout=8000) as got:
        job.start(CONFIG, tmp_path)
    assert os.getpriority(os.PRIO_PROCESS, got.args[0].pid) >= min(19, os.getpriority(os.PRIO_PROCESS, 0) + 5)

"""Two processes on one run folder, readers that go away, commands through the folder, and clocks that jump."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.errors import TrainingError
from core.events import CheckpointSaved, EpochFinished, Log, RunFailed, RunFinished, Step, decode
from core.locks import WINDOW_NAME, RunLock, is_locked, was_left
from core.runs.command_file import COMMANDS_NAME, CommandFile, leave_command
from core.runs.control import GOING_ON, PAUSED, Control
from core.runs.history import read_history
from core.runs.listing import list_runs, read_summary
from core.training import loop
from tests.helpers.commands import ROOT, command
from tests.helpers.faults import child, finished, last, tiny_words
from tests.helpers.runs import assert_same_checkpoint, run_events, tiny, trained

YEAR = 365 * 86400.0


def recorded(folder: Path) -> list[object]:
    return [decode(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.long
def test_a_second_process_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with child(*tiny_words(), "--epochs", "500", "--out", folder) as first:
        first.wait_for_kind(EpochFinished)
        for words in (["--out", folder, "--resume"], [*tiny_words(), "--out", folder]):
            second = finished(*words)
            assert second.process.returncode == 3
            assert len(second.errors.splitlines()) == 2
        assert "already holds a run" in second.errors
        refused = finished("--out", folder, "--resume")
        assert f"(process {first.process.pid}) trains in {folder} right now" in refused.errors
        assert first.process.poll() is None
        first.kill()
    assert not is_locked(folder)
    assert read_summary(folder).state == "failed"
    with child("--out", folder, "--resume") as next_one:
        next_one.wait_for_kind(Step)  # a dead process holds nothing


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="Unix's pipes")
def test_a_run_whose_reader_is_gone_goes_on_to_its_end(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    pipe = subprocess.PIPE
    line = [*command("train", *tiny_words(), "--out", folder), "--events", "-"]
    process = subprocess.Popen(line, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    while b'"step"' not in process.stdout.readline():
        pass
    for stream in (process.stdin, process.stdout, process.stderr):  # as when its window is killed
        stream.close()
    assert process.wait(timeout=90) == 0
    events = recorded(folder)
    assert next(event.message for event in events if isinstance(event, Log)).startswith("No other program is listening")
    assert isinstance(events[-1], RunFinished)
    assert not events[-1].stopped


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Unix's terminals")
def test_a_terminal_that_is_closed_saves_and_ends(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup children would inherit that it is ignored
    try:
        with child(*tiny_words(), "--epochs", "500", "--out", tmp_path / "run") as running:
            running.wait_for_kind(Step)
            running.process.send_signal(signal.SIGHUP)
            assert running.end() == 130
    finally:
        signal.signal(signal.SIGHUP, before)
    assert isinstance(running.events[-1], RunFinished)
    assert running.events[-1].stopped
    assert last(tmp_path / "run").is_file()


@pytest.mark.long
def test_commands_through_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / COMMANDS_NAME).write_text('{"command": "stop"}\n', encoding="utf-8")  # meant for a process that is dead
    with child(*tiny_words(), "--epochs", "500", "--out", folder) as running:
        running.wait_for_kind(EpochFinished)
        leave_command(folder, "pause")
        assert running.wait_for(lambda event: event == Log(PAUSED))
        leave_command(folder, "resume")
        assert running.wait_for(lambda event: event == Log(GOING_ON))
        with open(folder / COMMANDS_NAME, "a", encoding="utf-8") as opened:
            opened.write("nonsense\n")
        assert running.wait_for(lambda event: isinstance(event, Log) and "nonsense" in event.message)
        leave_command(folder, "stop")
        assert running.end() == 0
    assert isinstance(running.events[-1], RunFinished)
    assert running.events[-1].stopped
    assert not (folder / COMMANDS_NAME).exists()
    with pytest.raises(TrainingError, match="No process trains"):
        leave_command(folder, "stop")


def test_half_a_command_waits_for_its_other_half(tmp_path: Path) -> None:
    control = Control()
    with CommandFile(tmp_path, control), open(tmp_path / COMMANDS_NAME, "w", encoding="utf-8") as opened:
        opened.write('{"command": "snapshot"}\n{"command": "sto')
        opened.flush()
        deadline = time.monotonic() + 20
        while not control.take_snapshot():
            assert time.monotonic() < deadline
        assert not control.stopping
        opened.write('p"}\n')
        opened.flush()
        while not control.stopping:
            assert time.monotonic() < deadline
    assert control.take_refused() == []


def test_a_run_is_left_only_where_it_goes_on_and_had_a_window(tmp_path: Path) -> None:
    window = RunLock(tmp_path, WINDOW_NAME)
    assert not was_left(tmp_path)
    with RunLock(tmp_path):
        assert not was_left(tmp_path)  # of a terminal
        with window:
            assert not was_left(tmp_path)
        assert was_left(tmp_path)
        window.acquire()
        window.release(forget=True)
        assert not was_left(tmp_path)
    assert not (tmp_path / WINDOW_NAME).exists()


@pytest.mark.long
@pytest.mark.parametrize("jump", [-YEAR, YEAR, -3 * YEAR * 30], ids=["back a year", "on a year", "before 1970"])
def test_a_clock_that_jumps_in_mid_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    """Only the dates in the log follow it: durations, speeds, saves and weights don't."""
    real, off = time.time, 0.0
    monkeypatch.setattr(time, "time", lambda: real() + off)
    events = []
    for event in loop.train(tiny(), tmp_path / "runs" / "run"):
        events.append(event)
        if isinstance(event, Step) and (event.epoch, event.step) == (1, 2):
            off = jump
    off = 0.0
    assert isinstance(events[-1], RunFinished), events[-1]
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    assert all(0 < event.seconds < 60 and event.images_per_second > 0 for event in epochs)
    assert 0 < events[-1].seconds < 60
    assert all(0 < event.images_per_second < 1e6 for event in events if isinstance(event, Step))
    saves = [event for event in events if isinstance(event, CheckpointSaved) and not event.best]
    assert [event.epoch for event in saves] == [1, 2]  # none because "5 minutes have passed"
    assert_same_checkpoint(last(trained(tiny(), tmp_path / "runs" / "whole")), last(tmp_path / "runs" / "run"))
    runs = {run.name: run for run in list_runs(tmp_path / "runs")}
    assert (runs["run"].state, runs["run"].epoch) == ("finished", 2)
    assert 0 < runs["run"].seconds < 60
    assert len(read_history(tmp_path / "runs" / "run")) == 2


def test_a_long_epoch_saves_also_after_the_clock_went_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - YEAR)
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)
    events = run_events(tiny(epochs=1), tmp_path / "run")
    assert not any(isinstance(event, RunFailed) for event in events)
    within = [event for event in events if isinstance(event, CheckpointSaved) and event.epoch == 0]
    assert len(within) == len([event for event in events if isinstance(event, Step)])

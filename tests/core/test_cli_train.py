"""`train` as scripts and the window call it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from core.checkpoint import read_header
from core.cli import run
from core.config import TrainConfig, loads, to_dict
from core.errors import TrainingError
from core.events import EpochFinished, Log, RunFailed, RunFinished, RunStarted, Step, decode
from core.runs.folder import RunFolder
from tests.helpers.commands import main_py, start_main_py
from tests.helpers.runs import assert_same_checkpoint, run_events, tiny, tiny_words, toy_folder


def last(folder: Path) -> Path:
    return folder / "checkpoints" / "last.safetensors"


def read_until(process: subprocess.Popen[str], kind: type) -> Any:
    """The next event of a kind; every line must be one."""
    assert process.stdout is not None
    for line in process.stdout:
        event = decode(line)
        assert event is not None, line
        if isinstance(event, kind):
            return event
    raise AssertionError(f"no {kind.__name__}")


def send(process: subprocess.Popen[str], **command: Any) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(command) + "\n")
    process.stdin.flush()


def end(process: subprocess.Popen[str]) -> tuple[list[Any], str]:
    """What it still says, as events, and its standard error."""
    out, err = process.communicate(timeout=100)
    return [decode(line) for line in out.splitlines()], err


def test_one_line_an_epoch_then_a_resume_from_the_folder_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"
    assert run(tiny_words(folder)) == 0
    said = capsys.readouterr()
    assert [line.split()[:2] for line in said.out.splitlines()] == [["epoch", "1/2"], ["epoch", "2/2"]]
    assert "26 training and 6 validation pictures" in said.err
    assert run(["train", "--out", str(folder), "--resume"]) == 0  # finished: nothing to do
    assert "has finished its 2 epochs" in capsys.readouterr().err
    assert run(["train", "--out", str(folder), "--resume", "--epochs", "3"]) == 0
    assert capsys.readouterr().out.startswith("epoch 3/3")
    assert run(tiny_words(folder)) == 3
    assert "already holds a run" in capsys.readouterr().err
    assert read_header(last(folder)).epoch == 3


@pytest.mark.long
def test_at_the_end_the_coach_says_what_is_amiss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    changed = {"epochs": 6, "model.latent_dim": 32, "objective.beta": 50, "objective.variance": "fixed"}
    assert run(tiny_words(folder, **changed)) == 0
    assert "Beta is 50: lower it. In the next run: --set objective.beta=1.0\n" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", None)
    assert run(["train", "--out", str(folder), "--resume", "--events", "-"]) == 0  # for programs the events say it all
    assert "Advice" not in capsys.readouterr().err


def test_options_override_the_file_and_set_overrides_the_preset(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text(json.dumps(to_dict(tiny(epochs=5))), encoding="utf-8")
    assert run(["train", "--config", str(file), "--out", str(tmp_path / "a"), "--epochs", "1", "--beta", "2"]) == 0
    kept = loads((tmp_path / "a" / "config.json").read_text(encoding="utf-8"))
    assert (kept.epochs, kept.settings.objective.beta, kept.settings.model.latent_dim) == (1, 2.0, 6)
    assert kept.data.source == str(toy_folder())


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "No pictures were named"),
        (["--data", "/nowhere/at/all"], "no folder /nowhere/at/all"),
        (["--data", ".", "--set", "epcohs=3"], "Did you mean epochs?"),
        (["--data", ".", "--set", "epochs"], "has no value"),
        (["--data", ".", "--set", "preset=table1"], "Write --preset table1."),
        (["--data", ".", "--set", "family=vq_vae"], "Write --family vq_vae."),
        (["--data", ".", "--epochs", "0"], "epochs is 0"),
        (["--data", ".", "--image-size", "100"], "multiple of 16"),
        (["--data", ".", "--learning-rate", "nan"], "learning_rate is nan"),
        (["--config", "/nowhere.json"], "can't be read"),
        (["--resume"], "is no run folder"),
    ],
)
def test_what_cannot_be_used_exits_with_3(words: list[str], part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "--out", str(tmp_path / "run"), *words]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert part in said.err
    assert len(said.err.splitlines()) == 2
    assert "Traceback" not in said.err


def test_a_resumed_run_keeps_its_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"
    run_events(tiny(), folder, until=lambda event: isinstance(event, Step))
    before = last(folder).read_bytes()
    resume = ["train", "--out", str(folder), "--resume"]
    file = tmp_path / "other.json"
    file.write_text(json.dumps(to_dict(tiny(seed=9))), encoding="utf-8")
    for words, part in (
        (["--batch-size", "9"], "keeps its batch_size (8)"),
        (["--epochs", "1"], "may raise the end"),
        (["--preset", "table1"], "keeps its preset"),
        (["--set", "nonsense=1"], "no setting named nonsense"),
        (["--config", str(file)], "keeps its seed"),
    ):
        assert run([*resume, *words]) == 3
        assert part in capsys.readouterr().err
    assert last(folder).read_bytes() == before
    file.write_text(json.dumps(to_dict(tiny())), encoding="utf-8")
    same = ["--set", "learning_rate=3e-3", "--batch-size", "8", "--preset", tiny().preset, "--data", str(toy_folder())]
    assert run([*resume, *same, "--config", str(file)]) == 0  # the very command that began it, once more
    assert read_header(last(folder)).epoch == 2


def test_wrong_usage_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["--out", "x", "--epochs", "many"], ["--out", "x", "--preset", "best"], ["--out", "x", "--dat", "y"]):
        assert run(["train", *words]) == 2
        assert "usage:" in capsys.readouterr().err


@pytest.mark.long
def test_events_and_commands_over_pipes(tmp_path: Path) -> None:
    """Pause, resume, snapshot, threads, nonsense, the end of input; then a stop, and a second process in the folder."""
    folder = tmp_path / "run"
    process = start_main_py(*tiny_words(folder, epochs=5000), "--events", "-")
    started = read_until(process, RunStarted)
    assert (started.pid, started.config["epochs"], started.device, started.threads) == (process.pid, 5000, "cpu", 1)
    send(process, command="pause")
    assert read_until(process, Log).message == "Paused."
    paused = read_header(last(folder))
    with pytest.raises(TrainingError, match=f"process {process.pid}"):
        run_events(tiny(epochs=5000), folder, resume=True)
    send(process, command="snapshot")
    send(process, command="dance")
    send(process, command="threads", n=1)
    send(process, command="resume")
    assert read_until(process, Log).message == "Going on."
    assert "dance" in read_until(process, Log).message
    assert read_until(process, EpochFinished).epoch == paused.epoch + 1
    send(process, command="stop")
    events, err = end(process)
    assert process.returncode == 0
    assert err == ""
    assert None not in events
    assert isinstance(events[-1], RunFinished)
    assert events[-1].stopped
    assert read_header(last(folder)).epoch == events[-1].epoch >= 1


@pytest.mark.long
def test_the_end_of_input_is_no_command_and_a_failure_is_said_twice(tmp_path: Path) -> None:
    good = main_py(*tiny_words(tmp_path / "run"), "--events", "-", stdin="")
    events = [decode(line) for line in good.stdout.splitlines()]
    assert (good.returncode, good.stderr) == (0, "")
    assert None not in events
    assert isinstance(events[-1], RunFinished)
    assert not events[-1].stopped
    empty = tmp_path / "empty"
    empty.mkdir()
    bad = main_py("train", "--data", empty, "--out", tmp_path / "bad", "--events", "-")
    assert bad.returncode == 3
    [failed] = [decode(line) for line in bad.stdout.splitlines()]
    assert isinstance(failed, RunFailed)
    assert "is empty" in failed.message
    assert bad.stderr.splitlines() == [f"labkhand: {failed.message}", f"  {failed.hint}"]


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_exits_with_130(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "run"
    process = start_main_py(*tiny_words(folder, epochs=5000), "--events", "-")
    step = read_until(process, Step)
    assert step.step == 1
    process.send_signal(number)
    events, err = end(process)
    assert process.returncode == 130
    assert err == ""
    assert isinstance(events[-1], RunFinished)
    assert events[-1].stopped
    saved = read_header(last(folder))
    config = RunFolder(folder).read_config()
    whole = run_events(config, tmp_path / "whole", until=lambda event: reached(event, saved.epoch, saved.training["step"]))
    assert isinstance(whole[-1], RunFinished)
    assert_same_checkpoint(last(folder), last(tmp_path / "whole"))


def reached(event: Any, epoch: int, step: int) -> bool:
    return isinstance(event, Step) and (event.epoch, event.step) == (epoch + (step > 0), step or event.steps)


@pytest.mark.long
def test_a_person_who_goes_away_loses_nothing(tmp_path: Path) -> None:
    """Lines for people, read by `head`: it saves and ends. (Lines for a window: tests/core/test_faults_process.py.)"""
    folder = tmp_path / "run"
    process = start_main_py(*tiny_words(folder, epochs=5000))
    assert process.stdout is not None
    assert process.stdout.readline().startswith("epoch ")
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdout.close()
    deadline = time.monotonic() + 60
    assert process.wait(timeout=deadline - time.monotonic()) == 0
    assert process.stderr.read().splitlines()[1:] == []
    process.stdin.close()
    process.stderr.close()
    assert last(folder).is_file()


@pytest.mark.long
def test_a_path_that_is_not_valid_text(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/r\xff"))
    done = subprocess.run(
        [os.fsencode(word) for word in start_words(tiny_words(folder, epochs=1))], capture_output=True, timeout=100, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    started = decode(done.stdout.decode("utf-8").splitlines()[0])
    assert isinstance(started, RunStarted)
    assert Path(started.run) == folder


def start_words(words: list[str]) -> list[str]:
    from tests.helpers.commands import command

    return [*command(*words), "--events", "-"]


def test_the_default_is_the_quick_preset() -> None:
    assert TrainConfig().preset == "quick"

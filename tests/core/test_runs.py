"""Runs as the list and the chart see them, from whole, half-written and broken folders."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from core.config import preset, to_dict, to_file, with_values
from core.events import CheckpointSaved, Event, Log, RunFailed, RunFinished, RunStarted, encode
from core.files import write_json
from core.locks import RunLock
from core.runs.history import preview_path, read_history
from core.runs.listing import default_runs_folder, list_runs, next_run_folder, read_summary
from core.version import VERSION
from tests.helpers.fake_train import epoch_event

CONFIG = with_values(preset("quick"), {"data.source": "/pictures/celeba", "epochs": 20})


def started(epoch: int = 0) -> RunStarted:
    return RunStarted("somewhere", to_dict(CONFIG), {}, "cpu", "fp32", 1000, 2, epoch, 1)


def make_run(folder: Path, *events: Event, at: float = 1000.0, tail: str = "") -> Path:
    write_json(folder / "config.json", to_dict(CONFIG))
    lines = [encode(event, at + index) + "\n" for index, event in enumerate(events)]
    (folder / "events.jsonl").write_text("".join(lines) + tail, encoding="utf-8")
    return folder


def test_a_finished_run(tmp_path: Path) -> None:
    epochs = [epoch_event(n, 3) for n in (1, 2, 3)]
    make_run(tmp_path / "faces-1", started(), *epochs, CheckpointSaved("", True, 2), RunFinished(False, 3, 9.0))
    (run,) = list_runs(tmp_path)
    assert (run.name, run.state, run.epoch, run.started) == ("faces-1", "finished", 3, 1000.0)
    assert run.best_epoch == 2
    assert run.best["psnr"] == pytest.approx(16.2)
    assert run.best["elbo"] == pytest.approx(-(epochs[1].valid["reconstruction"] + epochs[1].valid["kl"]))
    assert run.seconds == pytest.approx(4.5)
    assert run.closing_seconds == pytest.approx(2.0), "from its last epoch to its end"
    assert run.about == "celeba, Quick, 128 px, latent 128, beta 1"
    assert run.checkpoint is None
    (run.folder / "checkpoints").mkdir()
    (run.folder / "checkpoints" / "last.safetensors").touch()
    assert run.checkpoint == run.folder / "checkpoints" / "last.safetensors"


def test_how_long_the_end_takes_is_known_only_of_whole_ends(tmp_path: Path) -> None:
    """A prior that nobody waited for, or that pictures don't teach, says nothing of how long one takes."""
    end = (started(), epoch_event(1, 1))
    for last in (RunFinished(True, 1, 1.0), RunFinished(False, 1, 1.0, "Stopped before the prior was learned."), Log("hello")):
        assert math.isnan(read_summary(make_run(tmp_path, *end, last)).closing_seconds)
    again = make_run(tmp_path, *end, RunFinished(False, 1, 1.0), started(1))
    assert math.isnan(read_summary(again).closing_seconds)


@pytest.mark.parametrize(
    ("last", "state", "message"),
    [
        (RunFinished(True, 1, 1.0), "stopped", ""),
        (RunFailed("The loss is not finite.", "Lower the learning rate."), "failed", "The loss is not finite."),
        (Log("hello"), "failed", "It ended unexpectedly"),
    ],
)
def test_how_runs_end(tmp_path: Path, last: Event, state: str, message: str) -> None:
    run = read_summary(make_run(tmp_path, started(), epoch_event(1, 20), last))
    assert run.state == state
    assert run.message.startswith(message)


def test_a_run_that_ended_well_says_nothing_of_an_older_failure(tmp_path: Path) -> None:
    failed, finished = RunFailed("The disk is full.", ""), RunFinished(False, 1, 1.0)
    run = read_summary(make_run(tmp_path, started(), failed, epoch_event(1, 1), finished))
    assert (run.state, run.message) == ("finished", "")


def test_a_locked_run_is_running(tmp_path: Path) -> None:
    make_run(tmp_path, started(), epoch_event(1, 20))
    with RunLock(tmp_path):
        assert (read_summary(tmp_path).state, read_summary(tmp_path).message) == ("running", "")
    assert read_summary(tmp_path).state == "failed"


def test_a_run_that_waits_is_paused(tmp_path: Path) -> None:
    make_run(tmp_path, started(), epoch_event(1, 20), Log("Paused."))
    assert not read_summary(tmp_path).is_paused  # its process is gone
    with RunLock(tmp_path):
        assert read_summary(tmp_path).is_paused
        make_run(tmp_path, started(), epoch_event(1, 20), Log("Paused."), Log("Going on."))
        assert not read_summary(tmp_path).is_paused


def test_a_resumed_run_replaces_what_it_does_over(tmp_path: Path) -> None:
    again = epoch_event(2, 20)
    again.train["kl"] = 99.0
    make_run(
        tmp_path,
        started(),
        *(epoch_event(n, 20) for n in (1, 2, 3)),
        started(epoch=1),
        again,
        RunFinished(True, 2, 1.0),
    )
    history = read_history(tmp_path)
    assert history.epoch.tolist() == [1, 2]
    assert history.train("kl")[1] == 99.0
    run = read_summary(tmp_path)
    assert (run.epoch, run.state, run.started) == (2, "stopped", 1000.0)


def test_half_lines_and_garbage_are_passed_over(tmp_path: Path) -> None:
    line = encode(epoch_event(3, 20))
    make_run(tmp_path, started(), epoch_event(1, 20), tail="no json\n\0\xff\n{}\n" + line + "\n" + line[:70])
    history = read_history(tmp_path)
    assert history.epoch.tolist() == [1, 3]
    assert history.per_axis("kl_per_dim").shape == (2, 4)
    assert history.best_epoch == 3
    assert read_summary(tmp_path).epoch == 3


def test_numbers_that_were_not_finite_become_nan(tmp_path: Path) -> None:
    bad = epoch_event(1, 20)
    bad.valid["reconstruction"] = math.nan
    make_run(tmp_path, started(), bad)
    history = read_history(tmp_path)
    assert np.isnan(history.valid("reconstruction")[0])
    assert history.best_epoch == 0
    assert math.isnan(read_summary(tmp_path).best.get("elbo", math.nan))


def test_a_run_of_a_newer_version_is_called_newer(tmp_path: Path) -> None:
    for number, (version, program, who) in enumerate(((2, "2.0.0", "Labkhand 2.0.0"), (3, None, "a newer version of Labkhand"))):
        folder = make_run(tmp_path / str(number))
        events = [{"v": version, "event": "run_began", "time": 5.0, "program": program}, {"v": version, "event": "epoch"}]
        (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
        run = read_summary(folder)
        assert run.state == "newer"
        assert run.message == f"It was written by {who}; this is version {VERSION}. Update Labkhand."
        assert len(read_history(folder)) == 0
    (folder / "events.jsonl").write_text('{"v": 0}\n', encoding="utf-8")
    assert read_summary(folder).state == "unknown"


def test_settings_of_a_newer_version_are_called_newer(tmp_path: Path) -> None:
    folder = make_run(tmp_path, started(), epoch_event(1, 20), RunFinished(False, 1, 1.0))
    write_json(folder / "config.json", to_file(CONFIG) | {"program": "7.0.0", "a_later_setting": True})
    run = read_summary(folder)
    assert (run.state, run.epoch, run.config) == ("finished", 1, None)
    assert run.message.startswith("The config file was written by Labkhand 7.0.0")
    write_json(folder / "config.json", to_file(CONFIG) | {"a_later_setting": True})
    assert (read_summary(folder).config, read_summary(folder).message) == (None, "")


def test_one_bad_entry_hides_no_run(tmp_path: Path) -> None:
    make_run(tmp_path / "faces-1", started())
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert [run.name for run in list_runs(tmp_path)] == ["faces-1"]


def test_half_letters_hide_no_text(tmp_path: Path) -> None:
    """Qt shows nothing of a text that holds one."""
    folder = make_run(tmp_path / "a", started(), RunFailed("/bad \udcff name can't be written.", ""))
    config = with_values(CONFIG, {"data.source": "/pictures/\ud800faces"})
    (folder / "config.json").write_text(json.dumps(to_dict(config)), encoding="utf-8")
    run = read_summary(folder)
    assert run.message == "/bad \N{REPLACEMENT CHARACTER} name can't be written."
    assert run.data_name == "\N{REPLACEMENT CHARACTER}faces"
    assert run.about.startswith("\N{REPLACEMENT CHARACTER}faces, Quick")


def test_no_run_and_no_folder(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes.txt").touch()
    assert list_runs(tmp_path) == []
    assert list_runs(tmp_path / "missing") == []
    assert len(read_history(tmp_path / "missing")) == 0
    make_run(tmp_path / "faces-1")
    (run,) = list_runs(tmp_path)
    assert (run.state, run.epoch, run.epochs) == ("unknown", 0, 20)


def test_the_newest_comes_first(tmp_path: Path) -> None:
    for name, at in (("a", 10.0), ("c", 30.0), ("b", 20.0)):
        make_run(tmp_path / name, started(), at=at)
    assert [run.name for run in list_runs(tmp_path)] == ["c", "b", "a"]


def test_a_summary_follows_its_file(tmp_path: Path) -> None:
    make_run(tmp_path, started(), epoch_event(1, 20))
    assert read_summary(tmp_path).epoch == 1
    with open(tmp_path / "events.jsonl", "a", encoding="utf-8") as file:
        file.write(encode(epoch_event(2, 20)) + "\n")
    assert read_summary(tmp_path).epoch == 2


def test_next_run_folder(tmp_path: Path) -> None:
    assert next_run_folder(tmp_path / "missing", "faces").name == "faces-1"
    for name in ("faces-1", "faces-9", "faces-x", "other-12"):
        (tmp_path / name).mkdir()
    assert next_run_folder(tmp_path, "faces").name == "faces-10"
    assert next_run_folder(tmp_path, "../my: faces/").name == "my-faces-1"
    assert next_run_folder(tmp_path, "لبخند").name == "لبخند-1"
    assert next_run_folder(tmp_path, "...").name == "run-1"


def test_previews_are_found_after_the_folder_has_moved(tmp_path: Path) -> None:
    picture = tmp_path / "previews" / "epoch_00001.png"
    picture.parent.mkdir()
    picture.touch()
    assert preview_path("/old/place/previews/epoch_00001.png", tmp_path) == picture
    assert preview_path("previews/epoch_00001.png", tmp_path) == picture
    assert preview_path(str(picture), None) == picture
    assert preview_path("previews/epoch_00002.png", tmp_path) is None
    assert preview_path("", tmp_path) is None
    make_run(tmp_path, started(), epoch_event(1, 20, preview=str(picture)), epoch_event(2, 20, preview="gone.png"))
    assert read_history(tmp_path).previews == {1: picture}


def test_the_runs_folder_can_be_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_RUNS", str(tmp_path))
    assert default_runs_folder() == tmp_path
    monkeypatch.delenv("LABKHAND_RUNS")
    assert default_runs_folder().parts[-2:] == ("labkhand", "runs")

"""Runs whose folder lies among the pictures that they learn from, and pictures that bring their split."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core import checkpoint
from core.cli import run
from core.config import with_values
from core.errors import TrainingError
from core.events import EpochFinished, Log, RunFailed, RunStarted
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import run_events, tiny


def test_a_run_among_its_pictures_can_be_continued(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = draw_folder(tmp_path / "pictures", per_class=8)
    out = source / "runs" / "first"
    run_events(tiny(source, epochs=1), out)
    assert list((out / "previews").glob("*.png"))
    header = checkpoint.read_header(out / "checkpoints" / "last.safetensors")
    assert [direction["name"] for direction in header.directions] == ["smile"]
    events = run_events(tiny(source, epochs=2), out, resume=True)
    assert [event.epoch for event in events if isinstance(event, EpochFinished)] == [2]
    assert any("1 picture is passed over" in event.message for event in events if isinstance(event, Log))
    assert run(["data", str(source), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["classes"] == {"non_smile": 8, "smile": 8}
    assert said["passed_over"] == [{"folder": "runs/first/previews", "count": 2, "reason": "in a run folder of Labkhand"}]


def test_a_preview_that_was_copied_elsewhere_is_no_data(tmp_path: Path) -> None:
    source = draw_folder(tmp_path / "pictures", per_class=8)
    run_events(tiny(source, epochs=1), tmp_path / "run")
    (preview,) = (tmp_path / "run" / "previews").glob("*.png")
    (source / "smile" / "sheet.png").write_bytes(preview.read_bytes())
    events = run_events(tiny(source, epochs=2), tmp_path / "run", resume=True)
    assert not any(isinstance(event, RunFailed) for event in events)


def test_a_folder_of_pictures_becomes_no_run(tmp_path: Path) -> None:
    source = draw_folder(tmp_path / "pictures", per_class=4)
    with pytest.raises(TrainingError, match="holds pictures of"):
        run_events(tiny(source), source / "smile")
    assert not (source / "smile" / "config.json").exists()


def in_parts(folder: Path) -> Path:
    """`train` and `test` above two classes each."""
    draw_folder(folder / "train", per_class=8)
    draw_folder(folder / "test", per_class=3, seed=1)
    return folder


def test_a_run_learns_from_the_part_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = in_parts(tmp_path / "pictures")
    (started, *_) = run_events(tiny(source, epochs=1), tmp_path / "run")
    assert isinstance(started, RunStarted)
    assert (started.data["train"], started.data["valid"]) == (16, 6)
    assert started.data["classes"] == {"non_smile": 11, "smile": 11}
    assert run(["data", str(source)]) == 0
    assert "split: 16 training, 6 validation, by the folders train and test\n" in capsys.readouterr().out
    assert run(["data", str(source), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["own_split"], said["split_from"]) == (True, "the folders train and test")


def test_a_run_of_before_with_another_split_is_not_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = in_parts(tmp_path / "pictures")
    with monkeypatch.context() as patch:  # as versions did that took the parts for classes
        patch.setattr("core.data.folders._part_level", lambda files: None)
        run_events(tiny(source, epochs=1), tmp_path / "run")
    config = with_values(tiny(source), {"epochs": 2})
    (failed,) = run_events(config, tmp_path / "run", resume=True)
    assert isinstance(failed, RunFailed)
    assert "began with another split of these pictures than the folders train and test" in failed.message

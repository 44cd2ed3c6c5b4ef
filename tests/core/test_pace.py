"""A preset's time: how many epochs of it fit in on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.cli import run as command_line
from core.commands.training import train as train_command
from core.config import preset, with_values
from core.data import dataset
from core.progress import silent
from core.runs import expected
from core.training import pace
from tests.helpers.runs import TINY, toy_folder

MACHINE = {path: TINY[path] for path in ("threads", "precision", "device", "data.image_size", "batch_size", "model.latent_dim")}


def quick(**values: Any) -> Any:
    return with_values(preset("quick"), MACHINE | {"data.source": str(toy_folder())} | values)


def test_only_presets_that_say_a_time_have_it_and_only_where_nobody_says_how_many_epochs() -> None:
    assert expected.has_its_time(quick()) == 15.0
    assert expected.has_its_time(quick(), {"model.latent_dim", "batch_size"}) == 15.0
    assert expected.has_its_time(quick(), {"epochs"}) == 0.0
    assert expected.has_its_time(quick(sharpen_epochs=2), {"sharpen_epochs"}) == 0.0
    assert expected.has_its_time(quick(start_from="faces")) == 0.0  # fine-tuning takes what its model took
    assert expected.has_its_time(with_values(quick(), {"data.source": "sprites"})) == 0.0
    assert expected.has_its_time(with_values(preset("table1"), {"data.source": str(toy_folder())})) == 0.0


class Clocks:
    """Stands for `time`: at each look a second has passed, of which the processor worked a part for this process."""

    def __init__(self, share: float) -> None:
        self.seconds, self.share = 0.0, share

    def perf_counter(self) -> float:
        self.seconds += 1.0
        return self.seconds

    def process_time(self) -> float:
        return self.seconds * self.share


@pytest.mark.parametrize(("share", "slower"), [(1.0, 1.0), (0.25, 0.25), (4.0, 1.0)])
def test_the_speed_is_that_of_the_steps_whatever_else_computes(
    monkeypatch: pytest.MonkeyPatch, share: float, slower: float
) -> None:
    config = quick()
    data = dataset.load(config.data)
    monkeypatch.setattr(pace, "time", Clocks(share))
    batch = len(data.split.train) / -(-len(data.split.train) // config.batch_size)
    assert pace.images_per_second(config, data) == pytest.approx(batch / slower, rel=0.01)


def test_a_run_gets_the_epochs_that_fit_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = quick()
    monkeypatch.setattr(pace, "images_per_second", lambda *_: 1e9)
    monkeypatch.setattr(train_command, "has_its_time", lambda *_: 3 * 1.5 / 60.0)  # three times what closes an epoch
    words = [f"--set={path}={value}" for path, value in MACHINE.items()]
    out = tmp_path / "run"
    assert command_line(["train", "--data", config.data.source, "--out", str(out), *words]) == 0
    assert json.loads((out / "config.json").read_text())["epochs"] == 3
    said = capsys.readouterr().err
    assert "About 0 minutes are 3 epochs here: 1,000,000,000 pictures a second. --epochs chooses another number." in said


def test_pictures_that_cannot_be_used_are_refused_as_ever(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert command_line(["train", "--data", str(tmp_path / "empty"), "--out", str(tmp_path / "run")]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_the_settings_stay_those_of_the_preset_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "images_per_second", lambda *_: 100.0)
    chosen, speed = pace.for_its_time(quick(), 15.0, silent)
    assert speed == 100.0
    assert with_values(chosen, {"epochs": 25}) == quick(epochs=25)


def test_the_command_says_how_fast_and_how_long(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(pace, "images_per_second", lambda *_: 100.0)
    words = ["pace", "--data", quick().data.source, *(f"--set={path}={value}" for path, value in MACHINE.items())]
    assert command_line([*words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["images_per_second"], said["train"], said["epochs"]) == (100.0, 26, {"epochs": 300})
    assert command_line([*words, "--preset", "table1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["epochs"] == {}
    assert command_line([*words, "--set=epochs=10"]) == 0
    assert capsys.readouterr().out.startswith("100.0 pictures a second; 10 epochs of 26 take about 0.3 minutes.")
    assert command_line(["pace"]) == 3
    assert "No pictures were named." in capsys.readouterr().err

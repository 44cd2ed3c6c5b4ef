"""Fine-tuning: a run that begins with a model's weights."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import checkpoint
from core.checkpoint import load, read_header
from core.cli import run
from core.config import TrainConfig, get, loads, preset, to_dict, with_values
from core.errors import CheckpointError, ConfigError
from core.events import CheckpointSaved, EpochFinished, Event, RunFailed, RunFinished, RunStarted, Step
from core.training.start_from import adopt, load_weights
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import LEARNS, assert_same_checkpoint, run_events, shared_run, tiny

GIVEN = ("data.source", "batch_size", "epochs", "threads", "precision", "device")


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve drawn faces that the shared run has not seen: fewer than a batch."""
    return draw_folder(tmp_path_factory.mktemp("few") / "own", per_class=6, seed=77)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The shared run's best model, in a file of its own."""
    return Path(shutil.copy(shared_run() / "checkpoints" / "best.safetensors", tmp_path / "source.safetensors"))


def few_config(few: Path, **values: object) -> TrainConfig:
    """As the command line makes it: the preset, and what was said."""
    said = {"data.source": str(few), "batch_size": 32, "epochs": 1, "threads": 1, "precision": "fp32", "device": "cpu"}
    return with_values(preset("quick"), said | {name.replace("__", "."): value for name, value in values.items()})


def valid_losses(events: list[Event]) -> list[float]:
    """Reconstruction + KL of each epoch: the negative ELBO."""
    return [e.valid["reconstruction"] + e.valid["kl"] for e in events if isinstance(e, EpochFinished)]


def last(folder: Path) -> Path:
    return folder / "checkpoints" / "last.safetensors"


def test_what_is_not_said_comes_from_the_model(few: Path, source: Path) -> None:
    made = adopt(few_config(few), str(source), GIVEN)
    its = read_header(source).config
    assert its.data.image_size == 32
    for path in ("model.latent_dim", "data.image_size", "objective.likelihood", "objective.variance", "objective.beta"):
        assert get(made, path) == get(its, path), path
    assert (made.learning_rate, made.settings.whiten_every) == (0.0005, 0)  # a third of the preset's
    rising = adopt(few_config(few, objective__beta_schedule="cyclical"), str(source), GIVEN)  # as the preset has it for sprites
    assert rising.settings.objective.beta_schedule == "linear"
    kept = adopt(few_config(few, objective__beta_schedule="cyclical"), str(source), (*GIVEN, "objective.beta_schedule"))
    assert kept.settings.objective.beta_schedule == "cyclical"
    assert (made.start_from, made.start_from_id) == (str(source.resolve()), read_header(source).id)
    assert (made.data.source, made.batch_size) == (str(few), 32)
    said = few_config(few, learning_rate=0.002, objective__beta=3.0, whiten_every=2)
    own = adopt(said, str(source), (*GIVEN, "learning_rate", "objective.beta", "whiten_every"))
    assert (own.learning_rate, own.settings.objective.beta, own.settings.whiten_every) == (0.002, 3.0, 2)


@pytest.mark.parametrize(
    ("path", "value"),
    [("model.latent_dim", 64), ("data.image_size", 64), ("data.channels", 1), ("model.kernel_size", 3)],
)
def test_what_contradicts_the_model_is_a_sentence(few: Path, source: Path, path: str, value: int) -> None:
    with pytest.raises(ConfigError, match=f"{path} is {value}, but the model to start from has") as caught:
        adopt(with_values(few_config(few), {path: value}), str(source), (*GIVEN, path))
    assert "another model" in caught.value.hint


def test_one_epoch_of_fine_tuning_beats_one_from_scratch(few: Path, source: Path, tmp_path: Path) -> None:
    tuned = run_events(adopt(few_config(few), str(source), GIVEN), tmp_path / "tuned")
    scratch = run_events(few_config(few, **{"data.image_size": 32, "model.latent_dim": 6}), tmp_path / "scratch")
    assert isinstance(tuned[-1], RunFinished), tuned[-1]
    assert valid_losses(tuned)[0] < valid_losses(scratch)[0] - 500


def test_the_run_begins_with_the_models_weights_and_a_fresh_optimizer(few: Path, source: Path, tmp_path: Path) -> None:
    config = adopt(few_config(few), str(source), GIVEN)
    run_events(config, tmp_path / "cut", until=lambda event: isinstance(event, CheckpointSaved))
    begun, its = load(last(tmp_path / "cut"), training_state=True), load(source)
    assert begun.header.epoch == 0
    for name, value in its.part("model.").items():  # the standardisation among them: the weights were learned behind it
        np.testing.assert_array_equal(begun.part("model.")[name], value, err_msg=name)
    assert not begun.part("optimizer.")
    assert begun.header.config.start_from_id == its.header.id
    stored = loads((tmp_path / "cut" / "config.json").read_text(encoding="utf-8"))
    assert (stored.start_from, stored.start_from_id) == (str(source.resolve()), its.header.id)


@pytest.mark.long
def test_it_resumes_exactly_without_the_file_it_started_from(few: Path, source: Path, tmp_path: Path) -> None:
    config = adopt(few_config(few, epochs=2, batch_size=4), str(source), GIVEN)
    run_events(config, tmp_path / "whole")
    cut = tmp_path / "cut"
    run_events(config, cut, until=lambda event: isinstance(event, RunStarted))  # before the first step
    source.unlink()
    run_events(config, cut, resume=True, until=lambda event: isinstance(event, Step) and event.step == 2)
    assert run(["train", "--out", str(cut), "--resume"]) == 0
    assert_same_checkpoint(last(tmp_path / "whole"), last(cut))


def test_with_an_average_and_turned_axes(few: Path, source: Path, tmp_path: Path) -> None:
    config = adopt(few_config(few, ema_decay=0.9, whiten_every=1, epochs=2), str(source), (*GIVEN, "whiten_every"))
    events = run_events(config, tmp_path / "run")
    assert isinstance(events[-1], RunFinished), events[-1]
    assert events[-1].epoch == 2


def test_a_file_that_is_gone_or_another_one(few: Path, source: Path, tmp_path: Path) -> None:
    config = adopt(few_config(few), str(source), GIVEN)
    other = replace(config, start_from_id="0" * 64)
    with pytest.raises(CheckpointError, match="another model"):
        load_weights(other)
    [failed] = run_events(other, tmp_path / "other")
    assert isinstance(failed, RunFailed)
    source.unlink()
    [failed] = run_events(config, tmp_path / "gone")
    assert isinstance(failed, RunFailed)
    assert "source.safetensors" in failed.message


def test_on_the_command_line(few: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--data", str(few), "--epochs", "1", "--threads", "1", "--device", "cpu"]
    start = ["--start-from", str(shared_run())]
    assert run([*words, *start, "--out", str(tmp_path / "bad"), "--latent-dim", "64"]) == 3
    assert "model.latent_dim is 64, but the model to start from has the latent size 6" in capsys.readouterr().err
    assert run([*words, "--start-from", "nothing", "--out", str(tmp_path / "bad")]) == 3
    assert "no checkpoint 'nothing'" in capsys.readouterr().err
    assert not (tmp_path / "bad").exists()
    folder = tmp_path / "run"
    assert run([*words, *start, "--out", str(folder)]) == 0
    kept = loads((folder / "config.json").read_text(encoding="utf-8"))
    assert kept.start_from == str((shared_run() / "checkpoints" / "best.safetensors").resolve())
    assert (kept.settings.model.latent_dim, kept.learning_rate) == (6, 0.0005)
    capsys.readouterr()
    again = ["train", "--out", str(folder), "--resume"]
    assert run([*again, *start, "--epochs", "2"]) == 0  # the very command that began it, once more
    assert capsys.readouterr().out.startswith("epoch 2/2")
    assert run([*again, "--start-from", str(source)]) == 3
    assert "keeps what it started from" in capsys.readouterr().err


def test_a_config_file_says_it_too(few: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the window does; there all settings are given, so that a wrong one is named and none is changed."""
    file = tmp_path / "c.json"
    config = adopt(few_config(few), str(source), GIVEN)
    file.write_text(json.dumps(to_dict(replace(config, learning_rate=0.004))), encoding="utf-8")
    assert run(["train", "--config", str(file), "--out", str(tmp_path / "a")]) == 0
    assert read_header(last(tmp_path / "a")).config.learning_rate == 0.004
    file.write_text(json.dumps(to_dict(with_values(config, {"data.image_size": 64}))), encoding="utf-8")
    assert run(["train", "--config", str(file), "--out", str(tmp_path / "b")]) == 3
    assert "the picture size 32" in capsys.readouterr().err


def test_a_shipped_model_by_name(few: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SHIPPED_FOLDER", source.parent)
    assert adopt(few_config(few), "source", GIVEN).start_from == str(source.resolve())


def test_a_model_that_is_given_away_names_what_it_started_from_without_its_path(few: Path, source: Path) -> None:
    made = load(source)
    for start, name in ((str(source), "source"), ("/home/me/runs/faces-1.b/checkpoints/best.safetensors", "faces-1.b"), ("", "")):
        header = replace(made.header, config=replace(tiny(few, **LEARNS), start_from=start))
        assert checkpoint.strip(replace(made, header=header)).header.config.start_from == name

"""The settings follow the source, what a person says wins, and a short run on each source works."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from core.cli import run
from core.commands.training.train import add_arguments, config_from
from core.config import TrainConfig, preset, to_dict
from tests.helpers.digits import write_digits, write_dsprites


def config(*words: str) -> TrainConfig:
    parser = argparse.ArgumentParser()
    add_arguments("train", parser)
    return config_from(parser.parse_args([*words, "--out", "run"]))


@pytest.mark.parametrize(
    ("source", "size"), [("sprites", 64), ("mnist:digits", 32), ("files/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz", 64)]
)
def test_size_channels_and_likelihood_follow_the_source(source: str, size: int) -> None:
    made = config("--data", source)
    assert (made.data.source, made.data.image_size, made.data.channels, made.data.mirror) == (source, size, 1, False)
    assert made.settings.objective.likelihood == "bernoulli"
    network = "mlp_vae" if source.startswith("mnist") else "burgess_vae"
    assert (made.settings.model.name, made.settings.model.latent_dim, made.settings.whiten_every) == (network, 10, 0)
    rise = (made.settings.objective.beta_schedule, made.settings.objective.beta_cycles)
    assert rise == (("linear", 4) if source.startswith("mnist") else ("cyclical", 1))
    table = config("--data", source, "--preset", "table1")
    assert (table.data.image_size, table.data.channels, table.settings.objective.likelihood) == (size, 1, "gaussian")
    assert table.settings.model.name == "conv_vae"
    published = config("--data", source, "--preset", "dsprites")
    assert (published.settings.model, published.learning_rate) == (preset("dsprites").settings.model, 0.0001)


def test_folders_stay_what_they_were() -> None:
    for source in ("demo", "faces", "sprites_of_mine", "./sprites"):
        assert to_dict(config("--data", source).data) == to_dict(preset("quick").data) | {"source": source}
        assert config("--data", source).settings.objective == preset("quick").settings.objective


def test_what_a_person_says_wins() -> None:
    words = ("--image-size", "32", "--set", "data.channels=3", "--set", "objective.likelihood=gaussian", "--set", "data.mirror=yes")
    made = config("--data", "sprites", *words)
    assert (made.data.image_size, made.data.channels, made.data.mirror) == (32, 3, True)
    assert made.settings.objective.likelihood == "gaussian"
    assert config("--set", "data.source=sprites").data.image_size == 64
    warmed = config("--data", "sprites", "--set", "objective.beta_warmup_epochs=2").settings.objective
    assert (warmed.beta_schedule, warmed.beta_warmup_epochs) == ("linear", 2.0)
    odd = ("--set", "objective.beta_warmup_epochs=2", "--set", "objective.beta_schedule=cyclical")
    assert config("--data", "sprites", *odd).settings.objective.beta_schedule == "cyclical"


def test_a_run_on_few_sprites_takes_1500_steps_at_least(tmp_path: Path) -> None:
    def epochs(*words: str, source: str = "sprites") -> int:
        return config("--data", source, *words).epochs

    few = ("--set", "data.limit=2000")
    assert (epochs(), epochs("--set", "data.limit=60000"), epochs("--set", "data.limit=6001")) == (10, 10, 10)
    assert epochs(*few) == 30  # 1,600 to learn from: 50 steps of 32
    assert epochs(*few, "--batch-size", "64") == 60
    assert epochs(*few, "--valid-fraction", "0.5") == 47  # 32 steps, the last of which is smaller
    assert (epochs(*few, "--epochs", "3"), epochs(*few, "--set", "epochs=10")) == (3, 10)
    assert epochs(*few, "--preset", "table1") == preset("table1").epochs
    assert epochs(*few, "--preset", "dsprites") == preset("dsprites").epochs
    assert epochs(*few, source="demo") == epochs(*few, source="mnist:digits") == preset("quick").epochs
    (tmp_path / "settings.json").write_text(json.dumps({"preset": "quick", "epochs": 12}))
    assert epochs(*few, "--config", str(tmp_path / "settings.json")) == 12


def test_the_epochs_follow_how_many_sprites_a_file_holds(tmp_path: Path) -> None:
    file = str(write_dsprites(tmp_path / "dsprites.npz", np.arange(200)))
    assert config("--data", file).epochs == 300  # 160 to learn from: 5 steps
    assert config("--data", file, "--set", "data.limit=900").epochs == 300
    assert config("--data", file, "--set", "data.limit=100").epochs == 500


def test_a_file_of_settings_is_complete(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"data": {"image_size": 96}}))
    made = config("--data", "sprites", "--config", str(tmp_path / "settings.json"))
    assert (made.data.source, made.data.image_size, made.data.channels) == ("sprites", 96, 3)


@pytest.mark.long
def test_a_short_run_on_sprites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--epochs", "1", "--latent-dim", "4", "--set", "data.limit=80", "--threads", "1", "--image-size", "32"]
    assert run(["train", "--data", "sprites", "--out", str(tmp_path / "run"), *words]) == 0
    assert run(["evaluate", "--checkpoint", str(tmp_path / "run"), "--data", "sprites", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["images"] == 16
    assert "measures" not in found
    words = ["evaluate", "--checkpoint", str(tmp_path / "run"), "--data", "sprites", "--measures", "mig,factor_vae_score"]
    assert run([*words, "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)["measures"]
    assert measured["images"] == 80
    assert measured["factors"] == ["shape", "scale", "orientation", "pos_x", "pos_y"]
    assert all(0.0 <= measured[name] <= 1.0 for name in ("mig", "factor_vae_score"))
    assert set(measured) == {"images", "factors", "mig", "factor_vae_score"}
    assert run(words) == 0
    assert f"mig: {measured['mig']:.3f}" in capsys.readouterr().out
    assert run([*words[:-1], "gini"]) == 3
    assert "no measure named 'gini'" in capsys.readouterr().err
    attribute = ["--data", "sprites", "--attribute", "pos_x", "--json"]
    assert run(["direction", "--checkpoint", str(tmp_path / "run"), *attribute]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "pos_x"
    attribute[3] = "heart"  # a class, which a factor tells
    assert run(["direction", "--checkpoint", str(tmp_path / "run"), *attribute]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "shape_heart"
    started = json.loads((tmp_path / "run" / "events.jsonl").read_text().splitlines()[0])
    assert started["data"]["classes"] == {"square": 27, "ellipse": 26, "heart": 27}
    assert started["data"]["frame"] is None  # nobody looked for eyes


def test_a_short_run_on_digits_and_its_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path / "cache"))
    folder = write_digits(tmp_path / "digits", 48, 16)
    out = tmp_path / "run"
    words = ["--epochs", "1", "--latent-dim", "2", "--threads", "1"]
    assert run(["train", "--data", f"mnist:{folder}", "--out", str(out), *words]) == 0
    said = capsys.readouterr()
    assert "48 training and 16 validation pictures" in said.err
    assert run(["sample", "--checkpoint", str(out), "--count", "4", "--out", str(tmp_path / "s.png")]) == 0
    assert run(["traverse", "--checkpoint", str(out), "--dims", "0,1", "--out", str(tmp_path / "t.png")]) == 0
    assert run(["data", f"mnist:{folder}", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["split"]["train"] == 48
    assert found["own_split"] is True
    assert found["factors"] == {"digit": [str(digit) for digit in range(10)]}

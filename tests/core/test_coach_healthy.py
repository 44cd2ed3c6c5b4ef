"""On healthy runs no rule says a word, at any epoch; and `advise` puts what matters first."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.checkpoint import read_header
from core.coach.advise import RULES, SILENCED, advise, advise_run
from core.coach.base import Severity
from core.config import all_paths, preset, to_dict, with_values
from core.events import CheckpointSaved, RunFinished, RunStarted, encode
from core.runs.history import history_of
from tests.helpers.coach_runs import (
    LONGER_CELEBA,
    QUICK_CELEBA,
    QUICK_DRAWN,
    SMILES,
    Row,
    falling,
    healthy,
    history_behind,
    made_up,
    settings_of,
)
from tests.helpers.fake_train import epoch_event

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"


@pytest.mark.parametrize("rows", [QUICK_CELEBA, LONGER_CELEBA, QUICK_DRAWN], ids=["quick", "longer", "drawn"])
@pytest.mark.parametrize("warmup", [0.0, 5.0])
@pytest.mark.parametrize("schedule", ["cosine", "constant"])
def test_a_healthy_run_hears_nothing_at_any_epoch(rows: tuple[Row, ...], warmup: float, schedule: str) -> None:
    config = settings_of(epochs=len(rows), objective__beta_warmup_epochs=warmup, lr_schedule=schedule)
    for epochs in range(1, len(rows) + 1):
        assert advise(healthy(rows, epochs), config, SMILES, device="cpu", precision="fp32", has_ended=epochs == len(rows)) == []


@pytest.mark.parametrize("name", ["faces", "drawn"])
def test_the_runs_behind_the_shipped_models_hear_nothing(name: str) -> None:
    header = read_header(CHECKPOINTS / f"{name}.safetensors")
    settings = header.config.settings
    assert len(header.history) == header.config.epochs + settings.sharpen_epochs
    for epochs in range(1, len(header.history) + 1):
        assert advise(history_behind(header, epochs), header.config, header.data) == [], epochs


def test_the_drawn_models_run_is_the_one_that_healthy_runs_are_modelled_on() -> None:
    history = read_header(CHECKPOINTS / "drawn.safetensors").history
    np.testing.assert_allclose([row["valid_psnr"] for row in history], healthy(QUICK_DRAWN).valid("psnr"), atol=0.01)


def test_before_the_first_epoch_there_is_nothing_to_say() -> None:
    assert advise(history_of([]), preset("quick"), {"train": 3, "images": 4}) == []


def test_the_most_important_comes_first_and_explains_the_rest_away() -> None:
    loss = np.concatenate([falling(30), np.linspace(1000, 9000, 30)])
    history = made_up(train=loss, valid=loss, active=np.where(np.arange(60) < 30, 128, 2), rate=1.0)
    said = advise(history, settings_of(epochs=60), SMILES | {"train": 50}, device="cpu", precision="fp32")
    assert [advice.key for advice in said] == ["diverging", "collapse", "few_pictures", "speed"]
    assert [advice.severity for advice in said] == [Severity.PROBLEM, Severity.PROBLEM, Severity.WARNING, Severity.TIP]


def test_every_change_is_one_of_settings_that_exist() -> None:
    loss = np.concatenate([falling(30), np.linspace(1000, 9000, 30)])
    history = made_up(train=loss, valid=loss, active=2, rate=1.0)
    config = settings_of(epochs=60, data__mirror=False)
    changes = [advice.change for advice in advise(history, config, SMILES | {"train": 50}, device="cpu", precision="fp32")]
    assert [len(change) for change in changes] == [1, 1, 1, 1]
    for change in changes:
        assert change.keys() <= all_paths().keys()
        assert with_values(config, dict(change)) != config


def test_keys_that_silence_others_are_keys_of_rules() -> None:
    keys = {rule.__name__ for rules in RULES.values() for rule in rules} - {"slow"} | {"speed"}
    assert SILENCED.keys() <= keys
    assert frozenset().union(*SILENCED.values()) <= keys


def write_run(folder: Path, events: list) -> Path:
    folder.mkdir()
    (folder / "events.jsonl").write_text("".join(encode(event, 1.0) + "\n" for event in events), encoding="utf-8")
    return folder


def test_a_run_is_judged_by_its_folder(tmp_path: Path) -> None:
    config = to_dict(settings_of(epochs=6, data__source="faces"))
    started = RunStarted("run", config, {"train": 10, "valid": 2, "images": 12}, "cpu", "fp32", 1, 2, 0, 1)
    epochs = [epoch_event(epoch, 6) for epoch in range(1, 4)]
    folder = write_run(tmp_path / "run", [started, *epochs, CheckpointSaved("", True, 3)])
    assert [advice.key for advice in advise_run(folder)] == ["few_pictures"]
    with open(folder / "events.jsonl", "a", encoding="utf-8") as log:
        log.write('{"v": 1, "event": "epoch_fin')  # half a line, as while it is written
    assert [advice.key for advice in advise_run(folder)] == ["few_pictures"]


def test_a_folder_that_says_nothing_gets_no_advice(tmp_path: Path) -> None:
    assert advise_run(tmp_path) == []
    stranger = RunStarted("run", {"epochs": 2, "a_later_setting": 1}, {"train": 3}, "cpu", "fp32", 1, 2, 0, 1)
    assert advise_run(write_run(tmp_path / "later", [stranger, epoch_event(1, 2)])) == []


def test_a_summary_full_of_garbage_does_no_harm(tmp_path: Path) -> None:
    data = {"train": "many", "classes": {"a": "b", "c": None}, "images": 9, "positive": "a", "class_looks": {"a": 3, "c": {}}}
    folder = write_run(tmp_path / "odd", [RunStarted("", to_dict(settings_of()), data, "", "", 1, 1, 0, 1), epoch_event(1, 2)])
    with open(folder / "events.jsonl", "a", encoding="utf-8") as log:
        log.write(json.dumps({"v": 1, "event": "run_finished", "stopped": True}) + "\n")
        log.write(encode(RunFinished(True, 1, 1.0)) + "\n")
    assert advise_run(folder) == []

"""A run from start to end: its events, its folder, and how it fails."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.checkpoint import load, read_header
from core.config import loads
from core.data.dataset import load as load_data
from core.device_count import available_cores
from core.errors import Cancelled, TrainingError
from core.events import CheckpointSaved, EpochFinished, Event, Log, RunFailed, RunFinished, RunStarted, Step, decode
from core.families.vae.objectives.beta_vae import BetaVAE
from core.families.vae.recipe import VaeRecipe
from core.latent import directions
from core.locks import RunLock
from core.runs.control import Control
from core.training.loop import train
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import LEARNS, run_events, shared_run, tiny, toy_folder


def of_kind(events: list[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_events_come_in_order(tmp_path: Path) -> None:
    events = run_events(tiny(), tmp_path / "run")
    names = [type(event).__name__ for event in events if not isinstance(event, Log)]
    epoch = ["Step"] * 4 + ["EpochFinished"]
    assert isinstance(events[0], RunStarted)
    assert names[:8] == ["RunStarted", *epoch, "CheckpointSaved", "CheckpointSaved"]
    assert names[-1] == "RunFinished"
    steps = of_kind(events, Step)
    assert [(step.epoch, step.step, step.steps, step.epochs) for step in steps] == [
        (epoch, step, 4, 2) for epoch in (1, 2) for step in (1, 2, 3, 4)
    ]
    for number, finished in enumerate(of_kind(events, EpochFinished), 1):
        assert (finished.epoch, finished.epochs) == (number, 2)
        assert finished.images_per_second == pytest.approx(26 / finished.seconds)
        assert finished.valid["loss"] == pytest.approx(finished.valid["reconstruction"] + finished.valid["kl"], rel=1e-5)
        assert sum(finished.per_axis["kl_per_dim"]) == pytest.approx(finished.valid["kl"], abs=1e-3)
        assert set(finished.valid) == {"loss", "reconstruction", "kl", "elbo", "psnr"}
        assert set(finished.train) == {"loss", "reconstruction", "kl", "elbo"}
        own = [step for step in steps if step.epoch == number]
        weights = [7, 7, 6, 6]  # 26 training pictures in 4 batches of nearly one size
        assert finished.train["loss"] == pytest.approx(sum(w * s.loss for w, s in zip(weights, own, strict=True)) / 26, rel=1e-5)
        with Image.open(finished.preview) as preview:
            assert preview.width > preview.height
    assert (events[0].epoch, events[0].data["train"], events[0].data["valid"]) == (0, 26, 6)
    assert (events[-1].stopped, events[-1].epoch) == (False, 2)


def test_it_learns_and_leaves_a_folder_that_says_so() -> None:
    run = shared_run()
    events = [decode(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    assert not [event for event in events if event is None or isinstance(event, Step)]
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    assert epochs[-1].valid["reconstruction"] < epochs[0].valid["reconstruction"] - 500
    assert epochs[-1].train["loss"] < epochs[0].train["loss"] - 500
    assert epochs[-1].valid["psnr"] > epochs[0].valid["psnr"] + 3
    assert loads((run / "config.json").read_text(encoding="utf-8")) == tiny(**LEARNS)
    with open(run / "metrics.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3, 4, 5, 6, 7, 8]
    for row, epoch in zip(rows, epochs, strict=True):
        assert float(row["valid_kl"]) == pytest.approx(epoch.valid["kl"])
        assert float(row["valid_elbo"]) == pytest.approx(-(epoch.valid["reconstruction"] + epoch.valid["kl"]))
        assert float(row["train_loss"]) == pytest.approx(epoch.train["loss"])
    assert [path.name for path in sorted((run / "previews").iterdir())] == [f"epoch_{n:05d}.png" for n in range(1, 9)]
    assert {path.name for path in run.iterdir()} == {
        ".lock",
        "config.json",
        "events.jsonl",
        "metrics.csv",
        "previews",
        "checkpoints",
    }


def test_both_checkpoints_of_a_finished_run() -> None:
    run = shared_run()
    best, last = (load(run / "checkpoints" / f"{name}.safetensors", training_state=True) for name in ("best", "last"))
    assert last.header.epoch == 8
    assert len(last.header.history) == 8
    assert best.header.training == {}
    assert not [name for name in best.tensors if name.startswith(("optimizer.", "generator."))]
    assert [name for name in last.tensors if name.startswith("optimizer.")]
    losses = [row["valid_reconstruction"] + row["valid_kl"] for row in last.header.history]
    assert best.header.epoch == 1 + int(np.argmin(losses))
    for saved in (best, last):
        [direction] = saved.header.directions
        found = directions.from_dict(direction).for_checkpoint(saved.header.id)
        assert found.name == "smile"
        assert found.mean_with > found.mean_without
        assert "26 training pictures" in found.source
        assert len(saved.header.latent["kl_per_dim"]) == len(saved.header.latent["code_std"]) == 6
    json.loads(best.header.to_json(), parse_constant=pytest.fail)


def test_the_pictures_are_standardised_over_the_training_part() -> None:
    data = load_data(tiny().data)
    pixels = np.array(data.images)[data.split.train].reshape(-1, 3) / 255
    tensors = load(shared_run() / "checkpoints" / "best.safetensors").tensors
    np.testing.assert_allclose(tensors["model.pixel_mean"], pixels.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(tensors["model.pixel_std"], pixels.std(axis=0), atol=1e-5)


def test_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    runs = [run_events(tiny(epochs=1, seed=seed), tmp_path / str(n)) for n, seed in enumerate((3, 3, 4))]
    losses = [[step.loss for step in of_kind(events, Step)] for events in runs]
    assert losses[0] == losses[1] != losses[2]


def test_losses_that_are_not_finite_end_the_run_and_keep_the_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "run"
    events = run_events(tiny(epochs=3), folder, until=lambda event: isinstance(event, CheckpointSaved) and not event.best)
    assert events[-1] == RunFinished(True, 1, events[-1].seconds)
    before = (folder / "checkpoints" / "last.safetensors").read_bytes()
    monkeypatch.setattr(BetaVAE, "beta", lambda self, progress: math.nan if progress.epochs >= 1.5 else 1.0)
    events = run_events(tiny(epochs=3), folder, resume=True)
    assert isinstance(events[-1], RunFailed)
    assert "nan at step 3 of epoch 2" in events[-1].message
    assert "last good checkpoint is kept" in events[-1].message
    assert "learning rate" in events[-1].hint
    assert (folder / "checkpoints" / "last.safetensors").read_bytes() == before
    assert decode((folder / "events.jsonl").read_text(encoding="utf-8").splitlines()[-1]) == events[-1]


def test_weights_that_blow_up_fail_with_a_sentence(tmp_path: Path) -> None:
    """A huge learning rate, and turned axes at the end of the epoch, which need finite weights."""
    folder = tmp_path / "run"
    events = run_events(
        tiny(epochs=3, learning_rate=10.0, objective__variance="fixed", whiten_every=1, objective__beta=1e6), folder
    )
    if isinstance(events[-1], RunFailed):
        assert "finite" in events[-1].message or "became" in events[-1].message
    else:
        assert all(math.isfinite(step.loss) for step in of_kind(events, Step))


@pytest.mark.parametrize("whiten", [0, 1])
def test_weights_lost_in_an_epochs_last_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whiten: int) -> None:
    real = VaeRecipe.step

    def step(self: VaeRecipe, *args: Any, **more: Any) -> Any:
        made = real(self, *args, **more)
        first = next(self.model.parameters())
        if self.optimizer.state[first]["step"] == 8:
            first.data.fill_(math.inf)
        return made

    monkeypatch.setattr(VaeRecipe, "step", step)
    folder = tmp_path / "run"
    events = run_events(tiny(whiten_every=whiten * 2), folder)
    assert isinstance(events[-1], RunFailed)
    assert "no longer finite; the last good checkpoint is kept" in events[-1].message
    assert len(of_kind(events, EpochFinished)) == 1
    assert read_header(folder / "checkpoints" / "last.safetensors").epoch == 1


@pytest.mark.long
@pytest.mark.parametrize("pictures", [1, 2, 3])
def test_fewer_pictures_than_a_batch_just_work(tmp_path: Path, pictures: int) -> None:
    source = draw_folder(tmp_path / "few", per_class=pictures)
    for path in sorted((source / "smile").iterdir()):
        if pictures == 1:
            path.unlink()
    events = run_events(tiny(source, whiten_every=1), tmp_path / "run")
    assert isinstance(events[-1], RunFinished), events[-1]
    assert not events[-1].stopped


def test_one_class_trains_without_a_direction(tmp_path: Path) -> None:
    source = draw_folder(tmp_path / "one", per_class=6)
    for path in (source / "non_smile").iterdir():
        path.unlink()
    events = run_events(tiny(source), tmp_path / "run")
    assert isinstance(events[-1], RunFinished)
    assert read_header(tmp_path / "run" / "checkpoints" / "best.safetensors").directions == []


def test_a_class_that_is_in_validation_alone_does_not_fail_the_run(tmp_path: Path) -> None:
    source = draw_folder(tmp_path / "people", per_class=8)
    rows = ["class,file,person"]
    rows += [f"smile,smile_{n:03d}.png,a" for n in range(8)] + [f"non_smile,non_smile_{n:03d}.png,b" for n in range(8)]
    (source / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    events = run_events(tiny(source), tmp_path / "run")
    assert isinstance(events[-1], RunFinished), events[-1]
    assert read_header(tmp_path / "run" / "checkpoints" / "last.safetensors").directions == []


@pytest.mark.long
def test_bernoulli_and_grey_and_table1_settings_train(tmp_path: Path) -> None:
    for number, values in enumerate(
        (
            {"objective__likelihood": "bernoulli", "data__channels": 1},
            {"objective__variance": "fixed", "model__dropout": 0.1, "model__kernel_size": 3},
            {"precision": "bf16", "whiten_every": 1, "lr_schedule": "cosine"},
        )
    ):
        events = run_events(tiny(epochs=1, **values), tmp_path / str(number))
        assert isinstance(events[-1], RunFinished), events[-1]


def test_a_folder_that_cannot_be_used_fails_with_its_sentence(tmp_path: Path) -> None:
    events = run_events(tiny(tmp_path / "none"), tmp_path / "run")
    assert [type(event) for event in events] == [RunFailed]
    assert "none" in events[0].message
    assert (tmp_path / "run" / "config.json").is_file()


def test_a_run_is_not_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "checkpoints").mkdir(parents=True)
    for name in ("best", "last"):  # killed between the two, a run has its best alone
        path = folder / "checkpoints" / f"{name}.safetensors"
        path.touch()
        with pytest.raises(TrainingError, match="already holds a run"):
            run_events(tiny(), folder)
        path.unlink()
    assert not (folder / "config.json").exists()


def test_a_folder_in_which_another_process_trains(tmp_path: Path) -> None:
    with RunLock(tmp_path / "run"), pytest.raises(TrainingError, match="right now"):
        run_events(tiny(), tmp_path / "run")
    assert not (tmp_path / "run" / "config.json").exists()


def test_pause_resume_snapshot_threads(tmp_path: Path) -> None:
    folder, control, said = tmp_path / "run", Control(), []
    for event in train(tiny(), folder, control):
        said.append(event)
        if isinstance(event, Step) and (event.epoch, event.step) == (1, 1):
            control.send("snapshot")
            control.send("nonsense")
            control.send("pause")
        if isinstance(event, Step) and (event.epoch, event.step) == (1, 2):
            control.send("threads", 1)
        if event == Log("Paused."):
            assert read_header(folder / "checkpoints" / "last.safetensors").training["step"] == 1
            control.send("resume")
    words = [event.message for event in of_kind(said, Log)]
    assert words[1:3] == ["Paused.", "Going on."]
    assert "nonsense" in words[0]
    assert len([event for event in of_kind(said, CheckpointSaved) if event.epoch == 0]) == 2
    assert isinstance(said[-1], RunFinished)


def test_a_command_gives_no_more_threads_than_the_settings_allow(tmp_path: Path) -> None:
    control, seen = Control(), set()
    for event in train(replace(tiny(), threads=1), tmp_path / "run", control):
        if isinstance(event, Step):
            seen.add(torch.get_num_threads())
            control.send("threads", available_cores())
    assert seen == {1}


def test_stop_while_the_pictures_are_read(tmp_path: Path) -> None:
    control = Control()
    source = draw_folder(tmp_path / "new", seed=9)
    said = list(train(tiny(source), tmp_path / "run", control, progress=lambda what, done, total: control.stop()))
    assert isinstance(said[-1], RunFinished)
    assert said[-1].stopped
    assert not (tmp_path / "run" / "checkpoints").exists()
    events = run_events(tiny(source), tmp_path / "run", resume=True)
    assert isinstance(events[-1], RunFinished)
    assert not events[-1].stopped


def test_a_caller_that_cancels_the_reading_hears_so(tmp_path: Path) -> None:
    def cancel(what: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        list(train(tiny(draw_folder(tmp_path / "new", seed=8)), tmp_path / "run", progress=cancel))


def test_the_toy_pictures_are_what_the_other_tests_think() -> None:
    data = load_data(tiny().data)
    assert (len(data.images), data.index.positive, len(data.split.valid)) == (32, "smile", 6)
    assert data.index.root == toy_folder()

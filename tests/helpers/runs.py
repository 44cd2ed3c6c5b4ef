"""Tiny runs: 32x32 pictures, a few latent dimensions, one thread, done in a second or two."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.checkpoint import load
from core.config import TrainConfig, preset, with_values
from core.events import Event, RunFailed, Step
from core.runs.control import Control
from core.training.loop import train
from tests.helpers.pictures import draw_folder

TINY: dict[str, Any] = {
    "data.image_size": 32,
    "model.latent_dim": 6,
    "batch_size": 8,
    "epochs": 2,
    "threads": 1,
    "precision": "fp32",
    "device": "cpu",
    "learning_rate": 0.003,
    "objective.variance": "optimal",
}

LEARNS: dict[str, Any] = {"epochs": 8, "batch_size": 4, "learning_rate": 0.002, "objective__variance": "fixed"}  # steadily


@functools.cache
def _scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="labkhand-runs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def toy_folder() -> Path:
    """32 drawn pictures, shared by all tests: nobody writes here."""
    return draw_folder(_scratch() / "toy")


def tiny(source: Path | None = None, **values: Any) -> TrainConfig:
    """Settings of a tiny run; dots in names as double underscores."""
    changes = {name.replace("__", "."): value for name, value in values.items()}
    return with_values(TrainConfig(), TINY | {"data.source": str(source or toy_folder())} | changes)


def tiny_words(out: Path, **values: Any) -> list[str]:
    """The same as words of the command line."""
    settings = TINY | {name.replace("__", "."): value for name, value in values.items()}
    words = [f"--set={path}={value}" for path, value in settings.items()]
    return ["train", "--data", str(toy_folder()), "--out", str(out), "--set=whiten_every=0", *words]


def run_events(
    config: TrainConfig,
    folder: Path,
    *,
    resume: bool = False,
    until: Callable[[Event], bool] = lambda event: False,
) -> list[Event]:
    """All events of a run, which is stopped at the first event that `until` picks."""
    control, said = Control(), []
    for event in train(config, folder, control, resume=resume):
        said.append(event)
        if until(event):
            control.stop()
    return said


def at_step(epoch: int, step: int) -> Callable[[Event], bool]:
    """Whether an event is that step of that epoch, both from 1; for `until`."""
    return lambda event: isinstance(event, Step) and (event.epoch, event.step) == (epoch, step)


def trained(config: TrainConfig, folder: Path) -> Path:
    """Train to the end; gives the folder."""
    failed = [event for event in run_events(config, folder) if isinstance(event, RunFailed)]
    assert not failed, failed
    return folder


@functools.cache
def shared_run() -> Path:
    """A finished run, shared by all tests: nobody writes here. Copy it to change it."""
    return trained(tiny(**LEARNS), _scratch() / "run")


def assert_same_checkpoint(one: Path, other: Path) -> None:
    """Weights, optimizer and generators to the last bit, and what the header says but for times."""
    a, b = load(one, training_state=True), load(other, training_state=True)
    assert a.tensors.keys() == b.tensors.keys()
    for name, value in a.tensors.items():
        np.testing.assert_array_equal(value, b.tensors[name], err_msg=name)
    assert a.header.id == b.header.id
    assert a.header.directions == b.header.directions
    assert a.header.latent == b.header.latent
    timeless = [[{k: v for k, v in row.items() if "second" not in k} for row in c.header.history] for c in (a, b)]
    assert timeless[0] == timeless[1]
    states = [{k: v for k, v in c.header.training.items() if "seconds" not in k} for c in (a, b)]
    assert states[0] == states[1]


def assert_goes_on_exactly(config: TrainConfig, folder: Path, epoch: int, step: int) -> Path:
    """A run that is stopped at a step and resumed ends bit for bit as one that isn't; gives its folder, which is in `folder`."""
    whole, cut = trained(config, folder / "whole"), folder / "cut"
    run_events(config, cut, until=at_step(epoch, step))
    run_events(config, cut, resume=True)
    for name in ("last", "best"):
        assert_same_checkpoint(*(run / "checkpoints" / f"{name}.safetensors" for run in (whole, cut)))
    return cut


@functools.cache
def family_runs() -> tuple[Path, Path, Path]:
    """A VAE, a VQ-VAE with a prior and an SC-VAE, trained on the same drawn faces; shared by all tests: nobody writes there."""
    grids = {"data.source": str(toy_folder()), "data.image_size": 32, "grid": 4, "hidden": 16, "code_dim": 4, "epochs": 1}
    small = grids | {"batch_size": 8, "threads": 1, "precision": "fp32", "device": "cpu"}
    codes = with_values(preset("codes"), small | {"codebook_size": 16, "prior_epochs": 1})
    sparse = with_values(preset("atoms"), small | {"atoms": 16})
    return shared_run(), trained(codes, _scratch() / "codes"), trained(sparse, _scratch() / "sparse")

"""BatchNorm's running averages: they follow the pictures from the first step on, and an older run goes on as it began."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core import checkpoint
from core.checkpoint import Checkpoint, load
from core.config import TrainConfig
from core.data.dataset import load as load_data
from core.device import choose, set_threads
from core.events import EpochFinished, Event, Step
from core.families.base import Elapsed
from core.families.networks import norm_momentum
from core.families.networks.norm_momentum import USUAL, momentum_after
from core.families.vae.recipe import NORM_STEPS, make_recipe
from core.training.recipe import Batch, Moment
from core.training.start_from import adopt
from tests.helpers.runs import run_events, shared_run, tiny

# Validation loss of each epoch of `tiny(epochs=3)`, as the program trained it before the averages followed the first steps.
BEFORE = (-109.71942, -918.94830, -114.49890)


def valid_losses(events: list[Event]) -> list[float]:
    return [event.valid["loss"] for event in events if isinstance(event, EpochFinished)]


def one_step(config: TrainConfig, start: Checkpoint | None = None) -> tuple[nn.BatchNorm2d, torch.Tensor]:
    """The first BatchNorm after a run's first step, and what it saw in it."""
    set_threads(1)
    data = load_data(config.data)
    recipe = make_recipe(config, data, choose("cpu", "fp32"), start)
    norm = next(layer for layer in recipe.model.modules() if isinstance(layer, nn.BatchNorm2d))
    seen: list[torch.Tensor] = []
    norm.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().clone()))
    recipe.step(Batch(np.array(data.images[data.split.train[:8]])), Moment(Elapsed(0.0), 0.003))
    return norm, seen[0]


def test_the_momentum_falls_from_the_whole_to_torchs() -> None:
    momenta = [momentum_after(batches) for batches in range(1000)]
    assert momenta[0] == 1.0
    assert momenta == sorted(momenta, reverse=True)
    assert momenta[449] > USUAL == momenta[450] == momenta[-1] == nn.BatchNorm2d(1).momentum


def test_after_one_step_the_averages_are_that_batchs() -> None:
    norm, seen = one_step(tiny())
    torch.testing.assert_close(norm.running_mean, seen.mean(dim=(0, 2, 3)))
    torch.testing.assert_close(norm.running_var, seen.var(dim=(0, 2, 3)))


@pytest.mark.long
def test_validation_falls_from_epoch_to_epoch(tmp_path: Path) -> None:
    losses = valid_losses(run_events(tiny(epochs=3), tmp_path / "run"))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < min(BEFORE) - 200


def test_fine_tuning_follows_its_own_pictures_from_the_first_step() -> None:
    """Not those of the model that it starts from, however many steps went into their averages."""
    source = shared_run() / "checkpoints" / "best.safetensors"
    norm, seen = one_step(adopt(tiny(), str(source), ("data.source",)), load(source))
    assert norm.num_batches_tracked is not None
    assert int(norm.num_batches_tracked) > 20
    torch.testing.assert_close(norm.running_mean, seen.mean(dim=(0, 2, 3)))


@pytest.mark.long
def test_a_run_begun_before_goes_on_as_it_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run"
    config = tiny(epochs=3)
    with monkeypatch.context() as patched:
        patched.setattr(norm_momentum, "momentum_after", lambda batches: USUAL)
        run_events(config, run, until=lambda event: isinstance(event, Step) and event.step == 3)
    last = run / "checkpoints" / "last.safetensors"
    saved = load(last, training_state=True)
    older = {name: value for name, value in saved.tensors.items() if name != NORM_STEPS}
    assert len(older) == len(saved.tensors) - 1
    checkpoint.save(last, saved.header, older)
    cut = run_events(config, run, resume=True, until=lambda event: isinstance(event, Step) and event.step == 2)
    assert NORM_STEPS not in load(last, training_state=True).tensors  # nor does it forget when it is saved again
    losses = valid_losses(cut) + valid_losses(run_events(config, run, resume=True))
    assert losses == [pytest.approx(loss, rel=1e-3) for loss in BEFORE]

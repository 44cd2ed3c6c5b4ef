"""Shortening a gradient: by how much, when, and that a run says how often."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.checkpoint import load, read_header
from core.data.dataset import load as load_data
from core.device import choose, set_threads
from core.events import EpochFinished, RunFinished
from core.families.base import Elapsed
from core.families.vae.recipe import make_recipe
from core.training.optim import Adam, clip_gradient
from core.training.recipe import Batch, Moment
from tests.helpers.runs import run_events, tiny


def norm(model: nn.Module) -> float:
    return float(torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]).norm())


def test_it_is_torchs_adam_bit_for_bit() -> None:
    """Also for a parameter whose gradient comes later than the others'."""
    mine, theirs = [[nn.Parameter(torch.linspace(-1, 1, 12).reshape(3, 4)), nn.Parameter(torch.ones(5))] for _ in range(2)]
    ours, reference = Adam(mine, 0.1), torch.optim.Adam(theirs, lr=0.1, fused=True)
    for number in range(1, 6):
        ours.learning_rate = reference.param_groups[0]["lr"] = 0.1 / number
        for one, other in zip(mine[: number // 2 + 1], theirs[: number // 2 + 1], strict=True):
            one.grad = torch.randn(one.shape, generator=torch.Generator().manual_seed(number))
            other.grad = one.grad.clone()
        ours.step()
        reference.step()
        ours.zero_grad()
        reference.zero_grad()
        for one, other in zip(mine, theirs, strict=True):
            assert torch.equal(one, other)
            state = reference.state.get(other, {})
            assert {name: value.tolist() for name, value in ours.state.get(one, {}).items()} == {
                name: value.tolist() for name, value in state.items()
            }


def test_the_whole_gradient_is_shortened_and_keeps_its_way() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    for seed, parameter in enumerate(model.parameters()):
        parameter.grad = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(seed))
    before = [parameter.grad.clone() for parameter in model.parameters() if parameter.grad is not None]
    length = norm(model)
    assert not clip_gradient(model.parameters(), length * 1.01)
    assert norm(model) == pytest.approx(length)
    assert clip_gradient(model.parameters(), length / 4)
    assert norm(model) == pytest.approx(length / 4, rel=1e-4)
    for parameter, old in zip(model.parameters(), before, strict=True):
        assert parameter.grad is not None
        torch.testing.assert_close(parameter.grad, old / 4, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_step_learns_from_the_shortened_gradient(precision: str) -> None:
    set_threads(1)
    config = tiny(gradient_clip=0.5, precision=precision)
    data = load_data(config.data)
    recipe = make_recipe(config, data, choose("cpu", precision))
    recipe.step(Batch(np.array(data.images[:8])), Moment(Elapsed(0.0), 0.003))
    assert recipe.clipped
    assert norm(recipe.model) == pytest.approx(0.5, rel=1e-3)
    assert {parameter.grad.dtype for parameter in recipe.model.parameters() if parameter.grad is not None} == {torch.float32}
    recipe.gradient_clip = 1e9
    recipe.step(Batch(np.array(data.images[:8])), Moment(Elapsed(0.0), 0.003))
    assert not recipe.clipped


@pytest.mark.long
def test_a_run_says_how_often(tmp_path: Path) -> None:
    """Also where it was stopped within an epoch and resumed; and without clipping there is nothing to say."""
    for clip, share in ((1e-3, 1.0), (1e8, 0.0)):
        folder = tmp_path / str(share)
        run_events(tiny(gradient_clip=clip, epochs=1), folder, until=lambda event: getattr(event, "step", 0) == 2)
        events = run_events(tiny(gradient_clip=clip, epochs=1), folder, resume=True)
        assert isinstance(events[-1], RunFinished)
        assert [event.train["clipped"] for event in events if isinstance(event, EpochFinished)] == [share]
        assert read_header(folder / "checkpoints" / "last.safetensors").history[0]["train_clipped"] == share
    plain = run_events(tiny(epochs=1), tmp_path / "plain")
    assert ["clipped" in event.train for event in plain if isinstance(event, EpochFinished)] == [False]


def test_a_clip_that_is_never_reached_changes_no_bit(tmp_path: Path) -> None:
    for name, clip in (("a", 0.0), ("b", 1e9)):
        run_events(tiny(gradient_clip=clip, epochs=1), tmp_path / name)
    a, b = (load(tmp_path / name / "checkpoints" / "last.safetensors", training_state=True).tensors for name in "ab")
    assert {name for name in a if not np.array_equal(a[name], b[name])} == set()

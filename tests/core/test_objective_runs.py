"""Runs with each objective: they learn, they say their total correlation, and they go on exactly."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.checkpoint import load
from core.config import checked, with_values
from core.data import dataset
from core.device import choose
from core.errors import ConfigError
from core.events import EpochFinished, RunFinished
from core.families.base import Elapsed
from core.families.vae.adversary import Adversary
from core.families.vae.objective_abilities import OBJECTIVES
from core.families.vae.recipe import VaeRecipe, make_recipe
from core.families.vae.settings import ObjectiveConfig
from core.runs.history import read_history
from core.training.batches import EpochBatches, StepOrder
from core.training.recipe import Batch, Moment
from tests.helpers.runs import assert_same_checkpoint, at_step, run_events, tiny, trained

SMALL = {"objective__discriminator_units": 16, "objective__beta": 2.0, "objective__capacity_epochs": 1.5}
WITH_TC = ("beta_tcvae", "factor_vae")


def last(folder: Path) -> Path:
    return folder / "checkpoints" / "last.safetensors"


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in OBJECTIVES if name != "beta_vae"])
def test_each_objective_trains_and_goes_on_bit_for_bit(tmp_path: Path, name: str) -> None:
    config = tiny(objective__name=name, data__mirror=True, model__dropout=0.1, **SMALL)
    whole = run_events(config, tmp_path / "whole")
    assert isinstance(whole[-1], RunFinished)
    run_events(config, tmp_path / "cut", until=at_step(2, 2))
    run_events(config, tmp_path / "cut", resume=True)
    assert_same_checkpoint(last(tmp_path / "whole"), last(tmp_path / "cut"))
    epochs = [event for event in whole if isinstance(event, EpochFinished)]
    for epoch in epochs:
        for part in (epoch.train, epoch.valid):
            assert ("total_correlation" in part) == (name in WITH_TC)
            assert all(np.isfinite(value) for value in part.values())
    assert epochs[1].train["reconstruction"] < epochs[0].train["reconstruction"]


@pytest.mark.long
def test_a_factor_vae_goes_on_with_averaged_weights_and_clipping_too(tmp_path: Path) -> None:
    config = tiny(objective__name="factor_vae", ema_decay=0.9, gradient_clip=20.0, lr_schedule="cosine", **SMALL)
    whole = trained(config, tmp_path / "whole")
    for number, moment in enumerate([(1, 3), (2, 1)]):
        run_events(
            config, tmp_path / "cut", resume=number > 0,
            until=at_step(*moment),
        )  # fmt: skip
    run_events(config, tmp_path / "cut", resume=True)
    assert_same_checkpoint(last(whole), last(tmp_path / "cut"))
    kept = load(last(whole), training_state=True).tensors
    assert {name for name in kept if name.startswith("adversary.layers.0.")} == {
        f"adversary.layers.0.{part}.{kind}" for part in ("weight", "bias") for kind in ("step", "exp_avg", "exp_avg_sq")
    }


@pytest.mark.long
def test_in_bf16_the_discriminator_computes_in_full(tmp_path: Path) -> None:
    events = run_events(tiny(objective__name="factor_vae", precision="bf16", epochs=1, **SMALL), tmp_path / "run")
    (epoch,) = [event for event in events if isinstance(event, EpochFinished)]
    assert np.isfinite(epoch.train["total_correlation"])
    assert load(last(tmp_path / "run")).tensors["objective.discriminator.layers.0.weight"].dtype == np.float32


@pytest.mark.long
def test_the_total_correlation_is_in_the_table_and_in_the_history(tmp_path: Path) -> None:
    folder = trained(tiny(objective__name="beta_tcvae", **SMALL), tmp_path / "run")
    with open(folder / "metrics.csv", encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    history = read_history(folder)
    assert [float(row["train_total_correlation"]) for row in rows] == history.train("total_correlation").tolist()
    assert [float(row["valid_total_correlation"]) for row in rows] == history.valid("total_correlation").tolist()
    assert [row["valid_total_correlation"] for row in load(last(folder)).header.history] == history.valid(
        "total_correlation"
    ).tolist()
    plain = read_history(trained(tiny(epochs=1), tmp_path / "plain"))
    assert np.isnan(plain.train("total_correlation")).all()
    assert np.isnan(plain.valid("total_correlation")).all()


@pytest.fixture
def learning() -> tuple[VaeRecipe, EpochBatches]:
    """A FactorVAE before its first step, and its first epoch."""
    config = tiny(objective__name="factor_vae", **SMALL)
    data = dataset.load(config.data)
    torch.set_num_threads(1)
    return make_recipe(config, data, choose("cpu", "fp32")), EpochBatches(config, data, 0)


def state_of(network: nn.Module | None) -> dict[str, torch.Tensor]:
    assert network is not None
    return {name: value.clone() for name, value in network.state_dict().items()}


def take_step(recipe: VaeRecipe, batches: EpochBatches, step: int = 0) -> None:
    batches.step(recipe, StepOrder(0, step, Moment(Elapsed(0.0, 2.0), 0.001)))


def test_the_vaes_step_leaves_the_discriminator_as_it_was(
    learning: tuple[VaeRecipe, EpochBatches], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, batches = learning
    network = recipe.objective.adversary
    before = state_of(network)
    with monkeypatch.context() as resting:
        resting.setattr(Adversary, "step", lambda *given: None)
        take_step(recipe, batches)
    assert network is not None
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in state_of(network).items())
    take_step(recipe, batches, 1)
    assert not any(torch.equal(value, before[name]) for name, value in state_of(network).items() if name.endswith("weight"))


def test_the_discriminators_step_leaves_the_encoder_as_it_was(
    learning: tuple[VaeRecipe, EpochBatches], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, batches = learning
    taught = Adversary.step
    told: list[bool] = []

    def step(self: Adversary, *given: Any) -> None:
        weights, gradients = state_of(recipe.model), [parameter.grad for parameter in recipe.model.parameters()]
        kept = [None if gradient is None else gradient.clone() for gradient in gradients]
        taught(self, *given)
        told.append(all(torch.equal(value, weights[name]) for name, value in state_of(recipe.model).items()))
        now = [parameter.grad for parameter in recipe.model.parameters()]
        told.append(all(a is b and (b is None or torch.equal(a, c)) for a, b, c in zip(now, gradients, kept, strict=True)))

    monkeypatch.setattr(Adversary, "step", step)
    take_step(recipe, batches)
    assert told == [True, True]


def test_the_adversary_is_shown_the_next_steps_pictures(
    learning: tuple[VaeRecipe, EpochBatches], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, batches = learning
    shown: list[np.ndarray] = []
    real = VaeRecipe._encode

    def encode(self: VaeRecipe, pictures: Batch) -> Any:
        shown.append(pictures.images)
        return real(self, pictures)

    monkeypatch.setattr(VaeRecipe, "_encode", encode)
    for step in range(batches.steps):
        take_step(recipe, batches, step)
    firsts, seconds = shown[::2], shown[1::2]
    assert len(seconds) == batches.steps
    for step, second in enumerate(seconds):
        assert np.array_equal(second, firsts[(step + 1) % batches.steps])


@pytest.mark.parametrize("name", ["beta_tcvae", "factor_vae", "dip_vae_i", "dip_vae_ii"])
def test_turning_axes_that_have_a_meaning_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="which turning them would destroy"):
        with_values(tiny(), {"objective.name": name, "whiten_every": 1})


@pytest.mark.parametrize("name", ["beta_tcvae", "capacity_vae"])
def test_free_bits_without_a_kl_term_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="no KL term"):
        with_values(tiny(), {"objective.name": name, "objective.free_bits": 0.1})
    assert checked(tiny(objective__name=name)).settings.objective == ObjectiveConfig(name=name, variance="optimal")

"""The moving average of the weights: what it is, that axes turn with it, and where it is used."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from core.checkpoint import load
from core.data.dataset import load as load_data
from core.device import choose, set_threads
from core.events import EpochFinished, RunFinished
from core.families.base import Elapsed
from core.families.vae.evaluate import evaluate
from core.families.vae.networks.base import LatentModule, LatentSpec
from core.families.vae.networks.registry import create
from core.families.vae.recipe import VaeRecipe, make_recipe
from core.families.vae.settings import ModelConfig
from core.families.vae.whitening import whiten
from core.latent.engine import LatentEngine
from core.training.batches import to_input
from core.training.ema import WeightAverage
from core.training.recipe import Batch, Moment
from tests.helpers.runs import run_events, tiny


def stepped(steps: int, **values: object) -> tuple[VaeRecipe, list[dict[str, torch.Tensor]]]:
    """A recipe after some steps, and its weights after each."""
    config = tiny(**values)
    set_threads(1)
    data = load_data(config.data)
    recipe = make_recipe(config, data, choose("cpu", "fp32"))
    seen = [{name: value.clone() for name, value in recipe.model.state_dict().items()}]
    for number in range(steps):
        rows = data.split.train[8 * (number % 3) : 8 * (number % 3) + 8]
        recipe.step(Batch(np.array(data.images[rows])), Moment(Elapsed(float(number)), 0.003))
        seen.append({name: value.clone() for name, value in recipe.model.state_dict().items()})
    return recipe, seen


def test_it_is_the_moving_average_with_a_decay_that_warms_up() -> None:
    recipe, seen = stepped(15, ema_decay=0.5)
    decays = [min(0.5, (1 + n) / (10 + n)) for n in range(15)]
    assert decays[0] == 0.1
    assert decays[-1] == 0.5
    assert recipe.average is not None
    for name, value in recipe.average.model.state_dict().items():
        by_hand = seen[0][name].double()
        for decay, now in zip(decays, seen[1:], strict=True):
            by_hand = decay * by_hand + (1 - decay) * now[name].double()
        if name.endswith("num_batches_tracked"):
            assert value == 15
        else:  # weights, and BatchNorm's running means and variances with them
            torch.testing.assert_close(value.double(), by_hand, rtol=1e-4, atol=1e-6, msg=name)


def test_the_weights_that_are_trained_go_the_way_they_go_without_it() -> None:
    plain, averaged = stepped(4)[0], stepped(4, ema_decay=0.99)[0]
    assert plain.average is None
    for name, value in plain.model.state_dict().items():
        assert torch.equal(value, averaged.model.state_dict()[name]), name


def test_turned_axes_turn_the_average_and_the_weights_alike() -> None:
    """Averaging goes on in the new axes as it would have in the old ones: turning and averaging can change places."""
    set_threads(1)
    torch.manual_seed(1)
    live = create(ModelConfig(latent_dim=5), LatentSpec(5, (3, 32, 32)), "gaussian")
    average = WeightAverage(live, 0.9)
    generator = torch.Generator().manual_seed(2)
    for _ in range(3):
        with torch.no_grad():
            for parameter in live.parameters():
                parameter.add_(0.02 * torch.randn(parameter.shape, generator=generator))
        average.update(live)
    never_turned = copy.deepcopy(average)
    images = np.random.default_rng(3).integers(0, 256, (60, 32, 32, 3), np.uint8)
    x = to_input(images, torch.device("cpu"))

    def shown(network: LatentModule) -> torch.Tensor:
        with torch.inference_mode():
            return network.eval().decode_raw(network.encode(x).mean)

    live_before, never_turned_live = shown(live), copy.deepcopy(live)
    whiten(average.model, choose("cpu", "fp32"), images, np.arange(60), [live])
    torch.testing.assert_close(shown(average.model), shown(never_turned.model), atol=2e-4, rtol=1e-3)
    torch.testing.assert_close(shown(live), live_before, atol=2e-4, rtol=1e-3)
    with torch.inference_mode():
        codes = average.model.encode(x).mean
    torch.testing.assert_close(codes.mean(dim=0), torch.zeros(5), atol=1e-3, rtol=0)
    for _ in range(4):  # now the weights come in by half, which must be those of the same axes
        average.update(live)
        never_turned.update(never_turned_live)
    torch.testing.assert_close(shown(average.model), shown(never_turned.model), atol=2e-4, rtol=1e-3)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[EpochFinished]]:
    folder = tmp_path_factory.mktemp("ema") / "run"
    events = run_events(tiny(ema_decay=0.95, whiten_every=1, epochs=3), folder)
    assert isinstance(events[-1], RunFinished), events[-1]
    return folder, [event for event in events if isinstance(event, EpochFinished)]


def test_what_is_validated_and_kept_is_the_average(run: tuple[Path, list[EpochFinished]]) -> None:
    folder, epochs = run
    best, last = (load(folder / "checkpoints" / f"{name}.safetensors", training_state=True) for name in ("best", "last"))
    assert not [name for name in best.tensors if not name.startswith(("model.", "objective."))]
    live, averaged = last.part("live."), last.part("model.")
    assert live.keys() == averaged.keys()
    assert not np.array_equal(live["to_mean.weight"], averaged["to_mean.weight"])
    assert last.tensors["average.steps"] == 12
    config = tiny(ema_decay=0.95, whiten_every=1, epochs=3)
    data = load_data(config.data)
    recipe = make_recipe(config, data, choose("cpu", "fp32"))
    recipe.load_tensors(last.tensors)
    found = recipe.judge(data.images, data.split.valid, Moment(Elapsed(3.0)), lambda: False).valid
    assert found["reconstruction"] == pytest.approx(epochs[-1].valid["reconstruction"])
    raw = evaluate(recipe.model, recipe.objective, recipe.compute, data.images, data.split.valid, progress=Elapsed(3.0))
    assert raw.reconstruction != pytest.approx(found["reconstruction"], rel=1e-4)
    [direction] = last.header.directions
    assert direction["checkpoint_id"] == last.header.id
    np.testing.assert_array_equal(LatentEngine(last).encode(np.array(data.images[:2])).mean.shape, (2, 6))

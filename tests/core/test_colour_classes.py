"""Colours as classes: how they are told, weighed and taken back, and that a model that learns them is livelier."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.checkpoint import load
from core.config import checked, with_values
from core.events import EpochFinished, RunFailed
from core.families.colouriser.classes import (
    COUNT,
    SIDE,
    Told,
    annealed_mean,
    centres,
    cross_entropy,
    weights_against_commonness,
)
from core.families.colouriser.instrument import ColouriserInstrument
from core.families.colouriser.lab import chroma, rgb_to_lab
from core.families.colouriser.networks import Colouriser
from core.families.colouriser.settings import ColouriserSettings
from core.training.recipe import Batch
from tests.core.test_colour_points import squares
from tests.core.test_colouriser import NOW, config, recipe
from tests.helpers.runs import assert_goes_on_exactly, run_events, trained

CPU = torch.device("cpu")


def told(a: float, b: float) -> tuple[torch.Tensor, torch.Tensor]:
    return Told(CPU)(torch.tensor([a, b]).reshape(1, 2, 1, 1))


def test_every_colour_of_a_screen_is_near_a_class() -> None:
    assert centres().shape == (COUNT, 2) == (259, 2)
    level = torch.linspace(0.0, 1.0, 24)
    rgb = torch.stack(torch.meshgrid(level, level, level, indexing="ij")).reshape(3, 1, -1)
    ab = rgb_to_lab(rgb)[1:, 0].T
    assert (ab[:, None] - centres()).abs().amax(dim=-1).amin(dim=1).max() < SIDE / 2 + 1e-3
    assert [0.0, 0.0] in centres().tolist()


def test_a_colour_is_told_by_the_nearest_classes() -> None:
    classes, shares = told(30.0, 20.0)
    assert centres()[classes[0, 0, 0, 0]].tolist() == [30.0, 20.0]
    assert shares.sum().item() == pytest.approx(1.0)
    assert shares[0, 0] > 0.6
    near = torch.exp(torch.tensor(-(SIDE**2) / (2 * 5.0**2)))
    torch.testing.assert_close(shares[0, 1:].flatten(), (near / (1 + 4 * near)).expand(4))
    classes, shares = told(34.0, 20.0)  # between two
    mean = (shares[0, :, 0, 0, None] * centres()[classes[0, :, 0, 0]]).sum(dim=0)
    torch.testing.assert_close(mean, torch.tensor([34.0, 20.0]), atol=1.5, rtol=0.0)
    for extreme in ((110.0, -110.0), (-500.0, 500.0)):
        assert torch.isfinite(told(*extreme)[1]).all()


def test_told_and_taken_back_a_picture_keeps_its_colours() -> None:
    """What a network that has learned everything gives."""
    rng = np.random.default_rng(0)
    ab = rgb_to_lab(torch.from_numpy(rng.random((1, 3, 12, 12), np.float32)))[:, 1:]
    classes, shares = Told(CPU)(ab)
    scores = torch.full((1, COUNT, 12, 12), 1e-9).scatter(1, classes, shares).clamp_min(1e-9).log()
    assert (annealed_mean(scores, 1.0) - ab).abs().mean() < 2.5


def test_the_annealed_mean_goes_from_the_mean_to_the_likeliest_colour() -> None:
    scores = torch.full((1, COUNT, 1, 1), -1e4)
    red, blue = (told(*one)[0][0, 0, 0, 0] for one in ((60.0, 30.0), (10.0, -60.0)))
    scores[0, red], scores[0, blue] = np.log(0.6), np.log(0.4)
    torch.testing.assert_close(annealed_mean(scores, 1.0).flatten(), torch.tensor([40.0, -6.0]))
    torch.testing.assert_close(annealed_mean(scores, 0.05).flatten(), torch.tensor([60.0, 30.0]), atol=0.1, rtol=0.0)
    lively = [float(chroma(annealed_mean(scores, one)).mean()) for one in (1.0, 0.38, 0.1)]
    assert lively == sorted(lively)


def test_rare_colours_count_more_and_the_mean_weight_is_one() -> None:
    counts = torch.zeros(COUNT)
    grey, red = (int(told(*one)[0][0, 0, 0, 0]) for one in ((0.0, 0.0), (60.0, 40.0)))
    counts[grey], counts[red] = 900, 100
    even = weights_against_commonness(counts, 0.0)
    torch.testing.assert_close(even, torch.ones(COUNT))
    for strength in (0.5, 1.0):
        weights = weights_against_commonness(counts, strength)
        assert weights[red] > 4.0 * weights[grey]
        assert torch.isfinite(weights).all()
    half = weights_against_commonness(counts, 0.5)
    near = torch.exp(-torch.cdist(centres(), centres()).square() / 50.0)
    common = counts / 1000 @ (near / near.sum(dim=1, keepdim=True))
    torch.testing.assert_close(half, 1.0 / (0.5 * common + 0.5 / COUNT) / (common / (0.5 * common + 0.5 / COUNT)).sum())


def test_the_weights_act_on_the_gradient() -> None:
    """A well-known mistake: a rebalancing that is never called."""
    classes, shares = Told(CPU)(torch.tensor([[[[0.0, 60.0]], [[0.0, 40.0]]]]))
    weights = torch.ones(COUNT)
    weights[classes[0, 0, 0, 1]] = 7.0
    scores = torch.zeros(1, COUNT, 1, 2, requires_grad=True)
    cross_entropy(scores, classes, shares, weights).backward()
    assert scores.grad is not None
    dull, lively = scores.grad[0].norm(dim=0)[0]
    assert lively / dull == pytest.approx(7.0, rel=0.05)


@pytest.mark.parametrize("network", ["small", "deep", "resnet18"])
def test_a_network_of_classes_colours_any_size(network: str) -> None:
    model = Colouriser(ColouriserSettings(network=network, loss="classes")).eval()
    with torch.inference_mode():
        for height, width in ((32, 32), (33, 47), (1, 5)):
            assert model(100.0 * torch.rand(2, 1, height, width)).shape == (2, 2, height, width)


def test_what_is_minimised() -> None:
    own, data = recipe(loss="classes")
    images = np.array(data.images[:8])
    lab = rgb_to_lab(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255.0)
    half = torch.nn.functional.avg_pool2d(lab[:, 1:], 2)
    likely = torch.log_softmax(own.model.given(lab[:, :1]).detach(), dim=1)
    classes, shares = Told(CPU)(half)
    expected = -(
        own.model.weights[classes[:, 0]] * sum(shares[:, k] * likely.gather(1, classes[:, k : k + 1])[:, 0] for k in range(5))
    )
    assert (own.model.weights.max() / own.model.weights.min()) > 5.0
    numbers = own.step(Batch(images), NOW)
    torch.testing.assert_close(numbers["loss"].detach(), expected.mean())


@pytest.mark.long
def test_it_is_livelier_than_the_mean_where_lightness_tells_little(tmp_path: Path) -> None:
    """Squares that are red or blue at the same lightness: MSE paints them the purple between."""
    folder = squares(tmp_path / "squares", red_of_ten=7)
    lively = {}
    for loss in ("mse", "classes"):
        chosen = config(data__source=str(folder), epochs=30, learning_rate=0.004, loss=loss, rebalancing=0.0)
        events = run_events(chosen, tmp_path / loss)
        lively[loss] = [event for event in events if isinstance(event, EpochFinished)][-1].valid["colourfulness"]
    assert lively["classes"] > 1.15 * lively["mse"]


@pytest.mark.long
def test_stopped_within_an_epoch_it_ends_bit_for_bit_the_same(tmp_path: Path) -> None:
    """With classes and colour points, whose places come from the seed and the step."""
    assert_goes_on_exactly(config(loss="classes", points=True, epochs=2), tmp_path, 2, 1)


def test_a_run_that_starts_from_classes_learns_classes(tmp_path: Path) -> None:
    folder = trained(config(loss="classes"), tmp_path / "run")
    start = str(folder / "checkpoints" / "best.safetensors")
    last = run_events(config(start_from=start, loss="mse"), tmp_path / "other")[-1]
    assert isinstance(last, RunFailed)
    assert "don't fit the model" in last.message
    model = ColouriserInstrument(load(folder / "checkpoints" / "best.safetensors"))
    assert model.colours(np.full((9, 13), 40.0, np.float32)).shape == (2, 9, 13)
    assert checked(with_values(config(loss="classes"), {"rebalancing": 1.0}))

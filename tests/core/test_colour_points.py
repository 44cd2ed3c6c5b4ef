"""Colour points: how a network sees them, how it learns from them, and that they colour what is around them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.checkpoint import load
from core.errors import CoreError
from core.events import EpochFinished
from core.families.colouriser.instrument import ColouriserInstrument
from core.families.colouriser.lab import lab_to_rgb, rgb_to_lab
from core.families.colouriser.networks import Colouriser
from core.families.colouriser.points import ColourPoint, planes_of, revealed, some_points
from core.families.colouriser.settings import ColouriserSettings
from tests.core.test_colouriser import config, recipe
from tests.helpers.runs import run_events, trained

NETWORKS = ("small", "deep", "resnet18")


def test_where_a_point_is() -> None:
    planes = planes_of([ColourPoint(0.5, 0.25, 55.0, -22.0)], 40, 60)
    assert planes.shape == (3, 40, 60)
    there = planes[2].nonzero()
    assert there.amin(dim=0).tolist() == [9, 29]
    assert there.amax(dim=0).tolist() == [11, 31]
    torch.testing.assert_close(planes[:, 10, 30], torch.tensor([0.5, -0.2, 1.0]))
    assert planes[:, 20, 30].abs().max() == 0.0


def test_points_at_the_edges_and_on_top_of_one_another() -> None:
    planes = planes_of([ColourPoint(1.0, 1.0, 10.0, 10.0), ColourPoint(0.0, 0.0, -11.0, 0.0)], 8, 8)
    assert planes[2, 7, 7] == planes[2, 0, 0] == 1.0
    assert planes[2].sum() == 8.0
    later = planes_of([ColourPoint(0.5, 0.5, 11.0, 0.0), ColourPoint(0.5, 0.5, -11.0, 0.0)], 8, 8)
    assert later[0, 4, 4] == pytest.approx(-0.1)
    assert planes_of([], 8, 8).abs().sum() == 0.0


def test_what_is_revealed_is_true() -> None:
    ab = torch.full((40, 2, 32, 32), 22.0)
    ab[:, 1] = -44.0
    planes = revealed(ab, np.random.default_rng(0))
    shown = planes[:, 2] == 1.0
    torch.testing.assert_close(planes[:, 0][shown], torch.full((int(shown.sum()),), 0.2))
    torch.testing.assert_close(planes[:, 1][shown], torch.full((int(shown.sum()),), -0.4))
    assert planes[:, :2].abs().sum(dim=1)[~shown].sum() == 0.0
    without = (planes[:, 2].sum(dim=(1, 2)) == 0).float().mean()
    assert 0.1 < without < 0.5
    torch.testing.assert_close(revealed(ab, np.random.default_rng(0)), planes)
    assert not torch.equal(revealed(ab, np.random.default_rng(1)), planes)
    five = some_points(ab, np.random.default_rng(0), 5)
    assert (five[:, 2].sum(dim=(1, 2)) > 9).all()
    assert (five[:, 2].sum(dim=(1, 2)) <= 45).all()


@pytest.mark.parametrize("loss", ["mse", "classes"])
@pytest.mark.parametrize("network", NETWORKS)
def test_no_points_are_empty_planes(network: str, loss: str) -> None:
    model = Colouriser(ColouriserSettings(network=network, loss=loss, points=True)).eval()
    lightness = 100.0 * torch.rand(1, 1, 33, 47)
    with torch.inference_mode():
        torch.testing.assert_close(model(lightness), model(lightness, torch.zeros(1, 3, 33, 47)))
        point = planes_of([ColourPoint(0.5, 0.5, 80.0, 60.0)], 33, 47)[None]
        assert not torch.equal(model(lightness, point), model(lightness))


def test_its_steps_see_points_and_its_validation_tells_both() -> None:
    own, data = recipe(points=True)
    ab = torch.full((8, 2, 32, 32), 30.0)
    first = own._points(ab, 0)
    assert first is not None
    own.steps = 1
    assert not torch.equal(first, own._points(ab, 0))
    from tests.core.test_colouriser import NOW

    valid = own.judge(data.images, data.split.valid, NOW, lambda: False).valid
    assert {"ab_error", "pointed_error"} <= set(valid)
    assert "pointed_error" not in recipe()[0].judge(data.images, data.split.valid, NOW, lambda: False).valid


def squares(folder: Path, red_of_ten: int = 5) -> Path:
    """Squares that are red or blue, and as light as one another, so that nothing but a point tells which."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    for number in range(80):
        lab = np.zeros((3, 32, 32), np.float32)
        lab[0] = 80.0
        top, left = rng.integers(4, 10, 2)
        lab[:, top : top + 18, left : left + 18] = np.reshape(
            (rng.uniform(45.0, 55.0), *((55.0, 30.0) if number % 10 < red_of_ten else (0.0, -45.0))), (3, 1, 1)
        )
        rgb, _ = lab_to_rgb(torch.from_numpy(lab))
        Image.fromarray((255.0 * rgb).round().byte().permute(1, 2, 0).numpy()).save(folder / f"{number}.png")
    return folder


@pytest.mark.long
def test_a_point_colours_what_belongs_to_it(tmp_path: Path) -> None:
    chosen = config(data__source=str(squares(tmp_path / "squares")), epochs=30, learning_rate=0.004, points=True)
    events = run_events(chosen, tmp_path / "run")
    last = [event for event in events if isinstance(event, EpochFinished)][-1].valid
    assert last["pointed_error"] < 0.8 * last["ab_error"]
    model = ColouriserInstrument(load(tmp_path / "run" / "checkpoints" / "last.safetensors"))
    with Image.open(tmp_path / "squares" / "1.png") as image:
        pixels = np.array(image)
    lab = rgb_to_lab(torch.from_numpy(pixels).permute(2, 0, 1).float() / 255.0).numpy()
    inside = np.abs(lab[1:]).sum(axis=0) > 20
    row, column = (int(np.median(places)) for places in np.nonzero(inside))
    means = []
    for a, b in ((60.0, 35.0), (5.0, -50.0)):
        point = ColourPoint((column + 0.5) / 32, (row + 0.5) / 32, a, b)
        means.append(model.colours(lab[0], [point])[:, inside].mean(axis=1))
    red, blue = means
    assert red[0] > blue[0] + 15
    assert red[1] > blue[1] + 25


def test_a_model_without_says_so(tmp_path: Path) -> None:
    folder = trained(config(), tmp_path / "run")
    model = ColouriserInstrument(load(folder / "checkpoints" / "best.safetensors"))
    assert not model.takes_points
    with pytest.raises(CoreError, match="takes no colour points") as caught:
        model.colours(np.full((8, 8), 50.0, np.float32), [ColourPoint(0.5, 0.5, 1.0, 1.0)])
    assert "points=true" in caught.value.hint

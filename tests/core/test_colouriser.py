"""The family of colourisers: networks, optimizers, what it learns, which pictures it leaves out, and that it resumes exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from core.checkpoint import load
from core.config import TrainConfig, checked, preset, problems, with_values
from core.data.dataset import FaceData
from core.device import choose
from core.errors import ConfigError, DataError
from core.events import EpochFinished, Event, Log, RunFailed, RunStarted
from core.families.base import Elapsed
from core.families.colouriser.instrument import ColouriserInstrument
from core.families.colouriser.lab import AB_RANGE, lab_to_rgb, rgb_to_lab
from core.families.colouriser.networks import Colouriser, parameters_of
from core.families.colouriser.optimizers import RmsProp, Sgd, make_optimizer
from core.families.colouriser.recipe import ColouriserRecipe, make_recipe
from core.families.colouriser.settings import ColouriserSettings
from core.runs.previews import read_preview
from core.training.colours import grey_note
from core.training.optim import Adam
from core.training.recipe import Batch, Moment
from core.training.usable import load_for, usable
from tests.helpers.real_data import real_source
from tests.helpers.runs import assert_goes_on_exactly, run_events, toy_folder, trained

NETWORKS = ("small", "deep", "resnet18")
NOW = Moment(Elapsed(0.0), 0.001)


def config(**values: Any) -> TrainConfig:
    """A small run on drawn faces."""
    common = {
        "data.source": str(toy_folder()), "data.image_size": 32, "batch_size": 8, "epochs": 1, "threads": 1, "precision": "fp32",
        "device": "cpu",
    }  # fmt: skip
    changes = {path.replace("__", "."): value for path, value in values.items()}
    return with_values(preset("colour"), common | changes)


def recipe(**values: Any) -> tuple[ColouriserRecipe, FaceData]:
    chosen = config(**values)
    data = load_for(chosen)
    return make_recipe(chosen, data, choose("cpu", "fp32")), data


# -- networks


@pytest.mark.parametrize(("network", "expected"), [("small", 32_202), ("deep", 3_892_194), ("resnet18", 954_434)])
def test_the_networks_are_those_of_the_report(network: str, expected: int) -> None:
    assert parameters_of(ColouriserSettings(network=network)) == expected


@pytest.mark.parametrize("network", NETWORKS)
def test_a_picture_of_any_size_gets_colours_of_its_size(network: str) -> None:
    model = Colouriser(ColouriserSettings(network=network)).eval()
    with torch.inference_mode():
        for height, width in ((32, 32), (33, 47), (8, 9), (1, 5)):
            ab = model(100.0 * torch.rand(2, 1, height, width))
            assert ab.shape == (2, 2, height, width)
            assert ab.abs().max() <= AB_RANGE


def test_a_side_that_is_no_multiple_of_eight_changes_nothing_far_from_it() -> None:
    torch.manual_seed(0)
    model = Colouriser(ColouriserSettings()).eval()
    lightness = 100.0 * torch.rand(1, 1, 64, 64)
    with torch.inference_mode():
        whole, cut = model(lightness), model(lightness[..., :61])
    torch.testing.assert_close(cut[..., :16], whole[..., :16])


@pytest.mark.parametrize("network", NETWORKS)
def test_colours_move_with_the_picture(network: str) -> None:
    """Every layer is a convolution: the same patch gets the same colours 8 pixels further."""
    torch.manual_seed(0)
    model = Colouriser(ColouriserSettings(network=network)).eval()
    lightness = torch.full((1, 1, 160, 160), 50.0)
    lightness[..., 64:80, 64:80] = 100.0 * torch.rand(16, 16)
    with torch.inference_mode():
        here, there = model(lightness), model(lightness.roll((8, 8), (2, 3)))
    torch.testing.assert_close(there[..., 72:88, 72:88], here[..., 64:80, 64:80], rtol=1e-4, atol=1e-4)


# -- optimizers


def _reference(parameters: list[nn.Parameter], name: str) -> torch.optim.Optimizer:
    if name == "rmsprop":
        return torch.optim.RMSprop(parameters, 0.01, alpha=0.9, eps=1e-7)
    return torch.optim.SGD(parameters, 0.01, momentum=0.9)


@pytest.mark.parametrize(
    ("name", "make"), [("rmsprop", lambda ps: RmsProp(ps, 0.01)), ("sgd", lambda ps: Sgd(ps, 0.01, 0.9))], ids=["rmsprop", "sgd"]
)
def test_the_optimizers_do_what_torchs_do(name: str, make: Callable[[list[nn.Parameter]], Any]) -> None:
    torch.manual_seed(1)
    begun = [torch.randn(3, 4), torch.randn(5)]
    own, theirs = ([nn.Parameter(value.clone()) for value in begun] for _ in range(2))
    optimizer, reference = make(own), _reference(theirs, name)
    for step in range(5):
        for one, two in zip(own, theirs, strict=True):
            one.grad = torch.sin(one.detach() + step)
            two.grad = one.grad.clone()
        optimizer.step()
        reference.step()
        for one, two in zip(own, theirs, strict=True):
            torch.testing.assert_close(one, two)


@pytest.mark.parametrize(("name", "kind"), [("adam", Adam), ("rmsprop", RmsProp), ("sgd", Sgd)])
def test_the_settings_choose_the_optimizer(name: str, kind: type) -> None:
    optimizer = make_optimizer(nn.Linear(2, 2), ColouriserSettings(optimizer=name, momentum=0.5), 0.02)
    assert isinstance(optimizer, kind)
    assert optimizer.learning_rate == 0.02
    if isinstance(optimizer, Sgd):
        assert optimizer.momentum == 0.5


# -- how it learns


@pytest.mark.parametrize(("loss", "power"), [("mse", 2), ("mae", 1)])
def test_what_is_minimised(loss: str, power: int) -> None:
    own, data = recipe(loss=loss)
    images = np.array(data.images[:8])
    lab = rgb_to_lab(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255.0)
    with torch.no_grad():
        error = (own.model(lab[:, :1]) - lab[:, 1:]).abs()
    numbers = own.step(Batch(images), NOW)
    torch.testing.assert_close(numbers["loss"].detach(), (error / AB_RANGE).pow(power).mean())
    torch.testing.assert_close(numbers["ab_error"].detach(), error.mean())


def test_it_sees_lightness_alone() -> None:
    """Pictures of the same lightness and of other colours get the same colours."""
    own, data = recipe()
    model = own.model.eval()
    lab = rgb_to_lab(torch.from_numpy(np.array(data.images[:1])).permute(0, 3, 1, 2).float() / 255.0)
    grey, _ = lab_to_rgb(torch.cat((lab[:, :1], torch.zeros_like(lab[:, 1:])), dim=1))
    with torch.inference_mode():
        torch.testing.assert_close(model(rgb_to_lab(grey)[:, :1]), model(lab[:, :1]), atol=1e-2, rtol=1e-3)


def test_its_validation_is_what_a_look_at_the_pictures_says(tmp_path: Path) -> None:
    own, data = recipe()
    rows = data.split.valid
    valid = own.judge(data.images, rows, NOW, lambda: False).valid
    images = np.array(data.images[rows])
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255.0
    lab = rgb_to_lab(x)
    with torch.inference_mode():
        ab = own.model.eval()(lab[:, :1])
    rgb, _ = lab_to_rgb(torch.cat((lab[:, :1], ab), dim=1))
    assert valid["ab_error"] == pytest.approx((ab - lab[:, 1:]).abs().mean().item(), rel=1e-4)
    assert valid["colourfulness"] == pytest.approx((ab.norm(dim=1).mean() / lab[:, 1:].norm(dim=1).mean()).item(), rel=1e-4)
    by_picture = -10.0 * torch.log10((rgb - x).square().mean(dim=(1, 2, 3)))
    assert valid["psnr"] == pytest.approx(by_picture.mean().item(), rel=1e-4)
    train = rgb_to_lab(torch.from_numpy(np.array(data.images[data.split.train])).permute(0, 3, 1, 2).float() / 255.0)
    mean = train[:, 1:].mean(dim=(0, 2, 3))
    torch.testing.assert_close(own.mean_ab, mean, rtol=1e-3, atol=1e-3)
    assert valid["mean_colour_error"] == pytest.approx((mean[:, None, None] - lab[:, 1:]).abs().mean().item(), rel=1e-3)


@pytest.mark.long
def test_it_learns_more_than_the_mean_colour(tmp_path: Path) -> None:
    """Squares whose colour follows from how light they are."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "squares"
    folder.mkdir()
    for number in range(60):
        picture = np.full((32, 32, 3), (40, 60, 110), np.uint8)
        top, left = rng.integers(2, 16, 2)
        picture[top : top + 14, left : left + 14] = (240, 180, 120)
        Image.fromarray(picture).save(folder / f"{number}.png")
    events = run_events(config(data__source=str(folder), epochs=25, learning_rate=0.004), tmp_path / "run")
    last = [event for event in events if isinstance(event, EpochFinished)][-1].valid
    assert last["ab_error"] < 0.35 * last["mean_colour_error"]
    assert 0.7 < last["colourfulness"] < 1.1


@pytest.mark.parametrize("optimizer", ["rmsprop", "sgd"])
def test_stopped_within_an_epoch_it_ends_bit_for_bit_the_same(optimizer: str, tmp_path: Path) -> None:
    """As the contract asks of every family, which goes by the default, Adam."""
    chosen = config(optimizer=optimizer, epochs=2, learning_rate=0.01)
    cut = assert_goes_on_exactly(chosen, tmp_path, 2, 1)
    assert any(
        name.startswith("optimizer.") for name in load(cut / "checkpoints" / "last.safetensors", training_state=True).tensors
    )


def test_the_rows_of_its_previews(tmp_path: Path) -> None:
    events = run_events(config(), tmp_path / "run")
    epoch = next(event for event in events if isinstance(event, EpochFinished))
    rows = read_preview(Path(epoch.preview))
    assert tuple(rows) == ("grey", "coloured", "originals")
    grey, coloured, originals = (picture.astype(np.float64) for picture in rows.values())
    assert np.ptp(grey, axis=-1).max() <= 1
    assert np.ptp(originals, axis=-1).max() > 50
    lightness = [rgb_to_lab(torch.from_numpy(np.moveaxis(one, -1, 1) / 255.0))[:, 0] for one in (grey, originals)]
    torch.testing.assert_close(*lightness, atol=0.5, rtol=0.0)
    assert np.ptp(coloured, axis=-1).max() > 1


# -- pictures without colours


def _with_grey(tmp_path: Path, grey: int, colour: int) -> str:
    """A folder of noisy pictures: grey ones, one of them with a trace of colour, and coloured ones."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(grey):
        values = rng.integers(0, 250, (32, 32, 1), np.uint8).repeat(3, axis=2)
        values[..., 0] += number % 2  # a chroma of about 1
        Image.fromarray(values).save(folder / f"grey{number}.png")
    for number in range(colour):
        Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)).save(folder / f"colour{number}.png")
    return str(folder)


def test_grey_pictures_are_left_out_and_named(tmp_path: Path) -> None:
    chosen = config(data__source=_with_grey(tmp_path, 3, 12))
    events: list[Event] = run_events(chosen, tmp_path / "run")
    log = " ".join(event.message for event in events if isinstance(event, Log))
    assert "3 pictures are left out (grey, with a mean chroma below 2): grey0.png, grey1.png, grey2.png." in log
    started = next(event for event in events if isinstance(event, RunStarted))
    assert started.data["grey"] == 3
    assert started.data["train"] + started.data["valid"] == 12
    data = load_for(chosen)
    used = {data.index.files[row] for part in (data.split.train, data.split.valid) for row in part.tolist()}
    assert used == {f"colour{number}.png" for number in range(12)}
    other = usable(preset("quick"), replace(data, grey=()))
    assert other.grey == ()
    assert grey_note(other) == ""


@pytest.mark.parametrize(("grey", "colour"), [(6, 0), (8, 1)], ids=["all", "all but one"])
def test_pictures_that_leave_no_colours_to_learn_get_a_sentence(tmp_path: Path, grey: int, colour: int) -> None:
    with pytest.raises(DataError, match="pictures are grey, and a colouriser learns from colours"):
        load_for(config(data__source=_with_grey(tmp_path, grey, colour)))


def test_a_run_on_grey_pictures_fails_with_that_sentence(tmp_path: Path) -> None:
    events = run_events(config(data__source=_with_grey(tmp_path, 6, 0)), tmp_path / "run")
    assert isinstance(events[-1], RunFailed)
    assert "All pictures are grey" in events[-1].message
    assert events[-1].hint


def test_settings_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match="learns from colours"):
        config(data__channels=1)
    slow = problems(config(optimizer="sgd", learning_rate=0.001)).doubtful
    assert [problem.path for problem in slow] == ["learning_rate"]
    assert not problems(config(optimizer="sgd", learning_rate=0.05)).doubtful
    assert checked(config(data__image_size=40))


# -- the trained model


def test_its_lightness_stays_the_pictures_own(tmp_path: Path) -> None:
    """Where no colour left the gamut."""
    folder = trained(config(epochs=1), tmp_path / "run")
    model = ColouriserInstrument(load(folder / "checkpoints" / "best.safetensors"))
    grey = np.full((1, 32, 32, 3), 128, np.uint8)
    coloured = model.translate(grey)
    before, after = (rgb_to_lab(torch.from_numpy(one).permute(0, 3, 1, 2).double() / 255.0)[:, 0] for one in (grey, coloured))
    torch.testing.assert_close(after, before, atol=0.4, rtol=0.0)
    np.testing.assert_array_equal(model.translate(coloured)[0, 8:24, 8:24], model.translate(coloured)[0, 8:24, 8:24])
    assert model.colours(np.full((20, 31), 50.0, np.float32)).shape == (2, 20, 31)


@pytest.mark.parametrize("folder", [real_source("celeba_small")])
@pytest.mark.long
def test_faces_get_colours_closer_than_the_mean(folder: Path, tmp_path: Path) -> None:
    chosen = config(
        data__source=str(folder), data__limit=1500, data__image_size=32, data__crop="12,26,76,90", epochs=6, learning_rate=0.003
    )
    events = run_events(chosen, tmp_path / "run")
    last = [event for event in events if isinstance(event, EpochFinished)][-1].valid
    assert last["ab_error"] < last["mean_colour_error"]
    assert last["colourfulness"] < 1.0

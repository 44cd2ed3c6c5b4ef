"""The network of the course's report on fruit, its preset, and how large its files are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core import checkpoint
from core.cli import run
from core.config import preset, problems, replaced, with_values
from core.errors import ConfigError
from core.events import EpochFinished, RunFailed
from core.families.vae.network_abilities import ABILITIES
from core.families.vae.networks.base import LatentSpec
from core.families.vae.networks.fruit_vae import FruitVAE
from core.families.vae.networks.registry import create, create_with_prior
from core.families.vae.settings import ModelConfig
from core.families.vae.weights import weights
from core.runs.expected import LARGE, file_bytes
from tests.helpers.runs import run_events, tiny, trained
from tests.helpers.turned import turned


@pytest.fixture(autouse=True)
def same_weights() -> None:
    """Networks and noise don't depend on which tests ran before."""
    torch.manual_seed(0)


def make(size: int = 32, latent: int = 8, channels: int = 3) -> FruitVAE:
    made = create(ModelConfig(name="fruit_vae", latent_dim=latent), LatentSpec(latent, (channels, size, size)), "gaussian")
    assert isinstance(made, FruitVAE)
    return made


@pytest.mark.long
def test_the_report_layer_by_layer() -> None:
    model = make(100, 2048)
    down = [layer for layer in model.encoder if isinstance(layer, nn.Conv2d)]
    up = [layer for layer in model.decoder if isinstance(layer, nn.ConvTranspose2d)]
    assert [(layer.in_channels, layer.out_channels) for layer in down] == [(3, 16), (16, 32), (32, 64), (64, 16)]
    assert [(layer.in_channels, layer.out_channels) for layer in up] == [(16, 64), (64, 32), (32, 16), (16, 3)]
    assert [layer.stride[0] for layer in down] == [1, 2, 1, 2]
    assert [layer.stride[0] for layer in up] == [2, 1, 2, 1]
    assert all(layer.kernel_size == (3, 3) for layer in (*down, *up))
    full = [(layer.in_features, layer.out_features) for layer in model.modules() if isinstance(layer, nn.Linear)]
    assert full == [(10000, 2048), (2048, 2048), (2048, 2048), (2048, 2048), (2048, 10000)]
    norms = [type(layer).__name__ for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]
    assert len(norms) == 10  # after each layer but the last one and those of the latent
    assert sum(parameter.numel() for parameter in model.parameters()) == 53_655_395
    x = torch.rand(1, 3, 100, 100)
    sides = []
    for layer in model.encoder[:-4]:
        x = layer(x)
        if isinstance(layer, nn.Conv2d):
            sides.append(tuple(x.shape[1:]))
    assert sides == [(16, 100, 100), (32, 50, 50), (64, 50, 50), (16, 25, 25)]


@pytest.mark.parametrize("size", [96, 100, 101, 112])
def test_pictures_come_back_at_their_size_or_the_size_is_refused(size: int) -> None:
    """Strides of 2 make 100 px into 50, 25 and 13 where there is one too many, whose mirror gives 104."""
    settings = {"data.image_size": size, "model.latent_dim": 8}
    if size % 4:
        with pytest.raises(ConfigError, match="101 px is no multiple of 4; 100 is the nearest") as refused:
            with_values(preset("fruit"), settings)
        assert refused.value.hint == "Set data.image_size to 100."
        return
    assert with_values(preset("fruit"), settings).data.image_size == size
    model, x = make(size).eval(), torch.rand(2, 3, size, size)
    with torch.inference_mode():
        posterior = model.encode(x)
        assert posterior.mean.shape == posterior.log_var.shape == (2, 8)
        assert model.decode(posterior.mean).shape == x.shape


def test_other_networks_keep_their_multiples_of_sixteen() -> None:
    (problem,) = problems(with_values_unchecked("conv_vae", 100)).wrong
    assert problem.error.message == "100 px is no multiple of 16; 96 is the nearest."
    assert problem.error.hint == "Set data.image_size to 96, or model.name to fruit_vae."
    assert not problems(with_values_unchecked("fruit_vae", 100)).wrong


def with_values_unchecked(network: str, size: int) -> object:
    return replaced(preset("quick"), {"model.name": network, "data.image_size": size})


def test_the_latents_axes_can_be_turned() -> None:
    model, x = make().eval(), torch.rand(3, 3, 32, 32)
    with torch.inference_mode():
        before = model.decode(model.encode(x).mean)
        turn = torch.linalg.qr(torch.randn(8, 8)).Q
        model.change_latent_basis(torch.randn(8), 2.0 * turn, turn.T / 2.0, torch.zeros(8))
        assert torch.allclose(model.decode(model.encode(x).mean), before, atol=1e-4)


def test_a_single_picture_can_be_learned() -> None:
    model = make().train()
    posterior = model.encode(torch.rand(1, 3, 32, 32))
    decoded = model.decode_raw(posterior.mean)
    decoded.square().sum().backward()
    assert torch.isfinite(decoded).all()
    assert model.encoder[-2].norm.running_var.eq(1.0).all()  # one picture says nothing of the spread


def test_the_preset_is_the_reports() -> None:
    config = preset("fruit")
    assert (config.data.image_size, config.settings.model.name, config.settings.model.latent_dim) == (100, "fruit_vae", 2048)
    objective = config.settings.objective
    assert (objective.name, objective.likelihood, objective.variance, objective.beta) == ("beta_vae", "gaussian", "fixed", 1.0)
    assert 0.0 < config.save_minutes <= 2.0
    assert (config.settings.whiten_every, config.settings.prior) == (5, "learned")  # samples of N(0, I) are all the mean fruit
    best, last = file_bytes(config)
    assert best == 4 * 53_655_395
    assert last == 3 * best > LARGE


SHAPES = {"burgess_vae": (1, 64, 64), "mlp_vae": (1, 32, 32)}


@pytest.mark.parametrize("network", sorted(set(ABILITIES) - {"conditional_vae"}))
@pytest.mark.parametrize("prior", ["normal", "vamp"])
def test_weights_are_counted_without_torch(network: str, prior: str) -> None:
    shape = SHAPES.get(network, (3, 48, 48))
    values = {"model.name": network, "model.latent_dim": 7, "model.hidden_units": 30, "model.kernel_size": 3, "prior": prior}
    values |= {"pseudo_inputs": 5, "data.image_size": shape[1], "data.channels": shape[0], "whiten_every": 0}
    settings = with_values(preset("quick"), values).settings
    model = create_with_prior(settings, LatentSpec(7, shape))
    assert weights(settings, shape) == sum(parameter.numel() for parameter in model.parameters())


def dimensions_in_use(tmp_path: Path, name: str, variance: float) -> int:
    """How many dimensions have a KL above 0.1 nats after two epochs on drawn things."""
    values = {"data.source": str(tmp_path / "turned"), "data.image_size": 32, "model.latent_dim": 64, "prior": "normal"}
    values |= {"objective.fixed_variance": variance, "epochs": 2, "batch_size": 8}
    values |= {"threads": 1, "precision": "fp32", "device": "cpu"}
    events = run_events(with_values(preset("fruit"), values), tmp_path / name)
    last = [event for event in events if isinstance(event, EpochFinished)][-1]
    return int((np.array(last.per_axis["kl_per_dim"]) > 0.1).sum())


@pytest.mark.long
def test_the_latent_is_used_since_errors_are_summed_as_the_kl_is(tmp_path: Path) -> None:
    turned(tmp_path / "turned")
    assert dimensions_in_use(tmp_path, "sum", preset("fruit").settings.objective.fixed_variance) >= 8
    # The well-known mistake: a mean of squared errors beside a sum of KL, as if the variance were 3 * 32 * 32 / 2. A few dimensions
    # are left by chance on some machines.
    assert dimensions_in_use(tmp_path, "mean", 3 * 32 * 32 / 2) < 8


@pytest.mark.long
def test_a_run_that_began_with_another_split_is_not_continued(tmp_path: Path) -> None:
    folder = turned(tmp_path / "turned", kinds=2)
    run = trained(tiny(folder, epochs=1), tmp_path / "run")
    last = run / "checkpoints" / "last.safetensors"
    saved = checkpoint.load(last, training_state=True)
    older = {name: value for name, value in saved.header.data.items() if not name.startswith("near_copies")}
    checkpoint.save(last, replace(saved.header, data=older), saved.tensors)
    (failed,) = [event for event in run_events(tiny(folder, epochs=2), run, resume=True) if isinstance(event, RunFailed)]
    assert failed.message == "The run began before near-copies were kept on one side of the split."
    assert failed.hint == "Start a new run (it can't be continued exactly)."


def test_large_files_are_spoken_of_before_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--data", "nowhere", "--out", str(tmp_path / "run"), "--epochs=1"]
    assert run([*words, "--preset", "fruit"]) == 3
    said = capsys.readouterr().err
    assert "best.safetensors about 215 MB, last.safetensors, which the run can go on from, 644 MB" in said
    assert "at most every 2 minutes" in said
    assert run([*words, "--latent-dim=4096", "--image-size=256"]) == 3
    assert "They are written after each epoch." in capsys.readouterr().err
    assert run(words) == 3
    assert "large" not in capsys.readouterr().err

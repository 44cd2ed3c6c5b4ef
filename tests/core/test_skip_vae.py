"""Table 1's network with a linear way around the convolutions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.checkpoint import find, load
from core.families.networks.folding import fold
from core.families.vae.networks.base import LatentSpec
from core.families.vae.networks.registry import create
from core.families.vae.networks.skip_vae import SkipVAE
from core.families.vae.settings import ModelConfig
from core.latent.engine import LatentEngine
from tests.helpers.runs import run_events, tiny


def make(size: int = 64, latent: int = 8, channels: int = 3, likelihood: str = "gaussian") -> SkipVAE:
    torch.manual_seed(0)
    made = create(ModelConfig(name="skip_vae", latent_dim=latent), LatentSpec(latent, (channels, size, size)), likelihood)
    assert isinstance(made, SkipVAE)
    return made


@pytest.mark.parametrize(("size", "channels", "likelihood"), [(32, 1, "bernoulli"), (64, 3, "gaussian"), (128, 3, "gaussian")])
def test_shapes_and_range(size: int, channels: int, likelihood: str) -> None:
    model = make(size, 8, channels, likelihood).eval()
    x = torch.rand(2, channels, size, size)
    posterior = model.encode(x)
    assert posterior.mean.shape == posterior.log_var.shape == (2, 8)
    assert model.decode_raw(posterior.mean).shape == x.shape
    made = model.decode(posterior.mean)
    assert made.min() >= 0
    assert made.max() <= 1


def test_the_linear_way_alone_sees_and_paints_a_coarse_picture() -> None:
    model = make().eval()
    with torch.no_grad():
        for layer in (model.to_mean, model.coarse_from_latent):
            layer.weight.zero_()
        dark, light = (model.encode(torch.full((1, 3, 64, 64), value)).mean for value in (0.0, 1.0))
        assert not torch.allclose(dark, light)  # the convolutions say nothing any more
        model.coarse_from_latent.bias.copy_(torch.arange(3 * 16 * 16) * 0.01)
        with_it = model.decode_raw(dark)
        model.coarse_from_latent.bias.zero_()
        painted = with_it - model.decode_raw(dark)
    assert painted[0, 0, 0, 0] < painted[0, 0, -1, -1] < painted[0, 2, -1, -1]


def test_another_basis_leaves_the_pictures_as_they_are() -> None:
    model = make().eval()
    x = torch.rand(4, 3, 64, 64)
    with torch.no_grad():
        old = model.encode(x).mean
        before = model.decode_raw(old)
        shift, to_new = torch.randn(8), torch.eye(8) + 0.3 * torch.randn(8, 8)
        changed = model.change_latent_basis(shift, to_new, torch.linalg.inv(to_new), torch.full((8,), -2.0))
        new = model.encode(x)
        torch.testing.assert_close(new.mean, (old - shift) @ to_new.T, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(new.log_var, torch.full((4, 8), -2.0), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(model.decode_raw(new.mean), before, rtol=1e-3, atol=1e-4)
    assert {id(one) for one in model.coarse_from_latent.parameters()} <= {id(one) for one in changed}


def test_folded_for_use_it_is_the_same() -> None:
    model = make()
    x = torch.rand(4, 3, 64, 64)
    model.train()
    model.decode_raw(model.encode(x).mean)  # statistics of the BatchNorms
    model.eval()
    with torch.no_grad():
        before = model.decode(model.encode(x).mean)
        fold(model)
        torch.testing.assert_close(model.decode(model.encode(x).mean), before, rtol=1e-3, atol=1e-4)


def test_it_trains_is_saved_and_opened(tmp_path: Path) -> None:
    run_events(tiny(model__name="skip_vae", whiten_every=1), tmp_path / "run")
    engine = LatentEngine(load(find(str(tmp_path / "run"))))
    assert engine.header.settings.model.name == "skip_vae"
    channels, side, _ = engine.spec.image_shape
    decoded = engine.decode(engine.encode(np.zeros((1, side, side, channels), np.uint8)).mean)
    assert decoded.shape == (1, side, side, channels)

"""A folded network gives what the unfolded one gave."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from core.families.networks.folding import fold
from core.families.vae.networks.base import LatentModule, LatentSpec
from core.families.vae.networks.registry import create
from core.families.vae.settings import ModelConfig


@pytest.fixture
def model() -> LatentModule:
    torch.manual_seed(0)
    made = create(ModelConfig(latent_dim=6, dropout=0.3), LatentSpec(6, (3, 32, 32)), "gaussian")
    with torch.no_grad():
        for layer in made.modules():
            if isinstance(layer, nn.BatchNorm2d):  # as if trained: nothing is 0 or 1
                layer.running_mean.normal_()
                layer.running_var.uniform_(0.5, 2.0)
                layer.weight.uniform_(0.5, 2.0)
                layer.bias.normal_()
    return made.eval()


@pytest.mark.long
def test_folding_changes_nothing_that_comes_out(model: LatentModule) -> None:
    folded = copy.deepcopy(model)
    fold(folded)
    x, z = torch.rand(4, 3, 32, 32), torch.randn(4, 6)
    with torch.inference_mode():
        torch.testing.assert_close(folded.decode(z), model.decode(z), atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(folded.encode(x).mean, model.encode(x).mean, atol=1e-4, rtol=1e-4)


def test_nothing_is_left_to_fold(model: LatentModule) -> None:
    layers = len(list(model.decoder))  # type: ignore[arg-type]
    fold(model)
    assert not any(isinstance(layer, nn.BatchNorm2d | nn.Dropout2d) for layer in model.modules())
    assert len(list(model.decoder)) < layers  # type: ignore[arg-type]

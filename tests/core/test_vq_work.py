"""How much arithmetic a VQ-VAE and its prior are said to take, against what their layers do."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core.config import preset, with_values
from core.families.registry import family
from core.families.vq_vae.code_prior import CodePrior
from core.families.vq_vae.network import VQVAE
from core.families.vq_vae.settings import VqVaeSettings
from core.families.vq_vae.work import codes_work, pace, prior_work


def multiplications(model: nn.Module, x: Tensor) -> float:
    """Of all convolutions and linear layers in a forward pass."""
    counts: list[float] = []

    def note(layer: Any, given: tuple[Tensor], out: Tensor) -> None:
        if isinstance(layer, nn.ConvTranspose2d):
            counts.append(given[0].numel() * layer.weight[0].numel())
        elif isinstance(layer, nn.Conv2d):
            counts.append(out.numel() * layer.weight[0].numel())
        else:
            counts.append(out.numel() * layer.in_features)

    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            layer.register_forward_hook(note)
    with torch.no_grad():
        model(x)
    return sum(counts)


@pytest.mark.parametrize(("side", "grid", "hidden"), [(64, 16, 64), (64, 8, 32), (32, 16, 48)])
def test_the_work_of_both_networks_is_what_their_layers_do(side: int, grid: int, hidden: int) -> None:
    own = VqVaeSettings(grid=grid, hidden=hidden)
    codes = multiplications(VQVAE((3, side, side), grid, hidden), torch.rand(1, 3, side, side))
    nearest = grid**2 * own.codebook_size * own.code_dim
    assert codes_work(own, side, 3) == pytest.approx(codes + nearest, rel=0.02)
    prior = multiplications(CodePrior(grid, own.codebook_size), torch.zeros(1, grid, grid, dtype=torch.int64))
    attention = prior_work(own) - prior
    assert 0.0 < attention == pytest.approx(2 * 4 * grid**4 * 64, rel=0.3)


def test_an_epoch_of_the_prior_counts_by_its_work() -> None:
    """On one core an epoch of the prior was seen to take 2.9 times as long as one of the codes with 16 x 16, 0.8 with 8 x 8."""
    assert pace(VqVaeSettings(), 64, 3) == pytest.approx(2.9, rel=0.25)
    assert pace(VqVaeSettings(grid=8), 64, 3) == pytest.approx(0.8, rel=0.25)
    kind = family("vq_vae")
    assert kind.phases(preset("codes"))[1].pace == pytest.approx(pace(VqVaeSettings(), 64, 3))
    assert [one.name for one in kind.phases(with_values(preset("codes"), {"prior_epochs": 0}))] == [""]

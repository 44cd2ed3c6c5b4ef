"""Turning the latent's axes: reconstructions stay, codes become round, the KL falls."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.device import choose
from core.families.vae.networks.base import LatentSpec
from core.families.vae.networks.conv_vae import ConvVAE
from core.families.vae.settings import ModelConfig
from core.families.vae.whitening import whiten

SIZE, LATENT, PICTURES = 32, 6, 300


@pytest.fixture
def images() -> np.ndarray:
    """Pictures that differ in a few ways, so that their codes fill some directions and not others."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    tones = rng.uniform(0.2, 0.8, (PICTURES, 3))
    slopes = rng.normal(0.0, 0.2, (PICTURES, 2))
    light = slopes[:, :1, None] * x + slopes[:, 1:, None] * y
    return (255 * np.clip(tones[:, None, None] + light[..., None], 0, 1)).astype(np.uint8)


@pytest.fixture
def model() -> ConvVAE:
    """With codes far from the prior: shifted, stretched, and of little noise."""
    torch.manual_seed(0)
    made = ConvVAE(ModelConfig(latent_dim=LATENT), LatentSpec(LATENT, (3, SIZE, SIZE)), "gaussian").eval()
    with torch.no_grad():
        made.to_mean.weight *= torch.tensor([5.0, 1.0, 8.0, 2.0, 0.5, 3.0])[:, None]
        made.to_mean.bias += torch.tensor([2.0, -3.0, 0.0, 1.0, 0.5, -1.0])
        made.to_log_var.weight *= 0.01
        made.to_log_var.bias.copy_(torch.tensor([-3.0, -2.0, -4.0, -1.0, 0.0, -2.5]))
    return made


def encode(model: ConvVAE, images: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    with torch.inference_mode():
        posterior = model.encode(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255.0)
    return posterior.mean, posterior.log_var


def test_reconstructions_stay_and_codes_become_round(model: ConvVAE, images: np.ndarray) -> None:
    mean, log_var = encode(model, images)
    with torch.inference_mode():
        before = model.decode_raw(mean)
    whiten(model, choose("cpu", "fp32"), images, np.arange(PICTURES))
    turned, turned_log_var = encode(model, images)
    with torch.inference_mode():
        torch.testing.assert_close(model.decode_raw(turned), before, atol=2e-4, rtol=1e-3)
    whole = torch.cov(turned.T) + torch.diag(turned_log_var.exp().mean(dim=0))
    torch.testing.assert_close(turned.mean(dim=0), torch.zeros(LATENT), atol=1e-3, rtol=0)
    torch.testing.assert_close(whole, torch.eye(LATENT), atol=0.02, rtol=0)

    def kl(m: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        return 0.5 * (m.square() + v.exp() - 1.0 - v).mean(dim=0)

    assert kl(turned, turned_log_var).sum() < 0.8 * kl(mean, log_var).sum()
    per_dim = kl(turned, turned_log_var)
    assert torch.equal(per_dim.argsort(descending=True), torch.arange(LATENT))  # the most telling axes first


def test_the_noise_of_the_posterior_stays_what_it_was(model: ConvVAE, images: np.ndarray) -> None:
    """Noise drawn in the new axes and carried back has the covariance that it had in the old ones."""
    first = model.from_latent[0].weight.detach().clone()
    _, log_var = encode(model, images)
    whiten(model, choose("cpu", "fp32"), images, np.arange(PICTURES))
    _, turned_log_var = encode(model, images)
    old = first @ torch.diag(log_var.exp().mean(dim=0)) @ first.T
    weight = model.from_latent[0].weight.detach()
    new = weight @ torch.diag(turned_log_var.exp().mean(dim=0)) @ weight.T
    torch.testing.assert_close(new, old, atol=2e-3, rtol=0.02)


def test_doing_it_twice_changes_nothing_more(model: ConvVAE, images: np.ndarray) -> None:
    compute, rows = choose("cpu", "fp32"), np.arange(PICTURES)
    whiten(model, compute, images, rows)
    once, _ = encode(model, images)
    changed = whiten(model, compute, images, rows)
    twice, _ = encode(model, images)
    torch.testing.assert_close(twice.abs(), once.abs(), atol=0.02, rtol=0.02)  # up to the sign of an axis
    assert {id(p) for p in changed} <= {id(p) for p in model.parameters()}
    assert len(changed) == 6

"""The network of the assignment's Table 1."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.families.vae.networks.base import LatentSpec, Posterior
from core.families.vae.networks.conv_vae import ConvVAE
from core.families.vae.networks.gaussian_vae import LOG_VAR_BOUND
from core.families.vae.networks.registry import create
from core.families.vae.settings import ModelConfig


@pytest.fixture(autouse=True)
def same_weights() -> None:
    """Networks and noise don't depend on which tests ran before."""
    torch.manual_seed(0)


def make(size: int = 128, latent: int = 128, channels: int = 3, likelihood: str = "gaussian", **config: object) -> ConvVAE:
    made = create(ModelConfig(latent_dim=latent, **config), LatentSpec(latent, (channels, size, size)), likelihood)  # type: ignore[arg-type]
    assert isinstance(made, ConvVAE)
    return made


def names(layers: nn.Sequential) -> list[str]:
    return [type(layer).__name__ for layer in layers]


@pytest.mark.parametrize("kernel", [3, 4])
def test_table_1_layer_by_layer(kernel: int) -> None:
    model = make(dropout=0.1, kernel_size=kernel)
    block = ["BatchNorm2d", "ReLU", "Dropout2d"]
    assert names(model.encoder) == (["Conv2d", *block] * 4) + ["Flatten"]
    assert names(model.from_latent) == ["Linear", "ReLU"]
    assert names(model.decoder) == (["ConvTranspose2d", *block] * 3) + ["ConvTranspose2d"]
    down = [layer for layer in model.encoder if isinstance(layer, nn.Conv2d)]
    up = [layer for layer in model.decoder if isinstance(layer, nn.ConvTranspose2d)]
    assert [(layer.in_channels, layer.out_channels) for layer in down] == [(3, 32), (32, 64), (64, 64), (64, 64)]
    assert [(layer.in_channels, layer.out_channels) for layer in up] == [(64, 64), (64, 64), (64, 32), (32, 3)]
    assert all(layer.stride == (2, 2) and layer.kernel_size == (kernel, kernel) for layer in (*down, *up))
    first = model.from_latent[0]
    assert isinstance(first, nn.Linear)
    assert (model.to_mean.in_features, model.to_mean.out_features) == (4096, 128)
    assert (model.to_log_var.in_features, model.to_log_var.out_features) == (4096, 128)
    assert (first.in_features, first.out_features) == (128, 4096)
    x = torch.rand(2, 3, 128, 128)
    sides = []
    for layer in model.encoder[:-1]:
        x = layer(x)
        if isinstance(layer, nn.Conv2d):
            sides.append(tuple(x.shape[1:]))
    assert sides == [(32, 64, 64), (64, 32, 32), (64, 16, 16), (64, 8, 8)]
    x = model.from_latent(torch.randn(2, 128)).view(2, 64, 8, 8)
    sides = []
    for layer in model.decoder:
        x = layer(x)
        if isinstance(layer, nn.ConvTranspose2d):
            sides.append(tuple(x.shape[1:]))
    assert sides == [(64, 16, 16), (64, 32, 32), (32, 64, 64), (3, 128, 128)]


def test_without_dropout_there_is_no_such_layer() -> None:
    model = make(32, 4)
    assert not [module for module in model.modules() if isinstance(module, nn.Dropout2d)]


@pytest.mark.parametrize(("size", "channels", "kernel"), [(32, 3, 4), (48, 1, 3), (64, 1, 4), (80, 3, 3), (96, 3, 4)])
def test_other_sizes(size: int, channels: int, kernel: int) -> None:
    model = make(size, 5, channels, kernel_size=kernel)
    x = torch.rand(2, channels, size, size)
    posterior = model.encode(x)
    assert posterior.mean.shape == posterior.log_var.shape == (2, 5)
    assert model.decode_raw(posterior.mean).shape == x.shape


def test_outputs_are_linear_and_pictures_are_clamped() -> None:
    model = make(32, 4).eval()
    with torch.no_grad():
        raw = model.decode_raw(1000 * torch.randn(8, 4))
        assert raw.min() < -1
        assert raw.max() > 1
        pictures = model.to_pixels(raw * 100)
        assert (pictures.min(), pictures.max()) == (0, 1)
        means = model.encode(torch.rand(64, 3, 32, 32)).mean
        assert means.min() < 0 < means.max()


def test_bernoulli_pictures_are_probabilities() -> None:
    model = make(32, 4, likelihood="bernoulli").eval()
    raw = torch.tensor([-50.0, 0.0, 50.0]).view(1, 3, 1, 1)
    assert torch.allclose(model.to_pixels(raw).flatten(), torch.tensor([0.0, 0.5, 1.0]))


def test_pixels_go_to_the_standardised_scale_and_back() -> None:
    model = make(32, 4)
    model.set_standardisation(torch.tensor([0.2, 0.5, 0.7]), torch.tensor([0.1, 0.2, 0.3]))
    x = torch.rand(3, 3, 32, 32)
    assert torch.allclose(model.to_pixels(model.standardise(x)), x, atol=1e-6)
    assert {"pixel_mean", "pixel_std"} <= model.state_dict().keys()


def test_log_variance_is_bounded_so_that_nothing_overflows() -> None:
    model = make(32, 4)
    nn.init.constant_(model.to_log_var.bias, 1e20)
    posterior = model.encode(torch.rand(2, 3, 32, 32))
    assert (posterior.log_var == LOG_VAR_BOUND).all()
    assert posterior.kl().isfinite().all()
    assert posterior.sample().isfinite().all()
    nn.init.constant_(model.to_log_var.bias, 0.0)
    nn.init.zeros_(model.to_log_var.weight)
    nn.init.constant_(model.to_log_var.bias, 0.5)
    assert model.encode(torch.rand(2, 3, 32, 32)).log_var[0, 0].item() == pytest.approx(0.5, abs=0.001)  # as good as linear near 0


def test_kl_is_what_monte_carlo_says() -> None:
    generator = torch.Generator().manual_seed(1)
    mean, log_var = torch.tensor([[0.7, -1.5, 0.0]]), torch.tensor([[-1.0, 0.6, 0.0]])
    posterior = Posterior(mean, log_var)
    q = torch.distributions.Normal(mean, (0.5 * log_var).exp())
    z = mean + (0.5 * log_var).exp() * torch.randn(400_000, 3, generator=generator)
    sampled = (q.log_prob(z) - torch.distributions.Normal(0.0, 1.0).log_prob(z)).mean(dim=0)
    assert torch.allclose(posterior.kl()[0], sampled, atol=0.01)
    exact = torch.distributions.kl_divergence(q, torch.distributions.Normal(torch.zeros(3), torch.ones(3)))
    assert torch.allclose(posterior.kl(), exact, atol=1e-6)


def test_reparameterised_samples_have_the_right_moments_and_gradients() -> None:
    mean = torch.full((200_000, 2), 1.5, requires_grad=True)
    log_var = torch.full((200_000, 2), -0.8, requires_grad=True)
    z = Posterior(mean, log_var).sample(torch.Generator().manual_seed(2))
    assert z.mean().item() == pytest.approx(1.5, abs=0.01)
    assert z.var().item() == pytest.approx(2.718281828**-0.8, rel=0.02)
    z.sum().backward()  # dz/dmean = 1, dz/dlog_var = noise * std / 2 = (z - mean) / 2
    assert mean.grad is not None
    assert log_var.grad is not None
    assert (mean.grad == 1).all()
    assert torch.allclose(log_var.grad, (z - mean).detach() / 2, atol=1e-6)
    again = Posterior(mean, log_var).sample(torch.Generator().manual_seed(2))
    assert torch.equal(z, again)


def test_dropout_takes_whole_channels_in_training_alone() -> None:
    layer = make(32, 4, dropout=0.5).encoder[3]
    assert isinstance(layer, nn.Dropout2d)
    dropped = layer.train()(torch.ones(8, 32, 4, 4))
    per_channel = dropped.flatten(2)
    assert ((per_channel == 0).all(dim=2) | (per_channel == 2).all(dim=2)).all()
    assert 0 < (per_channel[..., 0] == 0).float().mean() < 1
    assert (layer.eval()(torch.ones(8, 32, 4, 4)) == 1).all()


def test_one_picture_of_the_smallest_size_can_be_trained_on() -> None:
    model = make(32, 4).train()
    model.decode_raw(model.encode(torch.rand(1, 3, 32, 32)).mean).sum().backward()
    assert all(p.grad is not None for name, p in model.named_parameters() if "log_var" not in name)


def test_samples_of_the_prior() -> None:
    z = make(32, 3).sample(20_000, torch.Generator().manual_seed(0))
    assert z.shape == (20_000, 3)
    assert z.mean().abs() < 0.02
    assert z.std().item() == pytest.approx(1, abs=0.02)


def test_another_basis_of_the_latent_leaves_the_pictures_as_they_were() -> None:
    model = make(32, 3).eval()
    x = torch.rand(4, 3, 32, 32)
    with torch.no_grad():
        before = model.encode(x).mean
        pictures = model.decode(before)
        to_new = torch.tensor([[0.0, 2.0, 0.0], [1.0, 0.0, 1.0], [0.0, 0.5, 3.0]])
        shift = torch.tensor([0.1, -0.2, 0.3])
        changed = model.change_latent_basis(shift, to_new, torch.linalg.inv(to_new), torch.tensor([-1.0, 0.0, 1.0]))
        after = model.encode(x)
    assert torch.allclose(after.mean, (before - shift) @ to_new.T, atol=1e-4)
    assert torch.allclose(model.decode(after.mean), pictures, atol=1e-4)
    assert torch.allclose(after.log_var, torch.tensor([-1.0, 0.0, 1.0]).expand(4, 3), atol=1e-4)
    assert len(changed) == 6

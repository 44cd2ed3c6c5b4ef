"""The VQ-VAE's network: sizes, what it gives, its loss, and that it goes on exactly."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from core.errors import ConfigError
from core.families.grids import possible_grids
from core.families.vq_vae.codebook import CodeUsage
from core.families.vq_vae.network import VQVAE, Quantisation, loss_terms


def drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 8, side: int = 16, channels: int = 3, seed: int = 0) -> Tensor:
    return torch.rand((count, channels, side, side), generator=drawn(seed))


def small(side: int = 16, grid: int = 4, channels: int = 3, seed: int = 0) -> VQVAE:
    torch.manual_seed(seed)
    model = VQVAE((channels, side, side), grid, hidden=16, residual_blocks=1, residual_channels=8, codebook_size=16, code_dim=4)
    model.set_standardisation(torch.full((channels,), 0.4), torch.full((channels,), 0.3))
    return model


def train(model: VQVAE, optimizer: torch.optim.Optimizer, generator: torch.Generator, seeds: range) -> list[float]:
    """A step for each seed's batch; the losses."""
    losses = []
    for seed in seeds:
        x = pictures(seed=seed)
        if not model.codebook.updates:
            model.initialise_codebook(x, generator)
        step = model(x)
        terms = loss_terms(model.standardise(x), step)
        optimizer.zero_grad()
        terms.loss.backward()
        optimizer.step()
        model.update_codebook(step, generator)
        losses.append(float(terms.loss.detach()))
    return losses


@pytest.mark.parametrize(
    ("side", "grid", "channels"), [(64, 16, 3), (64, 8, 1), (28, 14, 1), (28, 7, 1), (100, 25, 3), (36, 18, 3), (16, 1, 3)]
)
def test_pictures_become_a_grid_and_pictures_again(side: int, grid: int, channels: int) -> None:
    model = small(side, grid, channels)
    x = pictures(2, side, channels)
    indices = model.encode(x)
    assert indices.shape == (2, grid, grid)
    assert indices.dtype == torch.int64
    decoded = model.decode(indices)
    assert decoded.shape == x.shape
    assert decoded.min() >= 0.0
    assert decoded.max() <= 1.0


@pytest.mark.parametrize(("side", "grid"), [(64, 12), (64, 64), (64, 128), (28, 16), (28, 0)])
def test_grid_that_does_not_fit_is_refused(side: int, grid: int) -> None:
    with pytest.raises(ConfigError) as refused:
        small(side, grid)
    assert f"grid of {grid} codes a side doesn't fit pictures of {side} pixels" in str(refused.value)
    *_, coarsest = possible_grids(side)
    assert f"or {coarsest}," in refused.value.hint


def test_pictures_without_any_grid_are_refused() -> None:
    assert possible_grids(28) == (14, 7)
    assert possible_grids(33) == ()
    with pytest.raises(ConfigError, match="33 pixels a side have no grid"):
        small(33, 16)
    with pytest.raises(ConfigError, match="square pictures, not 32x16"):
        VQVAE((3, 16, 32))


def test_places_of_the_grid_are_places_of_the_picture() -> None:
    """A change in the picture's lower left corner changes codes there alone, and a code there changes pixels there."""
    model = small(64, 16)
    x = pictures(1, 64)
    model.initialise_codebook(x, drawn(0))
    changed = x.clone()
    changed[:, :, 56:, :8] = 1.0 - changed[:, :, 56:, :8]
    rows, columns = torch.nonzero(model.encode(x)[0] != model.encode(changed)[0], as_tuple=True)
    assert len(rows)
    assert rows.min() >= 10
    assert columns.max() <= 5
    indices = model.encode(x)
    other = indices.clone()
    other[0, 15, 0] = (other[0, 15, 0] + 1) % 16
    rows, columns = torch.nonzero((model.decode(indices) != model.decode(other))[0].any(dim=0), as_tuple=True)
    assert len(rows)
    assert rows.min() >= 40
    assert columns.max() <= 23


def test_decoding_the_codes_is_what_training_saw() -> None:
    model = small()
    x = pictures()
    model.initialise_codebook(x, drawn(0))
    step = model(x)
    assert torch.equal(model.encode(x), step.indices)
    assert torch.equal(model.decode(step.indices), model.to_pixels(step.reconstruction))
    torch.testing.assert_close(model.to_pixels(model.standardise(x)), x)


def test_gradient_of_the_reconstruction_reaches_the_encoder() -> None:
    model = small()
    x = pictures()
    model.initialise_codebook(x, drawn(0))
    loss_terms(model.standardise(x), model(x), commitment_weight=0.0).loss.backward()
    assert all(bool(p.grad.abs().sum() > 0) for p in model.encoder.parameters())


def test_commitment_weight_weighs_the_encoders_side() -> None:
    """beta on the wrong term: with the weight doubled, what the commitment adds to the encoder's gradient doubles, no more."""
    model = small()
    x = pictures()
    model.initialise_codebook(pictures(seed=1), drawn(0))
    gradients = []
    for weight in (0.0, 0.25, 0.5):
        model.zero_grad()
        loss_terms(model.standardise(x), model(x), weight).loss.backward()
        gradients.append(torch.cat([p.grad.flatten() for p in model.encoder.parameters()]))
    assert (gradients[1] - gradients[0]).abs().max() > 1e-5
    torch.testing.assert_close(gradients[2] - gradients[0], 2.0 * (gradients[1] - gradients[0]), rtol=1e-3, atol=1e-6)
    decoder = torch.cat([p.grad.flatten() for p in model.decoder.parameters()])
    model.zero_grad()
    loss_terms(model.standardise(x), model(x), 0.0).loss.backward()
    torch.testing.assert_close(torch.cat([p.grad.flatten() for p in model.decoder.parameters()]), decoder)


@pytest.mark.parametrize("larger", ["batch", "pictures and grid", "grid"])
def test_larger_batches_pictures_and_grids_keep_the_terms_in_proportion(larger: str) -> None:
    model = small()
    x = pictures()
    model.initialise_codebook(pictures(seed=1), drawn(0))
    target, step = model.standardise(x), model(x)
    before = loss_terms(target, step)
    vectors = step.vectors.repeat(4, 1)
    commitment = model.codebook(vectors).commitment
    if larger == "batch":
        target, step = target.repeat(4, 1, 1, 1), replace(step, reconstruction=step.reconstruction.repeat(4, 1, 1, 1))
    elif larger == "pictures and grid":
        target, step = target.repeat(1, 1, 2, 2), replace(step, reconstruction=step.reconstruction.repeat(1, 1, 2, 2))
    after = loss_terms(target, replace(step, vectors=vectors, commitment=commitment))
    torch.testing.assert_close(after.commitment / after.reconstruction, before.commitment / before.reconstruction)
    torch.testing.assert_close(after.loss, before.loss)


def test_reconstruction_is_a_share_of_the_variance() -> None:
    """Of a standardised pixel: pictures as wide as the standard deviation says, answered by their mean, lose all of it: 1."""
    target = torch.randn((64, 3, 16, 16), generator=drawn(0))
    nothing = Quantisation(torch.zeros_like(target), torch.zeros(0), torch.zeros(0), torch.tensor(0.0))
    assert float(loss_terms(target, nothing).reconstruction) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("training", [True, False])
def test_looking_at_pictures_changes_nothing(training: bool) -> None:
    model = small()
    train(model, torch.optim.Adam(model.parameters()), drawn(0), range(2))
    model.train(training)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model(pictures(seed=7))
    model.decode(model.encode(pictures(seed=8)))
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_new_model_uses_its_codes() -> None:
    """After the first batch, before any code was re-seeded, a second one uses far more than a fifth of them."""
    torch.manual_seed(0)
    model = VQVAE((3, 32, 32), 8, hidden=32, residual_blocks=1, residual_channels=8)
    model.initialise_codebook(pictures(32, 32, seed=0), drawn(0))
    usage = CodeUsage(256)
    usage.add(model.encode(pictures(32, 32, seed=1)))
    assert usage.codes_used > 0.5


def test_codes_are_no_parameters() -> None:
    model = small()
    assert not [name for name, _ in model.named_parameters() if name.startswith("codebook")]
    assert {"codebook.codes", "codebook.counts", "codebook.sums", "codebook.updates"} <= model.state_dict().keys()


def test_it_learns_and_a_saved_run_goes_on_exactly() -> None:
    model = small()
    optimizer, generator = torch.optim.Adam(model.parameters(), 3e-3), drawn(0)
    losses = train(model, optimizer, generator, range(10))
    file = io.BytesIO()
    torch.save([model.state_dict(), optimizer.state_dict(), generator.get_state()], file)
    file.seek(0)
    weights, averages, drawn_so_far = torch.load(file, weights_only=True)
    other = small(seed=1)
    other.load_state_dict(weights)
    its_optimizer = torch.optim.Adam(other.parameters(), 3e-3)
    its_optimizer.load_state_dict(averages)
    its_generator = torch.Generator()
    its_generator.set_state(drawn_so_far)
    assert torch.equal(other.encode(pictures(seed=99)), model.encode(pictures(seed=99)))
    assert train(other, its_optimizer, its_generator, range(10, 20)) == train(model, optimizer, generator, range(10, 20))
    assert all(torch.equal(a, b) for a, b in zip(other.state_dict().values(), model.state_dict().values(), strict=True))
    assert losses[-1] < losses[0]

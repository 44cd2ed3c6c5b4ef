"""The SC-VAE's network: sizes, its loss, how sparse it is, that it can't collapse by its scale, and that atoms stay of length 1."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from core.checkpoint import load
from core.config import preset, with_values
from core.errors import ConfigError, CoreError
from core.families.sc_vae.instrument import ScInstrument
from core.families.sc_vae.network import SCVAE, loss_terms
from core.families.sc_vae.recipe import active_map
from core.families.sc_vae.usage import AtomUsage, hoyer
from core.training.start_from import adopt
from tests.helpers.runs import run_events, toy_folder


def drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 8, side: int = 16, channels: int = 3, seed: int = 0) -> Tensor:
    return torch.rand((count, channels, side, side), generator=drawn(seed))


def small(side: int = 16, grid: int = 4, channels: int = 3, threshold: float = 0.8) -> SCVAE:
    torch.manual_seed(0)
    return SCVAE((channels, side, side), grid, 16, 1, 8, atoms=20, code_dim=10, threshold=threshold, steps=6)


@pytest.mark.parametrize(("side", "grid", "channels"), [(64, 8, 3), (28, 7, 1), (100, 25, 3), (16, 1, 3)])
def test_pictures_become_codes_and_pictures_again(side: int, grid: int, channels: int) -> None:
    model, x = small(side, grid, channels).eval(), pictures(2, side, channels)
    model.requires_grad_(False)
    codes = model.encode(x)
    assert (codes.shape, codes.dtype) == ((2, grid, grid, 20), torch.float32)
    decoded = model.decode(codes)
    assert decoded.shape == x.shape
    assert 0.0 <= float(decoded.min()) <= float(decoded.max()) <= 1.0
    np.testing.assert_allclose(model(x).reconstruction.detach(), model.decode_raw(codes).detach(), atol=1e-5)


def test_pictures_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ConfigError, match="An SC-VAE needs square pictures, not 32x16"):
        SCVAE((3, 16, 32))
    with pytest.raises(ConfigError, match="doesn't fit"):
        SCVAE((3, 64, 64), grid=7)


def test_the_loss_is_the_reconstruction_and_the_dictionary() -> None:
    model, x = small(), pictures()
    coding = model(x)
    terms = loss_terms(model.standardise(x), coding, 0.25)
    assert coding.codes.requires_grad
    share = (coding.vectors - model.dictionary.synthesis(coding.codes.flatten(0, 2)).view_as(coding.vectors)).square().mean()
    assert float(terms.left_out.detach()) == pytest.approx(float(share.detach()))
    assert float(terms.loss.detach()) == pytest.approx(float((terms.reconstruction + 0.25 * share).detach()))
    terms.loss.backward()
    assert all(one.grad is not None and torch.isfinite(one.grad).all() for one in model.parameters())


def test_an_encoder_that_shrinks_or_grows_changes_no_code() -> None:
    """The published network's encoder can shrink all vectors below the threshold; here they are scaled first."""
    model, x = small().train(), pictures()
    before = model(x).codes
    last = model.encoder[-1]
    for factor in (0.01, 100.0):
        with torch.no_grad():
            last.weight.mul_(factor)
            last.bias.mul_(factor)
        after = model(x).codes
        assert 0.02 < float((after != 0).double().mean()) < 0.5
        np.testing.assert_allclose(after.detach(), before.detach(), atol=0.05)
        with torch.no_grad():
            last.weight.div_(factor)
            last.bias.div_(factor)


def test_a_code_that_is_kept_takes_more_steps_than_in_training() -> None:
    model, x = small().requires_grad_(False), pictures()
    coding = model(x)
    vectors = coding.vectors.flatten(0, 2)
    np.testing.assert_allclose(coding.codes.flatten(0, 2), model.dictionary(vectors, 0.8, 6), atol=1e-6)
    model.eval()
    kept = model(x)
    vectors = kept.vectors.flatten(0, 2)
    np.testing.assert_allclose(kept.codes.flatten(0, 2), model.dictionary(vectors, 0.8, 48), atol=1e-6)


def test_a_threshold_that_nothing_passes_gives_empty_codes() -> None:
    coding = small(threshold=50.0).requires_grad_(False)(pictures())
    usage = AtomUsage((4, 4, 20), 10)
    usage.add(coding.codes, coding.vectors)
    assert (usage.nonzeros, usage.numbers, usage.dead_atoms, usage.hoyer) == (0.0, 0.0, 1.0, 1.0)
    assert float(coding.left_out) == pytest.approx(1.0, abs=0.01)


def test_hoyers_sparsity() -> None:
    one, all_alike, none = torch.zeros(1, 4, 4, 5), torch.full((1, 4, 4, 5), -3.0), torch.zeros(1, 4, 4, 5)
    one[0, 1, 2, 3] = -2.0
    assert hoyer(torch.cat([one, all_alike, none])).tolist() == pytest.approx([1.0, 0.0, 1.0])
    half = torch.tensor([[3.0, 4.0, 0.0, 0.0]])
    assert float(hoyer(half)) == pytest.approx((2.0 - 7.0 / 5.0) / 1.0)


def test_usage_counts_over_all_pictures() -> None:
    first, second = torch.zeros(1, 2, 2, 3), torch.zeros(2, 2, 2, 3)
    first[0, 0, 0, 1], second[1, 1, 1, 1], second[0, 0, 1, 2] = 2.0, -4.0, 1.0
    usage = AtomUsage((2, 2, 3), 5)
    usage.add(first, torch.ones(1, 2, 2, 5))
    usage.add(second, torch.ones(2, 2, 2, 5))
    assert usage.numbers == 1.0
    assert usage.nonzeros == pytest.approx(1.0 / 12.0)
    assert usage.dead_atoms == pytest.approx(1.0 / 3.0)
    assert usage.spread == 0.0
    assert usage.latent() == {"atom_shares": [0.0, 0.16667, 0.08333], "atom_sizes": [0.0, 3.0, 1.0]}


def test_the_spread_is_the_variance_from_picture_to_picture() -> None:
    vectors = torch.randn((50, 2, 2, 6), generator=drawn(3)) + 7.0
    usage = AtomUsage((2, 2, 3), 6)
    for part in vectors.split(20):
        usage.add(torch.zeros(len(part), 2, 2, 3), part)
    assert usage.spread == pytest.approx(float(vectors.double().var(dim=0, correction=0).mean()), rel=1e-6)


def test_the_map_of_active_atoms() -> None:
    codes = np.zeros((1, 2, 2, 5), np.float32)
    codes[0, 0, 1, :4], codes[0, 1, 0, 0] = 1.0, -2.0
    shown = active_map(codes, (1, 4, 4, 3))
    assert shown.shape == (1, 4, 4, 3)
    assert shown[0, :, :, 0].tolist() == [[0, 0, 255, 255], [0, 0, 255, 255], [64, 64, 0, 0], [64, 64, 0, 0]]


def test_atoms_are_of_length_one_after_training_and_in_the_average(tmp_path) -> None:
    values = {
        "data.source": str(toy_folder()), "data.image_size": 32, "grid": 4, "atoms": 12, "code_dim": 6, "hidden": 16,
        "batch_size": 8, "epochs": 2, "threads": 1, "precision": "fp32", "device": "cpu", "ema_decay": 0.9, "learning_rate": 0.01,
    }  # fmt: skip
    run_events(with_values(preset("atoms"), values), tmp_path / "run")
    saved = load(tmp_path / "run" / "checkpoints" / "last.safetensors", training_state=True)
    for part in ("model.", "live."):
        lengths = np.linalg.norm(saved.part(part)["dictionary.atoms"], axis=1)
        np.testing.assert_allclose(lengths, 1.0, atol=1e-5)
    assert not np.array_equal(saved.part("model.")["dictionary.atoms"], saved.part("live.")["dictionary.atoms"])
    assert saved.header.latent.keys() == {"atom_shares", "atom_sizes"}
    model = ScInstrument(saved)
    codes = model.encode(np.zeros((1, 32, 32, 3), np.uint8))
    for wrong in (codes.values[:, :, :, 1:], np.full_like(codes.values, np.nan)):
        with pytest.raises(CoreError):
            model.decode(wrong)
    with pytest.raises(CoreError, match="can't be sampled"):
        model.sample(1, 0)
    for setting, value in (("atoms", 16), ("code_dim", 8), ("grid", 8), ("hidden", 32)):
        wanted = with_values(preset("atoms"), {"data.source": str(toy_folder()), "data.image_size": 32, setting: value})
        with pytest.raises(ConfigError, match="has|is"):
            adopt(wanted, str(tmp_path / "run"), ("data.source", "data.image_size", setting))
    kept = adopt(with_values(preset("atoms"), {"data.source": str(toy_folder())}), str(tmp_path / "run"), ("data.source",))
    assert (kept.settings.atoms, kept.settings.threshold, kept.settings.ista_steps) == (12, 0.2, 16)
    fewer = model.encode(np.zeros((1, 32, 32, 3), np.uint8), threshold=5.0)
    assert np.count_nonzero(fewer.values) < np.count_nonzero(codes.values)

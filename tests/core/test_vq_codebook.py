"""The codebook of a VQ-VAE: each known mistake of other implementations would fail one of these tests."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from core.families.vq_vae.codebook import Codebook, CodeUsage

K, D = 8, 4


def drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def vectors_of(count: int, seed: int, dim: int = D) -> Tensor:
    return torch.randn((count, dim), generator=drawn(seed))


def begun(dead_share: float = 0.0, seed: int = 0) -> Codebook:
    """A codebook whose codes lie on vectors of a first batch."""
    codebook = Codebook(K, D, dead_share=dead_share)
    codebook.initialise(vectors_of(64, seed), drawn(seed))
    return codebook


def step(codebook: Codebook, vectors: Tensor, generator: torch.Generator) -> Tensor:
    """Quantise and update; the indices."""
    indices = codebook(vectors).indices
    codebook.update(vectors, indices, generator)
    return indices


def state(codebook: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in codebook.state_dict().items()}


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_commitment_pulls_the_vectors_alone() -> None:
    codebook = begun()
    codebook.codes.requires_grad_(True)  # were it learned, its gradient would show here
    vectors = vectors_of(32, 1).requires_grad_(True)
    quantised = codebook(vectors)
    quantised.commitment.backward()
    expected = 2.0 * (vectors - codebook.codes[quantised.indices]) / len(vectors)
    torch.testing.assert_close(vectors.grad, expected.detach())
    assert codebook.codes.grad is None


def test_gradient_passes_straight_through() -> None:
    codebook = begun()
    codebook.codes.requires_grad_(True)
    vectors = vectors_of(32, 1).requires_grad_(True)
    weights = vectors_of(32, 2)
    (codebook(vectors).vectors * weights).sum().backward()
    assert torch.equal(vectors.grad, weights)
    assert codebook.codes.grad is None


def test_commitment_does_not_depend_on_how_many_vectors_there_are() -> None:
    codebook = begun()
    vectors = vectors_of(32, 1)
    once = codebook(vectors).commitment
    torch.testing.assert_close(codebook(vectors.repeat(4, 1)).commitment, once)
    distances = (vectors[:, None] - codebook.codes).square().sum(dim=2).amin(dim=1)
    torch.testing.assert_close(once, distances.mean())


def test_step_is_quantised_by_the_codes_before_its_update() -> None:
    codebook = begun()
    vectors = vectors_of(64, 1)
    before = codebook.codes.clone()
    quantised = codebook(vectors)
    codebook.update(vectors, quantised.indices, drawn(0))
    assert torch.equal(quantised.vectors, before[quantised.indices])
    assert not torch.equal(codebook.codes, before)


def test_first_update_puts_each_code_into_the_middle_of_its_vectors() -> None:
    """Zero at first and debiased: nothing of the initial codes is left, however few vectors a code has."""
    codebook = begun()
    vectors = torch.cat([vectors_of(4000, 1), codebook.codes.clone()])
    indices = step(codebook, vectors, drawn(0))
    means = torch.stack([vectors[indices == k].mean(dim=0) for k in range(K)])
    torch.testing.assert_close(codebook.codes, means, rtol=1e-5, atol=1e-6)


def test_rarely_chosen_code_is_not_drawn_to_zero() -> None:
    """Without debiasing, the smoothing weighs a hundred times as much at first, and pulls a code that one vector chose."""
    codebook = Codebook(2, 1, dead_share=0.0)
    codebook.codes.copy_(torch.tensor([[0.0], [1.0]]))
    step(codebook, torch.cat([torch.zeros(999, 1), torch.ones(1, 1)]), drawn(0))
    assert codebook.codes[1].item() == pytest.approx(1.0, abs=1e-4)


def test_averages_are_the_papers_and_keep_no_smoothing() -> None:
    codebook = begun()
    counts, sums = torch.zeros(K), torch.zeros(K, D)
    for seed in range(20):
        vectors = vectors_of(16, seed) if seed < 5 else vectors_of(16, seed) * 0.1  # so that some codes are chosen no more
        indices = step(codebook, vectors, drawn(0))
        chosen = nn.functional.one_hot(indices, K).float()
        counts = 0.99 * counts + 0.01 * chosen.sum(dim=0)
        sums = 0.99 * sums + 0.01 * chosen.T @ vectors
        torch.testing.assert_close(codebook.counts, counts, rtol=1e-6, atol=0.0)
        torch.testing.assert_close(codebook.sums, sums, rtol=1e-5, atol=1e-7)
    assert int(codebook.updates) == 20


def test_unchosen_code_stays_where_it_is() -> None:
    """Smoothing that is fed back lets an unchosen code shrink: to nothing within some hundred updates."""
    codebook = Codebook(2, 1, dead_share=0.0)
    codebook.codes.copy_(torch.tensor([[0.0], [1.0]]))
    step(codebook, torch.tensor([[0.0], [1.0]]).repeat(50, 1), drawn(0))
    for _ in range(600):
        step(codebook, torch.zeros(100, 1), drawn(0))
    assert codebook.codes[1].item() == pytest.approx(1.0, abs=0.01)


def test_buffers_stay_the_same_tensors() -> None:
    codebook = begun(dead_share=0.03)
    places = {name: (id(value), value.data_ptr()) for name, value in codebook.named_buffers()}
    for seed in range(3):
        step(codebook, vectors_of(64, seed), drawn(seed))
    assert {name: (id(value), value.data_ptr()) for name, value in codebook.named_buffers()} == places


def test_code_far_away_comes_back_into_use() -> None:
    codebook = begun(dead_share=0.03)
    generator = drawn(0)
    for seed in range(3):
        step(codebook, vectors_of(256, seed), generator)
    codebook.codes[3] = 1000.0
    codebook.sums[3] = 1000.0 * codebook.counts[3]
    for update in range(600):
        if (codebook.codes[3] < 10.0).all():
            break
        step(codebook, vectors_of(256, update), generator)
    vectors = vectors_of(256, 1)
    assert torch.equal(codebook.codes[3] < 10.0, torch.ones(D, dtype=torch.bool))
    for _ in range(2):  # it stays: its averages began anew, too
        assert 3 in step(codebook, vectors, generator)
    assert codebook.counts[3] > 0.5 * codebook.counts.mean()


def test_reseeded_code_lies_on_a_vector_of_the_batch() -> None:
    codebook = begun(dead_share=0.03)
    codebook.codes[3] = 1000.0
    vectors = vectors_of(256, 1)
    step(codebook, vectors, drawn(5))
    assert (codebook.codes[3] - vectors).abs().amax(dim=1).min() < 1e-4
    again = begun(dead_share=0.03)
    again.codes[3] = 1000.0
    step(again, vectors, drawn(6))
    assert not torch.equal(again.codes[3], codebook.codes[3])  # which one, the generator says


@pytest.mark.long
def test_codes_stay_finite_and_in_use_over_a_long_run() -> None:
    """3,000 updates; the vectors wander off and spread, so codes are left behind again and again."""
    codebook = begun(dead_share=0.03)
    generator = drawn(0)
    usage = CodeUsage(K)
    for update in range(3000):
        vectors = vectors_of(64, update) * (1.0 + update / 1000.0) + update / 100.0
        indices = step(codebook, vectors, generator)
        if update >= 2950:
            usage.add(indices)
    assert all(bool(value.isfinite().all()) for value in codebook.buffers())
    assert usage.codes_used == 1.0


def test_usage_is_counted_over_all_pictures() -> None:
    """Batches of one code each have a perplexity of 1 and use 1 of 4 codes; all of them together 3 and 3 of 4."""
    usage = CodeUsage(4)
    for code in (0, 1, 3):
        usage.add(torch.full((2, 5, 5), code))
        assert usage.counts[code] == 50
    assert usage.perplexity == pytest.approx(3.0)
    assert usage.codes_used == 0.75


@pytest.mark.parametrize("training", [True, False])
def test_quantising_changes_nothing(training: bool) -> None:
    codebook = begun(dead_share=0.03).train(training)
    step(codebook, vectors_of(64, 1), drawn(0))
    before = state(codebook)
    random = torch.get_rng_state()
    codebook(vectors_of(64, 2))
    codebook.lookup(codebook.nearest(vectors_of(64, 3)))
    assert same(state(codebook), before)
    assert torch.equal(torch.get_rng_state(), random)


def test_optimizer_never_moves_the_codes() -> None:
    codebook = begun()
    assert list(codebook.parameters()) == []
    encoder = nn.Linear(D, D)
    both = nn.ModuleList([encoder, codebook])
    optimizer = torch.optim.AdamW(both.parameters(), lr=0.1, weight_decay=0.5)
    before = codebook.codes.clone()
    quantised = codebook(encoder(vectors_of(32, 1)))
    (quantised.vectors.square().sum() + quantised.commitment).backward()
    optimizer.step()
    assert torch.equal(codebook.codes, before)


@pytest.mark.parametrize(("scale", "offset"), [(0.001, 0.0), (1.0, 0.0), (0.01, 3.0), (50.0, -20.0)])
def test_first_batch_begins_with_codes_in_use(scale: float, offset: float) -> None:
    """Whatever the encoder's scale. Codes drawn from N(0, I) or about 0 leave all vectors to one or a few of them."""
    codebook = Codebook(256, 8)
    batch = vectors_of(2048, 0, 8) * scale + offset
    codebook.initialise(batch[:1024], drawn(1))
    assert len(codebook.codes.unique(dim=0)) == 256  # each on another vector
    usage = CodeUsage(256)
    usage.add(codebook.nearest(batch[1024:]))
    assert usage.codes_used > 0.5
    assert usage.perplexity > 50


def test_first_batch_smaller_than_the_codebook() -> None:
    codebook = Codebook(256, 8)
    batch = vectors_of(16, 0, 8)
    codebook.initialise(batch, drawn(1))
    assert len(codebook.codes.unique(dim=0)) == 16
    for _ in range(5):
        step(codebook, batch, drawn(2))
    assert codebook.codes.isfinite().all()
    assert codebook(batch).commitment < 1e-6


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_nearest_is_the_nearest(offset: float) -> None:
    """Also far from the origin, where |z|^2 - 2ze + |e|^2 is all rounding, and in parts when there are many distances."""
    codebook = Codebook(256, 8)
    codebook.codes.copy_(vectors_of(256, 0, 8) + offset)
    vectors = vectors_of(20000, 1, 8) + offset
    distances = torch.cdist(vectors.double(), codebook.codes.double(), compute_mode="donot_use_mm_for_euclid_dist")
    two = distances.topk(2, largest=False)
    clear = two.values[:, 1] - two.values[:, 0] > 1e-4  # of two equally near ones either will do
    assert clear.float().mean() > 0.99
    indices = codebook.nearest(vectors)
    assert indices.dtype == torch.int64
    assert torch.equal(indices[clear], two.indices[clear, 0])


def test_reduced_precision_does_not_reach_the_distances() -> None:
    codebook = Codebook(256, 8)
    codebook.codes.copy_(vectors_of(256, 0, 8))
    vectors = vectors_of(4000, 1, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        quantised = codebook(vectors)
    assert torch.equal(quantised.indices, codebook.nearest(vectors))
    assert quantised.vectors.dtype == quantised.commitment.dtype == torch.float32


def test_saved_codebook_goes_on_exactly() -> None:
    codebook = begun(dead_share=0.5)  # so that some are re-seeded all the time
    generator = drawn(0)
    for seed in range(5):
        step(codebook, vectors_of(32, seed), generator)
    saved, drawn_so_far = state(codebook), generator.get_state()
    copy, its_generator = Codebook(K, D, dead_share=0.5), torch.Generator()
    copy.load_state_dict(saved)
    its_generator.set_state(drawn_so_far)
    for seed in range(5, 25):
        assert torch.equal(step(copy, vectors_of(32, seed), its_generator), step(codebook, vectors_of(32, seed), generator))
        assert same(state(copy), state(codebook))
    assert not torch.equal(generator.get_state(), drawn_so_far)  # codes were re-seeded on the way

"""Every formula of docs/theory.md on the prior over a VQ-VAE's codes: the program on one side, all grids counted on the other."""

from __future__ import annotations

import math
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from core.families.vq_vae import instrument
from core.families.vq_vae.code_prior import CodePrior
from core.families.vq_vae.codebook import CodeUsage
from core.families.vq_vae.instrument import VqInstrument

SIZE = 3
EVERY = torch.tensor(list(product(range(SIZE), repeat=4))).view(-1, 2, 2)  # all grids of 2 x 2 codes


def prior_of(seed: int) -> CodePrior:
    """A prior over such grids, with weights everywhere."""
    torch.manual_seed(seed)
    prior = CodePrior(2, SIZE, width=32, layers=1)
    torch.nn.init.normal_(prior.head.weight, std=0.2)
    return prior.eval().requires_grad_(False)


def test_a_prior_costs_the_entropy_of_the_codes_and_its_distance() -> None:
    codes, prior = (torch.exp(-prior_of(seed).surprise(EVERY).double().sum(dim=1)) for seed in (0, 1))
    cost = float((codes * prior_of(1).surprise(EVERY).double().sum(dim=1)).sum())  # pictures whose codes are as the first says
    entropy = float(torch.special.entr(codes).sum())
    distance = float((codes * (codes.log() - prior.log())).sum())
    assert distance > 0.1
    assert cost == pytest.approx(entropy + distance, abs=1e-4)
    assert float((codes * prior_of(0).surprise(EVERY).double().sum(dim=1)).sum()) == pytest.approx(entropy, abs=1e-4)
    assert entropy < 4 * math.log(SIZE)
    usage = CodeUsage(SIZE)
    usage.add(EVERY.repeat_interleave((codes * 1e5).round().long(), dim=0))
    frequencies = usage.counts / usage.counts.sum()
    alone = -float((codes[:, None] * frequencies.log()[EVERY.flatten(1)]).sum())
    assert alone == pytest.approx(4 * math.log(usage.perplexity), abs=1e-3)
    assert alone > entropy


def test_a_region_is_drawn_as_the_prior_says_given_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first cell anew: as the prior draws it, it would know nothing of the three that follow."""
    prior, rest = prior_of(5), torch.tensor([[0, 1], [2, 0]])
    shared = (EVERY.flatten(1)[:, 1:] == rest.flatten()[1:]).all(dim=1)
    likely = torch.exp(-prior.surprise(EVERY[shared]).double().sum(dim=1))
    wanted = (likely / likely.sum()).numpy()
    first = torch.exp(-prior.surprise(EVERY[shared])[:, 0]).numpy()
    assert np.abs(wanted - first).max() > 0.1
    monkeypatch.setattr(instrument, "PROPOSALS", 64)
    model: Any = SimpleNamespace(
        _must_have_prior=lambda: prior, _indices=lambda codes: torch.from_numpy(np.asarray(codes)).view(-1, 2, 2)
    )
    region = np.array([[True, False], [False, False]])
    count = 600
    drawn = [VqInstrument.draw_region(model, rest.numpy(), region, seed)[0, 0] for seed in range(count)]
    shares = np.bincount(drawn, minlength=SIZE) / count
    np.testing.assert_allclose(shares, wanted, atol=4.0 * math.sqrt(0.25 / count))

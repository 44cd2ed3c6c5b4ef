"""What docs/theory.md says of colours: the best ones under each error, and why both are dull."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from core.families.colouriser.classes import COUNT, annealed_mean, centres, cross_entropy
from core.families.colouriser.lab import AB_RANGE, chroma
from core.families.colouriser.recipe import ColouriserRecipe

RED, BLUE = (60.0, 30.0), (0.0, -70.0)  # a* and b* of shirts that are as light as one another


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_the_best_colours_are_mean_and_median_and_duller(share: float) -> None:
    """A share of the shirts is red, the others are blue, and nothing tells which."""
    shirts = torch.tensor([RED] * round(10 * share) + [BLUE] * round(10 * (1 - share)))[:, :, None, None]
    colourful = float(chroma(shirts).mean())
    best = {}
    for is_absolute in (False, True):
        loss = cast(Any, ColouriserRecipe._loss)
        own = SimpleNamespace(is_absolute=is_absolute)
        ab = torch.zeros(1, 2, 1, 1, requires_grad=True)
        for step in range(1500):
            (gradient,) = torch.autograd.grad(loss(own, ab.expand_as(shirts), shirts), ab)
            length = 4e3 if not is_absolute else 400.0 / (1 + step / 30)
            ab = (ab - length * gradient).detach().requires_grad_()
        best[is_absolute] = ab.detach()[0, :, 0, 0]
    mean = share * torch.tensor(RED) + (1 - share) * torch.tensor(BLUE)
    torch.testing.assert_close(best[False], mean, atol=0.05, rtol=0.0)
    assert float(chroma(best[False][:, None, None])) < 0.8 * colourful
    if share > 0.5:  # the median is what most of them are
        torch.testing.assert_close(best[True], torch.tensor(RED), atol=1.0, rtol=0.0)
    assert AB_RANGE == 110.0


def test_weighted_classes_are_learned_as_if_they_were_commoner() -> None:
    """A share of the places has one class, the others another, whose weight is larger; and subtracting takes that back."""
    first, second = (int((centres() - torch.tensor(one)).norm(dim=1).argmin()) for one in ((60.0, 30.0), (0.0, -60.0)))
    classes = torch.tensor([first] * 8 + [second] * 2).reshape(1, 1, 1, 10)
    weights = torch.ones(COUNT)
    weights[second] = 6.0
    score = torch.zeros(1, COUNT, 1, 1, requires_grad=True)
    for _ in range(500):
        loss = cross_entropy(score.expand(-1, -1, 1, 10), classes, torch.ones(1, 1, 1, 10), weights)
        (gradient,) = torch.autograd.grad(loss, score)
        score = (score - 2.0 * gradient).detach().requires_grad_()
    learned = torch.softmax(score.detach().flatten(), dim=0)[[first, second]]
    torch.testing.assert_close(learned, torch.tensor([8.0, 12.0]) / 20.0, atol=5e-3, rtol=0.0)
    unweighted = torch.softmax(score.detach().flatten() - weights.log(), dim=0)[[first, second]]
    torch.testing.assert_close(unweighted, torch.tensor([0.8, 0.2]), atol=5e-3, rtol=0.0)
    mean = annealed_mean(score.detach() - weights.log()[:, None, None], 1.0).flatten()
    torch.testing.assert_close(mean, 0.8 * centres()[first] + 0.2 * centres()[second], atol=0.5, rtol=0.0)

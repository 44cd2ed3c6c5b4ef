"""What docs/theory.md says of a CycleGAN's losses: the best scores, what a draw costs, and what keeps a generator a copy."""

from __future__ import annotations

import pytest
import torch

from core.families.cycle_gan.losses import adversarial, discriminating, distance
from core.families.cycle_gan.networks import Generator
from core.families.cycle_gan.settings import CycleGanSettings

REAL = torch.tensor([0.5, 0.3, 0.2, 0.0])  # how likely each of four patches is in real pictures
TRANSLATED = torch.tensor([0.1, 0.3, 0.2, 0.4])


def drawn(scores: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """The scores of patches, each as often as it is likely."""
    return scores.repeat_interleave((10 * share).round().long())


@pytest.mark.parametrize("translated", [TRANSLATED, REAL], ids=["unlike", "alike"])
def test_the_best_scores_and_what_they_cost(translated: torch.Tensor) -> None:
    scores = torch.zeros(4, requires_grad=True)
    for _ in range(2000):
        (gradient,) = torch.autograd.grad(discriminating(drawn(scores, REAL), drawn(scores, translated)), scores)
        scores = (scores - gradient).detach().requires_grad_()
    seen = REAL + translated > 0.0
    expected = REAL / (REAL + translated)
    torch.testing.assert_close(scores.detach()[seen], expected[seen], atol=1e-3, rtol=0.0)
    left = 0.5 * (REAL * translated / (REAL + translated))[seen].sum()
    scores = scores.detach()
    loss = discriminating(drawn(scores, REAL), drawn(scores, translated))
    torch.testing.assert_close(loss, left, atol=1e-4, rtol=0.0)
    if translated is REAL:
        assert float(loss) == pytest.approx(0.25, abs=1e-4)
        assert float(adversarial(drawn(scores, translated))) == pytest.approx(0.25, abs=1e-3)


def test_only_the_discriminator_speaks_against_copies() -> None:
    """A step away from a copy costs as much per pixel however small it is; a mask that is closed passes no gradient on."""
    x = torch.rand(1, 3, 8, 8) - 0.5
    for size in (1e-1, 1e-3):
        delta = torch.full_like(x, size)
        assert float(distance(x + delta, x)) == pytest.approx(size, rel=1e-2)
    closed = torch.full((1, 1, 8, 8), -12.0, requires_grad=True)
    painted = torch.full_like(x, 0.3, requires_grad=True)
    (closed.sigmoid() * painted + (1.0 - closed.sigmoid()) * x).sum().backward()  # type: ignore[no-untyped-call]
    assert closed.grad is not None
    assert painted.grad is not None
    assert float(closed.grad.abs().max()) < 1e-4
    assert float(painted.grad.abs().max()) < 1e-4
    generator = Generator(CycleGanSettings(width=4, blocks=1), 3)
    with torch.no_grad():
        last = list(generator.layers)[-1]
        assert isinstance(last, torch.nn.Conv2d)
        assert last.bias is not None
        last.weight.zero_()
        last.bias.zero_()
    torch.testing.assert_close(generator(x), x)
    generator(x).sum().backward()
    assert last.bias.grad is not None
    assert float(last.bias.grad.min()) == pytest.approx(64.0)  # each pixel's, whole
    last.bias.grad = None
    with torch.no_grad():
        last.bias.fill_(-1.0)
    generator(torch.full_like(x, -1.0)).sum().backward()  # a blot on black, which no picture shows
    assert last.bias.grad is not None
    assert float(last.bias.grad.min()) > 20.0

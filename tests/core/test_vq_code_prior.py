"""The prior over a VQ-VAE's codes: the mistakes that such networks are known for, each as a test, and how it is drawn from."""

from __future__ import annotations

import math

import pytest
import torch

from core.errors import Cancelled, CheckpointError
from core.families.vq_vae.code_prior import CodePrior, parameters_of, prior_of
from core.training.optim import Adam

GRID, SIZE = 4, 7
CELLS = GRID * GRID


def lively(grid: int = GRID, size: int = SIZE, seed: int = 0) -> CodePrior:
    """A prior with weights everywhere: a new one's last layer is zero."""
    torch.manual_seed(seed)
    prior = CodePrior(grid, size, width=64, layers=2)
    torch.nn.init.normal_(prior.head.weight, std=0.5)
    return prior.eval().requires_grad_(False)


def grids(count: int, seed: int = 1, grid: int = GRID, size: int = SIZE) -> torch.Tensor:
    return torch.randint(size, (count, grid, grid), generator=torch.Generator().manual_seed(seed))


def noise(count: int, cells: int = CELLS, seed: int = 2) -> torch.Tensor:
    return torch.rand(count, cells, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_what_it_says_of_a_code_depends_on_no_later_one_nor_on_the_code_itself() -> None:
    prior, one = lively(), grids(1)
    before = prior(one)[0]
    for cell in range(CELLS):
        changed = one.clone().view(-1)
        changed[cell] = (changed[cell] + 1) % SIZE
        after = prior(changed.view(1, GRID, GRID))[0]
        assert torch.allclose(after[: cell + 1], before[: cell + 1], rtol=0.0, atol=1e-6), cell


def test_it_depends_on_every_earlier_code_so_that_there_is_no_blind_spot() -> None:
    """A stack of masked convolutions doesn't see what lies above to the right (van den Oord et al., arXiv 1606.05328)."""
    prior, one = lively(), grids(1)
    before = prior(one)[0]
    for cell in range(CELLS - 1):
        changed = one.clone().view(-1)
        changed[cell] = (changed[cell] + 1) % SIZE
        moved = (prior(changed.view(1, GRID, GRID))[0] - before).abs().amax(dim=1)
        assert (moved[cell + 1 :] > 1e-6).all(), cell


def test_a_new_one_finds_all_codes_equally_likely() -> None:
    torch.manual_seed(0)
    surprise = CodePrior(GRID, SIZE, 64, 1).surprise(grids(3))
    assert torch.allclose(surprise, torch.tensor(math.log(SIZE)))


def test_its_probabilities_of_all_grids_sum_to_one() -> None:
    prior = lively(grid=2, size=3)
    every = torch.cartesian_prod(*[torch.arange(3)] * 4).view(-1, 2, 2)
    total = torch.exp(-prior.surprise(every).double().sum(dim=1)).sum()
    assert float(total) == pytest.approx(1.0, abs=1e-5)


def test_drawing_a_code_after_the_other_meets_the_probabilities_of_the_whole_grid_at_once() -> None:
    """Each code drawn is the one that the noise picks by the probabilities that `forward` gives with all codes known."""
    prior, u = lively(), noise(20)
    drawn = prior.draw(u)
    shares = prior(drawn).double().softmax(dim=2).cumsum(dim=2)
    picked = (shares < u[:, :, None]).sum(dim=2).view(-1, GRID, GRID)
    assert torch.equal(drawn, picked)


def test_draws_come_as_often_as_they_are_likely() -> None:
    prior = lively(grid=2, size=3, seed=4)
    every = torch.cartesian_prod(*[torch.arange(3)] * 4).view(-1, 2, 2)
    expected = torch.exp(-prior.surprise(every).double().sum(dim=1))
    count = 5000
    drawn = prior.draw(noise(count, cells=4)).flatten(1)
    number = (drawn * torch.tensor([27, 9, 3, 1])).sum(dim=1)
    seen = torch.bincount(number, minlength=81).double()
    likely = expected * count >= 5.0
    chi2 = ((seen - expected * count).square() / (expected * count))[likely].sum()
    assert float(chi2) < likely.sum() + 5.0 * math.sqrt(2.0 * float(likely.sum()))


def test_temperature_zero_takes_the_likeliest_code_and_a_low_one_likelier_grids() -> None:
    prior, u = lively(), noise(64)
    coldest = prior.draw(u, 0.0)
    assert torch.equal(prior(coldest).argmax(dim=2).view(-1, GRID, GRID), coldest)
    surprise = [float(prior.surprise(prior.draw(u, heat)).mean()) for heat in (0.0, 0.5, 1.0, 2.0)]
    assert surprise == sorted(surprise)


def test_codes_that_are_fixed_stay_and_the_first_draws_of_more_are_the_same() -> None:
    prior, u, fixed = lively(), noise(6), grids(6).flatten(1)
    fixed[:, 5:9] = -1
    drawn = prior.draw(u, fixed=fixed).flatten(1)
    assert torch.equal(drawn[:, :5], fixed[:, :5])
    assert torch.equal(drawn[:, 9:], fixed[:, 9:])
    assert ((drawn >= 0) & (drawn < SIZE)).all()
    shares = prior(drawn.view(-1, GRID, GRID)).double().softmax(dim=2).cumsum(dim=2)
    assert torch.equal(drawn[:, 5:9], (shares < u[:, :, None]).sum(dim=2)[:, 5:9])
    assert torch.equal(prior.draw(u[:2]), prior.draw(u)[:2])


def test_drawing_says_how_far_it_is_and_can_be_ended() -> None:
    told: list[int] = []
    lively().draw(noise(2), done=told.append)
    assert told == list(range(1, CELLS + 1))

    def end(cells: int) -> None:
        if cells == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        lively().draw(noise(2), done=end)


def test_it_learns_which_codes_go_together() -> None:
    """Grids in which each code follows from the one before it, though all are equally frequent."""
    prior = CodePrior(GRID, SIZE, 64, 1)
    optimizer = Adam(prior.parameters(), 3e-3)
    starts = torch.arange(SIZE)[:, None]
    chains = ((starts + 3 * torch.arange(CELLS)) % SIZE).view(SIZE, GRID, GRID)
    for _ in range(60):
        loss = prior.surprise(chains).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    surprise = prior.surprise(chains).detach()
    assert float(surprise[:, 1:].mean()) < 0.2 < math.log(SIZE)
    assert float(surprise[:, 0].mean()) == pytest.approx(math.log(SIZE), abs=0.2)


def test_it_comes_back_from_its_tensors_in_any_size() -> None:
    prior = lively()
    again = prior_of(prior.state_dict(), GRID, SIZE)
    assert torch.equal(again(grids(2)), prior(grids(2)))
    with pytest.raises(CheckpointError):
        prior_of(prior.state_dict(), GRID + 1, SIZE)
    with pytest.raises(CheckpointError):
        prior_of(prior.state_dict(), GRID, SIZE + 1)
    with pytest.raises(CheckpointError):
        prior_of({}, GRID, SIZE)
    assert parameters_of(GRID, SIZE) == sum(one.numel() for one in CodePrior(GRID, SIZE).parameters())

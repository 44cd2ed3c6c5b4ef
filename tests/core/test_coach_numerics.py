"""When the coach finds the steps too long."""

from __future__ import annotations

import numpy as np
import pytest

from core.coach.base import Facts
from core.coach.numerics import diverging, jumps
from core.coach.wording import hours, number, round_number
from core.config import preset
from core.events import EpochFinished
from core.families.registry import family
from core.runs.history import history_of
from tests.helpers.coach_runs import QUICK_CELEBA, facts_of, falling, healthy, made_up


def run_of(loss: np.ndarray):
    return made_up(train=loss, valid=loss)


def spiked(*places: int, height: float = 2000.0, epochs: int = 40) -> np.ndarray:
    loss = falling(epochs)
    loss[list(places)] += height
    return loss


def test_a_loss_that_climbs_asks_for_a_lower_learning_rate() -> None:
    loss = np.concatenate([falling(20), np.linspace(1500, 5000, 6)])
    advice = diverging(facts_of(run_of(loss)))
    assert advice is not None
    assert advice.sentence == f"The training loss has been climbing since epoch {int(np.argmin(loss)) + 1}."
    assert advice.change == {"learning_rate": 0.0005}
    assert "below 0.0015 would help" in advice.reason


def test_a_loss_that_only_ever_climbed_does_too() -> None:
    assert diverging(facts_of(run_of(np.linspace(1000.0, 90_000.0, 8)))) is not None


def test_a_bad_moment_is_no_divergence() -> None:
    assert diverging(facts_of(run_of(spiked(39)))) is None
    assert diverging(facts_of(run_of(falling(40)))) is None
    assert diverging(facts_of(healthy(QUICK_CELEBA))) is None
    assert diverging(facts_of(run_of(np.linspace(1000.0, 9000.0, 5)))) is None  # too few epochs to say


def test_a_loss_that_counts_no_nats_is_judged_by_its_own_gains() -> None:
    loss = 1e-4 * np.concatenate([falling(20), np.linspace(1500, 5000, 6)])
    best = family("vq_vae").best.key
    rows = [EpochFinished(n, 26, 1.0, 100.0, {"loss": v}, {"loss": v, best: v}, 1e-3, "") for n, v in enumerate(loss, 1)]
    facts = Facts(history_of(rows, family_name="vq_vae"), preset("codes"))
    assert diverging(facts) is not None
    assert diverging(facts_of(run_of(loss))) is None  # so few nats are nothing


def test_jumps_are_counted() -> None:
    advice = jumps(facts_of(run_of(spiked(25, 31, 36))))
    assert advice is not None
    assert advice.sentence == "The training loss jumped up 3 times in the last 20 epochs."
    assert advice.change == {"learning_rate": 0.0005}


def test_one_jump_happens() -> None:
    assert jumps(facts_of(run_of(spiked(30)))) is None
    assert jumps(facts_of(run_of(spiked(3, 8, 30)))) is None  # the others are long ago
    assert jumps(facts_of(run_of(spiked(25, 36, height=200.0)))) is None  # a twentieth of what was gained
    assert jumps(facts_of(run_of(spiked(30, 31, 32)))) is None  # one, that lasted


@pytest.mark.long
def test_noise_alone_neither_jumps_nor_diverges() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        history = run_of(1000.0 + 40.0 * rng.standard_normal(100))
        assert jumps(facts_of(history)) is None
        assert diverging(facts_of(history)) is None


def test_the_warm_up_of_beta_is_no_climb() -> None:
    loss = np.concatenate([np.linspace(500.0, 3000.0, 20), 2500.0 + falling(5, 500.0, 100.0)])
    history = run_of(loss)
    assert diverging(facts_of(history)) is not None
    assert diverging(facts_of(history, objective__beta_warmup_epochs=20.0)) is None


def test_the_cycles_of_beta_are_no_jumps() -> None:
    cycle = np.r_[np.linspace(500.0, 3000.0, 5), np.full(5, 2600.0)]
    history = run_of(np.tile(cycle, 4) + 5.0 * np.random.default_rng(0).standard_normal(40))
    assert jumps(facts_of(history)) is not None
    assert jumps(facts_of(history, epochs=40, objective__beta_schedule="cyclical", objective__beta_cycles=4)) is None


@pytest.mark.parametrize(("value", "rounded"), [(0.0005, 0.0005), (0.00033, 0.0005), (0.001 / 3, 0.0005), (0.0001, 0.0001), (3, 2)])
def test_settings_are_proposed_in_round_numbers(value: float, rounded: float) -> None:
    assert round_number(value) == rounded


def test_numbers_in_words() -> None:
    assert [number(value) for value in (0.00001, 50.0, 0.1, 2e9)] == ["0.00001", "50", "0.1", "2e+09"]
    assert [hours(3600 * h) for h in (1.01, 1.5, 9.4, 12.3, 47, 50)] == [
        "1 hour", "1.5 hours", "9.4 hours", "12 hours", "47 hours", "2 days",
    ]  # fmt: skip

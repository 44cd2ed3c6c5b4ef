"""When the coach finds a run too short or too long."""

from __future__ import annotations

import numpy as np

from core.coach.base import Facts
from core.coach.progress import plateau, still_improving
from tests.helpers.coach_runs import QUICK_CELEBA, SMILES, facts_of, falling, healthy, made_up, settings_of


def rising(epochs: int, per_epoch: float, planned: int = 0):
    psnr = 16.0 + per_epoch * np.arange(epochs)
    return made_up(planned, train=falling(epochs), valid=falling(epochs, noise=0.0), psnr=psnr)


def settled_at(epochs: int, done: int, planned: int = 0, noise: float = 0.01):
    """PSNR that rises up to an epoch and stays."""
    at = np.minimum(np.arange(epochs), done)
    rng = np.random.default_rng(0)
    psnr = 16.0 + 5.0 * at / done + noise * rng.standard_normal(epochs)
    return made_up(planned, train=falling(epochs), valid=6000.0 - 4000.0 * at / done + rng.standard_normal(epochs), psnr=psnr)


def test_a_run_that_rises_to_its_end_was_too_short() -> None:
    advice = still_improving(facts_of(rising(20, 0.2)))
    assert advice is not None
    assert advice.sentence == "It was still improving at the end: the last 4 epochs brought 0.8 dB."
    assert advice.change == {"epochs": 30}


def test_it_speaks_at_the_end_only() -> None:
    assert still_improving(facts_of(rising(20, 0.2, planned=21))) is None
    early = Facts(rising(20, 0.2, planned=40), settings_of(epochs=40), SMILES, has_ended=True)
    assert still_improving(early) is None  # early stopping knew better


def test_a_run_that_is_nearly_there_is_long_enough() -> None:
    assert still_improving(facts_of(rising(20, 0.03))) is None
    assert still_improving(facts_of(healthy(QUICK_CELEBA))) is None
    assert still_improving(facts_of(rising(7, 0.5))) is None  # a fifth of it is no trend


def test_a_run_that_was_done_long_before_was_too_long() -> None:
    advice = plateau(facts_of(settled_at(200, 60), lr_schedule="constant"))
    assert advice is not None
    assert advice.sentence == "The last 100 epochs brought no more than 0.05 dB."
    assert advice.change == {"epochs": 120}


def test_it_says_so_on_the_way_unless_the_learning_rate_will_fall() -> None:
    history = settled_at(200, 60, planned=1000)
    assert plateau(facts_of(history, lr_schedule="constant")) is not None
    assert plateau(facts_of(history, lr_schedule="cosine")) is None
    assert plateau(facts_of(settled_at(200, 60), lr_schedule="cosine")) is not None


def test_what_still_gets_better_is_no_plateau() -> None:
    assert plateau(facts_of(settled_at(200, 150), lr_schedule="constant")) is None
    assert plateau(facts_of(settled_at(30, 8), lr_schedule="constant")) is None  # too short to complain
    assert plateau(facts_of(settled_at(200, 60), lr_schedule="constant", early_stopping=20)) is None
    assert plateau(facts_of(healthy(QUICK_CELEBA))) is None
    slowly = made_up(train=falling(100), valid=6000.0 - 20.0 * np.arange(100), psnr=np.full(100, 20.0))
    assert plateau(facts_of(slowly, lr_schedule="constant")) is None  # the KL still falls, say

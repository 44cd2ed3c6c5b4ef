"""When the coach calls a latent collapsed or full; a real run with beta 50 collapses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.coach.advise import advise_run
from core.coach.base import Severity
from core.coach.capacity import collapse, full
from tests.helpers.coach_runs import QUICK_CELEBA, facts_of, falling, healthy, made_up
from tests.helpers.runs import run_events, tiny


def run_with(epochs: int = 10, planned: int = 0, **values: object):
    curve = falling(epochs)
    return made_up(planned, train=curve, valid=curve, **values)


@pytest.mark.long
def test_a_real_run_with_beta_50_collapses(tmp_path: Path) -> None:
    config = tiny(epochs=6, model__latent_dim=32, objective__beta=50.0, objective__variance="fixed")
    run_events(config, tmp_path / "run")
    said = {advice.key: advice for advice in advise_run(tmp_path / "run")}
    assert said["collapse"].severity is Severity.PROBLEM
    assert said["collapse"].change == {"objective.beta": 1.0}
    assert "dimensions carr" in said["collapse"].sentence
    assert "Beta is 50: lower it." in said["collapse"].reason


@pytest.mark.long
def test_the_same_run_with_beta_1_does_not(tmp_path: Path) -> None:
    run_events(tiny(epochs=6, model__latent_dim=32, objective__variance="fixed"), tmp_path / "run")
    assert "collapse" not in {advice.key for advice in advise_run(tmp_path / "run")}


@pytest.mark.parametrize(
    ("settings", "change"),
    [
        ({"objective__beta": 4.0}, {"objective.beta": 1.0}),
        ({}, {"objective.beta_warmup_epochs": 5.0}),
        ({"objective__beta_warmup_epochs": 4.0}, {"objective.beta": 0.5}),
        ({"objective__beta_schedule": "cyclical", "objective__beta_cycles": 1}, {"objective.beta": 0.5}),
        ({"objective__name": "capacity_vae", "objective__beta": 4.0}, {"objective.capacity": 50.0}),
        ({"objective__name": "factor_vae", "whiten_every": 0}, {"objective.gamma": 17.5}),
        ({"objective__name": "dip_vae_ii", "whiten_every": 0}, {"objective.dip_weight": 5.0}),
        ({"objective__name": "beta_tcvae", "objective__beta": 6.0, "whiten_every": 0}, {"objective.beta": 1.0}),
    ],
)
def test_it_proposes_what_weakens_the_pull(settings: dict[str, object], change: dict[str, object]) -> None:
    advice = collapse(facts_of(run_with(25, active=3), **settings))
    assert advice is not None
    assert advice.sentence == "3 of 128 dimensions carry information."
    assert advice.change == change


@pytest.mark.parametrize(("count", "start"), [(0, "None of 128 dimensions carry"), (1, "1 of 128 dimensions carries")])
def test_the_sentence_counts_properly(count: int, start: str) -> None:
    advice = collapse(facts_of(run_with(active=count)))
    assert advice is not None
    assert advice.sentence.startswith(start)


def test_active_dimensions_that_say_next_to_nothing_are_none() -> None:
    advice = collapse(facts_of(run_with(active=2, kl=0.06), model__latent_dim=6))
    assert advice is not None
    assert advice.sentence == "All 6 dimensions together carry 0.06 nats: next to nothing about a picture."


@pytest.mark.parametrize(
    ("dimensions", "active", "speaks"), [(128, 12, True), (128, 13, False), (10, 1, True), (10, 2, False), (4096, 100, False)]
)
def test_many_unused_dimensions_alone_are_no_collapse(dimensions: int, active: int, speaks: bool) -> None:
    assert (collapse(facts_of(run_with(active=active), model__latent_dim=dimensions)) is not None) is speaks


def test_a_latent_that_comes_into_use_is_waited_for() -> None:
    assert collapse(facts_of(run_with(4, planned=40, active=0))) is None
    assert collapse(facts_of(run_with(10, active=[0, 0, 0, 0, 1, 1, 2, 3, 5, 8]))) is None
    assert collapse(facts_of(run_with(10, active=[0, 0, 9, 9, 1, 1, 2, 3, 3, 3]))) is not None


def test_a_long_run_is_told_after_500_steps() -> None:
    few, many = (run_with(epochs, planned=1000, active=0) for epochs in (4, 5))
    assert collapse(facts_of(few, batch_size=32)) is None
    assert collapse(facts_of(many, batch_size=32)) is not None  # 113 steps each
    assert collapse(facts_of(many, batch_size=512)) is None  # 8 steps each


def test_while_beta_warms_up_nothing_is_said() -> None:
    active = np.where(np.arange(12) < 8, 0, 3)
    assert collapse(facts_of(run_with(12, active=active), objective__beta_warmup_epochs=8.0)) is None
    assert collapse(facts_of(run_with(13, active=3), objective__beta_warmup_epochs=8.0)) is not None


def test_full_dimensions_at_the_end_ask_for_more() -> None:
    history = run_with(10, kl=400.0, kl_per_dim=tuple(np.linspace(5.0, 2.4, 128)))
    advice = full(facts_of(history))
    assert advice is not None
    assert advice.sentence == "All 128 dimensions are full: the weakest still carries 2.4 nats."
    assert advice.change == {"model.latent_dim": 256}
    assert full(facts_of(history, whiten_every=0)) is None  # along other axes each tells a bit of all
    assert full(facts_of(run_with(10, planned=20, kl_per_dim=tuple(np.full(128, 3.0))))) is None
    assert full(facts_of(run_with(10, kl_per_dim=tuple(np.full(512, 3.0))), model__latent_dim=512)) is None
    assert full(facts_of(healthy(QUICK_CELEBA))) is None

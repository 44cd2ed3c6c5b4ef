"""When the coach says that validation gets worse; twenty pictures and many epochs make it so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.coach.advise import advise_run
from core.coach.overfitting import overfitting
from core.data.sets.drawn.faces import write_demo
from core.runs.history import read_history
from tests.helpers.coach_runs import QUICK_CELEBA, facts_of, falling, healthy, made_up
from tests.helpers.runs import run_events, tiny


def turned(epochs: int = 60, best: int = 25, climb: float = 400.0, noise: float = 10.0, kl: object = 100.0):
    """Validation that turns after its best epoch; training that goes on."""
    at = np.arange(epochs)
    valid = 1000.0 + 5000.0 * np.exp(-9.0 * at / best) + np.maximum(0, at - best + 1) / (epochs - best) * climb
    valid += 3.0 * np.maximum(0, best - 1 - at)  # and not flat before it
    valid += noise * np.random.default_rng(1).standard_normal(epochs)
    return made_up(train=falling(epochs), valid=valid, kl=kl)


@pytest.mark.long
def test_twenty_pictures_are_learned_by_heart(tmp_path: Path) -> None:
    write_demo(tmp_path / "faces", count=20, size=32)
    config = tiny(tmp_path / "faces", epochs=45, batch_size=4, model__latent_dim=16)
    run_events(config, tmp_path / "run")
    said = {advice.key: advice for advice in advise_run(tmp_path / "run")}
    best = read_history(tmp_path / "run").best_epoch
    assert said["overfitting"].sentence.startswith(f"The validation ELBO has been getting worse since epoch {best},")
    assert said["overfitting"].change == {"model.dropout": 0.1}
    assert "few_pictures" in said


def test_it_says_since_when_and_what_is_kept() -> None:
    history = turned()
    advice = overfitting(facts_of(history))
    assert advice is not None
    assert advice.sentence == (
        f"The validation ELBO has been getting worse since epoch {history.best_epoch}, while training still improves."
    )
    assert f"the best model, of epoch {history.best_epoch}, is kept" in advice.reason


@pytest.mark.parametrize(
    ("settings", "change"),
    [
        ({"model__dropout": 0.1}, {"model.dropout": 0.2}),
        ({"model__dropout": 0.3, "data__mirror": False}, {"data.mirror": True}),
        ({"model__dropout": 0.3}, {"early_stopping": 8}),
        ({"model__dropout": 0.3, "early_stopping": 100}, {}),
    ],
)
def test_it_proposes_what_isnt_done_yet(settings: dict[str, object], change: dict[str, object]) -> None:
    advice = overfitting(facts_of(turned(), **settings))
    assert advice is not None
    assert advice.change == change


def test_it_waits_until_the_fall_is_long_and_beyond_noise() -> None:
    assert overfitting(facts_of(turned(epochs=32))) is None  # the best is too near
    assert overfitting(facts_of(turned(noise=200.0))) is None
    assert overfitting(facts_of(turned(climb=24.0, noise=1.0))) is None  # nobody would notice
    assert overfitting(facts_of(turned(climb=40.0, noise=1.0))) is not None
    assert overfitting(facts_of(healthy(QUICK_CELEBA))) is None


def test_in_a_long_run_a_fifth_of_it_must_have_passed() -> None:
    assert overfitting(facts_of(turned(epochs=200, best=180))) is None
    assert overfitting(facts_of(turned(epochs=200, best=140))) is not None


def test_noise_alone_is_no_trend() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        valid = 1000.0 + 40.0 * rng.standard_normal(60)
        assert overfitting(facts_of(made_up(train=falling(60), valid=valid))) is None


def test_a_run_that_gets_worse_in_training_too_diverges() -> None:
    valid = turned().valid("loss")
    assert overfitting(facts_of(made_up(train=np.linspace(1000, 5000, len(valid)), valid=valid))) is None


def test_a_curve_that_comes_back_isnt_getting_worse() -> None:
    history = turned(epochs=80)
    valid = -history.valid("elbo").copy()
    valid[60:] = np.linspace(valid[60], valid[25] + 100.0, 20)
    assert overfitting(facts_of(made_up(train=falling(80), valid=valid))) is None


def test_a_growing_kl_under_a_small_beta_isnt_overfitting() -> None:
    """The ELBO counts the KL in full, this run's loss a hundredth of it, and that one still falls."""
    kl = np.linspace(100.0, 1900.0, 60)
    loss = falling(60)
    history = made_up(train=loss + kl, valid=loss + kl, kl=kl)
    history.valid("loss")[:] = history.valid("reconstruction") + 0.01 * history.valid("kl")
    history.train("loss")[:] = history.train("reconstruction") + 0.01 * history.train("kl")
    assert history.best_epoch < 30
    assert overfitting(facts_of(history, objective__beta=0.01)) is None


def test_the_warm_up_of_beta_is_left_out() -> None:
    """The KL is unbound at first, and the ELBO, which counts it in full, has its best epoch there."""
    at = np.arange(40)
    valid = np.where(at < 20, 900.0 + 30.0 * at, 1000.0 + 3000.0 / np.maximum(1, at - 15))
    history = made_up(train=falling(40), valid=valid)
    assert history.best_epoch == 1
    assert overfitting(facts_of(history, objective__beta_warmup_epochs=20.0)) is None

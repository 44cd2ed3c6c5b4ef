"""When the coach says that a run could be faster."""

from __future__ import annotations

import numpy as np
import pytest

from core.coach import speed
from core.coach.speed import slow
from tests.helpers.coach_runs import facts_of, falling, made_up


def run_at(rate: object, epochs: int = 3, planned: int = 1000):
    return made_up(planned, train=falling(epochs), valid=falling(epochs), rate=rate)


def test_a_long_run_without_bf16_hears_why() -> None:
    advice = slow(facts_of(run_at(12.0), device="cpu", precision="fp32"))
    assert advice is not None
    assert advice.sentence == "Training runs at 12 pictures/s: 1,000 epochs take 3 days."
    assert advice.reason.startswith("bf16 isn't available on this processor, so it computes in fp32.")
    assert advice.change == {"data.image_size": 64}


def test_small_pictures_stay_as_they_are() -> None:
    advice = slow(facts_of(run_at(12.0), device="cuda", precision="fp32", data__image_size=96))
    assert advice is not None
    assert advice.reason == "bf16 isn't available on this graphics card, so it computes in fp32."
    assert advice.change == {}


def test_fp32_by_choice_is_told_as_such() -> None:
    advice = slow(facts_of(run_at(3.21), device="cpu", precision="fp32", precision_setting="fp32"))
    assert advice is not None
    assert advice.sentence.startswith("Training runs at 3.2 pictures/s")
    assert advice.reason.startswith("Precision is set to fp32;")
    assert advice.change == {"precision": "auto"}


def test_idle_cores_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "available_cores", lambda: 8)
    advice = slow(facts_of(run_at(12.0), device="cpu", precision="bf16", threads=2))
    assert advice is not None
    assert advice.reason == "It uses 2 of this computer's 8 cores; all of them would be faster."
    assert advice.change == {"threads": 0}
    assert slow(facts_of(run_at(12.0), device="cuda", precision="bf16", threads=2)) is None


def test_a_short_run_may_be_as_slow_as_it_likes() -> None:
    assert slow(facts_of(run_at(101.0, planned=100), device="cpu", precision="fp32")) is None
    assert slow(facts_of(run_at(99.0, planned=100), device="cpu", precision="fp32")) is not None


def test_what_isnt_known_isnt_said() -> None:
    assert slow(facts_of(run_at(12.0), device="cpu", precision="bf16")) is None
    assert slow(facts_of(run_at(12.0))) is None
    assert slow(facts_of(run_at(12.0, epochs=1), device="cpu", precision="fp32")) is None


def test_an_epoch_that_something_held_up_doesnt_count() -> None:
    rates = np.array([10.0, 110.0, 12.0, 105.0, 30.0])
    assert slow(facts_of(run_at(rates, epochs=5, planned=100), device="cpu", precision="fp32")) is None

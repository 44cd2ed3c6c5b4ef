"""When the coach finds an SC-VAE's codes empty, dense, alike or made of few atoms."""

from __future__ import annotations

import pytest

from core.coach.advise import advise
from core.coach.base import Severity
from core.config import preset
from core.events import EpochFinished
from core.runs.history import history_of

HEALTHY = {"nonzeros": 0.15, "dead_atoms": 0.03, "spread": 0.6}


def keys(epochs: int = 8, last: dict[str, float] | None = None, changed: int = 2) -> list[str]:
    return [one.key for one in advice_of(epochs, last, changed)]


def advice_of(epochs: int = 8, last: dict[str, float] | None = None, changed: int = 2):
    """What is said of a run that is healthy but for its last `changed` epochs."""
    rows = []
    for epoch in range(1, epochs + 1):
        loss = 0.1 + 1.0 / epoch
        valid = {"loss": loss, "reconstruction": loss} | HEALTHY | ((last or {}) if epoch > epochs - changed else {})
        rows.append(EpochFinished(epoch, epochs, 1.0, 100.0, {"loss": loss}, valid, 1e-3, ""))
    return advise(history_of(rows, family_name="sc_vae"), preset("atoms"), device="cpu")


def test_a_healthy_run_gets_no_advice() -> None:
    assert keys() == []


@pytest.mark.parametrize(
    ("last", "key", "change"),
    [
        ({"nonzeros": 0.0, "dead_atoms": 1.0, "spread": 0.0}, "empty_codes", {"threshold": 0.1}),
        ({"nonzeros": 0.001}, "empty_codes", {"threshold": 0.1}),
        ({"spread": 0.004, "dead_atoms": 0.9}, "alike", {"learning_rate": 0.0005}),
        ({"nonzeros": 0.7}, "dense_codes", {"threshold": 0.4}),
        ({"dead_atoms": 0.8}, "dead_atoms", {"atoms": 64}),
    ],
)
def test_each_finding_is_said_once_with_what_helps(last: dict[str, float], key: str, change: dict[str, object]) -> None:
    (advice,) = advice_of(last=last)
    assert (advice.key, dict(advice.change)) == (key, change)
    assert keys(last=last, changed=1) == []  # a single epoch says nothing


def test_empty_codes_are_told_in_numbers() -> None:
    (none,), (few,) = advice_of(last={"nonzeros": 0.0}), advice_of(last={"nonzeros": 0.001})
    assert none.sentence == "No coefficient is above the threshold: the codes are empty."
    assert few.sentence.startswith("Only 0.1 % of the coefficients")
    assert none.severity == Severity.PROBLEM
    assert "threshold of 0.2" in none.reason


def test_dead_atoms_are_judged_after_some_epochs() -> None:
    assert keys(3, {"dead_atoms": 0.9}, changed=3) == []
    assert keys(3, {"nonzeros": 0.0}, changed=3) == ["empty_codes"]

"""A run that goes on keeps what a person calls its direction, and a person's own directions where their weights stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.checkpoint import read_header
from core.events import EpochFinished, Event, Log, RunStarted, decode, encode
from core.latent.direction_file import keep_in_checkpoint
from core.latent.directions import from_dict
from core.runs.train_progress import TrainProgress
from tests.core.test_resume import at_step, last
from tests.helpers.runs import run_events, tiny


def best(folder: Path) -> Path:
    return folder / "checkpoints" / "best.safetensors"


def shown(file: Path) -> list[str]:
    return [values.get("label") or values["name"] for values in read_header(file).directions]


def remarks(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Log) and event.matters]


def begun(folder: Path) -> Path:
    """A run of one epoch that is to have two. A person calls its direction something else, and teaches it another."""
    run_events(tiny(), folder, until=lambda event: isinstance(event, EpochFinished))
    for file in (best(folder), last(folder)):
        header = read_header(file)
        own = from_dict(header.directions[0])
        keep_in_checkpoint(file, header.id, {own.name: own.shown_as("Lächeln"), "eyes": replace(own, name="eyes")})
    return folder


def test_weights_that_stay_keep_their_directions(tmp_path: Path) -> None:
    run = begun(tmp_path / "run")
    events = run_events(tiny(), run, resume=True, until=lambda event: isinstance(event, RunStarted))
    assert sorted(shown(last(run))) == sorted(shown(best(run))) == ["Lächeln", "eyes"]
    assert remarks(events) == []


def test_a_best_model_that_stays_keeps_its_directions_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begun(tmp_path / "run")
    monkeypatch.setattr(TrainProgress, "improved", lambda self, loss: False)
    events = run_events(tiny(), run, resume=True)
    assert sorted(shown(best(run))) == ["Lächeln", "eyes"]
    assert shown(last(run)) == ["Lächeln"]
    (remark,) = remarks(events)
    assert remark == (
        "The last model has learned on, so its direction 'eyes' can't be kept: it was made for its earlier weights. "
        "Fit or teach it again once the run has ended."
    )


def test_a_label_outlives_a_stop_within_an_epoch(tmp_path: Path) -> None:
    run = begun(tmp_path / "run")
    run_events(tiny(), run, resume=True, until=at_step(2, 2))
    assert shown(last(run)) == [], "the weights are on their way"
    events = run_events(tiny(), run, resume=True)
    assert shown(last(run)) == ["Lächeln"]
    assert "Lächeln" in shown(best(run))
    assert len([remark for remark in remarks(events) if "last model" in remark]) == 0, "it is said once, when it happens"


def test_that_it_matters_is_on_the_line_only_where_it_does() -> None:
    for log in (Log("a"), Log("a", matters=True)):
        assert decode(encode(log)) == log
        assert ("matters" in encode(log)) is log.matters

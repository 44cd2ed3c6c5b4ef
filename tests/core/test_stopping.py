"""Early stopping: when, what is said, and how such a run goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.checkpoint import read_header
from core.cli import run
from core.events import EpochFinished, Event, Log, RunFinished, Step
from core.families.vae.recipe import VaeRecipe
from core.runs.train_progress import TrainProgress
from core.training import loop
from core.training.recipe import Judgement, Moment
from core.training.state import is_out_of_patience
from tests.helpers.runs import assert_same_checkpoint, run_events, tiny

LOSSES = (5.0, 3.0, 4.0, 3.5, 6.0, 2.0, 7.0, 8.0, 9.0)  # the best of the first five is the second epoch


@pytest.fixture
def losses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each epoch's validation comes out as `LOSSES` says."""
    real = VaeRecipe.judge

    def judge(self: VaeRecipe, images: Any, rows: Any, now: Moment, cancelled: Any) -> Judgement:
        found = real(self, images, rows, now, cancelled)
        reconstruction = LOSSES[round(now.progress.epochs) - 1] - found.valid["kl"]
        return replace(found, valid={**found.valid, "reconstruction": reconstruction})

    monkeypatch.setattr(VaeRecipe, "judge", judge)


def epochs_of(events: list[Event]) -> list[int]:
    return [event.epoch for event in events if isinstance(event, EpochFinished)]


def said(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Log)]


def last(folder: Path) -> Path:
    return folder / "checkpoints" / "last.safetensors"


@pytest.mark.usefixtures("losses")
def test_it_ends_as_finished_and_says_which_epoch_was_best(tmp_path: Path) -> None:
    events = run_events(tiny(epochs=9, early_stopping=3), tmp_path)
    assert epochs_of(events) == [1, 2, 3, 4, 5]
    assert said(events) == [
        "Ended early after epoch 5: epoch 2 was the best on the validation pictures, none since was better.",
        "Fitting the direction 'smile' on all training pictures.",
    ]
    assert events[-1] == RunFinished(False, 5, events[-1].seconds)
    for name, epoch in (("best", 2), ("last", 5)):
        header = read_header(tmp_path / "checkpoints" / f"{name}.safetensors")
        assert header.epoch == epoch
        assert "26 training pictures" in header.directions[0]["source"]  # all: fitted as at any end


@pytest.mark.long
@pytest.mark.usefixtures("losses")
def test_resumed_it_does_nothing_more_unless_somebody_asks_for_more(tmp_path: Path) -> None:
    config = tiny(epochs=9, early_stopping=3)
    run_events(config, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = run_events(config, tmp_path, resume=True)
    assert [type(event) for event in again] == [Log, RunFinished]
    assert "epoch 2 was the best" in said(again)[0]
    assert "early_stopping lets it go on" in said(again)[0]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    more = run_events(replace(config, early_stopping=4), tmp_path, resume=True)
    assert epochs_of(more) == [6, 7, 8, 9]  # the sixth is better than the second, so there is patience again
    assert more[-1] == RunFinished(False, 9, more[-1].seconds)


@pytest.mark.long
@pytest.mark.usefixtures("losses")
def test_a_raised_end_gives_new_patience_also_after_a_stop(tmp_path: Path) -> None:
    run_events(tiny(epochs=8, early_stopping=2), tmp_path)
    assert read_header(last(tmp_path)).epoch == 4
    longer = tiny(epochs=9, early_stopping=2)
    cut = run_events(longer, tmp_path, resume=True, until=lambda event: isinstance(event, Step) and event.epoch == 5)
    assert epochs_of(cut) == []
    rest = run_events(longer, tmp_path, resume=True)
    assert epochs_of(rest) == [5, 6, 7, 8]  # 6 is the best of all, 8 the second without a better one
    assert rest[-1] == RunFinished(False, 8, rest[-1].seconds)


@pytest.mark.long
@pytest.mark.usefixtures("losses")
def test_a_run_that_dies_before_its_direction_is_fitted_fits_it_when_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny(epochs=9, early_stopping=3)
    run_events(config, tmp_path / "whole")

    def power_cut(*given: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(loop, "finish", power_cut)
        with pytest.raises(KeyboardInterrupt):
            run_events(config, tmp_path / "cut")
    events = run_events(config, tmp_path / "cut", resume=True)
    assert epochs_of(events) == []
    assert "Ended early" in said(events)[0]
    assert_same_checkpoint(last(tmp_path / "whole"), last(tmp_path / "cut"))


@pytest.mark.long
@pytest.mark.usefixtures("losses")
def test_patience_that_ends_with_the_last_epoch_is_no_early_end(tmp_path: Path) -> None:
    events = run_events(tiny(epochs=5, early_stopping=3), tmp_path)
    assert epochs_of(events) == [1, 2, 3, 4, 5]
    assert said(events) == ["Fitting the direction 'smile' on all training pictures."]
    assert "has finished its 5 epochs" in said(run_events(tiny(epochs=5, early_stopping=3), tmp_path, resume=True))[0]


@pytest.mark.long
@pytest.mark.usefixtures("losses")
def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_events(tiny(epochs=9, early_stopping=1), tmp_path)
    assert run(["train", "--out", str(tmp_path), "--resume"]) == 0
    assert "Ended early after epoch 3: epoch 2 was the best" in capsys.readouterr().err
    assert run(["train", "--out", str(tmp_path), "--resume", "--set", "early_stopping=0"]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["4/9", "5/9", "6/9", "7/9", "8/9", "9/9"]
    assert read_header(last(tmp_path)).config.early_stopping == 0


def test_when_patience_is_used_up() -> None:
    at = TrainProgress(epoch=10, best_epoch=6, schedule_epochs=50)
    assert not is_out_of_patience(tiny(early_stopping=0), at)
    assert is_out_of_patience(tiny(early_stopping=4), at)
    assert not is_out_of_patience(tiny(early_stopping=5), at)
    assert not is_out_of_patience(tiny(early_stopping=4, objective__beta_warmup_epochs=6.5), at)  # counted from epoch 7
    assert is_out_of_patience(tiny(early_stopping=3, objective__beta_warmup_epochs=6.5), at)
    assert is_out_of_patience(tiny(early_stopping=4, objective__beta_warmup_epochs=9, objective__beta_schedule="cyclical"), at)
    assert not is_out_of_patience(tiny(early_stopping=4), replace(at, step=1))  # an epoch that was begun is ended
    assert not is_out_of_patience(tiny(early_stopping=4), replace(at, patience_from=8))

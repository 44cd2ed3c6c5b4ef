"""A run of several phases: told of, stopped and resumed in each, and of use wherever it ends."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.checkpoint import find, load, read_header
from core.config import TrainConfig, get, preset, with_values
from core.errors import ConfigError
from core.events import CheckpointSaved, EpochFinished, Event, Log, RunFinished, RunStarted, Step, decode
from core.families.base import Family
from core.runs.history import read_history
from core.runs.listing import read_summary
from core.training.recipe import home_of
from tests.helpers.commands import ROOT
from tests.helpers.fake_family import FIRST, NAME, SECOND, fake_family
from tests.helpers.faults import wrapper
from tests.helpers.runs import TINY, assert_same_checkpoint, at_step, run_events, toy_folder, trained

__all__ = ["fake_family"]
pytestmark = pytest.mark.usefixtures("fake_family")

MACHINE = ("threads", "precision", "device", "data.image_size", "batch_size")


def config(**values: Any) -> TrainConfig:
    """Two epochs of each phase, unless told otherwise."""
    usual = {path: TINY[path] for path in MACHINE} | {"data.source": str(toy_folder()), "learning_rate": 0.02}
    return with_values(preset("fake"), usual | {name.replace("__", "."): value for name, value in values.items()})


def last(folder: Path) -> Path:
    return folder / "checkpoints" / "last.safetensors"


def best(folder: Path) -> Path:
    return folder / "checkpoints" / "best.safetensors"


def epochs_of(events: list[Event]) -> list[EpochFinished]:
    return [event for event in events if isinstance(event, EpochFinished)]


def model_of(path: Path) -> dict[str, np.ndarray]:
    return load(path, training_state=True).part("model.")


def test_events_say_which_phase_it_is(tmp_path: Path) -> None:
    events = run_events(config(), tmp_path / "run")
    assert [(event.epoch, event.epochs, event.phase) for event in epochs_of(events)] == [
        (1, 4, FIRST), (2, 4, FIRST), (3, 4, SECOND), (4, 4, SECOND),
    ]  # fmt: skip
    assert {(event.epoch, event.phase) for event in events if isinstance(event, Step)} == {
        (1, FIRST), (2, FIRST), (3, SECOND), (4, SECOND),
    }  # fmt: skip
    assert all(("surprise" in event.numbers) == (event.phase == SECOND) for event in events if isinstance(event, Step))
    logs = {number: event.message for number, event in enumerate(events) if isinstance(event, Log)}
    begun = [number for number, text in logs.items() if text.startswith("Now begins: the second phase.")]
    assert len(begun) == 1
    assert events[begun[0] + 1] == next(event for event in events if isinstance(event, Step) and event.epoch == 3)
    history = read_history(tmp_path / "run")
    assert history.phases == (FIRST, FIRST, SECOND, SECOND)
    assert [row["phase"] for row in read_header(last(tmp_path / "run")).history] == list(history.phases)
    summary = read_summary(tmp_path / "run")
    assert (summary.state, summary.epoch, summary.epochs) == ("finished", 4, 4)


def test_each_phase_trains_its_own_part_alone(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run_events(config(), folder, until=lambda event: isinstance(event, EpochFinished) and event.epoch == 2)
    first = model_of(last(folder))
    run_events(config(), folder, resume=True)
    both = model_of(last(folder))
    changed = {name for name, value in both.items() if not np.array_equal(value, first[name])}
    assert changed == {"mean", "log_std"}
    assert not first["mean"].any()  # the first phase has left the second one's part as it was made
    assert not first["log_std"].any()
    kept = load(last(folder), training_state=True).tensors
    assert {name.split(".")[1] for name in kept if name.startswith("optimizer.")} == {"mean", "log_std"}


# Within each phase, at the last step of one, at the first of the next, and at its end.
MOMENTS = [at_step(1, 2), at_step(2, 4), at_step(3, 1), at_step(3, 4), at_step(4, 3)]


def test_stopped_in_each_phase_it_ends_bit_for_bit_the_same(tmp_path: Path) -> None:
    chosen = config(lr_schedule="cosine")
    whole, cut = trained(chosen, tmp_path / "whole"), tmp_path / "cut"
    for number, moment in enumerate(MOMENTS):
        events = run_events(chosen, cut, resume=number > 0, until=moment)
        assert events[-1] == RunFinished(True, events[-1].epoch, events[-1].seconds)
    assert run_events(chosen, cut, resume=True)[-1].stopped is False
    assert_same_checkpoint(last(whole), last(cut))
    assert_same_checkpoint(best(whole), best(cut))


@pytest.mark.parametrize("kind", [EpochFinished, CheckpointSaved, Log])
def test_died_between_two_phases_it_ends_bit_for_bit_the_same(tmp_path: Path, kind: type) -> None:
    """After the first phase's last epoch: before it is saved, once it is, and once the second phase has begun."""
    from core.training.loop import train

    whole, cut = trained(config(), tmp_path / "whole"), tmp_path / "cut"
    dying = train(config(), cut)
    for event in dying:
        if isinstance(event, kind) and getattr(event, "epoch", 2) == 2 and not getattr(event, "best", False):
            break
    dying.close()  # type: ignore[attr-defined]
    run_events(config(), cut, resume=True)
    assert_same_checkpoint(last(whole), last(cut))
    assert_same_checkpoint(best(whole), best(cut))


def test_best_starts_anew_and_is_chosen_by_the_phases_own_metric(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first phase's best error is small; the second's surprise is larger than it all along, and gets worse again."""
    from tests.helpers.fake_recipe import FakeRecipe

    real, scores = FakeRecipe.judge, iter([0.02, 0.01, 30.0, 20.0, 25.0])

    def judge(self: FakeRecipe, *given: Any) -> Any:
        found = real(self, *given)
        key = "surprise" if self.phase == SECOND else "error"
        return replace(found, valid={**found.valid, key: next(scores)})

    monkeypatch.setattr(FakeRecipe, "judge", judge)
    events = run_events(config(second_epochs=3), tmp_path / "run")
    assert [event.epoch for event in events if isinstance(event, CheckpointSaved) and event.best] == [1, 2, 3, 4]
    header = read_header(best(tmp_path / "run"))
    assert header.epoch == 4
    assert (read_history(tmp_path / "run").best_epoch, read_summary(tmp_path / "run").best_epoch) == (4, 4)
    assert read_summary(tmp_path / "run").best["surprise"] == 20.0


def test_without_word_of_a_best_one_it_is_the_last_phases(tmp_path: Path) -> None:
    """As in an events file whose lines on checkpoints are gone."""
    trained(config(), tmp_path / "run")
    log = tmp_path / "run" / "events.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    log.write_text("".join(line for line in lines if not isinstance(decode(line), CheckpointSaved)), encoding="utf-8")
    there = read_history(tmp_path / "run")
    assert there.best_epoch in (3, 4)
    assert read_summary(tmp_path / "run").best_epoch == there.best_epoch


@pytest.mark.parametrize("moment", MOMENTS)
def test_stopped_in_any_phase_it_leaves_a_usable_model(tmp_path: Path, moment: Any) -> None:
    folder = tmp_path / "run"
    run_events(config(), folder, until=moment)
    saved = load(find(str(folder)) if best(folder).exists() else last(folder))
    model = home_of(NAME).open_instrument(saved)
    pictures = np.zeros((2, 32, 32, 3), np.uint8)
    assert model.decode(model.encode(pictures).values).shape == pictures.shape


@pytest.fixture
def scores(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[float]]:
    """What each phase's epochs will be judged with, the first one next; in both phases lower is better."""
    from tests.helpers.fake_recipe import FakeRecipe

    real = FakeRecipe.judge
    planned: dict[str, list[float]] = {}

    def judge(self: FakeRecipe, *given: Any) -> Any:
        found = real(self, *given)
        key = "surprise" if self.phase == SECOND else "error"
        return replace(found, valid={**found.valid, key: planned[self.phase].pop(0)})

    monkeypatch.setattr(FakeRecipe, "judge", judge)
    return planned


def test_early_stopping_counts_within_a_phase(tmp_path: Path, scores: dict[str, list[float]]) -> None:
    """Patience that is used up as a phase ends anyway is no early end."""
    scores.update({FIRST: [0.1, 0.2, 0.3], SECOND: [1.0, 2.0, 3.0, 4.0]})
    events = run_events(config(epochs=3, second_epochs=4, early_stopping=2), tmp_path / "run")
    assert [(event.epoch, event.phase) for event in epochs_of(events)] == [
        (1, FIRST), (2, FIRST), (3, FIRST), (4, SECOND), (5, SECOND), (6, SECOND),
    ]  # fmt: skip
    assert events[-1] == RunFinished(False, 6, events[-1].seconds)


EARLY = {"epochs": 6, "second_epochs": 2, "early_stopping": 2}  # of which the first phase takes three


def test_a_phase_that_ends_early_makes_way_for_the_next(tmp_path: Path, scores: dict[str, list[float]]) -> None:
    scores.update({FIRST: [0.1, 0.2, 0.3], SECOND: [1.0, 0.5]})
    events = run_events(config(**EARLY), tmp_path / "run")
    assert [(event.epoch, event.epochs, event.phase) for event in epochs_of(events)] == [
        (1, 8, FIRST), (2, 8, FIRST), (3, 8, FIRST), (4, 5, SECOND), (5, 5, SECOND),
    ]  # fmt: skip
    said = [event.message for event in events if isinstance(event, Log)]
    assert any(text.startswith("The first phase ended early after epoch 3: epoch 1 was the best") for text in said)
    assert events[-1] == RunFinished(False, 5, events[-1].seconds)
    assert "has finished its 5 epochs" in run_events(config(**EARLY), tmp_path / "run", resume=True)[0].message


def test_a_run_with_a_phase_that_ended_early_is_resumed_exactly(tmp_path: Path, scores: dict[str, list[float]]) -> None:
    judged = {FIRST: [0.1, 0.2, 0.3], SECOND: [1.0, 0.5]}
    scores.update({phase: list(values) for phase, values in judged.items()})
    whole = trained(config(**EARLY), tmp_path / "whole")
    for number, moment in enumerate((at_step(3, 1), at_step(4, 0), at_step(4, 2), at_step(5, 1))):
        scores.update({phase: list(values) for phase, values in judged.items()})
        folder = tmp_path / str(number)
        run_events(config(**EARLY), folder, until=moment)
        run_events(config(**EARLY), folder, resume=True)
        assert_same_checkpoint(last(whole), last(folder))


def test_a_phase_added_to_a_run_that_ended_early_begins_at_once(tmp_path: Path, scores: dict[str, list[float]]) -> None:
    scores.update({FIRST: [0.1, 0.2, 0.3], SECOND: [1.0, 0.5]})
    alone = {**EARLY, "second_epochs": 0}
    assert len(epochs_of(run_events(config(**alone), tmp_path / "run"))) == 3
    events = run_events(config(**EARLY), tmp_path / "run", resume=True)
    assert [(event.epoch, event.phase) for event in epochs_of(events)] == [(4, SECOND), (5, SECOND)]


def test_schedules_run_over_each_phase(tmp_path: Path) -> None:
    events = run_events(config(lr_schedule="linear"), tmp_path / "run")
    rates = [event.learning_rate for event in epochs_of(events)]
    assert rates == pytest.approx([0.0101, 0.0002, 0.0101, 0.0002])


def test_a_later_phase_that_gets_more_epochs_learns_over_them_anew(tmp_path: Path) -> None:
    """At the end of its schedule it would hardly learn; what is cut short in them still ends bit for bit the same."""
    chosen, more = config(lr_schedule="linear"), config(lr_schedule="linear", second_epochs=4)
    whole = trained(chosen, tmp_path / "whole")
    shutil.copytree(whole, tmp_path / "cut")
    rates = [event.learning_rate for event in epochs_of(run_events(more, whole, resume=True))]
    assert rates == pytest.approx([0.0101, 0.0002])
    run_events(more, tmp_path / "cut", resume=True, until=at_step(5, 2))
    run_events(more, tmp_path / "cut", resume=True, until=at_step(6, 1))
    run_events(more, tmp_path / "cut", resume=True)
    assert_same_checkpoint(last(whole), last(tmp_path / "cut"))


def test_a_later_phase_made_longer_on_its_way_keeps_its_schedules(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run_events(config(lr_schedule="linear"), folder, until=lambda event: isinstance(event, EpochFinished) and event.epoch == 3)
    events = run_events(config(lr_schedule="linear", second_epochs=4), folder, resume=True)
    assert [event.learning_rate for event in epochs_of(events)] == pytest.approx([0.0002, 0.0002, 0.0002])


def test_a_second_phase_is_added_later(tmp_path: Path) -> None:
    folder = trained(config(second_epochs=0), tmp_path / "run")
    before = model_of(last(folder))
    events = run_events(config(second_epochs=2), folder, resume=True)
    assert [(event.epoch, event.phase) for event in epochs_of(events)] == [(3, SECOND), (4, SECOND)]
    whole = trained(config(), tmp_path / "whole")
    assert_same_checkpoint(last(whole), last(folder))
    assert np.array_equal(model_of(last(folder))["encoder.weight"], before["encoder.weight"])


def test_a_phase_that_is_over_keeps_its_length(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run_events(config(), folder, until=at_step(3, 2))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(ConfigError, match="past the first phase, which took 2 epochs"):
        run_events(config(epochs=5), folder, resume=True)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    events = run_events(config(second_epochs=3), folder, resume=True)
    assert [event.epoch for event in epochs_of(events)] == [3, 4, 5]


def test_a_finished_run_without_directions_is_left_as_it_is(tmp_path: Path) -> None:
    """Its pictures name an attribute, but there is nothing along which a direction could be fitted."""
    folder = trained(config(), tmp_path / "run")
    assert read_header(last(folder)).data["attribute"] == "smile"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    events = run_events(config(), folder, resume=True)
    assert [type(event) for event in events] == [Log, RunFinished]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.long
def test_two_processes_go_through_the_phases_as_one_does(tmp_path: Path) -> None:
    """From the start, and from within the second phase, into which the second process must follow the first."""
    whole, cut = trained(config(), tmp_path / "whole"), tmp_path / "cut"
    run_events(config(), cut, until=at_step(3, 2))
    program = wrapper(
        tmp_path / "with_fake.py", f"from core.families.registry import PLACES\nPLACES[{NAME!r}] = 'tests.helpers.fake_family'"
    )
    settings = [f"--set={path}={get(config(), path)}" for path in MACHINE] + ["--set=learning_rate=0.02"]
    lines = {
        "new": ["--family", NAME, "--data", str(toy_folder()), "--out", str(tmp_path / "new"), *settings],
        "cut": ["--out", str(cut), "--resume"],
    }
    for words in lines.values():
        command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", str(program), "train", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, cwd=ROOT)
        assert done.returncode == 0, done.stderr
    alone = read_history(whole)
    for name in lines:
        together = read_history(tmp_path / name)
        assert together.phases == (FIRST, FIRST, SECOND, SECOND)
        for column in ("train_error", "valid_error", "train_surprise", "valid_surprise"):
            np.testing.assert_allclose(together.column(column), alone.column(column), rtol=1e-3, err_msg=f"{name} {column}")


def test_the_family_registered_for_a_test_is_that_one(fake_family: Family, tmp_path: Path) -> None:
    events = run_events(config(epochs=1, second_epochs=0), tmp_path / "run")
    [began] = [event for event in events if isinstance(event, RunStarted)]
    assert began.config["family"] == fake_family.name
    assert began.config["width"] == 4


def test_more_patience_takes_a_phase_up_again_that_had_ended_early(tmp_path: Path, scores: dict[str, list[float]]) -> None:
    scores.update({FIRST: [0.1, 0.2, 0.3, 0.05, 0.06, 0.07], SECOND: [1.0, 0.5]})
    ended = lambda event: isinstance(event, Log) and "ended early" in event.message  # noqa: E731
    run_events(config(**EARLY), tmp_path / "run", until=ended)
    events = run_events(config(**{**EARLY, "early_stopping": 0}), tmp_path / "run", resume=True)
    assert [(event.epoch, event.phase) for event in epochs_of(events)] == [
        (4, FIRST), (5, FIRST), (6, FIRST), (7, SECOND), (8, SECOND),
    ]  # fmt: skip

"""An interrupted and resumed run ends exactly where an uninterrupted one does."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.checkpoint import read_header
from core.errors import CoreError
from core.events import CheckpointSaved, EpochFinished, Event, Log, RunFailed, RunFinished, RunStarted, Step, decode
from core.families.vae.recipe import VaeRecipe
from core.training import loop
from tests.helpers.commands import ROOT
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import LEARNS, assert_same_checkpoint, at_step, run_events, shared_run, tiny, trained

EVERYTHING: dict[str, Any] = {
    "model__dropout": 0.2,
    "data__mirror": True,
    "lr_schedule": "cosine",
    "objective__beta_warmup_epochs": 1.5,
    "whiten_every": 1,
}
NEWER: dict[str, Any] = {
    "ema_decay": 0.9,
    "gradient_clip": 50.0,
    "lr_schedule": "linear",
    "lr_warmup_epochs": 0.75,
    "objective__beta_schedule": "cyclical",
    "objective__beta_cycles": 3,
    "objective__free_bits": 0.2,
    "early_stopping": 9,
    "whiten_every": 1,
    "model__dropout": 0.1,
}


def last(folder: Path) -> Path:
    return folder / "checkpoints" / "last.safetensors"


def epochs_in_table(folder: Path) -> list[int]:
    with open(folder / "metrics.csv", encoding="utf-8", newline="") as file:
        return [int(row["epoch"]) for row in csv.DictReader(file)]


@pytest.mark.long
@pytest.mark.parametrize("values", [{}, EVERYTHING, NEWER], ids=["plain", "everything", "newer"])
def test_stopped_anywhere_it_ends_bit_for_bit_the_same(tmp_path: Path, values: dict[str, Any]) -> None:
    config = tiny(**values)
    whole = trained(config, tmp_path / "whole")
    cut = tmp_path / "cut"
    moments = [at_step(1, 2), at_step(1, 4), at_step(2, 1), at_step(2, 4)]
    for number, moment in enumerate(moments):
        events = run_events(config, cut, resume=number > 0, until=moment)
        assert events[-1] == RunFinished(True, events[-1].epoch, events[-1].seconds)
    events = run_events(config, cut, resume=True)
    assert events[-1] == RunFinished(False, 2, events[-1].seconds)
    assert [event.step for event in events if isinstance(event, Step)] == []  # only the second epoch's end was left
    assert_same_checkpoint(last(whole), last(cut))
    assert_same_checkpoint(whole / "checkpoints" / "best.safetensors", cut / "checkpoints" / "best.safetensors")
    assert epochs_in_table(cut) == [1, 2]
    recorded = [decode(line) for line in (cut / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [event.epoch for event in recorded if isinstance(event, EpochFinished)] == [1, 2]
    assert len([event for event in recorded if isinstance(event, RunStarted)]) == 5


def test_a_resumed_epochs_means_cover_all_its_steps(tmp_path: Path) -> None:
    whole = [e for e in run_events(tiny(epochs=1), tmp_path / "whole") if isinstance(e, EpochFinished)]
    run_events(tiny(epochs=1), tmp_path / "cut", until=at_step(1, 3))
    cut = [e for e in run_events(tiny(epochs=1), tmp_path / "cut", resume=True) if isinstance(e, EpochFinished)]
    assert cut[0].train == whole[0].train
    assert cut[0].valid == whole[0].valid


@pytest.mark.long
def test_stopped_while_it_validates_the_epoch_stays_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny(**EVERYTHING)
    whole = trained(config, tmp_path / "whole")
    real, folder = VaeRecipe.judge, tmp_path / "cut"

    def stopping(self: VaeRecipe, *given: Any) -> Any:
        control.stop()
        return real(self, *given)

    control = loop.Control()
    with monkeypatch.context() as patched:
        patched.setattr(VaeRecipe, "judge", stopping)
        events = list(loop.train(config, folder, control))
    assert events[-1] == RunFinished(True, 0, events[-1].seconds)
    assert read_header(last(folder)).training["step"] == 4
    run_events(config, folder, resume=True)
    assert_same_checkpoint(last(whole), last(folder))


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, ".")
from core.config import loads
from core.training.loop import train
config = loads(Path(sys.argv[1]).read_text())
for moment in sys.argv[3:]:  # torch is imported once, and each run is killed in a child of its own
    name, count = moment.split("-")
    child = os.fork()
    if not child:
        seen = 0
        for event in train(config, Path(sys.argv[2]) / moment):
            seen += type(event).__name__ == name
            if seen == int(count):
                os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, moment
"""
# In the first epoch; between an epoch's event, its best and its last checkpoint; in the second epoch; at the very end.
MOMENTS = ("Step-3", "EpochFinished-1", "CheckpointSaved-1", "Step-7", "EpochFinished-2", "Log-1")


@pytest.mark.long
def test_killed_at_any_moment_it_goes_on_to_the_same_end(tmp_path: Path) -> None:
    whole = trained(tiny(**EVERYTHING), tmp_path / "whole")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, whole / "config.json", tmp_path, *MOMENTS],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for moment in MOMENTS:
        folder = tmp_path / moment
        events = run_events(tiny(**EVERYTHING), folder, resume=True)
        assert events[-1] == RunFinished(False, 2, events[-1].seconds), moment
        assert_same_checkpoint(last(whole), last(folder))
        assert epochs_in_table(folder) == [1, 2], moment
        recorded = [decode(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
        assert [event.epoch for event in recorded if isinstance(event, EpochFinished)] == [1, 2], moment


@pytest.mark.long
def test_a_raised_end_holds_the_schedules_last_value(tmp_path: Path) -> None:
    folder = trained(tiny(lr_schedule="cosine", learning_rate=0.01), tmp_path / "run")
    events = run_events(tiny(lr_schedule="cosine", learning_rate=0.01, epochs=4), folder, resume=True)
    assert [(e.epoch, e.learning_rate) for e in events if isinstance(e, EpochFinished)] == [(3, 0.0001), (4, 0.0001)]
    assert epochs_in_table(folder) == [1, 2, 3, 4]
    assert [row["epoch"] for row in read_header(last(folder)).history] == [1, 2, 3, 4]
    again = run_events(tiny(lr_schedule="cosine", learning_rate=0.01, epochs=4), folder, resume=True)
    assert not [event for event in again if isinstance(event, Step)]


@pytest.mark.long
def test_an_extended_run_that_dies_before_its_last_direction_fits_it_when_resumed(tmp_path: Path) -> None:
    folder, longer = trained(tiny(), tmp_path / "run"), tiny(epochs=3)
    dying = loop.train(longer, folder, resume=True)
    for event in dying:
        if isinstance(event, CheckpointSaved) and not event.best:
            break
    dying.close()  # type: ignore[attr-defined]
    assert read_header(last(folder)).epoch == 3
    events = run_events(longer, folder, resume=True)
    assert [event.message for event in events if isinstance(event, Log)] == [
        "Fitting the direction 'smile' on all training pictures."
    ]
    assert [type(event) for event in run_events(longer, folder, resume=True)] == [Log, RunFinished]


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()
    }


def test_a_finished_run_is_left_exactly_as_it_is() -> None:
    folder = shared_run()
    before = snapshot(folder)
    events = run_events(tiny(**LEARNS), folder, resume=True)
    assert [type(event) for event in events] == [Log, RunFinished]
    assert events[-1].epoch == 8
    assert snapshot(folder) == before


def test_before_the_first_checkpoint_it_starts_anew(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "events.jsonl").write_text((shared_run() / "events.jsonl").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "metrics.csv").write_text("epoch\n1\n2\n", encoding="utf-8")
    events = run_events(tiny(epochs=1), folder, resume=True)
    assert isinstance(events[0], RunStarted)
    assert events[0].epoch == 0
    assert epochs_in_table(folder) == [1]
    recorded = [decode(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [event.epoch for event in recorded if isinstance(event, EpochFinished)] == [1]


@pytest.mark.long
def test_other_pictures_are_refused_and_the_folder_stays_resumable(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run_events(tiny(), folder, until=at_step(1, 2))
    before = {name: (folder / name).read_bytes() for name in ("config.json", "checkpoints/last.safetensors")}
    events = run_events(tiny(draw_folder(tmp_path / "other", seed=5)), folder, resume=True)
    assert isinstance(events[-1], RunFailed)
    assert "not those that this run began with" in events[-1].message
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert isinstance(run_events(tiny(), folder, resume=True)[-1], RunFinished)


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(shared_run(), tmp_path / "run"))
    data = last(folder).read_bytes()
    last(folder).write_bytes(data[: len(data) // 2])
    with pytest.raises(CoreError, match="cut off"):
        run_events(tiny(**LEARNS | {"epochs": 9}), folder, resume=True)


def test_two_saves_an_epoch_when_it_is_the_best(tmp_path: Path) -> None:
    said: list[Event] = run_events(tiny(epochs=1), tmp_path / "run")
    assert [event.best for event in said if isinstance(event, CheckpointSaved)] == [True, False]

"""`save_minutes`: files that are written no more often than so many minutes, and nothing lost by it."""

from __future__ import annotations

from pathlib import Path

from core.checkpoint import read_header
from core.events import CheckpointSaved, EpochFinished, Event
from core.training import loop, state
from tests.helpers.runs import assert_same_checkpoint, at_step, run_events, tiny, trained

SETTINGS = {"epochs": 4, "learning_rate": 0.002, "objective__variance": "fixed", "whiten_every": 1}


def files(folder: Path) -> tuple[Path, Path]:
    return folder / "checkpoints" / "best.safetensors", folder / "checkpoints" / "last.safetensors"


def saves(events: list[Event]) -> list[tuple[bool, int]]:
    return [(event.best, event.epoch) for event in events if isinstance(event, CheckpointSaved)]


def test_a_run_whose_files_wait_ends_with_the_same_ones(tmp_path: Path) -> None:
    each = run_events(tiny(**SETTINGS), tmp_path / "each")
    waits = run_events(tiny(**SETTINGS, save_minutes=60.0), tmp_path / "waits")
    best = max(epoch for is_best, epoch in saves(each) if is_best)
    assert len(saves(each)) > 4
    assert saves(waits) == [(True, best), (False, 4)]
    for one, other in zip(files(tmp_path / "each"), files(tmp_path / "waits"), strict=True):
        assert read_header(one).epoch == read_header(other).epoch
        assert_same_checkpoint(one, other)


def test_files_are_written_once_they_are_due(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    now, looks = state.time.perf_counter(), iter(range(100_000))
    monkeypatch.setattr(state.time, "perf_counter", lambda: now + 4.0 * next(looks))  # each look at the clock is 4 s after the last
    events = run_events(tiny(**SETTINGS | {"epochs": 8}, save_minutes=2.0), tmp_path / "run")
    lasts = [epoch for is_best, epoch in saves(events) if not is_best]
    assert lasts[-1] == 8
    assert 1 < len(lasts) < 8
    bests = [epoch for is_best, epoch in saves(events) if is_best]
    assert all(any(last >= best for last in lasts) for best in bests)


def test_stopped_it_writes_what_waits_and_goes_on_to_the_same_end(tmp_path: Path) -> None:
    config = tiny(**SETTINGS, save_minutes=60.0)
    whole = trained(config, tmp_path / "whole")
    events = run_events(config, tmp_path / "part", until=at_step(3, 2))
    assert saves(events)[-1] == (False, 2)
    assert [is_best for is_best, _ in saves(events)] == [True, False]
    run_events(config, tmp_path / "part", resume=True)
    for one, other in zip(files(whole), files(tmp_path / "part"), strict=True):
        assert_same_checkpoint(one, other)


def test_killed_it_goes_on_from_what_is_written(tmp_path: Path) -> None:
    config = tiny(**SETTINGS, save_minutes=60.0)
    whole = trained(config, tmp_path / "whole")
    dying = loop.train(config, tmp_path / "part")
    for event in dying:
        if isinstance(event, EpochFinished) and event.epoch == 3:
            break
    dying.close()  # type: ignore[attr-defined]
    assert not any(path.exists() for path in files(tmp_path / "part"))
    run_events(config, tmp_path / "part", resume=True)
    for one, other in zip(files(whole), files(tmp_path / "part"), strict=True):
        assert_same_checkpoint(one, other)

"""Run folders that something went wrong with: whatever they hold, the list of runs and what the charts are drawn from stand.

`LABKHAND_MUTATED_RUNS=2000 python -m pytest tests/core/test_mutated_runs.py tests/explorer/test_mutated_runs.py` looks at so many.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.coach.advise import advise_run
from core.locks import holder
from core.runs.differences import differing
from core.runs.history import RunHistory, read_history
from core.runs.history_table import charts_of, history_csv
from core.runs.listing import list_runs, read_summary, read_watched
from core.runs.queue import read_queue
from tests.helpers.mutations import healthy_run, mutated_run, wanted_count


def read_all(folder: Path) -> RunHistory:
    """Everything that is ever read from a run folder that this program need not have written."""
    run = read_summary(folder)
    assert read_watched(folder).name == run.name
    history = read_history(folder)
    for name in ("train_elbo", "valid_elbo", "seconds", "valid_psnr"):
        assert history.column(name).dtype == np.float64
    assert (np.diff(history.epoch) > 0).all()
    for chart in charts_of(history.family):
        text = history_csv([(run.name, history)], chart.key)
        assert text.count("\n") >= 1 + len(history)
        text.encode()
    for advice in advise_run(folder):
        f"{advice.sentence} {advice.reason}".encode()
    f"{run.about} {run.message} {run.data_name}".encode()
    assert run.checkpoint is None
    holder(folder)
    return history


@pytest.mark.long
def test_a_mutated_run_is_listed_and_read(tmp_path: Path) -> None:
    configs = []
    for seed in range(wanted_count()):
        folder = tmp_path / f"run-{seed:05d}"
        done = mutated_run(folder, seed)
        try:
            read_all(folder)
        except BaseException as error:
            error.add_note(f"seed {seed}: {done}")
            raise
        configs.append(read_summary(folder).config)
    (tmp_path / "queue.json").write_text("[" * 100_000, encoding="utf-8")
    assert read_queue(tmp_path) == []
    differing([config for config in configs if config is not None])
    listed = list_runs(tmp_path)
    assert len(listed) > 0.95 * wanted_count()  # one whose config.json and events.jsonl are both gone is no run


def test_a_healthy_run_is_read_whole(tmp_path: Path) -> None:
    """The mutations start from something that has all there is to lose."""
    history = read_all(healthy_run(tmp_path / "run"))
    assert history.epoch.tolist() == list(range(1, 13))
    assert (history.best_epoch, history.per_axis("kl_per_dim").shape, len(history.previews)) == (5, (12, 4), 12)
    (run,) = list_runs(tmp_path)
    assert (run.state, run.epoch, run.epochs, run.best_epoch, run.message) == ("finished", 12, 12, 5, "")
    assert {advice.key for advice in advise_run(run.folder)} >= {"brightness", "copies"}

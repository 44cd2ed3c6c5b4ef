"""Run folders that something went wrong with, in the window: its list, its table and its charts stand. See tests/core."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from pytestqt.qtbot import QtBot

from core.families.registry import family
from core.runs.history import read_history
from core.runs.history_table import charts_of
from core.runs.listing import list_runs
from explorer.chart.drawing import ChartOptions, ChartRun, drawing_of
from explorer.chart.figure import paint
from explorer.chart.places import View
from explorer.chart.style import screen_style
from explorer.job.process import JobLines
from explorer.train.live_run import TrainFollowing
from tests.explorer.train_bench import make_bench
from tests.helpers.mutations import mutated_run, wanted_count

ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
CHARTS = [chart.key for chart in charts_of(family("vae"))]
SHOWN = 12  # runs whose curves and pictures the tab itself shows


@pytest.mark.long
@pytest.mark.usefixtures("themed_app")
def test_the_charts_of_mutated_runs_are_drawn(tmp_path: Path) -> None:
    """Each run in one chart, alone or with the one before it, as the seed says."""
    before = None
    for seed in (*range(wanted_count()), 1686):  # a number of 1e300 on a logarithmic axis
        rng = random.Random(seed)
        if (tmp_path / str(seed)).exists():
            continue
        done = mutated_run(tmp_path / str(seed), seed)
        options = ChartOptions(rng.choice(CHARTS), rng.random() < 0.5, rng.choice((0.0, 0.9)))
        history = read_history(tmp_path / str(seed))
        runs = [ChartRun("a", history), *([ChartRun("b", before)] if before is not None and rng.random() < 0.3 else [])]
        try:
            paint(drawing_of(runs, options), screen_style(QSize(400, 200), 1.0), View())
        except BaseException as error:
            error.add_note(f"seed {seed}: {options}, {done}")
            raise
        before = history


@pytest.mark.long
def test_mutated_runs_are_listed_shown_and_compared(qtbot: QtBot, tmp_path: Path) -> None:
    for seed in range(wanted_count()):
        mutated_run(tmp_path / "runs" / f"run-{seed:05d}", seed)
    bench = make_bench(qtbot, tmp_path, timeout=120_000)  # thousands, where so many are asked for
    panel = bench.panel
    expected = {run.name for run in list_runs(tmp_path / "runs")}
    assert set(bench.names) == expected
    table = panel.stage.table.table.model()
    for model, count in ((panel.runs.list.model(), 1), (table, table.columnCount())):
        for row in range(model.rowCount()):
            for column in range(count):
                texts = [model.index(row, column).data(role) for role in ROLES]
                "".join(text for text in texts if isinstance(text, str)).encode()  # a half letter would hide the whole text
    panel.stage.show_table(True)
    qtbot.waitUntil(lambda: panel.stage.table.table.width() > 500)  # laid out, so that its rows are painted
    for column in range(table.columnCount()):
        panel.stage.table.table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
    panel.grab()
    panel.stage.show_table(False)
    runs = panel.runs.list.runs
    chart = panel.view.chart
    for run in runs[:SHOWN]:
        panel.stage.show_run(run.folder)
        qtbot.waitUntil(lambda: not panel.view.is_reading and (chart.epochs_shown == 0 or chart.is_up_to_date), timeout=60_000)
        panel.grab()
    panel.stage.overlay([run for run in runs if run.epoch][:4])
    qtbot.waitUntil(lambda: not panel.view.is_reading and len(chart.runs) > 1 and chart.is_up_to_date, timeout=60_000)
    assert not bench.messages, [message.text for message in bench.messages]


@pytest.mark.long
def test_a_run_that_says_nonsense_is_followed(qtbot: QtBot, tmp_path: Path) -> None:
    """What a training process, or the file of one that was taken over, says while the window follows it."""
    bench = make_bench(qtbot, tmp_path)
    following = bench.panel.findChild(TrainFollowing)
    assert following is not None
    lines = JobLines(bench.panel)
    lines.event_arrived.connect(bench.job.event_received)
    lines.step_arrived.connect(bench.job.step_reported)
    for seed in range(wanted_count()):
        folder = tmp_path / f"run-{seed}"
        mutated_run(folder, seed)
        following.begin(folder, None)
        lines.feed((folder / "events.jsonl").read_bytes() if (folder / "events.jsonl").is_file() else b"")
        lines.finish()
    step = b'{"v": 1, "event": "step", "epoch": 1, "epochs": 0, "step": 9, "steps": 0, "loss": "x", "reconstruction": null,'
    with qtbot.waitSignal(lines.step_arrived):
        lines.feed(step + b' "kl": 1e999, "images_per_second": NaN}\n')
    assert not bench.messages, [message.text for message in bench.messages]

"""Runs side by side as a report, from the table of runs."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from core.config import with_values
from explorer.compare import model_report
from explorer.compare import reports as run_reports
from tests.explorer.train_bench import TrainBench, make_bench
from tests.helpers.runs import shared_run


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> TrainBench:
    for name in ("first", "second"):
        shutil.copytree(shared_run(), tmp_path / "runs" / name)
    made = make_bench(qtbot, tmp_path)
    made.panel.stage.show_table(True)
    return made


def select(bench: TrainBench, *names: str) -> None:
    bench.panel.stage.table.table.select([bench.root / name for name in names], bench.root / names[0])


@pytest.mark.long
def test_two_runs_become_a_report(qtbot: QtBot, bench: TrainBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table, path = bench.panel.stage.table, tmp_path / "report.html"
    asked: list[str] = []
    monkeypatch.setattr(run_reports, "ask_save_path", lambda parent, title, folder, name, kinds: asked.append(name) or path)
    select(bench, "first", "second")
    QTest.mouseClick(table.report_button, Qt.MouseButton.LeftButton)
    assert bench.panel.stage.reports.work.is_busy
    qtbot.waitUntil(lambda: bool(bench.messages), timeout=60_000)
    assert bench.messages[-1].text == "Saved report.html."
    assert asked[0].endswith("-compared.html")
    text = path.read_text(encoding="utf-8")
    assert "first" in text
    assert "Figure 6." in text
    assert not table.strip.isVisible()


@pytest.mark.long
def test_one_run_has_a_report_of_its_own(qtbot: QtBot, bench: TrainBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table, path = bench.panel.stage.table, tmp_path / "report.pdf"
    asked: list[str] = []
    monkeypatch.setattr(model_report, "ask_save_path", lambda parent, title, folder, name, kinds: asked.append(name) or path)
    select(bench, "second")
    assert table.compare_button.text() == "Report"
    assert table.compare_button.isEnabled()
    QTest.mouseClick(table.report_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(bench.messages), timeout=60_000)
    assert asked == ["second-report.pdf"]
    assert bench.messages[-1].text == "Saved report.pdf and report.html."
    assert path.read_bytes().startswith(b"%PDF")
    text = path.with_suffix(".html").read_text(encoding="utf-8")
    assert "Report on second" in text
    assert "Figure 5." in text
    assert not any(word in text for word in ("differ", "in each", "the others"))  # of which there are none


def test_a_runs_menu_says_that_one_report_is_shown_or_saved(bench: TrainBench) -> None:
    menu, runs = QMenu(), bench.panel.runs
    runs._actions.fill_menu(menu, runs.list.runs[:1])
    assert [entry.text() for entry in menu.actions() if "report" in entry.text()] == [
        "Show the assignment report",
        "Save the assignment report…",
    ]


def test_a_report_can_be_cancelled(qtbot: QtBot, bench: TrainBench, tmp_path: Path) -> None:
    reports = bench.panel.stage.reports
    reports.write(list(bench.panel.runs.list.runs), tmp_path / "report.html")
    reports.work.cancel()
    qtbot.waitUntil(lambda: not reports.work.is_busy, timeout=60_000)
    assert not (tmp_path / "report.html").exists()
    assert bench.messages == []


def test_a_run_whose_pictures_are_gone_says_so(bench: TrainBench, tmp_path: Path) -> None:
    run = bench.panel.runs.list.runs[0]
    assert run.config is not None
    gone = replace(run, config=with_values(run.config, {"data.source": "/gone/pictures"}))
    reports = bench.panel.stage.reports
    reports.show([gone])
    reports.write([gone], tmp_path / "report.html")
    assert not reports.work.is_busy
    assert len(bench.messages) == 2
    for message in bench.messages:
        assert f"The pictures of {run.name} are neither at /gone/pictures nor beside the run." in message.text
        assert "--data SOURCE" in message.text


def test_runs_without_a_model_are_told_apart(qtbot: QtBot, bench: TrainBench) -> None:
    runs = list(bench.panel.runs.list.runs)
    shutil.rmtree(runs[0].folder / "checkpoints")
    with qtbot.waitSignal(bench.panel.runs.refreshed, timeout=5000):
        bench.panel.runs.refresh()
    runs = list(bench.panel.runs.list.runs)
    bench.panel.stage.reports.ask(runs)
    assert "1 of the chosen ones do" in bench.messages[-1].text
    without = next(run for run in runs if not run.has_model)
    bench.panel.stage.reports.ask([without])
    assert bench.messages[-1].text == f"A report needs a run that has a model, and {without.name} has none."
    select(bench, without.name)
    assert not bench.panel.stage.table.report_button.isEnabled()
    assert not bench.panel.stage.table.compare_button.isEnabled()

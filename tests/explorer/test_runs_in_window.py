"""What runs have to do with the rest of the window: the model in use, the status line, closing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from core.config import preset
from core.runs.queue import read_queue
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.job.training import TrainingJob
from explorer.messages import Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.windows.main_window import TRAIN, MainWindow
from explorer.windows.services import Services
from tests.explorer.test_train_panel import FAKE, make_run
from tests.helpers.fake_engine import fake_model


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """The window on its Train tab, with its own runs folder."""
    settings = SettingsStore(UiSettings(runs_folder=str(tmp_path / "runs")))
    job = TrainingJob(command=[sys.executable, str(FAKE), "slow"])
    made = MainWindow(Services(Document(), DecodeService(), job, settings, Messenger()))
    made.show()
    made.show_tab(TRAIN)
    yield made
    job.shutdown()
    made.close()


def test_a_model_in_use_stays_in_use_when_its_run_is_renamed(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs" / "a-1", 3)
    path = str(folder / "checkpoints" / "best.safetensors")
    document, settings = window._services.document, window._services.settings
    settings.update(last_checkpoint=path)
    document.set_model(replace(fake_model(name="a-1, epoch 3"), path=path))
    panel = window.panel(TRAIN)
    panel.runs.refresh()  # type: ignore[attr-defined]
    runs = panel.runs.list  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: [run.name for run in runs.runs] == ["a-1"], timeout=5000)
    with qtbot.waitSignal(panel.run_moved, timeout=5000):  # type: ignore[attr-defined]
        runs.model().setData(runs.model().index(0, 0), "mine")
    moved = tmp_path / "runs" / "mine" / "checkpoints" / "best.safetensors"
    assert document.model is not None
    assert (document.model.path, settings.value.last_checkpoint) == (str(moved), str(moved))
    assert "mine" in window.header.model_button.text()


def test_closing_says_that_queued_runs_stay(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: said.append(box.informativeText()))
    window.panel(TRAIN).queue.add([("later", preset("quick"))])  # type: ignore[attr-defined]
    window.closing.ask()
    assert "The queued run stays in the queue" in said[0]
    assert read_queue(tmp_path / "runs") == [tmp_path / "runs" / "later"]


def test_closing_names_the_run_on_buttons_that_are_not_cut(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes: list[tuple[str, list[bool]]] = []

    def look(box: QMessageBox) -> None:
        box.show()
        whole = [button.width() >= button.sizeHint().width() for button in box.buttons()]
        boxes.append((box.text(), whole))
        box.hide()

    monkeypatch.setattr(QMessageBox, "exec", look)
    monkeypatch.setattr(TrainingJob, "is_attached", True)
    monkeypatch.setattr(TrainingJob, "folder", Path("runs/mine-3"))
    window.closing.ask()
    assert boxes == [("mine-3 is training.", [True, True, True])]


def test_the_status_line_says_which_of_how_many(qtbot: QtBot, window: MainWindow) -> None:
    panel = window.panel(TRAIN)
    panel.queue.add([("one", preset("quick")), ("two", preset("quick"))])  # type: ignore[attr-defined]
    with qtbot.waitSignal(panel.run_progressed, timeout=8000):  # type: ignore[attr-defined]
        panel.queue.go_on()  # type: ignore[attr-defined]
    texts = [label.text() for label in window.status.findChildren(QLabel)]
    assert "one (1 of 2)" in texts

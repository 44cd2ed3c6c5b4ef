"""Learning a prior in the window: which models it is offered for, from which pictures, stopped; failures are sentences."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.config import preset, to_dict, with_values
from core.data.dataset import load as load_data
from core.files import write_json
from core.runs.listing import RunSummary
from explorer.dialogs.prior import PriorDialog
from explorer.document.document import Document
from explorer.document.loading import load_model
from explorer.job.command import CommandJob
from explorer.job.process import StopTimes
from explorer.messages import Message, Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.windows.dialogs import WindowDialogs
from tests.explorer.train_bench import make_bench
from tests.helpers.runs import shared_run, tiny

FAKE = Path(__file__).resolve().parents[1] / "helpers" / "fake_prior.py"


class Bench:
    """A dialog on a tiny model of the person's own."""

    def __init__(self, folder: Path, mode: str = "done") -> None:
        self.path = folder / "model.safetensors"
        shutil.copy(shared_run() / "checkpoints" / "best.safetensors", self.path)
        self.document, self.messenger, self.window = Document(), Messenger(), QWidget()
        self.messages: list[Message] = []
        self.messenger.message_posted.connect(self.messages.append)
        job = CommandJob(command=[sys.executable, str(FAKE), mode], times=StopTimes())
        self.dialog = PriorDialog(self.document, self.messenger, self.window, job)

    def open_all(self) -> None:
        self.document.set_model(load_model(self.path))
        self.document.set_data(load_data(tiny().data))


def test_it_says_what_is_missing(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path)
    dialog = bench.dialog
    assert "Open a model" in dialog.foot.hint.text()
    bench.document.set_model(load_model(bench.path))
    assert "Data tab" in dialog.foot.hint.text()
    assert not dialog.foot.start_button.isEnabled()
    bench.document.set_data(load_data(tiny().data))
    assert dialog.foot.hint.text() == ""
    assert dialog.foot.start_button.isEnabled()
    assert dialog.note.isHidden(), "it has none yet"
    monkeypatch.setattr(checkpoint, "SHIPPED_FOLDER", tmp_path)
    dialog.choose("")
    assert "its file isn't changed" in dialog.foot.hint.text()
    assert not dialog.copy_button.isHidden()
    assert not dialog.foot.start_button.isEnabled()


def test_a_run_learns_from_its_own_pictures_and_a_message_says_when_it_is_done(qtbot: QtBot, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    run, pictures = tmp_path / "faces-1", tmp_path / "pictures"
    pictures.mkdir()
    write_json(run / "config.json", to_dict(with_values(preset("quick"), {"data.source": str(pictures)})))
    (run / "checkpoints").mkdir()
    file = run / "checkpoints" / "best.safetensors"
    shutil.copy(bench.path, file)
    bench.dialog.choose(str(file))
    assert (bench.dialog.model.text(), bench.dialog.source.text()) == ("faces-1", "pictures")
    with qtbot.waitSignal(bench.dialog.learned, timeout=10_000) as told:
        bench.dialog.foot.start_button.click()
        assert not bench.dialog.foot.start_button.isEnabled()
        bench.dialog.choose("")  # its menu is used while it learns
    assert told.args == [str(file)]
    assert bench.messages[-1].kind == "success"
    assert "faces-1" in bench.messages[-1].text
    assert bench.dialog.foot.strip.isHidden()
    words = (tmp_path / "faces-1" / "checkpoints" / "words.txt").read_text("utf-8").split("\n")
    assert words == ["prior", "--checkpoint", str(file), "--data", str(pictures), "--events", "-"]


def test_the_model_in_use_is_opened_again_to_be_sampled(qtbot: QtBot, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.open_all()
    dialogs = WindowDialogs(bench.document, SettingsStore(UiSettings()), bench.messenger, bench.window)
    bench.dialog.learned.connect(dialogs._on_prior_learned)
    with qtbot.waitSignal(dialogs.model_changed, timeout=10_000) as opened:
        bench.dialog.start()
    assert opened.args == [str(bench.path)]


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")
def test_stopped_or_failed_it_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    bench = Bench(tmp_path, "slow")
    bench.open_all()
    with qtbot.waitSignal(bench.dialog.job.progressed, timeout=10_000):
        bench.dialog.start()
    with qtbot.waitSignal(bench.dialog.job.stopped, timeout=10_000):
        bench.dialog.foot.strip.cancelled.emit()
    assert "as it was" in bench.messages[-1].text
    assert bench.dialog.foot.start_button.isEnabled()
    refused = Bench(tmp_path, "refuse")
    refused.open_all()
    with qtbot.waitSignal(refused.dialog.job.failed, timeout=10_000):
        refused.dialog.start()
    assert refused.messages[-1].kind == "error"
    assert "500 training pictures" in refused.messages[-1].details


def test_the_menu_of_a_run_offers_it_where_its_model_can(qtbot: QtBot, tmp_path: Path) -> None:
    panel = make_bench(qtbot, tmp_path).panel
    (tmp_path / "a" / "checkpoints").mkdir(parents=True)
    (tmp_path / "a" / "checkpoints" / "best.safetensors").touch()
    run = RunSummary(tmp_path / "a", "a", "finished", config=preset("quick"), has_model=True)
    menu = QMenu()
    qtbot.addWidget(menu)

    def offered(one: RunSummary) -> list[str]:
        panel._actions.fill_menu(menu, [one])
        return [action.text() for action in menu.actions() if action.objectName() == "learn_prior"]

    assert offered(run) == ["Learn a prior for samples…"]
    assert offered(replace(run, config=preset("codes"))) == []
    assert offered(replace(run, has_model=False)) == []
    assert offered(replace(run, state="running")) == []
    assert offered(run)
    with qtbot.waitSignal(panel.prior_requested) as asked:
        next(action for action in menu.actions() if action.objectName() == "learn_prior").trigger()
    assert asked.args == [str(tmp_path / "a" / "checkpoints" / "best.safetensors")]

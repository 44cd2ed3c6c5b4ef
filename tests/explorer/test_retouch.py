"""Training a retoucher in the window: what it needs is said, it is followed, stopped, gone on with; failures are sentences."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.checkpoint import RETOUCHER, load
from core.data.dataset import load as load_data
from core.retouch.network import RetouchNet
from core.retouch.retoucher import Retoucher
from explorer.dialogs.retouch import RetouchDialog
from explorer.document.document import Document
from explorer.document.loading import load_model
from explorer.job.process import StopTimes
from explorer.job.retoucher import RetoucherJob
from explorer.messages import Message, Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.windows.dialogs import WindowDialogs
from tests.helpers.runs import shared_run, tiny

FAKE = Path(__file__).resolve().parents[1] / "helpers" / "fake_retoucher.py"


class Bench:
    """A dialog on a tiny model of the person's own."""

    def __init__(self, folder: Path, command: list[str] | None = None) -> None:
        self.path = folder / "model.safetensors"
        shutil.copy(shared_run() / "checkpoints" / "best.safetensors", self.path)
        self.document, self.messenger, self.window = Document(), Messenger(), QWidget()
        self.messages: list[Message] = []
        self.messenger.message_posted.connect(self.messages.append)
        self.dialog = RetouchDialog(self.document, self.messenger, self.window, RetoucherJob(command=command, times=StopTimes()))

    def open_all(self) -> None:
        self.document.set_model(load_model(self.path))
        self.document.set_data(load_data(tiny().data))


def test_it_says_what_is_missing(qtbot: QtBot, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert "Open a model" in bench.dialog.foot.hint.text()
    bench.document.set_model(load_model(bench.path))
    assert "Data tab" in bench.dialog.foot.hint.text()
    assert not bench.dialog.foot.start_button.isEnabled()
    bench.document.set_data(load_data(tiny().data))
    assert bench.dialog.foot.hint.text() == ""
    assert bench.dialog.direction.currentData() == "smile"
    assert bench.dialog.foot.start_button.isEnabled()


def test_before_the_start_it_says_whose_retoucher_is_replaced(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path)
    bench.open_all()
    dialog, model = bench.dialog, bench.document.model
    assert model is not None
    assert dialog.replaced.isHidden()
    for known, said in ((("young",), "young"), (("smile",), ""), (("smile", "young"), "young")):
        monkeypatch.setattr(model.engine, "retoucher", Retoucher(RetouchNet(), known))
        bench.document.data_changed.emit(bench.document.data)
        assert dialog.replaced.isHidden() == (not said)
        assert dialog.replaced.text() == (
            f"This model's photos are retouched for “{said}” now. The new retoucher takes the place of that one." if said else ""
        )
        assert dialog.foot.start_button.isEnabled()


def test_of_a_shipped_model_a_copy_is_offered_first(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path)
    monkeypatch.setattr(checkpoint, "SHIPPED_FOLDER", tmp_path)
    bench.open_all()
    dialog = bench.dialog
    assert "its file isn't changed" in dialog.fixed.text()
    assert not dialog.copy_button.isHidden()
    assert not dialog.direction.isEnabled()
    assert not dialog.foot.start_button.isEnabled()
    dialogs = WindowDialogs(bench.document, SettingsStore(UiSettings()), bench.messenger, bench.window)
    copy = tmp_path / "own" / "copy.safetensors"
    dialogs.copy_model(copy)
    assert bench.messages[-1].kind == "error", "there is no such folder"
    copy.parent.mkdir()
    with qtbot.waitSignal(dialogs.model_changed) as opened:
        dialogs.copy_model(copy)
    assert opened.args == [str(copy)]
    assert copy.read_bytes() == bench.path.read_bytes()
    bench.document.set_model(load_model(copy))
    assert dialog.fixed.isHidden()
    assert dialog.foot.start_button.isEnabled()


@pytest.mark.long
def test_the_models_file_gets_its_retoucher(qtbot: QtBot, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.open_all()
    bench.dialog.pictures.setMinimum(16)
    bench.dialog.pictures.setValue(32)
    with qtbot.waitSignal(bench.dialog.retouched, timeout=150_000) as told:
        bench.dialog.foot.start_button.click()
        assert not bench.dialog.foot.start_button.isEnabled()
    assert told.args == [str(bench.path)]
    assert load(bench.path).part(RETOUCHER)
    assert [message.kind for message in bench.messages] == ["success"]
    assert not bench.dialog.preview.pixmap().isNull()
    assert bench.dialog.foot.start_button.isEnabled()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.safetensors"]  # the state is no longer needed


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")
def test_stopped_it_keeps_what_it_learned(qtbot: QtBot, tmp_path: Path) -> None:
    bench = Bench(tmp_path, [sys.executable, str(FAKE), "slow"])
    bench.open_all()
    with qtbot.waitSignal(bench.dialog.job.progressed):
        bench.dialog.start()
    with qtbot.waitSignal(bench.dialog.job.stopped):
        bench.dialog.foot.strip.cancelled.emit()
    assert "goes on from there" in bench.messages[0].text
    assert (tmp_path / "model-smile.retoucher-state").exists()
    with qtbot.waitSignal(bench.dialog.job.progressed):
        bench.dialog.start()
    bench.dialog.job.close()  # the program ends
    qtbot.waitUntil(lambda: not bench.dialog.job.is_running)


def test_a_failure_is_a_sentence(qtbot: QtBot, tmp_path: Path) -> None:
    bench = Bench(tmp_path, [sys.executable, str(FAKE), "refuse"])
    bench.open_all()
    with qtbot.waitSignal(bench.dialog.job.failed):
        bench.dialog.start()
    assert bench.messages[0].kind == "error"
    assert "disk is full" in bench.messages[0].details
    missing = Bench(tmp_path, [str(tmp_path / "nowhere")])
    missing.open_all()
    with qtbot.waitSignal(missing.dialog.job.failed):
        missing.dialog.start()
    assert missing.dialog.foot.start_button.isEnabled()

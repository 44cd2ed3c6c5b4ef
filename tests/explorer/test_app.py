"""What the window opens with."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core import checkpoint
from explorer.app import App


def test_the_shipped_model_comes_where_the_last_one_is_broken(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "last.safetensors"
    broken.write_text("no model")
    shipped = tmp_path / "shipped.safetensors"
    monkeypatch.setattr(checkpoint, "shipped", lambda: {"shipped": shipped})
    monkeypatch.setattr(App, "_build_rest", lambda self: None)
    app = App(qapp)
    asked: list[str] = []
    said: list[str] = []
    app.messenger.message_posted.connect(lambda message: said.append(message.text))
    real = app.open_model

    def open_model(name: str) -> None:
        asked.append(name)
        real(name)

    monkeypatch.setattr(app, "open_model", open_model)
    try:
        app.settings.update(last_checkpoint=str(broken))
        app._open_first("")
        assert asked == [str(broken), str(shipped)]  # and not again, where that one is broken too
        assert [str(broken) in said[0], str(shipped) in said[1], len(said)] == [True, True, 2]
    finally:
        app.close()


def test_a_run_folder_that_is_none_is_said(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    app = App(qapp)
    said: list[str] = []
    app.messenger.message_posted.connect(lambda message: said.append(message.text))
    try:
        app._open_run(str(tmp_path / "nothing"))
        assert len(said) == 1
        assert "nothing" in said[0]
    finally:
        app.close()

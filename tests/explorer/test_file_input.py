"""A setting that names a file, in the form: chosen by a dialog, shown by its name, taken out again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from core.config import get, preset, with_values
from explorer.train.settings.fields import fields_of
from explorer.train.settings.file_input import FileInput
from explorer.train.settings.form import TrainSettings
from explorer.train.settings.inputs import value_text


def test_a_file_is_chosen_and_taken_out(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, said = QWidget(), list[str]()
    qtbot.addWidget(parent)
    one = FileInput("*.pth", "Encoder's weights", said.append, parent)
    parent.show()
    assert one.choose.text() == "Choose…"
    assert one.take_out.isHidden()
    path = str(tmp_path / "resnet18-with-a-very-long-name-indeed.pth")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (path, ""))
    one.choose.click()
    assert said == [path]
    assert one.path == path
    assert one.choose.text().startswith("resn")
    assert not one.take_out.isHidden()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: ("", ""))
    one.choose.click()
    assert said == [path]
    one.take_out.click()
    assert said == [path, ""]
    assert one.choose.text() == "Choose…"


def test_the_form_has_one_for_the_encoder(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    form = TrainSettings()
    qtbot.addWidget(form)
    form.set_config(preset("colour_resnet18"))
    form.more.set_open(True)
    widget = form.findChild(FileInput)
    assert widget is not None
    path = str(tmp_path / "w.pth")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (path, ""))
    widget.choose.click()
    assert get(form.config, "encoder") == path
    form.set_config(with_values(preset("colour_resnet18"), {"encoder": "/else/where.pt"}))
    assert widget.path == "/else/where.pt"
    assert widget.choose.text() == "where.pt"
    form.set_config(preset("colour"))
    assert widget.path == ""
    assert widget.isHidden() or not widget.isVisibleTo(form)


def test_its_value_in_words() -> None:
    (field,) = (one for one in fields_of("colouriser") if one.path == "encoder")
    assert value_text(field, "") == "none"
    assert value_text(field, "/a/b.pth") == "b.pth"

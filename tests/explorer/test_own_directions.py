"""Directions of one's own: renamed and removed at their sliders, with their files, and brought back by undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from core.latent.direction_file import read_direction, write_direction
from core.latent.directions import Direction
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.explore.direction_menu import DirectionMenu
from explorer.explore.direction_sliders import DirectionSliders
from explorer.messages import Message, Messenger
from explorer.saving import direction_files
from explorer.saving.direction_files import directions_folder
from explorer.widgets.latent_slider import LatentSlider
from tests.explorer.test_document import anchor, direction
from tests.helpers.fake_engine import fake_model


class Bench:
    """Sliders with a shipped direction, smile, and two of the person's own between others."""

    def __init__(self, tmp_path: Path) -> None:
        model = fake_model(directions={"smile": direction()})
        model.header.directions[:] = [direction().to_dict()]
        self.model: LoadedModel = model
        self.document, self.messenger, self.window = Document(), Messenger(), QWidget()
        self.said: list[Message] = []
        self.messenger.message_posted.connect(self.said.append)
        self.sliders = DirectionSliders(self.document, DirectionMenu(self.document, self.messenger, self.window), self.window)
        self.document.set_model(model)
        self.document.open_anchor(anchor())
        for name in ("long hair", "beard"):
            self.document.set_direction(self.named(name))

    def named(self, name: str) -> Direction:
        return replace(direction(self.model.id), name=name)

    def save(self, name: str, file: str) -> Path:
        path = directions_folder() / file
        write_direction(path, self.named(name))
        return path

    def name_in(self, path: Path) -> str:
        return read_direction(path, self.model.id).name

    def menu(self, name: str, reason: QContextMenuEvent.Reason = QContextMenuEvent.Reason.Mouse) -> dict[str, Callable[[], None]]:
        slider = self.sliders.slider(name)
        assert slider is not None
        QApplication.sendEvent(slider, QContextMenuEvent(reason, QPoint(3, 3), slider.mapToGlobal(QPoint(3, 3))))
        menu = slider.findChildren(QMenu)[-1]
        entries = {action.text(): action.trigger for action in menu.actions() if action.text()}
        menu.hide()
        return entries

    def rename(self, name: str, new: str) -> None:
        self.menu(name)["Rename…"]()
        slider = self.sliders.slider(name)
        assert slider is not None
        (field,) = slider.findChildren(QLineEdit)
        assert field.text() == name
        QTest.keyClicks(field, new)
        QTest.keyClick(field, Qt.Key.Key_Return)

    @property
    def names(self) -> list[str]:
        return list(self.document.directions)


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("LABKHAND_RUNS", str(tmp_path / "labkhand" / "runs"))
    made = Bench(tmp_path)
    qtbot.addWidget(made.window)
    made.window.show()
    return made


@pytest.fixture
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "trash"
    folder.mkdir()
    monkeypatch.setattr(direction_files, "move_to_trash", lambda path: path.rename(folder / path.name))
    return folder


def test_ones_own_can_be_renamed_and_removed_and_the_models_cannot(bench: Bench) -> None:
    assert list(bench.menu("smile")) == ["Reset", "Set to…"]
    assert list(bench.menu("beard")) == ["Reset", "Set to…", "Rename…", "Remove"]
    assert list(bench.menu("beard", QContextMenuEvent.Reason.Keyboard)) == ["Reset", "Set to…", "Rename…", "Remove"]


def test_the_slider_keeps_the_focus_under_its_new_name(qtbot: QtBot, bench: Bench) -> None:
    bench.window.activateWindow()
    qtbot.waitUntil(bench.window.isActiveWindow)
    bench.rename("beard", "Goatee")
    qtbot.waitUntil(lambda: bench.window.focusWidget() is bench.sliders.slider("Goatee"))


def test_a_new_name_is_written_in_place_and_its_file_follows(bench: Bench) -> None:
    saved, other = bench.save("long hair", "long hair.json"), bench.save("beard", "beard.json")
    elsewhere = bench.save("long hair", "for anna.json")
    bench.document.set_edit("direction", "long hair", 40.0)
    bench.rename("long hair", "  Curly   hair ")
    assert bench.names == ["smile", "Curly hair", "beard"]
    assert bench.document.session.weight("direction", "Curly hair") == 40.0
    renamed = saved.with_name("Curly hair.json")
    assert not saved.exists()
    assert [bench.name_in(path) for path in (renamed, elsewhere, other)] == ["Curly hair", "Curly hair", "beard"]
    bench.document.undo_stack.undo()
    assert bench.names == ["smile", "long hair", "beard"]
    assert bench.document.session.weight("direction", "long hair") == 40.0
    assert (bench.name_in(saved), renamed.exists()) == ("long hair", False)
    bench.document.undo_stack.undo()
    assert bench.document.session.weight("direction", "long hair") == 0.0
    bench.document.undo_stack.redo()
    bench.document.undo_stack.redo()
    assert bench.document.session.weight("direction", "Curly hair") == 40.0


def test_a_name_that_is_taken_gets_a_number_and_that_is_said(bench: Bench) -> None:
    bench.rename("long hair", "Smile")
    assert bench.names == ["smile", "Smile 2", "beard"]
    assert [message.text for message in bench.said] == ["There is a “Smile” already: this one is “Smile 2” now."]
    bench.said.clear()
    bench.rename("beard", " ")
    assert (bench.names, bench.said) == (["smile", "Smile 2", "beard"], [])


def test_removing_takes_edit_and_file_along_and_undo_brings_all_back(bench: Bench, trash: Path) -> None:
    saved, other = bench.save("long hair", "mine.json"), bench.save("beard", "beard.json")
    bench.document.set_edit("direction", "long hair", 40.0)
    bench.menu("long hair")["Remove"]()
    assert bench.names == ["smile", "beard"]
    assert bench.document.session.edits == ()
    assert (saved.exists(), other.exists()) == (False, True)
    assert [path.name for path in trash.iterdir()] == ["mine.json"]
    assert bench.said[-1].text == "“Long hair” is removed, and its file is in the trash; Ctrl+Z brings both back."
    bench.document.undo_stack.undo()
    assert bench.names == ["smile", "long hair", "beard"], "at its place"
    assert bench.document.session.weight("direction", "long hair") == 40.0
    assert bench.name_in(saved) == "long hair"
    bench.document.undo_stack.redo()
    assert (bench.names, saved.exists()) == (["smile", "beard"], False)
    next(trash.iterdir()).unlink()
    bench.document.undo_stack.undo()
    assert bench.names == ["smile", "long hair", "beard"]
    assert "mine.json isn't in the trash any more." in [message.text for message in bench.said]


def test_a_file_that_cant_come_back_keeps_no_others_in_the_trash_and_is_not_forgotten(bench: Bench, trash: Path) -> None:
    files = [bench.save("beard", name) for name in ("a.json", "b.json", "c.json")]
    bench.menu("beard")["Remove"]()
    taken = bench.save("long hair", "b.json")
    (trash / "c.json").unlink()
    bench.document.undo_stack.undo()
    assert [bench.name_in(path) for path in files[:2]] == ["beard", "long hair"]
    error = next(message for message in bench.said if message.kind == "error")
    assert "b.json can't come back from the trash: there is another one of that name now." in error.text
    assert "Rename that one, then take this one out of the trash yourself." in error.text
    assert "c.json isn't in the trash any more." in error.text
    taken.unlink()
    bench.document.undo_stack.redo()
    assert sorted(path.name for path in trash.iterdir()) == ["a.json", "b.json"]
    bench.document.undo_stack.undo()
    assert [bench.name_in(path) for path in files[:2]] == ["beard", "beard"]
    assert list(trash.iterdir()) == []


def test_where_there_is_no_trash_the_file_stays_and_that_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direction_files, "move_to_trash", lambda _path: None)
    saved = bench.save("beard", "beard.json")
    bench.menu("beard")["Remove"]()
    assert (bench.names, saved.exists()) == (["smile", "long hair"], True)
    assert bench.said[-1].text == "“Beard” is removed; Ctrl+Z brings it back. There is no trash: beard.json stays where it is."
    bench.document.undo_stack.undo()
    assert bench.names == ["smile", "long hair", "beard"]


def test_sliders_that_are_replaced_at_once_become_no_windows(bench: Bench) -> None:
    for name in ("bangs", "freckles"):  # one right after the other, as two files are opened
        bench.document.set_direction(bench.named(name))
    QApplication.processEvents()
    assert [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, LatentSlider) and widget.isVisible()] == []

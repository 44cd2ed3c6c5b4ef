"""Directions of one's own: renamed and removed at their sliders, with their files, and brought back by undo."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.errors import CoreError
from core.latent.direction_file import read_direction, shown_names, write_direction
from core.latent.directions import Direction, from_dict
from explorer.document.direction_keeper import DirectionKeeper
from explorer.document.document import Document
from explorer.document.edit_copies import EditCopies
from explorer.document.loading import LoadedModel
from explorer.explore.direction_menu import TOPIC, DirectionMenu
from explorer.explore.direction_sliders import DirectionSliders
from explorer.explore.trust_card import title_of
from explorer.messages import Message, Messenger
from explorer.saving import direction_files
from explorer.saving.direction_files import directions_folder
from explorer.saving.pictures import picture_name
from explorer.tasks import Task, _Finished, run_task
from explorer.widgets.slider.latent_slider import LatentSlider
from tests.explorer.test_document import anchor, direction
from tests.explorer.test_teach import write_model
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
        return read_direction(path, self.model.id).shown_name

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
        return [direction.shown_name for direction in self.document.directions.values()]


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("LABKHAND_RUNS", str(tmp_path / "labkhand" / "runs"))
    monkeypatch.setattr(direction_files, "run_task", at_once)
    made = Bench(tmp_path)
    qtbot.addWidget(made.window)
    made.window.show()
    return made


def at_once(parent: QObject, work: Callable[..., object], *, done: Callable[..., object], **others: object) -> Task:
    """What `run_task` does, before it returns."""
    task = Task("at once")
    task._done, task._failed = done, others["failed"]  # type: ignore[assignment]
    try:
        end = _Finished(result=work(lambda *_: None))
    except CoreError as error:
        end = _Finished(error=error)
    task._on_mailbox_finished(end)
    return task


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
    qtbot.waitUntil(lambda: bench.window.focusWidget() is bench.sliders.slider("beard"))


def test_a_new_name_is_written_in_place_and_its_file_follows(bench: Bench) -> None:
    saved, other = bench.save("long hair", "long hair.json"), bench.save("beard", "beard.json")
    elsewhere = bench.save("long hair", "for anna.json")
    bench.document.set_edit("direction", "long hair", 40.0)
    bench.rename("long hair", "  Curly   hair ")
    assert bench.names == ["smile", "Curly hair", "beard"]
    assert bench.document.session.weight("direction", "long hair") == 40.0
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
    assert bench.document.session.weight("direction", "long hair") == 40.0


def test_a_name_that_is_taken_gets_a_number_and_that_is_said(bench: Bench) -> None:
    bench.rename("long hair", "Smile")
    assert bench.names == ["smile", "Smile 2", "beard"]
    assert [message.text for message in bench.said] == ["“Smile” is taken: this one is “Smile 2” now."]
    bench.said.clear()
    bench.rename("beard", " ")
    assert (bench.names, bench.said) == (["smile", "Smile 2", "beard"], [])


def test_what_is_kept_by_the_name_of_a_direction_outlives_renaming_it(bench: Bench) -> None:
    copies = EditCopies(bench.document, bench.messenger)
    bench.document.set_edit("direction", "beard", 30.0)
    copies.copy()
    assert bench.said[-1].text == "The edit is copied: beard 30\u00a0%."
    bench.rename("beard", "Goatee")
    bench.document.set_edit("direction", "beard", 0.0)
    copies.paste()
    assert bench.document.session.weight("direction", "beard") == 30.0
    assert bench.said[-1].text == "The edit is copied: beard 30\u00a0%.", "nothing was left out"
    copies.copy()
    assert bench.said[-1].text == "The edit is copied: Goatee 30\u00a0%."
    assert picture_name(bench.document.session, bench.document.shown_name) == "sample-1-goatee-30"
    bench.document.rename_direction("smile", "grin")
    assert bench.sliders.main_slider is bench.sliders.slider("smile")
    assert bench.sliders.trust_card.findChild(QComboBox).itemText(0) == "Grin"


def test_a_hidden_name_is_taken_too(bench: Bench) -> None:
    bench.rename("beard", "Goatee")
    bench.rename("long hair", "Beard")
    assert bench.names == ["smile", "Beard 2", "Goatee"]
    assert bench.said[-1].text == "“Beard” is taken: this one is “Beard 2” now."


def test_a_name_that_is_half_typed_stays_so_while_other_sliders_change(bench: Bench) -> None:
    bench.window.activateWindow()
    bench.menu("beard")["Rename…"]()
    slider = bench.sliders.slider("beard")
    assert slider is not None
    (field,) = slider.findChildren(QLineEdit)
    QTest.keyClicks(field, "Goat")
    bench.document.set_direction(bench.named("bangs"))  # a fit ends
    assert bench.names == ["smile", "long hair", "beard", "bangs"]
    assert sorted(one.label for one in bench.sliders.findChildren(LatentSlider)) == ["Bangs", "Beard", "Long hair", "Smile"]
    QTest.keyClicks(field, "ee")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert bench.names == ["smile", "long hair", "Goatee", "bangs"]


@pytest.mark.parametrize("gone", ["beard", "smile", ""])
def test_a_name_that_is_half_typed_goes_with_its_slider(bench: Bench, gone: str) -> None:
    bench.document.remove_direction("long hair")
    bench.window.activateWindow()
    bench.menu("beard")["Rename…"]()
    slider = bench.sliders.slider("beard")
    assert slider is not None
    QTest.keyClicks(slider.findChildren(QLineEdit)[0], "Goat")
    if gone:
        bench.document.remove_direction(gone)  # without the smile, the beard gets the large slider on top
    else:
        bench.document.set_model(fake_model(directions={"smile": direction(), "beard": replace(direction(), name="beard")}))
    assert bench.names == [name for name in ("smile", "beard") if name != gone]
    left = bench.sliders.findChildren(LatentSlider)
    assert sorted(one.label for one in left) == sorted(map(title_of, bench.names))
    assert not any(one.is_typing for one in left)


@pytest.mark.parametrize("wish", ["long/short hair", "hair: long?", "..", "CON\\x"])
def test_a_name_that_no_file_can_have_leaves_the_file_called_as_it_is(bench: Bench, wish: str) -> None:
    saved = bench.save("long hair", "long hair.json")
    bench.rename("long hair", wish)
    assert bench.names == ["smile", wish, "beard"]
    assert [bench.name_in(path) for path in directions_folder().iterdir()] == [wish]
    bench.document.undo_stack.undo()
    assert bench.name_in(saved) == "long hair"
    assert bench.said == []


def test_undo_gives_back_only_the_file_names_that_renaming_changed(bench: Bench) -> None:
    mine, theirs = bench.save("long hair", "long hair.json"), bench.save("long hair", "Curly hair.json")
    bench.rename("long hair", "Curly hair")
    assert (mine.exists(), theirs.exists()) == (True, True), "no file takes the place of another"
    bench.document.undo_stack.undo()
    assert sorted(path.name for path in directions_folder().iterdir()) == ["Curly hair.json", "long hair.json"]
    assert (bench.name_in(mine), bench.name_in(theirs)) == ("long hair", "long hair")
    mine.unlink()
    bench.document.undo_stack.redo()
    bench.document.undo_stack.undo()
    assert theirs.exists(), "it was called so before"
    assert bench.name_in(theirs) == "long hair"


def test_the_oldest_of_many_files_follow_too(bench: Bench, trash: Path) -> None:
    for number in range(direction_files.MOST + 1):
        path = bench.save("beard", f"{number}.json")
        os.utime(path, (number, number))
    bench.rename("beard", "Goatee")
    assert {bench.name_in(path) for path in directions_folder().iterdir()} == {"Goatee"}
    bench.menu("beard")["Remove"]()
    assert list(directions_folder().iterdir()) == []
    text = "“Goatee” is removed, and its 51 files are in the trash; Ctrl+Z brings all of it back."
    assert bench.said[-1].text == text


def test_a_file_that_cannot_follow_is_said_and_the_number_with_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.save("long hair", "long hair.json")
    topics: list[str] = []
    bench.messenger.settled.connect(topics.append)

    def refuse(path: Path, _direction: Direction) -> None:
        raise CoreError(f"{path.name} can't be written.")

    monkeypatch.setattr(direction_files, "write_direction", refuse)
    bench.messenger.message_posted.connect(lambda message: topics.append(message.text))
    bench.rename("long hair", "Smile")
    assert topics[-2:] == ["“Smile” is taken: this one is “Smile 2” now.", "long hair.json can't be written."]
    topics.clear()
    bench.rename("beard", "Goatee")
    assert topics == [TOPIC], "what was said of the slider before, and the button there, are about its earlier name"


def own_model(path: Path, *directions: Direction) -> str:
    """A person's own checkpoint of next to nothing; gives its id."""
    ident = write_model(path)
    checkpoint.with_directions(path, [replace(one, checkpoint_id=ident).to_dict() for one in directions])
    return ident


def use(bench: Bench, path: Path, ident: str) -> None:
    """Let the document have a model from a file, with the directions there."""
    header = checkpoint.read_header(path)
    model = fake_model(directions={str(one["name"]): from_dict(one) for one in header.directions})
    model.engine.header = replace(model.header, id=ident, directions=list(header.directions))  # type: ignore[misc]
    bench.document.set_model(replace(model, path=str(path)))


def test_the_file_of_the_model_follows_at_once_wherever_it_lies(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "run" / "checkpoints" / "best.safetensors"
    use(bench, path, own_model(path, direction(), replace(direction(), name="beard")))
    bench.sliders._menu.keeper._timer.setInterval(60_000)
    bench.menu("beard")["Remove"]()
    qtbot.waitUntil(lambda: shown_names(checkpoint.read_header(path)) == ["smile"])
    (tmp_path / "run").rename(tmp_path / "best run")
    path = tmp_path / "best run" / "checkpoints" / "best.safetensors"
    bench.document.set_model_path(path)
    bench.document.undo_stack.undo()
    qtbot.waitUntil(lambda: shown_names(checkpoint.read_header(path)) == ["smile", "beard"])
    bench.rename("beard", "Goatee")
    qtbot.waitUntil(lambda: shown_names(checkpoint.read_header(path)) == ["smile", "Goatee"])


def test_what_waits_is_written_when_the_program_ends(bench: Bench, tmp_path: Path, qapp: QApplication) -> None:
    path = tmp_path / "run" / "checkpoints" / "best.safetensors"
    ident = own_model(path)
    keeper = DirectionKeeper(bench.messenger, bench.window)
    keeper.keep(str(path), ident, replace(direction(ident), name="first"))
    keeper.flush()
    keeper.keep(str(path), ident, replace(direction(ident), name="second"))
    qapp.aboutToQuit.emit()
    assert shown_names(checkpoint.read_header(path)) == ["first", "second"]


def test_files_follow_in_turn_while_the_window_goes_on(
    qtbot: QtBot, bench: Bench, trash: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    monkeypatch.setattr(direction_files, "run_task", run_task)
    may_go_on, move = threading.Event(), direction_files.move_to_trash

    def slow(path: Path) -> Path | None:
        assert may_go_on.wait(10)
        return move(path)

    monkeypatch.setattr(direction_files, "move_to_trash", slow)
    saved = bench.save("beard", "beard.json")
    bench.menu("beard")["Remove"]()
    bench.document.undo_stack.undo()
    bench.rename("beard", "Goatee")
    assert bench.names == ["smile", "long hair", "Goatee"]
    assert bench.name_in(saved) == "beard", "the window doesn't wait"
    may_go_on.set()
    qtbot.waitUntil(lambda: [path.name for path in directions_folder().iterdir()] == ["Goatee.json"])
    assert [message.text for message in bench.said] == ["The slider “Beard” is there again."]
    may_go_on.clear()
    bench.menu("beard")["Remove"]()
    bench.document.undo_stack.undo()
    may_go_on.set()
    qapp.aboutToQuit.emit()
    assert [path.name for path in directions_folder().iterdir()] == ["Goatee.json"]


def test_what_is_removed_is_not_offered_as_saved(bench: Bench, trash: Path) -> None:
    bench.save("beard", "beard.json")
    bench.document.remove_direction("long hair")
    bench.menu("beard")["Remove"]()
    assert (bench.names, bench.sliders.saved_button.isHidden()) == (["smile"], True)


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
    assert (
        bench.said[-1].text
        == "“Beard” is removed; Ctrl+Z brings it back. There is no trash for beard.json, which stays where it is."
    )
    bench.document.undo_stack.undo()
    assert bench.names == ["smile", "long hair", "beard"]


def test_sliders_that_are_replaced_at_once_become_no_windows(bench: Bench) -> None:
    for name in ("bangs", "freckles"):  # one right after the other, as two files are opened
        bench.document.set_direction(bench.named(name))
    QApplication.processEvents()
    assert [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, LatentSlider) and widget.isVisible()] == []

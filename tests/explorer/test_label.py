"""Sorting pictures into two classes in the window: keys, undo, going on later, and what the Data tab makes of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.data import two_classes
from core.data.dataset import load
from core.data.index import scan
from core.data.two_classes import NONE, TwoClasses
from core.errors import CoreError
from core.export.images import save_picture
from explorer.data import tab as data_tab
from explorer.document.document import Document
from explorer.label.dialog import LabelDialog
from explorer.label.sorting import END, Sorting
from explorer.messages import Message, Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.windows.dialogs import WindowDialogs
from tests.helpers.panels import data_panel
from tests.helpers.tiny_faces import write_faces

TIMEOUT = 10_000


def none(count: int) -> np.ndarray:
    return np.full(count, NONE, np.int8)


# -- the course of it


def test_each_answer_leads_to_the_next_picture_without_one() -> None:
    answers = none(5)
    answers[1] = 0
    sorting = Sorting(answers)
    seen = []
    while sorting.at != END:
        seen.append(sorting.at)
        sorting.answer(len(seen) % 2)
    assert seen == [0, 2, 3, 4]
    assert sorting.answers.tolist() == [1, 0, 0, 1, 0]
    assert (sorting.left, sorting.sizes) == (0, (3, 2))
    assert answers.tolist() == [NONE, 0, NONE, NONE, NONE]


def test_undo_takes_back_answers_and_skips_in_turn() -> None:
    sorting = Sorting(none(3))
    sorting.answer(1)
    sorting.skip()
    sorting.back()
    sorting.answer(0)
    assert (sorting.answers.tolist(), sorting.at) == ([1, 0, NONE], 2)
    sorting.undo()
    assert (sorting.answers.tolist(), sorting.at, sorting.skipped) == ([1, NONE, NONE], 1, 1)
    sorting.undo()
    assert (sorting.at, sorting.skipped) == (1, 0)
    sorting.undo()
    assert (sorting.answers.tolist(), sorting.at, sorting.can_undo) == ([NONE] * 3, 0, False)


def test_skipped_pictures_come_again_on_request() -> None:
    sorting = Sorting(none(3))
    sorting.skip()
    sorting.answer(0)
    sorting.skip()
    assert (sorting.at, sorting.skipped) == (END, 2)
    sorting.show_skipped()
    assert sorting.at == 0
    sorting.answer(1)
    assert sorting.at == 2


def test_pictures_that_cant_be_read_are_never_shown() -> None:
    sorting = Sorting(none(4))
    sorting.pass_over(0)
    sorting.pass_over(2)
    assert (sorting.at, sorting.number, sorting.count) == (1, 1, 2)
    assert sorting.neighbours(2) == [END, END, 1, 3, END]
    sorting.answer(0)
    sorting.back()
    assert sorting.at == 1
    sorting.pass_over(3)
    sorting.pass_over(1)
    assert (sorting.at, sorting.count) == (END, 0)
    sorting.back()
    assert sorting.at == END


# -- the dialog


class Bench:
    """The dialog beside a window, as the program opens it."""

    def __init__(self) -> None:
        self.window = QWidget()
        self.document = Document(self.window)
        self.messages: list[Message] = []
        self.labelled: list[str] = []
        messenger = Messenger(self.window)
        messenger.message_posted.connect(self.messages.append)
        self.settings = SettingsStore(UiSettings())
        self.dialogs = WindowDialogs(self.document, self.settings, messenger, self.window)
        self.dialogs.labelled.connect(lambda source, _asked_for: self.labelled.append(source))

    @property
    def dialog(self) -> LabelDialog:
        found = self.window.findChild(LabelDialog)
        assert found is not None
        return found

    def open(self, qtbot: QtBot, folder: Path) -> LabelDialog:
        self.document.set_data(load(DataConfig(source=str(folder), image_size=64)))
        self.dialogs.show_sort()
        qtbot.waitUntil(lambda: self.dialog.answer_buttons[0].isEnabled() or self.dialog._classes is not None, timeout=TIMEOUT)
        return self.dialog

    def finish(self, qtbot: QtBot) -> None:
        self.dialog.done_button.click()
        qtbot.waitUntil(lambda: not self.dialog.isVisible(), timeout=TIMEOUT)


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    made = Bench()
    qtbot.addWidget(made.window)
    made.window.show()
    return made


def press(dialog: LabelDialog, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(dialog.stage, key)


def test_pictures_that_are_sorted_by_their_folders_are_sorted_again_only_when_asked(
    qtbot: QtBot, bench: Bench, tmp_path: Path
) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"smile": 3, "non_smile": 2}))
    words = dialog.stage.canvas._placeholder
    assert "sorted already: their folders are the classes non_smile, smile." in words
    assert "labels.csv" in words
    assert not any(button.isEnabled() for button in dialog.answer_buttons)
    press(dialog, Qt.Key.Key_F, Qt.Key.Key_J)
    bench.finish(qtbot)
    assert not (tmp_path / "labels.csv").exists()
    assert bench.labelled == []
    bench.dialogs.show_sort()
    qtbot.waitUntil(lambda: dialog.beside_button.isVisible(), timeout=TIMEOUT)
    dialog.beside_button.click()
    assert not dialog.beside_button.isVisible()
    press(dialog, Qt.Key.Key_F, Qt.Key.Key_J)
    bench.finish(qtbot)
    assert (tmp_path / "labels.csv").exists()
    bench.dialogs.show_sort()
    qtbot.waitUntil(lambda: dialog.answer_buttons[0].isEnabled(), timeout=TIMEOUT)
    assert not dialog.beside_button.isVisible(), "it goes on where it was left"
    dialog.close()


def told(folder: Path) -> dict[str, str]:
    index = scan(str(folder))
    return {file: index.classes[label] for file, label in zip(index.files, index.labels, strict=True)}


def test_two_keys_sort_a_folder(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 4}))
    assert "Will be saved in" in dialog._saved.whole_text
    press(dialog, Qt.Key.Key_F, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_J)
    assert "All 4 pictures are sorted" in dialog.stage.canvas._placeholder
    bench.finish(qtbot)
    assert told(tmp_path) == {"000.png": "smile", "001.png": "no smile", "002.png": "smile", "003.png": "no smile"}
    assert bench.labelled == [str(tmp_path)]


def test_a_second_look_changes_an_answer(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 3}))
    press(dialog, Qt.Key.Key_F, Qt.Key.Key_Space, Qt.Key.Key_Backspace, Qt.Key.Key_Backspace, Qt.Key.Key_J)
    assert "Picture 3 of 3" in dialog.stage.caption.whole_text
    QTest.keyClick(dialog.stage, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "Picture 1 of 3" in dialog.stage.caption.whole_text
    assert "smile" in dialog.stage.caption.whole_text
    bench.finish(qtbot)
    assert told(tmp_path) == {"000.png": "smile", "001.png": "", "002.png": ""}


def test_it_goes_on_where_it_was_left(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    press(bench.open(qtbot, write_faces(tmp_path, {"": 3})), Qt.Key.Key_F)
    bench.finish(qtbot)
    dialog = bench.open(qtbot, tmp_path)
    assert "Picture 2 of 3" in dialog.stage.caption.whole_text
    assert "1 of 3 sorted" in dialog._count.text()
    bench.finish(qtbot)
    assert bench.labelled == [str(tmp_path)], "nothing was changed the second time"


def test_pictures_and_neighbours_appear(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 5}))
    qtbot.waitUntil(lambda: dialog.stage.canvas.has_image, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: sum(image is not None for image in dialog.stage.neighbours.images) == 4, timeout=TIMEOUT)
    press(dialog, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: sum(image is not None for image in dialog.stage.neighbours.images) == 5, timeout=TIMEOUT)
    assert dialog.stage.neighbours._labels[2] == "smile"
    dialog.stage.neighbours.step_chosen.emit(2)
    assert "Picture 1 of 5" in dialog.stage.caption.whole_text


def test_broken_pictures_are_passed_over(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    write_faces(tmp_path, {"": 3})
    (tmp_path / "000.png").write_bytes(b"no picture")
    dialog = bench.open(qtbot, tmp_path)
    qtbot.waitUntil(lambda: "Picture 1 of 2: 001.png" in dialog.stage.caption.whole_text, timeout=TIMEOUT)
    assert "1 file can't be read" in dialog._broken.text()
    assert "000.png: not a picture" in dialog._broken.toolTip()


def test_pictures_that_are_not_offered_are_told(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    folder = write_faces(tmp_path / "faces", {"": 3})
    save_picture(folder / "mine.png", np.zeros((64, 64, 3), np.uint8), {"what": "an edit"})
    dialog = bench.open(qtbot, folder)
    qtbot.waitUntil(lambda: dialog.answer_buttons[0].isEnabled(), timeout=TIMEOUT)
    assert "0 of 3 sorted" in dialog._count.text()
    assert dialog._broken.isVisible()
    assert dialog._broken.text() == "1 isn't offered: written by Labkhand"
    assert dialog._broken.toolTip() == "mine.png: written by Labkhand"


def test_typed_names_are_the_classes(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 2}))
    press(dialog, Qt.Key.Key_F)
    for field, name in zip(dialog.name_fields, ("fj", "rest"), strict=True):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, name)
    assert dialog.stage.caption.whole_text.startswith("Picture 2"), "letters in a name are no answers"
    dialog.answer_buttons[1].click()
    bench.finish(qtbot)
    assert told(tmp_path) == {"000.png": "fj", "001.png": "rest"}


def test_names_that_cant_be_used_are_said_at_once(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 2}))
    dialog.name_fields[1].selectAll()
    QTest.keyClicks(dialog.name_fields[1], "Smile")
    assert "different names" in dialog._problem.text()
    dialog.answer_buttons[0].click()
    assert "0 of 2 sorted" in dialog._count.text()
    dialog.name_fields[1].setText("grim")
    dialog.answer_buttons[0].click()
    assert dialog._problem.isHidden()
    bench.finish(qtbot)
    assert told(tmp_path) == {"000.png": "smile", "001.png": ""}


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        (1, "", "Give both classes a name"),
        (1, "NA", "stands for unknown"),
        (0, "No smile", "different names"),
        (1, "Smile", "different names"),
    ],
)
def test_the_focus_stays_at_the_name_that_cant_be_used(
    qtbot: QtBot, bench: Bench, tmp_path: Path, field: int, typed: str, said: str
) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 2}))
    dialog.activateWindow()
    name = dialog.name_fields[field]
    name.setFocus()
    name.selectAll()
    QTest.keyClick(name, Qt.Key.Key_Delete)
    QTest.keyClicks(name, typed)
    QTest.keyClick(name, Qt.Key.Key_Tab)
    assert said in dialog._problem.text()
    assert dialog.focusWidget() is name
    dialog.answer_buttons[0].click()
    assert dialog.focusWidget() is name
    assert "0 of 2 sorted" in dialog._count.text()


def test_from_right_to_left_the_keys_are_where_the_buttons_are(
    qtbot: QtBot, themed_app: QApplication, bench: Bench, tmp_path: Path
) -> None:
    themed_app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 2}))
    assert dialog.answer_buttons[0].x() > dialog.answer_buttons[1].x()
    press(dialog, Qt.Key.Key_Right, Qt.Key.Key_F)
    bench.finish(qtbot)
    assert told(tmp_path) == {"000.png": "smile", "001.png": "no smile"}


def fails(*_: object) -> None:
    """In place of `write_whole`: a disk without space."""
    raise CoreError("The disk is full: labels.csv was not written.", "Free some space and try again.")


def choose_in_question(qtbot: QtBot, dialog: LabelDialog, choice: str, act: Callable[[], object]) -> str:
    """Do what ends with a question, and press one of its buttons.

    Returns:
        What was asked.
    """
    asked: list[str] = []

    def press_button() -> None:
        box = dialog.findChild(QMessageBox)
        if box is None or not box.isVisible():
            QTimer.singleShot(10, dialog, press_button)
            return
        asked.append(f"{box.text()} {box.informativeText()}")
        next(button for button in box.buttons() if button.text() == choice).click()

    QTimer.singleShot(0, dialog, press_button)
    act()
    qtbot.waitUntil(lambda: bool(asked) and dialog.findChild(QMessageBox) is None, timeout=TIMEOUT)
    return asked[0]


def test_where_saving_fails_the_dialog_asks_and_stays_if_the_answers_are_kept(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 2}))
    with monkeypatch.context() as broken:
        broken.setattr(two_classes, "write_whole", fails)
        press(dialog, Qt.Key.Key_F)
        text = choose_in_question(qtbot, dialog, "Keep the answers", dialog.done_button.click)
        assert "disk is full" in text
        assert "Not saved" in dialog._saved.whole_text
        assert dialog.isVisible()
        assert "disk is full" in bench.messages[-1].text
    with qtbot.waitSignal(dialog._messenger.settled) as settled:
        bench.finish(qtbot)
    assert settled.args == [bench.messages[-1].topic] != [""]
    assert told(tmp_path)["000.png"] == "smile"


def test_where_saving_fails_the_dialog_can_be_closed_without_it(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 2}))
    monkeypatch.setattr(two_classes, "write_whole", fails)
    press(dialog, Qt.Key.Key_F)
    choose_in_question(qtbot, dialog, "Close without saving", lambda: QTest.keyClick(dialog.stage, Qt.Key.Key_Escape))
    assert not dialog.isVisible()
    assert not (tmp_path / "labels.csv").exists()
    assert bench.labelled == []


def test_where_saving_fails_another_folder_can_be_opened_without_it(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = write_faces(tmp_path / "first", {"": 2}), write_faces(tmp_path / "other", {"": 3})
    dialog = bench.open(qtbot, first)
    monkeypatch.setattr(two_classes, "write_whole", fails)
    press(dialog, Qt.Key.Key_F)
    choose_in_question(qtbot, dialog, "Keep the answers", lambda: dialog.open_folder(str(other)))
    assert "1 of 2 sorted" in dialog._count.text()
    choose_in_question(qtbot, dialog, "Leave without saving", lambda: dialog.open_folder(str(other)))
    qtbot.waitUntil(lambda: "0 of 3 sorted" in dialog._count.text(), timeout=TIMEOUT)
    bench.finish(qtbot)
    assert bench.labelled == []


@pytest.mark.long
def test_the_only_answer_is_gone_when_it_is_taken_back_just_before_closing(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 2}))
    press(dialog, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: dialog._saver is not None and dialog._saver.is_saved, timeout=TIMEOUT)
    assert told(tmp_path)["000.png"] == "smile"
    dialog.undo_button.click()
    bench.finish(qtbot)
    assert told(tmp_path)["000.png"] == ""


def test_a_name_typed_after_the_only_answer_was_taken_back_is_saved(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"2023": 2, "2024": 2}))
    dialog.beside_button.click()
    table = tmp_path / "labels.csv"
    press(dialog, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: dialog._saver is not None and dialog._saver.is_saved, timeout=TIMEOUT)
    assert table.read_text(encoding="utf-8").startswith("file,smile\n")
    dialog.undo_button.click()
    dialog.name_fields[0].selectAll()
    QTest.keyClicks(dialog.name_fields[0], "grin")
    QTest.keyClick(dialog.name_fields[0], Qt.Key.Key_Return)
    bench.finish(qtbot)
    assert table.read_text(encoding="utf-8").startswith("file,grin\n")


def test_answers_are_saved_when_the_program_ends(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 2}))
    press(dialog, Qt.Key.Key_J)
    application = QCoreApplication.instance()
    assert application is not None
    application.aboutToQuit.emit()
    assert told(tmp_path)["000.png"] == "no smile"


def test_the_window_answers_while_a_table_is_written(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 3}))
    may_go_on, written = threading.Event(), TwoClasses.write

    def slow(self: TwoClasses, names: tuple[str, str], answers: np.ndarray) -> None:
        assert may_go_on.wait(TIMEOUT / 1000)
        written(self, names, answers)

    monkeypatch.setattr(TwoClasses, "write", slow)
    press(dialog, Qt.Key.Key_F)
    assert dialog._saver is not None
    dialog._saver._save()
    press(dialog, Qt.Key.Key_J)
    assert "2 of 3 sorted" in dialog._count.text()
    may_go_on.set()
    bench.finish(qtbot)
    assert list(told(tmp_path).values()) == ["smile", "no smile", ""]


def test_a_folder_that_cant_be_read_is_a_sentence(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "empty"))
    bench.dialogs.show_sort()
    qtbot.waitUntil(lambda: bool(bench.messages), timeout=TIMEOUT)
    assert "is empty" in bench.messages[0].text
    assert "is empty" in bench.dialog.stage.canvas._placeholder
    assert not bench.dialog.answer_buttons[0].isEnabled()
    bench.finish(qtbot)
    assert bench.labelled == []


def test_it_fits_a_small_screen(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    dialog = bench.open(qtbot, write_faces(tmp_path, {"": 2}))
    dialog.resize(640, 350)
    assert (dialog.width(), dialog.height()) == (640, 350)
    assert dialog.stage.neighbours.isHidden()
    assert dialog.done_button.geometry().bottom() < dialog.height()


def test_the_data_tab_offers_it_and_reads_the_classes(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    folder = write_faces(tmp_path, {"": 5})
    panel = data_panel(qtbot, bench.document, [])
    panel.sorting_requested.connect(bench.dialogs.show_sort)
    bench.dialogs.labelled.connect(panel.read_again)
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.open_source(str(folder), image_size=64)
    assert panel.positive.sort_button.isVisible()
    panel.positive.sort_button.setFocus()
    panel.positive.sort_button.click()
    qtbot.waitUntil(lambda: bench.dialog._classes is not None, timeout=TIMEOUT)
    press(bench.dialog, *[Qt.Key.Key_F, Qt.Key.Key_J] * 2)
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        bench.finish(qtbot)
    assert bench.document.data is not None
    assert bench.document.data.index.positive == "smile"
    assert bench.document.data.config.image_size == 64
    assert panel.positive.sort_button.text().startswith("Go on"), "one picture has no class yet"
    assert panel.window().focusWidget() is panel.faces.grid, "the button can't be pressed while the pictures are read again"


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("is_in_use", [True, False], ids=["in use", "being read"])
def test_pictures_of_a_folder_that_cant_be_written_stay_framed_as_they_are(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_in_use: bool
) -> None:
    monkeypatch.setattr(two_classes, "_can_write", lambda _folder: False)
    bench.settings.update(runs_folder=str(tmp_path / "runs"))
    framed = DataConfig(str(write_faces(tmp_path / "disc", {"": 8})), 32, crop="0,0,48,48", limit=6, valid_fraction=0.5)
    panel = data_panel(qtbot, bench.document, [])
    bench.dialogs.labelled.connect(panel.read_again)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: framed.source)
    bench.dialogs.show_sort()
    qtbot.waitUntil(lambda: bench.dialog._classes is not None, timeout=TIMEOUT)
    press(bench.dialog, *[Qt.Key.Key_F, Qt.Key.Key_J] * 4)
    qtbot.waitUntil(lambda: bench.dialog._saver is not None and bench.dialog._saver.is_saved, timeout=TIMEOUT)
    assert bench.dialog._elsewhere.isVisible()
    assert str(bench.dialog._classes.table) in bench.dialog._elsewhere.text().replace("\u200b", ""), "the path is seen whole"
    qtbot.waitUntil(lambda: bench.dialog._saved.whole_text == "Saved")
    gate = threading.Event()
    if not is_in_use:
        monkeypatch.setattr(data_tab, "load", lambda *arguments, **_: (gate.wait(TIMEOUT / 1000), load(*arguments))[1])
    panel.open_config(framed)
    if is_in_use:
        qtbot.waitUntil(lambda: bench.document.data is not None, timeout=TIMEOUT)
    bench.dialog.done_button.click()
    gate.set()
    qtbot.waitUntil(lambda: bench.document.data is not None and bench.document.data.index.positive == "smile", timeout=TIMEOUT)
    assert bench.document.data is not None
    source = bench.document.data.config.source
    assert source != framed.source
    assert bench.document.data.config == replace(framed, source=source)


def test_folders_with_classes_arent_asked_to_be_sorted(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    panel = data_panel(qtbot, bench.document, [])
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.open_source(str(write_faces(tmp_path, {"smile": 2, "non_smile": 2})), image_size=64)
    assert not panel.positive.sort_button.isVisible()

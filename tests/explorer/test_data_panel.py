"""The Data tab: reading a folder, what it says of it, and what it asks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QLabel, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.data.dataset import FaceData
from core.data.sets.drawn.faces import write_demo
from explorer.data import tab as data_module
from explorer.data.framing import CELEBA_BOXES
from explorer.data.tab import DataPanel
from explorer.document.document import Document
from explorer.document.framing import framing_of
from explorer.messages import Message, Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from tests.helpers.fake_engine import fake_model
from tests.helpers.panels import data_panel
from tests.helpers.tiny_faces import write_faces

TIMEOUT = 10_000


@pytest.fixture
def document() -> Document:
    return Document()


@pytest.fixture
def messages() -> list[Message]:
    return []


@pytest.fixture
def panel(qtbot: QtBot, document: Document, messages: list[Message]) -> DataPanel:
    return data_panel(qtbot, document, messages)


def open_folder(qtbot: QtBot, panel: DataPanel, folder: Path, **how: object) -> None:
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.open_source(str(folder), **how)  # type: ignore[arg-type]


def test_says_what_will_be_here_before_any_data(panel: DataPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(panel, "open_source", opened.append)
    assert panel.empty.isVisible()
    panel.empty.buttons[1].click()
    assert opened == ["demo"]


def test_reads_a_folder_into_the_document(qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path) -> None:
    folder = write_faces(tmp_path / "people", {"smile": 6, "non_smile": 4})
    open_folder(qtbot, panel, folder, image_size=64)
    assert document.data is not None
    assert document.data.index.positive == "smile"
    assert document.data.images.shape == (10, 64, 64, 3)
    assert panel.positive.combo.currentText() == "smile"
    assert panel.positive.note == ""
    assert panel.faces.grid.count == 10
    assert "8 for training, 2 for validation" in panel.details.split_text
    assert not panel.is_reading
    assert not panel.progress.isVisible()
    assert UiSettings.load().last_data_source == str(folder)


@pytest.mark.long
def test_the_focus_is_on_what_comes_next_once_pictures_are_there(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    folder = write_faces(tmp_path / "people", {"smile": 3, "non_smile": 3})
    with qtbot.waitActive(panel):
        panel.activateWindow()
    panel.empty.buttons[0].setFocus()
    open_folder(qtbot, panel, folder, image_size=64)
    assert panel.train_button.hasFocus(), "not on the fold's handle, which is the next that can have it"
    panel.column.amount.number.setFocus()
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.column.amount.number.setValue(4)
    assert panel.column.amount.number.hasFocus(), "and never moved while one chooses"


def test_shows_one_class_in_another_order(qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"smile": 30, "non_smile": 4}), image_size=64)
    panel.faces.show_class("smile")
    before = panel.faces.rows.copy()
    panel.faces.reshuffle_button.click()
    assert document.data is not None
    assert sorted(before) == sorted(panel.faces.rows)
    assert not np.array_equal(before, panel.faces.rows)
    assert set(document.data.index.labels[before]) == {document.data.index.classes.index("smile")}


@pytest.mark.parametrize("others", [{}, {"a": 4, "b": 4}], ids=["segments", "list"])
def test_the_class_that_is_shown_stays_when_its_pictures_are_read_in_another_way(
    qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path, others: dict[str, int]
) -> None:
    folder = write_faces(tmp_path / "people", {"smile": 6, "non_smile": 4} | others)
    open_folder(qtbot, panel, folder, image_size=64)
    assert document.data is not None
    at = 1 + sorted(document.data.index.classes).index("smile")
    if others:
        panel.faces._combo.setCurrentIndex(at)
        panel.faces._combo.activated.emit(at)
    else:
        panel.faces._segments.segments[at].click()
    assert len(panel.faces.rows) == 6
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        next(one for one in panel.framing._size.segments if one.text() == "32").click()
        panel.apply_choices()
    assert document.data.config.image_size == 32
    assert len(panel.faces.rows) == 6
    assert set(document.data.index.labels[panel.faces.rows]) == {document.data.index.classes.index("smile")}
    open_folder(qtbot, panel, write_faces(tmp_path / "other", {"smile": 3, "non_smile": 2}))
    assert len(panel.faces.rows) == 5, "other pictures are all shown"


@pytest.mark.long
def test_asks_for_the_class_with_the_attribute_where_names_dont_tell(
    qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path
) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"a": 5, "b": 5}), image_size=64)
    assert "don't tell which" in panel.positive.note
    assert "smil" not in panel.positive._label.text().lower() + panel.positive.note + panel.positive.combo.toolTip(), (
        "are they faces?"
    )
    assert panel.positive.combo.accessibleName() == panel.positive._label.text() == "Class with the attribute"
    assert panel.positive.combo.currentIndex() == -1
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.positive.combo.setCurrentIndex(1)
        panel.positive.combo.activated.emit(1)
    assert document.data is not None
    assert document.data.index.positive == "b"
    assert document.data.config.positive == "b"
    assert panel.positive.note == ""
    open_folder(qtbot, panel, write_faces(tmp_path / "faces", {"smile": 5, "non_smile": 5}), image_size=64)
    assert panel.positive._label.text() == "Smiling class"
    assert "smiling faces" in panel.positive.combo.toolTip()


def test_one_class_trains_without_a_direction(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"": 5}), image_size=64)
    assert "no slider from one class to another" in panel.positive.note
    assert not panel.positive.combo.isVisible()
    assert panel.train_button.isEnabled()
    assert panel.positive.note.startswith("All pictures are of one class.")
    (tmp_path / "labels.csv").write_text("file,class\n000.png,smile\n")
    open_folder(qtbot, panel, tmp_path, image_size=64)
    assert panel.positive.note.startswith("The sorted pictures are all of one class.")


def test_so_few_pictures_that_one_class_is_left_say_so(qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path) -> None:
    folder = write_faces(tmp_path, {"smile": 6, "non_smile": 4})
    open_folder(qtbot, panel, folder, image_size=64)
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.column.amount.number.setValue(1)
    assert "you chose to use are all of one class" in panel.positive.note
    assert "more of the 10 pictures" in panel.positive.note
    assert not panel.positive.sort_button.isVisible(), "they are sorted"
    assert panel.details.split_text.startswith("The one picture is for training and for validation")
    assert document.data is not None
    assert document.data.why_no_attribute == "The 1 picture chosen to be used is of one class; use more of the 10."
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.column.amount.number.setValue(9)
    assert panel.positive.note == ""


def test_lists_bad_files_and_copies(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    folder = write_faces(tmp_path, {"smile": 4, "non_smile": 4})
    (folder / "smile" / "broken.jpg").write_text("no picture")
    (folder / "smile" / "twin.png").write_bytes((folder / "smile" / "000.png").read_bytes())
    open_folder(qtbot, panel, folder, image_size=64)
    assert panel.details.bad_files.isVisible()
    assert "smile/broken.jpg: " in panel.details.bad_files.view.toPlainText()
    assert panel.details.duplicates.view.toPlainText() == "smile/000.png = smile/twin.png"
    panel.details.bad_files._copy.click()
    assert "broken.jpg" in QGuiApplication.clipboard().text()


def test_says_what_is_passed_over_and_who_says_the_split(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    write_faces(tmp_path, {f"{part}/{name}": 4 for part in ("train", "val") for name in ("smile", "non_smile")})
    write_faces(tmp_path, {"test/smile": 2, "@eaDir": 1})
    open_folder(qtbot, panel, tmp_path, image_size=64)
    assert panel.details.passed_over_text.split("\n") == [
        "@eaDir/000.png: in @eaDir, which the system made for itself",
        "2 in test/smile: for testing, beside train and val",
    ]
    assert panel.details._left_aside.isVisible()
    assert panel.details.split_text == "8 for training, 8 for validation. This split comes from the folders train and val."


def test_what_is_passed_over_is_seen_whole_in_the_narrow_column(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    write_faces(tmp_path, {"smile": 4, "non_smile": 4})
    for ending in (".psd", ".jxl", ".dng", ".tga"):
        (tmp_path / "smile" / f"a_picture_of_{'many_' * 12}people{ending}").write_bytes(b"?")
    open_folder(qtbot, panel, tmp_path, image_size=64)
    labels = panel.details._left_aside._body.findChildren(QLabel)
    assert len(labels) == 4
    qtbot.waitUntil(lambda: all(label.height() >= label.heightForWidth(label.width()) > 0 for label in labels), timeout=TIMEOUT)
    left = panel.details._left_aside.mapTo(panel.column, QPoint(0, 0)).x()
    assert left + panel.details._left_aside.width() <= panel.column.width()


def test_good_folders_list_nothing(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"smile": 4, "non_smile": 4}), image_size=64)
    assert not panel.details._left_aside.isVisible()
    assert not panel.details.bad_files.isVisible()
    assert not panel.details.duplicates.isVisible()


@pytest.mark.long
@pytest.mark.parametrize(("size", "box"), list(CELEBA_BOXES.items()))
def test_offers_celebas_box_for_its_size_and_half_of_it(
    qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path, size: tuple[int, int], box: str
) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"smile": 3, "non_smile": 3}, size=size), image_size=64)
    assert panel.framing._celeba.isVisible()
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.framing._celeba.click()
    assert document.data is not None
    assert document.data.config.crop == box
    assert box.replace(",", ", ") in panel.framing._celeba.toolTip()
    assert panel.framing._celeba.isVisible()  # it keeps its place
    assert not panel.framing._celeba.isEnabled()
    assert panel.framing.crop == box
    panel.framing._fields[0].setValue(20)
    assert panel.framing._celeba.isEnabled()


@pytest.mark.long
def test_a_chosen_framing_is_read_by_itself(qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"smile": 3, "non_smile": 3}), image_size=64)
    assert document.data_pending == ""
    panel.framing._shape.segments[1].click()
    panel.framing._fields[0].setValue(64)
    assert panel.framing._problem.isVisible()  # the box has no width
    assert document.data_pending == "The box on Data can't be used."
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.framing._fields[0].setValue(10)
    assert document.data is not None
    assert document.data.config.crop == "10,0,64,64"
    assert document.data_pending == ""


def test_what_is_chosen_is_what_is_trained_on(qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path) -> None:
    """Size, number, share and class, with no pause before *Train on these*, and a number that is typed but not entered."""
    open_folder(qtbot, panel, write_faces(tmp_path, {"a": 30, "b": 30}), image_size=64)
    panel.positive.combo.activated.emit(1)
    panel.framing._size.segments[0].click()
    panel.column.amount.share.setValue(25)
    panel.column.amount.number.lineEdit().selectAll()
    qtbot.keyClicks(panel.column.amount.number, "40")
    with qtbot.waitSignals([panel.go_to_train_requested, panel.data_opened], timeout=TIMEOUT):
        panel.train_button.click()
        assert "being read" in document.data_pending
    assert document.data is not None
    config = document.data.config
    assert (config.image_size, config.limit, config.valid_fraction, config.positive) == (32, 40, 0.25, "b")
    assert document.data.images.shape == (40, 32, 32, 3)
    assert "30 for training, 10 for validation" in panel.details.split_text
    assert (document.data_pending, panel.column.amount.number.value(), panel.column.amount.share.value()) == ("", 40, 25)


def test_leaving_the_tab_reads_what_is_chosen(qtbot: QtBot, document: Document, tmp_path: Path) -> None:
    tabs = QTabWidget()
    qtbot.addWidget(tabs)
    panel = DataPanel(document, SettingsStore(UiSettings()), Messenger())
    tabs.addTab(panel, "Data")
    tabs.addTab(QWidget(), "Train")
    tabs.show()
    open_folder(qtbot, panel, write_faces(tmp_path, {"smile": 5, "non_smile": 5}), image_size=64)
    panel.column.amount.number.setFocus()
    panel.column.amount.number.lineEdit().selectAll()
    qtbot.keyClicks(panel.column.amount.number, "6")
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        tabs.setCurrentIndex(1)
        assert panel.is_reading
    assert document.data is not None
    assert len(document.data.images) == 6


@pytest.mark.long
def test_a_choice_during_reading_is_read_instead(
    qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"smile": 5, "non_smile": 5}), image_size=64)
    real, sizes = data_module.load, list[int]()

    def slow(config: DataConfig, progress: Callable[[str, int, int], None], **_: object) -> FaceData:
        sizes.append(config.image_size)
        while config.image_size == 96:
            progress("Reading pictures", 0, 0)
        return real(config, progress)

    monkeypatch.setattr(data_module, "load", slow)
    panel.framing._size.segments[2].click()
    panel.apply_choices()
    qtbot.waitUntil(lambda: sizes == [96], timeout=TIMEOUT)
    assert panel.framing.isEnabled()
    panel.column.amount.number.setValue(4)
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.framing._size.segments[0].click()
    assert sizes == [96, 32]
    assert document.data is not None
    assert document.data.images.shape == (4, 32, 32, 3)


@pytest.mark.long
def test_what_is_typed_while_a_choice_is_read_is_read_next(
    qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed, but not entered: the reading that ends meanwhile doesn't take it away, and what is half typed waits for the rest."""
    open_folder(qtbot, panel, write_faces(tmp_path, {"smile": 10, "non_smile": 10}), image_size=64)
    number = panel.column.amount.number
    real, end = data_module.load, Event()

    def waits(config: DataConfig, progress: Callable[[str, int, int], None], **_: object) -> FaceData:
        if config.limit == 0:
            assert end.wait(TIMEOUT / 1000)
        return real(config, progress)

    monkeypatch.setattr(data_module, "load", waits)
    panel.framing._size.segments[0].click()
    panel.apply_choices()
    number.lineEdit().selectAll()
    qtbot.keyClicks(number, "1")
    end.set()
    qtbot.waitUntil(lambda: not panel.is_reading, timeout=TIMEOUT)
    assert number.text() == "1"
    assert "being read" in document.data_pending
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        qtbot.keyClicks(number, "2")
    assert document.data is not None
    assert document.data.images.shape == (12, 32, 32, 3)
    assert (number.value(), document.data_pending) == (12, "")


def test_a_field_that_is_empty_when_a_reading_ends_stays_so(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"smile": 5, "non_smile": 5}), image_size=64)
    number = panel.column.amount.number
    assert number.text() == "All"
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.framing._size.segments[0].click()
        panel.apply_choices()
        number.lineEdit().selectAll()
        qtbot.keyClick(number, Qt.Key.Key_Backspace)
    assert number.text() == ""


def test_a_choice_that_is_cancelled_or_fails_is_shown_as_not_made(
    qtbot: QtBot, panel: DataPanel, document: Document, messages: list[Message], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"smile": 5, "non_smile": 5}), image_size=64)
    before = document.data
    panel.framing._shape.segments[1].click()
    panel.framing._fields[2].setValue(50_000)
    panel.framing._fields[0].setValue(40_000)
    panel.apply_choices()
    qtbot.waitUntil(lambda: bool(messages), timeout=TIMEOUT)
    assert (messages[0].kind, panel.framing.crop, document.data_pending) == ("error", "center", "")

    def endless(config: object, progress: Callable[[str, int, int], None], **_: object) -> None:
        while True:
            progress("Reading pictures", 0, 0)

    monkeypatch.setattr(data_module, "load", endless)
    qtbot.waitUntil(lambda: panel.framing._size.mapTo(panel, QPoint(0, 0)).y() < 600, timeout=TIMEOUT)  # laid out without the box
    place = panel.framing._size.mapTo(panel, QPoint(0, 0))
    panel.framing._size.segments[0].click()
    panel.apply_choices()
    qtbot.waitUntil(panel.progress.isVisible, timeout=TIMEOUT)
    assert panel.framing._size.mapTo(panel, QPoint(0, 0)) == place  # the strip moves nothing under the mouse
    panel.progress.cancelled.emit()
    qtbot.waitUntil(lambda: not panel.is_reading, timeout=TIMEOUT)
    assert (panel.framing.image_size, document.data_pending) == (64, "")
    panel.framing._size.segments[0].click()
    panel.framing._size.segments[1].click()  # taken back: nothing to read
    assert (document.data_pending, panel._rest.isActive()) == ("", False)
    assert document.data is before


def test_pictures_that_came_in_two_parts_have_no_share_to_choose(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    write_faces(tmp_path, {f"{part}/{name}": 4 for part in ("train", "val") for name in ("smile", "non_smile")})
    open_folder(qtbot, panel, tmp_path, image_size=64)
    assert panel.column.amount.number.isVisible()
    assert not panel.column.amount.share.isVisible()


@pytest.mark.long
def test_framed_by_the_face(qtbot: QtBot, panel: DataPanel, document: Document, messages: list[Message], tmp_path: Path) -> None:
    write_demo(tmp_path / "faces", count=8)
    Image.new("RGB", (90, 90), "grey").save(tmp_path / "faces" / "smile" / "wall.png")
    open_folder(qtbot, panel, tmp_path / "faces", image_size=64)
    panel.framing._shape.segments[2].click()
    assert not panel.framing._box.isVisible()
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.apply_choices()
    assert document.data is not None
    assert document.data.config.crop == "face"
    assert panel.framing.crop == "face"
    assert "smile/wall.png: no face found" in panel.details.bad_files.view.toPlainText()
    before, model = document.data, fake_model(data=DataConfig(crop="face"))
    assert framing_of(model, before) == ("face", 64)
    write_faces(tmp_path / "none", {"smile": 2, "non_smile": 2})
    panel.open_source(str(tmp_path / "none"), crop="face", image_size=64)
    qtbot.waitUntil(lambda: bool(messages), timeout=TIMEOUT)
    assert "can be used" in messages[-1].text
    assert document.data is before


def test_a_relative_folder_is_opened_by_its_full_path(
    qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`main.py --data faces`: runs on it, and the next start, are from other folders."""
    write_faces(tmp_path / "faces", {"smile": 3, "non_smile": 3})
    monkeypatch.chdir(tmp_path)
    open_folder(qtbot, panel, Path("faces"), image_size=64)
    assert document.data is not None
    assert document.data.config.source == str(tmp_path / "faces")


def test_says_an_error_and_keeps_what_there_was(
    qtbot: QtBot, panel: DataPanel, document: Document, messages: list[Message], tmp_path: Path
) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path / "good", {"smile": 3, "non_smile": 3}), image_size=64)
    good = document.data
    (tmp_path / "bad").mkdir()
    panel.open_source(str(tmp_path / "bad"))
    qtbot.waitUntil(lambda: bool(messages), timeout=TIMEOUT)
    assert messages[0].kind == "error"
    assert document.data is good
    assert not panel.is_reading


def test_cancel_ends_the_reading(qtbot: QtBot, panel: DataPanel, document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(config: object, progress: object, **_: object) -> None:
        done = 0
        while True:
            done += 1
            progress("Reading pictures", done, 0)  # type: ignore[operator]

    monkeypatch.setattr(data_module, "load", endless)
    panel.open_source("anywhere")
    assert panel.is_reading
    qtbot.waitUntil(panel.progress.isVisible, timeout=TIMEOUT)
    panel.progress.cancelled.emit()
    qtbot.waitUntil(lambda: not panel.is_reading, timeout=TIMEOUT)
    assert document.data is None
    assert panel.empty.isVisible()


def test_a_dropped_folder_is_read(qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path) -> None:
    folder = write_faces(tmp_path, {"smile": 3, "non_smile": 3})
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder))])
    where, buttons, keys = QPointF(5, 5), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, mime, buttons, keys)
    panel.dragEnterEvent(enter)
    assert enter.isAccepted()
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.dropEvent(QDropEvent(where, Qt.DropAction.CopyAction, mime, buttons, keys))
    assert document.data is not None
    assert document.data.config.source == str(folder)


def test_other_things_cant_be_dropped(panel: DataPanel, tmp_path: Path) -> None:
    mime = QMimeData()
    mime.setText("hello")
    enter = QDragEnterEvent(
        QPointF(5, 5).toPoint(), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    enter.ignore()
    panel.dragEnterEvent(enter)
    assert not enter.isAccepted()


def test_train_on_these_goes_to_train(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"smile": 3, "non_smile": 3}), image_size=64)
    with qtbot.waitSignal(panel.go_to_train_requested):
        panel.train_button.click()


def test_the_pictures_of_the_last_time_come_back(qtbot: QtBot, tmp_path: Path) -> None:
    source = write_faces(tmp_path / "faces", {"smile": 6, "non_smile": 6})
    store = SettingsStore(UiSettings())
    first = DataPanel(Document(), store, Messenger())
    qtbot.addWidget(first)
    with qtbot.waitSignal(first.data_opened):
        first.open_source(str(source), image_size=64)
    document = Document()
    second = DataPanel(document, SettingsStore(UiSettings.load()), Messenger())
    qtbot.addWidget(second)
    with qtbot.waitSignal(second.data_opened):
        second.reopen_last()
    assert document.data is not None
    assert document.data.config.image_size == 64
    shutil.rmtree(source)
    third = DataPanel(Document(), SettingsStore(UiSettings.load()), Messenger())
    qtbot.addWidget(third)
    third.reopen_last()  # the folder is gone: nothing to read, nothing to say
    assert third._task is None
    unreachable = "/" + "x" * 300  # looking for it fails, as on a network drive that is gone
    third._settings.update(last_data_config=json.dumps({**json.loads(store.value.last_data_config), "source": unreachable}))
    third.reopen_last()
    assert third._task is None


def test_three_classes_of_which_one_smiles_need_no_answer(
    qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path
) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"angry": 3, "happy": 3, "neutral": 3}), image_size=64)
    assert panel.positive.combo.currentText() == "happy"
    assert panel.positive.note == ""


@pytest.mark.long
def test_three_classes_that_do_not_tell_are_asked_about(qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"a": 3, "b": 3, "c": 3}), image_size=64)
    assert "don't tell" in panel.positive.note
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.positive.combo.activated.emit(2)
    assert document.data is not None
    assert document.data.own_attribute == "c"


def test_says_how_the_labels_were_read(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    folder = write_faces(tmp_path, {"": 5})
    (folder / "labels.csv").write_text("file,mood,note\n000.png,happy,a\n001.png,sad,b\n002.png,sad,c\ngone.png,sad,d\n")
    open_folder(qtbot, panel, folder, image_size=64)
    assert "column “mood”" in panel.positive.note
    notes = panel.details.label_notes.splitlines()
    assert notes[0] == "labels.csv: 1 of 4 rows name no picture of this folder."
    assert notes[1] == "labels.csv: 2 of 5 pictures have no row."
    assert notes[2] == "mood: happy counts as 1, sad as 0."
    assert notes[3].startswith("Not used: note, because it has 4 different words (a, b, c, ...)")
    assert panel.details.labels_text == "mood 33\u00a0%"


def test_a_column_of_classes_and_pictures_of_none(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    folder = write_faces(tmp_path, {"": 5})
    (folder / "labels.csv").write_text("file,class\n000.png,happy\n001.png,sad\n002.png,sad\n")
    open_folder(qtbot, panel, folder, image_size=64)
    assert [panel.positive.combo.itemText(at) for at in range(panel.positive.combo.count())] == ["happy", "sad"]
    assert panel.positive.combo.currentText() == "happy"
    texts = [label.text() for label in panel.column.counts.findChildren(QLabel)]
    assert "No class" in texts


def test_a_sample_says_of_how_many_pictures_it_is(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"smile": 6, "non_smile": 6}), image_size=64)
    counts = panel.column.counts
    assert counts._total.text() == "12 faces"
    assert not counts._sizes.text().startswith("of ")
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.column.amount.number.setValue(4)
        panel.apply_choices()
    assert counts._total.text() == "4 faces"
    assert counts._sizes.text().startswith("of 12; ")


def test_a_sample_leaves_out_what_cannot_be_used_and_goes_on_saying_so(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    folder = write_faces(tmp_path, {"smile": 6, "non_smile": 6})
    (folder / "smile" / "broken.jpg").write_text("no picture")
    open_folder(qtbot, panel, folder, image_size=64)
    assert panel.details.bad_files.isVisible()
    for number in (4, 11):  # with the broken one in the sample or not
        with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
            panel.column.amount.number.setValue(number)
            panel.apply_choices()
        assert panel.column.counts._sizes.text().startswith("of 12; ")
        assert panel.details.bad_files.isVisible()
        assert "smile/broken.jpg: " in panel.details.bad_files.view.toPlainText()


@pytest.mark.parametrize(("side", "size"), [((70, 64), 64), ((100, 100), 96), ((20, 24), 32), ((178, 218), 128)])
def test_small_pictures_are_not_enlarged_unasked(
    qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path, side: tuple[int, int], size: int
) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path / "small", {"smile": 3, "non_smile": 3}, size=side))
    assert document.data is not None
    assert document.data.config.image_size == panel.framing.image_size == size
    assert bool(panel.framing.enlarges) == (min(side) < size)
    open_folder(qtbot, panel, write_faces(tmp_path / "large", {"smile": 3, "non_smile": 3}, size=(200, 200)))
    assert document.data.config.image_size == 128, "what suits small ones isn't what the person chose for others"


def test_it_says_when_a_chosen_size_enlarges_the_pictures(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    open_folder(qtbot, panel, write_faces(tmp_path, {"smile": 3, "non_smile": 3}, size=(64, 64)))
    assert panel.framing._enlarges.isHidden()
    panel.framing.choose("center", 128)
    assert panel.framing._enlarges.isVisible()
    assert panel.framing._enlarges.text() == "The pictures are 64 pixels wide: 128 only enlarges them."
    panel.framing.choose("10,10,50,50", 64)
    assert panel.framing._enlarges.text() == "The box is 40 pixels wide: 64 only enlarges it."
    panel.framing.choose("center", 64)
    assert panel.framing._enlarges.isHidden()


def test_the_official_partition_of_celeba_is_said(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    write_faces(tmp_path, {"img_align_celeba": 6})
    names = [f"{number:03d}.png" for number in range(6)]
    (tmp_path / "list_attr_celeba.txt").write_text("Male Smiling\n" + "".join(f"{name} 1 -1\n" for name in names))
    (tmp_path / "list_eval_partition.csv").write_text("".join(f"{name},{at % 3}\n" for at, name in enumerate(names)))
    open_folder(qtbot, panel, tmp_path, image_size=64)
    assert "2 for training, 2 for validation" in panel.details.split_text
    assert "This split comes from CelebA's own partition, list_eval_partition.csv." in panel.details.split_text
    assert "for testing, by CelebA's own partition" in panel.details.passed_over_text


def test_two_classes_and_what_is_without_one_are_buttons(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    folder = write_faces(tmp_path, {"": 7})
    (folder / "labels.csv").write_text("file,class\n000.png,smile\n001.png,no smile\n", encoding="utf-8")
    open_folder(qtbot, panel, folder)
    shown = [segment.text() for segment in panel.faces._segments.segments if segment.isVisibleTo(panel)]
    assert sorted(shown) == ["All", "No class", "no smile", "smile"]
    assert not panel.faces._combo.isVisibleTo(panel), "as two classes are"


def test_few_of_many_are_not_none(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    folder = write_faces(tmp_path, {"": 250})
    (folder / "labels.csv").write_text("file,class\n000.png,smile\n", encoding="utf-8")
    open_folder(qtbot, panel, folder)
    texts = [label.text() for label in panel.column.counts.findChildren(QLabel) if label.isVisibleTo(panel)]
    assert "<\u00a01\u00a0%" in texts
    assert ">\u00a099\u00a0%" in texts


def test_an_error_goes_when_another_folder_is_tried(
    qtbot: QtBot, panel: DataPanel, messages: list[Message], tmp_path: Path
) -> None:
    messenger = panel._messenger
    (tmp_path / "empty").mkdir()
    events: list[str] = []
    messenger.message_posted.connect(lambda message: events.append(message.kind))
    messenger.settled.connect(events.append)
    for source in (str(tmp_path / "gone"), str(tmp_path / "empty")):
        count = events.count("error")
        panel.open_source(source)
        qtbot.waitUntil(lambda count=count: events.count("error") > count, timeout=TIMEOUT)  # type: ignore[misc]
    assert events == ["data", "error", "data", "error"], "one at a time"
    messages.clear()
    panel.open_source(str(write_faces(tmp_path / "good", {"": 4})))
    assert events[4:] == ["data"], "before it is read"
    qtbot.waitUntil(lambda: panel.being_read is None, timeout=TIMEOUT)

"""The window as a whole: tabs, shortcuts, models, saving, closing while a run goes on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QToolButton,
    QWidget,
    QWidgetAction,
)
from pytestqt.qtbot import QtBot

from core.checkpoint import read_header, shipped
from core.config import DataConfig, TrainConfig, preset, to_dict, with_values
from core.data.sources import short_name
from core.export.images import grid, read_recipe, save_picture
from core.families.registry import family
from core.files import write_json
from core.latent.session import Anchor, Edit, Session
from core.runs.listing import list_runs
from core.runs.previews import preview_name
from core.runs.queue import plan
from explorer.data.tab import TOPIC as DATA_TOPIC
from explorer.dialogs.about import AboutDialog
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.picture_adder import TOPIC as PHOTO_TOPIC
from explorer.explore.direction_menu import TOPIC as DIRECTION_TOPIC
from explorer.explore.faces.column import VALIDATION
from explorer.explore.faces.opener import FACES_TOPIC
from explorer.explore.faces.waiting import TOPIC as WAITING_TOPIC
from explorer.gallery.sheet import PictureSheet
from explorer.gallery.tab import RECONSTRUCTIONS
from explorer.job.training import TrainingJob
from explorer.look.pixels import show_plain_pixels, shows_plain_pixels, to_array
from explorer.look.theme import apply_theme
from explorer.messages import Message, Messenger
from explorer.runs import actions as run_actions
from explorer.saving.apply_edit import ApplyEdit
from explorer.saving.ask_picture import SavePicture
from explorer.saving.pictures import picture_name, strip_name
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.teach.dialog import TeachDialog
from explorer.train.live_run import TOPIC as START_TOPIC
from explorer.widgets.toast import SHADOW
from explorer.windows.main_window import DATA, EXPLORE, GALLERY, HOMES, TRAIN, MainWindow
from explorer.windows.services import Services
from tests.explorer.test_document import direction
from tests.explorer.test_teach import write_model
from tests.explorer.test_train_panel import make_run
from tests.helpers.fake_engine import fake_model
from tests.helpers.tiny_faces import write_faces

FAKE_CHILD = Path(__file__).resolve().parents[1] / "helpers" / "fake_train.py"


@pytest.fixture
def services() -> Iterator[Services]:
    document = Document()
    decoding = DecodeService()
    document.model_changed.connect(decoding.set_model)
    job = TrainingJob(command=[sys.executable, str(FAKE_CHILD), "slow"])
    made = Services(document, decoding, job, SettingsStore(UiSettings()), Messenger())
    yield made
    job.shutdown()
    decoding.close()


@pytest.fixture
def window(qtbot: QtBot, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    monkeypatch.setenv("LABKHAND_RUNS", str(tmp_path / "runs"))
    made = MainWindow(services)
    made.show()
    qtbot.waitExposed(made)
    yield made
    services.job.shutdown()
    made.close()


def open_model(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    with qtbot.waitSignal(window.explore.face_painted):
        services.document.set_model(fake_model(name="fake", directions={"smile": direction()}))
        window.on_model_ready(services.document.model)
    qtbot.waitUntil(lambda: window.explore.picture is not None)


def test_it_opens_on_explore_and_every_tab_has_its_panel(qtbot: QtBot, window: MainWindow) -> None:
    assert window.tabs.currentIndex() == EXPLORE
    names = [window.tabs.tabText(index) for index in range(window.tabs.count())]
    assert names == ["Data", "Train", "Gallery", "Explore"]
    for key, index in ((Qt.Key.Key_1, DATA), (Qt.Key.Key_2, TRAIN), (Qt.Key.Key_3, GALLERY), (Qt.Key.Key_4, EXPLORE)):
        QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.tabs.currentIndex() == index
        qtbot.waitUntil(window.panel(index).isVisible)


def test_the_header_names_the_model_and_the_device(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    assert "No model" in window.header.model_button.text()
    services.document.set_loading("faces")
    assert "faces" in window.header.model_button.text()
    services.document.set_loading("")


def test_a_new_models_first_slider_gets_the_focus(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert QApplication.focusWidget() is window, "no button has a frame that nobody has pressed"
    open_model(qtbot, window, services)
    qtbot.waitUntil(lambda: window.focusWidget() is window.explore.sliders.main_slider)


def test_f10_opens_the_menu_at_its_first_entry(qtbot: QtBot, window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F10)
    menu = window.header.more_button.menu()
    qtbot.waitUntil(menu.isVisible)
    assert menu.activeAction() is menu.actions()[0]
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert not menu.isVisible()


def test_that_nothing_explains_a_control_is_said_while_it_has_the_focus(window: MainWindow) -> None:
    window._last_message.show(Message("There is none."), ("focus",))
    assert window.status.line.message == "There is none."
    window.header.more_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    window.activateWindow()
    window.tabs.setFocus()
    window.header.model_button.setFocus()
    assert window.status.line.message == ""


def test_return_presses_the_button_with_the_focus_and_nothing_else(qtbot: QtBot, window: MainWindow) -> None:
    window.show_tab(DATA)
    qtbot.waitUntil(window.panel(DATA).isVisible)
    window.activateWindow()
    for button in (QPushButton("Press", window.data), QToolButton(window.data)):
        button.show()
        button.setFocus()
        for key, presses in ((Qt.Key.Key_Return, 1), (Qt.Key.Key_Enter, 1), (Qt.Key.Key_X, 0)):
            pressed: list[bool] = []
            button.clicked.connect(lambda checked=False, into=pressed: into.append(True))
            QTest.keyClick(button, key)
            assert len(pressed) == presses, key
            button.clicked.disconnect()
    field = QLineEdit(window.data)
    field.show()
    field.setFocus()
    with qtbot.waitSignal(field.returnPressed):
        QTest.keyClick(field, Qt.Key.Key_Return)
    window.header.more_button.setFocus()
    menu = window.header.more_button.menu()
    QTimer.singleShot(0, menu, menu.close)
    with qtbot.waitSignal(menu.aboutToShow):
        QTest.keyClick(window.header.more_button, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("source", "name", "words"),
    [("demo", "demo", "drawn faces"), ("/home/me/demo", "demo", "demo"), ("sprites", "sprites", "drawn shapes")],
)
def test_the_header_says_what_the_model_was_trained_on(
    window: MainWindow, services: Services, source: str, name: str, words: str
) -> None:
    in_file = DataConfig(source=short_name(source))  # as a run's checkpoints have it
    services.document.set_model(fake_model(data=in_file, header_data={"name": name}))
    assert f"trained on {words}." in window.header.model_button.toolTip()


def test_undo_and_reset_by_their_keys(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    open_model(qtbot, window, services)
    document = services.document
    document.set_edit("direction", "smile", 60.0)
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document.session.edits == ()
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert document.session.weight("direction", "smile") == 60.0
    QTest.keyClick(window, Qt.Key.Key_Backspace, Qt.KeyboardModifier.ControlModifier)
    assert document.session.edits == ()
    assert document.undo_stack.canUndo()


def test_what_teaches_and_what_renames_directions_write_them_in_turn(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    open_model(qtbot, window, services)
    window.explore.menu.teach_requested.emit()
    dialog = window.findChild(TeachDialog)
    assert dialog is not None
    assert dialog.learner.keeper is window.explore.menu.keeper
    dialog.close()


def test_an_undo_out_of_sight_is_said(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    open_model(qtbot, window, services)
    services.document.set_edit("direction", "smile", 60.0)
    told: list[str] = []
    services.messenger.message_posted.connect(lambda message: told.append(message.text))
    window.show_tab(DATA)
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert told == ["Undone in Explore: Move smile"]
    assert services.document.session.edits == ()
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(told) == 1
    redo = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    for _ in range(2):
        QTest.keyClick(window, Qt.Key.Key_Z, redo)
        assert told[1:] == ["Done again in Explore: Move smile"]
    assert services.document.session.edits
    told.pop()
    window.show_tab(EXPLORE)
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(told) == 1


def test_undo_in_train_brings_a_run_back_and_elsewhere_an_edit(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_actions, "move_to_trash", lambda folder: folder.rename(tmp_path / folder.name))
    run = tmp_path / "runs" / "faces-1"
    plan(run, TrainConfig())
    open_model(qtbot, window, services)
    services.document.set_edit("direction", "smile", 60.0)
    window.show_tab(TRAIN)
    qtbot.waitUntil(lambda: len(window.train.runs.list.runs) == 1)
    window.train._actions.remove(window.train.runs.list.runs)
    with qtbot.waitSignal(window.train.undo_changed):
        pass
    assert not run.exists()
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(run.exists)
    assert services.document.session.weight("direction", "smile") == 60.0
    window.show_tab(EXPLORE)
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert services.document.session.edits == ()
    window.show_tab(TRAIN)
    assert not window.actions_by_id["undo"].isEnabled()


def test_an_error_goes_with_its_cause(qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path) -> None:
    def shown() -> list[str]:
        return [toast.text for toast in window.toasts.toasts() if toast.kind == "error"]

    window.show_tab(DATA)
    window.data.open_source(str(tmp_path / "nowhere"))
    qtbot.waitUntil(lambda: len(shown()) == 1)
    assert window.status.message == shown()[0]
    services.messenger.post(Message("a-1: The disk is full.", "error", topic="a-1", of_tab=False))
    with qtbot.waitSignal(window.data.data_opened, timeout=10_000):
        window.data.open_source(str(write_faces(tmp_path / "faces", {"smile": 2, "non_smile": 2})), image_size=32)
    assert shown() == ["a-1: The disk is full."]
    services.messenger.settle("a-1")
    assert (shown(), window.status.message) == ([], "")
    services.messenger.post(Message("The slider follows it.", "success", topic="direction"))
    window.toasts.clear()
    services.messenger.settle("other")
    assert window.status.message == "The slider follows it."
    services.messenger.settle("direction")
    assert window.status.message == "", "though its toast has faded"


def test_an_error_of_one_model_goes_when_another_comes(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    open_model(qtbot, window, services)
    model = services.document.model
    assert model is not None
    services.messenger.error("The pictures are too few.")
    services.messenger.post(Message("a.jpg can't be used.", "error", topic="photo"))
    services.document.set_model(replace(model, generation=model.generation + 1))
    assert len(window.toasts.toasts()) == 2, "the next epoch of the same run"
    services.document.set_model(replace(model, path="another.pt", generation=model.generation + 2))
    assert [toast.text for toast in window.toasts.toasts()] == ["a.jpg can't be used."]
    assert window.status.line.message == "a.jpg can't be used."


def test_an_error_of_a_tab_follows_to_no_other(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    def seen() -> list[str]:
        return [toast.kind for toast in window.toasts.toasts() if toast.isVisible()]

    window.show_tab(DATA)
    window.data.open_source(str(tmp_path / "nowhere"))
    window.show_tab(EXPLORE)  # before it is known that there is nothing
    qtbot.waitUntil(lambda: seen() == ["error"])
    window.show_tab(TRAIN)
    assert seen() == []
    window.show_tab(DATA)
    assert seen() == ["error"], "it belongs to where it was asked for"
    window.show_tab(EXPLORE)
    assert seen() == []


def test_messages_belong_to_the_tab_of_their_topic() -> None:
    of_explore = dict.fromkeys((PHOTO_TOPIC, FACES_TOPIC, WAITING_TOPIC, DIRECTION_TOPIC), EXPLORE)
    assert {DATA_TOPIC: DATA, START_TOPIC: TRAIN} | of_explore == HOMES


def test_the_status_line_keeps_no_old_messages(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    window.show_tab(GALLERY)
    services.messenger.success("Saved a.png.")
    assert window.status.message == "Saved a.png."
    window.show_tab(EXPLORE)
    assert window.status.message == "", "its tab was left"
    services.messenger.post(Message("a-1 is finished.", of_tab=False))
    window.show_tab(DATA)
    assert window.status.message == "a-1 is finished.", "it belongs to none"
    window._last_message._timer.setInterval(20)
    services.messenger.info("There is no picture to copy yet.")
    qtbot.waitUntil(lambda: window.status.message == "")
    services.messenger.error("The disk is full.")
    with qtbot.assertNotEmitted(window._last_message._timer.timeout, wait=80):
        pass
    assert window.status.message == "The disk is full."
    window.show_tab(EXPLORE)
    assert window.status.message == "", "it is still to be read where it was said"
    window.show_tab(DATA)
    services.messenger.error("The disk is full.")
    assert window.status.message == "The disk is full."
    error = next(toast for toast in window.toasts.toasts() if toast.kind == "error")
    QTest.mouseClick(error.close_button, Qt.MouseButton.LeftButton)
    assert window.status.message == "", "it was read"


@pytest.mark.long
def test_pictures_read_for_a_model_lead_back_to_where_they_were_wanted(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path
) -> None:
    open_model(qtbot, window, services)
    faces = str(write_faces(tmp_path / "faces", {"smile": 4, "non_smile": 4}))
    with qtbot.waitSignal(window.data.data_opened, timeout=10_000):
        window.data.open_source(faces, image_size=64)
    window.show_tab(GALLERY)
    window.gallery.show_section(RECONSTRUCTIONS)
    with qtbot.waitSignal(window.data.data_opened, timeout=10_000):
        window.gallery.reframe_requested.emit("center", 32)
        assert window.tabs.currentIndex() == DATA, "in sight of how far it is"
    assert services.document.data.config.image_size == 32
    assert window.tabs.currentIndex() == GALLERY
    with qtbot.waitSignal(window.data.data_opened, timeout=10_000):
        window.explore.faces.reframe_requested.emit("center", 48)
        window.show_tab(TRAIN)
    assert window.tabs.currentIndex() == TRAIN, "the person went on elsewhere"
    with qtbot.waitSignal(window.data.reading_ended, timeout=10_000):
        window.gallery.reframe_requested.emit("center", 40)
        window.data.open_source(faces, image_size=64)
    assert window.tabs.currentIndex() == DATA, "other pictures were asked for meanwhile"
    with qtbot.waitSignal(window.data.data_opened, timeout=10_000):
        window.data.framing.choose("center", 32)
        window.data.apply_choices()
    assert window.tabs.currentIndex() == DATA


def test_the_button_that_goes_leaves_the_focus_on_its_tab(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path
) -> None:
    open_model(qtbot, window, services)
    model = services.document.model
    assert model is not None
    folder = str(write_faces(tmp_path / "faces", {"smile": 4, "non_smile": 4}))
    with qtbot.waitSignal(window.data.data_opened, timeout=10_000):
        window.data.open_source(folder, image_size=model.header.image_shape[1] // 2)
    window.show_tab(EXPLORE)
    faces = window.explore.faces
    faces.set_source(VALIDATION)
    remedy = faces.findChild(QPushButton, "remedy")
    assert remedy is not None
    assert remedy.isVisible()
    with qtbot.waitSignal(window.data.data_opened, timeout=10_000):
        QTest.mouseClick(remedy, Qt.MouseButton.LeftButton)
    assert window.tabs.currentIndex() == EXPLORE
    assert not remedy.isVisible()
    assert window.focusWidget() is window.explore.canvas


def save_into(window: QWidget, folder: Path) -> str:
    """Agree to the dialog that asks for name and format; gives the name that it proposed."""
    dialog = window.findChild(SavePicture)
    dialog.set_folder(folder)
    name = dialog.path.name
    dialog.accept()
    QApplication.sendPostedEvents(dialog, QEvent.Type.DeferredDelete)
    return name


def test_saving_writes_the_picture_with_its_recipe(qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path) -> None:
    open_model(qtbot, window, services)
    services.document.set_edit("direction", "smile", 60.0)
    with qtbot.waitSignal(services.messenger.message_posted) as posted:
        window.files.save_picture()
        name = save_into(window, tmp_path)
    stem = services.document.session.anchor.label.lower().replace(" ", "-")
    assert name == f"{stem}-smile-60.png"
    assert posted.args[0].kind == "success"
    recipe = read_recipe(tmp_path / name)
    assert recipe["session"]["edits"] == [{"kind": "direction", "key": "smile", "weight": 60.0}]
    assert str(tmp_path) not in str(recipe)
    with qtbot.waitSignal(services.messenger.message_posted):
        window.files.save_strip()
        name = save_into(window, tmp_path)
    assert name == f"{stem}-smile-0-to-100-in-6-steps.png"
    assert (tmp_path / name).is_file()


def test_what_cannot_be_saved_is_said(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    open_model(qtbot, window, services)
    with qtbot.waitSignal(services.messenger.message_posted) as posted:
        window.files.save_picture()
        save_into(window, Path("/proc/nowhere"))
    assert posted.args[0].kind == "error"
    assert "/proc/nowhere" in posted.args[0].text


def test_names_are_made_of_what_it_is() -> None:
    session = Session("id", Anchor("file", "astronaut.jpg", "astronaut.jpg", (0.0,)), (Edit("direction", "smile", 60.0),))
    assert picture_name(session) == "astronaut-smile-60"
    assert strip_name(session, "smile", [0.0, 50.0, 100.0]) == "astronaut-smile-0-to-100-in-3-steps"
    weaker = replace(session, edits=(Edit("direction", "smile", -87.0),))
    assert picture_name(weaker) == "astronaut-smile-minus-87"
    assert strip_name(session, "smile", [-50.0, 100.0]) == "astronaut-smile-minus-50-to-100-in-2-steps"
    assert picture_name(session, others=2) == "astronaut-3-faces-edited", "60 % is of one of them alone"
    assert picture_name(replace(session, edits=()), others=1) == "astronaut-1-face-edited"


def test_closing_while_a_run_goes_on_asks_and_can_be_called_off(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with qtbot.waitSignal(services.job.event_received, timeout=20_000):
        services.job.start(TrainConfig(), tmp_path / "run")
    monkeypatch.setattr(window.closing, "ask", lambda: False)
    window.close()
    assert window.isVisible()
    assert services.job.is_active
    monkeypatch.setattr(window.closing, "ask", lambda: True)
    with qtbot.waitSignal(services.job.ended, timeout=20_000):
        window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert not services.job.is_active


def test_a_run_that_ends_while_closing_is_asked_does_not_hold_the_window(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with qtbot.waitSignal(services.job.event_received, timeout=20_000):
        services.job.start(TrainConfig(), tmp_path / "run")

    def answer_late() -> bool:
        services.job.shutdown()
        return True

    monkeypatch.setattr(window.closing, "ask", answer_late)
    window.close()
    assert not window.isVisible()


def test_closing_again_while_the_run_stops_asks_nothing(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with qtbot.waitSignal(services.job.event_received, timeout=20_000):
        services.job.start(TrainConfig(), tmp_path / "run")
    asked: list[bool] = []
    monkeypatch.setattr(window.closing, "ask", lambda: asked.append(True) or True)
    window.close()
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=20_000)
    assert asked == [True]


def test_edits_that_no_file_has_are_asked_about_before_the_window_closes(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path
) -> None:
    open_model(qtbot, window, services)
    document, asked = services.document, []

    def answer(text: str) -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        next(button for button in box.buttons() if button.text() == text).click()

    def close(answered: str) -> bool:
        QTimer.singleShot(0, window, lambda: answer(answered))
        window.close()
        return not window.isVisible()

    z = document.session.anchor.z
    document.set_edit("direction", "smile", 30.0)
    assert document.unsaved == [], "a sample is nobody's picture"
    for name in ("anna.png", "ben.png"):
        document.set_anchor(Anchor("file", name, name, z))
        document.set_edit("direction", "smile", 60.0)
    assert not close("Cancel")
    assert asked == ["The edits of anna.png and ben.png aren't saved."]
    with qtbot.waitSignal(services.messenger.message_posted):
        qtbot.waitUntil(lambda: window.explore.is_up_to_date)
        window.files.save_picture()
        save_into(window, tmp_path)
    assert not close("Cancel")
    assert asked[1:] == ["The edit of anna.png isn't saved."]
    document.set_edit("direction", "smile", 70.0)
    assert document.unsaved == ["anna.png", "ben.png"], "another edit than the saved one"
    document.undo_stack.undo()
    assert document.unsaved == ["anna.png"]
    document.set_anchor(Anchor("file", "anna.png", "anna.png", z))
    document.reset_edits()
    assert document.unsaved == []
    document.undo_stack.undo()
    assert close("Close without saving")
    assert len(asked) == 3


def test_a_reopened_edit_is_saved_already() -> None:
    document = Document()
    document.set_model(fake_model(directions={"smile": direction()}))
    one = Anchor("photo", "two.jpg", "two.jpg", (0.0,) * 8, (10.0, 10.0, 20.0, 10.0))
    other = replace(one, eyes=(80.0, 10.0, 90.0, 10.0))
    model = document.model.id
    document.restore(
        Session(model, one, (Edit("direction", "smile", 50.0),)), "two", [Session(model, other, (Edit("dimension", "1", 1.0),))]
    )
    assert document.session.edits
    document.note_saved(one, document.picture_edits(one))
    assert document.unsaved == []
    document.set_edit("direction", "smile", 20.0)
    assert document.unsaved == ["two.jpg"]


def test_saving_and_new_faces_by_their_keys_mean_the_tab_in_front(
    qtbot: QtBot, window: MainWindow, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[str] = []
    monkeypatch.setattr(window.files, "save_picture", lambda: saved.append("face"))
    monkeypatch.setattr(window.panel(GALLERY), "save", lambda: saved.append("sheet"))
    for index in (GALLERY, EXPLORE):
        window.show_tab(index)
        QTest.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert saved == ["sheet", "face"]
    window.show_tab(DATA)
    with qtbot.waitSignal(window.panel(DATA).faces.shuffled):  # type: ignore[attr-defined]
        QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)


def press(window: MainWindow, key: Qt.Key) -> None:
    QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)


@pytest.mark.long
def test_in_train_the_keys_take_the_pictures_in_sight_or_say_why_not(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    said: list[str] = []
    services.messenger.message_posted.connect(lambda message: said.append(message.text))
    monkeypatch.setattr(window.files, "save_picture", lambda: done.append("face"))
    monkeypatch.setattr(window.files, "copy_picture", lambda: done.append("face"))
    window.resize(1366, 768)
    window.show_tab(TRAIN)
    preview = window.train.view.preview
    qtbot.waitUntil(preview.isVisible, timeout=10_000)
    monkeypatch.setattr(preview.picture, "ask", lambda *_: done.append("saved"))
    monkeypatch.setattr(preview.picture, "copy", lambda *_: done.append("copied"))

    def answers() -> tuple[list[str], list[str]]:
        done.clear()
        said.clear()
        press(window, Qt.Key.Key_S)
        press(window, Qt.Key.Key_C)
        return list(done), list(dict.fromkeys(said))

    assert answers() == ([], ["There are no pictures of a run here yet."])
    sheets = {epoch: tmp_path / "faces-1" / "previews" / preview_name(epoch) for epoch in (1, 2)}
    save_picture(sheets[1], grid([np.full((8, 16, 16, 3), 60, np.uint8)] * 2))
    sheets[2].write_bytes(b"no picture")
    preview.set_previews({1: sheets[1]})
    qtbot.waitUntil(lambda: preview.epoch == 1, timeout=10_000)
    assert answers() == (["saved", "copied"], [])
    window.train.stage.show_table(True)
    assert answers() == ([], ["The pictures of the run are behind the table of runs; close it first."])
    window.train.stage.show_table(False)
    window.train.columns.fold(window.train._right, True)
    assert answers() == ([], ["The pictures of the run are folded away; unfold them first."])
    window.train.columns.fold(window.train._right, False)
    preview.set_previews(sheets)
    qtbot.waitUntil(lambda: preview.epoch == 2, timeout=10_000)
    assert answers() == ([], ["The preview of epoch 2 can't be read."])


def test_where_no_picture_is_in_sight_none_is_saved_or_copied(
    window: MainWindow, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    said: list[str] = []
    services.messenger.message_posted.connect(lambda message: said.append(message.text))
    monkeypatch.setattr(window.files, "save_picture", lambda: done.append("face"))
    monkeypatch.setattr(window.files, "copy_picture", lambda: done.append("face"))
    window.show_tab(DATA)
    press(window, Qt.Key.Key_S)
    press(window, Qt.Key.Key_C)
    assert (done, said) == ([], ["The edited picture is in Explore; go there to save or copy it."] * 2)
    said.clear()
    window.show_tab(GALLERY)
    press(window, Qt.Key.Key_C)
    assert (done, said) == ([], ["The Gallery's pictures can't be copied; save them instead."])


@pytest.mark.parametrize("asks", ["open_data", "open_digits"])
def test_pictures_that_nobody_chose_leave_the_tab_in_front(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asks: str
) -> None:
    write_faces(tmp_path / "faces", {"": 8})
    fronts: list[int] = []
    answers = ["", str(tmp_path / "faces")]

    def answer(*_: object) -> str:
        fronts.append(window.tabs.currentIndex())
        return answers.pop(0)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", answer)
    window.actions_by_id[asks].trigger()
    assert window.tabs.currentIndex() == EXPLORE
    with qtbot.waitSignal(window.data.reading_ended, timeout=20_000) if asks == "open_data" else nullcontext():
        window.actions_by_id[asks].trigger()
        assert window.tabs.currentIndex() == DATA
    assert fronts == [EXPLORE, EXPLORE], "asked where the person is"


@pytest.mark.long
@pytest.mark.parametrize("size", [(1366, 728), (1024, 700), (1920, 1000)])
def test_a_message_never_lies_over_the_face_that_is_edited(
    qtbot: QtBot, window: MainWindow, services: Services, size: tuple[int, int]
) -> None:
    open_model(qtbot, window, services)
    window.resize(*size)
    QApplication.processEvents()
    services.document.set_edit("direction", "smile", 60.0)
    canvas = window.explore.canvas
    (picture,) = canvas.picture_rects()
    face = picture.translated(canvas.mapTo(window, QPoint()))
    for text in ("The slider “smile” follows the class means now.", "Saved anna-smile-60.png.", "It is empty. " * 12):
        services.messenger.post(Message(text, "error", action=("Put the earlier one back", lambda: None)))
        card = window.toasts.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        assert window.rect().contains(card)
        assert not card.intersects(face), (text, card, face)
        window.toasts.clear()
    services.messenger.success("Saved anna-smile-60.png.", action=("Show in folder", lambda: None))
    over = window.toasts.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
    assert not window.toasts.toasts() or not over.intersects(face)


def test_geometry_is_remembered(qtbot: QtBot, services: Services) -> None:
    first = MainWindow(services)
    first.resize(1111, 777)
    first.show()
    qtbot.waitExposed(first)
    first.close()
    assert UiSettings.load().window_geometry == services.settings.value.window_geometry != b""


def test_a_face_from_the_gallery_is_edited_in_explore(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    open_model(qtbot, window, services)
    window.show_tab(GALLERY)
    anchor = Anchor("sample", "Sample 9", "7/8", tuple(map(float, np.zeros(12))))
    window.panel(GALLERY).face_chosen.emit(anchor, None, "")
    assert window.tabs.currentIndex() == EXPLORE
    assert services.document.session.anchor == anchor


def test_the_model_menu_says_which_are_shipped_and_which_are_runs(window: MainWindow, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "mine-1" / "checkpoints"
    run.mkdir(parents=True)
    (run / "best.safetensors").write_bytes(b"")
    menu = window.header.model_button.menu()
    menu.aboutToShow.emit()
    words = []
    for action in menu.actions():
        label = action.defaultWidget() if isinstance(action, QWidgetAction) else None
        words.append(label.text() if isinstance(label, QLabel) else action.text())
    names = [text.partition("\t")[0] for text in words]
    names = names[: words.index("mine-1") + 1]
    assert names == ["Shipped models", "faces", "codes", "colours", "drawn", "sparse", "", "Runs", "mine-1"]


def test_the_model_menu_lists_runs_as_the_list_of_runs_does(window: MainWindow, tmp_path: Path) -> None:
    """By when they began: a direction that is fitted writes an old model's file anew, and a queued run is planned early."""
    runs = tmp_path / "runs"
    for name, began, saved in (("mine-1", 1000.0, 9000.0), ("mine-3", 3000.0, 4000.0), ("mine-2", 2000.0, 5000.0)):
        os.utime(make_run(runs / name, 1, began) / "checkpoints" / "best.safetensors", (saved, saved))
    menu = window.header.model_button.menu()
    menu.aboutToShow.emit()
    names = [action.text().partition("\t")[0] for action in menu.actions()]
    listed = [run.name for run in list_runs(runs)]
    assert [name for name in names if name in listed] == listed == ["mine-3", "mine-2", "mine-1"]


def test_the_model_menu_says_what_each_model_is(window: MainWindow, tmp_path: Path) -> None:
    for name, config in (
        ("plain", with_values(preset("quick"), {"objective.beta": 4.0, "data.image_size": 64, "model.latent_dim": 32})),
        ("grid", with_values(preset(family("vq_vae").presets[0].name), {"data.image_size": 64})),
    ):
        folder = tmp_path / "runs" / name
        (folder / "checkpoints").mkdir(parents=True)
        (folder / "checkpoints" / "best.safetensors").touch()
        write_json(folder / "config.json", to_dict(config))
    write_model(tmp_path / "lone.safetensors")
    window.recent.add_model(str(tmp_path / "lone.safetensors"))
    menu = window.header.model_button.menu()
    menu.aboutToShow.emit()
    said = dict(action.text().split("\t") for action in menu.actions() if "\t" in action.text())
    assert said["plain"] == "VAE, 64 px, latent 32, beta 4"
    assert said["grid"].startswith("VQ-VAE, 64 px, 16×16 of ")
    assert said["codes"].startswith("VQ-VAE, 64 px, 8×8 of 256 codes")
    assert said["sparse"].startswith("SC-VAE, 64 px, 8×8 places, 128 atoms")
    assert said["faces"].startswith("VAE, 128 px, latent ")
    assert said["lone"].startswith("VAE, ")
    tips = {action.text().partition("\t")[0]: action.toolTip() for action in menu.actions()}
    assert tips["plain"].startswith("VAE, 64 px, latent 32, beta 4\n")


def test_to_choose_the_model_in_use_is_answered(qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    model = fake_model(name="mine")
    model.engine.header = replace(model.header, id=write_model(path))  # type: ignore[misc]
    services.document.set_model(replace(model, path=str(path)))
    asked: list[str] = []
    window.model_requested.connect(asked.append)
    with qtbot.waitSignal(services.messenger.message_posted) as said:
        window.header.model_chosen.emit(str(path))
    assert said.args[0].text == "The model mine is in use already."
    assert not asked
    path.unlink()
    window.header.model_chosen.emit(str(path))
    assert asked == [str(path)], "opening it says what is wrong"


@pytest.mark.long
def test_the_model_menu_lists_what_was_opened_lately_besides(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path
) -> None:
    run = tmp_path / "runs" / "faces-1" / "checkpoints" / "best.safetensors"
    elsewhere = tmp_path / "usb" / "smile-3" / "checkpoints" / "best.safetensors"
    gone = tmp_path / "gone.safetensors"
    for path in (run, elsewhere):
        path.parent.mkdir(parents=True)
        path.touch()
    for path in (gone, elsewhere, run):
        window.recent.add_model(str(path))
    menu = window.header.model_button.menu()
    menu.aboutToShow.emit()
    names = [action.text() for action in menu.actions()]
    assert names.count("faces-1") == 1, "it is listed as a run"
    assert names[-4:-2] == ["smile-3", "gone"], names
    with qtbot.waitSignal(window.model_requested) as asked:
        menu.actions()[-4].trigger()
    assert asked.args == [str(elsewhere)]
    with qtbot.waitSignal(services.messenger.message_posted) as said:
        menu.actions()[-3].trigger()
    assert "is gone" in said.args[0].text


@pytest.mark.long  # all windows that other tests left are styled anew
def test_the_mark_of_the_about_dialog_follows_the_theme(qtbot: QtBot, window: MainWindow) -> None:
    dialog = AboutDialog(window)
    qtbot.addWidget(dialog)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    try:
        pictures = []
        for theme in ("light", "dark"):
            apply_theme(app, theme)
            pictures.append(dialog.findChild(QLabel, "mark").pixmap().toImage())
        assert pictures[0] != pictures[1]
    finally:
        apply_theme(app, "system")


def test_the_about_dialog_names_all_models_that_are_for_research_only(qtbot: QtBot, window: MainWindow) -> None:
    dialog = AboutDialog(window)
    qtbot.addWidget(dialog)
    text = " ".join(label.text() for label in dialog.findChildren(QLabel))
    for name, path in shipped().items():
        assert (f"“{name}”" in text) is ("non-commercial" in read_header(path).data["licence"])


def test_no_word_of_the_about_dialog_is_cut_off(qtbot: QtBot, window: MainWindow) -> None:
    dialog = AboutDialog(window)
    qtbot.addWidget(dialog)
    dialog.resize(100, 100)  # as on a screen that is small
    dialog.show()
    for label in dialog.findChildren(QLabel):
        assert label.height() >= label.heightForWidth(label.width())


def test_pasting_into_a_field_is_the_fields_and_anywhere_else_a_photo(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    open_model(qtbot, window, services)
    posted: list[str] = []
    services.messenger.message_posted.connect(lambda message: posted.append(message.text))
    QApplication.clipboard().setText("9")
    steps = window.explore.strip._steps
    steps.setFocus()
    steps.selectAll()
    QTest.keyClick(steps, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert steps.value() == 9
    assert posted == []
    window.explore.canvas.setFocus()
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert "no picture on the clipboard" in posted[0]
    QApplication.clipboard().clear()


def test_an_edit_is_copied_with_keys_and_offered_for_many_pictures(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    open_model(qtbot, window, services)
    actions = window.actions_by_id
    assert not any(actions[name].isEnabled() for name in ("copy_edit", "paste_edit", "apply_edit", "save_film"))
    services.document.set_edit("direction", "smile", 60.0)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_C, both)
    services.document.reset_edits()
    assert actions["apply_edit"].isEnabled(), "there is a copy"
    QTest.keyClick(window, Qt.Key.Key_V, both)
    assert services.document.session.weight("direction", "smile") == 60.0
    QTest.keyClick(window, Qt.Key.Key_A, both)
    dialog = window.findChild(ApplyEdit)
    assert dialog.isVisible()
    assert not dialog.isModal()
    assert dialog.edit_label.text() == "smile 60\u00a0%"
    dialog.close()
    assert [action.objectName() for action in window.explore.strip.more.menu().actions()][:2] == ["save_before_after", "save_film"]


def test_keys_look_closer_at_what_is_in_front(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    open_model(qtbot, window, services)
    canvas, ctrl = window.explore.canvas, Qt.KeyboardModifier.ControlModifier
    qtbot.waitUntil(lambda: canvas.has_image, timeout=10_000)
    QTest.keyClick(window, Qt.Key.Key_Plus, ctrl)
    QTest.keyClick(window, Qt.Key.Key_Equal, ctrl)
    closer = canvas.view
    assert closer.zoom > 1.2 * closer.fitted
    QTest.keyClick(window, Qt.Key.Key_Minus, ctrl)
    assert canvas.view.zoom < closer.zoom
    QTest.keyClick(window, Qt.Key.Key_0, ctrl | Qt.KeyboardModifier.AltModifier)
    assert canvas.view.zoom == 1.0
    services.document.set_edit("direction", "smile", 60.0)
    QTest.keyClick(window, Qt.Key.Key_B, ctrl)
    assert window.explore.tools.before.isChecked()
    QTest.keyClick(window, Qt.Key.Key_B, ctrl | Qt.KeyboardModifier.ShiftModifier)
    assert window.explore.tools.split.isChecked()
    window.show_tab(GALLERY)
    qtbot.waitUntil(window.gallery.samples.sheet.isVisible, timeout=10_000)
    for key, count in ((Qt.Key.Key_Plus, 1), (Qt.Key.Key_0, 0)):
        QTest.keyClick(window, key, ctrl)
        assert len([sheet for sheet in window.gallery.findChildren(PictureSheet) if sheet.is_zoomed]) == count
    assert canvas.view.zoom == 1.0
    window.show_tab(EXPLORE)
    QTest.keyClick(window, Qt.Key.Key_0, ctrl)
    assert canvas.view.chosen is None


@pytest.mark.long
def test_plain_pixels_are_a_choice_of_the_whole_window_and_remembered(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    open_model(qtbot, window, services)
    window.resize(1280, 800)
    action = window.actions_by_id["plain_pixels"]
    assert not action.isChecked()
    assert action in window.menus.canvas_menu().actions()
    smooth = to_array(window.explore.canvas.grab().toImage())
    try:
        action.trigger()
        plain = to_array(window.explore.canvas.grab().toImage())
        assert len(np.unique(plain.reshape(-1, 3), axis=0)) < len(np.unique(smooth.reshape(-1, 3), axis=0)), "no mixed colours"
        assert services.settings.value.plain_pixels
        again = MainWindow(services)
        qtbot.addWidget(again)
        assert again.actions_by_id["plain_pixels"].isChecked()
        assert shows_plain_pixels()
    finally:
        action.setChecked(False)
        show_plain_pixels(False)


def test_messages_are_announced_to_screen_readers(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, bool]] = []

    def hear(event: QAccessibleAnnouncementEvent) -> None:
        heard.append((event.message(), event.politeness() == QAccessible.AnnouncementPoliteness.Assertive))

    monkeypatch.setattr(QAccessible, "updateAccessibility", hear)
    window._services.messenger.info("Saved.")
    window._services.messenger.error("The disk is full.")
    assert heard == [("Saved.", False), ("The disk is full.", True)]

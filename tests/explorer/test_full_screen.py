"""A picture on the whole screen, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from explorer.messages import Message
from explorer.windows.full_screen import ACTIONS, FullScreen
from explorer.windows.main_window import DATA, EXPLORE, GALLERY, TRAIN, MainWindow
from tests.explorer.test_document import direction
from tests.explorer.test_main_window import services, window  # noqa: F401 - fixtures
from tests.explorer.test_preview import run  # noqa: F401 - fixture
from tests.helpers.fake_engine import fake_model


@pytest.fixture
def shown(qtbot: QtBot, window: MainWindow) -> MainWindow:  # noqa: F811
    """The window with a face on Explore's canvas."""
    window._services.document.set_model(fake_model(directions={"smile": direction()}))
    window.explore.choose_first_face()
    qtbot.waitUntil(lambda: window.explore.is_up_to_date, timeout=10_000)
    return window


def full(qtbot: QtBot, window: MainWindow) -> FullScreen:  # noqa: F811
    screen = window.full_screen
    assert screen is not None
    qtbot.waitExposed(screen)
    return screen


def test_the_key_fills_the_screen_and_escape_leads_back(qtbot: QtBot, shown: MainWindow) -> None:
    canvas = shown.explore.canvas
    home, size, place = canvas.parentWidget(), canvas.size(), canvas.pos()
    QTest.keyClick(shown, Qt.Key.Key_F11)
    screen = full(qtbot, shown)
    assert screen.isFullScreen()
    assert canvas.window() is screen
    assert canvas.size() == screen.size() == shown.screen().geometry().size()
    assert screen.focusWidget() is canvas
    QTest.keyClick(screen, Qt.Key.Key_Escape)
    assert shown.full_screen is None
    QApplication.sendPostedEvents()
    assert (canvas.parentWidget(), canvas.size(), canvas.pos()) == (home, size, place)
    assert canvas.isVisible()
    QTest.keyClick(shown, Qt.Key.Key_F11)
    QTest.keyClick(full(qtbot, shown), Qt.Key.Key_F11)
    assert shown.full_screen is None
    QTest.mouseClick(canvas.readout.full_screen, Qt.MouseButton.LeftButton)
    QTest.mouseClick(full(qtbot, shown).button, Qt.MouseButton.LeftButton)
    assert shown.full_screen is None


def test_zoom_before_split_and_undo_work_there(qtbot: QtBot, shown: MainWindow) -> None:
    document, canvas = shown._services.document, shown.explore.canvas
    document.set_edit("direction", "smile", 150.0)
    qtbot.waitUntil(lambda: shown.explore.is_up_to_date, timeout=10_000)
    shown.toggle_full_screen()
    screen = full(qtbot, shown)
    QTest.keyClick(screen, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert canvas.view.chosen is not None
    corner = canvas.view.area().topLeft()
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.view.area().topLeft() != corner
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    assert canvas.shows_before
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert not canvas.shows_before
    QTest.keyClick(screen, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert canvas.shows_split
    QTest.keyClick(screen, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document.session.edits == ()
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    screen.close()
    assert not canvas.shows_before


def test_its_menu_has_nothing_that_opens_a_dialog(qtbot: QtBot, shown: MainWindow) -> None:
    assert "save_picture" in {action.objectName() for action in shown.menus.canvas_menu().actions()}
    shown.toggle_full_screen()
    full(qtbot, shown)
    names = {action.objectName() for action in shown.menus.canvas_menu().actions()} - {""}
    assert "full_screen" in names
    assert names <= set(ACTIONS)


def test_the_way_back_is_seen_when_the_mouse_moves(qtbot: QtBot, shown: MainWindow) -> None:
    shown.toggle_full_screen()
    screen = full(qtbot, shown)
    screen._button_timer.timeout.emit()
    assert not screen.button.isVisible()
    place, none = QPointF(50, 50), Qt.MouseButton.NoButton
    move = QMouseEvent(QEvent.Type.MouseMove, place, place, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(screen.area, move)
    assert screen.button.isVisible()
    assert screen._button_timer.isActive()


def test_a_sheet_of_the_gallery_fills_the_screen_too(qtbot: QtBot, shown: MainWindow) -> None:
    shown.show_tab(GALLERY)
    qtbot.waitUntil(shown.gallery.samples.sheet.isVisible, timeout=10_000)
    shown.toggle_full_screen()
    screen = full(qtbot, shown)
    assert not shown.gallery.isAncestorOf(screen.area)
    assert screen.area.size() == screen.size()
    screen.close()
    assert shown.gallery.isAncestorOf(screen.area)


def test_choosing_a_face_of_the_gallery_leads_to_explore_in_sight(qtbot: QtBot, shown: MainWindow) -> None:
    shown.show_tab(GALLERY)
    qtbot.waitUntil(lambda: shown.gallery.samples.sheet.pictures() is not None, timeout=10_000)
    shown.toggle_full_screen()
    screen = full(qtbot, shown)
    sheet = shown.gallery.samples.sheet
    assert screen.area is sheet
    QTest.mouseDClick(sheet, Qt.MouseButton.LeftButton, pos=sheet.cell_rect(0).center())
    assert shown.tabs.currentIndex() == EXPLORE
    assert shown.full_screen is None
    assert shown.gallery.isAncestorOf(sheet)


def test_a_dialog_of_the_covered_window_ends_it(qtbot: QtBot, shown: MainWindow) -> None:
    shown.toggle_full_screen()
    full(qtbot, shown)
    dialog = QDialog(shown)
    dialog.open()
    qtbot.waitExposed(dialog)
    assert shown.full_screen is None
    assert shown.isAncestorOf(shown.explore.canvas)
    assert dialog.isVisible()
    dialog.close()


def test_saving_a_preview_from_its_menu_asks_in_sight(
    qtbot: QtBot,
    shown: MainWindow,
    run: Callable[..., dict[int, Path]],  # noqa: F811
) -> None:
    shown.show_tab(TRAIN)
    preview = shown.train.view.preview
    preview.set_previews(run("faces-1", 2))
    qtbot.waitUntil(lambda: preview.epoch == 2, timeout=10_000)
    shown.toggle_full_screen()
    sheet = full(qtbot, shown).area
    assert sheet is preview._sheet
    asked: list[bool] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        asked.append(shown.full_screen is None)
        dialog.reject()

    sheet.customContextMenuRequested.emit(sheet.rect().center())
    QTimer.singleShot(0, look)
    preview.menu.actions()[0].trigger()
    assert asked == [True]
    preview.menu.close()


def test_without_a_picture_it_is_said(shown: MainWindow) -> None:
    said: list[Message] = []
    shown._services.messenger.message_posted.connect(said.append)
    shown.show_tab(DATA)
    shown.toggle_full_screen()
    assert shown.full_screen is None
    assert [message.text for message in said] == ["There is no picture here that could fill the screen."]


def test_closing_the_program_brings_the_picture_back_first(qtbot: QtBot, shown: MainWindow) -> None:
    shown.toggle_full_screen()
    full(qtbot, shown)
    shown.close()
    assert shown.full_screen is None
    assert shown.isAncestorOf(shown.explore.canvas)

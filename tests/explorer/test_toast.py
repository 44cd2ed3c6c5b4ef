"""Messages in the corner."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from explorer.widgets import toast as toast_module
from explorer.widgets.toast import ToastArea


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    field = QLineEdit()
    QVBoxLayout(window).addWidget(field)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    field.setFocus()
    return window


def test_messages_stack_in_the_corner_without_taking_the_focus(qtbot: QtBot, window: QWidget) -> None:
    focused = QApplication.focusWidget()
    area = ToastArea(window, 48)
    assert not area.isVisible()
    area.show_message("Saved a.png.", "success")
    area.show_message("The folder holds no pictures.", "error", "Traceback")
    first, second = area.toasts()
    qtbot.waitUntil(lambda: first.geometry().bottom() < second.geometry().top() + 1)
    assert window.rect().contains(area.geometry())
    assert window.rect().right() - area.geometry().right() < 24
    assert QApplication.focusWidget() is focused
    window.resize(700, 500)
    assert window.rect().contains(area.geometry())


def test_messages_stay_above_buttons_while_those_are_seen(qtbot: QtBot, window: QWidget) -> None:
    button = QPushButton("Save")
    window.layout().addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
    area = ToastArea(window)
    area.stay_above(button)
    area.show_message("Saved a.png.", "success")
    qtbot.waitUntil(lambda: area.toasts()[0].mapTo(window, area.toasts()[0].rect().bottomLeft()).y() < button.y())
    beside = area.geometry().bottom()
    window.resize(700, 400)
    qtbot.waitUntil(lambda: area.geometry().bottom() < beside)
    assert area.toasts()[0].mapTo(window, area.toasts()[0].rect().bottomLeft()).y() < button.y()
    beside = area.geometry().bottom()
    button.hide()
    qtbot.waitUntil(lambda: area.geometry().bottom() > beside)


def test_what_fades_and_what_stays(qtbot: QtBot, window: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toast_module, "FADE_AFTER_MS", 20)
    area = ToastArea(window)
    area.show_message("Read this.", "error")
    area.show_message("For your information.", "info")
    area.show_message("Done.", "success")
    qtbot.waitUntil(lambda: len(area.toasts()) == 1)
    assert area.toasts()[0].kind == "error"
    with qtbot.assertNotEmitted(area.toasts()[0].closed, wait=120):
        pass
    qtbot.mouseClick(area.toasts()[0].close_button, Qt.MouseButton.LeftButton)
    assert area.toasts() == []
    assert not area.isVisible()


def test_an_error_goes_with_its_cause_and_fades_once_its_tab_is_left(
    qtbot: QtBot, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toast_module, "FADE_AFTER_MS", 20)
    area = ToastArea(window)
    for text, topics in (("Broken folder.", ("data", "tab 0")), ("No room.", ("tab 1",)), ("It failed.", ("run",))):
        area.show_message(text, "error", topics=topics)
    area.dismiss("data")
    assert [toast.text for toast in area.toasts()] == ["No room.", "It failed."]
    area.let_fade("tab 1")
    qtbot.waitUntil(lambda: [toast.text for toast in area.toasts()] == ["It failed."])
    area.let_fade("tab 1")
    area.show_message("No room.", "error", topics=("tab 1",))
    with qtbot.assertNotEmitted(area.toasts()[1].closed, wait=120):
        pass


def test_details_unfold_and_can_be_selected(qtbot: QtBot, window: QWidget) -> None:
    area = ToastArea(window)
    area.show_message("Something went wrong.", "error", "Traceback (most recent call last)")
    toast = area.toasts()[0]
    before = toast.height()
    qtbot.mouseClick(toast.details_button, Qt.MouseButton.LeftButton)
    view = toast.findChild(QPlainTextEdit)
    assert view.isVisible()
    assert view.toPlainText().startswith("Traceback")
    assert view.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
    assert toast.height() > before
    assert window.rect().contains(area.geometry())
    qtbot.mouseClick(toast.details_button, Qt.MouseButton.LeftButton)
    assert toast.height() == before


def test_an_action_acts_and_closes(qtbot: QtBot, window: QWidget) -> None:
    area = ToastArea(window)
    calls: list[str] = []
    area.show_message("Saved a.png.", "success", action=("Show in folder", lambda: calls.append("shown")))
    button = area.toasts()[0].action_button
    assert button is not None
    assert button.text() == "Show in folder"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert calls == ["shown"]
    assert area.toasts() == []


def test_the_same_again_is_counted(window: QWidget) -> None:
    area = ToastArea(window)
    for _ in range(3):
        area.show_message("No room on the disk.", "error")
    assert len(area.toasts()) == 1
    assert area.toasts()[0].label.text() == "No room on the disk. (×3)"


def test_a_flood_keeps_the_errors(window: QWidget) -> None:
    area = ToastArea(window)
    area.show_message("Read this.", "error")
    for i in range(12):
        area.show_message(f"Note {i}", "info")
    kinds = [toast.kind for toast in area.toasts()]
    assert kinds.count("error") == 1
    assert len(kinds) <= 6
    assert area.toasts()[-1].text == "Note 11"


def test_it_mirrors(themed_app: QApplication, window: QWidget) -> None:
    window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    area = ToastArea(window)
    area.show_message("Saved.", "info")
    assert area.geometry().left() < 24


def test_what_has_a_button_stays_for_longer(window: QWidget) -> None:
    area = ToastArea(window)
    area.show_message("Done.", "success")
    area.show_message("Done.", "success", action=("Take it back", lambda: None))
    assert [toast._timer.interval() for toast in area.toasts()] == [
        toast_module.FADE_AFTER_MS,
        2 * toast_module.FADE_AFTER_MS,
    ]

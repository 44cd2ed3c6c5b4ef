"""Messages in the corner."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import QCursor, QEnterEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QPlainTextEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from explorer.gallery.sheet import PictureSheet
from explorer.messages import Message
from explorer.widgets import toast as toast_module
from explorer.widgets.last_message import LastMessage
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.status_line import MessageLine
from explorer.widgets.toast import ToastArea


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    QCursor.setPos(0, 0)  # a message under the mouse stays where it is
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
    assert not cards(area)[0].intersects(cards(area)[1])
    assert second.geometry().bottom() < first.geometry().bottom(), "the earlier one stays in the corner"
    assert window.rect().contains(area.geometry())
    assert window.rect().right() - area.geometry().right() < 24
    assert QApplication.focusWidget() is focused
    window.resize(700, 500)
    assert window.rect().contains(area.geometry())


def cards(area: ToastArea) -> list[QRect]:
    """Where the visible messages' cards are in the window."""
    inside = (toast_module.SHADOW,) * 2 + (-toast_module.SHADOW,) * 2
    return [
        QRect(toast.mapTo(area.parentWidget(), QPoint()), toast.size()).adjusted(*inside)
        for toast in area.toasts()
        if toast.isVisible()
    ]


def test_messages_cover_nothing_that_can_be_pressed(qtbot: QtBot, window: QWidget) -> None:
    area = ToastArea(window)
    area.show_message("Saved a.png.", "success")
    corner = cards(area)[0]
    button = QPushButton("Save", window)
    button.setGeometry(window.width() - 140, window.height() - 60, 120, 28)
    button.show()
    qtbot.waitUntil(lambda: not cards(area)[0].intersects(button.geometry()))
    assert cards(area)[0].right() == corner.right(), "just above it"
    assert cards(area)[0].bottom() < button.y()
    window.resize(600, 400)
    button.move(460, 340)
    qtbot.waitUntil(lambda: not cards(area)[0].intersects(button.geometry()))
    column = QWidget(window)
    column.setGeometry(420, 60, 180, 340)
    rows = QVBoxLayout(column)
    for number in range(6):
        rows.addWidget(QPushButton(str(number)))
    column.show()
    buttons = [QRect(button.mapTo(window, QPoint()), button.size()) for button in column.findChildren(QPushButton)]
    qtbot.waitUntil(lambda: not any(cards(area)[0].intersects(rect) for rect in buttons))
    assert window.rect().contains(cards(area)[0])
    column.hide()
    button.hide()
    window.resize(800, 600)
    qtbot.waitUntil(lambda: cards(area)[0] == corner)


def test_a_message_stays_where_it_is_whatever_becomes_of_the_others(qtbot: QtBot, window: QWidget) -> None:
    area = ToastArea(window)
    texts = ["Saved a.png.", "It failed. " * 12, "Saved b.png."]
    area.show_message(texts[0], "error")
    places = [cards(area)[0]]
    for text in texts[1:]:
        area.show_message(text, "error", "Traceback")
        assert cards(area)[: len(places)] == places, "none makes way for a newer one"
        places = cards(area)
    assert not any(one.intersects(other) for one in places for other in places if one is not other)
    strip = QPushButton("Cancel", window)
    strip.setGeometry(0, 0, 60, 28)
    strip.show()
    area._looking.timeout.emit()
    assert cards(area) == places, "what came covers none of them"
    qtbot.mouseClick(area.toasts()[2].details_button, Qt.MouseButton.LeftButton)
    assert cards(area)[:2] == places[:2]
    first = area.toasts()[0]
    first.close_now()
    assert cards(area)[0] == places[1]
    holes = area.mask().translated(area.pos())
    assert not holes.contains(places[0].center()), "what is between messages can be pressed"
    window.resize(820, 620)
    assert window.rect().bottom() - max(card.bottom() for card in cards(area)) < 24, "in the corner of the larger window"


def test_a_message_makes_way_once_a_page_stands_still(qtbot: QtBot, window: QWidget) -> None:
    page = QScrollArea(window)
    page.setGeometry(0, 0, 800, 600)
    long = QWidget()
    long.setFixedSize(780, 3000)
    buttons = [QPushButton("Save figure", long) for _ in range(4)]
    for row, button in enumerate(buttons):
        button.setGeometry(600, 900 + 300 * row, 120, 28)
    page.setWidget(long)
    page.show()
    area = ToastArea(window)
    area.show_message("It failed.", "error")
    corner = cards(area)[0]
    below = next(y for y in range(3000) if corner.translated(0, y).intersects(buttons[0].geometry()))
    area._looking.timeout.emit()  # nothing changes any more
    page.verticalScrollBar().setValue(below + 4)
    area._looking.timeout.emit()
    assert cards(area)[0] == corner, "while it is scrolled"
    for _ in range(toast_module._STILL):
        area._looking.timeout.emit()
    moved = cards(area)[0]
    assert not any(moved.intersects(QRect(button.mapTo(window, QPoint()), button.size())) for button in buttons)
    area.clear()
    page.verticalScrollBar().setValue(0)
    area.show_message("It failed.", "error")
    page.verticalScrollBar().setValue(below + 4)  # by what led to the message, such as a strip of progress that goes
    qtbot.waitUntil(lambda: cards(area)[0] != corner, timeout=100)


def test_no_picture_is_covered_while_a_place_is_blank(window: QWidget) -> None:
    """Neither by the message over how far work is, which is no picture but must be seen."""
    sheet = PictureSheet(window, columns=8)
    sheet.setGeometry(0, 0, 800, 600)
    sheet.set_pictures([[np.zeros((8, 8, 3), np.uint8)] * 32])
    sheet.show()
    drawn = QRect(sheet.cell_rect(0).topLeft(), sheet.cell_rect(31).bottomRight())
    assert drawn.top() > 80
    strip = ProgressStrip(window)
    strip.start("Drawing pages")
    strip.setGeometry(0, 560, 800, 40)
    strip.show()
    area = ToastArea(window, 0)
    for number in range(2):
        area.show_message(f"Saved {number}.", "success")
        assert not any(card.intersects(drawn) or card.intersects(strip.geometry()) for card in cards(area))
    strip.finish()
    area.clear()
    sheet.set_pictures([[np.zeros((8, 8, 3), np.uint8)]])
    sheet.setGeometry(0, 0, 1040, 520)  # leaves 320 units at the right
    sheet.move(-260, 0)
    area.show_message("Saved.", "success")
    assert not cards(area)[0].intersects(sheet.cell_rect(0).translated(sheet.pos())), "narrower, it has room"
    sheet.set_pictures([[np.zeros((8, 8, 3), np.uint8)] * 64])  # fills all of it
    sheet.set_columns(11)
    area._looking.timeout.emit()
    assert all(toast.isVisible() for toast in area.toasts())


def test_messages_wait_where_there_is_no_place_for_all(qtbot: QtBot, window: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    buttons = [QPushButton("Save", window) for _ in range(5)]
    for row, button in enumerate(buttons):
        button.setGeometry(0, 100 * row, 420, 28 if row else 200)
        button.show()
    window.resize(420, 560)
    area = ToastArea(window)
    for number in range(4):
        area.show_message(f"It failed, {number}.", "error")
    oldest, *older, newest = area.toasts()
    assert not oldest.isVisible(), "four have no place"
    assert newest.isVisible()
    assert not any(card.intersects(button.geometry()) for card in cards(area) for button in buttons)
    for toast in (*older, newest):
        toast.close_now()
    assert oldest.isVisible()
    monkeypatch.setattr(toast_module, "FADE_AFTER_MS", 20)
    for button in buttons[1:]:
        button.hide()
    area.clear()
    for number in range(5):
        area.show_message(f"Note {number}.")
    qtbot.waitUntil(lambda: area.toasts() == [])


def test_where_there_is_least_room_a_message_is_flat(qtbot: QtBot, window: QWidget) -> None:
    calls: list[str] = []
    window.resize(640, 360)
    buttons = [QPushButton("Save", window) for _ in range(6)]
    for row, button in enumerate(buttons):
        button.setGeometry(0, 60 * row, 640, 28)
        button.show()
    buttons[-1].setGeometry(0, 280, 640, 28)
    area = ToastArea(window, bottom_margin=48)
    area.show_message("Saved a.png.", "success", action=("Show in folder", lambda: calls.append("shown")))
    toast = area.toasts()[0]
    assert not any(cards(area)[0].intersects(button.geometry()) for button in buttons)
    assert cards(area)[0].height() < 48
    assert window.rect().contains(cards(area)[0])
    qtbot.waitUntil(lambda: toast.action_button.x() > toast.label.geometry().right())
    area.show_message("No room on the disk. " * 20, "error", action=("Show in folder", lambda: None))
    long = area.toasts()[1]
    assert not any(cards(area)[-1].intersects(button.geometry()) for button in buttons)
    assert long.label.text().endswith("…")
    assert long.label.toolTip() == long.text, "all of it can be read"
    long.close_now()
    assert toast.is_flat
    for button in buttons:
        button.hide()
    qtbot.waitUntil(lambda: not toast.is_flat)
    area.show_message(long.text, "error")
    long = area.toasts()[1]
    window.resize(800, 600)
    assert long.label.text() == long.text
    qtbot.waitUntil(lambda: toast.action_button.y() > toast.label.geometry().bottom())
    qtbot.mouseClick(toast.action_button, Qt.MouseButton.LeftButton)
    assert calls == ["shown"]


def test_a_message_that_stays_is_hardly_any_work(window: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error never fades: it was looked at seven times a second for as long as it stood there, also in a hidden window."""
    window.resize(640, 360)
    buttons = [QPushButton("Save", window) for _ in range(6)]
    for row, button in enumerate(buttons):
        button.setGeometry(0, 56 * row, 640, 28)
        button.show()
    area = ToastArea(window, bottom_margin=48)
    area.show_message("No room on the disk.", "error")
    assert area.toasts()[0].is_flat
    placed: list[bool] = []
    find_place = toast_module.find_place
    monkeypatch.setattr(toast_module, "find_place", lambda *given: placed.append(True) or find_place(*given))
    quick = area._looking.interval()
    for _ in range(4000 // quick):
        area._looking.timeout.emit()
    assert placed == [], "nothing has changed"
    assert area._looking.interval() >= 1000
    window.hide()
    assert not area._looking.isActive()
    window.show()
    assert area._looking.isActive()
    assert area._looking.interval() == quick
    for _ in range(4000 // quick):
        area._looking.timeout.emit()
    for button in buttons:
        button.hide()
    area._looking.timeout.emit()
    assert not area.toasts()[0].is_flat
    assert area._looking.interval() == quick, "more may follow"
    window.hide()
    area.show_message("No room on the disk either.", "error")
    assert not area._looking.isActive()
    area.clear()
    window.show()
    assert not area._looking.isActive(), "there is no message"


def test_the_rows_of_a_list_are_never_covered_but_what_is_below_them(window: QWidget) -> None:
    area = ToastArea(window)
    rows = QListWidget(window)
    rows.setGeometry(400, 0, 400, 600)
    rows.addItems(["faces-1", "faces-2"])
    rows.show()
    area.show_message("Saved a.png.", "success")
    corner = cards(area)[0]
    assert window.rect().right() - corner.right() < 24
    rows.addItems(["faces"] * 40)
    area.set_front("another tab")
    assert not cards(area)[0].intersects(rows.geometry())


def test_rather_over_a_picture_than_over_a_list_but_near_the_corner(window: QWidget) -> None:
    area = ToastArea(window)
    window.resize(1000, 600)
    grid = QPlainTextEdit(window)
    grid.setGeometry(600, 40, 400, 560)
    grid.show()
    area.show_message("Saved a.png.", "success")
    assert not cards(area)[0].intersects(grid.geometry()), "beside it is a place"
    grid.setGeometry(0, 40, 1000, 560)
    window.resize(1001, 600)
    assert window.rect().right() - cards(area)[0].right() < 24, "over it everywhere"


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


def test_an_error_goes_with_its_cause_and_is_seen_with_its_tab(
    qtbot: QtBot, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toast_module, "FADE_AFTER_MS", 20)
    area = ToastArea(window)
    area.set_front("tab 0")

    def seen() -> list[str]:
        return [toast.text for toast in area.toasts() if toast.isVisible()]

    for text, topics, home in (("Broken folder.", ("data",), "tab 0"), ("No room.", (), "tab 0"), ("It failed.", ("run",), "")):
        area.show_message(text, "error", topics=topics, home=home)
    assert len(seen()) == 3
    area.dismiss("data")
    assert seen() == ["No room.", "It failed."]
    area.set_front("tab 1")
    assert seen() == ["It failed."], "it belongs everywhere"
    area.dismiss("run")
    assert (seen(), area.isVisible()) == ([], False)
    area.show_message("Nothing to read.", "error", home="tab 0")
    assert seen() == ["Nothing to read."], "it is said, though it came late"
    qtbot.waitUntil(lambda: seen() == [])
    area.set_front("tab 0")
    assert seen() == ["No room.", "Nothing to read."], "to be read where they belong"
    with qtbot.assertNotEmitted(area.toasts()[0].faded, wait=120):
        pass
    area.set_front("tab 1")
    area.show_message("No room.", "error", home="tab 1")
    assert (seen(), len(area.toasts())) == (["No room."], 2), "the same again, of this tab"


def test_going_to_and_fro_keeps_no_message_from_fading(qtbot: QtBot, window: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toast_module, "FADE_AFTER_MS", 200)
    area = ToastArea(window)
    area.set_front("tab 0")
    area.show_message("Done.", "success", home="tab 0")
    tabs = itertools.cycle(["tab 1", "tab 0"])
    going = QTimer(window)
    going.timeout.connect(lambda: area.set_front(next(tabs)))
    going.start(30)
    qtbot.waitUntil(lambda: area.toasts() == [], timeout=3000)


def test_what_is_read_doesnt_fade_when_tabs_change_or_it_comes_again(qtbot: QtBot, window: QWidget) -> None:
    area = ToastArea(window)
    area.set_front("tab 0")
    for details in ("", "Traceback"):
        area.show_message("Look at this.", "warning", details, home="tab 0")
    pointed, unfolded = area.toasts()
    QApplication.sendEvent(pointed, QEnterEvent(QPointF(9, 9), QPointF(9, 9), QPointF(9, 9)))
    qtbot.mouseClick(unfolded.details_button, Qt.MouseButton.LeftButton)
    area.set_front("tab 1")
    for details in ("", "Traceback"):
        area.show_message("Look at this.", "warning", details, home="tab 1")
    assert [toast._timer.isActive() for toast in (pointed, unfolded)] == [False, False]
    QApplication.sendEvent(pointed, QEvent(QEvent.Type.Leave))
    assert [toast._timer.isActive() for toast in (pointed, unfolded)] == [True, False]


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


def test_what_only_confirms_lies_over_nothing_where_a_line_can_say_it(qtbot: QtBot, window: QWidget) -> None:
    line = MessageLine(window)
    line.setGeometry(16, 560, 700, 30)
    line.show()
    area = ToastArea(window, 48)
    last = LastMessage(line, area)
    pressed: list[str] = []

    def say(message: Message) -> None:
        last.show(message)
        area.show_message(message.text, message.kind, message.details, message.action)

    blank = Message("Saved a.png.", "success", action=("Show in folder", lambda: pressed.append("a")))
    say(blank)
    assert len(area.toasts()) == 1, "a place is blank"
    assert line.link.isHidden(), "the message above the line has it"
    chart = QWidget(window)
    chart.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    chart.setGeometry(0, 0, 800, 555)
    chart.show()
    qtbot.waitUntil(lambda: area.toasts() == [])
    assert (line.message, line.link.text(), line.link.isVisible()) == ("Saved a.png.", "Show in folder", True)
    say(Message("Saved b.png.", "success", action=("Open", lambda: pressed.append("b"))))
    assert area.toasts() == []
    qtbot.mouseClick(line.link, Qt.MouseButton.LeftButton)
    assert pressed == ["b"]
    assert (line.message, line.link.isHidden()) == ("", True)
    say(Message("The disk is full.", "error"))
    assert [toast.text for toast in area.toasts()] == ["The disk is full."], "this is to be read, so it lies where it hides least"
    area.clear()
    say(Message("Saved a very long name. " * 12, "success"))
    assert len(area.toasts()) == 1, "the line has no room for all of it"

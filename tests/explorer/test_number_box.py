"""Fields for numbers show a real minus, and take the hyphen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from explorer.train.settings.inputs import NumberBox
from explorer.widgets.field_note import FieldNote
from explorer.widgets.keyboard.choice_box import ChoiceBox
from explorer.widgets.number_box import RealBox, WholeBox

ROOT = Path(__file__).resolve().parents[2]


def box(qtbot: QtBot, made: WholeBox | RealBox) -> WholeBox | RealBox:
    qtbot.addWidget(made)
    made.setRange(-200, 200)
    made.show()
    return made


@pytest.mark.parametrize("typed", ["-60", "\N{MINUS SIGN}60"])
@pytest.mark.parametrize("kind", [WholeBox, RealBox])
def test_a_typed_minus_of_either_kind_counts_and_is_shown_as_one(qtbot: QtBot, kind: type[WholeBox | RealBox], typed: str) -> None:
    field = box(qtbot, kind())
    field.setSuffix(" %")
    field.selectAll()
    if typed.isascii():
        QTest.keyClicks(field, typed)
    else:
        QApplication.clipboard().setText(typed)
        QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert field.text().startswith("\N{MINUS SIGN}60")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == -60
    assert field.text() == ("\N{MINUS SIGN}60 %" if kind is WholeBox else "\N{MINUS SIGN}60.00 %")
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.value() == -59


def test_what_is_no_number_is_refused(qtbot: QtBot) -> None:
    field = box(qtbot, WholeBox())
    field.selectAll()
    QTest.keyClicks(field, "-2x-5")
    assert field.value() == -25


def test_a_setting_of_a_run_shows_it_too(qtbot: QtBot) -> None:
    field = box(qtbot, NumberBox(0.1))
    field.setValue(-0.25)
    assert field.text() == "\N{MINUS SIGN}0.25"
    field.selectAll()
    QTest.keyClicks(field, "-0.5")
    assert field.value() == -0.5


def test_no_part_of_the_window_has_fields_of_its_own() -> None:
    made = re.compile(r"\bQ(Double)?SpinBox\(")
    own = ROOT / "explorer" / "widgets" / "number_box.py"
    places = [path for path in (ROOT / "explorer").rglob("*.py") if path != own and made.search(path.read_text(encoding="utf-8"))]
    assert places == []


def in_a_window(qtbot: QtBot, kind: type[WholeBox | RealBox]) -> tuple[QWidget, WholeBox | RealBox, QLineEdit]:
    """A window with a field from 1 to 1000 that says 25, and another field to go to."""
    window = QWidget()
    qtbot.addWidget(window)
    field, other = kind(window), QLineEdit(window)
    field.setGeometry(20, 20, 120, 28)
    other.setGeometry(20, 100, 120, 28)
    field.setRange(1, 1000)
    field.setSuffix(" codes")
    field.setKeyboardTracking(False)
    field.setValue(25)
    window.resize(400, 200)
    with qtbot.waitExposed(window):
        window.show()
    field.setFocus()
    field.selectAll()
    return window, field, other


def said_at(field: QWidget) -> str:
    """What can be read at a field."""
    notes = [note for note in field.window().findChildren(FieldNote) if note.isVisible()]
    for note in notes:
        assert note.geometry().top() >= field.geometry().bottom(), "it doesn't cover what it is about"
        assert field.window().rect().contains(note.geometry())
    return " ".join(note.text() for note in notes)


@pytest.mark.parametrize(
    ("kind", "typed", "value", "why"),
    [
        (WholeBox, "0", 1, "0 isn't possible: at least 1."),
        (WholeBox, "99999", 1000, "99999 isn't possible: at most 1"),
        (WholeBox, "-5", 1, "\N{MINUS SIGN}5 isn't possible: at least 1."),
        (WholeBox, "2.5", 2, "2.5 isn't possible: whole numbers only."),
        (RealBox, "-3", 1.0, "\N{MINUS SIGN}3 isn't possible: at least 1.00."),
        (RealBox, "20000", 1000.0, "20000 isn't possible: at most 1"),
    ],
)
def test_a_number_that_isnt_allowed_gives_way_to_the_nearest_and_that_stays_said(
    qtbot: QtBot, kind: type[WholeBox | RealBox], typed: str, value: float, why: str
) -> None:
    window, field, other = in_a_window(qtbot, kind)
    QTest.keyClicks(field, typed)
    assert field.cleanText().replace("\N{MINUS SIGN}", "-") == typed, "it can be seen while it is typed"
    assert said_at(field) == ""
    QTest.mouseClick(other, Qt.MouseButton.LeftButton)
    other.setFocus()
    QTest.mouseMove(window, QPoint(300, 150))
    assert field.value() == value
    assert said_at(field).startswith(why)


def test_what_is_said_at_a_field_goes_with_the_next_key_there_and_with_the_field(qtbot: QtBot) -> None:
    _window, field, _ = in_a_window(qtbot, WholeBox)
    QTest.keyClicks(field, "0\r")
    assert said_at(field)
    field.move(40, 40)
    assert said_at(field), "it follows its field"
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_7)
    assert said_at(field) == ""
    QTest.keyClicks(field, "000\r")
    assert said_at(field)
    field.hide()
    assert not any(note.isVisible() for note in field.window().findChildren(FieldNote))


def test_one_thing_is_said_at_a_time(qtbot: QtBot) -> None:
    """Two notes beside each other would lie over each other."""
    window = QWidget()
    qtbot.addWidget(window)
    one, other = WholeBox(window), WholeBox(window)
    other.move(one.width(), 0)
    window.show()
    for field in (one, other):
        field.selectAll()
        QTest.keyClicks(field, "1000")
        QTest.keyClick(field, Qt.Key.Key_Return)
        notes = [note for note in window.findChildren(FieldNote) if note.isVisible()]
        assert notes == [field._note]


def test_a_number_that_is_allowed_is_taken_however_it_is_written(qtbot: QtBot) -> None:
    _window, field, _ = in_a_window(qtbot, WholeBox)
    QTest.keyClicks(field, "40.0\r")
    assert field.value() == 40
    assert said_at(field) == ""


def turn(widget: QWidget) -> bool:
    """A notch of the wheel over a widget; whether it took it, and what it lies in doesn't scroll."""
    at, where = QPointF(widget.rect().center()), QPointF(widget.mapToGlobal(widget.rect().center()))
    none, keys, phase = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(at, where, QPoint(), QPoint(0, -120), none, keys, phase, False)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.mark.parametrize("kind", [WholeBox, RealBox, NumberBox, ChoiceBox])
def test_the_wheel_scrolls_past_fields_and_turns_the_one_with_the_focus(qtbot: QtBot, kind: type[QWidget]) -> None:
    page = QWidget()
    field = kind(1.0) if kind is NumberBox else kind()
    other = QLineEdit()
    layout = QVBoxLayout(page)
    layout.addWidget(other)
    layout.addWidget(field)
    if isinstance(field, QComboBox):
        field.addItems(["one", "two", "three"])
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)

    def value() -> float:
        return field.currentIndex() if isinstance(field, QComboBox) else field.value()

    before = value()
    assert not turn(field)
    assert value() == before
    assert field.focusPolicy() is Qt.FocusPolicy.StrongFocus, "nor does the wheel give it the focus"
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    if not isinstance(field, QComboBox):
        field.setValue(5)
    before = value()
    assert turn(field)
    assert value() == before + (1 if isinstance(field, QComboBox) else -1)


def test_no_field_of_the_window_is_qts_own() -> None:
    """Qt's combo boxes and number fields take the wheel from who scrolls."""
    own = re.compile(r"= Q(ComboBox|SpinBox|DoubleSpinBox)\(")
    files = (ROOT / "explorer").rglob("*.py")
    assert not [path.name for path in files if own.search(path.read_text(encoding="utf-8"))]

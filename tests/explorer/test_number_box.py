"""Fields for numbers show a real minus, and take the hyphen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from explorer.train.settings.inputs import NumberBox
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


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [(WholeBox, "0", 1), (WholeBox, "99999", 1000), (WholeBox, "-5", 1), (RealBox, "-3", 1.0), (RealBox, "20000", 1000.0)],
)
def test_a_number_out_of_range_gives_way_to_the_nearest_and_that_is_said(
    qtbot: QtBot, kind: type[WholeBox | RealBox], typed: str, value: float
) -> None:
    box = kind()
    qtbot.addWidget(box)
    box.setRange(1, 1000)
    box.setSuffix(" codes")
    box.setValue(25)
    with qtbot.waitExposed(box):
        box.show()
    box.selectAll()
    QTest.keyClicks(box, typed)
    assert box.cleanText().replace("\N{MINUS SIGN}", "-") == typed, "it can be seen while it is typed"
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == value
    assert "From 1" in QToolTip.text()
    assert "1,000" in QToolTip.text() or "1000" in QToolTip.text()
    QToolTip.hideText()

"""Section, form row, empty state, status line, progress strip, bars, lists that fold open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from explorer.look.theme import colors
from explorer.widgets.bar_chart import DimensionBars
from explorer.widgets.empty_state import EmptyState
from explorer.widgets.keyboard.choice_box import ChoiceBox
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.section import Section, labelled
from explorer.widgets.segmented import Segmented
from explorer.widgets.status_line import StatusLine, duration
from tests.helpers.painted import pixel

LEFT = Qt.MouseButton.LeftButton


def test_a_section_folds_by_mouse_and_key(qtbot: QtBot) -> None:
    section = Section("Dimensions")
    qtbot.addWidget(section)
    inside = QLabel("inside")
    section.body_layout().addWidget(inside)
    section.show()
    assert inside.isVisible()
    header = section.children()[0]
    with qtbot.waitSignal(section.toggled) as caught:
        qtbot.mouseClick(header, LEFT)
    assert caught.args == [False]
    assert not inside.isVisible()
    qtbot.keyClick(header, Qt.Key.Key_Space)
    assert section.is_open
    section.set_open(False)
    assert not inside.isVisible()
    section.grab()


def test_a_plain_section_stays_open(qtbot: QtBot) -> None:
    section = Section("What differs", collapsible=False, is_open=False)
    qtbot.addWidget(section)
    assert section.is_open


def test_a_form_row_says_the_same_everywhere(qtbot: QtBot) -> None:
    field = QSpinBox()
    row = labelled("Epochs", field, "How often the run sees every picture.")
    qtbot.addWidget(row)
    label = row.findChild(QLabel)
    assert label.text() == "Epochs"
    assert label.buddy() is field
    assert field.accessibleName() == "Epochs"
    assert "every picture" in field.toolTip()
    assert "every picture" in row.toolTip()


def test_an_empty_state_offers_its_buttons(qtbot: QtBot) -> None:
    state = EmptyState("faces", "No data yet", "Open a folder of faces.", ["Open a folder…", "Use the drawn faces"])
    qtbot.addWidget(state)
    state.resize(500, 400)
    state.show()
    first, second = state.findChildren(QPushButton)
    assert first.property("primary")
    clicked: list[int] = []
    state.button_clicked.connect(clicked.append)
    qtbot.mouseClick(second, LEFT)
    qtbot.mouseClick(first, LEFT)
    assert clicked == [1, 0]
    state.grab()


def test_the_status_line_shows_message_and_run(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.resize(900, 32)
    line.show()
    line.set_message("Saved a.png")
    assert line.message == "Saved a.png"
    line.set_run("faces-2", 3, 40, 112.4, 240, 0.31)
    words = " ".join(label.text() for label in line.findChildren(QLabel) if label.isVisible())
    for part in ("Saved a.png", "faces-2", "epoch 3/40", "112 pictures/s", "4 min left"):
        assert part in words
    bar = line.findChild(QProgressBar)
    assert bar.value() / bar.maximum() == pytest.approx(0.31)
    with qtbot.waitSignal(line.run_clicked):
        qtbot.mouseClick(bar.parentWidget(), LEFT)
    line.set_run("faces-2", 0, 40, None, None, 0.0, "sharpening", doing="getting ready")
    words = " ".join(label.text() for label in line.findChildren(QLabel) if label.isVisible())
    assert "getting ready" in words
    assert "epoch" not in words
    assert "sharpening" not in words
    line.set_run("faces-2", 1, 40, None, None, 0.0)
    line.clear_run()
    assert not bar.isVisible()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "under a second"),
        (0.9, "under a second"),
        (1.2, "1 s"),
        (42.4, "42 s"),
        (59.7, "1 min"),
        (240, "4 min"),
        (3590, "1 h"),
        (4800, "1 h 20 min"),
        (90000, "25 h"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_the_progress_strip_tells_and_cancels(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("explorer.widgets.progress_strip.time.perf_counter", lambda: clock[0])
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    assert strip.isHidden()
    strip.start("Reading pictures")
    assert strip.isVisible()
    clock[0] += 10
    strip.update("Reading pictures", 1000, 4500)
    words = " ".join(label.text() for label in strip.findChildren(QLabel))
    assert words == "Reading pictures 1,000 of 4,500, 35 s left"
    strip.update("Reading pictures", 5_000_000_000, 9_000_000_000)
    strip.update()
    button = strip.findChild(QPushButton)
    with qtbot.waitSignal(strip.cancelled):
        qtbot.mouseClick(button, LEFT)
    assert not button.isEnabled()
    strip.finish()
    assert strip.isHidden()
    strip.start("Again")
    assert button.isEnabled()


@pytest.fixture
def bars(qtbot: QtBot) -> DimensionBars:
    chart = DimensionBars()
    qtbot.addWidget(chart)
    chart.resize(400, 200)
    chart.set_bars([(17, 1.4), (43, -0.9), (5, 0.3)])
    chart.show()
    return chart


def test_bars_have_sign_and_size(bars: DimensionBars) -> None:
    first, second, third = (bars.bar_rect(i) for i in range(3))
    assert first.height() == pytest.approx(1.4 / 0.9 * second.height(), rel=0.05)
    assert first.bottom() == pytest.approx(second.top(), abs=1)
    assert first.right() < second.left() < third.left()
    bars.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert bars.bar_rect(0).left() > bars.bar_rect(1).left()


def test_bars_are_read_and_clicked(qtbot: QtBot, bars: DimensionBars) -> None:
    place = bars.bar_rect(1).center().toPoint()
    qtbot.mouseMove(bars, place + QPoint(1, 0))
    qtbot.mouseMove(bars, place)
    assert pixel(bars, place) == colors().focus.getRgb()[:3]
    with qtbot.waitSignal(bars.dimension_clicked) as caught:
        qtbot.mouseClick(bars, LEFT, pos=place)
    assert caught.args == [43]
    bars.setFocus()
    qtbot.keyClick(bars, Qt.Key.Key_Right)
    with qtbot.waitSignal(bars.dimension_clicked) as caught:
        qtbot.keyClick(bars, Qt.Key.Key_Return)
    assert caught.args == [5]
    assert bars.accessibleDescription() == "Dimension 5: +0.3"


@pytest.mark.parametrize("values", [[], [(1, 0.0)], [(1, 1e-9)], [(1, -3.0)], [(i, 0.1 * i - 5) for i in range(128)]])
def test_bars_of_any_kind_paint(qtbot: QtBot, values: list[tuple[int, float]]) -> None:
    chart = DimensionBars()
    qtbot.addWidget(chart)
    chart.resize(300, 160)
    chart.set_bars(values)
    assert not chart.grab().isNull()


def test_a_list_left_with_escape_begins_at_what_is_chosen_again(qtbot: QtBot) -> None:
    box = ChoiceBox()
    qtbot.addWidget(box)
    box.addItems(["VAE", "VQ-VAE", "other"])
    box.show()
    box.showPopup()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Escape):
        qtbot.keyClick(box.view(), key)
    assert box.currentText() == "VAE"
    box.showPopup()
    assert box.view().currentIndex().row() == 0
    assert [index.row() for index in box.view().selectedIndexes()] == [0]


def test_no_part_of_the_window_has_lists_of_its_own() -> None:
    root = Path(__file__).resolve().parents[2]
    own = [file.name for file in (root / "explorer").rglob("*.py") if re.search(r"(?<!, )\bQComboBox\(", file.read_text("utf-8"))]
    assert own == []


def test_choices_that_would_be_cut_become_a_menu(qtbot: QtBot) -> None:
    choices = Segmented(["Reconstructions", "Samples", "Interpolation", "Plane", "Scatter"], "What to show")
    qtbot.addWidget(choices)
    choices.segments[3].hide()
    taken: list[int] = []
    choices.choice_changed.connect(taken.append)
    choices.resize(choices.sizeHint())
    choices.show()
    assert not choices.is_folded
    narrowest = choices.sizeHint().width() - 4 * 14  # half of the room beside each text
    choices.resize(narrowest, choices.height())
    assert not choices.is_folded
    for segment in choices.segments:
        assert segment.isHidden() or segment.fontMetrics().horizontalAdvance(segment.text()) <= segment.width() - 8
    choices.resize(narrowest - 1, choices.height())
    assert choices.is_folded
    assert not any(segment.isVisible() for segment in choices.segments)
    assert choices.menu_button.text() == "Reconstructions"
    menu = choices.menu_button.menu()
    menu.aboutToShow.emit()
    assert [(one.text(), one.isChecked()) for one in menu.actions()] == [
        ("Reconstructions", True), ("Samples", False), ("Interpolation", False), ("Scatter", False),
    ]  # fmt: skip
    menu.actions()[3].trigger()
    assert taken == [4]
    assert choices.choice == 4
    assert (choices.menu_button.text(), choices.menu_button.accessibleName()) == ("Scatter", "What to show: Scatter")
    choices.set_choice(1)
    assert choices.menu_button.text() == "Samples"
    least = choices.minimumSizeHint().width()
    choices.resize(least, choices.height())
    widest = choices.fontMetrics().horizontalAdvance("Reconstructions")
    assert choices.menu_button.width() > widest
    for place in (0, 2):
        choices.segments[place].hide()  # another model has fewer: they fit
    choices.resize(choices.sizeHint())
    qtbot.waitUntil(lambda: not choices.is_folded)
    assert [segment.text() for segment in choices.segments if segment.isVisible()] == ["Samples", "Scatter"]

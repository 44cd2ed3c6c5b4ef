"""Sheets of pictures, the Gallery's and those of a run, looked at closer."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.runs.previews import BEFORE
from explorer.gallery.sheet import PictureSheet
from explorer.look.pixels import show_plain_pixels, to_array, to_qimage
from explorer.train.preview.sheet import SheetView
from explorer.train.preview.shelf import Sheet
from tests.helpers.painted import pixel

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def shade(index: int) -> tuple[int, int, int]:
    return 10 * index + 20, 200 - 10 * index, 90


def faces(count: int) -> list[np.ndarray]:
    return [np.full((64, 64, 3), shade(index), np.uint8) for index in range(count)]


def wheel(widget: QWidget, at: QPoint, turned: int, keys: Qt.KeyboardModifier = CTRL) -> bool:
    place = QPointF(at)
    event = QWheelEvent(
        place,
        QPointF(widget.mapToGlobal(place)),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.fixture
def sheet(qtbot: QtBot) -> PictureSheet:
    """Eight pictures in two rows."""
    made = PictureSheet(columns=4)
    qtbot.addWidget(made)
    made.resize(500, 260)
    with qtbot.waitExposed(made):
        made.show()
    made.set_pictures([faces(8)])
    return made


def test_a_cell_under_the_mouse_grows_in_its_place_and_is_still_found(qtbot: QtBot, sheet: PictureSheet) -> None:
    fitted = sheet.cell_rect(6)
    at = fitted.center()
    for _ in range(5):
        assert wheel(sheet, at, 120)
    assert sheet.index_at(at) == 6
    assert sheet.cell_rect(6).width() == pytest.approx(fitted.width() * 1.25**5, abs=1)
    qtbot.waitUntil(lambda: pixel(sheet, at) == shade(6))
    assert sheet.readout.isVisible()
    assert wheel(sheet, at, -120, NONE), "the wheel alone moves it"
    for _ in range(5):
        wheel(sheet, at, -120)
    assert sheet.cell_rect(6) == fitted
    assert not sheet.readout.isVisible()
    assert not wheel(sheet, at, -120, NONE), "what lies around it scrolls"


def test_keys_zoom_it_and_the_selected_cell_is_brought_into_sight(sheet: PictureSheet) -> None:
    for _ in range(6):
        QTest.keyClick(sheet, Qt.Key.Key_Plus, CTRL)
    chosen: list[int] = []
    sheet.selection_changed.connect(chosen.append)
    sheet.set_selected_index(0)
    for index in (1, 2, 3):
        QTest.keyClick(sheet, Qt.Key.Key_Right)
        seen = sheet.rect().intersected(sheet.cell_rect(index))
        assert seen.width() >= min(sheet.width(), sheet.cell_rect(index).width()) - 2
    assert chosen == [1, 2, 3]
    seen = sheet.view.visible()
    beside = next(QPoint(x, 130) for x in (2, 497) if sheet.index_at(QPoint(x, 130)) not in (-1, 3))
    QTest.mouseClick(sheet, LEFT, NONE, beside)
    assert len(chosen) == 4
    assert sheet.view.visible() == seen, "what is clicked is in sight"
    QTest.keyClick(sheet, Qt.Key.Key_0, CTRL)
    assert not sheet.is_zoomed


def test_a_zoomed_sheet_keeps_only_the_large_pictures_that_are_seen(qtbot: QtBot, sheet: PictureSheet) -> None:
    sheet.set_view(sheet.view.zoomed(8.0, QPointF(sheet.cell_rect(0).center())))
    for way in (QPointF(-900, 0), QPointF(-900, 0), QPointF(0, -900)):
        sheet.set_view(sheet.view.moved(way))
        sheet.grab()
        assert len(sheet._cache) <= 2
    sheet.fit()
    qtbot.waitUntil(lambda: bool(sheet.grab()) and len(sheet._cache) == 8)


def test_a_double_click_opens_a_picture_and_beside_them_looks_closer(sheet: PictureSheet) -> None:
    opened: list[int] = []
    sheet.picture_opened.connect(opened.append)
    QTest.mouseDClick(sheet, LEFT, NONE, sheet.cell_rect(3).center())
    assert opened == [3]
    assert not sheet.is_zoomed
    beside = sheet.cell_rect(0).topRight() + QPoint(3, 20)
    assert sheet.index_at(beside) == -1
    QTest.mouseDClick(sheet, LEFT, NONE, beside)
    assert sheet.view.zoom == 3.0


def test_a_preview_of_a_run_is_looked_at_closer(qtbot: QtBot) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(500, 300)
    with qtbot.waitExposed(view):
        view.show()
    rows = tuple(tuple(to_qimage(face) for face in faces(8)) for _ in range(2))
    view.show_sheet(Sheet(1, rows, BEFORE[:2]))
    view.set_names(BEFORE[:2])
    at = view.rect_of(BEFORE[0], 2).center()
    small = view.rect_of(BEFORE[0], 2)
    QTest.mouseDClick(view, LEFT, NONE, at)
    large = view.rect_of(BEFORE[0], 2)
    assert large.width() == 3 * small.width()
    assert large.contains(at)
    assert pixel(view, at) == shade(2)
    view.show_sheet(Sheet(2, rows, BEFORE[:2]))
    assert view.rect_of(BEFORE[0], 2) == large, "the next epoch is looked at in the same way"
    QTest.mouseDClick(view, LEFT, NONE, at)
    assert view.rect_of(BEFORE[0], 2) == small
    assert view.zoomed(QRect(1, 2, 3, 4)) == QRect(1, 2, 3, 4)


def test_the_pixels_of_a_preview_can_be_seen_plainly(qtbot: QtBot) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(500, 300)
    with qtbot.waitExposed(view):
        view.show()
    own = np.random.default_rng(0).integers(0, 256, (4, 4, 3), np.uint8)
    view.show_sheet(Sheet(1, ((to_qimage(own),), (to_qimage(own),)), BEFORE[:2]))
    view.set_names(BEFORE[:2])

    def share_of_own() -> float:
        area = view.rect_of(BEFORE[0], 0).adjusted(10, 10, -10, -10)  # its corners are round
        seen = to_array(view.grab(area).toImage()).reshape(-1, 3)
        return float((seen[:, None] == own.reshape(1, -1, 3)).all(2).any(1).mean())

    assert share_of_own() < 0.5
    show_plain_pixels(True)
    try:
        view.show_pixels_anew()
        assert share_of_own() == 1.0
    finally:
        show_plain_pixels(False)
    view.show_pixels_anew()
    assert share_of_own() < 0.5


def test_rows_of_a_sheet_with_given_columns_can_be_told_apart(qtbot: QtBot) -> None:
    sheet = PictureSheet(columns=8)
    qtbot.addWidget(sheet)
    least = sheet.minimumSizeHint().height()
    sheet.set_pictures([[None] * 64])
    assert sheet.minimumSizeHint().height() >= 8 * 24 > least  # the page scrolls where there is less room
    sheet.set_columns(32)
    assert sheet.minimumSizeHint().height() == least

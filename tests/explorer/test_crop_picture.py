"""The box that is dragged on a picture of the data, in place of four numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer.data.crop_picture import Box, CropPicture, moved, spanned
from explorer.data.tab import DataPanel
from explorer.document.document import Document
from tests.helpers.panels import data_panel
from tests.helpers.tiny_faces import write_faces

TIMEOUT = 10_000
SIZE = (178, 218)


@pytest.mark.parametrize(
    ("fixed", "to", "box"),
    [
        ((10, 10), (60, 40), (10, 10, 60, 60)),  # the longer side counts: always a square
        ((60, 60), (30, 50), (30, 30, 60, 60)),
        ((100, 200), (170, 210), (100, 200, 118, 218)),  # as far as the picture goes
        ((10, 10), (11, 10), (10, 10, 18, 18)),  # not smaller than eight pixels
    ],
)
def test_a_square_is_spanned_from_a_corner(fixed: tuple[int, int], to: tuple[int, int], box: Box) -> None:
    assert spanned(fixed, to, SIZE) == box


def test_a_box_stays_within_its_picture() -> None:
    assert moved((25, 52, 153, 180), (5, -10), SIZE) == (30, 42, 158, 170)
    assert moved((25, 52, 153, 180), (-100, 100), SIZE) == (0, 90, 128, 218)


def at(picture: CropPicture, x: float, y: float) -> QPoint:
    return picture.to_screen(x, y).toPoint()


def drag(picture: CropPicture, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(picture, end)
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=end)


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> DataPanel:
    """Six pictures of 200 x 300 pixels, and the choice of a box."""
    made = data_panel(qtbot, Document(), [])
    with qtbot.waitSignal(made.data_opened, timeout=TIMEOUT):
        made.open_source(str(write_faces(tmp_path, {"smile": 3, "non_smile": 3}, size=(200, 300))), image_size=32)
    made.framing._shape.segments[1].click()
    picture = made.framing.picture
    qtbot.waitUntil(lambda: picture._size == (200, 300), timeout=TIMEOUT)
    qtbot.waitUntil(lambda: picture.height() == picture.heightForWidth(picture.width()) > 100, timeout=TIMEOUT)
    return made


@pytest.mark.long
def test_what_is_dragged_is_what_is_read(qtbot: QtBot, panel: DataPanel) -> None:
    framing, picture = panel.framing, panel.framing.picture
    assert picture.box == (0, 50, 200, 250)  # the centre square at first, which is read already
    assert panel._document.data_pending == ""
    drag(picture, at(picture, 200, 250), at(picture, 100, 150))
    left, top, right, bottom = picture.box
    assert (left, top) == (0, 50)
    assert right - left == bottom - top == pytest.approx(100, abs=2)
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        drag(picture, at(picture, 50, 100), at(picture, 100, 150))
    box = picture.box
    assert box[0] == pytest.approx(50, abs=2)
    assert [field.value() for field in framing._fields] == list(box)
    data = panel._document.data
    assert data is not None
    assert data.config.crop == ",".join(map(str, box))


@pytest.mark.long
def test_nothing_is_read_while_the_mouse_holds_it(qtbot: QtBot, panel: DataPanel) -> None:
    picture = panel.framing.picture
    panel.framing._size.segments[1].click()
    panel.apply_choices()
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=at(picture, 100, 150))
    QTest.mouseMove(picture, at(picture, 100, 180))
    held = picture.box
    assert held[1] > 50
    qtbot.waitUntil(lambda: not panel.is_reading, timeout=TIMEOUT)  # what was chosen before; the box stays in the hand
    assert picture.box == held
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=at(picture, 100, 180))
    assert picture.box == held


def test_the_choice_of_a_box_outlasts_the_reading_of_an_earlier_choice(qtbot: QtBot, panel: DataPanel) -> None:
    framing = panel.framing
    framing._shape.segments[0].click()
    framing._size.segments[1].click()
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.apply_choices()
        framing._shape.segments[1].click()
    assert framing._shape.choice == 1
    assert framing.picture.isVisibleTo(framing)
    assert panel._document.data_pending == ""


def test_keys_move_and_resize_it_and_fields_show_it(qtbot: QtBot, panel: DataPanel) -> None:
    framing, picture = panel.framing, panel.framing.picture
    picture.setFocus()
    QTest.keyClick(picture, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert picture.box == (0, 60, 200, 260)
    QTest.keyClick(picture, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert picture.box == (0, 60, 190, 250)
    assert [field.value() for field in framing._fields] == [0, 60, 190, 250]
    framing._fields[0].setValue(20)
    assert picture.box == (20, 60, 190, 250)


def test_another_picture_and_none_where_there_is_no_box(qtbot: QtBot, panel: DataPanel) -> None:
    framing = panel.framing
    before = framing.picture._pixmap.toImage()
    framing.other_button.click()
    qtbot.waitUntil(lambda: framing.picture._pixmap.toImage() != before, timeout=TIMEOUT)
    framing._shape.segments[0].click()
    assert not framing.picture.isVisible()
    assert not framing.other_button.isVisible()


def test_what_is_left_out_is_veiled(qtbot: QtBot) -> None:
    picture = CropPicture()
    qtbot.addWidget(picture)
    picture.show_picture(np.full((60, 40, 3), 90, np.uint8), (40, 60))
    picture.set_box((5, 5, 30, 30))
    picture.resize(200, picture.heightForWidth(200))
    grabbed = picture.grab().toImage()
    inside, outside = (grabbed.pixelColor(at(picture, *place)) for place in ((15, 20), (36, 50)))
    assert inside.red() == 90
    assert outside.red() > 150  # what is left out is veiled

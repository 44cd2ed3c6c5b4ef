"""Placing the eyes by hand: zoomed, with a loupe, on faces of any size, and never unseen where no face was found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib import cbook
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from core.data.photo import Photo
from core.faces.alignment import Eyes
from core.faces.finder import FoundFace
from explorer.document.photos import OpenedPhoto, read_photo
from explorer.explore.faces.place_eyes import PlaceEyes
from explorer.look.pixels import to_array
from explorer.widgets.eye_markers import SMALL, EyeMarkers
from explorer.widgets.zoom.loupe import RADIUS, loupe_rect, loupe_zoom
from tests.helpers.fake_engine import fake_model

NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton
HOPPER = 150.0 / 512.0  # the portrait, made 150 pixels wide: its face is 60
CORNER = (2700, 900)  # where it is in the photo
EYES = Eyes((CORNER[0] + 210 * HOPPER, CORNER[1] + 203 * HOPPER), (CORNER[0] + 298 * HOPPER, CORNER[1] + 201 * HOPPER))


@pytest.fixture(scope="module")
def crowd() -> OpenedPhoto:
    """A photo of 12 megapixels, grey but for a face of 60 pixels, which nobody has found."""
    pixels = np.full((3000, 4000, 3), 128, np.uint8)
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        portrait = Image.open(file).convert("RGB")
    small = np.asarray(portrait.resize((150, round(600 * HOPPER)), Image.Resampling.LANCZOS))
    pixels[CORNER[1] : CORNER[1] + small.shape[0], CORNER[0] : CORNER[0] + small.shape[1]] = small
    reduced = np.asarray(Image.fromarray(pixels).resize((1600, 1200), Image.Resampling.BOX))
    return OpenedPhoto(Photo("crowd.png", pixels), (), "crowd.png#0", reduced, 2.5, pixels)


def shown(qtbot: QtBot, opened: OpenedPhoto, eyes: Eyes | None = None) -> PlaceEyes:
    dialog = PlaceEyes(opened, fake_model(), eyes)
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.show()
    qtbot.waitExposed(dialog)
    return dialog


def move(markers: EyeMarkers, to: QPointF) -> None:
    event = QMouseEvent(QEvent.Type.MouseMove, to, QPointF(markers.mapToGlobal(to)), Qt.MouseButton.NoButton, LEFT, NONE)
    QApplication.sendEvent(markers, event)


def drag(markers: EyeMarkers, number: int, to: tuple[float, float]) -> None:
    """Take a marker and put it onto a place of the photo, as precisely as the mouse can."""
    start = markers.to_screen(QPointF(*(markers.eyes.left, markers.eyes.right)[number])).toPoint()
    end = markers.to_screen(QPointF(*to)).toPoint()
    QTest.mousePress(markers, LEFT, NONE, start)
    move(markers, QPointF(end))
    QTest.mouseRelease(markers, LEFT, NONE, end)


def zoom_at(markers: EyeMarkers, at: QPointF, notches: int) -> None:
    for _ in range(notches):
        event = QWheelEvent(
            at,
            QPointF(markers.mapToGlobal(at)),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.ControlModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(markers, event)


def test_a_face_of_60_pixels_in_12_megapixels_is_placed_to_a_pixel(qtbot: QtBot, crowd: OpenedPhoto) -> None:
    dialog = shown(qtbot, crowd)
    markers = dialog.markers
    at = markers.to_screen(QPointF(CORNER[0] + 75, CORNER[1] + 60))
    zoom_at(markers, at, 16)
    assert markers.view.zoom > 3.0
    assert markers.view.visible().contains(QPointF(*EYES.left))
    QTest.mouseClick(dialog.findChild(QPushButton, "bring"), LEFT)
    assert markers.view.visible().contains(QPointF(*markers.eyes.left))
    drag(markers, 0, EYES.left)
    drag(markers, 1, EYES.right)
    for placed, there in ((dialog.eyes.left, EYES.left), (dialog.eyes.right, EYES.right)):
        assert placed == pytest.approx(there, abs=0.6)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted


def test_what_the_model_sees_of_a_small_face_is_the_photos_own(crowd: OpenedPhoto) -> None:
    seen = crowd.as_seen(EYES, fake_model()).astype(int)
    large = OpenedPhoto(crowd.photo, (), "", crowd.photo.pixels, 1.0, crowd.opaque)
    assert np.array_equal(seen, large.as_seen(EYES, fake_model()))


def test_markers_that_nobody_moved_are_not_accepted(qtbot: QtBot, crowd: OpenedPhoto) -> None:
    dialog = shown(qtbot, crowd)
    use = next(one for one in dialog.findChild(QDialogButtonBox).buttons() if one.text() == "Use this face")
    reason = dialog.findChild(QLabel, "reason")
    QTest.keyClick(dialog.markers, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert not use.isEnabled()
    assert "Move both markers" in reason.text()
    assert use.toolTip() == reason.text()
    QTest.keyClick(dialog.markers, Qt.Key.Key_Right)
    assert not use.isEnabled(), "the other one was never moved"
    QTest.keyClick(dialog.markers, Qt.Key.Key_Space)
    QTest.keyClick(dialog.markers, Qt.Key.Key_Up)
    assert use.isEnabled()
    assert reason.text() == use.toolTip() == ""
    dialog.markers.bring_here()
    assert not use.isEnabled(), "they are anywhere again"


def test_a_face_that_was_found_is_accepted_at_once_and_seen_large(qtbot: QtBot, crowd: OpenedPhoto) -> None:
    box = (CORNER[0] + 45.0, CORNER[1] + 35.0, 60.0, 70.0)
    found = OpenedPhoto(crowd.photo, (FoundFace(box, EYES, True),), "", crowd.reduced, crowd.scale, crowd.opaque)
    dialog = shown(qtbot, found)
    markers = dialog.markers
    assert markers.are_placed
    assert EYES.distance * markers.view.zoom / markers.view.ratio > SMALL
    assert markers.view.visible().contains(QRectF(*box).center())
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted
    again = shown(qtbot, crowd, EYES)  # "Eyes..." in Explore
    assert again.markers.are_placed
    assert again.markers.view.chosen is not None
    pair = OpenedPhoto(crowd.photo, (*found.faces, *found.faces), "", crowd.reduced, crowd.scale, crowd.opaque)
    both = shown(qtbot, pair)
    assert both.markers.view.chosen is None, "one of them is to be chosen first"


def test_a_loupe_shows_what_lies_under_a_marker_on_its_way(qtbot: QtBot, crowd: OpenedPhoto) -> None:
    dialog = shown(qtbot, crowd, EYES)
    markers = dialog.markers
    markers.fit()
    without = to_array(markers.grab().toImage()).astype(int)
    start = markers.to_screen(QPointF(*EYES.left))
    QTest.mousePress(markers, LEFT, NONE, start.toPoint())
    assert markers.shows_loupe
    rect = loupe_rect(markers.to_screen(QPointF(*markers.eyes.left)), QRectF(markers.rect()))
    assert QRectF(markers.rect()).contains(rect)
    inside = rect.center().toPoint()
    ratio = without.shape[1] / markers.width()
    x, y = round(inside.x() * ratio), round(inside.y() * ratio)
    loupe = to_array(markers.grab().toImage()).astype(int)
    patch = np.s_[y - 20 : y + 20, x - 20 : x + 20]
    assert np.abs(loupe[patch] - without[patch]).mean() > 10, "skin instead of grey"
    QTest.mouseRelease(markers, LEFT, NONE, start.toPoint())
    assert not markers.shows_loupe
    QTest.keyClick(markers, Qt.Key.Key_Left)
    assert markers.shows_loupe, "also for keys, for a while"


def test_a_loupe_is_stronger_than_the_view_and_stays_in_it() -> None:
    assert [loupe_zoom(zoom) for zoom in (0.1, 0.5, 1.0, 2.0, 3.0, 6.0)] == [1.0, 2.0, 4.0, 8.0, 8.0, 12.0]
    room = QRectF(0, 0, 600, 400)
    for place in (QPointF(300, 300), QPointF(0, 200), QPointF(600, 10), QPointF(5, 5)):
        rect = loupe_rect(place, room)
        assert room.contains(rect)
        assert not rect.contains(place)
        assert rect.width() == 2 * RADIUS


def test_zoomed_the_photo_itself_is_shown(qtbot: QtBot, crowd: OpenedPhoto) -> None:
    dialog = shown(qtbot, crowd, EYES)
    markers = dialog.markers
    markers.set_view(markers.view.showing(QRectF(CORNER[0] + 20, CORNER[1] + 10, 100, 100)).zoomed(4.0))
    blurred = to_array(markers.grab().toImage()).astype(int)
    qtbot.waitUntil(lambda: markers._sharp is not None and markers._sharp[0] == markers.view, timeout=5000)
    sharp = to_array(markers.grab().toImage()).astype(int)
    middle = np.s_[sharp.shape[0] // 2 - 60 : sharp.shape[0] // 2 + 60, sharp.shape[1] // 2 - 100 : sharp.shape[1] // 2 + 100]
    detail = [np.abs(np.diff(picture[middle], axis=1)).mean() for picture in (blurred, sharp)]
    assert detail[1] > 1.2 * detail[0]


def test_panning_over_another_face_does_not_choose_it(qtbot: QtBot) -> None:
    markers = EyeMarkers(np.zeros((200, 300, 3), np.uint8), 2.0, [(300.0, 100.0, 120.0, 120.0)])
    qtbot.addWidget(markers)
    markers.resize(600, 400)
    markers.show()
    qtbot.waitExposed(markers)
    markers.set_eyes(Eyes((70.0, 80.0), (110.0, 80.0)))
    markers.set_view(markers.view.zoomed(2.0, QPointF(360, 160)))
    chosen: list[int] = []
    markers.face_chosen.connect(chosen.append)
    start = markers.to_screen(QPointF(360, 160)).toPoint()
    QTest.mousePress(markers, LEFT, NONE, start)
    move(markers, QPointF(start + QPoint(40, 0)))
    QTest.mouseRelease(markers, LEFT, NONE, start + QPoint(40, 0))
    assert chosen == []
    QTest.mouseClick(markers, LEFT, NONE, markers.to_screen(QPointF(360, 160)).toPoint())
    assert chosen == [0]


def test_a_marker_that_keys_move_is_kept_in_sight(qtbot: QtBot, crowd: OpenedPhoto) -> None:
    dialog = shown(qtbot, crowd, EYES)
    markers = dialog.markers
    markers.set_view(markers.view.zoomed(10.0))
    for _ in range(60):
        QTest.keyClick(markers, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert markers.view.visible().contains(QPointF(*markers.eyes.left))


def test_an_opened_photo_with_transparency_is_marked_on_white(tmp_path: Path) -> None:
    Image.fromarray(np.full((60, 80, 4), (10, 20, 30, 0), np.uint8)).save(tmp_path / "clear.png")
    opened = read_photo(tmp_path / "clear.png")
    assert (opened.opaque == 255).all()
    Image.fromarray(np.full((60, 80, 3), 9, np.uint8)).save(tmp_path / "plain.png")
    plain = read_photo(tmp_path / "plain.png")
    assert plain.opaque is plain.photo.pixels

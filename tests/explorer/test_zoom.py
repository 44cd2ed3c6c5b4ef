"""Zooming and panning: the arithmetic, and every way to do it with wheel, mouse, fingers and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QInputDevice, QMouseEvent, QNativeGestureEvent, QPixmap, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture
from pytestqt.qtbot import QtBot

from explorer.look.pixels import finely_scaled, to_array
from explorer.look.theme import GROUP
from explorer.widgets.canvas import CloseUpWish, FaceCanvas
from explorer.widgets.zoom.view import STEP, ZoomView
from tests.helpers.painted import has_close_up, pixel

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton

QUARTERS = np.zeros((400, 600, 3), np.uint8)
QUARTERS[:200, :300] = (220, 40, 40)
QUARTERS[:200, 300:] = (40, 220, 40)
QUARTERS[200:, :300] = (40, 40, 220)
QUARTERS[200:, 300:] = (220, 220, 40)


@pytest.fixture
def canvas(qtbot: QtBot) -> FaceCanvas:
    """A canvas of 332 x 432 with a picture of 600 x 400, which fits at 50 %."""
    made = FaceCanvas()
    qtbot.addWidget(made)
    made.resize(300 + 2 * GROUP, 400 + 2 * GROUP)
    with qtbot.waitExposed(made):
        made.show()
    made.set_image(QUARTERS)
    return made


def wheel(canvas: FaceCanvas, at: QPointF, turned: QPoint, keys: Qt.KeyboardModifier = NONE, pixels: QPoint | None = None) -> bool:
    event = QWheelEvent(
        at,
        QPointF(canvas.mapToGlobal(at)),
        pixels or QPoint(),
        turned,
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)
    return event.isAccepted()


def drag(canvas: FaceCanvas, start: QPoint, by: QPoint, button: Qt.MouseButton = LEFT) -> None:
    QTest.mousePress(canvas, button, NONE, start)
    to = QPointF(start + by)
    QApplication.sendEvent(
        canvas, QMouseEvent(QEvent.Type.MouseMove, to, QPointF(canvas.mapToGlobal(to)), Qt.MouseButton.NoButton, button, NONE)
    )
    QTest.mouseRelease(canvas, button, NONE, start + by)


# -- arithmetic


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_places_go_there_and_back_and_corners_lie_on_pixels_of_the_screen(ratio: float) -> None:
    view = ZoomView(4000, 3000, QRectF(0, 0, 700, 500), ratio, 16)
    for zoom, at in ((0.5, QPointF(10, 20)), (1.0, QPointF(650, 480)), (7.3, QPointF(333, 250))):
        view = view.zoomed(zoom, at)
        assert view.zoom == zoom
        back = view.to_widget(view.to_picture(QPointF(123, 45)))
        assert (back - QPointF(123, 45)).manhattanLength() < 1e-6
        area = view.area()
        assert area.width() * ratio == pytest.approx(4000 * zoom)
        assert area.left() * ratio == pytest.approx(round(area.left() * ratio))
        assert view.visible().width() == pytest.approx(700 * ratio / zoom, rel=0.03)


def test_the_place_under_the_mouse_stays_there() -> None:
    view = ZoomView(4000, 3000, QRectF(0, 0, 700, 500), 1.0, 16).zoomed(1.0)
    at = QPointF(200, 150)
    place = view.to_picture(at)
    for steps in (1, 3, -2, 0.01, 0.01):
        view = view.stepped(steps, at)
        assert (view.to_widget(place) - at).manhattanLength() < 1.5


def test_slow_fingers_leave_the_fit_and_steps_stop_at_it() -> None:
    view = ZoomView(4000, 3000, QRectF(0, 0, 700, 500), 1.0, 16)
    slow = view
    for _ in range(100):
        slow = slow.stepped(0.02)
    assert slow.zoom == pytest.approx(view.fitted * STEP**2, rel=0.02)
    assert view.zoomed(0.9).stepped(1).zoom == 1.0
    assert view.zoomed(1.1).stepped(-1).zoom == 1.0
    assert view.stepped(1).stepped(-1).chosen is None
    assert view.stepped(-1) == view, "nothing is smaller than all of it"
    assert view.stepped(50).zoom == 1.0
    assert view.stepped(50).stepped(50).zoom == view.most


def test_a_picture_can_not_be_lost() -> None:
    view = ZoomView(4000, 3000, QRectF(0, 0, 700, 500), 1.0, 16).zoomed(1.0)
    for by in (QPointF(1e5, 0), QPointF(-2e5, 1e5), QPointF(0, -2e5)):
        view = view.moved(by)
        area = view.area()
        assert area.left() <= 16
        assert area.right() >= 684
        assert area.top() <= 16
        assert area.bottom() >= 484
    assert ZoomView().area().isEmpty()
    assert ZoomView(4000, 3000).zoomed(2.0).is_empty
    narrow = ZoomView(4000, 100, QRectF(0, 0, 700, 500)).zoomed(1.0).moved(QPointF(0, 90))
    assert narrow.area().center().y() == pytest.approx(250, abs=1)


def test_a_part_is_shown_as_large_as_fits() -> None:
    view = ZoomView(4000, 3000, QRectF(0, 0, 700, 500)).showing(QRectF(2000, 1000, 140, 50))
    assert view.zoom == 5.0
    assert (view.visible().center() - QPointF(2070, 1025)).manhattanLength() < 1


# -- hands


def test_the_wheel_with_ctrl_zooms_where_the_mouse_is(canvas: FaceCanvas) -> None:
    at = QPointF(60, 150)  # in the upper left quarter
    assert wheel(canvas, at, QPoint(0, 120), CTRL)
    assert canvas.view.zoom == pytest.approx(0.5 * STEP)
    assert canvas.readout.percent.text() == "62 %"
    canvas.set_view(canvas.view.zoomed(2.0, at))
    place = canvas.view.to_picture(at)
    for _ in range(5):
        wheel(canvas, at, QPoint(0, 120), CTRL)
    assert (canvas.view.to_widget(place) - at).manhattanLength() < 2
    assert pixel(canvas, at.toPoint()) == (220, 40, 40)
    for _ in range(13):
        wheel(canvas, at, QPoint(0, -120), CTRL)
    assert canvas.view.chosen is None


def test_the_wheel_alone_moves_a_zoomed_picture_and_else_is_not_ours(canvas: FaceCanvas) -> None:
    at = QPointF(166, 216)
    assert not wheel(canvas, at, QPoint(0, -120))
    canvas.show_actual_size()
    left, top = canvas.view.visible().left(), canvas.view.visible().top()
    assert wheel(canvas, at, QPoint(-120, 0))
    assert canvas.view.visible().left() == left + 60
    assert wheel(canvas, at, QPoint(0, 0), pixels=QPoint(7, 0))
    assert canvas.view.visible().left() == left + 53
    assert canvas.view.visible().top() == top, "its height fits"


def test_a_double_click_shows_100_percent_there_and_then_all_of_it(canvas: FaceCanvas) -> None:
    at = QPoint(250, 270)  # in the lower right quarter
    place = canvas.view.to_picture(QPointF(at))
    QTest.mouseDClick(canvas, LEFT, NONE, at)
    assert canvas.view.zoom == 1.0
    assert abs(canvas.view.to_widget(place).x() - at.x()) < 2
    assert pixel(canvas, at) == (220, 220, 40)
    QTest.mouseDClick(canvas, LEFT, NONE, at)
    assert canvas.view.chosen is None
    canvas.resize(600 + 2 * GROUP, 400 + 2 * GROUP)  # 100 % is what fits
    QTest.mouseDClick(canvas, LEFT, NONE, at)
    assert canvas.view.zoom == 2.0


@pytest.mark.parametrize("button", [LEFT, Qt.MouseButton.MiddleButton])
def test_a_zoomed_picture_is_dragged(canvas: FaceCanvas, button: Qt.MouseButton) -> None:
    drag(canvas, QPoint(100, 200), QPoint(30, 0), button)
    assert canvas.view.chosen is None, "all of it is seen"
    canvas.set_view(canvas.view.zoomed(2.0))
    assert canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    before = canvas.view.visible().topLeft()
    drag(canvas, QPoint(100, 200), QPoint(30, -40), button)
    assert canvas.view.visible().topLeft() == before + QPointF(-15, 20)


def test_keys_zoom_and_move(canvas: FaceCanvas) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_Plus, CTRL)
    QTest.keyClick(canvas, Qt.Key.Key_Equal, CTRL)
    assert canvas.view.zoom == pytest.approx(0.5 * STEP**2)
    QTest.keyClick(canvas, Qt.Key.Key_Minus, CTRL)
    assert canvas.view.zoom == pytest.approx(0.5 * STEP)
    QTest.keyClick(canvas, Qt.Key.Key_0, CTRL | Qt.KeyboardModifier.AltModifier)
    assert canvas.view.zoom == 1.0
    left = canvas.view.visible().left()
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.view.visible().left() == left + 40
    QTest.keyClick(canvas, Qt.Key.Key_Left)
    assert canvas.view.visible().left() == left
    QTest.keyClick(canvas, Qt.Key.Key_0, CTRL)
    assert canvas.view.chosen is None


def test_fingers_on_a_touchpad(canvas: FaceCanvas) -> None:
    def gesture(kind: Qt.NativeGestureType, value: float) -> None:
        at = QPointF(166, 216)
        event = QNativeGestureEvent(
            kind, QPointingDevice.primaryPointingDevice(), 2, at, at, QPointF(canvas.mapToGlobal(at)), value, QPointF()
        )
        QApplication.sendEvent(canvas, event)

    for _ in range(10):
        gesture(Qt.NativeGestureType.ZoomNativeGesture, 0.002)
    assert canvas.view.zoom == pytest.approx(0.5 * 1.002**10)
    gesture(Qt.NativeGestureType.SmartZoomNativeGesture, 1.0)
    assert canvas.view.chosen is None
    gesture(Qt.NativeGestureType.SmartZoomNativeGesture, 1.0)
    assert canvas.view.zoom == 1.0


def test_fingers_on_a_touch_screen(canvas: FaceCanvas, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = QPointingDevice()
    monkeypatch.setattr(screen, "type", lambda: QInputDevice.DeviceType.TouchScreen)
    monkeypatch.setattr(QInputDevice, "devices", lambda: [screen])  # one was plugged in
    canvas.hide()
    canvas.show()
    pinch = QPinchGesture()
    middle = QPointF(canvas.mapToGlobal(QPointF(166, 216)))
    pinch.setCenterPoint(middle)
    pinch.setLastCenterPoint(middle)
    for factor in (1.0, 1.5, 2.0):
        pinch.setScaleFactor(factor)  # since the last time
        QApplication.sendEvent(canvas, QGestureEvent([pinch]))
    assert canvas.view.zoom == pytest.approx(0.5 * 1.5 * 2.0)
    left = canvas.view.visible().left()
    pinch.setScaleFactor(1.0)
    pinch.setCenterPoint(middle + QPointF(30, 0))
    QApplication.sendEvent(canvas, QGestureEvent([pinch]))
    assert canvas.view.visible().left() < left


def test_the_readout_says_it_and_offers_sizes(canvas: FaceCanvas) -> None:
    actions = {action.text(): action for action in canvas.readout.percent.menu().actions()}
    assert canvas.readout.isVisible()
    assert actions["All of it"].isChecked()
    actions["200 %"].trigger()
    assert canvas.view.zoom == 2.0
    assert canvas.readout.percent.text() == "200 %"
    assert not actions["All of it"].isChecked()
    actions["All of it"].trigger()
    assert canvas.view.chosen is None
    canvas.set_image(None)
    assert not canvas.readout.isVisible()
    canvas.set_image(QUARTERS)
    canvas.resize(160, 160)
    assert not canvas.readout.isVisible()
    canvas.resize(230, 200)
    assert not canvas.readout.isVisible(), "it would cover the picture"
    canvas.resize(271, 293)
    assert canvas.readout.isVisible(), "Explore's canvas with a photo at 150 %: it covers but a corner"
    canvas.resize(230, 345)
    assert canvas.readout.isVisible(), "it is below the picture"
    assert canvas.readout.y() >= canvas.view.area().bottom()
    canvas.resize(230, 200)
    canvas.zoom_in()
    assert canvas.readout.isVisible()
    canvas.resize(300, 300)
    assert canvas.rect().contains(canvas.readout.geometry())


# -- what is painted


def test_the_view_stays_with_the_next_picture_of_that_size_and_in_another_window(canvas: FaceCanvas) -> None:
    canvas.set_view(canvas.view.zoomed(2.0, QPointF(60, 150)))
    seen = canvas.view.visible()
    canvas.set_image(255 - QUARTERS)
    assert canvas.view.visible() == seen
    small = np.asarray(QUARTERS[::4, ::4])
    canvas.set_image(small, size=(600, 400))  # a smaller one that stands for it
    assert canvas.view.visible() == seen
    assert pixel(canvas, canvas.view.to_widget(QPointF(100, 100)).toPoint()) == (220, 40, 40)
    canvas.resize(500, 500)
    assert canvas.view.zoom == 2.0
    assert (canvas.view.visible().center() - seen.center()).manhattanLength() < 120
    canvas.set_image(small)
    assert canvas.view.chosen is None


def test_at_100_percent_pixels_are_the_pictures_own(canvas: FaceCanvas) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 600, 3), np.uint8)
    canvas.set_image(noise)
    canvas.show_actual_size()
    grabbed = to_array(canvas.grab().toImage())
    ratio = grabbed.shape[1] // canvas.width()
    if ratio != 1:
        pytest.skip("the screen has other pixels")
    left, top = canvas.view.area().topLeft().toTuple()
    x, y = 60, 200
    inside = noise[y - round(top) :, x - round(left) :][:80, :80]
    assert np.array_equal(grabbed[y : y + 80, x : x + 80], inside)


def test_a_zoomed_picture_at_rest_is_refined_without_moving(qtbot: QtBot, canvas: FaceCanvas) -> None:
    soft = np.asarray(np.random.default_rng(0).integers(0, 256, (10, 15, 3), np.uint8)).repeat(40, 0).repeat(40, 1)
    canvas.set_image(np.asarray(soft[::8, ::8]))  # 75 x 50
    canvas.set_view(canvas.view.zoomed(12.3, QPointF(90, 170)))
    quick = to_array(canvas.grab().toImage())
    qtbot.waitUntil(lambda: not np.array_equal(to_array(canvas.grab().toImage()), quick))
    refined = to_array(canvas.grab().toImage()).astype(int)
    assert np.abs(refined - quick).mean() < 6


@pytest.mark.parametrize("part", [QRectF(3.3, 2.6, 20.2, 11.7), QRectF(0, 0, 32, 24), QRectF(28.5, 20.0, 3.5, 4.0)])
def test_a_part_scaled_is_the_part_of_the_picture_scaled(part: QRectF) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
    size = QSize(round(part.width() * 4), round(part.height() * 4))
    scaled = to_array(finely_scaled(pixels, size, part)).astype(int)
    whole = to_array(finely_scaled(pixels, QSize(32 * 4, 24 * 4))).astype(int)
    left, top = round(part.left() * 4), round(part.top() * 4)
    assert np.abs(scaled - whole[top : top + size.height(), left : left + size.width()]).mean() < 14


def test_a_close_up_is_asked_for_once_it_is_blurred_and_painted_in_its_place(qtbot: QtBot, canvas: FaceCanvas) -> None:
    wishes: list[CloseUpWish] = []
    canvas.close_up_wanted.connect(wishes.append)
    small = np.full((200, 300, 3), 90, np.uint8)
    canvas.set_image(small, size=(600, 400))
    qtbot.wait(200)
    assert wishes == [], "fitted it is as sharp as can be"
    canvas.show_actual_size()
    qtbot.waitUntil(lambda: len(wishes) == 1)
    wish = wishes[0]
    assert wish.part.contains(canvas.view.visible())
    assert (wish.size.width(), wish.size.height()) == (round(wish.part.width()), round(wish.part.height()))
    close = QPixmap(wish.size)
    close.fill(Qt.GlobalColor.red)
    before = QPixmap(wish.size)
    before.fill(Qt.GlobalColor.blue)
    canvas.set_close_up(wish.number - 1, close)
    assert not has_close_up(canvas), "that is an older wish"
    canvas.set_close_up(wish.number, close, before)
    middle = canvas.rect().center()
    assert pixel(canvas, middle) == (255, 0, 0)
    canvas.set_view(canvas.view.moved(QPointF(20, 0)))
    assert has_close_up(canvas)
    canvas.set_before(small, size=(600, 400))
    assert not has_close_up(canvas)
    qtbot.waitUntil(lambda: len(wishes) == 2)
    close = close.scaled(wishes[1].size)
    canvas.set_close_up(wishes[1].number, close, before.scaled(wishes[1].size))
    canvas.hold_before(True)
    assert pixel(canvas, middle) == (0, 0, 255)
    canvas.hold_before(False)
    canvas.set_image(small, size=(600, 400))
    assert pixel(canvas, middle) == (90, 90, 90), "another edit: the close-up isn't true any more"
    canvas.hold_before(True)
    assert pixel(canvas, middle) == (0, 0, 255), "but that of before is"


def test_what_an_edit_does_not_change_stays_sharp_while_it_is_changed(qtbot: QtBot, canvas: FaceCanvas) -> None:
    wishes: list[CloseUpWish] = []
    canvas.close_up_wanted.connect(wishes.append)
    small = np.full((200, 300, 3), 90, np.uint8)
    canvas.set_image(small, size=(600, 400))
    canvas.show_actual_size()
    qtbot.waitUntil(lambda: len(wishes) == 1)
    close = QPixmap(wishes[0].size)
    close.fill(Qt.GlobalColor.red)
    canvas.set_close_up(wishes[0].number, close, changing=QRectF(280, 180, 40, 40))
    face, beside = (canvas.view.to_widget(QPointF(x, 200)).toPoint() for x in (300, 240))
    assert pixel(canvas, face) == pixel(canvas, beside) == (255, 0, 0)
    canvas.set_image(small, size=(600, 400))
    assert pixel(canvas, face) == (90, 90, 90)
    assert pixel(canvas, beside) == (255, 0, 0)
    qtbot.waitUntil(lambda: len(wishes) == 2)
    canvas.forget_close_up()
    assert pixel(canvas, beside) == (90, 90, 90)

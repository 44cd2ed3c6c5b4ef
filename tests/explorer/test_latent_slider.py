"""The latent slider: every hand that can move it, and what counts as one gesture."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from explorer.widgets.slider.latent_slider import GESTURE_MS, LatentSlider
from tests.helpers.painted import pixel

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Watched:
    """A slider on screen and everything it said."""

    def __init__(self, qtbot: QtBot, prominent: bool = False) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.slider = LatentSlider("Smile", prominent=prominent)
        self.slider.set_range(-4, 4)
        self.slider.set_zone(-2, 2)
        self.other = QLineEdit()
        layout = QVBoxLayout(self.window)
        layout.addWidget(self.other)
        layout.addWidget(self.slider)
        self.said: list[str | float] = []
        self.slider.gesture_started.connect(lambda: self.said.append("start"))
        self.slider.value_changed.connect(self.said.append)
        self.slider.gesture_finished.connect(lambda: self.said.append("finish"))
        self.window.resize(500, 140)
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()
        self.slider.setFocus()

    def at(self, value: float) -> QPoint:
        return QPointF(self.slider.position_of(value), self.slider.look.groove_rect().center().y()).toPoint()

    @property
    def values(self) -> list[float]:
        return [thing for thing in self.said if isinstance(thing, float)]


@pytest.fixture(params=[False, True], ids=["row", "prominent"])
def watched(request: pytest.FixtureRequest, qtbot: QtBot) -> Watched:
    return Watched(qtbot, request.param)


def test_setting_a_value_is_silent_and_clamped(watched: Watched) -> None:
    watched.slider.set_value(1.5)
    assert watched.slider.value == 1.5
    watched.slider.set_value(99)
    assert watched.slider.value == 4
    watched.slider.set_range(-1, 1)
    assert watched.slider.value == 1
    assert watched.said == []


def test_a_press_on_the_groove_jumps(qtbot: QtBot, watched: Watched) -> None:
    qtbot.mousePress(watched.slider, LEFT, pos=watched.at(2))
    assert watched.slider.value == pytest.approx(2, abs=0.05)
    assert watched.slider.is_dragging
    assert watched.said[0] == "start"
    qtbot.mouseRelease(watched.slider, LEFT, pos=watched.at(2))
    assert watched.said[-1] == "finish"
    assert len(watched.values) == 1


def test_a_drag_is_one_gesture(qtbot: QtBot, watched: Watched) -> None:
    qtbot.mousePress(watched.slider, LEFT, pos=watched.at(0))
    assert watched.values == [], "taking the handle moves nothing"
    for value in (1.0, 2.0, 3.0):
        qtbot.mouseMove(watched.slider, watched.at(value))
    qtbot.mouseMove(watched.slider, QPoint(5000, 10))
    qtbot.mouseRelease(watched.slider, LEFT, pos=watched.at(3))
    assert watched.said[0] == "start"
    assert watched.said[-1] == "finish"
    assert watched.said.count("start") == watched.said.count("finish") == 1
    assert watched.values == pytest.approx([1, 2, 3, 4], abs=0.05)


def test_a_drag_lands_on_fine_steps_and_on_home(qtbot: QtBot, watched: Watched) -> None:
    watched.slider.set_steps(0.5, 0.25)
    watched.slider.set_home(1.1)
    qtbot.mousePress(watched.slider, LEFT, pos=watched.at(-3))
    for place in range(watched.at(-3).x(), watched.at(3).x(), 3):
        qtbot.mouseMove(watched.slider, QPoint(place, watched.at(0).y()))
    qtbot.mouseRelease(watched.slider, LEFT)
    assert 1.1 in watched.values
    assert all(value == 1.1 or value * 4 == int(value * 4) for value in watched.values)


def test_shift_drags_fine_and_nothing_jumps_when_it_is_let_go(watched: Watched) -> None:
    slider = watched.slider
    slider.set_steps(0.01, 0.001)
    y = watched.at(0).y()

    def send(kind: str, x: float, keys: Qt.KeyboardModifier) -> None:
        types = {
            "press": QEvent.Type.MouseButtonPress,
            "move": QEvent.Type.MouseMove,
            "release": QEvent.Type.MouseButtonRelease,
        }
        event = QMouseEvent(types[kind], QPointF(x, y), slider.mapToGlobal(QPointF(x, y)), LEFT, LEFT, keys)
        QApplication.sendEvent(slider, event)

    none = Qt.KeyboardModifier.NoModifier
    start = slider.position_of(0)
    send("press", start, none)
    send("move", start + 60, none)
    coarse = slider.value
    send("move", start + 60, SHIFT)
    send("move", start + 76, SHIFT)
    fine = slider.value
    assert 0 < fine - coarse < 0.3 * coarse
    send("move", start + 76, none)
    assert slider.value == pytest.approx(fine, abs=0.05)
    send("release", start + 76, none)


def test_double_click_resets(qtbot: QtBot, watched: Watched) -> None:
    watched.slider.set_home(0.5)
    watched.slider.set_value(3)
    qtbot.mouseDClick(watched.slider, LEFT, pos=watched.at(2))
    assert watched.slider.value == 0.5
    assert watched.said[-1] == "finish"
    assert not watched.slider.is_dragging


def test_keys_step(qtbot: QtBot, watched: Watched) -> None:
    slider = watched.slider
    slider.set_steps(0.5, 0.1)
    for key, keys, expected in (
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 0.5),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, 1.0),
        (Qt.Key.Key_Left, SHIFT, 0.9),
        (Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier, -1.6),
        (Qt.Key.Key_PageUp, Qt.KeyboardModifier.NoModifier, 0.9),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, -4.0),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier, -4.0),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, 4.0),
    ):
        qtbot.keyClick(slider, key, keys)
        assert slider.value == pytest.approx(expected)


def test_keys_close_together_are_one_gesture(qtbot: QtBot, watched: Watched) -> None:
    for _ in range(5):
        qtbot.keyClick(watched.slider, Qt.Key.Key_Right)
    assert watched.said.count("start") == 1
    assert watched.said.count("finish") == 0
    with qtbot.waitSignal(watched.slider.gesture_finished, timeout=10 * GESTURE_MS):
        pass
    qtbot.keyClick(watched.slider, Qt.Key.Key_Right)
    assert watched.said.count("start") == 2


def test_the_keyboards_gesture_ends_when_another_hand_comes(qtbot: QtBot, watched: Watched) -> None:
    qtbot.keyClick(watched.slider, Qt.Key.Key_Right)
    qtbot.mouseClick(watched.slider, LEFT, pos=watched.at(2))
    assert [thing for thing in watched.said if isinstance(thing, str)] == ["start", "finish", "start", "finish"]
    qtbot.keyClick(watched.slider, Qt.Key.Key_Right)
    watched.other.setFocus()
    assert watched.said[-1] == "finish"
    watched.slider.setFocus()
    qtbot.keyClick(watched.slider, Qt.Key.Key_Right)
    watched.slider.hide()
    assert watched.said[-1] == "finish"


def _wheel(slider: LatentSlider, notches: float, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> bool:
    place = QPointF(slider.rect().center())
    event = QWheelEvent(
        place,
        slider.mapToGlobal(place),
        QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, event)
    return event.isAccepted()


def test_the_wheel_only_turns_it_when_focused(watched: Watched) -> None:
    slider = watched.slider
    slider.set_steps(0.5, 0.125)
    watched.other.setFocus()
    _wheel(slider, 1)
    assert slider.value == 0
    slider.setFocus()
    assert _wheel(slider, 2)
    assert slider.value == 1.0
    _wheel(slider, -1, SHIFT)
    assert slider.value == pytest.approx(0.875)
    for _ in range(4):
        _wheel(slider, 0.25)
    assert slider.value == pytest.approx(1.375), "small turns add up"
    assert watched.said.count("start") == 1


def test_a_value_can_be_typed(qtbot: QtBot, watched: Watched) -> None:
    slider = watched.slider
    slider.set_format(lambda value: f"{value:.0f} %")
    qtbot.mouseDClick(slider, LEFT, pos=slider.look.value_rect().center())
    editor = slider.findChild(QLineEdit)
    assert editor.text() == "0 %"
    editor.setText("3,5 %")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert slider.value == 3.5
    assert watched.said == ["start", 3.5, "finish"]
    assert not any(child.isVisible() for child in slider.findChildren(QLineEdit))  # Enter closes the field for good
    assert slider.hasFocus()
    for text, key in (("nonsense", Qt.Key.Key_Return), ("-2", Qt.Key.Key_Escape)):
        slider.edit_value()
        editor = next(child for child in slider.findChildren(QLineEdit) if child.isVisible())
        editor.setText(text)
        qtbot.keyClick(editor, key)
    assert slider.value == 3.5


def test_it_mirrors(qtbot: QtBot, watched: Watched) -> None:
    slider = watched.slider
    slider.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert slider.position_of(-4) > slider.position_of(4)
    assert slider.value_at(slider.position_of(1.5)) == pytest.approx(1.5)
    assert slider.look.label_rect().right() > slider.look.value_rect().right()
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert slider.value > 0
    qtbot.mousePress(slider, LEFT, pos=watched.at(-2))
    assert slider.value == pytest.approx(-2, abs=0.05)
    qtbot.mouseRelease(slider, LEFT, pos=watched.at(-2))


def test_screen_readers_meet_a_slider(watched: Watched) -> None:
    slider = watched.slider
    slider.set_value(1.25)
    interface = QAccessible.queryAccessibleInterface(slider)
    assert interface.role() == QAccessible.Role.Slider
    assert slider.accessibleName() == "Smile"
    assert slider.accessibleDescription() == "+1.25, from \N{MINUS SIGN}4.00 to +4.00"
    assert watched.said == []
    steps = slider.maximum() - slider.minimum()
    slider.setValue(slider.minimum() + steps // 2)
    assert slider.value == pytest.approx(0, abs=0.05)
    assert watched.said[0] == "start"


def test_a_disabled_slider_moves_for_nobody(qtbot: QtBot, watched: Watched) -> None:
    watched.slider.setEnabled(False)
    qtbot.mouseClick(watched.slider, LEFT, pos=watched.at(2))
    assert watched.slider.value == 0


def test_end_images_take_their_room(watched: Watched) -> None:
    slider = watched.slider
    before = slider.look.groove_rect()
    slider.set_end_images(np.full((64, 64, 3), 250, np.uint8), np.full((64, 64, 3), 5, np.uint8))
    after = slider.look.groove_rect()
    assert after.left() > before.left()
    assert after.right() < before.right()
    assert pixel(slider, slider.look.image_rect(0).center()) == (250, 250, 250)
    assert pixel(slider, slider.look.image_rect(1).center()) == (5, 5, 5)
    slider.set_end_images(None, None)
    assert slider.look.groove_rect() == before

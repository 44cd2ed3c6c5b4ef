"""Before as a hold, as a button that stays down, and as a split whose divider is dragged or moved by keys."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.latent.session import Anchor
from explorer.look.theme import GROUP
from explorer.widgets.canvas import FaceCanvas
from explorer.widgets.zoom.divider import FINE, STEP
from tests.explorer.explore_bench import Bench
from tests.helpers.painted import pixel

NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton
RED, BLUE = (np.full((100, 100, 3), color, np.uint8) for color in ((220, 40, 40), (40, 40, 220)))
red, blue = (220, 40, 40), (40, 40, 220)


@pytest.fixture
def canvas(qtbot: QtBot) -> FaceCanvas:
    """Red after, blue before, 200 units wide and high."""
    made = FaceCanvas()
    qtbot.addWidget(made)
    made.resize(200 + 2 * GROUP, 200 + 2 * GROUP)
    with qtbot.waitExposed(made):
        made.show()
    made.set_image(RED)
    made.set_before(BLUE)
    made.set_split(True)
    return made


def sides(canvas: FaceCanvas) -> tuple[tuple[int, ...], tuple[int, ...]]:
    y = GROUP + 150
    return pixel(canvas, GROUP + 20, y), pixel(canvas, GROUP + 150, y)


def test_both_are_seen_on_their_sides_of_the_divider(canvas: FaceCanvas) -> None:
    assert canvas.shows_split
    assert canvas.divider.isVisible()
    assert sides(canvas) == (blue, red)
    canvas.hold_before(True)
    assert sides(canvas) == (blue, blue)
    assert canvas.divider.is_blank
    canvas.hold_before(False)
    assert not canvas.divider.is_blank
    canvas.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert sides(canvas) == (red, blue), "before is where reading begins"
    canvas.set_split(False)
    assert sides(canvas) == (red, red)
    assert not canvas.divider.isVisible()


def test_the_divider_is_dragged_and_keys_move_it(canvas: FaceCanvas) -> None:
    divider = canvas.divider
    middle = QPoint(divider.width() // 2, 30)
    QTest.mousePress(divider, LEFT, NONE, middle)
    to = QPointF(middle + QPoint(70, 0))
    QApplication.sendEvent(
        divider, QMouseEvent(QEvent.Type.MouseMove, to, QPointF(divider.mapToGlobal(to)), Qt.MouseButton.NoButton, LEFT, NONE)
    )
    QTest.mouseRelease(divider, LEFT, NONE, middle)
    assert divider.geometry().center().x() == pytest.approx(GROUP + 170, abs=1)
    assert sides(canvas) == (blue, blue)
    for key, keys, share in (
        (Qt.Key.Key_Home, NONE, 0.0),
        (Qt.Key.Key_Right, NONE, STEP),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier, STEP + FINE),
        (Qt.Key.Key_Left, NONE, FINE),
        (Qt.Key.Key_Left, NONE, 0.0),
        (Qt.Key.Key_End, NONE, 1.0),
    ):
        QTest.keyClick(divider, key, keys)
        assert divider.geometry().center().x() == pytest.approx(GROUP + 200 * share, abs=1)
    QTest.mouseDClick(divider, LEFT, NONE, middle)
    assert sides(canvas) == (blue, red)


def test_a_split_stays_in_sight_while_zoomed(canvas: FaceCanvas) -> None:
    canvas.set_view(canvas.view.zoomed(9.0))
    assert canvas.divider.geometry().center().x() == pytest.approx(canvas.width() / 2, abs=1)
    assert pixel(canvas, 20, 150) == blue
    assert pixel(canvas, canvas.width() - 20, 150) == red


def test_a_before_of_another_view_is_not_mixed_in(canvas: FaceCanvas) -> None:
    canvas.set_image(RED[:50])
    assert not canvas.shows_split
    canvas.hold_before(True)
    assert not canvas.shows_before
    canvas.set_before(BLUE[:50])
    assert canvas.shows_before


# -- in Explore


def edit(qtbot: QtBot, bench: Bench) -> None:
    panel = bench.panel
    bench.document.set_edit("direction", "smile", 80.0)
    qtbot.waitUntil(lambda: panel.canvas.has_image and panel._before is not None, timeout=10_000)


def test_a_click_keeps_before_and_a_longer_press_is_a_look(qtbot: QtBot, bench: Bench) -> None:
    edit(qtbot, bench)
    canvas, tools = bench.panel.canvas, bench.panel.tools
    QTest.mouseClick(tools.before, LEFT)
    assert canvas.shows_before
    QTest.mouseClick(tools.before, LEFT)
    assert not canvas.shows_before
    tools.brief.setInterval(0)
    QTest.mousePress(tools.before, LEFT)
    qtbot.waitUntil(lambda: not tools.brief.isActive())
    assert canvas.shows_before
    QTest.mouseRelease(tools.before, LEFT)
    assert not canvas.shows_before
    assert not tools.before.isChecked()


def test_editing_shows_the_edit_again(qtbot: QtBot, bench: Bench) -> None:
    edit(qtbot, bench)
    tools = bench.panel.tools
    tools.toggle_before()
    assert bench.panel.canvas.shows_before
    bench.document.set_edit("direction", "smile", 90.0)
    assert not bench.panel.canvas.shows_before
    tools.toggle_before()
    bench.document.reset_edits()
    assert not tools.before.isChecked()
    tools.toggle_before()
    assert not tools.before.isChecked(), "nothing is edited"


def test_a_split_stays_while_one_edits_and_its_divider_has_the_keys(qtbot: QtBot, bench: Bench) -> None:
    edit(qtbot, bench)
    canvas = bench.panel.canvas
    QTest.mouseClick(bench.panel.tools.split, LEFT)
    assert canvas.shows_split
    assert canvas.divider.hasFocus()
    bench.document.set_edit("direction", "smile", 20.0)
    assert canvas.shows_split
    QTest.keyPress(canvas.divider, Qt.Key.Key_Space)
    assert canvas.shows_before, "Space is a look here, too"
    QTest.keyRelease(canvas.divider, Qt.Key.Key_Space)
    assert canvas.shows_split
    QTest.mouseClick(bench.panel.tools.split, LEFT)
    assert not canvas.shows_split
    assert canvas.hasFocus(), "no button in the column next to it"
    QTest.keyPress(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert canvas.shows_before


@pytest.mark.parametrize("goes", [QWidget.hide, lambda widget: widget.setEnabled(False)])
def test_what_goes_leaves_the_focus_to_the_canvas(qtbot: QtBot, bench: Bench, goes: Callable[[QWidget], None]) -> None:
    edit(qtbot, bench)
    slider = bench.panel.sliders.main_slider
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Tab)
    assert not slider.hasFocus(), "Tab goes on"
    slider.setFocus()
    goes(slider)
    assert bench.panel.canvas.hasFocus()


def test_space_is_a_look_unless_tab_has_led_to_a_button(qtbot: QtBot, bench: Bench) -> None:
    edit(qtbot, bench)
    canvas, button = bench.panel.canvas, bench.panel.strip.save_picture
    qtbot.waitUntil(button.isEnabled)
    asked: list[bool] = []
    bench.panel.save_picture_requested.connect(lambda: asked.append(True))
    QTest.mouseClick(button, LEFT)
    assert button.hasFocus()
    QTest.keyPress(button, Qt.Key.Key_Space)
    assert canvas.shows_before
    QTest.keyRelease(button, Qt.Key.Key_Space)
    assert not canvas.shows_before
    assert len(asked) == 1
    canvas.setFocus()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyPress(button, Qt.Key.Key_Space)
    assert not canvas.shows_before
    QTest.keyRelease(button, Qt.Key.Key_Space)
    assert len(asked) == 2


def test_space_is_a_look_wherever_the_program_has_put_the_focus(qtbot: QtBot, bench: Bench) -> None:
    edit(qtbot, bench)
    canvas, plain = bench.panel.canvas, bench.panel.sliders.directions.plain_button
    fitted: list[bool] = []
    plain.clicked.connect(lambda: fitted.append(True))
    plain.show()  # as with labelled pictures
    plain.setFocus(Qt.FocusReason.OtherFocusReason)
    assert plain.hasFocus()
    QTest.keyPress(plain, Qt.Key.Key_Space)
    assert canvas.shows_before
    QTest.keyRelease(plain, Qt.Key.Key_Space)
    assert not canvas.shows_before
    assert not fitted, "nothing is fitted anew"


@pytest.mark.parametrize("led", [Qt.FocusReason.MouseFocusReason, Qt.FocusReason.OtherFocusReason, Qt.FocusReason.TabFocusReason])
def test_another_picture_takes_the_keys_from_a_button_unless_tab_led_there(qtbot: QtBot, bench: Bench, led: Qt.FocusReason) -> None:
    edit(qtbot, bench)
    button, slider = bench.panel.tools.before, bench.panel.sliders.main_slider
    button.setFocus(led)
    z = bench.document.session.anchor.z
    bench.document.set_anchor(Anchor("picture", "another.png", "another.png", z))
    keeps = led == Qt.FocusReason.TabFocusReason
    assert button.hasFocus() == keeps
    assert bench.panel.canvas.hasFocus() != keeps
    slider.setFocus(Qt.FocusReason.MouseFocusReason)
    bench.document.set_anchor(Anchor("picture", "third.png", "third.png", z))
    assert slider.hasFocus(), "arrow keys go on moving it"


def test_leaving_explore_does_not_leave_the_focus_on_its_hidden_canvas(qtbot: QtBot, bench: Bench) -> None:
    edit(qtbot, bench)
    bench.panel.sliders.main_slider.setFocus()
    bench.panel.hide()
    assert not bench.panel.canvas.hasFocus()

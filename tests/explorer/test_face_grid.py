"""The grid of faces: lazy, quick, and led by mouse and keys."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from explorer.look.pixels import to_array
from explorer.look.theme import colors
from explorer.widgets.grid.face_grid import FaceGrid
from tests.helpers.painted import pixel

FACE = np.full((128, 128, 3), (200, 30, 60), np.uint8)


def _shown(qtbot: QtBot, count: int, width: int = 400, height: int = 300) -> tuple[FaceGrid, list[int]]:
    grid = FaceGrid()
    qtbot.addWidget(grid)
    fetched: list[int] = []

    def fetch(index: int) -> np.ndarray | None:
        fetched.append(index)
        return None if index == 3 else FACE

    grid.set_source(count, fetch, lambda index: f"Face {index}")
    grid.resize(width, height)
    with qtbot.waitActive(grid):
        grid.show()
        grid.activateWindow()
    return grid, fetched


def test_only_visible_faces_are_fetched_once(qtbot: QtBot) -> None:
    grid, fetched = _shown(qtbot, 200_000)
    visible = [i for i in range(200) if grid.cell_rect(i).intersects(grid.viewport().rect())]
    qtbot.waitUntil(lambda: set(visible) <= set(fetched))
    grid.grab()
    assert len(fetched) == len(set(fetched))
    assert max(fetched) < max(visible) + 2 * grid.columns


def test_200000_faces_scroll_as_fluidly_as_2000(qtbot: QtBot) -> None:
    def usual(count: int) -> float:
        grid, _ = _shown(qtbot, count)
        bar = grid.verticalScrollBar()
        spent = []
        for place in np.linspace(0, bar.maximum(), 25).astype(int):
            bar.setValue(int(place))
            start = time.perf_counter()
            grid.viewport().repaint()
            spent.append(time.perf_counter() - start)
        return sorted(spent)[len(spent) // 2]

    assert usual(200_000) < 4 * usual(2_000)
    grid, _ = _shown(qtbot, 200_000)
    assert grid.verticalScrollBar().maximum() > 1_000_000
    grid.set_selected_index(199_999)
    grid.scroll_to(199_999)
    assert grid.viewport().rect().contains(grid.cell_rect(199_999))


def test_a_slow_source_never_holds_a_paint_event_long(qtbot: QtBot) -> None:
    grid = FaceGrid()
    qtbot.addWidget(grid)
    fetched: list[int] = []

    def slow(index: int) -> np.ndarray:
        end = time.perf_counter() + 0.004
        while time.perf_counter() < end:
            pass
        fetched.append(index)
        return FACE

    grid.resize(400, 300)
    grid.set_source(12, slow)
    grid.show()
    grid.viewport().repaint()
    assert len(fetched) < 12
    qtbot.waitUntil(lambda: len(fetched) == 12)


def test_all_faces_come_even_where_painting_alone_takes_too_long(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.widgets.grid.face_grid._BUDGET_SECONDS", -1.0)
    _, fetched = _shown(qtbot, 8)
    qtbot.waitUntil(lambda: len(fetched) == 8)


def test_a_face_that_is_missing_is_a_placeholder_until_refreshed(qtbot: QtBot) -> None:
    grid, _ = _shown(qtbot, 5)
    have = {"it": False}
    grid.set_source(5, lambda index: FACE if index != 3 or have["it"] else None)
    grid.viewport().repaint()

    def color_of(index: int) -> tuple[int, ...]:
        center = grid.cell_rect(index).center()
        return pixel(grid.viewport(), center)

    assert color_of(3) == colors().placeholder.getRgb()[:3]
    assert color_of(2) == (200, 30, 60)
    have["it"] = True
    assert color_of(3) == colors().placeholder.getRgb()[:3]
    grid.refresh(3)
    assert color_of(3) == (200, 30, 60)


def test_a_click_selects_and_activates(qtbot: QtBot) -> None:
    grid, _ = _shown(qtbot, 20)
    said: list[tuple[str, int]] = []
    grid.selection_changed.connect(lambda index: said.append(("selected", index)))
    grid.face_activated.connect(lambda index: said.append(("activated", index)))
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=grid.cell_rect(6).center())
    assert said == [("selected", 6), ("activated", 6)]
    assert grid.selected_index == 6
    gap = grid.cell_rect(0).topRight() + QPoint(2, 10)
    with qtbot.assertNotEmitted(grid.face_activated):
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=gap)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([Qt.Key.Key_Right], 0),
        ([Qt.Key.Key_Right, Qt.Key.Key_Right], 1),
        ([Qt.Key.Key_Right, Qt.Key.Key_Down], 4),
        ([Qt.Key.Key_Right, Qt.Key.Key_Up], 0),
        ([Qt.Key.Key_End], 0),
        ([Qt.Key.Key_Right, Qt.Key.Key_End], 99),
        ([Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Right], 99),
        ([Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Home], 0),
        ([Qt.Key.Key_Right, Qt.Key.Key_PageDown], 12),
    ],
)
def test_keys(qtbot: QtBot, keys: list[Qt.Key], expected: int) -> None:
    grid, _ = _shown(qtbot, 100)
    assert grid.columns == 4
    for key in keys:
        qtbot.keyClick(grid, key)
    assert grid.selected_index == expected
    assert grid.viewport().rect().contains(grid.cell_rect(expected))
    with qtbot.waitSignal(grid.face_activated) as caught:
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert caught.args == [expected]


def test_it_mirrors(qtbot: QtBot) -> None:
    grid, _ = _shown(qtbot, 20)
    grid.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert grid.cell_rect(0).left() > grid.cell_rect(1).left()
    assert grid.index_at(grid.cell_rect(5).center()) == 5
    grid.set_selected_index(0)
    qtbot.keyClick(grid, Qt.Key.Key_Left)
    assert grid.selected_index == 1


def test_setting_the_selection_is_silent_and_bounded(qtbot: QtBot) -> None:
    grid, _ = _shown(qtbot, 20)
    with qtbot.assertNotEmitted(grid.selection_changed):
        grid.selected_index = 7
        assert grid.selected_index == 7
        grid.set_selected_index(20)
    assert grid.selected_index == -1
    grid.set_selected_index(3)
    grid.set_source(2, lambda index: FACE)
    assert grid.selected_index == -1


def test_columns_and_sizes(qtbot: QtBot) -> None:
    grid, _ = _shown(qtbot, 16)
    grid.set_columns(8)
    assert grid.columns == 8
    cell = grid.cell_rect(0).width()
    assert cell < 88
    assert grid.cell_rect(7).right() <= grid.viewport().width()
    assert grid.cell_rect(8).left() == grid.cell_rect(0).left()
    assert grid.cell_rect(1).left() - grid.cell_rect(0).right() - 1 == 4
    grid.set_columns(None)
    grid.set_thumbnail_size(40)
    assert grid.columns == (grid.viewport().width() - 4 + 4) // 44
    assert grid.contents_height() >= 40


def test_the_caption_is_the_tooltip(qtbot: QtBot) -> None:
    grid, _ = _shown(qtbot, 20)
    place = grid.cell_rect(2).center()
    event = QHelpEvent(QHelpEvent.Type.ToolTip, place, grid.viewport().mapToGlobal(place))
    QApplication.sendEvent(grid.viewport(), event)
    assert QToolTip.text() == "Face 2"
    QToolTip.hideText()


def test_an_empty_grid_says_so(qtbot: QtBot) -> None:
    grid = FaceGrid()
    qtbot.addWidget(grid)
    grid.set_empty_text("Faces will be here")
    grid.resize(200, 100)
    before = to_array(grid.grab().toImage())
    grid.set_empty_text("")
    assert not np.array_equal(before, to_array(grid.grab().toImage()))
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    assert grid.selected_index == -1


def test_the_selected_face_wears_the_accent_while_focused(qtbot: QtBot) -> None:
    grid, _ = _shown(qtbot, 4)
    grid.set_selected_index(1)
    grid.setFocus()
    area = grid.cell_rect(1)
    assert pixel(grid.viewport(), area.left() - 1, area.center().y()) == colors().focus.getRgb()[:3]

"""The atlas of a codebook: tiles that fit, quickly drawn also of many codes."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer.widgets.codes.atlas import CodeAtlas


@pytest.mark.parametrize("count", [1, 7, 256, 1024])
@pytest.mark.parametrize("size", [(320, 320), (900, 300), (300, 700)])
def test_all_tiles_fit_and_each_is_found_where_it_is(qtbot: QtBot, count: int, size: tuple[int, int]) -> None:
    atlas = CodeAtlas()
    qtbot.addWidget(atlas)
    atlas.resize(*size)
    codes = np.arange(count)[::-1]
    shares = np.linspace(0.0, 1.0, count)
    atlas.set_codes(codes, np.zeros((count, 4, 4, 3), np.uint8), shares)
    atlas.show()
    for place, code in enumerate(codes):
        rect = atlas.rect_of(place)
        assert atlas.rect().contains(rect.toRect()), place
        assert atlas.code_at(rect.center()) == code
    assert atlas.code_at(QPointF(-5.0, 5.0)) == -1
    assert not atlas.grab().isNull()


def test_arrow_keys_choose(qtbot: QtBot) -> None:
    atlas = CodeAtlas()
    qtbot.addWidget(atlas)
    atlas.resize(300, 300)
    atlas.set_codes(np.array([4, 2, 9, 0]), None)
    atlas.show()
    chosen: list[int] = []
    atlas.chosen.connect(chosen.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Left):
        QTest.keyClick(atlas, key)
    assert chosen == [4, 2, 0, 9, 2]

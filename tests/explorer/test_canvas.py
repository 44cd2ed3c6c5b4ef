"""The canvas: the right picture, soon, and word of it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.look.pixels import finely_scaled, show_plain_pixels, to_array
from explorer.look.theme import GROUP, apply_theme, colors
from explorer.widgets.canvas import FaceCanvas
from tests.helpers.painted import pixel

RED = np.full((128, 128, 3), (220, 40, 40), np.uint8)
BLUE = np.full((128, 128, 3), (40, 40, 220), np.uint8)


def _canvas(qtbot: QtBot, width: int = 400, height: int = 300) -> FaceCanvas:
    canvas = FaceCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(width, height)
    with qtbot.waitExposed(canvas):
        canvas.show()
    return canvas


def _middle(canvas: FaceCanvas) -> tuple[int, ...]:
    return pixel(canvas, canvas.rect().center())


def test_a_picture_is_as_large_as_fits_and_keeps_its_shape(qtbot: QtBot) -> None:
    canvas = _canvas(qtbot)
    canvas.set_image(RED)
    assert canvas.picture_rect().height() == 300 - 2 * GROUP
    assert canvas.picture_rect().width() == canvas.picture_rect().height()
    assert abs(canvas.picture_rect().center().x() - 200) <= 1
    canvas.set_image(np.zeros((64, 128, 3), np.uint8))
    assert canvas.picture_rect().width() == 400 - 2 * GROUP
    assert abs(canvas.picture_rect().width() - 2 * canvas.picture_rect().height()) <= 1
    canvas.set_image(None)
    assert canvas.picture_rect().isEmpty()


def test_painted_comes_once_for_each_new_picture_with_its_token(qtbot: QtBot) -> None:
    canvas = _canvas(qtbot)
    tokens: list[object] = []
    canvas.painted.connect(tokens.append)
    canvas.set_image(RED, "a")
    qtbot.waitUntil(lambda: tokens == ["a"])
    canvas.repaint()
    canvas.resize(420, 300)
    canvas.repaint()
    assert tokens == ["a"]
    canvas.set_image(RED, "b")
    canvas.set_image(BLUE, ("c", 3))
    qtbot.waitUntil(lambda: len(tokens) == 2)
    assert tokens == ["a", ("c", 3)], "a picture that never reached the screen is not said to have"
    canvas.set_image(None)
    canvas.repaint()
    assert len(tokens) == 2


def test_before_is_shown_while_held(qtbot: QtBot) -> None:
    canvas = _canvas(qtbot)
    tokens: list[object] = []
    canvas.painted.connect(tokens.append)
    canvas.set_image(RED, 1)
    canvas.repaint()
    canvas.hold_before(True)
    assert not canvas.shows_before
    assert _middle(canvas) == (220, 40, 40)
    canvas.set_before(BLUE)
    assert canvas.shows_before
    assert _middle(canvas) == (40, 40, 220)
    canvas.set_image(RED, 2)
    canvas.repaint()
    assert tokens == [1], "the new picture isn't on screen yet"
    canvas.hold_before(False)
    assert _middle(canvas) == (220, 40, 40)
    assert tokens == [1, 2]


def test_a_picture_at_rest_is_refined(qtbot: QtBot) -> None:
    canvas = _canvas(qtbot)
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    canvas.set_image(pixels)
    quick = to_array(canvas.grab().toImage())
    qtbot.waitUntil(lambda: not np.array_equal(to_array(canvas.grab().toImage()), quick))
    refined = to_array(canvas.grab().toImage()).astype(int)
    assert np.abs(refined - quick).mean() < 12


@pytest.fixture
def plain_pixels() -> Iterator[None]:
    show_plain_pixels(True)
    yield
    show_plain_pixels(False)


@pytest.mark.usefixtures("plain_pixels")
def test_plain_pixels_are_squares_of_their_own_colours_and_stay_so(qtbot: QtBot) -> None:
    canvas = _canvas(qtbot)
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    canvas.set_image(pixels)
    place = canvas.picture_rect()
    side = place.width() / 16
    centres = [
        (place.left() + round((column + 0.5) * side), place.top() + round((row + 0.5) * side)) for row, column in ((3, 4), (9, 12))
    ]
    wanted = [tuple(pixels[3, 4]), tuple(pixels[9, 12])]
    corner = round(0.35 * side)

    def seen() -> list[list[tuple[int, ...]]]:
        grabbed = to_array(canvas.grab().toImage())
        return [
            [tuple(grabbed[y + down, x + across]) for down in (-corner, corner) for across in (-corner, corner)] for x, y in centres
        ]

    assert seen() == [[one] * 4 for one in wanted]
    with qtbot.waitSignal(canvas._refine.timeout):
        pass  # when a smoothed one would be there
    assert seen() == [[one] * 4 for one in wanted]
    show_plain_pixels(False)
    canvas.show_pixels_anew()
    assert seen() != [[one] * 4 for one in wanted]


def test_painting_a_drag_is_much_quicker_than_the_smooth_picture(qtbot: QtBot) -> None:
    """While faces arrive the canvas takes the quick filter; the ratio to the fine one holds on any machine."""
    canvas = _canvas(qtbot, 732, 732)
    picture = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    finely_scaled(picture, QSize(700, 700))  # loads Pillow
    quick, fine = [], []
    for _ in range(15):
        canvas.set_image(picture)
        start = time.perf_counter()
        canvas.repaint()
        quick.append(time.perf_counter() - start)
        start = time.perf_counter()
        finely_scaled(picture, QSize(700, 700))
        fine.append(time.perf_counter() - start)
    assert min(quick) < min(fine)


@pytest.mark.long  # all windows that other tests left are styled anew
def test_placeholder_and_theme(qtbot: QtBot, themed_app: QApplication) -> None:
    canvas = _canvas(qtbot)
    assert pixel(canvas, 2, 2) == colors().canvas.getRgb()[:3]
    plain = to_array(canvas.grab().toImage())
    canvas.set_placeholder("Pick a face")
    assert not np.array_equal(plain, to_array(canvas.grab().toImage()))
    apply_theme(themed_app, "dark")
    assert pixel(canvas, 2, 2) == colors().canvas.getRgb()[:3]

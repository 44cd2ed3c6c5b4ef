"""All of a photo on the canvas with its edit, and close-ups as sharp as the photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from explorer.document.photos import full_size
from explorer.explore.tab import FACE, WHOLE
from explorer.explore.views import KEPT, ViewSizes
from explorer.look.pixels import show_plain_pixels, to_array
from explorer.widgets.canvas import FaceCanvas
from explorer.widgets.zoom.view import ZoomView
from tests.explorer.explore_bench import Bench
from tests.helpers.painted import has_close_up

SIZE = (2400, 1800)


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of 4.3 megapixels with one drawn face of 500 pixels."""
    pixels = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    pixels[::7] = 90
    pixels[900:1400, 1500:2000] = np.asarray(draw_face(sample_parameters(np.random.default_rng([3, 1])), 500))
    pixels[-40:, -40:] = np.random.default_rng(4).integers(0, 256, (40, 40, 3))
    path = tmp_path_factory.mktemp("photos") / "far.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def opened(qtbot: QtBot, bench: Bench, photo: Path) -> Bench:
    """Explore with the photo."""
    with qtbot.waitSignal(bench.document.session_changed, timeout=20_000):
        bench.panel.faces.open_file(str(photo))
    qtbot.waitUntil(lambda: bench.panel.photo_view.isVisible() and bench.panel.canvas.view.width > 600, timeout=10_000)
    return bench


def show_whole(qtbot: QtBot, bench: Bench) -> None:
    QTest.mouseClick(bench.panel.photo_view.segments[WHOLE], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: (bench.panel.canvas.view.width, bench.panel.canvas.view.height) == SIZE, timeout=10_000)


def test_all_of_the_photo_is_seen_with_the_edit_in_it(qtbot: QtBot, opened: Bench) -> None:
    panel = opened.panel
    assert panel.photo_view.choice == FACE
    show_whole(qtbot, opened)
    whole = panel.picture
    assert whole is not None
    assert whole.shape[1] / whole.shape[0] == pytest.approx(SIZE[0] / SIZE[1], abs=0.01)
    opened.document.set_edit("direction", "smile", 200.0)
    qtbot.waitUntil(lambda: not np.array_equal(panel.picture, whole), timeout=10_000)
    changed = (panel.picture != whole).any(2)
    assert changed[:, whole.shape[1] // 2 :].any()
    assert not changed[:, : whole.shape[1] // 2].any()
    panel.toggle_whole_photo()
    qtbot.waitUntil(lambda: panel.canvas.view.width < SIZE[0], timeout=10_000)
    panel.tools.model_view.click()
    qtbot.waitUntil(lambda: panel.picture.shape == (64, 64, 3), timeout=10_000)
    assert not panel.photo_view.isVisible(), "the model knows the face alone"


@pytest.mark.long
def test_zoomed_it_is_as_sharp_as_the_saved_photo(qtbot: QtBot, opened: Bench) -> None:
    panel, document = opened.panel, opened.document
    canvas = panel.canvas
    show_whole(qtbot, opened)
    document.set_edit("direction", "smile", 200.0)
    canvas.set_view(canvas.view.showing(canvas.view.visible().adjusted(1500, 900, -400, -400)).zoomed(1.0))
    seen = canvas.view.visible()
    qtbot.waitUntil(lambda: has_close_up(canvas), timeout=20_000)
    assert canvas.view.visible() == seen
    model, anchor = document.model, document.session.anchor
    whole = full_size(document.photo(anchor), anchor, model, document.edited_code()).astype(int)
    grabbed = to_array(canvas.grab().toImage()).astype(int)
    if grabbed.shape[1] != canvas.width():
        pytest.skip("the screen has other pixels")
    left, top = round(seen.left()), round(seen.top())
    part = whole[top + 60 : top + 260, left + 60 : left + 260]
    assert (part != np.asarray(document.photo(anchor).photo.pixels)[top + 60 : top + 260, left + 60 : left + 260]).any()
    assert np.abs(grabbed[60:260, 60:260] - part).mean() < 0.1
    before = grabbed
    panel.tools.toggle_before()
    after = to_array(canvas.grab().toImage()).astype(int)
    original = np.asarray(document.photo(anchor).photo.pixels).astype(int)
    assert not np.array_equal(before, after)
    assert np.abs(after[60:260, 60:260] - original[top + 60 : top + 260, left + 60 : left + 260]).mean() < 0.1


def plainly_seen(qtbot: QtBot, canvas: FaceCanvas, view: ZoomView) -> np.ndarray:
    """The canvas in a view, with its close-up in plain pixels: uint8 (H, W, 3)."""
    show_plain_pixels(True)
    try:
        canvas.set_view(view)
        qtbot.waitUntil(lambda: has_close_up(canvas), timeout=20_000)
        grabbed = to_array(canvas.grab().toImage())
    finally:
        show_plain_pixels(False)
    if grabbed.shape[1] != canvas.width():
        pytest.skip("the screen has other pixels")
    return grabbed


@pytest.mark.long
def test_zoomed_beyond_its_pixels_they_can_be_seen_plainly(qtbot: QtBot, opened: Bench) -> None:
    canvas = opened.panel.canvas
    show_whole(qtbot, opened)
    grabbed = plainly_seen(qtbot, canvas, canvas.view.zoomed(8.0))
    original, seen = np.asarray(opened.document.photo(opened.document.session.anchor).photo.pixels), canvas.view.visible()
    wanted = []
    for x, y in ((100, 100), (101, 100), (150, 120)):
        column, row = int(seen.left() + (x + 0.5) / 8), int(seen.top() + (y + 0.5) / 8)
        wanted.append(tuple(original[row, column]))
    area = canvas.picture_rect().intersected(canvas.rect())
    assert [tuple(grabbed[area.top() + y, area.left() + x]) for x, y in ((100, 100), (101, 100), (150, 120))] == wanted


@pytest.mark.long
def test_plain_pixels_are_the_photos_own_as_far_as_its_edges(qtbot: QtBot, opened: Bench) -> None:
    """Zoomed so that its sides, in pixels of the screen, are rounded up."""
    canvas, zoom = opened.panel.canvas, 1.25**10
    show_whole(qtbot, opened)
    grabbed = plainly_seen(qtbot, canvas, canvas.view.zoomed(zoom).moved(QPointF(-1e6, -1e6)))
    original, seen = np.asarray(opened.document.photo(opened.document.session.anchor).photo.pixels), canvas.view.visible()
    assert (seen.right(), seen.bottom()) == pytest.approx(SIZE, abs=0.2)
    area = canvas.picture_rect().intersected(canvas.rect())
    part = grabbed[area.bottom() - 300 : area.bottom() + 1, area.right() - 300 : area.right() + 1]
    own = {tuple(color) for color in original[-40:, -40:].reshape(-1, 3)}
    for side in (part[:-40], part[:, :-150]):  # how far it is zoomed stands in the corner
        assert {tuple(color) for color in side.reshape(-1, 3)} <= own
    assert (part[-4, -4 - round(20 * zoom)] == original[-1, -21]).all()
    assert (part[-4 - round(20 * zoom), -4] == original[-21, -1]).all()


@pytest.mark.long
def test_an_edit_leaves_the_view_and_another_photo_does_not(qtbot: QtBot, opened: Bench, photo: Path, tmp_path: Path) -> None:
    panel, canvas = opened.panel, opened.panel.canvas
    canvas.show_actual_size()
    seen = canvas.view.visible()
    shown = panel.picture
    opened.document.set_edit("direction", "smile", 200.0)
    qtbot.waitUntil(lambda: panel.picture is not shown, timeout=10_000)
    assert canvas.view.visible() == seen
    other = tmp_path / "other.png"
    Image.fromarray(np.asarray(Image.open(photo))[:, ::-1].copy()).save(other)
    with qtbot.waitSignal(opened.document.session_changed, timeout=20_000):
        panel.faces.open_file(str(other))
    assert canvas.view.chosen is None


def test_pictures_know_which_view_they_were_asked_for() -> None:
    sizes = ViewSizes()
    assert sizes.of(3) is None
    for request, size in ((1, (9, 9)), (2, (9, 9)), (5, None), (7, (4, 4))):
        sizes.asked(request, size)
    assert [sizes.of(request) for request in (1, 4, 5, 6, 7, 100)] == [(9, 9), (9, 9), None, None, (4, 4), (4, 4)]
    for request in range(10, 10 + 3 * KEPT):
        sizes.asked(request, (request, 1))
    assert sizes.of(10 + 3 * KEPT) == (9 + 3 * KEPT, 1)

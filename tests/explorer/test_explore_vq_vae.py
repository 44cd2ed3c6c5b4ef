"""Painting with codes in Explore: strokes, undo, codes of a cell, cells of another face, cells from the prior, saved edits."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.data.dataset import FaceData, load
from core.latent.directions import Direction
from core.latent.looked_up import VECTORS
from core.latent.session import Edit, Session
from explorer.document.document import carried_over
from explorer.document.loading import LoadedModel
from explorer.document.saved_edits import fitting
from explorer.explore.faces.column import VALIDATION
from explorer.explore.families.code_painter import COPY, DRAW, PAINT, SWAP, CodePainter
from explorer.explore.families.vq_vae import DIRECTIONS, PAINTING, CodesPane
from explorer.messages import Message
from explorer.saving.films import Exporter
from explorer.saving.pictures import Saver, picture_name
from explorer.tasks import running_tasks
from explorer.widgets.codes.brush import CellBrush
from tests.explorer.explore_bench import Bench
from tests.helpers.fake_engine import fake_model
from tests.helpers.fake_vq import ENTRIES, GRID, FakeVq, fake_vq_model
from tests.helpers.tiny_faces import write_faces

TIMEOUT = 10_000
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> FaceData:
    folder = write_faces(tmp_path_factory.mktemp("faces"), {"smile": 40, "non_smile": 40})
    return load(DataConfig(source=str(folder), image_size=64))


@pytest.fixture
def bench(qtbot: QtBot, empty_bench: Bench, data: FaceData) -> Bench:
    """With a model that has a prior, on the first validation picture."""
    bench = empty_bench
    bench.document.set_data(data)
    bench.document.set_model(fake_vq_model(data.config, prior_epochs=1))
    bench.panel.faces.set_source(VALIDATION)
    with qtbot.waitSignal(bench.panel.face_painted, timeout=TIMEOUT):
        bench.panel.faces.choose(0)
    return bench


def painter_of(bench: Bench) -> CodePainter:
    return pane_of(bench).painter


def pane_of(bench: Bench) -> CodesPane:
    pane = bench.panel.own_panes["vq_vae"]
    assert isinstance(pane, CodesPane)
    return pane


def codes_of(bench: Bench) -> np.ndarray:
    """The codes of the face on the canvas, (GRID, GRID)."""
    code = bench.document.edited_code()
    assert code is not None
    return code.astype(int).reshape(GRID, GRID)


def at(pane: CodePainter, row: int, column: int) -> QPoint:
    return pane.brush.rect_of(row, column).center().toPoint()


def stroke(pane: CodePainter, *cells: tuple[int, int]) -> None:
    """Press on the first cell, drag over the others, let go."""
    QTest.mousePress(pane.brush, LEFT, pos=at(pane, *cells[0]))
    for cell in cells[1:]:
        QTest.mouseMove(pane.brush, at(pane, *cell))
    QTest.mouseRelease(pane.brush, LEFT, pos=at(pane, *cells[-1]))


def other_code(codes: np.ndarray) -> int:
    return next(code for code in range(ENTRIES) if code not in codes)


def test_a_stroke_paints_cells_and_the_picture_follows(qtbot: QtBot, bench: Bench) -> None:
    pane, before = painter_of(bench), codes_of(bench)
    assert pane.isVisibleTo(bench.panel)
    assert pane.width() >= 300
    code = other_code(before)
    pane.atlas._choose(code)
    with qtbot.waitSignal(bench.panel.face_painted, timeout=TIMEOUT):
        stroke(pane, (0, 0), (0, 3))  # dragged in one jump: cells between are painted, too
    qtbot.waitUntil(lambda: bench.panel.is_up_to_date, timeout=TIMEOUT)
    wanted = before.copy()
    wanted[0] = code
    np.testing.assert_array_equal(codes_of(bench), wanted)
    model = bench.document.model
    assert model is not None
    np.testing.assert_array_equal(bench.panel.picture, model.engine.decode(wanted[None])[0])
    bench.document.undo_stack.undo()  # the whole stroke
    np.testing.assert_array_equal(codes_of(bench), before)
    assert bench.document.undo_stack.redoText() == f"Paint with code {code}"
    bench.document.undo_stack.redo()
    np.testing.assert_array_equal(codes_of(bench), wanted)
    bench.panel.reset()
    np.testing.assert_array_equal(codes_of(bench), before)


@pytest.mark.parametrize("to_numbers", [True, False], ids=["codes to numbers", "numbers to codes"])
def test_a_sample_of_another_kind_of_model_becomes_one_of_its_own(
    qtbot: QtBot, empty_bench: Bench, data: FaceData, to_numbers: bool
) -> None:
    """Both models have the same count of numbers in a code; those of one mean nothing to the other."""
    bench, faces = empty_bench, empty_bench.panel.faces
    numbers, codes = fake_model(data=data.config), fake_vq_model(data.config, prior_epochs=1)
    first, second = (codes, numbers) if to_numbers else (numbers, codes)
    bench.document.set_model(first)
    bench.panel.choose_first_face()
    qtbot.waitUntil(lambda: bench.document.session.anchor is not None, timeout=TIMEOUT)
    before = bench.document.session.anchor
    assert before is not None
    size = second.size
    alike = replace(before, z=tuple(float(n % 2) for n in range(size)))
    bench.document.show_session(bench.document.session.with_anchor(alike))
    bench.document.set_model(second)
    bench.panel.choose_first_face()
    qtbot.waitUntil(lambda: bench.document.session.anchor is not None and bench.panel.is_up_to_date, timeout=TIMEOUT)
    after = bench.document.session.anchor
    assert after is not None
    assert after.kind == "sample"
    assert after.z != alike.z
    assert faces.shown_index >= 0  # it is one of the samples that are offered
    np.testing.assert_array_equal(bench.panel.picture, second.engine.decode(np.asarray(after.z, np.float32)[None])[0])


@pytest.mark.parametrize("moves", [True, False])
def test_what_is_painted_can_be_saved_in_sight_of_it(qtbot: QtBot, bench: Bench, moves: bool) -> None:
    """Also of a family whose codes don't move along directions."""
    panel = bench.panel
    strip = panel.strip
    strip.set_moves(moves)
    for height in (700, 500):  # the strip folds in a low window
        panel.resize(1240, height)
        assert strip.save_picture.isVisibleTo(panel)
        assert strip.more.isVisibleTo(panel)
        assert strip.save_strip.isVisibleTo(panel) == moves
        assert strip.fold.isVisibleTo(panel) == (moves and height == 500)
        assert strip.view.isVisibleTo(panel) == strip.original.isVisibleTo(panel) == (moves and height == 700)
    if not moves:
        least = strip.save_picture.sizeHint().height() + 8
        qtbot.waitUntil(lambda: strip.height() <= least, timeout=TIMEOUT)  # the picture has the room of the strip
    assert strip.save_picture.isEnabled()
    with qtbot.waitSignal(panel.save_picture_requested):
        strip.save_picture.click()
    bench.document.set_model(fake_model())
    assert strip.fold.isVisibleTo(panel)
    panel.resize(1240, 700)
    assert strip.view.isVisibleTo(panel)
    assert strip.save_strip.isVisibleTo(panel)


def test_there_is_no_film_between_codes(qtbot: QtBot, bench: Bench) -> None:
    """Half the number of a code is another code, and no picture on the way."""
    said: list[Message] = []
    bench.messenger.message_posted.connect(said.append)
    saver = Saver(bench.settings, bench.messenger, lambda: bench.panel.exporting, bench.panel)
    exporter = Exporter(bench.document, bench.settings, bench.messenger, saver, lambda: bench.panel.shows_photo, bench.panel)
    bench.document.paint_cells({0: other_code(codes_of(bench))}, "Paint")
    exporter.save_film()
    assert [message.text.partition(",")[0] for message in said] == ["Nothing lies between two codes of a codebook"]
    assert not [task for task in running_tasks() if "film" in task.name]


def test_the_pane_is_folded_by_its_mark(bench: Bench) -> None:
    pane, columns = pane_of(bench), bench.panel.columns
    (mark,) = (one for one in columns._marks if one.pane is not None and one.pane.widget is pane and one.isVisibleTo(columns))
    mark.mark.click()
    assert not columns.is_open(pane)
    mark.mark.click()
    assert columns.is_open(pane)


def test_a_larger_brush_paints_a_square_and_stays_within_the_picture(bench: Bench) -> None:
    pane, before = painter_of(bench), codes_of(bench)
    code = other_code(before)
    pane.atlas._choose(code)
    pane.brush_row.size_choice.segments[1].click()
    stroke(pane, (3, 3))
    wanted = before.copy()
    wanted[2:, 2:] = code
    np.testing.assert_array_equal(codes_of(bench), wanted)
    canvas = bench.panel.canvas
    QTest.mouseClick(canvas, LEFT, pos=QPoint(2, 2))  # beside the picture
    np.testing.assert_array_equal(codes_of(bench), wanted)


def test_a_click_with_ctrl_takes_the_code_of_a_cell(bench: Bench) -> None:
    pane, before = painter_of(bench), codes_of(bench)
    pane.tool.segments[COPY].click()
    assert not pane.brush.paints  # there is no other face yet
    pane.tool.segments[PAINT].click()
    QTest.mouseClick(pane.brush, LEFT, Qt.KeyboardModifier.ControlModifier, at(pane, 2, 1))
    assert pane.atlas.choice == before[2, 1]
    assert pane.code_words.text() == f"Code {before[2, 1]}"
    QApplication.sendPostedEvents()  # what the other tool had is gone
    room = pane.atlas.size()
    QTest.mouseMove(pane.brush, at(pane, 0, 0))
    assert pane.code_words.text() == f"Code {before[0, 0]}"
    assert pane.atlas.size() == room  # nothing moves under the mouse
    np.testing.assert_array_equal(codes_of(bench), before)
    stroke(pane, (0, 0))
    assert codes_of(bench)[0, 0] == before[2, 1]


def dark_columns(bench: Bench) -> int:
    """How many columns of the canvas's picture a border of cells goes down."""
    with_grid, pane = bench.panel.canvas.grab().toImage(), painter_of(bench)
    pane.brush_row.grid_box.click()
    without = bench.panel.canvas.grab().toImage()
    pane.brush_row.grid_box.click()
    area = pane.brush.rect_of(0, 0, GRID).toRect().adjusted(2, 2, -2, -2)
    middle = round(area.top() + area.height() * 0.6)
    return sum(with_grid.pixel(x, middle) != without.pixel(x, middle) for x in range(area.left(), area.right()))


def test_the_grid_is_seen_wherever_its_box_is_ticked(qtbot: QtBot, bench: Bench) -> None:
    """Also while there is nothing to paint yet: no face to copy from, or no prior to draw cells."""
    pane, before = painter_of(bench), codes_of(bench)
    assert pane.brush_row.grid_box.isEnabled()
    pane.brush_row.grid_box.click()
    for tool in (PAINT, COPY, SWAP, DRAW):
        pane.tool.segments[tool].click()
        assert dark_columns(bench) >= GRID - 1
    pane.tool.segments[COPY].click()
    QTest.mouseClick(bench.panel.canvas.childAt(at(pane, 1, 1)) or bench.panel.canvas, LEFT, pos=at(pane, 1, 1))
    np.testing.assert_array_equal(codes_of(bench), before)  # there is no other face yet
    assert bench.panel.canvas.childAt(at(pane, 1, 1)) is not pane.brush
    pane.keep_button.click()
    assert bench.panel.canvas.childAt(at(pane, 1, 1)) is pane.brush
    bench.document.show_session(bench.document.session.with_anchor(None))
    assert not pane.brush_row.grid_box.isEnabled()  # there is no picture to have cells


def test_cells_are_taken_from_another_face(qtbot: QtBot, bench: Bench) -> None:
    pane, first = painter_of(bench), codes_of(bench)
    pane.tool.segments[COPY].click()
    assert "press Copy from this face" in pane.words.text()
    pane.keep_button.click()
    anchor = bench.document.session.anchor
    bench.panel.faces.choose(5)
    qtbot.waitUntil(lambda: bench.document.session.anchor != anchor, timeout=TIMEOUT)
    second = codes_of(bench)
    apart = np.argwhere(first != second)
    assert len(apart)
    row, column = (int(place) for place in apart[0])
    stroke(pane, (row, column))
    wanted = second.copy()
    wanted[row, column] = first[row, column]
    np.testing.assert_array_equal(codes_of(bench), wanted)
    assert bench.document.undo_stack.undoText() == "Copy cells"


def test_cells_are_drawn_anew_off_the_windows_thread(qtbot: QtBot, bench: Bench) -> None:
    pane, before = painter_of(bench), codes_of(bench)
    engine = cast(FakeVq, bench.document.model.engine)  # type: ignore[union-attr]
    engine.drawn_in.clear()
    engine.go_on.clear()
    pane.tool.segments[DRAW].click()
    stroke(pane, (1, 1), (1, 2))
    assert pane.is_drawing
    np.testing.assert_array_equal(codes_of(bench), before)
    assert pane.brush._marked == {(1, 1), (1, 2)}
    engine.go_on.set()
    qtbot.waitUntil(lambda: not pane.is_drawing, timeout=TIMEOUT)
    assert engine.drawn_in == ["draw cells"]
    wanted = before.copy()
    wanted[1, 1:3] = (before[1, 1:3] + 2) % ENTRIES
    np.testing.assert_array_equal(codes_of(bench), wanted)
    assert not pane.brush._marked
    bench.document.undo_stack.undo()
    np.testing.assert_array_equal(codes_of(bench), before)


def test_drawing_cells_can_be_cancelled_and_is_dropped_with_the_face(qtbot: QtBot, bench: Bench) -> None:
    pane, before = painter_of(bench), codes_of(bench)
    engine = cast(FakeVq, bench.document.model.engine)  # type: ignore[union-attr]
    pane.tool.segments[DRAW].click()
    engine.go_on.clear()
    stroke(pane, (1, 1))
    qtbot.waitUntil(lambda: pane.progress.isVisibleTo(bench.panel), timeout=TIMEOUT)
    pane.progress._cancel.click()
    qtbot.waitUntil(lambda: not pane.is_drawing, timeout=TIMEOUT)
    assert not pane.brush._marked
    stroke(pane, (2, 2))
    bench.document.set_model(fake_model())
    assert not pane.is_drawing
    engine.go_on.set()
    assert not pane.isVisibleTo(bench.panel)
    assert pane.brush.grid == 0
    bench.document.undo_stack.clear()
    assert (before < ENTRIES).all()


def test_a_model_without_a_prior_says_how_to_have_one(qtbot: QtBot, bench: Bench, data: FaceData) -> None:
    bench.document.set_model(fake_vq_model(data.config))
    with qtbot.waitSignal(bench.panel.face_painted, timeout=TIMEOUT):
        bench.panel.faces.choose(1)
    pane = painter_of(bench)
    pane.tool.segments[DRAW].click()
    assert "learned no prior" in pane.words.text()
    assert not pane.brush.paints
    pane.tool.segments[PAINT].click()
    assert pane.brush.paints


def test_a_painted_face_is_named_kept_and_checked(bench: Bench) -> None:
    pane = painter_of(bench)
    code = other_code(codes_of(bench))
    pane.atlas._choose(code)
    stroke(pane, (0, 0))
    session, model = bench.document.session, bench.document.model
    assert model is not None
    assert picture_name(session).endswith("-edited")
    assert fitting(session, model) == (session, [])
    for wrong in (
        Edit("cell", "0", float(ENTRIES)),
        Edit("cell", str(GRID**2), 1.0),
        Edit("cell", "1", 0.5),
        Edit("direction", "smile", 5.0),
    ):
        kept, left_out = fitting(Session(session.checkpoint_id, session.anchor, (*session.edits, wrong)), model)
        assert kept.edits == session.edits
        assert len(left_out) == 1


# -- the cells of two faces


def choose(qtbot: QtBot, bench: Bench, place: int) -> None:
    anchor = bench.document.session.anchor
    bench.panel.faces.choose(place)
    qtbot.waitUntil(lambda: bench.document.session.anchor != anchor, timeout=TIMEOUT)


def two_faces(qtbot: QtBot, bench: Bench, tool: int) -> tuple[np.ndarray, np.ndarray]:
    """Keep the first face for a tool, and choose another one; gives the codes of both."""
    pane, first = painter_of(bench), codes_of(bench)
    pane.tool.segments[tool].click()
    pane.keep_button.click()
    choose(qtbot, bench, 5)
    return first, codes_of(bench)


def test_a_painted_cell_is_of_its_face_alone(qtbot: QtBot, bench: Bench) -> None:
    pane, before = painter_of(bench), codes_of(bench)
    code = other_code(before)
    pane.atlas._choose(code)
    stroke(pane, (0, 0))
    choose(qtbot, bench, 5)
    other = codes_of(bench)
    assert not bench.document.session.edits
    choose(qtbot, bench, 0)
    assert codes_of(bench)[0, 0] == code
    bench.document.undo_stack.undo()
    np.testing.assert_array_equal(codes_of(bench), other)
    for _ in range(2):
        bench.document.undo_stack.undo()
    np.testing.assert_array_equal(codes_of(bench), before)


def go_to(bench: Bench, model: LoadedModel) -> None:
    """Use another model on the same face, as the window does."""
    session = bench.document.session
    bench.document.set_model(model, carried_over(session, model, bench.document.original(session.anchor)))


def test_painted_cells_come_back_with_their_model(qtbot: QtBot, bench: Bench) -> None:
    pane, model = painter_of(bench), bench.document.model
    code = other_code(codes_of(bench))
    pane.atlas._choose(code)
    stroke(pane, (0, 0), (0, 1))
    painted = codes_of(bench)
    go_to(bench, fake_model(image_size=64))
    assert bench.document.session.anchor is not None
    assert not bench.document.session.edits
    bench.document.set_edit("dimension", "0", 1.0)  # an edit of the other model doesn't take their place
    bench.document.set_edit("dimension", "0", 0.0)
    assert model is not None
    go_to(bench, model)
    np.testing.assert_array_equal(codes_of(bench), painted)


def test_two_faces_swap_cells_and_both_keep_it(qtbot: QtBot, bench: Bench) -> None:
    pane = painter_of(bench)
    first, second = two_faces(qtbot, bench, SWAP)
    here, there = second.copy(), first.copy()
    here[1, :3], there[1, :3] = first[1, :3], second[1, :3]
    stroke(pane, (1, 0), (1, 2), (1, 0))  # there and back: each cell once
    np.testing.assert_array_equal(codes_of(bench), here)
    qtbot.waitUntil(lambda: not pane.other_picture.pixmap().isNull(), timeout=TIMEOUT)
    assert pane.other_name.text().startswith("Cells are swapped with")
    choose(qtbot, bench, 0)
    np.testing.assert_array_equal(codes_of(bench), there)
    assert not pane.brush.paints  # the other face itself
    assert "Now choose the other face" in pane.words.text()
    choose(qtbot, bench, 5)
    np.testing.assert_array_equal(codes_of(bench), here)
    stroke(pane, (1, 0), (1, 2))
    np.testing.assert_array_equal(codes_of(bench), second)
    choose(qtbot, bench, 0)
    np.testing.assert_array_equal(codes_of(bench), first)


def test_undo_takes_a_swap_back_in_both_faces(qtbot: QtBot, bench: Bench) -> None:
    pane, stack = painter_of(bench), bench.document.undo_stack
    first, second = two_faces(qtbot, bench, SWAP)
    (apart,) = np.argwhere(first != second)[:1]
    anchor = bench.document.session.anchor
    stroke(pane, (0, 0), (3, 3), (int(apart[0]), int(apart[1])))
    assert stack.undoText().startswith("Swap cells with ")
    other = pane._other
    assert other is not None
    swapped = codes_of(bench), bench.document.code_of(other.anchor)
    assert (swapped[1].reshape(GRID, GRID) != first).any()  # type: ignore[union-attr]
    stack.undo()
    assert bench.document.session.anchor == anchor
    np.testing.assert_array_equal(codes_of(bench), second)
    np.testing.assert_array_equal(bench.document.code_of(other.anchor), first.flatten())
    assert bench.document.kept_edit(other.anchor) is None or not bench.document.kept_edit(other.anchor).edits  # type: ignore[union-attr]
    stack.redo()
    np.testing.assert_array_equal(codes_of(bench), swapped[0])
    np.testing.assert_array_equal(bench.document.code_of(other.anchor), swapped[1])


def test_the_other_face_is_forgotten_with_its_model(qtbot: QtBot, bench: Bench, data: FaceData) -> None:
    pane = painter_of(bench)
    two_faces(qtbot, bench, SWAP)
    assert pane._other_row.isVisibleTo(bench.panel)
    bench.document.set_model(fake_vq_model(data.config))
    assert not pane._other_row.isVisibleTo(bench.panel)
    assert "press Swap with this face" in pane.words.text() or "Choose a picture" in pane.words.text()


# -- without a mouse


def test_keys_lead_to_a_cell_and_paint_it(bench: Bench) -> None:
    pane, before = painter_of(bench), codes_of(bench)
    code = other_code(before)
    pane.atlas._choose(code)
    brush = pane.brush
    bench.panel.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(bench.panel.canvas, Qt.Key.Key_Tab)  # to what lies over the canvas
    QApplication.processEvents()
    assert QApplication.focusWidget() is brush
    assert brush.cell == (GRID // 2, GRID // 2)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_PageUp, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Right):
        QTest.keyClick(brush, key)
    assert brush.cell == (1, 1)
    assert brush.accessibleName() == f"Cells of the picture, row 2 of 4, column 2 of 4, code {before[1, 1]}"
    QTest.keyClick(brush, Qt.Key.Key_Space)
    wanted = before.copy()
    wanted[1, 1] = code
    np.testing.assert_array_equal(codes_of(bench), wanted)
    assert brush.accessibleName().endswith(f"code {code}")
    QTest.keyClick(brush, Qt.Key.Key_End)
    QTest.keyClick(brush, Qt.Key.Key_Return)
    wanted[1, GRID - 1] = code
    np.testing.assert_array_equal(codes_of(bench), wanted)
    bench.document.undo_stack.undo()
    bench.document.undo_stack.undo()
    np.testing.assert_array_equal(codes_of(bench), before)


def test_shift_with_arrows_paints_a_stroke_of_one_step(bench: Bench) -> None:
    pane, before = painter_of(bench), codes_of(bench)
    code = other_code(before)
    pane.atlas._choose(code)
    with_focus(pane.brush)
    QTest.keyClick(pane.brush, Qt.Key.Key_Home)
    for _ in range(2):
        QTest.keyPress(pane.brush, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert bench.document.in_gesture
    QTest.keyRelease(pane.brush, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)  # and Shift
    assert not bench.document.in_gesture
    wanted = before.copy()
    wanted[GRID // 2, :3] = code
    np.testing.assert_array_equal(codes_of(bench), wanted)
    bench.document.undo_stack.undo()
    np.testing.assert_array_equal(codes_of(bench), before)


def test_ctrl_and_space_take_the_code_of_the_cell(bench: Bench) -> None:
    pane, before = painter_of(bench), codes_of(bench)
    with_focus(pane.brush)
    QTest.keyClick(pane.brush, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert pane.atlas.choice == before[GRID // 2, GRID // 2]
    np.testing.assert_array_equal(codes_of(bench), before)


def with_focus(brush: CellBrush) -> None:
    """Tab has led to it."""
    brush.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    assert brush.hasFocus()


# -- directions


def smile(model: LoadedModel) -> Direction:
    """Towards brighter cells in the lowest row."""
    unit = np.zeros((GRID, GRID, 2), np.float32)
    unit[-1, :, 0] = 0.5
    rows = 0.5 * 4 * np.array([10.0, 4.0])
    return Direction(
        "smile", unit.flatten(), rows[0], rows[1], 0.0, 30.0, unit.flatten(), "mean", "test", checkpoint_id=model.id, space=VECTORS
    )


@pytest.fixture
def moving(qtbot: QtBot, bench: Bench) -> Bench:
    """Its model has a smile, and the page with sliders is open."""
    model = bench.document.model
    assert model is not None
    bench.document.set_direction(smile(model))
    pane_of(bench).show_page(DIRECTIONS)
    return bench


def test_a_slider_moves_the_codes_and_undo_takes_it_back(qtbot: QtBot, moving: Bench) -> None:
    pane, before, document = pane_of(moving), codes_of(moving), moving.document
    assert pane.painter.brush.grid == 0  # the brush is of the other page
    sliders = pane.directions.sliders
    assert sliders is not None
    slider = sliders.main_slider
    assert slider is not None
    assert slider.isVisibleTo(moving.panel)
    with qtbot.waitSignal(moving.panel.face_painted, timeout=TIMEOUT):
        slider.value_changed.emit(100.0)
    after = codes_of(moving)
    np.testing.assert_array_equal(after[:-1], before[:-1])
    assert (after[-1] >= before[-1]).all()
    assert after[-1].sum() > before[-1].sum()
    document.undo_stack.undo()
    np.testing.assert_array_equal(codes_of(moving), before)


def test_a_painted_cell_stays_as_painted_while_the_slider_moves(moving: Bench) -> None:
    pane, document = pane_of(moving), moving.document
    document.set_edit("direction", "smile", 100.0)
    pane.show_page(PAINTING)
    before = codes_of(moving)
    anchor = document.session.anchor
    assert anchor is not None
    own = int(anchor.z[-1])  # the face's own code, which the smile has changed
    assert own != before[-1, -1]
    pane.painter.atlas._choose(own)
    stroke(pane.painter, (GRID - 1, GRID - 1))
    assert codes_of(moving)[-1, -1] == own
    document.set_edit("direction", "smile", 200.0)
    assert codes_of(moving)[-1, -1] == own


def test_cells_that_change_are_counted_over_the_pictures(qtbot: QtBot, moving: Bench, data: FaceData) -> None:
    pane, model = pane_of(moving).directions, moving.document.model
    assert model is not None
    assert pane.overlay.grid == 0
    pane.shown.click()
    qtbot.waitUntil(lambda: not pane.is_counting, timeout=TIMEOUT)
    shares, pictures = pane.overlay.shares, np.asarray(data.images[data.split.valid])
    wanted = np.zeros((GRID, GRID))
    for picture in pictures:
        code = model.engine.encode(picture[None]).flat[0]
        ends = [model.arithmetic().edited(code, (Edit("direction", "smile", end),), model.directions) for end in (-100.0, 100.0)]
        wanted += (ends[0] != ends[1]).reshape(GRID, GRID)
    np.testing.assert_allclose(shares, wanted / len(pictures))
    assert shares[-1].min() > 0.0
    assert not shares[:-1].any()
    assert f"{len(pictures)} validation pictures" in pane.caption.text()
    assert "Most often: row 4" in pane.caption.text()
    moving.document.set_edit("direction", "smile", 100.0)
    changed = np.argwhere(codes_of(moving) != np.array(moving.document.session.anchor.z).reshape(GRID, GRID))  # type: ignore[union-attr]
    assert pane.overlay.framed == {(int(row), int(column)) for row, column in changed}
    pane_of(moving).show_page(PAINTING)
    assert pane.overlay.grid == 0


def test_without_pictures_the_caption_says_what_counting_needs(moving: Bench) -> None:
    pane = pane_of(moving).directions
    moving.document.set_data(None)
    pane.shown.click()
    assert not pane.is_counting
    assert "once pictures for this model are open" in pane.caption.text()
    assert pane.overlay.shares.size == 0


def test_a_moved_face_is_named_kept_and_checked(moving: Bench) -> None:
    document, model = moving.document, moving.document.model
    assert model is not None
    document.set_edit("direction", "smile", 80.0)
    assert fitting(document.session, model) == (document.session, [])
    document.remove_direction("smile")
    model = document.model
    assert model is not None
    kept, left_out = fitting(Session(model.id, document.session.anchor, (Edit("direction", "smile", 80.0),)), model)
    assert (kept.edits, left_out) == ((), ["smile"])
    assert not pane_of(moving).directions.cells.isVisibleTo(moving.panel)


def test_the_menu_of_directions_leaves_out_what_needs_a_latent(moving: Bench) -> None:
    sliders = pane_of(moving).directions.sliders
    assert sliders is not None
    moving.panel.menu.popup_at(sliders)
    menus = sliders.findChildren(QMenu)
    texts = [entry.text() for menu in menus for entry in menu.actions()]
    for menu in menus:
        menu.close()
    assert "Open a direction…" in texts
    assert not [text for text in texts if "Teach" in text or "Sharper" in text]


def test_it_begins_on_a_sample_that_does_not_smile(qtbot: QtBot, empty_bench: Bench, data: FaceData) -> None:
    document, panel = empty_bench.document, empty_bench.panel
    model = fake_vq_model(data.config, prior_epochs=1)
    document.set_model(replace(model, directions={"smile": smile(model)}))
    panel.choose_first_face()
    qtbot.waitUntil(lambda: document.session.anchor is not None, timeout=TIMEOUT)
    assert document.session.anchor is not None
    assert document.session.anchor.kind == "sample"
    position = document.directions["smile"].position(model.vector(document.session.anchor))
    assert position < (document.directions["smile"].mean_with + document.directions["smile"].mean_without) / 2.0

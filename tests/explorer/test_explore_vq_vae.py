"""Painting with codes in Explore: strokes, undo, codes of a cell, cells of another face, cells from the prior, saved edits."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.data.dataset import FaceData, load
from core.latent.session import Edit, Session
from explorer.document.saved_edits import fitting
from explorer.explore.faces import VALIDATION
from explorer.explore.families.vq_vae import COPY, DRAW, PAINT, CodePainter
from explorer.saving.pictures import picture_name
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
    pane = bench.panel.own_panes["vq_vae"]
    assert isinstance(pane, CodePainter)
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


def test_the_pane_is_folded_by_its_mark(bench: Bench) -> None:
    pane, columns = painter_of(bench), bench.panel.columns
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
    pane.tool.set_choice(COPY)
    pane._show()
    assert pane.brush.grid == 0  # there is no other face yet
    pane.tool.set_choice(PAINT)
    pane._show()
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
    assert pane.brush.grid == 0
    pane.tool.segments[PAINT].click()
    assert pane.brush.grid == GRID


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

"""The atoms of a face in Explore: sliders of the strongest, a brush, undo, and edits that are saved."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.data.dataset import FaceData, load
from core.latent.session import ATOM, PLACE, Anchor, Edit, Session, from_json
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.edit_copies import words_of
from explorer.document.saved_edits import fitting
from explorer.explore.faces.column import SAMPLES, VALIDATION
from explorer.explore.families.sc_vae import BRUSH, MOST_SLIDERS, AtomPane
from explorer.explore.tab import ExplorePanel
from explorer.messages import Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.tasks import running_tasks
from tests.explorer.explore_bench import Bench
from tests.helpers.fake_engine import fake_model
from tests.helpers.fake_sc import ATOMS, GRID, fake_sc_model
from tests.helpers.tiny_faces import write_faces

TIMEOUT = 10_000
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> FaceData:
    folder = write_faces(tmp_path_factory.mktemp("faces"), {"smile": 20, "non_smile": 20})
    return load(DataConfig(source=str(folder), image_size=64))


@pytest.fixture
def bench(qtbot: QtBot, empty_bench: Bench, data: FaceData) -> Bench:
    """On the first validation picture."""
    bench = empty_bench
    bench.document.set_data(data)
    bench.document.set_model(fake_sc_model(data.config))
    bench.panel.faces.set_source(VALIDATION)
    with qtbot.waitSignal(bench.panel.face_painted, timeout=TIMEOUT):
        bench.panel.faces.choose(0)
    return bench


def pane_of(bench: Bench) -> AtomPane:
    pane = bench.panel.own_panes["sc_vae"]
    assert isinstance(pane, AtomPane)
    return pane


def code_of(bench: Bench) -> np.ndarray:
    """The code of the face on the canvas, (GRID, GRID, ATOMS)."""
    code = bench.document.edited_code()
    assert code is not None
    return code.reshape(GRID, GRID, ATOMS)


def at(pane: AtomPane, row: int, column: int) -> QPoint:
    return pane.brush.rect_of(row, column).center().toPoint()


def test_the_strongest_atoms_of_the_face_have_sliders(qtbot: QtBot, bench: Bench) -> None:
    pane, code = pane_of(bench), code_of(bench)
    assert pane.isVisibleTo(bench.panel)
    energy = np.square(code.astype(float)).sum(axis=(0, 1))
    wanted = [int(atom) for atom in np.argsort(-energy, kind="stable") if energy[atom] > 0.0]
    assert list(pane.shown_atoms) == wanted[:MOST_SLIDERS]
    assert f"{len(wanted)} of {ATOMS} atoms are active in this face" in pane.words.text()
    first = pane.slider(wanted[0])
    assert first is not None
    assert first.label == f"Atom {wanted[0] + 1}"
    qtbot.waitUntil(lambda: first.end_images[1] is not None, timeout=TIMEOUT)
    low, high = (image.toImage().pixelColor(28, 28).red() for image in first.end_images if image is not None)
    if wanted[0] == 0:  # the bright pattern: more of what this face has of it
        is_bright = float(code[:, :, 0].sum()) > 0.0
        assert high - low > 240 if is_bright else low - high > 240


def test_without_a_face_its_words_stay_below_the_title(qtbot: QtBot, empty_bench: Bench, data: FaceData) -> None:
    """They stood a third of the window apart."""
    empty_bench.document.set_model(fake_sc_model(data.config))
    pane = pane_of(empty_bench)
    assert pane.isVisibleTo(empty_bench.panel)
    assert pane.words.text() == "Choose a picture to change its atoms."
    qtbot.waitUntil(lambda: pane.height() > 300, timeout=TIMEOUT)
    assert pane.words.geometry().bottom() < 150


def test_tab_goes_through_the_sliders_as_they_are_read(qtbot: QtBot, bench: Bench) -> None:
    pane = pane_of(bench)

    def stops() -> tuple[int, ...]:
        """The atoms of the sliders in Tab's order, from the tool to the atoms to paint with."""
        atoms, chain, widget = {pane.slider(atom): atom for atom in pane.shown_atoms}, [], pane.tool.nextInFocusChain()
        while widget is not pane.atlas:
            chain += [atoms[widget]] if widget in atoms else []
            widget = widget.nextInFocusChain()
        return tuple(chain)

    for strongest in ((1, 2, 3), (3, 1, 2)):  # the second face has the sliders of the first, in another order
        code = np.zeros((GRID, GRID, ATOMS), np.float32)
        code[0, 0, list(strongest)] = 3.0, 2.0, 1.0
        bench.document.set_anchor(Anchor("data", "made up", str(strongest), tuple(map(float, code.flat))))
        assert pane.shown_atoms == strongest
        qtbot.waitUntil(lambda wanted=strongest: stops() == wanted, timeout=TIMEOUT)


def test_a_slider_turns_its_atom_up_everywhere_and_undo_takes_it_back(bench: Bench) -> None:
    pane, before = pane_of(bench), code_of(bench)
    atom = pane.shown_atoms[0]
    slider = pane.slider(atom)
    assert slider is not None
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Home)
    assert bench.document.session.edits == (Edit(ATOM, str(atom), -100.0),)
    after = code_of(bench)
    assert not after[:, :, atom].any()
    others = [one for one in range(ATOMS) if one != atom]
    np.testing.assert_array_equal(after[:, :, others], before[:, :, others])
    assert bench.document.undo_stack.undoText() == f"Move atom {atom + 1}"
    bench.document.undo_stack.undo()
    np.testing.assert_array_equal(code_of(bench), before)
    assert slider.value == 0.0


def test_another_face_has_its_own_atoms(qtbot: QtBot, bench: Bench) -> None:
    pane = pane_of(bench)
    atom = pane.shown_atoms[0]
    bench.document.set_edit(ATOM, str(atom), 50.0)
    with qtbot.waitSignal(bench.panel.face_painted, timeout=TIMEOUT):
        bench.panel.faces.choose(1)
    assert code_of(bench).shape == (GRID, GRID, ATOMS)
    energy = np.square(code_of(bench).astype(float)).sum(axis=(0, 1))
    assert set(pane.shown_atoms) >= {int(place) for place in np.flatnonzero(energy)}
    slider = pane.slider(atom)
    assert slider is not None
    assert slider.value == 50.0  # sliders stay where they are among faces


def test_the_brush_adds_an_atom_to_places_and_undo_is_one_step(bench: Bench) -> None:
    pane, before = pane_of(bench), code_of(bench)
    pane.tool.segments[BRUSH].click()
    assert pane.brush.grid == GRID
    pane.atlas.set_choice(2)
    QTest.mousePress(pane.brush, LEFT, pos=at(pane, 1, 1))
    QTest.mouseMove(pane.brush, at(pane, 1, 2))
    QTest.mouseRelease(pane.brush, LEFT, pos=at(pane, 1, 2))
    after = code_of(bench)
    added = np.zeros_like(before)
    added[1, 1:3, 2] = 4.0 * 0.5  # four times the atom's usual size
    np.testing.assert_allclose(after, before + added, atol=1e-6)
    pane.strength.set_value(0.0)
    QTest.mouseClick(pane.brush, LEFT, pos=at(pane, 1, 1))  # nothing is added any more
    np.testing.assert_allclose(code_of(bench)[1, 1], before[1, 1], atol=1e-6)
    bench.document.undo_stack.undo()
    np.testing.assert_allclose(code_of(bench), after, atol=1e-6)
    bench.document.undo_stack.undo()
    np.testing.assert_array_equal(code_of(bench), before)
    assert bench.document.session.edits == ()


def test_a_place_tells_its_atoms_and_gives_the_strongest(bench: Bench) -> None:
    pane, code = pane_of(bench), code_of(bench)
    pane.tool.segments[BRUSH].click()
    order = np.argsort(-np.abs(code[2, 3]), kind="stable")
    pane.brush.hovered.emit(2, 3)
    assert pane.atom_words.text().startswith(f"Here: {order[0] + 1}")
    QTest.mouseClick(pane.brush, LEFT, Qt.KeyboardModifier.ControlModifier, at(pane, 2, 3))
    assert pane.atlas.choice == order[0]
    assert bench.document.session.edits == ()
    pane.brush.hovered.emit(-1, -1)
    assert pane.atom_words.text() == f"Atom {order[0] + 1}"


def test_edits_of_atoms_are_saved_and_what_does_not_fit_is_named(bench: Bench) -> None:
    document = bench.document
    document.set_edit(ATOM, "1", 25.0)
    document.paint_places({7: 1.5}, "Paint")
    kept = from_json(json.dumps(document.session.to_dict()))
    assert kept == document.session
    assert document.session.to_dict()["version"] == 4
    assert document.model is not None
    foreign = (Edit(ATOM, str(ATOMS), 10.0), Edit(PLACE, str(GRID * GRID * ATOMS), 1.0), Edit("dimension", "0", 1.0))
    session = Session(kept.checkpoint_id, kept.anchor, (*kept.edits, *foreign))
    known, left_out = fitting(session, document.model)
    assert known.edits == kept.edits
    assert left_out == [f"atom {ATOMS + 1}", f"place {GRID * GRID * ATOMS + 1}", "0"]
    assert words_of(kept.edits, document, document) == "1 painted place, atom 2 by 25\u00a0%"


def test_there_are_no_samples_and_another_model_takes_the_pane_away(bench: Bench, data: FaceData) -> None:
    pane = pane_of(bench)
    assert not pane.brush.isVisibleTo(bench.panel)
    model = bench.panel.faces._source.model()
    assert not model.flags(model.index(SAMPLES, 0)) & Qt.ItemFlag.ItemIsEnabled
    assert "no prior" in model.index(SAMPLES, 0).data(Qt.ItemDataRole.ToolTipRole)
    bench.document.set_model(fake_model(data=data.config))
    assert not pane.isVisibleTo(bench.panel)
    assert pane.shown_atoms == ()
    assert bench.document.session.edits == ()


def test_a_tab_that_is_built_after_the_model_was_opened_has_the_pane(qtbot: QtBot, data: FaceData) -> None:
    document = Document()
    document.set_data(data)
    document.set_model(fake_sc_model(data.config))
    decoding = DecodeService(document)
    panel = ExplorePanel(document, decoding, SettingsStore(UiSettings(), document), Messenger(document))
    qtbot.addWidget(panel)
    panel.resize(1240, 700)
    panel.show()
    pane = panel.own_panes["sc_vae"]
    assert pane.isVisibleTo(panel)
    assert not panel.sliders.isVisibleTo(panel)
    assert "Choose a picture" in pane.words.text()
    qtbot.waitUntil(lambda: not running_tasks(), timeout=TIMEOUT)
    decoding.close()

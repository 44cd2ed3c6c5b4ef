"""A conditional model in the window: the chosen class is drawn everywhere, and pictures are shown as what they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from core.config import DataConfig, with_values
from core.data.dataset import FaceData, load
from core.errors import ConfigError, CoreError
from core.export.images import save_picture
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.document.saved_edits import fitting
from explorer.gallery.tab import RECONSTRUCTIONS, SAMPLES, GalleryPanel
from explorer.messages import Message
from explorer.saving.pictures import session_recipe
from explorer.tasks import running_tasks
from tests.explorer.explore_bench import Bench
from tests.explorer.test_document import direction
from tests.helpers.fake_engine import fake_model
from tests.helpers.panels import gallery_panel
from tests.helpers.tiny_faces import write_faces

CLASSES = ("non_smile", "smile")
DARKER = 0.2 * 255.0  # by which the fake draws the second class darker


def conditional(data: DataConfig | None = None) -> LoadedModel:
    made = fake_model(data=data)
    made.engine.classes = CLASSES  # type: ignore[misc]
    config = with_values(made.header.config, {"model.name": "conditional_vae"})
    made.engine.header = replace(made.header, config=config)
    return made


def choose(box: QComboBox, index: int) -> None:
    """As the person does."""
    box.setCurrentIndex(index)
    box.activated.emit(index)


@pytest.fixture
def messages() -> list[Message]:
    return []


@pytest.fixture
def gallery(qtbot: QtBot, messages: list[Message]) -> Iterator[tuple[GalleryPanel, Document]]:
    document = Document()
    with gallery_panel(qtbot, document, messages) as panel:
        yield panel, document


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> FaceData:
    folder = write_faces(tmp_path_factory.mktemp("classes") / "faces", {"smile": 30, "non_smile": 30})
    return load(DataConfig(source=str(folder), image_size=64))


def test_other_models_have_no_such_choice(gallery: tuple[GalleryPanel, Document]) -> None:
    panel, document = gallery
    document.set_model(fake_model())
    assert not panel.class_choice.isVisible()
    document.set_model(conditional())
    assert panel.class_choice.isVisible()
    assert [panel.class_choice.box.itemText(index) for index in range(2)] == list(CLASSES)
    with pytest.raises((ConfigError, ValueError)):
        document.choose_class("frown")
    document.set_model(fake_model())
    assert not panel.class_choice.isVisible()


def test_samples_are_of_the_chosen_class(qtbot: QtBot, gallery: tuple[GalleryPanel, Document]) -> None:
    panel, document = gallery
    document.set_model(conditional())
    panel.show_section(SAMPLES)
    qtbot.waitUntil(lambda: panel.section.is_complete)
    before = panel.samples.sheet.pictures()
    choose(panel.class_choice.box, 1)
    assert not panel.section.is_complete
    qtbot.waitUntil(lambda: panel.section.is_complete)
    after = panel.samples.sheet.pictures()
    assert before is not None
    assert after is not None
    assert "fake, class smile" in panel.caption
    export = panel.section.export()
    assert export is not None
    assert export.recipe["class"] == "smile"
    unclipped = (before > 60) & (before < 250)
    np.testing.assert_allclose(before[unclipped] - after[unclipped].astype(float), DARKER, atol=1.0)


def test_reconstructions_are_of_each_pictures_own_class(
    qtbot: QtBot, gallery: tuple[GalleryPanel, Document], data: FaceData, messages: list[Message]
) -> None:
    panel, document = gallery
    document.set_data(data)
    document.set_model(conditional(data.config))
    panel.show_section(RECONSTRUCTIONS)
    qtbot.waitUntil(lambda: panel.section.is_complete or bool(messages), timeout=60_000)  # a worker imports torch
    assert not messages
    faces = panel.reconstructions._faces
    assert faces is not None
    classes = faces.given.classes
    assert classes is not None
    assert classes.tolist() == data.index.labels[faces.rows].tolist()
    assert document.model is not None
    place = int(np.argmax(classes))
    assert classes[place] == 1
    drawn = document.model.engine.for_class("smile").decode(faces.z[[place]])[0]
    if place < panel.reconstructions.count:
        np.testing.assert_array_equal(panel.reconstructions.sheet.picture(place, 1), drawn)
    with qtbot.waitSignal(panel.face_chosen) as chosen:
        panel.reconstructions._on_sheet_picture_opened(place)
    anchor, original, class_name = chosen.args
    document.set_anchor(anchor, original, class_name)  # as the window does
    assert document.session.class_name == class_name == "smile"
    assert document.model.engine.class_name == "smile"
    document.undo_stack.undo()  # one step
    assert document.session.class_name == "non_smile"
    assert not document.undo_stack.canUndo()


def test_a_picture_of_the_data_is_opened_as_what_it_is(qtbot: QtBot, data: FaceData) -> None:
    bench = Bench()
    qtbot.addWidget(bench.panel)
    bench.panel.show()
    bench.document.set_data(data)
    bench.document.set_model(conditional(data.config))
    smiling = int(np.flatnonzero(data.index.labels == 1)[0])
    bench.panel.faces._choose_row(smiling)
    qtbot.waitUntil(lambda: bench.document.session.anchor is not None and bench.document.session.anchor.kind == "data")
    assert bench.panel.tools.class_choice.box.currentText() == "smile"
    bench.decoding.close()


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    """With a model that draws the first of its classes."""
    bench = Bench()
    qtbot.addWidget(bench.panel)
    bench.panel.show()
    bench.document.set_model(conditional())
    bench.panel.choose_first_face()
    yield bench
    bench.decoding.close()


def shown_class(bench: Bench) -> str:
    """What the box says, which is what the engine draws and what the session says."""
    model = bench.document.model
    assert model is not None
    name = bench.panel.tools.class_choice.box.currentText()
    assert name == model.engine.class_name == bench.document.session.class_name
    return name


def test_explore_draws_the_face_in_the_chosen_class_and_undo_goes_back(qtbot: QtBot, bench: Bench) -> None:
    bench.document.set_edit("dimension", "3", 0.5)
    qtbot.waitUntil(lambda: bench.panel.picture is not None)
    session = bench.document.session
    code = bench.document.edited_code()
    assert code is not None
    assert shown_class(bench) == "non_smile"
    choose(bench.panel.tools.class_choice.box, 1)
    assert (bench.document.session.anchor, bench.document.session.edits) == (session.anchor, session.edits)
    model = bench.document.model
    assert model is not None
    wanted = model.engine.decode(code[None])[0]
    qtbot.waitUntil(lambda: np.array_equal(bench.panel.picture, wanted))
    assert shown_class(bench) == "smile"
    assert bench.document.undo_stack.undoText() == "Choose the class smile"
    bench.document.undo_stack.undo()
    assert bench.document.session == session
    assert shown_class(bench) == "non_smile"
    bench.document.undo_stack.redo()
    assert shown_class(bench) == "smile"
    choose(bench.panel.tools.class_choice.box, 1)  # the same again is no step
    bench.document.undo_stack.undo()
    bench.document.undo_stack.undo()
    assert bench.document.session.edits == ()


def test_a_saved_picture_comes_back_as_the_class_that_it_shows(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    choose(bench.panel.tools.class_choice.box, 1)
    wanted, code = bench.document.session, bench.document.edited_code()
    model = bench.document.model
    assert model is not None
    assert code is not None
    save_picture(tmp_path / "mine.png", model.engine.decode(code[None])[0], session_recipe(wanted, "edit"))
    choose(bench.panel.tools.class_choice.box, 0)
    bench.panel.faces.reroll()
    with qtbot.waitSignal(bench.document.session_changed, timeout=10_000):
        bench.panel.faces.open_file(str(tmp_path / "mine.png"))
    assert bench.document.session == wanted
    assert shown_class(bench) == "smile"
    bench.document.undo_stack.undo()
    assert shown_class(bench) == "non_smile"


def test_recipes_without_a_class_or_with_a_wrong_one(bench: Bench) -> None:
    choose(bench.panel.tools.class_choice.box, 1)
    model, session = bench.document.model, bench.document.session
    assert model is not None
    old, _ = fitting(replace(session, class_name=""), model)  # of before the class was kept
    bench.document.restore(old, "old.png")
    assert shown_class(bench) == "smile"
    for name in ("frown", "smile\0", "x" * 100_000):
        with pytest.raises(CoreError, match="doesn't fit"):
            fitting(replace(session, class_name=name), model)
    plain = fake_model()
    with pytest.raises(CoreError, match="doesn't fit"):
        fitting(replace(session, checkpoint_id=plain.id), plain)


def test_another_model_that_knows_the_class_goes_on_with_it(bench: Bench) -> None:
    choose(bench.panel.tools.class_choice.box, 1)
    bench.document.set_model(conditional())
    assert shown_class(bench) == "smile"
    bench.document.set_model(fake_model())
    assert bench.document.session.class_name == ""
    bench.document.set_model(conditional())
    assert shown_class(bench) == "non_smile"


@pytest.mark.parametrize("meanwhile", ["direction", "class"])
def test_a_picture_that_is_being_encoded_opens_whatever_changes_meanwhile(
    qtbot: QtBot, bench: Bench, data: FaceData, meanwhile: str
) -> None:
    bench.document.set_data(data)
    bench.document.set_model(conditional(data.config))
    bench.panel.choose_first_face()
    smiling = int(np.flatnonzero(data.index.labels == 1)[0])
    bench.panel.faces._choose_row(smiling)
    model = bench.document.model
    assert model is not None
    if meanwhile == "direction":
        bench.document.set_direction(direction(model.id))
    else:
        bench.document.choose_class("smile")
    qtbot.waitUntil(lambda: not running_tasks())
    anchor = bench.document.session.anchor
    assert anchor is not None
    assert anchor.kind == "data"
    assert shown_class(bench) == "smile"
    assert anchor.z == pytest.approx(tuple(model.engine.encode(np.array(data.images[[smiling]])).mean[0]))

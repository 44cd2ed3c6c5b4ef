"""What the window shows of a VQ-VAE: its grid of codes, and nothing that such a model can't do."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.data.dataset import FaceData
from core.progress import Progress
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.explore.faces.column import OPENED, SAMPLES, VALIDATION
from explorer.gallery.family_vq_vae import CodesSection
from explorer.gallery.grids import codebook
from explorer.gallery.grids.atlas import BY_BRIGHTNESS
from explorer.gallery.grids.codebook import CodebookSection
from explorer.gallery.samples import SamplesSection
from explorer.gallery.tab import CODES, INTERPOLATION, PLANE, RECONSTRUCTIONS, GalleryPanel
from explorer.gallery.tab import SAMPLES as SAMPLES_SECTION
from explorer.tasks import running_tasks
from tests.explorer.explore_bench import Bench
from tests.explorer.gallery.conftest import section_of
from tests.helpers.fake_engine import fake_model
from tests.helpers.fake_vq import ENTRIES, GRID, FakeVq, fake_vq_model
from tests.helpers.panels import gallery_panel

pytestmark = pytest.mark.usefixtures("nothing_is_said")
TIMEOUT = 10_000


@pytest.fixture
def codes(qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData) -> CodesSection:
    """The section, seen, with all of its pictures."""
    document.set_data(data)
    document.set_model(fake_vq_model(data.config))
    panel.show_section(section_of(panel, CodesSection))
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)
    assert type(panel.section) is CodesSection
    return panel.section


def test_only_what_the_model_can_do_is_offered(panel: GalleryPanel, document: Document, data: FaceData) -> None:
    own = {section_of(panel, CodesSection), section_of(panel, CodebookSection)}

    def offered() -> set[int]:
        return {n for n, segment in enumerate(panel.section_choice.segments) if segment.isVisibleTo(panel)}

    document.set_data(data)
    document.set_model(fake_model(data=data.config))
    assert offered() == {RECONSTRUCTIONS, SAMPLES_SECTION, INTERPOLATION, CODES}
    panel.show_section(SAMPLES_SECTION)
    document.set_model(fake_vq_model(data.config))
    assert offered() == {RECONSTRUCTIONS, *own}
    assert panel.section is panel.reconstructions  # what was in front is no more
    document.set_model(fake_model(data=data.config))
    assert own.isdisjoint(offered())
    assert PLANE not in offered()


def test_reconstructions_are_those_of_the_codes(qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData) -> None:
    document.set_data(data)
    model = fake_vq_model(data.config)
    document.set_model(model)
    panel.show_section(RECONSTRUCTIONS)
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)
    section = panel.reconstructions
    original, returned = section.sheet.picture(0), section.sheet.picture(0, 1)
    assert original is not None
    np.testing.assert_array_equal(returned, model.engine.decode(model.engine.encode(original[None]).values)[0])


def test_the_grid_of_a_picture(qtbot: QtBot, panel: GalleryPanel, codes: CodesSection, document: Document) -> None:
    assert document.model is not None
    original = codes.sheet.picture(0)
    assert original is not None
    wanted = document.model.engine.encode(original[None]).values[0]
    np.testing.assert_array_equal(codes._codes(), wanted)
    assert f"{GRID} × {GRID} codes, {len(np.unique(wanted))} different ones of {ENTRIES}" in panel.caption
    assert "each stands for 16 × 16 pixels" in panel.caption
    map_ = codes.code_map
    area = map_._area()
    row, column = 1, 2
    side = area.width() / GRID
    QTest.mouseMove(map_, QPoint(round(area.left() + (column + 0.5) * side), round(area.top() + (row + 0.5) * side)))
    qtbot.waitUntil(lambda: codes._hovered == (row, column))
    code = int(wanted[row, column])
    count = int((wanted == code).sum())
    assert f"Row 2, column 3: code {code}, {count} times in this picture" in panel.caption
    share = 50 if code == 0 else 3.3
    assert f"{share} % of all cells" in panel.caption
    assert codes.picture_map._marked == codes.code_map._marked == code


def test_another_picture_is_chosen_and_all_are_saved(qtbot: QtBot, codes: CodesSection) -> None:
    first = codes._codes()
    assert first is not None
    others = [n for n in range(codes.sheet.count) if not np.array_equal(codes._grids(codes._faces)[n], first)]  # type: ignore[arg-type]
    codes.sheet.set_selected_index(others[0])
    codes._on_sheet_selection_changed(others[0])
    assert not np.array_equal(codes._codes(), first)
    export = codes.export()
    assert export is not None
    originals, returned, colours = export.rows
    assert originals.shape == returned.shape == colours.shape
    alike = codes._grids(codes._faces)[0] == codes._grids(codes._faces)[0, 0, 0]  # type: ignore[arg-type]
    cells = colours[0][::16, ::16]
    assert (cells[alike] == cells[0, 0]).all()
    with qtbot.waitSignal(codes.face_chosen) as chosen:
        codes._on_sheet_picture_opened(0)
    anchor, original, _ = chosen.args
    assert anchor.z == tuple(map(float, first.ravel()))
    assert anchor.reference.endswith(f"/{anchor.label}")
    np.testing.assert_array_equal(original, originals[0])


def test_explore_offers_no_sliders_for_names(qtbot: QtBot, empty_bench: Bench, data: FaceData) -> None:
    bench = empty_bench
    bench.document.set_data(data)
    bench.document.set_model(fake_vq_model(data.config))
    panel = bench.panel
    assert not panel.sliders.isVisibleTo(panel)
    assert panel.strip.isVisibleTo(panel)  # a direction can be fitted for it
    assert panel.own_panes["vq_vae"].isVisibleTo(panel)
    assert not panel._still.isVisibleTo(panel)
    assert panel.faces.source == VALIDATION
    panel.faces.set_source(SAMPLES)
    assert panel.faces.source == VALIDATION  # there are none
    panel.faces.set_source(OPENED)
    panel.faces.reroll()
    assert panel.faces.source == OPENED  # a model without a prior has no others
    panel.faces.set_source(VALIDATION)
    with qtbot.waitSignal(panel.face_painted, timeout=TIMEOUT):
        panel.faces._on_grid_face_activated(0)
    anchor, model = bench.document.session.anchor, bench.document.model
    assert anchor is not None
    assert model is not None
    np.testing.assert_array_equal(panel.picture, model.engine.decode(np.array([anchor.z]))[0])
    bench.document.set_model(fake_model(data=data.config))
    assert panel.sliders.isVisibleTo(panel)
    assert panel.strip.view.isVisibleTo(panel)


def with_prior(data: FaceData) -> tuple[LoadedModel, FakeVq]:
    model = fake_vq_model(data.config, prior_epochs=1)
    return model, cast(FakeVq, model.engine)


def test_samples_are_drawn_off_the_windows_thread_at_a_temperature(
    qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData
) -> None:
    model, engine = with_prior(data)
    document.set_model(model)
    panel.show_section(SAMPLES_SECTION)
    section = panel.samples
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)
    assert section.temperature_box.isVisibleTo(panel)
    assert set(engine.drawn_in) == {"draw samples"}
    wanted = engine.decode(engine.draw(section.count, section.seed))
    np.testing.assert_array_equal(section.sheet.pictures(), wanted)
    assert "seed 0, temperature 1. Model: fake vq" in panel.caption
    section.temperature_box.setValue(0.0)
    assert not section.is_complete
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)
    export = section.export()
    assert export is not None
    assert export.recipe["temperature"] == 0.0
    assert len(np.unique(np.stack(export.rows))) == 1
    with qtbot.waitSignal(section.face_chosen) as chosen:
        section._on_sheet_picture_opened(1)
    assert chosen.args[0].z == (0.0,) * GRID**2
    document.set_model(fake_model(data=data.config))
    assert not section.temperature_box.isVisibleTo(panel)
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)
    assert "temperature" not in section.caption


def test_a_panel_made_after_its_model_offers_the_temperature(qtbot: QtBot, document: Document, data: FaceData) -> None:
    model, engine = with_prior(data)
    document.set_model(model)
    with gallery_panel(qtbot, document, []) as panel:
        panel.show_section(SAMPLES_SECTION)
        qtbot.waitUntil(lambda: bool(engine.drawn_in), timeout=TIMEOUT)
        assert panel.samples.temperature_box.isVisibleTo(panel)


def test_drawing_that_takes_long_shows_how_far_it_is_and_is_cancelled(
    qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData
) -> None:
    model, engine = with_prior(data)
    engine.go_on.clear()
    document.set_model(model)
    panel.show_section(SAMPLES_SECTION)
    section = panel.samples
    qtbot.waitUntil(lambda: section.progress.isVisibleTo(panel), timeout=TIMEOUT)
    section.progress._cancel.click()
    qtbot.waitUntil(lambda: not section.progress.isVisibleTo(panel), timeout=TIMEOUT)
    assert not section.is_complete
    assert not panel.save_button.isEnabled()
    assert panel.caption.startswith("Nothing was drawn, as it was cancelled.")
    engine.go_on.set()
    panel.reroll()
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)
    np.testing.assert_array_equal(section.sheet.pictures(), engine.decode(engine.draw(section.count, 1)))


def test_no_other_pictures_stand_over_what_is_being_drawn(
    qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData
) -> None:
    """Neither of the model before nor of another seed, also once drawing was cancelled."""
    section = panel.samples
    document.set_model(fake_model(data=data.config))
    panel.show_section(SAMPLES_SECTION)
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)
    model, engine = with_prior(data)
    engine.go_on.clear()
    document.set_model(model)
    assert empty(section)
    assert panel.caption == "Drawing 32 samples from the prior over codes, seed 0, temperature 1. Model: fake vq"
    with qtbot.assertNotEmitted(section.face_chosen, wait=0):
        section.sheet.picture_opened.emit(0)
    qtbot.waitUntil(lambda: section.progress.isVisibleTo(panel), timeout=TIMEOUT)
    section.progress._cancel.click()
    qtbot.waitUntil(lambda: panel.caption.startswith("Nothing was drawn, as it was cancelled."), timeout=TIMEOUT)
    assert empty(section)
    engine.go_on.set()
    panel.reroll()
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)
    assert panel.caption.startswith("32 samples from the prior over codes, seed 1")
    engine.go_on.clear()
    panel.reroll()
    assert empty(section)
    assert panel.caption.startswith("Drawing 32 samples from the prior over codes, seed 2")
    engine.go_on.set()


def empty(section: SamplesSection) -> bool:
    return section.sheet.count > 0 and all(section.sheet.picture(index) is None for index in range(section.sheet.count))


def test_another_models_codes_are_gone_at_once(qtbot: QtBot, panel: GalleryPanel, codes: CodesSection, document: Document) -> None:
    assert document.model is not None
    document.set_model(replace(fake_vq_model(document.model.header.config.data), path="another.safetensors"))
    assert codes._faces is None
    assert all(codes.sheet.picture(index, 1) is None for index in range(codes.sheet.count))
    assert codes.picture_map._picture is None
    assert codes.code_map._picture is None
    with qtbot.assertNotEmitted(codes.face_chosen, wait=0):
        codes.sheet.picture_opened.emit(0)
    qtbot.waitUntil(lambda: codes.is_complete, timeout=TIMEOUT)
    assert codes.code_map._picture is not None


def test_a_codebook_that_is_not_drawn_says_so(
    qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()

    def slow(engine: object, codes: np.ndarray, grid: int, progress: Progress) -> np.ndarray:
        while not free.wait(0.01):
            progress("", 0, len(codes))
        return drawn_swatches(engine, codes, grid, progress)

    drawn_swatches = codebook.swatches
    monkeypatch.setattr(codebook, "swatches", slow)
    document.set_model(fake_vq_model(data.config))
    panel.show_section(section_of(panel, CodebookSection))
    section = panel.section
    assert isinstance(section, CodebookSection)
    qtbot.waitUntil(lambda: section.progress.isVisibleTo(panel), timeout=TIMEOUT)
    section.progress._cancel.click()
    qtbot.waitUntil(lambda: panel.caption.startswith("Nothing was drawn, as it was cancelled."), timeout=TIMEOUT)
    free.set()
    panel.show_section(SAMPLES_SECTION if panel.samples.available else RECONSTRUCTIONS)
    panel.show_section(section_of(panel, CodebookSection))
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)
    assert "codes" in panel.caption


def test_what_is_no_longer_looked_at_is_no_longer_drawn(
    qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData
) -> None:
    model, engine = with_prior(data)
    engine.go_on.clear()
    document.set_data(data)
    document.set_model(model)
    panel.show_section(SAMPLES_SECTION)
    qtbot.waitUntil(lambda: bool(engine.drawn_in), timeout=TIMEOUT)
    panel.show_section(RECONSTRUCTIONS)
    qtbot.waitUntil(lambda: not [task for task in running_tasks() if task.name == "draw samples"], timeout=TIMEOUT)
    engine.go_on.set()
    panel.show_section(SAMPLES_SECTION)
    qtbot.waitUntil(lambda: panel.samples.is_complete, timeout=TIMEOUT)


def test_explore_begins_on_a_sample_once_it_is_drawn(qtbot: QtBot, empty_bench: Bench, data: FaceData) -> None:
    model, engine = with_prior(data)
    engine.go_on.clear()
    bench, faces = empty_bench, empty_bench.panel.faces
    bench.document.set_model(model)
    bench.panel.choose_first_face()
    assert bench.document.session.anchor is None
    faces.choose(3)  # nothing is there yet
    assert bench.document.session.anchor is None
    assert faces.face_at(3) is None
    qtbot.waitUntil(lambda: faces.note.endswith("one after the other: 4 %"), timeout=TIMEOUT)  # 1 of 24
    engine.go_on.set()
    qtbot.waitUntil(lambda: bench.document.session.anchor is not None, timeout=TIMEOUT)
    assert set(engine.drawn_in) == {"draw samples"}
    assert "random codes" in faces.note
    faces.choose(3)
    anchor = bench.document.session.anchor
    assert anchor is not None
    assert (anchor.kind, faces.shown_index) == ("sample", 3)


def test_the_codebook_as_an_atlas(qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData) -> None:
    model = fake_vq_model(data.config)
    document.set_data(data)
    document.set_model(model)
    panel.show_section(section_of(panel, CodebookSection))
    section = panel.section
    assert isinstance(section, CodebookSection)
    qtbot.waitUntil(lambda: section.is_complete and section._valid.current is not None, timeout=TIMEOUT)
    assert f"{ENTRIES} of {ENTRIES} codes are used" in panel.caption
    atlas = section.atlas
    assert atlas._codes[0] == 0  # the most used
    export = section.export()
    assert export is not None
    assert export.recipe["codes"] == list(range(ENTRIES))
    shades = np.concatenate(export.rows)[:, 0, 0, 0]
    np.testing.assert_array_equal(shades, np.arange(ENTRIES) * (256 // ENTRIES) + 8)
    faces = section._valid.current
    assert faces is not None
    code = int(faces.z[0, 5])
    place = atlas._place_of(code)
    QTest.mouseMove(atlas, atlas.rect_of(place).center().toPoint())
    qtbot.waitUntil(lambda: section._shown == code, timeout=TIMEOUT)
    assert section.title.text() == f"Code {code}"
    assert "% of all cells" in section.words.text()
    assert section.context.count > 0
    QTest.mouseMove(atlas, QPoint(1, 1))  # between tiles
    qtbot.waitUntil(lambda: section._shown == -1, timeout=TIMEOUT)
    QTest.mouseClick(atlas, Qt.MouseButton.LeftButton, pos=atlas.rect_of(place).center().toPoint())
    assert atlas.choice == code
    QTest.keyClick(atlas, Qt.Key.Key_Right if place + 1 < ENTRIES else Qt.Key.Key_Left)
    assert atlas.choice != code
    section.order_choice.set_choice(BY_BRIGHTNESS)
    section._show_tiles()
    np.testing.assert_array_equal(atlas._codes, np.arange(ENTRIES))


def test_the_atlas_shows_what_it_can_without_pictures(qtbot: QtBot, panel: GalleryPanel, document: Document) -> None:
    document.set_model(fake_vq_model())
    panel.show_section(section_of(panel, CodebookSection))
    section = panel.section
    assert isinstance(section, CodebookSection)
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)
    section._show_code(3)
    assert "once pictures are open" in section.words.text()
    assert section.context.count == 0

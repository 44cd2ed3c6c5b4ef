"""What every tab shows of every family of models: a small run of each, and its model, opened in the window's panels."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.data.dataset import FaceData, load
from core.families.base import Can, planned_epochs
from core.families.registry import PLACES, family
from core.runs.history_table import charts_of
from core.runs.listing import read_summary
from core.runs.previews import preview_name, read_preview
from explorer.document.document import Document
from explorer.document.loading import LoadedModel, load_model
from explorer.explore.faces.column import SAMPLES, VALIDATION
from explorer.gallery import tab as gallery
from explorer.messages import Message
from explorer.windows.main_window import EXPLORE, GALLERY, TRAIN, MainWindow
from tests.core.test_family_contract import best, config
from tests.explorer.explore_bench import Bench
from tests.explorer.test_main_window import services, window
from tests.explorer.train_bench import make_bench
from tests.helpers import fake_family as fake
from tests.helpers.panels import gallery_panel
from tests.helpers.runs import run_events

__all__ = ["services", "window"]  # fixtures

TIMEOUT = 20_000
RUN = "first"
Runs = dict[str, Path]
pytestmark = pytest.mark.usefixtures("themed_app")


@pytest.fixture(params=[*PLACES, fake.NAME])
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(PLACES, fake.NAME, fake.__name__)
    return str(request.param)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The run of each family, once it was asked for."""

    class Made(Runs):
        def __missing__(self, name: str) -> Path:
            self[name] = tmp_path_factory.mktemp(name) / "runs" / RUN
            run_events(config(name), self[name])
            return self[name]

    return Made()


@pytest.fixture
def folder(name: str, runs: Runs) -> Path:
    return runs[name]


@pytest.fixture
def model(folder: Path) -> LoadedModel:
    return load_model(best(folder))


@pytest.fixture
def data(name: str) -> FaceData:
    return load(config(name).data)


@pytest.mark.long
def test_the_train_tab_draws_its_charts_and_cuts_its_preview(qtbot: QtBot, name: str, folder: Path) -> None:
    bench = make_bench(qtbot, folder.parents[1])
    assert bench.names == [RUN]
    bench.panel.show_run(folder)
    view = bench.panel.stage.view
    qtbot.waitUntil(lambda: view.chart.is_up_to_date and view.chart.plot.picture is not None, timeout=TIMEOUT)
    offered = [segment for segment in view.chart.controls.kinds.segments if segment.isVisible()]
    assert {segment.text() for segment in offered} <= {chart.title for chart in charts_of(family(name))}
    assert len(offered) >= 2
    for segment in offered:
        QTest.mouseClick(segment, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: view.chart.is_up_to_date, timeout=TIMEOUT)
        picture = view.chart.plot.picture
        assert picture is not None
        assert picture.areas, segment.text()
        assert segment.toolTip()
    epochs = planned_epochs(family(name), config(name))
    qtbot.waitUntil(lambda: view.preview.epoch == epochs, timeout=TIMEOUT)
    assert set(view.preview._names) == set(read_preview(folder / "previews" / preview_name(epochs)))
    assert bench.messages == []


def test_the_table_of_runs_has_its_best_number(qtbot: QtBot, name: str, folder: Path) -> None:
    bench = make_bench(qtbot, folder.parents[1])
    bench.panel.stage.show_table(True)
    table = bench.panel.stage.table.table
    qtbot.waitUntil(lambda: [run.folder for run in table.runs] == [folder], timeout=TIMEOUT)
    model = table.model()
    titles = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    column = next(n for n, title in enumerate(titles) if str(title).startswith(family(name).best.title))
    assert model.index(0, column).data() not in ("", None)
    assert bench.messages == []


def test_the_gallery_offers_what_it_can_do_and_shows_it(qtbot: QtBot, model: LoadedModel, data: FaceData) -> None:
    document, messages = Document(), list[Message]()
    with gallery_panel(qtbot, document, messages) as panel:
        document.set_data(data)
        document.set_model(model)
        offered = {n for n, segment in enumerate(panel.section_choice.segments) if segment.isVisibleTo(panel)}
        assert (gallery.RECONSTRUCTIONS in offered) == ({Can.ENCODE, Can.DECODE} <= model.can)
        assert (gallery.SAMPLES in offered) == (Can.SAMPLE in model.can)
        assert (gallery.INTERPOLATION in offered) == (Can.DIRECTIONS in model.can)
        for number in sorted(offered):
            panel.show_section(number)
            qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)
            assert panel.caption
            assert panel.section.export() is not None
    assert messages == []


def test_explore_moves_what_can_be_moved_and_says_where_nothing_can(
    qtbot: QtBot, empty_bench: Bench, model: LoadedModel, data: FaceData
) -> None:
    document, panel = empty_bench.document, empty_bench.panel
    document.set_data(data)
    document.set_model(model)
    panel.choose_first_face()
    assert panel.columns.isVisible() == (Can.ENCODE in model.can)
    if Can.ENCODE not in model.can:
        assert panel.page.isVisible() or panel._no_page.text()
        return
    assert panel.sliders.isVisible() == (Can.DIRECTIONS in model.can)
    assert panel.strip.view.isVisible() == (Can.MOVE in model.can)
    assert panel.strip.save_picture.isVisible()
    rows = panel.faces._source.model()
    assert bool(rows.flags(rows.index(SAMPLES, 0)) & Qt.ItemFlag.ItemIsEnabled) == (Can.SAMPLE in model.can)
    panel.faces.set_source(VALIDATION)
    with qtbot.waitSignal(panel.face_painted, timeout=TIMEOUT):
        panel.faces._on_grid_face_activated(0)
    assert document.session.anchor is not None
    assert panel.picture.shape == data.images[0].shape


def test_nothing_is_offered_to_be_edited_that_cannot_be(
    qtbot: QtBot, empty_bench: Bench, model: LoadedModel, data: FaceData
) -> None:
    document, panel = empty_bench.document, empty_bench.panel
    document.set_data(data)
    document.set_model(model)
    panel.faces.set_source(VALIDATION)
    if Can.ENCODE not in model.can:
        assert "edit" not in panel.page.canvas._placeholder.lower()
        return
    edits = Can.MOVE in model.can
    assert ("edit" in panel.canvas._placeholder.lower()) == edits
    assert ("edit" in panel.faces._note.text().lower()) == edits


def test_a_runs_model_opens_where_it_can_be_used(model: LoadedModel, folder: Path, window: MainWindow) -> None:
    run = read_summary(folder)
    window.show_tab(TRAIN)
    window.train._on_runs_open_requested(run)
    assert window.tabs.currentIndex() == (EXPLORE if Can.DIRECTIONS in model.can else GALLERY)

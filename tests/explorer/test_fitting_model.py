"""Where the model in use doesn't fit the data set, Gallery and Explore offer the one that does."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.config import DataConfig, TrainConfig, to_dict
from core.data.dataset import FaceData, load
from core.families.base import TOKENS, CodeSpace
from core.files import write_json
from explorer import tasks
from explorer.document.document import Document
from explorer.document.fitting_model import Fitting, model_for, models_in
from explorer.document.loading import LoadedModel
from explorer.explore.faces.column import VALIDATION
from explorer.gallery.tab import RECONSTRUCTIONS, GalleryPanel
from tests.explorer.explore_bench import Bench
from tests.helpers.fake_engine import fake_model
from tests.helpers.panels import gallery_panel
from tests.helpers.tiny_faces import write_faces


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> FaceData:
    folder = write_faces(tmp_path_factory.mktemp("faces"), {"smile": 12, "non_smile": 12})
    return load(DataConfig(source=str(folder), image_size=32))


def add_run(runs: Path, name: str, side: int, source: str, at: float) -> Path:
    """A run folder with a checkpoint that has a header, and next to no weights."""
    path = runs / name / "checkpoints" / "best.safetensors"
    path.parent.mkdir(parents=True)
    (runs / name / "config.json").touch()
    config = TrainConfig(data=DataConfig(source=source, image_size=side))
    checkpoint.save(path, checkpoint.Header("", config, (3, side, side), epoch=7), {"model.x": np.zeros(1, np.float32)})
    os.utime(path, (at, at))
    return path


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABKHAND_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_the_newest_run_on_the_same_pictures_comes_first(runs: Path, data: FaceData) -> None:
    source = data.config.source
    own = add_run(runs, "own", 32, source, 100.0)
    add_run(runs, "older", 32, source, 50.0)
    add_run(runs, "larger", 64, source, 200.0)
    other = add_run(runs, "other", 32, "/elsewhere", 300.0)
    broken = runs / "broken" / "checkpoints" / "best.safetensors"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no checkpoint")
    found = model_for(data, models_in(runs))
    assert found is not None
    assert (found.path, found.name) == (str(own), "own, epoch 7")
    found = model_for(data, [broken, other])
    assert found is not None
    assert found.path == str(other), "better one of that size than none"
    assert model_for(data, [broken]) is None
    assert models_in(runs / "nowhere") == []


@pytest.fixture
def panel(qtbot: QtBot, runs: Path) -> Iterator[GalleryPanel]:
    with gallery_panel(qtbot, Document(), []) as panel:
        yield panel


def test_the_gallery_offers_the_runs_own_model(qtbot: QtBot, panel: GalleryPanel, runs: Path, data: FaceData) -> None:
    document = panel._document
    document.set_model(fake_model(image_size=64))
    document.set_data(data)
    panel.show_section(RECONSTRUCTIONS)
    again, own, *_ = panel._wrong_size.buttons
    assert again.isVisible()
    qtbot.waitUntil(lambda: not tasks.running_tasks())
    assert not own.isVisible(), "there is none"
    path = add_run(runs, "own", 32, data.config.source, 100.0)
    panel.hide()
    panel.show()  # the run has ended while another tab was in front
    qtbot.waitUntil(own.isVisible)
    assert "own, epoch 7" in own.text()
    with qtbot.waitSignal(panel.fitting_model_requested) as asked:
        own.click()
    assert asked.args == [str(path)]
    document.set_model(fake_model(image_size=32))
    assert panel._fitting.found is None


def test_explore_offers_it_too(qtbot: QtBot, runs: Path, empty_bench: Bench, data: FaceData) -> None:
    path = add_run(runs, "own", 32, data.config.source, 100.0)
    document, faces = empty_bench.document, empty_bench.panel.faces
    empty_bench.open_model()
    document.set_data(data)
    faces.set_source(VALIDATION)
    button = faces.findChild(QPushButton, "other_model")
    qtbot.waitUntil(button.isVisible)
    assert "own" in button.toolTip()
    with qtbot.waitSignal(faces.fitting_model_requested) as asked:
        button.click()
    assert asked.args == [str(path)]


def test_the_menu_of_directions_offers_the_ways_out(
    qtbot: QtBot, runs: Path, empty_bench: Bench, data: FaceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = add_run(runs, "own", 32, data.config.source, 100.0)
    document, menu = empty_bench.document, empty_bench.panel.menu
    empty_bench.open_model()
    button = menu.button()

    def offered() -> dict[str, QAction]:
        menu.popup_at(button)
        popup = button.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)[-1]
        popup.hide()
        actions = popup.actions()
        first = next(place for place, action in enumerate(actions) if action.isSeparator())
        return {action.text(): action for action in actions[:first]}

    entries = offered()
    assert list(entries) == ["Open labelled pictures in the Data tab first", "Choose pictures…"]
    with qtbot.waitSignal(empty_bench.panel.faces.data_requested):
        entries["Choose pictures…"].trigger()
    document.set_data(data)
    qtbot.waitUntil(lambda: not tasks.running_tasks())
    entries = offered()
    why, again, own = entries
    assert "another size" in why
    assert not entries[why].isEnabled()
    size = fake_model().header.image_shape[1]
    assert (again, own) == (f"Read them for this model, at {size} px", "Use the model own, epoch 7")
    with qtbot.waitSignal(empty_bench.panel.faces.reframe_requested) as asked:
        entries[again].trigger()
    assert asked.args[1] == size
    with qtbot.waitSignal(empty_bench.panel.faces.fitting_model_requested) as asked:
        entries[own].trigger()
    assert asked.args == [str(path)]
    monkeypatch.setattr("explorer.document.fitting_model.space_of", lambda _header: CodeSpace(TOKENS, (4, 4), 16))
    empty_bench.panel.faces.fitting.look()
    qtbot.waitUntil(lambda: not tasks.running_tasks())
    assert list(offered()) == [why, again], "a model without sliders is no way out"
    document.set_data(replace(data, images=data.images[..., :1]))
    qtbot.waitUntil(lambda: not tasks.running_tasks())
    assert list(offered()) == ["The data set's pictures are grey, and this model is for colour", "Choose other pictures…"]


@pytest.fixture
def of_run(runs: Path, tmp_path: Path) -> LoadedModel:
    """A run's model of 64 pixels, whose pictures are where they were."""
    folder = write_faces(tmp_path / "hers", {"smile": 6, "non_smile": 6})
    path = add_run(runs, "hers-1", 64, str(folder), 100.0)
    config = DataConfig(source=str(folder), image_size=64, limit=10)
    write_json(runs / "hers-1" / "config.json", to_dict(TrainConfig(data=config)))
    return replace(fake_model(image_size=64, data=config), path=str(path))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_gallery_offers_the_runs_own_pictures(
    qtbot: QtBot, panel: GalleryPanel, data: FaceData, of_run: LoadedModel, channels: int
) -> None:
    """Where the pictures have other colours, nothing else would help."""
    document = panel._document
    document.set_model(of_run)
    document.set_data(replace(data, images=data.images[..., :channels]))
    panel.show_section(RECONSTRUCTIONS)
    again, _, own, choose = panel._wrong_size.buttons
    assert (again.isVisible(), choose.isVisible()) == (channels == 3, channels == 1)
    assert own.text() == "Open hers, its own pictures"
    with qtbot.waitSignal(panel.own_pictures_requested) as asked:
        own.click()
    assert asked.args == [of_run.header.config.data]
    if channels == 1:
        with qtbot.waitSignal(panel.data_requested):
            choose.click()
    Path(of_run.header.config.data.source).rename(Path(of_run.header.config.data.source).with_name("gone"))
    document.set_data(data)
    assert not own.isVisible(), "they are gone"


@pytest.mark.parametrize("channels", [1, 3])
def test_explore_offers_them_too(qtbot: QtBot, empty_bench: Bench, data: FaceData, of_run: LoadedModel, channels: int) -> None:
    document, faces = empty_bench.document, empty_bench.panel.faces
    document.set_model(of_run)
    document.set_data(replace(data, images=data.images[..., :channels]))
    faces.set_source(VALIDATION)
    own, remedy = (faces.findChild(QPushButton, name) for name in ("own_pictures", "remedy"))
    assert own.toolTip() == "Open hers, its own pictures"
    with qtbot.waitSignal(faces.own_pictures_requested) as asked:
        own.click()
    assert asked.args == [of_run.header.config.data]
    assert remedy.text() == ("Choose pictures…" if channels == 1 else "Read them for this model")
    with qtbot.waitSignal(faces.data_requested if channels == 1 else faces.reframe_requested):
        remedy.click()
    document.set_model(fake_model(image_size=32))
    assert not own.isVisible()


def test_other_pictures_are_not_offered_the_earlier_model(
    qtbot: QtBot, runs: Path, empty_bench: Bench, data: FaceData, tmp_path: Path
) -> None:
    add_run(runs, "own", 32, data.config.source, 100.0)
    folder = write_faces(tmp_path / "others", {"smile": 6, "non_smile": 6})
    others = load(DataConfig(source=str(folder), image_size=48))
    document, faces = empty_bench.document, empty_bench.panel.faces
    empty_bench.open_model()
    document.set_data(data)
    faces.set_source(VALIDATION)
    button = faces.findChild(QPushButton, "other_model")
    qtbot.waitUntil(button.isVisible)
    faces.hide()
    faces.show()
    assert button.isVisible(), "it is the same one, most likely"
    document.set_data(others)
    assert not button.isVisible(), "before the runs were read again"
    qtbot.waitUntil(lambda: not tasks.running_tasks())
    assert not button.isVisible()


def test_the_runs_are_read_once_for_all_who_offer_the_model(
    qtbot: QtBot, runs: Path, empty_bench: Bench, data: FaceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = add_run(runs, "own", 32, data.config.source, 100.0)
    searches: list[FaceData] = []

    def counted(opened: FaceData, paths: Sequence[Path]) -> Fitting | None:
        searches.append(opened)
        return model_for(opened, paths)

    monkeypatch.setattr("explorer.document.fitting_model.model_for", counted)
    document = empty_bench.document
    with gallery_panel(qtbot, document, []) as panel:
        document.set_model(fake_model(image_size=64))
        document.set_data(data)
        panel.show_section(RECONSTRUCTIONS)
        empty_bench.panel.faces.set_source(VALIDATION)
        button = empty_bench.panel.faces.findChild(QPushButton, "other_model")
        qtbot.waitUntil(lambda: button.isVisible() and panel._wrong_size.buttons[1].isVisible())
        document.set_model(fake_model(image_size=128))  # as little use for these pictures
        qtbot.waitUntil(lambda: not tasks.running_tasks())
        assert button.isVisible()
        assert len(searches) == 1
        document.set_model(fake_model(image_size=32))
        assert not button.isVisible()
        own.unlink()
        document.set_model(fake_model(image_size=64))
        qtbot.waitUntil(lambda: not tasks.running_tasks())
        assert not button.isVisible()
        assert len(searches) == 2

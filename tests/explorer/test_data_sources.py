"""The Data tab with pictures that are no faces: drawn shapes, MNIST's digits, dSprites' file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from core.config import DataConfig, preset
from core.data.dataset import load
from core.data.sets import sprites
from core.data.sources import data_settings
from core.wording import sides
from explorer.data.tab import DataPanel
from explorer.document.document import Document
from explorer.explore.direction_menu import DirectionMenu
from explorer.explore.faces.column import VALIDATION, valid_order
from explorer.messages import Message, Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.train.settings.form import TrainSettings
from tests.explorer.explore_bench import Bench
from tests.helpers.digits import write_digits, write_dsprites
from tests.helpers.fake_engine import fake_model
from tests.helpers.panels import data_panel
from tests.helpers.tiny_faces import write_faces

TIMEOUT = 10_000


@pytest.fixture
def document() -> Document:
    return Document()


@pytest.fixture
def messages() -> list[Message]:
    return []


@pytest.fixture
def panel(qtbot: QtBot, document: Document, messages: list[Message]) -> DataPanel:
    return data_panel(qtbot, document, messages)


def texts(panel: DataPanel) -> str:
    """All that the panel says in labels that can be seen."""
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def drop(panel: DataPanel, place: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(place))])
    where, buttons, keys = QPointF(5, 5), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, mime, buttons, keys)
    panel.dragEnterEvent(enter)
    assert enter.isAccepted()
    panel.dropEvent(QDropEvent(where, Qt.DropAction.CopyAction, mime, buttons, keys))


def test_drawn_shapes_are_a_click_away(qtbot: QtBot, panel: DataPanel, document: Document) -> None:
    assert panel.empty.buttons[2].menu() is panel.sources
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.sources.sprites.trigger()
    assert document.data is not None
    assert len(document.data.images) == panel.column.amount.number.value() == 60_000
    panel.column.amount.number.setValue(0)
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.apply_choices()
    data = document.data
    assert data.images.shape == (737_280, 64, 64, 1)
    assert panel.faces.grid.count == 737_280
    qtbot.waitUntil(lambda: "245,760" in texts(panel))
    said = texts(panel)
    for words in ("Drawn shapes", "737,280 pictures", "square", "589,824 for training, 147,456 for validation"):
        assert words in said
    assert "scale: 6 values from 0.5 to 1" in panel.details.labels_text
    assert "face" not in said.lower()
    assert not panel.positive.isVisible()
    assert not panel.framing._shape.isVisible()
    assert UiSettings.load().last_data_source == "sprites"


def test_one_shape_and_its_pictures(qtbot: QtBot, panel: DataPanel, document: Document) -> None:
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.open_source("sprites")
    panel.faces.show_class("heart")
    assert panel.faces.grid.count == 20_000
    picture, data = panel.faces._fetch(0), document.data
    assert picture is not None
    assert data is not None
    assert np.array_equal(picture, data.images[int(panel.faces.rows[0])])
    qtbot.mouseClick(panel.faces.grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(30, 30))
    assert texts(panel).count("heart, scale ") == 1


@pytest.mark.long
def test_a_sample_of_them(qtbot: QtBot, panel: DataPanel, document: Document) -> None:
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.open_source("sprites")
    number = panel.column.amount.number
    assert number.isVisible()
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        number.setValue(3000)
    assert document.data is not None
    assert document.data.config.limit == len(document.data.images) == 3000
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.reframe("face", 128)  # as a model of faces would have them
    assert (document.data.config.crop, document.data.images.shape) == ("center", (3000, 128, 128, 1))


def test_digits_are_asked_for(
    qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_digits(tmp_path / "digits")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.choose_digits()
    assert document.data is not None
    assert document.data.config == data_settings(f"mnist:{folder}")
    said = texts(panel)
    for words in (
        "80 pictures",
        f"{sides(28, 28)} pixels each",
        "60 for training, 20 for validation. The pictures came with this split",
    ):
        assert words in said
    assert panel.details.labels_text == "digit: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert panel.framing.image_size == 32
    assert UiSettings.load().last_data_folder == str(folder)


def test_a_folder_of_digits_is_recognised(qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path) -> None:
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        drop(panel, write_digits(tmp_path / "digits"))
    assert document.data is not None
    assert document.data.factor_names == ("digit",)


def test_dsprites_file_can_be_dropped(qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path) -> None:
    path = write_dsprites(tmp_path / "dsprites.npz", np.arange(0, sprites.COUNT, 9001))
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        drop(panel, path)
    assert document.data is not None
    assert len(document.data.images) == 82
    assert "dSprites" in texts(panel)


def test_what_cant_be_read_is_said(qtbot: QtBot, panel: DataPanel, messages: list[Message], tmp_path: Path) -> None:
    (tmp_path / "dsprites.npz").write_bytes(b"no archive")
    panel.open_source(str(tmp_path / "dsprites.npz"))
    qtbot.waitUntil(lambda: bool(messages), timeout=TIMEOUT)
    assert "is damaged" in messages[-1].text
    panel.open_source("sprites:large")
    assert "something after sprites" in messages[-1].text
    assert panel.empty.isVisible()


def test_faces_keep_their_size_in_between(qtbot: QtBot, panel: DataPanel, document: Document, tmp_path: Path) -> None:
    folder = write_faces(tmp_path / "faces", {"smile": 3, "non_smile": 3})
    write_digits(tmp_path / "digits", 20, 0)
    for source, size in ((str(folder), 48), (f"mnist:{tmp_path / 'digits'}", None), (str(folder), None)):
        with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
            panel.open_source(source, image_size=size)
    assert document.data is not None
    assert document.data.images.shape[1:] == (48, 48, 3)
    assert panel.framing._shape.isVisible()
    assert panel.positive.isVisible()
    assert panel.column.amount.number.value() == 0


def test_shapes_come_back_with_the_next_start(qtbot: QtBot) -> None:
    store = SettingsStore(UiSettings())
    first = DataPanel(Document(), store, Messenger())
    qtbot.addWidget(first)
    with qtbot.waitSignal(first.data_opened, timeout=TIMEOUT):
        first.open_source("sprites")
    document = Document()
    second = DataPanel(document, SettingsStore(UiSettings.load()), Messenger())
    qtbot.addWidget(second)
    with qtbot.waitSignal(second.data_opened, timeout=TIMEOUT):
        second.reopen_last()
    assert document.data is not None
    assert document.data.index.name == "sprites"


def test_training_settings_follow_the_pictures(qtbot: QtBot) -> None:
    form = TrainSettings()
    qtbot.addWidget(form)
    form.set_data(data_settings("sprites"))
    made = form.config_for(data_settings("sprites"))
    assert (made.data.image_size, made.data.channels, made.data.mirror) == (64, 1, False)
    assert made.settings.objective.likelihood == "bernoulli"
    later = TrainSettings()  # of the next start, which begins with other pictures
    qtbot.addWidget(later)
    later.set_config(form.config_to_keep())
    assert later.differences == ""
    later.set_data(DataConfig(source="faces", image_size=128))
    assert later.config_for(DataConfig()) == preset("quick")
    faces = DataConfig(source="faces", image_size=128)
    form.set_data(faces)
    made = form.config_for(faces)
    assert (made.data.image_size, made.data.channels, made.data.mirror) == (128, 3, True)
    assert made.settings.objective == preset("quick").settings.objective


def test_what_the_person_set_stays(qtbot: QtBot) -> None:
    form = TrainSettings()
    qtbot.addWidget(form)
    form.set_data(data_settings("sprites"))
    form.set_values({"objective.likelihood": "gaussian", "objective.beta": 4.0})
    form.set_data(data_settings("mnist:digits"))
    made = form.config_for(data_settings("mnist:digits"))
    assert (made.settings.objective.likelihood, made.settings.objective.beta, made.data.image_size) == ("gaussian", 4.0, 32)


def test_the_suggested_epochs_follow_how_many_sprites_there_are(qtbot: QtBot) -> None:
    form = TrainSettings()
    qtbot.addWidget(form)
    form.set_data(data_settings("sprites"))
    assert form.config.epochs == 10
    few = replace(data_settings("sprites"), limit=2000)
    form.set_data(few, 2000)
    assert form.config.epochs == 30  # as on the command line
    batch_size, epochs = form.widget("batch_size"), form.widget("epochs")
    assert isinstance(batch_size, QSpinBox)
    assert isinstance(epochs, QSpinBox)
    batch_size.setValue(64)
    assert (form.config.epochs, epochs.value()) == (60, 60)
    form.reset_button.click()
    assert (form.config.batch_size, form.config.epochs, epochs.value()) == (32, 30, 30)
    for next_data, pictures, expected in ((few, 2000, 30), (DataConfig(source="faces"), 900, preset("quick").epochs)):
        later = TrainSettings()  # of the next start
        qtbot.addWidget(later)
        later.set_config(form.config_to_keep())
        later.set_data(next_data, pictures)
        assert later.config.epochs == expected
    epochs.setValue(12)
    batch_size.setValue(64)
    form.set_data(replace(few, limit=500), 500)
    assert form.config.epochs == 12
    form.reset_button.click()
    assert form.config.epochs == 116  # of 13 steps
    form.set_data(DataConfig(source="faces", image_size=128), 2000)
    assert form.config.epochs == preset("quick").epochs


def test_factors_can_become_directions(qtbot: QtBot, panel: DataPanel, document: Document) -> None:
    config = DataConfig(source="sprites", image_size=64, channels=3, limit=500)
    document.set_data(load(config))
    document.set_model(fake_model(data=config))
    menu = DirectionMenu(document, Messenger(document), panel)
    assert menu.choices() == ["shape_square", "shape_ellipse", "shape_heart", "scale", "orientation", "pos_x", "pos_y"]


def test_a_direction_is_offered_for_whatever_is_of_two_kinds(qtbot: QtBot, panel: DataPanel, document: Document) -> None:
    config = DataConfig(source="sprites", image_size=64, channels=3, limit=500)
    data = load(config)
    count, train = len(data.images), data.split.train
    rare, only_others, unknown = np.zeros(count, np.float32), np.zeros(count, np.float32), np.full(count, np.nan, np.float32)
    rare[train[-1]] = 1.0
    only_others[data.split.valid] = 1.0
    unknown[train[0]] = 1.0
    labels = {"rare": rare, "only_others": only_others, "unknown": unknown}
    assert data.factors is not None
    for column, factor in enumerate(data.factor_kinds):
        for name in factor.columns():
            some = train[7::3]
            np.testing.assert_array_equal(data.attribute(name, some), factor.column(name, data.factors[:, column])[some])
    document.set_data(replace(data, index=replace(data.index, attributes=labels)))
    document.set_model(fake_model(data=config))
    assert DirectionMenu(document, Messenger(document), panel).choices()[:2] == ["rare", "shape_square"]


def test_validation_pictures_are_mixed_and_other_colours_are_said(qtbot: QtBot, empty_bench: Bench) -> None:
    data = load(DataConfig(source="sprites", image_size=64, channels=1, limit=500))
    order = valid_order(data)
    assert sorted(order) == data.split.valid.tolist()
    assert data.factors is not None
    assert len(set(data.factors[order[:12], 0])) == 3
    empty_bench.panel.show()
    empty_bench.open_model()
    empty_bench.document.set_data(data)
    faces = empty_bench.panel.faces
    faces.set_source(VALIDATION)
    assert "are grey" in faces._note.text()
    remedy = faces.findChild(QPushButton, "remedy")
    assert remedy.isVisibleTo(faces)
    assert remedy.text() == "Choose pictures…"

"""What the window opens with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.events import CheckpointSaved
from explorer import tasks
from explorer.app import App
from explorer.document.loading import LoadedModel
from explorer.document.photos import OpenedPhoto
from tests.explorer.test_document import direction
from tests.helpers.fake_engine import fake_model
from tests.helpers.photo_inputs import portrait


def test_the_shipped_model_comes_where_the_last_one_is_broken(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "last.safetensors"
    broken.write_text("no model")
    shipped = tmp_path / "shipped.safetensors"
    monkeypatch.setattr(checkpoint, "shipped", lambda: {"shipped": shipped})
    monkeypatch.setattr(App, "_build_rest", lambda self: None)
    app = App(qapp)
    asked: list[str] = []
    said: list[str] = []
    app.messenger.message_posted.connect(lambda message: said.append(message.text))
    real = app.open_model

    def open_model(name: str) -> None:
        asked.append(name)
        real(name)

    monkeypatch.setattr(app, "open_model", open_model)
    try:
        app.settings.update(last_checkpoint=str(broken))
        app._open_first("")
        assert asked == [str(broken), str(shipped)]  # and not again, where that one is broken too
        assert [str(broken) in said[0], str(shipped) in said[1], len(said)] == [True, True, 2]
    finally:
        app.close()


@pytest.mark.long
def test_a_run_folder_that_is_none_is_said(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    app = App(qapp)
    said: list[str] = []
    app.messenger.message_posted.connect(lambda message: said.append(message.text))
    try:
        app._open_run(str(tmp_path / "nothing"))
        assert len(said) == 1
        assert "nothing" in said[0]
    finally:
        app.close()


class Loading:
    """The app with a model and a photo to open; another model comes once the gate is open."""

    def __init__(self, app: App, photo: Path, model: LoadedModel) -> None:
        self.app = app
        self.photo = photo
        self.model = model
        self.gate = threading.Event()

    def load(self, path: Path, label: str) -> LoadedModel:
        """In place of `load_model`."""
        assert self.gate.wait(20.0)
        return self.model

    def open_photo(self, qtbot: QtBot) -> OpenedPhoto:
        """Open the photo, and edit its face."""
        self.app.window.explore.faces.open_file(str(self.photo))
        document = self.app.document
        qtbot.waitUntil(lambda: document.photo(document.session.anchor) is not None, timeout=20_000)
        photo = document.photo(document.session.anchor)
        assert photo is not None
        return photo

    def finish(self, qtbot: QtBot) -> None:
        """Let the model come."""
        self.gate.set()
        qtbot.waitUntil(lambda: self.app.document.model is self.model and not tasks.running_tasks(), timeout=20_000)


@pytest.fixture
def loading(qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loading]:
    monkeypatch.setattr(App, "_build_rest", lambda self: None)
    app = App(qapp)
    portrait().save(tmp_path / "me.png")
    made = Loading(app, tmp_path / "me.png", fake_model(image_size=128, directions={"smile": direction()}))
    monkeypatch.setattr("explorer.app.load_model", made.load)
    app.window.show()
    app.document.set_model(fake_model(directions={"smile": direction()}))
    app.window.explore.choose_first_face()
    yield made
    made.gate.set()
    qtbot.waitUntil(lambda: not tasks.running_tasks(), timeout=20_000)
    app.close()


def test_a_photo_that_is_chosen_while_a_model_loads_stays(qtbot: QtBot, loading: Loading, tmp_path: Path) -> None:
    document = loading.app.document
    loading.app._load(tmp_path / "other.safetensors", "other")
    photo = loading.open_photo(qtbot)
    document.set_edit("direction", "smile", 60.0)
    eyes = document.session.anchor.eyes
    loading.finish(qtbot)
    wanted, _ = photo.anchored(document.session.anchor.both_eyes, loading.model)
    assert document.session.anchor == wanted
    assert (document.session.anchor.eyes, document.session.weight("direction", "smile")) == (eyes, 60.0)
    qtbot.waitUntil(lambda: loading.app.window.explore.is_up_to_date, timeout=10_000)
    assert loading.app.window.explore.shows_photo


def test_a_face_that_is_chosen_while_the_one_before_is_encoded_stays(
    qtbot: QtBot, loading: Loading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = loading.app.document
    photo = loading.open_photo(qtbot)
    encode, encodes, goes_on = loading.model.engine.encode, threading.Event(), threading.Event()

    def slow(images: np.ndarray) -> object:
        encodes.set()
        assert goes_on.wait(20.0)
        return encode(images)

    monkeypatch.setattr(loading.model.engine, "encode", slow)
    loading.app._load(tmp_path / "other.safetensors", "other")
    loading.gate.set()
    qtbot.waitUntil(encodes.is_set, timeout=10_000)
    x1, y1, x2, y2 = document.session.anchor.eyes
    moved, framed = photo.anchored(type(photo.first_eyes)((x1 + 3.0, y1), (x2 + 3.0, y2)), document.model)
    document.set_anchor(moved, framed, is_same_face=True)
    goes_on.set()
    loading.finish(qtbot)
    assert document.session.anchor.eyes == moved.eyes
    assert document.session.anchor.z == photo.anchored(moved.both_eyes, loading.model)[0].z


def test_a_photo_whose_pixels_were_let_go_goes_on_with_another_model(qtbot: QtBot, loading: Loading, tmp_path: Path) -> None:
    document, explore = loading.app.document, loading.app.window.explore
    photo = loading.open_photo(qtbot)
    document._photos._photos.clear()  # as if the memory were needed
    loading.app._load(tmp_path / "other.safetensors", "other")
    loading.finish(qtbot)
    assert document.session.anchor is not None
    assert document.session.anchor.reference == photo.reference
    assert document.session.anchor.z == photo.anchored(photo.first_eyes, loading.model)[0].z
    qtbot.waitUntil(lambda: explore.is_up_to_date and explore.shows_photo, timeout=10_000)


def test_a_model_that_is_chosen_while_a_run_saves_is_not_replaced_by_the_run(
    qtbot: QtBot, loading: Loading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = loading.app
    best = tmp_path / "best.safetensors"
    app.document.set_model(replace(app.document.model, path=str(best)))
    asked: list[str] = []
    monkeypatch.setattr(app, "open_model", asked.append)
    app._load(tmp_path / "other.safetensors", "other")
    app.job.event_received.emit(CheckpointSaved(path=str(best), epoch=1, best=True))
    assert asked == []
    loading.finish(qtbot)
    assert app.document.model is loading.model
    app.document.set_model(replace(app.document.model, path=str(best)))
    app.job.event_received.emit(CheckpointSaved(path=str(best), epoch=2, best=True))
    assert asked == [str(best)]


def test_a_model_that_cannot_be_opened_leaves_the_one_being_loaded(qtbot: QtBot, loading: Loading, tmp_path: Path) -> None:
    loading.app._load(tmp_path / "other.safetensors", "other")
    loading.app.open_model(str(tmp_path / "missing.safetensors"))
    assert loading.app.document.loading == "other"
    loading.finish(qtbot)

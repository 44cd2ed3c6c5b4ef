"""What was opened lately: remembered between starts, opened again as it was, and said to be gone where it is."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from explorer.document.document import Document
from explorer.document.recent import MOST, Recent
from explorer.messages import Message, Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.windows.recent_menu import RecentMenu
from tests.helpers.panels import data_panel
from tests.helpers.tiny_faces import write_faces

TIMEOUT = 10_000


@pytest.fixture
def messages() -> list[Message]:
    return []


@pytest.fixture
def recent(qapp: object, messages: list[Message]) -> Recent:
    messenger = Messenger()
    messenger.message_posted.connect(messages.append)
    made = Recent(SettingsStore(UiSettings()), messenger)
    messenger.setParent(made)
    return made


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions()]


def test_the_last_ones_are_remembered_once_each(recent: Recent) -> None:
    for number in range(MOST + 2):
        recent.add_photo(f"/photos/{number}.jpg")
    recent.add_photo("/photos/5.jpg")
    recent.add_data(DataConfig(source="/faces/celeba", image_size=128))
    recent.add_data(DataConfig(source="demo"))
    recent.add_data(DataConfig(source="/faces/celeba", image_size=64))
    again = Recent(SettingsStore(UiSettings.load()), Messenger())
    assert len(again.photos) == MOST
    assert again.photos[:2] == ("/photos/5.jpg", f"/photos/{MOST + 1}.jpg")
    assert [(config.source, config.image_size) for config in again.data] == [("/faces/celeba", 64), ("demo", 128)]


def test_the_menu_offers_them_by_name(qtbot: QtBot, recent: Recent, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    menu = RecentMenu(recent, window)
    menu.fill()
    assert texts(menu) == ["Nothing was opened yet"]
    recent.add_data(DataConfig(source=str(tmp_path / "b" / "faces")))
    recent.add_data(DataConfig(source=str(tmp_path / "a" / "faces")))
    recent.add_data(DataConfig(source="demo"))
    recent.add_model(str(tmp_path / "smile-3" / "checkpoints" / "best.safetensors"))
    (tmp_path / "me.jpg").touch()
    recent.add_photo(str(tmp_path / "me.jpg"))
    menu.fill()
    assert texts(menu) == ["Drawn faces", "a/faces", "b/faces", "", "smile-3", "", "me.jpg"]
    with qtbot.waitSignal(recent.photo_chosen, timeout=TIMEOUT) as chosen:
        menu.actions()[-1].trigger()
    assert chosen.args == [str(tmp_path / "me.jpg")]


def test_what_is_gone_is_said_and_no_longer_listed(qtbot: QtBot, recent: Recent, messages: list[Message], tmp_path: Path) -> None:
    recent.add_model(str(tmp_path / "gone.safetensors"))
    recent.add_photo(str(tmp_path / "gone.jpg"))
    recent.add_data(DataConfig(source=str(tmp_path / "faces")))
    recent.choose_model(recent.models[0])
    recent.choose_photo(recent.photos[0])
    recent.choose_data(recent.data[0])
    qtbot.waitUntil(lambda: len(messages) == 3, timeout=TIMEOUT)
    assert all("is gone" in message.text for message in messages)
    assert (recent.models, recent.photos, recent.data) == ((), (), [])


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "notes.txt/me.png", "a\0b"])
def test_what_cannot_be_there_is_gone(qtbot: QtBot, recent: Recent, messages: list[Message], tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").touch()
    recent.add_photo(str(tmp_path / name))
    recent.choose_photo(recent.photos[0])
    qtbot.waitUntil(lambda: bool(messages), timeout=TIMEOUT)
    assert [(message.kind, "is gone" in message.text) for message in messages] == [("warning", True)]
    assert recent.photos == ()


@pytest.mark.parametrize(
    ("number", "wanted"),
    [(errno.EACCES, "no permission"), (errno.EIO, "can't be reached now"), (errno.ESTALE, "can't be reached now")],
)
def test_what_cannot_be_reached_stays_in_the_list(
    qtbot: QtBot,
    recent: Recent,
    messages: list[Message],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    wanted: str,
) -> None:
    path = str(tmp_path / "me.png")
    look = os.stat

    def guarded(place: object, *args: object, **more: object) -> os.stat_result:
        if str(place) == path:
            raise OSError(number, os.strerror(number))
        return look(place, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", guarded)
    recent.add_photo(path)
    recent.add_model(path)
    recent.add_data(DataConfig(source=path))
    recent.choose_photo(path)
    recent.choose_model(path)
    recent.choose_data(recent.data[0])
    qtbot.waitUntil(lambda: len(messages) == 3, timeout=TIMEOUT)
    assert all(message.kind == "warning" and wanted in message.text for message in messages)
    assert (recent.photos, recent.models, len(recent.data)) == ((path,), (path,), 1)


@pytest.mark.long
def test_pictures_come_back_as_they_were(qtbot: QtBot, tmp_path: Path, messages: list[Message]) -> None:
    document = Document()
    panel = data_panel(qtbot, document, messages)
    for name in ("first", "second"):
        folder = write_faces(tmp_path / name, {"smile": 5, "non_smile": 5})
        with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
            panel.open_source(str(folder), image_size=64)
        if name == "first":
            with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
                panel.column.amount.number.setValue(4)
    assert document.data is not None
    assert len(document.data.images) == 10
    panel.sources.fill_recent()
    assert texts(panel.sources)[-2:] == ["second", "first"]
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.sources.actions()[-1].trigger()
    assert (document.data.index.name, len(document.data.images)) == ("first", 4)
    shutil.rmtree(tmp_path / "second")
    panel.sources.fill_recent()
    panel.sources.actions()[-1].trigger()
    qtbot.waitUntil(lambda: bool(messages), timeout=TIMEOUT)
    assert "is gone" in messages[-1].text
    panel.sources.fill_recent()
    assert texts(panel.sources)[-3:] == ["", "Opened lately", "first"]


def test_a_folder_that_is_opened_again_is_read_as_last_time(qtbot: QtBot, tmp_path: Path, messages: list[Message]) -> None:
    document = Document()
    panel = data_panel(qtbot, document, messages)
    folders = [str(write_faces(tmp_path / name, {"smile": 5, "non_smile": 5})) for name in ("first", "second")]
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.open_source(folders[0], crop="0,0,40,40", image_size=64)
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.column.amount.number.setValue(4)
    assert document.data is not None
    chosen = document.data.config
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.open_source(folders[1], image_size=32)
    messages.clear()
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.open_source(folders[0])
    assert document.data.config == chosen
    assert [message.text for message in messages] == ["first is read as last time: 4 of 10 pictures, cut to the box 0, 0, 40, 40."]


def test_what_is_no_longer_as_last_time_is_read_anew(qtbot: QtBot, tmp_path: Path, messages: list[Message]) -> None:
    document = Document()
    panel = data_panel(qtbot, document, messages)
    folder = write_faces(tmp_path / "faces", {"a": 5, "b": 5})
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.open_source(str(folder), image_size=64)
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.positive.combo.setCurrentIndex(1)
        panel.positive.combo.activated.emit(1)
    assert document.data is not None
    assert document.data.config.positive == "b"
    (folder / "b").rename(folder / "c")
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.open_source(str(folder))
    assert (document.data.config.positive, document.data.index.named_classes) == ("", ("a", "c"))
    assert not [message for message in messages if message.kind == "error"]

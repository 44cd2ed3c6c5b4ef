"""The settings: what they show, what they change, and that nothing is cleared unasked."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.data.cache import decoded as cache
from core.data.cache import store as cache_store
from core.data.cache.store import Store
from core.data.dataset import FaceData, load
from core.data.index import scan
from core.runs.listing import default_runs_folder
from explorer.dialogs.settings import SettingsDialog
from explorer.dialogs.settings_stores import StoreList
from explorer.look.theme import theme_notifier
from explorer.messages import Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.windows.main_window import MainWindow
from explorer.windows.services import Services
from tests.explorer.test_main_window import services, window  # noqa: F401 - fixtures
from tests.helpers.tiny_faces import write_faces


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LABKHAND_CACHE_LIMIT", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def store() -> SettingsStore:
    return SettingsStore(UiSettings())


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def dialog(qtbot: QtBot, store: SettingsStore, messages: list[str]) -> Iterator[SettingsDialog]:
    messenger = Messenger()
    messenger.message_posted.connect(lambda message: messages.append(message.text))
    made = SettingsDialog(store, messenger)
    qtbot.addWidget(made)
    return made


def faces(tmp_path: Path, name: str, count: int = 6) -> FaceData:
    root = write_faces(tmp_path / name, {"smile": count, "non_smile": count}, seed=count)
    return load(DataConfig(source=str(root), image_size=32))


def shown(qtbot: QtBot, dialog: SettingsDialog) -> None:
    dialog.show()
    qtbot.waitUntil(lambda: dialog.cache.usage is not None)


def test_an_empty_cache_has_nothing_to_clear(qtbot: QtBot, dialog: SettingsDialog) -> None:
    shown(qtbot, dialog)
    assert dialog.cache.size_label.text().startswith("0 MB of ")
    assert dialog.cache.note.text().endswith("free on this disk.")
    assert not dialog.cache.clear_button.isEnabled()
    assert dialog.cache.question.isHidden()
    assert not dialog.isModal()


def test_an_unexpected_error_is_no_text_for_the_person(
    qtbot: QtBot, dialog: SettingsDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise ZeroDivisionError("integer modulo by zero")

    monkeypatch.setattr(cache_store, "usage", fails)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.cache.size_label.text() == "Unknown")
    assert dialog.cache.note.text() == "Something went wrong."


def test_what_has_one_name_is_told_apart(qtbot: QtBot, dialog: SettingsDialog, tmp_path: Path) -> None:
    root = write_faces(tmp_path / "celeba", {"smile": 6}, seed=3)
    other = write_faces(tmp_path / "usb" / "celeba", {"smile": 6}, seed=4)
    for config in (DataConfig(image_size=32), DataConfig(image_size=32, channels=1), DataConfig(image_size=32, crop="0,0,20,20")):
        cache.build(scan(str(root)), config)
    cache.build(scan(str(other)), DataConfig(image_size=32))
    shown(qtbot, dialog)
    names = [text for text in dialog.cache.stores.texts if text.startswith("celeba")]
    assert sorted(names) == [
        "celeba: 6 pictures, 32 px, box 0, 0, 20, 20",
        "celeba: 6 pictures, 32 px, centre square, grey",
        f"celeba: 6 pictures, 32 px, centre square, in {tmp_path.name}",
        "celeba: 6 pictures, 32 px, centre square, in usb",
    ]


def test_the_time_tells_apart_what_nothing_else_does(qtbot: QtBot) -> None:
    stores = StoreList()
    qtbot.addWidget(stores)
    now = time.time()
    alike = [Store(Path(name), 5, now - age, name="faces", root="/data/faces", images=3) for name, age in (("a", 0), ("b", 120))]
    stores.show_stores((*alike, Store(Path("c"), 5, now, name="others", root="/data/others", images=3)))
    assert stores.texts[8] == "today"
    assert stores.texts[2] != stores.texts[5]
    assert stores.texts[2].startswith("today, ")


def test_it_says_what_the_cache_holds(qtbot: QtBot, dialog: SettingsDialog, tmp_path: Path) -> None:
    faces(tmp_path, "closed")
    held = faces(tmp_path, "opened", count=9)
    shown(qtbot, dialog)
    texts = dialog.cache.stores.texts
    assert "closed: 12 pictures, 32 px" in texts
    assert "opened: 18 pictures, 32 px" in texts
    assert "today" in texts
    if sys.platform != "win32":
        assert "in use" in texts
        in_use, size = dialog.cache.bar.parts
        assert 0 < in_use < size < 0.01
    assert held.images.any()


def test_clearing_asks_first_and_leaves_what_is_in_use(
    qtbot: QtBot, dialog: SettingsDialog, messages: list[str], tmp_path: Path
) -> None:
    faces(tmp_path, "closed")
    held = faces(tmp_path, "opened")
    shown(qtbot, dialog)
    QTest.mouseClick(dialog.cache.clear_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.cache.question.isVisible)
    question = dialog.cache.question
    qtbot.waitUntil(lambda: question.rect().contains(dialog.cache.confirm_button.geometry()))  # the dialog has grown
    qtbot.waitUntil(lambda: dialog.rect().bottom() > question.mapTo(dialog, question.rect().bottomLeft()).y())
    asking = dialog.height()
    assert "1 MB" in dialog.cache.question_label.text()
    assert dialog.cache.confirm_button.text() == "Clear 1 MB"
    QTest.mouseClick(dialog.cache.keep_button, Qt.MouseButton.LeftButton)
    assert question.isHidden()
    assert len(cache_store.stores()) == 2, "kept"
    qtbot.waitUntil(lambda: dialog.height() < asking)
    QTest.mouseClick(dialog.cache.clear_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(dialog.cache.confirm_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(messages))
    assert messages[0].startswith("1 MB freed")
    assert held.images.any()
    qtbot.waitUntil(lambda: "closed: 12 pictures, 32 px" not in dialog.cache.stores.texts)
    if sys.platform != "win32":
        assert messages == ["1 MB freed; 1 MB in use stay"]
        assert [store.name for store in cache_store.stores()] == ["opened"]
        assert not dialog.cache.clear_button.isEnabled()


def test_the_limit_holds_for_every_program(qtbot: QtBot, dialog: SettingsDialog, cache_folder: Path) -> None:
    shown(qtbot, dialog)
    dialog.cache.limit.setValue(7.5)
    assert json.loads((cache_folder / "limit.json").read_text()) == {"limit_gb": 7.5}
    qtbot.waitUntil(lambda: dialog.cache.size_label.text() == "0 MB of 7.5 GB")
    assert cache_store.usage().limit == 7_500_000_000


def test_more_than_the_limit_is_said_and_nothing_goes_unasked(
    qtbot: QtBot, dialog: SettingsDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces(tmp_path, "closed")
    monkeypatch.setattr(cache_store, "read_limit", lambda size: (size // 2, False))
    shown(qtbot, dialog)
    assert dialog.cache.note.text() == "1 MB over the limit: what was unused longest is deleted when the next folder is read."
    assert dialog.cache.bar.parts[1] == 1.0
    assert len(cache_store.stores()) == 1


def test_a_limit_of_the_environment_is_shown_and_fixed(
    qtbot: QtBot, dialog: SettingsDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABKHAND_CACHE_LIMIT", "3")
    shown(qtbot, dialog)
    assert dialog.cache.limit.value() == 3.0
    assert not dialog.cache.limit.isEnabled()
    assert "LABKHAND_CACHE_LIMIT" in dialog.cache.limit.toolTip()


def test_a_limit_that_is_none_is_said(qtbot: QtBot, dialog: SettingsDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_CACHE_LIMIT", "much")
    dialog.show()
    qtbot.waitUntil(lambda: "LABKHAND_CACHE_LIMIT is 'much'." in dialog.cache.note.text())
    assert dialog.cache.size_label.text() == "Unknown"


def test_runs_go_to_another_folder_and_back(
    qtbot: QtBot, dialog: SettingsDialog, store: SettingsStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = str(default_runs_folder())
    shown(qtbot, dialog)
    assert dialog.runs_field.text() == usual
    assert dialog.usual_button.isHidden()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a: str(tmp_path))
    QTest.mouseClick(dialog.choose_button, Qt.MouseButton.LeftButton)
    assert store.runs_folder == dialog.runs_field.text() == str(tmp_path)
    assert UiSettings.load().runs_folder == str(tmp_path)
    QTest.mouseClick(dialog.usual_button, Qt.MouseButton.LeftButton)
    assert store.runs_folder == ""
    assert dialog.runs_field.text() == usual
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a: "")
    QTest.mouseClick(dialog.choose_button, Qt.MouseButton.LeftButton)
    assert store.runs_folder == "", "thought better of it"


@pytest.mark.long
def test_its_shortcut_opens_it_beside_the_window(qtbot: QtBot, window: MainWindow, services: Services) -> None:  # noqa: F811
    QTest.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible)
    qtbot.waitUntil(lambda: dialog.cache.usage is not None)
    dialog.close()
    window.actions_by_id["settings"].trigger()
    assert window.findChildren(SettingsDialog) == [dialog], "the same one again"
    assert dialog.isVisible()
    QTest.mouseClick(dialog.theme.segments[1], Qt.MouseButton.LeftButton)
    assert services.settings.value.theme == "light"
    assert window.actions_by_id["theme_light"].isChecked()
    window.actions_by_id["theme_dark"].trigger()
    assert dialog.theme.choice == 2
    assert theme_notifier().colors.is_dark


def test_faces_that_are_opened_meanwhile_appear(
    qtbot: QtBot,
    window: MainWindow,  # noqa: F811
    services: Services,  # noqa: F811
    tmp_path: Path,
) -> None:
    window.dialogs.show_settings()
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.cache.usage is not None)
    services.document.set_data(faces(tmp_path, "fresh"))
    qtbot.waitUntil(lambda: "fresh: 12 pictures, 32 px" in dialog.cache.stores.texts)
    services.document.set_data(None)


def test_no_text_is_cut(qtbot: QtBot, dialog: SettingsDialog, tmp_path: Path) -> None:
    faces(tmp_path, "closed")
    shown(qtbot, dialog)
    QTest.mouseClick(dialog.cache.clear_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.cache.question.isVisible)

    def cut() -> list[str]:
        labels = [label for label in dialog.findChildren(QLabel) if label.isVisible() and label.wordWrap()]
        return [label.text() for label in labels if label.height() < label.heightForWidth(label.width())]

    qtbot.waitUntil(lambda: not cut())

"""Saving all edits that are in no file, as the question on quitting offers it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from core.errors import CoreError, DataError
from core.export.images import read_recipe
from core.latent.session import Anchor
from explorer.document.photos import OpenedPhoto, PhotoFile
from explorer.document.saved_edits import OTHERS, session_in
from explorer.messages import Message
from explorer.saving import into_folder
from explorer.saving import save_all as save_all_module
from explorer.windows.file_actions import FileActions
from explorer.windows.main_window import EXPLORE, TRAIN, MainWindow
from explorer.windows.services import Services
from tests.explorer.explore_bench import Bench
from tests.explorer.test_document import direction
from tests.explorer.test_group_photo import both, changed, saved
from tests.explorer.test_main_window import open_model, services, window
from tests.explorer.test_own_edits import at_rest, group
from tests.helpers.fake_engine import fake_model

__all__ = ["both", "group", "services", "window"]  # fixtures


def edit_two(qtbot: QtBot, window: MainWindow, services: Services) -> None:
    """Two opened pictures have edits that no file has."""
    open_model(qtbot, window, services)
    z = services.document.session.anchor.z
    for name in ("anna.png", "ben.png"):
        services.document.set_anchor(Anchor("file", name, name, z))
        services.document.set_edit("direction", "smile", 60.0)


def close(window: MainWindow, answered: str) -> None:
    """Close the window and answer its question."""

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        next(button for button in box.buttons() if button.text() == answered).click()

    QTimer.singleShot(0, window, answer)
    window.close()


def choose(monkeypatch: pytest.MonkeyPatch, folder: Path | None) -> None:
    chosen = str(folder) if folder is not None else ""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: chosen)


@pytest.mark.long
def test_all_are_saved_and_then_the_window_closes(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_two(qtbot, window, services)
    choose(monkeypatch, tmp_path)
    (tmp_path / "ben-smile-60.png").write_bytes(b"mine")
    window.show_tab(TRAIN)
    close(window, "Save all…")
    assert window.tabs.currentIndex() == EXPLORE, "where the progress is"
    qtbot.waitUntil(lambda: not window.isVisible())
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["anna-smile-60.png", "ben-smile-60-2.png", "ben-smile-60.png"]
    assert (tmp_path / "ben-smile-60.png").read_bytes() == b"mine", "nothing is overwritten"
    session = session_in(tmp_path / "anna-smile-60.png")
    assert session is not None
    assert session.weight("direction", "smile") == 60.0
    assert session.anchor is not None
    assert session.anchor.label == "anna.png"
    assert services.document.unsaved == []


def test_no_folder_no_saving_and_no_closing(
    qtbot: QtBot, window: MainWindow, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_two(qtbot, window, services)
    choose(monkeypatch, None)
    close(window, "Save all…")
    assert window.isVisible()
    assert services.document.unsaved == ["anna.png", "ben.png"]


def test_one_that_cannot_be_saved_is_named_and_the_window_stays(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_two(qtbot, window, services)
    choose(monkeypatch, tmp_path)
    write = into_folder.save_picture

    def full_disk(path: Path, *rest: object, **kept: object) -> None:
        if path.name.startswith("ben"):
            raise CoreError(f"{path.name} can't be written: the disk is full.", "Make room.")
        write(path, *rest, **kept)  # type: ignore[arg-type]

    monkeypatch.setattr(into_folder, "save_picture", full_disk)
    posted: list[Message] = []
    services.messenger.message_posted.connect(posted.append)
    close(window, "Save all…")
    qtbot.waitUntil(lambda: bool(posted))
    assert posted[0].kind == "error"
    assert "1 of 2 edited pictures couldn't be saved: ben.png" in posted[0].text
    assert "the disk is full" in posted[0].text
    assert window.isVisible()
    assert services.document.unsaved == ["ben.png"], "the other one is on the disk"
    assert (tmp_path / "anna-smile-60.png").is_file()


def test_a_cancelled_saving_keeps_what_is_written(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_two(qtbot, window, services)
    write = into_folder.save_picture

    def cancel_after_the_first(path: Path, *rest: object, **kept: object) -> None:
        write(path, *rest, **kept)  # type: ignore[arg-type]
        window.files._saver.work.cancel()

    monkeypatch.setattr(into_folder, "save_picture", cancel_after_the_first)
    choose(monkeypatch, tmp_path)
    posted: list[Message] = []
    services.messenger.message_posted.connect(posted.append)
    close(window, "Save all…")
    qtbot.waitUntil(lambda: bool(posted))
    assert "1 of 2 edited pictures were saved" in posted[0].text
    assert window.isVisible()
    assert services.document.unsaved == ["ben.png"]


def test_a_photo_is_saved_whole_with_the_edits_of_all_its_faces(
    qtbot: QtBot,
    both: Bench,
    group: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "by-hand").mkdir()
    by_hand = saved(qtbot, both, tmp_path / "by-hand")
    both.document.set_edit("dimension", "1", 1.0)  # and back: as it is in that file
    both.document.undo_stack.undo()
    assert both.document.unsaved == []
    both.document._edits._saved.clear()
    choose(monkeypatch, tmp_path)
    files = FileActions(both.document, both.settings, both.messenger, lambda: both.panel, both.panel)
    with qtbot.waitCallback(timeout=20_000) as all_saved:
        files.save_all(all_saved)
    path = next(tmp_path.glob("*.png"))
    assert changed(path, group) == (True, True)
    recipe = read_recipe(path)
    assert recipe is not None
    assert len(recipe[OTHERS]) == 1
    with Image.open(path) as one, Image.open(by_hand) as other:
        assert np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).max() <= 1


def test_the_model_that_edits_were_made_with_draws_them(
    qtbot: QtBot, both: Bench, group: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another one is in use that has a slider of that name."""
    (tmp_path / "by-hand").mkdir()
    by_hand = saved(qtbot, both, tmp_path / "by-hand")
    both.document._edits._saved.clear()
    first = both.document.model
    assert first is not None
    other = fake_model(32, "other", directions={"smile": replace(direction(), low=-9.0, high=9.0)})
    both.document.set_model(other)
    at_rest(qtbot, both)
    opened: list[Path] = []
    monkeypatch.setattr(save_all_module, "load_model", lambda path: opened.append(path) or replace(first, generation=99))
    choose(monkeypatch, tmp_path)
    files = FileActions(both.document, both.settings, both.messenger, lambda: both.panel, both.panel)
    with qtbot.waitCallback(timeout=20_000) as all_saved:
        files.save_all(all_saved)
    assert opened == [Path(first.path)], "once for both faces"
    (path,) = tmp_path.glob("*.png")
    session = session_in(path)
    assert session is not None
    assert session.checkpoint_id == first.id
    assert changed(path, group) == (True, True)
    with Image.open(path) as one, Image.open(by_hand) as by_first:
        assert np.abs(np.asarray(one, np.int16) - np.asarray(by_first, np.int16)).max() <= 1


def test_edits_of_a_model_that_is_gone_are_not_drawn_by_another(
    qtbot: QtBot, window: MainWindow, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_two(qtbot, window, services)
    services.document.set_model(fake_model(directions={"smile": direction()}))
    choose(monkeypatch, tmp_path)
    monkeypatch.setattr(save_all_module, "load_model", lambda _path: fake_model(directions={"smile": direction()}))
    posted: list[Message] = []
    services.messenger.message_posted.connect(posted.append)
    close(window, "Save all…")
    qtbot.waitUntil(lambda: any(message.kind == "error" for message in posted))
    (error,) = (message for message in posted if message.kind == "error")
    assert "made with a model that isn't there any more" in error.text
    assert list(tmp_path.glob("*.png")) == []
    assert window.isVisible()


def test_a_photo_whose_file_has_gone_is_said(
    qtbot: QtBot,
    both: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(file: PhotoFile, reference: str) -> OpenedPhoto:
        raise DataError(f"{file.path.name} can't be read: No such file.", "Put it back.")

    both.document._photos._photos.clear()
    monkeypatch.setattr(save_all_module, "photo_from", gone)
    choose(monkeypatch, tmp_path)
    files = FileActions(both.document, both.settings, both.messenger, lambda: both.panel, both.panel)
    posted: list[Message] = []
    both.messenger.message_posted.connect(posted.append)
    files.save_all(lambda: pytest.fail("not all are saved"))
    qtbot.waitUntil(lambda: any(message.kind == "error" for message in posted), timeout=20_000)
    error = next(message for message in posted if message.kind == "error")
    assert "1 of 1 edited pictures couldn't be saved: group.png" in error.text
    assert both.document.unsaved == ["group.png"]

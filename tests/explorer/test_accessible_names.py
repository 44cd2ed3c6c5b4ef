"""Every button has a name that screen readers say, those with nothing but an icon, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.data.dataset import FaceData
from explorer.label.dialog import LabelDialog
from explorer.settings.values import UiSettings
from explorer.train.tab import TrainPanel
from explorer.windows.main_window import DATA, EXPLORE, GALLERY, TRAIN, MainWindow
from tests.explorer.test_train_panel import make_run
from tests.explorer.test_window_room import faces, make_window, settle

__all__ = ["faces"]


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    monkeypatch.setenv("LABKHAND_RUNS", str(tmp_path / "runs"))
    make_run(tmp_path / "runs" / "old")
    yield from make_window(qtbot, UiSettings())


def nameless(page: QWidget) -> set[str]:
    """The buttons in sight that say nothing."""
    silent = set()
    for button in page.findChildren(QAbstractButton):
        if button.isVisible() and not QAccessible.queryAccessibleInterface(button).text(QAccessible.Text.Name).strip():
            holder = type(button.parentWidget()).__name__
            silent.add(f"{type(button).__name__} {button.objectName()} in {holder}: {button.toolTip()}")
    return silent


def fill_in(page: QWidget) -> None:
    """Type into fields, where a button appears that empties them."""
    for field in page.findChildren(QLineEdit):
        if field.isClearButtonEnabled() and not field.text():
            field.setText("a")
    settle()


@pytest.mark.long
def test_a_walk_through_the_tabs_meets_no_nameless_button(window: MainWindow, faces: FaceData) -> None:
    silent: dict[str, set[str]] = {}
    for state in ("empty", "with data", "at work"):
        for tab in (DATA, TRAIN, GALLERY, EXPLORE):
            window.show_tab(tab)
            for size in ((1280, 768), (720, 450)):
                window.resize(QSize(*size))
                settle()
                if tab == TRAIN:
                    window.findChild(TrainPanel).stage.show_table(state == "at work")
                fill_in(window)
                silent[f"{state}, tab {tab}, {size}"] = nameless(window)
        if state == "empty":
            window._services.document.set_data(faces)
        window.status.set_run("old", 3, 10, 100.0, 60.0, 0.3)
        window.status.line.take("Taken away.", ("Undo", lambda: None))
        window._services.messenger.error("The disk is full.")
    assert not any(silent.values()), {place: names for place, names in silent.items() if names}


@pytest.mark.long
def test_dialogs_have_no_nameless_button(window: MainWindow, faces: FaceData, tmp_path: Path) -> None:
    window._services.document.set_data(faces)
    show = window.dialogs

    def sort() -> None:
        dialog = LabelDialog(show._settings, show._messenger, window)
        dialog.show()
        dialog.open_folder(faces.config.source)

    shown: list[Callable[[], None]] = [
        show.show_settings, show.show_about, show.show_retouch, lambda: show.show_apply_edit(()), sort,
        lambda: show.show_teach(window._services.decoding, window.explore.menu.keeper), show.show_prior,
        show.show_help, show.show_shortcuts, window.files.save_picture,
    ]  # fmt: skip
    silent: dict[str, set[str]] = {}
    for open_one in shown:
        before = {dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()}
        open_one()
        settle()
        (dialog,) = {dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()} - before
        fill_in(dialog)
        silent[type(dialog).__name__] = nameless(dialog)
        dialog.close()
    assert len(silent) >= 9
    assert not any(silent.values()), {place: names for place, names in silent.items() if names}

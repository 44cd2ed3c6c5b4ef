"""What the window remembers between starts: its position, its splitters, its theme, and the last model's file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from explorer.document.document import Document
from explorer.look.pixels import show_plain_pixels
from explorer.look.theme import ThemeChoice, apply_theme
from explorer.settings.store import SettingsStore
from explorer.widgets.room.screen import keep_on_screen
from explorer.widgets.zoom.area import ZoomArea

SIZE = (1280, 800)


def restore(window: QMainWindow, settings: SettingsStore, actions: Mapping[str, QAction]) -> None:
    """Put the window where it was, and check its theme in the menu.

    Args:
        window: the window.
        settings: what was remembered.
        actions: by their ids.
    """
    window.resize(*SIZE)
    if settings.value.window_geometry:
        window.restoreGeometry(settings.value.window_geometry)
    keep_on_screen(window)
    show_plain_pixels(settings.value.plain_pixels)
    actions["plain_pixels"].setChecked(settings.value.plain_pixels)
    chosen = actions.get(f"theme_{settings.value.theme}")
    if chosen is not None:
        chosen.setChecked(True)


def remember(window: QMainWindow, settings: SettingsStore, splitters: Mapping[str, bytes]) -> None:
    """Keep where the window is and how its panels are divided; `splitters` by their names."""
    settings.update(window_geometry=bytes(window.saveGeometry().data()), splitters=settings.value.splitters | dict(splitters))


def choose_theme(settings: SettingsStore, choice: ThemeChoice) -> None:
    """Follow the system, or force light or dark."""
    settings.update(theme=choice)
    apply_theme(cast(QApplication, QApplication.instance()), choice)


def choose_plain_pixels(window: QWidget, settings: SettingsStore, is_plain: bool) -> None:
    """Show the pixels of enlarged pictures as squares, or smooth them again; the window's pictures are painted anew."""
    settings.update(plain_pixels=is_plain)
    show_plain_pixels(is_plain)
    for area in window.findChildren(ZoomArea):
        area.show_pixels_anew()


def follow_run(document: Document, settings: SettingsStore, old: Path, new: Path) -> None:
    """A run's folder was renamed: update the path of the model in use and of the one that the next start opens."""
    old, new = old.resolve(), new.resolve()
    last = Path(settings.value.last_checkpoint)
    if document.model is not None and Path(document.model.path).is_relative_to(old):
        document.set_model_path(new / Path(document.model.path).relative_to(old))
    if last.is_relative_to(old):
        settings.update(last_checkpoint=str(new / last.relative_to(old)))

"""Saving what Explore shows: names made of what it is, files that say how they came to be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from core.export.images import captioned, grid, save_picture
from core.latent.session import Session
from core.version import VERSION
from explorer.dialogs.save_file import ask_save_path, file_name, show_in_folder
from explorer.messages import Messenger
from explorer.pixels import to_qimage
from explorer.settings_store import SettingsStore
from explorer.tasks import run_task

Picture = np.ndarray | Callable[[], np.ndarray]


class Saver(QObject):
    """Asks where, writes off the window's thread, and says where it went."""

    def __init__(self, settings: SettingsStore, messenger: Messenger, window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        self._messenger = messenger
        self._window = window

    def ask_and_save(self, picture: Picture, name: str, recipe: dict[str, Any], **kept: Any) -> None:
        """Propose a name in the last folder; the dialog asks before it overwrites. See `save`."""
        folder = self._settings.value.last_save_folder
        path = ask_save_path(self._window, self.tr("Save as"), folder, name, self.tr("PNG picture (*.png)"))
        if path is not None:
            self.save(picture, path, recipe, **kept)

    def save(self, picture: Picture, path: Path, recipe: dict[str, Any], **kept: Any) -> None:
        """Write a PNG and say so.

        Args:
            picture: uint8 (H, W, C), or what makes it, which may take a while.
            path: the file.
            recipe: how it came to be.
            kept: what else `save_picture` should keep.
        """
        run_task(
            self,
            lambda progress: save_picture(path, _made(picture), recipe, **kept),
            done=lambda _: self._on_saved(path),
            failed=self._messenger.report,
            name="save picture",
        )

    def copy(self, picture: Picture) -> None:
        """Put a picture on the clipboard."""
        run_task(
            self,
            lambda progress: to_qimage(_made(picture)),
            done=self._on_copied,
            failed=self._messenger.report,
            name="copy picture",
        )

    def _on_copied(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self._messenger.success(self.tr("The picture is on the clipboard."))

    def _on_saved(self, path: Path) -> None:
        self._settings.update(last_save_folder=str(path.parent))
        show = (self.tr("Show in folder"), lambda: show_in_folder(path))
        self._messenger.success(self.tr("Saved {name}.").format(name=path.name), action=show)


def _made(picture: Picture) -> np.ndarray:
    return picture() if callable(picture) else picture


def picture_name(session: Session) -> str:
    """`astronaut-smile-60.png`: the face and the directions that were moved."""
    label = session.anchor.label if session.anchor else "face"
    parts = [Path(label).stem if session.anchor and session.anchor.kind in ("file", "data", "photo") else label]
    parts += [f"{edit.key} {edit.weight:.0f}" for edit in session.edits if edit.kind == "direction"]
    if any(edit.kind == "dimension" for edit in session.edits):
        parts.append("edited")
    return file_name(*parts) + ".png"


def strip_name(session: Session, direction: str, percentages: list[float]) -> str:
    """`astronaut-smile-0-to-100.png`."""
    stem = picture_name(session.without_edits()).removesuffix(".png")
    return file_name(stem, direction, f"{percentages[0]:.0f}-to-{percentages[-1]:.0f}") + ".png"


def strip_picture(images: list[np.ndarray], labels: list[str]) -> np.ndarray:
    """The strip as one picture with its percentages."""
    return captioned(grid([np.stack(images)]), "", labels)


def session_recipe(session: Session, what: str) -> dict[str, Any]:
    """How a picture came to be; the anchor's name is kept, its folder never was."""
    return {"what": what, "program": VERSION, "checkpoint": session.checkpoint_id, "session": session.to_dict()}

"""Saving what Explore shows: names made of what it is, files that say how they came to be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from core.export.images import captioned, grid, save_png
from core.latent.session import Session
from core.version import VERSION
from explorer.messages import Messenger
from explorer.pixels import to_qimage
from explorer.settings_store import SettingsStore
from explorer.tasks import run_task


class Saver(QObject):
    """Asks where, writes off the window's thread, and says where it went."""

    def __init__(self, settings: SettingsStore, messenger: Messenger, window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        self._messenger = messenger
        self._window = window

    def ask_and_save(self, picture: np.ndarray, name: str, recipe: dict[str, Any]) -> None:
        """Propose a name in the last folder; the dialog asks before it overwrites."""
        folder = Path(self._settings.value.last_save_folder or Path.home())
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save as"), str(free_name(folder / name)), self.tr("PNG picture (*.png)")
        )
        if chosen:
            path = Path(chosen)
            self.save(picture, path if path.suffix.lower() == ".png" else path.with_name(path.name + ".png"), recipe)

    def save(self, picture: np.ndarray, path: Path, recipe: dict[str, Any]) -> None:
        """Write a PNG and say so."""
        run_task(
            self,
            lambda progress: save_png(path, picture, recipe),
            done=lambda _: self._on_saved(path),
            failed=self._messenger.report,
            name="save picture",
        )

    def copy(self, picture: np.ndarray) -> None:
        """Put a picture on the clipboard."""
        QGuiApplication.clipboard().setImage(to_qimage(picture))
        self._messenger.success(self.tr("The picture is on the clipboard."))

    def _on_saved(self, path: Path) -> None:
        self._settings.update(last_save_folder=str(path.parent))
        show = self.tr("Show in folder"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))) and None
        self._messenger.success(self.tr("Saved {name}.").format(name=path.name), action=show)


def picture_name(session: Session) -> str:
    """`astronaut-smile-60.png`: the face and the directions that were moved."""
    label = session.anchor.label if session.anchor else "face"
    parts = [Path(label).stem if session.anchor and session.anchor.kind in ("file", "data") else label]
    parts += [f"{edit.key}-{edit.weight:.0f}" for edit in session.edits if edit.kind == "direction"]
    if any(edit.kind == "dimension" for edit in session.edits):
        parts.append("edited")
    return slug("-".join(parts)) + ".png"


def strip_name(session: Session, direction: str, percentages: list[float]) -> str:
    """`astronaut-smile-0-to-100.png`."""
    stem = picture_name(session.without_edits()).removesuffix(".png")
    return f"{stem}-{slug(direction)}-{percentages[0]:.0f}-to-{percentages[-1]:.0f}.png"


def slug(text: str) -> str:
    """Lower case, words joined by hyphens, nothing that a file system minds."""
    return re.sub(r"[^\w.-]+", "-", text.strip().lower()).strip("-.") or "face"


def free_name(path: Path) -> Path:
    """The path, with a number added if a file of that name is there."""
    made, n = path, 1
    while made.exists():
        n += 1
        made = path.with_name(f"{path.stem}-{n}{path.suffix}")
    return made


def strip_picture(images: list[np.ndarray], labels: list[str]) -> np.ndarray:
    """The strip as one picture with its percentages."""
    return captioned(grid([np.stack(images)]), "", labels)


def session_recipe(session: Session, what: str) -> dict[str, Any]:
    """How a picture came to be; the anchor's name is kept, its folder never was."""
    return {"what": what, "program": VERSION, "checkpoint": session.checkpoint_id, "session": session.to_dict()}

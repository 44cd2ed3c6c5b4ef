"""Saving many pictures that are made one after another, into one folder, each as a PNG that says how it was made."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import CoreError
from core.export.images import save_picture
from core.files import printable
from core.progress import Progress
from explorer.messages import Message, MessageKind, Messenger
from explorer.saving.ask_path import free_path, show_in_folder, usual_folder
from explorer.settings.store import SettingsStore
from explorer.widgets.long_work import LongWork

if TYPE_CHECKING:
    from core.data.photo import Photo

NAMED = 3  # pictures that a message names
TOPIC = "save many"


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A picture to write.

    Attributes:
        pixels: uint8 (H, W, 3).
        name: of its file, without the ending.
        recipe: how it was made.
        photo: whose colour profile, transparency and camera data belong to it.
    """

    pixels: np.ndarray
    name: str
    recipe: dict[str, Any]
    photo: Photo


@dataclass(frozen=True, slots=True, eq=False)
class ManyToSave:
    """What a page offers to be saved.

    Attributes:
        files: the photos' files.
        make: makes the picture of a file, in a worker; may raise CoreError, and then that file is left out.
    """

    files: tuple[Path, ...]
    make: Callable[[Path, Progress], Made]


class SaveMany(QObject):
    """Asks for the folder and writes the pictures; nothing there is overwritten.

    Args:
        work: runs it, and shows how far it is.
        window: over which it asks.
    """

    def __init__(self, settings: SettingsStore, messenger: Messenger, work: LongWork, window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        self._messenger = messenger
        self._work = work
        self._window = window

    def ask_and_save(self, many: ManyToSave) -> None:
        """Ask where to, and save them."""
        beside = many.files[0].parent
        proposed = beside if os.access(beside, os.W_OK) else usual_folder(self._settings.value.last_save_folder)
        title = self.tr("Choose a folder for the {n} pictures").format(n=len(many.files))
        chosen = QFileDialog.getExistingDirectory(self._window, title, str(proposed))
        if chosen:
            self.save(many, Path(chosen))

    def save(self, many: ManyToSave, folder: Path) -> None:
        """Save them in a folder."""
        self._messenger.settle(TOPIC)
        settings = self._settings.value
        keep = "none" if not settings.keep_camera else "all" if settings.keep_place else "camera"
        written: list[Path] = []
        failures: list[CoreError] = []

        def work(progress: Progress) -> None:
            for done, file in enumerate(many.files):
                say = partial(progress, self.tr("Saving {name}").format(name=printable(file.name)), done, len(many.files))
                say()
                try:
                    made = many.make(file, partial(_said, say))
                    exif = made.photo.camera.kept(keep) if made.photo.camera is not None else None
                    path = free_path(folder, f"{made.name}.png")
                    kept: dict[str, Any] = {"icc": made.photo.icc, "alpha": made.photo.alpha, "exif": exif}
                    save_picture(path, made.pixels, made.recipe, edited=True, mark=settings.mark_edits, watch=say, **kept)
                except CoreError as error:
                    failures.append(error)
                else:
                    written.append(path)

        def ended(_result: object) -> None:
            self._say(written, len(many.files), folder, failures)

        self._work.start(self.tr("Saving pictures"), work, ended, TOPIC, lambda _reason: ended(None))

    def _say(self, written: Sequence[Path], count: int, folder: Path, failures: Sequence[CoreError]) -> None:
        """Say how many are there, and which aren't, and why."""
        if written:
            self._settings.update(last_save_folder=str(folder))
        text = self.tr("{n} of {all} pictures are saved in {folder}.")
        text = text.format(n=f"{len(written):,}", all=f"{count:,}", folder=printable(str(folder)))
        reasons = [self._messenger.reason(error) for error in failures]
        if reasons:
            text = self.tr("{text} Left out: {reasons}").format(text=text, reasons=" ".join(reasons[:NAMED]))
        action = (self.tr("Show in folder"), lambda: show_in_folder(written[0])) if written else None
        details = "\n".join(reasons) if len(reasons) > NAMED else ""
        kind: MessageKind = "success" if len(written) == count else "warning" if written else "error"
        self._messenger.post(Message(text, kind, details=details, action=action, topic=TOPIC))


def _said(say: Callable[[], object], _what: str, _done: int, _total: int) -> None:
    """How far one picture is: only that it may be cancelled."""
    say()

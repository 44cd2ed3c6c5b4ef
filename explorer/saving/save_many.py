"""Saving all photos that a page has open, into one folder, each as a PNG that says how it was made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from core.files import printable
from core.progress import Progress
from explorer.messages import Message, MessageKind, Messenger
from explorer.saving.ask_path import show_in_folder
from explorer.saving.into_folder import NAMED, Batch, Course, IntoFolder, Made
from explorer.settings.store import SettingsStore
from explorer.widgets.long_work import LongWork

TOPIC = "save many"


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
        self._messenger = messenger
        self._into_folder = IntoFolder(settings, work, window)

    def ask_and_save(self, many: ManyToSave) -> None:
        """Ask where to, and save them."""
        title = self.tr("Choose a folder for the {n} pictures").format(n=len(many.files))
        chosen = self._into_folder.ask(title, many.files[0].parent)
        if chosen is not None:
            self.save(many, chosen)

    def save(self, many: ManyToSave, folder: Path) -> None:
        """Save them in a folder."""
        self._messenger.settle(TOPIC)

        def ended(course: Course[Path]) -> None:
            self._say(course, len(many.files), folder)

        def unfinished(course: Course[Path]) -> None:
            if course.written:  # else the person has cancelled it, or why it failed was said
                self._say(course, len(many.files), folder)

        batch = Batch(self.tr("Saving pictures"), TOPIC, many.files, lambda file: printable(file.name), many.make)
        self._into_folder.write(batch, folder, ended, unfinished)

    def _say(self, course: Course[Path], count: int, folder: Path) -> None:
        """Say how many are there, and which aren't, and why."""
        written = course.written
        text = self.tr("{n} of {all} pictures are saved in {folder}.")
        text = text.format(n=f"{len(written):,}", all=f"{count:,}", folder=printable(str(folder)))
        reasons = [self._messenger.reason(error) for _, error in course.failures]
        if reasons:
            text = self.tr("{text} Left out: {reasons}").format(text=text, reasons=" ".join(reasons[:NAMED]))
        action = (self.tr("Show in folder"), lambda: show_in_folder(written[0][1])) if written else None
        details = "\n".join(reasons) if len(reasons) > NAMED else ""
        kind: MessageKind = "success" if len(written) == count else "warning" if written else "error"
        self._messenger.post(Message(text, kind, details=details, action=action, topic=TOPIC))

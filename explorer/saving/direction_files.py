"""Files of directions: the program's own folder for them, and how they follow a direction that is renamed or removed."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QWidget

from core.errors import CoreError
from core.files import cannot_write, printable
from core.latent.direction_file import SUFFIX, read_direction, write_direction
from core.latent.directions import Direction
from core.progress import Progress
from core.runs.listing import default_runs_folder
from explorer.messages import Messenger
from explorer.saving.ask_path import ask_save_path, file_name, free_path, show_in_folder
from explorer.saving.trash import bring_back, move_to_trash
from explorer.tasks import Task, run_task

T = TypeVar("T")

MOST = 50  # files that are looked into for a menu, the newest ones
_LONGEST = 50  # characters of a file's name: of four bytes each at most, where file systems take 255
_FORBIDDEN = frozenset('<>:"/\\|?*')  # in the names of files, on one system or another


def directions_folder() -> Path:
    """Where directions go unless the person chooses another folder: beside that of the runs; made if it can be."""
    folder = default_runs_folder().parent / "directions"
    with contextlib.suppress(OSError):  # the dialog begins elsewhere, then
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def directions_of(checkpoint_id: str, most: int | None = MOST) -> dict[Path, Direction]:
    """The directions of a model in the program's own folder, the newest first; files of anything else are passed over.

    Args:
        checkpoint_id: of the model.
        most: files are looked into; None: all.
    """
    directions: dict[Path, Direction] = {}
    try:
        files = sorted(directions_folder().glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return directions
    for path in files[:most]:
        with contextlib.suppress(CoreError):  # of another model
            directions[path] = read_direction(path, checkpoint_id)
    return directions


def direction_kinds() -> str:
    """The filter of a dialog for them."""
    return QCoreApplication.translate("DirectionFiles", "Directions (*{suffix})").format(suffix=SUFFIX)


def ask_direction_path(parent: QWidget, name: str) -> Path | None:
    """Ask for the file to write a direction of this name to; None if the person cancelled."""
    title = QCoreApplication.translate("DirectionFiles", "Save a direction")
    return ask_save_path(parent, title, str(directions_folder()), f"{name}{SUFFIX}", direction_kinds())


def free_direction_path(direction: Direction) -> Path:
    """A new file for a direction in the program's own folder, called as people call it where a file can be called so."""
    name = direction.shown_name
    is_usual = name.isprintable() and not _FORBIDDEN & set(name) and not name.startswith(".") and len(name) <= _LONGEST
    return free_path(directions_folder(), f"{name if is_usual else file_name(name)}{SUFFIX}")


def say_saved(messenger: Messenger, path: Path) -> None:
    """Say where a direction was saved."""
    show = QCoreApplication.translate("DirectionFiles", "Show in folder")
    messenger.success(said_of(path), action=(show, lambda: show_in_folder(path)))


def said_of(path: Path) -> str:
    """Where a direction was saved, in a sentence."""
    text = QCoreApplication.translate("DirectionFiles", "Saved {name} in {folder}.")
    return text.format(name=printable(path.name), folder=printable(str(path.parent)))


def files_of(direction: Direction) -> dict[Path, Direction]:
    """The files of a direction in the program's own folder: those that hold it under the name that people see."""
    there = directions_of(direction.checkpoint_id, None)
    return {path: one for path, one in there.items() if (one.name, one.shown_name) == (direction.name, direction.shown_name)}


class FileWork(QObject):
    """Work on these files in a worker, each piece after the one before; what waits when the program ends is done then.

    There may be many of them, and the folder may lie on a network drive.

    Args:
        messenger: told of errors.
        topic: of the messages about them.
        parent: Qt's owner.
    """

    def __init__(self, messenger: Messenger, topic: str, parent: QObject) -> None:
        super().__init__(parent)
        self._messenger, self._topic = messenger, topic
        self._waiting: deque[tuple[Callable[[], object], Callable[[Any], None]]] = deque()
        self._task: Task | None = None
        self._is_idle = threading.Event()
        self._is_idle.set()
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self._on_application_quitting)

    def do(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do a piece of work soon.

        Args:
            work: may raise CoreError, which is reported.
            done: gets its result, in the window's thread.
        """
        self._waiting.append((work, done))
        self._go_on()

    def _go_on(self) -> None:
        if not self._waiting or (self._task is not None and self._task.is_running):
            return
        work, done = self._waiting.popleft()
        self._is_idle.clear()

        def in_worker(progress: Progress) -> object:
            try:
                return work()
            finally:
                self._is_idle.set()

        self._task = run_task(self, in_worker, done=done, failed=self._on_failed, name="files of directions")
        self._task.finished.connect(self._go_on)

    def _on_failed(self, error: BaseException) -> None:
        self._messenger.report(error, self._topic)

    def _on_application_quitting(self) -> None:
        """Nothing runs after this, and nobody sees a result."""
        self._is_idle.wait()
        while self._waiting:
            work, _ = self._waiting.popleft()
            try:
                work()
            except CoreError as error:
                self._messenger.report(error)  # to the log, at least


class RenamedFiles:
    """The files of a renamed direction in the program's own folder: they have its new name until that is undone."""

    def __init__(self) -> None:
        self._is_first = True
        self._moved: dict[Path, Path] = {}  # where each lies that was called as the direction, and where it lay before

    def rename(self, before: Direction, shown: str) -> None:
        """Write another name into the files of a direction, and call those so that were called as it was; undo calls them back.

        Raises:
            CoreError: one can't be written.
        """
        for path, direction in files_of(before).items():
            write_direction(path, direction.shown_as(shown))
            other = self._moved.pop(path, None)
            if self._is_first and path.stem == before.shown_name and not _FORBIDDEN & set(shown):
                other = path.with_name(f"{shown}{SUFFIX}")
            if other is None or os.path.lexists(other):
                continue
            try:
                path.rename(other)
            except OSError as error:
                raise cannot_write(other, error) from error
            self._moved[other] = path
        self._is_first = False


class FilesInTrash:
    """The files of a removed direction in the program's own folder: in the trash until it comes back."""

    def __init__(self, direction: Direction) -> None:
        self._direction = direction
        self._trashed: list[tuple[Path, Path]] = []  # where each was, and where it lies now

    def __len__(self) -> int:
        return len(self._trashed)

    def move(self) -> list[Path]:
        """Put them there; gives those that stay, for which there is no trash."""
        moved = [(path, move_to_trash(path)) for path in files_of(self._direction)]
        self._trashed += [(path, trashed) for path, trashed in moved if trashed is not None]
        return [path for path, trashed in moved if trashed is None]

    def bring_back(self) -> None:
        """Take out again those that can be; what can't is taken out the next time that it can, unless it is gone.

        Raises:
            CoreError: some aren't there any more, or their places are taken.
        """
        left: list[tuple[Path, Path]] = []
        errors: list[CoreError] = []
        for path, trashed in self._trashed:
            try:
                bring_back(trashed, path, "Rename that one, then take this one out of the trash yourself.")
            except CoreError as error:
                errors.append(error)
                if os.path.lexists(trashed):
                    left.append((path, trashed))
        self._trashed = left
        if errors:
            raise CoreError(" ".join(map(str, errors))) from errors[0].__cause__

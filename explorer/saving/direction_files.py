"""Files of directions: the program's own folder for them, and how they follow a direction that is renamed or removed."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from core.errors import CoreError
from core.files import cannot_write, printable
from core.latent.direction_file import SUFFIX, read_direction, write_direction
from core.latent.directions import Direction
from core.runs.listing import default_runs_folder
from explorer.messages import Messenger
from explorer.saving.ask_path import ask_save_path, show_in_folder
from explorer.saving.trash import bring_back, move_to_trash

MOST = 50  # files that are looked into, the newest ones


def directions_folder() -> Path:
    """Where directions go unless the person chooses another folder: beside that of the runs; made if it can be."""
    folder = default_runs_folder().parent / "directions"
    with contextlib.suppress(OSError):  # the dialog begins elsewhere, then
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def directions_of(checkpoint_id: str) -> dict[Path, Direction]:
    """The directions of a model in the program's own folder, the newest first; files of anything else are passed over."""
    directions: dict[Path, Direction] = {}
    try:
        files = sorted(directions_folder().glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return directions
    for path in files[:MOST]:
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


def say_saved(messenger: Messenger, path: Path) -> None:
    """Say where a direction was saved."""
    show = QCoreApplication.translate("DirectionFiles", "Show in folder")
    messenger.success(said_of(path), action=(show, lambda: show_in_folder(path)))


def said_of(path: Path) -> str:
    """Where a direction was saved, in a sentence."""
    text = QCoreApplication.translate("DirectionFiles", "Saved {name} in {folder}.")
    return text.format(name=printable(path.name), folder=printable(str(path.parent)))


def rename_files(checkpoint_id: str, name: str, new: str) -> None:
    """Let the files of a direction in the program's own folder have its new name, inside and, where they were called so, outside.

    Raises:
        CoreError: one can't be written.
    """
    for path, direction in directions_of(checkpoint_id).items():
        if direction.name == name:
            write_direction(path, replace(direction, name=new))
            other = path.with_name(f"{new}{SUFFIX}")
            if path.stem == name and Path(new).name == new and not os.path.lexists(other):
                try:
                    path.rename(other)
                except OSError as error:
                    raise cannot_write(other, error) from error


class FilesInTrash:
    """The files of a removed direction in the program's own folder: in the trash until it comes back."""

    def __init__(self, checkpoint_id: str, name: str) -> None:
        self._checkpoint_id, self._name = checkpoint_id, name
        self._trashed: list[tuple[Path, Path]] = []  # where each was, and where it lies now

    def __len__(self) -> int:
        return len(self._trashed)

    def move(self) -> list[Path]:
        """Put them there; gives those that stay, for which there is no trash."""
        paths = [path for path, direction in directions_of(self._checkpoint_id).items() if direction.name == self._name]
        moved = [(path, move_to_trash(path)) for path in paths]
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

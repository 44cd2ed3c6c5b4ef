"""Files of directions: the program's own folder for them, asking for one there, and saying where it is."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from core.errors import CoreError
from core.files import printable
from core.latent.direction_file import SUFFIX, read_direction
from core.latent.directions import Direction
from core.runs.listing import default_runs_folder
from explorer.messages import Messenger
from explorer.saving.ask_path import ask_save_path, show_in_folder

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
    text = QCoreApplication.translate("DirectionFiles", "Saved {name} in {folder}.")
    show = QCoreApplication.translate("DirectionFiles", "Show in folder")
    place = printable(str(path.parent))
    messenger.success(text.format(name=printable(path.name), folder=place), action=(show, lambda: show_in_folder(path)))

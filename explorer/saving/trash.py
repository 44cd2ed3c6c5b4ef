"""Files and folders into the system's trash, and back while nobody has emptied it."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from PySide6.QtCore import QFile

from core.errors import CoreError
from core.files import cannot_write


def move_to_trash(place: Path) -> Path | None:
    """Put a file or a folder into the trash.

    Returns:
        Where it lies there; None if there is no trash for it, and it stays where it was.
    """
    file = QFile(str(place))
    return Path(file.fileName()) if file.moveToTrash() else None


def bring_back(trashed: Path, place: Path, way_out: str = "Rename that one, then undo again.") -> None:
    """Take a file or a folder out of the trash again.

    Args:
        trashed: where it lies there.
        place: where it was.
        way_out: what the person can do where its old place is taken, a sentence.

    Raises:
        CoreError: it isn't there any more, or its old place is taken.
    """
    try:
        if place.exists():
            raise CoreError(
                f"{place.name} can't come back from the trash: there is another one of that name now.",
                way_out,
            )
        if not trashed.exists():
            raise CoreError(f"{place.name} isn't in the trash any more.")
        place.parent.mkdir(parents=True, exist_ok=True)
        os.rename(trashed, place)
    except OSError as error:
        raise cannot_write(place, error) from error
    with contextlib.suppress(OSError):  # the .trashinfo file (freedesktop.org's trash); elsewhere there is none
        (trashed.parent.parent / "info" / f"{trashed.name}.trashinfo").unlink()


def delete_for_good(folder: Path) -> None:
    """Delete a folder and all in it.

    Raises:
        CoreError: something in it can't be deleted.
    """
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error

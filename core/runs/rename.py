"""Renaming a run's folder, never while the run goes on."""

from __future__ import annotations

import os
import re
from pathlib import Path

from core.errors import TrainingError
from core.files import cannot_write
from core.locks import is_locked

LONGEST_NAME = 80
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def check_name(name: str) -> str:
    """Check that a run's name is a valid folder name on any system.

    Raises:
        TrainingError: it can't be used; the sentence says why.
    """
    name = name.strip()
    if not name:
        raise TrainingError("A run needs a name.")
    if len(name) > LONGEST_NAME or len(os.fsencode(name)) > 240:
        raise TrainingError(f"The name is too long: {LONGEST_NAME} characters at most.")
    bad = _FORBIDDEN.search(name)
    if bad:
        shown = bad[0] if bad[0].isprintable() else "a control character"
        raise TrainingError(f"A name can't hold {shown} since it becomes a folder.")
    if name.startswith(".") or name.endswith("."):
        raise TrainingError("A name can't start or end with a dot.")
    if _RESERVED.fullmatch(name):
        raise TrainingError(f"{name} is a name that Windows keeps for itself.")
    return name


def check_idle(folder: Path, doing: str) -> None:
    """Raise an error if a process still writes into the folder.

    Args:
        folder: of the run.
        doing: what is wanted, for the error: "renamed".

    Raises:
        TrainingError: the run goes on.
    """
    if is_locked(folder):
        raise TrainingError(f"{Path(folder).name} is running and can't be {doing}.", "Stop it first.")


def rename_run(folder: Path, name: str, way_out: str = "Choose another name.") -> Path:
    """Rename a run, that is, its folder; its checkpoints and previews are found there as before.

    Args:
        folder: of the run.
        name: the new one.
        way_out: what the person can do where it is taken, a sentence.

    Returns:
        Where the folder lies now.

    Raises:
        TrainingError: the run is gone, or goes on, or the name can't be used or is taken.
        CoreError: the folder can't be renamed.
    """
    folder = Path(folder)
    target = folder.with_name(check_name(name))
    if target == folder:
        return folder
    if not folder.is_dir():
        raise TrainingError(f"There is no run {folder.name} any more: its folder is gone.")
    check_idle(folder, "renamed")
    if target.exists() and not (target.name.lower() == folder.name.lower() and os.path.samefile(target, folder)):
        raise TrainingError(f"There is a run named {target.name} already.", way_out)
    try:
        os.rename(folder, target)
    except OSError as error:
        raise cannot_write(target, error) from error
    return target

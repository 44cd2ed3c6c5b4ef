"""A model's file to which a command adds something: not while its run trains, and only if it still holds the same model."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from core.errors import TrainingError
from core.locks import LOCK_NAME, RunLock, is_locked


def must_rest(path: Path) -> None:
    """Check that no run is writing a model's file. Raises TrainingError where one is."""
    folder = _run_of(path)
    if folder is not None and is_locked(folder):
        raise TrainingError(f"{folder} is being trained right now.", "Stop the run first, or wait for its end.")


def store(path: Path, write: Callable[[], bool], model: Path | None = None) -> None:
    """Write into a model's file while no run may begin to.

    Args:
        path: of the file.
        write: writes; False, with nothing written, if the model's file meanwhile holds another one.
        model: the file that it was opened from, if that is another one.

    Raises:
        TrainingError: it does, or a run is writing it.
    """
    folder = _run_of(path)
    with RunLock(folder) if folder is not None and (folder / LOCK_NAME).exists() else nullcontext():
        if not write():
            raise TrainingError(f"{model or path} was rewritten meanwhile.", "Try again once its run has ended.")


def _run_of(path: Path) -> Path | None:
    """The folder of the run that wrote a file; None for files elsewhere."""
    place = path.resolve().parent
    return place.parent if place.name == "checkpoints" else None

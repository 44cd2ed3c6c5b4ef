"""Opening many picture files at once: they are read one after another and join the list, while the first of them is edited."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.errors import CoreError
from core.files import printable
from core.latent.session import Anchor
from core.progress import Progress
from explorer.document.document import Document
from explorer.document.face_edits import OWN
from explorer.document.picture_files import EncodedPicture, SavedEdit, encoded_face
from explorer.document.renewed_edits import dimensions_left_out, read_for
from explorer.document.saved_edits import fitting
from explorer.messages import Message, Messenger
from explorer.tasks import Task, run_task

if TYPE_CHECKING:
    from explorer.document.loading import LoadedModel
    from explorer.document.photos import OpenedPhoto

TOPIC = "photo"  # of messages about files that can't be opened: the next ones that are opened settle it
NAMED = 3  # files that a message names


@dataclass(frozen=True, slots=True)
class Added:
    """A file that was read."""

    picture: EncodedPicture
    photo: OpenedPhoto | None
    saved: SavedEdit | None = None  # that it holds

    @property
    def note(self) -> str:
        """What the person should know about it."""
        return self.saved.note if self.saved is not None else self.picture.note


class PictureAdder(QObject):
    """Reads files off the window's thread, one at a time.

    Signals:
        added(Added): a picture joins the list.
        progressed(int, int): how many files have been read: done, total.
        ended(): no file is left.
    """

    added = Signal(object)
    progressed = Signal(int, int)
    ended = Signal()

    def __init__(self, document: Document, messenger: Messenger, runs_folder: Callable[[], Path], parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self._runs_folder = runs_folder
        self._waiting: deque[tuple[str, object]] = deque()
        self._done = 0
        self._task: Task | None = None
        self._failures: list[tuple[str, BaseException]] = []
        self._notes: list[str] = []
        self._leaves_out = False  # something that single dimensions changed

    @property
    def is_busy(self) -> bool:
        """Whether files are being read."""
        return self._task is not None

    def add(self, paths: Sequence[str], kept: object = None) -> None:
        """Read these files, too; a reference to `kept` keeps them until they are read."""
        self._waiting.extend((path, kept) for path in paths)
        if self._task is None and self._waiting:
            self._done = 0
            self._go_on()

    def cancel(self) -> None:
        """Leave the files that weren't read yet."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
            self._end()

    def _go_on(self) -> None:
        """Read the next file."""
        model = self._document.model
        if model is None or not self._waiting:
            self._end()
            return
        self.progressed.emit(self._done, self._done + len(self._waiting))
        name, kept = self._waiting.popleft()
        path, runs = Path(name), self._runs_folder()

        def done(added: Added) -> None:
            here = self._document.model
            if here is None or here.generation != model.generation:
                self._waiting.appendleft((name, kept))  # another model was loaded meanwhile
                self._go_on()
                return
            if added.note:
                self._notes.append(added.note)
                self._leaves_out |= added.saved is not None and added.saved.leaves_out
            self.added.emit(added)
            self._next()

        def failed(error: BaseException) -> None:
            self._failures.append((printable(path.name), error))
            self._next()

        self._task = run_task(self, lambda progress: read(path, model, runs, progress, kept), done=done, failed=failed, name="add")

    def _next(self) -> None:
        self._done += 1
        self._go_on()

    def _end(self) -> None:
        self._task = None
        failures, self._failures = self._failures, []
        notes, self._notes = self._notes, []
        leaves_out, self._leaves_out = self._leaves_out, False
        if len(notes) == 1:
            self._messenger.info(notes[0])
        elif notes:
            text = self.tr("{n} edits were made with an earlier model. They were made anew with this one, and look different.")
            left_out = f" {dimensions_left_out()}" if leaves_out else ""
            self._messenger.info(text.format(n=len(notes)) + left_out)
        if len(failures) == 1:
            self._messenger.report(failures[0][1], TOPIC)
        elif failures:
            names = ", ".join(name for name, _ in failures[:NAMED]) + (", …" if len(failures) > NAMED else "")
            text = self.tr("{n} files can't be opened: {names}.").format(n=len(failures), names=names)
            self._messenger.post(Message(text, "error", "\n".join(str(error) for _, error in failures), topic=TOPIC))
        self.ended.emit()


def read(path: Path, model: LoadedModel, runs: Path, progress: Progress, kept: object = None) -> Added:
    """One file of many; where its face is, is never asked for. Runs in a worker.

    Raises:
        CoreError: it can't be used, or only by itself.
    """
    result = read_for(path, model, runs, progress, kept)
    if isinstance(result, EncodedPicture):
        return Added(result, None)
    if isinstance(result, SavedEdit):
        return _saved(result, path, model)
    face = encoded_face(result, result.first_eyes, model)
    return Added(replace(face, unsure=result.needs_help), result)


def _saved(saved: SavedEdit, path: Path, model: LoadedModel) -> Added:
    """A saved edit of an opened picture, with its edit. Raises CoreError for any other."""
    anchor = saved.session.anchor
    if anchor is None or anchor.kind not in OWN or saved.session.checkpoint_id != model.id:
        raise CoreError(f"{saved.name} holds an edit of another model, or of a sample.", "Open it by itself to go on with it.")
    session, left_out = fitting(saved.session, model)
    if left_out:
        raise CoreError(f"{saved.name} holds edits that this model has no slider for.", "Open it by itself to see what is left.")
    saved = replace(saved, session=session)
    if saved.photo is not None:
        return Added(encoded_face(saved.photo, anchor.both_eyes, model, as_before=anchor.is_as_before), saved.photo, saved)
    return Added(EncodedPicture(anchor, _drawn(anchor, model), model.generation, path), None, saved)


def _drawn(anchor: Anchor, model: LoadedModel) -> np.ndarray:
    return model.engine.decode(np.asarray(anchor.z, np.float32)[None])[0]

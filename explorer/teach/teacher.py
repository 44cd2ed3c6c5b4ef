"""Teaching a direction by examples: faces to mark, and after each mark the direction that the document gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.errors import CoreError
from core.families.base import Can
from core.latent.directions import Direction
from core.latent.face_regions import ANYWHERE
from explorer.document.direction_keeper import DirectionKeeper, is_kept_in
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.messages import Messenger
from explorer.tasks import Progress, Task, run_task
from explorer.teach.marked_faces import Candidates, Lesson, encoded_anew, gather


class Teacher(QObject):
    """Holds the lesson and follows the document's model: on another one the same faces, encoded anew, teach the same.

    Faces are fetched while somebody looks (`set_watched`), off the window's thread.
    """

    lesson_changed = Signal()
    """There are other faces."""
    taught = Signal()
    """The marks, and with them the direction, are others now."""
    work_started = Signal()
    work_progressed = Signal(str, int, int)
    work_ended = Signal()
    """Faces are here, or won't come."""

    def __init__(self, document: Document, messenger: Messenger, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self._keeper = DirectionKeeper(messenger, self)
        self._lesson: Lesson | None = None
        self._generation = 0  # of the model whose codes the lesson's faces have
        self._direction: Direction | None = None
        self._asked: int | None = None
        self._name = ""
        self._part = ANYWHERE
        self._turn = 0
        self._watched = False
        self._task: Task | None = None
        document.model_changed.connect(self._on_document_model_changed)
        document.data_changed.connect(self._on_document_data_changed)

    @property
    def lesson(self) -> Lesson | None:
        """The faces and their marks; None while there are no faces."""
        return self._lesson

    @property
    def direction(self) -> Direction | None:
        """What the marks teach so far, as the document has it."""
        return self._direction

    @property
    def asked(self) -> int | None:
        """The face to ask about; None where there is none."""
        return self._asked

    @property
    def is_ready(self) -> bool:
        """Whether there are faces whose codes are of the model in use."""
        model = self._document.model
        return model is not None and self._lesson is not None and self._generation == model.generation

    @property
    def is_kept(self) -> bool:
        """Whether the direction is written into the model's file."""
        model = self._document.model
        return model is not None and is_kept_in(Path(model.path))

    # -- asked by the dialog ------------------------------------------------------------------------------------

    def set_watched(self, watched: bool) -> None:
        """Whether the lesson is on the screen."""
        self._watched = watched
        if watched:
            self._catch_up()
        else:
            self._keeper.flush()

    def set_name(self, name: str) -> None:
        """What the direction is called; it must be free."""
        self._name = name
        if self._direction is not None and self._direction.name != name and self.is_ready:
            self._learn()

    def set_part(self, part: str) -> None:
        """Where in the face it shows, one of core.latent.face_regions; ANYWHERE finds out by itself."""
        self._part = part
        if self._lesson is not None and self._lesson.part != part:
            self._lesson.part = part
            if self._direction is not None and self.is_ready:
                self._learn()

    def mark(self, face: int, has_it: bool | None) -> None:
        """Mark a face, or take its mark away."""
        if self.is_ready and self._lesson is not None and self._lesson.mark(face, has_it):
            self._learn()

    def undo(self) -> int | None:
        """Take the last mark back; gives its face."""
        face = self._lesson.undo() if self.is_ready and self._lesson is not None else None
        if face is not None:
            self._learn()
        return face

    def skip(self) -> None:
        """Ask about another face."""
        if self._lesson is not None and self._asked is not None:
            self._lesson.skip(self._asked)
            self._ask()
            self.taught.emit()

    def fetch_others(self) -> None:
        """Other faces beside the marked ones; where bringing those to another model was cancelled, that first."""
        if self._lesson is not None and not self.is_ready:
            self._catch_up()
            return
        self._turn += 1
        self._fetch()

    def begin_another(self, name: str) -> None:
        """Teach another direction on the same faces; this one stays as it is."""
        self._keeper.flush()
        self._direction, self._name = None, name
        if self._lesson is not None:
            self._set_lesson(Lesson(self._lesson.faces))

    def cancel(self) -> None:
        """Give up fetching."""
        if self._task is not None:
            self._task.cancel()

    # -- faces --------------------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        """Have faces of the model in use, if anybody looks."""
        model, lesson = self._document.model, self._lesson
        if not self._watched or model is None or self._generation == model.generation or Can.DIRECTIONS not in model.can:
            return
        channels, height, width = model.header.image_shape
        if lesson is not None and lesson.faces.pictures.shape[1:] == (height, width, channels):
            self._encode_anew(model, lesson)
        else:
            self._lesson = None
            self._fetch()

    def _fetch(self) -> None:
        model, data, turn = self._document.model, self._document.data, self._turn
        before = self._lesson.faces if self._lesson is not None and self.is_ready else None
        if model is None:
            return

        def done(found: Candidates) -> None:
            self._set_lesson(self._lesson.among(found) if self._lesson is not None else Lesson(found))

        self._run(model, lambda progress: gather(model, data, turn, progress, before), done)

    def _encode_anew(self, model: LoadedModel, lesson: Lesson) -> None:
        def done(found: Candidates) -> None:
            self._set_lesson(lesson.moved_to(found))
            self._learn()

        self._run(model, lambda progress: encoded_anew(lesson.faces, model, progress), done)

    def _run(self, model: LoadedModel, work: Callable[[Progress], Candidates], done: Callable[[Candidates], None]) -> None:
        if self._task is not None:
            self._task.drop()

        def arrived(found: Candidates) -> None:
            self._generation = model.generation
            self.work_ended.emit()
            done(found)

        def failed(error: BaseException) -> None:
            self.work_ended.emit()
            self._messenger.report(error)

        self.work_started.emit()
        self._task = run_task(
            self,
            work,
            done=arrived,
            failed=failed,
            progress=self.work_progressed.emit,
            cancelled=self.work_ended.emit,
            name="faces to mark",
        )

    def _set_lesson(self, lesson: Lesson | None) -> None:
        self._lesson = lesson
        if lesson is not None:
            lesson.part = self._part
        self._ask()
        self.lesson_changed.emit()

    # -- learning -----------------------------------------------------------------------------------------------

    def _learn(self) -> None:
        """Give the document what the marks teach now."""
        model, lesson = self._document.model, self._lesson
        if model is None or lesson is None:
            return
        before = self._direction.name if self._direction is not None else ""
        try:
            found = lesson.direction(self._name, model.id)
        except CoreError as error:
            self._messenger.report(error)
            found = None
        self._direction = found
        self._ask()
        if found is None:
            self._document.remove_direction(before)
        else:
            if before and before != found.name:
                self._document.rename_direction(before, found.name)
            self._document.set_direction(found)
        self._keeper.keep(model.path, model.id, found, before)
        self.taught.emit()

    def _ask(self) -> None:
        self._asked = self._lesson.question(self._direction) if self._lesson is not None and self.is_ready else None

    # -- events -------------------------------------------------------------------------------------------------

    def _on_document_model_changed(self, model: LoadedModel | None) -> None:
        if self._task is not None:
            self._task.drop()
            self.work_ended.emit()
        mine = self._direction
        there = self._document.directions.get(mine.name) if mine is not None else None
        if mine is not None and (there is None or there.checkpoint_id != mine.checkpoint_id):
            self._direction = None
        self._set_lesson(self._lesson if model is not None and Can.DIRECTIONS in model.can else None)
        self._catch_up()

    def _on_document_data_changed(self) -> None:
        if self._lesson is None or not (self._lesson.with_it or self._lesson.without):
            self._generation, self._lesson = 0, None
            self._catch_up()

"""Teaching a direction by examples: the faces and their marks, and after each mark the direction that the document gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.data.dataset import FaceData, batch
from core.errors import CoreError
from core.families.base import Can
from core.latent.arithmetic import normal
from core.latent.directions import Direction
from core.latent.examples import least_sure, teach
from core.latent.face_regions import ANYWHERE, part_priors
from core.latent.instrument import typical_samples
from core.progress import Progress
from explorer.document.direction_keeper import DirectionKeeper, is_kept_in
from explorer.document.document import Document
from explorer.document.framing import fits
from explorer.document.loading import LoadedModel
from explorer.messages import Messenger
from explorer.tasks import Task, run_task
from explorer.teach.name_field import free_name

SAMPLES = 240  # of the prior: decoded in a second or two
PICTURES = 480  # of the opened data: encoded in a few seconds
BACKGROUND = 2000  # codes of the prior; they cost nothing
DECODED_AT_ONCE = 8
ENCODED_AT_ONCE = 16
SEED = 20


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Faces that can be marked, N of them."""

    codes: np.ndarray  # (N, D)
    pictures: np.ndarray  # (N, H, W, C) uint8
    names: tuple[str, ...]
    background: np.ndarray  # (B, D): how the faces lie in the latent
    priors: Mapping[str, np.ndarray]  # part of the face -> (D, D), see core.latent.face_regions
    are_samples: bool  # from the prior; otherwise pictures

    def kept(self, rows: list[int], others: Candidates) -> Candidates:
        """Some of these faces, then others, with the others' background and priors."""
        names = [self.names[row] for row in rows]
        new = [row for row, name in enumerate(others.names) if name not in set(names)]
        return replace(
            others,
            codes=np.concatenate([self.codes[rows], others.codes[new]]),
            pictures=np.concatenate([self.pictures[rows], others.pictures[new]]),
            names=(*names, *(others.names[row] for row in new)),
        )


def gather(
    model: LoadedModel, data: FaceData | None, turn: int, progress: Progress, before: Candidates | None = None
) -> Candidates:
    """Faces to mark: some of the data set's pictures where they fit the model, else samples of its prior. Runs in a worker.

    Args:
        model: whose codes.
        data: the data set.
        turn: 0, 1, ...: other faces each time.
        progress: told how far; may raise Cancelled.
        before: faces of the same model, whose priors are reused.
    """
    engine, seed = model.engine, SEED + turn
    if data is None or not fits(model, data):
        codes = typical_samples(engine, SAMPLES, seed)
        drawn = []
        for start in range(0, SAMPLES, DECODED_AT_ONCE):
            progress("Drawing pictures", start, SAMPLES)
            drawn.append(engine.decode(codes[start : start + DECODED_AT_ONCE]))
        names = tuple(f"{seed}/{number + 1}" for number in range(SAMPLES))
        background = normal(BACKGROUND, model.size, SEED - 1)  # as far apart as codes of pictures are
        priors = before.priors if before is not None else _priors(model, background, progress)
        return Candidates(codes, np.concatenate(drawn), names, background, priors, are_samples=True)
    rows = np.random.default_rng(seed).permutation(len(data.images))[:PICTURES]
    pictures = batch(data.images, rows)
    codes = _encoded(model, pictures, progress)
    priors = before.priors if before is not None else _priors(model, codes, progress)
    return Candidates(codes, pictures, tuple(data.index.files[row] for row in rows), codes, priors, are_samples=False)


def encoded_anew(candidates: Candidates, model: LoadedModel, progress: Progress) -> Candidates:
    """The same faces as another model sees them, which must be of the same picture size. Runs in a worker."""
    codes = _encoded(model, candidates.pictures, progress)
    return replace(candidates, codes=codes, background=codes, priors=_priors(model, codes, progress))


def _encoded(model: LoadedModel, pictures: np.ndarray, progress: Progress) -> np.ndarray:
    codes = []
    for start in range(0, len(pictures), ENCODED_AT_ONCE):
        progress("Looking at the pictures", start, len(pictures))
        codes.append(model.engine.encode(pictures[start : start + ENCODED_AT_ONCE]).flat)
    return np.concatenate(codes)


def _priors(model: LoadedModel, background: np.ndarray, progress: Progress) -> dict[str, np.ndarray]:
    from core.faces.alignment import frame_from  # noqa: PLC0415 - loads OpenCV

    return part_priors(model.engine.decode, background.mean(axis=0), frame_from(model.header.data.get("frame")), progress)


class MarkedFaces:
    """The marks on some faces, with their history, and the direction that they give.

    `part`: where in the face it shows, one of `core.latent.face_regions`; ANYWHERE finds out by itself.
    """

    def __init__(self, faces: Candidates) -> None:
        self.faces = faces
        self._marks: dict[int, bool] = {}
        self._history: list[tuple[int, bool | None]] = []
        self._skipped: set[int] = set()
        self.part = ANYWHERE

    @property
    def with_it(self) -> list[int]:
        """The faces marked +."""
        return [face for face, has_it in self._marks.items() if has_it]

    @property
    def without(self) -> list[int]:
        """The faces marked −."""
        return [face for face, has_it in self._marks.items() if not has_it]

    @property
    def can_undo(self) -> bool:
        """Whether there is a mark to take back."""
        return bool(self._history)

    def mark_of(self, face: int) -> bool | None:
        """A face's mark: True: +, False: −, None: none."""
        return self._marks.get(face)

    def mark(self, face: int, has_it: bool | None) -> bool:
        """Mark a face, or take its mark away (None); False where nothing changes."""
        before = self._marks.get(face)
        if before is has_it:
            return False
        self._history.append((face, before))
        self._set(face, has_it)
        return True

    def undo(self) -> int | None:
        """Undo the last mark; gives its face, None where there is none."""
        if not self._history:
            return None
        face, before = self._history.pop()
        self._set(face, before)
        return face

    def skip(self, face: int) -> None:
        """Don't ask about a face any more."""
        self._skipped.add(face)

    def direction(self, name: str, checkpoint_id: str) -> Direction | None:
        """The direction from the marks so far; None without any."""
        if not self._marks:
            return None
        codes, priors = self.faces.codes, self.faces.priors
        if self.part in priors:
            priors = {self.part: priors[self.part]}
        return teach(
            codes[self.with_it], codes[self.without], self.faces.background, name, priors=priors, checkpoint_id=checkpoint_id
        )

    def question(self, direction: Direction | None) -> int | None:
        """The unmarked face for which the direction is most uncertain; None once all are marked or skipped."""
        asked = np.ones(len(self.faces.codes), bool)
        asked[[*self._marks, *self._skipped]] = False
        return least_sure(self.faces.codes, direction, self.faces.background, asked)

    def by_likelihood(self, direction: Direction) -> np.ndarray:
        """All faces, those most likely with it first, (N,) numbers."""
        return np.argsort(-direction.position(self.faces.codes), kind="stable")

    def moved_to(self, faces: Candidates) -> MarkedFaces:
        """The same marks on the same faces, with new codes."""
        marked = MarkedFaces(faces)
        marked.part = self.part
        marked._marks, marked._history, marked._skipped = dict(self._marks), list(self._history), set(self._skipped)
        return marked

    def among(self, others: Candidates) -> MarkedFaces:
        """The marked faces with their marks, then other faces to mark."""
        rows = list(self._marks)
        marked = MarkedFaces(self.faces.kept(rows, others))
        marked.part = self.part
        places = {row: place for place, row in enumerate(rows)}
        marked._marks = {places[row]: has_it for row, has_it in self._marks.items()}
        marked._history = [(places[row], before) for row, before in self._history if row in places]
        return marked

    def _set(self, face: int, has_it: bool | None) -> None:
        self._marks.pop(face, None)  # so that the last marked one is last
        if has_it is not None:
            self._marks[face] = has_it


class ExampleLearner(QObject):
    """Holds the marked faces and follows the document's model.

    While they are visible, another model is taught the same: its faces are encoded anew. A model that is opened while
    nobody looks begins with marks of its own, and the earlier one goes on if its model is opened again before that.

    Faces are fetched only while they are visible (`set_watched`), off the window's thread.
    """

    marks_changed = Signal()
    """The faces have changed."""
    taught = Signal()
    """The marks, and so the direction, have changed."""
    renamed = Signal(str)
    """The direction has another name now, given elsewhere."""
    began_anew = Signal()
    """The marks are gone, for they were for another model: name and part start again."""
    work_started = Signal()
    work_progressed = Signal(str, int, int)
    work_ended = Signal()
    """Faces have arrived, or won't."""

    def __init__(self, document: Document, messenger: Messenger, keeper: DirectionKeeper, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self.keeper = keeper
        self._marked: MarkedFaces | None = None
        self._generation = 0  # of the model whose codes these faces have
        self._coded = ("", "")  # that model's id, and the class that it drew
        self._taught: dict[str, str] = {}  # by model: the name of the direction that it has from these marks
        self._direction: Direction | None = None
        self._removed: Direction | None = None  # in Explore, of these marks; it goes on with the next one, or once that is undone
        self._asked: int | None = None
        self._name = ""
        self._part = ANYWHERE
        self._turn = 0
        self._watched = False
        self._task: Task | None = None
        document.model_changed.connect(self._on_document_model_changed)
        document.data_changed.connect(self._on_document_data_changed)
        document.directions_changed.connect(self._on_document_directions_changed)

    @property
    def marked(self) -> MarkedFaces | None:
        """The faces and their marks; None while there are no faces."""
        return self._marked

    @property
    def direction(self) -> Direction | None:
        """The direction from the marks so far, as the document has it."""
        return self._direction

    @property
    def asked(self) -> int | None:
        """The face to ask about; None where there is none."""
        return self._asked

    @property
    def is_ready(self) -> bool:
        """Whether there are faces whose codes are of the model in use."""
        model = self._document.model
        return model is not None and self._marked is not None and self._generation == model.generation

    @property
    def is_kept(self) -> bool:
        """Whether the direction is written into the model's file."""
        model = self._document.model
        return model is not None and is_kept_in(Path(model.path))

    # -- asked by the dialog ------------------------------------------------------------------------------------

    def set_watched(self, watched: bool) -> None:
        """Whether the faces are on the screen."""
        self._watched = watched
        if watched:
            model = self._document.model
            if model is not None and self._marked is not None and self._coded[0] != model.id:
                self._begin_anew()
            self._catch_up()
        else:
            self.keeper.flush()

    def set_name(self, name: str) -> None:
        """Set the direction's name, which must be free."""
        self._name = name
        if self._direction is not None and self._direction.shown_name != name and self.is_ready:
            self._learn()

    def set_part(self, part: str) -> None:
        """Set where in the face it shows, one of core.latent.face_regions; ANYWHERE finds out by itself."""
        self._part = part
        if self._marked is not None and self._marked.part != part:
            self._marked.part = part
            if self._direction is not None and self.is_ready:
                self._learn()

    def mark(self, face: int, has_it: bool | None) -> None:
        """Mark a face, or take its mark away; while the faces are encoded for another model, it counts once they are."""
        if self._marked is not None and self._marked.mark(face, has_it):
            self._marks_changed()

    def undo(self) -> int | None:
        """Take the last mark back; gives its face."""
        face = self._marked.undo() if self._marked is not None else None
        if face is not None:
            self._marks_changed()
        return face

    def _marks_changed(self) -> None:
        if self.is_ready:
            self._learn()
        else:
            self.taught.emit()

    def skip(self) -> None:
        """Ask about another face."""
        if self._marked is not None and self._asked is not None:
            self._marked.skip(self._asked)
            self._ask()
            self.taught.emit()

    def fetch_others(self) -> None:
        """Fetch other faces beside the marked ones; if encoding those for another model was cancelled, that is done first."""
        if self._marked is not None and not self.is_ready:
            self._catch_up()
            return
        self._turn += 1
        self._fetch()

    def begin_another(self, name: str) -> None:
        """Teach another direction on the same faces; this one stays as it is."""
        self.keeper.flush()
        self._direction, self._removed, self._name = None, None, name
        self._taught.clear()
        if self._marked is not None:
            self._set_marked(MarkedFaces(self._marked.faces))

    def _begin_anew(self) -> None:
        """Give the marks up; the directions that they taught stay with their models."""
        self._direction, self._removed, self._part = None, None, ANYWHERE
        self._taught.clear()
        self._generation = 0
        self._set_marked(None)
        self.began_anew.emit()

    def cancel(self) -> None:
        """Give up fetching."""
        if self._task is not None:
            self._task.cancel()

    # -- faces --------------------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        """Get faces for the model in use, if they are visible."""
        model, marked = self._document.model, self._marked
        if not self._watched or model is None or self._generation == model.generation or Can.DIRECTIONS not in model.can:
            return
        channels, height, width = model.header.image_shape
        if marked is not None and marked.faces.pictures.shape[1:] == (height, width, channels):
            self._encode_anew(model, marked)
            return
        if marked is not None:
            self._begin_anew()
        self._fetch()

    def _fetch(self) -> None:
        model, data, turn = self._document.model, self._document.data, self._turn
        before = self._marked.faces if self._marked is not None and self.is_ready else None
        if model is None:
            return

        def done(candidates: Candidates) -> None:
            self._set_marked(self._marked.among(candidates) if self._marked is not None else MarkedFaces(candidates))

        self._run(model, lambda progress: gather(model, data, turn, progress, before), done)

    def _encode_anew(self, model: LoadedModel, marked: MarkedFaces) -> None:
        def done(candidates: Candidates) -> None:
            self._set_marked(marked.moved_to(candidates))
            self._learn()

        self._run(model, lambda progress: encoded_anew(marked.faces, model, progress), done)

    def _run(self, model: LoadedModel, work: Callable[[Progress], Candidates], done: Callable[[Candidates], None]) -> None:
        if self._task is not None:
            self._task.drop()

        def arrived(candidates: Candidates) -> None:
            self._generation, self._coded = model.generation, _coded_by(model)
            self.work_ended.emit()
            done(candidates)

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

    def _set_marked(self, marked: MarkedFaces | None) -> None:
        self._marked = marked
        if marked is not None:
            marked.part = self._part
        self._ask()
        self.marks_changed.emit()

    # -- learning -----------------------------------------------------------------------------------------------

    def _learn(self) -> None:
        """Give the document the direction from the current marks."""
        model, marked = self._document.model, self._marked
        if model is None or marked is None:
            return
        before = self._direction.name if self._direction is not None else ""
        taken = self._document.directions
        again = self._removed.name if self._removed is not None and self._removed.name not in taken else ""
        try:
            direction = marked.direction(before or again or free_name(self._name, taken), model.id)
        except CoreError as error:
            self._messenger.report(error)
            direction = None
        if direction is not None:
            direction = direction.shown_as(self._name)
        self._direction, self._removed = direction, None
        if direction is not None:
            self._taught[model.id] = direction.name
        self._ask()
        if direction is None:
            self._document.remove_direction(before)
        else:
            self._document.set_direction(direction)
            if self.is_kept:
                self._document.note_direction_in_model(direction)
        self.keeper.keep(model.path, model.id, direction, before)
        self.taught.emit()

    def _ask(self) -> None:
        self._asked = self._marked.question(self._direction) if self._marked is not None and self.is_ready else None

    # -- events -------------------------------------------------------------------------------------------------

    def _on_document_model_changed(self, model: LoadedModel | None) -> None:
        if self._task is not None:
            self._task.drop()
            self.work_ended.emit()
        taught = self._taught.get(model.id) if model is not None else None
        self._direction = self._document.directions.get(taught) if taught is not None else None
        self._removed = None
        if model is not None and self._marked is not None and self._coded == _coded_by(model):
            self._generation = model.generation  # its codes are the same, though it was loaded again
        self._set_marked(self._marked)
        self._catch_up()

    def _on_document_directions_changed(self) -> None:
        """Follow what was done in Explore: there the direction gets another name, is removed, and comes back by undo."""
        mine = self._direction or self._removed
        there = self._document.directions.get(mine.name) if mine is not None else None
        if mine is None or there is self._direction:
            return
        if there is None:
            self._direction, self._removed = None, mine
        elif not np.array_equal(there.unit, mine.unit):
            return  # one of another origin, such as a file
        else:
            self._direction, self._removed = there, None
            if there.shown_name != self._name:
                self._name = there.shown_name
                self.renamed.emit(self._name)
        self._ask()
        self.taught.emit()

    def _on_document_data_changed(self) -> None:
        if self._marked is None or not (self._marked.with_it or self._marked.without):
            self._generation, self._marked = 0, None
            self._catch_up()


def _coded_by(model: LoadedModel) -> tuple[str, str]:
    """What codes depend on: the model, and the class that it draws."""
    return model.id, model.engine.class_name

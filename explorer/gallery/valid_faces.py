"""A few validation pictures with their codes: chosen once, encoded off the window's thread, shared by all sections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton

from core.data.dataset import FaceData, batch
from core.data.statistics import on_white
from core.files import printable
from core.latent.code import NOTHING, Given
from core.progress import Progress
from explorer.document.document import Document
from explorer.document.framing import fits
from explorer.document.loading import LoadedModel
from explorer.gallery.section import GallerySection
from explorer.look.icons import icon
from explorer.messages import Messenger
from explorer.tasks import Task, run_task
from explorer.widgets.segmented import Segmented

COUNT = 32
COUNTS = (8, COUNT)  # of pictures that are shown, to choose from


@dataclass(frozen=True, slots=True, eq=False)
class EncodedFaces:
    """Pictures and codes of one model, n of them."""

    model: LoadedModel
    data: FaceData
    seed: int  # of the choice
    rows: np.ndarray  # (n,) in the data
    originals: np.ndarray  # uint8 (n, H, W, C)
    z: np.ndarray  # (n, D) the means, or other codes, one row each
    given: Given = NOTHING  # conditions of each
    on_white: bool = False  # whether the data set's background is white

    def file(self, index: int) -> str:
        """The file of a picture, printable."""
        return printable(self.data.index.files[int(self.rows[index])])


def given_at(model: LoadedModel, data: FaceData, rows: np.ndarray) -> Given:
    """The conditions of some pictures, that is, their classes if the model is conditional. For a worker thread.

    Raises:
        DataError: the pictures have a class that the model doesn't know.
    """
    if not model.engine.classes:
        return NOTHING
    from core.latent.data_codes import given_by  # noqa: PLC0415 - imports torch, which is loaded by now

    return given_by(model.engine, data).at(rows)


class ValidFaces(QObject):
    """Up to 32 validation pictures and their codes."""

    changed = Signal()
    """The pictures or codes have changed."""

    def __init__(self, document: Document, messenger: Messenger, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self._seed = 0
        self._encoded: EncodedFaces | None = None
        self._task: Task | None = None
        self._wanted: tuple[object, ...] | None = None

    @property
    def current(self) -> EncodedFaces | None:
        """The faces, once they match the model and the data in use; None until then."""
        faces = self._encoded
        model, data = self._document.model, self._document.data
        if faces is None or model is None or faces.data is not data or faces.seed != self._seed:
            return None
        return faces if faces.model.generation == model.generation else None

    @property
    def available(self) -> bool:
        """Whether there are validation pictures that this model can see."""
        return fits(self._document.model, self._document.data)

    @property
    def report(self) -> Callable[[BaseException], None]:
        """What is told of errors of work on pictures."""
        return self._messenger.report

    def shuffle(self) -> None:
        """Choose others; `ensure` encodes them."""
        self._seed += 1

    def ensure(self) -> None:
        """Make sure that `current` becomes available; `changed` is emitted when it does, if not at once."""
        model, data = self._document.model, self._document.data
        if model is None or data is None or not self.available or self.current is not None:
            return
        seed = self._seed
        wanted = (model.generation, data, seed)
        if self._task is not None and self._task.is_running and self._wanted == wanted:
            return
        if self._task is not None:
            self._task.drop()
        self._wanted = wanted

        def work(progress: Progress) -> EncodedFaces:
            valid = data.split.valid
            rows = np.random.default_rng(seed).permutation(len(valid))[:COUNT]
            chosen = valid[rows]
            originals = batch(data.images, chosen)
            given = given_at(model, data, chosen)
            codes = model.engine.encode(originals, given).flat
            return EncodedFaces(model, data, seed, chosen, originals, codes, given, on_white(data))

        self._task = run_task(self, work, done=self._on_task_done, failed=self._messenger.report, name="encode validation pictures")

    def _on_task_done(self, faces: EncodedFaces) -> None:
        self._encoded = faces
        self.changed.emit()


def put_choice_of_pictures(section: GallerySection) -> Segmented:
    """Let a section's controls say how many of COUNTS it shows, which this gives, and choose others."""
    count_choice = Segmented([str(count) for count in COUNTS], section.tr("How many"), section.controls)
    reroll_button = QPushButton(icon("dice"), section.tr("Show others"), section.controls)
    reroll_button.setToolTip(section.tr("Choose other validation pictures at random"))
    section.put_controls(count_choice, reroll_button)
    count_choice.choice_changed.connect(section.invalidate)
    reroll_button.clicked.connect(lambda _checked=False: section.reroll())
    return count_choice

"""What the Gallery's sections of pictures into pictures have in common: validation pictures over what a model makes of them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.data.dataset import FaceData
from core.export.images import wrapped
from core.families.base import Can
from core.files import printable
from core.progress import Progress
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.framing import fits
from explorer.document.loading import LoadedModel
from explorer.gallery.section import EXPORT_COLUMNS, Export, GallerySection
from explorer.gallery.sheet import PictureSheet
from explorer.gallery.valid_faces import COUNTS, ValidFaces, put_choice_of_pictures
from explorer.saving.ask_path import file_name
from explorer.tasks import Task, run_task


@dataclass(frozen=True, slots=True, eq=False)
class TranslatedFaces:
    """Validation pictures and what a model makes of them, n of them.

    Attributes:
        model: that made it.
        data: that they are of.
        seed: of the choice.
        view: which of its section's, from 0.
        rows: (n,) in the data.
        tiers: uint8 (n, H, W, C) each, one under the other.
    """

    model: LoadedModel
    data: FaceData
    seed: int
    view: int
    rows: np.ndarray
    tiers: tuple[np.ndarray, ...]

    def file(self, index: int) -> str:
        """The file of a picture, printable."""
        return printable(self.data.index.files[int(self.rows[index])])


Faces = TypeVar("Faces", bound=TranslatedFaces)


class TranslatedSection(GallerySection, Generic[Faces]):
    """8 or 32 validation pictures, and what the model makes of each under it. Subclasses say what that is."""

    needs = frozenset({Can.TRANSLATE})
    needs_data = True
    what: ClassVar[str]
    """The pictures are, in recipes."""
    work_name: ClassVar[str]
    """Of making them, in logs."""

    def __init__(self, document: Document, decode_service: DecodeService, valid: ValidFaces, parent: QWidget | None = None) -> None:
        super().__init__(document, decode_service, parent)
        self._report = valid.report
        self._seed = 0
        self._shown: Faces | None = None
        self._task: Task | None = None
        self.sheet = PictureSheet(self)
        self.count_choice = put_choice_of_pictures(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sheet)

    # -- what subclasses say ------------------------------------------------------------------------------------

    @abstractmethod
    def _make(self, model: LoadedModel, data: FaceData, seed: int, view: int, progress: Progress) -> Faces:
        """Choose pictures and let the model work on them; not on the window's thread. Raises CoreError."""

    @abstractmethod
    def _caption_of(self, shown: Faces, count: int) -> str:
        """The caption of the first `count` pictures."""

    @abstractmethod
    def _words(self, shown: Faces, index: int) -> str:
        """What a picture is, with its numbers."""

    @abstractmethod
    def _file_word(self, shown: Faces) -> str:
        """What stands for the section in names of files."""

    @abstractmethod
    def _own_recipe(self, shown: Faces, count: int) -> dict[str, Any]:
        """What the recipe says beside model, data and rows."""

    @property
    def view(self) -> int:
        """Which of the section's views is chosen, from 0."""
        return 0

    # -- showing ------------------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many pictures are shown: 8 or 32, or all where there are fewer."""
        wanted = COUNTS[self.count_choice.choice]
        return wanted if self._shown is None else min(wanted, len(self._shown.rows))

    @property
    def caption(self) -> str:
        return "" if self._shown is None or not self.is_complete else self._caption_of(self._shown, self.count)

    def reroll(self) -> None:
        """Other validation pictures."""
        self._seed += 1
        self.invalidate()

    def refresh(self) -> None:
        model, data = self.model, self.document.data
        if model is None or data is None or not fits(model, data):
            return
        if self._shown is not None and self._is_wanted(self._shown):
            self._show(self._shown)
            return
        seed, view = self._seed, self.view
        if self._task is not None:
            self._task.drop()
        self._task = run_task(
            self,
            lambda progress: self._make(model, data, seed, view, progress),
            done=self._on_task_done,
            failed=self._report,
            name=self.work_name,
        )

    def clear(self) -> None:
        self._shown = None
        self.sheet.set_pictures([[]])

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        """Nothing is ever asked of the decode service: there are no codes."""

    def export(self) -> Export | None:
        shown, count = self._shown, self.count
        if shown is None or not self.is_complete or not count:
            return None
        tiers = [wrapped(pictures[:count], EXPORT_COLUMNS) for pictures in shown.tiers]
        rows = [row for together in zip(*tiers, strict=True) for row in together]
        recipe = {
            "what": self.what,
            "checkpoint": shown.model.id,
            "data": shown.data.fingerprint,
            "split_seed": shown.data.config.split_seed,
            "rows": shown.rows[:count].tolist(),
            **self._own_recipe(shown, count),
        }
        name = file_name(shown.model.name, self._file_word(shown), str(count))
        return Export(rows, self.caption, (), recipe, name, together=len(tiers))

    def _is_wanted(self, shown: Faces) -> bool:
        """Whether pictures are those of the model, the data and the choices of now."""
        generation = None if self.model is None else self.model.generation
        wanted = (generation, self.document.data, self._seed, self.view)
        return (shown.model.generation, shown.data, shown.seed, shown.view) == wanted

    def _show(self, shown: Faces) -> None:
        self._shown = shown
        count = self.count
        self.sheet.set_pictures([list(pictures[:count]) for pictures in shown.tiers], self._label)
        self._complete = True
        self.changed.emit()

    def _label(self, index: int) -> str:
        return "" if self._shown is None else self._words(self._shown, index)

    def _on_task_done(self, shown: Faces) -> None:
        if self._is_wanted(shown):
            self._show(shown)

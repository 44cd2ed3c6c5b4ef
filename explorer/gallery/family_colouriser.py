"""The Gallery's section of a colouriser: pictures as it sees them, as it colours them, and as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.data.dataset import FaceData, batch
from core.export.images import wrapped
from core.families.base import Can
from core.files import printable
from core.progress import Progress
from core.wording import percent
from explorer.data.sources import source_title
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.framing import fits, held_out
from explorer.document.loading import LoadedModel
from explorer.gallery.section import EXPORT_COLUMNS, Export, GallerySection
from explorer.gallery.sheet import PictureSheet
from explorer.gallery.valid_faces import COUNT, COUNTS, ValidFaces, put_choice_of_pictures
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.tasks import Task, run_task

AT_ONCE = 32  # pictures that are looked through for some with colours


@dataclass(frozen=True, slots=True, eq=False)
class ColouredFaces:
    """Validation pictures and what a model makes of them, n of them.

    Attributes:
        model: that coloured them.
        data: that they are of.
        seed: of the choice.
        rows: (n,) in the data.
        grey, coloured, originals: uint8 (n, H, W, 3).
        errors: (n,) mean absolute error of a* and b* of each, in units of Lab.
        colourful: (n, 2) mean chroma of each coloured picture, and of the original.
    """

    model: LoadedModel
    data: FaceData
    seed: int
    rows: np.ndarray
    grey: np.ndarray
    coloured: np.ndarray
    originals: np.ndarray
    errors: np.ndarray
    colourful: np.ndarray


def coloured_faces(model: LoadedModel, data: FaceData, seed: int, progress: Progress) -> ColouredFaces:
    """Choose validation pictures that have colours, and let a model colour them. For a worker thread."""
    import torch  # noqa: PLC0415 - is loaded by now, as the model is

    from core.families.colouriser.lab import GREY, chroma, mean_chroma, rgb_to_lab  # noqa: PLC0415 - imports torch

    def planes(pictures: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255.0

    order = data.split.valid[np.random.default_rng(seed).permutation(len(data.split.valid))]
    rows = np.zeros(0, np.int64)
    for start in range(0, len(order), AT_ONCE):
        progress("", start, len(order))
        some = order[start : start + AT_ONCE]
        rows = np.concatenate((rows, some[(mean_chroma(planes(batch(data.images, some))) >= GREY).numpy()]))[:COUNT]
        if len(rows) == COUNT:
            break
    originals = batch(data.images, rows)
    grey, coloured = model.engine.grey(originals), model.engine.translate(originals)  # type: ignore[attr-defined]
    ab, true = (rgb_to_lab(planes(pictures))[:, 1:] for pictures in (coloured, originals))
    errors = (ab - true).abs().mean(dim=(1, 2, 3)).numpy()
    colourful = np.stack([chroma(one).mean(dim=(1, 2)).numpy() for one in (ab, true)], axis=1)
    return ColouredFaces(model, data, seed, rows, grey, coloured, originals, errors, colourful)


class ColoursSection(GallerySection):
    """8 or 32 validation pictures: grey, coloured by the model, and the originals, one under the other."""

    needs = frozenset({Can.TRANSLATE})
    family = "colouriser"
    needs_data = True

    def __init__(self, document: Document, decode_service: DecodeService, valid: ValidFaces, parent: QWidget | None = None) -> None:
        super().__init__(document, decode_service, parent)
        self._report = valid.report
        self._seed = 0
        self._faces: ColouredFaces | None = None
        self._task: Task | None = None
        self.sheet = PictureSheet(self)
        self.count_choice = put_choice_of_pictures(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sheet)

    @property
    @override
    def no_data_text(self) -> str:
        return self.tr("Pictures that training never sees appear here: grey, coloured by the model, and as they are.")

    @property
    def count(self) -> int:
        """How many pictures are shown: 8 or 32, or all where there are fewer."""
        wanted = COUNTS[self.count_choice.choice]
        return wanted if self._faces is None else min(wanted, len(self._faces.rows))

    @property
    def caption(self) -> str:
        faces, count = self._faces, self.count
        if faces is None or not self.is_complete:
            return ""
        if not count:
            return self.tr("All validation pictures are grey.")
        if held_out(faces.model, faces.data):
            text = self.tr("Validation pictures: what the model sees of them (top), its colours, and the originals")
        else:
            text = self.tr("Pictures of {data}: what the model sees of them (top), its colours, and the originals")
        coloured, true = faces.colourful[:count].mean(axis=0)
        return self.tr("{text}; mean error of a* and b* {error} Lab units, {share} as colourful. Model: {model}").format(
            text=text.format(data=source_title(faces.data.config.source, faces.data.index.name)),
            error=f"{faces.errors[:count].mean():.1f}",
            share=percent(100.0 * coloured / max(true, 1e-6)),
            model=faces.model.name,
        )

    def reroll(self) -> None:
        """Other validation pictures."""
        self._seed += 1
        self.invalidate()

    def refresh(self) -> None:
        model, data = self.model, self.document.data
        if model is None or data is None or not fits(model, data):
            return
        known, seed = self._faces, self._seed
        if known is not None and (known.model.generation, known.data, known.seed) == (model.generation, data, seed):
            self._show(known)
            return
        if self._task is not None:
            self._task.drop()
        self._task = run_task(
            self,
            lambda progress: coloured_faces(model, data, seed, progress),
            done=self._on_task_done,
            failed=self._report,
            name="colour validation pictures",
        )

    def clear(self) -> None:
        self._faces = None
        self.sheet.set_pictures([[]])

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        """Nothing is ever asked of the decode service: there are no codes."""

    def export(self) -> Export | None:
        faces, count = self._faces, self.count
        if faces is None or not self.is_complete or not count:
            return None
        tiers = [wrapped(pictures[:count], EXPORT_COLUMNS) for pictures in (faces.grey, faces.coloured, faces.originals)]
        rows = [row for together in zip(*tiers, strict=True) for row in together]
        recipe = {
            "what": "validation pictures: grey, coloured, originals",
            "checkpoint": faces.model.id,
            "data": faces.data.fingerprint,
            "split_seed": faces.data.config.split_seed,
            "rows": faces.rows[:count].tolist(),
            "ab_error": round(float(faces.errors[:count].mean()), 3),
        }
        return Export(rows, self.caption, (), recipe, file_name(faces.model.name, "colours", str(count)), together=len(tiers))

    def _show(self, faces: ColouredFaces) -> None:
        self._faces = faces
        count = self.count
        tiers = (faces.grey, faces.coloured, faces.originals)
        self.sheet.set_pictures([list(pictures[:count]) for pictures in tiers], self._label)
        self._complete = True
        self.changed.emit()

    def _label(self, index: int) -> str:
        faces = self._faces
        if faces is None:
            return ""
        coloured, true = faces.colourful[index]
        return self.tr("{file}: error of a* and b* {error} Lab units, {share} as colourful").format(
            file=printable(faces.data.index.files[int(faces.rows[index])]),
            error=f"{faces.errors[index]:.1f}",
            share=percent(100.0 * coloured / max(true, 1e-6)),
        )

    def _on_task_done(self, faces: ColouredFaces) -> None:
        model = self.model
        if model is None or (faces.model.generation, faces.data, faces.seed) != (
            model.generation,
            self.document.data,
            self._seed,
        ):
            return
        self._show(faces)


def sections() -> list[tuple[str, str, Callable[[Document, DecodeService, ValidFaces, QWidget], GallerySection]]]:
    """The Gallery's section for this family only: title, tip, and class."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("ColoursSection", text)

    return [(tr("Colours"), tr("Pictures as the model sees them, as it colours them, and as they are"), ColoursSection)]

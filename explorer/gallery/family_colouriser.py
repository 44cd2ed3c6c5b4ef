"""The Gallery's section of a colouriser: pictures as it sees them, as it colours them, and as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from core.data.dataset import FaceData, batch
from core.progress import Progress
from core.wording import percent
from explorer.data.sources import source_title
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.framing import held_out
from explorer.document.loading import LoadedModel
from explorer.gallery.section import GallerySection
from explorer.gallery.translated import TranslatedFaces, TranslatedSection
from explorer.gallery.valid_faces import COUNT, ValidFaces
from explorer.qt import override

AT_ONCE = 32  # pictures that are looked through for some with colours


@dataclass(frozen=True, slots=True, eq=False)
class ColouredFaces(TranslatedFaces):
    """Validation pictures in grey, coloured by a model, and as they are, n of them.

    Attributes:
        errors: (n,) mean absolute error of a* and b* of each, in units of Lab.
        colourful: (n, 2) mean chroma of each coloured picture, and of the original.
    """

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
    return ColouredFaces(model, data, seed, 0, rows, (grey, coloured, originals), errors, colourful)


class ColoursSection(TranslatedSection[ColouredFaces]):
    """8 or 32 validation pictures: grey, coloured by the model, and the originals, one under the other."""

    family = "colouriser"
    what = "validation pictures: grey, coloured, originals"
    work_name = "colour validation pictures"

    @property
    @override
    def no_data_text(self) -> str:
        return self.tr("Pictures that training never sees appear here: grey, coloured by the model, and as they are.")

    def _make(self, model: LoadedModel, data: FaceData, seed: int, view: int, progress: Progress) -> ColouredFaces:
        return coloured_faces(model, data, seed, progress)

    def _caption_of(self, shown: ColouredFaces, count: int) -> str:
        if not count:
            return self.tr("All validation pictures are grey.")
        if held_out(shown.model, shown.data):
            text = self.tr("Validation pictures: what the model sees of them (top), its colours, and the originals")
        else:
            text = self.tr("Pictures of {data}: what the model sees of them (top), its colours, and the originals")
        coloured, true = shown.colourful[:count].mean(axis=0)
        return self.tr("{text}; mean error of a* and b* {error} Lab units, {share} as colourful. Model: {model}").format(
            text=text.format(data=source_title(shown.data.config.source, shown.data.index.name)),
            error=f"{shown.errors[:count].mean():.1f}",
            share=percent(100.0 * coloured / max(true, 1e-6)),
            model=shown.model.name,
        )

    def _file_word(self, shown: ColouredFaces) -> str:
        return "colours"

    def _own_recipe(self, shown: ColouredFaces, count: int) -> dict[str, Any]:
        return {"ab_error": round(float(shown.errors[:count].mean()), 3)}

    def _words(self, shown: ColouredFaces, index: int) -> str:
        coloured, true = shown.colourful[index]
        return self.tr("{file}: error of a* and b* {error} Lab units, {share} as colourful").format(
            file=shown.file(index),
            error=f"{shown.errors[index]:.1f}",
            share=percent(100.0 * coloured / max(true, 1e-6)),
        )


def sections() -> list[tuple[str, str, Callable[[Document, DecodeService, ValidFaces, QWidget], GallerySection]]]:
    """The Gallery's section for this family only: title, tip, and class."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("ColoursSection", text)

    return [(tr("Colours"), tr("Pictures as the model sees them, as it colours them, and as they are"), ColoursSection)]

"""The Gallery's codebook of a VQ-VAE: each code alone, how much it is used, and where pictures have it."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from core.families.grid_atlas import Place
from core.families.vq_vae.atlas import places, swatches
from core.progress import Progress
from explorer.document.loading import LoadedModel
from explorer.gallery.grids.atlas import AtlasSection
from explorer.gallery.valid_faces import EncodedFaces
from explorer.qt import override


class CodebookSection(AtlasSection):
    """All codes at once; the one that is pointed at or chosen is shown in pictures that have it."""

    family = "vq_vae"
    what = "codebook"

    @property
    @override
    def hint(self) -> str:
        return self.tr("Point at a code to see it in pictures")

    def _given_up(self) -> str:
        return self.tr("Nothing was drawn, as it was cancelled. Codebook draws it once it is chosen again. Model: {model}")

    def _caption_words(self, *, has_use: bool, has_all: bool) -> str:
        if not has_all:
            return self.tr("The {count} most used codes of {all}, each drawn as it looks with itself all around. Model: {model}")
        if not has_use:
            return self.tr("{count} codes, each drawn as it looks with itself all around. Model: {model}")
        return self.tr(
            "{used} of {all} codes are used by the validation pictures; the bar says how often. Each is drawn as it looks "
            "with itself all around. Model: {model}"
        )

    def _order_name(self) -> str:
        return self.tr("Order of the codes")

    def _order_tips(self) -> tuple[str, str]:
        return (
            self.tr("The codes that most cells of the validation pictures have come first"),
            self.tr("Dark codes come first"),
        )

    def _context_name(self) -> str:
        return self.tr("The code in pictures")

    def _drawing_words(self) -> str:
        return self.tr("Drawing the codebook")

    def _name(self, code: int) -> str:
        return self.tr("Code {code}").format(code=code)

    def _entries(self, model: LoadedModel) -> int:
        return model.space.entries

    def _use(self, model: LoadedModel) -> np.ndarray | None:
        """Of the cells of the validation pictures that the model was judged on."""
        counts = model.header.latent.get("code_counts")
        fits = isinstance(counts, list) and len(counts) == model.space.entries and sum(counts) > 0
        return np.asarray(counts, np.float64) / sum(counts) if fits and isinstance(counts, list) else None

    def _tiles_of(self, model: LoadedModel, codes: np.ndarray, progress: Progress) -> np.ndarray:
        return swatches(cast(Any, model.engine), codes, model.space.shape[0], progress)

    def _places(self, faces: EncodedFaces, code: int, most: int) -> list[Place]:
        return places(faces.z.astype(np.int64).reshape(len(faces.z), *faces.model.space.shape), code, most)

    def _words(self, code: int, share: float | None) -> str:
        if code < 0:
            return self.tr("Point at a code, or choose one with a click or the arrow keys.")
        faces, parts = self._valid.current, []
        if share is not None:
            none = self.tr("No cell of the validation pictures has it.")
            told = self.tr("{share} % of all cells of the validation pictures have it.").format(share=f"{100.0 * share:.2g}")
            parts.append(told if share else none)
        if faces is None:
            parts.append(self.tr("Pictures that have it appear here once pictures are open that fit the model."))
        elif not self._places(faces, code, 1):
            parts.append(self.tr("None of the pictures at hand has it."))
        return " ".join(parts)

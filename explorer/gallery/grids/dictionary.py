"""The Gallery's atoms of an SC-VAE: each alone, how much it is used, and where pictures have most of it."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from core.families.grid_atlas import Place
from core.families.sc_vae.atlas import places, swatches, use_of
from core.progress import Progress
from explorer.document.loading import LoadedModel
from explorer.gallery.grids.atlas import AtlasSection
from explorer.gallery.valid_faces import EncodedFaces
from explorer.qt import override


class AtomsSection(AtlasSection):
    """All atoms at once; the one that is pointed at or chosen is shown in pictures that have most of it."""

    family = "sc_vae"
    what = "atoms"

    @property
    @override
    def hint(self) -> str:
        return self.tr("Point at an atom to see it in pictures")

    def _given_up(self) -> str:
        return self.tr("Nothing was drawn, as it was cancelled. Atoms draws them once it is chosen again. Model: {model}")

    def _caption_words(self, *, has_use: bool, has_all: bool) -> str:
        if not has_all:
            return self.tr(
                "The {count} most used atoms of {all}, each as what it alone adds to a picture, contrast stretched. Model: {model}"
            )
        if not has_use:
            return self.tr("{count} atoms, each as what it alone adds to a picture, its contrast stretched. Model: {model}")
        return self.tr(
            "{used} of {all} atoms are used by the validation pictures; the bar says in how many places. Each is shown as "
            "what it alone adds to a picture around its place, contrast stretched; grey is nothing. Model: {model}"
        )

    def _order_name(self) -> str:
        return self.tr("Order of the atoms")

    def _order_tips(self) -> tuple[str, str]:
        return (
            self.tr("The atoms that most places of the validation pictures have come first"),
            self.tr("Dark atoms come first"),
        )

    def _context_name(self) -> str:
        return self.tr("The atom in pictures")

    def _drawing_words(self) -> str:
        return self.tr("Drawing the atoms")

    def _name(self, code: int) -> str:
        return self.tr("Atom {n}").format(n=code + 1)

    def _entries(self, model: LoadedModel) -> int:
        return model.space.shape[-1]

    def _use(self, model: LoadedModel) -> np.ndarray | None:
        return use_of(model.header.latent, self._entries(model))

    def _tiles_of(self, model: LoadedModel, codes: np.ndarray, progress: Progress) -> np.ndarray:
        return swatches(cast(Any, model.engine), codes, model.space.shape, progress)

    def _places(self, faces: EncodedFaces, code: int, most: int) -> list[Place]:
        return places(faces.z.reshape(len(faces.z), *faces.model.space.shape), code, most)

    def _words(self, code: int, share: float | None) -> str:
        if code < 0:
            return self.tr("Point at an atom, or choose one with a click or the arrow keys.")
        faces, parts = self._valid.current, []
        if share is not None:
            none = self.tr("No place of the validation pictures has it.")
            told = self.tr("{share} % of all places of the validation pictures have it.").format(share=f"{100.0 * share:.2g}")
            parts.append(told if share else none)
        if faces is None:
            parts.append(self.tr("Pictures that have most of it appear here once pictures are open that fit the model."))
        elif not self._places(faces, code, 1):
            parts.append(self.tr("None of the pictures at hand has it."))
        else:
            parts.append(self.tr("Here the pictures at hand have most of it, whether it is added or taken away:"))
        return " ".join(parts)

"""What the Gallery's sections of encoded pictures have in common: which validation pictures they show, and opening one."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import PurePosixPath

from PySide6.QtWidgets import QWidget

from core.families.base import Can
from core.latent.session import Anchor
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.gallery.section import GallerySection, anchor_code
from explorer.gallery.sheet import PictureSheet
from explorer.gallery.valid_faces import EncodedFaces, ValidFaces


class EncodedSection(GallerySection):
    """Validation pictures on a sheet, with what the model makes of their codes; one that is opened brings its code along.

    Args:
        single_row: the sheet has one row of pictures, whatever room there is.
    """

    needs = frozenset({Can.ENCODE, Can.DECODE})
    needs_data = True

    def __init__(
        self,
        document: Document,
        decode_service: DecodeService,
        valid: ValidFaces,
        parent: QWidget | None = None,
        *,
        single_row: bool = False,
    ) -> None:
        super().__init__(document, decode_service, parent)
        self._valid = valid
        self._faces: EncodedFaces | None = None
        self.sheet = PictureSheet(self, single_row=single_row)
        self.sheet.picture_opened.connect(self._on_sheet_picture_opened)
        valid.changed.connect(self._on_valid_changed)

    @abstractmethod
    def _show_faces(self, faces: EncodedFaces, before: EncodedFaces | None) -> None:
        """Show these pictures; those `before` were shown until now."""

    def reroll(self) -> None:
        """Other validation pictures."""
        self._valid.shuffle()
        self.invalidate()

    def refresh(self) -> None:
        faces = self._valid.current
        if faces is None:
            self._valid.ensure()
            return
        before, self._faces = self._faces, faces
        self.note_codes(faces.model)
        self._show_faces(faces, before)

    def clear(self) -> None:
        self._faces = None

    def _label(self, index: int) -> str:
        """What is said of a picture."""
        return "" if self._faces is None else self._faces.file(index)

    def _on_valid_changed(self) -> None:
        self.invalidate()

    def _on_sheet_picture_opened(self, index: int) -> None:
        faces = self._faces
        if faces is None or self.model is None or faces.model.generation != self.model.generation:
            return
        file = faces.file(index)
        classes = faces.given.classes
        name = "" if classes is None else self.model.engine.classes[classes[index]]
        anchor = Anchor("data", PurePosixPath(file).name, file, anchor_code(faces.z[index]))
        self.choose(anchor, faces.originals[index], name)  # as a picture of its own class

"""The Gallery's sections of an SC-VAE: its atoms, and what fewer of them cost."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.gallery.grids.dictionary import AtomsSection
from explorer.gallery.grids.sparsity import SparsitySection
from explorer.gallery.section import GallerySection
from explorer.gallery.valid_faces import ValidFaces


def sections() -> list[tuple[str, str, Callable[[Document, DecodeService, ValidFaces, QWidget], GallerySection]]]:
    """The Gallery's sections for this family only: title, tip, and class of each."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("AtomsSection", text)

    return [
        (
            tr("Atoms"),
            tr("All atoms of the dictionary: what each draws, how much it is used, and where pictures have it"),
            AtomsSection,
        ),
        (
            tr("Sparsity"),
            tr("What fewer or more atoms make of pictures: the threshold can be changed after training"),
            SparsitySection,
        ),
    ]

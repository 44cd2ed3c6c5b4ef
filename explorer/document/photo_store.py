"""The photos that Explore has open: the pixels of the last few, and for all of them the file to read them from again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.latent.session import Session
    from explorer.document.loading import LoadedModel
    from explorer.document.photos import OpenedPhoto, PhotoFile

PHOTO_BYTES = 120_000_000  # of pixels that are held, at most, apart from the photo's on the canvas and the last one's: 3 x 12 MP


def recipe_of(others: tuple[Session, ...], model: LoadedModel) -> tuple[object, ...]:
    """All that the edits of a photo's other faces are made of; another recipe gives another picture.

    Args:
        others: the faces with their edits.
        model: in use; with other directions it counts as another one where the faces use them.
    """
    names = sorted({edit.key for other in others for edit in other.edits if edit.kind == "direction"})
    return others, model.generation, *(model.directions.get(name) for name in names)


class PhotoStore:
    """Photos by their reference in sessions."""

    def __init__(self) -> None:
        self._photos: dict[str, OpenedPhoto] = {}  # the last one used last
        self._files: dict[str, PhotoFile] = {}
        self._used = ""  # the reference of the photo on the canvas
        self._with_others: tuple[tuple[object, ...], OpenedPhoto] | None = None

    def with_others(self, recipe: tuple[object, ...]) -> OpenedPhoto | None:
        """A photo of several people with the edits of its other faces; None where it wasn't made by just this recipe."""
        return self._with_others[1] if self._with_others is not None and self._with_others[0] == recipe else None

    def keep_with_others(self, recipe: tuple[object, ...], photo: OpenedPhoto) -> None:
        """Hold a photo with the edits of its other faces, in place of the last such one."""
        self._with_others = (recipe, photo)

    def photo(self, reference: str) -> OpenedPhoto | None:
        """A photo whose pixels are held."""
        return self._photos.get(reference)

    def file(self, reference: str) -> PhotoFile | None:
        """Where a photo can be read again."""
        return self._files.get(reference)

    def keep(self, opened: OpenedPhoto) -> None:
        """Hold a photo's pixels; of the others, those of the longest unused are let go when there are too many."""
        self._photos.pop(opened.reference, None)
        self._photos[opened.reference] = opened
        if opened.file is not None:
            self._files[opened.reference] = opened.file
        self._let_go(opened.reference)

    def use(self, reference: str) -> None:
        """Say which photo is on the canvas ("": none): its pixels are never let go."""
        if reference == self._used:
            return
        self._used = reference
        photo = self._photos.pop(reference, None)
        if photo is not None:
            self._photos[reference] = photo
        self._let_go(reference)

    def _let_go(self, newest: str) -> None:
        others = [reference for reference in self._photos if reference not in (self._used, newest)]
        while others and sum(one.photo.pixels.nbytes for one in self._photos.values()) > PHOTO_BYTES:
            self._forget_pixels(others.pop(0))

    def note(self, reference: str, file: PhotoFile) -> None:
        """Note a photo's file without its pixels."""
        self._files[reference] = file

    def forget(self, reference: str) -> PhotoFile | None:
        """Let a photo go, pixels and file; gives the file, where there was one."""
        self._forget_pixels(reference)
        return self._files.pop(reference, None)

    def _forget_pixels(self, reference: str) -> None:
        self._photos.pop(reference, None)
        if self._with_others is not None and self._with_others[1].reference == reference:
            self._with_others = None

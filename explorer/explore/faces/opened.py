"""The list of pictures that were opened in Explore; one that is taken away comes back by undo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand

from core.latent.session import Anchor
from explorer.document.document import Document, TakenOut
from explorer.document.picture_files import EncodedPicture
from explorer.qt import override


class OpenedPictures(QObject):
    """Opened pictures, the newest first; those opened together in their own order."""

    changed = Signal()
    """Pictures were added or taken away."""
    renewed = Signal(int)
    """The picture at a place is another face of its photo now, or has corrected eyes."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._pictures: list[EncodedPicture] = []

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, place: int) -> EncodedPicture:
        return self._pictures[place]

    def __iter__(self) -> Iterator[EncodedPicture]:
        return iter(self._pictures)

    def place_of(self, anchor: Anchor | None) -> int:
        """Where the picture of a face is in the list; -1 for a face that is none of these."""
        if anchor is None:
            return -1
        same = (anchor.kind, anchor.reference)
        return next((n for n, old in enumerate(self._pictures) if (old.anchor.kind, old.anchor.reference) == same), -1)

    def put(self, picture: EncodedPicture, after: Anchor | None = None) -> int:
        """Add a picture, or renew it where it is in the list already.

        Args:
            picture: a face of it.
            after: the face whose picture it follows; None: it becomes the first.

        Returns:
            Its place.
        """
        place = self.place_of(picture.anchor)
        if place >= 0:
            self.renew(place, picture)
            return place
        place = self.place_of(after) + 1
        self.insert(place, picture)
        return place

    def renew(self, place: int, picture: EncodedPicture) -> None:
        """Replace a picture by another face of the same."""
        self._pictures[place] = picture
        self.renewed.emit(place)

    def insert(self, place: int, picture: EncodedPicture) -> None:
        """Put a picture at a place."""
        self._pictures.insert(place, picture)
        self.changed.emit()

    def remove(self, place: int) -> EncodedPicture:
        """Take a picture out of the list."""
        picture = self._pictures.pop(place)
        self.changed.emit()
        return picture

    def take_away(self, place: int) -> None:
        """Take a picture out of the list, and its edits with it; if it is the one shown, its neighbour comes. It can be undone."""
        self._document.undo_stack.push(TakeAway(self._document, self, place))

    def neighbour(self, place: int) -> EncodedPicture | None:
        """The picture that is shown when one is taken away: the next one, or else the one before, that is ready."""
        model = self._document.model
        others = [*self._pictures[place + 1 :], *reversed(self._pictures[:place])]
        ready = (one for one in others if model is not None and one.generation == model.generation and not one.unsure)
        return next(ready, None)


class TakeAway(QUndoCommand):
    """A picture leaves the list.

    Args:
        document: whose session shows it, perhaps.
        pictures: the list.
        place: in the list.
    """

    def __init__(self, document: Document, pictures: OpenedPictures, place: int) -> None:
        picture = pictures[place]
        super().__init__(document.tr("Take away {name}").format(name=picture.anchor.label))
        self._document = document
        self._pictures = pictures
        self._place = place
        self._picture = picture
        self._gone: TakenOut = (None, [])
        self._reopened: tuple[EncodedPicture, TakenOut] | None = None  # the same picture, opened again before undo
        self._before = document.session
        self._after = document.session
        shown = document.session.anchor
        if shown is not None and (shown.kind, shown.reference) == (picture.anchor.kind, picture.anchor.reference):
            other = pictures.neighbour(place)
            edits = document.edits_of(other.anchor) if other is not None else ()
            self._after = replace(document.session, anchor=other.anchor if other is not None else None, edits=edits)

    @override
    def redo(self) -> None:
        anchor = self._picture.anchor
        self._place = self._pictures.place_of(anchor)  # others may have joined the list since
        if self._reopened is None:
            self._picture = self._pictures.remove(self._place)
        else:
            self._picture = self._pictures[self._place]
        self._document.show_session(self._after)
        self._gone = self._document.take_out(anchor)
        if self._reopened is not None:
            picture, edits = self._reopened
            self._document.put_back(anchor, edits)
            self._pictures.renew(self._place, picture)

    @override
    def undo(self) -> None:
        anchor = self._picture.anchor
        place = self._pictures.place_of(anchor)
        self._reopened = (self._pictures[place], self._document.take_out(anchor)) if place >= 0 else None
        self._document.put_back(anchor, self._gone)
        if place >= 0:
            self._pictures.renew(place, self._picture)
        else:
            self._pictures.insert(self._place, self._picture)
        self._document.show_session(self._before)

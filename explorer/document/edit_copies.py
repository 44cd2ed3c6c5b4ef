"""A copied edit: the positions of all sliders, for other faces and for many pictures."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from core.latent.session import ATOM, CELL, PLACE, Anchor, Edit
from core.wording import percent, rounded
from explorer.document.document import Document
from explorer.document.face_edits import KeptEdit
from explorer.messages import Messenger


class EditCopies(QObject):
    """Copies the document's edit and puts it onto other faces."""

    changed = Signal()
    """The copied edit has changed."""

    def __init__(self, document: Document, messenger: Messenger, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self._copied: KeptEdit | None = None
        self._shown_names: dict[str, str] = {}  # of the directions in it, in the model that it was copied from

    @property
    def copied(self) -> KeptEdit | None:
        """The last copied edit; None before any was copied."""
        return self._copied

    def copy(self, anchor: Anchor | None = None) -> None:
        """Copy the positions of all sliders.

        Args:
            anchor: the face whose sliders are meant; None: the one on the canvas.
        """
        model = self._document.model
        edits = self._document.session.edits if anchor is None else self._document.edits_of(anchor)
        if model is None or not edits:
            self._messenger.info(self.tr("Nothing is changed yet: move a slider first."))
            return
        self._copied = KeptEdit(edits, model.id)
        self._shown_names = {edit.key: self._document.shown_name(edit.key) for edit in edits if edit.kind == "direction"}
        self.changed.emit()
        self._messenger.success(self.tr("The edit is copied: {what}.").format(what=words_of(edits, self._document, self)))

    def paste(self) -> None:
        """Set all sliders to the copied positions."""
        edits = self.usable(self._copied)
        if edits:
            self._document.set_edits(edits)

    def to_apply(self) -> tuple[Edit, ...]:
        """The edit for many pictures: the copied one, or else the present one. Empty, with a message, where there is none."""
        model, edits = self._document.model, self._document.session.edits
        present = KeptEdit(edits, model.id) if model is not None and edits else None
        return self.usable(self._copied or present)

    def usable(self, copied: KeptEdit | None) -> tuple[Edit, ...]:
        """The part of an edit that the model in use has sliders for; a message names the rest."""
        model = self._document.model
        if model is None or copied is None:
            self._messenger.info(self.tr("There is no edit yet: move a slider, then copy the edit."))
            return ()
        kept, left_out = copied.fitting(model)
        if left_out:
            names = ", ".join(self._shown_names.get(name, name) for name in left_out)
            self._messenger.warning(self.tr("This model has no slider for: {names}. These were left out.").format(names=names))
        return kept


def words_of(edits: tuple[Edit, ...], document: Document, speaker: QObject) -> str:
    """`smile 60 %, dimension 17 +1.5`."""
    words = []
    cells = sum(edit.kind == CELL for edit in edits)
    if cells:
        words.append(speaker.tr("1 painted cell") if cells == 1 else speaker.tr("{count} painted cells").format(count=cells))
    places = sum(edit.kind == PLACE for edit in edits)
    if places:
        words.append(speaker.tr("1 painted place") if places == 1 else speaker.tr("{count} painted places").format(count=places))
    for edit in edits:
        if edit.kind in (CELL, PLACE):
            continue
        if edit.kind == ATOM:
            shown = speaker.tr("atom {number} by {percent}")
            words.append(shown.format(number=int(edit.key) + 1, percent=percent(edit.weight)))
        elif edit.kind == "direction":
            words.append(speaker.tr("{name} {percent}").format(name=document.shown_name(edit.key), percent=percent(edit.weight)))
        else:
            words.append(
                speaker.tr("dimension {number} {offset}").format(number=edit.key, offset=rounded(edit.weight, 1, signed=True))
            )
    return ", ".join(words)

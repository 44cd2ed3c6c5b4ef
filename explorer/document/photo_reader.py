"""Makes the photo of the face on the screen ready: reads it again if its pixels were let go, and edits its other faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from core.latent.session import Anchor, Session
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.document.photo_store import recipe_of
from explorer.document.picture_files import edited_photo, photo_from
from explorer.messages import Messenger
from explorer.tasks import Task, run_task

if TYPE_CHECKING:
    from explorer.document.photos import EditedFaces, OpenedPhoto


class PhotoReader(QObject):
    """Watches the document's face, by whichever way it came: a click, undo, an edit that was opened."""

    def __init__(self, document: Document, messenger: Messenger, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self._wish: tuple[object, ...] | None = None  # what is being made: a photo, or one with edits of other faces
        self._task: Task | None = None
        document.session_changed.connect(self._make_ready)

    def _make_ready(self) -> None:
        """Begin the next step towards what the document awaits, unless that is on its way."""
        document, anchor, model = self._document, self._document.session.anchor, self._document.model
        photo, others = document.photo(anchor), document.other_faces
        wish: tuple[object, ...] | None = None
        if anchor is not None and model is not None and document.awaits_photo:
            wish = (anchor.reference,) if photo is None else (anchor.reference, *recipe_of(others, model))
        if wish == self._wish:
            return
        if self._task is not None:
            self._task.drop()  # another face was chosen meanwhile
        self._wish, self._task = wish, None
        if wish is None or anchor is None or model is None:
            return
        if photo is None:
            self._read(anchor)
        else:
            self._edit(photo, others, model)

    def _read(self, anchor: Anchor) -> None:
        """Read a face's photo again."""
        document, file = self._document, self._document.photo_file(anchor)
        assert file is not None

        def done(opened: OpenedPhoto) -> None:
            self._wish = self._task = None
            document.keep_photo(opened)
            self._make_ready()

        def failed(error: BaseException) -> None:
            self._wish = self._task = None
            document.forget_photo(anchor)
            self._messenger.report(error)

        self._task = run_task(self, lambda _: photo_from(file, anchor.reference), done=done, failed=failed, name="read photo again")

    def _edit(self, photo: OpenedPhoto, others: tuple[Session, ...], model: LoadedModel) -> None:
        """Put the edits of its other faces onto a photo; of a face that can't be edited, the edit is left out."""
        document = self._document

        def done(edited: EditedFaces) -> None:
            self._wish = self._task = None
            left_out = [face for face, _ in edited.left_out]
            usable = tuple(face for face in others if face not in left_out)
            if usable:
                document.keep_photo_with(usable, model, edited.photo)
            if left_out:
                _, error = edited.left_out[0]
                text = self.tr("The edit of another face was left out. {why}")
                if len(left_out) > 1:
                    text = self.tr("The edits of {n} other faces were left out. Of the first: {why}")
                self._messenger.warning(text.format(n=len(left_out), why=error))
                document.leave_out(left_out)

        def failed(error: BaseException) -> None:
            self._wish = self._task = None
            self._messenger.report(error)
            name = photo.photo.name
            self._messenger.warning(self.tr("The edits of the other faces were left out of {name}.").format(name=name))
            document.leave_out(others)

        self._task = run_task(self, lambda _: edited_photo(photo, others, model), done=done, failed=failed, name="edit other faces")

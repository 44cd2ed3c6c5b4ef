"""Makes the photo of the face on the screen ready: reads it again if its pixels were let go, and edits its other faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from core.latent.session import Session
from explorer.document.document import Document
from explorer.document.picture_files import edited_photo, photo_from
from explorer.messages import Messenger
from explorer.tasks import Progress, Task, run_task

if TYPE_CHECKING:
    from explorer.document.photos import OpenedPhoto


class PhotoReader(QObject):
    """Watches the document's face, by whichever way it came: a click, undo, an edit that was opened."""

    def __init__(self, document: Document, messenger: Messenger, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self._wish: tuple[str, tuple[Session, ...], int] | None = None  # what is being made: photo, other faces, model
        self._task: Task | None = None
        document.session_changed.connect(self._on_document_session_changed)

    def _on_document_session_changed(self, session: Session) -> None:
        document, anchor = self._document, session.anchor
        model, others = document.model, document.other_faces
        wish = (anchor.reference, others, model.generation) if anchor and model and document.awaits_photo else None
        if wish == self._wish:
            return
        if self._task is not None:
            self._task.drop()  # another face was chosen meanwhile
        self._wish, self._task = wish, None
        if wish is None or anchor is None or model is None:
            return
        photo, file = document.photo(anchor), document.photo_file(anchor)

        def work(progress: Progress) -> tuple[OpenedPhoto, OpenedPhoto | None]:
            opened = photo
            if opened is None:
                assert file is not None
                opened = photo_from(file, anchor.reference)
            return opened, edited_photo(opened, others, model) if others else None

        def done(read: tuple[OpenedPhoto, OpenedPhoto | None]) -> None:
            self._wish = self._task = None
            opened, edited = read
            if photo is None:
                document.keep_photo(opened)
            if edited is not None:
                document.keep_photo_with(others, edited)

        def failed(error: BaseException) -> None:
            self._wish = self._task = None
            document.forget_photo(anchor)
            self._messenger.report(error)

        self._task = run_task(self, work, done=done, failed=failed, name="read photo again")

"""Reads the photo of the face on the screen again, if its pixels were let go meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from core.latent.session import Session
from explorer.document.document import Document
from explorer.document.picture_files import photo_from
from explorer.messages import Messenger
from explorer.tasks import Task, run_task

if TYPE_CHECKING:
    from explorer.document.photos import OpenedPhoto


class PhotoReader(QObject):
    """Watches the document's face, by whichever way it came: a click, undo, an edit that was opened."""

    def __init__(self, document: Document, messenger: Messenger, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self._reading: tuple[str, Task] | None = None  # a photo's reference
        document.session_changed.connect(self._on_document_session_changed)

    def _on_document_session_changed(self, session: Session) -> None:
        anchor, file = session.anchor, self._document.photo_file(session.anchor)
        reference = anchor.reference if anchor is not None and file is not None and self._document.awaits_photo else ""
        if self._reading is not None and self._reading[0] != reference:
            self._reading[1].drop()  # another face was chosen meanwhile
            self._reading = None
        if anchor is None or file is None or not reference or self._reading is not None:
            return

        def done(opened: OpenedPhoto) -> None:
            self._reading = None
            self._document.keep_photo(opened)

        def failed(error: BaseException) -> None:
            self._reading = None
            self._document.forget_photo(anchor)
            self._messenger.report(error)

        task = run_task(self, lambda _: photo_from(file, reference), done=done, failed=failed, name="read photo again")
        self._reading = reference, task

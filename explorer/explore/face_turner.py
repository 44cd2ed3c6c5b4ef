"""Under the canvas, for a photo of several people: which face is edited, and the way to the next one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from explorer.actions import with_keys
from explorer.document.document import Document
from explorer.explore.faces.opener import PictureOpener, faces_in_turn
from explorer.look.icons import icon
from explorer.look.theme import SPACE


class FaceTurner(QWidget):
    """Two arrows around "Face 2 of 3"; hidden unless the face is one of several in its photo."""

    def __init__(self, document: Document, opener: PictureOpener, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._opener = opener
        self._words = QLabel(self)
        self.previous = self._arrow(
            "chevron-left", with_keys(self.tr("The face before, further left ({keys})"), "previous_face"), -1
        )
        self.next = self._arrow("chevron-right", with_keys(self.tr("The next face, further right ({keys})"), "next_face"), 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addStretch(1)
        for widget in (self.previous, self._words, self.next):
            row.addWidget(widget)
        row.addStretch(1)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # left and right are those of the photo
        document.session_changed.connect(self._show)
        document.photo_kept.connect(self._show)
        self._show()

    @property
    def words(self) -> str:
        """`Face 2 of 3`; "" while there is nothing to choose."""
        return "" if self.isHidden() else self._words.text()

    def _arrow(self, name: str, tip: str, step: int) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        button.clicked.connect(lambda: self._opener.turn_to_face(step))
        return button

    def _show(self) -> None:
        anchor = self._document.session.anchor
        photo = self._document.photo(anchor)
        if photo is None or anchor is None or len(photo.faces) < 2:
            self.hide()
            return
        eyes, place = faces_in_turn(photo, anchor)
        if place >= 0:
            self._words.setText(self.tr("Face {n} of {all}").format(n=place + 1, all=len(eyes)))
        else:
            self._words.setText(self.tr("{all} faces").format(all=len(eyes)))
        self.show()

"""Below the column of faces: a button that opens photos, and how far opening them is."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from explorer.actions import with_keys
from explorer.document.picture_adder import PictureAdder
from explorer.explore.faces.opener import PictureOpener
from explorer.look.icons import icon
from explorer.look.theme import UNIT
from explorer.widgets.progress_strip import ProgressStrip

BEFORE_PROGRESS_MS = 400  # most photos are open by then, so that no row flashes up


class OpenRow(QWidget):
    """Shows what an opener is doing, or one who adds many pictures."""

    open_requested = Signal()
    """The person wants to open picture files."""

    def __init__(self, opener: PictureOpener, adder: PictureAdder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opener = opener
        self._adder = adder
        self.button = QPushButton(icon("photo"), self.tr("Open photos…"), self)
        self.button.setToolTip(
            with_keys(self.tr("Edit a face of any photo of yours ({keys}); the photo stays as sharp as it is"), "open_photo")
        )
        self.progress = ProgressStrip(self, narrow=True)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(BEFORE_PROGRESS_MS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addWidget(self.button)
        layout.addWidget(self.progress)

        self.button.clicked.connect(self.open_requested)
        self.progress.cancelled.connect(self._on_progress_cancelled)
        self._slow.timeout.connect(self._on_slow_timeout)
        opener.busy_changed.connect(self._show)
        opener.progressed.connect(self._on_opener_progressed)
        adder.progressed.connect(self._on_adder_progressed)
        adder.ended.connect(self._show)

    def _show(self) -> None:
        busy = self._opener.is_busy or self._adder.is_busy
        if not busy:
            self._slow.stop()
            self.progress.finish()
        elif not self._slow.isActive() and not self.progress.isVisible():
            self._slow.start()

    @property
    def _words(self) -> str:
        return self.tr("Opening photos…") if self._adder.is_busy else self.tr("Looking for the face…")

    def _on_slow_timeout(self) -> None:
        """Opening takes a while: show progress and Cancel."""
        self.progress.start(self._words)

    def _on_progress_cancelled(self) -> None:
        self._opener.forget()
        self._adder.cancel()

    def _on_opener_progressed(self, done: int, total: int) -> None:
        if self.progress.isVisible() and not self._adder.is_busy:
            self.progress.update_progress(self._words, done, total)

    def _on_adder_progressed(self, done: int, total: int) -> None:
        self._show()
        if self.progress.isVisible():
            self.progress.update_progress(self._words, done, total)

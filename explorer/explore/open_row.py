"""The button that opens a photo, and in its place, where that takes a while, how far it is and the way to call it off."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from explorer.explore.open import PictureOpener
from explorer.look.icons import icon
from explorer.widgets.progress_strip import ProgressStrip

BEFORE_PROGRESS_MS = 400  # most photos are open by then, and a row that flashes up says nothing


class OpenRow(QWidget):
    """Shows what an opener is doing."""

    open_requested = Signal()
    """The person wants to open a picture file."""

    def __init__(self, opener: PictureOpener, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QPushButton(icon("photo"), self.tr("Open photo…"), self)
        self.button.setToolTip(self.tr("Edit a face of any photo of yours (Ctrl+P); the photo stays as sharp as it is"))
        self.progress = ProgressStrip(self, narrow=True)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(BEFORE_PROGRESS_MS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.button)
        layout.addWidget(self.progress)

        self.button.clicked.connect(self.open_requested)
        self.progress.cancelled.connect(opener.forget)
        self._slow.timeout.connect(self._on_slow_timeout)
        opener.busy_changed.connect(self._on_opener_busy_changed)
        opener.progressed.connect(self._on_opener_progressed)

    def show_progress_after(self, milliseconds: int) -> None:
        """How long opening may take before its progress is shown."""
        self._slow.setInterval(milliseconds)

    def _on_opener_busy_changed(self, busy: bool) -> None:
        self.button.setEnabled(not busy)
        self.button.setText(self.tr("Opening…") if busy else self.tr("Open photo…"))
        if busy:
            self._slow.start()
        else:
            self._slow.stop()
            self.progress.finish()
            self.button.show()

    def _on_slow_timeout(self) -> None:
        """Opening takes a while: say how far it is, and let it be called off."""
        self.button.hide()
        self.progress.start(self.tr("Looking for the face…"))

    def _on_opener_progressed(self, done: int, total: int) -> None:
        if self.progress.isVisible():
            self.progress.update_progress(self.tr("Looking for the face…"), done, total)

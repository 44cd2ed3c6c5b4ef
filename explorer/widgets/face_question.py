"""One large face and the question whether it has it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.icons import icon
from explorer.pixels import cubic_scaled
from explorer.qt import override
from explorer.theme import SPACE, section_font
from explorer.widgets.thumbnails import cut_round

SIDE = 200  # of the face, in device-independent pixels


class FaceQuestion(QWidget):
    """Shows a face with three answers."""

    answered = Signal(bool)
    """The person said that it has it, or that it hasn't."""
    skipped = Signal()
    """The person doesn't know either."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(self)
        self._title.setFont(section_font())
        self._title.setWordWrap(True)
        self._face = QLabel(self)
        self._face.setFixedSize(SIDE, SIDE)
        self._face.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._face.setWordWrap(True)
        self._pixels: np.ndarray | None = None
        self.yes = QPushButton(icon("plus"), self.tr("Has it"), self)
        self.no = QPushButton(icon("minus"), self.tr("Hasn't"), self)
        self.skip = QPushButton(self.tr("Skip"), self)
        self.skip.setToolTip(self.tr("Ask about another face; this one stays unmarked"))
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for button in (self.yes, self.no, self.skip):
            button.setAutoDefault(False)
            row.addWidget(button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self._title)
        layout.addWidget(self._face, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(row)
        self.yes.clicked.connect(lambda _checked=False: self.answered.emit(True))
        self.no.clicked.connect(lambda _checked=False: self.answered.emit(False))
        self.skip.clicked.connect(lambda _checked=False: self.skipped.emit())
        self.ask("", None)

    def ask(self, title: str, pixels: np.ndarray | None, name: str = "") -> None:
        """Ask about a face.

        Args:
            title: over it.
            pixels: uint8 (H, W, C); None: there is nothing to ask.
            name: of the face, shown on hover.
        """
        self._title.setText(title)
        self._pixels = pixels
        self._face.setToolTip(name)
        self._face.setAccessibleName(name)
        for button in (self.yes, self.no, self.skip):
            button.setEnabled(pixels is not None)
        self._show()

    def _show(self) -> None:
        if self._pixels is None:
            self._face.clear()
            return
        ratio = self.devicePixelRatioF()
        side = round(SIDE * ratio)
        self._face.setPixmap(cut_round(cubic_scaled(self._pixels, QSize(side, side)), side, ratio))

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._title.setFont(section_font())
        super().changeEvent(event)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._show()
        return super().event(event)

"""One large face and the question whether it has the attribute."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.look.icons import icon
from explorer.look.pixels import finely_scaled
from explorer.look.theme import RADIUS, SPACE, colors, section_font
from explorer.qt import override
from explorer.widgets.grid.thumbnails import cut_round

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
        self._face = _Face(self)
        self.yes = QPushButton(icon("plus"), self.tr("With it"), self)
        self.no = QPushButton(icon("minus"), self.tr("Without"), self)
        self.skip = QPushButton(self.tr("Skip"), self)
        self.skip.setToolTip(self.tr("Ask about another picture; this one stays unmarked"))
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
        self._face.show_pixels(pixels)
        self._face.setToolTip(name)
        self._face.setAccessibleName(name)
        for button in (self.yes, self.no, self.skip):
            button.setEnabled(pixels is not None)

    @property
    def title(self) -> str:
        """The title over the face."""
        return self._title.text()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._title.setFont(section_font())
        super().changeEvent(event)


class _Face(QWidget):
    """A face with round corners, or an empty place for one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pixels: np.ndarray | None = None
        self._pixmap: QPixmap | None = None
        self.setFixedSize(SIDE, SIDE)

    def show_pixels(self, pixels: np.ndarray | None) -> None:
        """Show another picture (H, W, C), or none."""
        self._pixels, self._pixmap = pixels, None
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        if self._pixels is None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors().placeholder)
            painter.drawRoundedRect(self.rect(), RADIUS, RADIUS)
            return
        if self._pixmap is None or self._pixmap.devicePixelRatio() != ratio:
            side = round(SIDE * ratio)
            self._pixmap = cut_round(finely_scaled(self._pixels, QSize(side, side)), side, ratio)
        painter.drawPixmap(0, 0, self._pixmap)

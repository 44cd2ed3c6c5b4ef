"""The picture that is asked about, with those around it and what they are."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.look.theme import RADIUS, SPACE, colors, small_font
from explorer.qt import override
from explorer.widgets.canvas import FaceCanvas
from explorer.widgets.elided_label import ElidedLabel
from explorer.widgets.strip_view import GAP, StripView

REACH = 3
"""Pictures shown on each side."""
_LEAST_CANVAS = QSize(160, 96)
_SMALL = 72
_STRIP_HEIGHT = 96
_LEAST_HEIGHT_WITH_STRIP = 300


class Neighbours(StripView):
    """Small pictures in a row, the middle one framed: it is the large one."""

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not any(image is not None for image in self.images):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors().accent, 2))
        painter.drawRoundedRect(QRectF(self.cell(REACH)).adjusted(1, 1, -1, -1), RADIUS, RADIUS)


class Stage(QWidget):
    """Shows them; it has the keyboard, which its dialog reads."""

    neighbour_chosen = Signal(int)
    """The person clicked a small picture: its place, REACH is the large one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = FaceCanvas(self)
        self.canvas.setAcceptDrops(False)
        self.canvas.setMinimumSize(_LEAST_CANVAS)
        self.caption = ElidedLabel(self)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.caption.setProperty("muted", True)
        self.neighbours = Neighbours(self)
        count = 2 * REACH + 1
        self.neighbours.setFixedSize(count * _SMALL + (count - 1) * GAP, _STRIP_HEIGHT)
        self.neighbours.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.neighbours.setToolTip(self.tr("The pictures before and after this one. Click one to see it again."))
        self.neighbours.setAccessibleName(self.tr("The pictures before and after this one"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self.caption)
        layout.addWidget(self.neighbours, 0, Qt.AlignmentFlag.AlignHCenter)
        self.neighbours.step_chosen.connect(self.neighbour_chosen)

    def show_words(self, words: str) -> None:
        """No picture, but words in its place."""
        self.canvas.set_placeholder(words)
        self.canvas.set_image(None)
        self.caption.set_text("")
        self.show_neighbours([""] * (2 * REACH + 1), [None] * (2 * REACH + 1))

    def show_picture(self, picture: np.ndarray | None, caption: str) -> None:
        """A picture, uint8 (H, W, 3), or an empty place while it is being read."""
        self.canvas.set_placeholder("")
        self.canvas.set_image(picture)
        self.canvas.setAccessibleName(caption)
        self.caption.set_text(caption)

    def show_neighbours(self, labels: list[str], pictures: list[np.ndarray | None]) -> None:
        """The small pictures, 2 * REACH + 1 of them; None where one isn't there (yet)."""
        metrics, width = QFontMetrics(small_font()), _SMALL + GAP
        self.neighbours.set_labels([metrics.elidedText(label, Qt.TextElideMode.ElideMiddle, width) for label in labels])
        self.neighbours.clear()
        for place, picture in enumerate(pictures):
            if picture is not None:
                self.neighbours.set_image(place, picture)

    @override
    def minimumSizeHint(self) -> QSize:
        """Without the small pictures, which are hidden where there is little room."""
        return QSize(_LEAST_CANVAS.width(), _LEAST_CANVAS.height() + SPACE + self.caption.sizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.neighbours.setVisible(self.height() >= _LEAST_HEIGHT_WITH_STRIP)

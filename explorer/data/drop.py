"""A folder that is dragged over a panel."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.data.sources import Kind, kind_of
from explorer.look.theme import colors, section_font
from explorer.qt import override


class DropFrame(QWidget):
    """While a folder hovers over the panel: a frame that says what letting go would do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = theme.window
        painter.setOpacity(0.86)
        painter.fillRect(self.rect(), veil)
        painter.setOpacity(1.0)
        painter.setPen(QPen(theme.focus, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(12, 12, -12, -12), 8, 8)
        painter.setPen(theme.text)
        painter.setFont(section_font())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self.tr("Let go to read these pictures"))


def dropped_source(event: QDropEvent) -> str:
    """The folder, or the dSprites file, that is dragged; "" for anything else."""
    places = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return next((place for place in places if Path(place).is_dir() or kind_of(place) is Kind.DSPRITES), "")

"""A page that scrolls where it gets less room than it needs."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStyle, QWidget

from explorer.qt import override

_LEAST = QSize(160, 96)


class ScrollPage(QScrollArea):
    """Gives its content all the room there is, or the least that it needs behind scroll bars.

    Qt's own `widgetResizable` gives a content with wrapping texts the height that it would like to have, so that a page scrolls
    though it would fit.

    Args:
        content: the page.
        parent: Qt's owner.
        wide: whether it may be wider than what is seen; False: only its height scrolls.
    """

    def __init__(self, content: QWidget, parent: QWidget | None = None, *, wide: bool = True) -> None:
        super().__init__(parent)
        self._content = content
        self._wide = wide
        self.setProperty("plain", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if not wide:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)  # its events reach `eventFilter` from now on

    @override
    def sizeHint(self) -> QSize:
        return self._content.sizeHint()

    @override
    def minimumSizeHint(self) -> QSize:
        least = self._least()
        if not self._wide:
            bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
            return QSize(least.width() + bar, min(least.height(), _LEAST.height()))
        return least.boundedTo(_LEAST)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._content and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._fit()
        return super().eventFilter(watched, event)

    def _least(self) -> QSize:
        return self._content.minimumSizeHint().expandedTo(self._content.minimumSize())

    def _least_height(self, width: int) -> int:
        layout = self._content.layout()
        if layout is not None and layout.hasHeightForWidth():
            return max(layout.minimumHeightForWidth(width), self._content.minimumHeight())
        return self._least().height()

    def _fit(self) -> None:
        room = self.maximumViewportSize()
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        least = self._least().width() if self._wide else 0
        width = max(room.width(), least)
        if self._least_height(width) > room.height() - (bar if width > room.width() else 0):
            width = max(room.width() - bar, least)
        high = room.height() - (bar if width > room.width() else 0)
        self._content.resize(width, max(high, self._least_height(width)))

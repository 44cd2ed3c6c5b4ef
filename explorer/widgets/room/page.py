"""A page that scrolls where it gets less room than it needs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QStyle, QWidget

from explorer.qt import override

_LEAST = QSize(160, 96)


class ScrollPage(QScrollArea):
    """Gives its content all the room there is, or the least that it needs behind scroll bars.

    Qt's own `widgetResizable` gives a content with wrapping texts the height that it would like to have, so that a page scrolls
    though it would fit.

    Args:
        content: the page; None: `set_content` brings it.
        parent: Qt's owner.
        most: gives the largest size that the page may insist on, such as the screen's; by default it can be made small.
    """

    def __init__(
        self, content: QWidget | None, parent: QWidget | None = None, *, most: Callable[[], QSize] = lambda: _LEAST
    ) -> None:
        super().__init__(parent)
        self._most = most
        self.setProperty("plain", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if content is not None:
            self.set_content(content)

    def set_content(self, content: QWidget) -> None:
        """Show the page. One that was built as a child of `viewport()` needn't be styled a second time."""
        self.content = content
        self.setWidget(content)  # its events reach `eventFilter` from now on

    @property
    def _is_empty(self) -> bool:
        """Whether the content has yet to come, or is gone where Python took the page apart before Qt did."""
        return not hasattr(self, "content")

    @override
    def sizeHint(self) -> QSize:
        return QSize() if self._is_empty else self.content.sizeHint()

    @override
    def minimumSizeHint(self) -> QSize:
        if self._is_empty:
            return QSize(_LEAST)
        least = self._least()
        least.setHeight(max(least.height(), self._least_height(least.width())))  # texts wrap most at the least width
        return least.boundedTo(self._most())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        if not self._is_empty:
            self._fit()
        super().resizeEvent(event)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self._is_empty and watched is self.content and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._fit()
        return super().eventFilter(watched, event)

    def _least(self) -> QSize:
        return self.content.minimumSizeHint().expandedTo(self.content.minimumSize())

    def _least_height(self, width: int) -> int:
        content = self.content
        page = content.currentWidget() if isinstance(content, StackedPages) else content
        layout = page.layout() if page is not None else None
        if page is not None and layout is not None and layout.hasHeightForWidth():
            return max(layout.minimumHeightForWidth(width), page.minimumHeight(), content.minimumHeight())
        return self._least().height()

    def _fit(self) -> None:
        room = self.maximumViewportSize()
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        least = self._least().width()
        width = max(room.width(), least)
        if self._least_height(width) > room.height() - (bar if width > room.width() else 0):
            width = max(room.width() - bar, least)
        high = room.height() - (bar if width > room.width() else 0)
        self.content.resize(width, max(high, self._least_height(width)))


class StackedPages(QStackedWidget):
    """Pages of which each asks for its own room alone, and not for what all of them would like at this width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.currentChanged.connect(self.updateGeometry)

    @override
    def hasHeightForWidth(self) -> bool:
        return False

    @override
    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return QSize() if page is None else page.minimumSizeHint().expandedTo(page.minimumSize())

"""A row that goes on in the next line where it doesn't fit into one."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QStyle, QWidget

from explorer.look.theme import SPACE
from explorer.qt import override

LEAST_FIRST = 64  # pixels of the first widget, at least


class WrapLayout(QLayout):
    """Lays widgets out like a line of text, each as wide as it likes to be, or narrower if it alone doesn't fit.

    A first widget that can be narrower, such as a text that is elided, gives way before the last one gets a line of its own.

    Args:
        parent: the widget that it lays out.
        spacing: between two widgets and between two lines.
    """

    def __init__(self, parent: QWidget | None = None, *, spacing: int = SPACE) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._push = -1  # the place from which on items stand at the far side of their line
        self._heights: dict[int, int] = {}  # by width; Qt asks for them some ten times in each layout
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def push_rest(self) -> None:
        """What is added from now on stands at the far side of its line."""
        self._push = self.count()

    @override
    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    @override
    def count(self) -> int:
        return len(self._items)

    @override
    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]  # Qt asks beyond the last one
        return self._items[index] if 0 <= index < len(self._items) else None

    @override
    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    @override
    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        if width not in self._heights:
            self._heights[width] = self._lay(QRect(0, 0, width, 0), moves=False)
        return self._heights[width]

    @override
    def invalidate(self) -> None:
        self._heights.clear()
        super().invalidate()

    @override
    def minimumHeightForWidth(self, width: int) -> int:
        return self.heightForWidth(width)

    @override
    def sizeHint(self) -> QSize:
        shown = self._shown()
        gaps = self.spacing() * max(0, len(shown) - 1)
        width = sum(item.sizeHint().width() for item in shown) + gaps
        return QSize(width, max((item.sizeHint().height() for item in shown), default=0))

    @override
    def minimumSize(self) -> QSize:
        shown = self._shown()
        least = [item.minimumSize() for item in shown]
        return QSize(max((one.width() for one in least), default=0), max((one.height() for one in least), default=0))

    @override
    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._lay(rect, moves=True)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _lay(self, rect: QRect, *, moves: bool) -> int:
        """Place the items; gives the height that they take."""
        lines: list[list[tuple[QLayoutItem, QSize]]] = [[]]
        used = 0
        shown = self._shown()
        over = self.sizeHint().width() - rect.width()
        for item in shown:
            size = item.sizeHint().expandedTo(item.minimumSize())
            if item is shown[0] and 0 < over <= size.width() - max(item.minimumSize().width(), LEAST_FIRST):
                size.setWidth(size.width() - over)
            size.setWidth(min(size.width(), max(rect.width(), item.minimumSize().width())))
            if lines[-1] and used + self.spacing() + size.width() > rect.width():
                lines.append([])
                used = 0
            used += size.width() + (self.spacing() if lines[-1] else 0)
            lines[-1].append((item, size))
        top = rect.top()
        for line in lines:
            height = max((size.height() for _, size in line), default=0)
            if moves:
                self._place(line, QRect(rect.left(), top, rect.width(), height))
            top += height + self.spacing()
        return top - self.spacing() - rect.top()

    def _place(self, line: list[tuple[QLayoutItem, QSize]], area: QRect) -> None:
        owner = self.parentWidget()
        direction = owner.layoutDirection() if owner is not None else Qt.LayoutDirection.LeftToRight
        spare = max(0, area.width() - sum(size.width() for _, size in line) - self.spacing() * (len(line) - 1))
        left, is_pushed = area.left(), False
        for item, size in line:
            if self._push >= 0 and not is_pushed and self._items.index(item) >= self._push:
                left, is_pushed = left + spare, True
            place = QRect(QPoint(left, area.top() + (area.height() - size.height()) // 2), size)
            item.setGeometry(QStyle.visualRect(direction, area, place))
            left += size.width() + self.spacing()

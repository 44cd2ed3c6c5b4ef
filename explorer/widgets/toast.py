"""Messages at the window's lower corner: they stack, fade or wait to be read, and never take the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import (
    QVBoxLayout,
    QWidget,
)

from explorer.look.theme import GROUP, SPACE
from explorer.qt import override
from explorer.widgets.toast_message import SHADOW, Toast, ToastKind

_WIDTH = 376
_MOST = 5
_MOVING = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutDirectionChange)


class ToastArea(QWidget):
    """The corner of `parent` where messages stand; as large as they are, so it covers nothing else.

    Args:
        parent: the window or its central widget.
        bottom_margin: distance from the parent's lower edge, to stay clear of a status line.
    """

    def __init__(self, parent: QWidget, bottom_margin: int = GROUP) -> None:
        super().__init__(parent)
        self._bottom_margin = bottom_margin
        self._toasts: list[Toast] = []
        self._spared: QWidget | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        parent.installEventFilter(self)
        self.hide()

    def stay_above(self, widget: QWidget) -> None:
        """Cover no part of a widget at the lower edge, such as buttons that are pressed again and again, while it is seen."""
        self._spared = widget
        widget.installEventFilter(self)

    def show_message(
        self,
        text: str,
        kind: ToastKind = "info",
        details: str = "",
        action: tuple[str, Callable[[], None]] | None = None,
    ) -> None:
        """Show a message.

        Args:
            text: a sentence or two.
            kind: "info" and "success" fade after six seconds, "warning" after twelve, "error" stays until it is closed.
            details: more for those who want it, such as a traceback; unfolds under "Details".
            action: a button's text and what it does.
        """
        for toast in self.toasts():
            if (toast.text, toast.kind, toast.details) == (text, kind, details) and action is None:
                toast.repeat()
                return
        toast = Toast(self, text, kind, details, action)
        toast.closed.connect(self._on_toast_closed)
        toast.resized.connect(self._place)
        self._layout.addWidget(toast)
        self._toasts.append(toast)
        toast.polish()
        toast.show()
        spare = [old for old in self.toasts() if old.kind != "error"]
        for old in spare[: max(0, len(self.toasts()) - _MOST)]:
            old.close_now()
        self.show()
        self.raise_()
        self._place()

    def toasts(self) -> list[Toast]:
        """The messages on screen, oldest first."""
        return list(self._toasts)

    def clear(self) -> None:
        """Close them all."""
        for toast in self.toasts():
            toast.close_now()

    def _on_toast_closed(self, toast: Toast) -> None:
        if toast not in self._toasts:
            return
        self._toasts.remove(toast)
        self._layout.removeWidget(toast)
        toast.hide()
        toast.deleteLater()
        if self.toasts():
            self._place()
        else:
            self.hide()

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None or not self.toasts():
            return
        width = max(120, min(_WIDTH + 2 * SHADOW, parent.width() - 2 * SPACE))
        for toast in self.toasts():
            toast.setFixedWidth(width)
        self._layout.invalidate()
        height = sum(toast.height_for(width) for toast in self.toasts())
        for toast in self.toasts():
            toast.setFixedHeight(toast.height_for(width))
        x = parent.width() - width - SPACE
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = SPACE
        bottom = parent.height() - self._bottom_margin
        if self._spared is not None and self._spared.isVisible():
            bottom = min(bottom, self._spared.mapTo(parent, QPoint()).y() - SPACE)
        bottom += SHADOW
        self.setGeometry(x, max(0, bottom - height), width, min(height, bottom))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVING:
            self._place()
        return False

"""Tooltips without a mouse: what the widget with the focus is for, shown beside it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTabBar, QToolTip, QWidget


def explain_focus() -> bool:
    """Show the tooltip of the widget with the focus, or of the nearest one around it that has any; whether there is one.

    It is asked for as the mouse would, so that what a list says of its current row, or a slider of its place, is said, too.
    """
    focused = QApplication.focusWidget()
    part = focused
    while part is not None:
        QToolTip.hideText()
        at = _place(part) if part is focused else part.rect().center()
        target = part.viewport() if isinstance(part, QAbstractItemView) else part
        QApplication.sendEvent(target, QHelpEvent(QEvent.Type.ToolTip, at, target.mapToGlobal(at)))
        if QToolTip.isVisible() and QToolTip.text():
            return True
        if part.toolTip():
            QToolTip.showText(part.mapToGlobal(at), part.toolTip(), part)
            return True
        part = None if part.isWindow() else part.parentWidget()
    return False


def _place(widget: QWidget) -> QPoint:
    """Where the mouse would be."""
    if isinstance(widget, QAbstractItemView) and widget.currentIndex().isValid():
        return widget.visualRect(widget.currentIndex()).center()
    if isinstance(widget, QTabBar):
        return widget.tabRect(widget.currentIndex()).center()
    return widget.rect().center()

"""Return presses the button with the focus, as the space bar does; Qt does so in dialogs alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton


def press_with_return(event: QKeyEvent) -> bool:
    """Press the button that has the focus, if this is Return that nothing inside the window wanted; whether it did."""
    if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.isAutoRepeat():
        return False
    if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    focused = QApplication.focusWidget()
    if not isinstance(focused, QPushButton | QToolButton):
        return False
    event.accept()
    focused.click()  # opens a menu, too
    return True

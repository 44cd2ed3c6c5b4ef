"""A sentence right at a field, such as why what was typed there gave way to something else.

A tooltip would go with the next key, click or change of the focus, which is just when a field takes what was typed into it.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtWidgets import QAbstractSpinBox, QLabel, QLineEdit, QWidget

from explorer.look.theme import SPACE
from explorer.qt import override

STAYS_MS: Final = 10_000
_WIDEST: Final = 320


class FieldNote(QLabel):
    """Lies under its field, over what is there, and lets clicks through. It goes with the next key typed there, and by itself.

    A window shows one at a time: the latest.

    Args:
        field: where one types.
    """

    _field: QLineEdit | QAbstractSpinBox | None = None  # so it is again while garbage is collected, which events still reach

    def __init__(self, field: QLineEdit | QAbstractSpinBox) -> None:
        super().__init__(field)
        self._field = field
        self._watched: list[QWidget] = []
        self._timer = QTimer(self, singleShot=True, interval=STAYS_MS)
        self._timer.timeout.connect(self.hide)
        self.setProperty("bubble", True)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        typed_into = field if isinstance(field, QLineEdit) else field.lineEdit()
        typed_into.textEdited.connect(self.hide)
        field.destroyed.connect(self.deleteLater)

    def say(self, text: str, *, stays: bool = False) -> None:
        """Show a sentence.

        Args:
            text: the sentence; empty: nothing.
            stays: until the next key alone; else also for some seconds only.
        """
        field = self._field
        if not text or field is None or not field.isVisible():
            self.hide()
            return
        window = field.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        for other in window.findChildren(FieldNote):
            if other is not self:
                other.hide()
        self._watch()
        self.setText(text)
        self._place()
        self.show()
        self.raise_()
        if stays:
            self._timer.stop()
        else:
            self._timer.start()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._field is not None and not self.isHidden():
            if event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
                self._place()
            elif event.type() == QEvent.Type.Hide and watched is self._field:
                self.hide()
        return super().eventFilter(watched, event)

    def _watch(self) -> None:
        """Follow the field wherever it is moved, for example by scrolling."""
        place: QWidget | None = self._field
        while place is not None:
            if place not in self._watched:
                self._watched.append(place)
                place.installEventFilter(self)
            place = None if place.isWindow() else place.parentWidget()

    def _place(self) -> None:
        """Under the field, or above it where there is no room; within the window."""
        window, field = self.parentWidget(), self._field
        if field is None or window is None:
            return
        self.ensurePolished()
        widest = max(1, min(_WIDEST, window.width() - 2 * SPACE))
        self.setFixedWidth(widest)
        text = self.fontMetrics().horizontalAdvance(self.text()) + 4 * SPACE
        if text < widest:
            self.setFixedWidth(text)
        height = self.heightForWidth(self.width())
        self.resize(self.width(), height if height > 0 else self.sizeHint().height())
        corner = field.mapTo(window, QPoint(0, 0)) if window is not field else QPoint(0, 0)
        left = corner.x()
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left += field.width() - self.width()
        top = corner.y() + field.height() + 2
        if top + self.height() > window.height():
            top = corner.y() - self.height() - 2
        self.move(max(SPACE, min(left, window.width() - self.width() - SPACE)), max(0, top))

"""A placeholder for an empty view: what will be here, and the button that fills it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.look.icons import icon
from explorer.look.theme import EDGE, GROUP, SPACE, section_font, theme_notifier
from explorer.qt import override

_ICON = 48
_WIDTH = 400


class EmptyState(QWidget):
    """An icon, a title, a sentence and one button or two, in the middle of the place.

    Args:
        icon_name: see `explorer.look.icons`.
        title: three words, such as "No data yet".
        text: one sentence that says what will be here and how.
        button_texts: the first is the primary one.
    """

    button_clicked = Signal(int)

    def __init__(
        self,
        icon_name: str,
        title: str,
        text: str,
        button_texts: Sequence[str] = (),
        parent: QWidget | None = None,
        *,
        button_icons: Sequence[str] = (),
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self._mark = QLabel(self)
        self._mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(title, self)
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title.setFont(section_font())
        self._text = QLabel(text, self)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setWordWrap(True)
        self._text.setProperty("muted", True)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addStretch(1)
        self.buttons: tuple[QPushButton, ...] = tuple(QPushButton(caption, self) for caption in button_texts)
        for index, button in enumerate(self.buttons):
            if index == 0:
                button.setProperty("primary", True)
            if index < len(button_icons) and button_icons[index]:
                button.setIcon(icon(button_icons[index], "accent_text" if index == 0 else "text"))
            button.clicked.connect(lambda _checked=False, which=index: self.button_clicked.emit(which))
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        layout.setSpacing(0)
        layout.addStretch(4)
        layout.addWidget(self._mark)
        layout.addSpacing(GROUP)
        layout.addWidget(self._title)
        layout.addSpacing(SPACE)
        layout.addWidget(self._text, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(GROUP + SPACE)
        layout.addLayout(row)
        layout.addStretch(5)
        self._show_icon()
        theme_notifier().changed.connect(self._show_icon)

    def set_text(self, title: str, text: str) -> None:
        """Set other texts, such as why there is nothing."""
        self._title.setText(title)
        self._text.setText(text)
        self._fit_text()

    def _fit_text(self) -> None:
        """Give the text its height: a layout would ask a wrapping label for more lines than it needs."""
        width = max(120, min(_WIDTH, self.width() - 2 * EDGE))
        self._text.setFixedSize(width, max(0, self._text.heightForWidth(width)))  # -1 where there is no text

    def _show_icon(self) -> None:
        self._mark.setPixmap(icon(self._icon_name, "muted_text").pixmap(QSize(_ICON, _ICON), self.devicePixelRatioF()))

    @override
    def minimumSizeHint(self) -> QSize:
        """Without the icon, which gives way where there is little height."""
        least = super().minimumSizeHint()
        return QSize(least.width(), least.height() - (0 if self._mark.isHidden() else _ICON))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_text()
        self._mark.setVisible(self.height() >= self.minimumSizeHint().height() + _ICON)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._title.setFont(section_font())
        super().changeEvent(event)

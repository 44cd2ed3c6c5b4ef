"""A text of several lines that is as high as the longest of those that may stand in its place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from explorer.qt import override


class SteadyLabel(QLabel):
    """Shows one of several texts, so that what is under it doesn't move when another is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: list[str] = []
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_choices(self, texts: Sequence[str]) -> None:
        """Which texts may stand here."""
        if list(texts) != self._choices:
            self._choices = list(texts)
            self.updateGeometry()

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        area = QRect(0, 0, max(1, width), 10_000)
        texts = [*self._choices, self.text()]
        return max(self.fontMetrics().boundingRect(area, int(Qt.TextFlag.TextWordWrap), text).height() for text in texts)

    @override
    def sizeHint(self) -> QSize:
        width = super().sizeHint().width()
        return QSize(width, self.heightForWidth(max(self.width(), width)))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.fontMetrics().height())

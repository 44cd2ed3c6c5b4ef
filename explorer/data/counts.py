"""How many faces there are, and of which class."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.data.dataset import FaceData
from core.files import printable
from core.wording import share_words, sides
from explorer.look.theme import SPACE, UNIT, colors, number_font
from explorer.qt import override

_MOST_CLASSES = 6
_MOST_KINDS = 10  # of a factor: as many as there are digits


class ClassCounts(QWidget):
    """The number of faces, and each class's share of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._total = QLabel(self)
        self._total.setFont(number_font())
        self._sizes = QLabel(self)
        self._sizes.setProperty("muted", True)
        self._sizes.setWordWrap(True)
        self._bar = _ShareBar(self)
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(SPACE)
        self._rows.setVerticalSpacing(2)
        self._rows.setColumnStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addWidget(self._total)
        layout.addWidget(self._sizes)
        layout.addWidget(self._bar)
        layout.addLayout(self._rows)

    def show_data(self, data: FaceData) -> None:
        """Count these."""
        count = len(data.index.files)
        if data.are_called_faces:
            text = self.tr("{n} face") if count == 1 else self.tr("{n} faces")
        else:
            text = self.tr("{n} picture") if count == 1 else self.tr("{n} pictures")
        self._total.setText(text.format(n=f"{count:,}"))
        self._sizes.setText(self._sizes_text(data))
        while (item := self._rows.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        numbers = np.bincount(data.index.labels, minlength=len(data.index.classes))
        shown = [(name, int(number)) for name, number in zip(data.index.classes, numbers, strict=True) if name]
        unnamed = count - sum(number for _, number in shown)
        if shown and unnamed:
            shown.append(("", unnamed))
        self._bar.setVisible(len(shown) > 1)
        self._bar.show_shares([n for _, n in shown], [bool(name) and name == data.index.positive for name, _ in shown])
        most = _MOST_CLASSES if data.factors is None else _MOST_KINDS
        for row, (name, number) in enumerate(shown[:most]):
            label = QLabel(printable(name) or self.tr("No class"), self)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            self._rows.addWidget(label, row, 0)
            self._rows.addWidget(QLabel(f"{number:,}", self), row, 1, Qt.AlignmentFlag.AlignTrailing)
            part = QLabel(share_words(number, count), self)
            part.setProperty("muted", True)
            self._rows.addWidget(part, row, 2, Qt.AlignmentFlag.AlignTrailing)
        if len(shown) > most:
            rest = len(shown) - most
            more = QLabel(self.tr("and 1 more class") if rest == 1 else self.tr("and {n} more classes").format(n=rest), self)
            more.setProperty("muted", True)
            self._rows.addWidget(more, most, 0, 1, 3)

    def _sizes_text(self, data: FaceData) -> str:
        area = data.sizes[:, 0].astype(np.int64) * data.sizes[:, 1]
        small, large = (sides(*data.sizes[at]) for at in (int(area.argmin()), int(area.argmax())))
        text = self.tr("{small} to {large} pixels").format(small=small, large=large)
        if small == large:
            text = self.tr("{size} pixels each").format(size=small)
        if data.config.limit and data.all_count > len(data.index.files):
            text = self.tr("of {n}; {sizes}").format(n=f"{data.all_count:,}", sizes=text)
        return text


class _ShareBar(QWidget):
    """The classes' shares as one bar; the accent is the class that smiles."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: list[int] = []
        self._marked: list[bool] = []
        self.setFixedHeight(SPACE + UNIT)

    def show_shares(self, shares: list[int], marked: list[bool]) -> None:
        """Other shares, in the classes' order."""
        self._shares, self._marked = shares, marked
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(0, (self.height() - 6) / 2, self.width(), 6)
        outline = QPainterPath()
        outline.addRoundedRect(area, 3, 3)
        painter.setClipPath(outline)
        painter.fillPath(outline, theme.zone)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        start, total = 0.0, max(1, sum(self._shares))
        for share, marked in zip(self._shares, self._marked, strict=True):
            width = self.width() * share / total
            part = QRectF(start, area.top(), width, area.height())
            painter.fillRect(part, theme.accent if marked else theme.zone)
            if start:
                painter.fillRect(QRectF(start - 1, area.top(), 2, area.height()), theme.window)
            start += width

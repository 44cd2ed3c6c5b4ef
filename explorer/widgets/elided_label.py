"""A text of one line or a few that is elided at the end if it doesn't fit, with the whole text as its tooltip."""

from __future__ import annotations

import html
import re
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from explorer.qt import override

SENTENCES: Final = re.compile(r"(?<=\.) (?=[A-Z0-9])")
FACTS: Final = re.compile(rf" · |{SENTENCES.pattern}")


class ElidedLabel(QLabel):
    """Fits any width; `text` is the visible, elided text.

    Args:
        parent: Qt's owner.
        mode: where its last line is elided; names of files in the middle, as their ends tell them apart.
        lines: how many lines it may take, whose place is kept, so that nothing moves when the text changes.
        between: what stands between parts of the text; then whole ones are left out, from the last, before one is cut.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        *,
        lines: int = 1,
        between: re.Pattern[str] | None = None,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self._lines = lines
        self._between = between
        self._whole = self._ending = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if lines > 1:
            self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)

    @property
    def whole_text(self) -> str:
        """The whole text."""
        return self._whole

    def set_lines(self, lines: int) -> None:
        """How many lines it may take from now on."""
        if lines != self._lines:
            self._lines = lines
            self._elide()
            self.updateGeometry()

    def set_text(self, text: str, ending: str = "") -> None:
        """Set another text; the same one costs no new layout.

        Args:
            text: the text.
            ending: comes after it and is in sight even where the text isn't: it gets the last of several lines, or the end of one.
        """
        whole = " ".join(filter(None, (text, ending)))
        if (whole, ending) == (self._whole, self._ending):
            return
        self._whole, self._ending = whole, ending
        self.setAccessibleName(whole)
        self._elide()
        self.updateGeometry()

    @override
    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return hint if self._lines == 1 else QSize(hint.width(), self._height())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height() if self._lines == 1 else self._height())

    def _height(self) -> int:
        metrics = self.fontMetrics()
        return metrics.height() + (self._lines - 1) * metrics.lineSpacing()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._elide()
        super().resizeEvent(event)

    def _elide(self) -> None:
        rows = self._rows(self._whole, self._lines)
        is_cut = " ".join(rows) != self._whole
        text = self._whole.removesuffix(self._ending).rstrip()
        if is_cut and self._ending and self._lines > 1:
            rows = [*self._rows(text, self._lines - 1), *self._rows(self._ending, 1)]
        elif is_cut and self._ending:
            room = self.width() - self.fontMetrics().horizontalAdvance(f" {self._ending}")
            before = self.fontMetrics().elidedText(text, self._mode, max(0, room))
            rows = self._rows(f"{before} {self._ending}".lstrip(), 1)
        elif is_cut and self._between is not None:
            for end in reversed([match.start() for match in self._between.finditer(self._whole)]):
                fewer = self._rows(self._whole[:end], self._lines)
                if " ".join(fewer) == self._whole[:end]:
                    rows = fewer
                    break
        self.setText("\n".join(rows))
        self.setToolTip(f"<p>{html.escape(self._whole)}</p>" if is_cut else "")

    def _rows(self, text: str, lines: int) -> list[str]:
        """The text in so many lines at most, the last of them elided."""
        rows: list[str] = []
        rest = text
        while len(rows) < lines - 1 and self.fontMetrics().horizontalAdvance(rest) > self.width():
            first = self._first_row(rest)
            rows.append(rest[:first].rstrip())
            rest = rest[first:]
        return [*rows, self.fontMetrics().elidedText(rest, self._mode, self.width())]

    def _first_row(self, text: str) -> int:
        """How many characters of the text go into a line."""
        layout = QTextLayout(text, self.font())
        layout.setTextOption(QTextOption(self.alignment()))
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(max(1, self.width()))
        layout.endLayout()
        return max(1, line.textLength())

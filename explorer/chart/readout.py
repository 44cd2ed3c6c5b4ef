"""The numbers of one epoch in a line above the chart: in words where there is room, else in short, or in two."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from explorer.chart.reading import Reading
from explorer.qt import override

_BETWEEN, _CLOSER = 3 * " ", 2 * " "  # numbers, where there is room and where there isn't


class Readout(QLabel):
    """Fits any width; its text can be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reading = Reading("")
        self._meaning = ""
        self._has_two = False  # lines: it keeps them at this width, so that the chart below stays where it is
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_reading(self, reading: Reading) -> None:
        """Show other numbers."""
        self._reading = reading
        self.setAccessibleName(reading.line)
        self._fit()

    def set_meaning(self, text: str) -> None:
        """What the numbers are, for the tooltip."""
        self._meaning = text
        self._fit()

    def _fit(self) -> None:
        reading = self._reading
        metrics = self.fontMetrics()
        lines = [line for line in (reading.line, reading.named, reading.short) if line] or [""]
        lines.append(lines[-1].replace(_BETWEEN, _CLOSER))
        parts = lines[-1].split(_CLOSER)
        fewer = [_CLOSER.join([*parts[:count], "…"]) for count in range(len(parts) - 1, 0, -1)]
        two = [wrapped for line in (reading.line, reading.named, reading.short) if (wrapped := self._in_two(line))]
        line = next((line for line in lines if metrics.horizontalAdvance(line) <= self.width()), "")
        if not line or (self._has_two and two):
            line = next(iter(two), "")
        if not line:
            line = next((line for line in fewer if metrics.horizontalAdvance(line) <= self.width()), lines[-1])
            line = metrics.elidedText(line, Qt.TextElideMode.ElideRight, max(0, self.width()))
        self._has_two = "\n" in line
        self.setText(line)
        self.setToolTip(self._meaning if line in (*lines, *two) else f"{reading.line}\n{self._meaning}")

    def _in_two(self, line: str) -> str:
        """All numbers in two lines, "" where they need more."""
        metrics, width = self.fontMetrics(), self.width()
        parts = line.split(_BETWEEN)
        for count in range(len(parts) - 1, 0, -1):
            upper, lower = _BETWEEN.join(parts[:count]), _BETWEEN.join(parts[count:])
            if metrics.horizontalAdvance(upper) <= width:
                return f"{upper}\n{lower}" if metrics.horizontalAdvance(lower) <= width else ""
        return ""

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self._has_two = False
        self._fit()
        super().resizeEvent(event)

"""The numbers of one epoch in a line above the chart: in words where there is room, else in short, or without the last."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from explorer.chart.model import Reading
from explorer.qt import override

_BETWEEN, _CLOSER = 3 * " ", 2 * " "  # numbers, where there is room and where there isn't


class Readout(QLabel):
    """Fits any width; its text can be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reading = Reading("")
        self._meaning = ""
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
        line = next((line for line in [*lines, *fewer] if metrics.horizontalAdvance(line) <= self.width()), lines[-1])
        shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, max(0, self.width()))
        self.setText(shown)
        self.setToolTip(self._meaning if shown in lines else f"{reading.line}\n{self._meaning}")

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

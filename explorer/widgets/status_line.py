"""The window's bottom line: the last message, and the run that goes on."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from explorer.look.theme import EDGE, GROUP, SPACE, colors
from explorer.qt import override
from explorer.widgets.elided_label import ElidedLabel

_HEIGHT = 32
_BAR_WIDTH = 120
_NAME_WIDTH = 220


class StatusLine(QWidget):
    """Only shows what it is given. A click on the run emits `run_clicked`."""

    run_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(_HEIGHT)
        self._message = _ElidedLabel(self)
        self._message.setProperty("muted", True)
        self._run = _RunBox(self)
        self._run.clicked.connect(self.run_clicked)
        self._run.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(EDGE, 0, GROUP, 0)
        layout.setSpacing(GROUP)
        layout.addWidget(self._message, 1)
        layout.addWidget(self._run)

    def set_message(self, text: str) -> None:
        """Show the last message at the start of the line."""
        self._message.set_text(text)

    def set_run(
        self,
        name: str,
        epoch: int,
        epochs: int,
        images_per_second: float | None,
        seconds_left: float | None,
        fraction: float,
        phase: str = "",
        is_paused: bool = False,
    ) -> None:
        """Show a run that goes on.

        Args:
            name: of the run.
            epoch: the one that runs, from 1.
            epochs: how many there will be.
            images_per_second: None or 0 while unknown.
            seconds_left: None while unknown.
            fraction: of the whole run, 0 to 1.
            phase: the current phase's title, where the run has several.
            is_paused: it waits.
        """
        facts = [self.tr("epoch {epoch}/{epochs}").format(epoch=epoch, epochs=epochs)]
        if phase:
            facts.append(phase)
        if is_paused:
            facts.append(self.tr("paused"))
        if images_per_second:
            facts.append(self.tr("{rate} images/s").format(rate=f"{images_per_second:,.0f}"))
        if seconds_left is not None:
            facts.append(self.tr("{time} left").format(time=duration(seconds_left)))
        self._run.show_run(name, facts, fraction)
        self._run.show()

    def clear_run(self) -> None:
        """No run goes on."""
        self._run.hide()

    @property
    def message(self) -> str:
        """The text at the start of the line."""
        return self._message.full_text

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors().window)
        painter.fillRect(0, 0, self.width(), 1, colors().line)


class _RunBox(QAbstractButton):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(self.tr("Show the run in Train"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._name = QLabel(self)
        self._facts = ElidedLabel(self)
        self._facts.setProperty("muted", True)
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_BAR_WIDTH)
        for child in (self._name, self._facts, self._bar):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(SPACE, 0, SPACE, 0)
        layout.setSpacing(SPACE + 4)
        layout.addWidget(self._name)
        layout.addWidget(self._facts, 1)
        layout.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_run(self, name: str, facts: list[str], fraction: float) -> None:
        metrics = self._name.fontMetrics()
        self._name.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, _NAME_WIDTH))
        self._facts.set_text("   ".join(facts))
        self.updateGeometry()
        self._bar.setValue(round(1000 * min(max(fraction, 0.0), 1.0)))
        self.setAccessibleName(", ".join([name, *facts]))

    @override
    def sizeHint(self) -> QSize:
        facts = self._facts.fontMetrics().horizontalAdvance(self._facts.whole_text) + SPACE
        return QSize(self._row.sizeHint().width() + facts, _HEIGHT - 6)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(self._row.minimumSize().width(), _HEIGHT - 6)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors().pressed if self.isDown() else colors().hover)
            painter.drawRoundedRect(self.rect(), 6, 6)
        if self.hasFocus():
            painter.setPen(colors().focus)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)

    @override
    def enterEvent(self, event: QEvent) -> None:
        self.update()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self.update()


class _ElidedLabel(QLabel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.full_text = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def set_text(self, text: str) -> None:
        self.full_text = text
        self._elide()

    def _elide(self) -> None:
        line = self.full_text.replace("\n", " ")
        shown = self.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, max(0, self.width()))
        self.setText(shown)
        self.setToolTip("" if shown == line else self.full_text)

    @override
    def resizeEvent(self, event: QEvent) -> None:
        self._elide()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.ignore()


def duration(seconds: float) -> str:
    """A duration in words, as exact as anyone needs: "40 s", "4 min", "1 h 20 min"; a dash for an invalid one."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("duration", text)

    if not math.isfinite(seconds):
        return "–"
    whole = max(0, round(seconds))
    if whole < 60:
        return tr("{seconds} s").format(seconds=whole)
    minutes = round(whole / 60)
    if minutes < 60:
        return tr("{minutes} min").format(minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours >= 24 or minutes == 0:
        return tr("{hours} h").format(hours=hours)
    return tr("{hours} h {minutes} min").format(hours=hours, minutes=minutes)

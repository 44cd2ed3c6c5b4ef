"""The window's bottom line: the last message with its link, and the run that goes on."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QWidget

from core.wording import few_digits
from explorer.look.theme import EDGE, GROUP, SPACE, colors
from explorer.qt import override
from explorer.widgets.elided_label import ElidedLabel

_HEIGHT = 32
_BAR_WIDTH = 120
_NAME_WIDTH = 220


class MessageLine(QWidget):
    """A message in one line: its text, elided where there is less room, and a link right behind it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = _ElidedLabel(self)
        self._label.setProperty("muted", True)
        self.link = QPushButton(self)
        self.link.setProperty("link", True)
        self.link.setAutoDefault(False)  # else Enter in a dialog would press it
        self.link.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.link.setCursor(Qt.CursorShape.PointingHandCursor)
        self.link.clicked.connect(self._on_link_clicked)
        self.link.hide()
        self._act: Callable[[], None] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_message(self, text: str) -> None:
        """Show a text alone, quietly: whatever it is, it is said elsewhere, too."""
        self._set(text, "", None)
        self._set_quiet(True)

    def take(self, text: str, action: tuple[str, Callable[[], None]] | None = None) -> bool:
        """Show a text with its link if there is room for all of it; says whether there was."""
        self.link.ensurePolished()
        before = self.link.text()
        self.link.setText(action[0] if action is not None else "")
        wanted = self._width_of(text) + (self.link.sizeHint().width() + SPACE if action is not None else 0)
        if wanted > self.width():
            self.link.setText(before)
            return False
        self._set(text, *(action or ("", None)))
        self._set_quiet(False)
        return True

    @property
    def message(self) -> str:
        """The text."""
        return self._label.full_text

    def _set(self, text: str, link: str, act: Callable[[], None] | None) -> None:
        self._act = act
        self.link.setText(link)
        if self.link.hasFocus() and act is None:
            self.setFocus()  # else Qt hands it to whatever comes first in the window
        self.link.setVisible(act is not None)
        self._label.full_text = text
        self._lay_out()

    def _set_quiet(self, is_quiet: bool) -> None:
        if self._label.property("muted") != is_quiet:
            self._label.setProperty("muted", is_quiet)
            self._label.style().unpolish(self._label)
            self._label.style().polish(self._label)

    def _width_of(self, text: str) -> int:
        return self._label.fontMetrics().horizontalAdvance(text.replace("\n", " ")) + 2

    def _lay_out(self) -> None:
        link = self.link.sizeHint() if self._act is not None else QSize()
        behind = SPACE + link.width() if self._act is not None else 0
        width = max(0, min(self._width_of(self._label.full_text), self.width() - behind))
        right_to_left = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self._label.setGeometry(self.width() - width if right_to_left else 0, 0, width, self.height())
        x = self.width() - width - SPACE - link.width() if right_to_left else width + SPACE
        self.link.setGeometry(x, (self.height() - link.height()) // 2, link.width(), link.height())
        self._label.set_text(self._label.full_text)

    @override
    def sizeHint(self) -> QSize:
        return QSize(0, max(self._label.sizeHint().height(), self.link.sizeHint().height()))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    def _on_link_clicked(self) -> None:
        act = self._act
        self.set_message("")
        if act is not None:
            act()


class StatusLine(QWidget):
    """Only shows what it is given. A click on the run emits `run_clicked`."""

    run_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(_HEIGHT)
        self.line = MessageLine(self)
        self._run = _RunBox(self)
        self._run.clicked.connect(self.run_clicked)
        self._run.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(EDGE, 0, GROUP, 0)
        layout.setSpacing(GROUP)
        layout.addWidget(self.line, 1)
        layout.addWidget(self._run)

    def set_message(self, text: str) -> None:
        """Show the last message at the start of the line."""
        self.line.set_message(text)

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
        doing: str = "",
    ) -> None:
        """Show a run that goes on.

        Args:
            name: of the run.
            epoch: the one that runs, from 1; 0 before the first.
            epochs: how many there will be.
            images_per_second: None or 0 while unknown.
            seconds_left: None while unknown.
            fraction: of the whole run, 0 to 1.
            phase: the current phase's title, where the run has several.
            is_paused: it waits.
            doing: what it does in place of training, which is said instead of the phase.
        """
        facts = [self.tr("epoch {epoch}/{epochs}").format(epoch=epoch, epochs=epochs)] if epoch else []
        if phase and not doing:
            facts.append(phase)
        if is_paused:
            facts.append(self.tr("paused"))
        elif doing:
            facts.append(doing)
        if images_per_second:
            facts.append(self.tr("{rate} pictures/s").format(rate=few_digits(images_per_second)))
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
        return self.line.message

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
    """A duration in words, as exact as anyone needs: "40 s", "4 min", "1 h 20 min"; a dash for an invalid one.

    What takes no whole second takes "under a second".
    """

    def tr(text: str) -> str:
        return QCoreApplication.translate("duration", text)

    if not math.isfinite(seconds):
        return "–"
    whole = round(seconds)
    if seconds < 1:
        return tr("under a second")
    if whole < 60:
        return tr("{seconds} s").format(seconds=whole)
    minutes = round(whole / 60)
    if minutes < 60:
        return tr("{minutes} min").format(minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours >= 24 or minutes == 0:
        return tr("{hours} h").format(hours=hours)
    return tr("{hours} h {minutes} min").format(hours=hours, minutes=minutes)

"""The progress of long work in one row: what, how far, the time left, and Cancel."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.look.theme import GROUP, SPACE, UNIT
from explorer.qt import override
from explorer.widgets.elided_label import ElidedLabel
from explorer.widgets.free_place import KEPT_CLEAR
from explorer.widgets.status_line import duration

LEAST_BAR = 48  # units of width
TIGHT = 420  # units: a narrower row has no numbers
_SECONDS_BEFORE_ESTIMATE = 1.0


class ProgressStrip(QWidget):
    """Hidden until `start`, hidden again after `finish`. Cancel emits `cancelled` and waits for `finish`.

    Args:
        parent: Qt's owner.
        narrow: the progress is under the text, for a narrow column.
        slim: all in one line, for a row that is kept free for it (`slim_height`).
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None, narrow: bool = False, slim: bool = False) -> None:
        super().__init__(parent)
        self.setProperty(KEPT_CLEAR, True)
        self._what = _What(self, elides=slim)
        self._count = QLabel(self)
        self._count.setProperty("muted", True)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._cancel.clicked.connect(self._on_cancel_clicked)
        self._started = 0.0
        self._phase = ""
        words = QBoxLayout(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        words.setSpacing(0 if narrow else GROUP)
        words.addWidget(self._what, 0 if slim else 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        if slim:
            self._cancel.setProperty("link", True)
            self._bar.setMinimumWidth(LEAST_BAR)
            words.addWidget(self._bar, 1, Qt.AlignmentFlag.AlignVCenter)
            words.addWidget(self._count)
            layout.addLayout(words, 1)
        else:
            words.addWidget(self._count)
            column = QVBoxLayout()
            column.setSpacing(SPACE)
            column.addLayout(words)
            column.addWidget(self._bar)
            layout.addLayout(column, 1)
        layout.addWidget(self._cancel)
        self.hide()

    @property
    def slim_height(self) -> int:
        """The height of a slim one, shown or not."""
        return self.fontMetrics().height() + 2 * UNIT

    def start(self, what: str) -> None:
        """Show the strip for work whose length isn't known yet."""
        self._begin_phase(what)
        self._cancel.setEnabled(True)
        self.show()

    def update(self, *args: Any) -> None:
        """`update(what, done, total)` is `update_progress`; without arguments it is QWidget's own."""
        if len(args) == 3:
            self.update_progress(*args)
        else:
            super().update(*args)

    def update_progress(self, what: str, done: int, total: int) -> None:
        """Say how far it is; a new `what` starts the estimate anew. `total` of 0: unknown."""
        if what != self._phase:
            self._begin_phase(what)
        if total <= 0:
            self._bar.setRange(0, 0)
            self._count.setText(f"{done:,}" if done else "")
            return
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(1000 * min(done, total) / total))
        text = self.tr("{done} of {total}").format(done=f"{done:,}", total=f"{total:,}")
        spent = time.perf_counter() - self._started
        if 0 < done < total and spent > _SECONDS_BEFORE_ESTIMATE:
            left = spent * (total - done) / done
            text = self.tr("{count}, {time} left").format(count=text, time=duration(left))
        self._count.setText(text)

    def set_tight(self, is_tight: bool) -> None:
        """Say whether there is room for the bar alone, without numbers."""
        self._count.setVisible(not is_tight)

    def finish(self) -> None:
        """Hide the strip: the work has ended, one way or another."""
        self.hide()
        self._phase = ""

    def _begin_phase(self, what: str) -> None:
        self._phase = what
        self._started = time.perf_counter()
        self._what.set_text(what)
        self._count.setText("")
        self._bar.setRange(0, 0)

    def _on_cancel_clicked(self) -> None:
        self._cancel.setEnabled(False)
        self._count.setText(self.tr("Cancelling…"))
        self.cancelled.emit()


class _What(ElidedLabel):
    """What is going on: as wide as its text, and elided where there is less room if it `elides`."""

    def __init__(self, parent: QWidget, elides: bool) -> None:
        super().__init__(parent)
        self._elides = elides
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.whole_text) + 2, super().sizeHint().height())

    @override
    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint() if self._elides else self.sizeHint()


class WorkRow(QWidget):
    """Slim strips beside each other, where nothing makes way for them: in a row that is free, or over the top of a picture.

    Args:
        strips: shown and hidden as their work begins and ends.
        parent: holds the free row and the picture.
    """

    def __init__(self, strips: Sequence[ProgressStrip], parent: QWidget) -> None:
        super().__init__(parent)
        self._strips = tuple(strips)
        self._picture: QWidget | None = None
        self._row: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setSpacing(GROUP)
        for strip in strips:
            row.addWidget(strip)
            strip.installEventFilter(self)
        self.hide()

    def lie_over(self, picture: QWidget | None, row: QWidget) -> None:
        """Say where it is shown: over a picture's top, or where there is none, in a row that is kept free."""
        for place in (self._picture, self._row):
            if place is not None:
                place.removeEventFilter(self)
        self._picture, self._row = picture, row
        (picture or row).installEventFilter(self)
        self.setProperty("overlay", picture is not None)
        self.style().polish(self)
        sides = SPACE if picture is not None else 0
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(sides, 0, sides, 0)
        self._place()

    def _place(self) -> None:
        parent, place = self.parentWidget(), self._picture or self._row
        if parent is None or place is None or self.isHidden():
            return
        area = QRect(place.mapTo(parent, QPoint(0, 0)), place.size())
        if self._picture is not None:
            area.adjust(SPACE, SPACE, -SPACE, 0)
            area.setHeight(self._strips[0].slim_height + SPACE)
        for strip in self._strips:
            strip.set_tight(area.width() < TIGHT)
        self.setGeometry(area)
        self.raise_()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent) and watched in self._strips:
            self.setVisible(any(not strip.isHidden() for strip in self._strips))
            self._place()
        elif event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            self._place()
        return False

"""The left column of the Train tab: data, settings, the current run and the earlier runs, one under the other."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE, UNIT, section_font
from explorer.qt import override
from explorer.train.run_box import RunBox
from explorer.train.runs import TrainRuns
from explorer.train.settings.form import TrainSettings
from explorer.widgets.elided_label import ElidedLabel

WIDTH = 304
_COMFORTABLE = 660
"""The height from which on there is room for all."""
_SCARCE = 560
"""The height below which what takes two lines takes one."""
_FLAT = 480
"""The width from which on the run's name fits beside Start."""
_ROW = 56
"""The highest row of settings; what is higher, such as the unfolded ones, may end anywhere."""
_LEAST_UNFOLDED = 2 * _ROW
"""How much of the unfolded settings is in sight without scrolling, at least."""
_LOW_ROWS = 3
"""How many runs are in sight where they scroll with the settings."""
BAR = 16
"""Room for the scroll bar beside the fields."""


class DataBox(QWidget):
    """Shows what a run would train on, and leads to the pictures."""

    data_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ElidedLabel(self)
        self.choose_button = QPushButton(icon("open-folder"), self.tr("Choose pictures…"), self)
        self.change_button = QPushButton(self.tr("Change"), self)
        self.change_button.setProperty("link", True)
        for button in (self.choose_button, self.change_button):
            button.clicked.connect(self.data_requested)
        title = QLabel(self.tr("Data"), self)
        title.setFont(section_font())
        row = QHBoxLayout()  # all in one, since low windows have no room for more
        row.setSpacing(SPACE)
        row.addWidget(title)
        row.addWidget(self.text, 1)
        row.addWidget(self.change_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(row)
        layout.addWidget(self.choose_button)
        self.show_none()

    @property
    def has_data(self) -> bool:
        """Whether pictures are open."""
        return self.choose_button.isHidden()

    def show_none(self) -> None:
        """No pictures are open."""
        self._shown = self.tr("No pictures yet")
        self.text.set_text(self._shown)
        self.choose_button.show()
        self.change_button.hide()

    def show_data(self, name: str, pictures: int, size: int) -> None:
        """Show the data set, `size` pixels wide and high."""
        text = self.tr("{name}, 1 picture, {size} px") if pictures == 1 else self.tr("{name}, {count} pictures, {size} px")
        self._shown = text.format(name=name, count=f"{pictures:,}", size=size)
        self.text.set_text(self._shown)
        self.choose_button.hide()
        self.change_button.show()

    def show_pending(self, why: str) -> None:
        """While the chosen pictures aren't read yet, say that instead of what the earlier ones are."""
        self.text.set_text(why or self._shown)


class TrainColumn(QWidget):
    """Lays the parts out: data and settings scroll if the window is low, Start and the runs stay visible.

    Where that would leave less than the settings in front, the runs scroll with the settings, and Start alone stays. The card of
    the run that goes on has its room under the list of runs, or above Start where that scrolls: nothing else moves for it.
    """

    def __init__(self, data: DataBox, form: TrainSettings, run_box: RunBox, runs: TrainRuns, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data, self._form, self._run_box, self._runs = data, form, run_box, runs
        self._more = form.more
        self._is_low = False
        content = QWidget(self)
        self._scroll = _ColumnScrollArea(
            content, form, run_box, self
        )  # while it is empty, since contents are restyled at each move
        inner = self._inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(SPACE)
        inner.addWidget(data)
        inner.addWidget(form)
        inner.addStretch(1)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GROUP)
        column.addWidget(self._scroll)
        below = self._below = QVBoxLayout()
        below.setSpacing(GROUP)
        below.addWidget(run_box)
        below.addWidget(runs, 1)
        runs.hold_card(run_box.card)
        beside = QHBoxLayout()  # as wide as the settings beside their scroll bar, at whichever side it is
        beside.setSpacing(0)
        beside.addLayout(below, 1)
        beside.addSpacing(BAR)
        column.addLayout(beside, 1)
        form.problem_unfolded.connect(self._on_form_problem_unfolded)
        form.more.toggled.connect(self._on_more_toggled)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """With little height all is set denser, so that the settings and four runs stay in sight."""
        super().resizeEvent(event)
        is_dense = self.height() < _COMFORTABLE
        self._column.setSpacing(SPACE if is_dense else GROUP)
        self._below.setSpacing(SPACE if is_dense else GROUP)
        self._inner.setSpacing(UNIT if is_dense else SPACE)
        self._form.set_dense(is_dense)
        self._run_box.set_dense(is_dense)
        self._run_box.set_brief(self.height() < _SCARCE)
        self._form.set_about_lines(1 if self.height() < _SCARCE else 2)
        self._runs.list.set_dense(is_dense)
        self._give_way()

    @override
    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._give_way()
        return done

    def _give_way(self) -> None:
        """Where there is no room for all, first the runs' buttons go.

        Then the runs scroll with the settings. The settings in front and Start stay in sight. What is unfolded, noted or
        chosen changes nothing here, since it is under the mouse.
        """
        spaces = self._column.spacing() + self._below.spacing() + 2 * self._inner.spacing()
        room = self.height() - spaces - self._data.sizeHint().height() - self._run_box.stacked_height()
        if self._data.has_data or self._runs.has_runs or not self._run_box.card.isHidden():
            room -= self._run_box.card_height  # whether a run goes on or not
        front = self._form.front_height()
        if not self._run_box.is_planning_series:  # which takes more room for as long as it is open
            self._set_low(room < front + self._runs.least_height(is_tight=True))
        self._run_box.set_flat(self._is_low and self.width() >= _FLAT)
        self._runs.set_tight(not self._is_low and room < front + self._runs.least_height(is_tight=False))

    def _set_low(self, is_low: bool) -> None:
        """Let the runs scroll with the settings, or not."""
        if is_low == self._is_low:
            return
        self._is_low = is_low
        self._runs.list.set_rows(_LOW_ROWS if is_low else 1)
        self._run_box.hold_card(is_low)
        if is_low:
            self._runs.release_card()
            self._below.removeWidget(self._runs)
            self._inner.insertWidget(self._inner.count() - 1, self._runs)
        else:
            self._runs.hold_card(self._run_box.card)
            self._inner.removeWidget(self._runs)
            self._below.addWidget(self._runs, 1)
        self._column.setStretch(0, int(is_low))
        self._column.setStretch(1, int(not is_low))
        self._scroll.set_ending_between_rows(not is_low)

    def _on_form_problem_unfolded(self) -> None:
        """Scroll to the unfolded settings, once they are laid out."""
        QTimer.singleShot(0, self, self._scroll_to_more)

    def _on_more_toggled(self, is_open: bool) -> None:
        """Beside the plan of a series hardly any of the unfolded settings would be in sight: scroll to them.

        Elsewhere nothing moves under the mouse.
        """
        if is_open and self._run_box.is_planning_series:
            QTimer.singleShot(0, self, self._show_more)

    def _show_more(self) -> None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        header = self._more.mapTo(self._scroll.content, QPoint(0, self._more.header_height)).y()
        in_sight = self._scroll.height() + self._scroll.verticalScrollBar().value() - header
        if self._more.is_open and in_sight < _LEAST_UNFOLDED:
            self._scroll_to_more()

    def _scroll_to_more(self) -> None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # on its way up through the layouts
        top = self._more.mapTo(self._scroll.content, QPoint(0, 0)).y()
        self._scroll.verticalScrollBar().setValue(top)


class _ColumnScrollArea(QScrollArea):
    """Scrolls vertically; the bar is beside the column, so that the fields keep their places when it appears."""

    def __init__(self, content: QWidget, form: TrainSettings, run_box: RunBox, parent: QWidget) -> None:
        super().__init__(parent)
        self.content = content
        self._form = form
        self._run_box = run_box
        self._ends_between_rows = True
        self._kept: QWidget | None = None
        self._wish = QSize()
        run_box.released.connect(self.updateGeometry)
        self._ending = QTimer(self, interval=0, singleShot=True)  # once all is laid out
        self._ending.timeout.connect(self._end_between_rows)
        self.setProperty("plain", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def set_ending_between_rows(self, is_ending: bool) -> None:
        """Whether a row that would be cut in two is left out; else all that there is room for is seen."""
        self._ends_between_rows = is_ending
        self._ending.start()

    @override
    def sizeHint(self) -> QSize:
        """As high as the settings; what is typed may bring a note, but not under a button that the mouse holds."""
        if self._wish.isEmpty() or not self._run_box.is_pressed:
            whole = self._whole_height() + UNIT  # texts that wrap may take more, and the last row isn't to be shaved
            self._wish = self.content.sizeHint().expandedTo(QSize(0, whole))
        return self._wish

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(WIDTH + BAR, 72)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().height() < event.oldSize().height():
            self._keep_in_sight(event.oldSize().height())
        self.content.setMaximumWidth(max(1, self.width() - BAR))
        self._keep_height()
        super().resizeEvent(event)
        self._ending.start()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.content and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._keep_height()
            self._ending.start()
        return super().eventFilter(watched, event)

    def _keep_height(self) -> None:
        """Let the content scroll before its wrapping texts squeeze the fields."""
        self.content.setMinimumHeight(self._whole_height())

    def _whole_height(self) -> int:
        """How high the content is at this width with its texts wrapped; 0 where it has none."""
        layout = self.content.layout()
        assert layout is not None
        return max(0, layout.minimumHeightForWidth(max(1, self.width() - BAR))) if layout.hasHeightForWidth() else 0

    def _keep_in_sight(self, height: int) -> None:
        """What was set last and was in sight stays so where there is less height now, as once the first run is listed."""
        field, top = self.content.focusWidget(), self.verticalScrollBar().value()
        if field is not None and field is not self.content:
            place = field.mapTo(self.content, QPoint(0, 0)).y()
            if top <= place and place + field.height() <= top + height:
                self._kept = field  # until all is laid out, however many steps that takes

    def _end_between_rows(self) -> None:
        """Leave out the row that would be cut in two at the lower edge, as long as nobody scrolls."""
        self._set_margins()
        kept, self._kept = self._kept, None
        if kept is not None:
            self.ensureWidgetVisible(kept, 0, kept.sizeHint().height())  # it may not have its height again yet

    def _set_margins(self) -> None:
        if not self._ends_between_rows:
            self.setViewportMargins(0, 0, 0, 0)
            return
        ends = [0, self._form.y(), *(self._form.y() + end for end in self._form.row_ends())]
        rest = self.height() - max(end for end in ends if end <= self.height())
        fits = self.content.minimumSizeHint().height() <= self.height() or ends[-1] <= self.height()
        self.setViewportMargins(0, 0, 0, 0 if fits or rest > _ROW else rest)

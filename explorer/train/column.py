"""The left column of the Train tab: data, settings, the current run and the earlier runs, one under the other."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE
from explorer.qt import override
from explorer.train.run_box import RunBox
from explorer.train.runs import TrainRuns
from explorer.train.settings.form import TrainSettings
from explorer.widgets.section import Section

WIDTH = 304
BAR = 16
"""Room for the scroll bar beside the fields."""


class DataBox(QWidget):
    """Shows what a run would train on, and leads to the pictures."""

    data_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.choose_button = QPushButton(icon("open-folder"), self.tr("Choose pictures…"), self)
        self.change_button = QPushButton(self.tr("Change"), self)
        self.change_button.setProperty("link", True)
        for button in (self.choose_button, self.change_button):
            button.clicked.connect(self.data_requested)
        section = Section(self.tr("Data"), self, collapsible=False)
        section.add_to_header(self.change_button)
        section.body_layout().addWidget(self.text)
        section.body_layout().addWidget(self.choose_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(section)
        self.show_none()

    def show_none(self) -> None:
        """No pictures are open."""
        self._shown = self.tr("Open a folder of pictures, or use the drawn faces.")
        self.text.setText(self._shown)
        self.choose_button.show()
        self.change_button.hide()

    def show_data(self, name: str, pictures: int, size: int) -> None:
        """Show the opened pictures, `size` pixels wide and high."""
        text = self.tr("{name}, 1 picture, {size} px") if pictures == 1 else self.tr("{name}, {count} pictures, {size} px")
        self._shown = text.format(name=name, count=f"{pictures:,}", size=size)
        self.text.setText(self._shown)
        self.choose_button.hide()
        self.change_button.show()

    def show_pending(self, why: str) -> None:
        """While the chosen pictures aren't read yet, say that instead of what the earlier ones are."""
        self.text.setText(why or self._shown)


class TrainColumn(QWidget):
    """Lays the parts out: data and settings scroll if the window is low, Start and the runs stay visible."""

    def __init__(self, data: DataBox, form: TrainSettings, run_box: RunBox, runs: TrainRuns, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._more = form.more
        content = QWidget(self)
        self._scroll = _ColumnScrollArea(content, self)  # while it is empty, since contents are restyled at each move
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(SPACE)
        inner.addWidget(data)
        inner.addSpacing(SPACE)
        settings = Section(self.tr("Settings"), self, collapsible=False)
        settings.add_to_header(form.reset_button)  # under the preset it would push "More settings" out of view
        inner.addWidget(settings)
        inner.addWidget(form)
        inner.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GROUP)
        column.addWidget(self._scroll)
        column.addWidget(run_box)
        column.addWidget(runs, 1)
        self._scroll.setFixedWidth(WIDTH + BAR)
        run_box.setFixedWidth(WIDTH)
        runs.setFixedWidth(WIDTH)
        self._more.toggled.connect(self._on_more_toggled)

    def _on_more_toggled(self, is_open: bool) -> None:
        """Scroll to the unfolded settings, once they are laid out."""
        if is_open:
            QTimer.singleShot(0, self, self._scroll_to_more)

    def _scroll_to_more(self) -> None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # on its way up through the layouts
        top = self._more.mapTo(self._scroll.content, QPoint(0, 0)).y()
        self._scroll.verticalScrollBar().setValue(top)


class _ColumnScrollArea(QScrollArea):
    """Scrolls vertically; the bar is beside the column, so that the fields keep their places when it appears."""

    def __init__(self, content: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.content = content
        self.setProperty("plain", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        content.setMaximumWidth(WIDTH)

    @override
    def sizeHint(self) -> QSize:
        return self.content.sizeHint()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(WIDTH, 72)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.content and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

"""The Data tab's first column: where the faces come from, how many there are, what they are, and how they are framed."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from core.config import DataConfig
from core.data.dataset import FaceData
from core.data.sources import place_of
from core.files import printable
from explorer.data.amount import AmountBox
from explorer.data.counts import ClassCounts
from explorer.data.details import DataDetails, PositiveChoice
from explorer.data.framing import FramingBox
from explorer.data.sources import SourceMenu, source_title
from explorer.look.icons import icon
from explorer.look.theme import EDGE, GROUP, SPACE, UNIT, section_font
from explorer.qt import override
from explorer.widgets.section import Section

COLUMN_WIDTH = 336


class DataColumn(QWidget):
    """Shows what is known of the pictures in use, and ways to change them.

    Signals:
        choices_changed(): the person has chosen another framing, size, number, share or smiling class.
        typed(): the person types into a field, and has not entered it yet.
        folder_requested(): open a folder.
        train_requested(): train on these.
    """

    choices_changed = Signal()
    typed = Signal()
    folder_requested = Signal()
    train_requested = Signal()

    def __init__(self, others: SourceMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sources = self._make_sources(others)  # made first, so first in the tab order
        self.counts = ClassCounts(self)
        self.positive = PositiveChoice(self)
        self.amount = AmountBox(self)
        self.framing = FramingBox(self)
        self.details = DataDetails(self)
        self._whole_name = ""
        self._name = QLabel(self)
        self._name.setFont(section_font())
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setMinimumWidth(1)  # so that a long name doesn't widen it
        self.train_button = QPushButton(icon("play", "accent_text"), self.tr("Train on these"), self)
        self.train_button.setProperty("primary", True)
        self.train_button.clicked.connect(lambda _checked=False: self.train_requested.emit())
        self.positive.positive_chosen.connect(self.choices_changed)
        self.amount.choice_changed.connect(self.choices_changed)
        self.framing.choice_changed.connect(self.choices_changed)
        self.amount.typed.connect(self.typed)
        self.framing.typed.connect(self.typed)
        below = QHBoxLayout()
        below.setSpacing(0)
        below.addWidget(self.train_button, 1)
        below.addSpacing(SPACE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        layout.addWidget(self._make_scroll_area(sources), 1)
        layout.addLayout(below)
        self.setMinimumWidth(COLUMN_WIDTH)

    def show_data(self, data: FaceData) -> None:
        """Say what these are."""
        name = source_title(data.config.source, data.index.name)
        self._whole_name = name
        self._elide_name()
        drawn = place_of(data.config.source) is None
        about = self.tr("Drawn by the program, for trying things out") if drawn else printable(str(data.index.root))
        self._name.setToolTip(about)
        self.counts.show_data(data)
        self.positive.show_data(data)
        self.positive.setVisible(data.shows_faces)
        self.amount.show_data(data)
        self.framing.show_data(data)
        self._framing_section.set_title(self.tr("Framing") if data.shows_faces else self.tr("Size"))
        self.details.show_data(data)

    @property
    def problem(self) -> str:
        """Why the pictures can't be read as chosen, in a sentence; empty if they can."""
        return self.framing.problem

    def chosen(self, config: DataConfig) -> DataConfig:
        """How the pictures are to be read as far as it is chosen here.

        Args:
            config: how the shown ones were read.
        """
        changes = {**self.amount.chosen(config), **self.framing.chosen(config)}
        if self.positive.chosen is not None:
            changes["positive"] = self.positive.chosen
        return replace(config, **changes)  # type: ignore[arg-type]

    def take_typed(self) -> None:
        """Let what is typed but not yet entered count."""
        self.amount.take_typed()
        self.framing.take_typed()

    def show_others_reading(self, reading: bool) -> None:
        """While other pictures are being read, nothing of these can be changed."""
        for widget in (self.framing, self.positive, self.amount, self.train_button):
            widget.setEnabled(not reading)

    def _make_scroll_area(self, sources: QHBoxLayout) -> QScrollArea:
        content = QWidget(self)
        beside = QHBoxLayout(content)  # room for the scroll bar, at whichever side it is
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(0)
        inner = QVBoxLayout()
        inner.setSpacing(GROUP)
        beside.addLayout(inner, 1)
        beside.addSpacing(SPACE)
        facts = QVBoxLayout()
        facts.setSpacing(UNIT)
        facts.addWidget(self._name)
        facts.addWidget(self.counts)
        framing = self._framing_section = Section(self.tr("Framing"), self, collapsible=False)
        framing.body_layout().addWidget(self.framing)
        inner.addLayout(sources)
        inner.addLayout(facts)
        inner.addWidget(self.positive)
        inner.addWidget(self.amount)
        inner.addWidget(framing)
        inner.addWidget(self.details)
        inner.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setProperty("plain", True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        return scroll

    def _make_sources(self, menu: SourceMenu) -> QHBoxLayout:
        opened = QPushButton(icon("open-folder"), self.tr("Open a folder…"), self)
        opened.clicked.connect(lambda _checked=False: self.folder_requested.emit())
        others = QPushButton(icon("faces"), self.tr("Other pictures"), self)
        others.setToolTip(self.tr("Drawn faces, drawn shapes, MNIST's digits, dSprites, and what was opened lately"))
        others.setMenu(menu)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(opened, 1)
        row.addWidget(others)
        return row

    def _elide_name(self) -> None:
        room = self.width() - EDGE
        self._name.setText(self._name.fontMetrics().elidedText(self._whole_name, Qt.TextElideMode.ElideMiddle, room))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide_name()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._name.setFont(section_font())
        super().changeEvent(event)

"""The Data tab: which faces, how they are framed, and what was found among them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.config import DataConfig
from core.data.dataset import FaceData, load
from core.data.index import DEMO
from explorer.document import Document
from explorer.icons import icon
from explorer.messages import Messenger
from explorer.panels.data_counts import ClassCounts, printable
from explorer.panels.data_details import DataDetails, PositiveChoice
from explorer.panels.data_drop import DropFrame, dropped_folder
from explorer.panels.data_faces import FacesView
from explorer.panels.data_framing import CENTER, FramingBox
from explorer.qt import override
from explorer.settings_store import SettingsStore
from explorer.tasks import Task, run_task
from explorer.theme import EDGE, GROUP, SPACE, UNIT, section_font
from explorer.widgets.empty_state import EmptyState
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.section import Section

_COLUMN = 304
_EMPTY, _READING, _FACES = range(3)


class DataPanel(QWidget):
    """Reads pictures into the document and shows what they are."""

    data_opened = Signal()
    """Pictures that the person asked for are in the document."""
    go_to_train_requested = Signal()

    def __init__(
        self, document: Document, settings_store: SettingsStore, messenger: Messenger, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._settings = settings_store
        self._messenger = messenger
        self._task: Task | None = None
        self._image_size = DataConfig().image_size
        self.progress = ProgressStrip(self)
        self.framing = FramingBox(self)
        self.counts = ClassCounts(self)
        self.positive = PositiveChoice(self)
        self.details = DataDetails(self)
        self.faces = FacesView(self)
        self._build()
        self._drop_frame = DropFrame(self)
        self.setAcceptDrops(True)
        self.progress.cancelled.connect(self.cancel_reading)
        self.framing.reread_requested.connect(self.reframe)
        self.positive.positive_chosen.connect(self._on_positive_chosen)
        document.data_changed.connect(self._on_document_data_changed)
        self._on_document_data_changed(document.data)

    @property
    def is_reading(self) -> bool:
        """Whether pictures are being read."""
        return self._task is not None

    def open_source(self, source: str, crop: str = CENTER, image_size: int | None = None) -> None:
        """Read pictures, in place of what is being read.

        Args:
            source: a folder, or "demo" for the drawn faces.
            crop: as `data.crop`.
            image_size: None = as last time.
        """
        self._read(DataConfig(source=source, crop=crop, image_size=image_size or self._image_size))

    def reframe(self, crop: str, image_size: int) -> None:
        """Read the pictures in use again, framed in another way."""
        if self._document.data is not None:
            self._read(replace(self._document.data.config, crop=crop, image_size=image_size))

    def choose_folder(self) -> None:
        """Ask for a folder of faces and read it."""
        last = self._settings.value.last_data_folder
        folder = QFileDialog.getExistingDirectory(self, self.tr("Open a folder of faces"), last or str(Path.home()))
        if folder:
            self.open_source(folder)

    def choose_demo(self) -> None:
        """Read the drawn faces."""
        self.open_source(DEMO)

    def cancel_reading(self) -> None:
        """End what is being read; the pictures in use stay."""
        if self._task is not None:
            self._task.cancel()

    # -- reading

    def _read(self, config: DataConfig) -> None:
        if self._task is not None:
            self._task.drop()
        drawn = config.source == DEMO
        name = self.tr("the drawn faces") if drawn else printable(Path(config.source).name or config.source)
        title = self.tr("Reading {name}").format(name=name)
        text = self.tr("The faces appear here once all are read. The other tabs can be used meanwhile.")
        self._waiting.set_text(title, text)
        self.progress.start(title)
        task = run_task(
            self,
            lambda progress: load(config, progress),
            done=self._on_task_done,
            failed=self._on_task_failed,
            progress=self._on_task_progressed,
            cancelled=self._end_reading,
            name="read pictures",
        )
        self._task = task
        self._show_page()

    def _end_reading(self) -> None:
        self._task = None
        self.progress.finish()
        self._show_page()

    def _on_task_progressed(self, what: str, done: int, total: int) -> None:
        words = {
            "Listing pictures": self.tr("Listing pictures"),
            "Reading pictures": self.tr("Reading pictures"),
            "Drawing faces": self.tr("Drawing faces"),
        }
        self.progress.update_progress(words.get(what, what), done, total)

    def _on_task_done(self, data: FaceData) -> None:
        self._end_reading()
        config = data.config
        self._image_size = config.image_size
        changes = {"last_data_source": config.source}
        if config.source != DEMO:
            changes["last_data_folder"] = config.source
        self._settings.update(**changes)
        self._document.set_data(data)
        self.data_opened.emit()

    def _on_task_failed(self, error: BaseException) -> None:
        self._end_reading()
        self._messenger.report(error)

    # -- showing

    def _build(self) -> None:
        texts = [self.tr("Open a folder…"), self.tr("Use the drawn faces")]
        self.empty = EmptyState(
            "faces",
            self.tr("No faces yet"),
            self.tr(
                "Open a folder of face pictures, or drop one here: best with one subfolder for smiling "
                "and one for other faces. Or try everything with faces that the program draws itself."
            ),
            texts,
            self,
            button_icons=["open-folder", "faces"],
        )
        self.empty.button_clicked.connect(self._on_empty_button_clicked)
        self._waiting = EmptyState("faces", "", "", parent=self)
        faces = QWidget(self)
        columns = QHBoxLayout(faces)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(EDGE)
        columns.addLayout(self._make_column(faces))
        columns.addWidget(self.faces, 1)
        self._pages = QStackedWidget(self)
        for page in (self.empty, self._waiting, faces):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, GROUP, EDGE, GROUP)
        layout.setSpacing(GROUP)
        layout.addWidget(self.progress)
        layout.addWidget(self._pages, 1)

    def _make_column(self, parent: QWidget) -> QVBoxLayout:
        self._name = QLabel(parent)
        self._name.setFont(section_font())
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setMinimumWidth(0)
        opened = QPushButton(icon("open-folder"), self.tr("Open a folder…"), parent)
        opened.clicked.connect(self.choose_folder)
        drawn = QPushButton(icon("faces"), self.tr("Drawn faces"), parent)
        drawn.setToolTip(self.tr("Use 4,000 faces that the program draws itself"))
        drawn.clicked.connect(self.choose_demo)
        sources = QHBoxLayout()
        sources.setSpacing(SPACE)
        sources.addWidget(opened, 1)
        sources.addWidget(drawn)
        framing = Section(self.tr("Framing"), parent, collapsible=False)
        framing.body_layout().addWidget(self.framing)
        content = QWidget(parent)
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
        inner.addLayout(sources)
        inner.addLayout(facts)
        inner.addWidget(self.positive)
        inner.addWidget(framing)
        inner.addWidget(self.details)
        inner.addStretch(1)
        scroll = QScrollArea(parent)
        scroll.setProperty("plain", True)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        scroll.setFixedWidth(_COLUMN)
        self.train_button = QPushButton(icon("play", "accent_text"), self.tr("Train on these"), parent)
        self.train_button.setProperty("primary", True)
        self.train_button.clicked.connect(lambda _checked=False: self.go_to_train_requested.emit())
        column = QVBoxLayout()
        column.setSpacing(GROUP)
        column.addWidget(scroll, 1)
        below = QHBoxLayout()
        below.setSpacing(0)
        below.addWidget(self.train_button, 1)
        below.addSpacing(SPACE)
        column.addLayout(below)
        return column

    def _show_page(self) -> None:
        reading = self._task is not None
        self.framing.setEnabled(not reading)
        self.positive.setEnabled(not reading)
        self.train_button.setEnabled(not reading)
        page = _FACES if self._document.data is not None else _READING if reading else _EMPTY
        self._pages.setCurrentIndex(page)

    def _on_document_data_changed(self, data: FaceData | None) -> None:
        if data is not None:
            source = data.config.source
            drawn = source == DEMO
            name = self.tr("Drawn faces") if drawn else printable(data.index.name)
            self._name.setText(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _COLUMN - EDGE))
            about = self.tr("Drawn by the program, for trying things out") if drawn else printable(str(data.index.root))
            self._name.setToolTip(about)
            self.counts.show_data(data)
            self.positive.show_data(data)
            self.framing.show_data(data)
            self.details.show_data(data)
            self.faces.set_thumbnail_size(self._settings.value.thumbnail_size)
            self.faces.show_data(data)
        self._show_page()

    def _on_empty_button_clicked(self, index: int) -> None:
        if index == 0:
            self.choose_folder()
        else:
            self.choose_demo()

    def _on_positive_chosen(self, name: str) -> None:
        if self._document.data is not None:
            self._read(replace(self._document.data.config, positive=name))

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_folder(event):
            event.acceptProposedAction()
            self._drop_frame.setGeometry(self.rect())
            self._drop_frame.show()
            self._drop_frame.raise_()

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop_frame.hide()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self._drop_frame.hide()
        folder = dropped_folder(event)
        if folder:
            event.acceptProposedAction()
            self.open_source(folder)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._drop_frame.setGeometry(self.rect())

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._name.setFont(section_font())
        super().changeEvent(event)

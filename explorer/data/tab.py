"""The Data tab: which faces, opened or dropped on it, how they are framed, and what was found among them."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QHideEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QVBoxLayout, QWidget

from core.config import CENTER, FACE, DataConfig, from_dict, to_dict
from core.data.cache.limit import size_text
from core.data.dataset import FaceData, load
from core.data.index import demo_folder
from core.data.sources import DEMO, SPRITES, Kind, data_settings, kind_of, place_of, resolved
from core.errors import ConfigError, DataError
from explorer.data.column import COLUMN_WIDTH, DataColumn
from explorer.data.faces import FacesView
from explorer.data.framing import SIZES
from explorer.data.sources import SourceMenu, recognised, source_title
from explorer.document.document import Document
from explorer.document.recent import Recent
from explorer.look.theme import EDGE, GROUP, colors, section_font
from explorer.messages import Messenger
from explorer.qt import override
from explorer.settings.store import SettingsStore
from explorer.tasks import Task, run_task
from explorer.widgets.empty_state import EmptyState
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.room.page import StackedPages
from explorer.widgets.room.splitter import FoldingSplitter


class DropFrame(QWidget):
    """A frame shown while a folder is dragged over the panel, which says what dropping it would do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = theme.window
        painter.setOpacity(0.86)
        painter.fillRect(self.rect(), veil)
        painter.setOpacity(1.0)
        painter.setPen(QPen(theme.focus, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(12, 12, -12, -12), 8, 8)
        painter.setPen(theme.text)
        painter.setFont(section_font())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self.tr("Drop the folder to open its pictures"))


def dropped_source(event: QDropEvent) -> str:
    """The folder, or the dSprites file, that is dragged; "" for anything else."""
    places = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return next((place for place in places if os.path.isdir(place) or kind_of(place) is Kind.DSPRITES), "")


_EMPTY, _READING, _FACES = range(3)
TOPIC = "data"
"""Of messages about reading pictures."""
REST_MS = 700
"""A choice is read this long after the last one, so that several are read together."""
_STRIP_AFTER_MS = 200
"""Cached pictures are read faster than this, so the panel's layout doesn't jump."""


class DataPanel(QWidget):
    """Reads pictures into the document and shows what they are."""

    data_opened = Signal()
    """Pictures that the person asked for are in the document."""
    reading_ended = Signal(object)
    """What was asked for as this DataConfig is in the document; or it was given up, then None."""
    go_to_train_requested = Signal()
    sorting_requested = Signal()
    """The pictures of the folder in use are to be sorted into two classes."""

    def __init__(
        self, document: Document, settings_store: SettingsStore, messenger: Messenger, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._settings = settings_store
        self._messenger = messenger
        self._task: Task | None = None
        self._quietly = False
        self._being_read: DataConfig | None = None
        self._remembered: DataConfig | None = None  # what is being read is read as last time, which may fail by now
        self._is_choice = False  # what is being read are the pictures in use, as chosen in the column
        self._image_size = DataConfig().image_size
        self._title = ""
        self._strip_timer = QTimer(self)
        self._strip_timer.setSingleShot(True)
        self._strip_timer.timeout.connect(self._on_strip_timer_timeout)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.apply_choices)
        self.progress = ProgressStrip(self)
        self._recent = Recent(settings_store, messenger, self)
        self._recent.data_chosen.connect(self.open_config)
        self.sources = SourceMenu(lambda: self._settings.value.last_data_folder, self._recent, self)
        self.column = DataColumn(self.sources, self)
        self.framing, self.positive, self.details = self.column.framing, self.column.positive, self.column.details
        self.train_button = self.column.train_button
        self.faces = FacesView(self)
        self._build()
        self._drop_frame = DropFrame(self)
        self.setAcceptDrops(True)
        self.progress.cancelled.connect(self.cancel_reading)
        self.column.folder_requested.connect(self.choose_folder)
        self.sources.source_chosen.connect(self.open_source)
        self.positive.sorting_requested.connect(self.sorting_requested)
        self.column.train_requested.connect(self._on_column_train_requested)
        self.column.choices_changed.connect(self._on_column_choices_changed)
        self.column.typed.connect(self._on_column_typed)
        document.data_changed.connect(self._on_document_data_changed)
        self._on_document_data_changed(document.data)

    @property
    def is_reading(self) -> bool:
        """Whether pictures are being read."""
        return self._task is not None

    @property
    def being_read(self) -> DataConfig | None:
        """What is being read now."""
        return self._being_read

    def open_source(self, source: str, crop: str = CENTER, image_size: int | None = None) -> None:
        """Read pictures, instead of those being read now: as last time, where they were opened lately and nothing else is said.

        Args:
            source: SOURCE of the command line: a folder, "demo", "sprites", "mnist:FOLDER" or dSprites' file.
            crop: as `data.crop`.
            image_size: None = as the source has them, or as last time if that doesn't enlarge them.
        """
        try:
            source = resolved(source)
            config = data_settings(source)
        except DataError as error:
            self._messenger.settle(TOPIC)
            self._messenger.report(error, TOPIC)
            return
        earlier = None if image_size or crop != CENTER else self._recent.data_of(source)
        if earlier is not None:
            self._read(earlier)
            self._remembered = earlier
        else:
            self._read_anew(config, crop, image_size)

    def _read_anew(self, config: DataConfig, crop: str = CENTER, image_size: int | None = None) -> None:
        """Read pictures that weren't opened before, with what suits their source."""
        if kind_of(config.source).has_files:
            sizes = () if image_size else SIZES
            self._read(DataConfig(source=config.source, crop=crop, image_size=image_size or self._image_size), sizes=sizes)
        else:
            self._read(replace(config, image_size=image_size or config.image_size))

    def reframe(self, crop: str, image_size: int) -> None:
        """Read the pictures in use again, framed in another way."""
        data = self._document.data
        if data is not None:
            self.framing.choose(crop if kind_of(data.config.source).has_files else CENTER, image_size)
            self.apply_choices()

    def apply_choices(self) -> None:
        """Read the pictures in use as they are chosen now, unless they are read like that already."""
        self.column.take_typed()
        self._rest.stop()
        wanted = self._wanted
        if wanted is not None and wanted != self._being_read and not self.column.problem:
            self._read(wanted, is_choice=True)

    def read_again(self, source: str, asked_for: str) -> None:
        """Read pictures whose labels are other ones now: framed as they are if they are in use or being read, else from anew.

        Args:
            source: SOURCE with the labels.
            asked_for: the folder of these pictures; another one where it can't be written.
        """
        data = self._document.data
        for config in (self._being_read, data.config if data is not None else None):
            if config is not None and config.source in (source, asked_for):
                self._read(replace(config, source=source, positive=""))  # the class that was chosen may have another name
                return
        self.open_source(source)

    def open_config(self, config: DataConfig) -> None:
        """Read the pictures of an earlier run, framed and split as they were."""
        self._read(config)

    def reopen_last(self) -> None:
        """Read the pictures of the last time again, if they are still there; without a message."""
        try:
            config = from_dict(DataConfig, json.loads(self._settings.value.last_data_config))
            kind_of(config.source)
        except (ValueError, ConfigError, DataError):  # nothing was remembered, or another version wrote it
            return
        place = demo_folder() / "labels.csv" if config.source == DEMO else place_of(config.source)
        if self._document.data is None and self._task is None and (place is None or os.path.exists(place)):
            self._read(config, quietly=True)

    def choose_folder(self) -> bool:
        """Ask for a folder of faces and read it; False if none was chosen."""
        last = self._settings.value.last_data_folder or str(Path.home())
        folder = QFileDialog.getExistingDirectory(self.window(), self.tr("Open a folder of faces"), last)
        if folder:
            self.open_source(recognised(folder))
        return bool(folder)

    def choose_demo(self) -> None:
        """Read the drawn faces."""
        self.open_source(DEMO)

    def choose_sprites(self) -> None:
        """Read the drawn shapes."""
        self.open_source(SPRITES)

    def choose_digits(self) -> bool:
        """Ask for the folder of MNIST's files and read it; False if none was chosen."""
        return self.sources.choose_digits()

    def cancel_reading(self) -> None:
        """End what is being read; the pictures in use stay."""
        if self._task is not None:
            self._task.cancel()

    # -- reading

    @property
    def _wanted(self) -> DataConfig | None:
        """How the pictures in use are to be read by the person's choices; None where they are read like that."""
        data = self._document.data
        if data is None or (self._task is not None and not self._is_choice):
            return None
        wanted = self.column.chosen(data.config)
        return None if wanted == data.config else wanted

    def _read(self, config: DataConfig, quietly: bool = False, is_choice: bool = False, sizes: tuple[int, ...] = ()) -> None:
        self._messenger.settle(TOPIC)  # what was said of an earlier attempt
        self._quietly, self._being_read, self._is_choice, self._remembered = quietly, config, is_choice, None
        self._rest.stop()
        if self._task is not None:
            self._task.drop()
        place = place_of(config.source)
        name = source_title(config.source, (place.name or str(place)) if place is not None else config.source)
        title = self.tr("Reading {name}").format(name=name)
        text = self.tr("The pictures appear here once all are read. The other tabs can be used meanwhile.")
        self._waiting.set_text(title, text)
        self._title = title
        self._strip_timer.start(_STRIP_AFTER_MS)
        self._task = run_task(
            self,
            lambda progress: load(config, progress, sizes=sizes),
            done=self._on_task_done,
            failed=self._on_task_failed,
            progress=self._on_task_progressed,
            cancelled=self._give_up,
            name="read pictures",
        )
        self._show_page()

    def _is_superseded(self) -> bool:
        """Whether the person has typed something else than what was being read for a choice: that is read next instead."""
        if self._is_choice:
            self.column.take_typed()  # ends the reading if it changes anything
        return self._task is None

    def _give_up(self) -> None:
        """The pictures in use stay, and so does what the column says of them."""
        self._end_reading()
        data = self._document.data
        if data is not None:
            self.column.show_data(data)
            if data.shows_faces:
                self._image_size = data.config.image_size
        self._show_pending()
        self.reading_ended.emit(None)

    def _end_reading(self) -> None:
        self._task, self._being_read, self._is_choice, self._remembered = None, None, False, None
        self._strip_timer.stop()
        self.progress.finish()
        self._show_page()

    def _on_strip_timer_timeout(self) -> None:
        in_use = self._document.data is not None  # the column mustn't move while something is chosen in it
        (self._above_faces if in_use else self._above_all).insertWidget(0, self.progress)
        self.progress.start(self._title)

    def _on_task_progressed(self, what: str, done: int, total: int) -> None:
        words = {
            "Listing pictures": self.tr("Listing pictures"),
            "Reading pictures": self.tr("Reading pictures"),
            "Drawing faces": self.tr("Drawing faces"),
        }
        self.progress.update_progress(words.get(what, what), done, total)

    def _on_task_done(self, data: FaceData) -> None:
        if self._is_superseded():
            return
        asked, remembered = self._being_read, self._remembered
        self._end_reading()
        config = data.config
        if data.shows_faces and asked == config:  # another size was only proposed, because of these pictures
            self._image_size = config.image_size
        changes = {"last_data_source": config.source, "last_data_config": json.dumps(to_dict(config))}
        place = place_of(config.source)
        if place is not None:
            changes["last_data_folder"] = str(place.parent if kind_of(config.source) is Kind.DSPRITES else place)
        self._settings.update(**changes)
        self._recent.add_data(config)
        self._messenger.settle(TOPIC)
        self._document.set_data(data)
        self._show_pending()
        if remembered is not None and (config.crop != CENTER or config.limit):
            self._say_as_last_time(data)
        if data.over_limit:
            text = self.tr("These pictures take {size} in the picture cache, more than its limit; they are kept all the same.")
            self._messenger.info(text.format(size=size_text(data.images.nbytes)))
        if not self.isVisible() and not self._quietly:
            count = len(data.index.files)
            text = self.tr("{name}: {n} faces read") if data.are_called_faces else self.tr("{name}: {n} pictures read")
            if count == 1:
                text = self.tr("{name}: 1 face read") if data.are_called_faces else self.tr("{name}: 1 picture read")
            self._messenger.success(text.format(name=source_title(config.source, data.index.name), n=f"{count:,}"))
        self.data_opened.emit()
        self.reading_ended.emit(asked)

    def _say_as_last_time(self, data: FaceData) -> None:
        config, name = data.config, source_title(data.config.source, data.index.name)
        parts = (
            [self.tr("{n} of {all} pictures").format(n=f"{len(data.images):,}", all=f"{data.all_count:,}")] if config.limit else []
        )
        if config.crop == FACE:
            parts.append(self.tr("framed by their eyes"))
        elif config.crop != CENTER:
            parts.append(self.tr("cut to the box {box}").format(box=config.crop.replace(",", ", ")))
        self._messenger.info(self.tr("{name} is read as last time: {how}.").format(name=name, how=", ".join(parts)))

    def _on_task_failed(self, error: BaseException) -> None:
        if self._is_superseded():
            return
        if self._remembered is not None:  # the classes or labels are other ones than last time
            self._read_anew(data_settings(self._remembered.source))
            return
        self._give_up()
        self._messenger.report(error, TOPIC)

    # -- showing

    def _build(self) -> None:
        texts = [self.tr("Open a folder…"), self.tr("Use the drawn faces"), self.tr("Other pictures")]
        self.empty = EmptyState(
            "faces",
            self.tr("No faces yet"),
            self.tr(
                "Open a folder of face pictures, or drop one here. Best is one subfolder for smiling and one for other "
                "faces; unsorted pictures can be sorted here. Or try everything with faces that the program draws itself. "
                "Shapes and digits are under Other pictures."
            ),
            texts,
            self,
            button_icons=["open-folder", "faces"],
        )
        self.empty.button_clicked.connect(self._on_empty_button_clicked)
        self.empty.buttons[2].setMenu(self.sources)
        self._waiting = EmptyState("faces", "", "", parent=self)
        beside = QWidget(self)
        self._above_faces = QVBoxLayout(beside)
        self._above_faces.setContentsMargins(0, 0, 0, 0)
        self._above_faces.setSpacing(GROUP)
        self._above_faces.addWidget(self.faces, 1)
        faces = FoldingSplitter("data_columns", self)
        faces.add_pane(self.column, COLUMN_WIDTH, fold=self.tr("data and framing"))
        faces.add_pane(beside, COLUMN_WIDTH, stretch=1)
        self._pages = StackedPages(self)  # the text of an empty page mustn't take room from the pictures
        for page in (self.empty, self._waiting, faces):
            self._pages.addWidget(page)
        layout = self._above_all = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, GROUP, EDGE, GROUP)
        layout.setSpacing(GROUP)
        layout.addWidget(self.progress)
        layout.addWidget(self._pages, 1)

    def _show_page(self) -> None:
        reading = self._task is not None
        held = self._held
        self.column.show_others_reading(reading and not self._is_choice)
        page = _FACES if self._document.data is not None else _READING if reading else _EMPTY
        is_other = page != self._pages.currentIndex()
        self._pages.setCurrentIndex(page)
        focused = QApplication.focusWidget()
        if is_other and page == _FACES and self.isVisible() and (focused is None or self.isAncestorOf(focused)):
            self.train_button.setFocus(Qt.FocusReason.OtherFocusReason)  # the button that had it is gone with its page
        self._keep_focus(held)
        self._show_pending()

    @property
    def _held(self) -> QWidget | None:
        """What has the focus here, or will once the window is in front again."""
        held = self.window().focusWidget()
        return held if held is not None and self.isAncestorOf(held) else None

    def _keep_focus(self, held: QWidget | None) -> None:
        """Where what had the focus can't have it any longer, give it to the pictures: else it goes to the head of the window."""
        if held is not None and self._held is None and self.isVisible():
            self.faces.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_pending(self) -> None:
        """Tell the other tabs while the pictures in use aren't those that are chosen."""
        why = ""
        if self._task is not None or (self._wanted is not None and not self.column.problem):
            why = self.tr("The pictures are being read.")
        elif self.column.problem and self._document.data is not None:
            why = self.tr("The box on Data can't be used.")
        self._document.set_data_pending(why)

    def _on_document_data_changed(self, data: FaceData | None) -> None:
        held = self._held
        if data is not None:
            self.column.show_data(data)
            self._keep_focus(held)
            self.faces.set_thumbnail_size(self._settings.value.thumbnail_size)
            self.faces.show_data(data)
        self._show_page()

    def _on_empty_button_clicked(self, index: int) -> None:
        if index == 0:
            self.choose_folder()
        elif index == 1:
            self.choose_demo()

    def _on_column_choices_changed(self) -> None:
        """Read what is chosen once nothing else is chosen for a moment; what is being read for an earlier choice ends at once."""
        wanted = self._wanted
        if self._is_choice and self._task is not None and wanted != self._being_read:
            self._task.drop()
            self._end_reading()
        if wanted is not None and wanted != self._being_read:
            self._rest.start()
        else:
            self._rest.stop()
        if self._document.data is not None and self._document.data.shows_faces:
            self._image_size = self.framing.image_size
        self._show_pending()

    def _on_column_typed(self) -> None:
        """A number that is being written isn't read half."""
        if self._rest.isActive():
            self._rest.start()

    def _on_column_train_requested(self) -> None:
        self.apply_choices()
        self.go_to_train_requested.emit()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.window().isVisible():  # another tab is in front now, and uses what was chosen here
            self.apply_choices()

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_source(event):
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
        source = dropped_source(event)
        if source:
            event.acceptProposedAction()
            self.open_source(recognised(source))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._drop_frame.setGeometry(self.rect())

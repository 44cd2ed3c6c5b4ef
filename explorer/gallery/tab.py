"""The Gallery tab: what the model in use can do, as sheets of pictures to look at and to save."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.config import DataConfig
from core.families.base import Can
from core.families.registry import PLACES
from core.progress import Progress
from core.wording import sides
from explorer.compare.model_report import ModelReport
from explorer.data.sources import source_title
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.fitting_model import FittingModel
from explorer.document.frame_check import FrameCheck
from explorer.document.framing import framing_of, offered_pictures, pictures_name
from explorer.explore.class_choice import ClassChoice
from explorer.gallery.classes import ClassesSection
from explorer.gallery.grids.codes import CodesSection
from explorer.gallery.interpolation import InterpolationSection
from explorer.gallery.plane import PlaneSection
from explorer.gallery.reconstructions import ReconstructionsSection
from explorer.gallery.samples import SamplesSection
from explorer.gallery.section import CHANNEL, Export, GallerySection
from explorer.gallery.valid_faces import ValidFaces
from explorer.look.icons import icon
from explorer.look.theme import EDGE, GROUP, SPACE, UNIT
from explorer.messages import Messenger
from explorer.qt import override
from explorer.saving.ask_path import ask_save_path, show_in_folder
from explorer.saving.save_options import SaveOptions
from explorer.settings.store import SettingsStore
from explorer.tasks import run_task
from explorer.widgets.empty_state import EmptyState
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.room.page import StackedPages
from explorer.widgets.room.screen import LOW_WINDOW
from explorer.widgets.room.wrap import WrapLayout
from explorer.widgets.segmented import Segmented

RECONSTRUCTIONS, SAMPLES, INTERPOLATION, PLANE, CODES, CLASSES = range(6)  # a family's own sections follow
TOPIC = "save from the gallery"  # of messages about pictures that couldn't be saved
_HINT_FROM = 760  # units of the window's width, from which on the hint leaves the caption its room

OwnSection = tuple[str, str, Callable[[Document, DecodeService, ValidFaces, QWidget], GallerySection]]


def own_sections() -> list[OwnSection]:
    """Sections of single families: title, tip and class of each section in `family_NAME`, where there is such a file."""
    names = [f"{__package__}.family_{family}" for family in PLACES]
    return [section for name in names if find_spec(name) is not None for section in import_module(name).sections()]


class GalleryPanel(QWidget):
    """Reconstructions, samples, interpolations and codes of the model in use, and what its kind alone has."""

    face_chosen = Signal(object, object, str)
    """The person wants to edit a face: its `Anchor`, the picture (H, W, C) it was read from or None, and its class or ""."""
    model_requested = Signal()
    fitting_model_requested = Signal(str)
    """The person wants the model that sees pictures as they are read: its file."""
    train_requested = Signal()
    data_requested = Signal()
    """The person wants to choose pictures."""
    reframe_requested = Signal(str, int)
    """Read the pictures in use again: crop (as `data.crop`) and image size."""
    own_pictures_requested = Signal(object)
    """Open the pictures that the model's run learned from: their `DataConfig`."""

    def __init__(
        self,
        document: Document,
        decode_service: DecodeService,
        settings_store: SettingsStore,
        messenger: Messenger,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._decode_service = decode_service
        self._settings = settings_store
        self._messenger = messenger
        texts = [
            self.tr("Reconstructions"), self.tr("Samples"), self.tr("Interpolation"), self.tr("Plane"), self.tr("Scatter"),
            self.tr("Classes"),
        ]  # fmt: skip
        own = own_sections()
        texts += [title for title, _, _ in own]
        self.section_choice = Segmented(texts, self.tr("What to show"), self)
        self._valid = ValidFaces(document, messenger, self)
        self.reconstructions = ReconstructionsSection(
            document, decode_service, self._valid, FrameCheck.of(document, messenger), self
        )
        self.samples = SamplesSection(document, decode_service, settings_store, self)
        self.interpolation = InterpolationSection(document, decode_service, settings_store, self._valid, self)
        self.plane = PlaneSection(document, decode_service, self)
        self.codes = CodesSection(document, decode_service, messenger, self)
        self.classes = ClassesSection(document, decode_service, settings_store, self)
        self.sections: tuple[GallerySection, ...] = (
            self.reconstructions,
            self.samples,
            self.interpolation,
            self.plane,
            self.codes,
            self.classes,
            *(make(document, decode_service, self._valid, self) for _, _, make in own),
        )
        self.progress = ProgressStrip(self)
        self.report = ModelReport(document, settings_store, messenger, lambda: self.progress, self)
        self._fitting = FittingModel.of(document, settings_store, messenger)
        self._fitting.changed.connect(self._show_state)
        self._own: DataConfig | None = None  # the pictures that the model's run learned from, while they are offered
        self._own_tips = [tip for _, tip, _ in own]
        kinds = [type(section).__name__ for section in self.sections]
        last = settings_store.value.gallery_section
        self._wanted = kinds.index(last) if last in kinds else SAMPLES  # shown wherever the model in use has it
        self._build()
        self.section_choice.choice_changed.connect(self._on_section_choice_changed)
        self.save_button.clicked.connect(self.save)
        for section in self.sections:
            section.changed.connect(self._show_words)
            section.face_chosen.connect(self.face_chosen)
        self.reconstructions.reframe_requested.connect(self.reframe_requested)
        document.model_changed.connect(self._on_document_model_changed)
        document.model_loading_changed.connect(self._show_state)
        document.data_changed.connect(self._on_document_data_changed)
        self._show_state()

    @property
    def section(self) -> GallerySection:
        """The section in front."""
        return self.sections[self.section_choice.choice]

    @property
    def caption(self) -> str:
        """What is shown, with numbers and units."""
        return self._caption.text()

    def show_section(self, index: int) -> None:
        """Bring a section to the front."""
        self._wanted = index
        self._show_state()

    def reroll(self) -> None:
        """Other faces, in the section in front."""
        self.section.reroll()

    def save(self) -> None:
        """Ask for a file and write what is shown, with its caption."""
        export = self.section.export()
        if export is None:
            self._messenger.info(self.tr("The pictures aren't ready yet; try again in a moment."))
            return
        path = ask_save_path(
            self,
            self.tr("Save the pictures"),
            self._settings.value.last_save_folder,
            f"{export.name}.png",
            ";;".join((self.tr("PNG picture (*.png)"), self.tr("PDF document (*.pdf)"), self.tr("SVG drawing (*.svg)"))),
        )
        if path is not None:
            self.save_to(path, export)

    def save_to(self, path: Path, export: Export) -> None:
        """Write an export; a message says where it went."""
        width, captioned = self.save_options.width_in_print, self.save_options.with_caption

        def work(progress: Progress) -> Path:
            export.write(path, width, captioned=captioned)
            return path

        self._messenger.settle(TOPIC)  # a file that couldn't be written is tried again, or another one
        run_task(self, work, done=self._on_saved, failed=lambda error: self._messenger.report(error, TOPIC), name="save pictures")

    # -- building

    def _build(self) -> None:
        self.section_choice.set_tooltips(
            [
                self.tr("How the model reconstructs real pictures"),
                self.tr("Pictures that the model invents from noise"),
                self.tr("The way from one picture to another"),
                self.tr("What the model draws across its two latent dimensions"),
                self.tr("Where the codes of validation pictures lie, in two dimensions"),
                self.tr("The same codes in each class that the model can be told"),
                *self._own_tips,
            ]
        )
        self.section_choice.set_choice(self._wanted)
        self.save_button = QPushButton(icon("save"), self.tr("Save…"), self)
        self.save_button.setToolTip(self.tr("Save this with its caption as a PNG, PDF or SVG file"))
        self.save_options = SaveOptions(self._settings, self)
        self.class_choice = ClassChoice(self._document, self)
        self._pages = StackedPages(self)
        self._no_model = self._add_empty(
            "model", self.tr("No model yet"),
            self.tr("Pictures of a model appear here. Open a trained model, or train one on your pictures."),
            [self.tr("Open a model…"), self.tr("Train a model")], ["model", "play"],
        )  # fmt: skip
        self._loading = self._add_empty("model", "", "", [], [])
        self._no_data = self._add_empty(
            "faces", "", "", [self.tr("Choose pictures")], ["open-folder"],
        )  # fmt: skip
        self._wrong_size = self._add_empty(
            "faces", "", "", [self.tr("Read them again"), "", "", self.tr("Choose pictures")],
            ["refresh", "model", "faces", "open-folder"],
        )  # fmt: skip
        self._no_model.button_clicked.connect(self._on_no_model_button_clicked)
        self._no_data.button_clicked.connect(lambda _index: self.data_requested.emit())
        self._wrong_size.button_clicked.connect(self._on_wrong_size_button_clicked)
        top = self._top = WrapLayout(spacing=GROUP)
        top.addWidget(self.section_choice)
        top.push_rest()
        for section in self.sections:
            self._pages.addWidget(section)
            top.addWidget(section.controls)
        top.addWidget(self.class_choice)
        top.addWidget(self.save_button)
        top.addWidget(self.save_options)
        self.report_button = QPushButton(icon("export"), self.tr("Assignment report…"), self)
        self.report_button.setToolTip(
            self.tr(
                "<p>All that an assignment asks of this model, with numbered figures, as PDF and HTML: curves, 8 and 32 "
                "reconstructions and samples, steps along the class means, codes, traversals or the plane, and measures</p>"
            )
        )
        self.report_button.clicked.connect(lambda _checked=False: self.report.ask())
        self._caption = QLabel(self)
        self._caption.setWordWrap(True)
        self._caption.setTextFormat(Qt.TextFormat.PlainText)
        self._caption.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._hint = QLabel(self)
        self._hint.setProperty("muted", True)
        words = QHBoxLayout()
        words.setSpacing(GROUP)
        words.addWidget(self._caption, 1)
        words.addWidget(self._hint, 0, Qt.AlignmentFlag.AlignVCenter)
        words.addWidget(self.report_button, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, GROUP, EDGE, GROUP)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)
        layout.addLayout(words)
        layout.addWidget(self.progress)
        layout.setSpacing(SPACE + UNIT)

    def _add_empty(self, icon_name: str, title: str, text: str, buttons: list[str], icons: list[str]) -> EmptyState:
        page = EmptyState(icon_name, title, text, buttons, self, button_icons=icons)
        self._pages.addWidget(page)
        return page

    # -- showing

    def _page(self) -> QWidget:
        """The page to show: the section in front, or why it is empty."""
        model, data = self._document.model, self._document.data
        if model is None:
            if not self._document.loading:
                return self._no_model
            title = self.tr("Loading {name}").format(name=self._document.loading)
            self._loading.set_text(title, self.tr("Its pictures appear here in a moment."))
            return self._loading
        if not self.section.needs_data:
            return self.section
        if data is None:
            text = self.tr("{what} Choose pictures first.").format(what=self.section.no_data_text)
            self._no_data.set_text(self.tr("No pictures yet"), text)
            return self._no_data
        if not self._valid.available:
            channels, height, width = model.header.image_shape
            size = sides(data.images.shape[2], data.images.shape[1])
            text = self.tr(
                "The pictures are read with {size} pixels, this model sees {wanted}. They can be read again to fit it; "
                "the next run then trains on them as well."
            )
            if channels != data.images.shape[3]:
                grey_model = self.tr("This model is for grey pictures, and those on the Data tab are in colour.")
                grey_data = self.tr("The pictures on the Data tab are grey, and this model is for colour.")
                text = grey_model if channels == 1 else grey_data
            self._wrong_size.set_text(
                self.tr("The pictures don't fit this model"), text.format(size=size, wanted=sides(width, height))
            )
            self._wrong_size.buttons[0].setVisible(channels == data.images.shape[3])
            self._own = offered_pictures(model, data)
            self._wrong_size.buttons[2].setVisible(self._own is not None)
            if self._own is not None:
                name = source_title(self._own.source, pictures_name(self._own))
                self._wrong_size.buttons[2].setText(self.tr("Open {data}, its own pictures").format(data=name))
            self._wrong_size.buttons[3].setVisible(channels != data.images.shape[3])
            fitting = self._fitting.found
            self._wrong_size.buttons[1].setVisible(fitting is not None)
            if fitting is not None:
                self._wrong_size.buttons[1].setText(self.tr("Use the model {name}").format(name=fitting.name))
            return self._wrong_size
        return self.section

    def _show_state(self) -> None:
        for segment, section in zip(self.section_choice.segments, self.sections, strict=True):
            segment.setVisible(section.available)
        self.section_choice.set_choice(self._wanted)
        if not self.section.available:
            offered = [place for place, section in enumerate(self.sections) if section.available]
            self.section_choice.set_choice(SAMPLES if SAMPLES in offered or not offered else offered[0])
        page = self._page()
        for section in self.sections:
            section.controls.setVisible(section is page)
        self._pages.setCurrentWidget(page)
        self._show_words()

    def _show_words(self) -> None:
        shown = self._pages.currentWidget() is self.section
        model, caption = self._document.model, self.section.caption
        if caption and self.section is self.reconstructions and model is not None and Can.SAMPLE not in model.can:
            caption = self.tr("{caption}. It has learned no prior, so it makes no new pictures.").format(caption=caption)
        self._caption.setText(caption if shown else "")
        self._caption.setToolTip(self.section.caption_tip if shown else "")
        has_room = self.window().width() >= _HINT_FROM  # the caption would become a column of single words beside it
        self._hint.setText(self.section.hint)
        self._hint.setVisible(has_room and shown and model is not None and Can.DIRECTIONS in model.can)
        self.save_button.setVisible(shown)
        self.save_options.setVisible(shown)
        self.report_button.setVisible(model is not None)
        self.save_button.setEnabled(shown and self.section.is_complete)

    def _invalidate(self) -> None:
        for section in self.sections:
            section.invalidate()
        self._show_state()

    def _on_document_model_changed(self) -> None:
        self._invalidate()

    def _on_document_data_changed(self) -> None:
        for section in self.sections:
            if section.needs_data or section is self.interpolation:
                section.invalidate()
        self._show_state()

    def _on_section_choice_changed(self, index: int) -> None:
        self._settings.update(gallery_section=type(self.sections[index]).__name__)
        self.show_section(index)

    def _on_no_model_button_clicked(self, index: int) -> None:
        if index == 0:
            self.model_requested.emit()
        else:
            self.train_requested.emit()

    def _on_wrong_size_button_clicked(self, index: int) -> None:
        model, fitting = self._document.model, self._fitting.found
        if index == 1 and fitting is not None:
            self.fitting_model_requested.emit(fitting.path)
        elif index == 2 and self._own is not None:
            self.own_pictures_requested.emit(self._own)
        elif index == 3:
            self.data_requested.emit()
        elif index == 0 and model is not None:
            self.reframe_requested.emit(*framing_of(model, self._document.data))

    def _on_saved(self, path: Path) -> None:
        self._settings.update(last_save_folder=str(path.parent))
        action = (self.tr("Show in folder"), lambda: show_in_folder(path))
        self._messenger.success(self.tr("Saved {name}.").format(name=path.name), action=action)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """With little height, the pictures get what margins can spare."""
        super().resizeEvent(event)
        is_low = self.window().height() < LOW_WINDOW
        around = SPACE if is_low else GROUP
        self._layout.setContentsMargins(EDGE, around, EDGE, around)
        self._layout.setSpacing(SPACE if is_low else SPACE + UNIT)
        self._top.setSpacing(SPACE if is_low else GROUP)
        self._show_words()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fitting.look()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._decode_service.cancel(CHANNEL)

"""The dialog that trains a retoucher, which makes edits of photos look photographed: its data, duration, progress and preview."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.document.direction_keeper import is_kept_in
from explorer.document.document import Document
from explorer.job.retoucher import RetoucherJob, RetoucherOrder
from explorer.look.theme import CONTROL_HEIGHT, EDGE, GROUP, SPACE
from explorer.messages import Messenger
from explorer.qt import override
from explorer.widgets.keyboard.choice_box import ChoiceBox
from explorer.widgets.number_box import WholeBox
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.room.dialog import let_scroll

SIZE = (640, 520)
PICTURES = 80_000  # seen in training by default
FEWEST, MOST = 2_000, 2_000_000
PREVIEW_HEIGHT = 160


class RetouchDialog(QDialog):
    """A dialog beside the window, which stays usable. If closed while training, that goes on, and a message says when it is done.

    Signals:
        retouched(str): the model's file, which has its retoucher now.
        copy_requested(): the person wants a copy of the model that may be written to, in use.
    """

    retouched = Signal(str)
    copy_requested = Signal()

    def __init__(
        self, document: Document, messenger: Messenger, parent: QWidget | None = None, job: RetoucherJob | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self._model_path = ""  # of the model that gets the retoucher
        self._folder = tempfile.TemporaryDirectory(prefix="labkhand-retouch-", ignore_cleanup_errors=True)
        self._picture = QPixmap()
        self.job = job or RetoucherJob()
        self.job.setParent(self)
        self.setWindowTitle(self.tr("Sharper edits of photos"))
        self.direction = ChoiceBox(self)
        self.direction.setToolTip(
            self.tr("<p>Which slider's edits become sharper: one whose attribute the data set is labelled with.</p>")
        )
        self.source = QLabel(self)
        self.source.setTextFormat(Qt.TextFormat.PlainText)
        self.source.setWordWrap(True)
        self.pictures = WholeBox(self)
        self.pictures.setRange(FEWEST, MOST)
        self.pictures.setSingleStep(10_000)
        self.pictures.setGroupSeparatorShown(True)
        self.pictures.setValue(PICTURES)
        self.pictures.setToolTip(
            self.tr(
                "<p>How many faces it looks at before it is done, each face many times. More make it better; about 15 a second "
                "are looked at on one core. Default: 80,000.</p>"
            )
        )
        self.fixed = QLabel(self)
        self.fixed.setWordWrap(True)
        self.copy_button = QPushButton(self.tr("Use a copy of this model…"), self)
        self.copy_button.setToolTip(self.tr("Save the model to a file of your own and open that"))
        self.copy_button.clicked.connect(lambda _checked=False: self.copy_requested.emit())
        self.preview = QLabel(self)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setMinimumHeight(PREVIEW_HEIGHT)
        self.preview.setProperty("muted", True)
        self.preview.setAccessibleName(self.tr("Training faces, and below them the same faces edited by 100 %"))
        self.strip = ProgressStrip(self)
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.hint.setProperty("muted", True)
        self.start_button = QPushButton(self.tr("Start"), self)
        self.start_button.setProperty("primary", True)
        self.close_button = QPushButton(self.tr("Close"), self)
        self._build()
        self.start_button.clicked.connect(lambda _checked=False: self.start())
        self.close_button.clicked.connect(lambda _checked=False: self.close())
        self.strip.cancelled.connect(self.job.stop)
        self.job.progressed.connect(self.strip.update_progress)
        self.job.previewed.connect(self._on_job_previewed)
        self.job.finished.connect(self._on_job_finished)
        self.job.stopped.connect(self._on_job_stopped)
        self.job.failed.connect(self._on_job_failed)
        for changed in (document.model_changed, document.data_changed, document.directions_changed):
            changed.connect(lambda *_: self._show())
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.job.close)
        self._show()

    def start(self) -> None:
        """Start training with the current choices, or resume where it was stopped."""
        data, model = self._document.data, self._document.model
        if data is None or model is None or self.why_not() or self.job.is_running:
            return
        self._model_path = model.path
        preview = Path(self._folder.name) / "preview.png"
        order = RetoucherOrder(Path(model.path), data.config.source, self.direction.currentData(), self.pictures.value(), preview)
        self.strip.start(self.tr("Starting"))
        self.job.start(order)
        self._show()

    def choices(self) -> list[str]:
        """The model's directions that the data set has labels for."""
        data = self._document.data
        known = {name.lower() for name in data.attribute_names()} if data is not None else set()
        return [name for name in self._document.directions if name.lower() in known]

    def why_not(self) -> str:
        """Why training can't start; empty where it can."""
        data, model = self._document.data, self._document.model
        if model is None:
            return self.tr("Open a model first.")
        if not is_kept_in(Path(model.path)):
            return self._why_fixed()
        if data is None:
            return self.tr("Open the labelled pictures that this model was trained on, in the Data tab.")
        if not self.choices():
            return self.tr("The data set has no labels for any of this model's directions.")
        return ""

    def _why_fixed(self) -> str:
        """Why the model's file isn't written to; "" where it is."""
        model = self._document.model
        if model is None or is_kept_in(Path(model.path)):
            return ""
        return self.tr("This model came with the program or is being trained: its file isn't changed. A copy can learn this.")

    # -- showing ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        about = QLabel(
            self.tr(
                "What a model draws is soft; a photo is sharp. A retoucher is a small network that moves the photo's own "
                "pixels and paints only what they don't show, such as teeth. It is trained for one slider of this model and "
                "kept in the model's file."
            ),
            self,
        )
        about.setWordWrap(True)
        form = QFormLayout()
        form.setSpacing(SPACE)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows = (
            (self.tr("Slider"), self.direction),
            (self.tr("Pictures"), self.source),
            (self.tr("Faces to look at"), self.pictures),
        )
        for text, field in rows:
            label = QLabel(text, self)
            label.setBuddy(field)
            label.setMinimumHeight(CONTROL_HEIGHT if field is not self.source else 0)  # its text stands beside the field's
            form.addRow(label, field)
        row = QHBoxLayout()
        row.addWidget(self.hint, 1)
        row.addWidget(self.start_button)
        row.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        layout.setSpacing(GROUP)
        layout.addWidget(about)
        layout.addWidget(self.fixed)
        layout.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignLeading)
        layout.addLayout(form)
        layout.addWidget(self.preview, 1)
        layout.addWidget(self.strip)
        layout.addLayout(row)
        let_scroll(self)
        self.resize(*SIZE)

    def _show(self) -> None:
        running, why = self.job.is_running, self.why_not()
        chosen = self.direction.currentData()
        if not running:
            self.direction.clear()
            for name in self.choices():
                self.direction.addItem(self._document.shown_name(name).replace("_", " ").capitalize(), name)
            self.direction.setCurrentIndex(max(0, self.direction.findData(chosen)))
        data = self._document.data
        source = self.tr("none opened")
        if data is not None:
            count = len(data.images)
            text = self.tr("{name}, 1 picture") if count == 1 else self.tr("{name}, {count} pictures")
            source = text.format(name=data.index.name, count=f"{count:,}")
        self.source.setText(source)
        fixed = "" if running else self._why_fixed()
        self.fixed.setText(fixed)
        self.fixed.setVisible(bool(fixed))
        self.copy_button.setVisible(bool(fixed))
        for widget in (self.direction, self.pictures):
            widget.setEnabled(not running and not fixed)
        self.start_button.setEnabled(not running and not why)
        self.hint.setText(
            ""
            if fixed
            else why
            if not running
            else self.tr("You can close this window: training goes on, and a message says when it is done.")
        )
        if self._picture.isNull():
            self.preview.setText(self.tr("Training faces appear here, and below them the same faces edited."))

    def _show_picture(self) -> None:
        if not self._picture.isNull():
            size = self.preview.size() * self.devicePixelRatioF()
            scaled = self._picture.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
            scaled.setDevicePixelRatio(self.devicePixelRatioF())
            self.preview.setPixmap(scaled)

    # -- events -------------------------------------------------------------------------------------------------

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_picture()

    def _on_job_previewed(self, file: str) -> None:
        picture = QPixmap(file)
        if not picture.isNull():
            self._picture = picture
            self._show_picture()

    def _on_job_finished(self, summary: dict[str, object]) -> None:
        self.strip.finish()
        self._on_job_previewed(str(Path(self._folder.name) / "preview.png"))
        self._show()
        name = str(summary.get("attribute", "")).replace("_", " ")
        self._messenger.success(self.tr("Photos edited with “{name}” are sharper now.").format(name=name))
        model = self._document.model
        if model is not None and model.path == self._model_path:
            self.retouched.emit(self._model_path)

    def _on_job_stopped(self) -> None:
        self.strip.finish()
        self._show()
        self._messenger.info(self.tr("Stopped. What was learned is kept beside the model; Start goes on from there."))

    def _on_job_failed(self, reason: str) -> None:
        self.strip.finish()
        self._show()
        self._messenger.error(self.tr("The retoucher could not be trained."), reason)

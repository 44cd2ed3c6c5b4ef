"""The dialog that trains a retoucher, which makes edits of photos look photographed: its data, duration, progress and preview."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from explorer.dialogs.learning import CopyButton, LearningFoot, arrange, form_of_choices
from explorer.document.document import Document
from explorer.job.retoucher import RetoucherJob, RetoucherOrder
from explorer.look.theme import CONTROL_HEIGHT
from explorer.messages import Messenger
from explorer.qt import override
from explorer.widgets.keyboard.choice_box import ChoiceBox
from explorer.widgets.number_box import WholeBox

SIZE = (640, 520)
PICTURES = 80_000  # seen in training by default
FEWEST, MOST = 2_000, 2_000_000
PREVIEW_HEIGHT = 160


class RetouchDialog(QDialog):
    """Trains a retoucher of the model in use. Closed, it goes on, and a message says when it is done.

    Signals:
        retouched(str): the model's file, which has its retoucher now.
        copy_requested(): the person wants a copy of the model in use that may be written to.
    """

    retouched = Signal(str)
    copy_requested = Signal()

    def __init__(
        self, document: Document, messenger: Messenger, parent: QWidget | None = None, job: RetoucherJob | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self.job = job or RetoucherJob()
        self.setWindowTitle(self.tr("Sharper edits of photos"))
        self._model_path = ""  # of the model that gets the retoucher
        self._folder = tempfile.TemporaryDirectory(prefix="labkhand-retouch-", ignore_cleanup_errors=True)
        self._picture = QPixmap()
        self.direction = ChoiceBox(self)
        self.direction.setToolTip(
            self.tr("<p>Which slider's edits become sharper: one whose attribute the data set is labelled with.</p>")
        )
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
        self.source = QLabel(self)
        self.source.setTextFormat(Qt.TextFormat.PlainText)
        self.source.setWordWrap(True)
        self.copy_button = CopyButton(self)
        self.fixed = QLabel(self)
        self.fixed.setWordWrap(True)
        self.replaced = QLabel(self)
        self.replaced.setWordWrap(True)
        self.preview = QLabel(self)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setMinimumHeight(PREVIEW_HEIGHT)
        self.preview.setProperty("muted", True)
        self.preview.setAccessibleName(self.tr("Training faces, and below them the same faces edited by 100 %"))
        self.foot = LearningFoot(self.job, self)
        self._build()
        self.foot.start_requested.connect(self.start)
        self.direction.currentIndexChanged.connect(lambda _index: self._show_replaced())
        self.copy_button.clicked.connect(lambda _checked=False: self.copy_requested.emit())
        self.job.previewed.connect(self._on_job_previewed)
        self.job.finished.connect(self._on_job_finished)
        self.job.stopped.connect(self._on_job_stopped)
        self.job.failed.connect(self._on_job_failed)
        for changed in (document.model_changed, document.data_changed, document.directions_changed):
            changed.connect(lambda *_: self._show())
        self._show()

    def start(self) -> None:
        """Begin with the current choices, or resume where it was stopped."""
        data, model = self._document.data, self._document.model
        if data is None or model is None or self.why_not() or self.job.is_running:
            return
        self._model_path = model.path
        preview = Path(self._folder.name) / "preview.png"
        order = RetoucherOrder(Path(model.path), data.config.source, self.direction.currentData(), self.pictures.value(), preview)
        self.foot.begin()
        self.job.start(order)
        self._show()

    def choices(self) -> list[str]:
        """The model's directions that the data set has labels for."""
        data = self._document.data
        known = {name.lower() for name in data.attribute_names()} if data is not None else set()
        return [name for name in self._document.directions if name.lower() in known]

    def why_not(self) -> str:
        """Why it can't start; empty where it can."""
        data, model = self._document.data, self._document.model
        if model is None:
            return self.tr("Open a model first.")
        if fixed := self.copy_button.why_needed(Path(model.path)):
            return fixed
        if data is None:
            return self.tr("Open the labelled pictures that this model was trained on, in the Data tab.")
        if not self.choices():
            return self.tr("The data set has no labels for any of this model's directions.")
        return ""

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
        form = form_of_choices(Qt.AlignmentFlag.AlignVCenter)
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
        arrange(self, about, self.fixed, self.copy_button, form, self.replaced, self.preview, foot=self.foot, growing=self.preview)
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
        model = self._document.model
        fixed = "" if running or model is None else self.copy_button.why_needed(Path(model.path))
        self.fixed.setText(fixed)
        self.fixed.setVisible(bool(fixed))
        self.copy_button.setVisible(bool(fixed))
        for widget in (self.direction, self.pictures):
            widget.setEnabled(not running and not fixed)
        going_on = self.tr("You can close this window: training goes on, and a message says when it is done.")
        self.foot.show_state(can_start=not running and not why, hint=going_on if running else "" if fixed else why)
        self._show_replaced()
        if self._picture.isNull():
            self.preview.setText(self.tr("Training faces appear here, and below them the same faces edited."))

    def _show_replaced(self) -> None:
        """Say which edits are no longer retouched once the chosen ones are: a model has one retoucher."""
        model, chosen = self._document.model, self.direction.currentData()
        retoucher = model.engine.retoucher if model is not None else None
        lost = [name for name in (retoucher.directions if retoucher is not None else ()) if name != chosen]
        names = ", ".join(self._document.shown_name(name).replace("_", " ") for name in lost)
        text = self.tr("This model's photos are retouched for “{names}” now. The new retoucher takes the place of that one.")
        is_said = bool(lost and chosen) and not self.job.is_running and not self.why_not()
        self.replaced.setText(text.format(names=names) if is_said else "")
        self.replaced.setVisible(is_said)

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
        self._on_job_previewed(str(Path(self._folder.name) / "preview.png"))
        self._show()
        name = str(summary.get("attribute", "")).replace("_", " ")
        self._messenger.success(self.tr("Photos edited with “{name}” are sharper now.").format(name=name))
        model = self._document.model
        if model is not None and model.path == self._model_path:
            self.retouched.emit(self._model_path)

    def _on_job_stopped(self) -> None:
        self._show()
        self._messenger.info(self.tr("Stopped. What was learned is kept beside the model; Start goes on from there."))

    def _on_job_failed(self, reason: str) -> None:
        self._show()
        self._messenger.error(self.tr("The retoucher could not be trained."), reason)

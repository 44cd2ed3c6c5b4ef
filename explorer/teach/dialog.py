"""Teach a direction by examples: mark faces with + and −, and its slider is in Explore at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.errors import CoreError
from core.families.base import Can
from core.latent.direction_file import SUFFIX, write_direction
from core.latent.directions import move
from core.latent.face_regions import ANYWHERE, EYES, HAIR, MOUTH
from explorer.document.decoding import Decoded, DecodeService
from explorer.document.document import Document
from explorer.look.icons import icon
from explorer.look.theme import CONTROL_HEIGHT, EDGE, GROUP, SPACE, section_font
from explorer.messages import Messenger
from explorer.qt import override
from explorer.teach.faces import FacesToMark
from explorer.teach.name_field import NameField
from explorer.teach.question import FaceQuestion
from explorer.teach.teacher import Teacher
from explorer.widgets.segmented import Segmented
from explorer.widgets.strip_view import StripView

SIZE = (1040, 700)
SIDE_WIDTH = 320  # of the column with the question
PREVIEW = (-100.0, 0.0, 100.0)  # percent
PARTS = (ANYWHERE, EYES, MOUTH, HAIR)


class TeachDialog(QDialog):
    """Stays beside the window; closing it keeps the slider, and opening it again goes on with the same marks."""

    def __init__(self, document: Document, decoding: DecodeService, messenger: Messenger, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._decoding = decoding
        self._messenger = messenger
        self.teacher = Teacher(document, messenger, self)
        self._request = 0
        self._previewed: tuple[object, bytes] | None = None  # the direction and the code that the preview shows
        self.setWindowTitle(self.tr("Teach by examples"))

        self.name_field = NameField(self.tr("My direction"), self.tr("Name of the slider"), self)
        self.part_choice = Segmented(
            [self.tr("Anywhere"), self.tr("Eyes"), self.tr("Mouth"), self.tr("Hair")], self.tr("Where it shows"), self
        )
        self.part_choice.setToolTip(
            self.tr(
                "<p>In which part of the face you see it. Fewer marks are needed where that is known. "
                "Default: anywhere, which finds out by itself from the marks.</p>"
            )
        )
        self.faces = FacesToMark(self)
        self.question = FaceQuestion(self)
        self.preview = StripView(self)
        self.preview.set_labels([f"{percent:.0f} %".replace("-", "−") for percent in PREVIEW])
        self.undo_button = QPushButton(icon("undo"), self.tr("Undo mark"), self)
        self.again_button = QPushButton(self.tr("Teach another"), self)
        self.again_button.setToolTip(self.tr("Begin another direction on the same pictures; this one keeps its slider"))
        self.save_button = QPushButton(icon("save"), self.tr("Save this direction…"), self)
        self.save_button.setToolTip(self.tr("Save it to a small file of its own, to open it again or to give it to somebody"))
        self.close_button = QPushButton(self.tr("Close"), self)
        self._build()

        teacher = self.teacher
        self.name_field.name_changed.connect(teacher.set_name)
        self.part_choice.choice_changed.connect(lambda choice: teacher.set_part(PARTS[choice]))
        self.faces.mark_requested.connect(teacher.mark)
        self.faces.others_requested.connect(teacher.fetch_others)
        self.faces.order_requested.connect(self._on_faces_order_requested)
        self.faces.cancelled.connect(teacher.cancel)
        self.question.answered.connect(self._on_question_answered)
        self.question.skipped.connect(teacher.skip)
        self.preview.step_chosen.connect(self._on_preview_step_chosen)
        self.undo_button.clicked.connect(lambda _checked=False: self.undo())
        self.again_button.clicked.connect(lambda _checked=False: self.teach_another())
        self.save_button.clicked.connect(lambda _checked=False: self._save())
        self.close_button.clicked.connect(self.reject)
        teacher.lesson_changed.connect(self._on_teacher_lesson_changed)
        teacher.taught.connect(self._on_teacher_taught)
        teacher.work_started.connect(self.faces.begin_work)
        teacher.work_progressed.connect(self.faces.progress.update_progress)
        teacher.work_ended.connect(self.faces.end_work)
        decoding.decoded.connect(self._on_decoding_decoded)
        document.model_changed.connect(self._on_document_directions_changed)
        document.directions_changed.connect(self._on_document_directions_changed)
        document.session_changed.connect(self._show_preview)
        self._on_document_directions_changed()
        self._show()

    def undo(self) -> None:
        """Take the last mark back."""
        face = self.teacher.undo()
        if face is not None:
            self.faces.go_to(face)

    def teach_another(self) -> None:
        """Begin with another direction; this one keeps its slider."""
        taken = list(self._document.directions)
        self.name_field.begin(taken)
        self.teacher.begin_another(self.name_field.name)
        self.name_field.setFocus()

    def save_file(self, path: str) -> None:
        """Write the direction to a file of its own."""
        direction = self.teacher.direction
        if direction is None:
            return
        try:
            write_direction(Path(path), direction)
        except CoreError as error:
            self._messenger.report(error)
            return
        self._messenger.success(self.tr("Saved as {name}.").format(name=Path(path).name))

    # -- showing ------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        lesson, direction = self.teacher.lesson, self.teacher.direction
        with_it, without = (len(lesson.with_it), len(lesson.without)) if lesson is not None else (0, 0)
        self._counts.setText(self.tr("{p} with it, {m} without").format(p=with_it, m=without))
        self._advice.setText(self._advice_for(with_it, without))
        self.undo_button.setEnabled(lesson is not None and lesson.can_undo)
        for button in (self.again_button, self.save_button, self.faces.likeliest_button):
            button.setEnabled(direction is not None)
        kept = self.tr("It is kept in the model's file.")
        lost = self.tr("This model's file isn't changed: save the direction to have it again next time.")
        self._kept.setText("" if direction is None else kept if self.teacher.is_kept else lost)
        self._show_question()
        self._show_preview()

    def _advice_for(self, with_it: int, without: int) -> str:
        if not with_it and not without:
            return self.tr("Mark a picture that has what you mean: a slider for it appears in Explore at once.")
        if not without:
            return self.tr("Now some without it. Until then all the other pictures stand for those.")
        if not with_it:
            return self.tr("Now some with it. Until then all the other pictures stand for those.")
        return self.tr("Each mark makes it better; about two dozen make it good.")

    def _show_question(self) -> None:
        lesson, asked = self.teacher.lesson, self.teacher.asked
        if lesson is None or asked is None:
            self.question.ask(self.tr("No picture is left to ask about") if self.teacher.is_ready else "", None)
            return
        sure = self.teacher.direction is None
        title = self.tr("Does this picture have it?") if sure else self.tr("I'm least sure about this one")
        self.question.ask(title, lesson.faces.pictures[asked], self.faces.caption(asked))

    def _show_preview(self) -> None:
        """Decode the face being edited, or the average one, along the direction."""
        lesson, direction = self.teacher.lesson, self.teacher.direction
        if lesson is None or direction is None or not self.teacher.is_ready:
            self.preview.clear()
            self._previewed = None
            return
        base = self._document.code_with(())
        if base is None:
            base = lesson.faces.background.mean(axis=0)
        shown = (direction, base.tobytes())
        if self.isVisible() and shown != self._previewed:
            codes = np.stack([move(base, direction, percent) for percent in PREVIEW])
            self._request = self._decoding.request("taught", codes)
            self._previewed = shown

    def _save(self) -> None:
        direction = self.teacher.direction
        if direction is None:
            return
        filters = self.tr("Directions (*{suffix})").format(suffix=SUFFIX)
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save a direction"), f"{direction.name}{SUFFIX}", filters)
        if path:
            self.save_file(path)

    # -- events -------------------------------------------------------------------------------------------------

    def _on_faces_order_requested(self) -> None:
        teacher = self.teacher
        if teacher.lesson is not None and teacher.direction is not None and teacher.is_ready:
            self.faces.set_order(teacher.lesson.by_likelihood(teacher.direction))

    def _on_question_answered(self, has_it: bool) -> None:
        if self.teacher.asked is not None:
            self.teacher.mark(self.teacher.asked, has_it)

    def _on_preview_step_chosen(self, place: int) -> None:
        direction = self.teacher.direction
        if direction is not None and self._document.session.anchor is not None:
            self._document.set_edit("direction", direction.name, PREVIEW[place])

    def _on_teacher_lesson_changed(self) -> None:
        self.faces.show_lesson(self.teacher.lesson)
        self._show()

    def _on_teacher_taught(self) -> None:
        self.faces.grid.show_marks()
        self._show()

    def _on_decoding_decoded(self, made: Decoded) -> None:
        if made.channel == "taught" and made.id == self._request:
            for place, image in enumerate(made.images, made.start):
                self.preview.set_image(place, image)

    def _on_document_directions_changed(self) -> None:
        model = self._document.model
        if model is not None and Can.DIRECTIONS not in model.can and self.isVisible():
            self._messenger.info(self.tr("A {family} has no directions to teach.").format(family=model.family.title))
            self.reject()
        own = self.teacher.direction.name if self.teacher.direction is not None else ""
        self.name_field.set_taken(name for name in self._document.directions if name != own)
        self.teacher.set_name(self.name_field.name)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.teacher.set_watched(True)
        self._show()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.teacher.set_watched(False)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        else:
            super().keyPressEvent(event)

    # -- building -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        name = QLabel(self.tr("Name"), self)
        name.setBuddy(self.name_field.field)
        where = QLabel(self.tr("Shows in"), self)
        for label in (name, where):
            label.setFixedHeight(CONTROL_HEIGHT)
        self._counts = QLabel(self)
        self._counts.setFont(section_font())
        self._advice, self._kept = QLabel(self), QLabel(self)
        for label in (self._advice, self._kept):
            label.setWordWrap(True)
            label.setProperty("muted", True)
        learned = QLabel(self.tr("What it has learned"), self)
        learned.setFont(section_font())
        for button in (self.undo_button, self.again_button, self.save_button, self.close_button):
            button.setAutoDefault(False)
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.name_field, 1)
        top.addSpacing(SPACE)
        top.addWidget(where, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.part_choice, 0, Qt.AlignmentFlag.AlignTop)
        side = QWidget(self)
        side.setFixedWidth(SIDE_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.question)
        column.addSpacing(GROUP)
        column.addWidget(learned)
        column.addWidget(self.preview)
        column.addWidget(self._kept)
        column.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(SPACE)
        left.addLayout(top)
        left.addWidget(self._counts)
        left.addWidget(self._advice)
        left.addWidget(self.faces, 1)
        middle = QHBoxLayout()
        middle.setSpacing(EDGE)
        middle.addLayout(left, 1)
        middle.addWidget(side)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.undo_button)
        buttons.addWidget(self.again_button)
        buttons.addStretch(1)
        buttons.addWidget(self.save_button)
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, EDGE, EDGE, GROUP)
        layout.setSpacing(GROUP)
        layout.addLayout(middle, 1)
        layout.addLayout(buttons)
        self.resize(QSize(*SIZE))

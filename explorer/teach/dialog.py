"""Teach a direction by examples: the dialog. Faces are marked with + and −, and the slider is in Explore at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPen, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.errors import CoreError
from core.families.base import Can
from core.latent.direction_file import write_direction
from core.latent.directions import move
from core.latent.face_regions import ANYWHERE, EYES, HAIR, MOUTH
from core.wording import capital, percent
from explorer.document.decoding import Decoded, DecodeService
from explorer.document.direction_keeper import DirectionKeeper
from explorer.document.document import Document
from explorer.look.icons import icon
from explorer.look.pixels import Pixels
from explorer.look.theme import CONTROL_HEIGHT, EDGE, GROUP, RADIUS, SPACE, colors, section_font
from explorer.messages import Messenger
from explorer.qt import override
from explorer.saving.direction_files import ask_direction_path, said_of, say_saved
from explorer.teach.example_learner import ExampleLearner, MarkedFaces
from explorer.teach.name_field import NameField
from explorer.teach.question import FaceQuestion
from explorer.widgets.grid.face_grid import FaceGrid
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.room.dialog import let_scroll
from explorer.widgets.segmented import Segmented
from explorer.widgets.strip_view import StripView

BADGE = 22  # device-independent pixels, in a face of usual size
_FRAME = 3

MarkOf = Callable[[int], bool | None]
_KEYS = {
    Qt.Key.Key_Plus: True,
    Qt.Key.Key_Equal: True,  # the same key without Shift
    Qt.Key.Key_Minus: False,
    Qt.Key.Key_Underscore: False,
    Qt.Key.Key_Delete: None,
    Qt.Key.Key_Backspace: None,
    Qt.Key.Key_0: None,
}
"""A mark for each key; None takes it away."""


class MarkGrid(FaceGrid):
    """Asks for marks and shows them; their owner connects with `set_mark_of`.

    A click goes through +, − and no mark; the right button is −; on the keyboard, + and − mark the selected face,
    Delete takes the mark away and Enter does what a click does.
    """

    mark_requested = Signal(int, object)
    """A face, and what the person wants on it: True, False, or None for no mark."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark_of: MarkOf = lambda _index: None
        self.face_activated.connect(self._on_face_activated)

    def set_mark_of(self, mark_of: MarkOf) -> None:
        """Set the function that gives marks: True is +, False −, None none."""
        self._mark_of = mark_of
        self.show_marks()

    def _on_face_activated(self, index: int) -> None:
        following = {None: True, True: False, False: None}
        self.mark_requested.emit(index, following[self._mark_of(index)])

    @override
    def paint_over(self, painter: QPainter, index: int, area: QRect) -> None:
        mark = self._mark_of(index)
        if mark is not None:
            paint_mark(painter, area, mark)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _KEYS and self.selected_index >= 0:
            self.mark_requested.emit(self.selected_index, _KEYS[Qt.Key(event.key())])
            return
        super().keyPressEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.RightButton:
            super().mousePressEvent(event)
            return
        index = self.index_at(event.position().toPoint())
        if index >= 0:
            self.set_selected_index(index)
            self.mark_requested.emit(index, None if self._mark_of(index) is False else False)


def paint_mark(painter: QPainter, area: QRect, has_it: bool) -> None:
    """Frame a face and put a + or − into its corner: the accent for +, the text's own colour for −."""
    theme = colors()
    ground, ink = (theme.accent, theme.accent_text) if has_it else (theme.text, theme.panel)
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(ground, _FRAME))
    inset = _FRAME / 2
    painter.drawRoundedRect(QRectF(area).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
    side = max(12, min(BADGE, area.width() // 3)) // 2 * 2
    badge = QRect(area.right() + 1 - side - _FRAME, area.bottom() + 1 - side - _FRAME, side, side)
    painter.setPen(QPen(ink, 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(badge).adjusted(0.5, 0.5, -0.5, -0.5), side / 2, side / 2)
    middle, reach = badge.center() + QPoint(1, 1), side // 4  # drawn on whole pixels, since an icon would be blurred at this size
    painter.fillRect(QRect(middle.x() - reach, middle.y() - 1, 2 * reach, 2), ink)
    if has_it:
        painter.fillRect(QRect(middle.x() - 1, middle.y() - reach, 2, 2 * reach), ink)
    painter.restore()


THUMBNAIL = 72


class FacesToMark(QWidget):
    """Shows faces and asks for marks; they are identified by their numbers among these, whatever the order shown."""

    mark_requested = Signal(int, object)
    """A face, and what the person wants on it: True, False, or None for no mark."""
    others_requested = Signal()
    order_requested = Signal()
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marked: MarkedFaces | None = None
        self._order = np.zeros(0, np.int64)
        self._source = QLabel(self)
        self._source.setProperty("muted", True)
        self.likeliest_button = QPushButton(self.tr("Likeliest first"), self)
        self.likeliest_button.setToolTip(self.tr("Put the pictures in order: those most likely to have it come first"))
        self.others_button = QPushButton(icon("dice"), self.tr("Show others"), self)
        self.others_button.setToolTip(self.tr("Show others to mark; the marked ones stay, at the front"))
        self.grid = MarkGrid(self)
        self.grid.set_thumbnail_size(THUMBNAIL)
        self.grid.setAccessibleName(self.tr("Pictures to mark"))
        self.grid.set_mark_of(self._mark_at)
        self.progress = ProgressStrip(self)
        self._hint = QLabel(
            self.tr("Click: with it (+). Again: without (−). Once more: no mark. Or press + and − on the chosen picture."), self
        )
        self._hint.setWordWrap(True)
        self._hint.setProperty("muted", True)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._source, 1)
        for button in (self.likeliest_button, self.others_button):
            row.addWidget(button)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # otherwise Enter in the dialog's name field would press one
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(row)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self.progress)
        layout.addWidget(self._hint)
        self.grid.mark_requested.connect(self._on_grid_mark_requested)
        self.likeliest_button.clicked.connect(lambda _checked=False: self.order_requested.emit())
        self.others_button.clicked.connect(lambda _checked=False: self.others_requested.emit())
        self.progress.cancelled.connect(self.cancelled)
        self.show_faces(None)

    def show_faces(self, marked: MarkedFaces | None) -> None:
        """Show marked faces in their own order, from the top."""
        self._marked = marked
        self._source.setText(self._source_text(marked))
        self.set_order(np.arange(len(marked.faces.codes) if marked is not None else 0))

    def set_order(self, order: np.ndarray) -> None:
        """Show the faces in another order: their numbers, (N,)."""
        self._order = order
        self.grid.set_source(len(order), self._picture_at, lambda index: self.caption(int(self._order[index])))

    def go_to(self, face: int) -> None:
        """Choose a face and bring it into view."""
        place = int(np.flatnonzero(self._order == face)[0])
        self.grid.set_selected_index(place)
        self.grid.scroll_to(place)

    def caption(self, face: int) -> str:
        """A face in words."""
        if self._marked is None:
            return ""
        name = self._marked.faces.names[face]
        text = self.tr("Sample {n}").format(n=name) if self._marked.faces.are_samples else name
        mark = {True: self.tr("with it"), False: self.tr("without")}.get(self._marked.mark_of(face))  # type: ignore[arg-type]
        return f"{text}, {mark}" if mark else text

    # -- work that brings faces

    def begin_work(self) -> None:
        """Faces are being fetched."""
        self.grid.set_empty_text("")
        self.others_button.setEnabled(False)
        self.progress.start(self.tr("Fetching pictures"))

    def end_work(self) -> None:
        """The faces have arrived, or won't."""
        self.grid.set_empty_text(self.tr("No pictures yet. “Show others” fetches some."))
        self.others_button.setEnabled(True)
        self.progress.finish()

    def _source_text(self, marked: MarkedFaces | None) -> str:
        if marked is None:
            return ""
        count = len(marked.faces.codes)
        if marked.faces.are_samples:
            return self.tr("{n} samples of the model's own").format(n=count)
        return self.tr("{n} of the data set's pictures").format(n=count)

    def _picture_at(self, index: int) -> Pixels | None:
        return self._marked.faces.pictures[int(self._order[index])] if self._marked is not None else None

    def _mark_at(self, index: int) -> bool | None:
        return self._marked.mark_of(int(self._order[index])) if self._marked is not None else None

    def _on_grid_mark_requested(self, index: int, has_it: bool | None) -> None:
        self.mark_requested.emit(int(self._order[index]), has_it)


SIZE = (1040, 700)
SIDE_WIDTH = 320  # of the column with the question
PREVIEW = (-100.0, 0.0, 100.0)  # percent
PARTS = (ANYWHERE, EYES, MOUTH, HAIR)


class TeachDialog(QDialog):
    """A dialog beside the window; closing it keeps the slider, and reopening it continues with the same marks."""

    def __init__(
        self,
        document: Document,
        decoding: DecodeService,
        messenger: Messenger,
        keeper: DirectionKeeper,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._decoding = decoding
        self._messenger = messenger
        self.learner = ExampleLearner(document, messenger, keeper, self)
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
        self.preview.set_labels([percent(one) for one in PREVIEW])
        self.undo_button = QPushButton(icon("undo"), self.tr("Undo mark"), self)
        self.again_button = QPushButton(self.tr("Teach another"), self)
        self.again_button.setToolTip(self.tr("Begin another direction on the same pictures; this one keeps its slider"))
        self.save_button = QPushButton(icon("save"), self.tr("Save this direction…"), self)
        self.save_button.setToolTip(self.tr("Save it to a small file, to open it again or to give it to somebody"))
        self.close_button = QPushButton(self.tr("Close"), self)
        self._build()

        learner = self.learner
        self.name_field.name_changed.connect(learner.set_name)
        self.part_choice.choice_changed.connect(lambda choice: learner.set_part(PARTS[choice]))
        self.faces.mark_requested.connect(learner.mark)
        self.faces.others_requested.connect(learner.fetch_others)
        self.faces.order_requested.connect(self._on_faces_order_requested)
        self.faces.cancelled.connect(learner.cancel)
        self.question.answered.connect(self._on_question_answered)
        self.question.skipped.connect(learner.skip)
        self.preview.step_chosen.connect(self._on_preview_step_chosen)
        self.undo_button.clicked.connect(lambda _checked=False: self.undo())
        self.again_button.clicked.connect(lambda _checked=False: self.teach_another())
        self.save_button.clicked.connect(lambda _checked=False: self._save())
        self.close_button.clicked.connect(self.reject)
        learner.marks_changed.connect(self._on_learner_marks_changed)
        learner.taught.connect(self._on_learner_taught)
        learner.renamed.connect(self.name_field.set_name)
        learner.began_anew.connect(self._on_learner_began_anew)
        learner.work_started.connect(self.faces.begin_work)
        learner.work_progressed.connect(self.faces.progress.update_progress)
        learner.work_ended.connect(self.faces.end_work)
        decoding.decoded.connect(self._on_decoding_decoded)
        document.model_changed.connect(self._on_document_directions_changed)
        document.directions_changed.connect(self._on_document_directions_changed)
        self._on_document_directions_changed()
        self._show()

    def undo(self) -> None:
        """Undo the last mark."""
        face = self.learner.undo()
        if face is not None:
            self.faces.go_to(face)

    def teach_another(self) -> None:
        """Begin with another direction; this one keeps its slider."""
        self.name_field.begin(self._document.taken_names())
        self.learner.begin_another(self.name_field.name)
        self.name_field.setFocus()

    def save_file(self, path: str) -> None:
        """Write the direction to a file of its own."""
        direction = self.learner.direction
        if direction is None:
            return
        try:
            write_direction(Path(path), direction)
        except CoreError as error:
            self._say(self._messenger.reason(error))
            self._messenger.report(error)
            return
        self._document.note_direction_saved(direction)
        self._say(said_of(Path(path)))
        say_saved(self._messenger, Path(path))

    # -- showing ------------------------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        """Say here, too, what the window says behind this dialog."""
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def _show(self) -> None:
        marked, direction = self.learner.marked, self.learner.direction
        with_it, without = (len(marked.with_it), len(marked.without)) if marked is not None else (0, 0)
        self._counts.setText(self.tr("{p} with it, {m} without").format(p=with_it, m=without))
        self._advice.setText(self._advice_for(with_it, without))
        self.undo_button.setEnabled(marked is not None and marked.can_undo)
        for button in (self.again_button, self.save_button, self.faces.likeliest_button):
            button.setEnabled(direction is not None)
        kept = self.tr("It is kept in the model's file.")
        lost = self.tr("This model's file isn't changed: save the direction, and + in Explore offers it next time.")
        self._kept.setText("" if direction is None else kept if self.learner.is_kept else lost)
        self._show_question()
        self._show_preview()

    def _advice_for(self, with_it: int, without: int) -> str:
        if not with_it and not without:
            return self.tr("Mark a picture that has what you mean: a slider for it appears in Explore at once.")
        if not without:
            return self.tr("Now mark some without it. Until then, all other pictures count as those.")
        if not with_it:
            return self.tr("Now mark some with it. Until then, all other pictures count as those.")
        return self.tr("Each mark makes it better; about two dozen make it good.")

    def _show_question(self) -> None:
        marked, asked = self.learner.marked, self.learner.asked
        if marked is None or asked is None:
            self.question.ask(self.tr("No picture is left to ask about") if self.learner.is_ready else "", None)
            return
        sure = self.learner.direction is None
        title = self.tr("Does this picture have it?") if sure else self.tr("The model is least sure about this one")
        self.question.ask(title, marked.faces.pictures[asked], self.faces.caption(asked))

    def _show_preview(self) -> None:
        """Decode the average face along the direction: whatever is open in Explore may show nothing of what was marked."""
        marked, direction = self.learner.marked, self.learner.direction
        if marked is None or direction is None or not self.learner.is_ready:
            self.preview.clear()
            self._previewed = None
            return
        base = marked.faces.background.mean(axis=0)
        shown = (direction, base.tobytes())
        if self.isVisible() and shown != self._previewed:
            codes = np.stack([move(base, direction, one) for one in PREVIEW])
            self._request = self._decoding.request("taught", codes)
            self._previewed = shown

    def _save(self) -> None:
        direction = self.learner.direction
        if direction is None:
            return
        path = ask_direction_path(self, direction.shown_name)
        if path is not None:
            self.save_file(str(path))

    # -- events -------------------------------------------------------------------------------------------------

    def _on_faces_order_requested(self) -> None:
        learner = self.learner
        if learner.marked is not None and learner.direction is not None and learner.is_ready:
            self.faces.set_order(learner.marked.by_likelihood(learner.direction))

    def _on_question_answered(self, has_it: bool) -> None:
        if self.learner.asked is not None:
            self.learner.mark(self.learner.asked, has_it)

    def _on_preview_step_chosen(self, place: int) -> None:
        direction = self.learner.direction
        if direction is not None and self._document.session.anchor is not None:
            self._document.set_edit("direction", direction.name, PREVIEW[place])

    def _on_learner_marks_changed(self) -> None:
        self.faces.show_faces(self.learner.marked)
        self._show()

    def _on_learner_taught(self) -> None:
        self._say("")  # it was of the direction as it was before
        self.faces.grid.show_marks()
        self._show()

    def _on_learner_began_anew(self) -> None:
        self.name_field.begin(self._document.taken_names())
        self.learner.set_name(self.name_field.name)
        self.part_choice.set_choice(PARTS.index(ANYWHERE))

    def _on_decoding_decoded(self, decoded: Decoded) -> None:
        if decoded.channel == "taught" and decoded.id == self._request:
            for place, image in enumerate(decoded.images, decoded.start):
                self.preview.set_image(place, image)

    def _on_document_directions_changed(self) -> None:
        model = self._document.model
        if model is not None and Can.DIRECTIONS not in model.can and self.isVisible():
            self._messenger.info(self.tr("{family} has no directions to teach.").format(family=capital(model.family.one)))
            self.reject()
        own = self.learner.direction.name if self.learner.direction is not None else ""
        self.name_field.set_taken(self._document.taken_names(besides=own))
        self.learner.set_name(self.name_field.name)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.learner.set_watched(True)
        self._show()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.learner.set_watched(False)

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
        self.said = QLabel(self)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said.hide()
        for label in (self._advice, self._kept, self.said):
            label.setWordWrap(True)
        for label in (self._advice, self._kept):
            label.setProperty("muted", True)
        learned = QLabel(self.tr("What it has learned, on an average face"), self)
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
        column.addWidget(self.said)
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
        let_scroll(self)
        self.resize(QSize(*SIZE))

"""The Explore tab's first column, where a face to edit comes from: files, opened pictures, faces that the model makes up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QShowEvent, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.data.dataset import FaceData
from core.families.base import Can
from core.files import printable
from core.latent import mixture_prior
from core.latent.arithmetic import TYPICAL_SPREAD
from core.latent.session import Anchor, Session
from core.photo.inputs import SUFFIXES
from explorer.actions import keys_of, with_keys
from explorer.data.sources import source_title
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.face_edits import KeptEdit, same_face
from explorer.document.fitting_model import FittingModel
from explorer.document.frame_check import FrameCheck
from explorer.document.framing import fits, held_out
from explorer.document.loading import LoadedModel
from explorer.document.photo_reader import PhotoReader
from explorer.document.picture_adder import NAMED, Added, PictureAdder
from explorer.document.picture_files import EncodedPicture, SavedEdit
from explorer.explore.faces.open_row import OpenRow
from explorer.explore.faces.opened import OpenedPictures
from explorer.explore.faces.opener import PictureOpener
from explorer.explore.faces.remedies import ValidationRemedies
from explorer.explore.faces.samples import PriorSamples
from explorer.explore.faces.waiting import WaitingPictures
from explorer.look.icons import icon
from explorer.look.theme import SPACE
from explorer.messages import Messenger
from explorer.qt import override
from explorer.settings.store import SettingsStore
from explorer.tasks import run_task
from explorer.widgets.grid.face_grid import DOT, HOLLOW, FaceGrid, Mark
from explorer.widgets.keyboard.choice_box import ChoiceBox

SAMPLES, VALIDATION, OPENED = range(3)
PICTURE_FILTER = " ".join(f"*{suffix}" for suffix in SUFFIXES)


class FacesColumn(QWidget):
    """Samples from the prior, validation pictures, and picture files that were opened; a click chooses one to edit."""

    open_requested = Signal()
    """The person wants to open a picture file."""
    photos_given_on = Signal(list, object)
    """Photos were opened, and the model in use has no codes for them: their paths, and what keeps their files or None."""
    data_requested = Signal()
    """The person wants to choose pictures in the Data tab."""
    fitting_model_requested = Signal(str)
    """The person wants the model that sees pictures as they are read: its file."""
    reframe_requested = Signal(str, int)
    """Read the pictures in use again: crop (as `data.crop`) and image size."""
    own_pictures_requested = Signal(object)
    """Open the pictures that the model's run learned from: their `DataConfig`."""
    menu_requested = Signal(int, QPoint)
    """A menu for the picture of that number in the grid, at a place of the screen."""
    face_clicked = Signal()
    """The person chose a picture in the grid."""
    choice_dropped = Signal()
    """The picture that was chosen won't come: it can't be read, or the person gave it up."""

    def __init__(
        self,
        document: Document,
        decoding: DecodeService,
        settings: SettingsStore,
        messenger: Messenger,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self._samples = PriorSamples(decoding, self)
        self.opened = OpenedPictures(document, self)
        self.opener = PictureOpener(document, messenger, lambda: settings.runs_place, self)
        self.adder = PictureAdder(document, messenger, lambda: settings.runs_place, self)
        self.waiting = WaitingPictures(document, messenger, self)
        self._reader = PhotoReader(document, messenger, self)
        self._frame_check = FrameCheck.of(document, messenger)
        self._frame_check.changed.connect(self._on_frame_check_changed)
        self._added: Anchor | None = None  # the last picture that the adder brought
        self._shows_added: int | None = None  # until when the first of them is shown: while `_choosing` is this
        self._replaced: list[tuple[str, str]] = []  # pictures whose edits the adder replaced, and the files that hold the new ones
        self._shown: tuple[str, str, tuple[float, ...]] | None = None  # the face on the canvas
        self._edited: dict[int, tuple[bool, list[str]]] = {}
        """Places of opened pictures with edits -> whether the model in use shows any, other models that they were made with."""
        self._begins = False  # whether a sample is to be opened once their codes are drawn
        self._choosing = 0  # a counter of choices, so that a slow encoding doesn't replace a later click

        self._source = ChoiceBox(self)
        self._source.addItems([self.tr("Samples"), self.tr("Validation pictures"), self.tr("Opened pictures")])
        self._source.setToolTip(
            self.tr("Where the pictures below come from: noise from the prior, held-out pictures of your data, or files")
        )
        self._source.setAccessibleName(self.tr("Source of pictures"))
        self._reroll = QToolButton(self)
        self._reroll.setIcon(icon("dice"))
        self._reroll.setAutoRaise(True)
        self._reroll.setToolTip(with_keys(self.tr("New pictures ({keys})"), "reroll"))
        self._reroll.setAccessibleName(self.tr("New pictures"))
        self._grid = FaceGrid(self)
        self._grid.set_thumbnail_size(72)
        self._note = QLabel(self)
        self._note.setWordWrap(True)
        self._note.setProperty("muted", True)
        self.fitting = FittingModel.of(document, settings, messenger)
        self._remedies = ValidationRemedies(document, self.fitting, self)
        self.open_row = OpenRow(self.opener, self.adder, self)

        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self._source, 1)
        top.addWidget(self._reroll)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(top)
        layout.addWidget(self._grid, 1)
        layout.addWidget(self._note)
        layout.addWidget(self._remedies)
        layout.addWidget(self.open_row)

        self._source.currentIndexChanged.connect(self._on_source_current_index_changed)
        self._reroll.clicked.connect(self.reroll)
        self.open_row.open_requested.connect(self.open_requested)
        self._remedies.data_requested.connect(self.data_requested)
        self._remedies.reframe_requested.connect(self.reframe_requested)
        self._remedies.fitting_model_requested.connect(self.fitting_model_requested)
        self._remedies.own_pictures_requested.connect(self.own_pictures_requested)
        self.fitting.changed.connect(self._show)
        self.opener.opened.connect(self._on_opener_opened)
        self.opener.given_up.connect(self.choice_dropped)
        self.adder.added.connect(self._on_adder_added)
        self.adder.ended.connect(self._on_adder_ended)
        self.opened.changed.connect(self._on_opened_changed)
        self.opened.renewed.connect(self._on_opened_renewed)
        self._grid.face_activated.connect(self._on_grid_face_activated)
        self._grid.face_activated.connect(self.face_clicked)
        self._grid.menu_requested.connect(self.menu_requested)
        self._grid.removal_requested.connect(self._on_grid_removal_requested)
        self._samples.decoded.connect(self._on_samples_decoded)
        self._samples.drawn.connect(self._on_samples_drawn)
        self._samples.progressed.connect(self._on_samples_progressed)
        document.model_changed.connect(self._on_document_model_changed)
        document.data_changed.connect(self._on_document_data_changed)
        document.session_changed.connect(self._on_document_session_changed)
        self._sample()

    @property
    def source(self) -> int:
        """SAMPLES, VALIDATION or OPENED."""
        return self._source.currentIndex()

    @property
    def note(self) -> str:
        """What is said of the pictures in the grid."""
        return self._note.text()

    def set_source(self, source: int) -> None:
        """Show faces from elsewhere."""
        self._source.setCurrentIndex(source)

    def reroll(self) -> None:
        """Other samples from the prior, where the model has one to draw from."""
        model = self._document.model
        if model is not None and Can.SAMPLE not in model.can:
            return
        self._samples.reroll()
        self._source.setCurrentIndex(SAMPLES)
        self._sample()

    def open_file(self, path: str, kept: object = None) -> None:
        """Read and encode a picture file, and edit it; a reference to `kept` keeps the file while it may be read."""
        model = self._document.model
        if model is None:
            self.waiting.add((path,), kept)
            return
        if Can.ENCODE not in model.can:
            self.photos_given_on.emit([path], kept)
            return
        self._choosing += 1
        before = self.opener.file
        self.opener.open_file(path, kept)
        self._add_put_off(before, (path,))

    def open_files(self, paths: Sequence[str]) -> None:
        """Open picture files, and edit the first; the others join the list."""
        model = self._document.model
        if model is not None and Can.ENCODE not in model.can and paths:
            self.photos_given_on.emit(list(paths), None)
        elif len(paths) == 1:
            self.open_file(paths[0])
        elif paths and self._document.model is None:
            self.waiting.add(paths)
        elif paths:
            before = self.opener.file
            self.opener.forget()
            self._choosing += 1
            self._shows_added, self._added = self._choosing, None
            self.adder.add(paths)
            self._add_put_off(before, paths)

    def _add_put_off(self, before: tuple[str, object] | None, paths: Sequence[str]) -> None:
        """Let a file that was still being read, when others were chosen, join the list."""
        if before is not None and before[0] not in paths:
            self.adder.add((before[0],), before[1])

    @property
    def shown_index(self) -> int:
        """The number in the grid of the face on the canvas; -1 where it comes from elsewhere."""
        return self._index_of(self._document.session.anchor)

    @property
    def shown_place(self) -> int:
        """Where the face on the canvas is among the opened pictures; -1 where it is none of these."""
        return self.opened.place_of(self._document.session.anchor)

    def take_away(self, place: int | None = None) -> None:
        """Take an opened picture out of the list, by default the one on the canvas; it can be undone."""
        place = self.shown_place if place is None else place
        if 0 <= place < len(self.opened):
            self._choosing += 1
            self.opener.forget()
            self.opened.take_away(place)

    def opened_at(self, index: int) -> EncodedPicture | None:
        """The opened picture of that number in the grid; None while it shows other pictures."""
        return self.opened[index] if self.source == OPENED and 0 <= index < len(self.opened) else None

    def face_at(self, index: int) -> tuple[str, str] | None:
        """The kind and the reference of the face of that number in the grid; None where there is none."""
        anchor = self._samples.anchor(index) if self.source == SAMPLES and 0 <= index < self._samples.count else None
        data, opened = self._document.data, self.opened_at(index)
        if opened is not None:
            anchor = opened.anchor
        elif self.source == VALIDATION and data is not None and 0 <= index < len(data.split.valid):
            return "data", printable(data.index.files[valid_order(data)[index]])
        return (anchor.kind, anchor.reference) if anchor is not None else None

    def choose(self, index: int) -> None:
        """Edit the picture of that number in the grid, as a click does."""
        self._grid.set_selected_index(index)
        self._on_grid_face_activated(index)

    def open_typical_sample(self) -> None:
        """Start on a clear sample, where the model has a prior; the pictures in sight stay those that the person chose."""
        if not self._samples.count:
            self._begins = bool(self._samples.images)  # once they are drawn
            return
        chosen = self.source
        self._document.open_anchor(self._samples.anchor(self._samples.clearest(self._document.main_direction)))
        self._source.setCurrentIndex(chosen)

    def _sample(self) -> None:
        model = self._document.model
        if model is None:
            self._samples.clear()
        else:
            self._samples.draw(model)
        self._show()

    def _show(self) -> None:
        """Show the chosen source, with the face on the canvas marked."""
        self._fill()
        self._grid.set_selected_index(self._index_of(self._document.session.anchor))

    def _fill(self) -> None:
        """Fill the grid from the chosen source."""
        data, model = self._document.data, self._document.model
        samples = model is None or Can.SAMPLE in model.can
        why = "" if samples else self.tr("This model has learned no prior to draw new pictures from.")
        _set_row_enabled(self._source, SAMPLES, samples, why)
        if self.source == SAMPLES and not samples:
            self._source.setCurrentIndex(VALIDATION)  # this comes here again
            return
        self._reroll.setVisible(self.source == SAMPLES)
        self._remedies.withdraw()
        self._note.setToolTip("")
        if self.source == SAMPLES:
            images = self._samples.images
            self._grid.set_source(len(images), lambda i: images[i], self._samples.label)
            self._note.setText(self._with_use(self.tr("Pictures that the model invents from random codes.")))
            if images and not self._samples.count:
                self._note.setText(self.tr("The model is drawing their codes, one after the other."))
            tip = self.tr(
                "Codes drawn from the prior N(0, I) and scaled by {spread:g}, so that the pictures are clear. The Gallery shows "
                "samples of the prior itself."
            )
            if model is not None and Can.TEMPERATURE in model.can:
                tip = self.tr("Codes drawn one after the other, as this model's prior expects them to go together.")
            elif model is not None and mixture_prior.of(model.engine) is not None:
                tip = self.tr("Codes drawn from the model's VampPrior: near those of the pseudo-inputs that the Gallery shows.")
            elif model is not None and model.engine.draws_typical:
                tip = self.tr("Codes drawn from where those of real pictures lie, as this model has learned after its training.")
            self._note.setToolTip(tip.format(spread=TYPICAL_SPREAD))
        elif self.source == VALIDATION:
            if data is not None and fits(model, data):
                rows, pictures, files = valid_order(data), data.images, data.index.files
                self._grid.set_source(len(rows), lambda i: np.asarray(pictures[rows[i]]), lambda i: files[rows[i]])
                self._frame_check.ensure()
                self._note.setText(self._with_use(self._about_validation(model, data)))
            else:
                self._grid.set_source(0, lambda i: None)
                self._note.setText(self._remedies.offer())
        else:
            opened = self.opened
            self._grid.set_empty_text(self.tr("Open photos, or drop them here."))
            self._edited = self._edited_places()
            self._grid.set_source(len(opened), lambda i: opened[i].original, self._opened_label, self._mark_of)
            note = self.tr("Your own photos. Drop them here, or paste them ({keys}).")
            self._note.setText(note.format(keys=keys_of("paste_photo")))

    def _with_use(self, text: str) -> str:
        """What the pictures are, and what a click on one does."""
        model = self._document.model
        if model is None or Can.MOVE in model.can:
            return self.tr("{what} Click one to edit it.").format(what=text)
        return self.tr("{what} Click one to see what the model makes of it.").format(what=text)

    def _edited_places(self) -> dict[int, tuple[bool, list[str]]]:
        """Which of the opened pictures have edits, whether the model in use shows them, and whose they are."""
        anchors = ((n, picture.anchor) for n, picture in enumerate(self.opened) if self._document.picture_edits(picture.anchor))
        return {n: (self._document.shows_edits(anchor), self._document.other_models(anchor)) for n, anchor in anchors}

    def _mark_of(self, place: int) -> Mark:
        """A dot for edits, and a hollow one where they are another model's and aren't seen now."""
        if place not in self._edited:
            return ""
        shown, others = self._edited[place]
        return HOLLOW if others and not shown else DOT

    def _opened_label(self, place: int) -> str:
        label = self.opened[place].anchor.label
        if place not in self._edited:
            return label
        shown, others = self._edited[place]
        if others:
            seen = self.tr("{name}, edited with {models}. The model in use draws the edit by its own sliders.")
            unseen = self.tr("{name}, edited with {models}. The edit is kept, and shown with that model again.")
            return (seen if shown else unseen).format(name=label, models=", ".join(others))
        return self.tr("{name}, edited").format(name=label)

    def _mark_edited(self) -> None:
        """Show which of the opened pictures have edits now."""
        edited = self._edited_places() if self.source == OPENED else self._edited
        if edited != self._edited:
            self._edited = edited
            self._grid.show_marks()

    def _about_validation(self, model: LoadedModel | None, data: FaceData) -> str:
        """What the validation pictures are for this model: whether its training saw them is known for its own alone."""
        if model is not None and held_out(model, data):
            return self.tr("Pictures that training never saw.")
        name = source_title(data.config.source, data.index.name)
        text = self.tr("Validation pictures of {data}. This model's own training didn't keep them out, so it may have seen some.")
        return " ".join(filter(None, (text.format(data=name), self._frame_check.words())))

    def _on_frame_check_changed(self) -> None:
        model, data = self._document.model, self._document.data
        if self.source == VALIDATION and data is not None and fits(model, data):
            self._note.setText(self._with_use(self._about_validation(model, data)))

    def _choose_row(self, row: int) -> None:
        """Encode a picture of the data and edit it."""
        data, model = self._document.data, self._document.model
        if data is None or model is None:
            return
        name = data.index.classes[data.index.labels[row]]
        known = name in model.engine.classes
        engine = model.engine.for_class(name) if known else model.engine  # as a picture of its own class
        original = np.array(data.images[row])
        file = printable(data.index.files[row])
        self._choosing += 1
        turn = self._choosing

        def done(z: np.ndarray) -> None:
            here = self._document.model  # perhaps with other directions or another class
            if turn == self._choosing and here is not None and here.id == model.id:
                anchor = Anchor("data", file, file, tuple(map(float, z)))
                self._document.set_anchor(anchor, original, name if known else "")
            else:
                self.choice_dropped.emit()

        def failed(error: BaseException) -> None:
            self._messenger.report(error)
            self.choice_dropped.emit()

        run_task(
            self,
            lambda progress: engine.encode(original[None]).flat[0],
            done=done,
            failed=failed,
            name="encode picture",
        )

    def _index_of(self, anchor: Anchor | None) -> int:
        """The number in the grid of a face; -1 where it isn't in the chosen source."""
        if anchor is None:
            return -1
        if self.source == SAMPLES:
            return self._samples.index_of(anchor)
        if self.source == OPENED:
            return self.opened.place_of(anchor)
        data = self._document.data
        if data is None or anchor.kind != "data" or not fits(self._document.model, data):
            return -1
        rows, files = valid_order(data), data.index.files
        return next((n for n, row in enumerate(rows) if printable(files[row]) == anchor.reference), -1)

    def _mark(self, anchor: Anchor | None) -> None:
        """Select the face on the canvas, in the source that it comes from."""
        if self.opened.place_of(anchor) >= 0:
            self._source.setCurrentIndex(OPENED)
        elif anchor is not None and self._samples.index_of(anchor) >= 0:
            self._source.setCurrentIndex(SAMPLES)
        index = self._index_of(anchor)
        self._grid.set_selected_index(index)
        if index >= 0:
            self._grid.scroll_to(index)

    def _on_opener_opened(self, encoded: EncodedPicture) -> None:
        self.opened.put(encoded)
        self._choosing += 1
        self._document.set_anchor(encoded.anchor, encoded.original, is_same_face=encoded.corrected)
        self._mark(encoded.anchor)

    def _on_adder_added(self, added: Added) -> None:
        picture, photo = added.picture, added.photo
        is_known = self.opened.place_of(picture.anchor) >= 0
        if photo is not None and photo.file is not None:
            self._document.note_photo(photo.reference, photo.file)
        is_shown = self._shows_added == self._choosing  # nothing else was chosen meanwhile
        self._shows_added = None
        if added.saved is not None and not is_shown:
            self._take_edits(added.saved)
        place = self.opened.place_of(picture.anchor) if is_known else self.opened.put(picture, self._added)
        self._added = picture.anchor
        if not is_shown:
            return
        if photo is not None:
            self._document.keep_photo(photo)
        self._source.setCurrentIndex(OPENED)
        if added.saved is not None:
            self._restore(added.saved, picture)
            return
        self._choose_opened(place)
        if photo is not None and not picture.unsure:
            self.opener.tell_faces(photo)

    def _restore(self, saved: SavedEdit, picture: EncodedPicture) -> None:
        """Go back to a saved edit of an opened picture; it can be undone."""
        session, model = saved.session, self._document.model
        if saved.photo is None:
            self._document.restore(session, saved.name, saved.others)
        elif model is None or session.class_name not in ("", model.engine.class_name):
            self._document.restore(session, saved.name, saved.others)
            self.opener.encode_again(picture)  # it was encoded as of another class
        else:
            self._document.restore(session.with_anchor(picture.anchor), saved.name, saved.others, picture.original)
        self._document.note_saved(picture.anchor, self._document.picture_edits(picture.anchor))
        self.opener.ask_for_photo(picture.anchor)

    def _take_edits(self, saved: SavedEdit) -> None:
        """Let the faces of a saved edit have their edits, whichever is on the canvas; where they had others, it can be undone."""
        self._put_edits(saved)
        self._mark_edited()
        if saved.session.anchor is not None:
            self._document.note_saved(saved.session.anchor, self._document.picture_edits(saved.session.anchor))

    def _put_edits(self, saved: SavedEdit) -> None:
        canvas, sessions = self._document.session, (saved.session, *saved.others)
        before = [(face, self._document.kept_edit(face.anchor)) for face in sessions]
        replaced = [(face, kept) for face, kept in before if kept is not None and kept.edits != face.edits]
        if not replaced:
            for face in sessions:
                self._document.keep_edit(face.anchor, KeptEdit(face.edits, face.checkpoint_id))
            return
        here = next((face for face in sessions if same_face(canvas.anchor, face.anchor)), None)
        after = replace(canvas, edits=here.edits) if here is not None else canvas
        self._document.restore(after, saved.name, [face for face in sessions if face is not here])
        if any(kept.edits for _, kept in replaced) and saved.session.anchor is not None:
            self._replaced.append((saved.session.anchor.label, saved.name))

    def _on_adder_ended(self) -> None:
        """Say which edits were replaced, which may not be in sight."""
        replaced, self._replaced = self._replaced, []
        if len(replaced) == 1:
            text = self.tr("{picture} has the edit of {file} now. Undo brings back the one that it had.")
            self._messenger.info(text.format(picture=replaced[0][0], file=replaced[0][1]))
        elif replaced:
            names = ", ".join(file for _, file in replaced[:NAMED]) + (", …" if len(replaced) > NAMED else "")
            text = self.tr("{n} edits were replaced by saved ones: {names}. Undo brings them back one by one.")
            self._messenger.info(text.format(n=len(replaced), names=names))

    def _choose_opened(self, place: int) -> None:
        """Edit an opened picture."""
        picture, model = self.opened[place], self._document.model
        if model is None or picture.generation != model.generation or picture.unsure:
            self.opener.encode_again(picture)
            return
        self._document.set_anchor(picture.anchor, picture.original)
        self.opener.ask_for_photo(picture.anchor)

    def _on_opened_changed(self) -> None:
        if self.source == OPENED:
            self._show()

    def _on_opened_renewed(self, place: int) -> None:
        if self.source == OPENED:
            self._grid.refresh(place)

    def _on_grid_removal_requested(self, index: int) -> None:
        if self.source == OPENED:
            self.take_away(index)

    def _on_grid_face_activated(self, index: int) -> None:
        self.opener.forget()
        self._choosing += 1
        if self.source == SAMPLES:
            if index < self._samples.count:
                self._document.set_anchor(self._samples.anchor(index))
        elif self.source == VALIDATION and self._document.data is not None:
            self._choose_row(int(valid_order(self._document.data)[index]))
        elif self.source == OPENED:
            self._choose_opened(index)

    def _on_source_current_index_changed(self) -> None:
        self._show()

    def _on_samples_progressed(self, percent: int) -> None:
        if self.source == SAMPLES and not self._samples.count:
            text = self.tr("The model is drawing their codes, one after the other: {percent} %")
            self._note.setText(text.format(percent=percent))

    def _on_samples_drawn(self) -> None:
        self._show()
        begins, self._begins = self._begins, False
        if begins and self._document.session.anchor is None:
            self.open_typical_sample()

    def _on_samples_decoded(self, place: int) -> None:
        if self.source == SAMPLES:
            self._grid.refresh(place)

    def _on_document_model_changed(self) -> None:
        self._sample()
        self._open_waiting()

    def _open_waiting(self) -> None:
        """Open what was chosen before there was a model: what was chosen last comes on the canvas, the rest joins the list."""
        if self._document.model is None:
            return
        wishes = self.waiting.take()
        for wish in wishes[-1:]:
            if len(wish.paths) == 1:
                self.open_file(wish.paths[0], wish.kept)
            else:
                self.open_files(wish.paths)
        for wish in wishes[:-1] if Can.ENCODE in self._document.model.can else ():
            self.adder.add(wish.paths, wish.kept)

    def _on_document_data_changed(self) -> None:
        self._show()

    def _on_document_session_changed(self, session: Session) -> None:
        """Mark the face's thumbnail, and update a photo's: another face of it may be shown, or undo may have moved its eyes."""
        anchor, model = session.anchor, self._document.model
        photo, place = self._document.photo(anchor), self.opened.place_of(anchor)
        if photo is not None and anchor is not None and model is not None and place >= 0:
            old = self.opened[place]
            if old.anchor.eyes != anchor.eyes:
                seen = photo.as_seen(anchor.both_eyes, model)
                self.opened.renew(place, EncodedPicture(anchor, seen, model.generation, old.path))
        code = anchor.z if anchor is not None and anchor.kind == "sample" else ()  # the Gallery's may be named as these
        shown = (anchor.kind, anchor.reference, code) if anchor is not None else None
        if shown != self._shown:
            self._shown = shown
            self._mark(anchor)
        self._mark_edited()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fitting.look()  # a run may have ended meanwhile


def _set_row_enabled(box: QComboBox, row: int, on: bool, why_not: str = "") -> None:
    """Let a row of a combo box be chosen, or not; a tooltip says why not."""
    model = box.model()
    assert isinstance(model, QStandardItemModel)
    model.item(row).setEnabled(on)
    model.item(row).setToolTip(why_not)


def valid_order(data: FaceData) -> np.ndarray:
    """The validation rows in the order offered: that of their files, or shuffled where that follows factors."""
    rows = data.split.valid
    return rows if data.factors is None else np.random.default_rng(0).permutation(rows)

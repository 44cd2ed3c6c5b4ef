"""Explore's page for a colouriser: photos of one's own, their colours by the model, colour points, before and after, undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QElapsedTimer, Qt, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from core.families.colouriser.edit import ColourEdit, GivenColour
from core.files import printable
from core.progress import Progress
from core.wording import percent, sides
from explorer.actions import with_keys
from explorer.document.loading import LoadedModel
from explorer.explore.families.colour_panel import ColourPanel
from explorer.explore.families.coloured_photo import (
    ColouredPhoto,
    OpenedFile,
    Shown,
    coloured_photo,
    opened_file,
    recipe_of,
    shown,
    takes_points,
    whole_picture,
)
from explorer.explore.families.point_marks import PointMarks
from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE
from explorer.messages import Messenger
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.saving.save_many import Made, ManyToSave
from explorer.widgets.canvas import FaceCanvas
from explorer.widgets.long_work import LatestWork
from explorer.widgets.progress_strip import ProgressStrip

if TYPE_CHECKING:
    from core.data.photo import Photo

TOPIC = "colourise"
UNDO_STEPS = 100
TOGETHER_MS = 600  # changes of one field within that time are one step of undo
PLACES = 5  # digits of a point's place, as files keep them
CLAMPED = 0.005  # share of the pixels from which it is said that they were


@dataclass(frozen=True, slots=True)
class ToSave:
    """What a page offers to be saved: a picture that is made in a worker, its name and recipe, and the photo that it is of."""

    picture: Any
    name: str
    recipe: dict[str, Any]
    photo: Photo


class EditStep(QUndoCommand):
    """A change of what is done to the photo; those of one slider that follow one another at once are one."""

    def __init__(self, page: ColourPage, before: ColourEdit, after: ColourEdit, text: str, field: str = "") -> None:
        super().__init__(text)
        self._page, self._before, self.after, self._field = page, before, after, field

    @override
    def id(self) -> int:
        return 1 if self._field else -1

    @override
    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, EditStep) or other._field != self._field or not self._page.goes_on:
            return False
        self.after = other.after
        return True

    @override
    def undo(self) -> None:
        self._page.take(self._before)

    @override
    def redo(self) -> None:
        self._page.take(self.after)


class ColourPage(QWidget):
    """The photo on a canvas, before and after, and beside it what is done to it."""

    open_requested = Signal()
    """The person wants to open a photo."""
    save_requested = Signal()
    save_many_requested = Signal()
    """All opened photos are to be saved, as `to_save_many` gives them."""

    def __init__(self, messenger: Messenger, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messenger = messenger
        self._model: LoadedModel | None = None
        self._opened: ColouredPhoto | None = None
        self._shown: Shown | None = None
        self._edit = ColourEdit()
        self._path = Path()
        self._files: list[Path] = []
        self._points: dict[Path, tuple[GivenColour, ...]] = {}  # of the opened photos that aren't in front
        self._kept: object = None
        self._waiting: tuple[tuple[str, ...], object] | None = None  # photos to open once there is a model
        self._last_change = QElapsedTimer()
        self._size_step: EditStep | None = None  # the last one; the photo may turn out to be too small for it
        self.goes_on = False
        """Whether the change that is made now goes on with the one before."""
        self.undo_stack = QUndoStack(self)
        """Of the photo in front."""
        self.undo_stack.setUndoLimit(UNDO_STEPS)
        self.canvas = FaceCanvas(self)
        self.marks = PointMarks(self.canvas)
        self.panel = ColourPanel(self)
        self._progress = ProgressStrip(self, slim=True)
        self._opening = LatestWork(self._progress, self._on_failed, self)
        self._colouring = LatestWork(self._unseen_strip(), self._on_failed, self)
        self._caption = QLabel(self)
        self._caption.setProperty("muted", True)
        self.previous = self._tool("chevron-left", self.tr("Previous photo"), self.tr("The photo that was opened before this one"))
        self.next = self._tool("chevron-right", self.tr("Next photo"), self.tr("The photo that was opened after this one"))
        for button in (self.previous, self.next):
            button.setCheckable(False)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.before = self._tool("before", self.tr("Before"), with_keys(self.tr("Show the photo as it was ({keys})"), "before"))
        self.split = self._tool(
            "before-after",
            self.tr("Split"),
            with_keys(self.tr("Before and after on both sides of a divider that can be dragged ({keys})"), "split"),
        )
        self._lay_out()
        self.before.toggled.connect(self.canvas.keep_before)
        self.before.toggled.connect(lambda _checked: self.marks.update())
        self.split.toggled.connect(self.canvas.set_split)
        self.previous.clicked.connect(lambda: self._turn(-1))
        self.next.clicked.connect(lambda: self._turn(1))
        panel, marks = self.panel, self.marks
        panel.open_button.clicked.connect(self.open_requested)
        panel.save_button.clicked.connect(self.save_requested)
        panel.save_all_button.clicked.connect(self.save_many_requested)
        panel.edited.connect(self._on_panel_edited)
        panel.placing_toggled.connect(marks.set_places)
        panel.colour_chosen.connect(self._on_panel_colour_chosen)
        panel.removal_requested.connect(lambda: self._remove(marks.current))
        marks.placed.connect(self._on_marks_placed)
        marks.moved.connect(self._on_marks_moved)
        marks.chosen.connect(self._on_marks_chosen)
        marks.removed.connect(self._remove)
        self._show()

    @property
    def photo(self) -> Photo | None:
        """The opened photo."""
        return self._opened.photo if self._opened is not None else None

    @property
    def picture(self) -> np.ndarray | None:
        """What the canvas shows, uint8 (h, w, 3)."""
        return self._shown.coloured.picture if self._shown is not None else None

    @property
    def edit(self) -> ColourEdit:
        """What is done to the photo."""
        return self._edit

    @property
    def is_busy(self) -> bool:
        """Whether a photo is being opened or coloured."""
        return self._opening.is_busy or self._colouring.is_busy

    def set_model(self, model: LoadedModel | None) -> None:
        """Colour with another model; None while one of another family is in use: the photo stays for when this one is back."""
        self._model = model
        self._opening.forget()
        if model is not None:
            self.panel.set_side(model.header.image_shape[1])
            self.panel.set_takes_points(takes_points(model))
            if self._opened is not None and self._opened.model.generation != model.generation:
                self._edit = replace(self._edit, side=model.header.image_shape[1] * self.panel.seen if self._edit.side else 0)
                self._forget_steps()
                self._colour_anew(self._opened)
        self._show()
        if model is not None and self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.open_files(*waiting)

    def open_files(self, paths: Sequence[str], kept: object = None) -> None:
        """Open photos, of which the first one is shown; a reference to `kept` keeps their files while they may be read."""
        if not paths:
            return
        if self._model is None:  # it comes in a moment
            self._waiting = (tuple(paths), kept)
            return
        files = list(dict.fromkeys(Path(path) for path in paths))
        self._open(files[0], kept, files)

    def toggle_before(self) -> None:
        """Show the photo as it was, or no longer."""
        if self.before.isEnabled():
            self.before.toggle()

    def take(self, edit: ColourEdit) -> None:
        """Do something else to the photo; called by steps of undo."""
        model, opened, self._edit = self._model, self._opened, edit
        if model is not None:
            self.panel.set_edit(edit, model.header.image_shape[1])
        self.marks.set_points(edit.points)
        self._show_points()
        if opened is None:
            return
        if edit.side != opened.side:
            self._colour_anew(opened)
        else:
            self._recolour()

    def to_save(self) -> ToSave | None:
        """The coloured photo at its own size; None without one."""
        opened, edit = self._opened, self._edit
        if opened is None or self._model is None or opened.model.generation != self._model.generation:
            return None

        def make(progress: Progress) -> np.ndarray:
            return whole_picture(opened, edit, progress)

        return ToSave(make, _saved_name(opened.photo.name), recipe_of(opened, edit), opened.photo)

    def to_save_many(self) -> ManyToSave | None:
        """All opened photos, each with its own points; None where there is only one."""
        model = self._model
        if model is None or self._opened is None or len(self._files) < 2:
            return None
        edits = {file: replace(self._edit, points=self._points.get(file, ())) for file in self._files}
        edits[self._path] = self._edit

        def make(file: Path, progress: Progress) -> Made:
            from core.data.photo import open_photo  # noqa: PLC0415 - loads OpenCV

            opened = coloured_photo(model, open_photo(file), edits[file])
            picture = whole_picture(opened, edits[file], progress)
            return Made(picture, _saved_name(opened.photo.name), recipe_of(opened, edits[file]), opened.photo)

        return ManyToSave(tuple(self._files), make)

    # -- building

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.setSpacing(SPACE)
        for widget in (self.previous, self.next):
            below.addWidget(widget)
        below.addWidget(self._caption, 1)
        for widget in (self.before, self.split):
            below.addWidget(widget)
        middle = QVBoxLayout()
        middle.setSpacing(SPACE)
        middle.addWidget(self.canvas, 1)
        middle.addLayout(below)
        middle.addWidget(self._progress)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        layout.addLayout(middle, 1)
        layout.addWidget(self.panel)

    def _unseen_strip(self) -> ProgressStrip:
        """A strip that is never seen: a step of a slider takes a tenth of a second."""
        strip = ProgressStrip(self, slim=True)
        strip.setMaximumHeight(0)
        return strip

    def _tool(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.setAutoRaise(True)
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    # -- showing

    def _show(self) -> None:
        """Show what there is, and what can be done with it."""
        opened, count = self._opened, len(self._files)
        has_photo = opened is not None
        for widget in (self.before, self.split, self.panel.save_button):
            widget.setEnabled(has_photo)
        at = self._files.index(self._path) if self._path in self._files else 0
        for widget in (self.previous, self.next, self.panel.save_all_button):
            widget.setVisible(count > 1)
        self.previous.setEnabled(at > 0)
        self.next.setEnabled(at < count - 1)
        self.panel.save_all_button.setText(self.tr("Save all {n}…").format(n=count))
        if opened is None:
            self.canvas.set_placeholder(self.tr("Open photos, drop them here, or paste one"))
            self._caption.setText("")
            self.panel.note.setText("")
            return
        height, width = opened.photo.pixels.shape[:2]
        text = self.tr("{name}, {size} pixels").format(name=opened.photo.name, size=sides(width, height))
        place = self.tr("{text}, {n} of {all}").format(text=text, n=at + 1, all=count)
        self._caption.setText(place if count > 1 else text)

    def _show_points(self) -> None:
        self.panel.set_points(len(self._edit.points), self.marks.current)

    def _open(self, path: Path, kept: object, files: list[Path]) -> None:
        """Open one of some photos."""
        model = self._model
        if model is None:
            return
        edit = replace(self._edit, points=self._points.get(path, ()) if path in self._files else ())
        self._messenger.settle(TOPIC)
        self._opening.start(
            self.tr("Opening {name}").format(name=printable(path.name)),
            lambda progress: opened_file(model, path, edit, kept),
            lambda opened: self._on_file_opened(path, opened, files, kept),
            "open photo to colour",
        )

    def _turn(self, by: int) -> None:
        """Show the next photo, or the one before."""
        at = self._files.index(self._path) + by
        if 0 <= at < len(self._files):
            self._open(self._files[at], self._kept, self._files)

    def _colour_anew(self, opened: ColouredPhoto) -> None:
        """Let the model in use colour the opened photo, as large as is chosen."""
        model, edit = self._model, self._edit
        if model is None:
            return
        self._messenger.settle(TOPIC)
        self._opening.start(
            self.tr("Colouring {name}").format(name=opened.photo.name),
            lambda progress: coloured_photo(model, opened.photo, edit, opened.kept),
            self._take_opened,
            "colour photo anew",
        )

    def _recolour(self) -> None:
        """Show the photo with the edit that is chosen."""
        opened, edit = self._opened, self._edit
        if opened is not None and self._model is not None and opened.model.generation == self._model.generation:
            self._colouring.start("", lambda progress: shown(opened, edit), self._on_recoloured, "colour photo")

    def _take_opened(self, opened: ColouredPhoto) -> None:
        is_other = self._opened is None or self._opened.photo is not opened.photo
        self._opened = opened
        height, width = opened.photo.pixels.shape[:2]
        self.canvas.set_before(opened.before, (width, height))
        if is_other:
            self.before.setChecked(False)
            self.canvas.fit()
        self._recolour()
        self._show()

    def _forget_steps(self) -> None:
        self.undo_stack.clear()
        self._size_step = None

    # -- changes

    def _push(self, edit: ColourEdit, text: str, field: str = "") -> None:
        """Do something else to the photo, as a step of undo; `field`: what steps are of that may go together."""
        if edit == self._edit:
            return
        self.goes_on = bool(field) and self._last_change.isValid() and self._last_change.elapsed() < TOGETHER_MS
        sliders: tuple[QSlider, ...] = (self.panel.strength, self.panel.saturation)
        self.goes_on = self.goes_on or (bool(field) and any(one.isSliderDown() for one in sliders))
        self._last_change.start()
        self.undo_stack.push(EditStep(self, self._edit, edit, text, field))

    def _on_panel_edited(self, field: str) -> None:
        panel, model = self.panel, self._model
        if field == "seen":
            side = model.header.image_shape[1] * panel.seen if model is not None and panel.seen > 1 else 0
            self._size_step = EditStep(self, self._edit, replace(self._edit, side=side), self.tr("size that the model sees"))
            self.undo_stack.push(self._size_step)
        elif field == "strength":
            self._push(replace(self._edit, strength=float(panel.strength.value())), self.tr("strength"), field)
        else:
            self._push(replace(self._edit, saturation=float(panel.saturation.value())), self.tr("saturation"), field)

    def _on_panel_colour_chosen(self, colour: str) -> None:
        number = self.marks.current
        if number >= 0:
            self._put(number, replace(self._edit.points[number], colour=colour), self.tr("colour of a point"))

    def _on_marks_placed(self, x: float, y: float) -> None:
        points = (*self._edit.points, GivenColour(round(x, PLACES), round(y, PLACES), self.panel.colours.colour))
        self._push(replace(self._edit, points=points), self.tr("colour point"))

    def _on_marks_moved(self, number: int, x: float, y: float) -> None:
        self._put(
            number,
            replace(self._edit.points[number], x=round(x, PLACES), y=round(y, PLACES)),
            self.tr("moving a point"),
            f"point {number}",
        )

    def _on_marks_chosen(self, number: int) -> None:
        if number >= 0:
            self.panel.colours.set_colour(self._edit.points[number].colour)
        self._show_points()

    def _put(self, number: int, point: GivenColour, text: str, field: str = "") -> None:
        """Another point in the place of one."""
        points = self._edit.points
        self._push(replace(self._edit, points=(*points[:number], point, *points[number + 1 :])), text, field)

    def _remove(self, number: int) -> None:
        points = self._edit.points
        if 0 <= number < len(points):
            self.marks.choose(-1)
            self._push(replace(self._edit, points=(*points[:number], *points[number + 1 :])), self.tr("taking a point away"))

    # -- results

    def _on_file_opened(self, asked: Path, file: OpenedFile, files: list[Path], kept: object) -> None:
        model = self._model
        if model is None:
            return
        if self._opened is not None:
            self._points[self._path] = self._edit.points
        if files is not self._files:
            self._points = {}
        self._files, self._path, self._kept = [file.path if one == asked else one for one in files], file.path, kept
        opened = file.coloured
        self._edit = file.edit or replace(self._edit, points=self._points.get(asked, ()), side=opened.side)
        self._forget_steps()
        self.marks.choose(-1)
        self.panel.set_edit(self._edit, model.header.image_shape[1])
        self.marks.set_points(self._edit.points)
        self._show_points()
        self._take_opened(opened)
        if file.edit is not None:
            self._say_kept(file, model)

    def _say_kept(self, file: OpenedFile, model: LoadedModel) -> None:
        """Say what of an edit that a picture kept is there again."""
        count = len(self._edit.points)
        if count and not takes_points(model):
            text = self.tr("This picture was coloured with {n} colour points, which this model doesn't take.")
            self._messenger.info(text.format(n=count))
        elif file.is_original:
            text = self.tr("What was done to {name} is there again, and can be changed.")
            self._messenger.info(text.format(name=printable(file.path.name)))
        else:
            self._messenger.info(
                self.tr(
                    "The edit of this picture is there again. The photo that it was made of isn't beside it, so it takes its place."
                )
            )

    def _on_recoloured(self, result: Shown) -> None:
        self._opened, self._shown = result.opened, result
        coloured, own = result.coloured, result.opened.own_colourful
        height, width = result.opened.photo.pixels.shape[:2]
        self.canvas.set_image(coloured.picture, object(), (width, height))
        self.marks.update()
        told = self.tr("Mean chroma: {chroma} Lab units.").format(chroma=f"{result.colourful:.1f}")
        from_grey = own < 2.0  # as `core.families.colouriser.lab.GREY`
        if not from_grey:
            told = self.tr("Mean chroma: {chroma} Lab units, {share} of the photo's own {own}.").format(
                chroma=f"{result.colourful:.1f}", share=percent(100.0 * result.colourful / own), own=f"{own:.1f}"
            )
        if coloured.outside >= CLAMPED:
            text = self.tr("{told} {share} of the pixels would have a colour that no screen shows, and got the nearest one.")
            told = text.format(told=told, share=percent(100.0 * coloured.outside))
        self.panel.note.setText(told)

    def _on_failed(self, error: BaseException) -> None:
        opened, step = self._opened, self._size_step
        if opened is not None and opened.side != self._edit.side:  # the photo is too small to be seen so large
            if step is not None and self.undo_stack.canUndo():
                step.setObsolete(True)
                self.undo_stack.undo()  # it goes, without being asked
            self.take(replace(self._edit, side=opened.side))
        self._messenger.report(error, TOPIC)


def _saved_name(name: str) -> str:
    return file_name(Path(name).stem, "coloured")


def page(messenger: Messenger, parent: QWidget) -> ColourPage:
    """What Explore shows for models of this family in place of all else."""
    return ColourPage(messenger, parent)

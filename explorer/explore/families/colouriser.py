"""Explore's page for a colouriser: photos of one's own, their colours by the model, colour points, before and after, undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QElapsedTimer
from PySide6.QtGui import QUndoCommand
from PySide6.QtWidgets import QSlider, QWidget

from core.families.colouriser.edit import ColourEdit, GivenColour
from core.files import printable
from core.progress import Progress
from core.wording import percent
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
from explorer.explore.families.photo_page import PhotoPage, ToSave
from explorer.explore.families.point_marks import PointMarks
from explorer.messages import Messenger
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.saving.into_folder import Made

TOPIC = "colourise"
TOGETHER_MS = 600  # changes of one field within that time are one step of undo
PLACES = 5  # digits of a point's place, as files keep them
CLAMPED = 0.005  # share of the pixels from which it is said that they were


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


class ColourPage(PhotoPage[ColouredPhoto, OpenedFile]):
    """The photo on a canvas, and beside it its colours, each step of which can be taken back."""

    def __init__(self, messenger: Messenger, parent: QWidget | None = None) -> None:
        panel = ColourPanel()
        super().__init__(messenger, panel, TOPIC, parent)
        self.panel = panel
        self._edit = ColourEdit()
        self._points: dict[Path, tuple[GivenColour, ...]] = {}  # of the opened photos that aren't in front
        self._last_change = QElapsedTimer()
        self._size_step: EditStep | None = None  # the last one; the photo may turn out to be too small for it
        self.goes_on = False
        """Whether the change that is made now goes on with the one before."""
        self.marks = PointMarks(self.canvas)
        marks = self.marks
        self.before.toggled.connect(lambda _checked: marks.update())
        panel.edited.connect(self._on_panel_edited)
        panel.placing_toggled.connect(marks.set_places)
        panel.colour_chosen.connect(self._on_panel_colour_chosen)
        panel.removal_requested.connect(lambda: self._remove(marks.current))
        marks.placed.connect(self._on_marks_placed)
        marks.moved.connect(self._on_marks_moved)
        marks.chosen.connect(self._on_marks_chosen)
        marks.removed.connect(self._remove)

    @property
    def edit(self) -> ColourEdit:
        """What is done to the photo."""
        return self._edit

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
            self._redraw()

    # -- the photo

    def _take_model(self, model: LoadedModel) -> None:
        self.panel.set_side(model.header.image_shape[1])
        self.panel.set_takes_points(takes_points(model))
        if self._opened is not None and self._opened.model.generation != model.generation:
            self._edit = replace(self._edit, side=model.header.image_shape[1] * self.panel.seen if self._edit.side else 0)
            self._forget_steps()
            self._colour_anew(self._opened)

    def _reader(self, model: LoadedModel, path: Path, kept: object) -> Callable[[], OpenedFile]:
        edit = replace(self._edit, points=self._points.get(path, ()) if path in self._files else ())
        return partial(opened_file, model, path, edit, kept)

    def _offer(self, opened: ColouredPhoto) -> ToSave:
        edit = self._edit
        picture = partial(whole_picture, opened, edit)
        return ToSave(picture, _saved_name(opened.photo.name), recipe_of(opened, edit), opened.photo)

    def _maker(self, model: LoadedModel, opened: ColouredPhoto) -> Callable[[Path, Progress], Made]:
        edits = {file: replace(self._edit, points=self._points.get(file, ())) for file in self._files}
        edits[self._path] = self._edit

        def make(file: Path, progress: Progress) -> Made:
            from core.data.photo import open_photo  # noqa: PLC0415 - loads OpenCV

            opened = coloured_photo(model, open_photo(file), edits[file])
            picture = whole_picture(opened, edits[file], progress)
            return Made(picture, _saved_name(opened.photo.name), recipe_of(opened, edits[file]), opened.photo)

        return make

    def _show_points(self) -> None:
        self.panel.set_points(len(self._edit.points), self.marks.current)

    def _colour_anew(self, opened: ColouredPhoto) -> None:
        """Let the model in use colour the opened photo, as large as is chosen."""
        model, edit = self._model, self._edit
        if model is not None:
            text = self.tr("Colouring {name}").format(name=opened.photo.name)
            self._make_anew(text, lambda: coloured_photo(model, opened.photo, edit, opened.kept), "colour photo anew")

    def _redraw(self) -> None:
        opened, edit = self._current, self._edit
        if opened is not None:
            self._drawing.start("", lambda progress: shown(opened, edit), self._on_redrawn, "colour photo")

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
        elif field == "edges":
            self._push(replace(self._edit, edges=panel.edges.isChecked()), self.tr("keeping to edges"))
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

    def _take_file(self, asked: Path, file: OpenedFile, left: Path | None) -> None:
        model = self._model
        if model is None:
            return
        if left is None:
            self._points = {}
        else:
            self._points[left] = self._edit.points
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

    def _on_redrawn(self, result: Shown) -> None:
        self._opened = result.opened
        coloured, own = result.coloured, result.opened.own_colourful
        self._show_picture(coloured.picture)
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

    def _go_back(self) -> None:
        opened, step = self._opened, self._size_step
        if opened is not None and opened.side != self._edit.side:  # the photo is too small to be seen so large
            if step is not None and self.undo_stack.canUndo():
                step.setObsolete(True)
                self.undo_stack.undo()  # it goes, without being asked
            self.take(replace(self._edit, side=opened.side))


def _saved_name(name: str) -> str:
    return file_name(Path(name).stem, "coloured")


def page(messenger: Messenger, parent: QWidget) -> ColourPage:
    """What Explore shows for models of this family in place of all else."""
    return ColourPage(messenger, parent)

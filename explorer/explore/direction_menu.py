"""The menus of directions: one is fitted, opened, saved, renamed or removed; and the work behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from core.data.columns import has_columns
from core.data.dataset import FaceData
from core.errors import CoreError
from core.families.base import Can
from core.files import printable
from core.latent.direction_file import read_direction, write_direction
from core.latent.direction_fit import METHODS
from core.latent.directions import Direction
from core.progress import Progress
from explorer.actions import keys_of
from explorer.data.sources import source_title
from explorer.document.direction_keeper import DirectionKeeper, is_kept_in, write
from explorer.document.direction_step import RemoveDirection, RenameDirection, ReplaceDirection
from explorer.document.document import Document
from explorer.document.fitting_model import FittingModel
from explorer.document.framing import fits, framing_of, offered_pictures, pictures_name, same_colours
from explorer.document.loading import LoadedModel
from explorer.explore.trust_card import title, title_of
from explorer.look.icons import icon
from explorer.messages import Message, Messenger
from explorer.saving.direction_files import (
    FilesInTrash,
    FileWork,
    RenamedFiles,
    ask_direction_path,
    direction_kinds,
    directions_folder,
    directions_of,
    say_saved,
)
from explorer.tasks import Task, run_task
from explorer.teach.name_field import free_name

TOPIC = "direction"  # of messages that say what a slider follows
LOOKS = 64  # at the labels, each of a part of the pictures, until both kinds are found


class DirectionMenu(QObject):
    """Offers each attribute of the opened data, plain or balanced by another, and fits what is chosen."""

    started = Signal(str)
    """What is being fitted; with progress to follow."""
    progressed = Signal(str, int, int)
    ended = Signal()
    teach_requested = Signal()
    """The person wants to teach a direction by examples."""
    retouch_requested = Signal()
    """The person wants sharper edits of photos."""
    data_requested = Signal()
    """The person wants to choose pictures in the Data tab."""
    reframe_requested = Signal(str, int)
    """Read the pictures in use again: crop (as `data.crop`) and image size."""
    saved_ones_changed = Signal()
    """Files in the program's own folder were renamed, went into the trash, or came back."""
    own_pictures_requested = Signal(object)
    """Open the pictures that the model's run learned from: their `DataConfig`."""
    fitting_model_requested = Signal(str)
    """The person wants the model that sees pictures as they are read: its file."""

    def __init__(self, document: Document, messenger: Messenger, parent: QWidget, fitting: FittingModel | None = None) -> None:
        super().__init__(parent)
        self._fitting = fitting
        self._document = document
        self._messenger = messenger
        self._window = parent
        self._task: Task | None = None
        self._earlier: dict[tuple[str, str], Direction] = {}  # by model and name: what the class means have replaced
        self.keeper = DirectionKeeper(messenger, self)
        self._files = FileWork(messenger, TOPIC, self)
        document.model_changed.connect(lambda _model: messenger.settle(TOPIC))

    def button(self) -> QToolButton:
        """A small "+" that opens the menu."""
        button = QToolButton(self._window)
        button.setIcon(icon("plus"))
        button.setAutoRaise(True)
        button.setToolTip(self.tr("Fit a direction from the data set's labels"))
        button.setAccessibleName(self.tr("Fit a direction"))
        button.clicked.connect(lambda: self.popup_at(button))
        return button

    def choices(self) -> list[str]:
        """The attributes that a direction can be fitted for."""
        data, model = self._document.data, self._document.model
        if data is None or model is None or not fits(model, data):
            return []
        named = data.index.named_classes
        others = named if not data.class_attribute or len(named) > 2 else ()  # the other one of two classes is the same attribute
        classes = [data.own_attribute, *(name for name in others if name != data.index.positive)]
        known = data.attribute_names()  # a single class isn't one of them
        columns = [column for factor in data.factor_kinds for column in factor.columns()]
        labels = [name for name in data.index.attributes if name != data.smile_by_column]  # which is "smile"
        names = dict.fromkeys([*(name for name in classes if name in known), *labels, *columns])
        return [name for name in names if _two_kinds(data, name)]

    def plain_choice(self) -> str:
        """The data's own attribute, where the plain difference of its class means can be had; "" = none."""
        data = self._document.data
        name = data.own_attribute if data is not None else ""
        return name if name and name in self.choices() else ""

    def earlier(self, name: str) -> Direction | None:
        """The direction that a slider followed before the class means; None where there was none, or it follows another one."""
        model, known = self._document.model, self._document.directions.get(name)
        if model is None or known is None or not is_plain(known):
            return None
        return self._earlier.get((model.id, name))

    def put_back(self, name: str) -> None:
        """Let a slider follow the direction again that it followed before the class means; say so where there was none."""
        earlier, model, known = self.earlier(name), self._document.model, self._document.directions.get(name)
        if earlier is not None and model is not None:
            self._put_back(earlier, model)
        elif known is not None:
            text = self.tr("The slider “{name}” follows the class means already. The + beside Other directions offers others.")
            self._messenger.settle(TOPIC)
            self._messenger.post(Message(text.format(name=known.shown_name), topic=TOPIC, is_quiet=True))

    def has_choices(self) -> bool:
        """Whether there is anything to fit."""
        return bool(self.choices())

    def why_none(self) -> str:
        """Why there is nothing to fit."""
        data, model = self._document.data, self._document.model
        if data is not None and model is not None and not same_colours(model, data):
            is_grey = data.images.shape[3] == 1
            too_grey = self.tr("The data set's pictures are grey, and this model is for colour")
            return too_grey if is_grey else self.tr("The data set's pictures are in colour, and this model is for grey ones")
        if data is not None and model is not None and not fits(model, data):
            return self.tr("The data set's pictures have another size than this model's")
        if data is not None and model is not None:
            if not has_columns(data) and not data.index.named_classes:
                return self.tr("The data set's pictures have no labels: a direction needs two classes")
            return self.tr("The data set's labelled pictures are all of one class: a direction needs two")
        return self.tr("Open labelled pictures in the Data tab first")

    def popup_at(self, button: QWidget) -> None:
        """Open the menu under a button."""
        names = self.choices()
        data = self._document.data
        same_factor = data.same_factor if data is not None else lambda _name: ()
        menu = QMenu(button)
        if not names:
            menu.addAction(self.why_none()).setEnabled(False)
            self._add_remedies(menu)
        for name in names:
            sub = menu.addMenu(name.replace("_", " ").capitalize())
            sub.addAction(self.tr("Difference of the class means")).triggered.connect(lambda _=False, n=name: self.fit(n))
            for text, method in (
                (self.tr("Logistic regression"), "logistic"),
                (self.tr("Logistic, focused where it shows"), "visible"),
            ):
                sub.addAction(text).triggered.connect(lambda _=False, n=name, m=method: self.fit(n, m))
            others = [other for other in names if other != name and other not in same_factor(name)]
            for text, method in (
                (self.tr("Balanced by {name}"), "balanced"),
                (self.tr("Logistic, balanced by {name}"), "logistic"),
                (self.tr("Focused where it shows, balanced by {name}"), "visible"),
            ):
                sub.addSeparator()
                for other in others:
                    entry = sub.addAction(text.format(name=other.replace("_", " ")))
                    entry.triggered.connect(lambda _=False, n=name, m=method, o=other: self.fit(n, m, o))
        menu.addSeparator()
        if self._document.model is None or Can.DIRECTIONS in self._document.model.can:
            teach = menu.addAction(self.tr("Teach by examples…"))
            teach.setEnabled(self._document.model is not None)
            teach.triggered.connect(lambda _=False: self.teach_requested.emit())
            retouch = menu.addAction(self.tr("Sharper edits of photos…"))
            retouch.setToolTip(self.tr("Train a small network that makes a slider's edits of photos look photographed"))
            retouch.triggered.connect(lambda _=False: self.retouch_requested.emit())
        self._add_file_entries(menu)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
        menu.aboutToHide.connect(menu.deleteLater)

    def _add_remedies(self, menu: QMenu) -> None:
        """What brings labelled pictures that this model can see."""
        data, model = self._document.data, self._document.model
        fitting = self._fitting.found if self._fitting is not None else None
        if data is None or model is None or fits(model, data):
            menu.addAction(self.tr("Choose pictures…")).triggered.connect(lambda _=False: self.data_requested.emit())
            return
        if same_colours(model, data):
            crop, size = framing_of(model, data)
            text = self.tr("Read them for this model, at {size} px").format(size=size)
            menu.addAction(text).triggered.connect(lambda _=False: self.reframe_requested.emit(crop, size))
        if fitting is not None and fitting.adds:
            text, path = self.tr("Use the model {name}").format(name=fitting.name.replace("&", "&&")), fitting.path
            menu.addAction(text).triggered.connect(lambda _=False: self.fitting_model_requested.emit(path))
        own = offered_pictures(model, data)
        if own is not None:
            name = source_title(own.source, pictures_name(own)).replace("&", "&&")
            text = self.tr("Open {data}, its own pictures").format(data=name)
            menu.addAction(text).triggered.connect(lambda _=False: self.own_pictures_requested.emit(own))
        if not same_colours(model, data):
            menu.addAction(self.tr("Choose other pictures…")).triggered.connect(lambda _=False: self.data_requested.emit())

    def fit(self, attribute: str, method: str = "mean", balance: str = "", keep: tuple[str, ...] = ()) -> None:
        """Fit a direction on the opened data and give it to the document; kept in the model's file where that is the person's.

        Args:
            attribute: of the data.
            method: see core.latent.direction_fit.fit.
            balance: the column to balance by.
            keep: what mustn't change.
        """
        data, model = self._document.data, self._document.model
        if data is None or model is None:
            return
        if self._task is not None:
            self._task.drop()  # no callback of it may end the progress of this one
        earlier = self._document.directions.get(attribute)

        def work(progress: Progress) -> Direction:
            from core import device  # noqa: PLC0415 - loads torch
            from core.metrics.direction_quality import fit_and_score  # noqa: PLC0415

            device.set_threads(0)  # thousands of pictures are encoded
            direction = fit_and_score(
                model.engine, data, attribute, method=method, balance=balance, keep=keep, thorough=True, progress=progress
            )
            direction = _called_as(earlier, direction)
            write(Path(model.path), model.id, {direction.name: direction})
            return direction

        self.started.emit(self.tr("Fitting “{name}”").format(name=attribute))
        self._task = run_task(
            self,
            work,
            done=lambda direction: self._on_fitted(direction, model),
            failed=self._on_failed,
            progress=self.progressed.emit,
            cancelled=self.ended.emit,
            name="fit direction",
        )

    def fit_again(self, direction: Direction, keep: tuple[str, ...]) -> None:
        """Fit a direction as before, but keep other things from changing."""
        self.fit(direction.name, direction.method, direction.balance, keep)

    def why_not_again(self, direction: Direction) -> str:
        """Why a direction can't be fitted anew; "" where it can."""
        data, model = self._document.data, self._document.model
        if data is None:
            return self.tr("Open the labelled pictures in the Data tab first")
        if model is None or not fits(model, data):
            return self.why_none()
        names = self.choices()
        if direction.method not in METHODS:
            return self.tr("It was taught by examples: mark more pictures instead")
        if direction.name not in names or (direction.balance and direction.balance not in names):
            return self.tr("The data set isn't labelled with it")
        return ""

    def cancel(self) -> None:
        """Cancel the fit."""
        if self._task is not None:
            self._task.cancel()

    def saved_ones(self) -> dict[Path, Direction]:
        """The model's directions in the program's own folder that are no sliders now, the newest first."""
        model, known = self._document.model, self._document.directions
        saved = directions_of(model.id) if model is not None else {}
        shown = {(direction.name, direction.shown_name) for direction in known.values()}
        return {path: one for path, one in saved.items() if (one.name, one.shown_name) not in shown}

    def _add_file_entries(self, menu: QMenu) -> None:
        """Opening and saving directions as files of their own."""
        model, known = self._document.model, self._document.directions
        absent = self.saved_ones()
        if absent:
            again = menu.addMenu(self.tr("Saved for this model"))
            for path, direction in absent.items():
                again.addAction(title(direction)).triggered.connect(lambda _=False, place=str(path): self.open_file(place))
        entry = menu.addAction(self.tr("Open a direction…"))
        entry.setEnabled(model is not None)
        entry.triggered.connect(self._on_open_triggered)
        if known:
            sub = menu.addMenu(self.tr("Save a direction"))
            for name in known:
                sub.addAction(title(known[name])).triggered.connect(lambda _=False, n=name: self._on_save_triggered(n))

    def _on_open_triggered(self) -> None:
        model = self._document.model
        title, folder = self.tr("Open a direction"), str(directions_folder())
        path, _ = QFileDialog.getOpenFileName(self._window, title, folder, direction_kinds())
        if path and model is not None:
            self.open_file(path)

    def open_file(self, path: str) -> None:
        """Use the direction in a file, if it is one of this model."""
        model = self._document.model
        if model is None:
            return
        try:
            direction = read_direction(Path(path), model.id)
        except CoreError as error:
            self._messenger.report(error)
            return
        direction = self._beside_others(direction)
        self._document.note_direction_saved(direction)
        text = self.tr("Open the direction {name}").format(name=title(direction))
        self._document.undo_stack.push(ReplaceDirection(self._document, direction, text, self._say_turned))
        self._messenger.success(self.tr("“{name}” is a slider now.").format(name=title(direction)))

    def _beside_others(self, direction: Direction) -> Direction:
        """A direction from a file: one taught under the name of another that is called otherwise now doesn't take its place."""
        there = self._document.directions.get(direction.name)
        if there is None or direction.method in METHODS or there.shown_name == direction.shown_name:
            return direction
        if not np.allclose(there.unit, direction.unit, atol=1e-6):  # else it is the same one, saved before it was renamed
            shown, names = direction.shown_name, self._document.taken_names()
            direction = replace(direction, name=free_name(direction.name, names)).shown_as(free_name(shown, names))
        return direction

    def _on_save_triggered(self, name: str) -> None:
        path = ask_direction_path(self._window, self._document.shown_name(name))
        if path is not None:
            self.save_file(name, str(path))

    def save_file(self, name: str, path: str) -> None:
        """Write a direction to a file of its own."""
        direction = self._document.directions[name]
        try:
            write_direction(Path(path), direction)
        except CoreError as error:
            self._messenger.report(error)
            return
        self._document.note_direction_saved(direction)
        say_saved(self._messenger, Path(path))

    def is_own(self, name: str) -> bool:
        """Whether a direction is the person's, to be renamed and removed: any but those in a file that isn't written to."""
        model = self._document.model
        if model is None or name not in model.directions:
            return False
        held = [values.get("name") for values in model.header.directions]
        return name not in held or is_kept_in(Path(model.path))

    def rename(self, name: str, wish: str) -> str:
        """Call a direction something else, also in its files; gives what it is called then, with a number where that is taken."""
        wish, direction = " ".join(wish.split()), self._document.directions.get(name)
        if direction is None or not wish or wish == direction.shown_name:
            return self._document.shown_name(name)
        self._messenger.settle(TOPIC)
        shown = free_name(wish, self._document.taken_names(besides=name))
        if shown != wish:
            taken = self.tr("“{name}” is taken: this one is “{other}” now.")
            self._say(taken.format(name=title_of(wish), other=title_of(shown)))
        files = RenamedFiles()

        def renamed(before: str, now: str) -> None:
            direction = self._document.directions[name]
            self._keep(direction)
            self._files.do(lambda: files.rename(direction.shown_as(before), now), self._on_files_changed)

        text = self.tr("Rename {name} to {new}").format(name=title(direction), new=title_of(shown))
        self._document.undo_stack.push(RenameDirection(self._document, name, shown, text, renamed))
        return shown

    def remove(self, name: str) -> None:
        """Take a direction away, with its files in the program's own folder; undo brings all of it back."""
        direction = self._document.directions.get(name)
        if direction is None or not self.is_own(name):
            return
        files = FilesInTrash(direction)

        def turned(before: Direction | None, after: Direction | None) -> None:
            self._keep(after, name)
            if after is None:
                self._files.do(files.move, lambda stay: moved(title(before or direction), stay))
            else:
                self._say(self.tr("The slider “{name}” is there again.").format(name=title(after)))
                self._files.do(files.bring_back, self._on_files_changed)

        def moved(shown: str, stay: list[Path]) -> None:
            self._on_files_changed()
            if name not in self._document.directions:  # else it is there again already
                self._say_removed(shown, stay, len(files))

        text = self.tr("Remove {name}").format(name=title(direction))
        self._document.undo_stack.push(RemoveDirection(self._document, name, text, turned))

    def _say_removed(self, name: str, stay: list[Path], gone: int) -> None:
        """Say that a direction is removed, and what became of its files: how many are in the trash, and which aren't."""
        text = self.tr("“{name}” is removed; {keys} brings it back.")
        if gone == 1:
            text = self.tr("“{name}” is removed, and its file is in the trash; {keys} brings both back.")
        elif gone:
            text = self.tr("“{name}” is removed, and its {count} files are in the trash; {keys} brings all of it back.")
        if stay:
            no_trash = self.tr("There is no trash for {files}, which stays where it is.")
            several = self.tr("There is no trash for {files}, which stay where they are.")
            text += " " + (no_trash if len(stay) == 1 else several)
        names = ", ".join(printable(path.name) for path in stay)
        self._say(text.format(name=name, keys=keys_of("undo"), count=gone, files=names))

    def _keep(self, direction: Direction | None, before: str = "") -> None:
        """Let the model's file follow at once, wherever it lies now: a run may be renamed, or begin to write there."""
        model = self._document.model
        if model is not None:
            self._note_in_model(direction, model)
            self.keeper.keep(model.path, model.id, direction, before)
            self.keeper.flush()

    def _note_in_model(self, direction: Direction | None, model: LoadedModel) -> None:
        """Note that a model's file has a direction, where it may be written to."""
        if direction is not None and is_kept_in(Path(model.path)):
            self._document.note_direction_in_model(direction)

    def _on_files_changed(self, _result: object = None) -> None:
        self.saved_ones_changed.emit()

    def _on_fitted(self, direction: Direction, model: LoadedModel) -> None:
        self.ended.emit()
        if self._document.model is None or self._document.model.id != model.id:
            return
        earlier = self._document.directions.get(direction.name)
        self._note_in_model(direction, model)
        written, direction = direction, _called_as(earlier, direction)
        if direction is not written:  # it was renamed meanwhile
            self._keep(direction)
        if earlier is not None and not is_plain(earlier):
            self._earlier[model.id, earlier.name] = earlier
        self._step(direction, self.tr("Fit {name}"))
        score = (
            self.tr("held-out AUC {auc:.3f}").format(auc=direction.auc)
            if np.isfinite(direction.auc)
            else self.tr("no held-out score")
        )
        if is_plain(direction):
            text = self.tr("The slider “{name}” follows the class means now.")
        elif earlier is None:
            text = self.tr("“{name}” is a slider now ({score}).")
        else:
            text = self.tr("The slider “{name}” follows the new direction now ({score}).")
        back = (self.tr("Put the earlier one back"), lambda: self._put_back(earlier, model)) if earlier is not None else None
        self._say(text.format(name=direction.shown_name, score=score), back)

    def _step(self, direction: Direction, text: str) -> None:
        """Use a direction; undo brings back what there was before."""
        text = text.format(name=direction.shown_name.replace("_", " "))
        self._document.undo_stack.push(ReplaceDirection(self._document, direction, text, self._on_turned))

    def _say(self, text: str, action: tuple[str, Callable[[], None]] | None = None) -> None:
        """Say what a slider follows; what was said of that before is so no longer."""
        self._messenger.settle(TOPIC)
        self._messenger.post(Message(text, "success", action=action, topic=TOPIC))

    def _put_back(self, direction: Direction, model: LoadedModel) -> None:
        """Use a direction again that another one has replaced, also in the model's file where that is the person's."""
        if self._document.model is not None and self._document.model.id == model.id:
            before = self._document.directions.get(direction.name)
            direction = _called_as(before, direction)
            self._step(direction, self.tr("Put {name} back"))
            self._on_turned(before, direction)

    def _on_turned(self, before: Direction | None, after: Direction | None) -> None:
        """A fit was undone or redone: the model's file follows, where it is the person's."""
        self._keep(after, before.name if before is not None else "")
        self._say_turned(before, after)

    def _say_turned(self, before: Direction | None, after: Direction | None) -> None:
        """Say what undo or redo did: nothing shows it while the slider is at its start."""
        if after is None:
            text = self.tr("The slider “{name}” is gone; redo brings it back.").format(name=before.shown_name if before else "")
        elif before is None:
            text = self.tr("The slider “{name}” is there again.").format(name=after.shown_name)
        elif is_plain(after):
            text = self.tr("The slider “{name}” follows the class means again.").format(name=after.shown_name)
        else:
            text = self.tr("The slider “{name}” follows its earlier direction again.").format(name=after.shown_name)
        self._say(text)

    def _on_failed(self, error: BaseException) -> None:
        self.ended.emit()
        self._messenger.report(error)


def _called_as(earlier: Direction | None, direction: Direction) -> Direction:
    """A direction in place of an earlier one of its name, called as people call that, if both are about a label."""
    is_called_otherwise = earlier is not None and earlier.method in METHODS and earlier.shown_name != direction.shown_name
    return direction.shown_as(earlier.shown_name) if is_called_otherwise and earlier is not None else direction


def is_plain(direction: Direction) -> bool:
    """Whether it is the difference of class means and nothing else, as the assignment asks for."""
    return direction.method == "mean" and not direction.kept


def _two_kinds(data: FaceData, name: str) -> bool:
    """Whether there are known training pictures with and without an attribute; with very many, a few looks may tell."""
    some = others = False
    for start in range(LOOKS):  # each look spans all pictures, which may be ordered by their factors
        values = data.attribute(name, data.split.train[start::LOOKS])
        some |= bool((values > 0.5).any())
        others |= bool((values <= 0.5).any())  # NaN is neither
        if some and others:
            return True
    return False

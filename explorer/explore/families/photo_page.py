"""A page in Explore for photos of one's own: one or several are opened, looked at before and after, and saved."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.files import printable
from core.progress import Progress
from core.wording import sides
from explorer.actions import with_keys
from explorer.document.loading import LoadedModel
from explorer.explore.families.photo_panel import PhotoPanel
from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE
from explorer.messages import Messenger
from explorer.qt import AbstractQtMeta
from explorer.saving.into_folder import Made
from explorer.saving.save_many import ManyToSave
from explorer.widgets.canvas import FaceCanvas
from explorer.widgets.long_work import LatestWork
from explorer.widgets.progress_strip import ProgressStrip

if TYPE_CHECKING:
    from core.data.photo import Photo

UNDO_STEPS = 100
LONGEST = 1600  # pixels of the longer side of what the canvas shows


class Opened(Protocol):
    """An opened photo with what a model makes of it."""

    @property
    def model(self) -> LoadedModel:
        """That made it."""

    @property
    def photo(self) -> Photo:
        """At its own size."""

    @property
    def before(self) -> np.ndarray:
        """What the canvas shows of it as it was, uint8 (h, w, 3)."""


class OpenedFile(Protocol):
    """A file that was opened."""

    @property
    def path(self) -> Path:
        """Of the photo, which may be another file than was asked for."""


O = TypeVar("O", bound=Opened)  # noqa: E741 - no variable
F = TypeVar("F", bound=OpenedFile)


@dataclass(frozen=True, slots=True)
class ToSave:
    """What a page offers to be saved: a picture that is made in a worker, its name and recipe, and the photo that it is of."""

    picture: Callable[[Progress], np.ndarray]
    name: str
    recipe: dict[str, Any]
    photo: Photo


class PhotoPage(QWidget, Generic[O, F], metaclass=AbstractQtMeta):
    """The photo on a canvas, before and after, and beside it what is done to it.

    Subclasses say what a model makes of a photo: `_take_model`, `_reader`, `_take_file`, `_redraw`, `_offer`, `_maker` and
    `_go_back`.

    Args:
        messenger: says what can't be done.
        panel: what stands beside the canvas.
        topic: of what it says.
    """

    open_requested = Signal()
    """The person wants to open photos."""
    save_requested = Signal()
    save_many_requested = Signal()
    """All opened photos are to be saved, as `to_save_many` gives them."""

    def __init__(self, messenger: Messenger, panel: PhotoPanel, topic: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messenger = messenger
        self._topic = topic
        self._model: LoadedModel | None = None
        self._opened: O | None = None
        self._picture: np.ndarray | None = None
        self._path = Path()
        self._files: list[Path] = []
        self._kept: object = None
        self._waiting: tuple[tuple[str, ...], object] | None = None  # photos to open once there is a model
        self.undo_stack = QUndoStack(self)
        """What was done to the photo in front; empty where a page has no steps."""
        self.undo_stack.setUndoLimit(UNDO_STEPS)
        self.canvas = FaceCanvas(self)
        self._progress = ProgressStrip(self, slim=True)
        unseen = ProgressStrip(self, slim=True)  # a step of a slider takes a tenth of a second
        unseen.setMaximumHeight(0)
        self._opening = LatestWork(self._progress, self._on_failed, self)
        self._drawing = LatestWork(unseen, self._on_failed, self)
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
        self._buttons = panel
        self._lay_out()
        self.before.toggled.connect(self.canvas.keep_before)
        self.split.toggled.connect(self.canvas.set_split)
        self.previous.clicked.connect(lambda: self._turn(-1))
        self.next.clicked.connect(lambda: self._turn(1))
        panel.open_button.clicked.connect(self.open_requested)
        panel.save_button.clicked.connect(self.save_requested)
        panel.save_all_button.clicked.connect(self.save_many_requested)
        self._show()

    @property
    def photo(self) -> Photo | None:
        """The opened photo."""
        return self._opened.photo if self._opened is not None else None

    @property
    def picture(self) -> np.ndarray | None:
        """What the canvas shows, uint8 (h, w, 3)."""
        return self._picture

    @property
    def is_busy(self) -> bool:
        """Whether a photo is being opened or drawn."""
        return self._opening.is_busy or self._drawing.is_busy

    def set_model(self, model: LoadedModel | None) -> None:
        """Let another model do it; None while one of another family is in use: the photo stays for when this one is back."""
        self._model = model
        self._opening.forget()
        if model is not None:
            self._take_model(model)
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

    def to_save(self) -> ToSave | None:
        """What was made of the photo, at its own size; None without one."""
        opened = self._current
        return self._offer(opened) if opened is not None else None

    def to_save_many(self) -> ManyToSave | None:
        """The same of all opened photos; None where there is only one."""
        model, opened = self._model, self._opened
        if model is None or opened is None or len(self._files) < 2:
            return None
        return ManyToSave(tuple(self._files), self._maker(model, opened))

    # -- of subclasses

    @abstractmethod
    def _take_model(self, model: LoadedModel) -> None:
        """Show what a model offers, and let it make anew what another one made."""

    @abstractmethod
    def _reader(self, model: LoadedModel, path: Path, kept: object) -> Callable[[], F]:
        """What opens a photo, in a worker; `kept` keeps its file."""

    @abstractmethod
    def _take_file(self, asked: Path, file: F, left: Path | None) -> None:
        """Show a file that was opened.

        Args:
            asked: that the person asked for.
            file: what came of it.
            left: the photo that was in front so far, where it is opened still.
        """

    @abstractmethod
    def _redraw(self) -> None:
        """Draw the opened photo as is chosen."""

    @abstractmethod
    def _offer(self, opened: O) -> ToSave:
        """What was made of a photo, at its own size."""

    @abstractmethod
    def _maker(self, model: LoadedModel, opened: O) -> Callable[[Path, Progress], Made]:
        """What makes, in a worker, the picture of any of the opened photos; `opened` is the one in front."""

    @abstractmethod
    def _go_back(self) -> None:
        """What was chosen can't be had: choose what is shown again."""

    # -- for subclasses

    @property
    def _current(self) -> O | None:
        """The opened photo, if it was made by the model in use."""
        opened, model = self._opened, self._model
        return opened if opened is not None and model is not None and opened.model.generation == model.generation else None

    def _make_anew(self, text: str, make: Callable[[], O], name: str) -> None:
        """Let the model in use make something else of the opened photo, in a worker; `text` says so, `name` is the thread's."""
        self._messenger.settle(self._topic)
        self._opening.start(text, lambda progress: make(), self._take_opened, name)

    def _take_opened(self, opened: O) -> None:
        """Show an opened photo."""
        is_other = self._opened is None or self._opened.photo is not opened.photo
        self._opened = opened
        height, width = opened.photo.pixels.shape[:2]
        self.canvas.set_before(opened.before, (width, height))
        if is_other:
            self.before.setChecked(False)
            self.canvas.fit()
        self._redraw()
        self._show()

    def _show_picture(self, picture: np.ndarray) -> None:
        """Show what was made of the opened photo, uint8 (h, w, 3)."""
        assert self._opened is not None
        height, width = self._opened.photo.pixels.shape[:2]
        self._picture = picture
        self.canvas.set_image(picture, object(), (width, height))

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
        layout.addWidget(self._buttons)

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
        opened, count, panel = self._opened, len(self._files), self._buttons
        for widget in (self.before, self.split, panel.save_button):
            widget.setEnabled(opened is not None)
        at = self._files.index(self._path) if self._path in self._files else 0
        for widget in (self.previous, self.next, panel.save_all_button):
            widget.setVisible(count > 1)
        self.previous.setEnabled(at > 0)
        self.next.setEnabled(at < count - 1)
        panel.save_all_button.setText(self.tr("Save all {n}…").format(n=count))
        if opened is None:
            self.canvas.set_placeholder(self.tr("Open photos, drop them here, or paste one"))
            self._caption.setText("")
            panel.note.setText("")
            return
        height, width = opened.photo.pixels.shape[:2]
        text = self.tr("{name}, {size} pixels").format(name=opened.photo.name, size=sides(width, height))
        place = self.tr("{text}, {n} of {all}").format(text=text, n=at + 1, all=count)
        self._caption.setText(place if count > 1 else text)

    def _turn(self, by: int) -> None:
        """Show the next photo, or the one before."""
        at = self._files.index(self._path) + by
        if 0 <= at < len(self._files):
            self._open(self._files[at], self._kept, self._files)

    def _open(self, path: Path, kept: object, files: list[Path]) -> None:
        """Open one of some photos."""
        model = self._model
        if model is None:
            return
        read = self._reader(model, path, kept)
        self._messenger.settle(self._topic)
        self._opening.start(
            self.tr("Opening {name}").format(name=printable(path.name)),
            lambda progress: read(),
            lambda file: self._on_file_opened(path, file, files, kept),
            f"open photo to {self._topic}",
        )

    # -- results

    def _on_file_opened(self, asked: Path, file: F, files: list[Path], kept: object) -> None:
        if self._model is None:
            return
        left = self._path if files is self._files else None
        self._files, self._path, self._kept = [file.path if one == asked else one for one in files], file.path, kept
        self._take_file(asked, file, left)

    def _on_failed(self, error: BaseException) -> None:
        self._go_back()
        self._messenger.report(error, self._topic)

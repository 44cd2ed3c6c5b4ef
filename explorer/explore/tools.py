"""Under Explore's canvas: what is shown, which class is drawn, before and after, undo, redo, reset, and a photo's own tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QLayoutItem, QMenu, QSizePolicy, QToolButton, QWidget

from core.latent.session import Session
from core.retouch.words import WEAKER, is_for_size
from explorer.actions import keys_of, with_keys
from explorer.document.document import Document
from explorer.explore.class_choice import ClassChoice
from explorer.look.icons import icon
from explorer.look.theme import SPACE, UNIT
from explorer.qt import override
from explorer.widgets.elided_label import ElidedLabel
from explorer.widgets.room.wrap import WrapLayout

BRIEF_MS = 400  # a press of "Before" that is over by then is a click; a longer one is a look
LEAST_NAME = 96  # pixels: beginning and end of a picture's name


class ExploreTools(QWidget):
    """A row of tools for the document's face."""

    before_held = Signal(bool)
    """Show the face before the edits while the button is held, or stop showing it."""
    before_kept = Signal(bool)
    """Show the face before the edits until further notice, or no longer."""
    split_changed = Signal(bool)
    """Show before and after on both sides of a divider, or no longer."""
    view_changed = Signal()
    """Another view of a photo's face was chosen: `shows_model` says which."""
    eyes_requested = Signal()
    """The person wants to correct where the eyes are."""
    reset_requested = Signal()
    """Take back what edits are in sight."""

    def __init__(self, document: Document, turner: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._shown = document.session
        self._shown_others: tuple[Session, ...] = ()
        self._caption = _Caption(self)
        self._caption.setProperty("muted", True)
        self.note = QLabel(self)
        self.note.hide()
        self.class_choice = ClassChoice(document, self)
        self.eyes = self._tool("eye", self.tr("Eyes…"), self.tr("Correct where the eyes are in this photo"))
        self.model_view = self._tool(
            "model", self.tr("Model's view"), self.tr("Show the face as the model draws it, instead of the photo")
        )
        self.model_view.setCheckable(True)
        self.before = self._tool(
            "before",
            self.tr("Before"),
            with_keys(self.tr("Show the picture before the edits ({keys}); hold it, or Space, for a moment"), "before"),
        )
        self.split = self._tool(
            "before-after",
            self.tr("Split"),
            with_keys(self.tr("Before and after on both sides of a divider that can be dragged ({keys})"), "split"),
        )
        for tool in (self.before, self.split):
            tool.setCheckable(True)
        self.shows_whole = False
        """All of a photo is on the canvas, with the edits of all its faces."""
        self._worded = (self.model_view, self.before, self.split, self.eyes)  # what texts name gets its word first
        self._with_words = set(self._worded)
        for tool in self._worded:
            tool.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._undo = self._tool("undo", self.tr("Undo"), "")
        self._redo = self._tool("redo", self.tr("Redo"), "")
        tip = self.tr("Set every slider back to its start, in a whole photo of all its faces ({keys})")
        self._reset = self._tool("reset", self.tr("Reset"), with_keys(tip, "reset"))
        self._foldable = (self._undo, self._redo, self._reset)
        self._needs_more = False
        self.more = self._tool("more", self.tr("More"), self.tr("What has no room here: name, undo, zoom and more"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.hide()

        row = self._row = WrapLayout(self)
        row.addWidget(self._caption)
        row.push_rest()
        row.addWidget(turner)
        row.addWidget(self.note)
        row.addWidget(self.class_choice)
        for tool in (self.eyes, self.model_view, self.before, self.split, *self._foldable, self.more):
            row.addWidget(tool)

        self.eyes.clicked.connect(self.eyes_requested)
        self.model_view.toggled.connect(self.view_changed)
        self.brief = QTimer(self)
        self.brief.setSingleShot(True)
        self.brief.setInterval(BRIEF_MS)
        self.before.pressed.connect(self._on_before_pressed)
        self.before.released.connect(lambda: self.before_held.emit(False))
        self.before.clicked.connect(self._on_before_clicked)
        self.before.toggled.connect(self.before_kept)
        self.split.toggled.connect(self.split_changed)
        self._undo.clicked.connect(document.undo_stack.undo)
        self._redo.clicked.connect(document.undo_stack.redo)
        self._reset.clicked.connect(self.reset_requested)
        document.undo_changed.connect(self._show)
        document.session_changed.connect(self._show)
        self.set_photo(False)
        self._show()

    @property
    def shows_model(self) -> bool:
        """Whether to show a photo's face as the model draws it."""
        return self.model_view.isChecked()

    def toggle_before(self) -> None:
        """Keep the picture from before the edits on the canvas, or no longer."""
        if self.before.isEnabled():
            self.before.toggle()

    def set_photo(self, is_one: bool) -> None:
        """Say whether the face is a photo's, which has tools of its own."""
        self.eyes.setVisible(is_one)
        self.model_view.setVisible(is_one)

    def set_whole(self, is_whole: bool) -> None:
        """Say whether all of a photo is on the canvas."""
        if is_whole != self.shows_whole:
            self.shows_whole = is_whole
            if is_whole:
                self._shown_others = self._document.other_faces  # to look elsewhere changes nothing
            self._show()

    @property
    def sees_edits(self) -> bool:
        """Whether what is on the canvas has edits: the face, or any face of the whole photo."""
        return bool(self._document.session.edits) or (self.shows_whole and bool(self._document.other_faces))

    def set_trusted(self, share: float, by_size: float = 1.0) -> None:
        """Show how much of its edit the photo on the canvas gets, 0 to 1, unless it is all; and why, by `is_for_size`."""
        self.note.setVisible(share < WEAKER)
        if is_for_size(share, by_size):
            why = self.tr(
                "<p>The face has too few pixels: an edit in full would be a smear. So it is applied at this part of its "
                "strength. A larger photo of the person gets all of it.</p>"
            )
        else:
            why = self.tr(
                "<p>The face is turned far, partly hidden, or unlike the faces that the model was trained on; or it would "
                "have to change more than looks real, as the broadest smiles do. So the edit is applied at this part of its "
                "strength.</p>"
            )
        self.note.setToolTip(why)
        self.note.setText(self.tr("Edit weakened to {n} %").format(n=round(100 * share)))

    def _on_before_pressed(self) -> None:
        self.brief.start()
        self.before_held.emit(True)

    def _on_before_clicked(self) -> None:
        """A click keeps the button down; if it was held for longer, that was all that was wanted."""
        if not self.brief.isActive():
            self.before.setChecked(False)

    def _tool(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setText(text)
        button.setToolTip(tip or text)
        button.setAccessibleName(text)
        button.setAutoRaise(True)
        return button

    def set_needs_more(self, needs: bool) -> None:
        """Say whether the menu of more is needed in any case, since the canvas has no room for its own controls."""
        if needs != self._needs_more:
            self._needs_more = needs
            QApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))  # it is said while the tab is laid out

    def set_more(self, actions: Sequence[QAction | None]) -> None:
        """What the menu of more offers below the picture's name; None is a line."""
        menu = QMenu(self.more)
        self._name = menu.addAction("")
        self._name.setEnabled(False)
        for action in (None, *actions):
            if action is None:
                menu.addSeparator()
            else:
                menu.addAction(action)
        menu.aboutToShow.connect(lambda: self._name.setText(self._caption.whole_text.replace("&", "&&")))
        self.more.setMenu(menu)

    def _fold(self) -> None:
        """Where not all words of the tools fit into the line, leave away gaps, then words, then put some tools into a menu.

        The caption goes last; the menu has it, too.
        """
        # no less than the words take (QToolButton adds two blanks and four units), or the tools would go to and fro
        words = {
            tool: self.fontMetrics().horizontalAdvance(f"{tool.text()}  ") + SPACE for tool in self._worded if not tool.isHidden()
        }
        apart = (self._caption, *self._foldable, self.more)
        others = [item for item in self._shown_items() if item.widget() not in apart]
        base = sum(item.sizeHint().width() for item in others)
        base -= sum(width for tool, width in words.items() if tool in self._with_words)
        foldable = sum(tool.sizeHint().width() for tool in self._foldable)
        more = self.more.sizeHint().width()
        caption = min(self._caption.sizeHint().width(), LEAST_NAME)
        count = len(others) + len(self._foldable) + self._needs_more
        whole = base + foldable + (more if self._needs_more else 0)
        has_words = caption + whole + sum(words.values()) + SPACE * count <= self.width()
        spare = self.width() - caption - whole - UNIT * count
        folds = not has_words and self.more.menu() is not None and spare < 0
        fitting = set(self._worded) if has_words else _first_fitting(words, spare)
        if fitting != self._with_words:  # each change of a layout's spacing asks for a new layout, which leads here again
            self._with_words = fitting
            for tool in self._worded:
                style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if tool in fitting else Qt.ToolButtonStyle.ToolButtonIconOnly
                tool.setToolButtonStyle(style)
        if self._row.spacing() != (SPACE if has_words else UNIT):
            self._row.setSpacing(SPACE if has_words else UNIT)
        for tool in self._foldable:
            tool.setVisible(not folds)
        self.more.setVisible(self.more.menu() is not None and (folds or self._needs_more))
        if folds:
            whole, count = base + more, len(others) + 1
        self._caption.setVisible(has_words or caption + whole + UNIT * count <= self.width())

    def _shown_items(self) -> list[QLayoutItem]:
        items = (self._row.itemAt(place) for place in range(self._row.count()))
        return [item for item in items if item is not None and not item.isEmpty()]

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self._fold()
        return super().event(event)

    def _show(self) -> None:
        stack, session = self._document.undo_stack, self._document.session
        self._caption.set_text(session.anchor.label if session.anchor else "")
        self._undo.setEnabled(stack.canUndo())
        self._redo.setEnabled(stack.canRedo())
        undo = _named(self.tr("Undo: {what} ({keys})"), stack.undoText(), "undo") if stack.canUndo() else self.tr("Undo")
        redo = _named(self.tr("Redo: {what} ({keys})"), stack.redoText(), "redo") if stack.canRedo() else self.tr("Redo")
        for tool, tip in ((self._undo, undo), (self._redo, redo)):
            if tool.toolTip() != tip:  # it is told with every step of a slider
                tool.setToolTip(tip)
        self._reset.setEnabled(self.sees_edits)
        self.before.setEnabled(self.sees_edits)
        self.split.setEnabled(session.anchor is not None)
        others = self._document.other_faces if self.shows_whole else self._shown_others
        if (session, others) != (self._shown, self._shown_others):  # whoever changes a face wants to see it changed
            self._shown, self._shown_others = session, others
            self.before.setChecked(False)


def _first_fitting(widths: Mapping[QToolButton, int], spare: int) -> set[QToolButton]:
    """The first tools whose words fit into some pixels together."""
    fitting: set[QToolButton] = set()
    for tool, width in widths.items():
        if width > spare:
            break
        spare -= width
        fitting.add(tool)
    return fitting


def _named(text: str, what: str, action_id: str) -> str:
    return text.format(what=what, keys=keys_of(action_id))


class _Caption(ElidedLabel):
    """As wide as its text, and narrower where the tools need the room in their line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.TextElideMode.ElideMiddle)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.whole_text) + SPACE, super().sizeHint().height())

"""The table of actions: their menu texts, shortcuts, icons and tooltips are defined only here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from explorer.look.icons import icon

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
        """Mark a text for translation."""
        return text

else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP

_CONTEXT: Final = "actions"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action before it is translated and made."""

    id: str
    text: str
    shortcut: str = ""
    """Portable text ("Ctrl+S" is Cmd+S on a Mac), several with "; " between them; empty: none."""
    icon: str = ""
    tooltip: str = ""
    checkable: bool = False
    everywhere: bool = False
    """Whether the shortcut works in the program's other windows, too."""


# fmt: off
ACTIONS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec("open_data", QT_TRANSLATE_NOOP("actions", "Open a folder of faces…"), "Ctrl+O", "open-folder",
               QT_TRANSLATE_NOOP("actions", "Read a folder of face pictures to train on")),
    ActionSpec("open_demo", QT_TRANSLATE_NOOP("actions", "Use the drawn faces"), "Ctrl+Shift+D", "faces",
               QT_TRANSLATE_NOOP("actions", "Try everything with faces that the program draws itself")),
    ActionSpec("open_sprites", QT_TRANSLATE_NOOP("actions", "Use the drawn shapes"), "", "grid",
               QT_TRANSLATE_NOOP("actions", "Squares, ellipses and hearts whose factors are known: the grid of dSprites")),
    ActionSpec("open_digits", QT_TRANSLATE_NOOP("actions", "Open MNIST digits…"), "", "open-folder",
               QT_TRANSLATE_NOOP("actions", "Read the folder where MNIST's files lie")),
    ActionSpec("sort_pictures", QT_TRANSLATE_NOOP("actions", "Sort pictures into two classes…"), "Ctrl+L", "faces",
               QT_TRANSLATE_NOOP("actions", "Say of each picture in a folder which of two classes it belongs to, with two keys")),
    ActionSpec("open_model", QT_TRANSLATE_NOOP("actions", "Open a model…"), "Ctrl+M", "model",
               QT_TRANSLATE_NOOP("actions", "Open a trained model from a file")),
    ActionSpec("learn_prior", QT_TRANSLATE_NOOP("actions", "Learn a prior for samples…"), "", "dice",
               QT_TRANSLATE_NOOP("actions", "Let the model learn where its pictures' codes lie, for clearer samples")),
    ActionSpec("open_photo", QT_TRANSLATE_NOOP("actions", "Open photos…"), "Ctrl+P", "photo",
               QT_TRANSLATE_NOOP("actions", "Edit faces from picture files")),
    ActionSpec("save_picture", QT_TRANSLATE_NOOP("actions", "Save the picture…"), "Ctrl+S", "save",
               QT_TRANSLATE_NOOP("actions", "Save what is in front: the edited picture, the Gallery's, or those of a run")),
    ActionSpec("save_strip", QT_TRANSLATE_NOOP("actions", "Save the strip…"), "Ctrl+Shift+S", "strip",
               QT_TRANSLATE_NOOP("actions", "Save the row of smile steps as one picture")),
    ActionSpec("copy_picture", QT_TRANSLATE_NOOP("actions", "Copy the picture"), "Ctrl+C", "copy",
               QT_TRANSLATE_NOOP("actions", "Copy the edited picture, or in Train the pictures of a run, to the clipboard")),
    ActionSpec("paste_photo", QT_TRANSLATE_NOOP("actions", "Paste a photo"), "Ctrl+V", "photo",
               QT_TRANSLATE_NOOP("actions", "Edit the picture on the clipboard, or the picture file that was copied")),
    ActionSpec("save_before_after", QT_TRANSLATE_NOOP("actions", "Save before and after…"), "", "before-after",
               QT_TRANSLATE_NOOP("actions", "Save the picture without and with its edits, side by side")),
    ActionSpec("save_film", QT_TRANSLATE_NOOP("actions", "Save the change as a film…"), "", "play",
               QT_TRANSLATE_NOOP("actions", "Save an animation from the picture to the edited one and back")),
    ActionSpec("copy_edit", QT_TRANSLATE_NOOP("actions", "Copy the edit"), "Ctrl+Shift+C", "sliders",
               QT_TRANSLATE_NOOP("actions", "Remember the positions of all sliders, for other pictures")),
    ActionSpec("paste_edit", QT_TRANSLATE_NOOP("actions", "Paste the edit"), "Ctrl+Shift+V", "sliders",
               QT_TRANSLATE_NOOP("actions", "Set all sliders to the copied positions")),
    ActionSpec("apply_edit", QT_TRANSLATE_NOOP("actions", "Apply the edit to pictures…"), "Ctrl+Shift+A", "faces",
               QT_TRANSLATE_NOOP("actions", "Edit many pictures in the same way and save them into a folder")),
    ActionSpec("next_face", QT_TRANSLATE_NOOP("actions", "Next face"), "Alt+Right", "chevron-right",
               QT_TRANSLATE_NOOP("actions", "Edit the next face of this photo, from left to right")),
    ActionSpec("previous_face", QT_TRANSLATE_NOOP("actions", "Previous face"), "Alt+Left", "chevron-left",
               QT_TRANSLATE_NOOP("actions", "Edit the face of this photo that is further left")),
    ActionSpec("show_photo", QT_TRANSLATE_NOOP("actions", "Show in folder"), "", "open-folder",
               QT_TRANSLATE_NOOP("actions", "Open the folder where this picture's file lies")),
    ActionSpec("take_away", QT_TRANSLATE_NOOP("actions", "Take away"), "", "minus",
               QT_TRANSLATE_NOOP("actions", "Take the picture out of the list; its file stays, and undo brings it back")),
    ActionSpec("undo", QT_TRANSLATE_NOOP("actions", "Undo"), "Ctrl+Z", "undo",
               QT_TRANSLATE_NOOP("actions", "Undo the last change")),
    ActionSpec("redo", QT_TRANSLATE_NOOP("actions", "Redo"), "Ctrl+Shift+Z; Ctrl+Y", "redo",
               QT_TRANSLATE_NOOP("actions", "Repeat the change that was undone")),
    ActionSpec("reset", QT_TRANSLATE_NOOP("actions", "Reset"), "Ctrl+Backspace", "reset",
               QT_TRANSLATE_NOOP("actions", "Set sliders back to their start, in a whole photo of all faces; can be undone")),
    ActionSpec("reroll", QT_TRANSLATE_NOOP("actions", "New pictures"), "Ctrl+R", "dice",
               QT_TRANSLATE_NOOP("actions", "Show other pictures")),
    ActionSpec("zoom_in", QT_TRANSLATE_NOOP("actions", "Zoom in"), "Ctrl++; Ctrl+=", "plus",
               QT_TRANSLATE_NOOP("actions", "Show the picture larger")),
    ActionSpec("zoom_out", QT_TRANSLATE_NOOP("actions", "Zoom out"), "Ctrl+-", "minus",
               QT_TRANSLATE_NOOP("actions", "Show the picture smaller")),
    ActionSpec("zoom_actual", QT_TRANSLATE_NOOP("actions", "Actual size"), "Ctrl+Alt+0", "zoom",
               QT_TRANSLATE_NOOP("actions", "Show one pixel of the picture on one of the screen")),
    ActionSpec("zoom_fit", QT_TRANSLATE_NOOP("actions", "Fit the picture"), "Ctrl+0", "",
               QT_TRANSLATE_NOOP("actions", "Show all of the picture, as large as fits")),
    ActionSpec("whole_photo", QT_TRANSLATE_NOOP("actions", "Whole photo or face"), "Ctrl+Shift+F", "photo",
               QT_TRANSLATE_NOOP("actions", "Show all of the photo, or the part around the face")),
    ActionSpec("full_screen", QT_TRANSLATE_NOOP("actions", "Full screen"), "F11", "full-screen",
               QT_TRANSLATE_NOOP("actions", "Show the picture on the whole screen; Esc leads back")),
    ActionSpec("before", QT_TRANSLATE_NOOP("actions", "Before the edits"), "Ctrl+B", "before",
               QT_TRANSLATE_NOOP("actions", "Show the picture before its edits, or no longer")),
    ActionSpec("split", QT_TRANSLATE_NOOP("actions", "Split into before and after"), "Ctrl+Shift+B", "before-after",
               QT_TRANSLATE_NOOP("actions", "Show both with a divider between them that can be dragged, or no longer")),
    ActionSpec("plain_pixels", QT_TRANSLATE_NOOP("actions", "Plain pixels"), "Ctrl+Alt+P", "",
               QT_TRANSLATE_NOOP("actions", "Show each pixel of an enlarged picture as a square, or smooth pictures again"),
               checkable=True),
    ActionSpec("start_training", QT_TRANSLATE_NOOP("actions", "Start training"), "Ctrl+Return", "play",
               QT_TRANSLATE_NOOP("actions", "Train a model on the data set's pictures with these settings")),
    ActionSpec("pause_training", QT_TRANSLATE_NOOP("actions", "Pause training"), "Ctrl+Shift+P", "pause",
               QT_TRANSLATE_NOOP("actions", "Pause the run; nothing is lost")),
    ActionSpec("stop_training", QT_TRANSLATE_NOOP("actions", "Stop training"), "Ctrl+.", "stop",
               QT_TRANSLATE_NOOP("actions", "End the run and keep what it has learned; it can be resumed")),
    ActionSpec("tab_data", QT_TRANSLATE_NOOP("actions", "Data"), "Ctrl+1", "open-folder"),
    ActionSpec("tab_train", QT_TRANSLATE_NOOP("actions", "Train"), "Ctrl+2", "chart"),
    ActionSpec("tab_gallery", QT_TRANSLATE_NOOP("actions", "Gallery"), "Ctrl+3", "grid"),
    ActionSpec("tab_explore", QT_TRANSLATE_NOOP("actions", "Explore"), "Ctrl+4", "sliders"),
    ActionSpec("theme_system", QT_TRANSLATE_NOOP("actions", "Follow the system"), checkable=True),
    ActionSpec("theme_light", QT_TRANSLATE_NOOP("actions", "Light"), checkable=True),
    ActionSpec("theme_dark", QT_TRANSLATE_NOOP("actions", "Dark"), checkable=True),
    ActionSpec("settings", QT_TRANSLATE_NOOP("actions", "Settings…"), "Ctrl+,", "settings",
               QT_TRANSLATE_NOOP("actions", "Appearance, the folder for runs, the picture cache")),
    ActionSpec("menu", QT_TRANSLATE_NOOP("actions", "Menu"), "F10", "more",
               QT_TRANSLATE_NOOP("actions", "Open the menu of the window")),
    ActionSpec("help", QT_TRANSLATE_NOOP("actions", "Help"), "F1", "info",
               QT_TRANSLATE_NOOP("actions", "What is this? Open the help at the tab in front"), everywhere=True),
    ActionSpec("shortcuts", QT_TRANSLATE_NOOP("actions", "Keyboard shortcuts"), "Ctrl+F1", "",
               QT_TRANSLATE_NOOP("actions", "Show a sheet of all keys"), everywhere=True),
    ActionSpec("explain", QT_TRANSLATE_NOOP("actions", "Explain the focused control"), "Shift+F1", "",
               QT_TRANSLATE_NOOP("actions", "Show what the button or field with the focus is for"), everywhere=True),
    ActionSpec("about", QT_TRANSLATE_NOOP("actions", "About Labkhand"), "", "smile"),
    ActionSpec("quit", QT_TRANSLATE_NOOP("actions", "Quit"), "Ctrl+Q"),
)
# fmt: on


def make_actions(parent: QObject, handlers: Mapping[str, Callable[..., Any]]) -> dict[str, QAction]:
    """Make every action of the table, translated, as children of `parent`.

    Args:
        parent: owner; a window should also `addActions(...)` so that the shortcuts work.
        handlers: what each does, by id. An action without a handler is made, too, but disabled. Handlers are called
            without arguments; those of checkable actions with the new state.

    Raises:
        KeyError: a handler for an id that the table doesn't have.
    """
    unknown = set(handlers) - {spec.id for spec in ACTIONS}
    if unknown:
        raise KeyError(f"no such action: {', '.join(sorted(unknown))}")
    actions: dict[str, QAction] = {}
    themes = QActionGroup(parent)
    for spec in ACTIONS:
        action = QAction(_tr(spec.text), parent)
        action.setObjectName(spec.id)
        if spec.shortcut:
            action.setShortcuts(QKeySequence.listFromString(spec.shortcut, QKeySequence.SequenceFormat.PortableText))
        if spec.icon:
            action.setIcon(icon(spec.icon))
        action.setToolTip(_tooltip(spec, action))
        action.setCheckable(spec.checkable)
        if spec.everywhere:
            action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
        if spec.id.startswith("theme_"):
            themes.addAction(action)
        if spec.id == "quit":
            action.setMenuRole(QAction.MenuRole.QuitRole)
        elif spec.id == "settings":
            action.setMenuRole(QAction.MenuRole.PreferencesRole)
        elif spec.id == "about":
            action.setMenuRole(QAction.MenuRole.AboutRole)
        else:
            action.setMenuRole(QAction.MenuRole.NoRole)
        _connect(action, handlers.get(spec.id))
        actions[spec.id] = action
    return actions


def menu_action(action_id: str, parent: QObject, handler: Callable[[], Any]) -> QAction:
    """An action with the table's text and icon that does something of its own, for a context menu. It has no shortcut."""
    spec = next(spec for spec in ACTIONS if spec.id == action_id)
    action = QAction(icon(spec.icon), _tr(spec.text), parent) if spec.icon else QAction(_tr(spec.text), parent)
    action.setToolTip(_tr(spec.tooltip or spec.text))
    action.setObjectName(spec.id)
    _connect(action, handler)
    return action


@cache  # a tooltip names it anew with each step of a slider
def keys_of(action_id: str) -> str:
    """An action's shortcut as the system writes it ("Ctrl+B", on a Mac "⌘B"), for texts that name it; the first of several."""
    spec = next(spec for spec in ACTIONS if spec.id == action_id)
    return QKeySequence(spec.shortcut.partition("; ")[0]).toString(QKeySequence.SequenceFormat.NativeText)


def with_keys(text: str, action_id: str) -> str:
    """A text with an action's shortcut in place of its {keys}."""
    return text.format(keys=keys_of(action_id))


def _connect(action: QAction, handler: Callable[..., Any] | None) -> None:
    if handler is None:
        action.setEnabled(False)
    elif action.isCheckable():
        action.triggered.connect(lambda checked: handler(checked))  # noqa: PLW0108 - a bound method would not be kept alive
    else:
        action.triggered.connect(lambda _checked=False: handler())


def _tooltip(spec: ActionSpec, action: QAction) -> str:
    text = _tr(spec.tooltip or spec.text)
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{text} ({keys})" if keys else text


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)

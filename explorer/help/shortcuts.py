"""The sheet of keys: made of the table of actions, and of what keys do within a picture, a list or a slider."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence

TITLE = "shortcuts"


def sheet(actions: Iterable[QAction]) -> str:
    """The sheet as Markdown: every action that has a key, as its menu calls it, with what it does."""
    with_keys = [action for action in actions if not action.shortcut().isEmpty()]
    rows = [f"| {action.text().rstrip('…')} | **{_keys(action)}** | {_about(action)} |" for action in with_keys]
    parts = [
        f"# {_tr('Keyboard shortcuts')}",
        f"| {_tr('What')} | {_tr('Keys')} | |\n|---|---|---|\n" + "\n".join(rows),
        f"## {_tr('Where the focus is')}",
        f"| {_tr('Keys')} | |\n|---|---|\n" + "\n".join(f"| **{keys}** | {what} |" for keys, what in _within()),
    ]
    return "\n\n".join(parts)


def _keys(action: QAction) -> str:
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def _about(action: QAction) -> str:
    """The tooltip without its keys, where it says more than the text."""
    about = action.toolTip().removesuffix(f" ({_keys(action)})")
    return "" if about == action.text() else about


def _within() -> list[tuple[str, str]]:
    return [
        (_tr("Tab, Shift+Tab"), _tr("The next field or button, or the one before")),
        (_tr("Space"), _tr("In Explore, held: the picture before the edits. On a button: press it")),
        (_tr("Left, Right"), _tr("On a slider: a step. In rows of pictures: the next one")),
        (_tr("Shift+Left, Shift+Right"), _tr("On a slider: a fine step")),
        (_tr("Return"), _tr("On a picture: edit it. On a run: open its model")),
        (_tr("Ctrl or Shift with a click"), _tr("In the list of runs: choose several, to compare them")),
        (_tr("F2, Delete"), _tr("On a run: rename it, move it to the trash")),
    ]


def _tr(text: str) -> str:
    return QCoreApplication.translate("shortcuts", text)

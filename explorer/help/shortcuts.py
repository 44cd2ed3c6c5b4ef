"""The sheet of keys: made of the table of actions, and of what keys do within a picture, a list or a slider.

It names the menus' other entries too, so that the help finds every one of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence

TITLE = "shortcuts"


def sheet(actions: Iterable[QAction]) -> str:
    """The sheet as Markdown: every action as its menu calls it, with its keys and what it does."""
    actions = list(actions)
    rows = [f"| {_name(action)} | **{_keys(action)}** | {_about(action)} |" for action in actions if _keys(action)]
    others = [f"| {_name(action)} | {_about(action)} |" for action in actions if not _keys(action)]
    parts = [
        f"# {_tr('Keyboard shortcuts')}",
        f"| {_tr('What')} | {_tr('Keys')} | {_tr('What it does')} |\n|---|---|---|\n" + "\n".join(rows),
        f"## {_tr('In the menus alone')}",
        f"| {_tr('What')} | {_tr('What it does')} |\n|---|---|\n" + "\n".join(others),
        f"## {_tr('Where the focus is')}",
        f"| {_tr('Keys')} | {_tr('What they do')} |\n|---|---|\n"
        + "\n".join(f"| **{keys}** | {what} |" for keys, what in _within()),
    ]
    return "\n\n".join(parts)


def _name(action: QAction) -> str:
    return action.text().rstrip("…")


def _keys(action: QAction) -> str:
    """All of an action's keys; "" for none."""
    return ", ".join(keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts())


def _about(action: QAction) -> str:
    """The tooltip without its keys, where it says more than the text."""
    first = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    about = action.toolTip().removesuffix(f" ({first})")
    return "" if about == action.text() else about


def _within() -> list[tuple[str, str]]:
    return [
        (_tr("Tab, Shift+Tab"), _tr("The next field or button, or the one before")),
        (_tr("Space"), _tr("In Explore, held: the picture before the edits. On a button: press it")),
        (_tr("Left, Right"), _tr("On a slider: a step. In rows of pictures: the next one")),
        (_tr("Shift+Left, Shift+Right"), _tr("On a slider: a fine step")),
        (
            _tr("Arrow keys, Space"),
            _tr("On the cells of a VQ-VAE's picture in Explore: another cell, and paint it; with Shift, a stroke"),
        ),
        (_tr("Return"), _tr("On a picture: edit it. On a run: open its model. On a button: press it")),
        (_tr("Ctrl or Shift with a click"), _tr("In the list of runs: choose several, to compare them")),
        (_tr("Ctrl+W, Esc"), _tr("Close this help, or a comparison of runs")),
        (_tr("F2, Delete"), _tr("On a run: rename it, move it to the trash")),
    ]


def _tr(text: str) -> str:
    return QCoreApplication.translate("shortcuts", text)

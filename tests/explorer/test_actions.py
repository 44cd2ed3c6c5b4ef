"""The table of actions."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from explorer.actions import ACTIONS, make_actions, with_keys
from explorer.look.icons import icon_names
from tests.helpers.commands import ROOT

REQUIRED = [
    "open_data",
    "open_demo",
    "open_model",
    "open_photo",
    "save_picture",
    "save_strip",
    "undo",
    "redo",
    "reset",
    "reroll",
    "start_training",
    "pause_training",
    "stop_training",
    "tab_data",
    "tab_train",
    "tab_gallery",
    "tab_explore",
    "quit",
    "theme_system",
    "theme_light",
    "theme_dark",
    "settings",
    "about",
    "copy_picture",
]


def test_no_id_text_or_shortcut_comes_twice() -> None:
    for values in (
        [spec.id for spec in ACTIONS],
        [spec.text for spec in ACTIONS],
        [keys.toString() for spec in ACTIONS for keys in QKeySequence.listFromString(spec.shortcut) if keys.toString()],
    ):
        assert [value for value, times in Counter(values).items() if times > 1] == []


def test_the_table_is_whole() -> None:
    assert set(REQUIRED) <= {spec.id for spec in ACTIONS}
    assert {spec.icon for spec in ACTIONS if spec.icon} <= icon_names()
    for spec in ACTIONS:
        assert not spec.shortcut or all(not keys.isEmpty() for keys in QKeySequence.listFromString(spec.shortcut)), spec.id
        assert spec.text[0].isupper()
        assert "..." not in spec.text


def test_tabs_are_ctrl_1_to_4() -> None:
    keys = {spec.id: spec.shortcut for spec in ACTIONS}
    assert [keys[f"tab_{name}"] for name in ("data", "train", "gallery", "explore")] == [f"Ctrl+{i}" for i in range(1, 5)]


def test_actions_call_their_handlers(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    calls: list[str] = []
    actions = make_actions(
        window,
        {
            "undo": lambda: calls.append("undo"),
            "theme_dark": lambda checked: calls.append(f"dark {checked}"),
            "theme_light": lambda checked: None,
        },
    )
    window.addActions(list(actions.values()))
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    actions["theme_dark"].trigger()
    assert calls == ["undo", "dark True"]
    actions["theme_light"].trigger()
    assert not actions["theme_dark"].isChecked()
    assert not actions["redo"].isEnabled(), "nothing handles it here"
    assert "Ctrl+Z" in actions["undo"].toolTip()


def test_a_handler_for_no_action_is_an_error(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    with pytest.raises(KeyError, match="undoo"):
        make_actions(window, {"undoo": lambda: None})


def test_only_the_table_names_shortcuts() -> None:
    """A tooltip that repeats one becomes false when it changes, and is false on a Mac."""
    named = re.compile(r'"[^"\n]*\b(?:Ctrl|Alt|Shift)\+\w[^"\n]*"')
    own = [ROOT / "explorer/actions.py", ROOT / "explorer/help/shortcuts.py"]  # the latter has keys that are no action's
    files = [path for path in (ROOT / "explorer").rglob("*.py") if path not in own]
    lines = [(path.name, line.strip()) for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert [place for place in lines if named.search(place[1]) and not place[1].startswith(('"""', "#"))] == []


def test_a_text_names_the_shortcut_that_the_table_has() -> None:
    keys = QKeySequence("Ctrl+R").toString(QKeySequence.SequenceFormat.NativeText)
    assert with_keys("New pictures ({keys})", "reroll") == f"New pictures ({keys})"


def test_both_usual_keys_redo(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    calls: list[str] = []
    actions = make_actions(window, {"redo": lambda: calls.append("redo")})
    window.addActions(list(actions.values()))
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert calls == ["redo", "redo"]

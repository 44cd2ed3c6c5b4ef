"""Pictures that were taken away from Explore's list, when others or they themselves are opened before it is undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from tests.explorer.explore_bench import Bench
from tests.explorer.test_own_edits import at_rest, files, names, smile  # noqa: F401 - a fixture


def framed(folder: Path, number: int) -> str:
    """A picture of the model's size, of its own colour."""
    path = folder / f"{number}.png"
    Image.new("RGB", (64, 64), (number * 20, 40, 90)).save(path)
    return str(path)


def test_redo_takes_the_same_picture_away(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    faces, stack = bench.panel.faces, bench.document.undo_stack
    for number in (1, 2):
        faces.open_file(framed(tmp_path, number))
        at_rest(qtbot, bench)
    faces.open_files([framed(tmp_path, number) for number in (5, 6, 7)])
    assert names(bench) == ["2.png", "1.png"]
    faces.take_away(1)  # while the others are read
    stack.undo()
    at_rest(qtbot, bench)
    assert names(bench) == ["5.png", "6.png", "7.png", "2.png", "1.png"]
    stack.redo()
    assert names(bench) == ["5.png", "6.png", "7.png", "2.png"]
    stack.undo()
    assert names(bench) == ["5.png", "6.png", "7.png", "2.png", "1.png"]


@pytest.mark.long
def test_a_picture_that_was_opened_again_is_in_the_list_once(qtbot: QtBot, bench: Bench, files: list[Path]) -> None:  # noqa: F811
    faces, document = bench.panel.faces, bench.document
    faces.open_file(str(files[0]))
    at_rest(qtbot, bench)
    document.set_edit("direction", "smile", 60.0)
    faces.take_away()
    faces.open_file(str(files[0]))
    at_rest(qtbot, bench)
    document.set_edit("direction", "smile", -20.0)
    for _ in range(3):  # the slider, the choice, the taking away
        document.undo_stack.undo()
    assert (names(bench), document.session.anchor.label, smile(document)) == (["a.png"], "a.png", 60.0)
    at_rest(qtbot, bench)
    assert bench.panel.shows_photo
    document.undo_stack.redo()
    assert names(bench) == ["a.png"]  # it was opened again before
    document.undo_stack.redo()
    document.undo_stack.redo()
    assert (names(bench), faces.shown_place, smile(document)) == (["a.png"], 0, -20.0)
    at_rest(qtbot, bench)
    assert bench.panel.shows_photo
    faces.take_away()
    assert names(bench) == []
    document.undo_stack.undo()
    assert (names(bench), smile(document)) == (["a.png"], -20.0)

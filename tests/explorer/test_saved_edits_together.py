"""Saved edits that are opened together with other files, of pictures that are open already: nothing is replaced without undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from explorer.explore.faces.column import SAMPLES
from explorer.messages import Message
from tests.explorer.explore_bench import Bench
from tests.explorer.test_group_photo import both, saved, turn  # noqa: F401 - a fixture
from tests.explorer.test_own_edits import at_rest, group, marked, smile  # noqa: F401 - a fixture
from tests.helpers.photo_inputs import portrait


@pytest.fixture
def framed(tmp_path: Path) -> str:
    path = tmp_path / "framed.png"
    Image.new("RGB", (64, 64), "brown").save(path)
    return str(path)


@pytest.fixture
def edit(qtbot: QtBot, bench: Bench, tmp_path: Path) -> str:
    """An edit of 60 % of the photo me.png that lies beside it; the photo is on the canvas with -40 % now."""
    path = tmp_path / "me.png"
    portrait().save(path)
    bench.panel.faces.open_file(str(path))
    at_rest(qtbot, bench)
    bench.document.set_edit("direction", "smile", 60.0)
    qtbot.waitUntil(lambda: bench.panel.is_up_to_date, timeout=10_000)
    file = saved(qtbot, bench, tmp_path)
    bench.document.set_edit("direction", "smile", -40.0)
    return str(file)


@pytest.fixture
def told(bench: Bench) -> list[str]:
    texts: list[str] = []

    def note(message: Message) -> None:
        texts.append(message.text)

    bench.messenger.message_posted.connect(note)
    return texts


def test_the_first_is_shown_and_undo_goes_back(qtbot: QtBot, bench: Bench, edit: str, framed: str) -> None:
    document = bench.document
    steps = document.undo_stack.index()
    bench.panel.faces.open_files([edit, framed])
    at_rest(qtbot, bench)
    assert (marked(bench), smile(document)) == ("me.png", 60.0)
    assert bench.panel.shows_photo
    assert document.undo_stack.index() == steps + 1
    document.undo_stack.undo()
    assert (marked(bench), smile(document)) == ("me.png", -40.0)
    bench.panel.faces.choose(1)  # framed.png, which joined the list
    bench.panel.faces.choose(0)
    assert (marked(bench), smile(document)) == ("me.png", -40.0)


@pytest.mark.long
def test_of_one_that_is_not_shown_it_is_said(qtbot: QtBot, bench: Bench, edit: str, framed: str, told: list[str]) -> None:
    document, faces = bench.document, bench.panel.faces
    faces.open_files([framed, edit])
    at_rest(qtbot, bench)
    assert (marked(bench), smile(document)) == ("framed.png", 0.0)
    assert told == [f"me.png has the edit of {Path(edit).name} now. Undo brings back the one that it had."]
    faces.choose(1)
    assert (marked(bench), smile(document)) == ("me.png", 60.0)
    document.undo_stack.undo()  # the choice
    document.undo_stack.undo()
    faces.choose(1)
    assert (marked(bench), smile(document)) == ("me.png", -40.0)


def test_of_one_that_is_on_the_canvas_undo_goes_back(qtbot: QtBot, bench: Bench, edit: str, framed: str, told: list[str]) -> None:
    document, faces = bench.document, bench.panel.faces
    faces.open_files([framed, edit])
    faces.set_source(SAMPLES)
    faces.choose(3)  # a sample, and then the photo, while the files are read
    document.undo_stack.undo()
    at_rest(qtbot, bench)
    assert (marked(bench), smile(document)) == ("me.png", 60.0)
    assert len(told) == 1
    document.undo_stack.undo()
    assert (marked(bench), smile(document)) == ("me.png", -40.0)


@pytest.mark.long
def test_of_one_without_an_edit_nothing_is_said(qtbot: QtBot, bench: Bench, edit: str, framed: str, told: list[str]) -> None:
    bench.document.reset_edits()
    bench.panel.faces.open_files([framed, edit])
    at_rest(qtbot, bench)
    assert told == []
    bench.panel.faces.choose(1)
    assert smile(bench.document) == 60.0


@pytest.mark.long
def test_other_faces_of_the_photo_come_back_by_undo(
    qtbot: QtBot,
    both: Bench,  # noqa: F811
    group: Path,  # noqa: F811
    tmp_path: Path,
    framed: str,
) -> None:
    document = both.document
    path = saved(qtbot, both, tmp_path)
    (tmp_path / "group.png").write_bytes(group.read_bytes())
    turn(qtbot, both)
    document.set_edit("direction", "smile", 10.0)  # of the left face; the right one has -150
    both.panel.faces.open_files([framed, str(path)])
    both.panel.faces.choose(0)  # the left face is on the canvas when the saved edit of both comes
    at_rest(qtbot, both)
    assert (marked(both), smile(document)) == ("group.png", 200.0)
    document.undo_stack.undo()
    assert (marked(both), smile(document)) == ("group.png", 10.0)
    assert [other.weight("direction", "smile") for other in document.other_faces] == [-150.0]

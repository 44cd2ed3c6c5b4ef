"""A photo of several people: each face is edited in turn, and all edits are in the picture that is shown and saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.export.images import read_recipe, save_picture
from explorer.document.saved_edits import OTHERS, session_in
from explorer.explore.place_eyes import PlaceEyes
from explorer.explore.tab import WHOLE
from explorer.messages import Message
from explorer.saving.ask_picture import SavePicture
from explorer.windows.file_actions import FileActions
from tests.explorer.explore_bench import Bench
from tests.explorer.test_own_edits import at_rest, group, smile  # noqa: F401 - a fixture

LEFT, RIGHT = slice(0, 270), slice(290, 560)  # columns of the two faces


@pytest.fixture
def both(qtbot: QtBot, bench: Bench, group: Path) -> Bench:  # noqa: F811
    """Both faces have an edit; the right one's is on the canvas."""
    bench.panel.faces.open_file(str(group))
    qtbot.waitUntil(lambda: bench.panel.findChild(PlaceEyes) is not None, timeout=20_000)
    bench.panel.findChild(PlaceEyes).accept()
    at_rest(qtbot, bench)
    while bench.panel.turner.words != "Face 1 of 2":
        turn(qtbot, bench)
    bench.document.set_edit("direction", "smile", 200.0)
    turn(qtbot, bench)
    bench.document.set_edit("direction", "smile", -150.0)
    at_rest(qtbot, bench)
    qtbot.waitUntil(lambda: bench.panel.is_up_to_date, timeout=10_000)
    return bench


def turn(qtbot: QtBot, bench: Bench) -> None:
    bench.panel.faces.opener.turn_to_face(1)
    at_rest(qtbot, bench)


def saved(qtbot: QtBot, bench: Bench, folder: Path) -> Path:
    """Saved by way of the dialog."""
    files = FileActions(bench.document, bench.settings, bench.messenger, lambda: bench.panel, bench.panel)
    files.save_picture()
    dialog = bench.panel.findChildren(SavePicture)[-1]
    dialog.set_folder(folder)
    path = dialog.path
    with qtbot.waitSignal(bench.messenger.message_posted, timeout=20_000):
        dialog.accept()
    return path


def changed(path: Path, group: Path) -> tuple[bool, bool]:  # noqa: F811
    """Whether the left and the right face are other than in the photo."""
    with Image.open(path) as one, Image.open(group) as other:
        differs = (np.asarray(one.convert("RGB")) != np.asarray(other)).any(2)
    return bool(differs[:, LEFT].any()), bool(differs[:, RIGHT].any())


def test_all_edits_are_saved_and_come_back(qtbot: QtBot, both: Bench, group: Path, tmp_path: Path) -> None:  # noqa: F811
    path = saved(qtbot, both, tmp_path)
    assert changed(path, group) == (True, True)
    wanted = both.document.session
    both.panel.faces.take_away()
    (tmp_path / "group.png").write_bytes(group.read_bytes())
    both.panel.faces.open_file(str(path))
    at_rest(qtbot, both)
    assert both.document.session.edits == wanted.edits
    assert [other.weight("direction", "smile") for other in both.document.other_faces] == [200.0]
    assert both.panel.shows_photo
    turn(qtbot, both)
    assert (both.panel.turner.words, smile(both.document)) == ("Face 1 of 2", 200.0)
    steps = both.document.undo_stack.index()
    for _ in range(steps - 1):
        both.document.undo_stack.undo()
    at_rest(qtbot, both)
    assert [other.edits for other in both.document.other_faces] == []  # the first step: nothing is edited yet


def test_edits_that_were_saved_are_opened_with_others(
    qtbot: QtBot,
    both: Bench,
    group: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    path = saved(qtbot, both, tmp_path)
    both.panel.faces.take_away()
    (tmp_path / "group.png").write_bytes(group.read_bytes())
    Image.new("RGB", (64, 64), "brown").save(tmp_path / "framed.png")
    both.panel.faces.open_files([str(path), str(tmp_path / "framed.png")])
    at_rest(qtbot, both)
    assert [picture.anchor.label for picture in both.panel.faces.opened] == ["group.png", "framed.png"]
    assert smile(both.document) == -150.0
    assert [other.weight("direction", "smile") for other in both.document.other_faces] == [200.0]
    assert both.panel.shows_photo


def test_the_canvas_shows_the_other_faces_with_their_edits(qtbot: QtBot, both: Bench) -> None:
    document = both.document
    raw, shown = document.photo(document.session.anchor), document.shown_photo
    differs = (raw.photo.pixels != shown.photo.pixels).any(2)
    assert differs[:, LEFT].any()
    assert not differs[:, RIGHT].any()
    assert shown.reference == raw.reference
    assert both.panel.faces.opened[0].original.shape == (64, 64, 3)
    document.set_edits(())
    assert document.shown_photo is shown  # nothing to make anew
    turn(qtbot, both)
    assert document.other_faces == ()
    assert document.shown_photo is document.photo(document.session.anchor)


def test_undo_goes_from_face_to_face(qtbot: QtBot, both: Bench) -> None:
    document = both.document
    document.undo_stack.undo()
    assert (both.panel.turner.words, smile(document)) == ("Face 2 of 2", 0.0)
    document.undo_stack.undo()
    assert (both.panel.turner.words, smile(document)) == ("Face 1 of 2", 200.0)
    at_rest(qtbot, both)
    assert both.panel.shows_photo
    assert document.other_faces == ()
    document.undo_stack.redo()
    document.undo_stack.redo()
    at_rest(qtbot, both)
    assert [other.weight("direction", "smile") for other in document.other_faces] == [200.0]
    qtbot.waitUntil(lambda: both.panel.is_up_to_date and both.panel.shows_photo, timeout=10_000)


def test_a_face_that_is_another_photos_is_left_out_and_nonsense_is_said(
    qtbot: QtBot,
    both: Bench,
    group: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    told: list[Message] = []
    both.messenger.message_posted.connect(told.append)
    path = saved(qtbot, both, tmp_path)
    recipe = read_recipe(path)
    pixels = np.asarray(Image.open(path).convert("RGB"))
    other = session_in(path)
    foreign = replace(other, anchor=replace(other.anchor, reference="other.png#1")).to_dict()
    save_picture(path, pixels, recipe | {OTHERS: [foreign, "nonsense"]})
    (tmp_path / "group.png").write_bytes(group.read_bytes())
    both.panel.faces.take_away()
    both.panel.faces.open_file(str(path))
    at_rest(qtbot, both)
    assert both.document.other_faces == ()
    told.clear()
    save_picture(path, pixels, recipe | {OTHERS: [{"version": 1}]})
    both.panel.faces.open_file(str(path))
    at_rest(qtbot, both)
    assert len(told) == 1
    assert "no edit that Labkhand saved" in told[0].text


def test_a_click_on_a_face_of_the_whole_photo_edits_that_one(qtbot: QtBot, both: Bench) -> None:
    panel, canvas = both.panel, both.panel.canvas
    assert panel.turner.words == "Face 2 of 2"
    QTest.mouseMove(canvas, canvas.rect().center())
    assert not canvas.spots.are_seen
    QTest.mouseClick(panel.photo_view.segments[WHOLE], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.is_up_to_date and canvas.view.width == 560, timeout=10_000)
    left, right = (canvas.spots.rect(number).center().toPoint() for number in (0, 1))
    assert left.x() < right.x()
    before = canvas.grab().toImage()
    QTest.mouseMove(canvas, left)
    assert canvas.spots.are_seen
    assert canvas.spots.hovered == 0
    assert canvas.cursor().shape() == Qt.CursorShape.PointingHandCursor
    assert canvas.grab().toImage() != before
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=right)  # it is edited already
    assert not panel.faces.opener.is_busy
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=left)
    at_rest(qtbot, both)
    assert (panel.turner.words, smile(both.document)) == ("Face 1 of 2", 200.0)
    assert panel.shows_whole
    QTest.mouseMove(canvas, left)
    assert canvas.spots.hovered == -1
    assert "Alt+Right" in canvas.accessibleDescription()
    both.document.undo_stack.undo()
    assert panel.turner.words == "Face 2 of 2"


def test_a_drag_over_a_face_pans_and_chooses_none(qtbot: QtBot, both: Bench) -> None:
    panel, canvas = both.panel, both.panel.canvas
    QTest.mouseClick(panel.photo_view.segments[WHOLE], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.is_up_to_date and canvas.view.width == 560, timeout=10_000)
    canvas.set_view(canvas.view.zoomed(canvas.view.fitted * 2.0, canvas.spots.rect(0).center()))
    start, corner = canvas.spots.rect(0).center().toPoint(), canvas.spots.rect(0).topLeft()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas, start + QPoint(20, 0))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(20, 0))
    assert canvas.spots.rect(0).topLeft() != corner
    assert not panel.faces.opener.is_busy


def test_each_face_has_an_original_of_its_own(qtbot: QtBot, both: Bench) -> None:
    document = both.document
    right = document.session.anchor
    pictures = {right.eyes: document.original(right)}
    turn(qtbot, both)
    left = document.session.anchor
    pictures[left.eyes] = document.original(left)
    assert not np.array_equal(pictures[left.eyes], pictures[right.eyes])
    document.undo_stack.undo()
    at_rest(qtbot, both)
    assert document.session.anchor == right
    assert document.original(right) is pictures[right.eyes]
    assert document.original(left) is pictures[left.eyes]

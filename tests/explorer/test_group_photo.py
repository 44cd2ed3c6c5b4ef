"""A photo of several people: each face is edited in turn, and all edits are in the picture that is shown and saved."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.export.images import read_recipe, save_picture
from core.latent.session import Session
from explorer.document.loading import LoadedModel
from explorer.document.photos import EditedFaces, OpenedPhoto
from explorer.document.picture_files import edited_photo
from explorer.document.saved_edits import OTHERS, session_in
from explorer.explore.faces.column import SAMPLES
from explorer.explore.faces.opener import FACES_TOPIC
from explorer.explore.tab import WHOLE
from explorer.look.theme import colors
from explorer.messages import Message
from explorer.saving.ask_picture import SavePicture
from explorer.windows.file_actions import FileActions
from tests.explorer.explore_bench import Bench
from tests.explorer.test_document import direction
from tests.explorer.test_own_edits import at_rest, group, smile  # noqa: F401 - a fixture
from tests.helpers.fake_engine import fake_model

LEFT, RIGHT = slice(0, 270), slice(290, 560)  # columns of the two faces


@pytest.fixture
def both(qtbot: QtBot, bench: Bench, group: Path) -> Bench:  # noqa: F811
    """Both faces have an edit; the right one's is on the canvas."""
    bench.panel.faces.open_file(str(group))
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


@pytest.mark.long
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


@pytest.mark.long
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


@pytest.mark.long
def test_a_click_on_a_face_of_the_whole_photo_edits_that_one(qtbot: QtBot, both: Bench) -> None:
    panel, canvas = both.panel, both.panel.canvas
    assert panel.turner.words == "Face 2 of 2"
    QTest.mouseMove(canvas, canvas.rect().center())
    assert not canvas.spots.are_seen
    QTest.mouseClick(panel.photo_view.segments[WHOLE], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.is_up_to_date and canvas.view.width == 560, timeout=10_000)
    left, right = (canvas.spots.rect(number).center().toPoint() for number in (0, 1))
    assert left.x() < right.x()
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert canvas.spots.marks_current  # without the mouse, too
    assert canvas.spots._current == 1
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


@pytest.mark.long
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


@pytest.mark.long
def test_the_other_faces_follow_a_direction_that_was_made_anew(qtbot: QtBot, both: Bench) -> None:
    document, panel = both.document, both.panel
    before, shown = document.shown_photo, panel.picture
    old = document.directions["smile"]
    document.set_direction(replace(old, unit=-old.unit))
    assert document.awaits_photo
    assert panel.picture is None
    at_rest(qtbot, both)
    after = document.shown_photo
    assert not np.array_equal(before.photo.pixels[:, LEFT], after.photo.pixels[:, LEFT])
    qtbot.waitUntil(lambda: panel.is_up_to_date and not np.array_equal(panel.picture, shown), timeout=10_000)
    document.set_direction(replace(old, name="glasses"))  # which no other face uses
    assert document.shown_photo is after


@pytest.mark.long
def test_a_direction_made_anew_while_the_other_faces_are_edited_counts(
    qtbot: QtBot, both: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, gate = both.document, threading.Event()

    def slow(photo: OpenedPhoto, faces: Sequence[Session], model: LoadedModel) -> EditedFaces:
        gate.wait(5.0)
        return edited_photo(photo, faces, model)

    monkeypatch.setattr("explorer.document.photo_reader.edited_photo", slow)
    old = document.directions["smile"]
    for unit in (-old.unit, np.roll(old.unit, 1)):
        document.set_direction(replace(old, unit=unit))
    gate.set()
    at_rest(qtbot, both)
    wanted = edited_photo(document.photo(document.session.anchor), document.other_faces, document.model).photo
    assert np.array_equal(document.shown_photo.photo.pixels, wanted.photo.pixels)
    assert both.panel.shows_photo
    qtbot.waitUntil(lambda: both.panel.is_up_to_date, timeout=10_000)


def test_the_other_faces_follow_the_class(qtbot: QtBot, bench: Bench, group: Path) -> None:  # noqa: F811
    model = fake_model(directions={"smile": direction()})
    model.engine.classes = ("calm", "smiling")
    bench.document.set_model(model)
    bench.panel.faces.open_file(str(group))
    at_rest(qtbot, bench)
    bench.document.set_edit("direction", "smile", 100.0)
    turn(qtbot, bench)
    at_rest(qtbot, bench)
    before = bench.document.shown_photo
    assert bench.document.other_faces
    bench.document.choose_class("smiling")
    at_rest(qtbot, bench)
    assert bench.document.shown_photo is not None
    assert not np.array_equal(bench.document.shown_photo.photo.pixels, before.photo.pixels)
    qtbot.waitUntil(lambda: bench.panel.shows_photo and bench.panel.is_up_to_date, timeout=10_000)


@pytest.mark.long
def test_a_face_that_cant_be_edited_takes_neither_the_photo_nor_the_others_with_it(
    qtbot: QtBot, both: Bench, tmp_path: Path
) -> None:
    told: list[Message] = []
    both.messenger.message_posted.connect(told.append)
    document = both.document
    anchor, good = document.session.anchor, document.other_faces
    nowhere = replace(document.session, anchor=replace(anchor, eyes=(9000.0, 9000.0, 9000.2, 9000.0)))
    document.restore(document.session, "saved.png", [nowhere])
    at_rest(qtbot, both)
    assert document.photo(anchor) is not None
    assert document.photo_file(anchor) is not None
    assert document.other_faces == good
    assert both.panel.shows_photo
    qtbot.waitUntil(lambda: both.panel.is_up_to_date, timeout=10_000)
    assert len(told) == 1
    assert "edit of another face was left out" in told[0].text
    assert "0.2 pixels apart" in told[0].text
    document.undo_stack.undo()
    at_rest(qtbot, both)
    assert both.panel.shows_photo
    document.undo_stack.redo()
    at_rest(qtbot, both)
    assert (both.panel.shows_photo, document.other_faces, len(told)) == (True, good, 2)
    both.panel.faces.take_away()


def test_a_program_error_in_the_edit_of_other_faces_leaves_the_photo(
    qtbot: QtBot, both: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Message] = []
    both.messenger.message_posted.connect(told.append)
    document = both.document

    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr("explorer.document.photo_reader.edited_photo", fail)
    document.set_direction(replace(document.directions["smile"]))
    at_rest(qtbot, both)
    document.set_edit("direction", "smile", 30.0)
    at_rest(qtbot, both)
    assert document.photo(document.session.anchor) is not None
    assert document.other_faces == ()
    assert both.panel.shows_photo
    assert len(told) == 2
    assert "edits of the other faces were left out" in told[1].text


@pytest.mark.long
def test_undo_of_what_only_other_faces_had_shows(qtbot: QtBot, both: Bench) -> None:
    document, panel = both.document, both.panel
    turn(qtbot, both)
    other = document.other_faces[0]  # the right one
    turn(qtbot, both)
    document.reset_edits()
    turn(qtbot, both)
    qtbot.waitUntil(lambda: panel.is_up_to_date, timeout=10_000)
    plain = document.shown_photo
    QTest.mouseClick(panel.photo_view.segments[WHOLE], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.is_up_to_date and panel.canvas.view.width == 560, timeout=10_000)
    without = panel.picture
    document.restore(document.session, "saved.png", [other])
    at_rest(qtbot, both)
    qtbot.waitUntil(lambda: panel.is_up_to_date and not np.array_equal(panel.picture, without), timeout=10_000)
    changed = panel.picture
    document.undo_stack.undo()
    assert document.shown_photo is plain
    qtbot.waitUntil(lambda: panel.is_up_to_date and np.array_equal(panel.picture, without), timeout=10_000)
    document.undo_stack.redo()  # the edited photo is still held
    qtbot.waitUntil(lambda: panel.is_up_to_date and np.array_equal(panel.picture, changed), timeout=10_000)


def test_before_and_reset_of_the_whole_photo_are_of_all_its_faces(qtbot: QtBot, both: Bench, group: Path) -> None:  # noqa: F811
    panel, document = both.panel, both.document
    document.set_edits(())
    assert not panel.tools.before.isEnabled(), "the face on the canvas has no edit"
    panel.toggle_whole_photo()
    assert (panel.tools.before.isEnabled(), panel.tools.sees_edits) == (True, True)
    with Image.open(group) as file:
        original = np.asarray(file.convert("RGB"))
    qtbot.waitUntil(lambda: panel.is_up_to_date, timeout=10_000)
    qtbot.waitUntil(lambda: panel._before is not None and panel._before.shape == original.shape, timeout=10_000)
    assert panel._before is not None
    np.testing.assert_array_equal(panel._before, original)
    assert (panel._shown != original).any()
    panel.tools.toggle_before()
    assert panel.tools.before.isChecked()
    panel.reset()
    at_rest(qtbot, both)
    assert not panel.tools.before.isChecked(), "what changed is to be seen"
    assert document.other_faces == ()
    assert not panel.tools.sees_edits
    document.undo_stack.undo()
    assert [other.weight("direction", "smile") for other in document.other_faces] == [200.0]
    panel.toggle_whole_photo()
    assert not panel.tools.before.isEnabled()


def test_the_chosen_face_is_framed_unless_one_looks_at_what_changes(qtbot: QtBot, both: Bench) -> None:
    panel, canvas = both.panel, both.panel.canvas
    panel.toggle_whole_photo()
    canvas.hold_before(True)
    qtbot.waitUntil(lambda: panel.is_up_to_date and canvas.view.width == 560 and canvas.shows_before, timeout=10_000)
    canvas.hold_before(False)
    # All faces are framed while the mouse is over them, or the keys lead there: wherever other tests have left both.
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    QApplication.sendEvent(canvas, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.OtherFocusReason))
    assert not canvas.spots.are_seen
    frame = canvas.spots.rect(1).toRect()
    line = QRect(frame.left() - 2, frame.top() + 12, 5, 3)

    def is_framed() -> bool:
        seen = canvas.grab(line).toImage()
        wanted = colors().accent
        return any(seen.pixelColor(x, 1).name() == wanted.name() for x in range(seen.width()))

    assert is_framed()
    canvas.hold_before(True)
    assert not is_framed()
    canvas.hold_before(False)
    both.document.begin_gesture()
    assert not is_framed()
    both.document.end_gesture()
    assert is_framed()
    canvas.set_split(True)
    assert not is_framed()


def test_what_is_said_of_the_face_follows_the_choice(qtbot: QtBot, bench: Bench, group: Path) -> None:  # noqa: F811
    told: list[Message] = []
    settled: list[str] = []
    bench.messenger.message_posted.connect(told.append)
    bench.messenger.settled.connect(settled.append)
    bench.panel.faces.open_file(str(group))
    at_rest(qtbot, bench)
    bench.document.set_edit("direction", "smile", 20.0)  # no other face
    first = bench.panel.turner.words
    assert [message.topic for message in told] == [FACES_TOPIC]
    assert told[0].text.startswith(f"Face {first.split()[1]} of the 2 found in {group.name}, from the left, is chosen. ")
    settled.clear()
    turn(qtbot, bench)
    assert FACES_TOPIC in settled
    assert bench.panel.turner.words != first
    number = bench.panel.turner.words.split()[1]
    assert told[-1].text == f"Face {number} of the 2 found, from the left, is chosen."
    assert (told[-1].is_quiet, len(told)) == (True, 2)
    settled.clear()
    bench.panel.faces.set_source(SAMPLES)
    bench.panel.faces.choose(0)
    assert (settled.count(FACES_TOPIC), len(told)) == (1, 2)

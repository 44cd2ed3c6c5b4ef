"""Each opened photo keeps its own edit, each face of a group has one, and undo goes back to the right photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.faces.alignment import Eyes
from core.latent.session import Anchor, Edit, Session
from explorer import tasks
from explorer.document.document import Document, carried_over
from explorer.document.edit_copies import EditCopies
from explorer.explore.faces.column import OPENED, SAMPLES
from explorer.explore.faces.opener import TOPIC
from explorer.explore.faces.place_eyes import PlaceEyes
from explorer.look.theme import colors
from explorer.messages import Message
from explorer.widgets.grid.face_grid import HOLLOW
from tests.explorer.explore_bench import Bench
from tests.explorer.test_document import anchor, direction
from tests.helpers.fake_engine import LATENT_DIM, fake_model
from tests.helpers.fake_vq import fake_vq_model
from tests.helpers.photo_inputs import face


def photo(name: str, eyes: tuple[float, ...] = (10.0, 20.0, 30.0, 20.0)) -> Anchor:
    return Anchor("photo", name, f"{name}#1", (0.5,) * LATENT_DIM, eyes)


@pytest.fixture
def document() -> Document:
    made = Document()
    made.set_model(fake_model(directions={"smile": direction()}))
    made.open_anchor(anchor())
    return made


def smile(document: Document) -> float:
    return document.session.weight("direction", "smile")


def test_an_edit_stays_with_its_photo(document: Document) -> None:
    document.set_edit("direction", "smile", 30.0)
    document.set_anchor(photo("a"))
    assert smile(document) == 0.0
    document.set_edit("direction", "smile", 120.0)
    document.set_edit("dimension", "3", 1.0)
    document.set_anchor(photo("b"))
    assert document.session.edits == ()
    document.set_edit("direction", "smile", -40.0)
    document.set_anchor(photo("a"))
    assert document.session.edits == (Edit("direction", "smile", 120.0), Edit("dimension", "3", 1.0))
    document.set_anchor(anchor(fill=0.5))  # samples show the same edit, one after another
    assert smile(document) == 30.0
    document.set_anchor(anchor("data"))
    assert smile(document) == 30.0
    document.set_anchor(photo("b"))
    assert smile(document) == -40.0


def test_undo_across_photos_ends_where_each_was(document: Document) -> None:
    steps = []
    for do in (
        lambda: document.set_anchor(photo("a")),
        lambda: document.set_edit("direction", "smile", 60.0),
        lambda: document.set_anchor(photo("b")),
        lambda: document.set_edit("direction", "smile", 20.0),
        lambda: document.set_anchor(photo("a")),
        lambda: document.set_edit("direction", "smile", 80.0),
        lambda: document.restore(document.session.with_anchor(photo("b")), "b.png"),  # a saved edit of the other one
    ):
        steps.append(document.session)
        do()
    for before in reversed(steps):
        document.undo_stack.undo()
        assert document.session == before
    for before in (*steps[1:], None):
        document.undo_stack.redo()
        assert before is None or document.session == before
    for _ in range(3):
        document.undo_stack.undo()
    document.set_anchor(photo("a"))
    assert smile(document) == 60.0  # neither 80, which was undone
    document.set_anchor(photo("b"))
    assert smile(document) == 20.0  # nor the saved edit, which was undone, too


def test_the_faces_of_a_photo_have_an_edit_each_and_a_corrected_face_keeps_it(document: Document) -> None:
    left, right = photo("a"), photo("a", (110.0, 20.0, 130.0, 20.0))
    document.set_anchor(left)
    document.set_edit("direction", "smile", 60.0)
    document.set_anchor(right)
    assert smile(document) == 0.0
    document.set_edit("direction", "smile", 10.0)
    document.set_anchor(photo("a", (13.0, 22.0, 31.0, 21.0)))  # found anew, nearly the same
    assert smile(document) == 60.0
    document.set_anchor(photo("a", (400.0, 300.0, 430.0, 300.0)), is_same_face=True)
    assert smile(document) == 60.0
    document.set_anchor(right)
    assert smile(document) == 10.0


def test_of_another_model_what_it_has_sliders_for(document: Document) -> None:
    document.set_anchor(photo("a"))
    document.set_edit("direction", "smile", 60.0)
    document.set_edit("dimension", "3", 1.0)
    document.set_anchor(anchor())
    document.rename_direction("smile", "grin")
    document.set_anchor(photo("a"))
    assert document.session.edits == (Edit("direction", "smile", 60.0), Edit("dimension", "3", 1.0))
    document.set_anchor(anchor())
    document.set_model(fake_model(image_size=128, directions={}))
    document.set_anchor(photo("a"))
    assert document.session.edits == ()


def test_an_edit_goes_to_another_photo_by_copy_and_paste(document: Document) -> None:
    from explorer.messages import Messenger

    copies = EditCopies(document, Messenger(document))
    document.set_anchor(photo("a"))
    document.set_edit("direction", "smile", 60.0)
    document.set_anchor(photo("b"))
    copies.copy(photo("a"))
    copies.paste()
    assert smile(document) == 60.0
    document.undo_stack.undo()
    assert (document.session.anchor, smile(document)) == (photo("b"), 0.0)


# -- in the window


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three photos of 400 x 300 pixels with a drawn face each."""
    folder = tmp_path_factory.mktemp("photos")
    for number, name in enumerate("abc"):
        photo = Image.new("RGB", (400, 300), (128, 128, 128))
        photo.paste(face(number + 1, 256), (70, 22))
        photo.save(folder / f"{name}.png")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of two drawn faces."""
    path = tmp_path_factory.mktemp("group") / "group.png"
    photo = Image.new("RGB", (560, 300), (128, 128, 128))
    photo.paste(face(1, 240), (20, 30))
    photo.paste(face(3, 240), (300, 30))
    photo.save(path)
    return path


def at_rest(qtbot: QtBot, bench: Bench) -> None:
    qtbot.waitUntil(
        lambda: not bench.panel.faces.opener.is_busy and not bench.panel.faces.adder.is_busy and not tasks.running_tasks(),
        timeout=30_000,
    )


def names(bench: Bench) -> list[str]:
    return [picture.anchor.label for picture in bench.panel.faces.opened]


def marked(bench: Bench) -> str:
    """The name of the opened picture whose thumbnail is marked."""
    faces = bench.panel.faces
    assert faces.source == OPENED
    picture = faces.opened_at(faces._grid.selected_index)
    return picture.anchor.label if picture is not None else ""


@pytest.mark.long
def test_undo_marks_the_photo_that_it_goes_back_to(qtbot: QtBot, bench: Bench, files: list[Path]) -> None:
    faces = bench.panel.faces
    faces._grid.face_activated.emit(4)
    for path in files[:2]:
        faces.open_file(str(path))
        at_rest(qtbot, bench)
        bench.document.set_edit("direction", "smile", 60.0)
    assert (marked(bench), names(bench)) == ("b.png", ["b.png", "a.png"])
    bench.document.undo_stack.undo()
    bench.document.undo_stack.undo()
    assert (marked(bench), bench.document.session.anchor.label) == ("a.png", "a.png")
    assert smile(bench.document) == 60.0
    bench.document.undo_stack.undo()
    bench.document.undo_stack.undo()
    assert (faces.source, faces._grid.selected_index) == (SAMPLES, 4)
    bench.document.undo_stack.redo()
    assert marked(bench) == "a.png"
    faces.set_source(SAMPLES)
    assert faces._grid.selected_index == -1  # the face on the canvas isn't there
    faces.set_source(OPENED)
    assert marked(bench) == "a.png"


def test_thumbnails_show_which_photos_have_edits(qtbot: QtBot, bench: Bench, files: list[Path]) -> None:
    faces = bench.panel.faces
    for path in files[:2]:
        faces.open_file(str(path))
        at_rest(qtbot, bench)

    def dotted() -> list[bool]:
        picture = faces._grid.grab().toImage()
        places = [faces._grid.cell_rect(n) for n in range(2)]
        corners = [faces._grid.viewport().mapTo(faces._grid, QPoint(place.right() - 8, place.top() + 9)) for place in places]
        return [picture.pixelColor(corner) == colors().accent for corner in corners]

    assert dotted() == [False, False]
    bench.document.set_edit("direction", "smile", 60.0)
    assert dotted() == [True, False]
    faces.choose(1)
    at_rest(qtbot, bench)
    assert dotted() == [True, False]
    assert [faces._opened_label(n) for n in range(2)] == ["b.png, edited", "a.png"]
    first = bench.document.model
    assert first is not None
    bench.document.set_model(fake_model(name="other", directions={"smile": direction()}))
    at_rest(qtbot, bench)
    assert dotted() == [True, False]
    assert faces._opened_label(0) == "b.png, edited with fake. The model in use draws the edit by its own sliders."
    bench.document.set_model(fake_model(name="plain"))
    at_rest(qtbot, bench)
    assert dotted() == [False, False], "the dot is hollow: this model shows nothing of the edit"
    assert faces._mark_of(0) == HOLLOW
    assert faces._opened_label(0) == "b.png, edited with fake. The edit is kept, and shown with that model again."
    bench.document.set_model(first)
    at_rest(qtbot, bench)
    assert dotted() == [True, False]
    assert faces._opened_label(0) == "b.png, edited"
    bench.document.reset_edits()
    faces.choose(0)
    at_rest(qtbot, bench)
    bench.document.reset_edits()
    assert dotted() == [False, False]


def test_the_faces_of_a_group_in_turn(qtbot: QtBot, bench: Bench, group: Path) -> None:
    bench.panel.faces.open_file(str(group))
    at_rest(qtbot, bench)
    turner, document = bench.panel.turner, bench.document
    first = document.session.anchor
    words = turner.words
    assert words in ("Face 1 of 2", "Face 2 of 2")
    document.set_edit("direction", "smile", 60.0)
    QTest.mouseClick(turner.next, Qt.MouseButton.LeftButton)
    at_rest(qtbot, bench)
    second = document.session.anchor
    assert (second.reference, second.eyes != first.eyes, second.z != first.z) == (first.reference, True, True)
    assert smile(document) == 0.0
    assert {words, turner.words} == {"Face 1 of 2", "Face 2 of 2"}
    assert names(bench) == ["group.png"]  # one photo, whichever face
    QTest.mouseClick(turner.previous, Qt.MouseButton.LeftButton)
    at_rest(qtbot, bench)
    assert (document.session.anchor.eyes, smile(document)) == (first.eyes, 60.0)
    bench.panel.faces.set_source(SAMPLES)
    bench.panel.faces._grid.face_activated.emit(0)
    assert turner.words == ""


@pytest.mark.long
def test_a_group_opens_alike_alone_and_with_others(qtbot: QtBot, bench: Bench, group: Path, tmp_path: Path) -> None:
    told: list[Message] = []
    bench.messenger.message_posted.connect(told.append)
    other = tmp_path / "other.png"
    Image.new("RGB", (300, 200), "grey").save(other)
    first = ""
    for paths in ([str(group)], [str(group), str(other)]):
        bench.panel.faces.open_files(paths)
        at_rest(qtbot, bench)
        qtbot.waitUntil(lambda: bool(bench.panel.turner.words), timeout=20_000)
        assert bench.panel.findChild(PlaceEyes) is None
        first = first or bench.panel.turner.words
        assert bench.panel.turner.words == first
        (message,) = told
        assert message.topic != TOPIC, "the end of opening doesn't settle it"
        number = first.removeprefix("Face ").removesuffix(" of 2")
        assert message.text.startswith(f"Face {number} of the 2 found in group.png, from the left, is chosen. Click another one")
        told.clear()
        bench.panel.faces.take_away()


@pytest.mark.long
def test_correcting_the_eyes_keeps_the_edit_and_another_face_in_the_dialog_has_its_own(
    qtbot: QtBot, bench: Bench, group: Path
) -> None:
    bench.panel.faces.open_file(str(group))
    at_rest(qtbot, bench)
    anchor = bench.document.session.anchor
    bench.document.set_edit("direction", "smile", 60.0)
    other = next(one for one in bench.document.photo(anchor).faces if one.eyes != anchor.both_eyes)
    left = anchor.both_eyes.left
    for eyes, wanted in ((Eyes(left, (left[0] + 20.0, left[1])), 60.0), (other.eyes, 0.0)):
        bench.panel.faces.opener.correct_eyes()
        dialog = bench.panel.findChildren(PlaceEyes)[-1]
        dialog.markers.set_eyes(eyes)
        dialog.accept()
        at_rest(qtbot, bench)
        assert bench.document.session.anchor.both_eyes == eyes
        assert smile(bench.document) == wanted


def test_many_files_are_opened_and_the_first_is_edited(qtbot: QtBot, bench: Bench, files: list[Path], tmp_path: Path) -> None:
    told: list[Message] = []
    bench.messenger.message_posted.connect(told.append)
    framed, broken = tmp_path / "framed.png", tmp_path / "broken.jpg"
    Image.new("RGB", (64, 64), "brown").save(framed)
    broken.write_text("no picture")
    bench.panel.faces.open_files([str(path) for path in (*files, broken, framed)])
    at_rest(qtbot, bench)
    assert names(bench) == ["a.png", "b.png", "c.png", "framed.png"]
    assert marked(bench) == bench.document.session.anchor.label == "a.png"
    assert bench.panel.shows_photo
    assert [message.text.startswith("broken.jpg") for message in told] == [True]
    bench.panel.faces.choose(2)  # whose pixels were let go when it was added
    assert bench.document.session.anchor.label == "c.png"
    at_rest(qtbot, bench)
    assert bench.panel.shows_photo
    qtbot.waitUntil(lambda: bench.panel.is_up_to_date, timeout=10_000)
    assert bench.panel.picture.shape[0] > 64


def test_a_face_chosen_while_many_are_opened_stays(qtbot: QtBot, bench: Bench, files: list[Path]) -> None:
    bench.panel.faces.open_files([str(path) for path in files])
    bench.panel.faces._grid.face_activated.emit(3)
    at_rest(qtbot, bench)
    assert bench.document.session.anchor.label == "Sample 4"
    assert names(bench) == ["a.png", "b.png", "c.png"]


@pytest.mark.long
def test_many_files_without_a_face_ask_for_it_when_they_are_chosen(
    qtbot: QtBot, bench: Bench, files: list[Path], tmp_path: Path
) -> None:
    wall = tmp_path / "wall.png"
    Image.new("RGB", (300, 200), "grey").save(wall)
    bench.panel.faces.open_files([str(files[0]), str(wall)])
    at_rest(qtbot, bench)
    assert names(bench) == ["a.png", "wall.png"]
    assert bench.panel.findChild(PlaceEyes) is None
    bench.panel.faces.choose(1)
    qtbot.waitUntil(lambda: bench.panel.findChild(PlaceEyes) is not None, timeout=10_000)
    bench.panel.findChild(PlaceEyes).markers.set_eyes(Eyes((120.0, 90.0), (170.0, 92.0)))
    bench.panel.findChild(PlaceEyes).accept()
    at_rest(qtbot, bench)
    assert bench.document.session.anchor.eyes == (120.0, 90.0, 170.0, 92.0)
    assert not bench.panel.faces.opened[1].unsure


def test_a_photo_is_taken_away_and_comes_back(qtbot: QtBot, bench: Bench, files: list[Path]) -> None:
    faces, document = bench.panel.faces, bench.document
    faces.open_files([str(path) for path in files])
    at_rest(qtbot, bench)
    document.set_edit("direction", "smile", 60.0)
    QTest.keyClick(faces._grid, Qt.Key.Key_Delete)
    assert names(bench) == ["b.png", "c.png"]
    assert (marked(bench), smile(document)) == ("b.png", 0.0)
    faces.take_away(1)  # one that isn't on the canvas
    assert (names(bench), marked(bench)) == (["b.png"], "b.png")
    faces.take_away()
    assert names(bench) == []
    assert document.session.anchor is None
    assert bench.panel.picture is None
    assert not bench.panel.canvas.has_image
    for left in (["b.png"], ["b.png", "c.png"], ["a.png", "b.png", "c.png"]):
        document.undo_stack.undo()
        assert names(bench) == left
    assert (marked(bench), smile(document)) == ("a.png", 60.0)
    at_rest(qtbot, bench)
    assert bench.panel.shows_photo
    document.undo_stack.redo()
    assert marked(bench) == "b.png"
    faces.open_file(str(files[0]))  # opened anew, it begins anew
    at_rest(qtbot, bench)
    assert (marked(bench), smile(document)) == ("a.png", 0.0)


def test_framed_pictures_of_one_name_are_two(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    for number, colour in enumerate(("brown", "navy")):
        path = tmp_path / str(number) / "me.png"
        path.parent.mkdir()
        Image.new("RGB", (64, 64), colour).save(path)
        bench.panel.faces.open_file(str(path))
        at_rest(qtbot, bench)
    assert names(bench) == ["me.png", "me.png"]
    assert not np.array_equal(*(picture.original for picture in bench.panel.faces.opened))


def test_edits_outlast_a_model_that_has_no_sliders_for_them(document: Document) -> None:
    first = document.model
    document.set_anchor(photo("a"))
    document.set_edit("direction", "smile", 60.0)
    document.set_edit("dimension", "3", 1.0)
    wanted = document.session.edits
    document.set_model(fake_vq_model(), Session(anchor=photo("a")))
    assert document.session.edits == ()
    assert document.unsaved == ["a"]
    document.set_model(first, carried_over(document.session, first).with_anchor(photo("a")))
    assert document.session.edits == wanted
    document.set_model(fake_model(directions={"smile": direction()}), Session(anchor=photo("a")))
    assert document.session.edits == wanted[:1]  # a dimension means something else there
    document.set_edit("direction", "smile", 20.0)  # from now on this counts
    document.set_model(first, carried_over(document.session, first).with_anchor(photo("a")))
    assert document.session.edits == (Edit("direction", "smile", 20.0),)

"""A face of a group photo that wasn't found and was placed by hand is one of the photo's faces like the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from core.faces import finder
from core.faces.alignment import Eyes
from core.faces.finder import EYES_IN_BOX, estimated, placed_face
from explorer.document import photos
from explorer.document.document import Document
from explorer.document.photos import OpenedPhoto
from explorer.explore.faces.place_eyes import PlaceEyes
from tests.explorer.explore_bench import Bench
from tests.explorer.test_group_photo import saved
from tests.explorer.test_own_edits import at_rest, smile
from tests.helpers.photo_inputs import face

MISSED = range(280, 560)
"""Columns of the face in the middle, which the finder doesn't give here."""


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("three") / "three.png"
    photo = Image.new("RGB", (840, 300), (128, 128, 128))
    for place, number in enumerate((1, 2, 3)):
        photo.paste(face(number, 240), (20 + 280 * place, 30))
    photo.save(path)
    return path


@pytest.fixture
def hers(three: Path, monkeypatch: pytest.MonkeyPatch) -> Eyes:
    """The eyes of the face in the middle, which isn't found from now on."""
    with Image.open(three) as picture:
        pixels = photos.np.asarray(picture.convert("RGB"))
    found = finder.find_faces(pixels)
    assert len(found) == 3
    (missed,) = [one for one in found if round(one.eyes.left[0]) in MISSED]
    monkeypatch.setattr(photos, "find_faces", lambda *_, **__: [one for one in found if one is not missed])
    return missed.eyes


def opened(document: Document) -> OpenedPhoto:
    photo = document.photo(document.session.anchor)
    assert photo is not None
    return photo


def place(qtbot: QtBot, bench: Bench, eyes: Eyes) -> None:
    bench.panel.faces.opener.correct_eyes()
    dialog = bench.panel.findChildren(PlaceEyes)[-1]
    dialog.markers.set_eyes(eyes)
    dialog.accept()
    at_rest(qtbot, bench)


def turn(qtbot: QtBot, bench: Bench, step: int = 1) -> None:
    bench.panel.faces.opener.turn_to_face(step)
    at_rest(qtbot, bench)


@pytest.fixture
def group(qtbot: QtBot, bench: Bench, three: Path, hers: Eyes) -> Bench:
    bench.panel.faces.open_file(str(three))
    at_rest(qtbot, bench)
    assert bench.panel.turner.words.endswith(" of 2")
    return bench


def test_it_is_counted_framed_and_chosen_like_the_others(qtbot: QtBot, group: Bench, hers: Eyes) -> None:
    said: list[str] = []
    group.messenger.message_posted.connect(lambda message: said.append(message.text))
    document, turner = group.document, group.panel.turner
    document.set_edit("direction", "smile", 60.0)
    place(qtbot, group, hers)
    assert said[-1].startswith(
        "Face 2 of 3, from the left, is chosen: it belongs to the faces of three.png now, and begins with no"
    )
    assert smile(document) == 0.0, "the edit of the face that the markers came from is that face's"
    document.set_edit("direction", "smile", -150.0)
    assert turner.words == "Face 2 of 3"
    (spot,) = [spot for spot in group.panel.front_canvas.spots._spots if spot.tip == "Edit this face (2 of 3)"]
    assert spot.rect.contains(*hers.left)
    assert spot.rect.contains(*hers.right)
    turn(qtbot, group)
    assert (turner.words, smile(document) in (0.0, 60.0)) == ("Face 3 of 3", True)
    group.panel.faces.opener.choose_face(1)  # a click on her
    at_rest(qtbot, group)
    assert (turner.words, smile(document)) == ("Face 2 of 3", -150.0)


def test_placing_its_eyes_again_keeps_its_edit(qtbot: QtBot, group: Bench, hers: Eyes) -> None:
    document = group.document
    place(qtbot, group, hers)
    document.set_edit("direction", "smile", -150.0)
    turn(qtbot, group)
    again = Eyes((hers.left[0] + 2.0, hers.left[1]), hers.right)
    place(qtbot, group, again)  # from another face, as if it were new
    assert (group.panel.turner.words, smile(document)) == ("Face 2 of 3", -150.0)
    turn(qtbot, group)
    turn(qtbot, group, -1)
    assert document.session.anchor is not None
    assert document.session.anchor.both_eyes == again, "as they were placed last"


def test_a_placed_face_that_isnt_edited_goes_where_its_eyes_are_put(qtbot: QtBot, group: Bench, hers: Eyes) -> None:
    """It was placed wrongly, and is no face."""
    place(qtbot, group, Eyes((60.0, 285.0), (80.0, 285.0)))
    assert group.panel.turner.words.endswith(" of 3")
    place(qtbot, group, hers)
    assert group.panel.turner.words == "Face 2 of 3"


def test_an_unsure_face_takes_its_edit_along(qtbot: QtBot, group: Bench, hers: Eyes) -> None:
    """The finder took something else for it, where no edit may stay."""
    document = group.document
    photo = opened(document)
    at = photo.place_of(document.session.anchor.both_eyes)
    unsure = tuple(replace(one, sure=one_place != at) for one_place, one in enumerate(photo.faces))
    document.keep_photo(replace(photo, faces=unsure))
    document.set_edit("direction", "smile", 60.0)
    before = document.session
    place(qtbot, group, hers)
    assert smile(document) == 60.0
    assert document.other_faces == ()
    assert group.panel.turner.words.endswith(" of 2")
    document.undo_stack.undo()
    assert (document.session, document.other_faces) == (before, ())


@pytest.mark.long
def test_it_is_there_again_when_a_saved_picture_is_opened(
    qtbot: QtBot, group: Bench, hers: Eyes, three: Path, tmp_path: Path
) -> None:
    place(qtbot, group, hers)
    group.document.set_edit("direction", "smile", -150.0)
    turn(qtbot, group)
    group.document.set_edit("direction", "smile", 40.0)
    at_rest(qtbot, group)
    qtbot.waitUntil(lambda: group.panel.is_up_to_date, timeout=10_000)
    path = saved(qtbot, group, tmp_path)
    group.panel.faces.take_away()
    (tmp_path / "three.png").write_bytes(three.read_bytes())
    group.panel.faces.open_file(str(path))
    at_rest(qtbot, group)
    assert group.panel.turner.words == "Face 3 of 3"
    turn(qtbot, group, -1)
    assert (group.panel.turner.words, smile(group.document)) == ("Face 2 of 3", -150.0)


def test_its_box_is_like_those_of_faces_that_are_found() -> None:
    box = (40.0, 60.0, 200.0, 200.0)
    placed = placed_face(estimated(box))
    assert placed.box == pytest.approx(box)
    assert placed.by_hand
    tilted = placed_face(Eyes((100.0, 100.0), (100.0, 176.0)))  # on its side: the chin is to the left
    side = 76.0 / (EYES_IN_BOX.right[0] - EYES_IN_BOX.left[0])
    assert tilted.box == pytest.approx((100.0 - 0.1 * side - side / 2, 138.0 - side / 2, side, side))

"""Opening pictures one after another, in every order: what was asked for last counts, and nobody is left waiting."""

from __future__ import annotations

import shutil
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from explorer import tasks
from explorer.explore.faces.column import OPENED, VALIDATION
from explorer.explore.faces.place_eyes import PlaceEyes
from explorer.messages import Message
from tests.explorer.explore_bench import Bench
from tests.explorer.test_document import direction


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three photos of 400 x 300 pixels with a drawn face each."""
    folder = tmp_path_factory.mktemp("photos")
    paths = []
    for number in range(3):
        photo = np.full((300, 400, 3), 128, np.uint8)
        photo[22:278, 70:326] = np.asarray(draw_face(sample_parameters(np.random.default_rng([3, number + 1])), 256))
        paths.append(folder / f"{'abc'[number]}.png")
        Image.fromarray(photo).save(paths[-1])
    return paths


@pytest.fixture
def framed(tmp_path: Path) -> Path:
    """A picture of the model's own size."""
    path = tmp_path / "framed.png"
    Image.new("RGB", (64, 64), "brown").save(path)
    return path


@pytest.fixture
def told(bench: Bench) -> list[Message]:
    """What the person was told."""
    messages: list[Message] = []
    bench.messenger.message_posted.connect(messages.append)
    return messages


def at_rest(qtbot: QtBot, bench: Bench) -> None:
    """Until nothing is on its way, and everything that was called off has ended."""
    qtbot.waitUntil(lambda: not bench.panel.faces.opener.is_busy and not tasks.running_tasks(), timeout=30_000)
    assert bench.panel.faces.open_row.button.isEnabled()
    assert bench.panel.faces.open_row.button.isVisible()
    assert not bench.panel.faces.open_row.progress.isVisible()


def label(bench: Bench) -> str:
    return bench.document.session.anchor.label


def test_of_several_photos_the_last_is_edited_and_the_others_join_the_list(qtbot: QtBot, bench: Bench, photos: list[Path]) -> None:
    seen: list[bool] = []
    bench.panel.faces.opener.busy_changed.connect(seen.append)
    for path in photos:
        bench.panel.faces.open_file(str(path))
    assert seen == [True]
    at_rest(qtbot, bench)
    qtbot.waitUntil(lambda: len(bench.panel.faces.opened) == 3, timeout=20_000)
    assert label(bench) == "c.png"
    assert sorted(picture.anchor.label for picture in bench.panel.faces.opened) == ["a.png", "b.png", "c.png"]
    assert bench.document.undo_stack.count() == 1


def test_a_face_chosen_meanwhile_stays(qtbot: QtBot, bench: Bench, photos: list[Path]) -> None:
    bench.panel.faces.open_file(str(photos[0]))
    bench.panel.faces._grid.face_activated.emit(5)
    at_rest(qtbot, bench)
    assert label(bench) == "Sample 6"
    bench.panel.faces.open_file(str(photos[1]))  # and the next one is opened as ever
    at_rest(qtbot, bench)
    assert label(bench) == "b.png"


@pytest.mark.parametrize("fitted", [False, True])
def test_a_face_that_undo_brings_stays(qtbot: QtBot, bench: Bench, photos: list[Path], fitted: bool) -> None:
    first = label(bench)
    bench.panel.faces._grid.face_activated.emit((bench.panel.faces.shown_index + 1) % 9)  # another one
    bench.panel.faces.open_file(str(photos[0]))
    if fitted:
        bench.document.set_direction(direction(bench.document.model.id))
    bench.document.set_edit("direction", "smile", 40.0)  # no other face: it goes on
    assert bench.panel.faces.opener.is_busy
    bench.document.undo_stack.undo()
    bench.document.undo_stack.undo()
    assert not bench.panel.faces.opener.is_busy
    at_rest(qtbot, bench)
    assert label(bench) == first


def test_a_file_that_fails_is_said_once_and_the_next_one_opens(
    qtbot: QtBot, bench: Bench, photos: list[Path], tmp_path: Path, told: list[Message]
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    before = bench.document.session
    settled: list[str] = []
    bench.messenger.settled.connect(settled.append)
    bench.panel.faces.open_file(str(broken))
    at_rest(qtbot, bench)
    assert bench.document.session == before
    assert len(told) == 1
    assert (told[0].topic, settled) == ("photo", ["photo"]), "only what was said of an earlier attempt goes"
    assert "broken.jpg can't be used" in told[0].text
    bench.panel.faces.open_file(str(photos[0]))
    at_rest(qtbot, bench)
    assert label(bench) == "a.png"
    assert len(told) == 1
    assert len(settled) > 1, "the message about the broken one goes"
    bench.panel.faces.open_file(str(photos[1]))
    bench.panel.faces.open_file(str(broken))
    at_rest(qtbot, bench)
    assert label(bench) == "a.png"
    assert len(told) == 2
    bench.panel.faces.adder.add([str(broken)])
    qtbot.waitUntil(lambda: len(told) == 3)
    assert told[2].topic == "photo"


def test_another_model_meanwhile_opens_it_for_that_one(qtbot: QtBot, bench: Bench, photos: list[Path]) -> None:
    bench.panel.faces.open_file(str(photos[0]))
    bench.open_model()
    at_rest(qtbot, bench)
    assert label(bench) == "a.png"
    assert bench.document.session.checkpoint_id in ("", bench.document.model.id)
    photo, anchor = bench.document.photo(bench.document.session.anchor), bench.document.session.anchor
    assert photo is not None
    assert photo.anchored(anchor.both_eyes, bench.document.model)[0] == anchor


@pytest.mark.long
def test_another_model_while_the_eyes_are_asked_for(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    wall = tmp_path / "wall.png"
    Image.new("RGB", (300, 200), "grey").save(wall)
    bench.panel.faces.open_file(str(wall))
    qtbot.waitUntil(lambda: bench.panel.findChild(PlaceEyes) is not None, timeout=20_000)
    dialog = bench.panel.findChild(PlaceEyes)
    bench.open_model()
    with qtbot.waitSignal(bench.document.session_changed, timeout=10_000):
        dialog.accept()
    assert label(bench) == "wall.png"
    at_rest(qtbot, bench)
    opened, anchor = bench.document.photo(bench.document.session.anchor), bench.document.session.anchor
    assert opened.anchored(anchor.both_eyes, bench.document.model)[0] == anchor


def test_the_search_shows_how_far_it_is_and_is_called_off(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[Message]
) -> None:
    noise = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (700, 900, 3), np.uint8)).save(noise)
    bench.panel.faces.open_row._slow.setInterval(0)
    before = bench.document.session
    with qtbot.waitSignal(bench.panel.faces.opener.progressed, timeout=20_000) as far:
        bench.panel.faces.open_file(str(noise))
    assert 0 <= far.args[0] < far.args[1] == 25  # eight turns of three searches, and a look of our own
    qtbot.waitUntil(bench.panel.faces.open_row.progress.isVisible)
    assert bench.panel.faces.open_row.button.isVisible(), "another one can be opened"
    assert bench.panel.faces.open_row.button.isEnabled()
    cancel = next(button for button in bench.panel.faces.open_row.progress.findChildren(QPushButton) if button.text() == "Cancel")
    QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert bench.panel.faces.open_row.button.isEnabled()
    at_rest(qtbot, bench)
    assert bench.document.session == before
    assert bench.panel.findChild(PlaceEyes) is None
    assert told == []


def test_a_photo_whose_pixels_were_let_go_keeps_its_eyes(
    qtbot: QtBot, bench: Bench, photos: list[Path], monkeypatch: pytest.MonkeyPatch, told: list[Message]
) -> None:
    monkeypatch.setattr("explorer.document.photo_store.PHOTO_BYTES", 1)
    bench.panel.faces.open_file(str(photos[0]))
    at_rest(qtbot, bench)
    first = bench.document.session.anchor
    bench.panel.faces.open_file(str(photos[1]))
    at_rest(qtbot, bench)
    assert bench.document.photo(first) is None
    place = next(n for n, one in enumerate(bench.panel.faces.opened) if one.anchor == first)
    bench.panel.faces._grid.face_activated.emit(place)
    at_rest(qtbot, bench)
    assert bench.document.session.anchor == first
    assert bench.panel.shows_photo  # read again from its file
    qtbot.waitUntil(lambda: bench.panel.is_up_to_date, timeout=10_000)
    assert told == []
    bench.document.undo_stack.undo()
    at_rest(qtbot, bench)
    assert (label(bench), bench.panel.shows_photo) == ("b.png", True)
    assert len(bench.panel.faces.opened) == 2


@pytest.mark.parametrize("changed", [False, True])
def test_a_photo_whose_file_has_gone_or_changed_is_said_once(
    qtbot: QtBot,
    bench: Bench,
    photos: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: list[Message],
    changed: bool,
) -> None:
    monkeypatch.setattr("explorer.document.photo_store.PHOTO_BYTES", 1)
    mine = tmp_path / "mine.png"
    shutil.copy(photos[0], mine)
    for path in (mine, photos[1]):
        bench.panel.faces.open_file(str(path))
        at_rest(qtbot, bench)
    shutil.copy(photos[2], mine)
    if not changed:
        mine.unlink()
    bench.panel.faces.choose(1)
    assert bench.panel.picture is None  # nothing that could be saved in its place
    at_rest(qtbot, bench)
    assert label(bench) == "mine.png"
    assert not bench.panel.shows_photo
    assert [message.text.split(" ")[0] for message in told] == ["mine.png"]
    qtbot.waitUntil(lambda: bench.panel.is_up_to_date, timeout=10_000)  # as the model draws it
    bench.panel.faces.choose(1)
    assert "The photo mine.png wasn't found" in told[-1].text
    shutil.copy(photos[0], mine)
    bench.panel.faces.open_file(str(mine))
    at_rest(qtbot, bench)
    assert bench.panel.shows_photo


def test_a_framed_picture_after_a_photo(qtbot: QtBot, bench: Bench, photos: list[Path], framed: Path) -> None:
    bench.panel.faces.open_file(str(photos[0]))
    bench.panel.faces.open_file(str(framed))
    at_rest(qtbot, bench)
    assert bench.document.session.anchor.kind == "file"
    assert label(bench) == "framed.png"


def test_photos_that_are_chosen_before_there_is_a_model_wait_for_it(
    qtbot: QtBot, empty_bench: Bench, photos: list[Path], framed: Path
) -> None:
    faces, said, settled = empty_bench.panel.faces, [], []
    empty_bench.messenger.message_posted.connect(lambda message: said.append(message.text))
    empty_bench.messenger.settled.connect(settled.append)
    empty_bench.document.set_loading("faces")
    faces.open_files([str(photos[0])])
    assert said == ["a.png opens once the model is loaded."]
    assert said[0] in empty_bench.panel.canvas._placeholder
    faces.open_files([str(photos[1]), str(framed)])  # and others, which come on the canvas: they were chosen last
    assert said[1:] == ["3 pictures open once the model is loaded."]
    empty_bench.document.set_loading("")
    assert faces.waiting.words == "3 pictures open once there is a model."  # it couldn't be loaded: they still wait
    settled.clear()
    empty_bench.open_model()
    qtbot.waitUntil(lambda: not faces.adder.is_busy, timeout=30_000)
    at_rest(qtbot, empty_bench)
    assert settled
    assert faces.waiting.words == ""
    assert label(empty_bench) == "b.png"
    assert {picture.anchor.label for picture in faces.opened} == {"a.png", "b.png", "framed.png"}


def test_a_pasted_picture_waits_for_a_model_too(qtbot: QtBot, empty_bench: Bench, photos: list[Path], tmp_path: Path) -> None:
    class Kept:
        """Keeps a file on the disk."""

    pasted, kept = tmp_path / "pasted.png", Kept()
    shutil.copy(photos[2], pasted)
    there = weakref.ref(kept)
    weakref.finalize(kept, pasted.unlink)
    empty_bench.panel.faces.open_file(str(pasted), kept)
    del kept
    assert there() is not None
    empty_bench.open_model()
    assert empty_bench.document.session.anchor is None  # no sample in between
    at_rest(qtbot, empty_bench)
    assert label(empty_bench) == "pasted.png"


def test_where_what_waited_cannot_be_read_a_sample_is_edited(qtbot: QtBot, empty_bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_text("no picture")
    empty_bench.panel.faces.open_file(str(tmp_path / "broken.jpg"))
    empty_bench.open_model()
    qtbot.waitUntil(lambda: empty_bench.document.session.anchor is not None, timeout=30_000)
    assert empty_bench.document.session.anchor.kind == "sample"


@pytest.mark.parametrize("source", [VALIDATION, OPENED])
def test_the_source_that_is_chosen_while_the_model_loads_stays(qtbot: QtBot, empty_bench: Bench, source: int) -> None:
    empty_bench.document.set_loading("faces")
    empty_bench.panel.faces.set_source(source)
    empty_bench.open_model()
    assert empty_bench.document.session.anchor.kind == "sample"  # on the canvas
    assert empty_bench.panel.faces.source == source

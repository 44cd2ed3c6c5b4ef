"""Photos that were opened one after another don't fill the memory."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer.document import photo_reader
from explorer.document.photo_store import PhotoStore
from explorer.document.photos import OpenedPhoto
from explorer.explore.faces.column import SAMPLES
from explorer.explore.faces.place_eyes import PlaceEyes
from explorer.explore.tab import FACE, WHOLE
from explorer.messages import Message
from explorer.saving.ask_picture import SavePicture
from explorer.windows.file_actions import FileActions
from tests.explorer.explore_bench import Bench
from tests.explorer.test_group_photo import both, saved  # noqa: F401 - a fixture
from tests.explorer.test_own_edits import at_rest, group  # noqa: F401 - a fixture
from tests.helpers.photo_inputs import face

ROOT = Path(__file__).resolve().parents[2]
FEW, MANY = 4, 20  # photos
ALLOWED = 150  # MB between those


@pytest.mark.long
def test_the_pixels_of_photos_that_nobody_sees_are_let_go(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.document.photo_store.PHOTO_BYTES", 1)
    pixels: list[weakref.ref[np.ndarray]] = []

    def on_kept(opened: OpenedPhoto) -> None:
        pixels.append(weakref.ref(opened.photo.pixels))

    bench.document.photo_kept.connect(on_kept)
    for number in range(5):
        photo = Image.new("RGB", (300, 260), (128, 128, 128 + number))
        if number != 2:  # without a face its eyes are asked for
            photo.paste(face(number + 1, 220), (40, 20))
        photo.save(tmp_path / f"{number}.png")
        bench.panel.faces.open_file(str(tmp_path / f"{number}.png"))
        at_rest(qtbot, bench)
        if number == 2:
            bench.panel.findChildren(PlaceEyes)[-1].accept()
            at_rest(qtbot, bench)
        bench.document.set_edit("direction", "smile", 50.0)
        qtbot.waitUntil(lambda: bench.panel.is_up_to_date, timeout=10_000)
        bench.panel.faces.opener.correct_eyes()  # looked at, and closed again
        bench.panel.findChildren(PlaceEyes)[-1].reject()
    strip = bench.panel.strip.view
    qtbot.waitUntil(lambda: all(image is not None for image in strip.images), timeout=10_000)
    assert len(pixels) == 6, "one was kept again, with the face that was placed in it"

    def held() -> int:
        gc.collect()
        return sum(one() is not None for one in pixels)

    qtbot.waitUntil(lambda: held() == 1, timeout=10_000)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A photo that is larger than what the canvas shows of it."""
    photo = Image.new("RGB", (900, 800), (90, 120, 130))
    photo.paste(face(1, 500), (200, 150))
    photo.save(tmp_path / "large.png")
    return tmp_path / "large.png"


@pytest.fixture
def edited(qtbot: QtBot, bench: Bench, large: Path) -> Bench:
    """The large photo is on the canvas with an edit."""
    bench.panel.faces.open_file(str(large))
    qtbot.waitUntil(lambda: bench.document.photo(bench.document.session.anchor) is not None, timeout=20_000)
    at_rest(qtbot, bench)
    bench.document.set_edit("direction", "smile", 150.0)
    qtbot.waitUntil(lambda: bench.panel.is_up_to_date, timeout=10_000)
    return bench


@pytest.mark.long
def test_the_photo_on_the_canvas_is_held_while_another_is_opened_and_given_up(
    qtbot: QtBot, edited: Bench, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.document.photo_store.PHOTO_BYTES", 1)
    Image.new("RGB", (700, 600), "grey").save(tmp_path / "wall.png")
    edited.panel.faces.open_file(str(tmp_path / "wall.png"))
    qtbot.waitUntil(lambda: edited.panel.findChild(PlaceEyes) is not None, timeout=20_000)
    edited.panel.findChild(PlaceEyes).reject()
    at_rest(qtbot, edited)
    (tmp_path / "out").mkdir()
    path = saved(qtbot, edited, tmp_path / "out")
    with Image.open(path) as one, Image.open(large) as other:
        assert one.size == other.size
    shown = edited.panel.picture
    edited.document.set_edit("direction", "smile", -150.0)
    qtbot.waitUntil(lambda: edited.panel.is_up_to_date and not np.array_equal(edited.panel.picture, shown), timeout=10_000)


@pytest.mark.long
def test_no_preview_is_saved_or_copied_while_the_photo_is_read_again(
    qtbot: QtBot, edited: Bench, large: Path, tmp_path: Path
) -> None:
    told: list[Message] = []
    edited.messenger.message_posted.connect(told.append)
    document, anchor = edited.document, edited.document.session.anchor
    document._photos._photos.clear()  # as if the memory were needed
    files = FileActions(document, edited.settings, edited.messenger, lambda: edited.panel, edited.panel)
    assert document.awaits_photo
    for save in (
        files.save_picture,
        files.copy_picture,
        files.save_strip,
        files.exporter.save_before_after,
        files.exporter.save_film,
    ):
        save()
    assert edited.panel.findChildren(SavePicture) == []
    assert [message.text for message in told] == ["large.png isn't ready yet. Try once more in a moment."] * 5
    document.set_edit("direction", "smile", -150.0)
    assert not edited.panel.is_up_to_date
    assert edited.panel.picture is None
    at_rest(qtbot, edited)
    qtbot.waitUntil(lambda: edited.panel.is_up_to_date, timeout=10_000)
    assert document.photo(anchor) is document.shown_photo is not None
    assert edited.panel.shows_photo
    with Image.open(saved(qtbot, edited, tmp_path)) as one, Image.open(large) as other:
        assert one.size == other.size


def test_the_longest_unused_photos_are_let_go_first(qtbot: QtBot, edited: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    first = edited.document.shown_photo
    assert first is not None
    photos = [replace(first, reference=name) for name in "abcd"]
    monkeypatch.setattr("explorer.document.photo_store.PHOTO_BYTES", 2 * first.photo.pixels.nbytes)
    store = PhotoStore()

    def held() -> str:
        return "".join(name for name in "abcd" if store.photo(name) is not None)

    store.keep(photos[0])
    store.use("a")
    store.keep(photos[1])
    store.keep(photos[2])
    assert held() == "ac"
    store.use("c")
    store.use("a")
    store.use("c")
    store.keep(photos[3])
    assert held() == "cd"
    store.keep_with_others(("faces of c",), photos[2])
    assert store.with_others(("faces of c",)) is photos[2]
    monkeypatch.setattr("explorer.document.photo_store.PHOTO_BYTES", 1)
    store.use("d")
    assert held() == "d"
    assert store.with_others(("faces of c",)) is None


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Photos are read again, and other faces edited, once this is set."""
    opens = threading.Event()

    def behind(work: Callable[..., object]) -> Callable[..., object]:
        def waits(*given: object) -> object:
            assert opens.wait(20.0)
            return work(*given)

        return waits

    monkeypatch.setattr(photo_reader, "photo_from", behind(photo_reader.photo_from))
    monkeypatch.setattr(photo_reader, "edited_photo", behind(photo_reader.edited_photo))
    return opens


def test_no_other_face_is_shown_while_a_photo_is_read_again(
    qtbot: QtBot, edited: Bench, tmp_path: Path, gate: threading.Event
) -> None:
    panel, canvas = edited.panel, edited.panel.canvas
    Image.new("RGB", (64, 64), "brown").save(tmp_path / "framed.png")
    panel.faces.open_file(str(tmp_path / "framed.png"))
    at_rest(qtbot, edited)
    qtbot.waitUntil(lambda: panel.is_up_to_date, timeout=10_000)
    edited.document._photos._photos.clear()  # as if the memory were needed
    edited.document.set_edit("direction", "smile", 40.0)  # is still on its way to the canvas
    with qtbot.waitSignal(edited.decoding.decoded, timeout=10_000, check_params_cb=lambda one: one.channel == "strip"):
        panel.faces.choose(1)
        assert edited.document.session.anchor.label == "large.png"
        assert not canvas.has_image
    assert not canvas.has_image
    assert panel.picture is None
    assert canvas._placeholder == "Reading large.png…"
    gate.set()
    at_rest(qtbot, edited)
    qtbot.waitUntil(lambda: panel.is_up_to_date, timeout=10_000)
    assert canvas.has_image
    assert panel.shows_photo


def test_a_photo_that_cant_be_read_again_leaves_the_models_picture(
    qtbot: QtBot, edited: Bench, large: Path, gate: threading.Event
) -> None:
    panel = edited.panel
    panel.faces.set_source(SAMPLES)
    panel.faces.choose(0)
    edited.document._photos._photos.clear()
    large.unlink()
    edited.document.undo_stack.undo()
    assert not panel.canvas.has_image
    gate.set()
    at_rest(qtbot, edited)
    qtbot.waitUntil(lambda: panel.is_up_to_date, timeout=10_000)
    assert panel.canvas.has_image
    assert not panel.shows_photo


@pytest.mark.long
def test_the_face_stays_in_sight_while_others_beside_it_are_made_anew(
    qtbot: QtBot,
    both: Bench,  # noqa: F811
    gate: threading.Event,
) -> None:
    panel, document = both.panel, both.document
    document.set_direction(replace(document.directions["smile"]))
    assert document.awaits_photo
    assert panel.canvas.has_image
    gate.set()
    at_rest(qtbot, both)
    gate.clear()
    qtbot.waitUntil(lambda: panel.is_up_to_date, timeout=10_000)
    assert panel.turner.words == "Face 2 of 2"
    QTest.mouseClick(panel.photo_view.segments[WHOLE], Qt.MouseButton.LeftButton)
    for shows_whole in (True, False):
        document.undo_stack.undo()
        document.undo_stack.undo()
        if not shows_whole:
            QTest.mouseClick(panel.photo_view.segments[FACE], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: panel.is_up_to_date, timeout=10_000)
        assert panel.turner.words == "Face 1 of 2"
        document.set_direction(replace(document.directions["smile"]))  # so that the right face needs the left one anew
        document.undo_stack.redo()
        assert panel.turner.words == "Face 2 of 2"
        assert document.awaits_photo
        assert panel.canvas.has_image == shows_whole  # the whole photo is the same one
        gate.set()
        at_rest(qtbot, both)
        gate.clear()
        document.undo_stack.redo()
        qtbot.waitUntil(lambda: panel.is_up_to_date, timeout=10_000)


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells a process's own memory")
def test_twenty_photos_of_twelve_megapixels_take_little_more_than_the_first_few(tmp_path: Path) -> None:
    from matplotlib import cbook

    with cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as image:
        portrait = image.convert("RGB").resize((3000, 4000), Image.Resampling.BICUBIC)
    for number in range(MANY):
        portrait.paste((12 * number, 0, 0), (0, 0, 40, 40))  # so that each is another photo
        portrait.save(tmp_path / f"{number:02}.jpg", quality=80)
    script = [sys.executable, "-m", "tests.helpers.photo_memory", str(tmp_path)]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    held = [float(line) for line in done.stdout.split()]
    assert len(held) == MANY
    assert held[-1] - held[FEW - 1] < ALLOWED, f"MB after each photo: {held}"

"""One edit for many pictures, in the window: copied, pasted, and put onto files, with progress and nothing overwritten."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.export.images import read_recipe
from core.export.origin import EDITED
from core.latent.session import Edit
from core.photo import face_edit
from explorer.document.document import Document
from explorer.document.edit_copies import EditCopies
from explorer.messages import Message, Messenger
from explorer.saving.apply_edit import ApplyEdit
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from tests.explorer.test_document import anchor, direction
from tests.explorer.test_photo_in_explore import portrait  # noqa: F401 - a fixture
from tests.helpers.fake_engine import fake_model
from tests.helpers.origin import source_type

EDITS = (Edit("direction", "smile", 200.0), Edit("dimension", "3", 0.4))


class Bench:
    """The dialog with what it needs."""

    def __init__(self) -> None:
        self.document = Document()
        self.messenger = Messenger()
        self.settings = SettingsStore(UiSettings())
        self.document.set_model(fake_model(directions={"smile": direction()}))
        self.document.open_anchor(anchor())
        self.dialog = ApplyEdit(self.document, self.settings, self.messenger)
        self.dialog.set_edits(EDITS)

    def texts(self) -> list[str]:
        return [self.dialog.results.item(row).text() for row in range(self.dialog.results.count())]


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench()
    qtbot.addWidget(made.dialog)
    made.dialog.show()
    qtbot.waitExposed(made.dialog)
    yield made
    made.dialog.run.cancel()


@pytest.fixture
def pictures(portrait: Path, tmp_path: Path) -> Path:  # noqa: F811
    """A folder with a photo, a wall, and a broken file."""
    folder = tmp_path / "mine"
    folder.mkdir()
    shutil.copy(portrait, folder / "b.png")
    Image.new("RGB", (300, 200), "grey").save(folder / "a wall.png")
    (folder / "c.jpg").write_bytes(b"\xff\xd8\xff")
    return folder


def apply(qtbot: QtBot, bench: Bench) -> None:
    with qtbot.waitSignal(bench.dialog.run.ended, timeout=30_000):
        QTest.mouseClick(bench.dialog.apply_button, Qt.MouseButton.LeftButton)


def test_a_folder_is_edited_and_what_was_left_out_stands_first(qtbot: QtBot, bench: Bench, pictures: Path) -> None:
    dialog = bench.dialog
    assert not dialog.apply_button.isEnabled()
    assert dialog.edit_label.text() == "smile 200\u00a0%, dimension 3 +0.4"
    dialog.take((str(pictures),))
    qtbot.waitUntil(dialog.apply_button.isEnabled, timeout=10_000)
    assert "3 pictures" in dialog.files_label.text()
    before = {path: path.read_bytes() for path in pictures.iterdir()}
    apply(qtbot, bench)
    first, second, third = bench.texts()
    assert "Left out: No face was found" in first
    assert "Left out: c.jpg can't be used" in second
    assert third == "b.png"
    assert "1 of 3 pictures are written; 2 left out" in dialog.summary.text()
    out = pictures / "edited-smile-200"
    assert [path.name for path in out.iterdir()] == ["b.png"]
    edits = read_recipe(out / "b.png")["session"]["edits"]
    assert [(edit["key"], edit["weight"]) for edit in edits] == [("smile", 200.0), ("3", 0.4)]
    assert {path: path.read_bytes() for path in before} == before
    with Image.open(out / "b.png") as made, Image.open(pictures / "b.png") as photo:
        assert made.size == photo.size
        assert (np.asarray(made) != np.asarray(photo)).any()


def test_twice_nothing_is_overwritten(qtbot: QtBot, bench: Bench, pictures: Path) -> None:
    bench.dialog.set_files((pictures / "b.png",))
    bench.dialog.set_folder(pictures)
    apply(qtbot, bench)
    apply(qtbot, bench)
    assert bench.texts() == ["b.png → b-3.png"]
    assert {path.name for path in pictures.glob("b*")} == {"b.png", "b-2.png", "b-3.png"}


def test_a_name_that_is_too_long_is_said_before_anything_is_written(qtbot: QtBot, bench: Bench, pictures: Path) -> None:
    long = pictures / ("z" * 251 + ".png")  # as long as a name may be; .webp makes it longer
    shutil.copy(pictures / "b.png", long)
    told: list[Message] = []
    bench.messenger.message_posted.connect(told.append)
    bench.dialog.set_files((pictures / "b.png", long))
    QTest.mouseClick(bench.dialog.format.format.segments[2], Qt.MouseButton.LeftButton)
    apply(qtbot, bench)
    assert not (pictures / "edited-smile-200").exists()
    assert "too long" in told[-1].text
    assert "0 of 2 pictures are written" in bench.dialog.summary.text()


def test_a_folder_that_was_chosen_stays(qtbot: QtBot, bench: Bench, pictures: Path, tmp_path: Path) -> None:
    bench.dialog.set_files((pictures / "c.jpg",))
    assert "edited-smile-200" in bench.dialog.folder_label.toolTip()
    bench.dialog.set_folder(tmp_path / "elsewhere")
    bench.dialog.set_files((pictures / "b.png",))
    apply(qtbot, bench)
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["b.png"]


def test_each_says_that_it_was_edited(qtbot: QtBot, bench: Bench, pictures: Path) -> None:
    bench.dialog.set_files((pictures / "b.png",))
    for folder, marks in (("plain", False), ("marked", True)):
        bench.dialog.set_folder(pictures / folder)
        bench.dialog.format.mark.setChecked(marks)
        apply(qtbot, bench)
        assert source_type(pictures / folder / "b.png") == EDITED
    with Image.open(pictures / "plain" / "b.png") as one, Image.open(pictures / "marked" / "b.png") as other:
        rows, _ = np.nonzero((np.asarray(one) != np.asarray(other)).any(2))
    assert len(rows) > 50
    assert rows.min() > 0.8 * one.height


def test_as_jpeg(qtbot: QtBot, bench: Bench, pictures: Path) -> None:
    bench.dialog.set_files((pictures / "b.png",))
    QTest.mouseClick(bench.dialog.format.format.segments[1], Qt.MouseButton.LeftButton)
    apply(qtbot, bench)
    with Image.open(pictures / "edited-smile-200" / "b.jpg") as image:
        assert image.format == "JPEG"


def test_closed_it_goes_on_and_says_when_it_is_done(qtbot: QtBot, bench: Bench, pictures: Path) -> None:
    engine = bench.document.model.engine
    go, encode = threading.Event(), engine.encode

    def held(images: np.ndarray) -> object:
        assert go.wait(20)
        return encode(images)

    engine.encode = held  # type: ignore[method-assign]
    bench.dialog.set_files((pictures / "b.png", pictures / "c.jpg"))
    bench.dialog.start()
    qtbot.waitUntil(lambda: bench.dialog.summary.text() == "b.png", timeout=10_000)
    assert bench.dialog.strip.isVisible()
    assert not bench.dialog.apply_button.isEnabled()
    bench.dialog.set_edits(())
    assert bench.dialog.edit_label.text(), "what goes on keeps its edit"
    bench.dialog.close()
    bench.document.set_model(fake_model())
    with qtbot.waitSignal(bench.messenger.message_posted, timeout=20_000) as posted:
        go.set()
    assert "1 of 2 pictures are written; 1 left out" in posted.args[0].text
    posted.args[0].action[1]()
    assert bench.dialog.isVisible()


def test_cancelled_what_is_written_stays(qtbot: QtBot, bench: Bench, pictures: Path) -> None:
    engine = bench.document.model.engine
    encode, reached, go = engine.encode, threading.Event(), threading.Event()
    calls = 0

    def held(images: np.ndarray) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            reached.set()
            assert go.wait(20)
        return encode(images)

    engine.encode = held  # type: ignore[method-assign]
    other = pictures / "d.png"
    shutil.copy(pictures / "b.png", other)
    bench.dialog.set_files((pictures / "b.png", other, pictures / "a wall.png"))
    bench.dialog.start()
    qtbot.waitUntil(reached.is_set, timeout=20_000)
    bench.dialog.strip._cancel.click()
    with qtbot.waitSignal(bench.dialog.run.ended, timeout=20_000) as ended:
        go.set()
    assert ended.args == [True]
    assert bench.texts()[0] == "b.png"
    assert "the rest was cancelled" in bench.dialog.summary.text()
    assert bench.dialog.apply_button.isEnabled()


def test_a_place_that_cannot_be_written_ends_it(qtbot: QtBot, bench: Bench, pictures: Path) -> None:
    bench.dialog.set_files((pictures / "b.png",))
    bench.dialog.set_folder(Path("/proc/nowhere"))
    with qtbot.waitSignal(bench.messenger.message_posted, timeout=20_000) as posted:
        bench.dialog.start()
    assert posted.args[0].kind == "error"
    assert "0 of 1 pictures" in bench.dialog.summary.text()


def test_an_edit_is_copied_and_pasted(qtbot: QtBot, bench: Bench) -> None:
    document = bench.document
    copies = EditCopies(document, bench.messenger)
    with qtbot.waitSignal(bench.messenger.message_posted) as posted:
        copies.copy()
    assert "move a slider first" in posted.args[0].text
    assert copies.copied is None
    document.set_edits(EDITS)
    assert copies.to_apply() == EDITS, "without a copy it is the present edit"
    copies.copy()
    document.reset_edits()
    copies.paste()
    assert document.session.edits == EDITS
    document.undo_stack.undo()
    assert document.session.edits == ()
    assert copies.to_apply() == EDITS
    document.set_model(fake_model(directions={"smile": direction()}))
    with qtbot.waitSignal(bench.messenger.message_posted) as posted:
        assert copies.to_apply() == EDITS[:1], "a dimension means something else in another model"
    assert "no slider for: 3" in posted.args[0].text


def test_a_small_face_says_that_it_gets_less(qtbot: QtBot, bench: Bench, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_edit, "enough_pixels", lambda covered, size: 0.3)
    bench.dialog.take((str(pictures / "b.png"),))
    qtbot.waitUntil(bench.dialog.apply_button.isEnabled, timeout=10_000)
    apply(qtbot, bench)
    assert [text for text in bench.texts() if "30 % of its strength, since the face has too few pixels" in text]
    assert "1 of 1 pictures are written" in bench.dialog.summary.text()

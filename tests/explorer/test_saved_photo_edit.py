"""An edit of a photo, saved and opened again: it is put onto the photo, wherever that comes from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.cli import run
from core.export.images import read_recipe, save_picture
from core.latent.session import Edit
from core.photo import face_edit
from core.version import VERSION
from explorer import tasks
from explorer.document.photos import photo_beside
from explorer.document.saved_edits import find_model, session_in
from explorer.explore.faces.column import OPENED
from explorer.messages import Message
from tests.explorer.explore_bench import Bench
from tests.explorer.test_saved_edit import saved
from tests.helpers.photo_inputs import portrait


def opened(qtbot: QtBot, bench: Bench, path: Path) -> list[Message]:
    """What the person was told once all is at rest."""
    told: list[Message] = []
    bench.messenger.message_posted.connect(told.append)
    bench.panel.faces.open_file(str(path))
    qtbot.waitUntil(lambda: not bench.panel.faces.opener.is_busy and not tasks.running_tasks(), timeout=30_000)
    bench.messenger.message_posted.disconnect(told.append)
    return told


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photos" / "me.png"
    path.parent.mkdir()
    portrait().save(path)
    return path


@pytest.fixture
def edit(qtbot: QtBot, bench: Bench, photo: Path, tmp_path: Path) -> Path:
    """A smile on the photo, saved elsewhere."""
    opened(qtbot, bench, photo)
    bench.document.set_edit("direction", "smile", 60.0)
    assert bench.panel.shows_photo
    return saved(bench, tmp_path / "mine.png")


@pytest.fixture
def later(qtbot: QtBot, bench: Bench, edit: Path) -> Iterator[Bench]:
    """The program, started anew: it knows the model, and no photo."""
    made = Bench()
    qtbot.addWidget(made.panel)
    made.panel.show()
    made.document.set_model(bench.document.model)
    made.panel.choose_first_face()
    yield made
    made.decoding.close()


def shown_at(bench: Bench) -> tuple[int, ...]:
    return () if bench.panel.picture is None else bench.panel.picture.shape[:2]


@pytest.mark.long
def test_the_photo_is_asked_for_and_then_it_goes_on(qtbot: QtBot, later: Bench, edit: Path, photo: Path) -> None:
    (message,) = opened(qtbot, later, edit)
    assert message.text.startswith("The photo me.png wasn't found, so its face is shown as the model draws it. Open it as well")
    assert not later.panel.shows_photo
    wanted = later.document.session
    view = later.panel.strip.view
    qtbot.waitUntil(lambda: all(image is not None for image in view.images), timeout=10_000)
    own = [image.copy() for image in view.images]
    assert [message.text for message in opened(qtbot, later, photo)] == ["me.png is open again, with its edit."]
    assert later.panel.shows_photo
    assert later.document.session == wanted
    qtbot.waitUntil(lambda: shown_at(later) > (64, 64), timeout=10_000)
    qtbot.waitUntil(lambda: not any(np.array_equal(*pair) for pair in zip(view.images, own, strict=True)), timeout=10_000)


def test_a_photo_that_lies_beside_it_needs_no_asking(qtbot: QtBot, later: Bench, edit: Path, photo: Path) -> None:
    shutil.copy(photo, edit.parent)
    assert opened(qtbot, later, edit) == []
    assert later.panel.shows_photo
    assert later.document.session.weight("direction", "smile") == 60.0
    assert later.panel.faces.source == OPENED
    qtbot.waitUntil(lambda: shown_at(later) > (64, 64), timeout=10_000)


@pytest.mark.long
@pytest.mark.parametrize("is_beside", [True, False])
def test_an_edit_of_before_small_faces_got_less_looks_as_it_did(
    qtbot: QtBot, later: Bench, edit: Path, photo: Path, monkeypatch: pytest.MonkeyPatch, is_beside: bool
) -> None:
    monkeypatch.setattr(face_edit, "enough_pixels", lambda covered, size: 0.0)
    recipe = read_recipe(edit)
    assert recipe is not None
    assert recipe["session"].pop("weighed") is True
    with Image.open(edit) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    save_picture(edit, pixels, recipe)
    if is_beside:
        shutil.copy(photo, edit.parent)
    opened(qtbot, later, edit)
    if not is_beside:
        opened(qtbot, later, photo)
    assert later.panel.shows_photo
    assert later.document.session.anchor.is_as_before
    qtbot.waitUntil(lambda: shown_at(later) > (64, 64), timeout=10_000)
    assert later.panel.tools.note.isHidden()
    again = read_recipe(saved(later, edit.with_name("again.png")))
    assert again is not None
    assert "weighed" not in again["session"]


@pytest.mark.long
def test_another_photo_of_that_name_isnt_taken_for_it(qtbot: QtBot, later: Bench, edit: Path) -> None:
    other = np.array(portrait())
    other[0, 0] += 1
    Image.fromarray(other).save(edit.parent / "me.png")
    (message,) = opened(qtbot, later, edit)
    assert message.text.startswith("The photo me.png wasn't found")
    assert not later.panel.shows_photo


def test_an_edit_of_the_command_line_comes_back_with_its_photo(photo: Path, tmp_path: Path) -> None:
    words = ["--attribute", "smile", "--amount", "60", "--out", str(tmp_path / "out")]
    assert run(["edit", "--checkpoint", "drawn", "--input", str(photo), *words]) == 0
    session = session_in(tmp_path / "out" / "me.png")
    assert session is not None
    assert session.edits == (Edit("direction", "smile", 60.0),)
    assert find_model(session.checkpoint_id, tmp_path) == checkpoint.find("drawn")
    assert session.anchor is not None
    found = photo_beside(photo.with_name("saved.png"), session.anchor)
    assert found is not None
    assert np.array_equal(found.photo.pixels, np.asarray(portrait()))


@pytest.mark.long
@pytest.mark.parametrize(
    ("program", "learned", "anew"), [("0.1.0", ("smile",), True), ("0.1.0", ("hat",), False), (VERSION, ("smile",), False)]
)
def test_an_edit_of_before_the_retoucher_is_made_anew_with_a_sentence(
    qtbot: QtBot, later: Bench, edit: Path, program: str, learned: tuple[str, ...], anew: bool
) -> None:
    recipe = read_recipe(edit)
    assert recipe is not None
    save_picture(edit, np.asarray(Image.open(edit).convert("RGB")), recipe | {"program": program})
    model = later.document.model
    assert model is not None
    model.engine.retoucher = SimpleNamespace(directions=learned)  # type: ignore[assignment]
    told = [message.text for message in opened(qtbot, later, edit)]
    model.engine.retoucher = None
    assert (
        "mine.png was saved by an earlier version. Its edit is made anew, sharper, and looks different from it." in told
    ) == anew

"""Edits that were saved with an earlier shipped model open with the one that came in its place, and it is said."""

from __future__ import annotations

import gc
import shutil
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.latent.code import NOTHING, Code, Given
from core.latent.session import Anchor
from explorer.explore.faces.column import OPENED
from tests.explorer.explore_bench import Bench
from tests.explorer.test_document import direction
from tests.explorer.test_saved_edit import saved
from tests.explorer.test_saved_photo_edit import opened
from tests.helpers.fake_engine import FakeEngine, fake_model
from tests.helpers.photo_inputs import portrait


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photos" / "me.png"
    path.parent.mkdir()
    portrait().save(path)
    return path


class Faint(FakeEngine):
    """Its codes of pictures lie nearer to 0 than those that it decodes."""

    def encode(self, images: np.ndarray, given: Given = NOTHING) -> Code:
        code = super().encode(images, given)
        return replace(code, values=0.8 * code.values)


def replace_model(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model in use becomes an earlier one, in whose place another is shipped, which is in use then."""
    model = fake_model(name="successor", directions={"smile": direction()})
    model = replace(model, engine=Faint(model.header))
    monkeypatch.setattr(checkpoint, "EARLIER", {bench.document.model.id: "faces"})
    monkeypatch.setattr(checkpoint, "shipped", lambda: {"faces": Path(model.path)})
    bench.document.set_model(model)
    bench.panel.choose_first_face()


def test_a_photo_is_encoded_anew_and_keeps_its_smile(
    qtbot: QtBot, bench: Bench, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(qtbot, bench, photo)
    bench.document.set_edit("direction", "smile", 60.0)
    bench.document.set_edit("dimension", "2", 1.0)
    before = bench.document.session
    edit = saved(bench, tmp_path / "mine.png")
    replace_model(bench, monkeypatch)
    (message,) = opened(qtbot, bench, edit)
    assert message.text.startswith("mine.png was made with an earlier model, and its photo me.png isn't beside it. Put both")
    shutil.copy(photo, edit.parent)
    (message,) = opened(qtbot, bench, edit)
    assert message.text.startswith("mine.png was made with an earlier model. Its edit was made anew with this one")
    assert "single dimensions" in message.text
    after = bench.document.session
    model = bench.document.model
    assert after.checkpoint_id == model.id != before.checkpoint_id
    assert {(edit.kind, edit.key): edit.weight for edit in after.edits} == {("direction", "smile"): 60.0}
    assert after.anchor.eyes == before.anchor.eyes
    assert after.anchor.z != before.anchor.z
    framed = bench.document.photo(after.anchor).anchored(after.anchor.both_eyes, bench.document.model)[0]
    assert after.anchor.z == pytest.approx(framed.z)
    assert bench.panel.shows_photo


def test_of_a_sample_the_nearest_code_is_sought(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.document.set_edit("direction", "smile", 60.0)
    edit = saved(bench, tmp_path / "mine.png")
    replace_model(bench, monkeypatch)
    (message,) = opened(qtbot, bench, edit)
    assert "comes closest to it; its edits are part of the picture now" in message.text
    anchor, model = bench.document.session.anchor, bench.document.model
    assert (anchor.kind, anchor.label, bench.document.session.edits) == ("file", "mine.png", ())
    assert bench.panel.faces.source == OPENED
    picture = np.asarray(Image.open(edit)).astype(float)

    def error(code: np.ndarray) -> float:
        return float(np.square(model.engine.decode(code[None])[0] - picture).mean())

    assert 2.0 * error(np.asarray(anchor.z, np.float32)) < error(model.engine.encode(picture[None].astype(np.uint8)).flat[0])


def test_with_another_model_open_its_successor_is_offered(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = saved(bench, tmp_path / "mine.png")
    replace_model(bench, monkeypatch)
    successor = bench.document.model
    bench.open_model()
    (message,) = opened(qtbot, bench, edit)
    assert message.text == "mine.png was made with an earlier model, in whose place there is a newer one now."
    assert message.action is not None
    assert message.action[0] == "Open the newer model"
    with qtbot.waitSignal(bench.panel.faces.opener.model_requested) as asked:
        message.action[1]()
    assert asked.args == [successor.path]
    with qtbot.waitSignal(bench.panel.faces.opener.opened, timeout=10_000):
        bench.document.set_model(successor)
    anchor = bench.document.session.anchor
    assert isinstance(anchor, Anchor)
    assert anchor.label == "mine.png"


def test_several_are_told_of_at_once(
    qtbot: QtBot, bench: Bench, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(qtbot, bench, photo)
    shutil.copy(photo, tmp_path)
    edits = []
    for amount in (30.0, 60.0):
        bench.document.set_edit("direction", "smile", amount)
        bench.document.set_edit("dimension", "2", amount / 30.0 - 1.0)
        edits.append(str(saved(bench, tmp_path / f"{amount:.0f}.png")))
    replace_model(bench, monkeypatch)
    told: list[str] = []
    bench.messenger.message_posted.connect(lambda message: told.append(message.text))
    with qtbot.waitSignal(bench.panel.faces.adder.ended, timeout=20_000):
        bench.panel.faces.open_files(edits)
    assert (
        "2 edits were made with an earlier model. They were made anew with this one, and look different. "
        "What single dimensions changed is left out: they mean something else now."
    ) in told


def test_a_picture_that_isnt_the_persons_own_is_kept_until_it_is_read(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that was dropped from a web page: its file goes with the last reference to it."""
    edit = saved(bench, tmp_path / "mine.png")
    replace_model(bench, monkeypatch)
    successor = bench.document.model
    bench.open_model()

    class File:
        """Is there while this is referenced."""

    kept = File()
    file = weakref.finalize(kept, edit.unlink)
    with qtbot.waitSignal(bench.messenger.message_posted, timeout=10_000):
        bench.panel.faces.opener.open_file(str(edit), kept)
    del kept
    gc.collect()
    assert file.alive
    with qtbot.waitSignal(bench.panel.faces.opener.opened, timeout=10_000) as opened:
        bench.document.set_model(successor)
    assert opened.args[0].anchor.label == "mine.png"
    assert opened.args[0].path is None, "it can't be opened again"

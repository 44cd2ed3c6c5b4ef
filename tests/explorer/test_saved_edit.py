"""A picture that the program saved brings face and sliders back when it is opened; a damaged or hostile one doesn't."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pytestqt.qtbot import QtBot

from core.data.own_pictures import RECIPE_KEY
from core.errors import CoreError
from core.export.images import save_picture
from core.latent.session import Session
from explorer.document.saved_edits import fitting, session_in
from explorer.messages import Message
from explorer.saving.pictures import session_recipe
from tests.explorer.explore_bench import Bench
from tests.explorer.test_document import direction
from tests.helpers.fake_engine import LATENT_DIM, fake_model
from tests.helpers.fake_vq import fake_vq_model


def saved(bench: Bench, path: Path) -> Path:
    """The face as it is now, saved as the window does."""
    picture = bench.document.model.engine.decode(bench.document.edited_code()[None])[0]
    save_picture(path, picture, session_recipe(bench.document.session, "edit"))
    return path


def with_recipe(path: Path, text: str) -> Path:
    info = PngInfo()
    info.add_itxt(RECIPE_KEY, text)
    Image.new("RGB", (64, 64)).save(path, pnginfo=info)
    return path


def test_face_and_sliders_come_back_and_it_can_be_undone(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    bench.document.set_edit("direction", "smile", 60.0)
    bench.document.set_edit("dimension", "3", 1.5)
    wanted = bench.document.session
    path = saved(bench, tmp_path / "mine.png")
    bench.document.reset_edits()
    bench.panel.faces.reroll()
    with qtbot.waitSignal(bench.document.session_changed, timeout=10_000):
        bench.panel.faces.open_file(str(path))
    assert bench.document.session == wanted
    assert bench.panel.sliders.main_slider.value == pytest.approx(60.0)
    assert "mine.png" in bench.document.undo_stack.undoText()
    bench.document.undo_stack.undo()
    assert bench.document.session.edits == ()


def test_a_model_that_is_nowhere_is_said(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    path = saved(bench, tmp_path / "mine.png")
    ident = bench.document.session.checkpoint_id or bench.document.model.id
    bench.open_model()  # another one
    before = bench.document.session
    with qtbot.waitSignal(bench.messenger.message_posted, timeout=10_000) as posted:
        bench.panel.faces.open_file(str(path))
    message: Message = posted.args[0]
    assert "mine.png was made with another model" in message.text
    assert ident[:12] in message.text
    assert bench.document.session == before


def test_a_model_that_is_known_is_offered_and_then_it_goes_on(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.document.set_edit("direction", "smile", 30.0)
    first, wanted = bench.document.model, bench.document.session
    path = saved(bench, tmp_path / "mine.png")
    bench.open_model()
    monkeypatch.setattr("explorer.document.picture_files.find_model", lambda *_: Path("somewhere/first.safetensors"))
    with qtbot.waitSignal(bench.messenger.message_posted, timeout=10_000) as posted:
        bench.panel.faces.open_file(str(path))
    with qtbot.waitSignal(bench.panel.faces.opener.model_requested) as asked:
        posted.args[0].action[1]()
    assert Path(asked.args[0]).name == "first.safetensors"
    bench.document.set_model(first)
    assert bench.document.session == wanted


def test_edits_that_the_model_has_no_slider_for_are_left_out_and_named(bench: Bench) -> None:
    bench.document.set_edit("direction", "smile", 30.0)
    session = bench.document.session.with_edit("direction", "hat", 50.0).with_edit("dimension", str(LATENT_DIM), 1.0)
    session = session.with_edit("direction", "smile", 1e300)
    kept, left_out = fitting(session, fake_model(directions={"smile": direction()}))
    assert kept.edits == ()
    assert sorted(left_out) == [str(LATENT_DIM), "hat", "smile"]
    size = bench.document.model.size
    for z in ((0.0,), (5e3,) * size, (*(0.0,) * (size - 1), -5e3)):
        with pytest.raises(CoreError, match="doesn't fit"):
            fitting(replace(session, anchor=replace(session.anchor, z=z)), bench.document.model)


def test_a_saved_grid_of_codes_names_entries_of_the_codebook(bench: Bench) -> None:
    model = fake_vq_model()
    cells = model.size
    session = Session(model.id, replace(bench.document.session.anchor, z=(15.0,) * cells))
    assert fitting(session, model) == (session, [])
    for z in ((16.0,) * cells, (-1.0,) * cells, (0.5,) * cells, (1.0,)):
        with pytest.raises(CoreError, match="doesn't fit"):
            fitting(replace(session, anchor=replace(session.anchor, z=z)), model)


def test_a_large_codebook_is_no_damage(bench: Bench, tmp_path: Path) -> None:
    session = session_in(with_recipe(tmp_path / "x.png", recipe_with(bench, z=[8191.0] * 256)))
    assert session is not None
    assert session.anchor.z[0] == 8191.0


def recipe_with(bench: Bench, **anchor: Any) -> str:
    values = session_recipe(bench.document.session, "edit")
    values["session"]["anchor"] |= anchor
    return json.dumps(values)


def test_damaged_and_hostile_recipes(bench: Bench, tmp_path: Path) -> None:
    """Nothing of it is believed: a sentence, or the picture without it."""
    path = tmp_path / "x.png"
    for text in ("", "{", "[]", "null", '{"what": "edit"}', '{"what": "edit", "session": 7}', "[" * 100_000, '{"what": "strip"}'):
        assert session_in(with_recipe(path, text)) is None, text[:40]
    size = bench.document.model.engine.spec.latent_dim
    for anchor in (
        {"z": [1e308] * size},
        {"z": ["a"] * size},
        {"kind": "nothing"},
        {"kind": "photo"},
        {"kind": "photo", "eyes": [1, 2, 3, 1e300]},
        {"eyes": 7},
        {"more": 1},
        {"label": 3},
    ):
        with pytest.raises(CoreError):
            session_in(with_recipe(path, recipe_with(bench, **anchor)))
    long = session_in(with_recipe(path, recipe_with(bench, label="x" * 100_000, reference="../../etc/passwd")))
    assert long is not None
    assert len(long.anchor.label) <= 120
    assert session_in(tmp_path / "no.jpg") is None


def test_hostile_texts_and_sliders(bench: Bench, tmp_path: Path) -> None:
    values = session_recipe(bench.document.session, "edit")
    values["session"]["anchor"] |= {"label": "a\ud800\x00<b>\n/../x", "reference": "\udfff../../etc"}
    values["session"]["notes"] = "x" * 100_000 + "\x1b[31m"
    values["session"]["unknown"] = {"deep": [[[]]]}
    values["session"]["edits"] = [{"kind": "dimension", "key": "9" * 5000, "weight": 1.0}]
    values["session"]["edits"] += [{"kind": "dimension", "key": "\u0663", "weight": 1.0}]  # a digit, and no number of ours
    values["session"]["edits"] += [{"kind": "direction", "key": "smile", "weight": weight} for weight in range(2000)]
    session = session_in(with_recipe(tmp_path / "x.png", json.dumps(values)))
    assert session is not None
    assert session.anchor.label == "a<b>/../x"
    assert session.anchor.reference == "../../etc"
    assert len(session.notes) <= 4000
    assert [edit.weight for edit in session.edits if edit.key == "smile"] == [1999.0]
    kept, left_out = fitting(session, bench.document.model)
    assert [edit.key for edit in kept.edits] == ["smile"]
    assert len(left_out) == 2
    assert max(map(len, left_out)) <= 200
    bench.document.restore(kept, "x.png")  # it can be shown and saved again
    assert session_in(saved(bench, tmp_path / "y.png")) == kept
    for number in ("NaN", "Infinity", "-Infinity", "1e999", "9" * 400):
        text = recipe_with(bench).replace('"z": [', f'"z": [{number}, ', 1)
        with pytest.raises(CoreError):
            session_in(with_recipe(tmp_path / "x.png", text))


def test_no_path_and_no_user_is_in_a_saved_picture(bench: Bench, tmp_path: Path) -> None:
    path = saved(bench, tmp_path / "mine.png")
    with Image.open(path) as image:
        text = image.text[RECIPE_KEY]
    assert str(tmp_path) not in text

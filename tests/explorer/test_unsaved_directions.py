"""Directions of one's own that are in no file: they wait for their model, and quitting asks about them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.latent.direction_file import write_direction
from core.latent.directions import Direction
from explorer.document.document import Document, carried_over
from explorer.document.loading import LoadedModel
from explorer.explore.direction_menu import DirectionMenu
from explorer.messages import Messenger
from tests.explorer.test_document import anchor, direction
from tests.helpers.fake_engine import fake_model


def taught(model: LoadedModel, name: str = "dark hair") -> Direction:
    return replace(direction(model.id), name=name, method="examples")


@pytest.fixture
def first() -> LoadedModel:
    return fake_model(name="first", directions={"smile": direction()})


@pytest.fixture
def other() -> LoadedModel:
    return fake_model(name="other", directions={"smile": direction()})


@pytest.fixture
def document(first: LoadedModel) -> Document:
    """With a direction that was taught, and an edit along it."""
    made = Document()
    made.set_model(first)
    made.open_anchor(anchor())
    made.set_direction(taught(first))
    made.set_edit("direction", "dark hair", 60.0)
    return made


def weights(document: Document) -> dict[str, float]:
    return {edit.key: edit.weight for edit in document.session.edits}


def use(document: Document, model: LoadedModel) -> None:
    """Use another model, and go on with the face, read from its picture anew."""
    before = document.session
    session = carried_over(before, document.with_own_directions(model), document.original(before.anchor))
    document.set_model(model, session)


def test_it_is_there_again_with_its_edit(document: Document, first: LoadedModel, other: LoadedModel) -> None:
    document.set_edit("direction", "smile", 20.0)
    document.set_model(other)
    assert (list(document.directions), weights(document)) == (["smile"], {"smile": 20.0})
    document.set_edit("direction", "smile", 30.0)
    document.set_model(replace(first))
    assert list(document.directions) == ["smile", "dark hair"]
    assert weights(document) == {"smile": 30.0, "dark hair": 60.0}
    document.set_model(None)
    document.set_model(replace(first))
    assert weights(document) == {"dark hair": 60.0}


def test_each_face_has_its_edit_again(document: Document, first: LoadedModel, other: LoadedModel) -> None:
    anna, ben = (replace(anchor("file"), label=name, reference=name) for name in ("anna.png", "ben.png"))
    picture = np.zeros((64, 64, 3), np.uint8)
    document.set_anchor(anna, picture)
    document.set_edit("direction", "dark hair", 40.0)
    document.set_anchor(ben, picture)
    document.set_edit("direction", "smile", 10.0)
    use(document, other)
    for face in (anna, ben):  # the other model takes from each what it has no slider for
        document.set_anchor(face, picture)
    use(document, replace(first))
    assert weights(document) == {"smile": 10.0}
    document.set_anchor(anna, picture)
    assert weights(document) == {"dark hair": 40.0}
    document.set_anchor(anchor())
    assert weights(document) == {"dark hair": 60.0}


def test_a_face_of_another_size_does_not_cost_the_edit(document: Document, first: LoadedModel, other: LoadedModel) -> None:
    document.set_model(other)
    document._take(document.session.with_anchor(None))
    document.set_model(replace(first))
    document.open_anchor(anchor())
    assert weights(document) == {"dark hair": 60.0}


def test_what_was_removed_stays_so(document: Document, first: LoadedModel, other: LoadedModel) -> None:
    document.set_model(other)
    document.set_model(replace(first))
    document.remove_direction("dark hair")
    document.set_model(other)
    document.set_model(replace(first))
    assert list(document.directions) == ["smile"]
    assert document.unsaved_directions == []


def test_a_fit_in_place_of_the_models_own_waits_too(first: LoadedModel, other: LoadedModel, document: Document) -> None:
    fitted = replace(direction(first.id), mean_with=3.0)
    document.set_direction(fitted)
    document.set_model(other)
    document.set_model(replace(first))
    assert document.directions["smile"] is fitted
    assert document.unsaved_directions == [fitted, document.directions["dark hair"]]


def test_what_the_models_file_holds_comes_from_there(document: Document, first: LoadedModel, other: LoadedModel) -> None:
    document.note_direction_in_model(document.directions["dark hair"])
    assert document.unsaved_directions == []
    document.set_model(other)
    document.set_model(replace(first))
    assert list(document.directions) == ["smile"], "somebody has taken it out of the file meanwhile"


def test_a_run_that_overwrites_its_model_leaves_none_behind(document: Document, first: LoadedModel) -> None:
    document.set_model(replace(fake_model(), path=first.path))
    assert document.unsaved_directions == []


def test_it_is_unsaved_until_a_file_has_it(
    qtbot: QtBot, document: Document, first: LoadedModel, other: LoadedModel, tmp_path: Path
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    menu = DirectionMenu(document, Messenger(), window)
    mine = document.directions["dark hair"]
    assert document.unsaved_directions == [mine]
    menu.save_file("dark hair", str(tmp_path / "mine.json"))
    assert document.unsaved_directions == []
    document.rename_direction("dark hair", "Raven")
    assert document.unsaved_directions == [], "it is the same one"
    document.set_direction(replace(mine, mean_with=2.0))  # another mark
    assert document.unsaved_directions == [document.directions["dark hair"]]
    write_direction(tmp_path / "theirs.json", replace(mine, name="beard"))
    menu.open_file(str(tmp_path / "theirs.json"))
    document.set_model(other)
    assert [one.name for one in document.unsaved_directions] == ["dark hair"]
    document.set_model(replace(first))
    assert list(document.directions) == ["smile", "dark hair", "beard"], "what was opened is a slider again, too"

"""The document: what changes, what undo brings back, and what another model leaves of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.latent.arithmetic import TYPICAL_SPREAD, normal
from core.latent.directions import Direction
from core.latent.session import Anchor, Edit, Session
from explorer.document.direction_step import ReplaceDirection
from explorer.document.document import Document, carried_over
from tests.helpers.fake_engine import LATENT_DIM, fake_model
from tests.helpers.fake_vq import fake_vq_model


def direction(checkpoint_id: str = "x") -> Direction:
    """The first axis, as a smile."""
    unit = np.zeros(LATENT_DIM, np.float32)
    unit[0] = 1.0
    return Direction("smile", unit, 1.0, -1.0, -2.0, 2.0, 2.0 * unit, "mean", "a test", checkpoint_id=checkpoint_id)


def anchor(kind: str = "sample", fill: float = 0.25) -> Anchor:
    return Anchor(kind, f"{kind} 1", "0/1", (fill,) * LATENT_DIM)


@pytest.fixture
def document() -> Document:
    made = Document()
    made.set_model(fake_model(directions={"smile": direction()}))
    made.open_anchor(anchor())
    return made


def test_an_edit_moves_the_code_and_undo_brings_it_back(document: Document) -> None:
    before = document.edited_code()
    document.set_edit("direction", "smile", 100.0)
    assert document.edited_code()[0] == pytest.approx(1.0)  # where the average smiling face lies
    document.set_edit("dimension", "3", -0.5)
    assert document.edited_code()[3] == pytest.approx(-0.25)
    document.undo_stack.undo()
    document.undo_stack.undo()
    np.testing.assert_array_equal(document.edited_code(), before)
    document.undo_stack.redo()
    assert document.session.weight("direction", "smile") == 100.0


def test_a_gesture_is_one_step_of_undo(document: Document) -> None:
    document.begin_gesture()
    for percent in range(1, 30):
        document.set_edit("direction", "smile", float(percent))
    document.end_gesture()
    document.begin_gesture()
    document.set_edit("direction", "smile", 50.0)
    document.end_gesture()
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert document.session.weight("direction", "smile") == 29.0
    document.undo_stack.undo()
    assert document.session.edits == ()


def test_a_gesture_that_ends_where_it_began_leaves_no_step(document: Document) -> None:
    document.begin_gesture()
    document.set_edit("direction", "smile", 10.0)
    document.set_edit("direction", "smile", 0.0)
    document.end_gesture()
    assert not document.undo_stack.canUndo()


def test_the_first_face_is_nothing_to_undo_but_the_next_is(document: Document) -> None:
    assert not document.undo_stack.canUndo()
    document.set_anchor(anchor(fill=0.5))
    assert document.undo_stack.canUndo()
    document.undo_stack.undo()
    assert document.session.anchor == anchor()


def test_session_changed_tells_of_every_change_once(document: Document) -> None:
    seen: list[Session] = []
    document.session_changed.connect(seen.append)
    document.set_edit("direction", "smile", 10.0)
    document.set_edit("direction", "smile", 10.0)
    document.reset_edits()
    document.reset_edits()
    assert [session.weight("direction", "smile") for session in seen] == [10.0, 0.0]


def test_another_model_keeps_what_makes_sense_there() -> None:
    old = Session("old", anchor(), (Edit("direction", "smile", 60.0), Edit("direction", "hat", 5.0), Edit("dimension", "2", 1.0)))
    model = fake_model(directions={"smile": direction()})
    kept = carried_over(old, model)
    assert kept.edits == (Edit("direction", "smile", 60.0),)
    assert kept.anchor is not None
    assert (kept.anchor.kind, kept.anchor.label) == ("sample", "sample 1")
    assert kept.checkpoint_id == model.id


@pytest.mark.parametrize(("reference", "scale", "seed", "number"), [("22/5", TYPICAL_SPREAD, 22, 5), ("gallery/0/31", 1.0, 0, 31)])
def test_a_sample_is_drawn_anew_by_another_model_from_its_own_prior(reference: str, scale: float, seed: int, number: int) -> None:
    """Even where its code is of the right size: the numbers of codes in a grid, say, are no values of a latent."""
    model = fake_model()
    old = Session("old", Anchor("sample", "Sample 6", reference, tuple(range(LATENT_DIM)), space="codes"))
    kept = carried_over(old, model).anchor
    assert kept is not None
    assert (kept.label, kept.reference, kept.space) == ("Sample 6", reference, "")
    assert kept.z == pytest.approx(tuple(scale * normal(32, LATENT_DIM, seed)[number]))


@pytest.mark.parametrize("reference", ["plane/0.1000/0.2000", "pseudo-input/3", "classes/0/1", "22/99", "22/-1", "x/1", "22", ""])
def test_what_has_no_name_in_every_prior_goes_with_its_model(reference: str) -> None:
    assert carried_over(Session("old", replace(anchor(), reference=reference)), fake_model()).anchor is None


def test_a_blend_of_two_faces_goes_with_its_model() -> None:
    assert carried_over(Session("old", anchor("blend")), fake_model()).anchor is None


def test_a_face_from_a_picture_is_encoded_anew_by_another_model() -> None:
    model = fake_model(image_size=64)
    original = np.full((64, 64, 3), 255, np.uint8)
    old = Session("old", anchor("data"))
    kept = carried_over(old, model, original)
    assert kept.anchor is not None
    assert kept.anchor.z == pytest.approx((0.5,) * LATENT_DIM)
    assert carried_over(old, model).anchor is None  # without its picture its code means nothing there


def test_a_sample_is_no_grid_of_codes() -> None:
    grid = fake_vq_model()
    old = Session("old", replace(anchor(), z=(0.5,) * grid.size))
    assert carried_over(old, grid).anchor is None
    slow = fake_vq_model(prior_epochs=1)
    assert carried_over(old, slow).anchor is None  # Explore draws its own off the window's thread
    assert slow.engine.drawn_in == []  # type: ignore[attr-defined]


def test_another_model_leaves_undo_what_makes_sense_there(document: Document) -> None:
    """As each time that a run which is explored writes a better model."""
    document.set_model(fake_model(directions={"smile": direction()}))
    document.set_edit("direction", "smile", 40.0)
    document.set_edit("direction", "smile", 60.0)
    document.set_edit("dimension", "2", 1.0)
    newer = fake_model(directions={"smile": direction()})
    document.set_model(newer)
    assert document.session.edits == (Edit("direction", "smile", 60.0),)
    here = document.session.anchor
    document.undo_stack.undo()  # of the dimension, which is something else now
    document.undo_stack.undo()
    assert document.session == Session(newer.id, here, (Edit("direction", "smile", 40.0),), class_name=document.session.class_name)
    document.undo_stack.undo()
    assert document.session.edits == ()
    document.undo_stack.redo()
    assert document.session.edits == (Edit("direction", "smile", 40.0),)


def test_undo_goes_back_to_a_face_that_another_model_encodes_anew(document: Document) -> None:
    document.set_model(fake_model(image_size=64))
    document.set_anchor(anchor("data"), np.full((64, 64, 3), 255, np.uint8))
    document.set_anchor(anchor(fill=0.25))
    newer = fake_model(image_size=64)
    document.set_model(newer)
    document.undo_stack.undo()
    assert document.session.checkpoint_id == newer.id
    assert document.session.anchor is not None
    assert document.session.anchor.kind == "data"
    assert document.session.anchor.z == pytest.approx((0.5,) * LATENT_DIM)


def test_steps_about_a_models_directions_go_with_it(document: Document) -> None:
    document.set_model(fake_model())
    document.undo_stack.push(ReplaceDirection(document, direction(document.model.id), "Fit", lambda before, after: None))
    document.set_model(fake_model())
    assert not document.undo_stack.canUndo()


def test_the_same_model_again_keeps_everything() -> None:
    model = fake_model()
    session = Session(model.id, anchor("data"), (Edit("dimension", "2", 1.0),))
    assert carried_over(session, model) is session


def test_a_new_direction_becomes_the_main_one(document: Document) -> None:
    document.set_model(fake_model())
    assert document.main_direction is None
    found = direction(document.model.id)
    document.set_direction(found)
    assert document.main_direction is found


def test_a_direction_put_at_a_place_moves_no_other(document: Document) -> None:
    for name in ("beard", "bangs"):
        document.set_direction(replace(direction(document.model.id), name=name))
    document.set_direction(replace(direction(document.model.id), name="bangs"), 1)
    assert list(document.directions) == ["smile", "bangs", "beard"]
    document.set_direction(direction(document.model.id))
    assert list(document.directions) == ["smile", "bangs", "beard"]


def test_a_renamed_direction_keeps_its_edit_and_a_removed_one_loses_it(document: Document) -> None:
    document.set_edit("direction", "smile", 60.0)
    document.set_edit("dimension", "3", 0.5)
    document.rename_direction("smile", "grin")
    assert document.main_direction is document.directions["smile"]
    assert (document.shown_name("smile"), document.directions["smile"].label) == ("grin", "grin")
    assert document.session.weight("direction", "smile") == 60.0
    document.rename_direction("smile", "smile")
    assert document.directions["smile"].label == ""
    document.remove_direction("smile")
    assert document.directions == {}
    assert document.session.edits == (Edit("dimension", "3", 0.5),)
    document.remove_direction("nothing")
    document.rename_direction("nothing", "something")
    document.undo_stack.undo()  # to a session with an edit along what is gone
    assert document.session.edits == ()
    assert document.edited_code() is not None

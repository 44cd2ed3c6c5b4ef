"""The document as one value, to JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CoreError
from core.families.base import TOKENS, VECTOR, CodeSpace
from core.latent.arithmetic import arithmetic
from core.latent.session import EDIT_KINDS, KINDS, Anchor, Edit, Session, from_json

NUMBER = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(max_size=20)
CODE = st.lists(NUMBER, max_size=5).map(tuple)
NO_EYES, EYES, SPACE = st.just(()), st.lists(NUMBER, min_size=4, max_size=4).map(tuple), st.sampled_from(["", "z", "w"])
ANCHORS = st.builds(
    Anchor, st.sampled_from([kind for kind in KINDS if kind != "photo"]), TEXT, TEXT, CODE, NO_EYES, SPACE
) | st.builds(Anchor, st.just("photo"), TEXT, TEXT, CODE, EYES, SPACE)
EDITS = st.builds(Edit, st.just("direction"), TEXT, NUMBER) | st.builds(
    Edit, st.just("dimension"), st.integers(0, 999).map(str), NUMBER
)
SESSIONS = st.builds(Session, TEXT, st.none() | ANCHORS, st.lists(EDITS, max_size=4).map(tuple), TEXT, TEXT)
GOOD = Session("id", Anchor("file", "a.png", "a.png", (1.0, -2.0)), (Edit("direction", "smile", 60.0),), "note")


@given(SESSIONS)
def test_json_and_back(session: Session) -> None:
    assert from_json(json.dumps(session.to_dict())) == session


def test_a_session_that_names_no_space_is_one_of_version_1() -> None:
    assert GOOD.to_dict()["version"] == 1
    assert "space" not in GOOD.to_dict()["anchor"]
    assert GOOD.anchor is not None
    named = replace(GOOD, anchor=replace(GOOD.anchor, space="w"))
    assert named.to_dict()["version"] == 2
    assert named.to_dict()["anchor"]["space"] == "w"


def test_a_session_of_a_newer_version_is_called_newer() -> None:
    with pytest.raises(CoreError, match="was written by a newer version of Labkhand") as caught:
        from_json(json.dumps(GOOD.to_dict() | {"version": 5, "edits": "of another kind"}))
    assert caught.value.hint == "Update Labkhand."


@pytest.mark.parametrize(
    "change",
    [
        {"version": 5},
        {"anchor": {"kind": "file", "label": "", "reference": "", "z": [1], "space": 3}},
        {"version": 0},
        {"anchor": 5},
        {"anchor": {"kind": "file"}},
        {"anchor": {"kind": "dream", "label": "", "reference": "", "z": [1]}},
        {"anchor": {"kind": "file", "label": "", "reference": "", "z": [float("nan")]}},
        {"anchor": {"kind": "file", "label": "", "reference": "", "z": ["1"]}},
        {"anchor": {"kind": "file", "label": "", "reference": "", "z": [1], "more": 1}},
        {"anchor": {"kind": "photo", "label": "", "reference": "", "z": [1]}},
        {"anchor": {"kind": "file", "label": "", "reference": "", "z": [1], "eyes": [1, 2, 3, 4]}},
        {"edits": None},
        {"edits": [{"kind": "direction", "key": "smile"}]},
        {"edits": [{"kind": "spell", "key": "smile", "weight": 1}]},
        {"edits": [{"kind": "dimension", "key": "-1", "weight": 1}]},
        {"edits": [{"kind": "direction", "key": "smile", "weight": float("inf")}]},
        {"checkpoint_id": 7},
        {"notes": None},
        {"class_name": 7},
        {"class_name": None},
        {"class_name": ["smile"]},
    ],
)
def test_what_is_no_session_gets_a_sentence(change: dict[str, Any]) -> None:
    with pytest.raises(CoreError):
        from_json(json.dumps(GOOD.to_dict() | change))


def test_files_of_before_classes_were_kept_still_open() -> None:
    assert "class_name" not in GOOD.to_dict()  # nor does a model without classes write any
    assert from_json(json.dumps(GOOD.to_dict())).class_name == ""
    assert from_json(json.dumps(GOOD.to_dict() | {"class_name": "seven"})).class_name == "seven"


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "5", "[" * 100_000])
def test_other_text_is_no_session(text: str) -> None:
    with pytest.raises(CoreError):
        from_json(text)


def test_sliders() -> None:
    moved = GOOD.with_edit("dimension", "3", 1.5).with_edit("direction", "smile", 20.0)
    assert moved.weight("dimension", "3") == 1.5
    assert moved.weight("direction", "smile") == 20.0
    assert moved.weight("direction", "male") == 0.0
    assert len(moved.edits) == 2
    assert moved.with_edit("dimension", "3", 0.0).edits == (Edit("direction", "smile", 20.0),)
    assert moved.without_edits().edits == ()
    other = moved.with_anchor(None)
    assert other.edits == moved.edits
    assert GOOD.edits == (Edit("direction", "smile", 60.0),)
    assert EDIT_KINDS == ("direction", "dimension", "cell", "atom", "place")


def test_painted_cells() -> None:
    anchor = Anchor("sample", "Sample 1", "0/0", (3.0, 0.0, 5.0, 7.0))
    painted = Session("id", anchor).with_cells({2: 0, 1: 4})
    assert painted.edits == (Edit("cell", "1", 4.0), Edit("cell", "2", 0.0))
    again = painted.with_cells({2: 5, 3: 1})  # the face's own code at cell 2 is no edit
    assert again.edits == (Edit("cell", "1", 4.0), Edit("cell", "3", 1.0))
    assert again.to_dict()["version"] == 3
    assert from_json(json.dumps(again.to_dict())) == again
    assert again.without_edits().to_dict()["version"] == 1
    tokens = arithmetic({"codes": CodeSpace(TOKENS, (2, 2), 8)})
    np.testing.assert_array_equal(tokens.edited(np.array(anchor.z), again.edits, {}), [3.0, 4.0, 5.0, 1.0])
    for wrong in (Edit("cell", "4", 1.0), Edit("cell", "0", 8.0), Edit("cell", "0", 0.5), Edit("cell", "0", -1.0)):
        with pytest.raises(CoreError, match="the model has codes 0 to 7 and 4 cells"):
            tokens.edited(np.array(anchor.z), (wrong,), {})
    with pytest.raises(CoreError, match="no grid"):
        arithmetic({"z": CodeSpace(VECTOR, (4,))}).edited(np.zeros(4), again.edits, {})


def test_atoms_turned_up_and_painted_places() -> None:
    anchor = Anchor("data", "a.png", "a.png", (0.0,) * 12)
    painted = Session("id", anchor).with_edit("atom", "2", -100.0).with_places({4: 1.5, 11: -2.0})
    assert painted.edits == (Edit("atom", "2", -100.0), Edit("place", "4", 1.5), Edit("place", "11", -2.0))
    again = painted.with_places({4: 0.0, 3: 1.0})  # with 0 nothing is added any more
    assert again.edits == (Edit("atom", "2", -100.0), Edit("place", "11", -2.0), Edit("place", "3", 1.0))
    assert again.to_dict()["version"] == 4
    assert from_json(json.dumps(again.to_dict())) == again
    assert again.without_edits().to_dict()["version"] == 1
    with pytest.raises(CoreError):
        from_json(json.dumps(again.to_dict() | {"edits": [{"kind": "atom", "key": "smile", "weight": 1.0}]}))

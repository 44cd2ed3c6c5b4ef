"""The document: one frozen value that says which face is edited and how. Undo, save and reopen all use this value."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.errors import CoreError
from core.faces.alignment import Eyes
from core.version import UPDATE, written_by_newer

VERSION = 4
READABLE = (1, 2, 3, VERSION)
"""Version 1 knew no space, 2 no cells, 3 no atoms. A session without them is written as of those, which older programs open."""
KINDS = ("sample", "data", "file", "photo", "blend")
CELL = "cell"
ATOM = "atom"  # of sparse codes, in all places at once
PLACE = "place"  # one coefficient of them
WEIGHED = "weighed"  # in a file's session: its photo's face gets less of an edit where it is small or doubtful
EDIT_KINDS = ("direction", "dimension", CELL, ATOM, PLACE)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The face that the edits start from."""

    kind: str  # one of KINDS
    label: str  # for people: "Sample 7", "000058.jpg"
    reference: str  # a seed and number, a row, a file's name (never a path)
    z: tuple[float, ...]  # its code, D numbers
    eyes: tuple[float, ...] = ()  # of a photo: x and y of the left eye and of the right one, in its pixels
    space: str = ""  # where the code lies, as the model's family names it; "": the model's first space
    is_as_before: bool = False  # a photo's face from a file of before edits were lessened on small and doubtful faces: it stays so

    @property
    def both_eyes(self) -> Eyes:
        """The eyes of a photo's face; no other face has any."""
        x1, y1, x2, y2 = self.eyes
        return Eyes((x1, y1), (x2, y2))


@dataclass(frozen=True, slots=True)
class Edit:
    """One slider that isn't at 0, one cell of a grid of codes that has another code, or one coefficient that was painted."""

    kind: str  # one of EDIT_KINDS
    key: str  # the direction's name, or the number of the dimension, the cell, the atom or the coefficient
    weight: float  # percent along a direction; an offset in units of z for a dimension; the code of a cell; by how many percent
    # an atom is stronger everywhere; what is added to a coefficient


@dataclass(frozen=True, slots=True)
class Session:
    """A face with its edits, for one checkpoint."""

    checkpoint_id: str = ""
    anchor: Anchor | None = None
    edits: tuple[Edit, ...] = ()
    notes: str = ""
    class_name: str = ""  # that a conditional model draws; "" for any other model

    def weight(self, kind: str, key: str) -> float:
        """The weight of a slider; 0 where it wasn't moved."""
        return next((edit.weight for edit in self.edits if (edit.kind, edit.key) == (kind, key)), 0.0)

    def with_edit(self, kind: str, key: str, weight: float) -> Session:
        """The session with one slider moved; a weight of 0 takes it out."""
        others = tuple(edit for edit in self.edits if (edit.kind, edit.key) != (kind, key))
        return replace(self, edits=(*others, Edit(kind, key, weight)) if weight else others)

    def with_cells(self, codes: Mapping[int, int]) -> Session:
        """The session with some cells of its grid painted: each one's number -> its code.

        A cell that gets the face's own code is no longer edited, unless a direction gives it another one.
        """
        own = self.anchor.z if self.anchor is not None else ()
        is_moved = any(edit.kind == "direction" for edit in self.edits)
        numbers = {str(cell) for cell in codes}
        others = tuple(edit for edit in self.edits if edit.kind != CELL or edit.key not in numbers)
        painted = (Edit(CELL, str(cell), float(code)) for cell, code in sorted(codes.items()))
        return replace(self, edits=(*others, *(one for one in painted if is_moved or own[int(one.key)] != one.weight)))

    def with_places(self, amounts: Mapping[int, float]) -> Session:
        """The session with something added to some coefficients of its sparse code: each one's number -> how much; 0: nothing."""
        numbers = {str(number) for number in amounts}
        others = tuple(edit for edit in self.edits if edit.kind != PLACE or edit.key not in numbers)
        return replace(self, edits=(*others, *(Edit(PLACE, str(key), float(value)) for key, value in amounts.items() if value)))

    def with_anchor(self, anchor: Anchor | None) -> Session:
        """The session on another face; the edits stay, so that one can see the same change on many faces."""
        return replace(self, anchor=anchor)

    def without_edits(self) -> Session:
        """The face as it was."""
        return replace(self, edits=())

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; `class_name` and the anchor's `space` are left out where there is none."""
        values = {"version": VERSION, **asdict(self)}
        if not self.class_name:
            del values["class_name"]
        has_space = self.anchor is not None and bool(self.anchor.space)
        kinds = {edit.kind for edit in self.edits}
        if not kinds & {ATOM, PLACE}:
            values["version"] = 3 if CELL in kinds else 2 if has_space else 1
        if values["anchor"] is not None:
            if not has_space:
                del values["anchor"]["space"]
            if not values["anchor"].pop("is_as_before") and values["anchor"]["kind"] == "photo":
                values[WEIGHED] = True
        return values


def from_json(text: str) -> Session:
    """A session from JSON text.

    Raises:
        CoreError: not a session of this version or of the one before.
    """
    try:
        values = json.loads(text)
        version = values.pop("version")
        if isinstance(version, int) and version > VERSION:
            raise CoreError(written_by_newer("The session"), UPDATE)
        if version not in READABLE:
            raise ValueError(f"version {version!r}")
        anchor = values.pop("anchor")
        edits = tuple(Edit(_text(e["kind"]), _text(e["key"]), _number(e["weight"])) for e in values.pop("edits"))
        is_as_before = values.pop(WEIGHED, False) is not True
        face_anchor = replace(_anchor(**anchor), is_as_before=is_as_before and anchor["kind"] == "photo") if anchor else None
        if any(edit.kind not in EDIT_KINDS or (edit.kind != "direction" and not edit.key.isdecimal()) for edit in edits):
            raise ValueError("an edit of an unknown kind")
        class_name = _text(values.pop("class_name", ""))  # older files have none
        return Session(_text(values.pop("checkpoint_id")), face_anchor, edits, _text(values.pop("notes")), class_name)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CoreError(f"This holds no edit that Labkhand saved ({error!r}).", "Open a file that Labkhand saved.") from None


def _anchor(kind: Any, label: Any, reference: Any, z: Any, eyes: Any = (), space: Any = "") -> Anchor:
    if kind not in KINDS:
        raise ValueError(f"a face of the unknown kind {kind!r}")
    if len(eyes) != (4 if kind == "photo" else 0):
        raise ValueError(f"{len(eyes)} numbers for the eyes")
    code, places = tuple(_number(v) for v in z), tuple(_number(v) for v in eyes)
    return Anchor(kind, _text(label), _text(reference), code, places, _text(space))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: Any) -> float:
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)

"""The document: one frozen value that says which face is edited and how. Undo, save and reopen are all this value."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.errors import CoreError

VERSION = 1
KINDS = ("sample", "data", "file", "blend")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The face that the edits start from."""

    kind: str  # one of KINDS
    label: str  # for people: "Sample 7", "000058.jpg"
    reference: str  # a seed and number, a row, a file's name (never a path)
    z: tuple[float, ...]  # its code, D numbers


@dataclass(frozen=True, slots=True)
class Edit:
    """One slider that isn't at rest."""

    kind: str  # "direction" or "dimension"
    key: str  # the direction's name, or the dimension's number
    weight: float  # percent along a direction; an offset in units of z for a dimension


@dataclass(frozen=True, slots=True)
class Session:
    """A face with its edits, for one checkpoint."""

    checkpoint_id: str = ""
    anchor: Anchor | None = None
    edits: tuple[Edit, ...] = ()
    notes: str = ""

    def weight(self, kind: str, key: str) -> float:
        """The weight of a slider; 0 at rest."""
        return next((edit.weight for edit in self.edits if (edit.kind, edit.key) == (kind, key)), 0.0)

    def with_edit(self, kind: str, key: str, weight: float) -> Session:
        """The session with one slider moved; a weight of 0 takes it out."""
        others = tuple(edit for edit in self.edits if (edit.kind, edit.key) != (kind, key))
        return replace(self, edits=(*others, Edit(kind, key, weight)) if weight else others)

    def with_anchor(self, anchor: Anchor | None) -> Session:
        """The session on another face; the edits stay, so that one can see the same change on many faces."""
        return replace(self, anchor=anchor)

    def without_edits(self) -> Session:
        """The face as it was."""
        return replace(self, edits=())

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"version": VERSION, **asdict(self)}


def from_json(text: str) -> Session:
    """A session from JSON text.

    Raises:
        CoreError: not a session of this version.
    """
    try:
        values = json.loads(text)
        if values.pop("version") != VERSION:
            raise CoreError("The session was written by another version of Labkhand.", "Update Labkhand.")
        anchor = values.pop("anchor")
        edits = tuple(Edit(str(e["kind"]), str(e["key"]), float(e["weight"])) for e in values.pop("edits"))
        made = Anchor(**{**anchor, "z": tuple(float(v) for v in anchor["z"])}) if anchor else None
        return Session(anchor=made, edits=edits, **values)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CoreError(f"This is no session of Labkhand ({error!r}).") from None

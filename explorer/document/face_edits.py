"""Whose edits are whose: each face of an opened photo keeps its own, all others share theirs but for painted cells."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from core.latent.session import CELL, Anchor, Edit
from explorer.document.loading import LoadedModel

OWN = ("photo", "file")  # kinds of faces that keep their own edits; samples and pictures of the data show the same edit


@dataclass(frozen=True, slots=True)
class KeptEdit:
    """Edits, and the model whose sliders they moved."""

    edits: tuple[Edit, ...]
    checkpoint_id: str

    def fitting(self, model: LoadedModel) -> tuple[tuple[Edit, ...], list[str]]:
        """The part that another model has sliders for, and the names of the rest. Dimensions never fit another model."""
        same = self.checkpoint_id == model.id
        kept = tuple(edit for edit in self.edits if (edit.key in model.directions if edit.kind == "direction" else same))
        return kept, [edit.key for edit in self.edits if edit not in kept]


def with_others(edits: tuple[Edit, ...], others: Iterable[Edit]) -> tuple[Edit, ...]:
    """Edits, and those of some others that are along something else."""
    moved = {(edit.kind, edit.key) for edit in edits}
    return (*edits, *(other for other in others if (other.kind, other.key) not in moved))


def same_face(one: Anchor | None, other: Anchor | None) -> bool:
    """Whether two anchors are the same face: of a photo, one whose eyes are nearer than another face's could be."""
    if one is None or other is None or (one.kind, one.reference) != (other.kind, other.reference):
        return False
    return not one.eyes or near_eyes(one.eyes, other.eyes)


def shares_edits(one: Anchor, other: Anchor | None) -> bool:
    """Whether two anchors have the same edits: they are one face, or none of them keeps its own; None: no face yet."""
    if other is None:
        return one.kind not in OWN
    if _group(one) != _group(other):
        return False
    return not one.eyes or not other.eyes or near_eyes(one.eyes, other.eyes)


KeptOfFace = tuple[Anchor, KeptEdit]
"""A face and its edits."""
EditsOfPicture = frozenset[tuple[tuple[float, ...], frozenset[Edit]]]
"""The edits of all faces of a picture, each with the face's eyes; in no order."""


@dataclass(frozen=True, slots=True)
class UnsavedPicture:
    """An opened picture whose edits, as they are now, are in no file."""

    faces: tuple[KeptOfFace, ...]
    """Those that were edited, at least one."""
    edits: EditsOfPicture
    """All of them, for `note_saved`."""


class FaceEdits:
    """The last edits of each face.

    Faces that aren't opened photos are all one entry: a click on the next sample shows the same edit on it. Only painted cells
    are each face's own, for they are its codes, and not a change that other faces could have as well.
    """

    def __init__(self) -> None:
        self._cells: dict[tuple[str, str], KeptEdit] = {}  # by kind and reference, of faces that share the rest of their edits
        self._kept: dict[tuple[str, str], list[KeptOfFace]] = {}
        self._saved: dict[tuple[str, str], set[EditsOfPicture]] = {}

    def of(self, anchor: Anchor | None) -> KeptEdit | None:
        """The last edits of a face; None where it had none yet."""
        if anchor is None:
            return None
        entries = self._kept.get(_group(anchor), ())
        kept = next((kept for face, kept in entries if not face.eyes or near_eyes(face.eyes, anchor.eyes)), None)
        cells = self._cells.get((anchor.kind, anchor.reference))
        if cells is None or kept is None:
            return cells or kept
        is_of_other = kept.checkpoint_id != cells.checkpoint_id and any(edit.kind != "direction" for edit in kept.edits)
        return kept if is_of_other else KeptEdit((*kept.edits, *cells.edits), cells.checkpoint_id)

    def beside(self, anchor: Anchor) -> list[KeptOfFace]:
        """The other faces of a face's photo that have edits."""
        entries = self._kept.get(_group(anchor), ()) if anchor.eyes else ()
        return [(face, kept) for face, kept in entries if kept.edits and not near_eyes(face.eyes, anchor.eyes)]

    def faces_of(self, anchor: Anchor) -> list[Anchor]:
        """The faces of a face's photo that have edits."""
        return [face for face, kept in self._kept.get(_group(anchor), ()) if kept.edits and face.eyes] if anchor.eyes else []

    def as_known(self, anchor: Anchor) -> Anchor:
        """A face, found anew, that gets its edit as before (`Anchor.is_as_before`) where an edit of it says so."""
        known = self._kept.get(_group(anchor), ()) if anchor.eyes and not anchor.is_as_before else ()
        is_as_before = any(face.is_as_before and kept.edits and same_face(face, anchor) for face, kept in known)
        return replace(anchor, is_as_before=True) if is_as_before else anchor

    def in_picture(self, anchor: Anchor) -> list[KeptEdit]:
        """The edits of all faces in the picture of a face."""
        return [kept for _, kept in self._kept.get(_group(anchor), ()) if kept.edits]

    def along(self, names: Collection[str]) -> list[KeptOfFace]:
        """The edits along some directions, of all faces that have such."""
        entries = [entry for group in self._kept.values() for entry in group]
        parts = [
            (face, tuple(edit for edit in kept.edits if edit.kind == "direction" and edit.key in names), kept.checkpoint_id)
            for face, kept in entries
        ]
        return [(face, KeptEdit(edits, checkpoint_id)) for face, edits, checkpoint_id in parts if edits]

    def add(self, anchor: Anchor, edits: Iterable[Edit]) -> None:
        """Add edits to a face's own, where it has none along the same; none to a picture that was taken away."""
        kept = self.of(anchor)
        if kept is not None:
            self.keep(anchor, replace(kept, edits=with_others(kept.edits, edits)))

    def keep(self, anchor: Anchor | None, kept: KeptEdit | None) -> None:
        """Note the edits of a face; None: it has none."""
        if anchor is None:
            return
        group = _group(anchor)
        if anchor.kind not in OWN:
            kept = self._without_cells(anchor, kept)
        others = [(face, edit) for face, edit in self._kept.get(group, ()) if face.eyes and not near_eyes(face.eyes, anchor.eyes)]
        self._kept[group] = [*others, (anchor, kept)] if kept is not None else others

    def _without_cells(self, anchor: Anchor, kept: KeptEdit | None) -> KeptEdit | None:
        """Note a face's painted cells, and give its other edits, which all such faces share; those of another model's stay."""
        place = (anchor.kind, anchor.reference)
        cells = tuple(edit for edit in kept.edits if edit.kind == CELL) if kept is not None else ()
        known = self._cells.get(place)
        if kept is not None and cells:
            self._cells[place] = replace(kept, edits=cells)
        elif known is not None and (kept is None or kept.checkpoint_id == known.checkpoint_id):
            del self._cells[place]
        return replace(kept, edits=tuple(edit for edit in kept.edits if edit.kind != CELL)) if cells and kept is not None else kept

    def all_of(self, anchor: Anchor) -> EditsOfPicture:
        """All edits in the picture of a face, its other faces' with them."""
        return _all_edits(self._kept.get(_group(anchor), ()))

    def note_saved(self, anchor: Anchor, edits: EditsOfPicture) -> None:
        """A file on the disk has these edits of an opened picture."""
        self._saved.setdefault(_group(anchor), set()).add(edits)

    @property
    def unsaved(self) -> list[UnsavedPicture]:
        """The opened pictures whose edits, as they are now, are in no file."""
        own = ((group, entries) for group, entries in self._kept.items() if group[0] in OWN)
        edited = ((group, entries, _all_edits(entries)) for group, entries in own)
        return [
            UnsavedPicture(tuple((face, kept) for face, kept in entries if kept.edits), edits)
            for group, entries, edits in edited
            if edits and edits not in self._saved.get(group, ())
        ]

    def take_out(self, anchor: Anchor) -> list[KeptOfFace]:
        """Forget the edits of all faces of an opened photo; gives them for `put_back`."""
        return self._kept.pop(_group(anchor), []) if anchor.kind in OWN else []

    def put_back(self, anchor: Anchor, entries: list[KeptOfFace]) -> None:
        """Undo `take_out`."""
        if anchor.kind in OWN:
            self._kept[_group(anchor)] = entries


def _all_edits(entries: Iterable[KeptOfFace]) -> EditsOfPicture:
    return frozenset((face.eyes, frozenset(kept.edits)) for face, kept in entries if kept.edits)


def _group(anchor: Anchor) -> tuple[str, str]:
    return (anchor.kind, anchor.reference) if anchor.kind in OWN else ("", "")


def near_eyes(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two pairs of eyes are one face: their middles are nearer to each other than two eyes."""
    (ax, ay, bx, by), (cx, cy, dx, dy) = one, other
    apart = math.hypot(ax + bx - cx - dx, ay + by - cy - dy) / 2.0
    return apart < max(math.hypot(bx - ax, by - ay), math.hypot(dx - cx, dy - cy))

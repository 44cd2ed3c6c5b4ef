"""Reopening an edit: a PNG that the program saved says which face it shows, with which model and sliders."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core import checkpoint
from core.errors import CoreError
from core.export.images import read_recipe
from core.latent.session import ATOM, CELL, PLACE, READABLE, Anchor, Session, from_json
from core.runs.listing import list_runs
from core.version import UPDATE, is_newer, is_older, written_by_newer
from explorer.document.loading import LoadedModel

RETOUCHED_SINCE = "0.2.0"  # the first version with retouchers
LARGEST_NUMBER = 1e6  # of any code: entries of a codebook are named by their numbers
LARGEST_PLACE = 1e6  # of an eye, in pixels
OTHERS = "others"  # where a recipe has the sessions of a photo's other faces
MOST_OTHERS = 100  # faces
LONGEST = {"label": 120, "reference": 400, "key": 200, "id": 64, "notes": 4000}  # letters that are kept of each text


def session_in(path: Path) -> Session | None:
    """The session in a PNG's recipe; None where there is none, or it isn't about a single face.

    Raises:
        CoreError: the file is no picture, or its recipe is damaged.
    """
    if path.suffix.lower() != ".png":
        return None
    recipe = read_recipe(path)
    if recipe is None or recipe.get("what") != "edit" or not isinstance(recipe.get("session"), dict):
        return None
    if is_newer(recipe.get("program")) and recipe["session"].get("version") not in READABLE:
        raise CoreError(written_by_newer(f"The edit kept in {path.name}", recipe["program"]), UPDATE)
    return _checked(recipe["session"], path)


def others_in(path: Path, session: Session) -> tuple[Session, ...]:
    """The other faces of the photo that were edited, too, in a PNG whose session was read.

    Raises:
        CoreError: the recipe is damaged.
    """
    recipe = read_recipe(path)
    values = recipe.get(OTHERS, []) if recipe is not None else []
    if not isinstance(values, list) or session.anchor is None or session.anchor.kind != "photo":
        return ()
    others = [_checked(one, path) for one in values[:MOST_OTHERS] if isinstance(one, dict)]
    same = (session.anchor.kind, session.anchor.reference)
    return tuple(one for one in others if one is not None and one.anchor and (one.anchor.kind, one.anchor.reference) == same)


def _checked(values: dict[str, Any], path: Path) -> Session | None:
    """A session from a recipe, with texts that can be shown and numbers that can be meant; None where it has no face."""
    session = from_json(json.dumps(values))
    anchor = session.anchor
    if anchor is None:
        return None
    if max(map(abs, anchor.z), default=0.0) > LARGEST_NUMBER or max(map(abs, anchor.eyes), default=0.0) > LARGEST_PLACE:
        raise CoreError(f"The edit kept in {path.name} holds numbers that no picture has.", "Open another picture.")
    anchor = replace(anchor, label=_plain(anchor.label, "label"), reference=_plain(anchor.reference, "reference"))
    edits = tuple({(edit.kind, edit.key): edit for edit in session.edits}.values())  # one value per slider
    edits = tuple(replace(edit, key=_plain(edit.key, "key")) for edit in edits)
    ident, notes = _plain(session.checkpoint_id, "id"), _plain(session.notes, "notes")
    return Session(ident, anchor, edits, notes, session.class_name)  # `fitting` takes a class that the model knows, and no other


def program_of(path: Path) -> str:
    """The version that a picture's recipe names; "" where it names none. Raises CoreError as `session_in`."""
    recipe = read_recipe(path)
    return str(recipe.get("program", "")) if recipe is not None else ""


def drawn_otherwise(program: str, session: Session, model: LoadedModel) -> bool:
    """Whether a saved edit of a photo looks different now, because it was made before the model had its retoucher.

    Args:
        program: the version that saved it.
        session: what was saved.
        model: that it was made with.
    """
    retoucher = model.engine.retoucher
    if retoucher is None or session.anchor is None or session.anchor.kind != "photo":
        return False
    moved = any(edit.kind == "direction" and edit.key in retoucher.directions for edit in session.edits)
    return moved and is_older(program, RETOUCHED_SINCE)


def is_code(anchor: Anchor, model: LoadedModel) -> bool:
    """Whether a face from a file can be one of a model."""
    try:
        arithmetic = model.arithmetic(anchor.space)
    except CoreError:  # it has no such space
        return False
    return arithmetic.is_code(np.asarray(anchor.z, np.float64))


def is_successor(model: LoadedModel, checkpoint_id: str) -> bool:
    """Whether a model is shipped in place of an earlier one with this id."""
    place = successor(checkpoint_id)
    return place is not None and Path(model.path) == place


def successor(checkpoint_id: str) -> Path | None:
    """The file of the model that is shipped in place of an earlier one with this id; None where there is none."""
    return checkpoint.shipped().get(checkpoint.EARLIER.get(checkpoint_id, ""))


def fitting(session: Session, model: LoadedModel) -> tuple[Session, list[str]]:
    """The part of a session that the model can show, and the names of the edits that were left out.

    Raises:
        CoreError: the face's code isn't one of this model, or the model doesn't know its class.
    """
    known_class = session.class_name in ("", *model.engine.classes)  # "" in older files
    if session.anchor is None or not is_code(session.anchor, model) or not known_class:
        raise CoreError("The edit kept in the picture doesn't fit the model that it names.", "Open another picture.")
    own = model.arithmetic(session.anchor.space)
    kept, left_out = [], []
    for edit in session.edits:
        if own.takes(edit) and (edit.kind != "direction" or edit.key in model.directions):
            kept.append(edit)
        else:
            left_out.append(f"{edit.kind} {int(edit.key) + 1}" if edit.kind in (CELL, ATOM, PLACE) else edit.key)
    return replace(session, edits=tuple(kept)), left_out


def _plain(text: str, what: str) -> str:
    """The text without characters that can't be shown or written, cut to its longest length."""
    kept = "\n" if what == "notes" else ""
    return "".join(letter for letter in text[: LONGEST[what]] if letter.isprintable() or letter in kept)


def find_model(checkpoint_id: str, runs_folder: Path) -> Path | None:
    """The shipped model or the run's model with this id, or the one that is shipped instead of it; None where there is none."""
    places = [*checkpoint.shipped().values()]
    for run in list_runs(runs_folder):
        places += [run.folder / "checkpoints" / name for name in ("best.safetensors", "last.safetensors")]
    for place in places:
        try:
            if place.is_file() and checkpoint.read_header(place).id == checkpoint_id:
                return place
        except CoreError:
            continue
    return successor(checkpoint_id)

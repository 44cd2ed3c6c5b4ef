"""Coming back to an edit: a PNG that the program saved says which face it shows, with which model and sliders."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from core import checkpoint
from core.errors import CoreError
from core.export.images import read_recipe
from core.latent.session import Session, from_json
from core.training.runs import list_runs
from explorer.loading import LoadedModel

LARGEST_WEIGHT = 100_000.0  # of an edit, as on the command line
LARGEST_CODE = 1000.0  # of a code's coordinate: a face's are within a few units
LONGEST_LABEL = 120


def session_in(path: Path) -> Session | None:
    """The session in a PNG's recipe; None where there is none, or none of a single face.

    Raises:
        CoreError: the file is no picture, or its recipe is damaged.
    """
    if path.suffix.lower() != ".png":
        return None
    recipe = read_recipe(path)
    if recipe is None or recipe.get("what") != "edit" or not isinstance(recipe.get("session"), dict):
        return None
    session = from_json(json.dumps(recipe["session"]))
    anchor = session.anchor
    if anchor is None:
        return None
    numbers = [*anchor.z, *anchor.eyes]
    if max(map(abs, anchor.z), default=0.0) > LARGEST_CODE or max(map(abs, numbers), default=0.0) > 1e6:
        raise CoreError(f"The recipe in {path.name} holds numbers that no face has.", "Open another picture.")
    return replace(session, anchor=replace(anchor, label=anchor.label[:LONGEST_LABEL]))


def fitting(session: Session, model: LoadedModel) -> tuple[Session, list[str]]:
    """What of a session the model can show, and the names of the edits that were left out.

    Raises:
        CoreError: the face's code isn't one of this model.
    """
    size = model.engine.spec.latent_dim
    if session.anchor is None or len(session.anchor.z) != size:
        raise CoreError("The picture's recipe doesn't fit the model that it names.", "Open another picture.")
    kept, left_out = [], []
    for edit in session.edits:
        known = int(edit.key) < size if edit.kind == "dimension" else edit.key in model.directions
        if known and abs(edit.weight) <= LARGEST_WEIGHT:
            kept.append(edit)
        else:
            left_out.append(edit.key)
    return replace(session, edits=tuple(kept)), left_out


def find_model(checkpoint_id: str, runs_folder: Path) -> Path | None:
    """The shipped model or the run's model with this id; None where it is nowhere to be found."""
    places = [*checkpoint.shipped().values()]
    for run in list_runs(runs_folder):
        places += [run.folder / "checkpoints" / name for name in ("best.safetensors", "last.safetensors")]
    for place in places:
        try:
            if place.is_file() and checkpoint.read_header(place).id == checkpoint_id:
                return place
        except CoreError:
            continue
    return None

"""A person's own directions, which models' files don't hold: kept for their models, and which of them are in no file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from core.latent.directions import Direction
from explorer.document.face_edits import FaceEdits, KeptOfFace
from explorer.document.loading import LoadedModel


@dataclass(frozen=True, slots=True)
class LeftModel:
    """What waits until a model is opened again."""

    name: str
    """The model's, for people."""
    directions: dict[str, Direction]
    edits: list[KeptOfFace]
    """Along these, where the next model had no slider for them."""


class OwnDirections:
    """Knows them by their model's id; memory only."""

    def __init__(self) -> None:
        self._left: dict[str, LeftModel] = {}
        self._in_models: set[bytes] = set()
        self._in_files: set[bytes] = set()

    def note_in_model(self, directions: Iterable[Direction]) -> None:
        """A model's own file holds these directions: opening it brings them."""
        self._in_models.update(map(_digest, directions))

    def note_in_file(self, direction: Direction) -> None:
        """A file of its own holds this direction, as it is now."""
        self._in_files.add(_digest(direction))

    def leave(self, model: LoadedModel, following: LoadedModel | None, edits: FaceEdits) -> None:
        """Keep a model's directions, and the edits along them that the following model has no sliders for."""
        self._left.pop(model.id, None)
        own = self._of(model)
        is_replaced = following is not None and following.id != model.id and Path(following.path) == Path(model.path)
        if not own or is_replaced:  # a run has overwritten its file: nobody can open it again
            return
        lost = own.keys() - (following.directions.keys() if following is not None else ())
        self._left[model.id] = LeftModel(model.name, own, edits.along(lost))

    def added_to(self, model: LoadedModel) -> LoadedModel:
        """A model from its file, with the directions that were kept for it."""
        left = self._left.get(model.id)
        return replace(model, directions={**model.directions, **left.directions}) if left is not None else model

    def take_edits(self, model: LoadedModel) -> list[KeptOfFace]:
        """The edits that were kept for a model, which is open again."""
        left = self._left.pop(model.id, None)
        return left.edits if left is not None else []

    def of_left(self, model_id: str) -> dict[str, Direction]:
        """The directions that wait for a model which isn't in use."""
        left = self._left.get(model_id)
        return left.directions if left is not None else {}

    def unsaved(self, model: LoadedModel | None) -> list[Direction]:
        """Those of all models that are in no file.

        Args:
            model: in use.
        """
        own = {ident: left.directions for ident, left in self._left.items()}
        if model is not None:
            own[model.id] = self._of(model)
        return [one for directions in own.values() for one in directions.values() if _digest(one) not in self._in_files]

    def model_left(self, direction: Direction) -> str:
        """The name of the model that isn't in use and waits with a direction; "" for one of the model in use."""
        left = self._left.get(direction.checkpoint_id)
        return left.name if left is not None else ""

    def _of(self, model: LoadedModel) -> dict[str, Direction]:
        return {name: one for name, one in model.directions.items() if _digest(one) not in self._in_models}


def _digest(direction: Direction) -> bytes:
    """The same for the same direction, whatever people call it."""
    names = (direction.checkpoint_id, direction.name, direction.space, direction.method, direction.source)
    numbers = (direction.mean_with, direction.mean_without, direction.low, direction.high)
    return hashlib.sha256(repr((names, numbers)).encode() + direction.unit.tobytes()).digest()

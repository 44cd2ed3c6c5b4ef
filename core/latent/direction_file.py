"""Storing a direction: in a small JSON file with its model's id, or in the model's own checkpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from core import checkpoint
from core.checkpoint import Header
from core.errors import CheckpointError, CoreError
from core.files import write_json
from core.latent.directions import Direction, from_dict
from core.places import COMMAND
from core.version import UPDATE, written_by_newer
from core.version import VERSION as PROGRAM

SUFFIX = ".json"
KIND = "labkhand direction"
VERSION = 1
HINT = "Give a file that `direction --out` or the window wrote."
LARGEST = 4_000_000  # bytes: a direction of thousands of dimensions has fewer


def write_direction(path: Path, direction: Direction) -> None:
    """Write a direction to a file. Raises CoreError where it can't be written."""
    write_json(path, {"kind": KIND, "version": VERSION, "program": PROGRAM, "direction": direction.to_dict()})


def read_direction(path: Path, checkpoint_id: str) -> Direction:
    """The direction in a file, if it belongs to that checkpoint.

    Raises:
        CheckpointError: no such file, not a direction, or one of another model.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError("it is too large")
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["kind"] != KIND:
            raise ValueError("it is something else")
        version = values["version"]
        direction_values = values["direction"]
    except OSError as error:
        raise CheckpointError(f"{path} can't be read: {error.strerror or error}.", "Check the path.") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{path.name} holds no direction of Labkhand ({error!r}).", HINT) from None
    if isinstance(version, int) and version > VERSION:
        raise CheckpointError(written_by_newer(path.name, values.get("program", "")), UPDATE)
    if version != VERSION:
        raise CheckpointError(f"{path.name} holds no direction of Labkhand (version {version!r}).", HINT)
    return from_dict(direction_values).for_checkpoint(checkpoint_id)


def shown_names(header: Header) -> list[str]:
    """What people call the directions that a model's file holds."""
    return [str(values.get("label") or values.get("name")) for values in header.directions]


def called_as_in(header: Header, direction: Direction) -> Direction:
    """A direction that was fitted anew, called what people call the one of its name in the model's file."""
    label = next((values.get("label") for values in header.directions if values.get("name") == direction.name), "")
    return direction.shown_as(str(label)) if label else direction


def find_direction(header: Header, name: str) -> Direction:
    """A direction of a model: by the name that people see, by its own name, or from a file of its own.

    Args:
        header: of the model's checkpoint.
        name: of the direction, or of a file that ends in `.json`.

    Raises:
        CoreError: the checkpoint holds none of that name.
        CheckpointError: it was fitted on other weights, or the file holds none.
    """
    if name.lower().endswith(SUFFIX):
        return read_direction(Path(name), header.id)
    names = shown_names(header)
    by_name = {str(values.get("name")): values for values in header.directions}
    by_name |= dict(zip(names, header.directions, strict=True))  # what people see goes first
    if name in by_name:
        return from_dict(by_name[name]).for_checkpoint(header.id)
    known = ", ".join(names) or "none"
    raise CoreError(
        f"The checkpoint holds no direction {name!r} (it holds: {known}).",
        f"Fit it: {COMMAND} direction --checkpoint C --data SOURCE --attribute {name}",
    )


def keep_in_checkpoint(path: Path, checkpoint_id: str, changes: Mapping[str, Direction | None]) -> bool:
    """Write directions into their model's file, replacing those of the same names, and remove others.

    Args:
        path: the checkpoint.
        checkpoint_id: of the model that the directions belong to.
        changes: the directions to write by name; None: there is to be none of that name.

    Returns:
        False, with nothing written, if the file meanwhile holds another model.

    Raises:
        CheckpointError: it can't be read.
        CoreError: it can't be written.
    """
    header = checkpoint.read_header(path)
    if header.id != checkpoint_id:
        return False
    directions = [values for values in header.directions if values.get("name") not in changes]
    written = [direction.to_dict() for direction in changes.values() if direction is not None]
    if written or len(directions) < len(header.directions):
        checkpoint.with_directions(path, [*directions, *written])
    return True

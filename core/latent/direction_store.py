"""Directions inside their model's checkpoint: the one place that writes them there."""

from __future__ import annotations

from pathlib import Path

from core import checkpoint
from core.latent.directions import Direction


def keep_in_checkpoint(path: Path, checkpoint_id: str, direction: Direction | None, gone: frozenset[str] = frozenset()) -> bool:
    """Write a direction into its model's file, in place of one of the same name, and take others out of it.

    Args:
        path: the checkpoint.
        checkpoint_id: of the model that the direction belongs to.
        direction: None: only take out.
        gone: names to take out.

    Returns:
        False, with nothing written, if the file holds another model by now.

    Raises:
        CheckpointError: it can't be read.
        CoreError: it can't be written.
    """
    header = checkpoint.read_header(path)
    if header.id != checkpoint_id:
        return False
    replaced = gone | ({direction.name} if direction is not None else set())
    directions = [values for values in header.directions if values.get("name") not in replaced]
    if direction is not None:
        directions.append(direction.to_dict())
    elif len(directions) == len(header.directions):
        return True
    checkpoint.with_directions(path, directions)
    return True

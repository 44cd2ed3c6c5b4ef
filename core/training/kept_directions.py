"""What becomes of a model's directions when a run writes its file anew: a person's labels stay, and what fits the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Stored = dict[str, Any]  # a direction as a checkpoint holds it


def renewed(
    stored: Sequence[Stored], fitted: Sequence[Stored], own: str, checkpoint_id: str, labels: Mapping[str, str]
) -> tuple[list[Stored], list[str]]:
    """The directions for a model's file.

    Args:
        stored: that the file holds until now.
        fitted: that the run has fitted on the weights that are written.
        own: the name of the run's own direction, which it fits anew, "" where it has none.
        checkpoint_id: of the weights.
        labels: by name, of directions that the file doesn't hold at the moment.

    Returns:
        The directions, and what people call those of others that don't stay, since they were made for other weights.
    """
    called = {**labels, **labels_of(stored)}
    written = [_with_label(values, called.get(str(values.get("name")), "")) for values in fitted]
    names = {values.get("name") for values in fitted}
    others = [values for values in stored if values.get("name") not in names]
    written += [values for values in others if values.get("checkpoint_id") == checkpoint_id]
    gone = [values for values in others if values.get("checkpoint_id") != checkpoint_id and values.get("name") != own]
    return written, [str(values.get("label") or values.get("name")) for values in gone]


def labels_of(stored: Sequence[Stored]) -> dict[str, str]:
    """What people call directions, "" where that is their name."""
    return {str(values.get("name")): str(values.get("label") or "") for values in stored}


def said_of_lost(names: Sequence[str], which: str) -> str:
    """The sentence on directions that a file no longer holds; `which` model it is of."""
    listed = ", ".join(repr(name) for name in names)
    one = len(names) == 1
    return (
        f"The {which} model has learned on, so {'its direction' if one else 'its directions'} {listed} "
        f"can't be kept: {'it was' if one else 'they were'} made for its earlier weights. "
        f"Fit or teach {'it' if one else 'them'} again once the run has ended."
    )


def _with_label(values: Stored, label: str) -> Stored:
    return {**values, "label": label} if label else {name: value for name, value in values.items() if name != "label"}

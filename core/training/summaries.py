"""What a run saves apart from its weights: the summary of its data, previews, and its direction."""

from __future__ import annotations

from typing import Any

from core.config import DataConfig
from core.data.dataset import FaceData
from core.data.eye_frame import measured_frame
from core.data.statistics import class_looks, copies_across_split
from core.errors import DataError
from core.latent.directions import Direction
from core.latent.instrument import Instrument
from core.metrics.direction_quality import fit_and_score

PREVIEWED = 8  # validation pictures in a preview, and samples
DIRECTION_PICTURES = 512  # of each part, for the direction of a running run; at the end all are used


def data_summary(data: FaceData, config: DataConfig) -> dict[str, Any]:
    """The summary of the pictures in `run_started` and in checkpoints."""
    return {
        "name": data.index.name,
        "images": len(data.images),
        "classes": data.counts(),
        "positive": data.index.positive,
        "attribute": data.own_attribute,
        "train": len(data.split.train),
        "valid": len(data.split.valid),
        "fingerprint": data.fingerprint,
        "split_seed": config.split_seed,
        "persons": data.index.persons is not None,
        "near_copies": data.index.near_copies is not None,
        "near_copies_across_split": data.near_copies_across(),
        "sizes": data.summary()["sizes"],
        "class_looks": class_looks(data) if data.shows_faces else {},  # shapes differ in brightness anyway
        "copies_across_split": copies_across_split(data),
        **({"grey": len(data.grey)} if data.grey else {}),
        **({"sides": list(data.sides.names)} if data.sides else {}),
        "frame": measured_frame(data),
    }


def own_direction(engine: Instrument, data: FaceData) -> Direction | None:
    """The direction that goes with a data set (see `FaceData.own_attribute`) from a few pictures, while a run goes on.

    Returns:
        None where there is none: the data set has no own attribute, or the training part lacks pictures with it or without.
    """
    if not data.own_attribute:
        return None
    try:
        return fit_and_score(engine, data, data.own_attribute, limit=DIRECTION_PICTURES)
    except DataError:
        return None


def final_direction(engine: Instrument, data: FaceData) -> Direction:
    """The same from all pictures, at a run's end. Raises DataError where the training part lacks pictures with it or without."""
    return fit_and_score(engine, data, data.own_attribute, thorough=True)

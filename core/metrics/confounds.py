"""What may hide in a direction beside its attribute: brightness, sharpness, the turn of the head, other attributes.

Each becomes a direction that predicts it from codes, so that one can say how much of another direction lies along it,
and remove it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.data.dataset import FaceData, Rows, batch
from core.data.index import SMILE
from core.data.statistics import brightness_and_sharpness
from core.latent.data_codes import given_by
from core.latent.direction_fit import probe
from core.latent.instrument import Instrument
from core.latent.opened import ENCODE_BATCH
from core.progress import Progress

MEASURED = ("brightness", "sharpness", "pose")  # measured on the pictures themselves
MIRRORED = 768  # pictures at most that are encoded again mirrored
SAME = 0.9999  # of a cosine: two directions that are one
LOOKED_AT = 5000  # pictures at most whose brightness and sharpness are measured


def confound_names(data: FaceData, attribute: str) -> list[str]:
    """Possible confounds of an attribute, which its direction can be compared with and kept from changing."""
    own = {attribute.lower(), *(name.lower() for name in data.same_factor(attribute))}
    classes = {name.lower() for name in data.index.classes}  # the attribute itself under other names
    smile = {SMILE, data.index.smile_column.lower()}
    for names in [classes, smile] if data.smile_by_column else [classes | smile]:
        own |= names if own & names else set()
    measured = MEASURED if data.shows_faces else MEASURED[:2]  # only a face has a pose
    return [*measured, *(name for name in data.attribute_names() if name.lower() not in own)]


def find_confounds(
    engine: Instrument,
    data: FaceData,
    rows: Rows,
    means: np.ndarray,
    attribute: str,
    progress: Progress | None = None,
) -> dict[str, np.ndarray]:
    """For each possible confound the direction (D,), length 1, that predicts it from codes within each class.

    `pose` is where the codes of pictures and of their mirror images differ most (the first principal component of the
    differences): mostly the turn of the head, and the direction of the light.

    Args:
        engine: the model.
        data: pictures framed for it.
        rows: (N,) of them, the training part.
        means: (N, D), their posterior means.
        attribute: whose direction it is about.
        progress: told how far; may raise Cancelled.
    """
    within = data.attribute(attribute)[rows]
    names = confound_names(data, attribute)
    columns = {name: data.attribute(name)[rows] for name in names if name not in MEASURED}
    columns |= _looks(data, rows, progress)
    directions: dict[str, np.ndarray | None] = {name: probe(means, column, within) for name, column in columns.items()}
    if "pose" in names:
        directions["pose"] = _pose(engine, data, rows, means, progress)
    return {name: unit for name in names if (unit := directions.get(name)) is not None}


def told_once(units: Mapping[str, np.ndarray], first: str = "") -> dict[str, np.ndarray]:
    """Directions without those that lie along an earlier one, forwards or backwards: `non_smile` is `smile` again.

    Args:
        units: (D,) of length 1 each.
        first: the name that stays, whatever its place.
    """
    once: dict[str, np.ndarray] = {}
    for name in sorted(units, key=lambda name: name != first):  # stable: the others in their order
        if all(abs(float(units[name] @ other)) < SAME for other in once.values()):
            once[name] = units[name]
    return {name: unit for name, unit in units.items() if name in once}


def _looks(data: FaceData, rows: Rows, progress: Progress | None) -> dict[str, np.ndarray]:
    """Brightness and sharpness of a sample of the rows, each (N,), NaN for the rest."""
    chosen = _sample(len(rows), LOOKED_AT)
    looks = {name: np.full(len(rows), np.nan) for name in ("brightness", "sharpness")}
    for start in range(0, len(chosen), ENCODE_BATCH):
        if progress:
            progress("Measuring brightness and sharpness", start, len(chosen))
        part = chosen[start : start + ENCODE_BATCH]
        looks["brightness"][part], looks["sharpness"][part] = brightness_and_sharpness(batch(data.images, rows[part]))
    return looks


def _sample(count: int, most: int) -> np.ndarray:
    """Numbers from 0 to `count` - 1, sorted, at most `most` of them; the same each time."""
    return np.arange(count) if count <= most else np.sort(np.random.default_rng(0).choice(count, most, replace=False))


def _pose(engine: Instrument, data: FaceData, rows: Rows, means: np.ndarray, progress: Progress | None) -> np.ndarray | None:
    """The direction along which faces and their mirror images differ most, (D,); None where they don't."""
    chosen = _sample(len(rows), MIRRORED)
    given = given_by(engine, data)
    away = np.empty((len(chosen), means.shape[1]), np.float64)
    for start in range(0, len(chosen), ENCODE_BATCH):
        if progress:
            progress("Looking at the pictures mirrored", start, len(chosen))
        part = chosen[start : start + ENCODE_BATCH]
        mirrored = batch(data.images, rows[part], np.ones(len(part), bool))
        conditions = given.at(rows[part])
        away[start : start + len(part)] = means[part] - engine.encode(mirrored, conditions).mean
    squares = away.T @ away
    if not np.abs(squares).max() > 1e-12:
        return None
    return np.asarray(np.linalg.eigh(squares)[1][:, -1], np.float32)

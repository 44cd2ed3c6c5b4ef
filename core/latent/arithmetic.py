"""Codes computed from codes: a session's edited face, the way between two faces, and traversals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.errors import CoreError
from core.latent.directions import Direction, move
from core.latent.session import Edit, Session

TYPICAL_SPREAD = 0.65  # of the prior's


def edited_code(session: Session, directions: Mapping[str, Direction]) -> np.ndarray:
    """The code (D,) of the session's face with its edits.

    Dimension edits come first; each direction then moves from there, on its own, so that the order of edits doesn't
    matter. An edit along a direction that isn't in `directions` is an error.

    Raises:
        CoreError: no face, an unknown direction, or a dimension that the latent doesn't have.
    """
    if session.anchor is None:
        raise CoreError("No picture is chosen.", "Pick one first.")
    return apply_edits(np.asarray(session.anchor.z, np.float32), session.edits, directions)


def apply_edits(z: np.ndarray, edits: Sequence[Edit], directions: Mapping[str, Direction]) -> np.ndarray:
    """A code (D,) with edits; see `edited_code`."""
    start = z.copy()
    for edit in edits:
        if edit.kind == "dimension":
            if not 0 <= int(edit.key) < z.size:
                raise no_dimension(int(edit.key), z.size)
            start[int(edit.key)] += edit.weight
    code = start.copy()
    for edit in edits:
        if edit.kind == "direction":
            if edit.key not in directions:
                raise CoreError(f"This model has no direction {edit.key!r}.", "Fit it, or remove that edit.")
            code += move(start, directions[edit.key], edit.weight) - start
    return code


def typical(z: np.ndarray) -> np.ndarray:
    """Codes (..., D) drawn from the prior, moved towards its mean: clearer faces, with less variety.

    The truncation trick of Brock et al. (arXiv 1809.11096), by scaling.
    """
    return np.asarray(TYPICAL_SPREAD * z, np.float32)


def interpolate(a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
    """Codes on the straight line from a to b, both (D,); (steps, D) with both ends. `steps` is at least 2."""
    shares = np.linspace(0.0, 1.0, steps, dtype=np.float32)[:, None]
    return (1.0 - shares) * a + shares * b


def traverse(z: np.ndarray, dims: Sequence[int], reach: float, steps: int) -> np.ndarray:
    """For each dimension, the code with that coordinate going from -reach to +reach.

    Args:
        z: (D,).
        dims: which.
        reach: in units of z (the prior's standard deviation is 1).
        steps: a row.

    Returns:
        (len(dims), steps, D).

    Raises:
        CoreError: a dimension that the latent doesn't have.
    """
    codes = np.repeat(z[None, None], len(dims), axis=0).repeat(steps, axis=1).astype(np.float32)
    for row, dim in enumerate(dims):
        if not 0 <= dim < z.size:
            raise no_dimension(dim, z.size)
        codes[row, :, dim] = np.linspace(-reach, reach, steps, dtype=np.float32)
    return codes


def no_dimension(dim: int, size: int) -> CoreError:
    """The error for a dimension that a latent of that size doesn't have."""
    return CoreError(f"There is no dimension {dim}.", f"They are numbered from 0 to {size - 1}.")

"""A direction from a handful of marked faces.

So few marks leave most of 128 numbers open, so prior knowledge decides: a change that people name shows in some part of
the face. For each part there is a prior over directions (`core.latent.face_regions`), with which the marks, as +1 and
-1, are regressed on the codes (a Gaussian process with a linear kernel: Rasmussen & Williams 2006, chapter 2). Priors
and shares of noise are weighted by how well each explains the marks (its evidence). `benchmarks/taught_directions.py`
compares it with the plain difference of means, the same shrunk, and logistic regression.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.errors import DataError
from core.latent.direction_fit import REAL_FACES
from core.latent.directions import Direction

METHOD = "examples"
SIGNAL_SHARES = (0.1, 0.3, 0.6, 0.9)  # of the marks' variance that the codes may explain; the rest is noise
OFFSET_VARIANCE = 0.5  # of the marks' mean, which needn't be zero
TYPICAL = 75.0  # percentile of the distance from the mean face: faces to ask about are no more unusual than that


def teach(
    with_it: np.ndarray,
    without: np.ndarray,
    background: np.ndarray,
    name: str,
    *,
    priors: Mapping[str, np.ndarray] | None = None,
    checkpoint_id: str = "",
) -> Direction:
    """The direction that tells the marked faces apart.

    With marks of one kind only, the mean of the background stands for the other kind. 100 % and -100 % lead to the mean of
    the marked faces, but never beyond the zone of real faces, where the mean of few marks may seem to be.

    Args:
        with_it: (P, D) codes of faces marked +.
        without: (M, D) of those marked -. P + M is at least 1.
        background: (B, D) codes of any faces: how faces lie in this latent.
        name: of the direction.
        priors: candidate covariances (D, D) of the direction, by name; isotropic by default.
        checkpoint_id: of the model.

    Raises:
        DataError: the marked faces have the same code.
    """
    center, spread = background.mean(axis=0), float(background.std()) or 1.0
    marked = np.concatenate([with_it, without])
    codes = (marked - center) / spread
    signs = np.repeat([1.0, -1.0], [len(with_it), len(without)])
    if not len(with_it) or not len(without):
        codes = np.concatenate([codes, np.zeros_like(codes)])
        signs = np.concatenate([signs, -signs])
    size = codes.shape[1]
    along = _regressed(codes.astype(np.float64), signs, list((priors or {"any": np.eye(size)}).values()))
    length = float(np.linalg.norm(along))
    if not length > 0 or not np.isfinite(length):
        raise DataError("The marked pictures have the same code as all others.", "Train the model first.")
    unit = (along / length).astype(np.float32)
    low, high = (float(place) for place in np.percentile(background @ unit, REAL_FACES))
    mean_with = with_it.mean(axis=0) if len(with_it) else center
    mean_without = without.mean(axis=0) if len(without) else center
    return Direction(
        name=name,
        unit=unit,
        mean_with=float(np.clip(float(mean_with @ unit), low, high)),
        mean_without=float(np.clip(float(mean_without @ unit), low, high)),
        low=low,
        high=high,
        difference=(mean_with - mean_without).astype(np.float32),
        method=METHOD,
        source=_told(len(with_it), len(without)),
        checkpoint_id=checkpoint_id,
    )


def least_sure(
    codes: np.ndarray, direction: Direction | None, background: np.ndarray, may_ask: np.ndarray | None = None
) -> int | None:
    """Which face to ask about next: the one nearest to the boundary, among faces that aren't unusual.

    Args:
        codes: (N, D) of the faces.
        direction: the one fitted so far; None: none yet, and the most usual face is asked about.
        background: (B, D) codes of any faces.
        may_ask: (N,) bool, which faces; all by default.

    Returns:
        Its number, or None where no face may be asked about.
    """
    numbers = np.arange(len(codes)) if may_ask is None else np.flatnonzero(may_ask)
    if not len(numbers):
        return None
    center = background.mean(axis=0)
    strange = np.linalg.norm(codes[numbers] - center, axis=1)
    if direction is None:
        return int(numbers[strange.argmin()])
    usual = np.percentile(np.linalg.norm(background - center, axis=1), TYPICAL)
    boundary = (direction.mean_with + direction.mean_without) / 2.0
    distance = np.abs(direction.position(codes[numbers]) - boundary)
    distance[strange > usual] += 2.0 * (distance.max() + 1.0)  # unusual faces only when no other is left
    return int(numbers[distance.argmin()])


def _regressed(codes: np.ndarray, signs: np.ndarray, priors: list[np.ndarray]) -> np.ndarray:
    """The mean direction (D,), of any length, over priors and shares of noise, weighted by their evidence."""
    estimates, evidence = [], []
    for prior in priors:
        onto = codes @ prior
        kernel = onto @ codes.T / codes.shape[1]
        for share in SIGNAL_SHARES:
            covariance = share * kernel + (1.0 - share) * np.eye(len(signs)) + OFFSET_VARIANCE
            weights = np.linalg.solve(covariance, signs)
            _, log_determinant = np.linalg.slogdet(covariance)
            evidence.append(-0.5 * (signs @ weights + log_determinant))
            estimates.append(share * (onto.T @ weights))
    chances = np.exp(np.array(evidence) - max(evidence))
    return np.asarray((chances / chances.sum()) @ np.stack(estimates))


def _told(with_it: int, without: int) -> str:
    """For people: how many marks there were."""
    if with_it and without:
        return f"{with_it} picture{'s' * (with_it != 1)} with it, {without} without"
    kind = "with" if with_it else "without"
    count = with_it or without
    return f"{count} picture{'s' * (count != 1)} {kind} it; all others stand for those {'without' if with_it else 'with'}"

"""A direction turned to where its attribute shows: more of what changes the picture there, less of what changes it elsewhere.

A direction is fitted on codes, but people see pictures. The decoder, linearised around the mean face
(`core.latent.face_regions.pixel_changes`), tells two things: which direction most changes the pixels that show the
attribute (a linear discriminant of small pictures, pulled back through the decoder's Jacobian), and which directions
change pixels unrelated to it (the metric that the decoder induces in the latent, cf. Arvanitidis et al., arXiv
1710.11379, over those pixels); the latter are penalised.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

PULL = 2.0  # weight of the direction from the pictures relative to the one from the codes; both of length 1
QUIET = 0.02  # penalty for changing unrelated pixels, for a direction that changes them as much as most do
SHOWS = 0.4  # of the greatest clearness: from here on the attribute shows in a place
FADES = 0.15  # of it: here a place counts half as unrelated
RIDGE = 0.1  # of the mean variance of a pixel, added to each in the discriminant
BLUR = 1.0  # places: clearness can't be known more finely


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Small pictures, and how codes change the decoder's output.

    Attributes:
        pictures: float32 (M, R, C), small grey ones, 0 to 1.
        changes: (D, R, C, channels), by how much a step along each dimension changes the mean face.
        mirrored: (M, D), the codes of their mirror images; None for a model that was trained without them.
        places: (M,) int, ascending: which of the N codes the pictures belong to, if they are a sample; None: all, M = N.
    """

    pictures: np.ndarray
    changes: np.ndarray
    mirrored: np.ndarray | None = None
    places: np.ndarray | None = None

    def of(self, rows: np.ndarray) -> Looks:
        """The looks of some of the N codes, given by their numbers (with repetitions) or by a mask (N,)."""
        if self.places is None:
            return self._picked(rows, None)
        numbers = np.flatnonzero(rows) if rows.dtype == bool else rows
        positions = np.searchsorted(self.places, numbers)
        there = self.places[np.minimum(positions, len(self.places) - 1)] == numbers
        return self._picked(positions[there], np.flatnonzero(there))

    def _picked(self, rows: np.ndarray, places: np.ndarray | None) -> Looks:
        mirrored = None if self.mirrored is None else self.mirrored[rows]
        return replace(self, pictures=self.pictures[rows], mirrored=mirrored, places=places)


def turned(normal: np.ndarray, looks: Looks, mask: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A direction (D,) turned to where its attribute shows, (D,) of any length.

    Args:
        normal: (D,) fitted on codes.
        looks: of the pictures.
        mask: (M,) bool, which of the pictures have the attribute.
        weights: (M,) of the pictures.
    """
    pictures, mask, weights = _with_mirrored(looks, mask, weights)
    pictures = pictures - pictures.mean(axis=(1, 2), keepdims=True)  # so that brightness isn't taken for a smile
    difference, within = _split(pictures.reshape(len(pictures), -1), mask, weights)
    clearness = _clearness(difference, within, weights, pictures.shape[1:])
    changes = looks.changes.mean(axis=3).reshape(len(normal), -1)
    pulled = changes[:, clearness > SHOWS] @ _discriminant(pictures.reshape(len(pictures), -1)[:, clearness > SHOWS], mask, weights)
    quiet = 1.0 / (1.0 + np.square(clearness / FADES))
    loud = looks.changes.reshape(len(normal), len(quiet), -1) * np.sqrt(quiet)[:, None]
    loud = loud.reshape(len(normal), -1).astype(np.float64)
    metric = loud @ loud.T
    price = QUIET / (float(np.trace(metric)) / len(metric) or 1.0)
    return np.asarray(np.linalg.solve(np.eye(len(metric)) + price * metric, _normed(normal) + PULL * _normed(pulled)))


def _with_mirrored(looks: Looks, mask: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pictures, mask and weights, with those of the mirror images if the model was trained on such."""
    if looks.mirrored is None:
        return looks.pictures, mask, weights
    return np.concatenate([looks.pictures, looks.pictures[:, :, ::-1]]), np.tile(mask, 2), np.tile(weights, 2) / 2.0


def _split(values: np.ndarray, mask: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weighted difference of the classes' means (P,), and the values (N, P) without their class's mean."""
    within, means = values.astype(np.float64), []
    for rows in (mask, ~mask):
        mean = weights[rows] @ within[rows] / weights[rows].sum()
        within[rows] -= mean
        means.append(mean)
    return means[0] - means[1], within


def _clearness(difference: np.ndarray, within: np.ndarray, weights: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """How clearly each place tells the classes apart, (P,), 1 at the clearest: their difference over the spread within them."""
    spread = np.sqrt(weights @ np.square(within) / weights.sum())
    shares = np.abs(difference) / np.maximum(spread, 1e-6)
    import cv2  # noqa: PLC0415 - the window starts without OpenCV

    clearness = cv2.GaussianBlur(shares.reshape(shape), (0, 0), BLUR).ravel()
    return np.asarray(clearness / (clearness.max() or 1.0))


def _discriminant(values: np.ndarray, mask: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Fisher's linear discriminant with a ridge, (P,), independent of brightness."""
    difference, within = _split(values - values.mean(axis=1, keepdims=True), mask, weights)
    covariance = (within * weights[:, None]).T @ within / weights.sum()
    ridge = RIDGE * float(np.trace(covariance)) / len(covariance)
    discriminant = np.linalg.solve(covariance + (ridge or 1.0) * np.eye(len(covariance)), difference)
    return np.asarray(discriminant - discriminant.mean())


def _normed(vector: np.ndarray) -> np.ndarray:
    return vector / (float(np.linalg.norm(vector)) or 1.0)

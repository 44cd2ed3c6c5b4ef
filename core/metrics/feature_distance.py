"""How far pictures that a model made are from real ones as a crowd: a distance of two distributions of features.

The features are those of a single layer that isn't trained: patches of real pictures, whitened, are its filters (Coates and Ng,
ICML 2011: a random choice of patches does nearly as well there as learned ones). So it needs no foreign network, is the same each
time, and knows only what the pictures' own patches tell: edges, skin, sharpness and where they are, and no persons or smiles. The
distance is the squared maximum mean discrepancy (Gretton et al., JMLR 2012). Neither is ever a loss.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from core.progress import Progress, Reporter, silent

PATCH = 6  # pixels: side of a patch
STRIDE = 2  # pixels from one patch to the next
FILTERS = 64  # patches that are filters
PLACES = 4  # in each direction, over which a filter's answers are averaged
COLOURS = 8  # pixels: side of the small copy whose colours are features as they are
SCALES = (1, 2)  # a picture as it is, and half as large
PATCHES_OF_EACH = 32  # patches of a picture from which whitening is learned
FLAT = 10.0 / 255.0**2  # added to a patch's variance: less than this is noise
WHITENING = 0.1  # added to the variances that whitening divides by, the mean of a normalised patch's being 1
THRESHOLD = 0.25  # of a filter's answer; less counts as none
BATCH = 32
SHUFFLES = 200  # halves of the same crowd, from which it is known what chance makes of the distance
RARE = 0.95
TIMES = 1000.0  # the distance is told in thousandths
FEWEST = 40  # pictures of each of two crowds

Features = npt.NDArray[np.float32]


class PatchFeatures:
    """A layer of filters that are patches of real pictures.

    Args:
        real: uint8 (N, S, S, C) that nothing is measured on later.
        seed: of the choice of patches.
    """

    def __init__(self, real: np.ndarray, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self._layers = [self._layer(_patches(self._scaled(real, scale)), rng) for scale in SCALES]
        self._mean, self._width = np.float32(0.0), np.ones(1, np.float32)
        plain = self(real)
        self._mean, width = plain.mean(axis=0), plain.std(axis=0)
        self._width = np.where(width > 1e-4, width, np.inf).astype(np.float32)  # what doesn't vary tells nothing

    def __call__(self, pictures: np.ndarray, progress: Progress = silent) -> Features:
        """Features of pictures, uint8 (N, S, S, C) of any size from 16: float32 (N, F), each as wide as 1 over the real pictures.

        Args:
            pictures: of the size of the real ones.
            progress: told how far; may raise Cancelled.
        """
        told, rows = Reporter(progress, "Looking at patches", len(pictures)), []
        for start in range(0, len(pictures), BATCH):
            told(start)
            rows.append(self._of(pictures[start : start + BATCH]))
        told(len(pictures), final=True)
        return np.asarray((np.concatenate(rows) - self._mean) / self._width, np.float32)

    def _of(self, pictures: np.ndarray) -> np.ndarray:
        small = F.adaptive_avg_pool2d(_as_tensor(pictures), COLOURS).flatten(1)
        parts = [small]
        for scale, (filters, shift) in zip(SCALES, self._layers, strict=True):
            x = self._scaled(pictures, scale)
            patches, side = _patches(x), (x.shape[2] - PATCH) // STRIDE + 1
            answers = (patches @ filters - shift).view(len(pictures), side, side, FILTERS).permute(0, 3, 1, 2)
            both = torch.cat([(answers - THRESHOLD).relu(), (-answers - THRESHOLD).relu()], dim=1)
            parts.append(F.adaptive_avg_pool2d(both, PLACES).flatten(1))
        return torch.cat(parts, dim=1).numpy()

    @staticmethod
    def _scaled(pictures: np.ndarray, scale: int) -> Tensor:
        x = _as_tensor(pictures)
        return F.avg_pool2d(x, scale) if scale > 1 else x

    @staticmethod
    def _layer(patches: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Filters (D, FILTERS) and what to take off their answers (FILTERS,), from normalised patches (N, L, D)."""
        flat = torch.cat([one[torch.from_numpy(rng.integers(0, len(one), PATCHES_OF_EACH))] for one in patches]).double()
        mean = flat.mean(0)
        around = flat - mean
        values, vectors = torch.linalg.eigh(around.T @ around / len(around))
        whitening = (vectors / (values.clamp(min=0.0) + WHITENING).sqrt()) @ vectors.T
        chosen = around[torch.from_numpy(rng.choice(len(around), FILTERS, replace=len(around) < FILTERS))] @ whitening
        filters = whitening @ F.normalize(chosen, dim=1).T
        return filters.float(), (mean @ filters).float()


def _as_tensor(pictures: np.ndarray) -> Tensor:
    """uint8 (N, S, S, C) -> (N, C, S, S) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255.0


def _patches(x: Tensor) -> Tensor:
    """Patches of pictures (N, C, S, S), each with mean 0 and a variance of nearly 1 where it isn't flat: (N, L, C * PATCH ** 2)."""
    flat = F.unfold(x, PATCH, stride=STRIDE).transpose(1, 2)
    around = flat - flat.mean(-1, keepdim=True)
    return around / (around.square().mean(-1, keepdim=True) + FLAT).sqrt()


def brought_to(side: int, pictures: np.ndarray) -> np.ndarray:
    """Pictures (N, S, S, C) at a smaller size, by the mean of their pixels: uint8 (N, side, side, C)."""
    if pictures.shape[1] == side:
        return pictures
    smaller = [cv2.resize(one, (side, side), interpolation=cv2.INTER_AREA).reshape(side, side, -1) for one in pictures]
    return np.stack(smaller)


def kernel_width(features: np.ndarray) -> float:
    """The median distance of features (N, F) from each other."""
    squares = np.square(features).sum(1)[:, None] + np.square(features).sum(1) - 2.0 * features @ features.T
    return float(np.sqrt(np.median(squares[np.triu_indices(len(features), 1)])))


def distance(features: np.ndarray, real: np.ndarray, width: float) -> float:
    """Squared maximum mean discrepancy of features (N, F) and of real ones (M, F), unbiased, times 1,000.

    About 0 where both are of the same kind, and then as often a little below it.

    Args:
        features: of pictures that a model made.
        real: of real ones; no picture of `features` was made from one of these, for then it would be too small.
        width: of the Gaussian kernel.
    """
    return _discrepancy(_kernel(features, features, width), _kernel(real, real, width), _kernel(features, real, width))


def by_chance(real: np.ndarray, width: float, first: int) -> float:
    """What 95 of 100 distances stay below where both crowds are real: of random parts of real features (N, F).

    Args:
        real: of real pictures.
        width: of the Gaussian kernel.
        first: how many are in one part; the others are in the other.
    """
    kernel, rng = _kernel(real, real, width), np.random.default_rng(0)
    found = []
    for _ in range(SHUFFLES):
        order = rng.permutation(len(real))
        a, b = order[:first], order[first:]
        found.append(_discrepancy(kernel[np.ix_(a, a)], kernel[np.ix_(b, b)], kernel[np.ix_(a, b)]))
    return float(np.quantile(found, RARE))


def _kernel(a: np.ndarray, b: np.ndarray, width: float) -> np.ndarray:
    a, b = a.astype(np.float64), b.astype(np.float64)
    squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2.0 * a @ b.T
    return np.asarray(np.exp(-squares / (2.0 * width**2)))


def _discrepancy(own: np.ndarray, others: np.ndarray, between: np.ndarray) -> float:
    def without_itself(kernel: np.ndarray) -> float:
        return float((kernel.sum() - len(kernel)) / (len(kernel) * (len(kernel) - 1)))

    return TIMES * (without_itself(own) + without_itself(others) - 2.0 * float(between.mean()))

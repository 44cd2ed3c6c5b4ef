"""A dictionary as pictures: what each atom draws, where pictures have it, and what fewer atoms cost. Without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.families.grid_atlas import Decoder, Place, in_turns
from core.latent.code import NOTHING, Code, Given
from core.metrics.levels import mean_psnr
from core.progress import Progress, silent

AT_ONCE = 32
SEEN = 3  # cells a side of what is shown of a picture with one atom
DRAWN = 3.0  # the coefficient with which an atom is drawn, in units of the vectors: strong enough to be no rounding
GREY = 128.0  # level
FACTORS = (0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)  # of the threshold that a model was trained with
DRAWING, TRYING = "Drawing the atoms", "Trying thresholds"


class Coder(Decoder, Protocol):
    """What encodes with a threshold of one's choice, and decodes."""

    def encode(self, pictures: np.ndarray, given: Given = NOTHING, threshold: float | None = None) -> Code: ...


@dataclass(frozen=True, slots=True, eq=False)
class TradeOff:
    """Sparsity against quality of some pictures, by thresholds, the lowest first."""

    thresholds: tuple[float, ...]
    nonzeros: tuple[float, ...]  # share of the coefficients
    psnr: tuple[float, ...]  # dB, the mean over the pictures
    pictures: np.ndarray  # uint8 (thresholds, n, H, W, C): what comes back


def usual_sizes(latent: dict[str, object], atoms: int) -> np.ndarray:
    """How large each atom's coefficients usually are, (atoms,): as a checkpoint's header says; 1 where it doesn't."""
    told = latent.get("atom_sizes")
    sizes = np.ones(atoms, np.float32)
    if isinstance(told, list) and len(told) == atoms and all(isinstance(one, int | float) for one in told):
        values = np.asarray(told, np.float32)
        sizes = np.where(np.isfinite(values) & (values > 0.0), values, sizes)
    return np.asarray(sizes, np.float32)


def use_of(latent: dict[str, object], atoms: int) -> np.ndarray | None:
    """The share of places that use each atom, (atoms,), as a checkpoint's header says; None where it doesn't."""
    told = latent.get("atom_shares")
    fits = isinstance(told, list) and len(told) == atoms and all(isinstance(one, int | float) for one in told)
    shares = np.asarray(told, np.float64) if fits else np.zeros(0)
    return shares if len(shares) and bool(np.isfinite(shares).all()) and shares.max() > 0.0 else None


def swatches(model: Decoder, atoms: np.ndarray, shape: tuple[int, ...], progress: Progress = silent) -> np.ndarray:
    """What each atom adds to a picture where nothing else is: the surroundings of one cell that has it, over an empty picture.

    A single atom changes a picture little, so each tile's contrast is stretched as far as it goes: grey is no change.

    Args:
        model: that the atoms are of.
        atoms: (n,) their numbers.
        shape: (grid, grid, K) of a code.
        progress: told how far; may raise Cancelled.

    Returns:
        uint8 (n, h, h, C), h pixels being three cells, or the whole picture where it has no more.
    """
    grid, parts = shape[0], []
    cells, middle = min(SEEN, grid), grid // 2
    first = min(max(0, middle - SEEN // 2), grid - cells)
    empty = model.decode(np.zeros((1, *shape), np.float32))[0].astype(np.float32)
    for start in range(0, len(atoms), AT_ONCE):
        progress(DRAWING, start, len(atoms))
        some = np.asarray(atoms[start : start + AT_ONCE], np.int64)
        codes = np.zeros((len(some), *shape), np.float32)
        codes[np.arange(len(some)), middle, middle, some] = DRAWN
        pictures = model.decode(codes)
        cell = pictures.shape[1] // grid
        seen = slice(first * cell, (first + cells) * cell)
        added = (pictures.astype(np.float32) - empty)[:, seen, seen]
        most = np.abs(added).max(axis=(1, 2, 3), keepdims=True)
        parts.append(np.rint(GREY + (GREY - 1.0) * added / np.maximum(most, 1.0)).astype(np.uint8))
    progress(DRAWING, len(atoms), len(atoms))
    return np.ascontiguousarray(np.concatenate(parts))


def places(codes: np.ndarray, atom: int, most: int) -> list[Place]:
    """Where pictures have most of an atom, in different pictures first: (picture, row, column), at most so many.

    Args:
        codes: (n, grid, grid, K).
        atom: its number.
        most: how many places are wanted.
    """
    sizes = np.abs(codes[:, :, :, atom])
    order = np.argsort(-sizes, axis=None, kind="stable")
    found = [np.unravel_index(int(place), sizes.shape) for place in order[: np.count_nonzero(sizes)]]
    return in_turns(((int(picture), int(row), int(column)) for picture, row, column in found), most)


def strongest(code: np.ndarray, most: int) -> np.ndarray:
    """The atoms of one code (grid, grid, K) that tell most of it, (n,): by the sum of their squares, at most so many."""
    energy = np.square(code.astype(np.float64)).sum(axis=(0, 1))
    order = np.argsort(-energy, kind="stable")
    return order[: min(most, int(np.count_nonzero(energy)))]


def trade_off(
    model: Coder, pictures: np.ndarray, threshold: float, factors: Sequence[float] = FACTORS, progress: Progress = silent
) -> TradeOff:
    """What other thresholds than the trained one do to some pictures: which share of the coefficients stays, and how good they are.

    Args:
        model: trained with the threshold.
        pictures: uint8 (n, H, W, C).
        threshold: its own, above 0.
        factors: of it, to be tried.
        progress: told how far; may raise Cancelled.
    """
    thresholds = tuple(factor * threshold for factor in factors)
    nonzeros, quality, decoded = [], [], []
    for number, one in enumerate(thresholds):
        progress(TRYING, number, len(thresholds))
        codes = model.encode(pictures, threshold=one).values
        decoded.append(model.decode(codes))
        nonzeros.append(np.count_nonzero(codes) / codes.size)
        quality.append(mean_psnr(pictures, decoded[-1]))
    progress(TRYING, len(thresholds), len(thresholds))
    return TradeOff(thresholds, tuple(nonzeros), tuple(quality), np.stack(decoded))

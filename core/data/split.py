"""Which pictures are for training and which are held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.data.folders import TRAIN, VALID
from core.data.index import Index

Rows = npt.NDArray[np.int64]

SPLIT_TRIALS = 32  # shuffles of the persons, or of other groups; the best one is used
SPLIT_STEPS = 50_000  # groups looked at in all trials together


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers of both parts, rising. They share no row, unless there is one picture only."""

    train: Rows
    valid: Rows


def spread(rows: Rows, count: int) -> Rows:
    """`count` of the rows (or all), evenly spread, since neighbours may be alike."""
    return rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)]


def own_split(index: Index) -> Split | None:
    """The split that the pictures came with; None where they came with none, or one of its parts has no picture left."""
    if index.part is None:
        return None
    train, valid = (np.flatnonzero(index.part == part) for part in (TRAIN, VALID))
    return Split(train, valid) if len(train) and len(valid) else None


def make_split(index: Index, valid_fraction: float, seed: int) -> Split:
    """Split into training and validation, the classes' shares kept, all pictures of one person on one side.

    Where no person is named, near-copies stay together: neighbouring views of one thing.

    A split that came with the pictures takes precedence.

    Args:
        index: the pictures.
        valid_fraction: share of the validation part, in (0, 1).
        seed: the same seed gives the same split, on every machine.

    Returns:
        Two parts with at least one picture each. A single picture is in both; where all pictures are of one person,
        that person is on both sides, since training needs something to validate on.
    """
    came_with = own_split(index)
    if came_with is not None:
        return came_with
    count = len(index.files)
    if count == 1:
        return Split(np.zeros(1, np.int64), np.zeros(1, np.int64))
    rng = np.random.default_rng(seed)
    wanted = _valid_by_class(np.bincount(index.labels, minlength=len(index.classes)), valid_fraction)
    in_valid = np.zeros(count, bool)
    groups = index.near_copies if index.persons is None else index.persons
    if groups is not None and len(np.unique(groups)) > 1:
        in_valid = _valid_groups(groups, index.labels, wanted, rng)
    else:
        for label, few in enumerate(wanted):
            own = np.flatnonzero(index.labels == label)
            in_valid[rng.permutation(own)[:few]] = True
    return Split(np.flatnonzero(~in_valid), np.flatnonzero(in_valid))


def _valid_by_class(counts: npt.NDArray[np.integer], fraction: float) -> Rows:
    """How many pictures of each class go to validation: largest remainders; no class gives its last picture if avoidable."""
    total = int(counts.sum())
    seats = min(max(round(total * fraction), 1), total - 1)
    share = seats * counts / total
    most = np.maximum(counts - 1, 0) if (counts > 1).any() else counts
    given: Rows = np.minimum(np.floor(share).astype(np.int64), most)
    order = np.argsort(-(share - given), kind="stable")
    while given.sum() < seats and (given < most).any():
        for label in order:
            if given.sum() < seats and given[label] < most[label]:
                given[label] += 1
    return given


def _valid_groups(
    groups_of: npt.NDArray[np.integer], labels: npt.NDArray[np.integer], wanted: Rows, rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Which pictures go to validation: whole groups, as near to `wanted` pictures of each class as a few tries get.

    Each try walks through the groups in a new order and takes whoever brings the counts nearer.
    """
    groups, group_of = np.unique(groups_of, return_inverse=True)
    size = np.zeros((len(groups), len(wanted)), np.int64)
    np.add.at(size, (group_of, labels), 1)
    best: list[int] = []
    best_miss = np.inf
    for _ in range(max(1, min(SPLIT_TRIALS, SPLIT_STEPS // len(groups)))):
        missing, taken = wanted.copy(), list[int]()
        for group in rng.permutation(len(groups)):
            after = missing - size[group]
            if after @ after < missing @ missing and len(taken) < len(groups) - 1:
                missing = after
                taken.append(int(group))
        if not taken:  # every group has too many pictures: take the one that overshoots least
            taken = [int(np.argmin(((wanted - size) ** 2).sum(axis=1)))]
            missing = wanted - size[taken[0]]
        miss = float(missing @ missing)
        if miss < best_miss:
            best, best_miss = taken, miss
    return np.isin(group_of, best)

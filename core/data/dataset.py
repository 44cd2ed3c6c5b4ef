"""The pictures as training sees them: usable ones, their labels, the split, and batches cut out of the memory map."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.config import DataConfig
from core.data import cache
from core.data.cache import BadFile
from core.data.index import Index, Progress, scan
from core.data.rows import give_back
from core.errors import DataError
from core.files import printable

Pixels = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]

SMILE = "smile"  # as an attribute: whatever class is the positive one
STANDARDISATION_ROWS = 4096
SMALLEST_STD = 1e-3  # of pixels in [0, 1]: a channel that never changes must not divide by zero
SPLIT_TRIALS = 32  # shuffles of the persons, of which the best is taken
SPLIT_STEPS = 50_000  # persons looked at in all trials together


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers of both parts, rising. They share no row, unless there is one picture only."""

    train: Rows
    valid: Rows


@dataclass(frozen=True, slots=True, eq=False)
class FaceData:
    """A data set ready for training, N pictures."""

    config: DataConfig
    index: Index  # of the usable pictures only, row for row as `images`
    images: Pixels  # (N, S, S, C), read-only
    bad: tuple[BadFile, ...]
    duplicates: tuple[tuple[str, ...], ...]
    sizes: npt.NDArray[np.int32]  # (N, 2) width and height of the upright pictures as they came
    fingerprint: str
    split: Split
    over_limit: bool = False  # they were just decoded, and are more than the whole cache should hold

    def class_mask(self) -> npt.NDArray[np.bool_] | None:
        """Which pictures are of the class *with* the attribute, (N,); None where no class is."""
        if not self.index.positive:
            return None
        mask: npt.NDArray[np.bool_] = self.index.labels == self.index.classes.index(self.index.positive)
        return mask

    def attribute(self, name: str) -> npt.NDArray[np.float32]:
        """An ATTRIBUTE of every picture, (N,) float32: mostly 0 and 1, NaN where the labels say nothing.

        Args:
            name: `smile` (the positive class, where there is one), a class, or a column of the labels; upper and lower
                case count only where they must.

        Raises:
            DataError: there is none of that name; the known ones are named.
        """
        known = self.attribute_names()
        found = name if name in known else next((one for one in known if one.lower() == name.lower()), None)
        if found is None:
            listed = f"There are: {', '.join(known)}." if known else "They have neither two classes nor labels."
            raise DataError(f"These pictures have no attribute named {name}.", listed)
        if len(self.index.classes) > 1 and found in self.index.classes:
            return np.equal(self.index.labels, self.index.classes.index(found)).astype(np.float32)
        mask = self.class_mask()
        if found == SMILE and mask is not None and not (found in self.index.attributes and self.class_attribute != SMILE):
            return mask.astype(np.float32)  # unless the labels know the smile, and the classes are about something else
        return self.index.attributes[found]

    def attribute_names(self) -> tuple[str, ...]:
        """All names that `attribute` knows."""
        smile = (SMILE,) if self.index.positive else ()
        classes = self.index.classes if len(self.index.classes) > 1 else ()
        return tuple(dict.fromkeys((*smile, *classes, *self.index.attributes)))

    @property
    def class_attribute(self) -> str:
        """What the classes' own attribute is called.

        `smile` where the positive class begins like that, else that class's name; "" where there is no positive class.
        """
        return SMILE if self.index.positive.lower().startswith(SMILE[:4]) else self.index.positive

    def counts(self) -> dict[str, int]:
        """How many pictures each class has."""
        totals = np.bincount(self.index.labels, minlength=len(self.index.classes))
        return {name: int(total) for name, total in zip(self.index.classes, totals, strict=True)}

    def summary(self) -> dict[str, Any]:
        """What `data --json` prints: counts, bad files, duplicates, labels, sizes, split."""
        area = self.sizes[:, 0].astype(np.int64) * self.sizes[:, 1]
        return {
            "source": printable(self.index.source),
            "name": printable(self.index.name),
            "images": len(self.images),
            "classes": {printable(name): count for name, count in self.counts().items()},
            "positive": printable(self.index.positive),
            "bad": [{"file": printable(bad.file), "reason": bad.reason} for bad in self.bad],
            "duplicates": [[printable(file) for file in files] for files in self.duplicates],
            "attributes": {printable(name): int((values > 0.5).sum()) for name, values in self.index.attributes.items()},
            "sizes": {"smallest": self.sizes[area.argmin()].tolist(), "largest": self.sizes[area.argmax()].tolist()},
            "split": {
                "train": len(self.split.train),
                "valid": len(self.split.valid),
                "persons": self.index.persons is not None,
            },
            "fingerprint": self.fingerprint,
        }


def load(config: DataConfig, progress: Progress | None = None) -> FaceData:
    """List, decode (or find decoded) and split the pictures of `config.source`.

    Args:
        config: the source and how its pictures are framed and split.
        progress: called as (what, done, total) from this thread a few times a second; it may raise Cancelled.

    Raises:
        DataError: the source or its labels can't be used, or no picture can.
        CoreError: the cache can't be written.
        Cancelled: out of `progress`.
    """
    listed = scan(config.source, config.positive, progress)
    decoded = cache.build(listed, config, progress)
    index = listed.subset(decoded.kept)
    if index.positive:
        share = np.mean(index.labels == index.classes.index(index.positive))
        if share in (0.0, 1.0):  # one side has no usable picture: nothing to tell apart
            index = dataclasses.replace(index, positive="")
    return FaceData(
        config=config,
        index=index,
        images=np.asarray(decoded.images),
        bad=decoded.bad,
        duplicates=decoded.duplicates,
        sizes=decoded.sizes,
        fingerprint=decoded.fingerprint,
        split=make_split(index, config.valid_fraction, config.split_seed),
        over_limit=decoded.over_limit,
    )


def make_split(index: Index, valid_fraction: float, seed: int) -> Split:
    """Split into training and validation, the classes' shares kept, all pictures of one person on one side.

    Args:
        index: the pictures.
        valid_fraction: share of the validation part, in (0, 1).
        seed: the same seed gives the same split, on every machine.

    Returns:
        Two parts with at least one picture each. A single picture is in both; where all pictures are of one person,
        that person is on both sides, since training needs something to validate on.
    """
    count = len(index.files)
    if count == 1:
        return Split(np.zeros(1, np.int64), np.zeros(1, np.int64))
    rng = np.random.default_rng(seed)
    wanted = _valid_by_class(np.bincount(index.labels, minlength=len(index.classes)), valid_fraction)
    in_valid = np.zeros(count, bool)
    if index.persons is not None and len(np.unique(index.persons)) > 1:
        in_valid = _valid_persons(index.persons, index.labels, wanted, rng)
    else:
        for label, few in enumerate(wanted):
            own = np.flatnonzero(index.labels == label)
            in_valid[rng.permutation(own)[:few]] = True
    return Split(np.flatnonzero(~in_valid), np.flatnonzero(in_valid))


def _valid_by_class(counts: npt.NDArray[np.integer], fraction: float) -> Rows:
    """How many pictures of each class go to validation: largest remainders; none gives its last one if avoidable."""
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


def _valid_persons(
    persons: npt.NDArray[np.integer], labels: npt.NDArray[np.integer], wanted: Rows, rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Which pictures go to validation: whole persons, as near to `wanted` pictures of each class as a few tries get.

    Each try walks through the persons in a new order and takes whoever brings the counts nearer.
    """
    groups, group_of = np.unique(persons, return_inverse=True)
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
        if not taken:  # every person is too much: take the one that overshoots least
            taken = [int(np.argmin(((wanted - size) ** 2).sum(axis=1)))]
            missing = wanted - size[taken[0]]
        miss = float(missing @ missing)
        if miss < best_miss:
            best, best_miss = taken, miss
    return np.isin(group_of, best)


def epoch_order(train: Rows, seed: int, epoch: int) -> Rows:
    """The training rows in the order of one epoch; it depends on nothing but the rows, the seed and the epoch."""
    return np.random.default_rng([seed, epoch]).permutation(train)


def standardisation(images: Pixels, rows: Rows) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Mean and standard deviation of each channel, pixels in [0, 1].

    Args:
        images: (N, S, S, C) uint8.
        rows: the training rows; a fixed sample of 4,096 stands for more.

    Returns:
        mean (C,), std (C,), float32; std is at least 0.001.
    """
    if len(rows) > STANDARDISATION_ROWS:
        rows = np.random.default_rng(0).permutation(rows)[:STANDARDISATION_ROWS]
    channels = images.shape[-1]
    counts = np.zeros((channels, 256), np.int64)  # exact, so the same on every machine and in every order
    for part in np.array_split(np.sort(rows), max(1, len(rows) // 128)):
        block = batch(images, part)
        for channel in range(channels):
            counts[channel] += np.bincount(block[..., channel].ravel(), minlength=256)
    values = np.arange(256) / 255.0
    total = counts.sum(axis=1)
    mean = counts @ values / total
    variance = (counts * (values - mean[:, None]) ** 2).sum(axis=1) / total
    std = np.maximum(np.sqrt(variance), SMALLEST_STD)
    return mean.astype(np.float32), std.astype(np.float32)


def batch(images: Pixels, rows: Rows, flip: npt.NDArray[np.bool_] | None = None) -> Pixels:
    """Copy some pictures out.

    Args:
        images: (N, S, S, C) uint8.
        rows: (B,) row numbers, in any order.
        flip: (B,) which of them to mirror left to right; None = none.

    Returns:
        (B, S, S, C) uint8, contiguous, the caller's own.
    """
    copied: Pixels = np.take(np.asarray(images), rows, axis=0)
    give_back(images, copied.nbytes)
    if flip is not None and flip.any():
        pixels = copied.view(f"V{copied.shape[-1]}")[..., 0]  # whole pixels move, twice as fast as their channels
        pixels[flip] = pixels[flip, :, ::-1]
    return copied

"""The pictures as training sees them: usable ones, their labels, the split, and batches cut out of the memory map."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.config import FACE, DataConfig
from core.data.cache import decoded as cache
from core.data.cache.decoded import BadFile
from core.data.cache.rows import give_back
from core.data.index import SMILE, Index, scan
from core.data.labels.names import folded
from core.data.lazy_rows import MadeRows, Pictures
from core.data.natural_size import without_enlarging
from core.data.sets.factors import Factor
from core.data.sources import Kind, kind_of
from core.data.split import Split, make_split, own_split
from core.errors import DataError
from core.files import printable
from core.progress import Progress

Pixels = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]

STANDARDISATION_ROWS = 4096
SMALLEST_STD = 1e-3  # of pixels in [0, 1]; avoids dividing by zero for a constant channel


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Two unpaired sides of a data set, A and B, between which a model learns to translate."""

    names: tuple[str, str]
    of: npt.NDArray[np.int8]  # (N,) 0 for a picture of A, 1 for one of B, -1 for others

    def rows(self, rows: Rows, side: int) -> Rows:
        """Those of some rows that are of side 0 or 1."""
        return rows[self.of[rows] == side]


@dataclass(frozen=True, slots=True, eq=False)
class FaceData:
    """A data set ready for training, N pictures."""

    config: DataConfig
    index: Index  # of the usable pictures only, row for row as `images`
    images: Pictures  # (N, S, S, C), read-only
    bad: tuple[BadFile, ...]
    duplicates: tuple[tuple[str, ...], ...]
    sizes: npt.NDArray[np.int32]  # (N, 2) width and height of the upright pictures as they came
    fingerprint: str
    split: Split
    over_limit: bool = False  # they were just decoded, and are more than the whole cache should hold
    factors: npt.NDArray[np.int32] | None = None  # (N, K) index of each factor's value, where known
    factor_kinds: tuple[Factor, ...] = ()  # K
    own_split: bool = False  # it came with the pictures
    grey: tuple[str, ...] = ()  # files that a family which learns colours leaves out of both parts of the split
    sides: Sides | None = None  # for a family that translates between two; all rows of the split are of one of them
    all_count: int = 0  # pictures of the source, without those known to be bad, of which `data.limit` may choose some

    @property
    def factor_names(self) -> tuple[str, ...]:
        """Names of the factors, K of them."""
        return tuple(factor.name for factor in self.factor_kinds)

    @property
    def shows_faces(self) -> bool:
        """Whether these may be faces: files of any pictures, or drawn faces."""
        return kind_of(self.config.source).shows_faces

    @property
    def are_called_faces(self) -> bool:
        """Whether something says that these are faces: drawn faces, framing by eyes, names of persons, or a smile attribute."""
        kind = kind_of(self.config.source)
        smiles = self.class_attribute == SMILE or bool(self.index.smile_column)
        return kind is Kind.DEMO or (kind is Kind.FOLDER and (smiles or self.config.crop == FACE or self.index.persons is not None))

    def class_mask(self) -> npt.NDArray[np.bool_] | None:
        """Which pictures are of the class *with* the attribute, (N,); None where no class is."""
        if not self.index.positive:
            return None
        mask: npt.NDArray[np.bool_] = self.index.labels == self.index.classes.index(self.index.positive)
        return mask

    def attribute(self, name: str, rows: Rows | slice = slice(None)) -> npt.NDArray[np.float32]:
        """An ATTRIBUTE of every picture, (N,) float32: mostly 0 and 1, NaN where the labels say nothing.

        Args:
            name: `smile` (the positive class, where there is one, else the column that says who smiles), a class, a column of the
                labels, or of a factor (`shape_heart`; `pos_x`, which runs from 0 to 1); upper and lower case count only where
                they must.
            rows: which pictures, in that order; None = all.

        Raises:
            DataError: there is none of that name; the known ones are named.
        """
        attribute = self.attribute_called(name)
        for column, factor in enumerate(self.factor_kinds):
            if attribute in factor.columns() and self.factors is not None:
                return factor.column(attribute, self.factors[rows, column])
        if len(self.index.classes) > 1 and attribute in self.index.classes:
            return self.class_values(attribute, rows)
        if attribute == SMILE:
            by_column = self.smile_by_column
            return self.index.attributes[by_column][rows] if by_column else self.class_values(self.index.positive, rows)
        return self.index.attributes[attribute][rows]

    @property
    def smile_by_column(self) -> str:
        """The labels' column that `smile` means; "" where it means the positive class, or nothing here says who smiles."""
        return "" if self.class_attribute == SMILE else self.index.smile_column

    def class_values(self, name: str, rows: Rows | slice) -> npt.NDArray[np.float32]:
        """1 for pictures of a class, 0 for others, NaN for those whose class no label names."""
        labels = self.index.labels[rows]
        values = np.equal(labels, self.index.classes.index(name)).astype(np.float32)
        if "" in self.index.classes:
            values[labels == self.index.classes.index("")] = np.nan
        return values

    def attribute_called(self, name: str) -> str:
        """An attribute's name as `attribute_names` has it; a class that is a factor's value is that factor's column.

        Raises:
            DataError: there is none of that name; the known ones are named.
        """
        known = self.attribute_names()
        if name in self.index.classes and self.factors is not None:
            name = self.factor_kinds[0].columns()[self.index.classes.index(name)]
        attribute = name if name in known else next((one for one in known if folded(one) == folded(name)), None)
        if attribute is None:
            listed = f"There are: {', '.join(known)}." if known else "They have neither two classes nor labels."
            raise DataError(f"These pictures have no attribute named {name}.", listed)
        return attribute

    def attribute_names(self) -> tuple[str, ...]:
        """All names that `attribute` knows."""
        smile = (SMILE,) if self.index.positive or self.index.smile_column else ()
        classes = self.index.named_classes if len(self.index.classes) > 1 and self.factors is None else ()
        columns = (column for factor in self.factor_kinds for column in factor.columns())
        return tuple(dict.fromkeys((*smile, *classes, *self.index.attributes, *columns)))

    def kinds(self) -> tuple[str, ...]:
        """Names of kinds of pictures for `core.training.unpaired`: each class, and each column with what it leaves out."""
        classes = self.index.named_classes if len(self.index.named_classes) > 1 else ()
        columns = [name for name in self.attribute_names() if name not in classes and not (classes and name == SMILE)]
        return (*classes, *(kind for name in columns for kind in (name, f"not {name}")))

    def same_factor(self, name: str) -> tuple[str, ...]:
        """The columns of the same factor as an attribute: `shape_square` for `shape_heart`."""
        return next((factor.columns() for factor in self.factor_kinds if name in factor.columns()), ())

    @property
    def class_attribute(self) -> str:
        """What the classes' own attribute is called.

        `smile` where the positive class begins like that, else that class's name; "" where there is no positive class.
        """
        return SMILE if self.index.positive.lower().startswith(SMILE[:4]) else self.index.positive

    def shared_persons(self) -> npt.NDArray[np.int32]:
        """The persons with pictures on both sides of the split, as the index numbers them; none where no person is named."""
        if self.index.persons is None:
            return np.empty(0, np.int32)
        return np.intersect1d(self.index.persons[self.split.train], self.index.persons[self.split.valid])

    def near_copies_across(self) -> int:
        """How many validation pictures have a near-copy in the training part: none, unless the pictures came with their split."""
        groups = self.index.near_copies
        return 0 if groups is None else int(np.isin(groups[self.split.valid], groups[self.split.train]).sum())

    @property
    def own_attribute(self) -> str:
        """The attribute whose direction each run on these pictures finds: the classes' own, else the labels' smile column."""
        return self.class_attribute or (SMILE if self.index.smile_column else "")

    @property
    def why_no_attribute(self) -> str:
        """One sentence where runs on these pictures give no direction, "" where they do; factors don't count."""
        if self.own_attribute or self.factors is not None:
            return ""
        if self.asks_which_class:
            return f"The names of the classes {_listed(self.index.named_classes)} don't tell which one is with the attribute."
        if self.lost_classes:
            used = self.config.limit
            chosen = f"The {used:,} pictures chosen to be used are all" if used > 1 else "The 1 picture chosen to be used is"
            return f"{chosen} of one class; use more of the {self.all_count:,}."
        labelled = "The labelled pictures" if "" in self.index.classes and self.index.named_classes else "All pictures"
        return f"{labelled} are of one class, and no column of labels says who smiles."

    @property
    def lost_classes(self) -> bool:
        """Whether the pictures that are used are of one class only because so few are used: the source has several."""
        is_one = len(np.unique(self.index.labels)) == 1
        return bool(self.config.limit) and self.all_count > len(self.index.files) and is_one and len(self.index.named_classes) > 1

    @property
    def asks_which_class(self) -> bool:
        """Whether a person must say which class is the one *with* an attribute."""
        names = {self.index.classes[label] for label in np.unique(self.index.labels)} - {""}
        return not self.own_attribute and self.factors is None and len(names) > 1

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
            "passed_over": [entry.to_dict() for entry in self.index.passed_over],
            "duplicates": [[printable(file) for file in files] for files in self.duplicates],
            "attributes": {printable(name): int((values > 0.5).sum()) for name, values in self.index.attributes.items()},
            "factors": {factor.name: list(factor.values) for factor in self.factor_kinds},
            "sizes": {"smallest": self.sizes[area.argmin()].tolist(), "largest": self.sizes[area.argmax()].tolist()},
            "split": {
                "train": len(self.split.train),
                "valid": len(self.split.valid),
                "persons": self.index.persons is not None,
            },
            "own_split": self.own_split,
            "shared_persons": len(self.shared_persons()),
            "near_copies": self.index.near_copies is not None,
            "near_copies_across_split": self.near_copies_across(),
            "split_from": printable(self.index.part_from) if self.own_split else "",
            "attribute": printable(self.own_attribute),
            "labels": self.index.report.to_dict() | {"smile_column": printable(self.smile_by_column)},
            "fingerprint": self.fingerprint,
        }


def load(config: DataConfig, progress: Progress | None = None, *, sizes: Sequence[int] = ()) -> FaceData:
    """List, decode (or find decoded) and split the pictures of `config.source`.

    Args:
        config: the source and how its pictures are framed and split.
        progress: called as (what, done, total) from this thread a few times a second; it may raise Cancelled.
        sizes: where `config.image_size` would enlarge files, the largest of these that doesn't takes its place, if there are any.

    Raises:
        DataError: the source or its labels can't be used, or no picture can.
        ConfigError: the pictures can't be framed as asked.
        CoreError: the cache can't be written.
        Cancelled: raised by `progress`.
    """
    if not kind_of(config.source).has_files:
        return _made(config, progress)
    listed = scan(config.source, config.positive, progress)
    if sizes:
        config = dataclasses.replace(config, image_size=without_enlarging(listed, config, sizes))
    decoded = cache.build(listed, config, progress)
    bad = decoded.bad if not config.limit else cache.with_known_bad(decoded.bad, listed, config)
    index = listed.subset(decoded.kept)
    if index.positive:
        with_it = [name == index.positive for name in (index.classes[label] for label in np.unique(index.labels)) if name]
        if all(with_it) or not any(with_it):  # one class has no usable picture: nothing to tell apart
            index = dataclasses.replace(index, positive="")
    return FaceData(
        config=config,
        index=index,
        images=np.asarray(decoded.images),
        bad=bad,
        duplicates=decoded.duplicates,
        sizes=decoded.sizes,
        fingerprint=decoded.fingerprint,
        split=make_split(index, config.valid_fraction, config.split_seed),
        over_limit=decoded.over_limit,
        own_split=own_split(index) is not None,
        all_count=len(listed.files) - len(bad),
    )


def _made(config: DataConfig, progress: Progress | None) -> FaceData:
    """A data set whose pictures don't lie in a folder."""
    from core.data.sets.assembled import load_made  # noqa: PLC0415 - what they need isn't loaded for faces

    made_set = load_made(config, progress)
    return FaceData(
        config=config,
        index=made_set.index,
        images=made_set.images,
        bad=(),
        duplicates=(),
        sizes=np.broadcast_to(np.array(made_set.natural, np.int32), (len(made_set.images), 2)),
        fingerprint=made_set.fingerprint,
        split=made_set.split,
        over_limit=made_set.over_limit,
        factors=made_set.table,
        factor_kinds=made_set.factors,
        own_split=made_set.own_split,
        all_count=made_set.all_count,
    )


def _listed(names: Sequence[str], most: int = 6) -> str:
    """Some names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(printable(name) for name in names[:most]) + more


def epoch_order(train: Rows, seed: int, epoch: int) -> Rows:
    """The training rows in the order of one epoch; it depends on nothing but the rows, the seed and the epoch."""
    return np.random.default_rng([seed, epoch]).permutation(train)


def standardisation(images: Pictures, rows: Rows) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
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


def batch(images: Pictures, rows: Rows, flip: npt.NDArray[np.bool_] | None = None) -> Pixels:
    """Copy some pictures out.

    Args:
        images: (N, S, S, C) uint8.
        rows: (B,) row numbers, in any order.
        flip: (B,) which of them to mirror left to right; None = none.

    Returns:
        (B, S, S, C) uint8, contiguous, the caller's own.
    """
    if isinstance(images, MadeRows):
        copied = images[rows]
    else:
        copied = np.take(np.asarray(images), rows, axis=0)
        give_back(images, copied.nbytes)
    if flip is not None and flip.any():
        pixels = copied.view(f"V{copied.shape[-1]}")[..., 0]  # moving whole pixels is twice as fast as single channels
        pixels[flip] = pixels[flip, :, ::-1]
    return copied

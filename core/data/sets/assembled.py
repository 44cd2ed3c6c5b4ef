"""The parts of data sets whose pictures don't lie in a folder: `sprites`, dSprites' own file, `mnist:FOLDER`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.config import CENTER, DataConfig
from core.data.cache.decoded import sample_rows
from core.data.index import Index
from core.data.labels.attributes import positive_class
from core.data.lazy_rows import MadeRows, Rows
from core.data.sets import mnist, sprites
from core.data.sets.dsprites import DspritesRows, read_dsprites
from core.data.sets.factors import Factor, MadeNames, Table
from core.data.sets.mnist import DigitRows, read_digits
from core.data.sources import Kind, kind_of, place_of
from core.data.split import Split, make_split
from core.errors import ConfigError
from core.files import expanded, fingerprint
from core.progress import Progress

VERSION = 1  # of how these pictures are made; a change changes the fingerprints


@dataclass(frozen=True, slots=True, eq=False)
class MadeSet:
    """The parts of a data set, N pictures."""

    index: Index
    images: MadeRows
    natural: tuple[int, int]  # width and height of the original pictures
    table: Table  # (N, K)
    factors: tuple[Factor, ...]  # K; the first one gives the classes
    fingerprint: str
    split: Split
    own_split: bool = False  # it came with the pictures
    over_limit: bool = False
    all_count: int = 0  # pictures there are, of which these are a sample


def load_made(config: DataConfig, progress: Progress | None = None) -> MadeSet:
    """The pictures of a source that makes them.

    Raises:
        ConfigError: a setting frames them in a way that makes no sense for them.
        DataError: the files are missing, damaged or something else.
        CoreError: the cache can't be written.
        Cancelled: raised by `progress`.
    """
    if config.crop != CENTER:
        raise ConfigError(f"data.crop is {config.crop!r}, but the pictures of {config.source} are framed already.", "Leave it out.")
    makers = {Kind.SPRITES: _sprites, Kind.DSPRITES: _dsprites, Kind.MNIST: _mnist}
    return makers[kind_of(config.source)](config, progress)


def _sprites(config: DataConfig, progress: Progress | None) -> MadeSet:
    table = sprites.factor_table()
    rows = sample_rows(table[:, 0], config.limit, config.split_seed)
    return _sprite_set(
        config,
        name=config.source,
        root=Path(),
        rows=rows,
        table=table if len(rows) == len(table) else table[rows],
        images=sprites.SpriteRows(rows, config.image_size, config.channels),
        identity="drawn",
        over_limit=False,
        all_count=len(table),
    )


def _dsprites(config: DataConfig, progress: Progress | None) -> MadeSet:
    path = expanded(config.source)
    archive = read_dsprites(path, progress)
    rows = sample_rows(archive.factors[:, 0], config.limit, config.split_seed)
    return _sprite_set(
        config,
        name="dsprites",
        root=path.parent,
        rows=rows,
        table=archive.factors[rows],
        images=DspritesRows(archive.stored.rows, rows, config.image_size, config.channels),
        identity=archive.stored.digest,
        over_limit=archive.stored.over_limit,
        all_count=len(archive.factors),
    )


def _sprite_set(
    config: DataConfig,
    *,
    name: str,
    root: Path,
    rows: Rows,
    table: Table,
    images: MadeRows,
    identity: str,
    over_limit: bool,
    all_count: int,
) -> MadeSet:
    names = MadeNames(sprites.FACTORS, table, sprites.NAME_TEXT, rows)
    index = _index(config, name, root, names, sprites.FACTORS[0], table[:, 0])
    return MadeSet(
        index=index,
        images=images,
        natural=(sprites.SIDE, sprites.SIDE),
        table=table,
        factors=sprites.FACTORS,
        fingerprint=_fingerprint(config, identity, rows),
        split=make_split(index, config.valid_fraction, config.split_seed),
        over_limit=over_limit,
        all_count=all_count,
    )


def _mnist(config: DataConfig, progress: Progress | None) -> MadeSet:
    folder = place_of(config.source)
    assert folder is not None
    name = folder.resolve().name or str(folder)
    digits = read_digits(folder, name, progress)
    factor = digits.factor
    strata = digits.part.astype(np.int64) * len(factor.values) + digits.digits  # a sample keeps the shares of digits and parts
    rows = sample_rows(strata, config.limit, config.split_seed)
    table = digits.digits[rows].astype(np.int32)[:, None]
    names = MadeNames((factor,), table, mnist.NAME_TEXT, rows)
    index = _index(config, name, folder, names, factor, table[:, 0])
    part = digits.part[rows]
    own = bool((part == 0).any() and (part == 1).any())
    return MadeSet(
        index=index,
        images=DigitRows(digits, rows, config.image_size, config.channels),
        natural=(digits.width, digits.height),
        table=table,
        factors=(factor,),
        fingerprint=_fingerprint(config, digits.stored.digest, rows),
        split=Split(np.flatnonzero(part == 0), np.flatnonzero(part == 1))
        if own
        else make_split(index, config.valid_fraction, config.split_seed),
        own_split=own,
        over_limit=digits.stored.over_limit,
        all_count=len(digits.digits),
    )


def _index(config: DataConfig, name: str, root: Path, names: MadeNames, factor: Factor, labels: npt.NDArray[np.integer]) -> Index:
    """The first factor's values as classes; no class is the one *with* an attribute unless the settings say so."""
    classes = tuple(str(value) for value in factor.values)
    return Index(
        source=config.source,
        name=name,
        root=root,
        files=names,
        classes=classes,
        labels=labels.astype(np.int16),
        positive=positive_class(classes, config.positive),
        attributes={},
        persons=None,
        stamps=(),
    )


def _fingerprint(config: DataConfig, identity: str, rows: Rows) -> str:
    chosen = hashlib.sha256(rows.tobytes()).hexdigest()
    return fingerprint((str(VERSION), identity, chosen, f"{config.image_size} {config.channels}"))

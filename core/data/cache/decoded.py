"""Every picture decoded once: framed uint8 rows in one memory-mapped file, kept in the user's cache folder."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from core.config import FACE, DataConfig
from core.data.cache import store as cache_store
from core.data.cache.limit import cache_folder
from core.data.cache.rows import hold, open_rows
from core.data.index import Index
from core.data.reading import Read, read_all
from core.errors import DataError
from core.files import fingerprint, write_text, write_whole
from core.progress import Progress, Reporter
from core.wording import counted

VERSION = 1  # of how pictures are framed; after a change, old caches aren't used
FACE_VERSION = 1  # likewise of how faces are found, for `data.crop=face`
CHECKED_ROWS = 64  # rows that are hashed to tell whether the file still is what was written
NOTES_BYTES = 32  # a picture, about
WRITE_BACK_BYTES = 64 * 2**20  # bytes written between two requests to flush them in the background

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BadFile:
    """A picture that was left out."""

    file: str  # relative to the source
    reason: str  # short, in plain words


@dataclass(frozen=True, slots=True, eq=False)
class Cache:
    """The usable pictures of an index, M of its N."""

    images: npt.NDArray[np.uint8]  # (M, S, S, C), read-only, on disk until it is looked at
    kept: Rows  # (M,) their rows in the index, rising
    bad: tuple[BadFile, ...]
    duplicates: tuple[tuple[str, ...], ...]  # files with the same bytes; all of them are kept
    sizes: npt.NDArray[np.int32]  # (M, 2) width and height of the upright pictures as they came
    fingerprint: str  # of names, contents and framing: the same for a copy of the folder elsewhere
    over_limit: bool = False  # they were just decoded, and are more than the whole cache should hold


@dataclass(slots=True)
class _Notes:
    """Facts collected while the rows are written, for the file beside them."""

    kept: list[int] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    bad: list[tuple[str, str]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def build(index: Index, config: DataConfig, progress: Progress | None = None) -> Cache:
    """The usable pictures of an index as pixels; decoded only where no earlier call did.

    Args:
        index: what to read.
        config: image_size, channels, crop; with a `limit`, a sample of that many pictures is read.
        progress: told how far; may raise Cancelled, and then nothing is left behind.

    Raises:
        DataError: no picture can be used, or the disk is too full for them.
        ConfigError: the limit in the environment isn't a size.
        CoreError: the cache can't be written.
        Cancelled: raised by `progress`.
    """
    rows = sample(index, config.limit, config.split_seed)
    key = _key(index, rows, config)
    pixels_path, notes_path = cache_folder() / f"{key}.pixels", cache_folder() / f"{key}.json"
    cache = _opened(index, config, pixels_path, notes_path)
    if cache is not None:
        cache_store.touch(notes_path)
        return cache
    row_bytes = config.image_size**2 * config.channels
    fits = cache_store.make_room(len(rows) * (row_bytes + NOTES_BYTES), f"The {counted(len(rows))} in {index.source}")
    notes = _Notes()

    def fill(beside: Path) -> None:
        notes_path.unlink(missing_ok=True)  # whatever it described is about to be replaced
        _fill(beside, index, rows, config, notes, progress)

    write_whole(pixels_path, fill)
    images = open_rows(pixels_path, _shape(len(notes.kept), config))
    described = _described(index, config, notes, images)
    write_text(notes_path, f"{json.dumps(_about(index, config, notes))}\n{json.dumps(described)}")  # ASCII, whatever the names
    return _cache(described, images, over_limit=not fits)


def with_known_bad(bad: tuple[BadFile, ...], index: Index, config: DataConfig) -> tuple[BadFile, ...]:
    """The pictures that can't be used: those found in a sample, and those found when all were read, if they were."""
    notes_path = cache_folder() / f"{_key(index, np.arange(len(index.files)), config)}.json"
    try:
        notes = json.loads(notes_path.read_bytes().partition(b"\n")[2])
        if notes["version"] != VERSION:
            return bad
        lasting = {name: reason for name, reason in notes["bad"] if name not in notes["unreadable"]}
        reasons = lasting | {one.file: one.reason for one in bad}
    except (OSError, ValueError, KeyError, TypeError):  # all were never read, or the notes are damaged
        return bad
    return tuple(BadFile(name, reasons[name]) for name in index.files if name in reasons)


def sample(index: Index, limit: int, seed: int) -> Rows:
    """Row numbers of a seeded sample of an index with the shares of classes and parts kept, as `sample_rows`."""
    if index.part is None:
        return sample_rows(index.labels, limit, seed)
    return sample_rows(index.labels + index.part.astype(np.int64) * len(index.classes), limit, seed)


def sample_rows(labels: npt.NDArray[np.integer], limit: int, seed: int) -> Rows:
    """Row numbers of a seeded sample with the classes' shares kept: all rows without a limit, rising.

    Args:
        labels: (N,) class of each.
        limit: how many; 0 = all.
        seed: the same seed chooses the same pictures.
    """
    count = len(labels)
    if not 0 < limit < count:
        return np.arange(count)
    order = np.random.default_rng(seed).permutation(count)
    # Spread each class evenly over [0, 1) and take the first of all: every class gets its share, to within one picture.
    position = np.empty(count)
    for label in np.unique(labels):
        own = order[labels[order] == label]
        position[own] = (np.arange(len(own)) + 0.5) / len(own)
    return np.sort(order[np.argsort(position[order], kind="stable")[:limit]])


def _key(index: Index, rows: Rows, config: DataConfig) -> str:
    """The cache file's name: a hash of the files as they are now and of how they are framed."""
    where = os.path.realpath(index.root)
    return fingerprint((*_framing(config), where, *(f"{index.files[row]}\0{index.stamps[row]}" for row in rows)))[:32]


def _framing(config: DataConfig) -> tuple[str, ...]:
    """How pictures are framed, for fingerprints."""
    crop = f"{FACE} {FACE_VERSION}" if config.crop == FACE else config.crop
    return str(VERSION), crop, str(config.image_size), str(config.channels)


def _fill(path: Path, index: Index, rows: Rows, config: DataConfig, notes: _Notes, progress: Progress | None) -> None:
    """Write the rows of all usable pictures, one after the other.

    Through plain writes and not through a map: on a full disk a write fails with an error, a mapped page with a signal.
    """
    report = Reporter(progress, "Reading pictures", len(rows))
    report(0, final=True)
    with open(path, "wb") as file, contextlib.closing(read_all(index, rows, config)) as reads:
        hold(file.fileno(), shared=False)  # so that nobody takes it for a leftover
        _write(file, index, reads, notes, report)
        file.flush()
        os.fsync(file.fileno())
    if not notes.kept:
        few = "; ".join(f"{name}: {reason}" for name, reason in notes.bad[:3])
        none = "The one picture" if len(rows) == 1 else f"None of the {counted(len(rows))}"
        can = "can't" if len(rows) == 1 else "can"
        raise DataError(f"{none} in {index.source} {can} be used.", f"For example {few}.")
    report(len(rows), final=True)


def _write(file: BinaryIO, index: Index, reads: Iterable[Read | None], notes: _Notes, report: Reporter) -> None:
    done = unflushed = 0
    for read in reads:
        if read is None:  # nothing new: reported so that the person can still cancel
            report(done)
            continue
        done += 1
        name = index.files[read.row]
        if read.pixels is None:
            notes.bad.append((name, read.reason))
            if read.unreadable:
                notes.unreadable.append(name)
        else:
            file.write(read.pixels.data)
            notes.kept.append(read.row)
            notes.sizes.append(read.size)
            notes.digests.append(read.digest)
            unflushed += read.pixels.nbytes
            if unflushed >= WRITE_BACK_BYTES:
                _write_back(file, unflushed)
                unflushed = 0
        report(done)


def _write_back(file: BinaryIO, written: int) -> None:
    """Ask the system to bring the newest bytes to the disk while the next pictures are decoded, so that the end needn't wait.

    On Linux this hint starts writing dirty pages and drops only clean ones.
    """
    if sys.platform == "linux":
        file.flush()
        os.posix_fadvise(file.fileno(), file.tell() - written, written, os.POSIX_FADV_DONTNEED)


def _about(index: Index, config: DataConfig, notes: _Notes) -> dict[str, Any]:
    """What the cached pictures are, for lists of the cache's contents."""
    return {
        "name": index.name,
        "root": os.path.realpath(index.root),
        "images": len(notes.kept),
        "image_size": config.image_size,
        "channels": config.channels,
        "crop": config.crop,
    }


def _described(index: Index, config: DataConfig, notes: _Notes, images: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """The file beside the rows. It is written last: rows without it count for nothing."""
    names = [index.files[row] for row in notes.kept]
    first: dict[str, str] = {}
    same: dict[str, list[str]] = {}
    for name, digest in zip(names, notes.digests, strict=True):
        if first.setdefault(digest, name) is not name:
            same.setdefault(digest, [first[digest]]).append(name)
    contents = (f"{name}\0{digest}" for name, digest in zip(names, notes.digests, strict=True))
    return {
        "version": VERSION,
        "kept": _packed(notes.kept),
        "sizes": _packed(notes.sizes),
        "bad": notes.bad,
        "unreadable": notes.unreadable,
        "duplicates": list(same.values()),
        "fingerprint": fingerprint((*_framing(config), *contents)),
        "check": rows_check(images),
    }


def _opened(index: Index, config: DataConfig, pixels_path: Path, notes_path: Path) -> Cache | None:
    """The cache that these two files hold; None where they are missing, torn, damaged or out of date."""
    try:
        notes = json.loads(notes_path.read_bytes().partition(b"\n")[2])
        images = open_rows(pixels_path, _shape(len(_unpacked(notes["kept"])), config))
        if notes["version"] != VERSION or notes["check"] != rows_check(images):
            return None
        if any(os.access(index.root / name, os.R_OK) for name in notes["unreadable"]):
            return None  # what couldn't be opened then can be now
        return _cache(notes, images)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _cache(notes: dict[str, Any], images: npt.NDArray[np.uint8], over_limit: bool = False) -> Cache:
    return Cache(
        images=images,
        kept=_unpacked(notes["kept"]).astype(np.int64),
        bad=tuple(BadFile(name, reason) for name, reason in notes["bad"]),
        duplicates=tuple(tuple(files) for files in notes["duplicates"]),
        sizes=_unpacked(notes["sizes"]).reshape(-1, 2),
        fingerprint=str(notes["fingerprint"]),
        over_limit=over_limit,
    )


def _packed(numbers: list[Any]) -> str:
    """Whole numbers in base64, decoded in one step: parsing a long JSON list would hold up every other thread."""
    return base64.b64encode(np.asarray(numbers, "<i4").tobytes()).decode("ascii")


def _unpacked(text: str) -> npt.NDArray[np.int32]:
    """The numbers from the text, flat. Raises ValueError."""
    return np.frombuffer(base64.b64decode(text, validate=True), "<i4").astype(np.int32)


def _shape(count: int, config: DataConfig) -> tuple[int, int, int, int]:
    return (count, config.image_size, config.image_size, config.channels)


def rows_check(images: npt.NDArray[np.uint8]) -> str:
    """Hash of up to CHECKED_ROWS rows, spread evenly: enough to notice a torn file without reading all of it."""
    rows = np.unique(np.linspace(0, len(images) - 1, CHECKED_ROWS).astype(np.int64))
    digest = hashlib.sha256()
    for row in rows:
        digest.update(np.ascontiguousarray(images[row]).data)
    return digest.hexdigest()

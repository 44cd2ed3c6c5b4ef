"""Every picture decoded once: framed uint8 rows in one memory-mapped file, kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import platformdirs

from core.config import DataConfig, parse_crop
from core.data import pictures
from core.data.index import Index, Progress, Reporter
from core.errors import DataError
from core.files import fingerprint, write_text, write_whole

VERSION = 1  # of the file and of how pictures are framed: a change of either makes old caches unknown
CHUNK = 8  # pictures a task: fewer hand-overs between threads, and still little in flight
CHECKED_ROWS = 64  # rows whose hash tells whether the file still is what was written

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


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """What became of one file."""

    row: int
    pixels: pictures.Pixels | None = None
    size: tuple[int, int] = (0, 0)
    digest: str = ""
    reason: str = ""
    unreadable: bool = False


@dataclass(slots=True)
class _Notes:
    """What is found out while the rows are written; becomes the file beside them."""

    kept: list[int] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    bad: list[tuple[str, str]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def cache_folder() -> Path:
    """Where decoded pictures are kept: LABKHAND_CACHE, or the user's cache folder."""
    named = os.environ.get("LABKHAND_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("labkhand", appauthor=False)) / "pictures"


def build(index: Index, config: DataConfig, progress: Progress | None = None) -> Cache:
    """The usable pictures of an index as pixels; decoded only where no earlier call did.

    Args:
        index: what to read.
        config: image_size, channels, crop; with a `limit`, a sample of that many pictures is read.
        progress: hears how far it is, and may raise Cancelled; then nothing is left behind.

    Raises:
        DataError: no picture can be used.
        CoreError: the cache can't be written, for example because the disk is full.
        Cancelled: out of `progress`.
    """
    rows = sample(index, config.limit, config.split_seed)
    key = _key(index, rows, config)
    pixels_path, notes_path = cache_folder() / f"{key}.pixels", cache_folder() / f"{key}.json"
    found = _opened(index, config, pixels_path, notes_path)
    if found is not None:
        return found
    notes = _Notes()

    def fill(beside: Path) -> None:
        notes_path.unlink(missing_ok=True)  # whatever it described is about to be replaced
        _fill(beside, index, rows, config, notes, progress)

    write_whole(pixels_path, fill)
    images = _mapped(pixels_path, len(notes.kept), config)
    described = _described(index, config, notes, images)
    write_text(notes_path, json.dumps(described))  # in ASCII: a file's name may be no valid UTF-8
    return _cache(described, images)


def sample(index: Index, limit: int, seed: int) -> Rows:
    """Row numbers of a seeded sample with the classes' shares kept: all rows without a limit, rising.

    Args:
        index: what to choose from.
        limit: how many; 0 = all.
        seed: the same seed chooses the same pictures.
    """
    count = len(index.files)
    if not 0 < limit < count:
        return np.arange(count)
    order = np.random.default_rng(seed).permutation(count)
    # Spread each class evenly over [0, 1) and take the first of all: every class gets its share, to within one picture.
    position = np.empty(count)
    for label in np.unique(index.labels):
        own = order[index.labels[order] == label]
        position[own] = (np.arange(len(own)) + 0.5) / len(own)
    return np.sort(order[np.argsort(position[order], kind="stable")[:limit]])


def _key(index: Index, rows: Rows, config: DataConfig) -> str:
    """Names the cache file: which files, as they are now, framed how."""
    framing = (str(VERSION), config.crop, str(config.image_size), str(config.channels), os.path.realpath(index.root))
    return fingerprint((*framing, *(f"{index.files[row]}\0{index.stamps[row]}" for row in rows)))[:32]


def _fill(path: Path, index: Index, rows: Rows, config: DataConfig, notes: _Notes, progress: Progress | None) -> None:
    """Write the rows of all usable pictures, one after the other.

    Through plain writes and not through a map: on a full disk a write fails with an error, a mapped page with a signal.
    """
    report = Reporter(progress, "Reading pictures", len(rows))
    report(0, final=True)
    with open(path, "wb") as file:
        for done, read in enumerate(_read_all(index, rows, config), start=1):
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
            report(done, final=done == len(rows))
    if not notes.kept:
        few = "; ".join(f"{name}: {reason}" for name, reason in notes.bad[:3])
        raise DataError(f"None of the {len(rows)} pictures in {index.source} can be used.", f"For example {few}.")


def _read_all(index: Index, rows: Rows, config: DataConfig) -> Iterator[_Read]:
    """Read the pictures on all cores, in order, few in flight. Pillow lets other threads run while it decodes."""
    box = parse_crop(config.crop)
    workers = _cores()
    waiting: deque[Future[list[_Read]]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="pictures")
    try:
        for start in range(0, len(rows), CHUNK):
            chunk = [(int(row), os.path.join(index.root, index.files[row])) for row in rows[start : start + CHUNK]]
            waiting.append(pool.submit(_read_chunk, chunk, config.image_size, config.channels, box))
            if len(waiting) > 2 * workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _read_chunk(files: Sequence[tuple[int, str]], image_size: int, channels: int, box: pictures.Box | None) -> list[_Read]:
    return [_read(row, path, image_size, channels, box) for row, path in files]


def _read(row: int, path: str, image_size: int, channels: int, box: pictures.Box | None) -> _Read:
    try:
        data = pictures.read_bytes(path)
        pixels, size = pictures.frame(data, image_size, channels, box)
    except pictures.BadPicture as bad:
        return _Read(row, reason=str(bad), unreadable=isinstance(bad, pictures.UnreadableFile))
    return _Read(row, np.ascontiguousarray(pixels), size, hashlib.sha256(data).hexdigest())


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 16)


def _described(index: Index, config: DataConfig, notes: _Notes, images: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """The file beside the rows. It is written last: rows without it count for nothing."""
    names = [index.files[row] for row in notes.kept]
    same: dict[str, list[str]] = {}
    for name, digest in zip(names, notes.digests, strict=True):
        same.setdefault(digest, []).append(name)
    contents = (f"{name}\0{digest}" for name, digest in zip(names, notes.digests, strict=True))
    framing = (str(VERSION), config.crop, str(config.image_size), str(config.channels))
    return {
        "version": VERSION,
        "kept": notes.kept,
        "sizes": notes.sizes,
        "bad": notes.bad,
        "unreadable": notes.unreadable,
        "duplicates": [files for files in same.values() if len(files) > 1],
        "fingerprint": fingerprint((*framing, *contents)),
        "check": _check(images),
    }


def _opened(index: Index, config: DataConfig, pixels_path: Path, notes_path: Path) -> Cache | None:
    """The cache that these two files hold; None where they are missing, torn, damaged or out of date."""
    try:
        notes = json.loads(notes_path.read_bytes())
        images = _mapped(pixels_path, len(notes["kept"]), config)
        if notes["version"] != VERSION or notes["check"] != _check(images):
            return None
        if any(os.access(index.root / name, os.R_OK) for name in notes["unreadable"]):
            return None  # what couldn't be opened then can be now
        return _cache(notes, images)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _cache(notes: dict[str, Any], images: npt.NDArray[np.uint8]) -> Cache:
    return Cache(
        images=images,
        kept=np.array(notes["kept"], np.int64),
        bad=tuple(BadFile(name, reason) for name, reason in notes["bad"]),
        duplicates=tuple(tuple(files) for files in notes["duplicates"]),
        sizes=np.array(notes["sizes"], np.int32).reshape(-1, 2),
        fingerprint=str(notes["fingerprint"]),
    )


def _mapped(path: Path, count: int, config: DataConfig) -> npt.NDArray[np.uint8]:
    """The rows as an array on disk, (M, S, S, C).

    Raises:
        OSError: no such file.
        ValueError: the file's length is another.
    """
    shape = (count, config.image_size, config.image_size, config.channels)
    if path.stat().st_size != np.prod(shape, dtype=np.int64):
        raise ValueError(f"{path} doesn't hold {count} pictures")
    return np.memmap(path, np.uint8, mode="r", shape=shape)


def _check(images: npt.NDArray[np.uint8]) -> str:
    """Hash of up to CHECKED_ROWS rows, spread evenly: enough to notice a torn file without reading all of it."""
    rows = np.unique(np.linspace(0, len(images) - 1, CHECKED_ROWS).astype(np.int64))
    digest = hashlib.sha256()
    for row in rows:
        digest.update(np.ascontiguousarray(images[row]).data)
    return digest.hexdigest()

"""The cache as a whole: what it holds, what is deleted first when it is too large, and how it is emptied.

A *store* is what one import left: `KEY.pixels` (rows) and `KEY.json` (notes; the first line says what they are, the file's
time when they were last used). The drawn faces' files count as well. The least recently used is deleted first; what is
open anywhere never is.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.data.cache import rows
from core.data.cache.limit import cache_folder, drawn_base, free_bytes, read_limit, size_text, write_limit
from core.errors import DataError
from core.files import cannot_write

RESERVE = 512 * 10**6  # bytes that an import leaves free on the disk
LEFT_AFTER_SECONDS = 60  # a half-written file that nobody has open or has written to for so long is a leftover
OWN_AFTER_SECONDS = 60 * 86400  # an answer about the program's own pictures, unused for so long, is deleted
_PIXELS = re.compile(r"[0-9a-f]{32}\.pixels")
_NOTES = re.compile(r"[0-9a-f]{32}\.json")
_OWN = re.compile(r"[0-9a-f]{32}\.own")  # small files: which of a folder's pictures the program wrote
_UNFINISHED = re.compile(r"\.[0-9a-f]{32}\..+\.(pixels|json|own)")
_DRAWN = re.compile(r"demo-\d+-\d+")


@dataclass(frozen=True, slots=True)
class Store:
    """The decoded pictures of one import, or the drawn faces' files."""

    path: Path  # KEY.pixels, or a folder
    bytes: int
    used: float  # when it was last opened, in seconds since the epoch
    in_use: bool = False  # by this process or another
    unfinished: bool = False  # being written right now
    drawn: bool = False  # files of drawn faces, not pixels
    name: str = ""  # the source's, for people; "" where it isn't known
    root: str = ""  # its folder
    images: int = 0
    image_size: int = 0
    channels: int = 0  # 1: grey
    crop: str = ""  # as `data.crop`


@dataclass(frozen=True, slots=True)
class Usage:
    """The cache in numbers, all in bytes."""

    folder: Path
    bytes: int
    limit: int
    free: int  # on the disk
    stores: tuple[Store, ...]  # the last used first
    fixed: bool  # the limit comes from the environment

    @property
    def clearable(self) -> int:
        """What `clear` would free."""
        return sum(store.bytes for store in self.stores if not store.in_use)


@dataclass(frozen=True, slots=True)
class Cleared:
    """What `clear` did, in bytes."""

    freed: int
    kept: int  # in use


def usage() -> Usage:
    """What the cache holds now. Raises ConfigError where the limit in the environment isn't a size."""
    all_stores = stores()
    size = sum(store.bytes for store in all_stores)
    limit, fixed = read_limit(size)
    return Usage(cache_folder(), size, limit, free_bytes(), all_stores, fixed)


def stores() -> tuple[Store, ...]:
    """All stores, the last used first. Reads one line of each."""
    decoded = [_decoded(path) for path in _inside(cache_folder()) if _PIXELS.fullmatch(path.name)]
    all_stores = [store for store in decoded if store is not None]
    busy = {os.path.realpath(store.root) for store in all_stores if store.in_use and store.root}
    writing = [
        Store(path, _size(path), _modified(path), in_use=True, unfinished=True) for path in _unfinished() if rows.in_use(path)
    ]
    all_stores += writing
    for path in _inside(drawn_base()):
        if _DRAWN.fullmatch(path.name) and path.is_dir():
            all_stores.append(replace(_drawn(path), in_use=bool(writing) or os.path.realpath(path) in busy))
    return tuple(sorted(all_stores, key=lambda store: -store.used))


def set_limit(gigabytes: float) -> int:
    """Set the cache's limit, for every program that uses its folder, and delete at once what exceeds it.

    Args:
        gigabytes: of 1,000,000,000 bytes; at least 0.1.

    Returns:
        The bytes that this freed.

    Raises:
        ConfigError: not a size.
        CoreError: it can't be written.
    """
    write_limit(gigabytes)
    return _evict(usage().limit)


def make_room(needed: int, what: str) -> bool:
    """Before writing so many bytes: clean up, delete the least recently used, and check that they fit on the disk.

    Args:
        needed: bytes.
        what: what needs them, for the message: "The 20 pictures of faces".

    Returns:
        Whether they fit the limit. Pictures larger than the limit are written all the same, with everything else deleted.

    Raises:
        DataError: the disk is too full.
        CoreError: the folder can't be made.
        ConfigError: the limit in the environment isn't a size.
    """
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    clean_leftovers()
    limit = usage().limit
    _evict(limit - needed)
    wanted = needed + min(RESERVE, needed)
    if free_bytes() < wanted:  # rather decode some pictures again later than fail now
        _evict(0, until_free=wanted)
    free = free_bytes()
    if free < wanted:
        raise DataError(
            f"{what} take {size_text(needed)} in the cache, and its disk has {size_text(free)} free.",
            "Free some space, take fewer (data.limit) or smaller ones, or let LABKHAND_CACHE name a folder on another disk.",
        )
    return needed <= limit


def over_limit_note(size: int) -> str:
    """What to say of pictures that take so many bytes, where `make_room` said that they don't fit the limit."""
    limit = size_text(usage().limit)
    return f"These pictures take {size_text(size)} in the cache, more than its limit of {limit}; they are kept all the same."


def clear() -> Cleared:
    """Delete all that isn't in use. Pictures are decoded again when they are opened the next time."""
    clean_leftovers(own_after=0)
    freed = _evict(0)
    return Cleared(freed, sum(store.bytes for store in stores()))


def clean_leftovers(own_after: float = OWN_AFTER_SECONDS) -> None:
    """Delete what imports that were killed left half-written, and answers about the program's own pictures of long ago."""
    now = time.time()
    for path in _unfinished():
        if now - _modified(path) > LEFT_AFTER_SECONDS:
            rows.remove(path)
    for path in _inside(cache_folder()):  # notes about pixels that are gone
        has_gone = _NOTES.fullmatch(path.name) and not path.with_suffix(".pixels").exists()
        if has_gone or (_OWN.fullmatch(path.name) and now - _modified(path) >= own_after):
            with contextlib.suppress(OSError):
                path.unlink()
    for path in _inside(drawn_base()):
        if path.name.startswith(".demo-") and path.is_dir() and now - _newest(path) > LEFT_AFTER_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def touch(path: Path) -> None:
    """Mark a store as used just now.

    Args:
        path: its notes, or the labels of drawn faces.
    """
    with contextlib.suppress(OSError):  # a cache that may only be read is used all the same
        os.utime(path)


def _evict(limit: int, until_free: int = 0) -> int:
    """Delete stores, the longest unused first, until the rest fits the limit (or the disk has `until_free` bytes)."""
    all_stores = stores()
    size, freed = sum(store.bytes for store in all_stores), 0
    for store in reversed(all_stores):
        if size <= limit or (until_free and free_bytes() >= until_free):
            break
        if not store.in_use and (_remove_drawn if store.drawn else _remove_decoded)(store.path):
            size -= store.bytes
            freed += store.bytes
    return freed


def _remove_decoded(path: Path) -> bool:
    return rows.remove(path, path.with_suffix(".json"))


def _remove_drawn(folder: Path) -> bool:
    """Delete the drawn faces' files; the folder is renamed first, so that nobody finds half of them."""
    beside = folder.with_name(f".{folder.name}.gone")
    try:
        shutil.rmtree(beside, ignore_errors=True)
        folder.rename(beside)
    except OSError:
        return False
    shutil.rmtree(beside, ignore_errors=True)
    return True


def _decoded(path: Path) -> Store | None:
    notes = path.with_suffix(".json")
    try:
        size = path.stat().st_size
    except OSError:  # deleted meanwhile
        return None
    about = _about(notes)
    return Store(
        path=path,
        bytes=size + _size(notes),
        used=_modified(notes) or _modified(path),
        in_use=rows.in_use(path),
        name=str(about.get("name", "")),
        root=str(about.get("root", "")),
        images=int(about.get("images", 0)),
        image_size=int(about.get("image_size", 0)),
        channels=int(about.get("channels", 0)),
        crop=str(about.get("crop", "")),
    )


def _about(notes: Path) -> dict[str, Any]:
    """The first line of the notes; empty where it says nothing."""
    try:
        with open(notes, encoding="ascii") as file:
            about = json.loads(file.readline(100_000))
    except (OSError, ValueError, RecursionError):
        return {}
    numbers = ("images", "image_size", "channels")
    return about if isinstance(about, dict) and all(isinstance(about.get(name, 0), int) for name in numbers) else {}


def _drawn(folder: Path) -> Store:
    labels = folder / "labels.csv"
    sizes = [_size(file) for part in _inside(folder) if part.is_dir() for file in _inside(part)]
    return Store(
        folder, sum(sizes) + _size(labels), _modified(labels), drawn=True, name="demo", root=str(folder), images=len(sizes)
    )


def _unfinished() -> list[Path]:
    """Files that are being written, or were when their process ended."""
    return [path for path in _inside(cache_folder()) if _UNFINISHED.fullmatch(path.name)]


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # there is none yet
        return []


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _newest(folder: Path) -> float:
    """When something in the folder, or in a folder in it, was last made."""
    inner = [folder, *(path for path in _inside(folder) if path.is_dir())]
    inner += [path for part in inner[1:] for path in _inside(part) if path.is_dir()]
    return max(_modified(path) for path in inner)

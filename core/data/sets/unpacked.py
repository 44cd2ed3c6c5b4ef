"""Pictures from one big file: unpacked once into the cache, row after row, and memory-mapped from then on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.data.cache import store as cache_store
from core.data.cache.decoded import Rows, rows_check
from core.data.cache.limit import cache_folder
from core.data.cache.rows import Pixels, give_back, hold, open_rows
from core.files import fingerprint, write_text, write_whole
from core.progress import Progress, Reporter
from core.wording import counted

VERSION = 1  # of what is written; after a change, old files aren't used
MAPPED_AROUND = 2**16  # bytes that Linux maps with each touch of a page (fault_around_bytes), if they are in memory


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """What was unpacked."""

    rows: Pixels  # (N, bytes of a row) uint8, read-only, on disk until it is looked at
    digest: str  # SHA-256 of all of them
    over_limit: bool = False


def imported(
    files: tuple[Path, ...],
    name: str,
    shape: tuple[int, int],
    blocks: Callable[[], Iterator[bytes]],
    progress: Progress | None = None,
) -> Imported:
    """The rows of some files; unpacked only where no earlier call did.

    Args:
        files: what is unpacked; a change of any of them is noticed by its size and time.
        name: for lists of the cache's contents.
        shape: rows, and bytes of each.
        blocks: gives all bytes, in blocks of whole rows; raises DataError where the files are damaged.
        progress: told how far; may raise Cancelled, and then nothing is left behind.

    Raises:
        DataError: raised by `blocks`, or the disk is too full.
        CoreError: the cache can't be written.
        Cancelled: raised by `progress`.
    """
    about = {"name": name, "root": os.path.realpath(files[0].parent), "images": shape[0]}
    key = fingerprint(("imported", str(VERSION), str(shape), *(_stamped(path) for path in files)))[:32]
    pixels_path, notes_path = cache_folder() / f"{key}.pixels", cache_folder() / f"{key}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # missing, torn or damaged: unpacked anew
        notes = json.loads(notes_path.read_bytes().partition(b"\n")[2])
        rows = open_rows(pixels_path, shape)
        if notes["check"] == rows_check(rows):
            cache_store.touch(notes_path)
            return Imported(rows, str(notes["digest"]))
    fits = cache_store.make_room(shape[0] * shape[1], f"The {counted(shape[0])} in {files[0].parent}")
    digest = hashlib.sha256()
    report = Reporter(progress, "Reading pictures", shape[0])

    def fill(beside: Path) -> None:
        notes_path.unlink(missing_ok=True)
        done = 0
        report(0, final=True)
        with open(beside, "wb") as file:
            hold(file.fileno(), shared=False)
            for block in blocks():
                file.write(block)
                digest.update(block)
                done += len(block)
                report(done // shape[1])

    write_whole(pixels_path, fill)
    rows = open_rows(pixels_path, shape)
    checks: dict[str, Any] = {"digest": digest.hexdigest(), "check": rows_check(rows)}
    write_text(notes_path, f"{json.dumps(about)}\n{json.dumps(checks)}")
    return Imported(rows, digest.hexdigest(), over_limit=not fits)


def take_rows(stored: Pixels, rows: Rows) -> Pixels:
    """Copy some rows, and give back the mapped memory, which is more than the rows themselves take.

    Args:
        stored: (M, bytes of a row), a map.
        rows: (B,) in any order.

    Returns:
        (B, bytes of a row), the caller's own.
    """
    copied: Pixels = np.take(stored, rows, axis=0)
    give_back(stored, copied.nbytes + len(rows) * MAPPED_AROUND)
    return copied


def _stamped(path: Path) -> str:
    status = path.stat()
    return f"{os.path.realpath(path)}\0{status.st_size}\0{status.st_mtime_ns}"

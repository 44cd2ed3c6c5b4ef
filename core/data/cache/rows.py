"""A file of pictures as an array: memory-mapped, its memory given back after use, and not deleted while in use."""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

if sys.platform != "win32":
    import fcntl

Pixels = npt.NDArray[np.uint8]

RESIDENT_BYTES = 64 * 2**20  # read out of a map before its pages are given back: memory stays flat in any epoch
_ASKS_LAST = 0.5  # seconds: asking whether a file is in use locks it for less


class _Map(mmap.mmap):
    """A memory map that counts what was read from it."""

    read_bytes = 0


def open_rows(path: Path, shape: tuple[int, ...]) -> Pixels:
    """The file as a read-only array on disk. As long as the array or a part of it lives, `remove` leaves the file alone.

    Args:
        path: a file of uint8 rows, one after the other.
        shape: (M, S, S, C).

    Raises:
        OSError: no such file, or it is being deleted right now.
        ValueError: the file's length is another.
    """
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size != np.prod(shape, dtype=np.int64):
            raise ValueError(f"{path} doesn't hold {shape[0]} pictures")
        hold(file.fileno(), shared=True)
        mapped = _Map(file.fileno(), 0, access=mmap.ACCESS_READ)  # has a handle of its own, which keeps the lock
    return np.ndarray(shape, np.uint8, buffer=mapped)


def give_back(images: Pixels, read: int) -> None:
    """Count bytes read from the array; once they are many, their memory goes back to the system.

    The pages stay in the system's file cache as long as there is room, so reading them again is quick; without this a
    process grows by the whole file in its first epoch. Does nothing for arrays that are in memory anyway.
    """
    base: object = images
    while isinstance(base, np.ndarray):
        base = base.base
    if not isinstance(base, _Map):
        return
    base.read_bytes += read
    if base.read_bytes >= RESIDENT_BYTES:
        base.read_bytes = 0
        if sys.platform != "win32":  # Windows does this by itself
            base.madvise(mmap.MADV_DONTNEED)


def hold(handle: int, shared: bool) -> None:
    """Mark an open file as in use until it is closed. Does nothing where the file system has no locks.

    Args:
        handle: of the file; a map made of it keeps the mark as long as it lives.
        shared: others may use it as well; otherwise the lock is exclusive, for writing or deleting.

    Raises:
        BlockingIOError: another process holds a lock that excludes this one.
    """
    if sys.platform == "win32":  # Windows deletes no open file, and its locks keep others from reading
        return
    deadline = time.perf_counter() + _ASKS_LAST
    while True:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if not shared or time.perf_counter() > deadline:
                raise
            time.sleep(0.01)
        except OSError as error:
            if error.errno in (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS):
                return
            raise


def in_use(path: Path) -> bool:
    """Whether somebody has the file open by `open_rows`, or writes it. (On Windows that isn't known: False.)"""
    try:
        with open(path, "rb") as file:
            hold(file.fileno(), shared=False)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def remove(path: Path, *beside: Path) -> bool:
    """Delete a file, and what belongs to it, unless it is in use or can't be deleted.

    Returns:
        Whether it is gone.
    """
    try:
        with open(path, "rb") as file:
            hold(file.fileno(), shared=False)
            if sys.platform != "win32":
                path.unlink()
        if sys.platform == "win32":
            path.unlink()
    except FileNotFoundError:
        pass
    except OSError:  # in use, or another user's
        return False
    for other in beside:
        with contextlib.suppress(OSError):
            other.unlink(missing_ok=True)
    return True

"""A lock on a run folder, so that one process trains in it at a time; it ends with its process, however that ends.

A second lock of the same kind says that a window watches the run.
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from core.errors import TrainingError
from core.files import cannot_write

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_NAME = ".lock"
WINDOW_NAME = ".window"  # held by the window that a run's process reports to
_FAR = 1 << 30  # Windows forbids reading locked bytes, so the locked one lies far behind the process id
_BUSY = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
LONGEST_PID = 10  # digits
_ASKS_LAST = 0.5  # seconds: asking whether there is a lock holds it for less


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock."""

    pid: int
    host: str

    @property
    def is_here(self) -> bool:
        """Whether the process runs on this computer: folders are shared over networks, process ids are not."""
        return self.host == platform.node()


class RunLock:
    """Holds a run folder as long as the `with` block runs.

    The file stays when the lock is released: deleting it would let two processes lock two files of one name.

    Args:
        folder: made if it isn't there.
        name: which lock.
    """

    def __init__(self, folder: Path, name: str = LOCK_NAME) -> None:
        self._path = Path(folder) / name
        self._handle: int | None = None

    def __enter__(self) -> RunLock:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock and write the process id into it.

        Raises:
            TrainingError: another live process holds it.
            CoreError: the folder can't be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        deadline = time.perf_counter() + _ASKS_LAST
        while not _try_lock(handle, shared=False):
            if time.perf_counter() > deadline:
                os.close(handle)
                raise TrainingError(
                    f"Another process{_by_whom(self._path)} trains in {self._path.parent} right now.",
                    "Wait until it ends, stop it, or choose another folder.",
                )
            time.sleep(0.02)
        self._handle = handle
        with contextlib.suppress(OSError):  # the process id is only information for people
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()} {platform.node()}".encode())

    def release(self, *, forget: bool = False) -> None:
        """Release the lock; harmless when it isn't held.

        Args:
            forget: remove the file as well. Only safe if two processes may hold a lock of this name.
        """
        if self._handle is None:
            return
        if forget:
            with contextlib.suppress(OSError):
                self._path.unlink()
        with contextlib.suppress(OSError):
            os.ftruncate(self._handle, 0)
        _unlock(self._handle)
        os.close(self._handle)
        self._handle = None


def is_locked(folder: Path, name: str = LOCK_NAME) -> bool:
    """Whether a live process holds the run folder right now."""
    try:
        handle = os.open(Path(folder) / name, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    except OSError:
        return False
    try:
        if not _try_lock(handle, shared=True):
            return True
        _unlock(handle)
        return False
    finally:
        os.close(handle)


def holder(folder: Path, name: str = LOCK_NAME) -> Holder | None:
    """Who holds the run folder, by what the lock file says; None where it says nothing. Doesn't check that the lock is held."""
    try:
        pid, _, host = (Path(folder) / name).read_text(encoding="utf-8", errors="replace").strip().partition(" ")
    except OSError:
        return None
    return Holder(int(pid), host) if pid.isdecimal() and len(pid) <= LONGEST_PID else None


def was_left(folder: Path) -> bool:
    """Whether a run goes on there whose window is gone: killed, or closed without stopping the run."""
    return is_locked(folder) and (Path(folder) / WINDOW_NAME).is_file() and not is_locked(folder, WINDOW_NAME)


def _by_whom(path: Path) -> str:
    """ " (process 123)" where the lock file says so."""
    owner = holder(path.parent, path.name)
    if owner is None:
        return ""
    return f" (process {owner.pid}{'' if owner.is_here else f' on {owner.host}'})"


if sys.platform == "win32":

    def _try_lock(handle: int, shared: bool) -> bool:
        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in _BUSY:
                return False
            raise
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True

    def _unlock(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        with contextlib.suppress(OSError):
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

else:

    def _try_lock(handle: int, shared: bool) -> bool:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            # Without locks (some network shares) training must still be possible.
            return error.errno not in _BUSY
        return True

    def _unlock(handle: int) -> None:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)

"""Files that are written atomically, and fingerprints."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from core.errors import CoreError


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UMASK = _umask()  # read once, at import: reading it means setting it, for all threads


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a file beside `path`, then put it in place in one step, flushed to the disk.

    Args:
        path: the file to appear or to be replaced.
        write: gets the path of an empty file in the same folder and fills it.

    Raises:
        CoreError: the folder can't be written or the disk is full. The old file, if any, stays as it was.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:32]}.", suffix=path.suffix[:8], dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        with open(temporary, "rb+") as filled:
            os.fsync(filled.fileno())
        temporary.chmod(0o666 & ~_UMASK)
        os.replace(temporary, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def remove_leftovers(path: Path) -> None:
    """Remove what processes that were killed inside of `write_whole(path, ...)` left beside it.

    Args:
        path: no process may be writing it now; its name may hold wildcards.
    """
    for left in path.parent.glob(f".{path.name[:32]}.{'?' * 8}{path.suffix[:8]}"):
        with contextlib.suppress(OSError):  # a leftover only takes up space
            left.unlink()


def append_line(path: Path, line: str) -> None:
    """Add a line to a text file, whole or not at all; half a line at its end, from a killed process, is removed.

    Raises:
        CoreError: the folder can't be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "ab+", buffering=0) as opened:  # unbuffered, to know what was written
            end = _end_of_lines(opened)
            if end < opened.seek(0, os.SEEK_END):
                opened.truncate(end)
            try:
                _write_all(opened, (line + "\n").encode())
            except OSError:
                opened.truncate(end)  # works on a full disk, too
                raise
    except OSError as error:
        raise cannot_write(path, error) from error


def _end_of_lines(opened: io.FileIO) -> int:
    """Length of the part of a file that consists of whole lines, in bytes."""
    end = opened.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - 65536)
        opened.seek(start)
        newline = opened.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def _write_all(opened: io.FileIO, data: bytes) -> None:
    """Write all data: a single write may be partial, as on a disk that is nearly full; the next one then raises why."""
    rest = memoryview(data)
    while rest:
        rest = rest[opened.write(rest) :]


def cannot_write(path: Path, error: OSError) -> CoreError:
    """The error for a file that couldn't be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return CoreError(f"The disk is full: {path} was not written.", "Free some space and try again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return CoreError(f"{path} can't be written: no permission.", "Choose another folder.")
    return CoreError(f"{path} can't be written: {error.strerror or error}.", "Choose another folder or free some space.")


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file whole. Raises CoreError as write_whole does."""

    def write(beside: Path) -> None:
        beside.write_text(text, encoding="utf-8")

    write_whole(path, write)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole. Raises CoreError."""

    def write(beside: Path) -> None:
        beside.write_bytes(content)

    write_whole(path, write)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole, indented. Raises CoreError as write_whole does."""
    write_text(path, to_json(value, indent=1) + "\n")


def to_json(value: Any, indent: int | None = None) -> str:
    """JSON text that UTF-8 can always hold: file names that aren't valid text keep their bytes as escapes."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def expanded(path: str | Path) -> Path:
    """A path as a person writes it, with `~` for the home folder. For an unknown user (`~nobody/x`) it stays as it is."""
    return Path(os.path.expanduser(path))  # Path.expanduser would raise a RuntimeError


def printable(name: str) -> str:
    """A file's name as text that can be shown and written anywhere, whatever bytes the file system has it in.

    Python keeps such bytes as lone surrogates, and Qt shows nothing of a text that holds one.
    """
    if name.isascii():
        return name
    return "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= letter <= "\udfff" else letter for letter in name)


def fingerprint(parts: Iterable[str]) -> str:
    """SHA-256 (64 hex digits) over texts, with separators, so that different lists give different hashes."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()

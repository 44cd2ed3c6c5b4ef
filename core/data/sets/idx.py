"""MNIST's own files, idx: a header that gives the sizes, then bytes; gzipped or not. No header is trusted.

The format (Y. LeCun, yann.lecun.com/exdb/mnist): two zero bytes, a type (8 = unsigned bytes), the number of dimensions, each
dimension's size as a big-endian 32-bit number, the values.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from core.errors import DataError

UNSIGNED_BYTES = 8
BLOCK_BYTES = 4 * 2**20
MOST_DEFLATED = 1032  # highest ratio by which gzip can compress
LARGEST_SIDE = 512  # pixels
HINT = "Get the file anew."


@dataclass(frozen=True, slots=True)
class IdxHeader:
    """A file's header, checked against its length."""

    path: Path
    sizes: tuple[int, ...]  # the first one counts pictures or labels
    bytes: int  # of the header

    @property
    def row_bytes(self) -> int:
        """Bytes of one picture or label."""
        return int(np.prod(self.sizes[1:], dtype=object))


def read_header(path: Path, dimensions: int) -> IdxHeader:
    """The header of a file, if the file's length fits it.

    Args:
        path: gzipped or not.
        dimensions: 3 for pictures, 1 for labels.

    Raises:
        DataError: not such a file, of another kind, or too short for what it claims.
    """
    length = 4 + 4 * dimensions
    with _opened(path) as file:
        head = file.read(length)
    if len(head) < 4 or head[:2] != b"\0\0":
        raise DataError(f"{path} is no idx file.", f"{HINT} MNIST's files are named like train-images-idx3-ubyte.gz.")
    if head[2] != UNSIGNED_BYTES or head[3] != dimensions:
        raise DataError(
            f"{path} holds values of type {head[2]} in {head[3]} dimensions, not bytes (type {UNSIGNED_BYTES}) in {dimensions}.",
            "Pictures have 3 dimensions and labels 1.",
        )
    if len(head) < length:
        raise DataError(f"{path} ends within its header.", HINT)
    sizes = struct.unpack(f">{dimensions}I", head[4:])
    if 0 in sizes or any(side > LARGEST_SIDE for side in sizes[1:]):
        raise DataError(f"{path} claims sizes of {' x '.join(map(str, sizes))}.", HINT)
    header = IdxHeader(path, sizes, length)
    wanted, there = header.bytes + sizes[0] * header.row_bytes, path.stat().st_size
    if wanted > there * (MOST_DEFLATED if _is_gzip(path) else 1):
        raise DataError(f"{path} claims {sizes[0]:,} entries, more than it can hold.", HINT)
    return header


def read_blocks(header: IdxHeader) -> Iterator[bytes]:
    """The values of a file in blocks of whole rows.

    Raises:
        DataError: it is damaged, or is shorter or longer than its header says.
    """
    per_block = max(1, BLOCK_BYTES // header.row_bytes)
    with _opened(header.path) as file:
        file.read(header.bytes)
        for start in range(0, header.sizes[0], per_block):
            wanted = min(per_block, header.sizes[0] - start) * header.row_bytes
            block = file.read(wanted)
            if len(block) < wanted:
                there = start + len(block) // header.row_bytes
                raise DataError(f"{header.path} claims {header.sizes[0]:,} entries and ends after {there:,}.", HINT)
            yield block
        if file.read(1):
            raise DataError(f"{header.path} goes on after the {header.sizes[0]:,} entries that it claims.", HINT)


def read_labels(header: IdxHeader) -> npt.NDArray[np.uint8]:
    """The labels in a file, (N,), all at once: check their number before. Raises DataError as `read_blocks`."""
    return np.frombuffer(b"".join(read_blocks(header)), np.uint8)


def _is_gzip(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(2) == b"\x1f\x8b"


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, unpacked while it is read if it is gzipped, whatever its name says. Errors within become a DataError."""
    try:
        with open(path, "rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if not packed:
                yield raw
                return
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield cast(BinaryIO, unpacked)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is damaged: {str(error).rstrip('.')}.", HINT) from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}.", "Check its permissions.") from error

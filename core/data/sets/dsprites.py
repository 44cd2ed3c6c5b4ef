"""The published dSprites file, `dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz`, for those who have it.

Two arrays are read: `imgs` (N, 64, 64), uint8 of 0 and 1, and `latents_classes` (N, 6), int64. They are streamed: the 3
GB of `imgs` never lie in memory, and become 380 MB in the cache, eight pixels a byte. The array `metadata` is a pickled
object: it isn't opened, so nothing in the file can run.
"""

from __future__ import annotations

import lzma
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from core.data.lazy_rows import MadeRows, Pixels, Rows
from core.data.sets.sprites import COUNT, FACTORS, GRID, SIDE
from core.data.sets.unpacked import Imported, imported, take_rows
from core.errors import DataError
from core.progress import Progress
from core.wording import counted

PACKED = SIDE * SIDE // 8  # bytes of a picture
COLUMNS = 1 + len(FACTORS)  # colour comes first
BLOCK_ROWS = 4096
HINT = "Get it anew from github.com/google-deepmind/dsprites-dataset."
LOCKED = 0x1  # bit of a member's flags
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, UnicodeDecodeError)
_NO_HEADER = (ValueError, SyntaxError, tokenize.TokenError, RecursionError, MemoryError)  # NumPy parses it as Python source


@dataclass(frozen=True, slots=True, eq=False)
class DspritesFile:
    """What a file holds, N pictures."""

    stored: Imported  # (N, 512), eight pixels a byte
    factors: npt.NDArray[np.int32]  # (N, 5) without the colour


def read_dsprites(path: Path, progress: Progress | None = None) -> DspritesFile:
    """Read a file of that layout; N may be smaller than in the published one.

    Raises:
        DataError: no such file, a damaged one, or another layout.
        CoreError: the cache can't be written.
        Cancelled: raised by `progress`.
    """
    if not path.is_file():
        raise DataError(f"There is no file {path}.", "Check the path, or use sprites for those that the program draws.")
    with _classes(path) as (shape, dtype, file):
        parts = [
            np.frombuffer(block, dtype).reshape(-1, COLUMNS).astype(np.int32)
            for block in _blocks(path, file, shape[0], COLUMNS * dtype.itemsize)
        ]
    classes = np.concatenate([np.zeros((0, COLUMNS), np.int32), *parts])
    if not len(classes) or classes.min() < 0 or (classes >= (1, *GRID)).any():
        raise DataError(f"The factors in {path} are not those of dSprites.", HINT)
    with _array(path, "imgs") as (shape, dtype, _file):
        if shape != (len(classes), SIDE, SIDE) or dtype != np.uint8:
            raise _other_layout(path, "imgs", shape, dtype)

    def packed() -> Iterator[bytes]:
        with _array(path, "imgs") as (shape, _dtype, file):
            for block in _blocks(path, file, shape[0], SIDE * SIDE):
                pixels = np.frombuffer(block, np.uint8)
                if pixels.max() > 1:
                    raise DataError(f"The pictures in {path} have more than two levels.", HINT)
                yield np.packbits(pixels).tobytes()

    return DspritesFile(imported((path,), path.stem, (len(classes), PACKED), packed, progress), classes[:, 1:].copy())


def count_in(path: Path) -> int:
    """How many pictures a file of that layout says it holds; no values are read. Raises DataError as `read_dsprites`."""
    with _classes(path) as (shape, _dtype, _file):
        return shape[0]


class DspritesRows(MadeRows):
    """Pictures of a file, 0 and 255.

    Args:
        stored: (M, 512).
        rows: which of them, (N,).
        size: side that they are scaled to.
        channels: 1 or 3.
    """

    def __init__(self, stored: Pixels, rows: Rows, size: int, channels: int) -> None:
        super().__init__(len(rows), SIDE, size, channels)
        self._stored, self._rows = stored, rows

    def _make(self, rows: Rows) -> Pixels:
        packed = take_rows(self._stored, self._rows[rows])
        pictures: Pixels = np.unpackbits(packed, axis=1).reshape(-1, SIDE, SIDE) * np.uint8(255)
        return pictures


@contextmanager
def _classes(path: Path) -> Iterator[tuple[tuple[int, ...], np.dtype[np.generic], BinaryIO]]:
    """The array of factors, as `_array`; its shape is (N, 6)."""
    with _array(path, "latents_classes") as (shape, dtype, file):
        if len(shape) != 2 or shape[0] > COUNT or shape[1] != COLUMNS or dtype.kind not in "iu":
            raise _other_layout(path, "latents_classes", shape, dtype)
        yield shape, dtype, file


@contextmanager
def _array(path: Path, name: str) -> Iterator[tuple[tuple[int, ...], np.dtype[np.generic], BinaryIO]]:
    """An array's shape, type and the stream of its values, still unread. A file that can't be read is a DataError."""
    try:
        with _archive(path) as archive, _member(archive, path, f"{name}.npy") as stream:
            shape, by_columns, dtype = _header(path, stream)
            if dtype.hasobject or by_columns:
                raise _other_layout(path, name, shape, dtype)
            yield shape, dtype, stream
    except _DAMAGED as error:
        raise DataError(f"{path} is damaged: {str(error).rstrip('.')}.", HINT) from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}.", "Check its permissions.") from error


def _archive(path: Path) -> zipfile.ZipFile:
    """The file as an archive. Raises DataError where it is of a later version than zipfile knows."""
    try:
        return zipfile.ZipFile(path)
    except NotImplementedError as error:
        raise _packed_otherwise(path, str(error)) from None


def _member(archive: zipfile.ZipFile, path: Path, name: str) -> BinaryIO:
    """A file in the archive, as a stream that unpacks it. Raises DataError where there is none, or none that can be unpacked."""
    try:
        if archive.getinfo(name).flag_bits & LOCKED:
            raise _packed_otherwise(path, "it is locked with a password")
        return cast(BinaryIO, archive.open(name))
    except KeyError:
        raise DataError(f"{path} holds no array named {name.removesuffix('.npy')}.", f"It is not dSprites' file. {HINT}") from None
    except NotImplementedError as error:
        raise _packed_otherwise(path, str(error)) from None


def _packed_otherwise(path: Path, why: str) -> DataError:
    return DataError(f"{path} can't be unpacked: {why.rstrip('.')}.", HINT)


def _header(path: Path, stream: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """An array's shape, whether it is stored by columns, and its type."""
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        return read(stream)
    except _NO_HEADER as error:
        why = str(error).splitlines()[0].rstrip(".") if isinstance(error, ValueError) else "an array's header can't be read"
        raise DataError(f"{path} is damaged: {why}.", HINT) from None


def _blocks(path: Path, file: BinaryIO, count: int, row_bytes: int) -> Iterator[bytes]:
    """Blocks of whole rows, small enough for any memory. No memory is reserved by what a header claims."""
    for start in range(0, count, BLOCK_ROWS):
        wanted = min(BLOCK_ROWS, count - start) * row_bytes
        block = file.read(wanted)
        if len(block) < wanted:
            raise DataError(f"{path} claims {counted(count)} and ends after {start + len(block) // row_bytes:,}.", HINT)
        yield block


def _other_layout(path: Path, name: str, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> DataError:
    return DataError(f"In {path} the array {name} is {shape} of {dtype}, which is not dSprites' layout.", HINT)

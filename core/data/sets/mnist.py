"""The source `mnist:FOLDER`: a folder of idx files, MNIST's own or others of the same names and layout (Fashion-MNIST, KMNIST).

Pictures are set into the middle of the smallest square whose side is a multiple of 16, MNIST's 28 into 32, and that square is
scaled where another size is asked for. Both of MNIST's parts are used where both are there: `train-*` for training and
`t10k-*` for validation, as is usual, whatever `valid_fraction` says; a single part is split like any other pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.data.lazy_rows import MadeRows, Pixels, Rows
from core.data.sets.digit_files import PARTS, digits_file, digits_folder
from core.data.sets.factors import Factor
from core.data.sets.idx import IdxHeader, read_blocks, read_header, read_labels
from core.data.sets.unpacked import Imported, imported, take_rows
from core.errors import DataError
from core.progress import Progress

NAME_TEXT = "digit {digit}, number {row}"
STEP = 16  # pixels: the sides that models take are multiples of it


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """A folder's N pictures, one part after the other."""

    stored: Imported  # (N, height * width)
    height: int
    width: int
    digits: npt.NDArray[np.uint8]  # (N,)
    part: npt.NDArray[np.int8]  # (N,) index into PARTS

    @property
    def factor(self) -> Factor:
        """The factor `digit`; labels beyond 9 become values of it, too."""
        return Factor("digit", tuple(str(value) for value in range(max(10, int(self.digits.max()) + 1))))


def read_digits(folder: Path, name: str, progress: Progress | None = None) -> Digits:
    """Read the parts that exist.

    Raises:
        DataError: no folder, no such files, or damaged ones; pictures without labels or of several sizes.
        CoreError: the cache can't be written.
        Cancelled: raised by `progress`.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.", "Give the folder where MNIST's idx files lie.")
    place = digits_folder(folder)
    if place is None:
        raise DataError(
            f"{folder} holds none of MNIST's files.", "They are named train-images-idx3-ubyte and t10k-images-idx3-ubyte, or .gz."
        )
    headers: list[IdxHeader] = []
    digits: list[npt.NDArray[np.uint8]] = []
    parts: list[npt.NDArray[np.int8]] = []
    for number, part in enumerate(PARTS):
        pictures = digits_file(place, part, "images-idx3")
        if pictures is None:
            continue
        labels = digits_file(place, part, "labels-idx1")
        if labels is None:
            raise DataError(f"{pictures} has no labels beside it.", f"Put {part}-labels-idx1-ubyte.gz there.")
        header, beside = read_header(pictures, 3), read_header(labels, 1)
        if beside.sizes != header.sizes[:1]:
            counts = f"{header.sizes[0]:,} pictures and {labels.name} {beside.sizes[0]:,} labels"
            raise DataError(f"{pictures} has {counts}.", "Get both anew.")
        headers.append(header)
        digits.append(read_labels(beside))
        parts.append(np.full(header.sizes[0], number, np.int8))
    sizes = {header.sizes[1:] for header in headers}
    if len(sizes) > 1:
        raise DataError(f"The pictures in {place} are of two sizes.", "Keep one of the parts there.")

    def blocks() -> Iterator[bytes]:
        for header in headers:
            yield from read_blocks(header)

    ((height, width),) = sizes
    shape = (sum(header.sizes[0] for header in headers), height * width)
    stored = imported(tuple(header.path for header in headers), name, shape, blocks, progress)
    return Digits(stored, height, width, np.concatenate(digits), np.concatenate(parts))


class DigitRows(MadeRows):
    """Pictures of a folder.

    Args:
        digits: what was read.
        rows: which of them, (N,).
        size: side that they are scaled to.
        channels: 1 or 3.
    """

    def __init__(self, digits: Digits, rows: Rows, size: int, channels: int) -> None:
        self._side = STEP * -(-max(digits.height, digits.width) // STEP)
        super().__init__(len(rows), self._side, size, channels)
        self._stored, self._height, self._width, self._rows = digits.stored.rows, digits.height, digits.width, rows

    def _make(self, rows: Rows) -> Pixels:
        pictures = take_rows(self._stored, self._rows[rows])
        squares = np.zeros((len(rows), self._side, self._side), np.uint8)
        top, left = (self._side - self._height) // 2, (self._side - self._width) // 2
        inner = squares[:, top : top + self._height, left : left + self._width]
        inner[:] = pictures.reshape(len(rows), self._height, self._width)
        return squares

"""A run's preview sheets: read off the window's thread, the most urgent first, and a bounded number of them in memory."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from core.errors import CoreError
from core.runs.previews import layout_of, missing
from explorer.tasks import run_task

CAPACITY = 64  # sheets in memory
BYTES = 128 * 2**20  # limit of their memory, whatever their number


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A preview cut into its pictures: rows of the same length."""

    epoch: int
    rows: tuple[tuple[QImage, ...], ...]
    names: tuple[str, ...] = ()
    """Names of the rows, from the sheet's metadata."""
    is_gone: bool = False
    """The file has been deleted: a run thins out its old previews."""


def read_sheet(epoch: int, path: Path) -> Sheet:
    """Read and cut a preview; for a worker thread. A file that is no preview gives a sheet without pictures."""
    whole = QImage(str(path))
    try:
        named_layout = None if whole.isNull() else layout_of(path, whole.width(), whole.height())
    except CoreError:
        named_layout = None
    if named_layout is None:
        return Sheet(epoch, (), is_gone=not path.exists())
    cut, names = named_layout
    return Sheet(
        epoch,
        tuple(
            tuple(whole.copy(*cut.corner(row, column), cut.side, cut.side) for column in range(cut.columns))
            for row in range(cut.rows)
        ),
        names,
    )


def spread_order(count: int) -> list[int]:
    """0 to count - 1, ordered so that any first part of the list covers the range: first the ends, then halves, quarters..."""
    order = dict.fromkeys((0, count - 1) if count else ())
    step = 1 << max(0, count - 1).bit_length()
    while step:
        order.update(dict.fromkeys(range(0, count, step)))
        step //= 2
    return list(order)


class SheetShelf(QObject):
    """Knows the files of a run's sheets, and keeps some in memory.

    Signals:
        sheet_read(int): the sheet of an epoch is in memory now.
        sheets_gone(): files have been deleted; `epochs` is shorter now.
    """

    sheet_read = Signal(int)
    sheets_gone = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths: dict[int, Path] = {}
        self._epochs: list[int] = []
        self._sheets: dict[int, Sheet] = {}  # the least recently used first
        self._wanted: list[int] = []
        self._reading: tuple[int, Path] | None = None
        self._is_stale = False  # the file being read has been replaced meanwhile
        self._is_looking = False
        self._room = CAPACITY

    @property
    def epochs(self) -> list[int]:
        """In rising order."""
        return self._epochs

    @property
    def paths(self) -> dict[int, Path]:
        """Where the sheets lie, by epoch, in rising order."""
        return self._paths

    @property
    def room(self) -> int:
        """How many sheets fit into memory."""
        return self._room

    def set_paths(self, paths: dict[int, Path]) -> None:
        """The sheets of another run, or of the same run, read anew."""
        self._paths = dict(sorted(paths.items()))
        self._epochs = list(self._paths)
        self._sheets.clear()
        self._wanted = []
        self._is_stale = self._reading is not None
        self._room = CAPACITY

    def add(self, epoch: int, path: Path) -> None:
        """Add the sheet of a new epoch; sheets of this and later epochs are dropped."""
        self._is_stale = self._is_stale or (self._reading is not None and self._reading[0] >= epoch)
        self._sheets = {old: sheet for old, sheet in self._sheets.items() if old < epoch}
        self._paths = {old: at for old, at in self._paths.items() if old < epoch} | {epoch: path}
        self._epochs = list(self._paths)

    def sheet(self, epoch: int) -> Sheet | None:
        """The sheet of an epoch if it is in memory."""
        sheet = self._sheets.pop(epoch, None)
        if sheet is not None:
            self._sheets[epoch] = sheet
        return sheet

    def nearest(self, epoch: int) -> Sheet | None:
        """The nearest sheet in memory, counted in sheets; None: there is none."""
        place = bisect_left(self._epochs, epoch)
        near = min(self._sheets, key=lambda other: abs(bisect_left(self._epochs, other) - place), default=None)
        return self.sheet(near) if near is not None else None

    def want(self, epochs: Iterable[int]) -> None:
        """Request sheets, in this order; earlier requests that aren't among them are dropped."""
        self._wanted = [epoch for epoch in dict.fromkeys(epochs) if epoch in self._paths][: self._room]
        self._read_next()

    def look_for_gone(self) -> None:
        """Check which sheets still exist on the disk."""
        if self._is_looking:
            return
        self._is_looking = True
        paths = list(self._paths.values())
        run_task(self, lambda _: missing(paths), done=self._on_missing_found, failed=self._on_looking_failed, name="previews")

    def _read_next(self) -> None:
        if self._reading is not None:
            return
        epoch = next((epoch for epoch in self._wanted if epoch not in self._sheets and epoch in self._paths), None)
        if epoch is None:
            return
        path = self._paths[epoch]
        self._reading, self._is_stale = (epoch, path), False
        run_task(self, lambda _: read_sheet(epoch, path), done=self._on_read, failed=self._on_reading_failed, name="preview")

    def _on_read(self, sheet: Sheet) -> None:
        self._take(sheet)

    def _on_reading_failed(self, error: BaseException) -> None:
        if self._reading is not None:
            self._take(Sheet(self._reading[0], ()))

    def _take(self, sheet: Sheet) -> None:
        is_ours, self._reading = not self._is_stale, None
        if is_ours and sheet.epoch in self._paths:
            if sheet.is_gone:
                self._drop([sheet.epoch])
            else:
                self._put(sheet)
                self.sheet_read.emit(sheet.epoch)
        self._read_next()

    def _put(self, sheet: Sheet) -> None:
        size = sum(image.sizeInBytes() for row in sheet.rows for image in row)
        if size:
            self._room = max(4, min(CAPACITY, BYTES // size))
        self._sheets[sheet.epoch] = sheet
        while len(self._sheets) > self._room:
            unwanted = (epoch for epoch in self._sheets if epoch not in self._wanted)
            del self._sheets[next(unwanted, next(iter(self._sheets)))]

    def _drop(self, epochs: Sequence[int]) -> None:
        for epoch in epochs:
            self._paths.pop(epoch, None)
            self._sheets.pop(epoch, None)
        self._epochs = list(self._paths)
        self.sheets_gone.emit()

    def _on_missing_found(self, gone: set[Path]) -> None:
        self._is_looking = False
        epochs = [epoch for epoch, path in self._paths.items() if path in gone]
        if epochs:
            self._drop(epochs)

    def _on_looking_failed(self, error: BaseException) -> None:
        self._is_looking = False

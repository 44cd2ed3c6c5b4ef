"""Two classes that a person sorts pictures into: read from the folder's `labels.csv` and written there, so that nothing is lost."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.data.folders import Aside, PassedOver, arrange
from core.data.index import scan
from core.data.labels.attributes import (
    CLASS_COLUMN,
    FILE_COLUMN,
    FILE_COLUMNS,
    LABELS_NAME,
    PERSON_COLUMNS,
    file_column,
    find_labels,
    positive_class,
)
from core.data.labels.celeba import find_celeba
from core.data.labels.columns import INDEX_NAMES, MISSING
from core.data.labels.names import folded
from core.data.labels.table import DELIMITERS, read_table
from core.data.sources import Kind, kind_of
from core.errors import CoreError, DataError
from core.files import fingerprint, printable, write_whole
from core.progress import Progress

Answers = npt.NDArray[np.int8]  # NONE, 0 for the first class or 1 for the second

NONE = -1
USUAL_NAMES = ("smile", "no smile")
LINK = "pictures"  # in a folder of labels: the link to the folder of pictures that can't be written
_RESERVED = frozenset((CLASS_COLUMN, *PERSON_COLUMNS, *FILE_COLUMNS, *INDEX_NAMES))  # columns that mean something else


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of labels as it lies in the folder."""

    header: list[str]
    rows: list[list[str]]
    file_at: int
    row_of: dict[int, int]  # number of the picture -> number of the row about it


@dataclass(frozen=True, slots=True)
class NameProblem:
    """Why two classes can't have the names that were chosen."""

    text: str
    """In a sentence, with what to do."""
    which: int | None
    """The name that is at fault: 0 for the first class's, 1 for the second's, None for both."""


class TwoClasses:
    """The pictures of a folder in two classes, as its table of labels tells them.

    Attributes:
        source: what the program reads the pictures with their labels from: the folder, or the one beside (`is_elsewhere`).
        files: N posix paths relative to it, of the pictures that a table can name.
        table: the file that is written.
        passed_over: pictures of the folder that aren't among them, and why.
        is_elsewhere: whether that isn't in the folder that was asked for, which can't be written.
        names: of the two classes.
        answers: (N,) of each picture.
        folders: the subfolders that are classes of these pictures already, where the table tells no two classes besides; else ().
    """

    def __init__(
        self, root: Path, files: Sequence[str], is_elsewhere: bool = False, passed_over: Sequence[PassedOver] = ()
    ) -> None:
        """Read what is there. Raises DataError as `read_table` and `file_column` do."""
        self.source = str(root)
        self.files = tuple(filter(_can_be_named, files))
        self.is_elsewhere = is_elsewhere
        self.passed_over = tuple(passed_over)
        self.table = find_labels(root)[0] or root / LABELS_NAME
        self._all_files = tuple(files)
        folders = arrange(files, Aside()).classes
        self._folders_are_classes = len(folders) > 1
        self._number = {file: at for at, file in enumerate(self._all_files)}
        self._lock = threading.Lock()
        read = self._read()
        self._columns = tuple(read.header)
        self._column, self.names = self._find_column(read)
        self.folders = tuple(filter(None, folders)) if self._folders_are_classes and not self._column else ()
        self._words = {folded(name) for name in self.names}  # that mean one of the classes, also by earlier names
        self.answers = np.full(len(self.files), NONE, np.int8)
        if self._column:
            at = read.header.index(self._column)
            meaning = {folded(name): number for number, name in enumerate(self.names)}
            for place, file in enumerate(self.files):
                row = read.row_of.get(self._number[file])
                if row is not None:
                    self.answers[place] = meaning.get(folded(read.rows[row][at]), NONE)

    def name_of(self, at: int) -> str:
        """A picture's file for people: in the folder that was asked for, also where links lead to it; printable."""
        file = self.files[at]
        return printable(file.removeprefix(f"{LINK}/") if self.is_elsewhere else file)

    def problem(self, names: tuple[str, str]) -> NameProblem | None:
        """Why the classes can't have these names; None if they can."""
        for which, name in enumerate(names):
            if not name.strip():
                return NameProblem("Give both classes a name.", which)
            if folded(name) in MISSING:
                return NameProblem(f"“{name}” stands for unknown in {self.table.name}: choose another name.", which)
            if not _can_be_named(name):
                return NameProblem(f"“{printable(name)}” can't be written into {self.table.name}: choose another name.", which)
        if folded(names[0]) == folded(names[1]):
            return NameProblem("The two classes need different names.", None)
        if self._column_for(names) == CLASS_COLUMN or (self._column and folded(self._column) == CLASS_COLUMN):
            return None
        if folded(names[0]) in _RESERVED or any(letter in names[0] for letter in DELIMITERS):
            text = f"“{names[0]}” can't be the name of a column in {self.table.name}: choose another name."
            return NameProblem(text, 0)
        others = {folded(column) for column in self._columns if column != self._column}
        if folded(names[0]) in others:
            text = f"{self.table.name} has a column “{names[0]}” already: choose another name for the first class."
            return NameProblem(text, 0)
        return None

    def write(self, names: tuple[str, str], answers: Answers) -> None:
        """Write the table, in one step; what else stands in it stays. For one worker at a time.

        Args:
            names: of the two classes; other ones than before rename them.
            answers: (N,); a picture without one gets an empty cell.

        Raises:
            CoreError: the folder can't be written, the table has become unreadable, or the names can't be used.
        """
        with self._lock:
            problem = self.problem(names)
            if problem is not None:
                raise DataError(f"{self.table} was not written.", problem.text)
            read = self._read()
            header, rows = list(read.header), [list(row) for row in read.rows]
            column = self._column_for(names)
            if self._column and self._column in header:
                at = header.index(self._column)
                header[at] = column
            elif column in header:
                at = header.index(column)
            else:
                at = len(header)
                header.append(column)
                rows = [[*row, ""] for row in rows]
            words = self._words | {folded(name) for name in names}
            for file, answer in zip(self.files, answers.tolist(), strict=True):
                row = read.row_of.get(self._number[file])
                if row is None:
                    if answer == NONE:
                        continue
                    row = len(rows)
                    rows.append([""] * len(header))
                    rows[row][read.file_at] = file
                cell = rows[row][at]
                if answer == NONE:
                    rows[row][at] = "" if folded(cell) in words else cell
                elif folded(cell) != folded(names[answer]):
                    rows[row][at] = names[answer]
            if rows:
                _write_table(self.table, header, rows)
            self._column, self._columns = column, tuple(header)
            self.names, self.answers, self._words = names, answers.copy(), words

    def _column_for(self, names: tuple[str, str]) -> str:
        """The column that tells classes of these names: `class` where no folders do, else one called as the first class."""
        if self._column and folded(self._column) == CLASS_COLUMN:
            return self._column
        has_class = any(folded(column) == CLASS_COLUMN for column in self._columns)
        return names[0] if self._column or self._folders_are_classes or has_class else CLASS_COLUMN

    def _read(self) -> _Table:
        if not self.table.exists():
            return _Table([FILE_COLUMN], [], 0, {})
        header, rows = read_table(self.table)
        special = {folded(name): at for at, name in reversed(list(enumerate(header)))}
        class_at = special.get(CLASS_COLUMN) if self._folders_are_classes else None
        folders = ["" if class_at is None else row[class_at] for row in rows]
        file_at, matches = file_column(self.table, header, rows, folders, self._all_files)
        return _Table(header, rows, file_at, matches.rows)

    def _find_column(self, read: _Table) -> tuple[str, tuple[str, str]]:
        """The column that tells two classes already, "" if none does, and the names of the classes."""
        classes_column, names = "", USUAL_NAMES
        for at, column in enumerate(read.header):
            name = folded(column)
            is_class = name == CLASS_COLUMN and not self._folders_are_classes
            if at == read.file_at or (name in _RESERVED and not is_class):
                continue
            spelled: dict[str, str] = {}
            for row in read.rows:
                if row[at] and (is_class or folded(row[at]) not in MISSING):
                    spelled.setdefault(folded(row[at]), row[at])
            if len(spelled) > 2 or not (is_class or name in spelled):
                continue
            first = positive_class(list(spelled.values())) if is_class else spelled[name]
            words = sorted(spelled.values(), key=lambda word: word != first)
            usual = [word for word in reversed(USUAL_NAMES) if folded(word) not in spelled]
            while len(words) < 2:
                words.append(usual.pop(0))
            classes_column, names = column, (words[0], words[1])
            if is_class:
                break
        return classes_column, names


def open_two_classes(source: str, elsewhere: Path, progress: Progress | None = None) -> TwoClasses:
    """List a folder's pictures, with the classes that its table of labels tells.

    Args:
        source: the folder.
        elsewhere: where a folder for the labels is made if this one can't be written; it holds links to the pictures.
        progress: told how far; may raise Cancelled.

    Raises:
        DataError: no folder, no pictures, a table that can't be read, labels of CelebA that count instead.
        CoreError: neither folder can be written.
        Cancelled: raised by `progress`.
    """
    if kind_of(source) is not Kind.FOLDER:
        raise DataError(f"{source} has labels of its own.", "Choose a folder of pictures to sort.")
    index = scan(source, "", progress)
    celeba = find_celeba(index.root)
    if celeba is not None and celeba.attributes is not None and (celeba.is_own_layout or find_labels(index.root)[0] is None):
        raise DataError(
            f"{source} has the labels of CelebA, which count.",
            "To sort its pictures anew, copy some into a folder of your own.",
        )
    if _can_write(index.root):
        return TwoClasses(index.root, index.files, passed_over=index.passed_over)
    place = _linked_folder(index.root, index.files, elsewhere)
    return TwoClasses(place, scan(str(place), "", progress).files, is_elsewhere=True, passed_over=index.passed_over)


def _linked_folder(root: Path, files: Sequence[str], elsewhere: Path) -> Path:
    """A folder that can be written, whose links lead to the pictures; a table of labels there is copied once."""
    root = root.resolve()
    number = fingerprint([str(root)])[:8]
    place = elsewhere / f"{root.name or LINK}-{number}"  # of earlier versions
    if not place.is_dir():
        place = elsewhere / number / (root.name or LINK)  # so that the data set is called as the folder
    tops = {file.partition("/")[0] for file in files if "/" in file} or {""}
    try:
        place.mkdir(parents=True, exist_ok=True)
        for top in sorted(tops):
            link = place / (top or LINK)
            if not link.is_symlink() and not link.exists():
                link.symlink_to(root / top, target_is_directory=True)
        table = find_labels(root)[0]
        if table is not None and find_labels(place)[0] is None:
            shutil.copyfile(table, place / table.name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CoreError(
            f"{root} can't be written, and neither can a folder for its labels, {place} ({reason}).",
            "Copy the pictures into a folder of your own.",
        ) from error
    return place


def _can_write(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _can_be_named(text: str) -> bool:
    """Whether a cell of a table can hold a text so that it is read again as it is."""
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes of a file system that are no text
        return False
    return text == text.strip() and not any(letter in text for letter in "\\\n\r\0") and not text.startswith("./")


def _write_table(path: Path, header: list[str], rows: list[list[str]]) -> None:
    """Write a table in the first spelling that is read as it was meant."""
    usual = "\t" if path.suffix.lower() == ".tsv" else ","

    def write(beside: Path) -> None:
        for delimiter in dict.fromkeys((usual, *DELIMITERS)):
            text = io.StringIO()
            csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
            beside.write_text(text.getvalue(), encoding="utf-8", newline="\n")
            try:
                if read_table(beside) == (header, rows):
                    return
            except DataError:
                continue
        raise DataError(f"{path} was not written: it couldn't be read again.", "Save it as plain CSV first.")

    write_whole(Path(os.path.realpath(path)), write)  # a link to a table stays one

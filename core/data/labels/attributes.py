"""What the labels say about each picture: `labels.csv`, and which class is the one *with* the attribute."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from core.data.folders import Parts
from core.data.labels.columns import Column, Values, read_column, says_smile, yes_of_two
from core.data.labels.names import Matches, composed, count_named, folded, match_rows
from core.data.labels.report import LabelReport, UnusedColumn
from core.data.labels.table import read_table
from core.errors import DataError

Groups = npt.NDArray[np.int32]

LABELS_NAME = "labels.csv"
LABEL_NAMES = (LABELS_NAME, "labels.tsv", "labels.txt")  # in any case; the first that is there
MOST_FOLDERS = 64  # that are looked through for tables which nobody reads
OTHER_TABLES = (".csv", ".tsv", ".xlsx", ".xls", ".ods")  # may be labels under another name
FILE_COLUMN, CLASS_COLUMN, PERSON_COLUMNS = "file", "class", ("person", "group")
FILE_COLUMNS = (  # in any case, with spaces, dashes or underscores; the first that is there
    FILE_COLUMN, "filename", "fileid", "filepath", "path", "image", "imageid", "imagename", "imagefile", "imagepath", "img",
    "imgname", "picture", "photo", "name", "id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """What is known beside the folders, in the order of the files asked for."""

    attributes: dict[str, Values] = field(default_factory=dict)  # (N,) float32, NaN where nothing is said
    persons: Groups | None = None  # (N,) int32
    classes: tuple[str, ...] | None = None  # N names, "" where nothing is said; None where no column tells classes
    part: Parts | None = None  # (N,) TRAIN, VALID or TEST; None where nothing says so
    part_from: str = ""  # what says so, for people
    report: LabelReport = field(default_factory=LabelReport)


def find_labels(root: Path) -> tuple[Path | None, tuple[str, ...]]:
    """The table of labels in a folder, if there is one, and notes on other tables that may have been meant."""
    try:
        with os.scandir(root) as entries:
            names = sorted(
                entry.name for entry in entries if entry.name.lower().endswith((*OTHER_TABLES, ".txt")) and entry.is_file()
            )
    except OSError:  # named when the pictures are listed
        return None, ()
    known = [name for wanted in LABEL_NAMES for name in names if name.lower() == wanted]
    if known:
        return root / known[0], tuple(f"{name} is not read: the labels are taken from {known[0]}." for name in known[1:])
    others = [name for name in names if name.lower().endswith(OTHER_TABLES) and not name.startswith((".", "~"))]
    if not others:
        return None, ()
    verb = "is" if len(others) == 1 else "are"
    return None, (f"{', '.join(others[:3])} {verb} not read: labels are read from {LABELS_NAME}.",)


def unread_labels(root: Path, files: Sequence[str]) -> tuple[str, ...]:
    """A note on tables of labels that lie in the folders of the pictures, where they are not read.

    Args:
        root: the folder that is opened.
        files: posix paths of its pictures, relative to it.
    """
    folders: dict[PurePosixPath, None] = {}
    for file in files:
        for folder in reversed(PurePosixPath(file).parents[:-1]):
            folders.setdefault(folder)
        if len(folders) >= MOST_FOLDERS:
            break
    tables = [(folder, find_labels(root / folder)[0]) for folder in folders]
    names = [f"{folder}/{table.name}" for folder, table in tables if table is not None]
    if not names:
        return ()
    shown = names if len(names) <= 3 else [*names[:2], f"{len(names) - 2:,} more"]
    listed = " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
    where = f"labels are read from one {LABELS_NAME} in {root.name or root}, with paths such as {files[0]}"
    return (f"{listed} {'is' if len(names) == 1 else 'are'} not read: {where}.",)


def read_labels(path: Path, files: Sequence[str], class_folders: bool = True, passed_over: Sequence[str] = ()) -> Labels:
    """Read `labels.csv`.

    Args:
        path: the file.
        files: posix paths of the pictures, relative to the folder.
        class_folders: whether the subfolders are classes; else a column `class` tells them.
        passed_over: pictures in the folder that are left out: rows about them are no mistakes.

    Returns:
        Every column that can be an attribute (see `read_column`), and the persons; other columns and rows without a
        picture are in the report.

    Raises:
        DataError: not a table, no column that names files, a name that fits several pictures, or none of the pictures named.
    """
    header, rows = read_table(path)
    special = {folded(name): at for at, name in reversed(list(enumerate(header)))}
    class_at = special.get(CLASS_COLUMN)
    person_at = next((special[name] for name in PERSON_COLUMNS if name in special), None)
    folders = [row[class_at] if class_at is not None and class_folders else "" for row in rows]
    file_at, matches = file_column(path, header, rows, folders, files)
    if not matches.rows:
        raise DataError(f"{path} names none of the pictures.", "Write names or paths relative to the folder.")
    places, used = list(matches.rows), list(matches.rows.values())
    attributes: dict[str, Values] = {}
    words: dict[str, tuple[str, str]] = {}
    unused: list[UnusedColumn] = []
    for at, name in enumerate(header):
        if at in (file_at, class_at, person_at):
            continue
        column = read_column(name, [row[at] for row in rows])
        if person_at is not None and folded(name) in PERSON_COLUMNS:
            column = Column(None, reason=f"the persons are taken from {header[person_at]}")
        if column.values is None:
            unused.append(UnusedColumn(name, column.reason))
            continue
        attributes[name] = np.full(len(files), np.nan, np.float32)
        attributes[name][places] = column.values[used]
        if column.words:
            words[name] = column.words
    classes = None
    if class_at is not None and not class_folders:
        classes = _classes({at: rows[row][class_at] for at, row in matches.rows.items()}, len(files))
    elif class_at is not None and any(_contradicts(files[at], folders[row]) for at, row in matches.rows.items()):
        unused.append(
            UnusedColumn(header[class_at], ("in some rows it names another class than the picture's folder, and the folder counts"))
        )
    people = {} if person_at is None else {at: rows[row][person_at] for at, row in matches.rows.items()}
    return Labels(
        attributes,
        group_numbers(people, len(files)),
        classes,
        report=LabelReport(
            path.name,
            len(rows),
            len(used),
            matches.repeated,
            count_named([rows[row][file_at] for row in matches.left], passed_over),
            len(files),
            words,
            tuple(unused),
        ),
    )


def positive_class(classes: Sequence[str], chosen: str = "") -> str:
    """The class *with* the attribute.

    Args:
        classes: all class names; "" stands for pictures whose class isn't known.
        chosen: what the person said; "" = tell by the names.

    Returns:
        A name out of `classes`: of two the one that says yes, of more the only one that says smile. "" where there is one class or
        where the names don't tell.

    Raises:
        DataError: no class has the chosen name.
    """
    named = [name for name in classes if name]
    if chosen:
        fitting = [name for name in named if composed(name) == composed(chosen)]
        if fitting:
            return fitting[0] if len(named) > 1 else ""
        known = ", ".join(named)
        raise DataError(
            f"There is no class named {chosen}.",
            f"There are: {known}." if known else "These pictures have no classes.",
        )
    if len(named) == 2:
        return yes_of_two(named)
    smiling = [name for name in named if says_smile(name)]
    return smiling[0] if len(named) > 2 and len(smiling) == 1 else ""


def group_numbers(people: Mapping[int, str], count: int) -> Groups | None:
    """Names of persons as group numbers; a picture without a name is a group of its own. None where nobody is named."""
    named = {at: person.strip() for at, person in people.items() if person.strip()}
    if not named:
        return None
    numbers = {person: number for number, person in enumerate(sorted(set(named.values())))}
    groups = np.arange(len(numbers), len(numbers) + count, dtype=np.int32)
    for at, person in named.items():
        groups[at] = numbers[person]
    return groups


def file_column(
    path: Path, header: list[str], rows: list[list[str]], folders: list[str], files: Sequence[str]
) -> tuple[int, Matches]:
    """The column that names the pictures, told by its name, else by what it holds; and which row is about which picture."""

    def matches(at: int) -> Matches:
        return match_rows(path, [row[at] for row in rows], folders, files)

    names = [re.sub(r"[\W_]+", "", folded(name)) for name in header]
    if FILE_COLUMN in names:
        at = names.index(FILE_COLUMN)
        return at, matches(at)
    for name in FILE_COLUMNS:
        if name in names and (by_name := matches(names.index(name))).rows:
            return names.index(name), by_name
    known = {folded(_last(file)) for file in files}
    if any(folded(_last(name)) in known for name in header):
        raise DataError(
            f"{path} has no header: its first line names a picture.", "Add a first line of names, for example: file,smile."
        )
    counts = [sum(folded(_last(row[at])) in known for row in rows) for at in range(len(header))]
    if not any(counts):
        raise DataError(f"{path} has no column named {FILE_COLUMN}.", f"It has: {', '.join(header) or 'none'}.")
    at = counts.index(max(counts))
    return at, matches(at)


def _last(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _classes(words: Mapping[int, str], count: int) -> tuple[str, ...]:
    """Names of classes; of those that differ only in case, the first spelling is used; "" where nothing is said."""
    spelled: dict[str, str] = {}
    names = [""] * count
    for at in sorted(words):
        names[at] = spelled.setdefault(folded(words[at]), words[at])
    return tuple(names)


def _contradicts(file: str, folder: str) -> bool:
    """Whether a picture lies in another folder than its row says."""
    return bool(folder) and folded(folder) not in folded(file).split("/")[:-1]

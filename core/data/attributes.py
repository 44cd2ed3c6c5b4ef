"""What the labels say about each picture: `labels.csv`, CelebA's own lists, and which class is the one *with* it."""

from __future__ import annotations

import csv
import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import DataError

Values = npt.NDArray[np.float32]
Groups = npt.NDArray[np.int32]

FILE_COLUMN, CLASS_COLUMN, PERSON_COLUMNS = "file", "class", ("person", "group")

_WORDS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}
_SMILE = frozenset((
    "smile", "smiles", "smiling", "smiled", "smiley", "happy", "happiness", "joy", "joyful", "laugh", "laughing",
    "laughter", "grin", "grinning", "لبخند", "خندان",
))  # fmt: skip
_YES = frozenset(("with", "positive", "pos", "yes", "true", "on", "1", "با", "بله"))
_NO = frozenset(("non", "not", "no", "without", "negative", "neg", "false", "off", "0", "none", "never", "بدون", "خیر"))


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """What is known beside the classes, in the order of the files asked for."""

    attributes: dict[str, Values]  # (N,) float32, NaN where nothing is said
    persons: Groups | None  # (N,) int32


def read_labels(path: Path, files: Sequence[str]) -> Labels:
    """Read `labels.csv`.

    Args:
        path: the file.
        files: posix paths of the pictures, relative to the folder.

    Returns:
        Every numeric column but `file`, `class`, `person` and `group` as an attribute (a column of -1 and 1 becomes 0
        and 1), and the persons. Rows of pictures that aren't there are passed over.

    Raises:
        DataError: not a table, no column `file`, a name that fits several pictures, or none of the pictures named.
    """
    header, rows = _table(path)
    if FILE_COLUMN not in header:
        raise DataError(f"{path} has no column named {FILE_COLUMN}.", f"It has: {', '.join(header) or 'none'}.")
    place = _placed(path, header, rows, files)
    if not place:
        raise DataError(f"{path} names none of the pictures.", "Write names or paths relative to the folder.")
    attributes: dict[str, Values] = {}
    for column, name in enumerate(header):
        if name in (FILE_COLUMN, CLASS_COLUMN, *PERSON_COLUMNS) or not name:
            continue
        numbers = _numbers([rows[row][column] for row in place.values()])
        if numbers is not None:
            attributes[name] = np.full(len(files), np.nan, np.float32)
            attributes[name][list(place)] = numbers
    persons = None
    for name in PERSON_COLUMNS:
        if name in header and persons is None:
            column = header.index(name)
            persons = _groups({at: rows[row][column] for at, row in place.items()}, len(files))
    return Labels(attributes, persons)


def read_celeba(attributes: Path, identities: Path | None, files: Sequence[str]) -> Labels:
    """Read CelebA's `list_attr_celeba.txt` (or the same as .csv) and, where there is one, `identity_CelebA.txt`.

    Args:
        attributes: a count, a line of names, then a line `NAME.jpg -1 1 ...` a picture.
        identities: lines `NAME.jpg NUMBER`, or None.
        files: posix paths of the pictures; their last part is CelebA's name.

    Returns:
        The attributes as 0 and 1, NaN for pictures that the list leaves out, and the persons.

    Raises:
        DataError: the lists are not what they should be.
    """
    lines = _text(attributes).replace(",", " ").splitlines()
    if lines and lines[0].strip().isdigit():
        del lines[0]
    names = lines[0].split() if lines else []
    if names and names[0].lower() in ("image_id", "file"):
        del names[0]
    wanted = {file.rsplit("/", 1)[-1]: at for at, file in enumerate(files)}
    table = np.full((len(names), len(files)), np.nan, np.float32)
    places: list[int] = []
    digits: list[str] = []  # of each line, a 0 or 1 a value: 200,000 lines become numbers in one step
    for line in lines[1:]:
        name, _, rest = line.partition(" ")
        place = wanted.get(name)
        if place is None:
            continue
        cells = rest.split()
        values = "".join(cells).replace("-1", "0")
        if len(cells) != len(names) or len(values) != len(names) or values.strip("01"):
            raise DataError(f"{attributes} is damaged at {name}.", f"A picture has {len(names)} values, -1 or 1.")
        places.append(place)
        digits.append(values)
    if places and names:
        flat = np.frombuffer("".join(digits).encode("ascii"), np.uint8)
        table[:, places] = (flat.reshape(len(places), len(names)) == ord("1")).T
    if not names or np.isnan(table).all():
        raise DataError(f"{attributes} names none of the pictures.", "Use the list that came with these pictures.")
    people: dict[int, str] = {}
    for line in _text(identities).splitlines() if identities else ():
        name, _, person = line.partition(" ")
        if name in wanted:
            people[wanted[name]] = person
    return Labels(dict(zip(names, table, strict=True)), _groups(people, len(files)))


def positive_class(classes: Sequence[str], chosen: str = "") -> str:
    """The class *with* the attribute.

    Args:
        classes: all class names.
        chosen: what the person said; "" = tell by the names.

    Returns:
        A name out of `classes`, or "" when there are not two classes or their names don't tell.

    Raises:
        DataError: no class has the chosen name.
    """
    if chosen:
        if chosen in classes:
            return chosen if len(classes) > 1 else ""
        known = ", ".join(name for name in classes if name)
        raise DataError(
            f"There is no class named {chosen}.",
            f"There are: {known}." if known else "These pictures have no classes.",
        )
    if len(classes) != 2:
        return ""
    for name, other in (tuple(classes), tuple(reversed(classes))):
        with_it, without = _words(name), _words(other)
        if _NO & with_it:
            continue
        smiles = bool(_SMILE & with_it) and not (_SMILE & without and not _NO & without)
        answers = bool(_YES & with_it) and bool(_NO & without)
        negated = bool(_NO & without) and bool(with_it) and without - _NO == with_it
        if smiles or answers or negated:
            return name
    return ""


def _words(name: str) -> frozenset[str]:
    """`Non-Smiling`, `non_smiling`, `NonSmiling`, `nonsmiling` -> {non, smiling}."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = []
    for word in re.split(r"[\W_]+", spaced.lower()):
        glued = re.fullmatch(r"(non|not|no|un|without)(.+)", word)
        words += ["non", glued[2]] if glued and glued[2] in _SMILE else [word] if word else []
    return frozenset(words)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{path} is not a UTF-8 text.", "Save it as CSV in UTF-8.") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}.", "Check its permissions.") from error


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV file, every row as long as the header."""
    text = _text(path)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    header: list[str] = []
    rows: list[list[str]] = []
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        for raw in reader:
            cells = [cell.strip() for cell in raw]
            if not any(cells):
                continue
            if not header:
                header = cells
            elif len(cells) != len(header):
                raise DataError(
                    f"{path}, line {reader.line_num}, has {len(cells)} cells where the header has {len(header)}.",
                    "Give every line as many cells as the header.",
                )
            else:
                rows.append(cells)
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}, is not CSV: {error}.", "Save it as plain CSV.") from None
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if doubled:
        raise DataError(f"{path} has two columns named {doubled[0]}.", "Rename one of them.")
    return header, rows


def _placed(path: Path, header: list[str], rows: list[list[str]], files: Sequence[str]) -> dict[int, int]:
    """Which row speaks of which picture: number of the file -> number of the row (the last of several)."""
    exact = {file: number for number, file in enumerate(files)}
    by_name: dict[str, list[int]] = defaultdict(list)
    for file, number in exact.items():
        by_name[file.rsplit("/", 1)[-1]].append(number)
    file_column = header.index(FILE_COLUMN)
    class_column = header.index(CLASS_COLUMN) if CLASS_COLUMN in header else None
    place: dict[int, int] = {}
    for number, row in enumerate(rows):
        name = row[file_column].replace("\\", "/").removeprefix("./")
        folder = row[class_column] if class_column is not None else ""
        at = exact.get(f"{folder}/{name}") if folder else None
        if at is None:
            at = exact.get(name)
        if at is None and "/" not in name:
            fitting = by_name.get(name, [])
            if folder:
                within = [one for one in fitting if files[one].startswith(f"{folder}/")]
                fitting = within or [one for one in fitting if "/" not in files[one]]
            if len(fitting) > 1:
                raise DataError(
                    f"{path} names {name}, and there are {len(fitting)} pictures of that name.",
                    "Write paths relative to the folder, or add a column named class.",
                )
            at = fitting[0] if fitting else None
        if at is not None:
            place[at] = number
    return place


def _numbers(cells: list[str]) -> Values | None:
    """A column as numbers, or None where it holds none or something else. Cells of -1 and 1 become 0 and 1."""
    values = np.full(len(cells), np.nan, np.float32)
    for at, cell in enumerate(cells):
        if not cell:
            continue
        word = _WORDS.get(cell.lower())
        try:
            value = float(cell) if word is None else word
        except ValueError:
            return None
        values[at] = value if math.isfinite(value) else math.nan
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    if known.min() == -1 and np.isin(known, (-1, 1)).all():
        values[values == -1] = 0
    return values


def _groups(people: dict[int, str], count: int) -> Groups | None:
    """Names of persons as group numbers; a picture without a name is a group of its own. None where nobody is named."""
    named = {at: person.strip() for at, person in people.items() if person.strip()}
    if not named:
        return None
    numbers = {person: number for number, person in enumerate(sorted(set(named.values())))}
    groups = np.arange(len(numbers), len(numbers) + count, dtype=np.int32)
    for at, person in named.items():
        groups[at] = numbers[person]
    return groups

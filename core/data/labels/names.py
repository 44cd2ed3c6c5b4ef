"""Which picture a row of a table of labels means, however it spells the file's name."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.data.pictures import EXTENSIONS
from core.errors import DataError


@dataclass(frozen=True, slots=True)
class Matches:
    """Which row speaks of which picture."""

    rows: dict[int, int]  # number of the picture -> number of the row
    repeated: int  # rows about a picture for which another row is used
    left: tuple[int, ...]  # numbers of the rows about none of the pictures


_ABSOLUTE = re.compile(r"/|[A-Za-z]:/|[A-Za-z][A-Za-z]+://")


def composed(text: str) -> str:
    """In Unicode's composed form (NFC): macOS writes é, آ and ئ in two pieces."""
    return unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """Composed, and without regard to case."""
    return composed(text).casefold()


def without_ending(text: str) -> str:
    """Folded, and without the ending of a picture's file."""
    text = folded(text)
    ending = PurePosixPath(text).suffix
    return text.removesuffix(ending) if ending in EXTENSIONS else text


SPELLINGS: tuple[Callable[[str], str], ...] = (str, composed, folded, without_ending)  # tried in this order


def match_rows(path: Path, names: Sequence[str], folders: Sequence[str], files: Sequence[str]) -> Matches:
    """Which row speaks of which picture.

    A name is a path relative to the folder, a file's name alone, the end of a path, or an absolute path of before the folder was
    moved. Exact matches go first; then names that are the same in NFC, then in any case, then without the ending.

    Args:
        path: the table, for errors; it lies in the pictures' folder.
        names: of the file in each row.
        folders: the class that each row names, where classes are folders; "" = none.
        files: posix paths of the pictures, relative to the folder.

    Returns:
        The last of several rows that are spelled alike.

    Raises:
        DataError: a name fits several pictures.
    """
    place: dict[int, int] = {}
    count = 0
    cleaned = [_cleaned(name) for name in names]
    left: Sequence[int] = range(len(cleaned))
    for spell in SPELLINGS:
        finder = _Finder(files, spell, path)
        fitting: dict[int, int] = {}
        missed = []
        for row in left:
            at = finder.find(cleaned[row], folders[row])
            if at is None:
                missed.append(row)
                continue
            count += 1
            if at not in place:
                fitting[at] = row
        place |= fitting
        left = missed
        if not left or len(place) == len(files):
            break
    return Matches(place, count - len(place), tuple(left))


def count_named(names: Sequence[str], files: Sequence[str]) -> int:
    """How many of the names match a file: its path or the end of it, in any case, with or without its ending."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for file in map(without_ending, files):
        by_name[file.rsplit("/", 1)[-1]].append(f"/{file}")
    wanted = [f"/{without_ending(_cleaned(name))}" for name in names]
    return sum(any(file.endswith(name) for file in by_name.get(name.rsplit("/", 1)[-1], ())) for name in wanted)


def _cleaned(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./")


class _Finder:
    """The pictures by their names in one spelling."""

    def __init__(self, files: Sequence[str], spell: Callable[[str], str], table: Path) -> None:
        self._spell, self._table = spell, table
        self._root = spell(table.resolve().parent.name)
        self._spelled = [spell(file) for file in files]
        self._by_path: dict[str, list[int]] = defaultdict(list)
        self._by_name: dict[str, list[int]] = defaultdict(list)
        for at, file in enumerate(self._spelled):
            self._by_path[file].append(at)
            self._by_name[file.rsplit("/", 1)[-1]].append(at)

    def find(self, written: str, written_folder: str) -> int | None:
        name, folder = self._spell(written), self._spell(written_folder)
        if not name:
            return None
        if folder and (exact := self._by_path.get(f"{folder}/{name}")):
            return self._only(exact, written)
        if exact := self._by_path.get(name):
            return self._only(exact, written)
        within = self._by_name.get(name.rsplit("/", 1)[-1], [])
        if "/" in name:
            fitting = [at for at in within if self._spelled[at].endswith(f"/{name}")] or self._moved(written, name)
        elif folder:
            fitting = [at for at in within if f"/{folder}/" in f"/{self._spelled[at]}"]
            fitting = fitting or [at for at in within if "/" not in self._spelled[at]]
        else:
            fitting = within
        return self._only(fitting, written) if fitting else None

    def _moved(self, written: str, name: str) -> list[int]:
        """The pictures that an outside path means: by what follows the folder's own name, else by the longest end that fits."""
        parts = name.split("/")
        if self._root in parts[:-1]:
            starts = [at + 1 for at, part in enumerate(parts[:-1]) if part == self._root]
        else:
            starts = list(range(1, len(parts))) if _ABSOLUTE.match(written) else []
        return next((numbers for at in starts if (numbers := self._by_path.get("/".join(parts[at:])))), [])

    def _only(self, fitting: list[int], written: str) -> int:
        if len(fitting) > 1:
            raise DataError(
                f"{self._table} names {written}, and there are {len(fitting)} pictures of that name.",
                "Write paths relative to the folder, or add a column named class.",
            )
        return fitting[0]

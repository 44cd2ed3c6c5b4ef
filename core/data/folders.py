"""Pictures in folders as people keep them: which ones are data, their class and part, and which are passed over and why."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.data.pictures import EXTENSIONS, unreadable_kinds
from core.errors import DataError
from core.files import printable

Stamp = tuple[int, int]  # bytes, mtime in nanoseconds
Labels = npt.NDArray[np.int16]
Parts = npt.NDArray[np.int8]

GONE: Stamp = (-1, -1)  # of a link that points nowhere
TRAIN, VALID, TEST = range(3)  # parts
ENTRIES_BETWEEN_REPORTS = 512
SORTED_AT_ONCE = 8192  # names: sorting more at once would hold up every other thread

SYSTEM_FOLDERS = frozenset((
    "__macosx", "$recycle.bin", "recycler", "system volume information", "found.000", "lost+found", "thumbnails", "_thumbnails",
    "@eadir", "@recycle", "#recycle", "@recently-snapshot", "#snapshot", "@tmp", "network trash folder", "temporary items",
))  # fmt: skip
RUN_CONFIG = "config.json"
RUN_FILES = ("events.jsonl", "metrics.csv", "checkpoints", "previews")  # a run folder has one of these beside its settings
_PREVIEW = re.compile(r"(.+/)?previews/epoch_\d{5,}\.png")
_PART = re.compile(r"(train|training|val|valid|validation|test|testing)([ _-]?(set|data|images|split))?")
_ROLES = {"tr": TRAIN, "va": VALID, "te": TEST}
_SIDE = re.compile(r"(train|val|valid|test)[ _-]?([ab])")

IN_RUN = "in a run folder of Labkhand"
PREVIEW = "preview of a run"
LOOSE = "beside the class folders"
BESIDE_CELEBA = "beside CelebA's pictures"
IN_SUBFOLDER = "in a subfolder, while most pictures lie in no subfolder"


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Pictures that don't count as data, all for the same reason.

    Attributes:
        place: relative to SOURCE: of the only file, or of the folder that holds them all; "." is SOURCE itself.
        count: how many.
        reason: short, in plain words.
        is_file: whether the place is a file's.
    """

    place: str
    count: int
    reason: str
    is_file: bool

    @property
    def line(self) -> str:
        """For people: `12 in runs: in a run folder of Labkhand`."""
        if self.is_file:
            return f"{printable(self.place)}: {printable(self.reason)}"
        where = "" if self.place == "." else f" in {printable(self.place)}"
        return f"{self.count:,}{where}: {printable(self.reason)}"

    def to_dict(self) -> dict[str, str | int]:
        """For `data --json`."""
        place = "file" if self.is_file else "folder"
        return {place: printable(self.place), "count": self.count, "reason": printable(self.reason)}


def passed_over_title(passed_over: Sequence[PassedOver]) -> str:
    """`12 pictures are passed over`."""
    count = sum(entry.count for entry in passed_over)
    return f"{count:,} {'picture is' if count == 1 else 'pictures are'} passed over"


class Aside:
    """Collects the files that are passed over."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self._folder: dict[str, str] = {}  # reason -> the folder that holds all its files, with "/" at its end, or ""

    def add(self, file: str, reason: str) -> None:
        """Pass a file over; the path is relative to SOURCE."""
        self._counts[reason] += 1
        self._first.setdefault(reason, file)
        folder = self._folder.setdefault(reason, file[: file.rfind("/") + 1])
        while not file.startswith(folder):
            folder = folder[: folder.rfind("/", 0, -1) + 1]
        self._folder[reason] = folder

    def entries(self) -> tuple[PassedOver, ...]:
        """One for each reason, in the order in which they came up."""
        return tuple(
            PassedOver(self._first[reason], 1, reason, is_file=True)
            if count == 1
            else PassedOver(self._folder[reason].rstrip("/") or ".", count, reason, is_file=False)
            for reason, count in self._counts.items()
        )


@dataclass(frozen=True, slots=True, eq=False)
class Arranged:
    """Pictures sorted into classes, and into parts where their folders say so.

    Attributes:
        files: N posix paths relative to SOURCE, sorted.
        classes: names; one unnamed class is ("",).
        labels: (N,) index into classes.
        part: (N,) TRAIN or VALID; None where the folders don't say.
        part_from: what says so, for people.
    """

    files: tuple[str, ...]
    classes: tuple[str, ...]
    labels: Labels
    part: Parts | None = None
    part_from: str = ""


# -- listing


def walk(root: Path, aside: Aside, report: Callable[[int], None], first: str = "") -> dict[str, Stamp]:
    """All picture files below root that may be data: posix path relative to root -> stamp.

    Links to folders are followed, after all real folders and each real folder once only, so that loops end. Names that
    begin with a dot are hidden, and ignored.

    Args:
        root: the source.
        aside: collects pictures in run folders and in system folders, and those in formats that can't be read.
        report: told how many there are by now; may raise Cancelled.
        first: a folder to begin with, relative to root: files that links reach as well get their paths from there.

    Raises:
        DataError: a folder can't be read.
    """
    stamps: dict[str, Stamp] = {}
    kinds = unreadable_kinds()
    readable = EXTENSIONS - kinds.keys()
    seen: set[str] = set()
    folders, links = [("", "")], list[tuple[str, str]]()  # each with the reason why it is passed over
    if first:
        folders.append((first, ""))
    while folders or links:
        folder, why = folders.pop() if folders else links.pop(0)
        path = root / folder
        identity = os.path.realpath(path)
        if identity in seen:
            continue
        seen.add(identity)
        if not why and folder not in ("", first) and _is_run(path):
            why = IN_RUN
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    name = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir():
                        (links if entry.is_symlink() else folders).append((name, why or left_by_system(entry.name)))
                        continue
                    ending = entry.name[entry.name.rfind(".") :].lower()
                    if ending in readable:
                        stamp = _stamp(entry)
                        if stamp is None:
                            continue
                        if why or _PREVIEW.fullmatch(name):
                            aside.add(name, why or PREVIEW)
                            continue
                        stamps[name] = stamp
                        if len(stamps) % ENTRIES_BETWEEN_REPORTS == 0:
                            report(len(stamps))
                    elif ending in kinds and entry.is_file():
                        kind = kinds[ending]
                        aside.add(name, why or f"a kind of picture that can't be read ({kind}; save it as JPEG or PNG)")
            report(len(stamps))
        except OSError as error:
            if why:  # lost+found may be readable only by the administrator
                continue
            raise DataError(
                f"The folder {path} can't be read: {error.strerror or error}.",
                "Check its permissions, or move it away.",
            ) from error
        links.sort()
    return stamps


def sorted_names(names: Iterable[str]) -> tuple[str, ...]:
    """Sorted in parts first, so that the last sort has little more to do than to join them."""
    ordered = list(names)
    for start in range(0, len(ordered), SORTED_AT_ONCE):
        ordered[start : start + SORTED_AT_ONCE] = sorted(ordered[start : start + SORTED_AT_ONCE])
    ordered.sort()
    return tuple(ordered)


def _is_run(path: Path) -> bool:
    return (path / RUN_CONFIG).is_file() and any((path / name).exists() for name in RUN_FILES)


def left_by_system(name: str) -> str:
    """Why a folder of that name is passed over; "" where it isn't."""
    return f"in {name}, which the system made for itself" if name.lower() in SYSTEM_FOLDERS else ""


def _stamp(entry: os.DirEntry[str]) -> Stamp | None:
    """Bytes and time of a file; None for anything but a file (reading a pipe would never end)."""
    try:
        status = entry.stat()
    except OSError:
        return GONE
    return (status.st_size, status.st_mtime_ns) if entry.is_file() else None


# -- classes and parts


def arrange(files: Sequence[str], aside: Aside) -> Arranged:
    """Sort pictures into classes: the subfolders are the classes, unless most pictures lie outside of any.

    A level of folders for training, validation and testing, above or below the class folders, is no class: it says which
    pictures are learnt from. Where there are pictures for validation, those for testing are left out; else they are what is
    validated on. A single such folder, or several without one for training, say nothing of the split.

    Args:
        files: posix paths relative to SOURCE, sorted.
        aside: collects the pictures that belong to none of them.

    Raises:
        DataError: more subfolders than there can be classes.
    """
    unpaired = _unpaired(files, aside)
    if unpaired is not None:
        return unpaired
    level = _part_level(files)
    if level is None:
        return _with_inner_parts(_by_class(files, files, aside), aside)
    kept: list[str] = []
    rests: list[str] = []
    for file in files:
        top, slash, rest = file.removeprefix(level.wrapper).partition("/")
        why = level.why_not(top) if slash and file.startswith(level.wrapper) else LOOSE
        if why:
            aside.add(file, why)
        else:
            kept.append(file)
            rests.append(rest)
    arranged = _by_class(kept, rests, aside)
    if not level.parts:
        return arranged
    tops = (file.removeprefix(level.wrapper).partition("/")[0] for file in arranged.files)
    return Arranged(
        arranged.files,
        arranged.classes,
        arranged.labels,
        np.fromiter((level.parts[top] for top in tops), np.int8, len(arranged.files)),
        f"the folders {_listed(level.parts)}",
    )


def _unpaired(files: Sequence[str], aside: Aside) -> Arranged | None:
    """Pictures of two sides as the authors of CycleGAN keep them: `trainA`, `trainB`, and perhaps `testA`, `testB`.

    Their classes are A and B, and the other folders of a side are its validation part; None where there are no such folders.
    """
    tops = [file.partition("/")[0] if "/" in file else "" for file in files]
    told = {top: word for top in dict.fromkeys(tops) if (word := _SIDE.fullmatch(top.lower()))}
    if {word[2] for word in told.values() if word[1] == "train"} != {"a", "b"}:
        return None
    parts, without = _what_parts_say({top: _ROLES[word[1][:2]] for top, word in told.items()})
    kept = []
    for file, top in zip(files, tops, strict=True):
        why = f"beside {_listed(told)}" if top not in told else without.get(top, "")
        if why:
            aside.add(file, why)
        else:
            kept.append((file, top))
    classes, labels = numbered([told[top][2].upper() for _, top in kept])
    part = np.array([parts[top] for _, top in kept], np.int8) if parts else None
    return Arranged(tuple(file for file, _ in kept), classes, labels, part, f"the folders {_listed(parts)}" if parts else "")


@dataclass(slots=True)
class _Folder:
    """How many files lie directly in a folder, and how many in its subfolders."""

    loose: int = 0
    nested: int = 0
    subfolders: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _PartLevel:
    """Folders for training, validation and testing.

    Attributes:
        wrapper: the folder that holds them all, with "/" at its end; "" is SOURCE itself.
        parts: folder -> TRAIN or VALID; empty where they say nothing of the split.
        without: folder -> why its pictures are passed over.
        names: of them all.
    """

    wrapper: str
    parts: dict[str, int]
    without: dict[str, str]
    names: tuple[str, ...]

    def why_not(self, folder: str) -> str:
        """Why the pictures of a folder beside or among these are passed over; "" where they aren't."""
        return self.without.get(folder, "") if folder in self.names else f"beside {_listed(self.names)}"


def _part_level(files: Sequence[str]) -> _PartLevel | None:
    """The folders directly in SOURCE, or in its only folder, as parts of a data set; None where they aren't parts."""
    wrapper = ""
    while True:
        loose, tops = _folders(files)
        if loose > len(files) - loose:
            return None
        roles = {top: role for top in tops if (role := _role(top)) is not None}
        if roles or len(tops) != 1:
            break
        (only,) = tops
        wrapper += f"{only}/"
        files = [file.removeprefix(f"{only}/") for file in files if file.startswith(f"{only}/")]
    has_train, others = TRAIN in roles.values(), len(tops) > len(roles)
    if not roles or (others and not (has_train and len(set(roles.values())) > 1)):
        return None
    class_folders = {top: tops[top].subfolders if tops[top].nested >= tops[top].loose else set[str]() for top in roles}
    known = set[str]().union(*(class_folders[top] for top, role in roles.items() if role == TRAIN or not has_train))
    if not known and (wrapper or others or len(roles) == 1 or any(class_folders.values())):
        return None
    if any(folders and not folders & known for folders in class_folders.values()):
        return None
    parts, without = _what_parts_say(roles)
    for top, folders in class_folders.items():
        if known and not folders and top not in without:
            without[top] = f"in {top}, which has no class folders"
            parts.pop(top, None)
    return _PartLevel(wrapper, parts if len(set(parts.values())) > 1 else {}, without, tuple(roles))


def _folders(files: Iterable[str]) -> tuple[int, dict[str, _Folder]]:
    """How many files lie outside of folders, and the folders."""
    loose, tops = 0, dict[str, _Folder]()
    for file in files:
        top, _, rest = file.partition("/")
        if not rest:
            loose += 1
            continue
        folder = tops.setdefault(top, _Folder())
        inner, _, deeper = rest.partition("/")
        if deeper:
            folder.nested += 1
            folder.subfolders.add(inner)
        else:
            folder.loose += 1
    return loose, tops


def _role(folder: str) -> int | None:
    """TRAIN, VALID or TEST by a folder's name; None for any other."""
    word = _PART.fullmatch(folder.lower())
    return _ROLES[word[1][:2]] if word else None


def _what_parts_say(roles: dict[str, int]) -> tuple[dict[str, int], dict[str, str]]:
    """Folder -> TRAIN or VALID, empty where they say nothing of the split; folder -> why its pictures are left out."""
    present = set(roles.values())
    if TRAIN not in present or len(present) == 1:
        return {}, {}
    if VALID not in present:
        return {top: TRAIN if role == TRAIN else VALID for top, role in roles.items()}, {}
    parts = {top: role for top, role in roles.items() if role != TEST}
    return parts, {top: f"for testing, beside {_listed(parts)}" for top, role in roles.items() if role == TEST}


def _by_class(files: Sequence[str], paths: Sequence[str], aside: Aside) -> Arranged:
    """Files sorted by the first folder of their paths, or into one class where most lie outside of any."""
    loose = [not slash for _, slash, _ in (path.partition("/") for path in paths)]
    flat = 2 * sum(loose) > len(files)
    for file, is_loose in zip(files, loose, strict=True):
        if is_loose != flat:
            aside.add(file, IN_SUBFOLDER if flat else LOOSE)
    kept = tuple(file for file, is_loose in zip(files, loose, strict=True) if is_loose == flat)
    if flat:
        return Arranged(kept, ("",), np.zeros(len(kept), np.int16))
    folders = [path.split("/", 1)[0] for path, is_loose in zip(paths, loose, strict=True) if not is_loose]
    return Arranged(kept, *numbered(folders))


def numbered(names: Sequence[str]) -> tuple[tuple[str, ...], Labels]:
    """Classes and labels from the name of each picture's class. Raises DataError where there are more than fit."""
    classes = tuple(sorted(set(names)))
    if len(classes) > np.iinfo(np.int16).max:
        raise DataError(f"There are {len(classes)} classes of pictures.", "Sort the pictures into fewer classes.")
    numbers = {name: number for number, name in enumerate(classes)}
    return classes, np.array([numbers[name] for name in names], np.int16)


def _with_inner_parts(arranged: Arranged, aside: Aside) -> Arranged:
    """The split, where each class folder holds folders for training and for validation or testing, and nothing else."""
    if arranged.classes == ("",):
        return arranged
    _, tops = _folders(arranged.files)
    roles = {name: _role(name) for folder in tops.values() for name in folder.subfolders}
    known = {name: role for name, role in roles.items() if role is not None}
    parts, without = _what_parts_say(known)
    if not parts or len(known) < len(roles) or any(folder.loose for folder in tops.values()):
        return arranged
    if any(TRAIN not in {parts.get(name) for name in folder.subfolders} for folder in tops.values()):
        return arranged
    inner = [file.split("/", 2)[1] for file in arranged.files]
    for file, name in zip(arranged.files, inner, strict=True):
        if name in without:
            aside.add(file, without[name])
    keep = np.array([name in parts for name in inner])
    return Arranged(
        tuple(file for file, kept in zip(arranged.files, keep, strict=True) if kept),
        arranged.classes,
        arranged.labels[keep],
        np.array([parts[name] for name in inner if name in parts], np.int8),
        f"the folders {_listed(parts)} in each class",
    )


def _listed(names: Iterable[str]) -> str:
    """Names of part folders, those for training first: `train, val and test`."""
    *some, last = sorted(names, key=lambda name: (_order(name), name))
    return f"{', '.join(some)} and {last}" if some else last


def _order(name: str) -> int:
    """The part that a folder's name says, for training where it says none."""
    side = _SIDE.fullmatch(name.lower())
    return _ROLES[side[1][:2]] if side else _role(name) or TRAIN

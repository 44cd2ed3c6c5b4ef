"""Which pictures a source holds, of which class, with which labels: a folder is listed, no pixel is read."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.data import cache_store
from core.data.attributes import Labels, positive_class, read_celeba, read_labels
from core.data.cache_limit import drawn_base
from core.data.faces import write_demo
from core.data.pictures import EXTENSIONS
from core.data.sources import DEMO, MNIST_PREFIX
from core.errors import DataError
from core.files import cannot_write, expanded

Progress = Callable[[str, int, int], None]  # what, done, total (0 = unknown); may raise core.errors.Cancelled
Stamp = tuple[int, int]  # bytes, mtime in nanoseconds

DEMO_COUNT = 4000
DEMO_SIZE = 128
CELEBA_FOLDER = "img_align_celeba"
CELEBA_LISTS = ("list_attr_celeba.txt", "list_attr_celeba.csv")
CELEBA_PERSONS = "identity_CelebA.txt"
IGNORED_FOLDERS = frozenset(("__MACOSX", "$RECYCLE.BIN", "System Volume Information"))
GONE: Stamp = (-1, -1)  # of a link that points nowhere
SECONDS_BETWEEN_REPORTS = 0.05
ENTRIES_BETWEEN_REPORTS = 512
SORTED_AT_ONCE = 8192  # names: a longer sort would hold up every other thread


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The pictures of a source, N of them, in one fixed order."""

    source: str  # as given
    name: str  # short, for people: the folder's name, or "demo"
    root: Path
    files: Sequence[str]  # posix paths relative to root, sorted; or what pictures without files are called
    classes: tuple[str, ...]  # names; one unnamed class is ("",)
    labels: npt.NDArray[np.int16]  # (N,) index into classes
    positive: str  # the class *with* the attribute, "" when there is one class or the names don't tell
    attributes: dict[str, npt.NDArray[np.float32]]  # (N,) each, mostly 0 and 1, NaN where the labels say nothing
    persons: npt.NDArray[np.int32] | None  # (N,) group of each picture; None where no person is named
    stamps: tuple[Stamp, ...]  # bytes and mtime_ns of each file; none where there are no files

    def subset(self, keep: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> Index:
        """The same source cut to some pictures; the classes stay.

        Args:
            keep: row numbers, or a mask (N,).
        """
        rows = np.arange(len(self.files))[keep]
        return Index(
            source=self.source,
            name=self.name,
            root=self.root,
            files=tuple(self.files[row] for row in rows),
            classes=self.classes,
            labels=self.labels[rows],
            positive=self.positive,
            attributes={name: values[rows] for name, values in self.attributes.items()},
            persons=None if self.persons is None else self.persons[rows],
            stamps=tuple(self.stamps[row] for row in rows),
        )


class Reporter:
    """Passes progress on, a few times a second: a window can't take a call a picture."""

    def __init__(self, progress: Progress | None, what: str, total: int = 0) -> None:
        self._progress, self._what, self._total = progress, what, total
        self._last = 0.0

    def __call__(self, done: int, final: bool = False) -> None:
        now = time.perf_counter()
        if self._progress is not None and (final or now - self._last >= SECONDS_BETWEEN_REPORTS):
            self._last = now
            self._progress(self._what, done, self._total)


def scan(source: str, positive: str = "", progress: Progress | None = None) -> Index:
    """List the pictures of a SOURCE (see the command line's words).

    Args:
        source: a folder or a built-in name.
        positive: the class *with* the attribute; "" = told by the names.
        progress: hears how far it is, and may raise Cancelled.

    Raises:
        DataError: the source is missing, empty or holds no pictures; its labels are badly formed; no class is named
            `positive`.
        Cancelled: out of `progress`.
    """
    if not source.strip():
        raise DataError("No pictures were chosen.", f"Give a folder of pictures, or {DEMO} for the drawn faces.")
    root = _demo_folder(progress) if source == DEMO else _checked_folder(source)
    celeba = _celeba_lists(root)
    found = _walk(root, celeba[0] if celeba else "", Reporter(progress, "Listing pictures"))
    names = _sorted(found)
    if not found:
        from core.data.mnist import holds_digits  # noqa: PLC0415 - which needs this module

        if holds_digits(root):
            raise DataError(f"{source} holds MNIST's files.", f"Write {MNIST_PREFIX}{source}.")
        nothing = "is empty" if not any(root.iterdir()) else "holds no pictures"
        raise DataError(
            f"{source} {nothing}.",
            "Put pictures (JPEG, PNG, WebP, BMP, GIF, TIFF) into it, or into a subfolder a class.",
        )
    if celeba:
        files, classes, labels, said = _celeba_classes(celeba, names)
    else:
        files, classes, labels = _folder_classes(names)
        table = root / "labels.csv"
        said = read_labels(table, files) if table.is_file() else Labels({}, None)
    return Index(
        source=source,
        name=DEMO if source == DEMO else root.resolve().name or str(root),
        root=root,
        files=files,
        classes=classes,
        labels=labels,
        positive=positive_class(classes, positive),
        attributes=said.attributes,
        persons=said.persons,
        stamps=tuple(found[file] for file in files),
    )


def _checked_folder(source: str) -> Path:
    root = expanded(source)
    if root.is_dir():
        return root
    if root.exists():
        raise DataError(f"{source} is a file, not a folder.", "Give a folder of pictures; unpack an archive first.")
    raise DataError(f"There is no folder {source}.", f"Check the path, or use {DEMO} for the drawn faces.")


def _walk(root: Path, start: str, report: Reporter) -> dict[str, Stamp]:
    """All picture files below root/start: posix path relative to root -> stamp.

    Links to folders are followed, after all real folders and each real folder once only, so that loops end.
    """
    found: dict[str, Stamp] = {}
    seen: set[str] = set()
    folders, links = [start], list[str]()
    while folders or links:
        folder = folders.pop() if folders else links.pop(0)
        path = root / folder
        identity = os.path.realpath(path)
        if identity in seen:
            continue
        seen.add(identity)
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    name = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir():
                        if entry.name not in IGNORED_FOLDERS:
                            (links if entry.is_symlink() else folders).append(name)
                    elif entry.name[entry.name.rfind(".") :].lower() in EXTENSIONS:
                        stamp = _stamp(entry)
                        if stamp is not None:
                            found[name] = stamp
                            if len(found) % ENTRIES_BETWEEN_REPORTS == 0:
                                report(len(found))
            report(len(found))
        except OSError as error:
            raise DataError(
                f"The folder {path} can't be read: {error.strerror or error}.",
                "Check its permissions, or move it away.",
            ) from error
        links.sort()
    report(len(found), final=True)
    return found


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    """Sorted in parts first, which leaves the last step little to do but to join them."""
    found = list(names)
    for start in range(0, len(found), SORTED_AT_ONCE):
        found[start : start + SORTED_AT_ONCE] = sorted(found[start : start + SORTED_AT_ONCE])
    found.sort()
    return tuple(found)


def _stamp(entry: os.DirEntry[str]) -> Stamp | None:
    """Bytes and time of a file; None for what is no file (a pipe would never end)."""
    try:
        status = entry.stat()
    except OSError:
        return GONE
    return (status.st_size, status.st_mtime_ns) if entry.is_file() else None


def _folder_classes(files: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], npt.NDArray[np.int16]]:
    """Files, classes and labels: the subfolders are the classes, unless most pictures lie outside of any."""
    loose = tuple(file for file in files if "/" not in file)
    if len(loose) > len(files) - len(loose):
        return loose, ("",), np.zeros(len(loose), np.int16)
    sorted_away = tuple(file for file in files if "/" in file)
    folders = [file.split("/", 1)[0] for file in sorted_away]
    classes = tuple(sorted(set(folders)))
    if len(classes) > np.iinfo(np.int16).max:
        raise DataError(f"There are {len(classes)} subfolders, each a class.", "Sort the pictures into fewer folders.")
    numbers = {name: number for number, name in enumerate(classes)}
    return sorted_away, classes, np.array([numbers[folder] for folder in folders], np.int16)


def _celeba_lists(root: Path) -> tuple[str, Path, Path | None] | None:
    """CelebA's own layout: its pictures (relative to root), attributes, persons. None for any other folder."""
    pictures = next((name for name in (CELEBA_FOLDER, f"Img/{CELEBA_FOLDER}") if (root / name).is_dir()), None)
    places = (root, root / "Anno")
    attributes = next((place / name for place in places for name in CELEBA_LISTS if (place / name).is_file()), None)
    if pictures is None or attributes is None:
        return None
    persons = next((place / CELEBA_PERSONS for place in places if (place / CELEBA_PERSONS).is_file()), None)
    return pictures, attributes, persons


def _celeba_classes(
    celeba: tuple[str, Path, Path | None], files: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...], npt.NDArray[np.int16], Labels]:
    """Files, classes and labels out of CelebA's lists. Pictures that the list leaves out are left out."""
    said = read_celeba(celeba[1], celeba[2], files)
    smiling = said.attributes.get("Smiling")
    if smiling is None:
        return files, ("",), np.zeros(len(files), np.int16), said
    listed = ~np.isnan(smiling)
    kept = tuple(file for file, known in zip(files, listed, strict=True) if known)
    attributes = {name: values[listed] for name, values in said.attributes.items()}
    persons = None if said.persons is None else said.persons[listed]
    return kept, ("non_smile", "smile"), smiling[listed].astype(np.int16), Labels(attributes, persons)


def demo_folder() -> Path:
    """Where the drawn faces lie: in the user's cache folder, or in LABKHAND_CACHE."""
    return drawn_base() / f"demo-{DEMO_COUNT}-{DEMO_SIZE}"


def _demo_folder(progress: Progress | None) -> Path:
    """The drawn faces, drawn now if they aren't there. `labels.csv` comes last: without it, it is half a folder."""
    folder = demo_folder()
    if (folder / "labels.csv").is_file():
        cache_store.touch(folder / "labels.csv")
        return folder
    report = Reporter(progress, "Drawing faces", DEMO_COUNT)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
            fresh = Path(beside) / folder.name
            fresh.mkdir()
            write_demo(fresh, count=DEMO_COUNT, size=DEMO_SIZE, progress=lambda done, _total: report(done))
            if not (folder / "labels.csv").is_file():  # somebody else may have been faster
                shutil.rmtree(folder, ignore_errors=True)
                fresh.rename(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder

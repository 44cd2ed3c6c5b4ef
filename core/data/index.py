"""Which pictures a source holds, of which class, with which labels: a folder is listed, no pixel is read."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.data import cache_store
from core.data.attributes import Labels, positive_class, read_celeba, read_labels
from core.data.cache_limit import drawn_base
from core.data.faces import write_demo
from core.data.folders import Aside, Parts, PassedOver, Stamp, arrange, sorted_names, walk
from core.data.own_pictures import OWN, own_files
from core.data.sources import DEMO, MNIST_PREFIX, place_of
from core.errors import DataError
from core.files import cannot_write, expanded

Progress = Callable[[str, int, int], None]  # what, done, total (0 = unknown); may raise core.errors.Cancelled

DEMO_COUNT = 4000
DEMO_SIZE = 128
CELEBA_FOLDER = "img_align_celeba"
CELEBA_LISTS = ("list_attr_celeba.txt", "list_attr_celeba.csv")
CELEBA_PERSONS = "identity_CelebA.txt"
SECONDS_BETWEEN_REPORTS = 0.05


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
    part: Parts | None = None  # (N,) TRAIN or VALID, where the pictures came with their own split
    part_from: str = ""  # what says so, for people: "the folders train and test"; "" where there are none
    passed_over: tuple[PassedOver, ...] = ()  # pictures in the folder that are no data

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
            part=None if self.part is None else self.part[rows],
            part_from=self.part_from,
            passed_over=self.passed_over,
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
    report, aside = Reporter(progress, "Listing pictures"), Aside()
    found = walk(root, celeba[0] if celeba else "", aside, report)
    for file in own_files(root, found, report) if source != DEMO else ():
        aside.add(file, OWN)
        del found[file]
    report(len(found), final=True)
    names = sorted_names(found)
    if not found:
        from core.data.mnist import holds_digits  # noqa: PLC0415 - which needs this module

        if holds_digits(root):
            raise DataError(f"{source} holds MNIST's files.", f"Write {MNIST_PREFIX}{source}.")
        raise _nothing_in(source, root, aside.entries())
    if celeba:
        files, classes, labels, said = _celeba_classes(celeba, names)
        part, part_from = None, ""
    else:
        arranged = arrange(names, aside)
        files, classes, labels = arranged.files, arranged.classes, arranged.labels
        part, part_from = arranged.part, arranged.part_from
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
        part=part,
        part_from=part_from,
        passed_over=aside.entries(),
    )


def holds_data(folder: Path, source: str) -> bool:
    """Whether a folder inside a SOURCE holds pictures of it; SOURCE itself counts as outside.

    Raises:
        DataError: the folder can't be read.
    """
    root = place_of(source)
    if root is None or not folder.is_dir() or root.resolve() not in folder.resolve().parents:
        return False
    found = walk(folder, "", Aside(), lambda count: None)
    return len(own_files(folder, found, lambda count: None)) < len(found)


def _nothing_in(source: str, root: Path, passed_over: Sequence[PassedOver]) -> DataError:
    """The sentence about a folder without pictures that are data."""
    if passed_over:
        entry = max(passed_over, key=lambda entry: entry.count)
        count = f"{entry.count:,} {'is' if entry.count == 1 else 'are'} passed over ({entry.reason})"
        return DataError(
            f"{source} holds no pictures that can be used: {count}.", "Choose another folder, or put other pictures into it."
        )
    nothing = "is empty" if not any(root.iterdir()) else "holds no pictures"
    hint = "Put pictures (JPEG, PNG, WebP, BMP, GIF, TIFF) into it, or into a subfolder a class."
    return DataError(f"{source} {nothing}.", hint)


def _checked_folder(source: str) -> Path:
    root = expanded(source)
    if root.is_dir():
        return root
    if root.exists():
        raise DataError(f"{source} is a file, not a folder.", "Give a folder of pictures; unpack an archive first.")
    raise DataError(f"There is no folder {source}.", f"Check the path, or use {DEMO} for the drawn faces.")


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

"""Which pictures a source holds, with their classes and labels: a folder is listed, no pixel is read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.data.cache import store as cache_store
from core.data.cache.limit import drawn_base
from core.data.folders import BESIDE_CELEBA, TEST, Aside, Parts, PassedOver, Stamp, arrange, numbered, sorted_names, walk
from core.data.labels.attributes import Labels, find_labels, positive_class, read_labels, unread_labels
from core.data.labels.celeba import SMILING, find_celeba, read_celeba
from core.data.labels.columns import says_smile
from core.data.labels.names import folded
from core.data.labels.report import LabelReport
from core.data.near_copies import Groups, near_copies
from core.data.own_pictures import OWN, own_files
from core.data.sets.digit_files import holds_digits
from core.data.sources import DEMO, MNIST_PREFIX, place_of
from core.errors import DataError
from core.files import cannot_write, expanded
from core.progress import Progress, Reporter

DEMO_COUNT = 4000
DEMO_SIZE = 128
SMILE = "smile"  # attribute name: the class, or else the labels' column, that says who smiles


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The pictures of a source, N of them, in one fixed order."""

    source: str  # as given
    name: str  # short, for people: the folder's name, or "demo"
    root: Path
    files: Sequence[str]  # posix paths relative to root, sorted; or what pictures without files are called
    classes: tuple[str, ...]  # names; one unnamed class is ("",), and "" among others holds unlabelled pictures
    labels: npt.NDArray[np.int16]  # (N,) index into classes
    positive: str  # the class *with* the attribute, "" when there is one class or the names don't tell
    attributes: dict[str, npt.NDArray[np.float32]]  # (N,) each, mostly 0 and 1, NaN where the labels say nothing
    persons: npt.NDArray[np.int32] | None  # (N,) group of each picture; None where no person is named
    stamps: tuple[Stamp, ...]  # bytes and mtime_ns of each file; none where there are no files
    part: Parts | None = None  # (N,) TRAIN or VALID, where the pictures came with their own split
    part_from: str = ""  # what says so, for people: "the folders train and test"; "" where there are none
    passed_over: tuple[PassedOver, ...] = ()  # pictures in the folder that are no data
    report: LabelReport = field(default_factory=LabelReport)  # how the labels were read
    near_copies: Groups | None = None  # (N,) group of each picture: neighbouring views of one thing; None where none are known

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
            report=self.report,
            near_copies=None if self.near_copies is None else self.near_copies[rows],
        )

    @property
    def named_classes(self) -> tuple[str, ...]:
        """The classes without the one for unlabelled pictures."""
        return tuple(name for name in self.classes if name)

    @property
    def smile_column(self) -> str:
        """The 0/1 column of the labels that says who smiles, by its name or by its word for 1; "" where there is none."""
        two_valued = [name for name, values in self.attributes.items() if np.isin(values[~np.isnan(values)], (0, 1)).all()]
        named = [name for name in two_valued if says_smile(name)]
        by_word = [name for name in two_valued if name in self.report.words and says_smile(self.report.words[name][0])]
        exact = [name for name in named if folded(name) == SMILE]
        return next(iter((*exact, *named, *by_word)), "")


def scan(source: str, positive: str = "", progress: Progress | None = None) -> Index:
    """List the pictures of a SOURCE (see the command line's words).

    Args:
        source: a folder or a built-in name.
        positive: the class *with* the attribute; "" = told by the names.
        progress: told how far; may raise Cancelled.

    Raises:
        DataError: the source is missing, empty or holds no pictures; its labels are badly formed; no class is named
            `positive`.
        Cancelled: raised by `progress`.
    """
    if not source.strip():
        raise DataError("No pictures were chosen.", f"Give a folder of pictures, or {DEMO} for the drawn faces.")
    root = _demo_folder(progress) if source == DEMO else _checked_folder(source)
    table, notes = find_labels(root)
    celeba = find_celeba(root)
    if celeba is not None and celeba.attributes is not None and (celeba.is_own_layout or table is None):
        notes = ()
    elif celeba is not None:
        notes, celeba = (*notes, *([celeba.missing] if celeba.missing and table is None else [])), None
    listing, aside = Reporter(progress, "Listing pictures"), Aside()
    pictures = celeba.pictures if celeba else ""
    stamps = walk(root, aside, listing, pictures)
    for file in [file for file in stamps if pictures and not file.startswith(f"{pictures}/")]:
        aside.add(file, BESIDE_CELEBA)
        del stamps[file]
    for file in own_files(root, stamps, listing) if source != DEMO else ():
        aside.add(file, OWN)
        del stamps[file]
    listing(len(stamps), final=True)
    names = sorted_names(stamps)
    if not stamps:
        if holds_digits(root):
            raise DataError(f"{source} holds MNIST's files.", f"Write {MNIST_PREFIX}{source}.")
        raise _nothing_in(source, root, aside.entries())
    if celeba is not None:
        files, classes, labels, labelling = _celeba_classes(read_celeba(celeba, names), names, aside)
        part, part_from = labelling.part, labelling.part_from
    else:
        arranged = arrange(names, aside)
        files, classes, labels = arranged.files, arranged.classes, arranged.labels
        part, part_from = arranged.part, arranged.part_from
        labelling = Labels()
        if table is not None:
            labelling = read_labels(table, files, len(classes) > 1, sorted(stamps.keys() - set(files)))
        if labelling.classes is not None:
            classes, labels = numbered(labelling.classes)
        notes = (*notes, *unread_labels(root, names))
    return Index(
        source=source,
        name=DEMO if source == DEMO else root.resolve().name or str(root),
        root=root,
        files=files,
        classes=classes,
        labels=labels,
        positive=positive_class(classes, positive),
        attributes=labelling.attributes,
        persons=labelling.persons,
        stamps=tuple(stamps[file] for file in files),
        part=part,
        part_from=part_from,
        passed_over=aside.entries(),
        report=replace(labelling.report, notes=(*labelling.report.notes, *notes)),
        near_copies=near_copies(files, labels),
    )


def holds_data(folder: Path, source: str) -> bool:
    """Whether a folder inside a SOURCE holds pictures of it; SOURCE itself counts as outside.

    Raises:
        DataError: the folder can't be read.
    """
    root = place_of(source)
    if root is None or not folder.is_dir() or root.resolve() not in folder.resolve().parents:
        return False
    stamps = walk(folder, Aside(), lambda count: None)
    return len(own_files(folder, stamps, lambda count: None)) < len(stamps)


def _nothing_in(source: str, root: Path, passed_over: Sequence[PassedOver]) -> DataError:
    """The sentence about a folder without pictures that are data."""
    if passed_over:
        entry = max(passed_over, key=lambda entry: entry.count)
        count = f"{entry.count:,} {'is' if entry.count == 1 else 'are'} passed over ({entry.reason})"
        return DataError(
            f"{source} holds no pictures that can be used: {count}.", "Choose another folder, or put other pictures into it."
        )
    nothing = "is empty" if not any(root.iterdir()) else "holds no pictures"
    hint = "Put pictures (JPEG, PNG, WebP, BMP, GIF, TIFF) into it, or into one subfolder for each class."
    return DataError(f"{source} {nothing}.", hint)


def _checked_folder(source: str) -> Path:
    root = expanded(source)
    if root.is_dir():
        return root
    if root.exists():
        raise DataError(f"{source} is a file, not a folder.", "Give a folder of pictures; unpack an archive first.")
    raise DataError(f"There is no folder {source}.", f"Check the path, or use {DEMO} for the drawn faces.")


def _celeba_classes(
    labelling: Labels, files: tuple[str, ...], aside: Aside
) -> tuple[tuple[str, ...], tuple[str, ...], npt.NDArray[np.int16], Labels]:
    """Files, classes and labels from CelebA's lists. Pictures missing in the attribute list or the partition are passed over."""
    kept = ~np.isnan(next(iter(labelling.attributes.values())))
    for at in np.flatnonzero(~kept):
        aside.add(files[at], f"not named in {labelling.report.file}")
    if labelling.part is not None:
        tests = kept & (labelling.part == TEST)
        kept &= ~tests
        for at in np.flatnonzero(tests):
            aside.add(files[at], f"for testing, by {labelling.part_from}")
    labelling = replace(
        labelling,
        attributes={name: values[kept] for name, values in labelling.attributes.items()},
        persons=None if labelling.persons is None else labelling.persons[kept],
        part=None if labelling.part is None else labelling.part[kept],
    )
    files = tuple(file for file, keep in zip(files, kept, strict=True) if keep)
    if SMILING in labelling.attributes:
        return files, ("non_smile", "smile"), labelling.attributes[SMILING].astype(np.int16), labelling
    return files, ("",), np.zeros(len(files), np.int16), labelling


def demo_folder() -> Path:
    """Where the drawn faces lie: in the user's cache folder, or in LABKHAND_CACHE."""
    return drawn_base() / f"demo-{DEMO_COUNT}-{DEMO_SIZE}"


def _demo_folder(progress: Progress | None) -> Path:
    """The drawn faces, drawn now if they aren't there. `labels.csv` is written last: without it, the folder is incomplete."""
    folder = demo_folder()
    if (folder / "labels.csv").is_file():
        cache_store.touch(folder / "labels.csv")
        return folder
    from core.data.sets.drawn.faces import write_demo  # noqa: PLC0415 - loads what starts processes

    report = Reporter(progress, "Drawing faces", DEMO_COUNT)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
            fresh = Path(beside) / folder.name
            fresh.mkdir()
            write_demo(fresh, count=DEMO_COUNT, size=DEMO_SIZE, progress=lambda _doing, done, _total: report(done))
            if not (folder / "labels.csv").is_file():  # another process may have been faster
                shutil.rmtree(folder, ignore_errors=True)
                fresh.rename(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder

"""CelebA (Liu, Luo, Wang and Tang 2015) and CelebA-HQ (Karras et al. 2018) in the layouts and spellings in use."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.data.folders import TRAIN, VALID, Parts, left_by_system
from core.data.labels.attributes import Labels, group_numbers
from core.data.labels.names import folded
from core.data.labels.report import LabelReport
from core.data.labels.table import read_text
from core.data.pictures import EXTENSIONS
from core.errors import DataError

PUBLISHED_FOLDERS = ("img_align_celeba", "img_align_celeba_png", "img_celeba", "CelebA-HQ-img")  # the first that is there
PICTURE_FOLDERS = tuple(name.lower() for name in PUBLISHED_FOLDERS)
ALIGNED, HQ = PICTURE_FOLDERS[0], PICTURE_FOLDERS[-1]
IMG = "img"
ATTRIBUTES, HQ_ATTRIBUTES = "list_attr_celeba", ("list_attr_celeba-hq", "list_attr_celeba_hq", "celebamask-hq-attribute-anno")
PERSONS, PARTITION, HQ_ORIGINALS = "identity_celeba", "list_eval_partition", "celeba-hq-to-celeba-mapping"
ENDINGS = (".txt", ".csv", ".tsv")
LIST_FOLDERS = ("anno", "eval")  # subfolders that may hold the lists
SMILING = "Smiling"

_DELIMITERS = str.maketrans(dict.fromkeys(",;\t|\"'", " "))
_TRUTH = {"-1": "0", "0": "0", "1": "1", "-1.0": "0", "0.0": "0", "1.0": "1", "false": "0", "true": "1"}
_NOT_ATTRIBUTES = frozenset((  # what the columns before the attributes are called
    "image_id", "image_name", "image", "file", "file_name", "filename", "name", "id", "index", "unnamed:", "0", "img", "path",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Celeba:
    """Where the parts of a copy of CelebA lie."""

    pictures: str  # their folder, relative to SOURCE; "" = SOURCE itself
    is_hq: bool
    is_own_layout: bool  # the pictures lie in a folder of CelebA's name; else the list alone tells
    attributes: Path | None
    persons: Path | None
    partition: Path | None
    originals: Path | None  # for CelebA-HQ: the list that says which picture of CelebA each one was

    @property
    def missing(self) -> str:
        """What to say if the pictures are there but their attribute list isn't; "" if it is."""
        if self.attributes is not None:
            return ""
        name = "CelebAMask-HQ-attribute-anno.txt" if self.is_hq else f"{ATTRIBUTES}.txt"
        beside = f"{self.pictures} is" if self.pictures else "this is"
        return (
            f"The labels of CelebA are missing: {beside} its folder of pictures, but {name} (or .csv) is neither beside it nor in "
            "a folder Anno there. Copy it there from where CelebA was downloaded."
        )


def find_celeba(root: Path) -> Celeba | None:
    """CelebA's own layout, from any of its folders: the one above, its own, Img, the pictures' own. None for any other folder.

    Raises:
        DataError: there are several below.
    """
    own = root.resolve()
    here = _Place(root)
    inside = here.pictures()
    if inside:
        folder = root / inside
        return _put_together(inside, [here, _Place(folder.parent), *_above(own)])
    if folded(own.name) in PICTURE_FOLDERS:
        return _put_together("", [here, *_above(own)], own.name)
    if ATTRIBUTES in here.lists:
        return replace(_put_together("", [here], ALIGNED), is_own_layout=False)
    if any(name in here.lists for name in HQ_ATTRIBUTES):
        return replace(_put_together("", [here], HQ), is_own_layout=False)
    below = [f"{name}/{inner}" for name in here.folders.values() if (inner := _pictures_below(root / name))]
    if len(below) > 1:
        names = ", ".join(place.split("/")[0] for place in below[:3])
        raise DataError(f"{root} holds CelebA more than once: {names}.", "Give one of these folders.")
    if not below:
        return None
    folder = root / below[0]
    return _put_together(below[0], [_Place(folder.parent), _Place(root / below[0].split("/")[0]), here])


def read_celeba(celeba: Celeba, files: Sequence[str]) -> Labels:
    """Read CelebA's lists: as published, or saved again by a spreadsheet or pandas.

    `list_attr_celeba` has a count, a line of names, then a line `NAME.jpg -1 1 ...` a picture; delimiters, quotes, an index
    column and 0/1, True/False in place of -1/1 are read as well. `identity_CelebA` has lines `NAME.jpg NUMBER`,
    `list_eval_partition` lines `NAME.jpg 0|1|2`. The names' endings don't count: the PNG release comes with the same lists.

    Args:
        celeba: where they lie; `attributes` is there.
        files: posix paths of the pictures; their last part is CelebA's name.

    Returns:
        The attributes as 0 and 1, NaN for pictures that the list leaves out, the persons, and the official partition.

    Raises:
        DataError: the lists are not what they should be.
    """
    assert celeba.attributes is not None
    wanted = {_key(file, celeba.is_hq): at for at, file in enumerate(files)}
    attributes, rows, used, repeated = _read_attributes(celeba.attributes, wanted, celeba.is_hq, len(files))
    originals = wanted
    if celeba.is_hq:
        originals = _hq_originals(celeba.originals, wanted) if celeba.originals else {}
    people = _read_pairs(celeba.persons, originals) if celeba.persons else {}
    part, notes = _read_partition(celeba, originals, len(files)) if celeba.partition else (None, ())
    part_from = f"CelebA's own partition, {celeba.partition.name}" if part is not None and celeba.partition else ""
    report = LabelReport(celeba.attributes.name, rows, used, repeated, pictures=len(files), notes=notes)
    return Labels(attributes, group_numbers(people, len(files)), part=part, part_from=part_from, report=report)


class _Place:
    """A folder where lists may lie, in itself or in its folders Anno and Eval."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folders: dict[str, str] = {}  # folded name -> name
        self.lists: dict[str, Path] = {}  # folded name without its ending -> the file
        self._look(path, self.folders)
        for name in LIST_FOLDERS:
            if name in self.folders:
                self._look(path / self.folders[name], {})

    def pictures(self) -> str:
        """The pictures' folder, relative to this one, perhaps in Img; "" where there is none."""
        inner = dict[str, str]()
        if IMG in self.folders:
            self._look(self.path / self.folders[IMG], inner)
        for name in PICTURE_FOLDERS:
            if name in self.folders:
                return self.folders[name]
            if name in inner:
                return f"{self.folders[IMG]}/{inner[name]}"
        return ""

    def _look(self, path: Path, folders: dict[str, str]) -> None:
        names: list[str] = []
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.name.lower().endswith(ENDINGS):
                        names.append(entry.name)
                    elif not entry.name.startswith(".") and not left_by_system(entry.name) and entry.is_dir():
                        folders[folded(entry.name)] = entry.name
        except OSError:  # what can't be listed is named when the pictures are
            return
        for name in sorted(names, key=lambda one: (ENDINGS.index(one[-4:].lower()), one)):
            if (path / name).is_file():
                self.lists.setdefault(folded(name[:-4]), path / name)


def _put_together(pictures: str, places: Sequence[_Place], folder_name: str = "") -> Celeba:
    is_hq = folded(folder_name or pictures.rsplit("/", 1)[-1]) == HQ
    kinds = (HQ_ATTRIBUTES if is_hq else (ATTRIBUTES,), (PERSONS,), (PARTITION,), (HQ_ORIGINALS,))
    lists = [next((place.lists[name] for place in places for name in names if name in place.lists), None) for names in kinds]
    return Celeba(pictures, is_hq, True, *lists)


def _above(own: Path) -> list[_Place]:
    """The two folders above one of CelebA's own folders, where its lists may lie; of other folders none."""
    return [_Place(place) for place in own.parents[:2]] if folded(own.name) in (IMG, *PICTURE_FOLDERS) else []


def _pictures_below(base: Path) -> str:
    """The pictures' folder in a folder, found without listing it: it may hold 100,000 files."""
    spelled = (f"{above}{name}" for name in PUBLISHED_FOLDERS for above in ("", "Img/"))
    return next((name for name in spelled if (base / name).is_dir()), "")


def _key(name: str, is_hq: bool = False) -> str:
    """A picture's name for comparing: without folders and ending; CelebA-HQ's are numbers, with or without leading zeros."""
    stem = name.rsplit("/", 1)[-1].rpartition(".")[0].casefold()
    return (stem.lstrip("0") or "0") if is_hq else stem


def _lines(path: Path) -> list[str]:
    """The lines of a list, split at spaces, without the count that comes first."""
    lines = [line for line in read_text(path).translate(_DELIMITERS).split("\n") if line.strip()]
    if lines and lines[0].strip().isdigit():
        del lines[0]
    return lines


def _name_place(lines: Sequence[str]) -> int:
    """How many words stand before the picture's name in each line (an index column), told by the second line; -1 for none."""
    cells = (lines[1] if len(lines) > 1 else lines[0] if lines else "").split()
    return next((at for at, cell in enumerate(cells) if f".{cell.rpartition('.')[2].lower()}" in EXTENSIONS and "." in cell), -1)


def _read_attributes(
    path: Path, wanted: dict[str, int], is_hq: bool, count: int
) -> tuple[dict[str, npt.NDArray[np.float32]], int, int, int]:
    """The attributes; how many rows there are, how many are used, and how many repeat a picture."""
    lines = _lines(path)
    at = _name_place(lines)
    header = lines[0].split() if lines else []
    width = len(lines[1].split()) - at - 1 if len(lines) > 1 else 0
    names, before = header[len(header) - width :], header[: len(header) - width]
    if at < 0 or width < 1 or len(names) < width or not {folded(word) for word in before} <= _NOT_ATTRIBUTES:
        raise DataError(
            f"{path} is not CelebA's list of attributes.", "It has a line of names, then a line a picture: NAME.jpg -1 1 ..."
        )
    rows: dict[int, str] = {}  # a 0 or 1 a value: 200,000 lines become numbers in one step
    repeated = 0
    for line in lines[1:]:
        words = line.split(None, at + 1)
        if len(words) <= at:
            raise DataError(f"{path} is damaged at {words[-1]}.", f"A picture has {width} values, -1 or 1.")
        name, cells = words[at], words[at + 1].split() if len(words) > at + 1 else []
        place = wanted.get(_key(name, is_hq))
        if place is None:
            continue
        values = "".join(cells).replace("-1", "0")
        if len(cells) != width or len(values) != width or values.strip("01"):
            values = "".join(_TRUTH.get(cell.lower(), "?") for cell in cells)
            if len(values) != width or "?" in values:
                raise DataError(f"{path} is damaged at {name}.", f"A picture has {width} values, -1 or 1.")
        repeated += place in rows
        rows[place] = values
    if not rows:
        raise DataError(f"{path} names none of the pictures.", "Use the list that came with these pictures.")
    table = np.full((width, count), np.nan, np.float32)
    flat = np.frombuffer("".join(rows.values()).encode("ascii"), np.uint8)
    table[:, list(rows)] = (flat.reshape(len(rows), width) == ord("1")).T
    return dict(zip(names, table, strict=True)), len(lines) - 1, len(rows), repeated


def _read_pairs(path: Path, wanted: dict[str, int]) -> dict[int, str]:
    """The word after each picture's name in a list: number of the picture -> that word."""
    lines = _lines(path)
    at = _name_place(lines)
    words: dict[int, str] = {}
    for line in lines if at >= 0 else ():
        cells = line.split()
        place = wanted.get(_key(cells[at])) if len(cells) > at + 1 else None
        if place is not None:
            words[place] = cells[at + 1]
    return words


def _read_partition(celeba: Celeba, originals: dict[str, int], count: int) -> tuple[Parts | None, tuple[str, ...]]:
    """The official partition, if it has both a training and a validation part, and a note about it."""
    path = celeba.partition
    assert path is not None
    words = _read_pairs(path, originals)
    part = np.zeros(count, np.int8)
    for place, word in words.items():
        number = word.removesuffix(".0")
        if number not in ("0", "1", "2"):
            raise DataError(f"{path} says {word} of a picture.", "It says 0 (training), 1 (validation) or 2 (test).")
        part[place] = int(number)
    if not words:
        why = ""
        if celeba.is_hq and not celeba.originals:
            why = ": CelebA-HQ-to-CelebA-mapping.txt, which says which picture is which, isn't there"
        return None, (f"{path.name} names none of these pictures{why}. They are split as any pictures are.",)
    if not (part == TRAIN).any() or not (part == VALID).any():
        lacking = "training" if not (part == TRAIN).any() else "validation"
        return None, (f"{path.name} leaves no picture for {lacking}, so these are split as any pictures are.",)
    unnamed = count - len(words)
    noun, verb = ("picture", "is") if unnamed == 1 else ("pictures", "are")
    note = f"{unnamed:,} {noun} that {path.name} doesn't name {verb} used for training."
    return part, (note,) if unnamed else ()


def _hq_originals(path: Path, wanted: dict[str, int]) -> dict[str, int]:
    """CelebA's names of CelebA-HQ's pictures -> number of the picture. Lines: idx orig_idx orig_file."""
    numbers: dict[str, int] = {}
    for line in _lines(path):
        cells = line.split()
        if len(cells) >= 3 and (at := wanted.get(cells[-3].lstrip("0") or "0")) is not None:
            numbers[_key(cells[-1])] = at
    return numbers

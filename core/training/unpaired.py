"""The two sides of unpaired pictures: which picture is of which, as a person or the folders say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from core.data.dataset import FaceData, Sides
from core.data.index import SMILE
from core.data.split import Split
from core.errors import DataError
from core.files import printable
from core.wording import counted

NOT = "not "  # before a name: the pictures without it
LETTERS = ("A", "B")
FEWEST = 3  # pictures of a side: two to learn from, one held out
HINT = "Name them: --set side_a=NAME --set side_b=NAME, each a class or a column of the labels."

Mask = npt.NDArray[np.bool_]


def with_sides(data: FaceData, names: tuple[str, str]) -> FaceData:
    """The data set with its two sides, and without pictures of neither in its split.

    Args:
        data: all pictures.
        names: of the sides A and B: a class, a column of the labels, or either with "not " before it. One that is empty holds the
            pictures that aren't of the other; where both are, the folders or labels say what they are.

    Raises:
        DataError: there are no two such sides, they share pictures, or one of them has too few.
    """
    a, b = (name.strip() for name in names)
    if not a and not b:
        a, b = _told_by(data)
    a, b = a or without(b), b or without(a)
    masks = (_those(data, a), _those(data, b))
    _must_be_two(data, (a, b), masks)
    of = np.full(len(data.images), -1, np.int8)
    of[masks[0]], of[masks[1]] = 0, 1
    split = Split(*(rows[of[rows] >= 0] for rows in (data.split.train, data.split.valid)))
    sides = Sides((a, b), of)
    for side, name in enumerate(sides.names):
        train, valid = (len(sides.rows(rows, side)) for rows in (split.train, split.valid))
        if train < FEWEST - 1 or not valid:
            raise DataError(
                f"Side {LETTERS[side]} ({printable(name)}) has {counted(train, 'picture')} to learn from and {valid} held out.",
                "Each side needs at least 2 and 1: add pictures, or choose other sides.",
            )
    return replace(data, split=split, sides=sides)


def without(name: str) -> str:
    """The name of the pictures that another name leaves out."""
    return name.removeprefix(NOT) if name.startswith(NOT) else NOT + name


def _told_by(data: FaceData) -> tuple[str, str]:
    """The sides that the folders or the labels say, the one with an attribute last. Raises DataError."""
    classes = [name for name in data.index.named_classes if data.class_values(name, slice(None)).max(initial=0.0) > 0.0]
    if len(classes) == 2:
        first, second = classes
        return (second, first) if data.index.positive == first else (first, second)
    if len(classes) > 2:
        listed = ", ".join(printable(name) for name in classes[:6]) + ("..." if len(classes) > 6 else "")
        raise DataError(f"These pictures have {len(classes)} classes ({listed}), and a CycleGAN has two sides.", HINT)
    if data.own_attribute:
        return NOT + SMILE, SMILE
    raise DataError(
        "These pictures are all of one kind, and a CycleGAN turns one kind into another.",
        "Put each kind into a folder of its own, such as trainA and trainB, and choose the folder that holds both.",
    )


def _those(data: FaceData, name: str) -> Mask:
    """Which pictures are of a side, (N,). Raises DataError where nothing is called so."""
    is_without = name.startswith(NOT) and name not in data.attribute_names()
    values = data.attribute(name.removeprefix(NOT).strip() if is_without else name)
    mask: Mask = (values <= 0.5) if is_without else (values > 0.5)  # NaN, unknown, is neither
    return mask


def _must_be_two(data: FaceData, names: tuple[str, str], masks: tuple[Mask, Mask]) -> None:
    """Raises DataError where a side is empty, or has pictures of the other."""
    for letter, name, mask in zip(LETTERS, names, masks, strict=True):
        if mask.sum() < FEWEST:
            raise DataError(
                f"Side {letter} ({printable(name)}) has {counted(int(mask.sum()), 'picture')}.",
                "Each side needs at least 3: two to learn from, one held out.",
            )
    shared = int((masks[0] & masks[1]).sum())
    if shared:
        raise DataError(
            f"{counted(shared, 'picture')} are of both sides ({printable(names[0])} and {printable(names[1])}).",
            "Choose two sides that share no picture.",
        )
    of = {file: int(masks[1][row]) for row, file in enumerate(data.index.files) if masks[0][row] or masks[1][row]}
    groups = [{of[file] for file in group if file in of} for group in data.duplicates]
    twins = [
        [file for file in group if file in of] for group, sides in zip(data.duplicates, groups, strict=True) if len(sides) == 2
    ]
    copied = sum(len(group) for group in twins)
    if copied and copied == len(of):
        raise DataError("A and B hold the same pictures.", "Choose two folders with different pictures.")

"""Pictures that are nearly the same: neighbouring views of one thing on a turntable, told by file names as Fruits-360 has them.

Fruits-360 (Mureșan & Oltean, arXiv 1712.00580) filmed each fruit while it turned: `r_57_100.jpg` is picture 57 of its second turn,
scaled to 100 px, and 58 is hardly another. Whoever holds out such pictures by chance validates on what was learned from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

NEIGHBOURS = 12
"""Views so many pictures apart, 13 degrees, are taken for near-copies of each other; a turn has 327."""
LEAST_SHARE = 0.9  # of the files whose names must be such

_VIEW = re.compile(r"(?:(?:train|training|test)_)?(?P<turn>r\d*_)?(?P<number>\d{1,4})(?P<size>_100)?", re.IGNORECASE)

Groups = npt.NDArray[np.int32]


def near_copies(files: Sequence[str], labels: npt.NDArray[np.integer]) -> Groups | None:
    """Which pictures are neighbouring views: those with the same number lie in one stretch of one turn of one class.

    The ends of a turn don't meet: the first view and the last one were seen to be as far apart as any.

    Args:
        files: N posix paths.
        labels: (N,) class of each.

    Returns:
        (N,) numbers of groups from 0, each picture in one, perhaps alone in it; None where the names are others.
    """
    views = [_view(file) for file in files]
    if sum(view is not None for view in views) < LEAST_SHARE * len(files) or not files:
        return None
    known = [(int(label), *view, row) for row, (label, view) in enumerate(zip(labels, views, strict=True)) if view is not None]
    groups = np.full(len(files), -1, np.int32)
    last: tuple[int, str, int] | None = None
    group = -1
    for label, turn, number, row in sorted(known):
        if last is None or last[:2] != (label, turn) or number - last[2] > NEIGHBOURS:
            group += 1
        groups[row], last = group, (label, turn, number)
    alone = groups < 0
    groups[alone] = group + 1 + np.arange(int(alone.sum()))
    return groups


def _view(file: str) -> tuple[str, int] | None:
    """The turn and the number of a view; None for another name."""
    match = _VIEW.fullmatch(PurePosixPath(file).stem)
    if match is None or not (match["turn"] or match["size"]):
        return None
    return (match["turn"] or "").lower(), int(match["number"])

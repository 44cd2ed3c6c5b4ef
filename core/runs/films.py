"""A run's previews as a film: how its faces get clearer, with the epoch under each frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import CoreError
from core.export.animation import save_animation
from core.export.images import captioned, grid
from core.progress import Progress, silent
from core.runs.previews import read_preview

SECONDS = 7.0  # length of the film without the last frame
LONGEST, SHORTEST = 600, 30  # milliseconds of a frame, which take precedence over SECONDS
LAST = 2500  # milliseconds of the last frame, which shows the result
WIDEST, NARROWEST = 1280, 160  # pixels of a frame: the caption needs some

Row = int | str
"""A row of a sheet: its index from the top, or its name."""
_PAPER = 255


def durations(count: int) -> list[int]:
    """How long each of so many frames stands, in milliseconds."""
    each = round(min(LONGEST, max(SHORTEST, 1000 * SECONDS / count))) if count else 0
    return [each] * (count - 1) + [LAST] if count else []


def save_film(
    path: Path,
    previews: Sequence[tuple[int, Path]],
    rows: Sequence[Row],
    caption: Callable[[int], str],
    progress: Progress = silent,
) -> int:
    """Write previews as an animation, WebP or GIF by the file's ending.

    Args:
        path: the file.
        previews: epochs and their files, in order. Those that aren't there (any more) or have none of the rows are left out.
        rows: which rows of a sheet.
        caption: the line under the frame of an epoch.
        progress: told the current preview and how many there are; may raise Cancelled, and nothing is left then.

    Returns:
        How many frames there are.

    Raises:
        CoreError: there is nothing to show, or the file can't be written.
    """
    there = [(epoch, file) for epoch, file in previews if file.is_file()]
    first = 0
    while first < len(there) and _read(there[first][1], rows) is None:
        first += 1
    there = there[first:]
    if not there:
        raise _gone(path)
    save_animation(path, _frames(path, there, rows, caption, progress), durations(len(there)))
    return len(there)


def _frames(
    path: Path, previews: Sequence[tuple[int, Path]], rows: Sequence[Row], caption: Callable[[int], str], progress: Progress
) -> Iterator[np.ndarray]:
    """The frames one by one; in place of a preview deleted meanwhile, the one before it stays longer."""
    last: list[np.ndarray] = []
    for done, (epoch, file) in enumerate(previews, 1):
        progress("Drawing the film", done, len(previews))
        read = _read(file, rows)
        if read is not None and (not last or read[0].shape == last[0].shape):
            last = read
        if not last:
            raise _gone(path)
        sheet = grid(last)
        if sheet.shape[1] > WIDEST:
            size = (WIDEST, round(sheet.shape[0] * WIDEST / sheet.shape[1]))
            sheet = np.asarray(Image.fromarray(sheet).resize(size, Image.Resampling.LANCZOS))
        beside = max(0, NARROWEST - sheet.shape[1])
        sheet = np.pad(sheet, ((0, 0), (0, beside), (0, 0)), constant_values=_PAPER)
        yield captioned(sheet, caption(epoch))


def _read(path: Path, rows: Sequence[Row]) -> list[np.ndarray] | None:
    """The wanted rows of a preview, white where it lacks one; None: it can't be read or has none of them."""
    try:
        sheet = read_preview(path)
    except CoreError:
        return None
    known: dict[Row, np.ndarray] = dict(enumerate(sheet.values()))
    known.update(sheet.items())
    if not any(row in known for row in rows):
        return None
    white = np.full_like(known[0], _PAPER)
    return [known.get(row, white) for row in rows]


def _gone(path: Path) -> CoreError:
    return CoreError(f"{path.name} can't be written: the previews are gone, or can't be read.")

"""A run's previews: what a sheet holds, and which are kept when there are many.

A sheet is a `core.export.images.grid` whose metadata says what its rows are: for a VAE validation pictures, their
reconstructions, and samples from noise that is the same at every epoch. Older sheets don't; their size tells how many
rows there are.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.errors import CoreError
from core.export.images import GAP, read_recipe

BEFORE = ("originals", "reconstructions", "samples")  # the rows of a sheet without metadata, as many as it has
MOST_ROWS = 16
FIRST = 32  # epochs that are all kept, since most changes in them
NEWEST = 32  # epochs that are all kept
BETWEEN = 128  # previews between those, at most
MOST = FIRST + NEWEST + BETWEEN + 1  # previews of a run, the best epoch's among them

_NAME = re.compile(r"epoch_(\d{5,})\.png")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a sheet is cut: `rows` times `columns` square pictures of `side` pixels, `core.export.images.GAP` apart."""

    rows: int
    columns: int
    side: int

    def corner(self, row: int, column: int) -> tuple[int, int]:
        """Left and top of a picture."""
        return GAP + column * (self.side + GAP), GAP + row * (self.side + GAP)


def layout(width: int, height: int) -> Layout | None:
    """How a sheet of so many pixels is cut; None: it is no preview.

    Three rows of 6 measure what two rows of 4 larger pictures might, but then those are no multiple of 16 pixels, as a
    model's pictures are.
    """
    layouts = []
    for rows in (2, 3):
        side, rest = divmod(height - GAP, rows)
        columns, over = divmod(width - GAP, side) if side > GAP else (0, 1)
        if not rest and not over and columns:
            layouts.append(Layout(rows, columns, side - GAP))
    return next((one for one in layouts if one.side % 16 == 0), layouts[0] if layouts else None)


def layout_of(path: Path, width: int, height: int) -> tuple[Layout, tuple[str, ...]] | None:
    """How a preview is cut, and what its rows are: by its metadata or its size; None: it is no preview.

    Raises:
        CoreError: the file can't be read.
    """
    names = _rows_in(read_recipe(path) or {})
    if names:
        side, rest = divmod(height - GAP, len(names))
        columns, over = divmod(width - GAP, side) if side > GAP else (0, 1)
        return None if rest or over or not columns else (Layout(len(names), columns, side - GAP), names)
    cut = layout(width, height)
    return None if cut is None else (cut, BEFORE[: cut.rows])


def read_preview(path: Path) -> dict[str, np.ndarray]:
    """What each row of a preview is -> its pictures, uint8 (n, H, W, 3), in the sheet's order.

    Raises:
        CoreError: the file isn't there, or is no preview.
    """
    try:
        with Image.open(path) as image:
            sheet = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise CoreError(f"{path} can't be read as a picture.", "Other epochs may have theirs.") from None
    named_layout = layout_of(path, sheet.shape[1], sheet.shape[0])
    if named_layout is None:
        raise CoreError(f"{path} is no preview.", "A preview is a grid that a run wrote, a row for each kind of picture.")
    cut, names = named_layout
    inner = sheet[GAP:, GAP:].reshape(cut.rows, cut.side + GAP, cut.columns, cut.side + GAP, 3)
    pictures = inner[:, : cut.side, :, : cut.side].transpose(0, 2, 1, 3, 4)
    return dict(zip(names, pictures, strict=True))


def _rows_in(recipe: Mapping[str, Any]) -> tuple[str, ...]:
    """The rows that a sheet's metadata names; nothing for an older sheet without it."""
    names = recipe.get("rows")
    if not isinstance(names, list) or len(names) > MOST_ROWS or not all(isinstance(name, str) for name in names):
        return ()
    return tuple(names) if len(set(names)) == len(names) else ()


def preview_name(epoch: int) -> str:
    """The file's name of an epoch's preview."""
    return f"epoch_{epoch:05d}.png"


def is_kept(epoch: int, newest: int, best: int = 0) -> bool:
    """Whether a preview stays when `newest` is the run's last one.

    The first and the newest all stay, the best too, and between them every 2nd, 4th, 8th, ... epoch, so that they are never
    more than `MOST`. A deleted preview is never needed again (a best epoch was the newest when it became the best).
    """
    if epoch <= FIRST or epoch > newest - NEWEST or epoch == best:
        return True
    step = 1
    while newest - FIRST - NEWEST > BETWEEN * step:
        step *= 2
    return epoch % step == 0


def thin_out(folder: Path, newest: int, best: int = 0) -> None:
    """Delete the previews that aren't kept, and those of epochs after `newest`, which the run has rewound.

    Args:
        folder: `previews` of a run.
        newest: the epoch whose preview was just written.
        best: the best epoch so far; 0 = none.
    """
    for path in list(folder.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match and (int(match[1]) > newest or not is_kept(int(match[1]), newest, best)):
            with contextlib.suppress(OSError):  # one that another program holds open is deleted next time
                path.unlink()


def missing(paths: Iterable[Path]) -> set[Path]:
    """Those of the paths that aren't files any more."""
    return {path for path in paths if not path.is_file()}

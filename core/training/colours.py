"""Pictures without colours are left out of what a family learns from that learns colours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from core.data.dataset import FaceData, Rows, batch
from core.data.split import Split
from core.errors import DataError
from core.families.colouriser.lab import GREY, mean_chroma
from core.files import printable
from core.progress import Progress, silent
from core.training.batches import to_input
from core.wording import counted

AT_ONCE = 64
NAMED = 20  # grey pictures in a message; more are counted


def without_grey(data: FaceData, progress: Progress = silent) -> FaceData:
    """The data set without the grey pictures in its split; they are named in `grey`.

    Raises:
        DataError: too few pictures with colours are left.
        Cancelled: by `progress`.
    """
    if data.images.shape[-1] != 3:
        raise DataError("These pictures are grey, and a colouriser learns from colours.", "Choose pictures with colours.")
    count = len(data.images)
    has_colours = np.zeros(count, bool)
    for start in range(0, count, AT_ONCE):
        progress("Looking for grey pictures", start, count)
        rows = np.arange(start, min(start + AT_ONCE, count))
        has_colours[rows] = (mean_chroma(to_input(batch(data.images, rows), torch.device("cpu"))) >= GREY).numpy()
    train, valid = (_those(rows, has_colours) for rows in (data.split.train, data.split.valid))
    if not len(train) or not len(valid):
        part = "All" if not has_colours.any() else "All training" if not len(train) else "All validation"
        raise DataError(
            f"{part} pictures are grey, and a colouriser learns from colours.", "Choose pictures with colours, or more of them."
        )
    grey = tuple(data.index.files[row] for row in np.flatnonzero(~has_colours).tolist())
    return replace(data, split=Split(train, valid), grey=grey)


def grey_note(data: FaceData) -> str:
    """The sentence about the grey pictures that were left out; "" where there are none."""
    if not data.grey:
        return ""
    named = ", ".join(printable(file) for file in data.grey[:NAMED])
    more = f" and {len(data.grey) - NAMED:,} more" if len(data.grey) > NAMED else ""
    verb = "is" if len(data.grey) == 1 else "are"
    why = f"grey, with a mean chroma below {GREY:g}"
    return f"{counted(len(data.grey), 'picture')} {verb} left out ({why}): {named}{more}."


def _those(rows: Rows, has_colours: np.ndarray) -> Rows:
    return rows[has_colours[rows]]

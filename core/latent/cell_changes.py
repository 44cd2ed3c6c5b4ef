"""Which cells of a grid of codes change along a direction, counted over many faces."""

from __future__ import annotations

import numpy as np

from core.latent.arithmetic import Arithmetic
from core.latent.directions import Direction, Part
from core.progress import Progress, silent

MOST = 512  # faces: a share is known to 2 points then
REACH = 100.0  # percent, either way: where the average faces with and without it lie
AT_ONCE = 32
COUNTING = "Counting the cells that change"


def changed_shares(own: Arithmetic, codes: np.ndarray, direction: Direction, progress: Progress = silent) -> np.ndarray:
    """In which share of some faces each cell's code is another one with an attribute than without it.

    Args:
        own: of the model; nobody else uses it meanwhile.
        codes: (N, cells) of the faces.
        direction: of the attribute; each face is moved to 100 and to -100 percent along it.
        progress: told how far; may raise Cancelled.

    Returns:
        (cells,), 0 to 1; zeros for no faces.

    Raises:
        CoreError: the direction doesn't move such codes.
    """
    counts = np.zeros(codes.shape[1])
    with_it, without = [Part(direction, "amount", REACH)], [Part(direction, "amount", -REACH)]
    for number, code in enumerate(codes):
        if number % AT_ONCE == 0:
            progress(COUNTING, number, len(codes))
        counts += own.moved(code, with_it) != own.moved(code, without)
    progress(COUNTING, len(codes), len(codes))
    return counts / max(1, len(codes))

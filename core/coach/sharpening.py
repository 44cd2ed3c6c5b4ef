"""Whether the phase that sharpens has gone too far: the decoder paints details that the pictures don't have."""

from __future__ import annotations

import math

import numpy as np

from core.coach.base import Advice, Facts, Severity
from core.families.vae.family import SHARPENING
from core.wording import counted, percent

TOO_MUCH = 1.05  # fine detail of reconstructions over that of the pictures
LESS_TRUE = 0.75  # of the correlation before the phase: what is left where much is made up


def inventing(facts: Facts) -> Advice | None:
    """Reconstructions have more fine structure than the pictures, or much less of it than before is the pictures' own.

    Sharper pictures correlate a little less by themselves: what is missing of a blur can't be wrong (the trade of distortion for
    perception, Blau & Michaeli, arXiv 1711.06077).
    """
    history = facts.history
    rows = np.flatnonzero(np.array([phase == SHARPENING for phase in history.phases], bool))
    if not len(rows) or rows[0] == 0:
        return None
    detail, truth = history.valid("detail"), history.valid("detail_correlation")
    before = float(truth[rows[0] - 1])
    now, share = float(detail[rows[-1]]), float(truth[rows[-1]]) / before if before > 0.0 else math.nan
    if not (now > TOO_MUCH or share < LESS_TRUE):  # nor where they are unknown
        return None
    kept = next((n for n, row in enumerate(rows) if detail[row] > TOO_MUCH or truth[row] < LESS_TRUE * before), 0)
    if now > TOO_MUCH:
        sentence = (
            f"The decoder paints more fine detail than the pictures have ({percent(100.0 * now)} of it): it has begun to invent."
        )
    else:
        sentence = (
            f"Only {percent(100.0 * share)} as much of the fine detail as before the sharpening is the pictures' own: the rest is "
            "invented."
        )
    stop = "" if facts.is_complete else "Stop here; "
    well = f"sharpen for {counted(kept, 'epoch')}" if kept else "don't sharpen"
    reason = f"{stop}{well} next time. The model before the phase is kept in checkpoints."
    return Advice("inventing", sentence, f"{reason[0].upper()}{reason[1:]}", Severity.WARNING, {"sharpen_epochs": kept})

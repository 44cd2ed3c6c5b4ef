"""Measures of a finished model that any family can take: what its recipe says of held-out pictures, and SSIM."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from core.data.dataset import FaceData, batch
from core.families.base import Can, Elapsed, Family, completed
from core.latent.instrument import Instrument
from core.metrics.reconstruction import ssim
from core.progress import Progress, silent
from core.training.recipe import Moment, Recipe

AT_ONCE = 64


def measure_judged(
    kind: Family, recipe: Recipe, instrument: Instrument, data: FaceData, progress: Progress = silent
) -> dict[str, Any]:
    """What a recipe reports of the validation part, and the SSIM of reconstructions, where the family makes any.

    Args:
        kind: the family.
        recipe: with the weights of the checkpoint, in the phase in which its last epoch was.
        instrument: the same model.
        data: the pictures.
        progress: told how far; may raise Cancelled.

    Returns:
        `images`, the family's metrics, and `ssim`.
    """
    rows, header = data.split.valid, instrument.header
    judgement = recipe.judge(
        data.images,
        rows,
        Moment(Elapsed(float(header.epoch))),
        lambda: False,
        lambda done, total: progress("Evaluating", done, total),
    )
    result: dict[str, Any] = {"images": len(rows), **completed(kind, judgement.valid), **judgement.whole}
    if {Can.ENCODE, Can.DECODE} <= instrument.can:
        result["ssim"] = _mean_ssim(instrument, data, rows, progress)
    return result


def _mean_ssim(model: Instrument, data: FaceData, rows: np.ndarray, progress: Progress) -> float:
    total = 0.0
    for start in range(0, len(rows), AT_ONCE):
        progress("Rebuilding pictures", start, len(rows))
        pictures = batch(data.images, rows[start : start + AT_ONCE])
        rebuilt = model.decode(model.encode(pictures).values)
        pair = (torch.from_numpy(part).permute(0, 3, 1, 2).float() / 255.0 for part in (pictures, rebuilt))
        total += float(ssim(*pair).sum())
    return total / len(rows)

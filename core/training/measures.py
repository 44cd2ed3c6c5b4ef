"""Measures of a finished model that any family can take: what its recipe says of held-out pictures, and SSIM."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.data.dataset import FaceData, batch
from core.data.statistics import on_white
from core.families.base import Can, Elapsed, Family, completed
from core.families.metrics import OBJECT_PSNR
from core.latent.instrument import Instrument
from core.metrics.reconstruction import object_psnr, ssim
from core.progress import Progress, silent
from core.training.recipe import Moment, Recipe

AT_ONCE = 64


def measure_judged(
    kind: Family, recipe: Recipe, instrument: Instrument, data: FaceData, progress: Progress = silent
) -> dict[str, Any]:
    """What a recipe reports of the validation part, and SSIM and PSNR without white of reconstructions, where there are any.

    Args:
        kind: the family.
        recipe: with the weights of the checkpoint, in the phase in which its last epoch was.
        instrument: the same model.
        data: the pictures.
        progress: told how far; may raise Cancelled.

    Returns:
        `images`, the family's metrics, `ssim`, and `psnr_object` where the pictures' background is white.
    """
    rows, header = data.split.valid, instrument.header
    judgement = recipe.judge(
        data.images,
        rows,
        Moment(Elapsed(float(header.epoch))),
        lambda: False,
        progress,
    )
    result: dict[str, Any] = {"images": len(rows), **completed(kind, judgement.valid), **judgement.whole}
    if {Can.ENCODE, Can.DECODE} <= instrument.can:
        result |= _of_reconstructions(instrument, data, rows, progress)
    return result


def _of_reconstructions(model: Instrument, data: FaceData, rows: np.ndarray, progress: Progress) -> dict[str, float]:
    """SSIM, and where the background is white, PSNR without it."""
    likeness: list[Tensor] = []
    of_object: list[Tensor] = []
    is_on_white = on_white(data)
    for start in range(0, len(rows), AT_ONCE):
        progress("Rebuilding pictures", start, len(rows))
        pictures = batch(data.images, rows[start : start + AT_ONCE])
        rebuilt = model.decode(model.encode(pictures).values)
        pair = [torch.from_numpy(part).permute(0, 3, 1, 2).float() / 255.0 for part in (pictures, rebuilt)]
        likeness.append(ssim(*pair))
        if is_on_white:
            of_object.append(object_psnr(*pair))
    numbers = {"ssim": float(torch.cat(likeness).mean())}
    return numbers | ({OBJECT_PSNR.key: float(torch.cat(of_object).nanmean())} if is_on_white else {})

"""What `evaluate` says of a finished VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from core import device
from core.checkpoint import OBJECTIVE, Checkpoint
from core.data.dataset import FaceData
from core.data.split import spread
from core.data.statistics import on_white
from core.errors import CheckpointError, DataError
from core.families.base import Elapsed
from core.families.vae.evaluate import evaluate, evidence_bounds
from core.families.vae.objectives import registry as objectives
from core.families.vae.objectives.base import ObjectiveModule
from core.latent import directions
from core.latent.data_codes import encode_rows, given_by
from core.latent.engine import LatentEngine
from core.metrics.direction_quality import auc
from core.metrics.latent import EMPTY_NATS, all_alike
from core.progress import Progress, silent


def measure(
    instrument: LatentEngine, checkpoint: Checkpoint, data: FaceData, progress: Progress = silent, *, importance_samples: int = 0
) -> dict[str, Any]:
    """See `core.training.recipe.Home`. Beside the metrics: `ssim`, and `directions` with each one's AUC on held-out pictures."""
    rows, given = data.split.valid, given_by(instrument, data)
    objective = _objective(instrument, checkpoint)
    compute = device.choose("cpu", "fp32")
    evaluation = evaluate(
        instrument.module,
        objective,
        compute,
        data.images,
        rows,
        progress=Elapsed(float(checkpoint.header.epoch)),
        labels=given.classes,
        with_ssim=True,
        with_detail=bool(checkpoint.header.settings.sharpen_epochs),
        with_object=on_white(data),
        report=progress,
    )
    scores = {}
    for values in checkpoint.header.directions:
        direction = directions.from_dict(values)
        if direction.name not in (*data.attribute_names(), "smile"):
            continue
        try:
            labels = data.attribute(direction.name)[rows]
        except DataError:
            continue
        known = rows[~np.isnan(labels)]
        codes = encode_rows(instrument, data.images, known, None, given).mean
        score = auc(direction.position(codes), labels[~np.isnan(labels)] > 0.5)
        scores[direction.name] = {"auc": score, "held_out": len(known)}
    likelihood: dict[str, Any] = {}
    if importance_samples:
        samples = [importance_samples]
        module, images = instrument.module, data.images
        (nats,) = evidence_bounds(module, objective, compute, images, rows, samples, progress, given.classes)
        likelihood = {"log_likelihood": float(nats.mean()), "importance_samples": importance_samples}
    return {
        "images": len(rows),
        "reconstruction": evaluation.reconstruction,
        "kl": evaluation.kl,
        "elbo": evaluation.elbo,
        **likelihood,
        "psnr": evaluation.psnr,
        "ssim": evaluation.ssim,
        **evaluation.of_object(),
        **evaluation.details(),
        "active_units": evaluation.active_units if len(rows) > 1 else float("nan"),
        "directions": scores,
        "notes": what_codes_lack(evaluation.kl, len(rows), all_alike(evaluation.code_std)),
        **({} if evaluation.total_correlation is None else {"total_correlation": evaluation.total_correlation}),
    }


def bounds(
    instrument: LatentEngine,
    checkpoint: Checkpoint,
    data: FaceData,
    pictures: int,
    samples: Sequence[int],
    progress: Progress = silent,
) -> np.ndarray:
    """See `core.training.recipe.Home`."""
    rows, compute = spread(data.split.valid, pictures), device.choose("cpu", "fp32")
    labels, objective = given_by(instrument, data).classes, _objective(instrument, checkpoint)
    limits = evidence_bounds(instrument.module, objective, compute, data.images, rows, samples, progress, labels)
    return np.asarray(limits.mean(axis=1))


def what_codes_lack(kl: float, pictures: int, alike: bool) -> list[str]:
    """Sentences that say why measures of some pictures' codes mean little; none where they can be trusted.

    Args:
        kl: KL of q(z|x) from the prior, nats per image, the mean over the pictures.
        pictures: how many.
        alike: whether the codes are the same for all of them.
    """
    if pictures < 2:
        sentences = ["One picture alone varies in nothing: how many dimensions are active can't be told from it."]
    elif alike:
        sentences = [f"The codes of all {pictures:,} pictures are the same: what is measured on how they differ means nothing."]
    else:
        sentences = []
    if kl < EMPTY_NATS:
        sentences.append(
            f"A code tells {max(kl, 0.0):.2g} nats of a picture, next to nothing: the run has collapsed, or these pictures look "
            "alike to it. What is measured on its codes (active dimensions, directions, disentanglement) means nothing."
        )
    return sentences


def _objective(instrument: LatentEngine, checkpoint: Checkpoint) -> ObjectiveModule:
    objective = objectives.create(checkpoint.header.settings.objective, instrument.module)
    try:
        objective.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in checkpoint.part(OBJECTIVE).items()})
    except RuntimeError as error:
        raise CheckpointError(f"The checkpoint's objective can't be read: {error}.") from None
    return objective

"""What a model learned, measured on held-out pictures framed like its training pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from core import device
from core.checkpoint import OBJECTIVE, Checkpoint, Header
from core.config import CENTER, FACE
from core.data.dataset import FaceData, batch, load
from core.data.sources import kind_of
from core.data.split import spread
from core.errors import CheckpointError, ConfigError, DataError
from core.families.base import Can, Elapsed, completed, phase_at
from core.families.registry import family
from core.families.vae.evaluate import evaluate, evidence_bounds
from core.families.vae.objectives import registry as objectives
from core.families.vae.objectives.base import ObjectiveModule
from core.latent import directions
from core.latent.data_codes import encode_rows, given_by
from core.latent.engine import LatentEngine
from core.latent.instrument import Instrument, open_instrument
from core.metrics.direction_quality import auc
from core.metrics.disentanglement import MEASURES, measure_factors
from core.metrics.latent import all_alike, what_codes_lack
from core.metrics.reconstruction import ssim
from core.progress import Progress
from core.training.recipe import Moment, home_of

AT_ONCE = 64
MOST_MEASURED = 50_000  # pictures from which measures of disentanglement sample


def load_data(header: Header, source: str, bar: Progress, limit: int | None = None) -> FaceData:
    """A data set framed and split like the checkpoint's own.

    A crop box makes no sense in files of another size than the training files': those are taken as already framed.
    Where the training pictures were framed by their faces, these are too. A class that the run named but that isn't in
    this data set is passed over.

    Args:
        header: of the checkpoint.
        source: SOURCE of the command line.
        bar: told how far; may raise Cancelled.
        limit: a seeded sample of so many pictures; 0 = all; None = as in the checkpoint's own.

    Raises:
        DataError: the source or its labels can't be used, or no picture can.
    """
    config = replace(header.config.data, source=source)
    if limit is not None:
        config = replace(config, limit=limit)
    if not kind_of(source).has_files:
        config = replace(config, crop=CENTER)
    try:
        data = load(config, bar)
    except DataError:
        other = replace(config, positive="", crop=FACE if config.crop == FACE else CENTER)
        if other == config:
            raise
        data = load(other, bar)
        config = other
    sizes, trained = data.summary()["sizes"], header.data.get("sizes")
    if config.crop not in (CENTER, FACE) and trained and trained["smallest"] == trained["largest"] and sizes != trained:
        data = load(replace(config, crop=CENTER), bar)
    return data


def measure(
    engine: LatentEngine, saved: Checkpoint, data: FaceData, bar: Progress, *, importance_samples: int = 0
) -> dict[str, Any]:
    """Everything that `evaluate` reports, over the validation part; log p(x) only if `importance_samples` is given.

    A number that can't be measured on these pictures is NaN; `notes` are sentences that say which, and which of the
    others mean nothing.
    """
    rows, given = data.split.valid, given_by(engine, data)
    objective = _objective(engine, saved)
    compute = device.choose("cpu", "fp32")
    evaluation = evaluate(
        engine.module,
        objective,
        compute,
        data.images,
        rows,
        progress=Elapsed(float(saved.header.epoch)),
        labels=given.classes,
        with_ssim=True,
        report=lambda done, total: bar("Evaluating", done, total),
    )
    scores = {}
    for values in saved.header.directions:
        direction = directions.from_dict(values)
        if direction.name not in (*data.attribute_names(), "smile"):
            continue
        try:
            labels = data.attribute(direction.name)[rows]
        except DataError:
            continue
        known = rows[~np.isnan(labels)]
        codes = encode_rows(engine, data.images, known, None, given).mean
        score = auc(direction.position(codes), labels[~np.isnan(labels)] > 0.5)
        scores[direction.name] = {"auc": score, "held_out": len(known)}
    likelihood: dict[str, Any] = {}
    if importance_samples:
        (nats,) = evidence_bounds(engine.module, objective, compute, data.images, rows, [importance_samples], bar, given.classes)
        likelihood = {"log_likelihood": float(nats.mean()), "importance_samples": importance_samples}
    return {
        "images": len(rows),
        "reconstruction": evaluation.reconstruction,
        "kl": evaluation.kl,
        "elbo": evaluation.elbo,
        **likelihood,
        "psnr": evaluation.psnr,
        "ssim": evaluation.ssim,
        "active_units": evaluation.active_units if len(rows) > 1 else float("nan"),
        "directions": scores,
        "notes": what_codes_lack(evaluation.kl, len(rows), all_alike(evaluation.code_std)),
        **({} if evaluation.total_correlation is None else {"total_correlation": evaluation.total_correlation}),
    }


def measure_declared(saved: Checkpoint, data: FaceData, bar: Progress) -> dict[str, Any]:
    """Over the validation part: the number of pictures, the family's metrics, and the SSIM of reconstructions, if it has any."""
    kind, rows = family(saved.header.config.family), data.split.valid
    compute = device.choose("cpu", "fp32")
    recipe = home_of(kind.name).make_recipe(saved.header.config, data, compute, saved)
    phase = phase_at(kind, saved.header.config, saved.header.epoch - 1).name
    if recipe.phase != phase:
        recipe.begin(phase)
    bar("Judging", 0, 0)
    judgement = recipe.judge(data.images, rows, Moment(Elapsed(float(saved.header.epoch))), lambda: False)
    result: dict[str, Any] = {"images": len(rows), **completed(kind, judgement.valid), **judgement.whole}
    if {Can.ENCODE, Can.DECODE} <= kind.can(saved.header.settings, saved.header.image_shape):
        result["ssim"] = _likeness(open_instrument(saved, compute), data, rows, bar)
    return result


def measure_bounds(
    engine: LatentEngine, saved: Checkpoint, data: FaceData, pictures: int, samples: Sequence[int], bar: Progress
) -> np.ndarray:
    """Bounds of log p(x) for several numbers of samples, means over evenly spaced validation pictures: (len(samples),) nats."""
    rows, compute = spread(data.split.valid, pictures), device.choose("cpu", "fp32")
    given = given_by(engine, data)
    bounds = evidence_bounds(engine.module, _objective(engine, saved), compute, data.images, rows, samples, bar, given.classes)
    return np.asarray(bounds.mean(axis=1))


def disentangled(engine: LatentEngine, data: FaceData, measures: Sequence[str], bar: Progress) -> dict[str, Any]:
    """Measures of disentanglement, over a seeded sample of all pictures, whatever the split.

    Returns:
        As `measure_factors`; where the pictures are too few or too alike for a measure, it is left out, and `left_out`
        says why.
    """
    assert data.factors is not None
    rows = np.arange(len(data.images))
    if len(rows) > MOST_MEASURED:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_MEASURED, replace=False))
    codes = encode_rows(engine, data.images, rows, bar, given_by(engine, data))
    result = measure_factors(codes, data.factors[rows], data.factor_names, bar, measures=())
    result["left_out"] = {}
    for measure in measures:
        try:
            result |= measure_factors(codes, data.factors[rows], data.factor_names, bar, measures=(measure,))
            reason = "" if measure in result else "No factor that it takes has more than one value in these pictures."
        except DataError as error:
            reason = error.message
        if reason:
            result["left_out"][measure] = f"{measure} is left out. {reason}"
    return result


def check_measures(text: str) -> tuple[str, ...]:
    """The measures that --measures names. Raises ConfigError."""
    names = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    unknown = [name for name in names if name not in (*MEASURES, "all")]
    if unknown:
        raise ConfigError(f"There is no measure named {unknown[0]!r}.", f"Choose of: all, {', '.join(MEASURES)}.")
    return MEASURES if "all" in names else names


def _likeness(model: Instrument, data: FaceData, rows: np.ndarray, bar: Progress) -> float:
    """Mean SSIM of reconstructions."""
    total = 0.0
    for start in range(0, len(rows), AT_ONCE):
        bar("Rebuilding pictures", start, len(rows))
        pictures = batch(data.images, rows[start : start + AT_ONCE])
        rebuilt = model.decode(model.encode(pictures).values)
        pair = (torch.from_numpy(part).permute(0, 3, 1, 2).float() / 255.0 for part in (pictures, rebuilt))
        total += float(ssim(*pair).sum())
    return total / len(rows)


def _objective(engine: LatentEngine, saved: Checkpoint) -> ObjectiveModule:
    objective = objectives.create(saved.header.settings.objective, engine.module)
    try:
        objective.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in saved.part(OBJECTIVE).items()})
    except RuntimeError as error:
        raise CheckpointError(f"The checkpoint's objective can't be read: {error}.") from None
    return objective

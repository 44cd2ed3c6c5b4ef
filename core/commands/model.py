"""`evaluate`: what a model learned, measured on labelled pictures; and how such pictures are framed for it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core import checkpoint, device
from core.checkpoint import OBJECTIVE, Checkpoint, Header
from core.commands.batches import counted
from core.commands.shared import DONE
from core.commands.terminal import ProgressBar, give, give_json
from core.config import CENTER, FACE
from core.data.columns import has_columns
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
from core.metrics.correlates import Correlates, measure_correlates
from core.metrics.direction_quality import auc
from core.metrics.disentanglement import MEASURES, measure_factors
from core.metrics.latent import all_alike, what_codes_lack
from core.metrics.reconstruction import ssim
from core.progress import Progress
from core.training.recipe import Moment, home_of

AT_ONCE = 64
MOST_SAMPLES = 100_000  # importance samples of a picture
SMALLEST_SHOWN = 0.05  # nats that are not shown as 0.0
MOST_MEASURED = 50_000  # pictures that measures of disentanglement draw theirs from


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a file, a run folder or a shipped model's name")
    parser.add_argument("--data", required=True, metavar="SOURCE", help="the labelled pictures")
    parser.add_argument(
        "--importance-samples",
        type=int,
        default=0,
        metavar="K",
        help="also estimate log p(x) from K importance samples a picture, for example 100 (default 0: don't)",
    )
    parser.add_argument(
        "--measures",
        default="",
        metavar="NAME,...",
        help=f"of disentanglement, where factors are known: all, or some of {', '.join(MEASURES)} (dci takes minutes)",
    )
    parser.add_argument(
        "--correlates", action="store_true", help="also say which label or factor each dimension goes with most, and how closely"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(handler=_evaluate)


def load_data(header: Header, source: str, bar: Progress) -> FaceData:
    """A data set framed and split as the checkpoint's own was.

    A box that was cut out of the training files makes no sense in files of another size: those are taken as already
    framed. Where the training pictures were framed by their faces, these are too. A class that the run named but that
    isn't in this data set is passed over.
    """
    config = replace(header.config.data, source=source)
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


def _evaluate(arguments: argparse.Namespace) -> int:
    if not 0 <= arguments.importance_samples <= MOST_SAMPLES:
        raise ConfigError(
            f"--importance-samples is {arguments.importance_samples}.", f"It must be at least 0 and at most {MOST_SAMPLES:,}."
        )
    measures = check_measures(arguments.measures)
    path = checkpoint.find(arguments.checkpoint)
    saved = checkpoint.load(path)
    if Can.LIKELIHOOD not in family(saved.header.config.family).can(saved.header.settings, saved.header.image_shape):
        return _evaluate_other(arguments, saved, path)
    engine = LatentEngine(saved)
    bar = ProgressBar()
    try:
        data = load_data(engine.header, arguments.data, bar)
        if arguments.correlates and not has_columns(data):
            raise DataError(f"The pictures of {data.index.name} have neither classes nor labels.", "Leave out --correlates.")
        if measures and data.factors is None:
            raise DataError(f"The factors of {data.index.name} aren't known.", "Leave out --measures, or use sprites.")
        result = measure(engine, saved, data, bar, importance_samples=arguments.importance_samples)
        result["notes"] += _without_auc(result["directions"])
        if measures:
            result["measures"] = disentangled(engine, data, measures, bar)
            result["notes"] += result["measures"].pop("left_out").values()
        found = measure_correlates(engine, data, bar) if arguments.correlates else None
        if found is not None:
            result["correlates"] = found.to_dict()
    finally:
        bar.close()
    if arguments.json:
        give_json(result | {"checkpoint": str(path), "checkpoint_id": engine.id})
    else:
        _give_numbers(result, engine.spec.latent_dim)
        for line in [] if found is None else _said(found):
            give(line)
        for note in result["notes"]:
            give(note)
    return DONE


def _evaluate_other(arguments: argparse.Namespace, saved: Checkpoint, path: Path) -> int:
    """`evaluate` for a family without a likelihood: what it declares, and how alike rebuilt validation pictures are."""
    kind = family(saved.header.config.family)
    for option in ("importance_samples", "measures", "correlates"):
        if getattr(arguments, option):
            raise ConfigError(f"A {kind.title} has no --{option.replace('_', '-')}.", "Leave it out.")
    bar = ProgressBar()
    try:
        data = load_data(saved.header, arguments.data, bar)
        result = {"images": len(data.split.valid)} | measure_declared(saved, data, bar)
    finally:
        bar.close()
    if arguments.json:
        give_json(result | {"checkpoint": str(path), "checkpoint_id": saved.header.id})
        return DONE
    give(counted(result["images"], "validation picture"))
    for key, value in result.items():
        metric = kind.metric(key)
        if metric is not None:
            give(f"{metric.title} {value:.4g} {metric.unit}".rstrip())
    if "ssim" in result:
        give(f"SSIM {result['ssim']:.3f}")
    return DONE


def measure_declared(saved: Checkpoint, data: FaceData, bar: Progress) -> dict[str, Any]:
    """What a family declares, over the validation part; and the SSIM of rebuilt pictures, where it rebuilds them."""
    kind, rows = family(saved.header.config.family), data.split.valid
    compute = device.choose("cpu", "fp32")
    recipe = home_of(kind.name).make_recipe(saved.header.config, data, compute, saved)
    phase = phase_at(kind, saved.header.config, saved.header.epoch - 1).name
    if recipe.phase != phase:
        recipe.begin(phase)
    bar("Judging", 0, 0)
    found = recipe.judge(data.images, rows, Moment(Elapsed(float(saved.header.epoch))), lambda: False)
    result: dict[str, Any] = {**completed(kind, found.valid), **found.whole}
    if {Can.ENCODE, Can.DECODE} <= kind.can(saved.header.settings, saved.header.image_shape):
        result["ssim"] = _likeness(open_instrument(saved, compute), data, rows, bar)
    return result


def _likeness(model: Instrument, data: FaceData, rows: np.ndarray, bar: Progress) -> float:
    """Mean SSIM of rebuilt pictures."""
    total = 0.0
    for start in range(0, len(rows), AT_ONCE):
        bar("Rebuilding pictures", start, len(rows))
        pictures = batch(data.images, rows[start : start + AT_ONCE])
        rebuilt = model.decode(model.encode(pictures).values)
        pair = (torch.from_numpy(part).permute(0, 3, 1, 2).float() / 255.0 for part in (pictures, rebuilt))
        total += float(ssim(*pair).sum())
    return total / len(rows)


def _give_numbers(result: dict[str, Any], dimensions: int) -> None:
    """What `measure` found, for people; a number that there is none of is left out, for a note says why."""
    active = "" if np.isnan(result["active_units"]) else f", active units {result['active_units']} of {dimensions}"
    give(
        f"{counted(result['images'], 'validation picture')}\n"
        f"reconstruction {result['reconstruction']:.1f}, KL {result['kl']:.1f}, ELBO {result['elbo']:.1f} nats per image\n"
        f"PSNR {result['psnr']:.2f} dB, SSIM {result['ssim']:.3f}{active}"
    )
    if "log_likelihood" in result:
        samples = counted(result["importance_samples"], "importance sample")
        above = result["log_likelihood"] - result["elbo"]
        bound = f"the ELBO bounds it from below, by {above:.1f}"
        if above < SMALLEST_SHOWN:
            bound = "with so few samples it can't be told from the ELBO, which bounds it from below"
        give(f"log p(x) {result['log_likelihood']:.1f} nats per image from {samples}; {bound}")
    if "total_correlation" in result:
        give(f"total correlation {result['total_correlation']:.2f} nats, as the objective estimates it")
    for name, value in result.get("measures", {}).items():
        give(f"{name}: {_words(value)}")
    for name, numbers in result["directions"].items():
        if not np.isnan(numbers["auc"]):
            give(f"direction {name}: AUC {numbers['auc']:.3f} over {counted(numbers['held_out'], 'picture')}")


def check_measures(text: str) -> tuple[str, ...]:
    """The measures that --measures names. Raises ConfigError."""
    names = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    unknown = [name for name in names if name not in (*MEASURES, "all")]
    if unknown:
        raise ConfigError(f"There is no measure named {unknown[0]!r}.", f"Choose of: all, {', '.join(MEASURES)}.")
    return MEASURES if "all" in names else names


def _said(found: Correlates) -> list[str]:
    """What each dimension goes along with, for people; those that go along with nothing are counted."""
    known = [(dim, one) for dim in range(len(found.best)) if (one := found.of(dim)) is not None]
    lines = [f"dimension {dim} goes with {one.name} ({one.measure} = {one.value:.2f})" for dim, one in known]
    left = len(found.best) - len(known)
    return lines + ([f"beyond chance, {left:,} of {len(found.best):,} dimensions go with no label"] if left else [])


def _without_auc(directions: dict[str, dict[str, float]]) -> list[str]:
    """Why directions have no AUC, a sentence for each that has none."""
    return [
        f"The direction {name} has no AUC here: that takes held-out pictures with and without it, and of these "
        f"{counted(int(numbers['held_out']), 'picture')} there are none of one kind."
        for name, numbers in directions.items()
        if np.isnan(numbers["auc"])
    ]


def _words(value: Any) -> str:
    """A measure's result for people; one that has no meaning here, as of a single dimension, is "none"."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(part)}" for key, part in value.items())
    if isinstance(value, float):
        return "none" if np.isnan(value) else f"{value:.3f}"
    return ", ".join(value) if isinstance(value, list) else f"{value:,}"


def disentangled(engine: LatentEngine, data: FaceData, measures: Sequence[str], bar: Progress) -> dict[str, Any]:
    """What the codes tell about the factors, over a seeded sample of all pictures: these measures know no split.

    Returns:
        As `measure_factors`; a measure that these pictures are too few or too alike for is left out, and `left_out` has a sentence
        for each that says why.
    """
    assert data.factors is not None
    rows = np.arange(len(data.images))
    if len(rows) > MOST_MEASURED:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_MEASURED, replace=False))
    codes = encode_rows(engine, data.images, rows, bar, given_by(engine, data))
    found = measure_factors(codes, data.factors[rows], data.factor_names, bar, measures=())
    found["left_out"] = {}
    for measure in measures:
        try:
            found |= measure_factors(codes, data.factors[rows], data.factor_names, bar, measures=(measure,))
            reason = "" if measure in found else "No factor that it takes has more than one value in these pictures."
        except DataError as error:
            reason = error.message
        if reason:
            found["left_out"][measure] = f"{measure} is left out. {reason}"
    return found


def measure_bounds(
    engine: LatentEngine, saved: Checkpoint, data: FaceData, pictures: int, samples: Sequence[int], bar: Progress
) -> np.ndarray:
    """Bounds of log p(x) for several numbers of samples, means over evenly spaced validation pictures: (len(samples),) nats."""
    rows, compute = spread(data.split.valid, pictures), device.choose("cpu", "fp32")
    given = given_by(engine, data)
    found = evidence_bounds(engine.module, _objective(engine, saved), compute, data.images, rows, samples, bar, given.classes)
    return np.asarray(found.mean(axis=1))


def _objective(engine: LatentEngine, saved: Checkpoint) -> ObjectiveModule:
    objective = objectives.create(saved.header.settings.objective, engine.module)
    try:
        objective.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in saved.part(OBJECTIVE).items()})
    except RuntimeError as error:
        raise CheckpointError(f"The checkpoint's objective can't be read: {error}.") from None
    return objective


def measure(
    engine: LatentEngine, saved: Checkpoint, data: FaceData, bar: Progress, *, importance_samples: int = 0
) -> dict[str, Any]:
    """Everything that `evaluate` says, over the validation part; log p(x) if it is to be estimated.

    A number that these pictures can't give is NaN; `notes` are sentences that say which, and which of the others mean nothing.
    """
    rows, given = data.split.valid, given_by(engine, data)
    objective = _objective(engine, saved)
    compute = device.choose("cpu", "fp32")
    found = evaluate(
        engine.module,
        objective,
        compute,
        data.images,
        rows,
        progress=Elapsed(float(saved.header.epoch)),
        labels=given.classes,
        with_ssim=True,
        told=lambda done, total: bar("Evaluating", done, total),
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
        "reconstruction": found.reconstruction,
        "kl": found.kl,
        "elbo": found.elbo,
        **likelihood,
        "psnr": found.psnr,
        "ssim": found.ssim,
        "active_units": found.active_units if len(rows) > 1 else float("nan"),
        "directions": scores,
        "notes": what_codes_lack(found.kl, len(rows), all_alike(found.code_std)),
        **({} if found.total_correlation is None else {"total_correlation": found.total_correlation}),
    }

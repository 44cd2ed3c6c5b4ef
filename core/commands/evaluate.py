"""`evaluate`: what a model learned, measured on labelled pictures."""

from __future__ import annotations

import argparse
from itertools import groupby
from typing import Any

import numpy as np

from core import checkpoint
from core.checkpoint import Checkpoint
from core.commands.terminal import ProgressBar, give, give_json
from core.data.columns import has_columns
from core.errors import DONE, ConfigError, DataError
from core.evaluate import check_measures, disentangled, load_data, measure
from core.families.base import Can, Family, Metric
from core.families.metrics import OBJECT_PSNR
from core.families.registry import family
from core.latent.instrument import open_instrument
from core.metrics.correlates import Correlates, measure_correlates
from core.metrics.disentanglement import MEASURES
from core.wording import capital, counted

MOST_SAMPLES = 100_000  # importance samples of a picture
SMALLEST_SHOWN = 0.05  # nats that are not shown as 0.0


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


def _evaluate(arguments: argparse.Namespace) -> int:
    if not 0 <= arguments.importance_samples <= MOST_SAMPLES:
        raise ConfigError(
            f"--importance-samples is {arguments.importance_samples}.", f"It must be at least 0 and at most {MOST_SAMPLES:,}."
        )
    measures = check_measures(arguments.measures)
    path = checkpoint.find(arguments.checkpoint)
    saved = checkpoint.load(path)
    kind = family(saved.header.config.family)
    _must_be_able(arguments, saved)
    model = open_instrument(saved)
    bar = ProgressBar()
    correlates: Correlates | None = None
    try:
        data = load_data(saved.header, arguments.data, bar)
        if arguments.correlates and not has_columns(data):
            raise DataError(f"The pictures of {data.index.name} have neither classes nor labels.", "Leave out --correlates.")
        if measures and data.factors is None:
            raise DataError(f"The factors of {data.index.name} aren't known.", "Leave out --measures, or use sprites.")
        result = measure(model, saved, data, bar, importance_samples=arguments.importance_samples)
        notes = [*result.get("notes", ()), *_without_auc(result.get("directions", {}))]
        if measures:
            result["measures"] = disentangled(model, data, measures, bar)
            notes += result["measures"].pop("left_out").values()
        result |= {"notes": notes} if notes or "notes" in result else {}
        if arguments.correlates:
            correlates = measure_correlates(model, data, bar)
            result["correlates"] = correlates.to_dict()
    finally:
        bar.close()
    if arguments.json:
        give_json(result | {"checkpoint": str(path), "checkpoint_id": model.id})
        return DONE
    _give_numbers(kind, result, sum(space.shape[0] for space in model.spaces.values() if space.adds))
    for line in [] if correlates is None else _said(correlates):
        give(line)
    for note in result.get("notes", ()):
        give(note)
    return DONE


def _must_be_able(arguments: argparse.Namespace, saved: Checkpoint) -> None:
    """Check that the options make sense for the model's family. Raises ConfigError."""
    kind = family(saved.header.config.family)
    able = kind.can(saved.header.settings, saved.header.image_shape)
    needed = {"importance_samples": Can.LIKELIHOOD, "measures": Can.DIRECTIONS, "correlates": Can.DIRECTIONS}
    for option, ability in needed.items():
        if getattr(arguments, option) and ability not in able:
            raise ConfigError(f"{capital(kind.one)} has no --{option.replace('_', '-')}.", "Leave it out.")


def _give_numbers(kind: Family, result: dict[str, Any], dimensions: int) -> None:
    """What `measure` found, for people; numbers that couldn't be measured are left out, for a note says why.

    Args:
        kind: the family, whose metrics come first: those of one unit in one line.
        result: the numbers.
        dimensions: of the latent.
    """
    give(counted(result["images"], "validation picture"))
    known = [one for one in kind.metrics if not one.per_axis and not np.isnan(result.get(one.key, np.nan))]
    for unit, metrics in groupby(known, key=lambda one: one.unit):
        numbers = ", ".join(f"{one.title} {_amount(one, result[one.key])}" for one in metrics)
        give(f"{numbers} of {dimensions}" if unit == "dimensions" else f"{numbers} {unit}".rstrip())
    if OBJECT_PSNR.key in result and kind.metric(OBJECT_PSNR.key) is None:
        give(f"{OBJECT_PSNR.title} {_amount(OBJECT_PSNR, result[OBJECT_PSNR.key])} {OBJECT_PSNR.unit}")
    if "ssim" in result:
        give(f"SSIM {result['ssim']:.3f}")
    if "log_likelihood" in result:
        give(_likelihood(next(one for one in known if one.bounds_likelihood), result))
    for name, value in result.get("measures", {}).items():
        give(f"{name}: {_words(value)}")
    for name, numbers in result.get("directions", {}).items():
        if not np.isnan(numbers["auc"]):
            give(f"direction {name}: AUC {numbers['auc']:.3f} over {counted(numbers['held_out'], 'picture')}")


def _likelihood(bound: Metric, result: dict[str, Any]) -> str:
    """The estimate of log p(x) in words, beside the family's bound of it."""
    samples = counted(result["importance_samples"], "importance sample")
    above = result["log_likelihood"] - result[bound.key]
    beside = f"the {bound.title} bounds it from below, by {above:.1f}"
    if above < SMALLEST_SHOWN:
        beside = f"with so few samples it can't be told from the {bound.title}, which bounds it from below"
    return f"log p(x) {result['log_likelihood']:.1f} nats per image from {samples}; {beside}"


def _amount(metric: Metric, value: float) -> str:
    """A metric's value, with the digits that it asks for, or else about four."""
    if metric.whole_numbers:
        return f"{value:,.0f}"
    if metric.digits is not None:
        return f"{value:.{metric.digits}f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def _said(correlates: Correlates) -> list[str]:
    """What each dimension correlates with, for people; those that correlate with nothing are counted."""
    known = [(dim, one) for dim in range(len(correlates.best)) if (one := correlates.of(dim)) is not None]
    lines = [f"dimension {dim} goes with {one.name} ({one.measure} = {one.value:.2f})" for dim, one in known]
    left = len(correlates.best) - len(known)
    return lines + ([f"beyond chance, {left:,} of {len(correlates.best):,} dimensions go with no label"] if left else [])


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

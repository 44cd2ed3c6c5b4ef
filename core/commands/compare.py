"""`compare`: runs side by side, as one HTML report: settings, curves, the same pictures, measures, codes, traversals."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.commands.comparison import (
    Compared,
    align,
    clouds_of,
    colours_of,
    compared_codes,
    curves_of,
    open_runs,
    reconstructed,
    traversals,
)
from core.commands.model import check_measures, disentangled, measure
from core.commands.shared import DONE
from core.commands.terminal import ProgressBar, give, give_json
from core.errors import ConfigError, DataError
from core.export.images import captioned, grid
from core.export.report import Report, png_of
from core.metrics.disentanglement import MEASURES
from core.training.differences import differing
from core.version import VERSION

Told = Callable[[str, int, int], None]

MOST_RUNS = 8  # as many as there are colours that can be told apart
PICTURES = 8
DEFINED = {
    "elbo": "nats per image: -(reconstruction + KL), whatever beta is; a lower bound of log p(x)",
    "reconstruction": "-log p(x|z), nats per image",
    "kl": "KL(q(z|x) || N(0, I)), nats per image",
    "psnr": "dB, of the decoded posterior mean; higher is nearer",
    "ssim": "structural similarity of the same, 1 = equal",
    "active_units": "dimensions whose posterior mean varies over the pictures (variance above 0.01)",
    "total_correlation": "nats, as the objective estimates it: KL(q(z) || product of q(z_j))",
    "mig": "mutual information gap as in disentanglement_lib: mean codes, 20 bins, all factors; 0 to 1",
    "mig_chen": "mutual information gap as in Chen et al. 2018: sampled codes, without shape; 0 to 1",
    "factor_vae_score": "accuracy of the vote which factor was held fixed (Kim & Mnih 2018); 0 to 1",
    "sap": "by how much one dimension alone predicts a factor better than the next (Kumar et al. 2018)",
    "disentanglement": "DCI (Eastwood & Williams 2018): each dimension matters for one factor only; 0 to 1",
    "completeness": "DCI: each factor needs one dimension only; 0 to 1",
    "informativeness": "DCI: accuracy of the factors' prediction; 0 to 1",
}


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", required=True, nargs="+", metavar="RUN", help="run folders or checkpoints, at least two")
    parser.add_argument("--data", required=True, metavar="SOURCE", help="pictures to compare them on, as they were trained on")
    parser.add_argument("--out", required=True, metavar="FILE", help="the report, .html")
    parser.add_argument("--figures", default="", metavar="DIR", help="also write each figure there, with their captions")
    parser.add_argument("--measures", default="", metavar="NAME,...", help="of disentanglement, as of evaluate")
    parser.add_argument("--color", default="", metavar="NAME", help="the factor or attribute that colours the codes")
    parser.add_argument("--json", action="store_true", help="the numbers as one JSON object on standard output")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    out = Path(arguments.out)
    if out.suffix.lower() not in (".html", ".htm"):
        raise ConfigError(f"--out is {arguments.out}.", "Give it a name that ends in .html.")
    if not 2 <= len(arguments.runs) <= MOST_RUNS:
        raise ConfigError(f"--runs names {len(arguments.runs)}.", f"Give 2 to {MOST_RUNS} to compare.")
    measures = check_measures(arguments.measures)
    bar = ProgressBar()
    try:
        report, found = make_report(arguments.runs, arguments.data, measures, arguments.color, bar)
    finally:
        bar.close()
    report.write(out)
    if arguments.figures:
        report.write_figures(Path(arguments.figures))
    if arguments.json:
        give_json({"runs": found, "report": str(out)})
    else:
        give(str(out))
    return DONE


def make_report(
    words: Sequence[str], source: str, measures: tuple[str, ...] | None, color: str, told: Told
) -> tuple[Report, list[dict[str, Any]]]:
    """Compare runs.

    Args:
        words: run folders or checkpoints.
        source: pictures to compare them on.
        measures: of disentanglement; None = those that take seconds, where the pictures' factors are known.
        color: the factor or attribute that colours the codes; "" = the first there is.
        told: told how far; may raise Cancelled.

    Returns:
        The report; and of each run its name, its model's id and its numbers, named as in `DEFINED`.

    Raises:
        CoreError: a run or the pictures can't be used.
    """
    runs = open_runs(words, source, told)
    factors_known = runs[0].data.factors is not None
    if measures and not factors_known:
        raise DataError(f"The factors of {runs[0].data.index.name} aren't known.", "Leave out --measures, or use sprites.")
    if measures is None:
        measures = tuple(name for name in MEASURES if name != "dci") if factors_known else ()
    colours = colours_of(runs[0].data, color)  # a name that isn't there is said before the long work
    found = [_numbers(one, measures, told) for one in runs]
    named = [{"name": one.name, "checkpoint_id": one.engine.id} | numbers for one, numbers in zip(runs, found, strict=True)]
    return _compose(runs, found, colours, told), named


def _numbers(one: Compared, measures: tuple[str, ...], told: Told) -> dict[str, float]:
    """What `evaluate` says of a run, in one flat dict of numbers."""
    result = measure(one.engine, one.saved, one.data, told)
    if measures:
        result |= disentangled(one.engine, one.data, measures, told)
    for value in list(result.values()):
        if isinstance(value, dict):  # DCI's parts
            result |= {key: part for key, part in value.items() if key in DEFINED}
    return {name: float(result[name]) for name in DEFINED if name in result}


def _compose(runs: list[Compared], found: list[dict[str, float]], colours: tuple[str, np.ndarray, list[str]], told: Told) -> Report:
    from core.export import figures  # noqa: PLC0415 - imports matplotlib

    names = [one.name for one in runs]
    data = runs[0].data
    report = Report(
        f"Comparison of {', '.join(names)}",
        f"On {len(data.split.valid):,} validation pictures of {data.index.name}. Made by Labkhand {VERSION}.",
    )
    report.heading("Settings")
    settings = differing([one.engine.header.config for one in runs])
    paths = list(settings[0])
    rows = [
        [one.name, *(shown[path] for path in paths), f"{one.engine.header.epoch:,}"]
        for one, shown in zip(runs, settings, strict=True)
    ]
    report.table(["run", *paths, "epochs"], rows, "The settings in which the runs differ; all others are the same in each.")
    report.heading("Training")
    charts = curves_of(runs)
    report.figure("curves", figures.curves(charts, names), "Loss terms by epoch: validation solid, training dashed.")
    report.heading("The same pictures, rebuilt by each")
    originals, rebuilt = reconstructed(runs, PICTURES)
    side = max(one.shape[1] for one in (originals, *rebuilt))
    sheet = grid([_enlarged(part, side) for part in (originals, *rebuilt)])
    caption = f"{len(originals)} validation pictures; rows from above: the originals, {', '.join(names)}."
    report.figure("reconstructions", png_of(sheet), caption, pixels=True)
    report.heading("Measures")
    known = [name for name in DEFINED if any(name in numbers for numbers in found)]
    table: list[list[str | float]] = [
        [name, *(numbers.get(name, float("nan")) for numbers in found), DEFINED[name]] for name in known
    ]
    report.table(["measure", *names, "what it is"], table, "All but the measures of disentanglement on the validation pictures.")
    bars = {name: [numbers.get(name, float("nan")) for numbers in found] for name in known}
    report.figure("measures", figures.bars(bars, names), "The same numbers as bars, each measure on its own scale.")
    report.heading("Codes")
    title, values, value_names = colours
    chosen, codes = compared_codes(runs, told)
    caption = f"Posterior means of {len(chosen):,} validation pictures, coloured by {title}; what the axes are stands at them."
    report.figure("codes", figures.clouds(clouds_of(codes), names, values[chosen], value_names, title), caption)
    report.heading("Traversals")
    report.paragraph(
        "Each row changes one dimension of the first picture's code from -2 to 2, the prior's standard deviation being 1. The "
        "dimensions of the first run that tell most (KL) come first; beside them stand those of the others whose codes go along "
        "with them most closely over the same pictures (correlation, each used once)."
    )
    for number, (one, part) in enumerate(zip(runs, align(codes), strict=True), start=1):
        sheet = captioned(grid(list(traversals(one, part.dims))))
        listed = ", ".join(f"{dim} ({match:+.2f})" for dim, match in zip(part.dims, part.matches, strict=True))
        report.figure(f"traversals-{number}", png_of(sheet), f"{one.name}: dimensions {listed}.", pixels=True)
    report.heading("How it was made")
    report.paragraph(f"Models by their ids: {', '.join(f'{one.name} {one.engine.id[:12]}' for one in runs)}.")
    return report


def _enlarged(pictures: np.ndarray, side: int) -> np.ndarray:
    """Pictures (B, S, S, C) with their pixels repeated, to a common side where it is a multiple; in colour."""
    times = max(1, side // pictures.shape[1])
    large = pictures.repeat(times, axis=1).repeat(times, axis=2)
    if large.shape[1] != side:
        raise DataError("The runs' picture sizes don't fit each other.", "Compare runs whose sizes are multiples of each other.")
    return large.repeat(3, axis=3) if large.shape[3] == 1 else large

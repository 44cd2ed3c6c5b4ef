"""A comparison as a report; what was measured is kept, so that another colour or another measure costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from core.commands.comparison import (
    Compared,
    align,
    clouds_of,
    colour_names,
    colours_of,
    compared_codes,
    curves_of,
    open_runs,
    reconstructed,
    same_split,
    traversals,
)
from core.commands.model import disentangled, measure, measure_bounds
from core.data.columns import check_attribute, has_factors
from core.errors import DataError
from core.export.images import grid
from core.export.report import Report
from core.latent.engine import Codes
from core.metrics.disentanglement import MEASURES
from core.training.differences import differing
from core.version import VERSION

Told = Callable[[str, int, int], None]

PICTURES = 8
BOUNDED, SAMPLES = 32, (1, 8, 64)  # pictures whose log p(x) is bounded from below, and by how many importance samples each
SLOW = ("dci",)  # minutes a run
PARTS = {"dci": ("disentanglement", "completeness", "informativeness")}  # of measures that are several numbers
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


class Comparison:
    """Runs on the same pictures.

    Args:
        words: run folders or checkpoints.
        source: pictures to compare them on.
        told: told how far; may raise Cancelled.
        measures: of disentanglement, that will be asked for.
        color: likewise, what will colour the codes; both are checked before any picture is read, where that can be told.

    Raises:
        CoreError: a run or the pictures can't be used.
        DataError: the pictures have no attribute of that name, or no known factors to measure by.
    """

    def __init__(self, words: Sequence[str], source: str, told: Told, *, measures: Sequence[str] = (), color: str = "") -> None:
        self.runs = open_runs(words, source, told, lambda positive: _check(source, positive, measures, color, told))
        self._found: list[dict[str, float]] = [{} for _ in self.runs]
        self._measured: list[set[str]] = [set() for _ in self.runs]
        self._bounds: dict[int, np.ndarray] = {}  # of a run, (len(SAMPLES),) nats per image
        self._codes: tuple[np.ndarray, list[Codes]] | None = None

    @property
    def names(self) -> list[str]:
        """Of the runs, no two alike."""
        return [one.name for one in self.runs]

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of disentanglement that these pictures allow."""
        return MEASURES if self.runs[0].data.factors is not None else ()

    @property
    def quick_measures(self) -> tuple[str, ...]:
        """Those of them that take seconds."""
        return tuple(name for name in self.measures if name not in SLOW)

    @property
    def colours(self) -> tuple[str, ...]:
        """What can colour the codes, the first what does where nothing is said."""
        return colour_names(self.runs[0].data)

    def numbers(self, measures: Sequence[str]) -> list[dict[str, Any]]:
        """Of each run `name`, `checkpoint_id` and the numbers found so far, of the measures of disentanglement only these."""
        shown = [{name: found[name] for name in _numbers_of(found, measures)} for found in self._found]
        return [{"name": one.name, "checkpoint_id": one.engine.id} | said for one, said in zip(self.runs, shown, strict=True)]

    def report(self, measures: Sequence[str], color: str, told: Told) -> Report:
        """Measure what isn't known yet, and put it all together.

        Args:
            measures: of disentanglement.
            color: what colours the codes; "" = the first there is.
            told: told how far; may raise Cancelled, and then what was found is kept.

        Raises:
            DataError: there is no attribute of that name, or the factors aren't known.
        """
        data = self.runs[0].data
        if measures and data.factors is None:
            raise _no_factors(data.index.name)
        colours = colours_of(data, color)  # a name that isn't there is said before the long work
        for place, one in enumerate(self.runs):
            self._measure(place, one, measures, told)
            if place not in self._bounds:
                self._bounds[place] = measure_bounds(one.engine, one.saved, one.data, BOUNDED, SAMPLES, told)
        if self._codes is None:
            self._codes = compared_codes(self.runs, told)
        found = [{name: known[name] for name in _numbers_of(known, measures)} for known in self._found]
        return _compose(self.runs, found, list(self._bounds.values()), colours, self._codes)

    def _measure(self, place: int, one: Compared, measures: Sequence[str], told: Told) -> None:
        """Fill in what `evaluate` says of a run, in one flat dict of numbers."""
        done = self._measured[place]
        result: dict[str, Any] = {}
        if "" not in done:
            result = measure(one.engine, one.saved, one.data, told)
        missing = [name for name in measures if name not in done]
        if missing:
            result |= disentangled(one.engine, one.data, missing, told)
        for name in PARTS:
            result |= result.get(name, {})
        self._found[place] |= {name: float(result[name]) for name in DEFINED if name in result}
        done |= {"", *missing}


def _check(source: str, positive: str, measures: Sequence[str], color: str, told: Told) -> None:
    """What can be said of the wishes before any picture is read."""
    if measures and not has_factors(source):
        raise _no_factors(source)
    if color:
        check_attribute(source, positive, color, told)


def _no_factors(name: str) -> DataError:
    return DataError(f"The factors of {name} aren't known.", "Leave out --measures, or use sprites.")


def _numbers_of(found: dict[str, float], measures: Sequence[str]) -> list[str]:
    """The names of a run's numbers in their order, of the measures of disentanglement only some."""
    hidden = {part for name in MEASURES if name not in measures for part in PARTS.get(name, (name,))}
    return [name for name in DEFINED if name in found and name not in hidden]


def _compose(
    runs: list[Compared],
    found: list[dict[str, float]],
    bounds: list[np.ndarray],
    colours: tuple[str, np.ndarray, list[str]],
    coded: tuple[np.ndarray, list[Codes]],
) -> Report:
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
    strangers = [one.name for one in runs[1:] if not same_split(runs[0], one)]
    if strangers:
        was = "was" if len(strangers) == 1 else "were each"
        report.paragraph(
            f"The validation pictures are those that {names[0]} held out. {' and '.join(strangers)} {was} trained on another split "
            "of the pictures, so some of these may be among those it learned from, and its numbers too good."
        )
    report.heading("Training")
    charts = curves_of(runs)
    caption = "Loss terms by epoch: validation solid, training dashed."
    report.drawing("curves", partial(figures.curves, charts, names), figures.CURVES_HEIGHT, caption)
    report.heading("The same pictures, rebuilt by each")
    originals, rebuilt = reconstructed(runs, PICTURES)
    side = max(one.shape[1] for one in (originals, *rebuilt))
    sheet = [_enlarged(part, side) for part in (originals, *rebuilt)]
    caption = f"{len(originals)} validation pictures; rows from above: the originals, {', '.join(names)}."
    report.pictures("reconstructions", lambda ground: grid(sheet, paper=ground), caption, ["original", *names])
    report.heading("Measures")
    known = [name for name in DEFINED if any(name in numbers for numbers in found)]
    table: list[list[str | float]] = [
        [name, *(numbers.get(name, float("nan")) for numbers in found), DEFINED[name]] for name in known
    ]
    report.table(["measure", *names, "what it is"], table, "All but the measures of disentanglement on the validation pictures.")
    bars = {name: [numbers.get(name, float("nan")) for numbers in found] for name in known}
    caption = "The same numbers as bars, each measure on its own scale."
    report.drawing("measures", partial(figures.bars, bars, names), figures.bars_height(len(bars)), caption)
    report.heading("The ELBO is a lower bound")
    limits: list[list[str | float]] = [[name, *map(float, numbers)] for name, numbers in zip(names, bounds, strict=True)]
    report.table(
        ["run", "ELBO", *(f"{count} samples" for count in SAMPLES[1:])],
        limits,
        f"Bounds of log p(x), nats per image, mean of {min(BOUNDED, len(data.split.valid))} validation pictures: the log of the "
        "mean of so many importance weights p(x, z) / q(z|x) (Burda et al. 2016), of the very same samples z. It never falls with "
        "their number and tends to log p(x); what it gains on the ELBO shows how far q(z|x) is from p(z|x).",
    )
    report.heading("Codes")
    title, values, value_names = colours
    chosen, codes = coded
    caption = f"Posterior means of {len(chosen):,} validation pictures, coloured by {title}; what the axes are stands at them."
    draw = partial(figures.clouds, clouds_of(codes), names, values[chosen], value_names, title)
    report.drawing("codes", draw, figures.clouds_height(len(runs)), caption)
    report.heading("Traversals")
    report.paragraph(
        "Each row changes one dimension of the first picture's code from -2 to 2, the prior's standard deviation being 1. The "
        "dimensions of the first run that tell most (KL) come first; beside them stand those of the others whose codes go along "
        "with them most closely over the same pictures (correlation, each used once)."
    )
    for number, (one, part) in enumerate(zip(runs, align(codes), strict=True), start=1):
        made = list(traversals(one, part.dims))
        listed = [f"{dim} ({match:+.2f})" for dim, match in zip(part.dims, part.matches, strict=True)]
        report.pictures(
            f"traversals-{number}",
            lambda ground, made=made: grid(made, paper=ground),  # type: ignore[misc]
            f"{one.name}: dimensions {', '.join(listed)}.",
            listed,
        )
    report.heading("How it was made")
    report.paragraph(f"Models by their ids: {', '.join(f'{one.name} {one.engine.id[:12]}' for one in runs)}.")
    return report


def _enlarged(pictures: np.ndarray, side: int) -> np.ndarray:
    """Pictures (B, S, S, C) with their pixels repeated, to a side that is a multiple of theirs; in colour."""
    times = side // pictures.shape[1]
    large = pictures.repeat(times, axis=1).repeat(times, axis=2)
    return large.repeat(3, axis=3) if large.shape[3] == 1 else large

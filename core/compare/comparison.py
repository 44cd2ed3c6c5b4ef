"""A comparison as a report; measurements are kept, so that another colour or another measure costs no more than its own work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from core.compare import assignment, judged
from core.compare.assignment import Shown
from core.compare.code_size import code_size
from core.compare.measures import DISTANCES, TOLD_APART, Measure, measures_of
from core.compare.runs import (
    PLANE_STEPS,
    REACH,
    SEED,
    STEPS,
    Compared,
    align,
    clouds_of,
    colour_names,
    colours_of,
    compared_codes,
    curves_of,
    epochs_of,
    kept_out,
    learned_from,
    open_runs,
    plane_of,
    reconstructed,
    samples_of,
    traversals,
    vary,
)
from core.config import DataConfig, TrainConfig
from core.data.columns import check_attribute, has_factors
from core.data.dataset import batch
from core.data.sources import spoken_name
from core.data.split import spread
from core.errors import DataError
from core.evaluate import disentangled, likelihood_bounds, measure
from core.export.images import grid
from core.export.report import Report
from core.families.base import Can
from core.latent.code import Code, space_named
from core.latent.plane import prior_quantiles
from core.metrics.disentanglement import MEASURES
from core.metrics.levels import mean_psnr
from core.progress import Progress, silent
from core.runs.differences import differing, named, shared
from core.runs.listing import read_config
from core.version import VERSION
from core.wording import counted, rounded

PICTURES = 8
MOST_COLUMNS = 9  # of a table of settings; with more of them they stand below one another
BOUNDED, SAMPLES = 32, (1, 8, 64)  # pictures whose log p(x) is bounded from below, and by how many importance samples each
BY_CHANCE = 10  # pictures; with fewer, a correlation of 0.6 is nothing unusual
REAL, CHANCE = DISTANCES[2:]
JUDGES = ("distance", "judge")  # what notes on them are about
FLAT = 2  # dimensions of a latent that is shown whole


def compose(
    runs: Sequence[Compared],
    results: Sequence[dict[str, float]],
    notes: Sequence[Sequence[str]],
    bounds: Sequence[np.ndarray],
    colours: tuple[str, np.ndarray, list[str]],
    coded: tuple[np.ndarray, list[Code]],
    invented: Sequence[np.ndarray | None] = (),
    single: Shown | None = None,
) -> Report:
    """The report.

    Args:
        runs: one or more; a report on a single run doesn't speak of comparing.
        results: each run's numbers, by the keys of `measures_of`.
        notes: sentences on each run's numbers: what is left out, and what means nothing.
        bounds: each run's bounds of log p(x), (len(SAMPLES),) nats per image.
        colours: what colours the codes, as `colours_of` gives it.
        coded: the rows whose codes are shown, and each run's codes of them.
        invented: each run's samples, as `samples_of` gives them; of a run that is alone, `single` has them.
        single: the pictures of a run that is alone.
    """
    data = runs[0].data
    name = spoken_name(data.config.source, data.index.name)
    report = Report(
        f"{'Comparison of' if len(runs) > 1 else 'Report on'} {', '.join(one.name for one in runs)}",
        f"On {counted(len(data.split.valid), 'validation picture')} of {name}. Made by Labkhand {VERSION}.",
    )
    _settings(report, runs)
    _training(report, runs)
    if single is None:
        _pictures(report, runs)
        _samples(report, runs, invented)
    else:
        assignment.reconstructions(report, single, runs[0])
        if runs[0].engine.spaces:
            assignment.samples(report, single, runs[0].engine.classes)
            assignment.styles(report, single, runs[0].engine.classes)
            assignment.steps(report, single, data.own_attribute)
    _measures(report, runs, results, notes)
    _bounds(report, [one for one in runs if Can.LIKELIHOOD in one.engine.can], bounds)
    with_latent = [one for one in runs if one.latent]
    if with_latent:
        _codes(report, with_latent, colours, coded)
        _traversals(report, with_latent, coded[1])
        _planes(report, with_latent)
    if others := [f"{one.name} ({one.family.title})" for one in runs if not one.latent]:
        whose, have = _listed(others), "has" if len(others) == 1 else "have"
        report.paragraph(
            "Maps of codes, traversals and bounds of log p(x) are of models whose latent is a vector with a density over it, as a "
            f"VAE's is; {whose} {have} none."
        )
    if single is not None:
        report.add_to_captions(assignment.settings_in_words(runs[0]))
    report.heading("How it was made")
    report.paragraph(f"Models by their ids: {', '.join(f'{one.name} {one.engine.id[:12]}' for one in runs)}.")
    return report


def _listed(names: Sequence[str]) -> str:
    """Names within a sentence: "a, b and c"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _settings(report: Report, runs: Sequence[Compared]) -> None:
    configs = [config_of(one) for one in runs]
    report.heading("Settings")
    settings, epochs = differing(configs), [epochs_of(one) for one in runs]
    were_all_trained = [values.get("epochs") for values in settings] == [trained for trained, _ in epochs]
    paths = [path for path in settings[0] if path != "epochs" or not were_all_trained]
    rows: list[list[str | float]] = [
        [one.name, *(values[path] for path in paths), *counts] for one, values, counts in zip(runs, settings, epochs, strict=True)
    ]
    names = ["epochs planned" if path == "epochs" else named(path, configs) for path in paths]
    head = ["run", *names, "trained epochs", "model of epoch"]
    if len(head) > max(MOST_COLUMNS, len(runs) + 1):  # as those of two families: a page is higher than wide
        head, *rows = [list(column) for column in zip(head, *rows, strict=True)]
        head[0] = "setting"
    caption = (
        "The settings in which the runs differ, how many epochs each was trained, and after which of them its model was saved."
    )
    if len(runs) == 1:
        caption = "How many epochs were trained, and after which of them the model was saved."
    report.table(head, rows, caption)
    same = shared(configs)
    if same:
        whose = "The same in each, among others" if len(runs) > 1 else "Its settings, among others"
        report.paragraph(f"{whose}: {', '.join(f'{named(path, configs)} {text}' for path, text in same.items())}.")
    _origins(report, runs)


def _origins(report: Report, runs: Sequence[Compared]) -> None:
    """Say which runs the pictures are no fair measure of: those that learned from others, and those that may have seen them."""
    strange = [one for one in runs if not learned_from(one, runs[0].data)]
    for one in strange:
        config = config_of(one).data
        name = spoken_name(config.source, str(one.engine.header.data.get("name", "")))
        report.paragraph(
            f"{one.name} was trained on other pictures, those of {name}: what stands here of it says how it does on pictures that "
            "it was not made for, and is no measure of how good it is."
        )
    framed = {one.name: one.data.config.crop for one in runs}
    otherwise = [f"{name} ({crop})" for name, crop in framed.items() if crop != framed[runs[0].name]]
    if otherwise:
        sees = "sees" if len(otherwise) == 1 else "see"
        report.paragraph(
            f"{_listed(otherwise)} {sees} the pictures in another frame than {runs[0].name} ({framed[runs[0].name]}), more or "
            "less of each, as in training: that alone makes numbers of reconstructions differ."
        )
    split_otherwise = [one.name for one in runs if one not in strange and not kept_out(one, runs[0].data)]
    if not split_otherwise:
        return
    first = "" if runs[0] in strange or runs[0].name in split_otherwise else runs[0].name
    held_out = f"The validation pictures are those that {first} held out. " if first else ""
    which = "these" if first else "the validation pictures"
    was, they, their = "was", "it", "its"
    if len(split_otherwise) > 1:
        was, they, their = "were each", "they", "their"
    report.paragraph(
        f"{held_out}{' and '.join(split_otherwise)} {was} trained on another split of the pictures, so some of {which} may be "
        f"among those {they} learned from, and {their} numbers too good."
    )


def config_of(run: Compared) -> TrainConfig:
    """The settings that a run's model was trained with; its header has the source without its folder, the run folder in full."""
    config = run.engine.header.config
    kept = read_config(run.run_folder) if run.run_folder is not None else None
    return config if kept is None else replace(config, data=replace(config.data, source=kept.data.source))


def _training(report: Report, runs: Sequence[Compared]) -> None:
    from core.export import figures  # noqa: PLC0415 - imports matplotlib

    report.heading("Training")
    caption = (
        "by epoch, means over the training pictures (solid, of the weights as they change) and over the validation pictures at the "
        "epoch's end (dashed)."
    )
    is_mixed = len({one.family.name for one in runs}) > 1
    caption = f"{'What all of them measure, and the loss terms of each,' if is_mixed else 'Loss terms'} {caption}"
    charts = curves_of(runs)
    if not any(len(line.epoch) for lines in charts.values() for line in lines):
        report.paragraph("There are no curves: no epoch has been recorded.")
        return
    draw = partial(figures.curves, charts, [one.name for one in runs])
    report.drawing("curves", draw, figures.curves_height(len(charts)), caption)


def _pictures(report: Report, runs: Sequence[Compared]) -> None:
    names = [one.name for one in runs]
    encode = all(one.engine.spaces for one in runs)
    several = "The same pictures, reconstructed by each run" if encode else "The same pictures, and what each run makes of them"
    alone = "Pictures and their reconstructions" if encode else "Pictures and what the model makes of them"
    report.heading(several if len(runs) > 1 else alone)
    originals, rebuilt = reconstructed(runs, PICTURES)
    side = max(one.shape[1] for one in (originals, *rebuilt))
    sheet = [_enlarged(part, side) for part in (originals, *rebuilt)]
    pictures = counted(len(originals), "validation picture")
    near = ", ".join(f"{name} {rounded(quality, 2)}" for name, quality in _qualities(runs, rebuilt).items())
    caption = f"{pictures}; rows from above: the originals, {', '.join(names)}."
    if near:
        caption += f" Mean PSNR of these {len(originals)}, dB: {near}."
    if turned := [one.name for one in runs if one.data.sides is not None]:
        caption += f" {_listed(turned)}: each as one of the other side, which isn't to be like its original."
    report.pictures("reconstructions", lambda ground: grid(sheet, paper=ground), caption, ["original", *names])


def _qualities(runs: Sequence[Compared], rebuilt: Sequence[np.ndarray]) -> dict[str, float]:
    """Each run's mean PSNR over the pictures that are shown, dB: of its own size, beside the originals at that size.

    Without those that turn pictures into others: a copy would be the best.
    """
    rows = spread(runs[0].data.split.valid, PICTURES)
    both = [(one, decoded) for one, decoded in zip(runs, rebuilt, strict=True) if one.data.sides is None]
    return {one.name: mean_psnr(batch(one.data.images, rows), decoded) for one, decoded in both}


def _samples(report: Report, runs: Sequence[Compared], invented: Sequence[np.ndarray | None]) -> None:
    """What each run makes up, where any can, and who can't."""
    made = {one.name: pictures for one, pictures in zip(runs, invented, strict=True) if pictures is not None}
    if not made:
        return
    report.heading("Samples")
    if without := [f"{one.name} ({one.family.title})" for one in runs if one.name not in made]:
        have = "has learned no prior to draw" if len(without) == 1 else "have learned no prior to draw"
        report.paragraph(f"{_listed(without)} {have} samples from.")
    side = max(one.shape[1] for one in made.values())
    sheet = [_enlarged(part, side) for part in made.values()]
    count = len(sheet[0])
    caption = f"{count} pictures each, of codes drawn from the run's own prior, seed {SEED}, not chosen; rows: {', '.join(made)}."
    if any(one.engine.classes for one in runs):
        caption += " Models of classes draw them in turn."
    report.pictures("samples", lambda ground: grid(sheet, paper=ground), caption, list(made))


def _measures(
    report: Report, runs: Sequence[Compared], results: Sequence[dict[str, float]], notes: Sequence[Sequence[str]]
) -> None:
    from core.export import figures  # noqa: PLC0415

    names = [one.name for one in runs]
    report.heading("Measures")
    for text in dict.fromkeys(note for run_notes in notes for note in run_notes):
        whose = [name for name, run_notes in zip(names, notes, strict=True) if text in run_notes]
        report.paragraph(text if len(whose) == len(names) else f"{', '.join(whose)}: {text}")
    measures = measures_of([one.family for one in runs])
    values = {one: [_number_of(one, run, numbers) for run, numbers in zip(runs, results, strict=True)] for one in measures}
    values = {one: numbers for one, numbers in values.items() if not all(np.isnan(numbers))}
    table: list[list[str | float]] = [[one.title, *numbers, one.meaning] for one, numbers in values.items()]
    caption = "All on the validation pictures"
    disentangling = {part for name in MEASURES for part in PARTS.get(name, (name,))}
    if any(one.key in disentangling for one in values):
        caption += ", but the measures of disentanglement, which take all pictures, or a sample of them"
    if any(one in DISTANCES for one in values):
        caption += f". Feature distances are of {judged.side_of(runs)} px, and mean something only beside each other"
    if TOLD_APART in values:
        caption += f". The network that tells apart sees {judged.side_of(runs)} px"
    caption += "."
    report.table(["measure", *names, "what it is"], table, caption)
    if len(runs) == 1:
        return  # a bar alone has nothing to be compared with
    of_runs = {one: numbers for one, numbers in values.items() if one not in (REAL, CHANCE)}  # those say nothing of a run
    bars = {one.title: numbers for one, numbers in of_runs.items() if np.isfinite(numbers).sum() > 1}
    if not bars:
        return
    which = "numbers" if len(bars) == len(values) else "numbers that several runs have, out"
    caption = f"The {which} of table {report.tables} as bars, each measure on its own scale."
    report.drawing("measures", partial(figures.bars, bars, names), figures.bars_height(len(bars)), caption)


def _number_of(measure: Measure, run: Compared, numbers: dict[str, float]) -> float:
    """A run's number of a measure; NaN where it has none."""
    return numbers.get(measure.key, float("nan")) if measure.is_of(run.family) else float("nan")


def _bounds(report: Report, runs: Sequence[Compared], bounds: Sequence[np.ndarray]) -> None:
    if not runs:
        return
    report.heading("The ELBO is a lower bound")
    every = len(runs[0].data.split.valid)
    shown = min(BOUNDED, every)
    limits: list[list[str | float]] = [[one.name, *map(float, numbers)] for one, numbers in zip(runs, bounds, strict=True)]
    fewer = f"over {shown} of the {every:,} validation pictures, evenly chosen, and " if shown < every else ""
    report.table(
        ["run", "ELBO", *(f"{count} samples" for count in SAMPLES[1:])],
        limits,
        f"Bounds of log p(x), nats per picture, mean of {counted(shown, 'validation picture')}: the log "
        "of the mean of so many importance weights p(x, z) / q(z|x) (Burda et al. 2016), of the very same samples z. It never "
        "falls with their number and tends to log p(x); what it gains on the ELBO shows how far q(z|x) is from p(z|x). Compare "
        f"these numbers with each other: this ELBO is not that of table {report.tables}, for it is the mean {fewer}over "
        f"{max(SAMPLES)} samples z of each, that one over {'all of them and ' if fewer else ''}one sample.",
    )


def _codes(
    report: Report,
    runs: Sequence[Compared],
    colours: tuple[str, np.ndarray, list[str]],
    coded: tuple[np.ndarray, list[Code]],
) -> None:
    from core.export import figures  # noqa: PLC0415

    report.heading("Codes")
    title, values, value_names = colours
    chosen, codes = coded
    alike = [one.name for one, part in zip(runs, codes, strict=True) if not vary(part)]
    if alike:
        pictures = "The code of one picture alone shows" if len(chosen) == 1 else "All pictures have the same code, which shows"
        where = "" if len(chosen) == 1 or len(runs) == 1 else f" in {' and '.join(alike)}"
        report.paragraph(f"{pictures} nothing of how codes lie{where}: it is left out here.")
    if len(alike) == len(runs):
        return
    codes = [part for part in codes if vary(part)]
    names = [one.name for one in runs if one.name not in alike]
    flat = [part.mean.shape[1] <= FLAT for part in codes]
    how = "as they are, for the latent has two dimensions" if all(flat) else "on their first two principal components"
    if len(names) > 1 and not all(flat):
        how += " in each run"
    if any(flat) and not all(flat):
        how += "; those of a latent of two dimensions as they are"
    caption = f"Posterior means of {len(chosen):,} validation pictures, coloured by {title}: {how}."
    clouds = clouds_of(codes)
    draw = partial(figures.clouds, clouds, names, values[chosen], value_names, title)
    report.drawing("codes", draw, figures.clouds_height(len(names)), caption)


def _traversals(report: Report, runs: Sequence[Compared], codes: Sequence[Code]) -> None:
    report.heading("Traversals")
    aligned = align(codes)
    order = "The dimensions that tell most (KL) come first."
    if not all(part.matches for part in aligned):
        order += " These pictures are too few, or their codes too alike, to tell which of them match those of another run."
    elif len(runs) > 1:
        order = (
            "The dimensions of the first run that tell most (KL) come first; beside them stand those dimensions of the "
            "others that correlate with them most closely over the same pictures (each used once)."
        )
        if len(codes[0].mean) < BY_CHANCE:
            order += f" Over {len(codes[0].mean)} pictures high correlations come about by chance."
    report.paragraph(
        "Each row changes one dimension of the first picture's code from −2 to 2, the prior's standard deviation being 1. " + order
    )
    columns = [rounded(float(value), 1, signed=True) for value in np.linspace(-REACH, REACH, STEPS)]
    for number, (one, part) in enumerate(zip(runs, aligned, strict=True), start=1):
        assert one.latent is not None
        pictures = list(traversals(one, one.latent, part.dims))
        rows, remark = [f"z{dim}" for dim in part.dims], "most telling first"
        if number > 1 and part.matches:
            rows = [f"{row} ({rounded(match, 2, signed=True)})" for row, match in zip(rows, part.matches, strict=True)]
            remark = "in brackets the correlation with the first run's dimension in the same row"
        caption = f"{one.name}: dimensions {', '.join(rows)}, each from −2 (left) to 2 (right); {remark}."
        report.pictures(
            f"traversals-{number}",
            lambda ground, pictures=pictures: grid(pictures, paper=ground),  # type: ignore[misc]
            caption,
            rows,
            columns,
        )


def _planes(report: Report, runs: Sequence[Compared]) -> None:
    """Maps of the whole latent, for the runs whose latent has two dimensions."""
    flat = [(one, one.latent) for one in runs if one.latent and space_named(one.latent.spaces).shape == (FLAT,)]
    if not flat:
        return
    report.heading("Planes")
    values = [rounded(float(value), 2, signed=True) for value in prior_quantiles(PLANE_STEPS)]
    for number, (one, engine) in enumerate(flat, start=1):
        plane, class_name = plane_of(one, engine)
        of = f", class {class_name}" if class_name else ""
        report.pictures(
            f"plane-{number}",
            lambda ground, plane=plane: grid(list(plane), paper=ground),  # type: ignore[misc]
            f"{one.name}{of}: the decoder over its two dimensions; z0 grows to the right, z1 upwards, {PLANE_STEPS} values each "
            f"at the prior's quantiles (equally probable steps), {values[0]} to {values[-1]} standard deviations.",
            values[::-1],
            values,
        )


def _enlarged(pictures: np.ndarray, side: int) -> np.ndarray:
    """Pictures (B, S, S, C) with their pixels repeated, to a side that is a multiple of theirs; in colour."""
    times = side // pictures.shape[1]
    large = pictures.repeat(times, axis=1).repeat(times, axis=2)
    return large.repeat(3, axis=3) if large.shape[3] == 1 else large


SLOW = ("dci",)  # minutes a run
PARTS = {"dci": ("disentanglement", "completeness", "informativeness")}  # of measures that are several numbers


class Comparison:
    """Runs on the same pictures.

    Args:
        words: run folders or checkpoints.
        source: pictures to compare them on.
        progress: told how far; may raise Cancelled.
        measures: the measures of disentanglement that will be asked for.
        color: what will colour the codes; like `measures`, checked before any picture is read, as far as possible.
        reading: how the pictures are framed, sampled and split; None = as the first run did.

    Raises:
        CoreError: a run or the pictures can't be used.
        DataError: the pictures have no attribute of that name, or no known factors to measure by.
    """

    def __init__(
        self,
        words: Sequence[str],
        source: str,
        progress: Progress = silent,
        *,
        measures: Sequence[str] = (),
        color: str = "",
        reading: DataConfig | None = None,
    ) -> None:
        check = partial(_check, source, measures=measures, color=color, progress=progress)
        self.runs = open_runs(words, source, progress, check, reading)
        self._found: list[dict[str, float]] = [{} for _ in self.runs]
        self._notes: list[dict[str, str]] = [{} for _ in self.runs]  # by the measure of disentanglement that each is about
        self._measured: list[set[str]] = [set() for _ in self.runs]
        self._bounds: dict[int, np.ndarray] = {}  # of a run, (len(SAMPLES),) nats per image
        self._codes: tuple[np.ndarray, list[Code]] | None = None
        self._samples: list[np.ndarray | None] = []  # of several runs
        self._single: Shown | None = None  # of a run that is alone

    @property
    def names(self) -> list[str]:
        """The runs' names, no two alike."""
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
        """What can colour the codes; the first is the default."""
        return colour_names(self.runs[0].data)

    def numbers(self, measures: Sequence[str], *, judge: bool = False) -> list[dict[str, Any]]:
        """For each run `name`, `checkpoint_id`, `notes` and the numbers found so far; of disentanglement, only `measures`.

        What a trained judge said is among them only where `judge` is true.

        A number that couldn't be measured is NaN; the notes say which, and which of the others mean nothing.
        """
        shown = self._shown(measures, judge)
        about = zip(self.runs, self._notes_on(measures, judge), strict=True)
        known = [
            {"name": one.name, "family": one.family.name, "checkpoint_id": one.engine.id, "notes": notes} for one, notes in about
        ]
        return [one | numbers for one, numbers in zip(known, shown, strict=True)]

    def report(self, measures: Sequence[str], color: str, progress: Progress = silent, *, judge: bool = False) -> Report:
        """Measure what isn't known yet, and put it all together.

        Args:
            measures: of disentanglement.
            color: what colours the codes; "" = the first there is.
            progress: told how far; may raise Cancelled, and then what was found is kept.
            judge: train a network to tell what each run makes from the pictures: about a minute a run.

        Raises:
            DataError: there is no attribute of that name, or the factors aren't known.
        """
        data = self.runs[0].data
        if measures and data.factors is None:
            raise _no_factors(data.index.name)
        colours = colours_of(data, color)  # fails for an unknown name before the long work
        for place, one in enumerate(self.runs):
            self._measure(place, one, measures, progress)
            self._ask_judges(place, one, judge, progress)
            if place not in self._bounds and Can.LIKELIHOOD in one.engine.can:
                self._bounds[place] = likelihood_bounds(one.engine, one.saved, one.data, BOUNDED, SAMPLES, progress)
        if self._single is None and len(self.runs) == 1:
            self._single = assignment.look(self.runs[0], progress)
        if not self._samples and len(self.runs) > 1:
            self._samples = samples_of(self.runs, PICTURES, progress)
        if self._codes is None:
            self._codes = compared_codes(self.runs, progress)
        results, notes = self._shown(measures, judge), self._notes_on(measures, judge)
        bounds = [self._bounds[place] for place in sorted(self._bounds)]
        return compose(self.runs, results, notes, bounds, colours, self._codes, self._samples, self._single)

    def _shown(self, measures: Sequence[str], judge: bool) -> list[dict[str, float]]:
        """Each run's numbers that are asked for."""
        hidden = () if judge else (TOLD_APART.key,)
        return [{name: known[name] for name in _numbers_of(known, measures) if name not in hidden} for known in self._found]

    def _notes_on(self, measures: Sequence[str], judge: bool) -> list[list[str]]:
        """Notes on each run's numbers; of disentanglement, only on `measures`."""
        asked = ("", *measures, *(JUDGES if judge else JUDGES[:1]))
        return [[text for name, text in notes.items() if text and name in asked] for notes in self._notes]

    def _ask_judges(self, place: int, one: Compared, judge: bool, progress: Progress) -> None:
        """Fill in a run's feature distances, where it stands beside others, and what a judge says of it, where that is wanted."""
        side = judged.side_of(self.runs)
        asked: list[tuple[str, bool, Callable[[Compared], str], Callable[[Compared, int, Progress], dict[str, float]]]] = [
            (JUDGES[0], len(self.runs) > 1, judged.why_no_distance, judged.distances),
            (JUDGES[1], judge, partial(judged.why_not_judged, side=side), judged.told),
        ]
        for name, is_wanted, why_not, find in asked:
            if is_wanted and name not in self._notes[place]:
                reason = why_not(one)
                if not reason:
                    self._found[place] |= find(one, side, progress)
                self._notes[place][name] = reason

    def _measure(self, place: int, one: Compared, measures: Sequence[str], progress: Progress) -> None:
        """Fill in what `evaluate` says of a run, in one flat dict of numbers."""
        done = self._measured[place]
        result: dict[str, Any] = {}
        if "" not in done:
            result = measure(one.engine, one.saved, one.data, progress)
            self._notes[place] |= {"": " ".join(result.get("notes", ()))}
        missing = [name for name in measures if name not in done]
        if missing and one.latent:
            factors = disentangled(one.latent, one.data, missing, progress)
            self._notes[place] |= factors.pop("left_out")
            result |= factors
        for name in PARTS:
            result |= result.get(name, {})
        keys = [known.key for known in measures_of([one.family])]
        self._found[place] |= {key: float(result[key]) for key in keys if key in result}
        if len({run.family.name for run in self.runs}) > 1:
            self._found[place] |= code_size(one.engine.spaces, self._found[place])
        done |= {"", *missing}


def _check(source: str, positive: str, measures: Sequence[str], color: str, progress: Progress) -> None:
    """Check `measures` and `color`, as far as possible before any picture is read."""
    if measures and not has_factors(source):
        raise _no_factors(source)
    if color:
        check_attribute(source, positive, color, progress)


def _no_factors(name: str) -> DataError:
    return DataError(f"The factors of {name} aren't known.", "Leave out --measures, or use sprites.")


def _numbers_of(numbers: dict[str, float], measures: Sequence[str]) -> list[str]:
    """The names of a run's numbers in their order; of disentanglement, only `measures`."""
    hidden = {part for name in MEASURES if name not in measures for part in PARTS.get(name, (name,))}
    return [name for name in numbers if name not in hidden]


def make_report(
    words: Sequence[str],
    source: str,
    measures: tuple[str, ...] | None,
    color: str,
    progress: Progress = silent,
    reading: DataConfig | None = None,
    *,
    judge: bool = False,
) -> tuple[Report, list[dict[str, Any]]]:
    """Compare runs.

    Args:
        words: run folders or checkpoints.
        source: pictures to compare them on.
        measures: of disentanglement; None = those that take seconds, where the pictures' factors are known.
        color: the factor or attribute that colours the codes; "" = the first there is.
        progress: told how far; may raise Cancelled.
        reading: how the pictures are framed, sampled and split; None = as the first run did.
        judge: train a network to tell what each run makes from the pictures: about a minute a run.

    Returns:
        The report; and for each run its name, its model's id and its numbers, by the keys of `measures_of`.

    Raises:
        CoreError: a run or the pictures can't be used.
    """
    comparison = Comparison(words, source, progress, measures=measures or (), color=color, reading=reading)
    chosen = comparison.quick_measures if measures is None else measures
    report = comparison.report(chosen, color, progress, judge=judge)
    return report, comparison.numbers(chosen, judge=judge)

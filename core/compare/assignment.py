"""What a report on one run shows beside its curves and codes: reconstructions, samples, steps of class means, class by style."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.compare.runs import SEED, Compared, model_epochs, reconstructed, samples_of
from core.data.dataset import batch
from core.data.split import spread
from core.errors import DataError
from core.export.images import grid, wrapped
from core.export.report import Report
from core.latent import directions
from core.latent.code import Given
from core.latent.directions import Direction
from core.latent.instrument import Instrument
from core.metrics.direction_quality import fit_and_score
from core.metrics.levels import mean_psnr
from core.progress import Progress, silent
from core.runs.listing import about
from core.wording import counted

FEW, MANY = 8, 32  # pictures in a figure of reconstructions or samples
STEPS = (4, 6)  # pictures from the face as it is to the whole difference of the class means
FACES = 3  # that are moved
STYLES = 8  # codes that a conditional model draws in each of its classes
MOST_AVERAGED = 20_000  # training pictures at most whose codes are averaged


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Validation pictures moved along the difference of the class means.

    Attributes:
        direction: holds that difference.
        originals: uint8 (FACES, H, W, C).
        steps: by their number, uint8 (FACES, number, H, W, C).
        from_without: whether the pictures are without the attribute.
    """

    direction: Direction
    originals: np.ndarray
    steps: dict[int, np.ndarray]
    from_without: bool


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A model's pictures for the report on it.

    Attributes:
        rebuilt: by their number, originals and reconstructions, uint8 (number, H, W, C) each.
        samples: uint8 (MANY, H, W, C); None where the model can't be sampled.
        ways: None where there is no such direction.
        why_no_ways: then why, in a sentence.
        styles: uint8 (classes, STYLES, H, W, C); None where the model isn't told a class.
    """

    rebuilt: dict[int, tuple[np.ndarray, np.ndarray]]
    samples: np.ndarray | None
    ways: Ways | None
    why_no_ways: str
    styles: np.ndarray | None


def look(one: Compared, progress: Progress = silent) -> Shown:
    """Let a model make the pictures of the report on it.

    Args:
        one: the run.
        progress: told how far; may raise Cancelled.
    """
    engine = one.engine
    rebuilt = {}
    for count in (FEW, MANY):
        progress("Rebuilding pictures", 0, 0)
        originals, (decoded,) = reconstructed([one], count)
        rebuilt[len(originals)] = (originals, decoded)  # one figure where there are few pictures
    (samples,) = samples_of([one], MANY, progress)
    why_not = _why_no_ways(one)
    ways = None
    if one.latent and not why_not:
        try:
            ways = _ways(one, one.latent, progress)
        except DataError as error:
            why_not = error.message
    styles = None
    if one.latent and engine.classes:
        progress("Drawing each class", 0, 0)
        styles = draw_styles(one.latent, one.latent.sample(STYLES, SEED))
    return Shown(rebuilt, samples, ways, why_not, styles)


def draw_styles(engine: Instrument, codes: np.ndarray) -> np.ndarray:
    """The same codes (S, D) in each class of a conditional model: uint8 (classes, S, H, W, C)."""
    return np.stack([engine.decode(codes, Given(np.full(len(codes), place))) for place in range(len(engine.classes))])


def mean_difference(one: Compared, engine: Instrument, progress: Progress = silent) -> Direction:
    """The difference between the mean codes of the training pictures with and without their own attribute.

    The one that the model's file holds, if it was found on these pictures; else it is fitted, on MOST_AVERAGED of them at most.

    Raises:
        DataError: one of the two kinds has no training picture.
    """
    attribute = one.data.own_attribute
    for values in engine.header.directions:
        known = directions.from_dict(values)
        of_these = known.source.endswith(f"training pictures of {one.data.index.name}")
        if known.name == attribute and of_these and not known.balance and known.checkpoint_id == engine.id:
            return known
    return fit_and_score(engine, one.data, attribute, limit=MOST_AVERAGED, progress=progress)


def settings_in_words(one: Compared) -> str:
    """The model and its settings in a line, for captions."""
    header = one.engine.header
    return f"Model: {one.name} ({about(header.config)}; {one.family.title}, {model_epochs(one)})."


def reconstructions(report: Report, shown: Shown, one: Compared) -> None:
    """The section of reconstructions, or of what a model without codes makes of pictures."""
    encodes = bool(one.engine.spaces)
    report.heading("Reconstructions" if encodes else "What it makes of pictures")
    what, name = ("its reconstruction", "rebuilt") if encodes else ("what the model makes of it", one.family.rows[1])
    turns = one.data.sides is not None
    if turns:
        what = "what it is as one of the other side"
    for count, (originals, decoded) in shown.rebuilt.items():
        above, below = (wrapped(pictures, FEW) for pictures in (originals, decoded))
        rows = [row for pair in zip(above, below, strict=True) for row in pair]
        near = "" if turns else f"; mean PSNR {mean_psnr(originals, decoded):.1f} dB"  # of which a copy would have most
        caption = f"{counted(count, 'validation picture')}, each over {what}{near}."
        names = ["original", name] * len(above)
        report.pictures(f"reconstructions-{count}", _sheet(rows), caption, names)


def samples(report: Report, shown: Shown, classes: tuple[str, ...]) -> None:
    """The section of samples."""
    report.heading("Samples")
    if shown.samples is None:
        report.paragraph("Samples are left out: this model has learned no prior to draw them from.")
        return
    turn = f"; the classes {', '.join(classes)} in turn" if classes else ""
    for count in (FEW, MANY):
        caption = f"{count} pictures decoded from noise of the prior, seed {SEED}, not chosen{turn}."
        report.pictures(f"samples-{count}", _sheet(wrapped(shown.samples[:count], FEW)), caption)


def steps(report: Report, shown: Shown, attribute: str) -> None:
    """The section of steps along the difference of the class means."""
    report.heading(f"The direction of {_named(attribute)} from class means" if attribute else "A direction from class means")
    ways = shown.ways
    if ways is None:
        report.paragraph(f"Steps along the difference of two class means are left out. {shown.why_no_ways}")
        return
    direction, name = ways.direction, _named(attribute)
    trust = f" Held-out AUC along it: {direction.auc:.3f}." if np.isfinite(direction.auc) else ""
    report.paragraph(
        f"The direction is the mean code with {name} less the mean code without it, of {direction.source}.{trust} A picture's code "
        f"z becomes z + k (mean with − mean without): k = 0 is its reconstruction, k = 1 goes as far as the means are apart."
    )
    kind = f" without {name}" if ways.from_without else ""
    for count, moved in ways.steps.items():
        shares = np.linspace(0.0, 1.0, count)
        rows = [np.concatenate([original[None], way]) for original, way in zip(ways.originals, moved, strict=True)]
        caption = f"{counted(len(rows), 'validation picture')}{kind} (left), moved along it in {count} steps from k = 0 to 1."
        report.pictures(f"class-means-{count}-steps", _sheet(rows), caption, (), ["original", *(f"k = {k:.2f}" for k in shares)])


def styles(report: Report, shown: Shown, classes: tuple[str, ...]) -> None:
    """The section of a conditional model's classes; nothing for other models."""
    if shown.styles is None:
        return
    report.heading("Class by style")
    caption = f"Each row a class, each column the same code from the prior (seed {SEED}): what the class leaves to the code."
    report.pictures("class-by-style", _sheet(list(shown.styles)), caption, classes, [f"style {n + 1}" for n in range(STYLES)])


def _ways(one: Compared, engine: Instrument, progress: Progress) -> Ways:
    direction = mean_difference(one, engine, progress)
    valid = one.data.split.valid
    values = one.data.attribute(one.data.own_attribute, valid)
    without = valid[values <= 0.5]  # NaN is neither
    rows = spread(without if len(without) else valid, FACES)
    originals = batch(one.data.images, rows)
    z = engine.encode(originals).mean
    moved = {}
    for count in STEPS:
        codes = [directions.move_by_coefficient(z, direction, float(k)) for k in np.linspace(0.0, 1.0, count)]
        decoded = engine.decode(np.concatenate(codes)).reshape(count, len(rows), *originals.shape[1:])
        moved[count] = decoded.swapaxes(0, 1)
    return Ways(direction, originals, moved, bool(len(without)))


def _why_no_ways(one: Compared) -> str:
    """Why there can be no steps between class means; "" if there can."""
    if one.latent is None:
        return f"The codes of {one.family.one} can't be added."
    if one.engine.classes:
        return "This model is told the class, so its codes needn't hold it; the figure of class by style shows what the class does."
    if one.data.own_attribute:
        return ""
    return one.data.why_no_attribute or "These pictures have no two classes, such as smile and non_smile."


def _named(attribute: str) -> str:
    return attribute.replace("_", " ")


def _sheet(rows: list[np.ndarray]) -> Callable[[tuple[int, int, int]], np.ndarray]:
    return lambda ground: grid(rows, paper=ground)

"""What a comparison of runs looks at: their curves, the same pictures rebuilt, their codes, dimensions that correlate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from core import checkpoint
from core.checkpoint import Checkpoint
from core.compare.components import principal
from core.config import DataConfig
from core.data.columns import CLASS, NO_CLASS, NOT_LABELLED
from core.data.dataset import FaceData, batch, load
from core.data.split import spread
from core.errors import DataError
from core.evaluate import load_data
from core.events import amount, count_or
from core.families.base import BOTH, VALID, Can, Family, Metric, phase_at
from core.families.registry import family
from core.files import printable
from core.latent import mixture_prior
from core.latent.arithmetic import traverse
from core.latent.code import Code
from core.latent.data_codes import encode_rows, given_by
from core.latent.instrument import Instrument, Translator, classes_in_turn, decode_in_parts, drawn, open_instrument
from core.latent.opened import ENCODE_BATCH
from core.latent.plane import plane, prior_quantiles
from core.metrics.latent import all_alike
from core.progress import Progress, silent
from core.runs.history import read_history
from core.runs.listing import is_run, read_summary
from core.training.usable import usable
from core.wording import counted, share_words

if TYPE_CHECKING:
    from core.export.figures import Cloud, Curve  # imports matplotlib


CODES = 2000  # validation pictures at most whose codes are shown and compared
DIMS = 8  # dimensions at most that are traversed
NOTHING = 1e-9  # of the variance: less is rounding
FEWEST = 3  # pictures for a correlation: that of two is always 1 or -1
REACH, STEPS = 2.0, 9  # of a traversal
PLANE_STEPS = 8  # pictures in a row of a plane
SEED = 0  # of samples and styles
SPLIT_BY = ("limit", "valid_fraction", "split_seed")  # the settings that say which pictures a run held out


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A run, and the pictures as its model sees them.

    Attributes:
        name: of its folder or file; all names differ.
        saved: its checkpoint.
        engine: the model.
        data: the pictures; the same ones in the same split for all runs.
        run_folder: None for a bare checkpoint.
    """

    name: str
    saved: Checkpoint
    engine: Instrument
    data: FaceData
    run_folder: Path | None

    @property
    def family(self) -> Family:
        """What kind of model it is."""
        return family(self.engine.header.config.family)

    @property
    def latent(self) -> Instrument | None:
        """The model, where its codes are numbers along axes; None where they aren't."""
        return self.engine if Can.DIRECTIONS in self.engine.can else None


@dataclass(frozen=True, slots=True)
class Aligned:
    """Dimensions of a run, and how well each correlates with the first run's in the same place (-1 to 1).

    Without matches (the pictures are too few or too alike), these are the run's own most informative dimensions.
    """

    dims: tuple[int, ...]
    matches: tuple[float, ...]


def open_runs(
    words: Sequence[str],
    source: str,
    progress: Progress = silent,
    check: Callable[[str], None] = lambda positive: None,
    reading: DataConfig | None = None,
) -> list[Compared]:
    """The runs that words name, with the pictures of a source, split as those of the first run.

    Args:
        words: run folders or checkpoints.
        source: the pictures.
        progress: told how far; may raise Cancelled.
        check: called with the first run's positive class once all models are here and before any picture is read.
        reading: how the pictures are framed, sampled and split; None = as the first run did.

    Raises:
        CoreError: a word names no run, or the pictures can't be read.
        DataError: their pictures aren't the same ones, or their sizes don't fit into one sheet.
    """
    compared: list[Compared] = []
    names = _names(words)
    loaded = [checkpoint.load(checkpoint.find(word)) for word in words]  # fails for a wrong name before the pictures are read
    _check_sizes({saved.header.image_shape[1] for saved in loaded})
    check(loaded[0].header.config.data.positive)
    for word, name, saved in zip(words, names, loaded, strict=True):
        engine = open_instrument(saved)
        config = engine.header.config
        if reading is not None:
            channels, _, side = engine.header.image_shape
            wanted = replace(reading, source=source, image_size=side, channels=channels)
            data = usable(config, load(wanted, progress), progress)
        else:
            if compared:
                first = compared[0].engine.header.config.data
                same = {name: getattr(first, name) for name in SPLIT_BY}
                config = replace(config, data=replace(config.data, **same))
            data = load_data(replace(engine.header, config=config), source, progress)
        if compared and data.index.files != compared[0].data.index.files:
            raise DataError(f"{name} reads other pictures of {source} than {names[0]}.", "Compare runs on the same pictures.")
        folder = Path(word) if is_run(Path(word)) else None
        compared.append(Compared(name, saved, engine, data, folder))
    return compared


def epochs_of(run: Compared) -> tuple[str, str]:
    """How many epochs a run was trained ("–" where its folder isn't known), and after which its model was saved: the best.

    After that epoch of all in which it is within a further phase: "3 (2 and 1 for the prior over the codes)".
    """
    if run.run_folder is None:
        trained = "–"
    else:
        phases = read_history(run.run_folder).phases
        trained = _in_phases(run, phases, "") if any(phases) else f"{read_summary(run.run_folder).epoch:,}"
    saved, of_model = f"{run.engine.header.epoch:,}", _phases_of(run)
    return trained, f"{saved} ({_in_phases(run, of_model, '')})" if len(set(of_model)) > 1 else saved


def model_epochs(run: Compared) -> str:
    """How long the model was trained: "3 epochs", "2 epochs and 1 for sharpening"."""
    return _in_phases(run, _phases_of(run), "epoch")


def _phases_of(run: Compared) -> list[str]:
    """The phase of each epoch of the model."""
    header = run.engine.header
    phases = [str(row.get("phase", "")) for row in header.history if isinstance(row, dict) and count_or(row.get("epoch"), 0)]
    if len(phases) != header.epoch:  # another version wrote it
        phases = [phase_at(run.family, header.config, epoch).name for epoch in range(header.epoch)]
    return phases


def _in_phases(run: Compared, phases: Sequence[str], thing: str) -> str:
    """Epochs by the phase in which each was: "2 and 1 for sharpening"; the first phase is called by `thing` alone."""
    titles = {phase.name: phase.title for phase in run.family.phases(run.engine.header.config)}
    first, *others = [(name, phases.count(name)) for name in dict.fromkeys(phases)] or [("", 0)]
    text = counted(first[1], thing) if thing else f"{first[1]:,}"
    return " and ".join([text, *(f"{count:,} for {titles.get(name, name)}" for name, count in others)])


def kept_out(one: Compared, data: FaceData) -> bool:
    """Whether a run on these pictures never saw their validation part: it split them in the same way."""
    theirs = one.engine.header.config.data
    return data.own_split or all(getattr(theirs, name) == getattr(data.config, name) for name in SPLIT_BY)


def learned_from(one: Compared, data: FaceData) -> bool:
    """Whether a run was trained on pictures of this data set, or on a copy of it, as far as its file says."""
    theirs = one.engine.header.data
    known = {"name": printable(data.index.name), "fingerprint": data.fingerprint}
    return not any(name in theirs for name in known) or any(theirs.get(name) == value for name, value in known.items())


def curves_of(runs: Sequence[Compared]) -> dict[str, list[Curve]]:
    """The charts of a comparison: title -> one curve a run."""
    from core.export.figures import Curve  # noqa: PLC0415

    common = _in_common(runs)
    shown = {one.family.title: {_titled(term): term for term in (*common, *_curved(one.family))} for one in runs}
    whose: dict[str, list[str]] = {}
    for kind, metrics in shown.items():
        for title in metrics:
            whose.setdefault(title, []).append(kind)
    double = _meaning_several([metric for metrics in shown.values() for metric in metrics.values()])

    def called(title: str, metric: Metric) -> str:
        return f"{' and '.join(whose[title])}: {title}" if metric.title in double else title

    keys = {one.name: {called(title, metric): metric.key for title, metric in shown[one.family.title].items()} for one in runs}
    charts: dict[str, list[Curve]] = {title: [] for titles in keys.values() for title in titles}
    nothing = Curve(np.empty(0, np.int64), np.empty(0), np.empty(0))
    for one in runs:
        epoch, train, valid = _history(one, (*common, *_curved(one.family)))
        for title, curves in charts.items():
            key = keys[one.name].get(title)
            curves.append(nothing if key is None else Curve(epoch, train.get(key), valid[key]))
    return charts


def _meaning_several(metrics: Sequence[Metric]) -> set[str]:
    """The titles that some metrics share which don't measure the same: those of several families, in different units."""
    units: dict[str, set[str]] = {}
    for metric in metrics:
        units.setdefault(metric.title, set()).add(metric.unit)
    return {title for title, those in units.items() if len(those) > 1}


def _titled(metric: Metric) -> str:
    return f"{metric.title}, {metric.shown_unit}".rstrip(", ")


def _curved(kind: Family) -> list[Metric]:
    """The metrics of a family whose curves are compared: what the loss is made of, on both parts."""
    return [one for one in kind.metrics if one.where == BOTH and not one.optional and one.key != "loss"]


def _in_common(runs: Sequence[Compared]) -> list[Metric]:
    """Of runs of several families what all of them measure on the validation pictures alone, such as PSNR; else nothing."""
    kinds = {one.family.name: one.family for one in runs}
    if len(kinds) == 1:
        return []
    first, *others = kinds.values()
    asked = [one for one in first.metrics if one.where == VALID and not one.per_axis and not one.optional]
    theirs = [{(one.key, _titled(one)) for one in kind.metrics if one.where == VALID} for kind in others]
    return [one for one in asked if all((one.key, _titled(one)) in known for known in theirs)]


def samples_of(runs: Sequence[Compared], count: int, progress: Progress = silent) -> list[np.ndarray | None]:
    """Pictures that each run makes up, of codes that its prior draws with SEED: uint8 (count, S, S, C); None without a prior."""
    made: list[np.ndarray | None] = []
    for one in runs:
        if Can.SAMPLE not in one.engine.can:
            made.append(None)
            continue
        progress("Drawing samples", 0, 0)
        codes = drawn(one.engine, count, SEED, progress=progress)
        made.append(decode_in_parts(one.engine, codes, classes_in_turn(one.engine, count)))
    return made


def reconstructed(runs: Sequence[Compared], count: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """The same validation pictures, (B, S, S, C) uint8: as the run with the largest pictures sees them, and rebuilt by each.

    A model without codes translates them: each to the other side, where it translates between two.
    """
    rows = spread(runs[0].data.split.valid, count)
    originals = [batch(one.data.images, rows) for one in runs]
    return max(originals, key=lambda pictures: pictures.shape[1]), [remade(one, rows) for one in runs]


def remade(one: Compared, rows: np.ndarray, progress: Progress = silent) -> np.ndarray:
    """What a run's model makes of some rows of its data, some at a time: uint8 (len(rows), S, S, C).

    It rebuilds them from their codes; a model without codes translates them.

    Args:
        one: the run.
        rows: which.
        progress: told how far; may raise Cancelled.
    """
    given, made = given_by(one.engine, one.data), []
    for start in range(0, len(rows), ENCODE_BATCH):
        progress("Rebuilding pictures", start, len(rows))
        some = rows[start : start + ENCODE_BATCH]
        pictures = batch(one.data.images, some)
        if one.engine.spaces:
            made.append(one.engine.decode(one.engine.encode(pictures, given.at(some)).values, given.at(some)))
        else:
            made.append(_translated(one, some, pictures))
    progress("Rebuilding pictures", len(rows), len(rows))
    return np.concatenate(made)


def _translated(one: Compared, rows: np.ndarray, pictures: np.ndarray) -> np.ndarray:
    """Some rows of a run's data, (B, S, S, C) uint8, as its model translates them."""
    translate, sides = cast(Translator, one.engine).translate, one.data.sides
    if sides is None:
        return translate(pictures)
    made = np.empty_like(pictures)
    for side, goal in enumerate(reversed(sides.names)):
        if (of_side := sides.of[rows] == side).any():
            made[of_side] = translate(pictures[of_side], goal)
    return made


def colour_names(data: FaceData) -> tuple[str, ...]:
    """What can colour the codes, the default first: factors, or else the classes and each label."""
    if data.factors is not None:
        return data.factor_names
    return tuple(dict.fromkeys((CLASS, *data.index.attributes)))


def colours_of(data: FaceData, wanted: str) -> tuple[str, np.ndarray, list[str]]:
    """What colours the codes: its name, a number for each picture (N,), and the names of the numbers.

    So that one class has one colour everywhere, the one *with* an attribute is the second of two, and what has none comes last.

    Args:
        data: the pictures.
        wanted: a factor, an attribute, `class`, or "" for the first there is.

    Raises:
        DataError: there is none of that name.
    """
    factors = {factor.name: place for place, factor in enumerate(data.factor_kinds)}
    if data.factors is not None and (wanted in factors or not wanted):
        place = factors.get(wanted, 0)
        factor = data.factor_kinds[place]
        return factor.name, data.factors[:, place], [str(value) for value in factor.values]
    if not wanted or (wanted == CLASS and data.factors is None and wanted not in data.index.attributes):
        classes = data.index.classes
        order = sorted(
            range(len(classes)), key=lambda number: (not classes[number], classes[number] == data.index.positive, number)
        )
        numbers = np.argsort(order)[np.asarray(data.index.labels)]
        unnamed = NO_CLASS if len(classes) > 1 else ""
        return CLASS, numbers, [classes[number] or unnamed for number in order]
    values = data.attribute(wanted)
    known = np.where(np.isnan(values), 2, values > 0.5).astype(int)
    return wanted, known, [f"not {wanted}", wanted, NOT_LABELLED][: 3 if np.isnan(values).any() else 2]


def shown_rows(data: FaceData) -> np.ndarray:
    """The validation rows whose codes are shown, CODES at most and the same each time."""
    rows = data.split.valid
    return np.sort(np.random.default_rng(0).choice(rows, CODES, replace=False)) if len(rows) > CODES else rows


def compared_codes(runs: Sequence[Compared], progress: Progress = silent) -> tuple[np.ndarray, list[Code]]:
    """Some validation rows, CODES at most and the same each time, and their codes in each run."""
    rows = shown_rows(runs[0].data)
    codes = [encode_rows(one.latent, one.data.images, rows, progress, given_by(one.latent, one.data)) for one in runs if one.latent]
    return rows, codes


def vary(codes: Code) -> bool:
    """Whether the codes differ at all."""
    return not all_alike(codes.mean.std(axis=0))


def clouds_of(codes: Sequence[Code]) -> list[Cloud]:
    """The same pictures' codes in two dimensions, one cloud a run.

    A latent of two dimensions is shown as it is; of larger ones the first two principal components.

    Args:
        codes: of each run; all `vary`.
    """
    from core.export.figures import Cloud  # noqa: PLC0415

    clouds = []
    for mean in (part.mean for part in codes):
        if mean.shape[1] <= 2:
            points = np.pad(mean, ((0, 0), (0, 2 - mean.shape[1])))
            clouds.append(Cloud(points, ("z0", "z1" if mean.shape[1] == 2 else "")))
            continue
        points, shares = principal(mean, 2)
        points[:, shares < NOTHING] = 0.0  # of two pictures the second component is what rounding leaves
        first, second = (share_words(float(share), 1.0) for share in np.where(shares < NOTHING, 0.0, shares))
        clouds.append(Cloud(points, (f"component 1 ({first} of the variance)", f"component 2 ({second})")))
    return clouds


def align(codes: Sequence[Code]) -> list[Aligned]:
    """The most informative dimensions of the first run, and each other run's dimensions that match them.

    Matched one to one, so that the sum of absolute correlations over the same pictures' posterior means is largest (Kuhn 1955).
    With fewer than FEWEST pictures, or if all codes of one of the two runs are the same, nothing matches.
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    first, dims = codes[0], _telling_most(codes[0])
    aligned = [Aligned(tuple(map(int, dims)), (1.0,) * len(dims))]
    for other in codes[1:]:
        if len(first.mean) < FEWEST or not vary(first) or not vary(other):
            aligned.append(Aligned(tuple(map(int, _telling_most(other))), ()))
            continue
        table = _correlations(first.mean[:, dims], other.mean)
        mine, theirs = linear_sum_assignment(-np.abs(table))  # the smaller latent uses all its dimensions
        aligned.append(Aligned(tuple(map(int, theirs)), tuple(float(table[a, b]) for a, b in zip(mine, theirs, strict=True))))
    return aligned


def traversals(one: Compared, engine: Instrument, dims: Sequence[int]) -> np.ndarray:
    """The first validation picture's code with one dimension at a time changed: uint8 (len(dims), STEPS, S, S, C)."""
    row = one.data.split.valid[:1]
    given = given_by(engine, one.data).at(row)
    z = engine.encode(batch(one.data.images, row), given).mean[0]
    codes = mixture_prior.placed(engine, traverse(mixture_prior.in_deviations(engine, z), dims, REACH, STEPS))
    return np.stack([engine.decode(part, given.repeated(STEPS)) for part in codes])


def plane_of(one: Compared, engine: Instrument) -> tuple[np.ndarray, str]:
    """A latent of two dimensions all over, uint8 (PLANE_STEPS, PLANE_STEPS, S, S, C); and a conditional model's class."""
    given = given_by(engine, one.data).at(one.data.split.valid[:1])  # as the traversals
    codes = mixture_prior.placed(engine, plane(np.zeros(2, np.float32), 0, 1, prior_quantiles(PLANE_STEPS)))
    name = "" if given.classes is None else engine.classes[int(given.classes[0])]
    return np.stack([engine.decode(row, given.repeated(PLANE_STEPS)) for row in codes]), name


def _telling_most(codes: Code) -> np.ndarray:
    """The dimensions that tell most, at most DIMS, the most telling first: by the KL of their codes from N(0, I).

    Codes without a spread, which have none, by how far they vary.
    """
    if codes.spread is None:
        information = codes.mean.var(axis=0)
    else:
        information = 0.5 * (np.square(codes.mean) + np.exp(codes.log_var) - 1.0 - codes.log_var).mean(axis=0)
    return np.argsort(-information, kind="stable")[:DIMS]


def _check_sizes(sides: set[int]) -> None:
    """Check that pictures of these sides (pixels) fit into one sheet, the smaller ones' pixels repeated."""
    if any(max(sides) % side for side in sides):
        raise DataError(
            f"The runs' picture sizes {' and '.join(map(str, sorted(sides)))} don't fit each other.",
            "Compare runs whose sizes are multiples of each other.",
        )


def _names(words: Sequence[str]) -> list[str]:
    """Short names, no two alike."""
    names = [Path(word).name.removesuffix(checkpoint.SUFFIX) or word for word in words]
    return [
        name if names.index(name) == place else f"{name} ({names[: place + 1].count(name)})" for place, name in enumerate(names)
    ]


def _history(one: Compared, terms: Sequence[Metric]) -> tuple[np.ndarray, dict[str, Any], dict[str, Any]]:
    """Epochs (E,), and each term's training values, where it has any, and validation values."""
    on_both = [term for term in terms if term.where == BOTH]
    if one.run_folder is not None:
        read = read_history(one.run_folder)
        train = {term.key: read.train(term.key) for term in on_both}
        return read.epoch, train, {term.key: read.valid(term.key) for term in terms}
    rows = [row for row in one.engine.header.history if isinstance(row, dict) and count_or(row.get("epoch"), 0)]

    def column(name: str) -> np.ndarray:
        return np.array([amount(row.get(name)) for row in rows], np.float64)

    parts = []
    for side, asked in (("train", on_both), ("valid", terms)):
        written = {metric.key: column(f"{side}_{metric.key}") for metric in one.family.metrics if metric.of is None}
        parts.append({term.key: written[term.key] if term.of is None else term.of(written) for term in asked})  # type: ignore[arg-type]
    return np.array([row["epoch"] for row in rows], np.int64), parts[0], parts[1]


def _correlations(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Correlations of each column of a (N, A) with each of b (N, B): (A, B); 0 where one doesn't vary."""
    parts = []
    for codes in (a, b):
        around = codes - codes.mean(axis=0)
        spread = np.sqrt(np.square(around).mean(axis=0))
        parts.append(around / np.where(spread > 1e-9, spread, np.inf))
    return np.asarray(parts[0].T @ parts[1] / len(a))

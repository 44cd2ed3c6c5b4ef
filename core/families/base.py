"""What the program asks of a family of models before any torch is loaded: settings, spaces of codes, abilities, numbers, phases."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from core.problems import Problems

Shape = tuple[int, int, int]  # of a picture: channels, height, width
SPOKEN_WITH_VOWEL = "AEFILMNORSX"  # letters whose names begin with a vowel, as an abbreviation's first one is said
WHOLE, BOTH, VALID = "whole", "both", "valid"  # where a metric is measured


class Can(StrEnum):
    """What one can do with a trained model; tabs and commands ask for it."""

    ENCODE = "encode"  # a picture -> its code
    DECODE = "decode"  # a code -> a picture
    SAMPLE = "sample"  # draw codes from the model's own prior
    TEMPERATURE = "temperature"  # draw them at a temperature, one value after the other, which takes its time
    TRANSLATE = "translate"  # a picture -> a picture of another domain
    LIKELIHOOD = "likelihood"  # bound log p(x)
    TURN_AXES = "turn_axes"  # turn to other axes of its latent, between the epochs of its training
    CLASSES = "classes"  # make pictures of a class
    DIRECTIONS = "directions"  # add codes: directions, interpolation, one slider for each axis
    MOVE = "move"  # move a code along a direction that was fitted, even where codes are names, over the vectors that they stand for


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that a family reports of each epoch."""

    key: str
    title: str
    unit: str = ""
    lower_is_better: bool | None = None
    """None: neither direction is better."""
    where: str = BOTH
    """BOTH: on the training and the validation part; VALID: on the latter only; WHOLE: of the model, once an epoch."""
    per_axis: bool = False
    """One number for each axis of the code instead of a single one. Its title names the axes: "KL per dimension"."""
    chooses_best: bool = False
    """The epoch at which it is best on the validation part is the run's best."""
    of: Callable[[Mapping[str, float]], float] | None = None
    """Computes it from the part's other numbers, where a run didn't write it."""
    from_zero: bool = False
    """Its axis begins at 0."""
    whole_numbers: bool = False
    optional: bool = False
    """Only some settings of the family report it."""
    bounds_likelihood: bool = False
    """It is a lower bound of log p(x)."""
    digits: int | None = None
    """Digits after the point, in tables; None: as many as a number needs."""
    help: str = ""
    """What it measures, as the beginning of a sentence."""
    meaning: str = ""
    """What it is and which way is better, for reports on finished models; "": they leave it out."""

    @property
    def shown_unit(self) -> str:
        """The unit as the window and reports say it: "nats per picture"; `unit` is what commands print, which stays as it was."""
        return self.unit.replace("per image", "per picture")


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of a run: which metrics, each with a vertical axis of its own unless they share one."""

    key: str
    title: str
    help: str
    metrics: tuple[str, ...]
    also: tuple[str, ...] = ()
    """Metrics that are listed and saved with it, without an axis."""
    shares_axis: bool = False
    """The metrics are the same quantity of two things, as of either side of a CycleGAN, and are compared on one axis, which is
    called as the chart."""


@dataclass(frozen=True, slots=True)
class CodeSpace:
    """A space of codes. The arithmetic of each kind is in `core.latent.arithmetic`."""

    kind: str
    """VECTOR: real numbers that can be added; TOKENS: whole numbers that name entries of a codebook; SPARSE: how much of each
    atom of a dictionary is in each place of a grid, most of it 0, (grid, grid, atoms)."""
    shape: tuple[int, ...]
    entries: int = 0
    """For TOKENS: size of the codebook."""

    @property
    def adds(self) -> bool:
        """Whether codes can be added, so that directions, interpolation and sliders make sense."""
        return self.kind == VECTOR


VECTOR, TOKENS, SPARSE = "gaussian", "tokens", "sparse"  # the first is called after the VAE's in what `families --json` prints
NO_CODES = CodeSpace("none", (0,))
"""For a family without codes."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A named stretch of a run, with its own optimizers and frozen parts."""

    name: str
    title: str
    epochs: int
    best: str = ""
    """The metric that chooses its best epoch; "" = the family's."""
    setting: str = "epochs"
    """The setting that says how many epochs it takes."""
    pace: float = 1.0
    """About how many times as long one of its epochs takes as one of the first phase."""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """How far a run is; schedules depend on it."""

    epochs: float  # epochs done, with the fraction of the present one
    planned: float = 0.0  # epochs that the run was meant to take when it began; 0 = unknown: schedules are over


@dataclass(frozen=True, slots=True)
class Preset:
    """Named settings: dotted path -> value; the others keep their defaults."""

    name: str
    title: str
    help: str
    values: Mapping[str, Any]
    minutes: float = 0.0
    """That a run of it is to take: its epochs are chosen by the pictures and by this machine's speed. 0: those of the values."""


@dataclass(frozen=True, slots=True)
class RunSet:
    """Runs that are planned together and compared, each with values of its own; all other settings are the same."""

    name: str
    title: str
    help: str
    runs: Mapping[str, Mapping[str, Any]]
    """The end of each run's name ("small-adam") -> its values, by dotted paths."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model learns once its weights stay, in sentences."""

    doing: str
    """That it is learned now, and how long that takes."""
    left_out: str
    """What it means that it wasn't, because somebody stopped the run, and how to have it all the same."""
    unlearnable: str
    """What it means that it can't be learned from these pictures; why that is follows."""
    what: str
    """What is learned, for within a sentence."""
    least_pictures: int = 0
    """From how many training pictures on it can be learned."""


@dataclass(frozen=True, slots=True)
class Later:
    """A setting with which a finished run can go on, to learn something that it has left out."""

    setting: str
    value: Any
    title: str
    """What that does, as an entry of a menu."""


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of model. The callables get the family's own settings, unless they say otherwise."""

    name: str
    title: str
    help: str
    settings: type
    """A frozen dataclass; its fields stand at the top level of `config.json`."""
    presets: tuple[Preset, ...]
    """The first one is the default."""
    metrics: tuple[Metric, ...]
    charts: tuple[Chart, ...]
    rows: tuple[str, ...]
    """Names of the rows of a preview; some settings may add others behind them."""
    home: str
    """The module with its torch code: `make_recipe` and `open_instrument`."""
    spaces: Callable[[Any, Shape], Mapping[str, CodeSpace]]
    """(settings, picture shape) -> name -> space."""
    can: Callable[[Any, Shape], frozenset[Can]]
    takes: Callable[[Any, Shape], tuple[str, ...]] = lambda settings, shape: ("picture",)
    problems: Callable[[Any], Problems] = lambda config: Problems()
    """For the whole TrainConfig: broken rules between settings, and warnings."""
    phases: Callable[[Any], tuple[Phase, ...]] = lambda config: (Phase("", "", config.epochs),)
    """For the whole TrainConfig: the phases of a run, in order."""
    completes: Callable[[Any], Completion | None] = lambda config: None
    """For the whole TrainConfig: what the model learns after the run's last epoch (`complete` of its home)."""
    may_learn_prior: Callable[[Any], bool] = lambda config: False
    """For the whole TrainConfig: whether a finished model can be given a prior of `core.latent.learned_prior`."""
    later: Callable[[Any], tuple[Later, ...]] = lambda config: ()
    """For the whole TrainConfig: what a finished run can be given later."""
    sides: Callable[[Any], tuple[str, str] | None] = lambda settings: None
    """The two sides between which it translates, with half of every step each; "": told by the pictures. None: it has none."""
    epoch_pictures: Callable[[Any, int], int] = lambda config, pictures: pictures
    """(the whole TrainConfig, how many training pictures there are) -> how many an epoch shows."""
    needs_colour: bool = False
    """It learns colours: grey pictures are left out of what it learns from."""
    patience_from: Callable[[Any], int] = lambda config: 0
    """For the whole TrainConfig: the epoch from which early stopping counts."""
    suits: Callable[[str, str], Mapping[str, Any]] = lambda kind, preset: {}
    """(kind of source, preset) -> settings that such pictures ask for."""
    implies: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda given: {}
    """(settings that a person chose, dotted path -> value) -> other settings that these ask for."""
    fine_tuning: Mapping[str, Any] = field(default_factory=dict)
    """Settings for fine-tuning a model, in addition to those taken from the model."""
    line: Callable[[Mapping[str, float], Mapping[str, float], Mapping[str, float]], str] = lambda train, valid, whole: ""
    """(training, validation, the whole model's numbers) -> an epoch in one line, for a terminal."""
    about: Callable[[Any], tuple[str, ...]] = lambda settings: ()
    """The settings in a few words each: "latent 128", "beta 1"."""
    without: Mapping[Can, str] = field(default_factory=dict)
    """How to have an ability that the settings of a model leave out, in a sentence."""
    weights: Callable[[Any, Shape], int] | None = None
    """(settings, picture shape) -> about how many weights are learned, so that files' sizes are known beforehand; None: unknown."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """The headings under which its own settings are folded away, in order: a setting's `group` -> its heading in the form."""
    series: tuple[str, str] = ("", "")
    """A setting that is often tried with several values, and such values: "objective.beta", "1, 4, 8"."""
    sets: tuple[RunSet, ...] = ()
    """Runs that differ in several settings, which are offered beside series of one."""

    def metric(self, key: str) -> Metric | None:
        """The metric of that name, or None."""
        return next((one for one in self.metrics if one.key == key), None)

    @property
    def one(self) -> str:
        """One of its models, within a sentence: "a VAE", "an SC-VAE"."""
        return f"{'an' if self.title[0] in SPOKEN_WITH_VOWEL else 'a'} {self.title}"

    @property
    def best(self) -> Metric:
        """The metric that chooses the best epoch."""
        return next(one for one in self.metrics if one.chooses_best)

    @property
    def axis_metric(self) -> Metric | None:
        """The metric that says how much each axis of a code tells, by which axes are ordered; None where there is none.

        A checkpoint's header has the numbers of its epoch in `latent`.
        """
        return next((one for one in self.metrics if one.per_axis), None)

    def score(self, valid: Mapping[str, float]) -> float:
        """The score by which epochs are ranked, from validation numbers; higher is better; NaN where they lack it."""
        value = number(self.best, valid)
        return -value if self.best.lower_is_better else value


def number(metric: Metric, part: Mapping[str, float]) -> float:
    """A metric from an epoch's numbers of one part: as written, or computed from the others; NaN where neither is possible."""
    if metric.key in part:
        return part[metric.key]
    if metric.of is None:
        return float("nan")
    try:
        return metric.of(part)
    except KeyError:
        return float("nan")


def completed(kind: Family, part: Mapping[str, float]) -> dict[str, float]:
    """A part's numbers, and those computed from them."""
    follow = {one.key: number(one, part) for one in kind.metrics if one.of is not None and one.key not in part}
    return dict(part) | {key: value for key, value in follow.items() if not math.isnan(value)}


NONE_ENDED: Mapping[str, int] = MappingProxyType({})


def phases_of(kind: Family, config: Any, ended: Mapping[str, int] = NONE_ENDED) -> tuple[Phase, ...]:
    """The phases of a run, in order.

    Args:
        kind: its family.
        config: its settings.
        ended: the phases that early stopping has ended before their time, by name -> epochs that they took.
    """
    return tuple(replace(one, epochs=ended.get(one.name, one.epochs)) for one in kind.phases(config))


def phase_at(kind: Family, config: Any, epoch: int, ended: Mapping[str, int] = NONE_ENDED) -> Phase:
    """The phase in which an epoch is, counted from 0; the last one beyond the end. `ended` as in `phases_of`."""
    phases = phases_of(kind, config, ended)
    end = 0
    for one in phases:
        end += one.epochs
        if epoch < end:
            return one
    return phases[-1]


def planned_epochs(kind: Family, config: Any, ended: Mapping[str, int] = NONE_ENDED) -> int:
    """Epochs of all phases of a run. `ended` as in `phases_of`."""
    return sum(one.epochs for one in phases_of(kind, config, ended))

"""Settings as frozen dataclasses: strict when read, complete when written, with the presets."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import json
import math
import typing
from dataclasses import dataclass, field
from typing import Any, TypeVar

from core.errors import ConfigError, NewerError, UnknownError
from core.families.registry import DEFAULT, family, family_of_preset
from core.problems import Problems, problems_of_every_run
from core.setting import Setting, setting, settings_of
from core.version import UPDATE, VERSION, is_newer, written_by_newer

T = TypeVar("T")


LONGEST_KEY = 100  # characters of an unknown key that are compared
PROGRAM = "program"  # key of a config file: the version that wrote it
CENTER = "center"  # values of `data.crop`
FACE = "face"
FAMILY = "family"  # key of a config file
KINDS: dict[type, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


@dataclass(frozen=True, slots=True)
class DataConfig:
    """Which pictures, how they are framed, and how they are split."""

    source: str = setting(
        "",
        help="Where the pictures are: a folder or a built-in name, as SOURCE of the command line.",
        telling=True,
        may_change=True,
        paces=True,
    )
    image_size: int = setting(
        128,
        "Picture size",
        "Side of the square that the model sees; a multiple of 16, for Fruit of 4. Half the size trains about four times as fast.",
        group="pictures",
        unit="px",
        low=32,
        high=512,
        step=16,
        fixed="picture size",
        telling=True,
        option="--image-size",
        paces=True,
    )
    channels: int = setting(
        3,
        help="1 (grey) or 3 (colour).",
        low=1,
        high=3,
        fixed="number of channels",
        paces=True,
    )
    crop: str = setting(
        "center",
        help="How pictures are framed: center, face (by its eyes), or left,top,right,bottom in pixels of the upright picture.",
    )
    positive: str = setting(
        "",
        help="The class with the attribute, where its name doesn't tell.",
    )
    limit: int = setting(
        0,
        help="A random sample of that many pictures, chosen by the split seed; 0 takes all.",
        low=0,
        high=1000000000000.0,
        telling=True,
        paces=True,
    )
    valid_fraction: float = setting(
        0.2,
        help="Share of the pictures held out.",
        low=0.01,
        high=0.9,
        telling=True,
        option="--valid-fraction",
        paces=True,
    )
    split_seed: int = setting(
        0,
        help="Starting point of the random numbers when pictures are held out, or sampled.",
        low=0,
        high=4294967295,
    )
    mirror: bool = setting(
        False,
        "Mirror pictures",
        (
            "Shows each training picture mirrored half of the time. Helps with few pictures; switch it off "
            "where left and right differ."
        ),
        group="pictures",
    )


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """All settings of a training run: its family, that family's own settings, and those that every run has."""

    data: DataConfig = field(default_factory=DataConfig)
    family: str = setting(DEFAULT, help="The kind of model.")
    # the family's own; its fields stand at the top level of `config.json`
    settings: Any = field(default_factory=lambda: family(DEFAULT).settings())
    preset: str = setting(
        "quick",
        help="The preset of its family with which the settings began.",
    )
    epochs: int = setting(
        40,
        "Epochs",
        (
            "How often the model sees all training pictures. More while the validation curve still falls; a "
            "finished run can be trained further."
        ),
        low=1,
        high=1000000,
        option="--epochs",
        may_change=True,
    )
    batch_size: int = setting(
        64,
        "Batch size",
        "Pictures in one step. Smaller takes less memory and more steps; larger is steadier.",
        group="steps",
        unit="pictures",
        low=1,
        high=65536,
        step=16,
        telling=True,
        option="--batch-size",
        paces=True,
    )
    learning_rate: float = setting(
        0.001,
        "Learning rate",
        "How far a step goes (Adam). Lower it when the curves jump or the loss stops being a number.",
        group="steps",
        low=1e-08,
        high=10.0,
        step=0,
        telling=True,
        option="--learning-rate",
    )
    lr_schedule: str = setting(
        "constant",
        "Rate schedule",
        (
            "Constant keeps the learning rate. Linear and cosine let it fall to a hundredth at the last "
            "epoch, which sharpens the end of a run: cosine stays high for longer, linear falls evenly, and late is constant for "
            "the first half and falls evenly over the second."
        ),
        group="steps",
        choices={"constant": "Constant", "linear": "Linear", "cosine": "Cosine", "late": "Late"},
    )
    lr_warmup_epochs: float = setting(
        0.0,
        "Rate warm-up",
        (
            "The learning rate rises from a hundredth over that many epochs. Try a half or one when the first"
            " steps jump, or with a large learning rate."
        ),
        group="steps",
        unit="epochs",
        low=0.0,
        high=1000000.0,
        step=0.5,
        zero="Off",
    )
    gradient_clip: float = setting(
        0.0,
        "Clip gradient",
        (
            "A step's gradient that is longer than this is shortened to it. Keeps a few odd pictures from undoing"
            " much. The gradients of a VAE, in nats, are 5,000 to 50,000 long at 128 px; metrics.csv says in what share"
            " of the steps it was clipped."
        ),
        group="steps",
        low=0.0,
        high=1000000000.0,
        step=1000,
        zero="Off",
    )
    ema_decay: float = setting(
        0.0,
        "Average weights",
        (
            "Validates, shows and keeps a moving average of the weights (EMA) instead of the newest ones; "
            "this is the share of it that each step keeps: 0.99 looks back on 100 steps, 0.999 on 1,000. "
            "Helps where validation goes up and down from epoch to epoch, above all with a constant learning "
            "rate."
        ),
        group="steps",
        low=0.0,
        high=0.99999,
        step=0.01,
        zero="Off",
    )
    early_stopping: int = setting(
        0,
        "Early stopping",
        (
            "Ends the run once so many epochs in a row brought nothing better on the validation pictures; the"
            " best epoch is kept either way. Saves time in long runs and with few pictures. 10 is patient "
            "enough for most."
        ),
        group="stopping",
        unit="epochs",
        low=0,
        high=1000000,
        zero="Never",
        may_change=True,
    )
    save_minutes: float = setting(
        0.0,
        "Save at most every",
        (
            "A run is saved after each epoch, or no more often than this: for models whose files are large and whose epochs are "
            "short. A run that is killed goes on from the last time; one that is stopped or paused is saved then."
        ),
        group="machine",
        unit="min",
        low=0.0,
        high=60.0,
        zero="Each epoch",
        may_change=True,
    )
    precision: str = setting(
        "auto",
        "Precision",
        ("Automatic takes bf16 where the processor has it, twice as fast and as good; fp32 is the exact one."),
        group="machine",
        choices={"auto": "Automatic", "fp32": "fp32", "bf16": "bf16"},
        option="--precision",
        paces=True,
    )
    seed: int = setting(
        0,
        "Seed",
        "Starting point of all random numbers. The same seed, settings and threads give the same run again.",
        group="machine",
        low=0,
        high=4294967295,
        telling=True,
        option="--seed",
    )
    device: str = setting(
        "auto",
        "Device",
        "Where to compute. Automatic takes a graphics card where there is one.",
        group="machine",
        choices={"auto": "Automatic", "cpu": "Processor (CPU)", "cuda": "NVIDIA (CUDA)", "mps": "Apple (MPS)"},
        option="--device",
        may_change=True,
        paces=True,
    )
    threads: int = setting(
        0,
        "Threads",
        "How many of the processor's cores the run takes; 0 takes all. Fewer leave room for other work.",
        group="machine",
        low=0,
        high=1024,
        zero="All cores",
        option="--threads",
        may_change=True,
        paces=True,
    )
    processes: int = setting(
        1,
        "GPUs",
        (
            "How many graphics cards train together, each on a part of every batch: the curves stay the same,"
            " an epoch takes less time. Worth it with large batches and many pictures."
        ),
        group="machine",
        low=1,
        high=64,
        may_change=True,
        paces=True,
    )
    start_from: str = setting(
        "",
        help="A checkpoint with whose weights the run begins; none: random ones.",
    )
    start_from_id: str = setting(
        "",
        help="That checkpoint's id, so that another file of the same name isn't taken for it.",
    )


@functools.cache
def preset(name: str) -> TrainConfig:
    """The settings of a preset by name; each belongs to one family.

    Raises:
        ConfigError: no preset of that name.
    """
    kind = family_of_preset(name)
    values = next(one.values for one in kind.presets if one.name == name)
    return with_values(TrainConfig(family=kind.name, settings=kind.settings(), preset=name), dict(values))


def to_dict(config: Any) -> dict[str, Any]:
    """The config as plain nested dicts, every key present; a family's own settings stand beside the others."""
    values = dataclasses.asdict(config)
    return values | values.pop("settings") if isinstance(config, TrainConfig) else values


def to_file(config: TrainConfig) -> dict[str, Any]:
    """What `config.json` holds: the settings, and the version that wrote them."""
    return {PROGRAM: VERSION} | to_dict(config)


def from_dict(cls: type[T], values: dict[str, Any], where: str = "") -> T:
    """Build a config dataclass from nested dicts; keys left out keep their defaults.

    Args:
        cls: a config dataclass.
        values: nested dicts, as from JSON.
        where: dotted path of `values` in the whole, for messages.

    Raises:
        ConfigError: an unknown key (the nearest known one is named), a value of a wrong type or out of range.
    """
    if not isinstance(values, dict):
        raise ConfigError(f"The setting {where or 'file'} must hold keys and values.")
    kinds: dict[str, Any] = dict(_kinds(typing.cast(Any, cls)))
    own: Any = None
    if cls is TrainConfig:  # its family's settings stand at the same level
        own = family(_checked(FAMILY, values.get(FAMILY, DEFAULT), str, Setting())).settings
        kinds = {name: kind for name, kind in kinds.items() if name != "settings"} | _kinds(own)
    read: dict[str, Any] = {}
    for key, value in values.items():
        path = f"{where}.{key}" if where else key
        if key not in kinds:
            raise unknown_key(path, [f"{where}.{k}" if where else k for k in kinds])
        kind = kinds[key]
        if dataclasses.is_dataclass(kind):
            read[key] = from_dict(typing.cast(type, kind), value, path)
        else:
            holder = own if own is not None and key in _kinds(own) else cls
            read[key] = _checked(path, value, kind, settings_of(typing.cast(Any, holder)).get(key, Setting()))
    if own is not None:
        if "preset" in read:
            family_of_preset(read["preset"])
        else:
            read["preset"] = family(read.get(FAMILY, DEFAULT)).presets[0].name
        read["settings"] = own(**{key: read.pop(key) for key in list(read) if key in _kinds(own)})
    return cls(**read)


def unknown_key(path: str, known: list[str]) -> UnknownError:
    """The error for a setting that doesn't exist, with the nearest one that does."""
    path = path if len(path) <= LONGEST_KEY else f"{path[:LONGEST_KEY]}…"  # to compare long texts takes minutes
    near = difflib.get_close_matches(path, known, n=1, cutoff=0.4)
    nearest = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known))}."
    return UnknownError(f"There is no setting named {path}.", nearest)


@functools.cache
def all_paths(name: str = DEFAULT) -> dict[str, type]:
    """Every setting's dotted path and its type, of runs of a family."""
    return _paths(TrainConfig, "") | _paths(family(name).settings, "")


def _paths(cls: type, where: str) -> dict[str, type]:
    paths: dict[str, type] = {}
    for name, kind in _kinds(cls).items():
        if dataclasses.is_dataclass(kind):
            paths |= _paths(typing.cast(type, kind), f"{where}{name}.")
        elif name != "settings":
            paths[f"{where}{name}"] = kind
    return paths


@functools.cache
def all_settings(name: str = DEFAULT) -> dict[str, Setting]:
    """Every setting's dotted path and what is known of it, of runs of a family: those that every run has first."""
    common = {path: known for path, known in settings_of(TrainConfig).items() if path != "settings"}
    return common | dict(settings_of(family(name).settings))


@functools.cache
def _kinds(cls: type) -> dict[str, type]:
    """The type of each field of a config dataclass; cached: forms ask often, and it takes a millisecond."""
    hints = typing.get_type_hints(cls)
    return {f.name: hints[f.name] for f in dataclasses.fields(cls)}


def _own_kinds(config: TrainConfig) -> dict[str, type]:
    return _kinds(family(config.family).settings)


def get(config: TrainConfig, path: str) -> Any:
    """The value of a setting by its dotted path."""
    first, *rest = path.split(".")
    value: Any = getattr(config.settings if first in _own_kinds(config) else config, first)
    for part in rest:
        value = getattr(value, part)
    return value


def with_values(config: TrainConfig, values: dict[str, Any]) -> TrainConfig:
    """The config with some settings replaced.

    Args:
        config: where to start.
        values: dotted path -> value; a string is read as the setting's type (`"yes"`, `"0.5"`).

    Raises:
        ConfigError: an unknown path, a value that doesn't fit, or a rule between settings that is broken.
    """
    return checked(replaced(config, values))


def replaced(config: TrainConfig, values: dict[str, Any]) -> TrainConfig:
    """As `with_values`, but without checking rules between settings: for a form, which reports broken rules itself.

    Raises:
        ConfigError: an unknown path, or a value that doesn't fit.
    """
    kind = family(values[FAMILY]) if FAMILY in values else family(config.family)
    if kind.name != config.family:
        config = dataclasses.replace(config, family=kind.name, settings=kind.settings())
    paths = all_paths(kind.name)
    tree = to_dict(config)
    for path, value in values.items():
        if path not in paths:
            raise unknown_key(path, list(paths))
        *parents, leaf = path.split(".")
        node = tree
        for parent in parents:
            node = node[parent]
        node[leaf] = _parsed(path, value, paths[path]) if isinstance(value, str) else value
    return from_dict(TrainConfig, tree)


def checked(config: TrainConfig) -> TrainConfig:
    """The config itself, if every rule between settings holds.

    Raises:
        ConfigError: a rule is broken.
    """
    if config.data.channels not in (1, 3):
        raise ConfigError(f"data.channels is {config.data.channels}.", "It must be 1 (grey) or 3 (colour).")
    parse_crop(config.data.crop)
    kind = family(config.family)
    if config.preset and family_of_preset(config.preset) is not kind:
        raise ConfigError(
            f"The preset {config.preset} isn't one of {kind.title}.",
            f"Choose one of: {', '.join(one.name for one in kind.presets)}.",
        )
    for problem in kind.problems(config).wrong:
        raise problem.error
    return config


def problems(config: TrainConfig, training_pictures: int | None = None) -> Problems:
    """What is wrong with a run of these settings, by the rules for every run and by its family's own.

    Args:
        config: each value by itself is valid.
        training_pictures: how many there are; None while unknown.
    """
    return problems_of_every_run(config, training_pictures) + family(config.family).problems(config)


def parse_crop(text: str) -> tuple[int, int, int, int] | None:
    """The box (left, top, right, bottom) in pixels that `data.crop` names.

    Returns:
        None for the centre square, and for `face`, which frames each picture in its own way.

    Raises:
        ConfigError: neither `center` nor `face` nor four whole numbers that span a box.
    """
    if text in (CENTER, FACE):
        return None
    try:
        left, top, right, bottom = (int(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(
            f"data.crop is {text!r}.", "Write center, face, or left,top,right,bottom in pixels, for example 25,52,153,180."
        ) from None
    if left < 0 or top < 0 or right <= left or bottom <= top:
        raise ConfigError(f"data.crop is {text!r}, which spans no box.", "Right must exceed left and bottom exceed top.")
    return left, top, right, bottom


def loads(text: str) -> TrainConfig:
    """A TrainConfig from JSON text.

    Raises:
        NewerError: a newer version wrote it, and a key or value doesn't fit this one.
        ConfigError: not JSON, or a key or value that doesn't fit.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The config file is not JSON: {error}.", "Write it like a run's config.json.") from None
    program = values.pop(PROGRAM, "") if isinstance(values, dict) else ""
    try:
        return checked(from_dict(TrainConfig, values))
    except ConfigError as error:
        if is_newer(program):
            raise NewerError(f"{written_by_newer('The config file', program)} {error.message}", UPDATE) from None
        raise


def _parsed(path: str, text: str, kind: type) -> Any:
    """The text of `--set` as a value of the setting's type."""
    if kind is str:
        return text
    if kind is bool:
        word = text.strip().lower()
        if word in ("true", "yes", "on", "1"):
            return True
        if word in ("false", "no", "off", "0"):
            return False
        raise ConfigError(f"{path} is {text!r}.", f"It must be {KINDS[bool]}.")
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(f"{path} is {text!r}.", f"It must be {KINDS[kind]}.") from None


def _checked(path: str, value: Any, kind: type, known: Setting) -> Any:
    """The value, if it is of the setting's type and in its range."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) < 2**63 else math.inf
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise ConfigError(f"{path} is {value!r}.", f"It must be {KINDS[kind]}.")
    if kind is str and known.choices and value not in known.choices:
        raise UnknownError(f"{path} is {value!r}.", f"Choose one of: {', '.join(known.choices)}.")
    if kind in (int, float) and not known.low <= typing.cast(float, value) <= known.high:  # also catches NaN
        upper = f" and at most {known.high:g}" if math.isfinite(known.high) else ""
        raise ConfigError(f"{path} is {value}.", f"It must be at least {known.low:g}{upper}.")
    return value

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
from core.model_abilities import STEP, abilities
from core.objective_abilities import objective_abilities
from core.setting_limits import CHOICES, KINDS, RANGES
from core.version import UPDATE, VERSION, is_newer, written_by_newer

T = TypeVar("T")


LONGEST_KEY = 100  # letters of an unknown one that are looked at
PROGRAM = "program"  # key of a config file: the version that wrote it
CENTER = "center"  # values of `data.crop`
FACE = "face"


@dataclass(frozen=True, slots=True)
class DataConfig:
    """Which pictures, how they are framed, and how they are split."""

    source: str = ""  # SOURCE of the command line: a folder or a built-in name
    image_size: int = 128  # side of the square picture that the model sees, in pixels; a multiple of 16
    channels: int = 3
    crop: str = "center"  # "center", "face" (by its eyes), or "left,top,right,bottom" in pixels of the oriented picture
    positive: str = ""  # the class *with* the attribute; "" = told by the names
    limit: int = 0  # a seeded sample of that many pictures; 0 = all
    valid_fraction: float = 0.2
    split_seed: int = 0
    mirror: bool = False  # show each training picture mirrored half of the time


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The network."""

    name: str = "conv_vae"
    latent_dim: int = 128
    kernel_size: int = 4  # of every convolution: 3 or 4
    dropout: float = 0.0  # share of channels dropped in training
    hidden_units: int = 512  # of each hidden layer of the networks without convolutions
    hidden_layers: int = 2  # of their encoder, and of their decoder


@dataclass(frozen=True, slots=True)
class ObjectiveConfig:
    """What is minimised."""

    name: str = "beta_vae"
    likelihood: str = "gaussian"  # "gaussian" (standardised pixels) or "bernoulli" (pixels in [0, 1])
    variance: str = "fixed"  # of the Gaussian: "fixed", or "optimal" (sigma-VAE, arXiv 2006.13202)
    fixed_variance: float = 1.0  # on standardised pixels
    beta: float = 1.0  # of the KL term; of beta-TCVAE's total correlation
    beta_schedule: str = "linear"  # "linear" (the warm-up below), or "cyclical" (arXiv 1903.10145)
    beta_warmup_epochs: float = 0.0  # beta grows linearly from 0 over that many epochs
    beta_cycles: int = 4  # over the planned run; in each, beta grows from 0 over the first half, then holds
    free_bits: float = 0.0  # nats of each dimension, of the batch's mean, that the KL term leaves free (arXiv 1606.04934)
    capacity: float = 25.0  # nats of KL that capacity_vae is led to (arXiv 1804.03599)
    capacity_epochs: float = 10.0  # over which that grows from 0; 0 = all of it from the start
    capacity_weight: float = 1000.0  # of the KL's distance from it, gamma in the paper
    gamma: float = 35.0  # weight of factor_vae's total correlation (arXiv 1802.05983)
    discriminator_units: int = 1000  # of each of its discriminator's six hidden layers
    discriminator_rate: float = 0.0001  # learning rate of the discriminator
    dip_weight: float = 10.0  # of the covariances between dimensions in dip_vae_i and dip_vae_ii (arXiv 1711.00848)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training run, whole."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    preset: str = "quick"
    epochs: int = 40
    batch_size: int = 64
    learning_rate: float = 0.001
    whiten_every: int = 0  # epochs between turning the latent's axes to where the codes lie, the last included; 0 = never
    lr_schedule: str = "constant"  # "constant", or "linear" or "cosine" (fall to a hundredth at the last epoch)
    lr_warmup_epochs: float = 0.0  # the learning rate rises from a hundredth over that many epochs, before its schedule
    gradient_clip: float = 0.0  # largest norm of the whole gradient, a longer one is shortened to it; 0 = off
    ema_decay: float = 0.0  # of the weights' moving average, which is then what is validated, shown and kept; 0 = off
    early_stopping: int = 0  # epochs without a better validation ELBO after which the run ends; 0 = never
    precision: str = "auto"  # "auto", "fp32" or "bf16"
    seed: int = 0
    device: str = "auto"  # "auto", "cpu", "cuda" or "mps"
    threads: int = 0  # of the processor; 0 = all cores
    processes: int = 1  # that train together, one a GPU; torchrun starts them, for the window too
    start_from: str = ""  # a checkpoint file with whose weights the run began; "" = random ones
    start_from_id: str = ""  # that checkpoint's id, so that another file of the same name isn't taken for it


def preset(name: str) -> TrainConfig:
    """The settings of a preset by name.

    `table1` is the course assignment's Tables 1 and 2. `quick` gives a good model on two cores in about 15 minutes. `dsprites` is
    what the papers on disentangling train on dSprites: ten latent dimensions, batches of 64, Adam at 0.0001, Bernoulli pixels.

    Raises:
        ConfigError: no preset of that name.
    """
    if name == "table1":
        return TrainConfig(
            preset="table1",
            model=ModelConfig(dropout=0.1),
            epochs=1000,
            batch_size=128,
            learning_rate=0.0005,
        )
    if name == "quick":
        return TrainConfig(
            preset="quick",
            data=DataConfig(mirror=True),
            epochs=25,
            batch_size=32,
            learning_rate=0.0015,
            whiten_every=1,
            lr_schedule="cosine",
        )
    if name == "dsprites":
        # 28 epochs over 95 % of all 737,280 pictures are 306,000 steps; the papers take 300,000.
        return TrainConfig(
            preset="dsprites",
            data=DataConfig(image_size=64, channels=1, valid_fraction=0.05),
            model=ModelConfig(name="burgess_vae", latent_dim=10),
            objective=ObjectiveConfig(likelihood="bernoulli", beta=4.0),
            epochs=28,
            batch_size=64,
            learning_rate=0.0001,
        )
    raise ConfigError(f"There is no preset named {name!r}.", f"Choose one of: {', '.join(CHOICES['preset'])}.")


def to_dict(config: Any) -> dict[str, Any]:
    """The config as plain nested dicts, every key present."""
    return dataclasses.asdict(config)


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
    known: dict[str, Any] = _kinds(typing.cast(Any, cls))
    made: dict[str, Any] = {}
    for key, value in values.items():
        path = f"{where}.{key}" if where else key
        if key not in known:
            raise unknown_key(path, [f"{where}.{k}" if where else k for k in known])
        kind = known[key]
        if dataclasses.is_dataclass(kind):
            made[key] = from_dict(typing.cast(type, kind), value, path)
        else:
            made[key] = _checked(path, value, kind)
    return cls(**made)


def unknown_key(path: str, known: list[str]) -> UnknownError:
    """The error for a setting that doesn't exist, with the nearest one that does."""
    path = path if len(path) <= LONGEST_KEY else f"{path[:LONGEST_KEY]}…"  # to compare long texts takes minutes
    near = difflib.get_close_matches(path, known, n=1, cutoff=0.4)
    nearest = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known))}."
    return UnknownError(f"There is no setting named {path}.", nearest)


def all_paths(cls: type = TrainConfig, where: str = "") -> dict[str, type]:
    """Every setting's dotted path and its type."""
    paths: dict[str, type] = {}
    for name, kind in _kinds(cls).items():
        path = f"{where}{name}"
        if dataclasses.is_dataclass(kind):
            paths.update(all_paths(kind, f"{path}."))
        else:
            paths[path] = kind
    return paths


@functools.cache
def _kinds(cls: type) -> dict[str, type]:
    """The type of each field of a config dataclass; a form asks dozens of times, and to work them out takes a millisecond."""
    hints = typing.get_type_hints(cls)
    return {f.name: hints[f.name] for f in dataclasses.fields(cls)}


def get(config: TrainConfig, path: str) -> Any:
    """The value of a setting by its dotted path."""
    value: Any = config
    for part in path.split("."):
        value = getattr(value, part)
    return value


def with_values(config: TrainConfig, values: dict[str, Any]) -> TrainConfig:
    """The config with some settings replaced.

    Args:
        config: where to start.
        values: dotted path -> value; a string is read as the setting's type (`"yes"`, `"0.5"`).

    Raises:
        ConfigError: an unknown path, or a value that doesn't fit.
    """
    paths = all_paths()
    tree = to_dict(config)
    for path, value in values.items():
        if path not in paths:
            raise unknown_key(path, list(paths))
        *parents, leaf = path.split(".")
        node = tree
        for parent in parents:
            node = node[parent]
        node[leaf] = _parsed(path, value, paths[path]) if isinstance(value, str) else value
    return checked(from_dict(TrainConfig, tree))


def checked(config: TrainConfig) -> TrainConfig:
    """The config itself, once every rule between settings holds.

    Raises:
        ConfigError: a rule is broken.
    """
    size = config.data.image_size
    if size % STEP:
        raise ConfigError(f"data.image_size is {size}.", f"It must be a multiple of {STEP}, for example 64 or 128.")
    sizes = abilities(config.model.name).sizes
    if sizes and size not in sizes:
        raise ConfigError(
            f"{config.model.name} is made for pictures of {' or '.join(map(str, sizes))} px, not of {size} px.",
            f"Use --image-size {sizes[-1]}, or another model.name.",
        )
    if config.data.channels not in (1, 3):
        raise ConfigError(f"data.channels is {config.data.channels}.", "It must be 1 (grey) or 3 (colour).")
    parse_crop(config.data.crop)
    name = config.objective.name
    objective = objective_abilities(name)
    if config.whiten_every and objective.still_axes:
        raise ConfigError(
            f"{name} draws the latent's axes apart, and whiten_every would turn them away again.", "Use --set whiten_every=0."
        )
    if config.objective.free_bits and not objective.free_bits:
        raise ConfigError(f"{name} has no KL term of which a part could be free.", "Use --set objective.free_bits=0.")
    return config


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


def _checked(path: str, value: Any, kind: type) -> Any:
    """The value, once it is of the setting's type and in its range."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) < 2**63 else math.inf
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise ConfigError(f"{path} is {value!r}.", f"It must be {KINDS[kind]}.")
    if path in CHOICES and value not in CHOICES[path]:
        raise UnknownError(f"{path} is {value!r}.", f"Choose one of: {', '.join(CHOICES[path])}.")
    if path in RANGES:
        low, high = RANGES[path]
        if not low <= typing.cast(float, value) <= high:  # also catches NaN
            upper = f" and at most {high:g}" if math.isfinite(high) else ""
            raise ConfigError(f"{path} is {value}.", f"It must be at least {low:g}{upper}.")
    return value

"""`reconstruct`, `sample`, `interpolate`, `traverse`: pictures out of a model."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core import checkpoint
from core.commands.batches import Inputs
from core.commands.terminal import ProgressBar, give, say
from core.config import all_settings
from core.errors import DONE, ConfigError
from core.export.images import captioned, grid, save_picture, wrapped
from core.export.names import OutputNames, single_output
from core.families.base import Can
from core.latent import mixture_prior
from core.latent.arithmetic import traverse
from core.latent.code import Given, space_named
from core.latent.instrument import (
    HOTTEST,
    WITHOUT_PRIOR,
    Instrument,
    arithmetic_of,
    classes_in_turn,
    decode_in_parts,
    drawn,
    given_class,
    load_instrument,
    must,
    must_now,
)
from core.latent.plane import even_values, plane, prior_quantiles
from core.photo.inputs import read_as_trained
from core.wording import counted

COLUMNS = 8
MOST = 4096  # pictures in one file: more would fill the memory
STEPS, PLANE_STEPS, PLANE_MOST = 9, 8, 64  # pictures a row
REACH = 3.0  # of a traversal, in units of z


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a file, a run folder or a shipped model's name")
    if name == "reconstruct":
        parser.add_argument("--input", required=True, nargs="+", metavar="PATH", help="pictures, or folders of them")
        parser.add_argument("--out", required=True, metavar="DIR", help="where the decoded pictures go")
        parser.add_argument("--grid", metavar="FILE", help="also one picture: originals over reconstructions")
    elif name == "sample":
        parser.add_argument("--count", type=int, default=32, help="how many pictures (default 32)")
        parser.add_argument("--seed", type=int, default=0, help="of the noise (default 0)")
        parser.add_argument(
            "--temperature", type=float, metavar="T", help="of a prior over codes: 1 as it learned, less is likelier (default 1)"
        )
        parser.add_argument(
            "--pseudo-input",
            type=int,
            metavar="K",
            help="only codes of this one, from 1 (of a model with prior=vamp; default: each of one that chance chooses)",
        )
        parser.add_argument("--out", required=True, metavar="FILE", help="the picture to write")
    elif name == "interpolate":
        parser.add_argument("--input", required=True, nargs=2, metavar=("A", "B"), help="the two pictures")
        parser.add_argument("--steps", type=int, default=8, help="pictures in the strip, both ends included (default 8)")
        parser.add_argument("--out", required=True, metavar="FILE", help="the picture to write")
    else:
        parser.add_argument("--input", metavar="PATH", help="the picture to start from (default: the prior's mean)")
        parser.add_argument("--dims", required=True, help="dimensions, e.g. 0,3,7")
        parser.add_argument("--plane", action="store_true", help="a square grid over two dimensions: to the right and upwards")
        parser.add_argument(
            "--range",
            type=float,
            help="from -RANGE to RANGE evenly, in units of z (default 3; in a plane the prior's quantiles, equally probable steps)",
        )
        parser.add_argument("--steps", type=int, help="pictures in a row (default 9, in a plane 8)")
        parser.add_argument("--out", required=True, metavar="FILE", help="the picture to write")
    parser.add_argument("--class", dest="class_name", metavar="NAME", help="the class that a conditional model is told (see docs)")
    work = {"reconstruct": _reconstruct, "sample": _sample, "interpolate": _interpolate, "traverse": _traverse}
    parser.set_defaults(handler=work[name])


def _reconstruct(arguments: argparse.Namespace) -> int:
    model = load_instrument(checkpoint.find(arguments.checkpoint))
    must(model.header, Can.ENCODE, "encode pictures")
    must(model.header, Can.DECODE, "decode codes")
    given = given_class(model, arguments.class_name)
    inputs = Inputs(arguments.input)
    name = OutputNames(arguments.out, inputs.files)
    if arguments.grid:
        single_output(arguments.grid, inputs.files)
        if name.may_give(arguments.grid):
            raise ConfigError(f"--grid is {arguments.grid}, where a decoded picture goes.", "Choose another name for it.")
    pairs: list[np.ndarray] = []
    count = 0
    recipe = {"what": "reconstructions", "checkpoint": model.id}
    for files, originals in inputs.chunks(model.header):
        conditions = given.repeated(len(originals))
        decoded = model.decode(model.encode(originals, conditions).values, conditions)
        for file, picture in zip(files, decoded, strict=True):
            save_picture(name(file), picture, recipe)
        count += len(files)
        if arguments.grid:
            pairs += [np.stack(pair) for pair in zip(originals, decoded, strict=True)]
    if arguments.grid:
        blocks = [np.stack(pairs[start : start + COLUMNS]) for start in range(0, len(pairs), COLUMNS)]
        save_picture(Path(arguments.grid), grid([block[:, place] for block in blocks for place in (0, 1)]), recipe)
        give(arguments.grid)
    say(f"{counted(count)} written to {arguments.out}.")
    return DONE


def _sample(arguments: argparse.Namespace) -> int:
    _within("--count", arguments.count, 1, MOST)
    seed = all_settings()["seed"]
    _within("--seed", arguments.seed, int(seed.low), int(seed.high))
    out = single_output(arguments.out)
    path = checkpoint.find(arguments.checkpoint)
    must(checkpoint.read_header(path), Can.SAMPLE, WITHOUT_PRIOR)
    model = load_instrument(path)
    must_now(model, Can.SAMPLE, WITHOUT_PRIOR)
    temperature = _temperature(arguments.temperature, model)
    given = given_class(model, arguments.class_name).repeated(arguments.count)
    if not arguments.class_name:
        given = classes_in_turn(model, arguments.count)
    bar = ProgressBar()
    try:
        if arguments.pseudo_input is None:
            codes = drawn(model, arguments.count, arguments.seed, 1.0 if temperature is None else temperature, bar)
        else:
            codes = _of_pseudo_input(model, arguments.count, arguments.seed, arguments.pseudo_input)
    finally:
        bar.close()
    faces = decode_in_parts(model, codes, given)
    recipe = {"what": "samples from the prior", "checkpoint": model.id, "count": arguments.count, "seed": arguments.seed}
    recipe |= {"class": arguments.class_name} if arguments.class_name else {}
    recipe |= {} if temperature is None else {"temperature": temperature}
    recipe |= {} if arguments.pseudo_input is None else {"pseudo_input": arguments.pseudo_input}
    save_picture(out, grid(wrapped(faces, COLUMNS)), recipe)
    give(arguments.out)
    return DONE


def _temperature(asked: float | None, model: Instrument) -> float | None:
    """The temperature that was asked for. Raises ConfigError where it is out of range or the model has none."""
    if asked is None:
        return None
    must_now(model, Can.TEMPERATURE, "be sampled at a temperature")
    if not 0.0 <= asked <= HOTTEST:
        raise ConfigError(f"--temperature is {asked:g}.", f"It must be at least 0 and at most {HOTTEST:g}.")
    return asked


def _of_pseudo_input(model: Instrument, count: int, seed: int, number: int) -> np.ndarray:
    """Codes of one pseudo-input, which people count from 1. Raises ConfigError where there is none."""
    mixture = mixture_prior.of(model)
    if mixture is None:
        raise ConfigError("This model has no pseudo-inputs.", "Leave out --pseudo-input, or use a VAE trained with prior=vamp.")
    return mixture.sample(count, seed, number - 1)


def _interpolate(arguments: argparse.Namespace) -> int:
    _within("--steps", arguments.steps, 2, MOST)
    out = single_output(arguments.out, arguments.input)
    model = _model(arguments, Can.DIRECTIONS, "be interpolated: its codes can't be added")
    given = given_class(model, arguments.class_name)
    ends = np.stack([read_as_trained(model.header, Path(path)) for path in arguments.input])
    a, b = model.encode(ends, given.repeated(len(ends))).flat
    strip = model.decode(arithmetic_of(model).between(a, b, arguments.steps), given.repeated(arguments.steps))
    recipe = {"what": "interpolation", "checkpoint": model.id, "steps": arguments.steps}
    save_picture(out, grid([strip]), recipe)
    give(arguments.out)
    return DONE


def _traverse(arguments: argparse.Namespace) -> int:
    steps = arguments.steps if arguments.steps is not None else PLANE_STEPS if arguments.plane else STEPS
    _within("--steps", steps, 2, PLANE_MOST if arguments.plane else MOST)
    try:
        dims = [int(word) for word in arguments.dims.split(",")]
    except ValueError:
        raise ConfigError(f"--dims is {arguments.dims!r}.", "Write whole numbers, for example 0,3,7.") from None
    if arguments.range is not None and not 0 < arguments.range < float("inf"):
        raise ConfigError(f"--range is {arguments.range}.", "It must be above 0, for example 3.")
    if arguments.plane and len(dims) != 2:
        raise ConfigError(f"--plane is over two dimensions, --dims names {len(dims)}.", "Write two, for example 0,1.")
    out = single_output(arguments.out, [arguments.input] if arguments.input else [])
    model = _model(arguments, Can.DIRECTIONS, "be traversed: its codes are no numbers along axes")
    given, class_name = given_class(model, arguments.class_name), arguments.class_name or model.class_name
    start = np.zeros(math.prod(space_named(model.spaces).shape), np.float32)  # in standard deviations from the prior's mean
    if arguments.input:
        code = model.encode(read_as_trained(model.header, Path(arguments.input))[None], given).flat[0]
        start = mixture_prior.in_deviations(model, code)
    way = Traversal(model, start, dims, steps, given, f" Class {class_name}." if class_name else "")
    sheet, recipe = way.plane(arguments.range) if arguments.plane else way.rows(arguments.range or REACH)
    recipe |= {"class": class_name} if class_name else {}
    save_picture(out, sheet, recipe)
    give(arguments.out)
    return DONE


@dataclass(frozen=True, slots=True, eq=False)
class Traversal:
    """Pictures of codes along some dimensions.

    Attributes:
        model: that decodes them.
        start: (D,), where they begin, in standard deviations from the prior's mean.
        dims: the dimensions.
        steps: pictures in a row.
        given: the condition of each, where the model is conditional.
        class_words: for captions: the class that it draws.
    """

    model: Instrument
    start: np.ndarray
    dims: list[int]
    steps: int
    given: Given
    class_words: str

    def rows(self, reach: float) -> tuple[np.ndarray, dict[str, Any]]:
        """One row a dimension, and the recipe."""
        rows = [self._decoded(row) for row in traverse(self.start, self.dims, reach, self.steps)]
        labels = [f"{value:+.1f}" for value in np.linspace(-reach, reach, self.steps)]
        listed = ", ".join(str(dim) for dim in self.dims)
        caption = f"Dimensions, from the top: {listed}. Above: z, in standard deviations of the prior.{self.class_words}"
        recipe = {"what": "traversal", "checkpoint": self.model.id, "dims": self.dims, "range": reach}
        return captioned(grid(rows), caption, labels), recipe

    def plane(self, reach: float | None) -> tuple[np.ndarray, dict[str, Any]]:
        """A map of two dimensions, and its recipe; at the prior's quantiles where no reach is given."""
        across, up = self.dims
        values = prior_quantiles(self.steps) if reach is None else even_values(reach, self.steps)
        words = [f"{value:+.2f}".replace("-", "−") for value in values]
        rows = [self._decoded(row) for row in plane(self.start, across, up, values)]
        spaced = "at equal distances" if reach is not None else "at the prior's quantiles, so that each step is equally probable"
        others = "" if self.start.size == 2 else " All other dimensions stay as they are."
        caption = (
            f"z{across} grows to the right, z{up} upwards, in standard deviations of the prior: "
            f"{words[0]} to {words[-1]} {spaced}.{others}{self.class_words}"
        )
        recipe = {"what": "plane", "checkpoint": self.model.id, "dims": self.dims, "range": reach, "steps": self.steps}
        return captioned(grid(rows), caption, words, row_labels=words[::-1]), recipe

    def _decoded(self, row: np.ndarray) -> np.ndarray:
        return self.model.decode(mixture_prior.placed(self.model, row), self.given.repeated(len(row)))


def _model(arguments: argparse.Namespace, ability: Can, what: str) -> Instrument:
    """The model, if it can do that."""
    path = checkpoint.find(arguments.checkpoint)
    must(checkpoint.read_header(path), ability, what)
    return load_instrument(path)


def _within(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ConfigError(f"{option} is {value}.", f"It must be at least {least} and at most {most}.")

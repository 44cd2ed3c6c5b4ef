"""`reconstruct`, `sample`, `interpolate`, `traverse`: pictures out of a model."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from core import checkpoint
from core.commands.shared import DONE, say_error
from core.commands.terminal import give, say
from core.config import RANGES
from core.errors import ConfigError, DataError
from core.export.images import captioned, grid, save_png, wrapped
from core.latent.arithmetic import interpolate, traverse
from core.latent.engine import LatentEngine
from core.latent.inputs import picture_files, read_for_model

COLUMNS = 8


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a file, a run folder or a shipped model's name")
    if name == "reconstruct":
        parser.add_argument("--input", required=True, nargs="+", metavar="PATH", help="pictures, or folders of them")
        parser.add_argument("--out", required=True, metavar="DIR", help="where the decoded pictures go")
        parser.add_argument("--grid", metavar="FILE", help="also one picture: originals over reconstructions")
    elif name == "sample":
        parser.add_argument("--count", type=int, default=32, help="how many faces (default 32)")
        parser.add_argument("--seed", type=int, default=0, help="of the noise (default 0)")
        parser.add_argument("--out", required=True, metavar="FILE", help="the picture to write")
    elif name == "interpolate":
        parser.add_argument("--input", required=True, nargs=2, metavar=("A", "B"), help="the two faces")
        parser.add_argument("--steps", type=int, default=8, help="pictures in the strip, both ends included (default 8)")
        parser.add_argument("--out", required=True, metavar="FILE", help="the picture to write")
    else:
        parser.add_argument("--input", metavar="PATH", help="the face to start from (default: the prior's mean)")
        parser.add_argument("--dims", required=True, help="dimensions, e.g. 0,3,7")
        parser.add_argument("--range", type=float, default=3.0, help="from -RANGE to RANGE, in units of z (default 3)")
        parser.add_argument("--steps", type=int, default=9, help="pictures a row (default 9)")
        parser.add_argument("--out", required=True, metavar="FILE", help="the picture to write")
    work = {"reconstruct": _reconstruct, "sample": _sample, "interpolate": _interpolate, "traverse": _traverse}
    parser.set_defaults(handler=work[name])


def read_all(engine: LatentEngine, paths: list[str]) -> tuple[list[Path], np.ndarray]:
    """The pictures that can be used, as the model sees them; each other one is named on standard error.

    Returns:
        Their files, and uint8 (B, H, W, C).

    Raises:
        DataError: none can be used.
    """
    files, pictures = [], []
    for path in picture_files(paths):
        try:
            pictures.append(read_for_model(engine.header, path))
            files.append(path)
        except DataError as error:
            say_error(error)
    if not files:
        raise DataError("None of the pictures can be used.", "The lines above say why.")
    return files, np.stack(pictures)


def output_names(files: list[Path], suffix: str = "") -> list[str]:
    """`NAME.png` for each file; of files with one name the later ones get a number, so that none overwrites another."""
    names: list[str] = []
    for path in files:
        name, n = f"{path.stem}{suffix}.png", 1
        while name in names:
            n += 1
            name = f"{path.stem}-{n}{suffix}.png"
        names.append(name)
    return names


def _reconstruct(arguments: argparse.Namespace) -> int:
    engine = LatentEngine.load(checkpoint.find(arguments.checkpoint))
    files, originals = read_all(engine, arguments.input)
    decoded = np.concatenate([engine.decode(part) for part in wrapped(engine.encode(originals).mean, 64)])
    for name, picture in zip(output_names(files), decoded, strict=True):
        save_png(Path(arguments.out) / name, picture)
    if arguments.grid:
        rows = [row for pair in zip(wrapped(originals, COLUMNS), wrapped(decoded, COLUMNS), strict=True) for row in pair]
        save_png(Path(arguments.grid), grid(rows))
        give(arguments.grid)
    say(f"{len(files):,} pictures written to {arguments.out}.")
    return DONE


def _sample(arguments: argparse.Namespace) -> int:
    _at_least("--count", arguments.count, 1)
    _at_least("--seed", arguments.seed, int(RANGES["seed"][0]))
    engine = LatentEngine.load(checkpoint.find(arguments.checkpoint))
    z = engine.sample(arguments.count, arguments.seed)
    faces = np.concatenate([engine.decode(part) for part in wrapped(z, 64)])
    recipe = {"what": "samples from the prior", "checkpoint": engine.id, "count": arguments.count, "seed": arguments.seed}
    save_png(Path(arguments.out), grid(wrapped(faces, COLUMNS)), recipe)
    give(arguments.out)
    return DONE


def _interpolate(arguments: argparse.Namespace) -> int:
    _at_least("--steps", arguments.steps, 2)
    engine = LatentEngine.load(checkpoint.find(arguments.checkpoint))
    ends = np.stack([read_for_model(engine.header, Path(path)) for path in arguments.input])
    a, b = engine.encode(ends).mean
    strip = engine.decode(interpolate(a, b, arguments.steps))
    recipe = {"what": "interpolation", "checkpoint": engine.id, "steps": arguments.steps}
    save_png(Path(arguments.out), grid([strip]), recipe)
    give(arguments.out)
    return DONE


def _traverse(arguments: argparse.Namespace) -> int:
    _at_least("--steps", arguments.steps, 2)
    try:
        dims = [int(word) for word in arguments.dims.split(",")]
    except ValueError:
        raise ConfigError(f"--dims is {arguments.dims!r}.", "Write whole numbers, for example 0,3,7.") from None
    if not 0 < arguments.range < float("inf"):
        raise ConfigError(f"--range is {arguments.range}.", "It must be above 0, for example 3.")
    engine = LatentEngine.load(checkpoint.find(arguments.checkpoint))
    start = np.zeros(engine.spec.latent_dim, np.float32)
    if arguments.input:
        start = engine.encode(read_for_model(engine.header, Path(arguments.input))[None]).mean[0]
    codes = traverse(start, dims, arguments.range, arguments.steps)
    rows = [engine.decode(row) for row in codes]
    labels = [f"{value:+.1f}" for value in np.linspace(-arguments.range, arguments.range, arguments.steps)]
    caption = "Dimensions, from the top: " + ", ".join(str(dim) for dim in dims) + ". Above: z, in standard deviations of the prior."
    recipe = {"what": "traversal", "checkpoint": engine.id, "dims": dims, "range": arguments.range}
    save_png(Path(arguments.out), captioned(grid(rows), caption, labels), recipe)
    give(arguments.out)
    return DONE


def _at_least(option: str, value: int, least: int) -> None:
    if value < least:
        raise ConfigError(f"{option} is {value}.", f"It must be at least {least}.")

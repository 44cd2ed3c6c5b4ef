"""`edit`: pictures moved along a direction."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core import checkpoint
from core.commands.pictures import output_names, read_all
from core.commands.shared import DONE
from core.commands.terminal import give, give_json, say
from core.errors import ConfigError, CoreError
from core.export.images import captioned, grid, save_png, wrapped
from core.latent import directions
from core.latent.directions import Direction
from core.latent.engine import LatentEngine
from core.version import VERSION


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a file, a run folder or a shipped model's name")
    parser.add_argument("--input", required=True, nargs="+", metavar="PATH", help="pictures, or folders of them")
    parser.add_argument("--attribute", required=True, metavar="NAME", help="a direction of the checkpoint, e.g. smile")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--amount", type=float, metavar="P", help="percent: 100 = where the average face with it lies")
    how.add_argument("--coefficient", type=float, metavar="K", help="K times the difference of the class means")
    how.add_argument("--strip", metavar="P,P,...", help="one strip with each of these amounts (write --strip=-50,0,50)")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the pictures go")
    parser.add_argument("--size", choices=("photo", "model"), default="photo", help="photo (default) or the model's own")
    parser.add_argument("--align", choices=("auto", "none"), default="auto", help="none: the picture is already framed")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(handler=run)


def find_direction(engine: LatentEngine, name: str) -> Direction:
    """A direction of the checkpoint by its name.

    Raises:
        CoreError: the checkpoint holds none of that name.
        CheckpointError: it was fitted on other weights.
    """
    for values in engine.header.directions:
        if values.get("name") == name:
            return directions.from_dict(values).for_checkpoint(engine.id)
    known = ", ".join(str(values.get("name")) for values in engine.header.directions) or "none"
    raise CoreError(
        f"The checkpoint holds no direction {name!r} (it holds: {known}).",
        f"Fit it: python main.py direction --checkpoint C --data SOURCE --attribute {name}",
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.size == "photo" or arguments.align == "auto":
        raise ConfigError(
            "Finding the face in a photo and editing at the photo's own size come with a later version.",
            "For a picture that is already framed add --size model --align none.",
        )
    amounts = _amounts(arguments.strip) if arguments.strip is not None else []
    for number in (arguments.amount, arguments.coefficient):
        if number is not None and not np.isfinite(number):
            raise ConfigError(f"{number} is no amount.", "Write a number, for example 60.")
    engine = LatentEngine.load(checkpoint.find(arguments.checkpoint))
    direction = find_direction(engine, arguments.attribute)
    files, pictures = read_all(engine, arguments.input)
    z = engine.encode(pictures).mean
    out = Path(arguments.out)
    recipe = {"what": "edit", "program": VERSION, "checkpoint": engine.id, "attribute": direction.name}
    if amounts:
        written = _write_strips(engine, direction, files, z, amounts, out, recipe)
    else:
        change: Callable[[np.ndarray], np.ndarray]
        if arguments.amount is not None:
            change, how = lambda codes: directions.move(codes, direction, arguments.amount), {"amount": arguments.amount}
        else:
            change = lambda codes: directions.move_by_coefficient(codes, direction, arguments.coefficient)  # noqa: E731
            how = {"coefficient": arguments.coefficient}
        faces = np.concatenate([engine.decode(change(part)) for part in wrapped(z, 64)])
        written = [out / name for name in output_names(files)]
        for path, face in zip(written, faces, strict=True):
            save_png(path, face, recipe | how)
    say(f"{len(written):,} pictures written to {out}.")
    if arguments.json:
        pairs = [{"input": str(file), "output": str(path)} for file, path in zip(files, written, strict=True)]
        give_json({"edited": pairs, "attribute": direction.name, "checkpoint_id": engine.id})
    else:
        for path in written:
            give(str(path))
    return DONE


def _write_strips(
    engine: LatentEngine,
    direction: Direction,
    files: list[Path],
    z: np.ndarray,
    amounts: list[float],
    out: Path,
    recipe: dict[str, object],
) -> list[Path]:
    """One file a picture, with the face at each amount."""
    written = [out / name for name in output_names(files, "-strip")]
    labels = [f"{amount:g} %" for amount in amounts]
    for path, code in zip(written, z, strict=True):
        codes = np.stack([directions.move(code, direction, amount) for amount in amounts])
        save_png(path, captioned(grid([engine.decode(codes)]), "", labels), recipe | {"strip": amounts})
    return written


def _amounts(text: str) -> list[float]:
    try:
        found = [float(word) for word in text.split(",")]
    except ValueError:
        found = []
    if not found or not np.isfinite(found).all():
        raise ConfigError(f"--strip is {text!r}.", "Write percentages, for example --strip=0,20,40,60,80,100.")
    return found

"""`edit`: pictures moved along a direction."""

from __future__ import annotations

import argparse

import numpy as np

from core import checkpoint
from core.commands.batches import CHUNK, Inputs, OutputNames
from core.commands.shared import DONE
from core.commands.terminal import give, give_json, say
from core.errors import ConfigError, CoreError
from core.export.images import captioned, grid, save_picture, wrapped
from core.latent import directions
from core.latent.directions import Direction
from core.latent.engine import LatentEngine
from core.version import VERSION

LARGEST = 100_000.0  # percent, or times the difference of the means: far beyond any face


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
        if number is not None and not abs(number) <= LARGEST:
            raise ConfigError(f"{number} is no amount.", f"Write a number up to {LARGEST:g}, for example 60.")
    engine = LatentEngine.load(checkpoint.find(arguments.checkpoint))
    direction = find_direction(engine, arguments.attribute)
    inputs = Inputs(arguments.input)
    name = OutputNames(arguments.out, inputs.files, "-strip" if amounts else "")
    recipe: dict[str, object] = {"what": "edit", "program": VERSION, "checkpoint": engine.id, "attribute": direction.name}
    pairs: list[dict[str, str]] = []
    for files, pictures in inputs.chunks(engine.header):
        z = engine.encode(pictures).mean
        if amounts:
            sheets = [_strip(engine, direction, code, amounts) for code in z]
            how: dict[str, object] = {"strip": amounts}
        elif arguments.amount is not None:
            sheets = list(engine.decode(directions.move(z, direction, arguments.amount)))
            how = {"amount": arguments.amount}
        else:
            sheets = list(engine.decode(directions.move_by_coefficient(z, direction, arguments.coefficient)))
            how = {"coefficient": arguments.coefficient}
        for file, sheet in zip(files, sheets, strict=True):
            path = name(file)
            save_picture(path, sheet, recipe | how)
            pairs.append({"input": str(file), "output": str(path)})
    say(f"{len(pairs):,} pictures written to {arguments.out}.")
    if arguments.json:
        give_json({"edited": pairs, "attribute": direction.name, "checkpoint_id": engine.id})
    else:
        for pair in pairs:
            give(pair["output"])
    return DONE


def _strip(engine: LatentEngine, direction: Direction, code: np.ndarray, amounts: list[float]) -> np.ndarray:
    """One picture with the face at each amount, uint8 (H, W, 3)."""
    codes = np.stack([directions.move(code, direction, amount) for amount in amounts])
    faces = np.concatenate([engine.decode(part) for part in wrapped(codes, CHUNK)])
    return captioned(grid([faces]), "", [f"{amount:g} %" for amount in amounts])


def _amounts(text: str) -> list[float]:
    try:
        found = [float(word) for word in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(abs(amount) <= LARGEST for amount in found):
        raise ConfigError(f"--strip is {text!r}.", "Write percentages, for example --strip=0,20,40,60,80,100.")
    return found

"""`edit`: pictures moved along a direction, at the model's size or put onto the photos themselves."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core import checkpoint
from core.commands.batches import Inputs, OutputNames, counted, left_out
from core.commands.shared import DONE
from core.commands.terminal import ProgressBar, give, give_json, say
from core.data.alignment import Eyes
from core.data.camera_data import KEEPS
from core.data.photo import open_photo
from core.errors import ConfigError, CoreError, DataError
from core.export.images import captioned, grid, save_picture
from core.latent import directions
from core.latent.direction_file import SUFFIX, read_direction
from core.latent.directions import Direction
from core.latent.engine import LatentEngine
from core.latent.inputs import read_for_model
from core.latent.photo_edit import PlacedFace, check_placed, chosen_face, place, place_framed
from core.version import VERSION

LARGEST = 100_000.0  # percent, or times the difference of the means: far beyond any face
STRIP_SIDE = 1024  # pixels: of each photo in a strip, at most
MOST_STEPS = 100  # in a strip: more would fill the memory

Move = Callable[[np.ndarray], np.ndarray]


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a file, a run folder or a shipped model's name")
    parser.add_argument("--input", required=True, nargs="+", metavar="PATH", help="pictures, or folders of them")
    parser.add_argument("--attribute", required=True, metavar="NAME", help="a direction of the checkpoint, or a file of one")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--amount", type=float, metavar="P", help="percent: 100 = where the average face with it lies")
    how.add_argument("--coefficient", type=float, metavar="K", help="K times the difference of the class means")
    how.add_argument("--strip", metavar="P,P,...", help="one strip with each of these amounts (write --strip=-50,0,50)")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the pictures go")
    parser.add_argument("--size", choices=("photo", "model"), default="photo", help="photo (default) or the model's own")
    parser.add_argument("--align", choices=("auto", "none"), default="auto", help="none: the picture is already framed")
    parser.add_argument("--eyes", metavar="X1,Y1,X2,Y2", help="where the eyes of a single photo are, in its pixels")
    parser.add_argument(
        "--keep-metadata",
        choices=KEEPS,
        default="none",
        help="of the photo's camera data: none (default), camera (date, camera), all (and where it was taken)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(handler=run)


def find_direction(engine: LatentEngine, name: str) -> Direction:
    """A direction of the checkpoint by its name, or the one in a file of its own.

    Raises:
        CoreError: the checkpoint holds none of that name.
        CheckpointError: it was fitted on other weights, or the file holds none.
    """
    if name.lower().endswith(SUFFIX):
        return read_direction(Path(name), engine.id)
    for values in engine.header.directions:
        if values.get("name") == name:
            return directions.from_dict(values).for_checkpoint(engine.id)
    known = ", ".join(str(values.get("name")) for values in engine.header.directions) or "none"
    raise CoreError(
        f"The checkpoint holds no direction {name!r} (it holds: {known}).",
        f"Fit it: python main.py direction --checkpoint C --data SOURCE --attribute {name}",
    )


@dataclass(frozen=True, slots=True)
class Job:
    """What is done to each picture."""

    engine: LatentEngine
    moves: list[Move]
    titles: list[str]  # under the pictures of a strip; empty: one picture each
    eyes: Eyes | None
    framed: bool  # the pictures are already framed
    at_photo_size: bool
    keep: str  # of the camera's data, one of KEEPS

    def made(self, path: Path) -> tuple[np.ndarray, dict[str, Any]]:
        """The edited picture of a file, and what `save_picture` should keep of it. Raises DataError where it can't be used."""
        if self.framed and not self.at_photo_size:
            return self._decoded(read_for_model(self.engine.header, path)), {}
        face = self._placed(path)
        if not self.at_photo_size:
            return self._decoded(face.framed), {}
        z = self._code(face.framed)
        if self.titles:
            steps = [_reduced(face.edited(self.engine, z, move(z))) for move in self.moves]
            return self._strip(steps), {}
        photo = face.photo
        exif = photo.camera.kept(self.keep) if photo.camera is not None else None
        return face.edited(self.engine, z, self.moves[0](z)), {"icc": photo.icc, "alpha": photo.alpha, "exif": exif}

    def _placed(self, path: Path) -> PlacedFace:
        photo, header = open_photo(path), self.engine.header
        if self.framed:
            return place_framed(photo, read_for_model(header, path), header)
        if self.eyes is not None and (note := check_placed(photo, self.eyes)):
            say(note)
        return place(photo, self.eyes or chosen_face(photo).eyes, header)

    def _code(self, framed: np.ndarray) -> np.ndarray:
        return self.engine.encode(framed[None]).mean[0]

    def _decoded(self, framed: np.ndarray) -> np.ndarray:
        """The edit of a face in the model's frame, at the model's size."""
        z = self._code(framed)
        decoded = self.engine.decode(np.stack([move(z) for move in self.moves]))
        return self._strip(list(decoded)) if self.titles else decoded[0]

    def _strip(self, steps: list[np.ndarray]) -> np.ndarray:
        return captioned(grid([np.stack(steps)]), "", self.titles)


def run(arguments: argparse.Namespace) -> int:
    amounts = _amounts(arguments.strip) if arguments.strip is not None else []
    for number in (arguments.amount, arguments.coefficient):
        if number is not None and not abs(number) <= LARGEST:
            raise ConfigError(f"{number} is no amount.", f"Write a number up to {LARGEST:g}, for example 60.")
    eyes = _eyes(arguments.eyes) if arguments.eyes is not None else None
    if eyes is not None and arguments.align == "none":
        raise ConfigError("--eyes and --align none contradict each other.", "Leave one of them out.")
    inputs = Inputs(arguments.input)
    if eyes is not None and len(inputs.files) > 1:
        raise ConfigError(f"--eyes are those of one photo, not of {len(inputs.files)}.", "Give one picture as --input.")
    engine = LatentEngine.load(checkpoint.find(arguments.checkpoint))
    direction = find_direction(engine, arguments.attribute)
    name = OutputNames(arguments.out, inputs.files, "-strip" if amounts else "")
    job = Job(
        engine,
        [_mover(direction, amount, None) for amount in amounts] or [_mover(direction, arguments.amount, arguments.coefficient)],
        [f"{amount:g} %" for amount in amounts],
        eyes,
        arguments.align == "none",
        arguments.size == "photo",
        arguments.keep_metadata,
    )
    how = {key: value for key in ("amount", "coefficient") if (value := getattr(arguments, key)) is not None}
    recipe: dict[str, object] = {"what": "edit", "program": VERSION, "checkpoint": engine.id, "attribute": direction.name}
    recipe |= how or {"strip": amounts}
    pairs = _edit_all(job, inputs, name, recipe)
    if not pairs:
        raise DataError("None of the pictures can be used.", "The lines above say why.")
    say(f"{counted(len(pairs))} written to {arguments.out}.")
    if arguments.json:
        give_json({"edited": pairs, "attribute": direction.name, "checkpoint_id": engine.id})
    else:
        for pair in pairs:
            give(pair["output"])
    return DONE


def _edit_all(job: Job, inputs: Inputs, name: OutputNames, recipe: dict[str, object]) -> list[dict[str, str]]:
    """Edit and write each file; one that can't be used is named on standard error and left out."""
    pairs: list[dict[str, str]] = []
    bar = ProgressBar()
    try:
        for number, file in enumerate(inputs.files):
            bar("Editing", number, len(inputs.files))
            try:
                picture, kept = job.made(file)
            except DataError as error:
                bar.close()
                left_out(error, inputs.named)
                continue
            path = name(file)
            save_picture(path, picture, recipe, **kept)
            pairs.append({"input": str(file), "output": str(path)})
    finally:
        bar.close()
    return pairs


def _mover(direction: Direction, amount: float | None, coefficient: float | None) -> Move:
    if amount is not None:
        return lambda z: directions.move(z, direction, amount)
    assert coefficient is not None
    return lambda z: directions.move_by_coefficient(z, direction, coefficient)


def _reduced(picture: np.ndarray) -> np.ndarray:
    """The picture no larger than a strip's pictures may be."""
    scale = STRIP_SIDE / max(picture.shape[:2])
    if scale >= 1.0:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _amounts(text: str) -> list[float]:
    found = _numbers(text)
    if not found or not all(abs(amount) <= LARGEST for amount in found):
        raise ConfigError(f"--strip is {text!r}.", "Write percentages, for example --strip=0,20,40,60,80,100.")
    if len(found) > MOST_STEPS:
        raise ConfigError(f"--strip holds {len(found)} amounts.", f"Write {MOST_STEPS} at most.")
    return found


def _eyes(text: str) -> Eyes:
    found = _numbers(text)
    if len(found) != 4 or not all(math.isfinite(number) and abs(number) < 1e6 for number in found) or found[:2] == found[2:]:
        example = "Write both eyes' places in pixels, the left one in the picture first: 310,402,388,398."
        raise ConfigError(f"--eyes is {text!r}.", example)
    return Eyes((found[0], found[1]), (found[2], found[3]))


def _numbers(text: str) -> list[float]:
    try:
        return [float(word) for word in text.split(",")]
    except ValueError:
        return []

"""What the commands that change photos share: where the eyes are, the files that are written, and photos that can't be used."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core import checkpoint
from core.checkpoint import Checkpoint, Header
from core.commands.batches import Inputs, left_out
from core.commands.terminal import ProgressBar, give, give_json, say
from core.data.camera_data import KEEPS
from core.data.photo import Photo
from core.errors import ConfigError, DataError
from core.export.images import save_picture
from core.export.names import OutputNames
from core.faces.alignment import Eyes
from core.families.registry import family
from core.photo.edit import eyes_at
from core.wording import capital

FORMATS = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
SAME = "same"
KEPT_ENDINGS = {".jpg": ".jpg", ".jpeg": ".jpeg", ".jpe": ".jpg", ".jfif": ".jpg", ".webp": ".webp"}  # any other file becomes a PNG


def add_place_of_face(parser: argparse.ArgumentParser) -> None:
    """The options `--align` and `--eyes`, which `eyes_of` reads."""
    parser.add_argument("--align", choices=("auto", "none"), default="auto", help="none: the picture is already framed")
    parser.add_argument("--eyes", metavar="X1,Y1,X2,Y2", help="where the eyes of a single photo are, in its pixels")


def add_output(parser: argparse.ArgumentParser, *, of_png: str = "default") -> None:
    """The options of the files that are written, which `Output` and `tell` read.

    Args:
        parser: of the command.
        of_png: what is said of that format.
    """
    parser.add_argument(
        "--format",
        choices=(*FORMATS, SAME),
        default="png",
        help=f"of the files written: png ({of_png}), jpeg, webp, or same as each input (what is no JPEG or WebP becomes a PNG)",
    )
    parser.add_argument("--mark", action="store_true", help="write into each picture's corner that it was edited with AI")
    parser.add_argument(
        "--keep-metadata",
        choices=KEEPS,
        default="none",
        help="of the photo's camera data: none (default), camera (date, camera), all (and where it was taken)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def inputs_and_eyes(arguments: argparse.Namespace) -> tuple[Inputs, Eyes | None]:
    """The files of `--input`, and where the eyes are, if a person says so.

    Raises:
        ConfigError: these are no places, or can't be given together with `--align none` or with several photos.
        DataError: as Inputs.
    """
    eyes = eyes_at(numbers_in(arguments.eyes), f"--eyes is {arguments.eyes!r}.") if arguments.eyes is not None else None
    if eyes is not None and arguments.align == "none":
        raise ConfigError("--eyes and --align none contradict each other.", "Leave one of them out.")
    inputs = Inputs(arguments.input)
    if eyes is not None and len(inputs.files) > 1:
        raise ConfigError(f"--eyes are those of one photo, not of {len(inputs.files)}.", "Give one picture as --input.")
    return inputs, eyes


def model_of(arguments: argparse.Namespace, name: str, what: str) -> Checkpoint:
    """The model of `--checkpoint`, if it is of the command's family.

    Args:
        arguments: of the command.
        name: of the family.
        what: what the command does, for the error: "colour photos".

    Raises:
        ConfigError: it is of another family.
        CheckpointError: there is none, or it is damaged.
    """
    saved = checkpoint.load(checkpoint.find(arguments.checkpoint))
    kind = family(saved.header.config.family)
    if kind.name != name:
        raise ConfigError(f"{capital(kind.one)} can't {what}.", f"Train a model that can: main.py train --family {name}.")
    return saved


def must_be_side(side: int, header: Header, largest: int) -> None:
    """Check the shorter side of photos as the model sees them; 0 is its own. Raises ConfigError."""
    own = header.image_shape[1]
    if side and not own <= side <= largest:
        raise ConfigError(f"--side is {side}.", f"The model was trained at {own}; write {own} to {largest}.")


def percent_of(option: str, percent: float, most: float) -> float:
    """A percentage from 0 to `most`. Raises ConfigError."""
    if not 0.0 <= percent <= most:  # NaN, too, is refused
        raise ConfigError(f"{option} is {percent:g}.", f"It must be at least 0 and at most {most:g}.")
    return percent


def numbers_in(text: str) -> list[float]:
    """Numbers with commas between them; none where one isn't a number."""
    try:
        return [float(word) for word in text.split(",")]
    except ValueError:
        return []


class Output:
    """How changed photos are written.

    Args:
        arguments: the command's, by `add_output`, with its `--out`.
        inputs: the photos.
        suffix: between a file's name and its ending.

    Raises:
        ConfigError: as OutputNames.
    """

    def __init__(self, arguments: argparse.Namespace, inputs: Inputs, suffix: str = "") -> None:
        self._name = OutputNames(arguments.out, inputs.files, suffix, FORMATS.get(arguments.format, _same_ending))
        self._mark: bool = arguments.mark
        self._keep: str = arguments.keep_metadata

    def write(self, file: Path, picture: np.ndarray, recipe: dict[str, Any], photo: Photo | None = None) -> Path:
        """Write what was made of a file; gives where.

        Args:
            file: that came in.
            picture: uint8 (H, W, C).
            recipe: how it came to be.
            photo: the file's, if the picture has its size and keeps its profile, its transparency and its camera data.

        Raises:
            DataError: the format has no room for it.
        """
        path = self._name(file)
        exif = photo.camera.kept(self._keep) if photo is not None and photo.camera is not None else None
        icc, alpha = (photo.icc, photo.alpha) if photo is not None else (None, None)
        save_picture(path, picture, recipe, icc=icc, alpha=alpha, exif=exif, edited=True, mark=self._mark)
        return path


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written.

    Attributes:
        path: the file.
        facts: what `--json` says of it besides.
        note: what the person should know of it; "" for nothing.
    """

    path: Path
    facts: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


def write_all(doing: str, inputs: Inputs, write: Callable[[Path], Written], what: str = "photos") -> list[dict[str, Any]]:
    """Change and write each file; one that can't be used is named on standard error and left out.

    Args:
        doing: for the progress bar: "Colouring".
        inputs: the files.
        write: changes and writes one of them; may raise DataError.
        what: they are.

    Returns:
        Of each file written: `input`, `output`, and its facts.

    Raises:
        DataError: none can be used.
    """
    done: list[dict[str, Any]] = []
    bar = ProgressBar()
    try:
        for number, file in enumerate(inputs.files):
            bar(doing, number, len(inputs.files))
            try:
                written = write(file)
            except DataError as error:
                bar.close()
                left_out(error, inputs.named)
                continue
            if written.note:
                bar.close()
                say(written.note)
            done.append({"input": str(file), "output": str(written.path), **written.facts})
    finally:
        bar.close()
    if not done:
        raise DataError(f"None of the {what} can be used.", "The lines above say why.")
    return done


def tell(arguments: argparse.Namespace, written: list[dict[str, Any]], report: Mapping[str, Any]) -> None:
    """Say on standard output what was written: the whole report with `--json`, else the files' names."""
    if arguments.json:
        give_json(report)
    else:
        for one in written:
            give(one["output"])


def _same_ending(file: Path) -> str:
    """The ending that keeps a file's format; what is neither JPEG nor WebP becomes a PNG."""
    return KEPT_ENDINGS.get(file.suffix.lower(), ".png")

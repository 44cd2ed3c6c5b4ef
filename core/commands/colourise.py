"""`colourise`: photos with the colours that a model gives them, at their own size."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from core import checkpoint
from core.commands.batches import Inputs, left_out
from core.commands.edit import FORMATS, SAME, same_ending
from core.commands.terminal import ProgressBar, give, give_json, say
from core.data.camera_data import KEEPS
from core.data.photo import open_photo
from core.errors import DONE, ConfigError, DataError
from core.export.images import read_recipe, save_picture
from core.export.names import OutputNames
from core.families.colouriser.edit import FULL, MOST_POINTS, MOST_SATURATION, WHAT, ColourEdit, GivenColour, read_edit
from core.families.colouriser.family import NO_POINTS
from core.families.colouriser.instrument import ColouriserInstrument
from core.families.colouriser.photo import LARGEST_SIDE, Coloured, PhotoColours
from core.families.registry import family
from core.latent.instrument import open_instrument
from core.version import VERSION
from core.wording import counted

FAMILY = "colouriser"


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a colouriser: a file or a run folder")
    parser.add_argument("--input", required=True, nargs="+", metavar="PATH", help="photos, or folders of them")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the pictures go")
    parser.add_argument(
        "--strength",
        type=float,
        metavar="P",
        help="percent: 0 = the photo as it was, 100 (default) = its colours alone",
    )
    parser.add_argument(
        "--saturation",
        type=float,
        metavar="P",
        help="percent of the chroma that the model gives, 100 by default; more is livelier, and no nearer to the truth",
    )
    parser.add_argument(
        "--side",
        type=int,
        metavar="PX",
        help="the photo's shorter side as the model sees it; by default that of its training pictures, more for finer details",
    )
    parser.add_argument(
        "--point",
        action="append",
        default=[],
        metavar="X,Y,COLOUR",
        help="a place whose colour you give, for a model that takes colour points: percent of width and height, and red, green "
        "and blue as six digits (30,55,#c04030); several, each with its own --point",
    )
    parser.add_argument(
        "--edit", default="", metavar="FILE.png", help="strength, saturation, side and points of a picture that was coloured before"
    )
    parser.add_argument(
        "--format",
        choices=(*FORMATS, SAME),
        default="png",
        help="of the files written: png (default), jpeg, webp, or same as each input (what is no JPEG or WebP becomes a PNG)",
    )
    parser.add_argument("--mark", action="store_true", help="write into each picture's corner that it was edited with AI")
    parser.add_argument(
        "--keep-metadata",
        choices=KEEPS,
        default="none",
        help="of the photo's camera data: none (default), camera (date, camera), all (and where it was taken)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(handler=run)


@dataclass(frozen=True, slots=True)
class Job:
    """What is done to each photo.

    Attributes:
        model: that gives the colours.
        edit: how it is coloured.
        names: of the files that are written.
        mark: also in the picture's corner.
        keep: of the camera's data, one of KEEPS.
    """

    model: ColouriserInstrument
    edit: ColourEdit
    names: OutputNames
    mark: bool
    keep: str

    def done(self, file: Path) -> tuple[Path, Coloured]:
        """Colour a photo and write it. Raises DataError where it can't be used."""
        photo = open_photo(file)
        colours = PhotoColours(photo, self.model, self.edit.side, self.edit.points)
        coloured = colours.picture(self.edit.strength / FULL, self.edit.saturation / FULL)
        exif = photo.camera.kept(self.keep) if photo.camera is not None else None
        path = self.names(file)
        save_picture(path, coloured.picture, self.recipe, icc=photo.icc, alpha=photo.alpha, exif=exif, edited=True, mark=self.mark)
        return path, coloured

    @property
    def recipe(self) -> dict[str, Any]:
        """How the pictures came to be."""
        return {"what": WHAT, "program": VERSION, "checkpoint": self.model.id} | self.edit.to_dict()


def run(arguments: argparse.Namespace) -> int:
    edit = _edit(arguments)
    inputs = Inputs(arguments.input)
    saved = checkpoint.load(checkpoint.find(arguments.checkpoint))
    kind = family(saved.header.config.family)
    if kind.name != FAMILY:
        raise ConfigError(f"A {kind.title} can't colour photos.", f"Train one that can: main.py train --family {FAMILY}.")
    _must_be_side(edit.side, saved.header.image_shape[1])
    model = cast(ColouriserInstrument, open_instrument(saved))
    if edit.points and not model.takes_points:
        raise ConfigError("This colouriser takes no colour points.", NO_POINTS)
    names = OutputNames(arguments.out, inputs.files, ending=FORMATS.get(arguments.format, same_ending))
    job = Job(model, edit, names, arguments.mark, arguments.keep_metadata)
    written = _colour_all(job, inputs)
    if not written:
        raise DataError("None of the photos can be used.", "The lines above say why.")
    clamped = float(np.mean([one["out_of_gamut"] for one in written]))
    say(f"{counted(len(written), 'photo')} written to {arguments.out}.")
    say(f"{100.0 * clamped:.1f} % of the pixels would have a colour that no screen shows, and got the nearest one that it does.")
    if arguments.json:
        give_json({"coloured": written, "checkpoint_id": model.id})
    else:
        for one in written:
            give(one["output"])
    return DONE


def _edit(arguments: argparse.Namespace) -> ColourEdit:
    """What is done to each photo: by the options, and else by the picture whose edit is taken."""
    edit = ColourEdit()
    if arguments.edit:
        edit = read_edit(read_recipe(Path(arguments.edit)), arguments.edit)
    if arguments.strength is not None:
        edit = replace(edit, strength=_percent("--strength", arguments.strength, FULL))
    if arguments.saturation is not None:
        edit = replace(edit, saturation=_percent("--saturation", arguments.saturation, MOST_SATURATION))
    if arguments.side is not None:
        edit = replace(edit, side=arguments.side)
    points = tuple(_point(text) for text in arguments.point)
    if len(points) > MOST_POINTS:
        raise ConfigError(f"There are {len(points)} colour points.", f"At most {MOST_POINTS} can be given.")
    return replace(edit, points=points) if points else edit


def _point(text: str) -> GivenColour:
    try:
        across, down, colour = text.split(",")
        x, y = float(across) / 100.0, float(down) / 100.0
    except ValueError:
        raise ConfigError(f"--point {text!r} isn't a place and a colour.", "Write --point 30,55,#c04030, for example.") from None
    return GivenColour(x, y, colour.strip())


def _percent(option: str, percent: float, most: float) -> float:
    if not 0.0 <= percent <= most:  # NaN, too, is refused
        raise ConfigError(f"{option} is {percent:g}.", f"It must be at least 0 and at most {most:g}.")
    return percent


def _must_be_side(side: int, own: int) -> None:
    if side and not own <= side <= LARGEST_SIDE:
        raise ConfigError(f"--side is {side}.", f"The model was trained at {own}; write {own} to {LARGEST_SIDE}.")


def _colour_all(job: Job, inputs: Inputs) -> list[dict[str, Any]]:
    """Colour and write each file; one that can't be used is named on standard error and left out."""
    done: list[dict[str, Any]] = []
    bar = ProgressBar()
    try:
        for number, file in enumerate(inputs.files):
            bar("Colouring", number, len(inputs.files))
            try:
                path, coloured = job.done(file)
            except DataError as error:
                bar.close()
                left_out(error, inputs.named)
                continue
            done.append({"input": str(file), "output": str(path), "out_of_gamut": round(coloured.outside, 4)})
    finally:
        bar.close()
    return done

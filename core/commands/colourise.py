"""`colourise`: photos with the colours that a model gives them, at their own size."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from core.commands.batches import Inputs
from core.commands.photos import Output, Written, add_output, model_of, must_be_side, percent_of, tell, write_all
from core.commands.terminal import say
from core.data.photo import open_photo
from core.errors import DONE, ConfigError
from core.export.images import read_recipe
from core.families.colouriser.edit import FULL, MOST_POINTS, MOST_SATURATION, WHAT, ColourEdit, GivenColour, read_edit
from core.families.colouriser.family import NO_POINTS
from core.families.colouriser.instrument import ColouriserInstrument
from core.families.colouriser.photo import LARGEST_SIDE, PhotoColours
from core.files import printable
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
        "--edges",
        choices=("keep", "cross"),
        help="keep (default): colours keep to the photo's edges; cross: they are only enlarged, and run over them",
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
        "--edit",
        default="",
        metavar="FILE.png",
        help="strength, saturation, side, edges and points of a picture that was coloured before",
    )
    add_output(parser)
    parser.set_defaults(handler=run)


@dataclass(frozen=True, slots=True)
class Job:
    """What is done to each photo.

    Attributes:
        model: that gives the colours.
        edit: how it is coloured.
        output: how the pictures are written.
    """

    model: ColouriserInstrument
    edit: ColourEdit
    output: Output

    def done(self, file: Path) -> Written:
        """Colour a photo and write it. Raises DataError where it can't be used."""
        photo = open_photo(file)
        colours = PhotoColours(photo, self.model, self.edit.side, self.edit.points)
        coloured = colours.picture(self.edit.strength / FULL, self.edit.saturation / FULL, to_edges=self.edit.edges)
        path = self.output.write(file, coloured.picture, self.recipe, photo)
        return Written(path, {"out_of_gamut": round(coloured.outside, 4)})

    @property
    def recipe(self) -> dict[str, Any]:
        """How the pictures came to be."""
        return {"what": WHAT, "program": VERSION, "checkpoint": self.model.id} | self.edit.to_dict()


def run(arguments: argparse.Namespace) -> int:
    edit = _edit(arguments)
    inputs = Inputs(arguments.input)
    saved = model_of(arguments, FAMILY, "colour photos")
    if arguments.side is None:
        _must_suit(edit.side, saved.header.image_shape[1], arguments.edit)
    must_be_side(edit.side, saved.header, LARGEST_SIDE)
    model = cast(ColouriserInstrument, open_instrument(saved))
    if edit.points and not model.takes_points:
        raise ConfigError("This colouriser takes no colour points.", NO_POINTS)
    written = write_all("Colouring", inputs, Job(model, edit, Output(arguments, inputs)).done)
    clamped = float(np.mean([one["out_of_gamut"] for one in written]))
    say(f"{counted(len(written), 'photo')} written to {arguments.out}.")
    say(f"{100.0 * clamped:.1f} % of the pixels would have a colour that no screen shows, and got the nearest one that it does.")
    tell(arguments, written, {"coloured": written, "checkpoint_id": model.id})
    return DONE


def _edit(arguments: argparse.Namespace) -> ColourEdit:
    """What is done to each photo: by the options, and else by the picture whose edit is taken."""
    edit = ColourEdit()
    if arguments.edit:
        edit = read_edit(read_recipe(Path(arguments.edit)), arguments.edit)
    if arguments.strength is not None:
        edit = replace(edit, strength=percent_of("--strength", arguments.strength, FULL))
    if arguments.saturation is not None:
        edit = replace(edit, saturation=percent_of("--saturation", arguments.saturation, MOST_SATURATION))
    if arguments.side is not None:
        edit = replace(edit, side=arguments.side)
    if arguments.edges is not None:
        edit = replace(edit, edges=arguments.edges == "keep")
    points = tuple(_point(text) for text in arguments.point)
    if len(points) > MOST_POINTS:
        raise ConfigError(f"There are {len(points)} colour points.", f"At most {MOST_POINTS} can be given.")
    return replace(edit, points=points) if points else edit


def _must_suit(side: int, own: int, edit: str) -> None:
    """Check the side that a picture's edit brings; 0 is the model's own. Raises ConfigError."""
    if side and not own <= side <= LARGEST_SIDE:
        text = f"{printable(edit)} was coloured with the photo seen at {side} pixels, and this model needs {own} to {LARGEST_SIDE}."
        raise ConfigError(text, f"Add --side {own}.")


def _point(text: str) -> GivenColour:
    try:
        across, down, colour = text.split(",")
        x, y = float(across) / 100.0, float(down) / 100.0
    except ValueError:
        raise ConfigError(f"--point {text!r} isn't a place and a colour.", "Write --point 30,55,#c04030, for example.") from None
    return GivenColour(x, y, colour.strip())

"""`translate`: photos of one kind as ones of another, at their own size."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from core.commands.photos import (
    Output,
    Written,
    add_output,
    add_place_of_face,
    inputs_and_eyes,
    model_of,
    must_be_side,
    percent_of,
    tell,
    write_all,
)
from core.commands.terminal import say
from core.data.photo import open_photo
from core.errors import DONE, ConfigError
from core.families.cycle_gan.instrument import CycleGanInstrument
from core.families.cycle_gan.photo import AREAS, AUTO, LARGEST_SIDE, MOST_STRENGTH, WHOLE, PhotoTranslation, Wanted
from core.latent.instrument import open_instrument
from core.version import VERSION
from core.wording import counted

FAMILY = "cycle_gan"


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a CycleGAN: a file or a run folder")
    parser.add_argument("--input", required=True, nargs="+", metavar="PATH", help="photos, or folders of them")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the pictures go")
    parser.add_argument("--to", default="", metavar="SIDE", help="what they become: a side's name, A or B (default)")
    parser.add_argument(
        "--strength",
        type=float,
        default=100.0,
        metavar="P",
        help="percent: 0 = the photo as it was, 100 (default) = what the model makes of it, up to 200",
    )
    parser.add_argument(
        "--area",
        choices=AREAS,
        default=AUTO,
        help="face: the face alone; whole: the whole picture; auto (default): the face, if the model learned from faces and one "
        "is found, else the whole",
    )
    parser.add_argument(
        "--side",
        type=int,
        default=0,
        metavar="PX",
        help="of a whole picture: its shorter side as the model sees it; by default that of its training pictures",
    )
    add_place_of_face(parser)
    add_output(parser)
    parser.set_defaults(handler=run)


@dataclass(frozen=True, slots=True)
class Job:
    """What is done to each photo.

    Attributes:
        model: that translates.
        wanted: what of it, and into what.
        strength: 0 to 2.
        output: how the pictures are written.
    """

    model: CycleGanInstrument
    wanted: Wanted
    strength: float
    output: Output

    def done(self, file: Path) -> Written:
        """Translate a photo and write it. Raises DataError where it can't be used."""
        photo = open_photo(file)
        translation = PhotoTranslation(photo, file, self.model, self.wanted)
        recipe = translate_recipe(self.model, translation, self.strength, self.wanted.side)
        path = self.output.write(file, translation.picture(self.strength), recipe, photo)
        return Written(path, {"to": translation.to, "area": translation.area}, translation.note)


def translate_recipe(model: CycleGanInstrument, translation: PhotoTranslation, strength: float, side: int) -> dict[str, Any]:
    """How a translated photo came to be, for its file's metadata."""
    where = {"to": translation.to, "strength": 100.0 * strength, "area": translation.area}
    seen = {"side": side} if side and translation.area == WHOLE else {}
    return {"what": "translate", "program": VERSION, "checkpoint": model.id, **where, **seen}


def run(arguments: argparse.Namespace) -> int:
    percent = percent_of("--strength", arguments.strength, 100.0 * MOST_STRENGTH)
    framed = arguments.align == "none"
    if arguments.area == WHOLE and (arguments.eyes is not None or framed):
        raise ConfigError("--area whole translates no face of its own.", "Leave out --eyes and --align none.")
    inputs, eyes = inputs_and_eyes(arguments)
    saved = model_of(arguments, FAMILY, "translate photos")
    must_be_side(arguments.side, saved.header, LARGEST_SIDE)
    model = cast(CycleGanInstrument, open_instrument(saved))
    model.side(arguments.to)
    wanted = Wanted(arguments.to, arguments.area, arguments.side, eyes, framed)
    job = Job(model, wanted, percent / 100.0, Output(arguments, inputs))
    written = write_all("Translating", inputs, job.done)
    say(f"{counted(len(written), 'photo')} written to {arguments.out}.")
    tell(arguments, written, {"translated": written, "checkpoint_id": model.id})
    return DONE

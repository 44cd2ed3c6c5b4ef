"""`colourise`: photos with the colours that a model gives them, at their own size."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
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
from core.export.images import save_picture
from core.export.names import OutputNames
from core.families.colouriser.instrument import ColouriserInstrument
from core.families.colouriser.photo import LARGEST_SIDE, MOST_SATURATION, Coloured, PhotoColours
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
        default=100.0,
        metavar="P",
        help="percent: 0 = the photo as it was, 100 (default) = its colours alone",
    )
    parser.add_argument(
        "--saturation",
        type=float,
        default=100.0,
        metavar="P",
        help="percent of the chroma that the model gives, 100 by default; more is livelier, and no nearer to the truth",
    )
    parser.add_argument(
        "--side",
        type=int,
        default=0,
        metavar="PX",
        help="the photo's shorter side as the model sees it; by default that of its training pictures, more for finer details",
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
        strength: 0 to 1.
        saturation: 0 to 3.
        side: see `PhotoColours`.
        names: of the files that are written.
        mark: also in the picture's corner.
        keep: of the camera's data, one of KEEPS.
    """

    model: ColouriserInstrument
    strength: float
    saturation: float
    side: int
    names: OutputNames
    mark: bool
    keep: str

    def done(self, file: Path) -> tuple[Path, Coloured]:
        """Colour a photo and write it. Raises DataError where it can't be used."""
        photo = open_photo(file)
        coloured = PhotoColours(photo, self.model, self.side).picture(self.strength, self.saturation)
        exif = photo.camera.kept(self.keep) if photo.camera is not None else None
        path = self.names(file)
        save_picture(path, coloured.picture, self.recipe, icc=photo.icc, alpha=photo.alpha, exif=exif, edited=True, mark=self.mark)
        return path, coloured

    @property
    def recipe(self) -> dict[str, Any]:
        """How the pictures came to be."""
        amounts = {"strength": 100.0 * self.strength, "saturation": 100.0 * self.saturation}
        return {"what": "colourise", "program": VERSION, "checkpoint": self.model.id, **amounts} | (
            {"side": self.side} if self.side else {}
        )


def run(arguments: argparse.Namespace) -> int:
    strength = _share("--strength", arguments.strength, 1.0)
    saturation = _share("--saturation", arguments.saturation, MOST_SATURATION)
    inputs = Inputs(arguments.input)
    saved = checkpoint.load(checkpoint.find(arguments.checkpoint))
    kind = family(saved.header.config.family)
    if kind.name != FAMILY:
        raise ConfigError(f"A {kind.title} can't colour photos.", f"Train one that can: main.py train --family {FAMILY}.")
    _must_be_side(arguments.side, saved.header.image_shape[1])
    model = cast(ColouriserInstrument, open_instrument(saved))
    names = OutputNames(arguments.out, inputs.files, ending=FORMATS.get(arguments.format, same_ending))
    job = Job(model, strength, saturation, arguments.side, names, arguments.mark, arguments.keep_metadata)
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


def _share(option: str, percent: float, most: float) -> float:
    if not 0.0 <= percent <= 100.0 * most:  # NaN, too, is refused
        raise ConfigError(f"{option} is {percent:g}.", f"It must be at least 0 and at most {100.0 * most:g}.")
    return percent / 100.0


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

"""`translate`: photos of one kind as ones of another, at their own size."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from core import checkpoint
from core.commands.batches import Inputs, left_out
from core.commands.edit import FORMATS, SAME, same_ending
from core.commands.terminal import ProgressBar, give, give_json, say
from core.data.camera_data import KEEPS
from core.data.photo import open_photo
from core.errors import DONE, ConfigError, DataError
from core.export.images import save_picture
from core.export.names import OutputNames
from core.families.base import Can
from core.families.cycle_gan.instrument import CycleGanInstrument
from core.families.cycle_gan.photo import AREAS, AUTO, LARGEST_SIDE, MOST_STRENGTH, WHOLE, PhotoTranslation, Wanted
from core.families.registry import family
from core.latent.instrument import must, open_instrument
from core.photo.edit import eyes_at
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
    parser.add_argument("--align", choices=("auto", "none"), default="auto", help="none: the picture is already framed")
    parser.add_argument("--eyes", metavar="X1,Y1,X2,Y2", help="where the eyes of a single photo are, in its pixels")
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
        model: that translates.
        wanted: what of it, and into what.
        strength: 0 to 2.
        names: of the files that are written.
        mark: also in the picture's corner.
        keep: of the camera's data, one of KEEPS.
    """

    model: CycleGanInstrument
    wanted: Wanted
    strength: float
    names: OutputNames
    mark: bool
    keep: str

    def done(self, file: Path) -> tuple[Path, PhotoTranslation]:
        """Translate a photo and write it. Raises DataError where it can't be used."""
        photo = open_photo(file)
        translation = PhotoTranslation(photo, file, self.model, self.wanted)
        exif = photo.camera.kept(self.keep) if photo.camera is not None else None
        path = self.names(file)
        recipe = translate_recipe(self.model, translation, self.strength, self.wanted.side)
        picture = translation.picture(self.strength)
        save_picture(path, picture, recipe, icc=photo.icc, alpha=photo.alpha, exif=exif, edited=True, mark=self.mark)
        return path, translation


def translate_recipe(model: CycleGanInstrument, translation: PhotoTranslation, strength: float, side: int) -> dict[str, Any]:
    """How a translated photo came to be, for its file's metadata."""
    where = {"to": translation.to, "strength": 100.0 * strength, "area": translation.area}
    seen = {"side": side} if side and translation.area == WHOLE else {}
    return {"what": "translate", "program": VERSION, "checkpoint": model.id, **where, **seen}


def run(arguments: argparse.Namespace) -> int:
    percent = arguments.strength
    if not 0.0 <= percent <= 100.0 * MOST_STRENGTH:  # NaN, too, is refused
        raise ConfigError(f"--strength is {percent:g}.", f"It must be at least 0 and at most {100.0 * MOST_STRENGTH:g}.")
    eyes = _eyes(arguments.eyes) if arguments.eyes is not None else None
    framed = arguments.align == "none"
    if eyes is not None and framed:
        raise ConfigError("--eyes and --align none contradict each other.", "Leave one of them out.")
    if arguments.area == WHOLE and (eyes is not None or framed):
        raise ConfigError("--area whole translates no face of its own.", "Leave out --eyes and --align none.")
    inputs = Inputs(arguments.input)
    if eyes is not None and len(inputs.files) > 1:
        raise ConfigError(f"--eyes are those of one photo, not of {len(inputs.files)}.", "Give one picture as --input.")
    saved = checkpoint.load(checkpoint.find(arguments.checkpoint))
    kind = family(saved.header.config.family)
    if kind.name != FAMILY:
        must(saved.header, Can.TRANSLATE, "translate photos")
        raise ConfigError(f"A {kind.title} can't translate photos.", f"Train a model that can: main.py train --family {FAMILY}.")
    _must_be_side(arguments.side, saved.header.image_shape[1])
    model = cast(CycleGanInstrument, open_instrument(saved))
    model.side(arguments.to)
    wanted = Wanted(arguments.to, arguments.area, arguments.side, eyes, framed)
    names = OutputNames(arguments.out, inputs.files, ending=FORMATS.get(arguments.format, same_ending))
    job = Job(model, wanted, percent / 100.0, names, arguments.mark, arguments.keep_metadata)
    written = _translate_all(job, inputs)
    if not written:
        raise DataError("None of the photos can be used.", "The lines above say why.")
    say(f"{counted(len(written), 'photo')} written to {arguments.out}.")
    if arguments.json:
        give_json({"translated": written, "checkpoint_id": model.id})
    else:
        for one in written:
            give(one["output"])
    return DONE


def _must_be_side(side: int, own: int) -> None:
    if side and not own <= side <= LARGEST_SIDE:
        raise ConfigError(f"--side is {side}.", f"The model was trained at {own}; write {own} to {LARGEST_SIDE}.")


def _eyes(text: str) -> Any:
    try:
        numbers = [float(word) for word in text.split(",")]
    except ValueError:
        numbers = []
    return eyes_at(numbers, f"--eyes is {text!r}.")


def _translate_all(job: Job, inputs: Inputs) -> list[dict[str, Any]]:
    """Translate and write each file; one that can't be used is named on standard error and left out."""
    done: list[dict[str, Any]] = []
    bar = ProgressBar()
    try:
        for number, file in enumerate(inputs.files):
            bar("Translating", number, len(inputs.files))
            try:
                path, translation = job.done(file)
            except DataError as error:
                bar.close()
                left_out(error, inputs.named)
                continue
            if translation.note:
                bar.close()
                say(translation.note)
            done.append({"input": str(file), "output": str(path), "to": translation.to, "area": translation.area})
    finally:
        bar.close()
    return done

"""`edit`: pictures moved along directions, at the model's size or put onto the photos themselves."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core import checkpoint
from core.commands.photos import Output, Written, add_output, add_place_of_face, inputs_and_eyes, numbers_in, tell, write_all
from core.commands.terminal import say
from core.data.photo import Photo, open_photo
from core.errors import DONE, ConfigError
from core.export.images import captioned, grid
from core.faces.alignment import Eyes
from core.families.base import Can
from core.files import printable
from core.latent.direction_file import find_direction
from core.latent.directions import LARGEST, Move, Part, must_be_amount
from core.latent.instrument import Instrument, arithmetic_of, load_instrument, must
from core.latent.session import Anchor, Edit, Session
from core.photo.edit import find_place
from core.photo.inputs import read_for_model
from core.retouch.words import weaker_note
from core.version import VERSION
from core.wording import counted, with_minus

STRIP_SIDE = 1024  # pixels: of each photo in a strip, at most
MOST_STEPS = 100  # in a strip: more would fill the memory


class _InOrder(argparse.Action):
    """Collects how far each `--attribute` goes, in the order given: (option, value)."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: str | None = None) -> None:
        namespace.how_far = [*(getattr(namespace, "how_far", None) or []), (self.dest, values)]


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a file, a run folder or a shipped model's name")
    parser.add_argument("--input", required=True, nargs="+", metavar="PATH", help="pictures, or folders of them")
    parser.add_argument(
        "--attribute",
        required=True,
        action="append",
        metavar="NAME",
        help="a direction of the checkpoint, or a file of one; several, each with its own amount, in order",
    )
    how = parser.add_argument_group("how far, once for each --attribute")
    for option, kind, letter, text in (
        ("--amount", float, "P", "percent: 100 = where the average face with it lies"),
        ("--coefficient", float, "K", "K times the difference of the class means"),
        ("--strip", str, "P,P,...", "one strip with each of these amounts (write --strip=-50,0,50); for one attribute"),
    ):
        how.add_argument(option, type=kind, action=_InOrder, default=argparse.SUPPRESS, metavar=letter, help=text)
    parser.add_argument("--out", required=True, metavar="DIR", help="where the pictures go")
    parser.add_argument("--size", choices=("photo", "model"), default="photo", help="photo (default) or the model's own")
    add_place_of_face(parser)
    add_output(parser, of_png="default; every pixel outside the face stays")
    parser.set_defaults(handler=run, how_far=[], wrong_usage=parser.error)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A file's edited picture.

    Attributes:
        picture: uint8 (H, W, C).
        photo: the file's, if the picture has its size.
        anchor: the face, for the recipe.
        note: what the person should know of it; "" for nothing.
    """

    picture: np.ndarray
    photo: Photo | None
    anchor: Anchor
    note: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """What is done to each picture."""

    engine: Instrument
    moves: list[Move]
    titles: list[str]  # under the pictures of a strip; empty: one picture each
    eyes: Eyes | None
    framed: bool  # the pictures are already framed
    at_photo_size: bool

    def made(self, path: Path) -> Made:
        """Edit a file. Raises DataError where it can't be used."""
        if self.framed and not self.at_photo_size:
            framed, name = read_for_model(self.engine.header, path), printable(path.name)
            z = self._code(framed)
            return Made(self._decoded(z), None, _anchor("file", name, name, z))
        photo = open_photo(path)
        face, eyes, note = find_place(photo, path, self.engine.header, self.eyes, self.framed)
        z = self._code(face.framed)
        anchor = _anchor("photo", photo.name, photo.reference(), z, eyes) if eyes else _anchor("file", photo.name, photo.name, z)
        if not self.at_photo_size:
            return Made(self._decoded(z), None, anchor, note)
        edit, codes = face.edit(self.engine, z), [move(z) for move in self.moves]
        note = "\n".join(filter(None, (note, weaker_note(photo.name, min(map(edit.trusted, codes)), edit.by_size))))
        pictures = (edit.put_on(photo.pixels, face.matrix, code) for code in codes)
        if self.titles:
            return Made(self._strip([_reduced(picture) for picture in pictures]), None, anchor, note)
        return Made(next(pictures), photo, anchor, note)

    def _code(self, framed: np.ndarray) -> np.ndarray:
        return self.engine.encode(framed[None]).flat[0]

    def _decoded(self, z: np.ndarray) -> np.ndarray:
        """The edit of a face, at the model's size."""
        decoded = self.engine.decode(np.stack([move(z) for move in self.moves]))
        return self._strip(list(decoded)) if self.titles else decoded[0]

    def _strip(self, steps: list[np.ndarray]) -> np.ndarray:
        return captioned(grid([np.stack(steps)]), "", self.titles)


def _anchor(kind: str, name: str, reference: str, z: np.ndarray, eyes: Eyes | None = None) -> Anchor:
    where = (*map(float, eyes.left), *map(float, eyes.right)) if eyes is not None else ()
    return Anchor(kind, name, reference, tuple(map(float, np.asarray(z, np.float64))), where)


def run(arguments: argparse.Namespace) -> int:
    pairs = _pairs(arguments)
    inputs, eyes = inputs_and_eyes(arguments)
    engine = load_instrument(checkpoint.find(arguments.checkpoint))
    must(engine.header, Can.MOVE, "be moved along directions")
    direction_of = {word: find_direction(engine.header, word) for word, _, _ in pairs}
    _refuse_twice([direction_of[word].name for word, _, _ in pairs])
    amounts: list[float] = next((value for _, kind, value in pairs if kind == "strip"), [])
    steps = [
        [
            Part(direction_of[word], "amount", amount) if kind == "strip" else Part(direction_of[word], kind, value)
            for word, kind, value in pairs
        ]
        for amount in amounts or [0.0]
    ]
    own = arithmetic_of(engine)
    job = Job(
        engine,
        [partial(own.moved, parts=parts) for parts in steps],
        [with_minus(f"{amount:g} %") for amount in amounts],
        eyes,
        arguments.align == "none",
        arguments.size == "photo",
    )
    edits = [{"attribute": direction_of[word].name, kind: value} for word, kind, value in pairs]
    recipe: dict[str, object] = {"what": "edit", "program": VERSION, "checkpoint": engine.id, "edits": edits}
    recipe |= edits[0] if len(edits) == 1 else {}
    output = Output(arguments, inputs, "-strip" if amounts else "")
    session = None if amounts else _session(engine, steps[0])

    def done(file: Path) -> Written:
        made = job.made(file)
        own_recipe = recipe if session is None else recipe | {"session": session.with_anchor(made.anchor).to_dict()}
        return Written(output.write(file, made.picture, own_recipe, made.photo), note=made.note)

    written = write_all("Editing", inputs, done, "pictures")
    say(f"{counted(len(written))} written to {arguments.out}.")
    tell(arguments, written, {"edited": written, "attribute": edits[0]["attribute"], "edits": edits, "checkpoint_id": engine.id})
    return DONE


def _pairs(arguments: argparse.Namespace) -> list[tuple[str, str, Any]]:
    """The attributes with how far each goes: (its name, "amount", "coefficient" or "strip", a number or a strip's numbers).

    Raises:
        ConfigError: something that should be a number isn't one.
        SystemExit: not every attribute has an amount, a coefficient or a strip of its own.
    """
    words, how_far = arguments.attribute, arguments.how_far
    if len(words) != len(how_far):
        arguments.wrong_usage(
            f"each --attribute needs one --amount, --coefficient or --strip ({len(words)} and {len(how_far)} were given)"
        )
    if sum(kind == "strip" for kind, _ in how_far) > 1:
        arguments.wrong_usage("only one --attribute can have a --strip")
    pairs: list[tuple[str, str, Any]] = []
    for word, (kind, value) in zip(words, how_far, strict=True):
        if kind != "strip":
            must_be_amount(value)
        pairs.append((word, kind, _amounts(value) if kind == "strip" else value))
    return pairs


def _refuse_twice(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"--attribute {name} is there twice.", "Give each attribute once, with one amount.")


def _session(engine: Instrument, parts: Sequence[Part]) -> Session | None:
    """The edit as a session that the window can open; None for an edit that the window has no slider for."""
    if any(part.kind != "amount" for part in parts):
        return None
    edits = tuple(Edit("direction", part.direction.name, part.value) for part in parts if part.value)
    return Session(engine.id, None, edits, class_name=engine.class_name)


def _reduced(picture: np.ndarray) -> np.ndarray:
    """The picture no larger than a strip's pictures may be."""
    scale = STRIP_SIDE / max(picture.shape[:2])
    if scale >= 1.0:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _amounts(text: str) -> list[float]:
    amounts = numbers_in(text)
    if not amounts or not all(abs(amount) <= LARGEST for amount in amounts):
        raise ConfigError(f"--strip is {text!r}.", "Write percentages, for example --strip=0,20,40,60,80,100.")
    if len(amounts) > MOST_STEPS:
        raise ConfigError(f"--strip holds {len(amounts)} amounts.", f"Write {MOST_STEPS} at most.")
    return amounts

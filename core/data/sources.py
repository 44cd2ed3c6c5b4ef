"""What kind of pictures a SOURCE names, told by its name alone, and the settings that follow from it."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from enum import Enum
from pathlib import Path, PureWindowsPath
from typing import Any

from core.config import DataConfig, TrainConfig, preset, with_values
from core.data.sets.sprites import COUNT
from core.errors import DataError
from core.families.registry import family_of_preset
from core.files import expanded

DEMO = "demo"
SPRITES = "sprites"
MNIST_PREFIX = "mnist:"
DSPRITES_SUFFIX = ".npz"


class Kind(Enum):
    """Of a source."""

    FOLDER = "folder"
    DEMO = "demo"
    SPRITES = "sprites"  # drawn by the program
    DSPRITES = "dsprites"  # the published file
    MNIST = "mnist"  # a folder of idx files

    @property
    def shows_faces(self) -> bool:
        """Whether the program treats them as faces: it does so with all pictures from a folder."""
        return self in (Kind.FOLDER, Kind.DEMO)

    @property
    def has_files(self) -> bool:
        """Whether each picture is a file of its own, to be found, decoded and framed."""
        return self.shows_faces


_GREY = {"data.channels": 1, "data.mirror": False}  # a mirrored 2 is no longer a 2, and a mirrored sprite is in another place
_NATURAL: dict[Kind, dict[str, Any]] = {
    Kind.SPRITES: {"data.image_size": 64, **_GREY},
    Kind.DSPRITES: {"data.image_size": 64, **_GREY},
    Kind.MNIST: {"data.image_size": 32, **_GREY},
}

LEAST_STEPS = 1_500  # of a run on sprites; after 500, one seed of three had learned only the mean picture
SHOWN_SAMPLE = 60_000  # of very many pictures: `quick` learns from them in minutes on two cores, from all in hours


def spoken_name(source: str, name: str) -> str:
    """What a source is called within a sentence: "drawn faces" for those that the program draws, else its short name."""
    return {DEMO: "drawn faces", SPRITES: "drawn shapes"}.get(source, name)


def kind_of(source: str) -> Kind:
    """The kind of a SOURCE.

    Raises:
        DataError: a built-in name that lacks its folder, or has one too many.
    """
    if source == DEMO:
        return Kind.DEMO
    name, colon, rest = source.partition(":")
    if name == SPRITES:
        if colon:
            raise DataError(
                f"The source {source} has something after {SPRITES}.",
                f"Give {SPRITES} for the drawn ones, or the path of the published .npz file alone.",
            )
        return Kind.SPRITES
    if name == MNIST_PREFIX[:-1]:
        if not rest.strip():
            raise DataError(
                f"The source {source} names no folder.",
                f"Write {MNIST_PREFIX}FOLDER, where the idx files lie; write ./{source} for a folder of that name.",
            )
        return Kind.MNIST
    return Kind.DSPRITES if source.lower().endswith(DSPRITES_SUFFIX) and not expanded(source).is_dir() else Kind.FOLDER


def place_of(source: str) -> Path | None:
    """The file or folder that a source names; None for what the program draws."""
    kind = kind_of(source)
    if kind in (Kind.DEMO, Kind.SPRITES):
        return None
    return expanded(_path_in(source))


def resolved(source: str) -> str:
    """The source's name as a full path (from a relative one or `~`), valid wherever the program is started.

    Built-in names and full paths stay as they are. Raises DataError as `kind_of` does.
    """
    place = place_of(source)
    if place is None or not source.strip() or Path(_path_in(source)).is_absolute():
        return source
    return _prefix_of(source) + str(place if place.is_absolute() else place.resolve())


def short_name(source: str) -> str:
    """The source without its folder, for files that leave this computer: "faces", or "./demo" for a folder of a built-in name.

    Raises DataError as `kind_of` does.
    """
    place = place_of(source)
    if place is None or not place.name:
        return source
    is_built_in = place.name == DEMO or place.name.partition(":")[0] in (SPRITES, MNIST_PREFIX[:-1])
    if is_built_in and kind_of(source) is Kind.FOLDER:
        return f"./{place.name}"
    return _prefix_of(source) + place.name


def located(source: str, run: Path, hint: str) -> str:
    """Where a run's pictures are: where its settings say, else beside the run folder, else beside the folder around that.

    A project is often moved as a whole, also from another system.

    Args:
        source: as the run's settings have it.
        run: the run's folder.
        hint: what to do where the pictures are in none of these places.

    Returns:
        The source's name as it is now.

    Raises:
        DataError: they are in none of these places.
    """
    place = place_of(source)
    if place is None or os.path.exists(place):
        return source
    run, wants_file = run.resolve(), kind_of(source) is Kind.DSPRITES
    names = dict.fromkeys((*([] if place.is_absolute() else [str(place)]), place.name, PureWindowsPath(place).name))
    for around in run.parents[:2]:
        for name in filter(None, names):
            there = around / name
            is_there = os.path.isfile(there) if wants_file else os.path.isdir(there)
            if is_there and not run.is_relative_to(there.resolve()):
                return _prefix_of(source) + str(there.resolve())
    raise DataError(f"The pictures of {run.name} are neither at {source} nor beside the run.", hint)


def _prefix_of(source: str) -> str:
    return MNIST_PREFIX if kind_of(source) is Kind.MNIST else ""


def _path_in(source: str) -> str:
    return source.removeprefix(_prefix_of(source))


def settings_for(source: str, preset_name: str = "quick") -> dict[str, Any]:
    """The settings that follow from the source, by dotted path: size, channels, and what suits the preset's family.

    Empty for folders of pictures.

    Raises:
        ConfigError: no preset of that name.
        DataError: as `kind_of`.
    """
    kind = kind_of(source)
    of_pictures = dict(_NATURAL.get(kind, {}))
    return of_pictures | dict(family_of_preset(preset_name).suits(kind.value, preset_name))


def preset_for(name: str, source: str) -> TrainConfig:
    """A preset with the settings that follow from the source, which is set as well.

    Raises:
        ConfigError: no preset of that name.
        DataError: as `kind_of`.
    """
    return with_values(preset(name), {**settings_for(source, name), "data.source": source})


def epochs_for(preset_name: str, data: DataConfig, batch_size: int, pictures: int = COUNT) -> int:
    """The suggested number of epochs: the preset's, and on few sprites with `quick` as many as make `LEAST_STEPS` steps.

    Args:
        preset_name: of the run's settings.
        data: its source, how many pictures of it are taken, and which share of them is held out.
        batch_size: pictures a step.
        pictures: how many sprites a file holds; the published one, and the program, have them all.

    Raises:
        ConfigError: no preset of that name.
        DataError: as `kind_of`.
    """
    usual = preset_for(preset_name, data.source).epochs
    if preset_name != "quick" or kind_of(data.source) not in (Kind.SPRITES, Kind.DSPRITES):
        return usual
    taken = min(pictures, data.limit or pictures)
    steps = max(1, math.ceil(round(taken * (1.0 - data.valid_fraction)) / batch_size))
    return max(usual, math.ceil(LEAST_STEPS / steps))


def data_settings(source: str) -> DataConfig:
    """How the window reads a source's pictures at first: only a sample of sprites. Raises DataError as `kind_of` does."""
    is_large = kind_of(source) in (Kind.SPRITES, Kind.DSPRITES)
    return replace(preset_for("quick", source).data, limit=SHOWN_SAMPLE if is_large else 0)

"""Whether a data set's pictures are framed as a model's own were, how to read them so that they are, and which its own are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.config import CENTER, FACE, DataConfig
from core.data.dataset import FaceData
from core.data.sources import located, place_of
from core.errors import DataError
from core.runs.listing import is_run, read_config
from explorer.document.loading import LoadedModel


def fits(model: LoadedModel | None, data: FaceData | None) -> bool:
    """Whether the data's pictures are of the model's size."""
    if model is None or data is None:
        return False
    channels, height, width = model.header.image_shape
    return tuple(data.images.shape[1:]) == (height, width, channels)


def same_colours(model: LoadedModel, data: FaceData) -> bool:
    """Whether both are grey, or both in colour; if not, no reading of the pictures makes them fit."""
    return data.images.shape[3] == model.header.image_shape[0]


def held_out(model: LoadedModel, data: FaceData) -> bool:
    """Whether the validation part of the pictures is what the model's own training kept out of the same pictures."""
    theirs, ours = model.header.config.data, data.config
    same = model.header.data.get("fingerprint") == data.fingerprint
    return same and (theirs.split_seed, theirs.valid_fraction) == (ours.split_seed, ours.valid_fraction)


def same_files(model: LoadedModel | None, data: FaceData | None) -> bool:
    """Whether the pictures' files have the same single size as the model's training files, so that its framing fits them."""
    if model is None or data is None:
        return False
    sizes = model.header.data.get("sizes", {})
    trained = sizes.get("smallest")
    return bool(trained) and trained == sizes.get("largest") and bool((data.sizes == trained).all())


def framing_of(model: LoadedModel, data: FaceData | None) -> tuple[str, int]:
    """How pictures are read so that they fit a model: `data.crop` and the side in pixels.

    A crop box of the training files makes no sense in other files, which get the centre square. Faces can be found in
    any.
    """
    trained = model.header.config.data.crop
    crop = trained if trained == FACE or same_files(model, data) else CENTER
    return crop, model.header.image_shape[1]


def run_of(path: Path) -> Path | None:
    """The run whose checkpoint a file is; None where it is none."""
    folder = path.parent.parent
    return folder if path.parent.name == "checkpoints" and is_run(folder) else None


def own_pictures(model: LoadedModel, hint: str = "") -> DataConfig | None:
    """The pictures that a run's model learned from, read and split as then; None for a model of no run.

    Args:
        model: the model.
        hint: what to do where they are gone.

    Raises:
        DataError: they are neither where the run read them nor beside it.
    """
    folder = run_of(Path(model.path))
    if folder is None:
        return None
    kept = read_config(folder)
    config = (kept or model.header.config).data
    return replace(config, source=located(config.source, folder, hint))


def pictures_name(config: DataConfig) -> str:
    """What pictures that aren't read are called, for `source_title`: their folder or file."""
    place = place_of(config.source)
    return place.name if place is not None else config.source


def offered_pictures(model: LoadedModel | None, data: FaceData | None) -> DataConfig | None:
    """The pictures that a run's model learned from, where they are there and others are in use; else None."""
    try:
        own = own_pictures(model) if model is not None else None
    except DataError:
        return None
    return None if own is None or (data is not None and data.config == own) else own

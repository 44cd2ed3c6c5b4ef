"""An opened photo with the colours that a model gives it, for the page of a colouriser; all of it is for worker threads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import DataError
from core.families.colouriser.edit import FULL, WHAT, ColourEdit, GivenColour, read_edit
from core.progress import Progress
from explorer.document.loading import LoadedModel
from explorer.explore.families.photo_page import LONGEST

if TYPE_CHECKING:
    from core.data.photo import Photo
    from core.families.colouriser.photo import Coloured, PhotoColours


@dataclass(frozen=True, slots=True, eq=False)
class ColouredPhoto:
    """A photo and its colours.

    Attributes:
        model: that gave them.
        photo: at its own size.
        side: see `ColourEdit`.
        points: that the model was given with it.
        whole: gives pictures of the photo's own size.
        small: the same for what the canvas shows.
        before: that without the model's colours, uint8 (h, w, 3).
        own_colourful: mean chroma of the photo's own colours, in units of Lab.
        kept: what keeps the file, such as a folder of pasted pictures.
    """

    model: LoadedModel
    photo: Photo
    side: int
    points: tuple[GivenColour, ...]
    whole: PhotoColours
    small: PhotoColours
    before: np.ndarray
    own_colourful: float
    kept: object = None

    def with_points(self, points: tuple[GivenColour, ...]) -> ColouredPhoto:
        """The same with other points; itself if these are its own."""
        if points == self.points:
            return self
        whole, small = (one.with_points(points) for one in (self.whole, self.small))
        return replace(self, points=points, whole=whole, small=small)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What the canvas shows.

    Attributes:
        opened: that it is of.
        coloured: the picture.
        colourful: its mean chroma, in units of Lab.
    """

    opened: ColouredPhoto
    coloured: Coloured
    colourful: float


@dataclass(frozen=True, slots=True, eq=False)
class OpenedFile:
    """A file that was opened for colouring.

    Attributes:
        path: of the photo: of a picture that was coloured before, the photo that it was made of, where that lies beside it.
        coloured: the photo.
        edit: that the picture kept; None for any other.
        is_original: whether the photo is as it was before.
    """

    path: Path
    coloured: ColouredPhoto
    edit: ColourEdit | None
    is_original: bool = True


def takes_points(model: LoadedModel) -> bool:
    """Whether a colouriser takes colour points."""
    return bool(model.engine.takes_points)  # type: ignore[attr-defined]


def fitting(edit: ColourEdit, model: LoadedModel) -> ColourEdit:
    """An edit as a model can make it: without points where it takes none."""
    return edit if takes_points(model) else replace(edit, points=())


def coloured_photo(model: LoadedModel, photo: Photo, edit: ColourEdit, kept: object = None) -> ColouredPhoto:
    """Let a model colour a photo. Raises DataError: the photo is smaller than the model wants to see it."""
    from core.families.colouriser.photo import PhotoColours  # noqa: PLC0415 - imports torch

    engine: Any = model.engine
    points = fitting(edit, model).points
    whole = PhotoColours(photo, engine, edit.side, points)
    small = photo.reduced(LONGEST)
    before = small.opaque
    return ColouredPhoto(model, photo, edit.side, points, whole, whole.on(small), before, colourfulness(before), kept)


def opened_file(model: LoadedModel, path: Path, edit: ColourEdit, kept: object = None) -> OpenedFile:
    """Open a photo, or a picture that was coloured before, with the edit that it keeps.

    Args:
        model: that colours it.
        path: of the file.
        edit: for a photo.
        kept: see `ColouredPhoto`.

    Raises:
        DataError: the file can't be used, or is too small for the model.
    """
    from core.data.photo import open_photo  # noqa: PLC0415 - loads OpenCV
    from core.export.images import read_recipe  # noqa: PLC0415

    recipe = read_recipe(path) if path.suffix.lower() == ".png" and path.is_file() else None
    if recipe is None or recipe.get("what") != WHAT:
        return OpenedFile(path, coloured_photo(model, open_photo(path), edit, kept), None)
    own = read_edit(recipe, path.name)
    own = replace(own, side=own.side if own.side >= model.header.image_shape[1] else 0)
    original = _original(path, str(recipe.get("photo", "")))
    if original is not None:
        return OpenedFile(original[0], coloured_photo(model, original[1], own, kept), own)
    return OpenedFile(path, coloured_photo(model, open_photo(path), own, kept), own, is_original=False)


def shown(opened: ColouredPhoto, edit: ColourEdit) -> Shown:
    """What the canvas shows of a photo with an edit."""
    opened = opened.with_points(fitting(edit, opened.model).points)
    coloured = opened.small.picture(edit.strength / FULL, edit.saturation / FULL, to_edges=edit.edges)
    return Shown(opened, coloured, colourfulness(coloured.picture))


def whole_picture(opened: ColouredPhoto, edit: ColourEdit, progress: Progress) -> np.ndarray:
    """The same of the photo's own size, uint8 (H, W, 3)."""
    opened = opened.with_points(fitting(edit, opened.model).points)
    return opened.whole.picture(edit.strength / FULL, edit.saturation / FULL, progress, to_edges=edit.edges).picture


def recipe_of(opened: ColouredPhoto, edit: ColourEdit) -> dict[str, Any]:
    """What a saved picture says of how it was made."""
    from core.version import VERSION  # noqa: PLC0415

    made = {"what": WHAT, "program": VERSION, "checkpoint": opened.model.id, "photo": opened.photo.reference()}
    return made | fitting(edit, opened.model).to_dict()


def colourfulness(picture: np.ndarray) -> float:
    """Mean chroma of a picture uint8 (H, W, 3), in units of Lab."""
    import torch  # noqa: PLC0415 - is loaded by now, as the model is

    from core.families.colouriser.lab import mean_chroma  # noqa: PLC0415 - imports torch

    return float(mean_chroma(torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1).float() / 255.0))


def _original(path: Path, reference: str) -> tuple[Path, Photo] | None:
    """The photo that a picture was made of, where it lies beside it unchanged."""
    from core.data.photo import open_photo  # noqa: PLC0415 - loads OpenCV

    name = Path(reference.rpartition("#")[0]).name
    beside = path.parent / name
    if not name or not beside.is_file() or beside == path:
        return None
    try:
        photo = open_photo(beside)
    except DataError:
        return None
    return (beside, photo) if photo.reference() == reference else None

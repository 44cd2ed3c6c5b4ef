"""What a picture file is to Explore: framed already, an edit that was saved, or a photo with its faces. It runs in workers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.files import printable
from core.latent.session import Anchor, Session
from core.photo.inputs import read_if_framed
from core.progress import Progress
from explorer.document.loading import LoadedModel
from explorer.document.saved_edits import find_model, others_in, program_of, session_in

if TYPE_CHECKING:
    from core.faces.alignment import Eyes
    from explorer.document.photos import EditedFaces, OpenedPhoto, PhotoFile


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPicture:
    """A face of a picture file, its code, and how the model sees it."""

    anchor: Anchor
    original: np.ndarray
    generation: int  # of the model whose code it is
    path: Path | None = None  # of the person's own file
    corrected: bool = False  # the same face as before, whose eyes were corrected
    unsure: bool = False  # where its eyes are was only guessed
    note: str = ""  # what the person should know about it


@dataclass(frozen=True, slots=True)
class SavedEdit:
    """A picture that the program saved: what it shows, and the file of its model."""

    name: str
    session: Session
    model: Path | None
    photo: OpenedPhoto | None = None  # that the face is part of, if it lies beside the picture
    program: str = ""  # the version that saved it
    others: tuple[Session, ...] = ()  # other faces of the photo that were edited
    path: Path = Path()
    note: str = ""  # what the person should know about it
    leaves_out: bool = False  # what its single dimensions changed
    kept: object = None  # keeps the file on the disk where it isn't the person's own


def read_picture(
    path: Path, model: LoadedModel, runs: Path, progress: Progress, kept: object = None
) -> EncodedPicture | OpenedPhoto | SavedEdit:
    """Read a picture file.

    Args:
        path: of the file.
        model: in use.
        runs: the folder of runs, where a saved edit's model may lie.
        progress: how far the search for faces is.
        kept: keeps a file that isn't the person's own on the disk while it is referenced.

    Raises:
        CoreError: it can't be used.
    """
    name = printable(path.name)
    session = session_in(path)
    if session is not None:
        here = session.checkpoint_id == model.id
        place = Path(model.path) if here else find_model(session.checkpoint_id, runs)
        photo, others = _photo_of(session, path, progress), others_in(path, session)
        return SavedEdit(name, session, place, photo, program_of(path), others, path, kept=kept)
    framed = read_if_framed(model.header, path)
    if framed is not None:
        z = model.engine.encode(framed[None]).flat[0]
        return EncodedPicture(file_anchor(name, framed, z), framed, model.generation, None if kept else path)
    from explorer.document.photos import read_photo  # noqa: PLC0415 - loads OpenCV, off the window's thread

    return read_photo(path, progress, kept)


def file_anchor(name: str, framed: np.ndarray, z: np.ndarray) -> Anchor:
    """A picture of a file as a session's face: uint8 (H, W, C) as the model sees it, and its code (D,)."""
    digest = hashlib.sha256(np.ascontiguousarray(framed).data).hexdigest()[:8]  # tells it from others of that name
    return Anchor("file", name, f"{name}#{digest}", tuple(map(float, z)))


def encoded_face(
    photo: OpenedPhoto, eyes: Eyes, model: LoadedModel, *, corrected: bool = False, as_before: bool = False
) -> EncodedPicture:
    """The face of a photo with these eyes; `as_before` where a file of before says so (`Anchor`). Raises DataError."""
    file = photo.file
    path = file.path if file is not None and file.kept is None else None
    anchor, framed = photo.anchored(eyes, model)
    return EncodedPicture(replace(anchor, is_as_before=as_before), framed, model.generation, path, corrected)


def photo_from(file: PhotoFile, reference: str) -> OpenedPhoto:
    """A photo whose pixels were let go. Raises DataError."""
    from explorer.document.photos import read_again  # noqa: PLC0415 - loads OpenCV, off the window's thread

    return read_again(file, reference)


def edited_photo(photo: OpenedPhoto, faces: Sequence[Session], model: LoadedModel) -> EditedFaces:
    """A photo of several people with the edits of some of its faces."""
    from explorer.document.photos import with_edits  # noqa: PLC0415 - was loaded when the photo was opened

    return with_edits(photo, faces, model)


def _photo_of(session: Session, path: Path, progress: Progress) -> OpenedPhoto | None:
    """The photo that a saved edit was made of, if it lies beside it."""
    if session.anchor is None or session.anchor.kind != "photo":
        return None
    from explorer.document.photos import photo_beside  # noqa: PLC0415 - loads OpenCV

    return photo_beside(path, session.anchor, progress)

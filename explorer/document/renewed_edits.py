"""Edits that were saved with an earlier shipped model, made anew with the one that came in its place. It runs in workers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from core.errors import DataError
from core.photo.inputs import read_for_model
from core.progress import Progress
from explorer.document.loading import LoadedModel
from explorer.document.picture_files import EncodedPicture, SavedEdit, file_anchor, read_picture
from explorer.document.saved_edits import is_successor

if TYPE_CHECKING:
    from core.latent.session import Anchor, Session
    from explorer.document.photos import OpenedPhoto


def read_for(
    path: Path, model: LoadedModel, runs: Path, progress: Progress, kept: object = None
) -> EncodedPicture | OpenedPhoto | SavedEdit:
    """Read a picture file as `read_picture` does; an edit of an earlier shipped model is made anew for its successor.

    The face of a photo is encoded anew, and keeps its edits along directions. Codes of the earlier model say nothing to this one:
    of any other face the code is sought whose picture comes closest to the saved one, of which the edits are a part then. A
    `note` says which it was.

    Raises:
        CoreError: it can't be used, or is an earlier model's edit of a photo that isn't beside it.
    """
    picture = read_picture(path, model, runs, progress, kept)
    if not isinstance(picture, SavedEdit) or not is_successor(model, picture.session.checkpoint_id):
        return picture
    anchor = picture.session.anchor
    return _on_photo(picture, anchor, model) if anchor is not None and anchor.kind == "photo" else _nearest(picture, model)


def _on_photo(saved: SavedEdit, anchor: Anchor, model: LoadedModel) -> SavedEdit:
    photo = saved.photo
    if photo is None:
        text = _tr("{name} was made with an earlier model, and its photo {photo} isn't beside it.")
        raise DataError(text.format(name=saved.name, photo=anchor.label), _tr("Put both into one folder and open it again."))

    def anew(session: Session) -> Session:
        assert session.anchor is not None  # no session of a saved edit lacks one
        face, _ = photo.anchored(session.anchor.both_eyes, model)
        edits = tuple(edit for edit in session.edits if edit.kind == "direction")
        return replace(session, checkpoint_id=model.id, anchor=face, edits=edits, class_name="")

    sessions = (saved.session, *saved.others)
    text = _tr("{name} was made with an earlier model. Its edit was made anew with this one, and looks different from it.")
    leaves_out = any(edit.kind == "dimension" for session in sessions for edit in session.edits)
    if leaves_out:
        text = f"{text} {dimensions_left_out()}"
    first, *others = map(anew, sessions)
    return replace(saved, session=first, others=tuple(others), note=text.format(name=saved.name), leaves_out=leaves_out)


def _nearest(saved: SavedEdit, model: LoadedModel) -> EncodedPicture:
    from core.latent.nearest import nearest_code  # noqa: PLC0415 - off the window's thread

    picture = read_for_model(model.header, saved.path)
    z = nearest_code(model.engine, picture)
    text = _tr(
        "{name} was made with an earlier model. This one shows what comes closest to it; its edits are part of the picture now."
    )
    anchor = file_anchor(saved.name, picture, z)
    own = saved.path if saved.kept is None else None
    return EncodedPicture(anchor, picture, model.generation, own, note=text.format(name=saved.name))


def dimensions_left_out() -> str:
    """What is to be said of edits along single dimensions of an earlier model."""
    return _tr("What single dimensions changed is left out: they mean something else now.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("renewed_edits", text)

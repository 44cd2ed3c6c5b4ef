"""One edit for many picture files: each face is found, edited, and put onto its picture; failures give a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.data.photo import Photo, open_photo
from core.data.pictures import Pixels
from core.errors import DataError
from core.faces.finder import find_faces
from core.latent.directions import Direction
from core.latent.instrument import arithmetic_of
from core.latent.session import Anchor, Edit, Session
from core.photo.edit import PlacedFace, place, place_framed
from core.photo.inputs import read_if_framed
from core.progress import Progress

if TYPE_CHECKING:
    from core.latent.instrument import Instrument


@dataclass(frozen=True, slots=True, eq=False)
class EditedFile:
    """A picture with its edit.

    Attributes:
        picture: uint8 (H, W, 3), at the picture's own size.
        photo: the original, with what is to be kept of it.
        session: the face and its edits, for the recipe.
        faces: how many faces were found; the most prominent one is edited.
        sure: whether its eyes were found; if not, their usual place is assumed.
        trusted: how much of the edit it got, 0 to 1 (`core.photo.face_edit.FaceEdit.trusted`).
        by_size: how much of it is left by the face's size alone.
    """

    picture: Pixels
    photo: Photo
    session: Session
    faces: int = 1
    sure: bool = True
    trusted: float = 1.0
    by_size: float = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for a file: written to `output`, or left out for a reason."""

    file: Path
    output: Path | None = None
    reason: str = ""
    faces: int = 1
    sure: bool = True
    trusted: float = 1.0
    by_size: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class BatchEdit:
    """An edit that is put onto one picture after another.

    Attributes:
        engine: of the model.
        edits: any number, along directions and dimensions.
        directions: of the model, by name.
    """

    engine: Instrument
    edits: Sequence[Edit]
    directions: Mapping[str, Direction]

    def made(self, path: Path) -> EditedFile:
        """Edit one file. A picture framed like the training files is used as it is; in any other the face is looked for.

        Raises:
            DataError: it can't be read, or shows no face.
            CoreError: an edit that this model doesn't know.
        """
        header = self.engine.header
        photo = open_photo(path)
        framed = read_if_framed(header, path)
        if framed is not None:
            return self._edited(photo, place_framed(photo, framed, header), ("file", photo.name, ()), 1, True)
        faces = find_faces(photo.opaque)
        if not faces:
            raise DataError(f"No face was found in {photo.name}.", "Open it by itself and put the markers onto its eyes.")
        eyes = faces[0].eyes
        where = (*map(float, eyes.left), *map(float, eyes.right))
        return self._edited(photo, place(photo, eyes, header), ("photo", photo.reference(), where), len(faces), faces[0].sure)

    def _edited(
        self, photo: Photo, face: PlacedFace, what: tuple[str, str, tuple[float, ...]], faces: int, sure: bool
    ) -> EditedFile:
        before = self.engine.encode(face.framed[None]).flat[0]
        after = arithmetic_of(self.engine).edited(before, self.edits, self.directions)
        kind, reference, eyes = what
        anchor = Anchor(kind, photo.name, reference, tuple(map(float, np.asarray(before, np.float64))), eyes)
        session = Session(self.engine.id, anchor, tuple(self.edits), class_name=self.engine.class_name)
        edit = face.edit(self.engine, before)
        picture = edit.put_on(photo.pixels, face.matrix, after)
        return EditedFile(picture, photo, session, faces, sure, edit.trusted(after), edit.by_size)


def edit_files(
    job: BatchEdit,
    files: Sequence[Path],
    save: Callable[[Path, EditedFile], Path],
    progress: Progress = lambda name, done, total: None,
) -> Iterator[Outcome]:
    """Edit files one after another; one at a time is in memory.

    Args:
        job: the edit.
        files: pictures.
        save: writes an edited file; gives its path.
        progress: told the file's name, how many are done, of how many; may raise Cancelled. Files written by then stay.

    Yields:
        An outcome a file, in order. A file that can't be used is left out.

    Raises:
        CoreError: for errors that aren't one file's fault, such as a full disk.
    """
    for number, file in enumerate(files):
        progress(file.name, number, len(files))
        try:
            edited = job.made(file)
            output = save(file, edited)
        except DataError as error:
            yield Outcome(file, reason=str(error))
        else:
            yield Outcome(file, output, faces=edited.faces, sure=edited.sure, trusted=edited.trusted, by_size=edited.by_size)
    progress("", len(files), len(files))

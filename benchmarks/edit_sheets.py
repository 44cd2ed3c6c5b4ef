"""Contact sheets for the eye: edited faces beside the faces themselves, and edited ones hidden among real ones.

They show real people: they are for looking at, and are never published.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from common import note
from edited_faces import Editor, Faces
from PIL import Image

from core.checkpoint import Header
from core.data.photo import Photo, open_photo
from core.faces.alignment import Eyes, Matrix, inverse, to_frame
from core.faces.finder import find_faces
from core.photo.edit import place as place_by_eyes
from core.photo.inputs import picture_files

COUNT = 40
AMOUNTS = (50.0, 100.0, 130.0)
SEED = 13
SIDE = 256  # pixels of a face on a sheet: twice the model's frame
ROOM = 1.5  # times the model's frame: how much of a photo is shown around a face
ROWS = 5  # faces a sheet, below each other: a sheet is to be seen as a whole
BLIND_COLUMNS, BLIND_ROWS = 4, 5
LABEL = 18  # pixels above a picture


def chosen(count: int, most: int = COUNT) -> np.ndarray:
    """Which of so many are shown: always the same ones, in rising order."""
    return np.sort(np.random.default_rng(SEED).permutation(count)[:most])


def larger(picture: np.ndarray, side: int = SIDE) -> np.ndarray:
    """A face at twice its size, in colours: smoothly, so that no pixel's border is taken for a fault of the edit."""
    drawn = cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.repeat(drawn.reshape(side, side, -1), 3, axis=2) if picture.shape[2] == 1 else drawn


def labelled(picture: np.ndarray, text: str) -> np.ndarray:
    """A picture with a line of small text above it."""
    line = np.full((LABEL, picture.shape[1], 3), 255, np.uint8)
    cv2.putText(line, text, (3, LABEL - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return np.concatenate([line, picture])


def write_rows(folder: Path, name: str, rows: Iterable[tuple[str, Sequence[np.ndarray]]], amounts: Sequence[float]) -> int:
    """Sheets NAME-1.png, NAME-2.png, ... with a face a row: as it is, then edited by each amount; how many faces that were."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for number, (text, pictures) in enumerate(rows, start=1):
        heads = [f"{number}: {text}", *(f"{amount:g} %" for amount in amounts)]
        drawn.append(np.concatenate([labelled(one, head) for one, head in zip(pictures, heads, strict=True)], axis=1))
    for sheet, start in enumerate(range(0, len(drawn), ROWS), start=1):
        Image.fromarray(np.concatenate(drawn[start : start + ROWS])).save(folder / f"{name}-{sheet}.png")
    return len(drawn)


def write_faces(folder: Path, name: str, faces: Faces, editor: Editor, sign: float) -> int:
    """Sheets of held-out faces at AMOUNTS, at twice their size."""
    rows = chosen(len(faces.pictures))
    columns = [faces.pictures[rows], *(editor.edited(faces.pictures[rows], sign * amount) for amount in AMOUNTS)]
    shown = [(faces.files[row], [larger(column[place]) for column in columns]) for place, row in enumerate(rows)]
    return write_rows(folder, name, shown, [sign * amount for amount in AMOUNTS])


def write_blind(folder: Path, name: str, edited: np.ndarray, faces: Faces, real: Faces) -> int:
    """Edited faces shuffled among as many real ones of the wanted class, without a word; which is which stands in NAME-key.json.

    Args:
        folder: where to.
        name: of the sheets and the key.
        edited: the edited faces, row for row those of `faces`.
        faces: before the edit.
        real: of the wanted class.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = min(COUNT, len(edited), len(real.pictures))
    rows, others = chosen(len(edited), count), chosen(len(real.pictures), count)
    mixed = [(edited[row], "edited", faces.files[row]) for row in rows]
    mixed += [(real.pictures[row], "real", real.files[row]) for row in others]
    mixed = [mixed[place] for place in np.random.default_rng(SEED + 1).permutation(len(mixed))]
    cells = [labelled(larger(picture), str(number)) for number, (picture, _, _) in enumerate(mixed, start=1)]
    blank = np.full_like(cells[0], 255)
    each = BLIND_COLUMNS * BLIND_ROWS
    for sheet, start in enumerate(range(0, len(cells), each), start=1):
        part = cells[start : start + each]
        part += [blank] * (-len(part) % BLIND_COLUMNS)
        lines = [np.concatenate(part[at : at + BLIND_COLUMNS], axis=1) for at in range(0, len(part), BLIND_COLUMNS)]
        Image.fromarray(np.concatenate(lines)).save(folder / f"{name}-{sheet}.png")
    key = {number: {"is": kind, "file": file} for number, (_, kind, file) in enumerate(mixed, start=1)}
    (folder / f"{name}-key.json").write_text(json.dumps(key, indent=1) + "\n", encoding="utf-8")
    return len(cells)


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFace:
    """The most prominent face of a photo: the photo, its eyes, from its pixels to the model's frame, and the face there."""

    photo: Photo
    eyes: Eyes
    matrix: Matrix
    framed: np.ndarray


def photo_faces(folder: Path, header: Header, limit: int = 0) -> list[PhotoFace]:
    """The faces of a folder's photos, in an order that is always the same; photos in which no eyes are seen are passed over."""
    files = picture_files(folder)
    order = np.random.default_rng(SEED).permutation(len(files))[: limit or None]
    found = []
    for place in order:
        photo = open_photo(files[place])
        faces = [face for face in find_faces(photo.opaque) if face.sure]
        if faces:
            placed = place_by_eyes(photo, faces[0].eyes, header)
            found.append(PhotoFace(photo, faces[0].eyes, placed.matrix, placed.framed))
    note(f"{len(found)} of {len(order)} photos show a face")
    return found


def write_photos(folder: Path, name: str, faces: Sequence[PhotoFace], editor: Editor, sign: float) -> int:
    """Sheets of photos at AMOUNTS, at twice the size of the model's frame, and each photo's face at its own size, before and after.

    The second kind lies in the folder NAME, a file a photo: the photo beside itself at 100 %.
    """
    own = folder / name
    own.mkdir(parents=True, exist_ok=True)
    size = editor.engine.header.image_shape[1]
    rows = []
    for number, face in enumerate(faces[:COUNT], start=1):
        pictures = [face.photo.pixels]
        pictures += [editor.edited_photo(face.photo, face.eyes, sign * amount) for amount in AMOUNTS]
        rows.append((face.photo.name, [wider(one, face.matrix, size) for one in pictures]))
        part = around(face, size)
        beside = np.concatenate([pictures[0][part], pictures[AMOUNTS.index(100.0) + 1][part]], axis=1)
        Image.fromarray(beside).save(own / f"{number:02}-{Path(face.photo.name).stem}.png")
    return write_rows(folder, name, rows, [sign * amount for amount in AMOUNTS])


def wider(pixels: np.ndarray, matrix: Matrix, size: int) -> np.ndarray:
    """A photo's face upright with some room around it, twice as large as in the model's frame of that size."""
    side = round(ROOM * SIDE)
    scale = SIDE / size
    shown = scale * matrix
    shown[:, 2] += (scale - 1.0) / 2.0 + (side - SIDE) / 2.0
    return to_frame(pixels, shown, side)


def around(face: PhotoFace, size: int) -> tuple[slice, slice]:
    """Rows and columns of the photo that show its face with some room."""
    back = inverse(face.matrix)
    reach = ROOM * size / 2.0
    corners = size / 2.0 + np.array([[-reach, -reach], [reach, -reach], [-reach, reach], [reach, reach]])
    there = corners @ back[:, :2].T + back[:, 2]
    (left, top), (right, bottom) = np.floor(there.min(0)).astype(int), np.ceil(there.max(0)).astype(int)
    return slice(max(0, top), max(1, bottom)), slice(max(0, left), max(1, right))

"""Held-out faces in the model's frame, and the one place where the benchmarks edit them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data.dataset import FaceData, batch
from core.data.photo import Photo
from core.faces.alignment import Eyes
from core.latent.directions import Direction, move
from core.latent.engine import LatentEngine
from core.photo.edit import PlacedFace, photo_gain, place


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Some faces of a data set, N of them.

    Attributes:
        pictures: uint8 (N, S, S, C), in the model's frame.
        persons: (N,), whose they are; each picture is somebody else's where the data don't say.
        files: their names in the data set.
    """

    pictures: np.ndarray
    persons: np.ndarray
    files: tuple[str, ...]


def held_out(data: FaceData, attribute: str, has_it: bool, limit: int = 0) -> Faces:
    """Validation pictures with (without) an attribute, in the data's order; with a limit, so many of them by chance."""
    labels = data.attribute(attribute)
    rows = np.array([row for row in data.split.valid if labels[row] == float(has_it)], np.int64)
    if limit:
        rows = np.sort(np.random.default_rng(0).permutation(rows)[:limit])
    return faces_of(data, rows)


def faces_of(data: FaceData, rows: np.ndarray) -> Faces:
    """Some rows of a data set."""
    persons = rows if data.index.persons is None else np.asarray(data.index.persons)[rows]
    return Faces(batch(data.images, rows), persons, tuple(data.index.files[row] for row in rows))


@dataclass(frozen=True, slots=True, eq=False)
class Editor:
    """Edits along one direction of a model, as the program puts them onto photos."""

    engine: LatentEngine
    direction: Direction

    def edited(self, pictures: np.ndarray, amount: float) -> np.ndarray:
        """Faces in the model's frame, uint8 (N, S, S, C), each edited by so many percent.

        Everything that the benchmarks say about edits put onto aligned faces is about what this gives.
        """
        gain = photo_gain(self.engine.header)
        codes = self.engine.encode(pictures).mean
        made = []
        for picture, before, after in zip(pictures, codes, move(codes, self.direction, amount), strict=True):
            colours = np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture
            placed = PlacedFace(Photo("", colours), np.eye(2, 3), picture, gain)
            made.append(placed.edited(self.engine, before, after)[..., : picture.shape[2]])
        return np.stack(made)

    def edited_photo(self, photo: Photo, eyes: Eyes, amount: float) -> np.ndarray:
        """A photo at its own size, uint8 (H, W, 3), whose face with these eyes is edited by so many percent."""
        placed = place(photo, eyes, self.engine.header)
        before = self.engine.encode(placed.framed[None]).mean[0]
        return placed.edited(self.engine, before, move(before, self.direction, amount))

    def decoded(self, pictures: np.ndarray, amount: float) -> np.ndarray:
        """What the model draws of faces (N, S, S, C), moved by so many percent; uint8 of the same shape."""
        codes = move(self.engine.encode(pictures).mean, self.direction, amount)
        return np.concatenate([self.engine.decode(part) for part in np.array_split(codes, max(1, len(codes) // 32))])

    def asked(self, pictures: np.ndarray, amount: float) -> np.ndarray:
        """How far along the direction faces are to go, (N,)."""
        codes = self.engine.encode(pictures).mean
        return self.direction.position(move(codes, self.direction, amount)) - self.direction.position(codes)

    def seen(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """How far along the direction the model finds faces gone, (N,)."""
        positions = [self.direction.position(self.engine.encode(one).mean) for one in (before, after)]
        return positions[1] - positions[0]


def read_pictures(path: Path, faces: Faces) -> np.ndarray:
    """Ready-made edits of some faces: uint8 (A, N, S, S, C), of A rising amounts of which the last one is 100 %.

    Raises:
        SystemExit: the file holds something else; it says what.
    """
    try:
        made = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SystemExit(f"{path} can't be read as an array of numpy: {error}") from None
    if made.ndim == faces.pictures.ndim:
        made = made[None]
    if made.dtype != np.uint8 or made.ndim != 5 or made.shape[1:] != faces.pictures.shape:
        wanted = "x".join(map(str, faces.pictures.shape))
        raise SystemExit(
            f"{path} holds {made.dtype} of {'x'.join(map(str, made.shape))}; {wanted} of uint8 are wanted (see --list)."
        )
    return made


def write_list(folder: Path, name: str, faces: Faces) -> None:
    """Faces and the names of their files, for what is to edit them: NAME.npy and NAME.txt."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{name}.npy", faces.pictures)
    (folder / f"{name}.txt").write_text("".join(f"{file}\n" for file in faces.files), encoding="utf-8")

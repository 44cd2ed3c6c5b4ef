"""What a person marks while teaching a direction, and the faces that are there to be marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.data.dataset import FaceData, batch
from core.latent.arithmetic import typical
from core.latent.directions import Direction
from core.latent.examples import least_sure, teach
from core.latent.face_regions import ANYWHERE, part_priors
from explorer.document.framing import fits
from explorer.document.loading import LoadedModel
from explorer.tasks import Progress

SAMPLES = 240  # of the prior: decoded in a second or two
PICTURES = 480  # of the opened data: encoded in a few seconds
BACKGROUND = 2000  # codes of the prior; they cost nothing
DECODED_AT_ONCE = 8
ENCODED_AT_ONCE = 16
SEED = 20


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Faces that can be marked, N of them."""

    codes: np.ndarray  # (N, D)
    pictures: np.ndarray  # (N, H, W, C) uint8
    names: tuple[str, ...]
    background: np.ndarray  # (B, D): how the faces lie in the latent
    priors: Mapping[str, np.ndarray]  # part of the face -> (D, D), see core.latent.face_regions
    are_samples: bool  # of the prior; else pictures

    def kept(self, rows: list[int], others: Candidates) -> Candidates:
        """Some of these faces, then others; how faces lie is told by the others."""
        names = [self.names[row] for row in rows]
        new = [row for row, name in enumerate(others.names) if name not in set(names)]
        return replace(
            others,
            codes=np.concatenate([self.codes[rows], others.codes[new]]),
            pictures=np.concatenate([self.pictures[rows], others.pictures[new]]),
            names=(*names, *(others.names[row] for row in new)),
        )


def gather(
    model: LoadedModel, data: FaceData | None, turn: int, progress: Progress, before: Candidates | None = None
) -> Candidates:
    """Faces to mark: some of the opened pictures where they fit the model, else samples of its prior. Runs in a worker.

    Args:
        model: whose codes.
        data: the opened pictures.
        turn: 0, 1, ...: other faces each time.
        progress: told how far; may raise Cancelled.
        before: faces of the same model, of whose priors use is made again.
    """
    engine, seed = model.engine, SEED + turn
    if data is None or not fits(model, data):
        codes = typical(engine.sample(SAMPLES, seed))
        drawn = []
        for start in range(0, SAMPLES, DECODED_AT_ONCE):
            progress("Drawing pictures", start, SAMPLES)
            drawn.append(engine.decode(codes[start : start + DECODED_AT_ONCE]))
        names = tuple(f"{seed}/{number + 1}" for number in range(SAMPLES))
        background = engine.sample(BACKGROUND, SEED - 1)
        priors = before.priors if before is not None else _priors(model, background, progress)
        return Candidates(codes, np.concatenate(drawn), names, background, priors, are_samples=True)
    rows = np.random.default_rng(seed).permutation(len(data.images))[:PICTURES]
    pictures = batch(data.images, rows)
    codes = _encoded(model, pictures, progress)
    priors = before.priors if before is not None else _priors(model, codes, progress)
    return Candidates(codes, pictures, tuple(data.index.files[row] for row in rows), codes, priors, are_samples=False)


def encoded_anew(candidates: Candidates, model: LoadedModel, progress: Progress) -> Candidates:
    """The same faces as another model sees them, which must be of the same picture size. Runs in a worker."""
    codes = _encoded(model, candidates.pictures, progress)
    return replace(candidates, codes=codes, background=codes, priors=_priors(model, codes, progress))


def _encoded(model: LoadedModel, pictures: np.ndarray, progress: Progress) -> np.ndarray:
    found = []
    for start in range(0, len(pictures), ENCODED_AT_ONCE):
        progress("Encoding pictures", start, len(pictures))
        found.append(model.engine.encode(pictures[start : start + ENCODED_AT_ONCE]).flat)
    return np.concatenate(found)


def _priors(model: LoadedModel, background: np.ndarray, progress: Progress) -> dict[str, np.ndarray]:
    from core.faces.alignment import frame_from  # noqa: PLC0415 - loads OpenCV

    return part_priors(model.engine.decode, background.mean(axis=0), frame_from(model.header.data.get("frame")), progress)


class Lesson:
    """The marks on some faces, with their history; and what they teach.

    `part`: where in the face it shows, one of `core.latent.face_regions`; ANYWHERE finds out by itself.
    """

    def __init__(self, faces: Candidates) -> None:
        self.faces = faces
        self._marks: dict[int, bool] = {}
        self._history: list[tuple[int, bool | None]] = []
        self._skipped: set[int] = set()
        self.part = ANYWHERE

    @property
    def with_it(self) -> list[int]:
        """The faces marked +."""
        return [face for face, has_it in self._marks.items() if has_it]

    @property
    def without(self) -> list[int]:
        """The faces marked −."""
        return [face for face, has_it in self._marks.items() if not has_it]

    @property
    def can_undo(self) -> bool:
        """Whether there is a mark to take back."""
        return bool(self._history)

    def mark_of(self, face: int) -> bool | None:
        """True: it has it, False: it hasn't, None: nobody said."""
        return self._marks.get(face)

    def mark(self, face: int, has_it: bool | None) -> bool:
        """Mark a face, or take its mark away (None); False where nothing changes."""
        before = self._marks.get(face)
        if before is has_it:
            return False
        self._history.append((face, before))
        self._set(face, has_it)
        return True

    def undo(self) -> int | None:
        """Take the last mark back; gives its face, None where there is none."""
        if not self._history:
            return None
        face, before = self._history.pop()
        self._set(face, before)
        return face

    def skip(self, face: int) -> None:
        """Don't ask about a face any more."""
        self._skipped.add(face)

    def direction(self, name: str, checkpoint_id: str) -> Direction | None:
        """What the marks teach so far; None without any."""
        if not self._marks:
            return None
        codes, priors = self.faces.codes, self.faces.priors
        if self.part in priors:
            priors = {self.part: priors[self.part]}
        return teach(
            codes[self.with_it], codes[self.without], self.faces.background, name, priors=priors, checkpoint_id=checkpoint_id
        )

    def question(self, direction: Direction | None) -> int | None:
        """The unmarked face of which the direction is least sure; None once all are marked or skipped."""
        asked = np.ones(len(self.faces.codes), bool)
        asked[[*self._marks, *self._skipped]] = False
        return least_sure(self.faces.codes, direction, self.faces.background, asked)

    def by_likelihood(self, direction: Direction) -> np.ndarray:
        """All faces, those most likely with it first, (N,) numbers."""
        return np.argsort(-direction.position(self.faces.codes), kind="stable")

    def moved_to(self, faces: Candidates) -> Lesson:
        """The same marks on the same faces, whose codes are others now."""
        made = Lesson(faces)
        made.part = self.part
        made._marks, made._history, made._skipped = dict(self._marks), list(self._history), set(self._skipped)
        return made

    def among(self, others: Candidates) -> Lesson:
        """The marked faces with their marks, then other faces to mark."""
        rows = list(self._marks)
        made = Lesson(self.faces.kept(rows, others))
        made.part = self.part
        places = {row: place for place, row in enumerate(rows)}
        made._marks = {places[row]: has_it for row, has_it in self._marks.items()}
        made._history = [(places[row], before) for row, before in self._history if row in places]
        return made

    def _set(self, face: int, has_it: bool | None) -> None:
        self._marks.pop(face, None)  # the one marked last stands last
        if has_it is not None:
            self._marks[face] = has_it

"""How many marked faces a direction needs: held-out AUC by the number of marks, for ways to learn from so few.

For each attribute a person is played who marks faces out of `--faces` training pictures, half with and half without; the direction
then orders the held-out pictures. Numbers are means over the attributes, and over `--trials` draws of those faces each.

- `mean`: the difference of the means. `shrunk`: that, divided by the spread of the faces' codes (linear discriminant analysis
  with a ridge). `logistic`: logistic regression with a quadratic penalty.
- `anywhere`: `core.latent.examples.teach` with the priors of all parts of the face. `part`: with that of the part in which the
  attribute shows, as a person would say it.
- `asked`: like `anywhere`, but after two marks of each kind the faces are those that `least_sure` asks about; `asked_part`: the
  same with the part.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from common import draw_pictures, note, own_places, parser, report

from core import checkpoint
from core.data.dataset import FaceData
from core.evaluate import load_data
from core.faces.alignment import frame_from
from core.latent.data_codes import encode_rows
from core.latent.engine import LatentEngine
from core.latent.examples import least_sure, teach
from core.latent.face_regions import EYES, FACE, HAIR, MOUTH, part_priors
from core.metrics.direction_quality import auc

MARKS = (2, 4, 6, 10, 16, 24, 40)
ASKED_AFTER = 4
DRAWN, DRAWN_QUICK = 4000, 300  # faces, where no data are given
RIDGE = 1.0  # of the mean variance
C = 0.1  # of the logistic regression, on codes of unit spread
SHOWS = {
    "smile": MOUTH, "mouth_open": MOUTH, "beard": MOUTH, "eyeglasses": EYES, "long_hair": HAIR, "bald": HAIR, "male": FACE,
    "dark_skin": FACE, "looking_left": FACE,
}  # fmt: skip

Learn = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Codes with it, without it, and of all faces -> the direction."""


def mean(with_it: np.ndarray, without: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """The difference of the means."""
    return with_it.mean(axis=0) - without.mean(axis=0)


def shrunk(with_it: np.ndarray, without: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """The difference of the means over the faces' spread."""
    spread = np.cov(faces.T)
    ridge = RIDGE * np.trace(spread) / len(spread)
    return np.linalg.solve(spread + ridge * np.eye(len(spread)), mean(with_it, without, faces))


def logistic(with_it: np.ndarray, without: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """The normal of a logistic regression."""
    from sklearn.linear_model import LogisticRegression

    codes = (np.concatenate([with_it, without]) - faces.mean(axis=0)) / faces.std()
    found = LogisticRegression(C=C, max_iter=1000).fit(codes, np.repeat([1, 0], [len(with_it), len(without)]))
    return np.asarray(found.coef_[0])


def taught_with(priors: dict[str, np.ndarray]) -> Learn:
    """The program's own way."""

    def learn(with_it: np.ndarray, without: np.ndarray, faces: np.ndarray) -> np.ndarray:
        return teach(with_it, without, faces, "x", priors=priors).unit

    return learn


def asked_marks(codes: np.ndarray, has_it: np.ndarray, first: list[int], most: int, priors: dict[str, np.ndarray]) -> list[int]:
    """Which faces are marked where each one but the first few is the one asked about."""
    marked = list(first)
    may_ask = np.ones(len(codes), bool)
    while len(marked) < most:
        may_ask[marked] = False
        rows = np.array(marked)
        taught = teach(codes[rows[has_it[rows]]], codes[rows[~has_it[rows]]], codes, "x", priors=priors)
        asked = least_sure(codes, taught, codes, may_ask)
        assert asked is not None
        marked.append(asked)
    return marked


def main() -> None:
    """Run it."""
    options = parser("How many marked faces a direction needs.")
    options.add_argument("--checkpoint", default="", metavar="C", help="the shipped `faces` by default (with --data), else `drawn`")
    options.add_argument("--data", default="", metavar="SOURCE", help="labelled pictures framed for it; drawn faces by default")
    options.add_argument("--faces", type=int, default=480, metavar="N", help="to mark some of")
    options.add_argument("--trials", type=int, default=0, metavar="N", help="draws of those faces; 20 by default")
    given = options.parse_args()
    trials = given.trials or (2 if given.quick else 20)
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        if not given.data:
            os.environ.update(own_places(Path(own)))
            draw_pictures(Path(own) / "drawn", DRAWN_QUICK if given.quick else DRAWN)
        engine = LatentEngine.load(checkpoint.find(given.checkpoint or ("faces" if given.data else "drawn")))
        data = load_data(engine.header, given.data or str(Path(own) / "drawn"), lambda *_: None)
        report(measure(engine, data, trials, given.faces, given.quick), given.json)


def measure(engine: LatentEngine, data: FaceData, trials: int, count: int, quick: bool) -> dict[str, Any]:
    """The numbers."""
    rng = np.random.default_rng(0)
    pool = np.sort(rng.permutation(data.split.train)[: (600 if quick else 2000)])
    held_out = np.sort(rng.permutation(data.split.valid)[: (300 if quick else 1000)])
    codes, seen = (encode_rows(engine, data.images, rows).mean for rows in (pool, held_out))
    priors = part_priors(engine.decode, codes.mean(axis=0), frame_from(engine.header.data.get("frame")))
    names = [name for name in SHOWS if name in data.attribute_names()]
    scores: dict[str, dict[int, list[float]]] = {}
    for name in names:
        labels, truth = data.attribute(name)[pool] > 0.5, data.attribute(name)[held_out] > 0.5
        own = {"anywhere": priors, "part": {SHOWS[name]: priors[SHOWS[name]]}}
        ways = {"mean": mean, "shrunk": shrunk, "logistic": logistic} | {way: taught_with(some) for way, some in own.items()}
        ways |= {"asked": ways["anywhere"], "asked_part": ways["part"]}
        aucs: dict[str, dict[int, list[float]]] = {way: {marks: [] for marks in MARKS} for way in ways}
        for trial in range(trials):
            rows = np.random.default_rng([trial]).permutation(len(pool))[:count]
            faces, has_it = codes[rows], labels[rows]
            kinds = [np.flatnonzero(has_it), np.flatnonzero(~has_it)]
            pairs = min(MARKS[-1] // 2, *map(len, kinds))
            turns = np.stack([kind[:pairs] for kind in kinds], axis=1).ravel()  # with it, without, with it, ...
            if len(turns) < ASKED_AFTER:
                continue
            marked = dict.fromkeys(ways, turns)
            for way, learnt in (("asked", "anywhere"), ("asked_part", "part")):
                first = [int(face) for face in turns[:ASKED_AFTER]]
                marked[way] = np.array(asked_marks(faces, has_it, first, MARKS[-1], own[learnt]))
            for way, learn in ways.items():
                for marks in MARKS:
                    chosen = marked[way][:marks]
                    if len(chosen) == marks <= len(turns):  # of every way the same trials
                        along = learn(faces[chosen[has_it[chosen]]], faces[chosen[~has_it[chosen]]], faces)
                        aucs[way][marks].append(auc(seen @ along, truth))
        known = {way: {marks: float(np.mean(found)) for marks, found in by.items() if found} for way, by in aucs.items()}
        note(f"{name}: " + "; ".join(f"{way} " + " ".join(f"{v:.2f}" for v in by.values()) for way, by in known.items()))
        for way, by in known.items():
            for marks, value in by.items():
                scores.setdefault(way, {}).setdefault(marks, []).append(value)
    found = {way: {marks: round(float(np.mean(values)), 3) for marks, values in by.items()} for way, by in scores.items()}
    needed = {
        way: {str(goal): next((marks for marks, value in by.items() if value >= goal), None) for goal in (0.7, 0.8, 0.9)}
        for way, by in found.items()
    }
    return {"attributes": names, "trials": trials, "held_out": len(held_out), "auc_by_marks": found, "marks_needed": needed}


if __name__ == "__main__":
    main()

"""Do edits do what they say, and nothing else? On held-out persons, judged by a classifier that knows no latent.

- `flip_rate`: of the faces without the attribute, the share that the judge says has it after `--amount 100` ("smile"), and of
  those with it, the share that it says is without after -100 ("-smile"); `photo` is the edit put onto the photo, `model` the
  decoded face.
- `upper_face_psnr` (dB): rows 0 to 55 of 128 of the model's frame, before and after, from the mean squared error over all faces.
- `monotone_share`: faces whose score rises (falls) at each of 20, 40, 60, 80, 100 %.
- `decoded_told`: of the unedited decoded faces with the attribute ("smile") and without it ("-smile"), the share that the judge
  tells rightly: how much of the attribute decoding keeps.
- `others_changed`: mean change of the judged probability of the other attributes.
- `slope`: how far the model finds the result moved along the direction, relative to what was asked (median over faces): what it
  sees of an edit put onto a photo, and of its own drawing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import face_judge
import numpy as np
from common import note, parser, report
from PIL import Image

from core import checkpoint
from core.commands.model import load_data
from core.config import DataConfig
from core.data.alignment import Frame, frame_from, to_frame
from core.data.dataset import FaceData, load
from core.data.eye_frame import measured_frame
from core.data.photo import open_photo
from core.latent.directions import Direction, from_dict, move
from core.latent.engine import LatentEngine
from core.latent.inputs import read_for_model
from core.latent.photo_edit import PlacedFace, place_framed

NAMES = ("smile", "male", "mouth_open", "eyeglasses")
UPPER = 56 / 128  # of the frame's rows
AMOUNTS = (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
EPOCHS = 14
SHEET_SIDE = 160


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A held-out picture: its place in the model's frame, its code, and its decoded self."""

    placed: PlacedFace
    z: np.ndarray
    has_it: bool


def make_judge(data: FaceData, frame: Frame, other: str, epochs: int, file: str) -> face_judge.Judge:
    """The judge: kept from an earlier time, or trained on the training persons and another data set."""
    judge = face_judge.kept(Path(file), NAMES) if file else None
    if judge is not None:
        return judge
    parts = [face_judge.labelled(data, data.split.train, frame, NAMES)]
    if other:
        more = load(DataConfig(source=other, image_size=64))
        measured = frame_from(measured_frame(more))
        parts.append(face_judge.labelled(more, np.arange(len(more.images)), measured, NAMES))
    whole = face_judge.Labelled(np.concatenate([part.windows for part in parts]), np.concatenate([part.labels for part in parts]))
    judge = face_judge.train(whole, NAMES, epochs)
    if file:
        face_judge.keep(Path(file), judge)
    return judge


def held_out_faces(engine: LatentEngine, data: FaceData, attribute: str, limit: int) -> list[Face]:
    """The validation pictures whose attribute is known."""
    labels = data.attribute(attribute)
    rows = [row for row in data.split.valid if not np.isnan(labels[row])]
    if limit:
        rows = [int(row) for row in np.random.default_rng(0).permutation(rows)[:limit]]
    faces = []
    for row in rows:
        path = Path(data.index.root) / data.index.files[row]
        framed = read_for_model(engine.header, path)
        z = engine.encode(framed[None]).mean[0]
        faces.append(Face(place_framed(open_photo(path), framed, engine.header), z, bool(labels[row] > 0.5)))
    return faces


def framed_part(face: PlacedFace, pixels: np.ndarray) -> np.ndarray:
    """The model's frame of an edited photo, cut out untouched where that is possible."""
    size = face.framed.shape[0]
    left, top = -face.matrix[:, 2]
    if np.array_equal(face.matrix[:, :2], np.eye(2)) and left == int(left) and top == int(top):
        return pixels[int(top) : int(top) + size, int(left) : int(left) + size]
    return to_frame(pixels, face.matrix, size)


class Outcome:
    """What the judge says of edited faces of one kind, at one size."""

    def __init__(self, judge: face_judge.Judge, frame: Frame, wanted: bool) -> None:
        self._judge, self._frame, self._wanted = judge, frame, wanted
        self._logits: list[np.ndarray] = []  # (amounts, names) a face
        self._squares: list[float] = []
        self._slopes: list[float] = []

    def add(self, pictures: list[np.ndarray], slope: float) -> None:
        """One face at all amounts, the unedited one first."""
        self._slopes.append(slope)
        self._logits.append(self._judge.logits(np.stack([face_judge.window(one, self._frame) for one in pictures])))
        rows = round(UPPER * pictures[0].shape[0])
        difference = pictures[-1][:rows].astype(np.float64) - pictures[0][:rows]
        self._squares.append(float(np.square(difference / 255.0).mean()))

    def result(self) -> dict[str, Any]:
        """The numbers."""
        logits = np.stack(self._logits)
        score = logits[..., 0] if self._wanted else -logits[..., 0]
        chance = 1.0 / (1.0 + np.exp(-logits))
        return {
            "flip_rate": round(float((score[:, -1] > 0).mean()), 4),
            "upper_face_psnr": round(float(-10 * np.log10(max(np.mean(self._squares), 1e-12))), 2),
            "monotone_share": round(float((np.diff(score, axis=1) > 0).all(axis=1).mean()), 4),
            "others_changed": {
                name: round(float(np.abs(chance[:, -1, place] - chance[:, 0, place]).mean()), 4)
                for place, name in enumerate(NAMES)
                if place
            },
            "slope": round(float(np.median(self._slopes)), 3),
            "faces": len(score),
        }


def measure(
    engine: LatentEngine,
    direction: Direction,
    faces: list[Face],
    judge: face_judge.Judge,
    onto: Callable[[Face, list[np.ndarray]], list[np.ndarray]],
) -> dict[str, dict[str, Any]]:
    """Results by the sign of the amount and by size.

    Args:
        engine: the model.
        direction: what is moved along.
        faces: the held-out ones.
        judge: who judges.
        onto: the photos of a face with each of some codes.
    """
    frame = frame_from(engine.header.data.get("frame"))
    found: dict[str, dict[str, Any]] = {}
    for sign, name in ((1.0, direction.name), (-1.0, f"-{direction.name}")):
        chosen = [face for face in faces if face.has_it == (sign < 0)]
        outcomes = {size: Outcome(judge, frame, sign > 0) for size in ("photo", "model")}
        begun = time.perf_counter()
        for face in chosen:
            codes = [move(face.z, direction, sign * amount) for amount in AMOUNTS]
            asked = float(direction.position(codes[-1]) - direction.position(face.z))
            drawn = list(engine.decode(np.stack(codes)))
            photos = [framed_part(face.placed, pixels) for pixels in onto(face, codes)]
            for size, pictures in (("model", drawn), ("photo", photos)):
                before, after = direction.position(engine.encode(np.stack([pictures[0], pictures[-1]])).mean)
                outcomes[size].add(pictures, float(after - before) / asked)
        note(f"{name}: {len(chosen)} faces, {time.perf_counter() - begun:.0f} s")
        found[name] = {size: outcome.result() for size, outcome in outcomes.items()}
    return found


def decoded_told(engine: LatentEngine, faces: list[Face], judge: face_judge.Judge, name: str) -> dict[str, float]:
    """How many of the unedited decoded faces the judge tells rightly, with the attribute and without it."""
    frame = frame_from(engine.header.data.get("frame"))
    found = {}
    for sign, key in ((1.0, name), (-1.0, f"-{name}")):
        windows = [face_judge.window(engine.decode(face.z[None])[0], frame) for face in faces if face.has_it == (sign > 0)]
        found[key] = round(float((sign * judge.logits(np.stack(windows))[:, 0] > 0).mean()), 4)
    return found


def contact_sheet(engine: LatentEngine, direction: Direction, faces: list[Face], path: Path) -> None:
    """Faces as they are, edited photos, decoded edits: to be looked at, not to be published."""
    rows = []
    for face in faces:
        sign = -1.0 if face.has_it else 1.0
        after = [move(face.z, direction, sign * amount) for amount in (60.0, 100.0, 150.0)]
        pictures = [framed_part(face.placed, face.placed.edited(engine, face.z, code)) for code in (face.z, *after)]
        pictures += list(engine.decode(np.stack([face.z, after[1]])))
        rows.append(np.concatenate([cv2.resize(one, (SHEET_SIDE, SHEET_SIDE)) for one in pictures], axis=1))
    Image.fromarray(np.concatenate(rows)).save(path)


def main() -> None:
    """Run it."""
    options = parser("Do edits do what they say, and nothing else?")
    options.add_argument("--checkpoint", default="", metavar="C", help="the shipped `faces` by default (with --data), else `drawn`")
    options.add_argument("--data", default="", metavar="SOURCE", help="what the model was trained on; drawn faces by default")
    options.add_argument("--judge-data", default="", metavar="SOURCE", help="another labelled data set for the judge")
    options.add_argument("--judge", default="", metavar="FILE", help="keep the judge there, and use it again")
    options.add_argument("--limit", type=int, default=0, metavar="N", help="of held-out faces; all by default")
    options.add_argument("--sheet", default="", metavar="FILE", help="also write a contact sheet of 24 faces, to look at")
    given = options.parse_args()
    engine = LatentEngine.load(checkpoint.find(given.checkpoint or ("faces" if given.data else "drawn")))
    source, limit = given.data or "demo", given.limit or (40 if given.quick else 0)
    data = load_data(engine.header, source, lambda *_: None)
    if given.quick:
        few = np.random.default_rng(0).permutation(data.split.train)[:1200]
        data = replace(data, split=replace(data.split, train=np.sort(few)))
    frame = frame_from(engine.header.data.get("frame"))
    judge = make_judge(data, frame, given.judge_data, 3 if given.quick else EPOCHS, given.judge)
    judged = face_judge.accuracy(judge, face_judge.labelled(data, data.split.valid, frame, NAMES))
    direction = from_dict(next(values for values in engine.header.directions if values["name"] == "smile"))
    faces = held_out_faces(engine, data, "smile", limit)
    found = measure(
        engine, direction, faces, judge, lambda face, codes: [face.placed.edited(engine, face.z, code) for code in codes]
    )
    result: dict[str, Any] = {"judge_accuracy": judged, "faces": len(faces)}
    result["decoded_told"] = decoded_told(engine, faces, judge, direction.name)
    for key in ("flip_rate", "upper_face_psnr", "monotone_share", "others_changed", "slope"):
        result[key] = {name: {size: values[key] for size, values in sizes.items()} for name, sizes in found.items()}
    if given.sheet:
        contact_sheet(
            engine, direction, [faces[i] for i in np.random.default_rng(1).permutation(len(faces))[:24]], Path(given.sheet)
        )
    report(result, given.json)


if __name__ == "__main__":
    main()

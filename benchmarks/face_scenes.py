"""Made-up scenes for training the face finder: CelebA's aligned faces at random places, sizes and tilts, before what is no face.

The aligned pictures hold their eyes at (69, 112) and (108, 112) of 178 x 218 pixels, so nobody had to draw a box.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from eye_finder import ALIGNED, drawn_face
from PIL import Image
from sklearn.datasets import load_sample_images

from core.data.index import scan
from core.data.split import make_split
from core.faces.alignment import Eyes
from core.faces.finder import LEAST_PIXELS, SEARCHES, cascade_boxes

VALID_FRACTION = 0.25  # of `celeba`: held out by the shipped model, and here
WIDTH_IN_EYES = 1.0 / 0.38  # of a face's box, in eye distances
FULL = (178, 218)
FACE = WIDTH_IN_EYES * ALIGNED.distance  # width of the box in an aligned picture of full size
MIDDLE = np.array([88.5, 112.0 + 0.1 * FACE])  # of that box
DRAWN = 400  # of the drawn faces


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """A picture with one face, grey, and where its eyes are."""

    grey: np.ndarray  # uint8 (H, W)
    eyes: Eyes

    @property
    def middle(self) -> np.ndarray:
        """Of its face's box, (2,)."""
        (ax, ay), (bx, by) = self.eyes.left, self.eyes.right
        along = np.array([bx - ax, by - ay])
        return np.array([(ax + bx) / 2, (ay + by) / 2]) + 0.1 * WIDTH_IN_EYES * np.array([-along[1], along[0]])

    @property
    def width(self) -> float:
        """Of its face's box."""
        return WIDTH_IN_EYES * self.eyes.distance


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What scenes are made of."""

    faces: list[Aligned]
    others: list[np.ndarray]  # grey pictures without faces


def held_out_files(celeba: Path) -> list[Path]:
    """The pictures of `celeba` that the shipped model never saw, nor the face finder."""
    index = scan(str(celeba))
    return [celeba / index.files[row] for row in make_split(index, VALID_FRACTION, 0).valid]


def left_out_persons(data: Path) -> set[str]:
    """Those of `photos`, who take no part in training."""
    measured = {path.name for path in (data / "photos").iterdir()}
    return {
        row["person"]
        for name in ("celeba_wild", "celeba_small")
        for row in _rows(data / name / "labels.csv")
        if row["file"] in measured
    }


def left_out_files(data: Path) -> list[Path]:
    """Aligned cuts of those persons."""
    persons = left_out_persons(data)
    return [data / "celeba_wild" / row["file"] for row in _rows(data / "celeba_wild" / "labels.csv") if row["person"] in persons]


def material(data: Path) -> Material:
    """The training faces and backgrounds.

    Args:
        data: the folder with `celeba`, `celeba_wild`, `celeba_small`, `paintings` and `fruits`; `photos` tells who is left out.
    """
    index = scan(str(data / "celeba"))
    files = [data / "celeba" / index.files[row] for row in make_split(index, VALID_FRACTION, 0).train]
    left_out = left_out_persons(data)
    rows = {name: _rows(data / name / "labels.csv") for name in ("celeba_wild", "celeba_small")}
    for name, listed in rows.items():
        files += [data / name / row.get("class", "") / row["file"] for row in listed if row["person"] not in left_out]
    faces = []
    for path in files:
        grey = _grey(path)
        scale = grey.shape[1] / FULL[0]
        faces.append(
            Aligned(grey, Eyes(*(((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5) for x, y in (ALIGNED.left, ALIGNED.right))))
        )
    for number in range(DRAWN):
        pixels, eyes = drawn_face(number + 5000)
        faces.append(Aligned(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), eyes))
    others = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in load_sample_images().images] * 10
    others += [_grey(path) for path in sorted((data / "fruits").glob("*/*.jpg"))[2::5]]
    for path in sorted((data / "paintings").glob("*.jpg"))[::2]:
        grey = _grey(path)
        if not cascade_boxes(cv2.equalizeHist(grey), *SEARCHES[0], LEAST_PIXELS):  # many are portraits
            others.append(grey)
    return Material(faces, others)


def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _grey(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def occluded(face: Aligned, rng: np.random.Generator, things: Callable[[], np.ndarray]) -> Aligned:
    """The face with something in front of it, or in other light; mostly as it is.

    Args:
        face: it.
        rng: chance.
        things: gives a picture of no face, of any size.
    """
    picture = face.grey
    height, width = picture.shape
    unit = face.eyes.distance
    middle = face.middle
    made = picture
    if rng.random() < 0.12:  # sunglasses, in the colour of the glass with a gleam, or a blindfold
        made = made.copy()
        dark, sheen = int(rng.integers(0, 70)), int(rng.integers(0, 90))
        for number, (x, y) in enumerate((face.eyes.left, face.eyes.right)):
            centre = (round(x + (2 * number - 1) * 0.06 * unit), round(y + 0.08 * unit))
            axes = (max(1, round(unit * rng.uniform(0.30, 0.42))), max(1, round(unit * rng.uniform(0.22, 0.36))))
            cv2.ellipse(made, centre, axes, 0, 0, 360, dark, -1, cv2.LINE_AA)
            if rng.random() < 0.5:
                cv2.ellipse(made, (centre[0], centre[1] - axes[1] // 3), (axes[0] // 2, axes[1] // 4), 0, 0, 360, dark + sheen, -1)
        cv2.line(made, _whole(face.eyes.left), _whole(face.eyes.right), dark, max(1, round(0.08 * unit)), cv2.LINE_AA)
    if rng.random() < 0.12:  # a hat or a fringe: something over the forehead, with or without a brim
        made = made.copy() if made is picture else made
        brow = face.eyes.left[1] - unit * rng.uniform(0.25, 0.8)
        thing = cv2.resize(things(), (width, height))
        half, high = unit * rng.uniform(1.0, 1.6), unit * rng.uniform(0.8, 1.8)
        mask = np.zeros((height, width), np.uint8)
        cv2.ellipse(mask, (round(middle[0]), round(brow)), (round(half), round(high)), rng.uniform(-8, 8), 180, 360, 255, -1)
        if rng.random() < 0.5:
            cv2.ellipse(mask, (round(middle[0]), round(brow)), (round(1.25 * half), max(1, round(0.22 * unit))), 0, 0, 360, 255, -1)
        made = _over(made, thing, mask)
    if rng.random() < 0.15:  # a hand, a microphone, a ball, hair
        made = made.copy() if made is picture else made
        thing = cv2.resize(things(), (width, height))
        mask = np.zeros((height, width), np.uint8)
        turn = rng.uniform(0, 2 * np.pi)
        off = middle + unit * rng.uniform(0.7, 1.3) * np.array([np.cos(turn), np.sin(turn)])
        if rng.random() < 0.5:
            axes = tuple(max(1, round(unit * rng.uniform(0.25, 0.7))) for _ in range(2))
            cv2.ellipse(mask, _whole(off), axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
        else:
            far = off + unit * rng.uniform(-3, 3, 2)
            cv2.line(mask, _whole(off), _whole(far), 255, max(1, round(unit * rng.uniform(0.1, 0.5))))
        made = _over(made, thing, mask)
    if rng.random() < 0.3:  # light from one side, or the shadow of a brim
        x, y = np.meshgrid(np.arange(width, dtype=np.float32) - middle[0], np.arange(height, dtype=np.float32) - middle[1])
        turn = rng.uniform(0, 2 * np.pi)
        far = (x * np.cos(turn) + y * np.sin(turn)) / unit - rng.uniform(-0.6, 0.6)
        depth = rng.uniform(0.3, 0.85)
        made = (made * (1.0 - depth / (1.0 + np.exp(far * rng.choice([3.0, 12.0]))))).astype(np.uint8)
    return face if made is picture else Aligned(made, face.eyes)


def _whole(point: tuple[float, float] | np.ndarray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _over(under: np.ndarray, above: np.ndarray, mask: np.ndarray) -> np.ndarray:
    share = cv2.GaussianBlur(mask, (0, 0), 1.0).astype(np.float32) / 255.0
    return (under * (1.0 - share) + above * share).astype(np.uint8)


class Scenes:
    """Makes scenes and cut-outs by chance."""

    def __init__(self, stock: Material, seed: int) -> None:
        self.stock = stock
        self.rng = np.random.default_rng(seed)
        self._halves: dict[int, Aligned] = {}

    def face(self) -> Aligned:
        """A face, perhaps mirrored, with something in front of it, or stretched a little."""
        rng = self.rng
        face = self.stock.faces[rng.integers(len(self.stock.faces))]
        if rng.random() < 0.5:
            last = face.grey.shape[1] - 1
            (ax, ay), (bx, by) = face.eyes.left, face.eyes.right
            face = Aligned(np.ascontiguousarray(face.grey[:, ::-1]), Eyes((last - bx, by), (last - ax, ay)))
        return occluded(face, rng, self.thing)

    def thing(self) -> np.ndarray:
        """A picture of no face, grey, of 32 to 200 pixels a side: part of a background, of clothes, or made of numbers."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.35:  # beside a face, above it, or below
            face = self.stock.faces[rng.integers(len(self.stock.faces))].grey
            height, width = face.shape
            part = rng.integers(4)
            if part == 0:
                face = face[: round(0.42 * height), : round(0.2 * width)]
            elif part == 1:
                face = face[: round(0.42 * height), round(0.8 * width) :]
            elif part == 2:
                face = face[round(0.83 * height) :]
            else:
                face = face[round(0.6 * height) :, : round(0.2 * width)]
            return _turned(face, rng)
        if kind < 0.75:
            other = self.stock.others[rng.integers(len(self.stock.others))]
            height, width = other.shape
            side = int(rng.integers(min(40, height, width), min(height, width) + 1))
            top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
            return _turned(other[top : top + side, left : left + side], rng)
        return self._made()

    def _made(self) -> np.ndarray:
        """Flat, a ramp, noise of some fineness, stripes, letters."""
        rng = self.rng
        side = 96
        ground = np.full((side, side), rng.integers(0, 256), np.float32)
        kind = rng.integers(4)
        if kind == 0:
            x, y = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side))
            ground += rng.normal(0, 50) * x + rng.normal(0, 50) * y
        elif kind == 1:
            few = int(rng.integers(3, side))
            ground += cv2.resize(
                rng.normal(0, rng.uniform(5, 60), (few, few)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC
            )
        elif kind == 2:
            x, y = np.meshgrid(np.arange(side), np.arange(side))
            turn, wave = rng.uniform(0, np.pi), rng.uniform(0.15, 1.2)
            ground += rng.uniform(10, 120) * np.sign(np.sin(wave * (x * np.cos(turn) + y * np.sin(turn))) + rng.normal(0, 0.5))
        picture = np.clip(ground, 0, 255).astype(np.uint8)
        if kind == 3 or rng.random() < 0.2:
            for _ in range(int(rng.integers(2, 8))):
                word = "".join(chr(int(c)) for c in rng.integers(48, 123, 5))
                place = (int(rng.integers(-20, side)), int(rng.integers(0, side)))
                cv2.putText(
                    picture,
                    word,
                    place,
                    int(rng.integers(0, 7)),
                    rng.uniform(0.3, 2.0),
                    int(rng.integers(0, 256)),
                    int(rng.integers(1, 5)),
                )
            for _ in range(int(rng.integers(0, 4))):
                centre = (int(rng.integers(side)), int(rng.integers(side)))
                cv2.circle(picture, centre, int(rng.integers(2, 30)), int(rng.integers(0, 256)), int(rng.integers(-1, 4)))
        return picture

    def close_up(self, side: int, width: float) -> np.ndarray:
        """A face far larger than is looked for, or a corner of its picture: uint8 (side, side).

        Args:
            side: of what is seen.
            width: of the smallest face there, in its pixels.
        """
        rng = self.rng
        face = self.face()
        scale = width * np.exp(rng.uniform(0, 1.6)) / face.width
        turn = rng.normal(0, 0.3)
        shape = np.array(face.grey.shape[::-1])
        matrix = _placing(shape * rng.uniform(0.0, 1.0, 2), np.array([side / 2, side / 2]), scale, turn)
        return cv2.warpAffine(face.grey, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)

    def aligned(self, side: int) -> tuple[np.ndarray, list[Eyes]]:
        """One of the pictures with one face as it came, at some size: uint8 (side, side), and the eyes."""
        face = self.face()
        scale = side / face.grey.shape[1] * np.exp(self.rng.uniform(-0.6, 0.5))
        shape = np.array(face.grey.shape[::-1])
        if scale < 0.7:
            face, scale = _smaller(face, scale), 1.0
            shape = np.array(face.grey.shape[::-1])
        slack = np.maximum(shape * scale - side, 0.0)
        matrix = _placing(np.zeros(2), -slack * self.rng.random(2), scale, 0.0)
        picture = cv2.warpAffine(
            face.grey,
            matrix,
            (side, side),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=int(self.rng.integers(256)),
        )
        return developed(picture, self.rng), [face.eyes.moved(matrix)]

    def ground(self, side: int, width: float) -> np.ndarray:
        """What faces are put in front of: uint8 (side, side)."""
        rng = self.rng
        if rng.random() < 0.4:
            return self.close_up(side, width)
        ground = cv2.resize(self.thing(), (side, side), interpolation=cv2.INTER_LINEAR)
        for _ in range(int(rng.integers(0, 3))):
            part = self.thing()
            matrix = _placing(np.array(part.shape[::-1]) / 2, rng.uniform(0, side, 2), rng.uniform(0.3, 1.5), rng.normal(0, 0.4))
            ground = self._pasted(ground, part, matrix, None)
        return ground

    def _pasted(self, scene: np.ndarray, part: np.ndarray, matrix: np.ndarray, face: Aligned | None) -> np.ndarray:
        """A part put into a scene: as a rectangle, with soft or hard edges, or of a face its head."""
        rng = self.rng
        height, width = part.shape
        mask = np.zeros((height, width), np.uint8)
        if rng.random() < 0.4:
            middle = face.middle if face else np.array([width / 2, height / 2])
            unit = face.width if face else min(width, height) / rng.uniform(1.2, 2.2)
            axes = unit * rng.uniform(0.55, 0.75), unit * rng.uniform(0.75, 0.95)
            cv2.ellipse(mask, _whole(middle - np.array([0, 0.1 * unit])), _whole(axes), 0, 0, 360, 255, -1)
            if face and rng.random() < 0.5:
                cv2.rectangle(
                    mask,
                    _whole(middle - unit * np.array([rng.uniform(0.3, 1.0), -0.5])),
                    (round(middle[0] + unit * rng.uniform(0.3, 1.0)), height),
                    255,
                    -1,
                )
        elif face:
            left, top = face.middle - face.width * rng.uniform(0.55, 1.2, 2)
            right, bottom = face.middle + face.width * rng.uniform(0.6, 1.2, 2)
            mask[max(0, round(top)) : max(1, round(bottom)), max(0, round(left)) : max(1, round(right))] = 255
        else:
            mask[:] = 255
        mask[[0, -1]] = 0
        mask[:, [0, -1]] = 0
        side = scene.shape[0]
        moved = cv2.warpAffine(part, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        share = cv2.warpAffine(mask, matrix, (side, side), flags=cv2.INTER_LINEAR)
        if rng.random() < 0.5:
            share = cv2.GaussianBlur(share, (0, 0), rng.uniform(0.6, 3.0))
        weight = share.astype(np.float32) / 255.0
        return (scene * (1.0 - weight) + moved * weight).astype(np.uint8)

    def tilt(self) -> float:
        """Of a face, in radians."""
        return float(self.rng.normal(0, 0.2) if self.rng.random() < 0.6 else self.rng.uniform(-1.0, 1.0))

    def scene(self, side: int, sizes: Callable[[], float]) -> tuple[np.ndarray, list[Eyes]]:
        """A scene and the eyes of its faces.

        Args:
            side: of the scene.
            sizes: gives the width of a face's box.

        Returns:
            uint8 (side, side), and eyes in its pixels, of all faces, whatever their size.
        """
        rng = self.rng
        picture = self.ground(side, 1.3 * side)
        placed: list[tuple[np.ndarray, float]] = []
        eyes: list[Eyes] = []
        for _ in range(int(rng.integers(0, 7))):
            if rng.random() < 0.3:
                part = self.thing()
                scale, turn = rng.uniform(0.15, 0.7), rng.normal(0, 0.5)
                at = rng.uniform(0, side, 2)
                far = 0.5 * scale * float(np.hypot(*part.shape))
                if all(np.hypot(*(at - other)) > far + 0.6 * wide for other, wide in placed):
                    matrix = _placing(np.array(part.shape[::-1]) / 2, at, scale, turn)
                    picture = self._pasted(picture, part, matrix, None)
                continue
            wide, at = sizes(), rng.uniform(-4, side + 4, 2)
            if any(np.hypot(*(at - other)) < 0.75 * (wide + its) for other, its in placed):
                continue
            face = self.face()
            shrink = wide / face.width
            if shrink < 0.5:
                face = _smaller(face, max(0.25, min(0.75, shrink * 1.3)))
            matrix = _placing(face.middle, at, wide / face.width, self.tilt())
            if rng.random() < 0.5:  # turned heads are narrower
                matrix[:, :2] = matrix[:, :2] @ np.diag([rng.uniform(0.8, 1.08), rng.uniform(0.92, 1.08)])
                matrix[:, 2] = at - matrix[:, :2] @ face.middle
            picture = self._pasted(picture, face.grey, matrix, face)
            placed.append((at, wide))
            eyes.append(face.eyes.moved(matrix))
        return developed(picture, rng), eyes

    def cut_out(self, side: int, eyes: Eyes) -> tuple[np.ndarray, Eyes]:
        """One face brought near to where its eyes should be, as a first look leaves it: uint8 (side, side), and its eyes."""
        rng = self.rng
        face = self.face()
        wanted = Aligned(face.grey, eyes)
        scale = wanted.width / face.width * np.exp(rng.normal(0, 0.13))
        at = wanted.middle + wanted.width * rng.normal(0, 0.07, 2)
        matrix = _placing(face.middle, at, scale, rng.normal(0, 0.15))
        if rng.random() < 0.5:
            matrix[:, :2] = matrix[:, :2] @ np.diag([rng.uniform(0.8, 1.08), rng.uniform(0.92, 1.08)])
            matrix[:, 2] = at - matrix[:, :2] @ face.middle
        if scale < 0.5:
            smaller = _smaller(face, max(0.25, scale * 1.3))
            matrix[:, :2] *= face.width / smaller.width
            matrix[:, 2] = at - matrix[:, :2] @ smaller.middle
            face = smaller
        if rng.random() < 0.4:
            picture = cv2.warpAffine(face.grey, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        else:
            picture = self._pasted(self.ground(side, 1.3 * side), face.grey, matrix, face)
        if rng.random() < 0.1:  # the photo's border cuts it
            cut = int(rng.uniform(0.0, 0.35) * side)
            edge = rng.integers(4)
            picture = np.rot90(picture, edge).copy()
            picture[:cut] = picture[cut]
            picture = np.ascontiguousarray(np.rot90(picture, -edge))
        return developed(coarse(picture, rng), rng), face.eyes.moved(matrix)


def coarse(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sometimes as if it had been enlarged."""
    if rng.random() < 0.3:
        side = picture.shape[0]
        few = int(side * rng.uniform(0.3, 0.9))
        picture = cv2.resize(
            cv2.resize(picture, (few, few), interpolation=cv2.INTER_AREA), (side, side), interpolation=cv2.INTER_LINEAR
        )
    return picture


def developed(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Its contrast, brightness, sharpness, noise and compression by chance."""
    if rng.random() < 0.2:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.1))
    drawn = picture.astype(np.float32)
    if rng.random() < 0.3:
        drawn = 255.0 * (drawn / 255.0) ** np.exp(rng.normal(0, 0.5))
    drawn = (drawn - 128.0) * rng.uniform(0.4, 1.6) + 128.0 + rng.normal(0, 25)
    if rng.random() < 0.5:
        drawn += rng.standard_normal(drawn.shape, dtype=np.float32) * rng.uniform(0, 9)
    made = np.clip(drawn, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        _, packed = cv2.imencode(".jpg", made, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])
        made = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    return made


def _smaller(face: Aligned, scale: float) -> Aligned:
    height, width = face.grey.shape
    shape = max(8, round(width * scale)), max(8, round(height * scale))
    sx, sy = shape[0] / width, shape[1] / height
    eyes = Eyes(*(((x + 0.5) * sx - 0.5, (y + 0.5) * sy - 0.5) for x, y in (face.eyes.left, face.eyes.right)))
    return Aligned(cv2.resize(face.grey, shape, interpolation=cv2.INTER_AREA), eyes)


def _placing(point: np.ndarray, there: np.ndarray, scale: float, turn: float) -> np.ndarray:
    """(2, 3): turns and scales, and takes a point to another."""
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    linear = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([linear, there - linear @ point])


def _turned(part: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """By a right angle or mirrored, as chance has it."""
    part = np.rot90(part, rng.integers(4))
    return np.ascontiguousarray(part[:, ::-1] if rng.random() < 0.5 else part)

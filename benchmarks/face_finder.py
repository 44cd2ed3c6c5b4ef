"""How many faces are found, and how much else is taken for one.

- `held_out`: the quarter of `celeba` that the shipped model never saw (nor the face finder); one face each, whose place is known.
- `photos`: originals, whose faces' eyes are listed in `photo_eyes.csv`, and `wild`: aligned cuts of the same people. Nobody of
  them took part in the training of the face finder.
- `paintings`, `fruits`: no photos of people. Many paintings are portraits, so `faces` alone says little there: look at `--sheets`.
  The other half of the paintings took part in training.

`found_share`: pictures in which a face (one of those listed) is found where it is; `first_share`: in which that is the first one,
which an edit takes; `eyes_share`: in which its eyes were seen; `false_faces`: found where none is; `eye_error`: median of the worse
eye's distance from where it should be, in parts of the eye distance. Without --data drawn faces are looked for.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from common import note, parser, report
from eye_finder import ALIGNED, drawn_face
from PIL import Image, ImageDraw

from core.faces.alignment import Eyes
from core.faces.face_net import square
from core.faces.finder import FoundFace, find_faces

PHOTO_EYES = Path(__file__).with_name("photo_eyes.csv")
SHEET_COLUMNS, SHEET_SIDE = 12, 160
Case = tuple[str, Callable[[], np.ndarray], list[Eyes] | None]  # name, pixels, and the eyes of its faces, if they are known


def is_there(found: FoundFace, eyes: Eyes) -> bool:
    """Whether a found face is that with these eyes."""
    left, top, width, height = found.box
    x, y, wide = square(eyes)
    return float(np.hypot(left + width / 2 - x, top + height / 2 - y)) < 0.4 * wide and 0.6 < width / wide < 1.67


def eye_error(found: Eyes, eyes: Eyes) -> float:
    """The worse eye's distance, in eye distances."""
    return (
        max(float(np.hypot(a[0] - b[0], a[1] - b[1])) for a, b in ((found.left, eyes.left), (found.right, eyes.right)))
        / eyes.distance
    )


def measured(cases: Sequence[Case], sheet: Path | None, everything: bool) -> dict[str, Any]:
    """What is found in some pictures; a sheet of those that are wrong, or of all."""
    right = first = seen = false = faces = 0
    errors: list[float] = []
    seconds: list[float] = []
    shown: list[tuple[str, np.ndarray, list[FoundFace]]] = []
    for name, read, known in cases:
        pixels = read()
        begun = time.process_time()
        found = find_faces(pixels)
        seconds.append(time.process_time() - begun)
        faces += len(found)
        extra = [face for face in found if known is not None and not any(is_there(face, eyes) for eyes in known)]
        hits = [(face, eyes) for face in found for eyes in known or () if is_there(face, eyes)]
        false += len(extra)
        right += bool(hits)
        if hits:
            first += hits[0][0] is found[0]
            seen += hits[0][0].sure
            errors.append(min(eye_error(hits[0][0].eyes, eyes) for face, eyes in hits if face is hits[0][0]))
        if everything or (known is None and found) or (known is not None and (extra or not hits or hits[0][0] is not found[0])):
            shown.append((name, pixels, found))
    if sheet is not None and shown:
        contact_sheet(shown, sheet)
    result: dict[str, Any] = {"pictures": len(cases), "faces": faces}
    if any(known for *_, known in cases):
        result |= {
            key: round(value / len(cases), 4)
            for key, value in (("found_share", right), ("first_share", first), ("eyes_share", seen))
        }
        result |= {"false_faces": false, "eye_error": round(float(np.median(errors)), 4) if errors else None}
    return result | {"seconds": round(float(np.median(seconds)), 3), "seconds_max": round(max(seconds), 2)}


def contact_sheet(shown: Sequence[tuple[str, np.ndarray, list[FoundFace]]], path: Path) -> None:
    """Pictures with what was found in them: to be looked at, not to be published."""
    side, columns = SHEET_SIDE, SHEET_COLUMNS
    whole = Image.new("RGB", (columns * side, -(-len(shown) // columns) * side))
    for place, (name, pixels, found) in enumerate(shown):
        scale = side / max(pixels.shape[:2])
        tile = Image.fromarray(pixels).resize((max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))))
        pen = ImageDraw.Draw(tile)
        for number, face in enumerate(found):
            left, top, width, height = (value * scale for value in face.box)
            pen.rectangle(
                (left, top, left + width, top + height), outline="lime" if face.sure else "orangered", width=2 if not number else 1
            )
            for x, y in (face.eyes.left, face.eyes.right):
                pen.ellipse((x * scale - 2, y * scale - 2, x * scale + 2, y * scale + 2), fill="yellow")
        pen.text((2, tile.height - 11), name, fill="white", stroke_fill="black", stroke_width=1)
        whole.paste(tile, (place % columns * side, place // columns * side))
    whole.save(path)


def reader(path: Path) -> Callable[[], np.ndarray]:
    """Reads a picture when it is asked."""
    return lambda: np.asarray(Image.open(path).convert("RGB"))


def photo_eyes() -> dict[str, list[Eyes]]:
    """The eyes of all faces in `photos` that a person would see, by file."""
    listed: dict[str, list[Eyes]] = {}
    with open(PHOTO_EYES, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            x1, y1, x2, y2 = (float(row[name]) for name in ("x1", "y1", "x2", "y2"))
            listed.setdefault(row["file"], []).append(Eyes((x1, y1), (x2, y2)))
    return listed


def all_cases(data: Path) -> dict[str, list[Case]]:
    """The pictures of --data by set."""
    from face_scenes import held_out_files, left_out_files

    eyes = photo_eyes()
    return {
        "held_out": [(path.name, reader(path), [ALIGNED]) for path in held_out_files(data / "celeba")],
        "photos": [(path.name, reader(path), eyes.get(path.name, [])) for path in sorted((data / "photos").iterdir())],
        "wild": [(path.name, reader(path), [ALIGNED]) for path in left_out_files(data)],
        "paintings": [(path.name, reader(path), None) for path in sorted((data / "paintings").iterdir())[1::2]],
        "fruits": [(path.name, reader(path), None) for path in sorted((data / "fruits").glob("*/*.jpg"))[::5]],
    }


def drawn_cases(count: int) -> dict[str, list[Case]]:
    """Drawn faces."""
    made = [drawn_face(index) for index in range(count)]
    return {"drawn": [(str(number), lambda pixels=pixels: pixels, [eyes]) for number, (pixels, eyes) in enumerate(made)]}


def main() -> None:
    """Run it."""
    options = parser("How many faces are found, and how much else is taken for one.")
    options.add_argument(
        "--data", default="", metavar="DIR", help="the folder with celeba, photos, paintings, ...; drawn faces by default"
    )
    options.add_argument("--sets", default="", metavar="NAME,...", help="of those: held_out, photos, wild, paintings, fruits")
    options.add_argument("--sheets", default="", metavar="DIR", help="also write contact sheets of what is wrong, to look at")
    options.add_argument("--every", type=int, default=0, metavar="N", help="look at each Nth picture only")
    options.add_argument("--everything", action="store_true", help="contact sheets of all pictures")
    given = options.parse_args()
    cv2.setNumThreads(1)
    sets = all_cases(Path(given.data)) if given.data else drawn_cases(20 if given.quick else 200)
    result: dict[str, Any] = {}
    for name, cases in sets.items():
        if given.sets and name not in given.sets.split(","):
            continue
        sheet = Path(given.sheets) / f"{name}.png" if given.sheets else None
        result[name] = measured(cases[:: given.every or (20 if given.quick and given.data else 1)], sheet, given.everything)
        note(f"{name}: {result[name]}")
    report(result, given.json)


if __name__ == "__main__":
    main()

"""Training pictures framed by their faces (`data.crop=face`): how many are, how long a picture takes, where the eyes stand then.

The pictures are drawn faces in larger pictures, turned a little, or those of `--data`: CelebA's aligned pictures, of
178 x 218 pixels, in which the eyes stand at (69, 112) and (108, 112). Times are the process's own, on one
thread, without the last step, the cut itself (about a millisecond).
"""

from __future__ import annotations

import time
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from common import note, parser, report
from eye_finder import ALIGNED, drawn_face
from PIL import Image

from core.data.framing import FRAME, face_in
from core.data.pictures import BadPicture, read_bytes
from core.faces.alignment import Eyes, similarity

SIZE = 128


def drawn(index: int) -> tuple[bytes, Eyes]:
    """A drawn face somewhere in a picture of 300 x 260 pixels, turned by up to 20 degrees; and its eyes."""
    face, eyes = drawn_face(index)
    rng = np.random.default_rng([7, index])
    matrix = cv2.getRotationMatrix2D((face.shape[1] / 2, face.shape[0] / 2), rng.uniform(-20, 20), rng.uniform(0.7, 1.1))
    matrix[:, 2] += rng.uniform(0, 30, 2) + (20, 0)
    photo = cv2.warpAffine(face, matrix, (300, 260), borderMode=cv2.BORDER_CONSTANT, borderValue=(128, 128, 128))
    file = BytesIO()
    Image.fromarray(photo).save(file, "PNG")
    return file.getvalue(), eyes.moved(matrix)


def main() -> None:
    """Run it."""
    options = parser("Training pictures framed by their faces.")
    options.add_argument("--data", default="", metavar="DIR", help="CelebA's aligned pictures; drawn faces by default")
    options.add_argument("--pictures", type=int, default=0, help="how many, chosen at random (default: all, or 400 drawn ones)")
    given = options.parse_args()
    cv2.setNumThreads(1)
    files: list[Any] = sorted(Path(given.data).rglob("*.jpg")) if given.data else list(range(400))
    files = list(np.random.default_rng(0).permutation(np.array(files, object)))
    files = files[: 20 if given.quick else given.pictures or len(files)]
    goal = FRAME.eyes(SIZE)
    reasons: Counter[str] = Counter()
    errors, seconds = [], 0.0
    for number, file in enumerate(files):
        data, eyes = (read_bytes(file), ALIGNED) if given.data else drawn(file)
        begun = time.process_time()
        try:
            found = face_in(data).eyes
            seconds += time.process_time() - begun
        except BadPicture as bad:
            seconds += time.process_time() - begun
            reasons[str(bad)] += 1
            continue
        there = eyes.moved(similarity(found, goal))
        errors.append(max(np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in ((there.left, goal.left), (there.right, goal.right))))
        if number % 200 == 199:
            note(f"{number + 1} pictures: {len(errors)} framed, {1000 * seconds / (number + 1):.0f} ms a picture")
    off = np.array(errors) / goal.distance
    result = {
        "pictures": len(files),
        "framed_share": round(len(errors) / len(files), 4),
        "left_out": dict(reasons),
        "cpu_ms_per_picture": round(1000 * seconds / len(files), 1),
        "median_eye_error_pixels": round(float(np.median(errors)), 2),
        "median_eye_error": round(float(np.median(off)), 4),
        "within_4_percent": round(float((off <= 0.04).mean()), 4),
        "within_10_percent": round(float((off <= 0.10).mean()), 4),
        "image_size": SIZE,
    }
    report(result, given.json)


if __name__ == "__main__":
    main()

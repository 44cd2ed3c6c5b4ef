"""The built-in data set `demo`: friendly faces drawn by the program, half of them smiling."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from core.data import face_eyes, face_mouth, face_skin
from core.data.face_canvas import Canvas
from core.data.face_hair import HairPainter
from core.data.face_head import Head
from core.data.face_parameters import FaceParameters, face_attributes, sample_parameters
from core.data.face_styles import plan_hair
from core.errors import CoreError
from core.files import cannot_write, write_text

__all__ = ["FaceParameters", "draw_face", "face_attributes", "sample_parameters", "write_demo"]

POSITIVE, NEGATIVE = "smile", "non_smile"
_SMILES_ABOVE = 0.15


def draw_face(parameters: FaceParameters, size: int = 128) -> Image.Image:
    """Draw one face, the same picture at any size.

    Args:
        parameters: what to draw; the picture depends on nothing else.
        size: width and height in pixels, 32 to 1024.

    Returns:
        An 8-bit RGB picture of (size, size).
    """
    head = Head(Canvas(size), parameters)
    plan = plan_hair(head)
    hair = HairPainter(head, plan)
    face_skin.paint_backdrop(head)
    hair.paint(plan.back)
    face_skin.paint_body(head)
    if not plan.cloth:
        face_skin.paint_ears(head)
    face_skin.paint_face(head)
    shadow = hair.shadow()
    if shadow is not None:
        face_skin.paint_hair_shadow(head, shadow)
    face_skin.paint_nose(head)
    face_mouth.paint_beard(head, hair.light.field())
    face_mouth.paint_mouth(head)
    face_eyes.paint_eyes(head)
    face_eyes.paint_brows(head)
    face_eyes.paint_glasses(head)
    hair.paint(plan.front)
    return head.canvas.image()


def write_demo(
    folder: Path,
    count: int = 4000,
    seed: int = 0,
    size: int = 128,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Draw the data set into `folder`: smile/*.png, non_smile/*.png and, last of all, labels.csv.

    A folder with a labels.csv is complete; one without is what an interrupted call left, and the next call draws it
    anew. Face i depends on (seed, i, size) alone, not on `count`.

    Args:
        folder: made if missing; its old class folders and labels are replaced.
        count: number of faces.
        seed: of the whole set.
        size: width and height of the pictures in pixels.
        progress: called as (done, count) from this thread, first with 0; what it raises stops the work at once.

    Raises:
        CoreError: the folder can't be written or the disk is full.
    """
    folder = Path(folder)
    labels = folder / "labels.csv"
    try:
        # Without its labels a folder no longer claims to be complete, whatever happens from here on.
        labels.unlink(missing_ok=True)
        for name in (POSITIVE, NEGATIVE):
            if (folder / name).exists():
                shutil.rmtree(folder / name)
            (folder / name).mkdir(parents=True)
        rows = []
        for index in range(count):
            if progress is not None:
                progress(index, count)
            # Plain loop: Pillow and numpy hold the interpreter's lock for most of a face, so threads gain nothing.
            parameters = sample_parameters(np.random.default_rng([seed, index]))
            name = POSITIVE if parameters.smile > _SMILES_ABOVE else NEGATIVE
            file = f"{name}/{index + 1:05d}.png"
            draw_face(parameters, size).save(folder / file, compress_level=3)
            rows.append({"class": name, "file": file} | face_attributes(parameters))
    except CoreError:
        raise
    except OSError as error:
        raise cannot_write(folder, error) from error
    text = io.StringIO()
    if rows:
        table = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows({key: f"{value:g}" if isinstance(value, float) else value for key, value in row.items()} for row in rows)
    write_text(labels, text.getvalue())
    if progress is not None:
        progress(count, count)

"""The built-in data set `demo`: friendly faces drawn by the program, half of them smiling."""

from __future__ import annotations

import csv
import io
import multiprocessing
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
from PIL import Image

from core.data.sets.drawn import eyes as face_eyes
from core.data.sets.drawn import mouth as face_mouth
from core.data.sets.drawn import skin as face_skin
from core.data.sets.drawn.canvas import Canvas
from core.data.sets.drawn.hair import HairPainter
from core.data.sets.drawn.head import Head
from core.data.sets.drawn.parameters import FaceParameters, face_attributes, sample_parameters
from core.data.sets.drawn.styles import plan_hair
from core.device_count import available_cores
from core.errors import CoreError
from core.files import cannot_write, write_text
from core.progress import Progress, silent

__all__ = ["FaceParameters", "draw_face", "face_attributes", "sample_parameters", "write_demo"]

POSITIVE, NEGATIVE = "smile", "non_smile"
DOING = "Drawing faces"
_SMILES_ABOVE = 0.15
PART = 25  # faces that a process draws per task
WORTH_PROCESSES = 200  # faces; fewer are drawn before a second process has started

Row = dict[str, str | float]


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
    progress: Progress = silent,
) -> None:
    """Draw the data set into `folder`: smile/*.png, non_smile/*.png and, last of all, labels.csv.

    A folder with a labels.csv is complete; one without is what an interrupted call left, and the next call draws it
    anew. Face i depends on (seed, i, size) alone, not on `count`.

    Args:
        folder: made if missing; its old class folders and labels are replaced.
        count: number of faces.
        seed: of the whole set.
        size: width and height of the pictures in pixels.
        progress: called from this thread, first with 0; what it raises stops the work at once.

    Raises:
        CoreError: the folder can't be written or the disk is full.
    """
    folder = Path(folder)
    labels = folder / "labels.csv"
    try:
        # Without its labels the folder counts as incomplete, whatever happens from here on.
        labels.unlink(missing_ok=True)
        for name in (POSITIVE, NEGATIVE):
            if (folder / name).exists():
                shutil.rmtree(folder / name)
            (folder / name).mkdir(parents=True)
        rows = [row for part in _drawn_parts(folder, seed, size, count, progress) for row in part]
    except CoreError:
        raise
    except OSError as error:
        raise cannot_write(folder, error) from error
    except BrokenProcessPool:
        raise CoreError("A process that draws faces was ended from outside.", "Free some memory and try again.") from None
    text = io.StringIO()
    if rows:
        table = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows({key: f"{value:g}" if isinstance(value, float) else value for key, value in row.items()} for row in rows)
    write_text(labels, text.getvalue())
    progress(DOING, count, count)


def _drawn_parts(folder: Path, seed: int, size: int, count: int, progress: Progress) -> Iterator[list[Row]]:
    """The labels of all faces in order, part by part, while they are drawn.

    Pillow and numpy hold the interpreter's lock for most of a face, so threads gain nothing: many faces are drawn by as
    many processes as there are cores.
    """
    parts = [(start, min(start + PART, count)) for start in range(0, count, PART)]
    workers = available_cores()
    if workers == 1 or count < WORTH_PROCESSES:
        for start, stop in parts:
            yield _draw_part(folder, seed, size, start, stop, lambda done: progress(DOING, done, count))
        return
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
    try:
        progress(DOING, 0, count)
        with _caller_unknown():
            drawn = [pool.submit(_draw_part, folder, seed, size, start, stop) for start, stop in parts]
        for (_, stop), part in zip(parts, drawn, strict=True):
            yield part.result()
            if stop < count:
                progress(DOING, stop, count)
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _caller_unknown() -> Iterator[None]:
    """Keep processes that are spawned meanwhile from running the caller's script again, where it lacks the `__main__` idiom."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _draw_part(
    folder: Path, seed: int, size: int, start: int, stop: int, report: Callable[[int], object] | None = None
) -> list[Row]:
    """Draw and write faces start to stop; gives their labels."""
    rows = []
    for index in range(start, stop):
        if report is not None:
            report(index)
        parameters = sample_parameters(np.random.default_rng([seed, index]))
        name = POSITIVE if parameters.smile > _SMILES_ABOVE else NEGATIVE
        file = f"{name}/{index + 1:05d}.png"
        draw_face(parameters, size).save(folder / file, compress_level=3)
        rows.append({"class": name, "file": file} | face_attributes(parameters))
    return rows

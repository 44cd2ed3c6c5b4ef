"""The built-in data set `demo`: friendly faces drawn by the program, half of them smiling, each from its own seed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from core.data.face_canvas import Canvas
from core.data.face_features import paint_beard, paint_brows, paint_eyes, paint_glasses, paint_mouth
from core.data.face_hair import HairPainter, plan_hair
from core.data.face_head import Head
from core.data.face_parameters import FaceParameters, face_attributes, sample_parameters
from core.files import write_text

__all__ = ["FaceParameters", "draw_face", "face_attributes", "sample_parameters", "write_demo"]


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
    head.paint_backdrop()
    hair.paint(plan.back)
    head.paint_body()
    if not plan.cloth:
        head.paint_ears()
    head.paint_skin()
    shadow = hair.shadow()
    if shadow is not None:
        head.paint_hair_shadow(shadow)
    head.paint_nose()
    paint_beard(head)
    paint_mouth(head)
    paint_eyes(head)
    paint_brows(head)
    paint_glasses(head)
    hair.paint(plan.front)
    return head.canvas.image()

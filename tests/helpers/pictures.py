"""Tiny two-class folders, drawn in milliseconds: round faces whose mouth curves up or down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def draw_picture(smiling: bool, rng: np.random.Generator, size: int = 32) -> Image.Image:
    """One face on a background of its own colour."""
    background = tuple(int(v) for v in rng.integers(30, 120, 3))
    skin = tuple(int(v) for v in rng.integers(150, 230, 3))
    image = Image.new("RGB", (size, size), background)
    draw = ImageDraw.Draw(image)
    unit = size / 32
    draw.ellipse((4 * unit, 3 * unit, 28 * unit, 29 * unit), fill=skin)
    for x in (11, 19):
        draw.rectangle((x * unit, 11 * unit, (x + 2) * unit, 13 * unit), fill=(20, 20, 20))
    if smiling:
        draw.chord((9 * unit, 13 * unit, 23 * unit, 26 * unit), 10, 170, fill=(255, 255, 255))
    else:
        draw.rectangle((11 * unit, 22 * unit, 21 * unit, 23 * unit), fill=(90, 20, 20))
    return image


def draw_folder(folder: Path, per_class: int = 16, size: int = 32, seed: int = 0) -> Path:
    """`smile/` and `non_smile/` with so many pictures each, and labels.csv with a column `dark`; gives the folder."""
    rng = np.random.default_rng(seed)
    rows = ["class,file,dark"]
    for name in ("smile", "non_smile"):
        (folder / name).mkdir(parents=True)
        for number in range(per_class):
            image = draw_picture(name == "smile", rng, size)
            image.save(folder / name / f"{name}_{number:03d}.png")
            rows.append(f"{name},{name}_{number:03d}.png,{number % 2}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def behind_its_pixels(png: bytes) -> bytes:
    """The same PNG with its notes moved to the end, where some programs write them."""
    start, chunks = 8, []
    while start < len(png):
        end = start + 12 + int.from_bytes(png[start : start + 4])
        chunks.append(png[start:end])
        start = end
    notes = [chunk for chunk in chunks if chunk[4:8] in (b"eXIf", b"tEXt", b"iTXt", b"zTXt")]
    assert notes
    rest = [chunk for chunk in chunks if chunk not in notes]
    return png[:8] + b"".join([*rest[:-1], *notes, rest[-1]])

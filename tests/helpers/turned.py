"""Drawn things that turn, on white: files named as those of Fruits-360, whose neighbours are nearly the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

NUMBERS = (0, 1, 2, 3, 40, 41, 43, 90, 95, 97, 140, 160, 161, 162, 200, 240, 241, 290, 291, 292)


def turned(folder: Path, kinds: int = 4, side: int = 32) -> Path:
    """Views of drawn things on white, in two turns each, that change with the angle only."""
    for kind in range(kinds):
        (folder / f"Kind{kind}").mkdir(parents=True)
        for turn in ("", "r_"):
            for number in NUMBERS:
                angle = 2.0 * np.pi * number / 327.0 + (1.0 if turn else 0.0)
                y, x = np.mgrid[-1 : 1 : complex(0, side), -1 : 1 : complex(0, side)]
                inside = x**2 + y**2 < 0.7
                spot = np.hypot(x - 0.5 * np.cos(angle), y - 0.5 * np.sin(angle)) < 0.3
                pixels = np.full((side, side, 3), 255, np.uint8)
                pixels[inside] = (200, 60 * kind, 40)
                pixels[spot & inside] = (20, 20, 200 if turn else 90)
                Image.fromarray(pixels).save(folder / f"Kind{kind}" / f"{'test' if number % 3 else 'train'}_{turn}{number}_100.png")
    return folder

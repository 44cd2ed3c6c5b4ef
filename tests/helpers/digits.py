"""Small files in the layouts of MNIST and of dSprites, for tests."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np

from core.data.sets import sprites


def idx_bytes(values: np.ndarray) -> bytes:
    """An idx file of bytes."""
    return bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.astype(np.uint8).tobytes()


def digit_pictures(count: int, side: int = 28, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noise with a bright bar whose height is the label: pictures (N, side, side) uint8, labels (N,)."""
    labels = np.arange(count) % 10
    pictures = np.random.default_rng(seed).integers(0, 40, (count, side, side)).astype(np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        picture[side - 2 - 2 * int(label) :, side // 2 - 2 : side // 2 + 2] = 255
    return pictures, labels


def write_digits(folder: Path, train: int = 60, test: int = 20, zipped: bool = True, side: int = 28) -> Path:
    """A folder like MNIST's; a part of 0 pictures is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, count, seed in (("train", train, 0), ("t10k", test, 1)):
        if not count:
            continue
        pictures, labels = digit_pictures(count, side, seed)
        for name, values in ((f"{part}-images-idx3-ubyte", pictures), (f"{part}-labels-idx1-ubyte", labels)):
            content = idx_bytes(values)
            if zipped:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content, 1))
            else:
                (folder / name).write_bytes(content)
    return folder


class Trap:
    """Unpickled, it leaves a file: whoever reads `metadata` is found out."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.trace,)


def write_dsprites(path: Path, rows: np.ndarray, trace: Path | None = None) -> Path:
    """A file in the layout of the published one, with some pictures of the grid."""
    images = sprites.SpriteRows(rows)[:][..., 0] // 255
    table = sprites.factor_table(rows)
    classes = np.concatenate([np.zeros((len(rows), 1), np.int64), table], axis=1)
    values = np.stack([np.ones(len(rows)), *(np.take(f.values, table[:, k]) if k else table[:, 0] + 1.0
                       for k, f in enumerate(sprites.FACTORS))], axis=1)  # fmt: skip
    metadata = np.array({"author": Trap(trace) if trace else "nobody"}, dtype=object)
    np.savez_compressed(path, metadata=metadata, imgs=images, latents_classes=classes, latents_values=values)
    return path

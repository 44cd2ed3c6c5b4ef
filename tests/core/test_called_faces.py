"""What a data set shows is told by its source: a folder of horses isn't announced as faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import DataConfig
from core.data import dataset, index


def folder(root: Path, classes: tuple[str, ...], columns: str = "") -> Path:
    """Noise in classes, 16 pictures each."""
    random = np.random.default_rng(0)
    lines = []
    for name in classes:
        (root / name).mkdir(parents=True)
        for number in range(16):
            file = root / name / f"{number}.png"
            Image.fromarray(random.integers(0, 255, (40, 40, 3), np.uint8)).save(file)
            lines.append(f"{name}/{number}.png,{number % 2}")
    if columns:
        (root / "labels.csv").write_text("\n".join([f"file,{columns}", *lines]))
    return root


@pytest.mark.parametrize(
    ("classes", "columns", "faces"),
    [
        (("horse", "zebra"), "", False),
        (("smile", "non_smile"), "", True),
        (("a", "b"), "smiling", True),
        (("horse", "zebra"), "person", True),
        (("horse", "zebra"), "running", False),
    ],
)
def test_a_folder_is_called_faces_where_something_says_so(
    tmp_path: Path, classes: tuple[str, ...], columns: str, faces: bool
) -> None:
    source = str(folder(tmp_path / "data", classes, columns))
    data = dataset.load(DataConfig(source=source, image_size=32), lambda *_: None)
    assert data.are_called_faces is faces
    assert data.shows_faces  # they may be, all the same: what measures faces looks for them


@pytest.mark.long
def test_drawn_faces_are_faces_and_sprites_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(index, "DEMO_COUNT", 40)
    drawn, sprites = (
        dataset.load(DataConfig(source=source, image_size=64, channels=channels, limit=40), lambda *_: None)
        for source, channels in (("demo", 3), ("sprites", 1))
    )
    assert drawn.are_called_faces
    assert not sprites.are_called_faces

"""Animations: what comes out is what went in, frame by frame, with no more than two frames in memory."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from core.errors import Cancelled, CoreError
from core.export.animation import LARGEST, save_animation


def still(level: int, channels: int = 3, size: tuple[int, int] = (24, 40)) -> np.ndarray:
    """A flat picture with a bright square that moves with the level."""
    frame = np.full((*size, channels), level, np.uint8)
    frame[4:12, level % 30 : level % 30 + 8] = 255
    return frame


def read(path: Path) -> tuple[list[np.ndarray], list[int]]:
    with Image.open(path) as film:
        frames, times = [], []
        for frame in ImageSequence.Iterator(film):
            frame.load()
            times.append(frame.info["duration"])
            frames.append(np.asarray(frame.convert("RGB")))
    return frames, times


@pytest.mark.parametrize("ending", [".webp", ".gif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_frames_and_times_come_back(tmp_path: Path, ending: str, channels: int) -> None:
    path = tmp_path / "new" / f"film{ending}"
    levels = [20, 60, 61, 140, 200]
    durations = [40, 50, 70, 90, 2000]
    save_animation(path, (still(level, channels) for level in levels), durations)
    frames, times = read(path)
    assert times == durations
    for level, frame in zip(levels, frames, strict=True):
        wanted = np.broadcast_to(still(level, channels), frame.shape)
        assert np.abs(frame.astype(int) - wanted).mean() < 4
    with Image.open(path) as film:
        assert film.info["loop"] == 0  # for ever


def test_a_gif_keeps_time_in_hundredths(tmp_path: Path) -> None:
    save_animation(tmp_path / "film.gif", (still(level) for level in range(30)), [33] * 30)
    times = read(tmp_path / "film.gif")[1]
    assert set(times) == {30, 40}
    assert sum(times) == 990


def test_a_frame_like_the_one_before_stands_longer(tmp_path: Path) -> None:
    save_animation(tmp_path / "film.gif", (still(50) for _ in range(3)), [100, 100, 300])
    frames, times = read(tmp_path / "film.gif")
    assert sum(times) == 500
    assert all(np.abs(frame.astype(int) - still(50)).max() < 8 for frame in frames)


@pytest.mark.parametrize("ending", [".webp", ".gif"])
def test_colours_come_back(tmp_path: Path, ending: str) -> None:
    y, x = np.mgrid[0:64, 0:96].astype(np.float64)
    skin = np.array([200.0, 150.0, 120.0]) * (0.4 + 0.6 * np.stack([x / 96] * 3, -1))
    frames = [(skin + 12 * level * np.stack([y, y, y], -1) / 64).astype(np.uint8) for level in range(5)]
    save_animation(tmp_path / f"film{ending}", frames, [100] * 5)
    for wanted, frame in zip(frames, read(tmp_path / f"film{ending}")[0], strict=True):
        assert np.abs(frame.astype(int) - wanted).mean() < 5
        assert np.abs(frame.mean(axis=(0, 1)) - wanted.mean(axis=(0, 1))).max() < 2  # no cast


def test_greys_of_a_gif_are_exact(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (8, 1, 1))
    save_animation(tmp_path / "film.gif", [ramp, ramp[:, ::-1]], [100, 100])
    frames = read(tmp_path / "film.gif")[0]
    np.testing.assert_array_equal(frames[0], np.broadcast_to(ramp, frames[0].shape))
    np.testing.assert_array_equal(frames[1], np.broadcast_to(ramp[:, ::-1], frames[1].shape))


@pytest.mark.parametrize("ending", [".webp", ".gif"])
def test_one_frame_is_an_animation_too(tmp_path: Path, ending: str) -> None:
    save_animation(tmp_path / f"film{ending}", [still(90)], [500])
    with Image.open(tmp_path / f"film{ending}") as film:
        assert getattr(film, "n_frames", 1) == 1
        assert np.abs(np.asarray(film.convert("RGB")).astype(int) - still(90)).mean() < 4


@pytest.mark.long
@pytest.mark.parametrize("ending", [".webp", ".gif"])
def test_memory_stays_flat(tmp_path: Path, ending: str) -> None:
    alive: list[weakref.ref[np.ndarray]] = []
    most = 0

    def frames() -> Iterator[np.ndarray]:
        nonlocal most
        for level in range(12):
            frame = still(level)
            alive.append(weakref.ref(frame))
            yield frame
            del frame
            gc.collect()
            most = max(most, sum(ref() is not None for ref in alive))

    save_animation(tmp_path / f"film{ending}", frames(), [30] * 12)
    assert len(read(tmp_path / f"film{ending}")[0]) == 12
    assert most <= 2


@pytest.mark.parametrize("ending", [".webp", ".gif"])
def test_what_ends_the_frames_leaves_the_old_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"film{ending}"
    path.write_bytes(b"old")

    def frames() -> Iterator[np.ndarray]:
        yield still(1)
        yield still(2)
        raise Cancelled

    with pytest.raises(Cancelled):
        save_animation(path, frames(), [30] * 5)
    with pytest.raises(ValueError, match="2 frames for 3"):
        save_animation(path, [still(1), still(2)], [30] * 3)
    with pytest.raises(ValueError, match="the first was"):
        save_animation(path, [still(1), still(2, size=(25, 40))], [30] * 2)
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CoreError, match=r"film\.mp4 can't be written: \.mp4 is no animation\. Use \.webp or \.gif\."):
        save_animation(tmp_path / "film.mp4", [still(1)], [30])
    with pytest.raises(CoreError, match="no pictures"):
        save_animation(tmp_path / "film.gif", [], [])
    wide = np.zeros((1, LARGEST[".webp"] + 1, 1), np.uint8)
    with pytest.raises(CoreError, match="WEBP holds sides of at most 16,383 pixels"):
        save_animation(tmp_path / "film.webp", [wide], [30])
    (tmp_path / "file").touch()
    with pytest.raises(CoreError, match="can't be written"):
        save_animation(tmp_path / "file" / "film.webp", [still(1)], [30])

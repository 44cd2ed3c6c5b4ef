"""An edit as a film, in each format, and MP4 where it can be had."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from core.errors import Cancelled, CoreError
from core.export.change_film import HOLD_MS, durations, save_change, scaled, shares
from core.export.origin import EDITED
from core.export.video import can_write_mp4, save_video
from tests.helpers.origin import source_type


def face(share: float) -> np.ndarray:
    """A bright bar that goes from left to right on grey."""
    picture = np.full((40, 60, 3), 90, np.uint8)
    left = round(share * 50)
    picture[10:30, left : left + 10] = (250, 200, 40)
    return picture


def test_there_and_back_slow_at_the_ends() -> None:
    way = shares()
    assert (way[0], way[-1]) == (0.0, 1.0)
    assert way == sorted(way)
    assert way[1] < 0.01
    assert len(durations()) == 2 * len(way) - 2
    assert durations().count(HOLD_MS) == 2


@pytest.mark.parametrize("ending", [".gif", ".webp"])
def test_the_film_shows_the_edit(tmp_path: Path, ending: str) -> None:
    told: list[tuple[int, int]] = []
    save_change(tmp_path / f"film{ending}", face, 120, lambda _doing, done, total: told.append((done, total)))
    with Image.open(tmp_path / f"film{ending}") as film:
        assert film.size == (120, 80)
        assert film.info["loop"] == 0
        film.seek(len(shares()) - 1)
        last = np.asarray(film.convert("RGB"))
    assert np.abs(last.astype(int) - scaled(face(1.0), 120)).mean() < 6
    assert source_type(tmp_path / f"film{ending}") == (EDITED if ending == ".webp" else None)  # GIF's notes have no place for it
    assert [done for done, _ in told] == list(range(len(durations()) + 1))
    assert {total for _, total in told} == {len(durations())}


def test_given_up_nothing_is_left(tmp_path: Path) -> None:
    def told(_doing: str, done: int, total: int) -> None:
        if done == 5:
            raise Cancelled

    for name in ("a.gif", "a.webp", "a.mp4"):
        with pytest.raises(Cancelled):
            save_change(tmp_path / name, face, 60, told)
    assert not list(tmp_path.iterdir())
    with pytest.raises(CoreError, match=r"\.txt is no film"):
        save_change(tmp_path / "a.txt", face)


def test_mp4_where_it_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    if not can_write_mp4():
        with pytest.raises(CoreError, match="can't be written"):
            save_change(path, face, 61)
        return
    save_change(path, face, 61)
    film = cv2.VideoCapture(str(path))
    frames = []
    while True:
        ok, frame = film.read()
        if not ok:
            break
        frames.append(frame[..., ::-1])
    film.release()
    assert len(frames) == sum(durations()) * 25 // 1000
    assert frames[0].shape[:2] == (40, 60), "even sides"
    assert np.abs(frames[0].astype(int) - scaled(face(0.0), 61)[:40, :60]).mean() < 8


def test_a_film_without_pictures(tmp_path: Path) -> None:
    with pytest.raises(CoreError, match="no pictures"):
        save_video(tmp_path / "a.mp4", [], [])

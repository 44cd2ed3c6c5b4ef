"""Previews through time: the sheet and how it is cut, what is kept of a long run, the noise, the film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data.dataset import load as load_data
from core.errors import Cancelled, CoreError
from core.events import EpochFinished
from core.export.images import grid, save_picture
from core.families.vae.preview import noise, preview
from core.latent.engine import LatentEngine
from core.runs.films import LAST, NARROWEST, WIDEST, durations, save_film
from core.runs.folder import RunFolder
from core.runs.history import read_history
from core.runs.previews import (
    FIRST,
    MOST,
    NEWEST,
    Layout,
    is_kept,
    layout,
    missing,
    preview_name,
    read_preview,
    thin_out,
)
from tests.helpers.runs import run_events, shared_run, tiny


def rows(count: int = 3, columns: int = 4, side: int = 16, channels: int = 3) -> list[np.ndarray]:
    """Rows of flat pictures, each of a grey of its own."""
    levels = np.arange(count * columns, dtype=np.uint8).reshape(count, columns) * 8 + 20
    return [np.broadcast_to(row[:, None, None, None], (columns, side, side, channels)).copy() for row in levels]


def write(folder: Path, epochs: int, count: int = 3, columns: int = 2, side: int = 16) -> list[tuple[int, Path]]:
    paths = [(epoch, folder / preview_name(epoch)) for epoch in range(1, epochs + 1)]
    for _, path in paths:
        save_picture(path, grid(rows(count, columns, side)))
    return paths


@pytest.mark.long
def test_each_sheet_tells_how_it_is_cut() -> None:
    for count in (2, 3):
        for columns in (1, 2, 5, 8, 12):
            for side in (32, 48, 64, 128, 192, 512):
                sheet = grid([np.zeros((columns, side, side, 1), np.uint8)] * count)
                assert layout(sheet.shape[1], sheet.shape[0]) == Layout(count, columns, side)
    assert layout(100, 37) is None
    assert layout(0, 0) is None
    assert layout(4, 4) is None


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [2, 3])
def test_a_preview_comes_back_in_rows(tmp_path: Path, count: int, channels: int) -> None:
    written = rows(count, 5, 32, channels)
    save_picture(tmp_path / "p.png", grid(written))
    read = read_preview(tmp_path / "p.png")
    assert tuple(read) == ("originals", "reconstructions", "samples")[:count]  # a sheet from before they said it themselves
    for one, other in zip(written, read.values(), strict=True):
        np.testing.assert_array_equal(np.broadcast_to(one, other.shape), other)


def test_what_is_no_preview_is_said(tmp_path: Path) -> None:
    with pytest.raises(CoreError, match="can't be read as a picture"):
        read_preview(tmp_path / "gone.png")
    save_picture(tmp_path / "p.png", np.zeros((37, 100, 3), np.uint8))
    with pytest.raises(CoreError, match="is no preview"):
        read_preview(tmp_path / "p.png")


def test_a_long_run_keeps_a_bounded_spread_of_its_previews() -> None:
    there: set[int] = set()
    best = 0
    for newest in range(1, 2501):
        there = {epoch for epoch in there | {newest} if is_kept(epoch, newest, best)}
        if newest < 1000 or newest % 50 == 0:  # nothing gone is missed
            assert there == {epoch for epoch in range(1, newest + 1) if is_kept(epoch, newest, best)}
        assert len(there) <= MOST <= 200
        if newest % 7 == 0 and newest < 900:
            best = newest
        if newest == 1000:
            assert best in there
            assert set(range(1, FIRST + 1)) <= there
            assert set(range(1000 - NEWEST + 1, 1001)) <= there
            assert max(np.diff(sorted(there))) <= 8
            assert len(there) > 150
    assert max(np.diff(sorted(there))) <= 32


def test_a_run_folder_thins_its_previews_out(tmp_path: Path) -> None:
    folder = tmp_path / "previews"
    folder.mkdir()
    for epoch in range(1, 1001):
        (folder / preview_name(epoch)).touch()
    (folder / "epoch_00033 (mine).png").touch()
    run = RunFolder(tmp_path)
    shown = dict(zip(("a", "b", "c"), rows(3, 1), strict=True))
    path = run.write_preview(1000, shown, best=101)
    assert path == run.preview_file(1000)
    np.testing.assert_array_equal(read_preview(path)["c"], shown["c"])
    left = sorted(int(one.stem[6:]) for one in folder.iterdir() if "mine" not in one.name)
    assert left == [epoch for epoch in range(1, 1001) if is_kept(epoch, 1000, 101)]
    assert 101 in left
    assert (folder / "epoch_00033 (mine).png").is_file()
    run.write_preview(500, shown, best=101)  # the run went back
    assert max(int(one.stem[6:]) for one in folder.iterdir() if "mine" not in one.name) == 500
    thin_out(folder, 500, 0)
    assert not run.preview_file(101).is_file()
    assert missing([path, run.preview_file(500)]) == {path}


@pytest.mark.long
def test_a_run_writes_three_rows_and_copes_with_gone_ones(tmp_path: Path) -> None:
    run = tmp_path / "run"
    events = run_events(tiny(epochs=3), run)
    finished = [event for event in events if isinstance(event, EpochFinished)]
    assert [len(read_preview(Path(event.preview))) for event in finished] == [3, 3, 3]
    RunFolder(run).preview_file(2).unlink()
    assert set(read_history(run).previews) == {1, 3}
    again = run_events(tiny(epochs=4), run, resume=True)
    assert [event.epoch for event in again if isinstance(event, EpochFinished)] == [4]
    assert set(read_history(run).previews) == {1, 3, 4}


def test_pictures_and_noise_are_the_same_at_each_call() -> None:
    engine = LatentEngine.load(shared_run() / "checkpoints" / "best.safetensors")
    data = load_data(tiny().data)
    first, second = (list(preview(engine, data).values()) for _ in range(2))
    assert [len(row) for row in first] == [6, 6, 6]  # as many as there are validation pictures
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    seed = engine.header.config.seed
    np.testing.assert_array_equal(first[2], engine.decode(engine.sample(6, seed)))
    assert (first[2] != first[1]).any()


def test_noise_goes_along_with_the_codes() -> None:
    generator = np.random.default_rng(3)
    codes = generator.standard_normal((60, 12)) * np.linspace(1.5, 0.2, 12)
    turn = np.linalg.qr(generator.standard_normal((12, 12)))[0]
    drawn = noise(codes, 5, seed=7)
    assert drawn.shape == (5, 12)
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(noise(codes @ turn + 3.0, 5, seed=7), drawn @ turn, atol=1e-4)  # turned and shifted
    stretched = noise(codes * np.linspace(0.9, 1.1, 12), 5, seed=7)  # what whitening still does late in a run
    assert np.abs(stretched - drawn).mean() < 0.1
    assert (noise(codes, 5, seed=8) != drawn).any()


@pytest.mark.parametrize("pictures", [400, 10, 1])
def test_noise_is_of_the_prior(pictures: int) -> None:
    codes = np.random.default_rng(4).standard_normal((pictures, 24)) @ np.diag(np.geomspace(1.0, 0.01, 24))
    drawn = noise(codes, 4000, seed=1)
    np.testing.assert_allclose(np.cov(drawn.T), np.eye(24), atol=0.12)
    np.testing.assert_allclose(drawn.mean(axis=0), 0.0, atol=0.08)


def test_a_whitened_run_carries_the_noise(tmp_path: Path) -> None:
    run_events(tiny(epochs=1, whiten_every=1), tmp_path / "run")
    engine = LatentEngine.load(tmp_path / "run" / "checkpoints" / "last.safetensors")
    data = load_data(tiny().data)
    samples = preview(engine, data)["samples"]
    codes = engine.encode(np.asarray(data.images[data.split.train])).mean
    np.testing.assert_array_equal(samples, engine.decode(noise(codes, 6, engine.header.config.seed)))
    assert (samples != engine.decode(engine.sample(6, engine.header.config.seed))).any()


def test_a_film_takes_some_seconds_and_stands_at_its_end() -> None:
    assert durations(0) == []
    assert durations(1) == [LAST]
    for count in (15, 60, 193):
        times = durations(count)
        assert len(times) == count
        assert 6000 < sum(times) - LAST + times[0] < 8500
        assert times[-1] == LAST
    assert durations(3) == [600, 600, LAST]


@pytest.mark.parametrize("ending", [".webp", ".gif"])
def test_a_film_shows_the_rows_over_the_epoch(tmp_path: Path, ending: str) -> None:
    paths = write(tmp_path / "previews", 6, columns=8, side=32)
    paths[2][1].unlink()
    paths[3][1].write_bytes(b"no picture")
    told: list[tuple[int, int]] = []
    frames = save_film(tmp_path / f"f{ending}", paths, (0, 2), "Epoch {}".format, lambda _doing, *at: told.append(at))
    assert frames == 5
    assert told == [(n, 5) for n in range(1, 6)]
    sheet = grid([rows(3, 8, 32)[0], rows(3, 8, 32)[2]])
    with Image.open(tmp_path / f"f{ending}") as film:
        assert film.n_frames == 5
        assert film.width == sheet.shape[1]
        assert film.height > sheet.shape[0]
        film.seek(4)
        frame = np.asarray(film.convert("RGB")).astype(int)
    assert np.abs(frame[: sheet.shape[0]] - sheet).mean() < 4
    assert frame[sheet.shape[0] :].min() < 100  # the caption's ink


def test_a_film_is_neither_huge_nor_too_narrow_for_its_words(tmp_path: Path) -> None:
    save_film(tmp_path / "wide.webp", write(tmp_path / "a", 2, columns=8, side=256), (0, 1, 2), "Epoch {}".format)
    paths = [(epoch, path) for epoch, (_, path) in zip((9, 100_000), write(tmp_path / "b", 2, columns=1), strict=True)]
    save_film(tmp_path / "narrow.webp", paths, (2,), "Epoch {}".format)
    with Image.open(tmp_path / "wide.webp") as wide, Image.open(tmp_path / "narrow.webp") as narrow:
        assert (wide.width, narrow.width) == (WIDEST, NARROWEST)


def test_a_film_of_old_and_new_previews(tmp_path: Path) -> None:
    old, new = write(tmp_path / "a", 2, count=2), write(tmp_path / "b", 4)
    paths = old + new[2:]
    assert save_film(tmp_path / "all.webp", paths, (0, 1, 2), str) == 4
    assert save_film(tmp_path / "samples.webp", paths, (2,), str) == 2  # it begins where there are samples
    with pytest.raises(CoreError, match="gone, or can't be read"):
        save_film(tmp_path / "none.webp", old, (2,), str)


def test_a_film_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    def told(_doing: str, done: int, total: int) -> None:
        if done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        save_film(tmp_path / "film.webp", write(tmp_path / "previews", 5), (0, 1, 2), str, told)
    assert [path.name for path in tmp_path.iterdir()] == ["previews"]

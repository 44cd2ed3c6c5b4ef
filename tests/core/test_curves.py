"""What is done to a curve before it is drawn: smoothing, decimation, and the table of its numbers."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.families.base import completed
from core.families.registry import family
from core.runs.curves import binned, decimated, smoothed
from core.runs.history import extended, history_of
from core.runs.history_table import history_csv, table_columns
from tests.helpers.fake_train import epoch_event

# -- smoothing


@pytest.mark.parametrize("weight", [0.3, 0.9, 0.99])
def test_smoothing_is_the_moving_average_written_as_a_loop(weight: float) -> None:
    values = np.random.default_rng(0).normal(size=3000)
    values[[0, 7, 8, 100]] = np.nan
    average = total = 0.0
    expected = []
    for value in values:
        there = np.isfinite(value)
        average = weight * average + (1 - weight) * (value if there else 0.0)
        total = weight * total + (1 - weight) * there
        expected.append(average / total if there else np.nan)
    np.testing.assert_allclose(smoothed(values, weight), expected, rtol=1e-9, atol=1e-12)


def test_smoothing_starts_where_the_curve_does_and_leaves_constants_alone() -> None:
    values = np.array([1e6, 5.0, 4.0, 3.0])
    assert smoothed(values, 0.99)[0] == 1e6
    np.testing.assert_allclose(smoothed(np.full(500, 7.0), 0.98), 7.0)
    assert smoothed(values, 0.0) is values
    assert len(smoothed(np.empty(0), 0.9)) == 0


# -- decimation


def painted(x: np.ndarray, y: np.ndarray, low: float, high: float, columns: int) -> np.ndarray:
    """The lowest and highest place of a polyline in each column, by following it closely."""
    edges = np.linspace(low, high, columns + 1)
    found = np.full((columns, 2), np.nan)
    for column in range(columns):
        inside = y[(x >= edges[column]) & (x < edges[column + 1])]
        borders = np.interp([edges[column], np.nextafter(edges[column + 1], low)], x, y)
        found[column] = min([*inside, *borders]), max([*inside, *borders])
    return found


@given(st.integers(50, 3000), st.integers(2, 40), st.integers(0, 1000))
def test_a_decimated_line_covers_the_same_pixels(count: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.arange(1, count + 1)
    y = np.cumsum(rng.normal(size=count))
    less_x, less_y = decimated(x, y, 1, count, columns)
    assert len(less_x) <= max(4 * (columns + 2), 4 * columns)
    assert set(zip(less_x.tolist(), less_y.tolist(), strict=True)) <= set(zip(x.tolist(), y.tolist(), strict=True))
    assert (np.diff(less_x) > 0).all()
    np.testing.assert_allclose(painted(less_x, less_y, 1, count, columns), painted(x, y, 1, count, columns), atol=1e-9)


def test_a_gap_stays_and_what_is_out_of_sight_goes() -> None:
    x = np.arange(10_000)
    y = np.sin(x / 300.0)
    y[4000:5000] = np.nan
    y[7000] = np.nan  # a single one is narrower than a pixel
    less_x, less_y = decimated(x, y, 0, 9999, 100)
    assert len(less_x) <= 404
    gap = less_x[np.isnan(less_y)]
    assert gap.min() >= 4000
    assert gap.max() < 5000
    near_x, _ = decimated(x, y, 2000, 2010, 100)
    assert near_x.tolist() == list(range(1999, 2012))
    few_x, few_y = decimated(x[:3], y[:3], 0, 2, 100)
    assert (few_x.tolist(), few_y.tolist()) == ([0, 1, 2], y[:3].tolist())


def test_a_curve_of_gaps_alone_draws_nothing() -> None:
    _, y = decimated(np.arange(5000), np.full(5000, np.nan), 0, 4999, 10)
    assert np.isnan(y).all()


def test_rows_are_averaged_within_a_column() -> None:
    x = np.arange(1, 7)
    rows = np.stack([x, np.where(x == 3, np.nan, 10 * x)], axis=1).astype(float)
    np.testing.assert_allclose(binned(x, rows, 0.5, 6.5, 3), [[1.5, 15], [3.5, 40], [5.5, 55]])
    np.testing.assert_allclose(binned(x, rows, 0.5, 6.5, 100), rows)  # no more columns than epochs
    cells = binned(np.array([1, 2, 5]), np.ones((3, 2)), 0.5, 5.5, 100)
    assert np.isnan(cells[2:4]).all()
    assert (cells[[0, 1, 4]] == 1).all()
    assert np.isnan(binned(x, rows, 100.5, 104.5, 4)).all()


# -- the table


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_table_holds_every_epoch_of_every_run_with_all_digits() -> None:
    long = history_of([epoch_event(n, 3000) for n in range(1, 3001)])
    short = history_of([epoch_event(n, 2) for n in (1, 2)])
    rows = read(history_csv([("a", long), ("b, second", short)], "loss"))
    assert len(rows) == 3002
    assert list(rows[0]) == ["run", "epoch", *table_columns(family("vae"), "loss")]
    assert [row["epoch"] for row in rows if row["run"] == "b, second"] == ["1", "2"]
    assert float(rows[6]["valid_reconstruction"]) == long.valid("reconstruction")[6]
    elbo = read(history_csv([("a", short)], "elbo"))
    assert float(elbo[1]["valid_elbo"]) == -(short.valid("reconstruction")[1] + short.valid("kl")[1])


def test_a_table_of_dimensions_has_a_column_each() -> None:
    rows = [epoch_event(n, 2) for n in (1, 2)]
    rows[0].valid["psnr"] = float("nan")
    history = history_of(rows)
    cells = read(history_csv([("a", history)], "kl_per_dim"))
    assert cells[0] == {"run": "a", "epoch": "1", "kl_0": "3", "kl_1": "2", "kl_2": "0.01", "kl_3": "0"}
    assert read(history_csv([("a", history)], "loss"))[0]["valid_psnr"] == ""
    assert read(history_csv([("a", history)], "active_units"))[1]["active_units"] == "12"
    assert history_csv([], "speed") == "run,epoch,images_per_second,seconds\n"


# -- growing


def test_a_history_grows_and_forgets_what_is_done_over() -> None:
    whole = history_of([epoch_event(n, 9) for n in range(1, 7)])
    grown = extended(history_of([epoch_event(1, 9)]), [epoch_event(n, 9) for n in range(2, 7)], best_epoch=5)
    np.testing.assert_array_equal(grown.epoch, whole.epoch)
    for name in ("valid_kl", "valid_psnr", "active_units"):
        np.testing.assert_array_equal(grown.column(name), whole.column(name))
    np.testing.assert_array_equal(grown.per_axis("kl_per_dim"), whole.per_axis("kl_per_dim"))
    assert (grown.best_epoch, grown.epochs) == (5, 9)
    again = extended(grown, [epoch_event(5, 9), epoch_event(6, 9), epoch_event(4, 9)])
    assert again.epoch.tolist() == [1, 2, 3, 4]
    assert len(extended(whole, [])) == 6
    wider = extended(history_of([]), [epoch_event(1, 1)])
    assert wider.per_axis("kl_per_dim").shape == (1, 4)


def test_a_run_that_an_older_program_began_has_its_elbo_in_every_epoch() -> None:
    rows = [epoch_event(1, 4), epoch_event(2, 4), epoch_event(3, 4)]
    assert "elbo" not in rows[0].valid  # that program wrote its parts alone
    new = replace(rows[2], train=completed(family("vae"), rows[2].train), valid=completed(family("vae"), rows[2].valid))
    rows[2] = new
    history = history_of(rows)
    for part in (history.train("elbo"), history.valid("elbo")):
        assert np.isfinite(part).all()
    assert history.valid("elbo")[0] == -(rows[0].valid["reconstruction"] + rows[0].valid["kl"])
    assert np.isfinite(extended(history_of(rows[:2]), [new]).valid("elbo")).all()

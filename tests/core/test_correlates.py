"""What dimensions go along with: r and eta by hand, what chance reaches, which of several is the most, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from core.cli import run
from core.config import DataConfig
from core.data.columns import has_columns, known_columns
from core.data.dataset import load
from core.errors import DataError
from core.metrics.correlates import LEVEL, Correlates, correlates, sampled
from tests.helpers.pictures import draw_picture
from tests.helpers.runs import shared_run, tiny, toy_folder


def of_one(code: np.ndarray, column: np.ndarray, *, is_kind: bool = False) -> Correlates:
    return correlates(np.asarray(code, float)[:, None], np.asarray(column, float)[:, None], ["x"], [is_kind])


def test_r_is_pearsons() -> None:
    assert of_one([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]).values[0, 0] == pytest.approx(0.8)
    line = np.linspace(-2, 2, 50)
    assert of_one(line, -3 * line + 7).values[0, 0] == pytest.approx(-1.0)
    assert of_one(line, line**2).values[0, 0] == pytest.approx(0.0, abs=1e-12)


def test_eta_is_the_share_between_kinds() -> None:
    """Scores in three subjects: 6,780 of a sum of squares of 9,640 lie between the subjects' means."""
    scores = [45, 70, 29, 15, 21, 40, 20, 30, 42, 65, 95, 80, 70, 85, 73]
    subject = [7] * 5 + [2] * 4 + [4] * 6
    assert of_one(scores, subject, is_kind=True).values[0, 0] ** 2 == pytest.approx(6780 / 9640)


def test_eta_of_two_kinds_is_r_without_its_sign() -> None:
    rng = np.random.default_rng(1)
    column = rng.integers(0, 2, 80)
    code = rng.standard_normal(80) - 0.5 * column
    r, eta = (of_one(code, column, is_kind=is_kind) for is_kind in (False, True))
    assert r.values[0, 0] < 0
    assert eta.values[0, 0] == pytest.approx(-r.values[0, 0])
    assert eta.chance[0] == pytest.approx(r.chance[0])


def test_an_angle_is_found_whatever_its_symmetry() -> None:
    steps = np.tile(np.arange(40), 20)
    code = np.cos(2 * steps * 2 * np.pi / 40)  # the same after half a turn: neither r nor a first harmonic sees it
    assert of_one(code, steps).of(0) is None
    found = of_one(code, steps, is_kind=True)
    assert found.of(0).measure == "eta"
    assert found.of(0).value == pytest.approx(1.0)


@pytest.mark.parametrize(("count", "size", "kinds"), [(50, 10, 3), (2000, 10, 40)])
def test_what_chance_reaches_has_the_probability_that_is_stated(count: int, size: int, kinds: int) -> None:
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((count, size))
    numbers = np.column_stack([rng.standard_normal(count), np.arange(count) % kinds])
    found = correlates(codes, numbers, ["number", "kind"], [False, True])
    level = LEVEL / (2 * size)
    r = stats.beta(count / 2 - 1, count / 2 - 1, loc=-1, scale=2)  # of r itself, as scipy.stats.pearsonr has it
    assert 2 * r.sf(found.chance[0]) == pytest.approx(level, rel=1e-6)
    share = found.chance[1] ** 2
    ratio = (share / (kinds - 1)) / ((1 - share) / (count - kinds))
    assert stats.f(kinds - 1, count - kinds).sf(ratio) == pytest.approx(level, rel=1e-6)


def test_the_numbers_in_the_docstring() -> None:
    rng = np.random.default_rng(0)
    for count, kinds, r, eta in ((2000, 40, 0.083, 0.20), (50, 40, 0.50, None)):
        factors = np.column_stack([np.arange(count), np.arange(count) % kinds, *rng.random((3, count))])
        found = correlates(rng.standard_normal((count, 10)), factors, list("abcde"), [False, True, False, False, False])
        assert round(float(found.chance[0]), len(str(r)) - 2) == pytest.approx(r)
        assert eta is None or round(float(found.chance[1]), 2) == eta


def test_noise_goes_along_with_nothing() -> None:
    rng = np.random.default_rng(2)
    said = 0
    for _ in range(400):
        factors = np.column_stack([rng.random(60), rng.integers(0, 2, 60), rng.integers(0, 5, 60)])
        said += bool((correlates(rng.standard_normal((60, 5)), factors, list("abc"), [False, False, True]).best >= 0).any())
    assert said <= 12  # 4 are expected; 12 or fewer has a probability of 0.9997


def test_many_kinds_do_not_win_by_their_number() -> None:
    rng = np.random.default_rng(3)
    number = np.arange(200) // 2
    code = number / 30 + rng.standard_normal(200)
    found = correlates(code[:, None], np.column_stack([number, number]), ["kind", "number"], [True, False])
    assert found.values[0, 0] > found.values[0, 1]
    assert found.of(0).name == "number"


def test_nothing_is_said_of_what_does_not_vary_or_is_not_in_use() -> None:
    number = np.linspace(0, 1, 100)
    codes = np.column_stack([number, 0.3 * number, np.ones(100)])  # variances 0.085, 0.0077, 0
    found = correlates(codes, np.column_stack([np.ones(100), number]), ["same", "number"], [False, False])
    assert found.best.tolist() == [1, -1, -1]
    assert np.isnan(found.values[:, 0]).all()
    everything = correlates(codes, number[:, None], ["number"], [False], least_variance=0.0)
    assert everything.best.tolist() == [0, 0, -1]


def test_pictures_that_the_labels_leave_out_do_not_count() -> None:
    rng = np.random.default_rng(4)
    code, column = rng.standard_normal(100), rng.standard_normal(100)
    part = column.copy()
    part[30:] = np.nan
    assert of_one(code, part).values[0, 0] == pytest.approx(np.corrcoef(code[:30], column[:30])[0, 1])
    assert of_one(code, part).chance[0] == pytest.approx(of_one(code[:30], column[:30]).chance[0])
    part[2:] = np.nan
    nothing = of_one(code, part)
    assert nothing.of(0) is None
    assert json.loads(json.dumps(nothing.to_dict()))["dimensions"] == [{"goes_with": None, "values": {"x": None}}]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match="don't belong together"):
        correlates(np.ones((3, 2)), np.ones((4, 1)), ["x"], [False])
    with pytest.raises(DataError, match="names for factors"):
        correlates(np.ones((3, 2)), np.ones((3, 1)), ["x", "y"], [False, True])
    with pytest.raises(DataError, match="no finite numbers"):
        of_one([1.0, np.nan, 2.0], [1, 2, 3])


def test_the_sample_is_the_same_each_time() -> None:
    rows = sampled(737_280)
    assert len(np.unique(rows)) == len(rows) == 2000
    np.testing.assert_array_equal(rows, sampled(737_280))
    np.testing.assert_array_equal(sampled(7), np.arange(7))


def test_columns_of_shapes_are_their_factors() -> None:
    data = load(DataConfig(source="sprites", image_size=64, channels=1, limit=40))
    rows = np.array([3, 17])
    columns = known_columns(data, rows)
    assert columns.names == ("shape", "scale", "orientation", "pos_x", "pos_y")
    assert columns.unordered == (True, False, True, False, False)  # an angle's ends meet
    np.testing.assert_array_equal(columns.values, data.factors[rows])


def test_columns_of_a_folder_are_its_class_and_its_labels() -> None:
    data = load(tiny().data)
    columns = known_columns(data, np.arange(len(data.images)))
    assert has_columns(data)
    assert not any(columns.unordered)
    for name, values in zip(columns.names, columns.values.T, strict=True):
        np.testing.assert_array_equal(values, data.attribute(name))
    assert set(data.index.attributes) < set(columns.names)


@pytest.mark.long
def test_evaluate_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", "--checkpoint", str(shared_run()), "--data", str(toy_folder()), "--correlates"]
    assert run([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["correlates"]
    assert found["images"] == 32
    assert len(found["dimensions"]) == 6
    assert all(one.keys() <= {"goes_with", "value", "values"} for one in found["dimensions"])
    with_it = [one for one in found["dimensions"] if one["goes_with"] is not None]
    assert with_it, "this run tells the classes apart"
    for one in with_it:
        assert one["value"] == one["values"][one["goes_with"]]
        assert abs(one["value"]) > found["labels"][one["goes_with"]]["chance"]
    assert run(words) == 0
    assert f"goes with {with_it[0]['goes_with']}" in capsys.readouterr().out
    plain = tmp_path / "plain"
    plain.mkdir()
    for number in range(4):
        draw_picture(True, np.random.default_rng(number)).save(plain / f"{number}.png")
    assert run(["evaluate", "--checkpoint", str(shared_run()), "--data", str(plain), "--correlates"]) == 3
    assert "neither classes nor labels" in capsys.readouterr().err

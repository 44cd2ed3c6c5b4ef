"""Directions: what 100 % means, and what balancing takes out."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CheckpointError, DataError
from core.latent import directions
from core.latent.direction_fit import fit
from core.latent.directions import Direction, move, move_by_coefficient, percent_at, share_of_way, with_score
from core.metrics.direction_quality import auc

NUMBER = st.floats(-20, 20)


def along_x(mean_without: float, mean_with: float) -> Direction:
    """A direction along a tilted axis of 3 dimensions."""
    unit = np.array([0.6, 0.0, 0.8], np.float32)
    return Direction("smile", unit, mean_with, mean_without, -3.0, 3.0, unit * 2, "mean", "test", checkpoint_id="x")


@given(st.tuples(NUMBER, NUMBER, NUMBER), st.tuples(NUMBER, st.floats(0.1, 20)), st.floats(-400, 400))
def test_amount_is_what_the_contract_says(code: tuple[float, float, float], means: tuple[float, float], amount: float) -> None:
    without, d = means
    direction = along_x(without, without + d)
    z = np.array(code, np.float32)
    p = float(z.astype(np.float64) @ direction.unit.astype(np.float64))
    if amount >= 0:
        way = amount / 100 * max(without + d - p, d / 4)
    else:
        way = -(-amount / 100 * max(p - without, d / 4))
    moved = move(z, direction, amount)
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved, z + way * direction.unit, atol=2e-3)
    np.testing.assert_allclose(move(np.stack([z, z]), direction, amount)[1], moved, atol=1e-4)


@given(st.floats(-5, 5))
def test_100_percent_is_the_average_face_with_it(start: float) -> None:
    direction = along_x(-1.0, 2.0)
    z = (start * direction.unit).astype(np.float32)
    forward, back = (float(direction.position(move(z, direction, amount))) for amount in (100.0, -100.0))
    assert forward == pytest.approx(max(2.0, start + 0.75), abs=1e-4)
    assert back == pytest.approx(min(-1.0, start - 0.75), abs=1e-4)
    np.testing.assert_array_equal(move(z, direction, 0.0), z)


@given(st.floats(-5, 5))
def test_the_share_of_the_way_is_what_100_percent_goes(start: float) -> None:
    direction = along_x(-1.0, 2.0)
    z = (start * direction.unit).astype(np.float32)
    gone = float(direction.position(move(z, direction, 100.0))) - start
    assert share_of_way(z, direction) == pytest.approx(gone / 3.0, abs=1e-4)


@given(NUMBER, st.floats(-300, 300))
def test_percent_at_undoes_move(start: float, amount: float) -> None:
    direction = along_x(-1.0, 2.0)
    z = (start * direction.unit).astype(np.float32)
    there = float(direction.position(move(z, direction, amount)))
    assert percent_at(z, direction, there) == pytest.approx(amount, abs=0.1)


def test_coefficient_adds_the_plain_difference() -> None:
    direction = along_x(0.0, 1.0)
    z = np.ones((2, 3), np.float32)
    np.testing.assert_allclose(move_by_coefficient(z, direction, 1.5), z + 1.5 * direction.difference, rtol=1e-6)


def codes(count: int = 4000, share: float = 0.8) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes whose first axis is the smile and whose second is a trait that mostly comes with it."""
    rng = np.random.default_rng(3)
    smile = rng.random(count) < 0.5
    trait = np.where(rng.random(count) < share, smile, ~smile).astype(np.float32)
    z = rng.standard_normal((count, 5)).astype(np.float32) * 0.1
    z[:, 0] += smile * 2.0
    z[:, 1] += trait * 3.0
    return z, smile, trait


def test_balancing_takes_the_confounder_out() -> None:
    z, smile, trait = codes()
    plain = fit(z, smile, "smile")
    balanced = fit(z, smile, "smile", method="balanced", balance=trait, balance_name="trait")
    assert plain.unit[1] > 0.5  # the trait comes along
    assert abs(balanced.unit[1]) < 0.02
    assert balanced.unit[0] > 0.99
    assert (balanced.method, balanced.balance, plain.balance) == ("balanced", "trait", "")


def test_a_fit_is_the_difference_of_means() -> None:
    z, smile, _ = codes()
    found = fit(z, smile, "smile", source="here")
    difference = z[smile].mean(axis=0) - z[~smile].mean(axis=0)
    np.testing.assert_allclose(found.difference, difference, rtol=1e-4)
    np.testing.assert_allclose(found.unit, difference / np.linalg.norm(difference), atol=1e-5)
    assert float(np.linalg.norm(found.unit)) == pytest.approx(1.0, abs=1e-5)
    assert found.mean_with == pytest.approx(float((z @ found.unit)[smile].mean()), abs=1e-4)
    assert found.mean_without == pytest.approx(float((z @ found.unit)[~smile].mean()), abs=1e-4)
    positions = z @ found.unit
    assert 0.005 < float((positions < found.low).mean()) < 0.015
    assert 0.005 < float((positions > found.high).mean()) < 0.015


def test_unknown_labels_are_left_out() -> None:
    z, smile, trait = codes(200)
    labels = smile.astype(np.float32)
    labels[:50] = np.nan
    z[:50] = 1e6
    clean = fit(z[50:], labels[50:], "smile")
    np.testing.assert_allclose(fit(z, labels, "smile").unit, clean.unit, atol=1e-6)
    z[:50] = 0
    trait[50:60] = np.nan
    assert np.isfinite(fit(z, labels, "smile", method="balanced", balance=trait, balance_name="trait").unit).all()


def test_what_cannot_be_fitted_gets_its_sentence() -> None:
    z, smile, _ = codes(100)
    with pytest.raises(DataError, match="without 'smile'"):
        fit(z, np.ones(100), "smile")
    with pytest.raises(DataError, match="with 'smile'"):
        fit(z, np.zeros(100), "smile")
    with pytest.raises(DataError, match="same mean code"):
        fit(np.zeros((100, 2), np.float32), smile, "smile")
    with pytest.raises(DataError, match="needs a column"):
        fit(z, smile, "smile", method="balanced")
    with pytest.raises(DataError, match="no method"):
        fit(z, smile, "smile", method="magic")
    with pytest.raises(DataError, match="values"):
        fit(z, smile, "smile", method="balanced", balance=np.arange(100.0), balance_name="id")
    with pytest.raises(DataError, match="occurs both"):
        fit(z, smile, "smile", method="balanced", balance=smile.astype(np.float32), balance_name="same")


def test_json_and_back() -> None:
    z, smile, _ = codes(100)
    found = with_score(fit(z, smile, "smile"), math.nan, 0, "abc")
    text = json.dumps(found.to_dict(), allow_nan=False)
    back = directions.from_dict(json.loads(text))
    np.testing.assert_allclose(back.unit, found.unit, atol=1e-6)
    assert back.unit.dtype == np.float32
    assert math.isnan(back.auc)
    assert (back.name, back.mean_with, back.checkpoint_id) == ("smile", found.mean_with, "abc")
    assert back.for_checkpoint("abc") is back
    assert "space" not in json.loads(text)  # as older programs know it
    assert "label" not in json.loads(text)
    renamed = directions.from_dict(json.loads(json.dumps(back.shown_as("grin").to_dict())))
    assert (back.shown_name, renamed.name, renamed.shown_name) == ("smile", "smile", "grin")
    assert renamed.shown_as("smile").label == ""
    styled = directions.from_dict(replace(found, space="w").to_dict())
    assert (back.space, styled.space) == ("", "w")
    with pytest.raises(CheckpointError, match="belongs to another model"):
        back.for_checkpoint("abd")
    for broken in ({}, {**json.loads(text), "unit": "x"}):
        with pytest.raises(CheckpointError):
            directions.from_dict(broken)


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=1, max_size=40))
def test_auc_is_the_share_of_right_pairs(pictures: list[tuple[int, bool]]) -> None:
    positions = np.array([position for position, _ in pictures], np.float32)
    mask = np.array([positive for _, positive in pictures])
    pairs = [float(a > b) + 0.5 * float(a == b) for a in positions[mask] for b in positions[~mask]]
    if pairs:
        assert auc(positions, mask) == pytest.approx(float(np.mean(pairs)))
    else:
        assert math.isnan(auc(positions, mask))

"""Logistic directions, what is kept out of a direction, and directions in files of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import CheckpointError, CoreError, DataError
from core.latent.direction_file import LARGEST, read_direction, write_direction
from core.latent.direction_fit import fit, probe, share_along
from core.latent.directions import Direction, move, with_score


def two_traits(count: int = 6000, together: float = 0.8) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes of unit spread along whose first axis the smile shows, along the second a trait that mostly comes with it."""
    rng = np.random.default_rng(5)
    smile = rng.random(count) < 0.5
    trait = np.where(rng.random(count) < together, smile, ~smile)
    z = rng.standard_normal((count, 6)).astype(np.float32)
    z[:, 0] += smile * 1.5
    z[:, 1] += trait * 1.5
    return z, smile, trait.astype(np.float32)


def test_logistic_regression_leaves_out_what_only_comes_along() -> None:
    z, smile, _ = two_traits()
    plain, logistic = fit(z, smile, "smile"), fit(z, smile, "smile", method="logistic")
    assert plain.unit[1] > 0.4
    assert 0 < logistic.unit[1] < plain.unit[1]
    assert logistic.unit[0] > plain.unit[0]
    assert logistic.method == "logistic"
    assert logistic.mean_with > logistic.mean_without
    np.testing.assert_allclose(logistic.difference, plain.difference)  # --coefficient means the same for all


@pytest.mark.long
def test_logistic_regression_can_be_balanced_too() -> None:
    z, smile, trait = two_traits()
    found = fit(z, smile, "smile", method="logistic", balance=trait, balance_name="trait")
    assert abs(found.unit[1]) < 0.05
    assert found.unit[0] > 0.99
    assert found.balance == "trait"


def test_what_is_kept_does_not_change() -> None:
    z, smile, trait = two_traits()
    kept = probe(z, trait, smile)
    assert kept is not None
    assert kept[1] > 0.98  # within the classes only the second axis tells it
    plain = fit(z, smile, "smile")
    found = fit(z, smile, "smile", keep={"trait": kept})
    assert found.kept == ("trait",)
    assert share_along(plain.unit, kept) > 0.1
    assert share_along(found.unit, kept) == pytest.approx(0.0, abs=1e-8)
    moved = move(z, found, 100.0)
    np.testing.assert_allclose(moved @ kept, z @ kept, atol=1e-3)
    assert float(found.position(moved).mean()) > float(found.position(z).mean())
    twice = fit(z, smile, "smile", keep={"trait": kept, "again": kept.copy()})  # the same said twice takes out no more
    np.testing.assert_allclose(abs(twice.unit @ found.unit), 1.0, atol=1e-5)


def test_nothing_left_is_said() -> None:
    z, smile, _ = two_traits()
    with pytest.raises(DataError, match="Nothing is left of 'smile' once itself is taken out"):
        fit(z, smile, "smile", keep={"itself": fit(z, smile, "smile").unit})


def test_a_probe_reads_numbers_and_knows_when_there_is_nothing_to_read() -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal((500, 4)).astype(np.float32)
    smile = z[:, 0] > 0
    bright = 100.0 + 20.0 * z[:, 3] + rng.standard_normal(500)
    bright[:20] = np.nan
    found = probe(z, bright, smile)
    assert found is not None
    assert found[3] > 0.99
    assert probe(z, np.full(500, 3.0), smile) is None
    assert probe(z, smile.astype(np.float32), smile) is None  # within its own classes an attribute says nothing
    assert probe(z, np.full(500, np.nan), smile) is None
    assert probe(np.ones((500, 4), np.float32), bright, smile) is None  # a network whose units all died has codes all alike


@pytest.fixture
def direction() -> Direction:
    z, smile, _ = two_traits(200)
    made = with_score(fit(z, smile, "smile", source="tests"), 0.9, 50, "abc")
    return replace(made, kept=("pose",), stability=0.9, shares={"pose": 0.25})


def test_a_direction_goes_into_a_file_and_back(tmp_path: Path, direction: Direction) -> None:
    path = tmp_path / "smile.json"
    write_direction(path, direction)
    back = read_direction(path, "abc")
    np.testing.assert_allclose(back.unit, direction.unit, atol=1e-6)
    assert (back.name, back.kept, back.stability, back.shares) == ("smile", ("pose",), 0.9, {"pose": 0.25})
    with pytest.raises(CheckpointError, match="belongs to another model"):
        read_direction(path, "abd")


def test_a_file_of_a_newer_version_is_called_newer(tmp_path: Path, direction: Direction) -> None:
    path = tmp_path / "smile.json"
    write_direction(path, direction)
    values = json.loads(path.read_text())
    path.write_text(json.dumps(values | {"version": 9, "program": "3.0.0"}))
    with pytest.raises(CheckpointError, match=r"smile.json was written by Labkhand 3.0.0; this is version") as caught:
        read_direction(path, "abc")
    assert caught.value.hint == "Update Labkhand."


@pytest.mark.parametrize(
    "damage",
    [
        {"kind": "something"},
        {"version": 9},
        {"version": 0},
        {"direction": 3},
        {"direction": {}},
        {"direction.unit": "x"},
        {"direction.unit": [0.0] * 6},
        {"direction.unit": [1.0, 0.0]},
        {"direction.unit": [[1.0] * 6]},
        {"direction.mean_with": "high"},
        {"direction.mean_with": 1e400},
        {"direction.shares": 3},
        {"direction.kept": 3},
    ],
)
def test_a_damaged_file_gets_its_sentence(tmp_path: Path, direction: Direction, damage: dict[str, Any]) -> None:
    path = tmp_path / "smile.json"
    write_direction(path, direction)
    values = json.loads(path.read_text())
    for key, value in damage.items():
        outer, _, inner = key.partition(".")
        if inner:
            values[outer][inner] = value
        else:
            values[outer] = value
    path.write_text(json.dumps(values))
    with pytest.raises(CoreError):
        read_direction(path, "abc")


def test_what_is_no_direction_gets_its_sentence(tmp_path: Path) -> None:
    path = tmp_path / "smile.json"
    with pytest.raises(CheckpointError, match="can't be read"):
        read_direction(path, "abc")
    for text in ("", "{", "[1]", "[" * 100_000, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), '"kind"'):
        path.write_text(text, encoding="latin-1")
        with pytest.raises(CheckpointError, match="holds no direction"):
            read_direction(path, "abc")
    path.write_bytes(b" " * (LARGEST + 1))
    with pytest.raises(CheckpointError, match="too large"):
        read_direction(path, "abc")

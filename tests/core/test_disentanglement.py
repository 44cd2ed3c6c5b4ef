"""FactorVAE score, SAP and DCI on codes whose answer is known; all measures at once."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.errors import Cancelled, DataError
from core.latent.code import Code
from core.metrics import dci as dci_module
from core.metrics import disentanglement
from core.metrics.disentanglement import DCI, MEASURES, dci, factor_vae_score, measure_factors, mig, mig_chen, sap
from core.metrics.factor_arrays import draw_two
from tests.helpers.factors import EVEN, grid, standard


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


# FactorVAE score


@pytest.mark.long
def test_factor_vae_score_of_factors_as_codes_is_one() -> None:
    factors = grid(3, 6, 20)
    codes = standard(factors)[:, [2, 0, 1]]
    assert factor_vae_score(codes, factors) == 1.0
    silent = np.column_stack([codes, np.zeros(len(codes)), 0.04 * noise(len(codes))])
    assert factor_vae_score(silent, factors) == 1.0


def test_factor_vae_score_leaves_silent_dimensions_out() -> None:
    """A tiny copy of a factor would win each of its votes; the noise beside it wins none. Both are under 0.05."""
    factors = grid(10, 10)
    codes = np.column_stack([0.049 * standard(factors)[:, 0], standard(factors)[:, 1]])
    assert factor_vae_score(codes, factors) == pytest.approx(0.5, abs=0.03)  # one dimension is left for both factors
    assert factor_vae_score(codes, factors, least_std=0.04) == 1.0
    assert factor_vae_score(0.01 * codes, factors) == 0.0  # none is left


def test_factor_vae_score_of_a_single_factor_means_nothing() -> None:
    factors = np.random.default_rng(0).integers(4, size=(400, 1))
    assert math.isnan(factor_vae_score(factors.astype(float), factors))
    assert math.isnan(factor_vae_score(factors.astype(float), np.column_stack([factors, np.ones(400, int)])))


def test_factor_vae_score_compares_variances_in_units_of_their_own() -> None:
    """Both dimensions tell their factor, with some noise; one of them in centimetres and the other in metres."""
    factors = grid(8, 8, times=10)
    codes = standard(factors) + 0.3 * noise(len(factors), 2)
    assert factor_vae_score(codes * [100.0, 1.0], factors) == factor_vae_score(codes, factors) == 1.0


def test_factor_vae_score_of_one_dimension_that_knows_nothing() -> None:
    """Votes for the first factor are always right; those for the second fall on either dimension alike."""
    factors = grid(10, 10, times=200)
    shuffled = np.random.default_rng(0).permutation(factors[:, 1])
    codes = standard(np.column_stack([factors[:, 0], shuffled]))
    found = factor_vae_score(codes, factors)
    assert found == pytest.approx(0.75, abs=0.03)


@pytest.mark.long
def test_factor_vae_score_of_a_rotation_and_of_noise_is_chance() -> None:
    factors = grid(6, 6, 6, 6)
    assert factor_vae_score(standard(factors) @ EVEN, factors) == pytest.approx(0.25, abs=0.05)
    assert factor_vae_score(noise(len(factors), 7), factors) == pytest.approx(0.25, abs=0.05)


def test_factor_vae_score_takes_so_many_votes() -> None:
    factors = grid(3, 4)
    told: list[tuple[str, int, int]] = []
    assert factor_vae_score(factors, factors, train_votes=600, test_votes=30, progress=lambda *said: told.append(said)) == 1.0
    assert told == [("FactorVAE score", done, 630) for done in (0, 500, 630)]
    one = factor_vae_score(noise(12, 2), factors, test_votes=1)
    assert one in (0.0, 1.0)


def test_factor_vae_score_never_takes_a_value_that_one_row_has() -> None:
    """Between a picture and itself nothing varies, in any dimension."""
    lonely = np.arange(100, 200)[:, None]
    factors = np.concatenate([grid(5, 5, times=4), np.hstack([lonely, lonely])])
    assert factor_vae_score(standard(factors), factors) == 1.0
    with pytest.raises(DataError, match="no two pictures share"):
        factor_vae_score(noise(9, 2), np.arange(9)[:, None])


def test_factor_vae_score_never_holds_a_constant_factor() -> None:
    factors = grid(4, 4)
    assert factor_vae_score(factors, np.column_stack([np.zeros(16, int), factors])) == 1.0


# SAP


@pytest.mark.parametrize("values", [2, 3, 4])
def test_sap_of_factors_as_codes_lacks_what_guessing_gets(values: int) -> None:
    factors = grid(values, values, values, times=4000 // values**3)
    assert sap(standard(factors), factors) == pytest.approx(1 - 1 / values, abs=0.06)


def test_sap_cannot_tell_many_values_on_a_line() -> None:
    """By definition: one linear function a value. With the correlation instead, any number will do."""
    factors = grid(10, 10, times=30)
    assert 0.05 < sap(standard(factors), factors) < 0.3
    assert sap(standard(factors), factors, continuous=True) == pytest.approx(1.0, abs=0.01)


def test_sap_is_the_difference_in_accuracy() -> None:
    """Two values at -1 and 1 with noise of width 1: the best line is right in 84.1 %, guessing in 50 %."""
    v = np.random.default_rng(1).integers(0, 2, 15_000)
    codes = np.column_stack([noise(15_000), 2.0 * v - 1.0 + noise(15_000, seed=1), noise(15_000, seed=2)])
    right = 0.5 * (1 + math.erf(1 / math.sqrt(2)))
    assert sap(codes, v[:, None]) == pytest.approx(right - 0.5, abs=0.025)
    assert sap(codes[:, [1, 1]], v[:, None]) == 0.0  # two dimensions that know it equally well


def test_sap_is_what_disentanglement_libs_own_lines_give() -> None:
    """Values of unequal shares, and so few rows to learn from that those are predicted better than the others."""
    from sklearn.svm import LinearSVC

    rng = np.random.default_rng(4)
    factors = np.column_stack([rng.random(700) < 0.15, rng.choice(3, 700, p=[0.6, 0.3, 0.1])]).astype(int)
    codes = np.column_stack([1.5 * factors + noise(700, 2), noise(700)])
    learn, measure = draw_two(700, 60, 640, np.random.default_rng(7))
    table = np.empty((3, 2))
    for d, k in np.ndindex(table.shape):
        machine = LinearSVC(C=0.01, class_weight="balanced", dual=True, random_state=0, max_iter=100_000)
        machine.fit(codes[learn, d, None], factors[learn, k])
        table[d, k] = np.mean(machine.predict(codes[measure, d, None]) == factors[measure, k])
    second, first = np.sort(table, axis=0)[-2:]
    found = sap(codes, factors, train=60, test=640, generator=np.random.default_rng(7))
    assert found == pytest.approx(np.mean(first - second), abs=0.005)


def test_sap_with_the_correlation_by_hand() -> None:
    factors = grid(6, 6, times=9)
    codes = standard(factors) @ np.array([[1.0, 0.6], [0.0, 0.8]]) + 0.3 * noise(len(factors), 2)
    table = np.corrcoef(np.column_stack([codes, factors]).T)[:2, 2:] ** 2
    by_hand = np.abs(table[0] - table[1]).mean()
    assert sap(codes, factors, continuous=True, train=10_000, test=1) == pytest.approx(by_hand, abs=0.01)
    silent = np.column_stack([codes, np.full(len(codes), 5.0)])
    assert sap(silent, factors, continuous=True) == pytest.approx(sap(codes, factors, continuous=True))


def test_sap_of_a_rotation_and_of_noise_comes_near_zero() -> None:
    factors = grid(4, 4, 4, 4, times=12)
    perfect = standard(factors)
    rotated, between, none = perfect @ EVEN, perfect + 0.5 * noise(*perfect.shape), noise(*perfect.shape)
    assert sap(rotated, factors) < 0.05
    assert sap(none, factors) < 0.05
    assert sap(rotated, factors, continuous=True) < 0.01
    assert sap(none, factors) + 0.1 < sap(between, factors) < sap(perfect, factors) - 0.1


def test_sap_learns_and_measures_on_different_rows() -> None:
    """Were they the same, a factor that is noise would seem known."""
    factors = np.random.default_rng(3).integers(0, 2, (60, 1))
    found = [sap(noise(60, 2, seed=seed), factors) for seed in range(30)]
    assert np.mean(found) < 0.16  # of 20 rows; by chance the better of two is so much better
    with pytest.raises(DataError, match="too few"):
        sap(noise(1, 2), factors[:1])


def test_sap_of_a_single_dimension_has_no_gap() -> None:
    factors = grid(2, 2, times=9)
    assert math.isnan(sap(factors[:, :1], factors))


# DCI


@pytest.mark.parametrize(
    ("importance", "disentangled", "complete"),
    [
        (np.eye(3), 1.0, 1.0),
        (np.ones((4, 3)), 0.0, 0.0),
        (np.zeros((4, 3)), 0.0, 0.0),  # nothing was learned
        (np.array([[1.0, 0.0], [0.0, 0.5], [0.0, 0.5]]), 1.0, 0.5 + 0.5 * (1 - math.log(2) / math.log(3))),
        (np.array([[0.5, 0.5], [0.0, 0.0]]), 0.0, 1.0),
        (np.array([[0.5, 0.5], [0.5, 0.0]]), 1 / 3, (1 / 1.5) * 0.0 + (0.5 / 1.5) * 1.0),
    ],
)
def test_dci_of_importances_by_hand(importance: np.ndarray, disentangled: float, complete: float) -> None:
    assert dci_module.disentanglement(importance) == pytest.approx(disentangled, abs=1e-8)
    assert dci_module.completeness(importance) == pytest.approx(complete, abs=1e-8)


def test_dci_of_factors_as_codes_is_one() -> None:
    factors = grid(4, 3, 2, times=15)
    found = dci(standard(factors)[:, [1, 2, 0]], factors)
    assert isinstance(found, DCI)
    assert found == pytest.approx((1.0, 1.0, 1.0, 1.0), abs=1e-6)


def test_dci_of_a_factor_in_two_dimensions_is_disentangled_but_not_complete() -> None:
    factors = grid(4, 4, times=40)
    first, second = (factors[:, 0] // 2)[:, None], (factors[:, 0] % 2)[:, None]
    found = dci(np.hstack([first, second, factors[:, 1:]]), factors)
    assert found.disentanglement == pytest.approx(1.0, abs=0.02)
    assert found.completeness == pytest.approx(0.5 * (1 - math.log(2) / math.log(3)) + 0.5, abs=0.05)
    assert found.informativeness == pytest.approx(1.0, abs=0.01)


@pytest.mark.long
def test_dci_of_a_rotation_comes_near_zero() -> None:
    factors = grid(4, 4, times=20)
    turned = standard(factors) @ (np.array([[1, 1], [1, -1]]) / math.sqrt(2))
    found = dci(turned, factors)
    assert found.disentanglement < 0.05
    assert found.completeness < 0.05
    assert found.informativeness > 0.95  # trees find each value all the same


@pytest.mark.long
def test_dci_of_noise_knows_nothing() -> None:
    factors = grid(4, 4, times=15)
    found = dci(noise(len(factors), 4), factors)
    assert found.disentanglement < 0.05
    assert found.informativeness == pytest.approx(0.25, abs=0.12)
    assert found.informativeness_train > found.informativeness + 0.2  # learned by heart
    assert found == dci(noise(len(factors), 4), factors)


def test_dci_says_what_has_no_meaning() -> None:
    factors = grid(3, 2, times=8)
    single = dci(factors.astype(float), np.column_stack([factors[:, 0], np.ones(len(factors), int)]))
    assert math.isnan(single.disentanglement)
    assert single.completeness == pytest.approx(1.0, abs=1e-6)
    assert math.isnan(dci(factors[:, :1].astype(float), factors).completeness)


def test_dci_can_be_cancelled_between_stages() -> None:
    told: list[tuple[str, int, int]] = []

    def cancel(*said: Any) -> None:
        told.append(said)
        if said[1] == 130:
            raise Cancelled

    factors = grid(3, 3, times=4)
    with pytest.raises(Cancelled):
        dci(factors.astype(float), factors, progress=cancel)
    assert told == [("DCI", done, 200) for done in range(131)]


# All of them


@pytest.mark.parametrize("measure", [factor_vae_score, sap, dci])
def test_codes_that_lie_on_their_side_are_refused(measure: Callable[..., Any]) -> None:
    with pytest.raises(DataError, match=r"Codes of shape \(2, 12\)"):
        measure(np.zeros((2, 12)), grid(3, 4))
    with pytest.raises(DataError, match="same value"):
        measure(noise(12, 2), np.zeros((12, 2), int))


@pytest.fixture
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trees of a handful of stages: here it is about what is passed to which measure."""
    monkeypatch.setattr(dci_module, "STAGES", 5)


@pytest.mark.usefixtures("few_rows")
def test_measure_factors_gives_each_measure() -> None:
    factors = grid(3, 2, 4, times=5)
    codes = Code("z", factors + 0.3 * noise(*factors.shape), np.full(factors.shape, -1.0))
    names = ("Shape", "scale", "posX")
    told: list[str] = []
    found = measure_factors(codes, factors, names, lambda text, done, total: told.append(text))
    assert json.loads(json.dumps(found)) == found | {"factors": list(names)}
    assert (found["images"], found["factors"]) == (120, ["Shape", "scale", "posX"])
    assert found["mig"] == mig(codes.mean, factors)
    assert found["mig_chen"] == mig_chen(codes.mean, codes.log_var, factors[:, 1:])  # without the shape
    assert found["factor_vae_score"] == factor_vae_score(codes.mean, factors)
    assert found["sap"] == sap(codes.mean, factors)
    assert found["dci"] == dci(codes.mean, factors)._asdict()
    assert len(set(told)) == len(MEASURES)


def test_measure_factors_takes_those_that_are_wanted() -> None:
    factors = grid(3, 4, times=5)
    codes = Code("z", noise(*factors.shape), np.zeros(factors.shape))
    found = measure_factors(codes, factors, ("shape", "scale"), measures=("mig", "sap"))
    assert set(found) == {"images", "factors", "mig", "sap"}
    assert "mig_chen" not in measure_factors(codes, factors[:, :1], ("shape",), measures=("mig_chen",))
    with pytest.raises(DataError, match="'beauty'"):
        measure_factors(codes, factors, ("shape", "scale"), measures=("beauty",))
    with pytest.raises(DataError, match="3 names for factors"):
        measure_factors(codes, factors, ("a", "b", "c"))


def test_the_names_that_others_rely_on() -> None:
    for name in ("mig", "sap", "dci", "mig_chen", "factor_vae_score", "measure_factors"):
        assert name in disentanglement.__all__
        assert callable(getattr(disentanglement, name))

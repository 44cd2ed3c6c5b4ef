"""Principal components of a comparison, without the large library that has them; and that reports load no such libraries."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.decomposition import PCA

from core.compare.components import principal
from tests.helpers.runs import shared_run, toy_folder


@pytest.mark.parametrize("shape", [(40, 6), (6, 40), (300, 128), (3, 3)])
def test_principal_components_are_scikit_learns(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(shape[0])
    points = (rng.standard_normal(shape) * rng.uniform(0.2, 3.0, shape[1]) + 5.0).astype(np.float32)
    found, shares = principal(points, 2)
    theirs = PCA(2, svd_solver="full")
    np.testing.assert_allclose(found, theirs.fit_transform(points.astype(np.float64)), atol=1e-8)
    np.testing.assert_allclose(shares, theirs.explained_variance_ratio_, atol=1e-10)


def test_two_points_have_one_component() -> None:
    found, shares = principal(np.array([[0.0, 0.0, 0.0], [3.0, 0.0, -4.0]]), 2)
    assert shares == pytest.approx([1.0, 0.0], abs=1e-12)
    np.testing.assert_allclose(found, [[2.5, 0.0], [-2.5, 0.0]], atol=1e-12)  # the largest weight, that of -4, is positive


_REPORT = """
import sys
from core.compare.comparison import make_report
run, source = sys.argv[1:]
make_report([run, run], source, (), "")
make_report([run], source, (), "")
print(*sorted({"torchvision", "torch._dynamo", "torch._inductor", "sympy", "sklearn"} & sys.modules.keys()))
"""


@pytest.mark.long
def test_reports_load_neither_a_compiler_nor_scikit_learn() -> None:
    """They stay in the window's process: 250 MB were seen after the first report."""
    made = subprocess.run(
        [sys.executable, "-c", _REPORT, str(shared_run()), str(toy_folder())], capture_output=True, text=True, check=True
    )
    assert made.stdout.split() == []

"""What is computed here instead of by large libraries: components, matching, blocks of ResNet18; and that none is loaded."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import PCA

from core.compare.components import principal
from core.compare.matching import best_pairs
from core.families.colouriser.residual import stage
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


@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (8, 32), (8, 2), (3, 200), (5, 4)])
def test_pairs_are_the_best_there_are(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(7)
    for _ in range(25):
        gains = rng.standard_normal(shape)
        rows, columns = best_pairs(gains)
        best = linear_sum_assignment(-gains)
        np.testing.assert_array_equal(rows, best[0])
        np.testing.assert_array_equal(columns, best[1])


def test_pairs_of_equal_gains_are_still_pairs() -> None:
    rows, columns = best_pairs(np.zeros((3, 5)))
    assert rows.tolist() == [0, 1, 2]
    assert len(set(columns.tolist())) == 3


@pytest.mark.long
@pytest.mark.parametrize(("name", "before", "after", "stride"), [("layer1", 64, 64, 1), ("layer2", 64, 128, 2)])
def test_blocks_are_those_of_torchvisions_resnet18(name: str, before: int, after: int, stride: int) -> None:
    from core.torchvision_compat import torchvision

    theirs = getattr(torchvision.models.resnet18(weights=None), name)
    for part in theirs.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(part.running_mean)
            torch.nn.init.uniform_(part.running_var, 0.5, 2.0)
            torch.nn.init.uniform_(part.weight)
    own = stage(before, after, stride)
    own.load_state_dict(theirs.state_dict())
    pictures = torch.rand(2, before, 12, 10)
    with torch.inference_mode():
        torch.testing.assert_close(own.eval()(pictures), theirs.eval()(pictures))


_REPORT = """
import sys
from core.compare.comparison import make_report
from core.families.colouriser.networks import Colouriser
from core.families.colouriser.settings import ColouriserSettings
run, source = sys.argv[1:]
make_report([run, run], source, (), "")
make_report([run], source, (), "")
Colouriser(ColouriserSettings(network="resnet18"))
print(*sorted({"torchvision", "torch._dynamo", "torch._inductor", "sympy", "sklearn", "scipy"} & sys.modules.keys()))
"""


@pytest.mark.long
def test_reports_load_neither_a_compiler_nor_libraries_for_what_is_computed_here() -> None:
    """They stay in the window's process: 250 MB were seen after the first report."""
    made = subprocess.run(
        [sys.executable, "-c", _REPORT, str(shared_run()), str(toy_folder())], capture_output=True, text=True, check=True
    )
    assert made.stdout.split() == []

"""What a new run's settings are, from a preset and what a person says."""

from __future__ import annotations

from typing import Any

import pytest

from core.training.new_config import new_config


@pytest.mark.parametrize(
    ("given", "phases"),
    [({}, (25, 12)), ({"epochs": 2}, (2, 1)), ({"epochs": 50}, (50, 24)), ({"epochs": 2, "sharpen_epochs": 12}, (2, 12))],
)
def test_the_sharpening_has_its_share_of_the_epochs(given: dict[str, Any], phases: tuple[int, int]) -> None:
    """A trial of two epochs became one of fourteen."""
    config = new_config("sharp", given)
    assert (config.epochs, config.settings.sharpen_epochs) == phases

"""The folder of real pictures beside the repository. What needs it is marked `real_data`, and skipped where it isn't there."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def real_source(name: str) -> object:
    """A parameter of a fixture or test: the path of a folder of `SHARED`; the test is skipped where there is none."""
    return pytest.param(SHARED / name, id=name, marks=pytest.mark.real_data(name))

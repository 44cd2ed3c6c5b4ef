"""For all tests: the person's own folders are neither read nor written. No Qt here: core's tests run without it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.helpers.real_data import SHARED

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if "PYTEST_XDIST_WORKER" in os.environ:  # several test processes share the cores: threads that wait for each other would waste them
    os.environ.setdefault("OMP_NUM_THREADS", "1")

_HOME = Path(tempfile.mkdtemp(prefix="labkhand-tests-"))
"""Stands in for the person's folders in whatever asks before a test's own folder is set."""
for _name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
    os.environ[_name] = str(_HOME / _name.lower())
# matplotlib's list of fonts takes seconds to make: it may outlive the tests, beside them.
os.environ["MPLCONFIGDIR"] = str(Path(tempfile.gettempdir()) / "labkhand-tests-matplotlib")
os.environ["LABKHAND_CACHE"] = str(_HOME / "cache")
os.environ["LABKHAND_SETTINGS"] = str(_HOME / "settings.ini")


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings of its own for each test; the picture cache is one for all, since it only holds what it is asked for."""
    path = tmp_path / "settings.ini"
    monkeypatch.setenv("LABKHAND_SETTINGS", str(path))
    return path


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`real_data("celeba")`: the test needs that folder of `SHARED`."""
    for mark in item.iter_markers("real_data"):
        if not (SHARED / mark.args[0]).is_dir():
            pytest.skip(f"there is no {SHARED / mark.args[0]}")


def pytest_sessionfinish() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)

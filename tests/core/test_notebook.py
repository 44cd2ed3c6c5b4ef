"""`docs/notebook.md` runs from top to bottom, without Qt."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import labkhand

PAGE = Path(__file__).resolve().parents[2] / "docs" / "notebook.md"
DRAWN = 300  # faces instead of thousands: as many as the page asks for at most
BEFORE = f"""
import sys

from core.data import index

index.DEMO_COUNT = {DRAWN}
"""
AFTER = """
assert not {"PySide6", "core.commands", "matplotlib.pyplot"} & set(sys.modules)
"""


def blocks() -> list[str]:
    """The page's code, in order."""
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.long
def test_the_page_runs_from_top_to_bottom(tmp_path: Path) -> None:
    script = tmp_path / "page.py"
    script.write_text("\n".join([BEFORE, *blocks(), AFTER]), encoding="utf-8")
    environment = os.environ | {"MPLBACKEND": "Agg", "PYTHONPATH": str(PAGE.parents[1]), "LABKHAND_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-W", "error", script.name],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs" / "tiny" / "config.json").is_file()


def test_the_page_shows_every_function() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in labkhand.__all__ if name != "Model" and f"lk.{name}" not in text] == []

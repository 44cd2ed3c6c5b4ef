"""What the documentation says of settings is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.config import all_paths, all_settings, get, preset
from core.families.registry import families
from tests.helpers.settings_page import PAGE, page

DOCS = PAGE.parent
PAGES = sorted(DOCS.glob("*.md"))
MENTION = re.compile(r"`((?:model|objective)\.(?!py`)[a-z_]+)[`=]")  # `model.py` is a file


def test_the_page_of_all_settings_is_the_codes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "Write it anew: python -m tests.helpers.settings_page"


def test_every_family_has_all_of_its_settings_and_defaults_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    of_every_run = text.partition("## Of every run")[2].partition("\n## ")[0]
    for one in families():
        assert f"## {one.title} " in text
        own = text.partition(f"## {one.title} ")[2].partition("\n## ")[0]
        for path, known in all_settings(one.name).items():
            (row,) = re.findall(rf"^\| `{re.escape(path)}`.*$", of_every_run + own, re.MULTILINE) or [""]
            assert known.help.partition(". ")[0].rstrip(".") in row, path
            assert row.count("|") == 5, path


@pytest.mark.parametrize("file", PAGES, ids=[file.name for file in PAGES])
def test_no_page_names_a_setting_that_there_is_not(file: Path) -> None:
    known = {path for one in families() for path in all_paths(one.name)}
    mentioned = set(MENTION.findall(file.read_text(encoding="utf-8")))
    assert mentioned - known == set()


def test_the_defaults_in_the_tables_of_objectives_and_networks_are_the_codes() -> None:
    """A setting with a number in brackets behind it: `gamma` (35)."""
    found = 0
    text = (DOCS / "objectives.md").read_text(encoding="utf-8")
    for row in (line for line in text.splitlines() if line.startswith("| `")):
        for name, number in re.findall(r"`([a-z_]+)`(?: [a-z])? \((\d[\d.,]*)", row):
            path = next(path for path in (f"objective.{name}", f"model.{name}") if path in all_paths())
            assert float(number.replace(",", "")) == get(preset("quick"), path), path
            found += 1
    assert found >= 10

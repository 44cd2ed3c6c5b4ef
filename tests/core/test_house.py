"""The house: no two modules need each other, not even inside a function or for their types alone; no room is crowded."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.helpers.commands import ROOT


def modules(root: Path) -> dict[str, Path]:
    """Dotted name -> file of everything that the program consists of."""
    files = [root / "labkhand.py", *(root / "core").rglob("*.py"), *(root / "explorer").rglob("*.py")]
    names = {".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file for file in files}
    return {name: file for name, file in names.items() if file.is_file()}


def imported(file: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules that a file imports anywhere."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names} & known.keys()
            yield from inside or {node.module} & known.keys()


def in_order(root: Path) -> list[str]:
    """All modules, each after those that it imports. Raises CycleError."""
    known = modules(root)
    return list(TopologicalSorter({name: set(imported(file, known)) for name, file in known.items()}).static_order())


def test_there_is_no_circle_of_imports() -> None:
    assert len(in_order(ROOT)) > 400


def test_a_circle_would_be_found_wherever_the_import_stands(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "one.py").write_text("def f():\n    from core import two\n", encoding="utf-8")
    (tmp_path / "core" / "two.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from core.one import f\n", encoding="utf-8"
    )
    with pytest.raises(CycleError):
        in_order(tmp_path)


MOST_FILES = 20  # of a folder that a reader still looks through


def test_no_folder_has_more_files_than_a_reader_looks_through() -> None:
    rooms = Counter(file.parent.relative_to(ROOT) for file in modules(ROOT).values())
    assert {str(room): count for room, count in rooms.items() if count > MOST_FILES} == {}

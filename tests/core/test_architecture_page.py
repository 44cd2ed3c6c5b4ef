"""What docs/architecture.md says of files and folders is what there is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
TOPS = ("core", "explorer")

HEADING = re.compile(r"^#{2,} +(?P<title>.+)$")
FOLDER_HEADING = re.compile(r"^### (?P<folder>[\w/]+)/$")
ROW = re.compile(r"^\| `(?P<name>\w+\.py)` \|")
QUOTED = re.compile(r"`(?P<text>[^`\s]+)`")
BRANCH = re.compile(r"^(?P<indent> *)(?P<name>[\w.]+/?) {2,}\S")


def text() -> str:
    return PAGE.read_text(encoding="utf-8")


def modules() -> set[str]:
    """Every module of the program but empty `__init__` files, from the repository's root."""
    found = {file for top in TOPS for file in (ROOT / top).rglob("*.py")}
    return {
        file.relative_to(ROOT).as_posix()
        for file in found
        if file.name != "__init__.py" or file.read_text(encoding="utf-8").strip()
    }


def folders() -> set[str]:
    """Every folder that holds such a module, and those around it."""
    held = {parent.as_posix() for one in modules() for parent in Path(one).parents}
    return held - {"."}


def tree() -> list[str]:
    """The paths in the page's picture of the house, put together from how far each line is indented."""
    picture = text().split("```")[1]
    found: list[str] = []
    above: list[str] = []
    for line in picture.strip("\n").splitlines():
        match = BRANCH.match(line)
        assert match, f"no name and sentence: {line}"
        depth, rest = divmod(len(match["indent"]), 2)
        assert not rest, line
        assert depth <= len(above), line
        above = [*above[:depth], match["name"].rstrip("/")]
        found.append("/".join(above))
    return found


def rows() -> list[str]:
    """The files of the tables, each below the heading that names its folder."""
    found, folder = [], ""
    for line in text().splitlines():
        if HEADING.match(line):
            heading = FOLDER_HEADING.match(line)
            folder = heading["folder"] if heading else ""
        elif folder and (row := ROW.match(line)):
            found.append(f"{folder}/{row['name']}")
    return found


def named() -> Iterator[str]:
    """Paths that the page's sentences and tables quote in full; a family's NAME is no path."""
    for match in QUOTED.finditer(text().split("```")[2]):
        path = match["text"]
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", path) and path.split("/")[0] in {one.name for one in ROOT.iterdir()}:
            yield path


def test_every_named_file_and_folder_exists() -> None:
    paths = [*tree(), *rows(), *named()]
    assert len(paths) > 300
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_links_lead_to_pages() -> None:
    links = re.findall(r"\]\(([\w.-]+\.md)(?:#[\w-]+)?\)", text())
    assert links
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


def test_every_module_has_one_row() -> None:
    counts = Counter(rows())
    assert sorted(modules() - set(counts)) == [], "these need a row in docs/architecture.md"
    assert [path for path, count in counts.items() if count > 1] == []


def test_the_picture_shows_every_folder_once() -> None:
    shown = [path for path in tree() if path.split("/")[0] in TOPS]
    assert sorted(shown) == sorted(folders())


def test_what_a_task_names_is_in_its_file() -> None:
    """The tables *Where do I change ...?*: behind a file stand functions, classes or tables in it."""
    table = text().split("## Where do I change ...?")[1].split("\n## ")[0]
    tasks = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| I want to change ")]
    assert len(tasks) >= 20
    for task in tasks:
        assert re.search(r"`(core|explorer)/", task), task
        for path, names in re.findall(r"`([\w/]+\.py)` \(([^)]*)\)", task):
            source = (ROOT / path).read_text(encoding="utf-8")
            for name in re.findall(r"`([\w.]+)`", names):
                for part in name.split("."):
                    assert re.search(rf"^ *(def |class |){part}\b", source, re.MULTILINE), f"{path} has no {name}"

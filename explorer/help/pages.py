"""The pages of the help: where they lie, what they are called, and where a link in one of them leads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.places import IMPORTED_FROM, shipped

START = "window"
"""The page that says what each tab is."""
_FIRST = (START, "data-sets", "settings", "objectives", "measures", "coach", "directions", "retoucher", "digits", "reliability")
_SHIPPED = ("docs", "checkpoints", "resources")
_ANY_HEADING = re.compile(r"^#+ +(?P<title>.+)$", re.MULTILINE)
_HEADING = re.compile(r"^# +(?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the help."""

    name: str
    """Of its file, without the ending."""
    title: str
    text: str
    """Markdown."""


def folder() -> Path:
    """Where the pages lie, in the repository or installed."""
    return shipped("docs")


def path_of(name: str) -> Path:
    """A page's file."""
    return folder() / f"{name}.md"


def pages() -> tuple[Page, ...]:
    """All of them, those for everybody first."""
    names = [path.stem for path in sorted(folder().glob("*.md"))]
    ordered = [name for name in _FIRST if name in names] + [name for name in names if name not in _FIRST]
    return tuple(_read_page(name) for name in ordered)


def _read_page(name: str) -> Page:
    text = path_of(name).read_text(encoding="utf-8")
    title = _HEADING.search(text)
    return Page(name, title["title"] if title else name, text)


def best_first(pages: Sequence[Page], words: str) -> list[Page]:
    """The pages that have the words: those for everybody first, and of these the ones with the words in headings or most often.

    Args:
        pages: of `pages()`.
        words: in lower case; "" = all pages as they are.
    """
    if not words:
        return list(pages)
    having = [page for page in pages if words in page.text.lower()]
    return sorted(having, key=lambda page: (page.name not in _FIRST, -_headings_with(page, words), -page.text.lower().count(words)))


def _headings_with(page: Page, words: str) -> int:
    return sum(words in heading["title"].lower() for heading in _ANY_HEADING.finditer(page.text))


def place_of(path: Path) -> Path:
    """Where a file that a page links to lies: installed, the folders of the repository have other places."""
    docs = folder()
    inside = Path(*_normal((docs.name, *_below(path, docs))))
    top = inside.parts[0] if inside.parts else ""
    return shipped(top) / Path(*inside.parts[1:]) if top in _SHIPPED else IMPORTED_FROM / inside


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it of the words."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def _below(path: Path, start: Path) -> tuple[str, ...]:
    """The way from one folder to a file, with ".." where it leads up."""
    own, to = start.resolve().parts, Path(*_normal(path.parts)).parts
    shared = 0
    while shared < min(len(own), len(to)) and own[shared] == to[shared]:
        shared += 1
    return (*[".."] * (len(own) - shared), *to[shared:])


def _normal(parts: tuple[str, ...]) -> list[str]:
    """A path without ".." where that can be."""
    kept: list[str] = []
    for part in parts:
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        else:
            kept.append(part)
    return kept

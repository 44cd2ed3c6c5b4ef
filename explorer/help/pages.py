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
_MARKS = re.compile(r"\]\([^)\s]*\)|[*`\[|]")  # links' targets, bold, code and cells: what isn't seen


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the help."""

    name: str
    """Of its file, without the ending."""
    title: str
    text: str
    """Markdown."""
    words: str
    """The text as it is read and found: in lower case, in one line, without Markdown's marks."""


def words_of(text: str) -> str:
    """The words of Markdown, as `Page.words` has them."""
    return " ".join(_MARKS.sub("", text).lower().split())


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
    return Page(name, title["title"] if title else name, text, words_of(text))


def best_first(pages: Sequence[Page], parts: Sequence[str]) -> list[Page]:
    """The pages that have all of some words: those for everybody first, of these the ones with them in headings or most often.

    Args:
        pages: of `pages()`.
        parts: what each page must have, words or phrases, in lower case; none = all pages as they are.
    """
    if not parts:
        return list(pages)
    having = [page for page in pages if all(part in page.words for part in parts)]
    return sorted(having, key=lambda page: (page.name not in _FIRST, -_headings_with(page, parts), -_times(page, parts)))


def _headings_with(page: Page, parts: Sequence[str]) -> int:
    return sum(all(part in words_of(heading["title"]) for part in parts) for heading in _ANY_HEADING.finditer(page.text))


def _times(page: Page, parts: Sequence[str]) -> int:
    return min(page.words.count(part) for part in parts)


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

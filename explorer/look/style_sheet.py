"""Fills the style sheet of `resources/styles` with a theme's colours, and writes the few marks it takes from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from string import Template

from PySide6.QtCore import QDir, QTemporaryDir
from PySide6.QtGui import QColor

from explorer.look.colors import ThemeColors

RESOURCES = Path(__file__).resolve().parent.parent / "resources"


def style_sheet(wanted: ThemeColors, themes: Mapping[str, ThemeColors]) -> str:
    """The style sheet in the colours of `wanted`.

    Args:
        wanted: one of the themes.
        themes: all of them, by name.
    """
    folder = _marks_folder()
    name = next(name for name, theme in themes.items() if theme is wanted)
    _write_marks(Path(folder.path()), name, wanted)
    template = Template((RESOURCES / "styles" / "labkhand.qss").read_text(encoding="utf-8"))
    values = {item.name: getattr(wanted, item.name) for item in fields(wanted)}
    names = {key: value.name(QColor.NameFormat.HexArgb) for key, value in values.items() if isinstance(value, QColor)}
    return template.substitute(names, scheme=name)


@cache
def _marks_folder() -> QTemporaryDir:
    folder = QTemporaryDir()
    QDir.setSearchPaths("theme", [folder.path()])
    return folder


def _write_marks(folder: Path, theme_name: str, theme: ThemeColors) -> None:
    """Chevrons and check marks in a theme's colours: a style sheet can't recolour a picture."""

    def write(icon: str, suffix: str, color: QColor, stroke: str) -> None:
        path = folder / f"{icon}{suffix}-{theme_name}.svg"
        if not path.exists():
            source = (RESOURCES / "icons" / f"{icon}.svg").read_text(encoding="utf-8")
            source = source.replace("currentColor", color.name()).replace('"1.75"', f'"{stroke}"')
            path.write_text(source, encoding="utf-8")

    for mark in ("chevron-down", "chevron-up", "chevron-right"):
        write(mark, "", theme.muted_text, "2.25")
        write(mark, "-hover", theme.text, "2.25")
        write(mark, "-off", theme.disabled_text, "2.25")
    write("check", "", theme.accent_text, "3")
    write("check", "-off", theme.disabled_text, "3")

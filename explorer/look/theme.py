"""How everything looks: the colours of both themes, the style sheet, and the distances and fonts that all panels share.

The look is a darkroom's; its colours are in `theme_colors`. `apply_theme` gives the application a palette and a small
style sheet; widgets that paint themselves ask `colors()` while they paint, so that a change of theme needs nothing from
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from string import Template
from typing import Literal

from PySide6.QtCore import QDir, QObject, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from core.places import shipped

_FRAME, _TITLE = 4, 32
"""What a window's frame adds to its width and its height, in units; as much as usual window managers take."""


@dataclass(frozen=True, slots=True)
class ThemeColors:
    """The colours of one theme. Texts keep 4.5:1 on window, panel and raised; marks keep 3:1."""

    is_dark: bool
    window: QColor
    """Behind everything."""
    panel: QColor
    """Cards, lists, side panels."""
    raised: QColor
    """Buttons and fields."""
    hover: QColor
    """A button under the mouse."""
    pressed: QColor
    canvas: QColor
    """The neutral grey behind faces."""
    placeholder: QColor
    """A face that isn't there yet, on the canvas or a panel."""
    text: QColor
    muted_text: QColor
    disabled_text: QColor
    line: QColor
    """Hairlines between areas."""
    border: QColor
    """Around fields and buttons."""
    accent: QColor
    """Saffron: what can be dragged, the primary button, focus."""
    accent_hover: QColor
    accent_pressed: QColor
    accent_text: QColor
    """Text on the accent."""
    focus: QColor
    """The ring around the widget with the focus: the accent, at 3:1."""
    accent_link: QColor
    """The accent as a text colour."""
    selection: QColor
    """Behind selected rows and selected text."""
    error: QColor
    success: QColor
    warning: QColor
    groove: QColor
    """A slider's groove beyond what real faces do."""
    zone: QColor
    """The part of a groove where real faces lie."""
    hatch: QColor
    """The strokes over the part of a groove where none do."""
    tick: QColor
    """The centre or home mark of a groove."""
    shadow: QColor
    marker: QColor
    """A line drawn over a photo, and ..."""
    marker_edge: QColor
    """... its edge, which makes it visible on light and dark alike."""
    tooltip: QColor
    tooltip_text: QColor
    hues: tuple[QColor, ...]
    """Of curves (Okabe-Ito): one per run, or for a single run one per metric of a chart."""
    transparent: QColor


def _c(code: str, alpha: int = 255) -> QColor:
    color = QColor(code)
    color.setAlpha(alpha)
    return color


_LIGHT = ThemeColors(
    is_dark=False,
    window=_c("#efefee"),
    panel=_c("#f9f9f8"),
    raised=_c("#ffffff"),
    hover=_c("#f4f3f1"),
    pressed=_c("#e6e5e3"),
    canvas=_c("#d9d9d9"),
    placeholder=_c("#e3e3e2"),
    text=_c("#1f1f1f"),
    muted_text=_c("#5c5c5b"),
    disabled_text=_c("#9b9b9a"),
    line=_c("#dcdcda"),
    border=_c("#c9c9c6"),
    accent=_c("#e0930f"),
    accent_hover=_c("#eba026"),
    accent_pressed=_c("#c98209"),
    accent_text=_c("#1f1503"),
    focus=_c("#bd7700"),
    accent_link=_c("#855200"),
    selection=_c("#f6dfb3"),
    error=_c("#b3261e"),
    success=_c("#1e7145"),
    warning=_c("#8a5a00"),
    groove=_c("#e2e2e0"),
    zone=_c("#b9b8b5"),
    hatch=_c("#b4b4b1"),
    tick=_c("#6f6f6d"),
    shadow=_c("#000000", 34),
    marker=_c("#ffffff"),
    marker_edge=_c("#000000", 150),
    tooltip=_c("#2b2b2b"),
    tooltip_text=_c("#f2f2f2"),
    hues=tuple(_c(code) for code in ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b57f00", "#3a8fc4", "#555555")),
    transparent=_c("#000000", 0),
)

_DARK = ThemeColors(
    is_dark=True,
    window=_c("#1b1b1b"),
    panel=_c("#232323"),
    raised=_c("#303030"),
    hover=_c("#3a3a3a"),
    pressed=_c("#292929"),
    canvas=_c("#2d2d2d"),
    placeholder=_c("#363636"),
    text=_c("#ebebea"),
    muted_text=_c("#a9a9a7"),
    disabled_text=_c("#6d6d6b"),
    line=_c("#373737"),
    border=_c("#474746"),
    accent=_c("#f0a630"),
    accent_hover=_c("#f7b64f"),
    accent_pressed=_c("#d9921d"),
    accent_text=_c("#1f1503"),
    focus=_c("#f0a630"),
    accent_link=_c("#f3b555"),
    selection=_c("#54421f"),
    error=_c("#ff8a80"),
    success=_c("#7fcf9f"),
    warning=_c("#f0c069"),
    groove=_c("#343434"),
    zone=_c("#646462"),
    hatch=_c("#565655"),
    tick=_c("#a3a3a1"),
    shadow=_c("#000000", 120),
    marker=_c("#ffffff"),
    marker_edge=_c("#000000", 150),
    tooltip=_c("#e6e6e5"),
    tooltip_text=_c("#1f1f1f"),
    hues=tuple(_c(code) for code in ("#56b4e9", "#e8762d", "#2bbf94", "#d98fb8", "#f0e442", "#4a90c8", "#bdbdbd")),
    transparent=_c("#000000", 0),
)


def theme_colors(dark: bool) -> ThemeColors:
    """The colours of one theme, whichever is in use."""
    return _DARK if dark else _LIGHT


def contrast(first: QColor, second: QColor) -> float:
    """WCAG 2 contrast ratio of two opaque colours, 1 to 21."""

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    def luminance(color: QColor) -> float:
        return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


RESOURCES = shipped("resources")


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


def _dialog_bounds() -> str:
    """Qt's own file dialogs, which ask for more than a small screen has: name and buttons would be out of sight."""
    sizes = [screen.availableGeometry().size() for screen in QGuiApplication.screens()]
    if not sizes:
        return ""
    width, height = min(size.width() for size in sizes), min(size.height() for size in sizes)
    return f"QFileDialog {{ max-width: {width - _FRAME}px; max-height: {height - _TITLE}px; }}"


@cache
def _marks_folder() -> QTemporaryDir:
    folder = QTemporaryDir()
    QDir.setSearchPaths("theme", [folder.path()])
    return folder


def _write_marks(folder: Path, theme_name: str, theme: ThemeColors) -> None:
    """Chevrons and check marks in a theme's colours: a style sheet can't recolour icons."""

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


ThemeChoice = Literal["system", "light", "dark"]

UNIT = 4
SPACE = 8
"""Between things of one group, in device-independent pixels."""
GROUP = 16
"""Between groups."""
EDGE = 24
"""Between a panel's content and the window's edge."""
RADIUS = 4
CONTROL_HEIGHT = 32


class _Theme(QObject):
    """The theme in use; `changed` comes after palette and style sheet are in place."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice: ThemeChoice = "system"
        self.colors = theme_colors(dark=False)
        self.applied = False
        self.following = False


@cache
def theme_notifier() -> _Theme:
    """The object whose signal `changed` charts and other caches listen to; most widgets needn't."""
    return _Theme()


def colors() -> ThemeColors:
    """The colours in use; ask while painting, don't keep them."""
    return theme_notifier().colors


def apply_theme(app: QApplication, choice: ThemeChoice = "system") -> None:
    """Apply the theme to the whole application; call again with another choice at any time.

    Args:
        app: the application.
        choice: "system" follows the desktop's colour scheme and its changes, the others force one.
    """
    theme = theme_notifier()
    theme.choice = choice
    hints = app.styleHints()
    if not theme.following:
        theme.following = True
        hints.colorSchemeChanged.connect(_on_hints_color_scheme_changed)
    wanted = {"system": Qt.ColorScheme.Unknown, "light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}[choice]
    hints.setColorScheme(wanted)
    _dress(app, theme)


def _on_hints_color_scheme_changed() -> None:
    app = QApplication.instance()
    theme = theme_notifier()
    if isinstance(app, QApplication) and theme.choice == "system":
        _dress(app, theme)


def _dress(app: QApplication, theme: _Theme) -> None:
    dark = theme.choice == "dark"
    if theme.choice == "system":
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    wanted = theme_colors(dark)
    if theme.applied and wanted is theme.colors and app.styleSheet():
        return
    theme.colors = wanted
    if app.style().name().lower() != "fusion" or not theme.applied:
        app.setStyle("Fusion")
    theme.applied = True
    palette = _palette(wanted)
    app.setStyleSheet("")  # else each widget is dressed anew for each one above it: 0.8 s of the window's thread instead of 0.17
    app.setPalette(palette)
    QToolTip.setPalette(palette)
    app.setStyleSheet(style_sheet(wanted, {"light": theme_colors(dark=False), "dark": theme_colors(dark=True)}) + _dialog_bounds())
    theme.changed.emit()


def _palette(c: ThemeColors) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
        disabled = group == QPalette.ColorGroup.Disabled
        text = c.disabled_text if disabled else c.text
        for which, color in (
            (role.Window, c.window),
            (role.WindowText, text),
            (role.Base, c.panel if disabled else c.raised),
            (role.AlternateBase, c.panel),
            (role.Text, text),
            (role.PlaceholderText, c.disabled_text if disabled else c.muted_text),
            (role.Button, c.raised),
            (role.ButtonText, text),
            (role.BrightText, c.error),
            (role.Highlight, c.line if disabled else c.selection),
            (role.HighlightedText, text),
            (role.Accent, c.accent),
            (role.Link, c.accent_link),
            (role.LinkVisited, c.accent_link),
            (role.ToolTipBase, c.tooltip),
            (role.ToolTipText, c.tooltip_text),
            (role.Light, c.hover),
            (role.Midlight, c.line),
            (role.Mid, c.border),
            (role.Dark, c.border),
            (role.Shadow, c.shadow),
        ):
            palette.setColor(group, which, color)
    return palette


def _scaled_font(factor: float, weight: QFont.Weight) -> QFont:
    font = QFont(QApplication.font())
    size = font.pointSizeF() if font.pointSizeF() > 0 else QFontInfo(font).pointSizeF()
    font.setPointSizeF(size * factor)
    font.setWeight(weight)
    return font


def section_font() -> QFont:
    """For titles of sections: 115 %."""
    return _scaled_font(1.15, QFont.Weight.DemiBold)


def number_font() -> QFont:
    """For the numbers that matter: 140 %."""
    return _scaled_font(1.4, QFont.Weight.Medium)


def small_font() -> QFont:
    """For captions and tags: 90 %."""
    return _scaled_font(0.9, QFont.Weight.Normal)

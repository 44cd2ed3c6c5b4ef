"""How everything looks: the theme in use, and the few distances and fonts that all panels share.

A darkroom; its colours are in `theme_colors`. `apply_theme` gives the application a palette and a small style sheet; widgets
that paint themselves ask `colors()` while they paint, so that a change of theme needs nothing from them.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.look.colors import ThemeColors, theme_colors
from explorer.look.style_sheet import style_sheet

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
    """Dress the whole application; call again with another choice at any time.

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
    app.setPalette(palette)
    QToolTip.setPalette(palette)
    app.setStyleSheet(style_sheet(wanted, {"light": theme_colors(dark=False), "dark": theme_colors(dark=True)}))
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

"""Every colour of the program, in light and in dark; no other file names one.

Calm neutral greys that don't tint a face, and one warm accent for what can be dragged and for the one button that goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor


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
    """The ring around what has the keyboard: the accent, at 3:1."""
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
    """... what makes it seen on light and dark alike."""
    tooltip: QColor
    tooltip_text: QColor
    hues: tuple[QColor, ...]
    """Of curves (Okabe-Ito): one a run, or of one run one a metric, from the first of a chart on."""
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

"""The theme: contrast, following and forcing, icons that recolour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPalette, QScreen
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QToolButton, QTreeView, QWidget
from pytestqt.qtbot import QtBot

from explorer.look.file_dialogs import fit
from explorer.look.icons import icon, icon_names
from explorer.look.theme import (
    RESOURCES,
    ThemeChoice,
    ThemeColors,
    apply_theme,
    colors,
    contrast,
    number_font,
    section_font,
    theme_colors,
    theme_notifier,
)
from explorer.qt import override
from tests.helpers.painted import pixel

BOTH = pytest.mark.parametrize("theme", [theme_colors(False), theme_colors(True)], ids=["light", "dark"])

REQUIRED_ICONS = [
    "open-folder",
    "faces",
    "play",
    "pause",
    "stop",
    "resume",
    "save",
    "strip",
    "undo",
    "redo",
    "reset",
    "dice",
    "photo",
    "eye",
    "before-after",
    "chevron-right",
    "chevron-down",
    "close",
    "settings",
    "info",
    "warning",
    "error",
    "check",
    "model",
    "export",
    "zoom",
    "refresh",
    "plus",
    "trash",
    "device",
    "compare",
    "copy",
]


@BOTH
def test_texts_keep_the_contrast_that_eyes_need(theme: ThemeColors) -> None:
    for text in (theme.text, theme.muted_text, theme.accent_link, theme.error, theme.success, theme.warning):
        for ground in (theme.window, theme.panel, theme.raised):
            assert contrast(text, ground) >= 4.5, (text.name(), ground.name())
    for ground in (theme.canvas, theme.hover, theme.selection):
        assert contrast(theme.text, ground) >= 4.5
    assert contrast(theme.muted_text, theme.canvas) >= 4.5
    for ground in (theme.accent, theme.accent_hover, theme.accent_pressed):
        assert contrast(theme.accent_text, ground) >= 4.5
    assert contrast(theme.tooltip_text, theme.tooltip) >= 4.5


@BOTH
def test_marks_and_series_keep_three_to_one(theme: ThemeColors) -> None:
    for mark in (theme.focus, theme.tick, *theme.hues[:2]):
        assert contrast(mark, theme.panel) >= 3
    assert all(contrast(hue, theme.panel) >= 2.9 for hue in theme.hues)


@BOTH
def test_greys_are_neutral(theme: ThemeColors) -> None:
    for grey in (theme.window, theme.panel, theme.canvas, theme.placeholder, theme.raised):
        parts = (grey.red(), grey.green(), grey.blue())
        assert max(parts) - min(parts) <= 2, "a tinted grey tints the face on it"


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(QColor("white"), QColor("black")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.long
def test_a_forced_theme_reaches_palette_and_widgets(themed_app: QApplication, qtbot: QtBot) -> None:
    apply_theme(themed_app, "dark")
    assert colors().is_dark
    assert themed_app.palette().color(QPalette.ColorRole.Window) == colors().window
    button = QPushButton("Start")
    button.setProperty("primary", True)
    qtbot.addWidget(button)
    button.resize(120, 32)
    assert pixel(button, 8, 16) == colors().accent.getRgb()[:3]
    with qtbot.waitSignal(theme_notifier().changed):
        apply_theme(themed_app, "light")
    assert pixel(button, 8, 16) == colors().accent.getRgb()[:3]


def test_system_follows_the_desktop(themed_app: QApplication) -> None:
    apply_theme(themed_app, "system")
    wanted = themed_app.styleHints().colorScheme() == Qt.ColorScheme.Dark
    assert colors().is_dark == wanted
    themed_app.styleHints().setColorScheme(Qt.ColorScheme.Dark)
    assert colors().is_dark == (themed_app.styleHints().colorScheme() == Qt.ColorScheme.Dark)


def test_file_dialogs_fit_the_screen(themed_app: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    small = QRect(0, 0, 640, 360)
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _screen: small)
    try:
        for theme in ("dark", "light"):  # another one, so that the sheet is made anew
            apply_theme(themed_app, theme)
        dialog = QFileDialog()
        qtbot.addWidget(dialog)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.show()
        assert small.size().expandedTo(dialog.size()) == small.size()
        assert dialog.minimumSizeHint().expandedTo(small.size()) == small.size(), "all of it can be seen then"
    finally:
        monkeypatch.undo()
        for theme in ("dark", "light"):
            apply_theme(themed_app, theme)
        apply_theme(themed_app, "system")


def test_fonts_have_their_sizes(themed_app: QApplication) -> None:
    base = themed_app.font().pointSizeF()
    assert section_font().pointSizeF() == pytest.approx(1.15 * base, rel=0.02)
    assert number_font().pointSizeF() == pytest.approx(1.4 * base, rel=0.02)


def test_the_style_sheet_names_no_colour_itself() -> None:
    text = (RESOURCES / "styles" / "labkhand.qss").read_text(encoding="utf-8")
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(", text)


def test_every_promised_icon_is_there() -> None:
    assert set(REQUIRED_ICONS) <= icon_names()
    with pytest.raises(KeyError):
        icon("no-such-icon")


@pytest.mark.parametrize("name", sorted(icon_names()))
def test_icons_are_one_family(name: str) -> None:
    text = (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    assert 'viewBox="0 0 24 24"' in text
    assert 'stroke-width="1.75"' in text
    assert "currentColor" in text
    assert "#" not in text
    assert not icon(name).pixmap(QSize(24, 24)).isNull()


def _ink(which: QIcon, mode: QIcon.Mode, ratio: float = 1.0) -> QColor:
    image = which.pixmap(QSize(24, 24), ratio, mode).toImage()
    assert image.width() == round(24 * ratio)
    strongest = max(
        ((x, y) for x in range(image.width()) for y in range(image.height())),
        key=lambda place: image.pixelColor(*place).alpha(),
    )
    return image.pixelColor(*strongest)


@pytest.mark.long
def test_an_icon_takes_the_text_colour_of_the_theme_in_use(themed_app: QApplication) -> None:
    which = icon("stop")
    seen = []
    for choice in ("light", "dark"):
        apply_theme(themed_app, choice)
        seen.append(_ink(which, QIcon.Mode.Normal, 2.0).name())
        assert seen[-1] == colors().text.name()
        assert _ink(which, QIcon.Mode.Disabled).name() == colors().disabled_text.name()
        assert _ink(icon("stop", "error"), QIcon.Mode.Normal).name() == colors().error.name()
    assert seen[0] != seen[1]


def test_icons_survive_their_widgets(themed_app: QApplication, qtbot: QtBot) -> None:
    for _ in range(20):
        widget = QWidget()
        button = QPushButton(icon("play"), "Start", widget)
        button.setIcon(QIcon(icon("pause")))
        widget.grab()
        widget.deleteLater()
    themed_app.processEvents()
    assert not icon("play").isNull()


def test_no_button_has_a_second_ring_around_its_text() -> None:
    """The style's own, inside of the one that the sheet draws, is seen where the keyboard gives the focus."""
    sheet = (RESOURCES / "styles" / "labkhand.qss").read_text(encoding="utf-8")
    for kind in ("QPushButton", "QToolButton"):
        (rule,) = re.findall(rf"^{kind} \{{(.*?)\}}", sheet, re.DOTALL | re.MULTILINE)
        assert "outline: none" in rule


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_qts_own_file_dialog_shows_its_arrows_and_what_is_in_its_columns(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, choice: ThemeChoice
) -> None:
    apply_theme(qapp, choice)
    (tmp_path / "report of all runs.html").write_bytes(bytes(3_000_000))
    dialog = QFileDialog(None, "Open", str(tmp_path))
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    qtbot.addWidget(dialog)
    dialog.show()
    table = dialog.findChild(QTreeView, "treeView")
    assert table is not None
    qtbot.waitUntil(lambda: table.model().rowCount(table.rootIndex()) == 1, timeout=10_000)
    fit(dialog)
    qtbot.waitUntil(lambda: table.columnWidth(1) >= table.sizeHintForColumn(1) > 0, timeout=10_000)
    for column in range(table.model().columnCount()):
        assert table.columnWidth(column) >= table.sizeHintForColumn(column), column
    for name in ("backButton", "forwardButton", "toParentButton"):
        button = dialog.findChild(QToolButton, name)
        assert button is not None
        for mode, ink in ((QIcon.Mode.Normal, colors().text), (QIcon.Mode.Disabled, colors().disabled_text)):
            image = button.icon().pixmap(QSize(16, 16), mode).toImage()
            shades = [image.pixelColor(x, y) for x in range(16) for y in range(16) if image.pixelColor(x, y).alpha() > 250]
            assert shades
            assert {shade.name() for shade in shades} == {ink.name()}, (name, mode)


def test_a_widget_is_dressed_as_often_however_deep_it_lies(qtbot: QtBot, themed_app: QApplication) -> None:
    """Once for each widget above it, it took 0.8 s of the window's thread to switch the theme."""

    class Counter(QObject):
        count = 0

        @override
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.count += event.type() == QEvent.Type.StyleChange
            return False

    top = inner = QWidget()
    qtbot.addWidget(top)
    counters = []
    for _ in range(8):
        inner = QWidget(inner)
        counters.append(Counter(top))
        inner.installEventFilter(counters[-1])
    top.show()
    apply_theme(themed_app, "dark")
    assert 0 < counters[0].count == counters[-1].count

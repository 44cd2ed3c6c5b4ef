"""The help: its pages and their links, the sheet of keys, and explanations without a mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSlider, QApplication, QLabel, QListWidget, QMenu, QPushButton, QToolTip, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from explorer.actions import ACTIONS
from explorer.dialogs.about import AboutDialog
from explorer.help import browser as browser_module
from explorer.help import pages as pages_module
from explorer.help import shortcuts
from explorer.help.browser import HelpBrowser
from explorer.help.explain import explain_focus
from explorer.help.formulas import draw, readable, split
from explorer.help.pages import Page, folder, pages, place_of, slug
from explorer.help.window import HelpWindow
from explorer.look.theme import apply_theme, colors
from explorer.qt import override
from explorer.windows.main_window import DATA, EXPLORE, GALLERY, HELP_ANCHORS, TRAIN, MainWindow
from tests.explorer.test_main_window import services, window

__all__ = ["services", "window"]  # fixtures

LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<to>[^)\s]+)\)")


def headings(text: str) -> set[str]:
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    found = re.findall(r"^#+ +(.+)$", outside, re.MULTILINE)
    return {slug(re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", one)) for one in found}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Page) -> None:
    for link in LINK.findall(re.sub(r"```.*?```|`[^`\n]*`", "", page.text, flags=re.DOTALL)):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        path = place_of(folder() / name) if name else folder() / f"{page.name}.md"
        assert path.is_file(), link
        if anchor:
            assert anchor in headings(path.read_text(encoding="utf-8")), link


def test_every_tab_has_its_heading() -> None:
    text = next(page.text for page in pages() if page.name == pages_module.START)
    assert pages()[0].name == pages_module.START
    assert set(HELP_ANCHORS) <= headings(text)


def test_the_gallerys_part_names_all_that_it_shows(window: MainWindow) -> None:
    window.show_tab(GALLERY)
    page = next(page.text for page in pages() if page.name == pages_module.START)
    part = page.partition("\n## Gallery\n")[2].partition("\n## ")[0]
    shown = [button.text() for button in window.gallery.section_choice.segments]
    assert len(shown) > 5
    for text in (*shown, window.gallery.report_button.text().rstrip("…")):
        assert f"**{text}**" in part


def test_installed_the_files_lie_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inside = tmp_path / "core" / "shipped"
    monkeypatch.setattr(pages_module, "shipped", lambda name: inside / name)
    monkeypatch.setattr(pages_module, "IMPORTED_FROM", tmp_path)
    docs = inside / "docs"
    assert place_of(docs / "settings.md") == docs / "settings.md"
    assert place_of(docs / ".." / "checkpoints" / "faces.md") == inside / "checkpoints" / "faces.md"
    assert place_of(docs / ".." / "core" / "config.py") == tmp_path / "core" / "config.py"


@pytest.fixture
def shown(qtbot: QtBot, window: MainWindow) -> Iterator[HelpWindow]:
    with qtbot.waitActive(window):
        window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_F1)
    found = window.findChild(HelpWindow)
    assert found is not None
    with qtbot.waitExposed(found):
        pass
    yield found
    found.close()


def test_f1_says_what_the_tab_in_front_is(window: MainWindow, shown: HelpWindow) -> None:
    assert shown.browser.source().fragment() == "explore"
    for index in (DATA, TRAIN):
        window.show_tab(index)
        window.header.help_button.click()
        assert shown.browser.source().fragment() == HELP_ANCHORS[index]
    assert window.findChildren(HelpWindow) == [shown], "one help window serves all"


@pytest.mark.long
@pytest.mark.parametrize("index", [DATA, TRAIN, GALLERY, EXPLORE])
def test_f1_opens_the_help_at_the_tab(qtbot: QtBot, window: MainWindow, index: int) -> None:
    window.show_tab(index)
    for _ in range(2):  # at first, and again from where the person went on to
        window.header.help_button.click()
        found = window.findChild(HelpWindow)
        assert found is not None
        with qtbot.waitExposed(found):
            pass
        QApplication.processEvents()
        bar = found.browser.verticalScrollBar()
        top, marks = heading_top(found.browser, HELP_ANCHORS[index]), found.browser.extraSelections()
        if bar.value() < bar.maximum() or not marks:
            assert (top, marks) == (pytest.approx(24, abs=24), [])
        else:  # the page's end: it is full to the last line, and the heading is further down, marked
            assert 0 <= top < found.browser.viewport().height()
            assert [one.cursor.block().text() for one in marks] == [HELP_ANCHORS[index].capitalize()]
            assert found.browser.document().rootFrame().frameFormat().bottomMargin() < 60
        assert top_line(found.browser) >= 0, "no line is cut"
        bar.triggerAction(QAbstractSlider.SliderAction.SliderToMinimum)
    place = bar.value()
    found.resize(found.width() - 40, found.height())
    QApplication.processEvents()
    assert bar.value() == place, "it stays where the person is"
    found.close()


@pytest.mark.long
def test_the_mark_of_a_heading_has_the_themes_color(qtbot: QtBot, themed_app: QApplication, window: MainWindow) -> None:
    window.show_tab(EXPLORE)
    window.header.help_button.click()
    found = window.findChild(HelpWindow)
    assert found is not None
    with qtbot.waitExposed(found):
        pass
    found.resize(found.width(), 1600)  # so high that the page ends below its last heading, which is marked
    QApplication.processEvents()
    seen = []
    for theme in ("light", "dark", "light"):
        apply_theme(themed_app, theme)  # type: ignore[arg-type]
        (mark,) = found.browser.extraSelections()
        assert mark.format.background().color() == colors().selection
        seen.append(colors().selection.name())
    assert seen[0] != seen[1]
    found.close()


def heading_top(browser: HelpBrowser, anchor: str) -> float:
    """Where a heading stands below the page's upper edge."""
    block = browser.document().begin()
    while not (block.blockFormat().headingLevel() and slug(block.text()) == anchor):
        block = block.next()
    return browser.document().documentLayout().blockBoundingRect(block).top() - browser.verticalScrollBar().value()


def top_line(browser: HelpBrowser) -> float:
    """Where the first line that is seen begins, below the page's upper edge."""
    cursor = browser.cursorForPosition(QPoint(30, 1))
    block = cursor.block()
    line = block.layout().lineForTextPosition(cursor.positionInBlock())
    area = browser.document().documentLayout().blockBoundingRect(block)
    here = browser.verticalScrollBar().value()
    return 0.0 if area.top() + line.rect().bottom() <= here + 1 else area.top() + line.y() - here + 1


def test_titles_in_the_list_are_seen_whole(qtbot: QtBot, shown: HelpWindow) -> None:
    metrics = shown.list.fontMetrics()
    long = max((shown.list.item(row) for row in range(shown.list.count())), key=lambda item: len(item.text()))
    assert metrics.horizontalAdvance(long.text()) > shown.list.viewport().width(), "this one needs two lines"
    assert shown.list.visualItemRect(long).height() >= 2 * metrics.height()


def test_the_page_scrolls_to_its_heading(qtbot: QtBot, shown: HelpWindow) -> None:
    shown.resize(700, 300)
    shown.show_page("window", "explore")
    at = shown.browser.cursorForPosition(QPoint(30, 24)).block()
    assert "Explore" in (at.text(), at.next().text(), at.previous().text())


def test_links_lead_to_pages_and_back(shown: HelpWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    shown.show_page("window")
    shown.browser.anchorClicked.emit(QUrl("settings.md"))
    assert shown.browser.page == "settings"
    assert shown.list.currentItem().text() == "Settings"
    assert "epochs" in shown.browser.toPlainText()
    shown.back_button.click()
    assert shown.browser.page == "window"
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    shown.browser.anchorClicked.emit(QUrl("https://arxiv.org/abs/1907.06845"))
    assert [url.host() for url in opened] == ["arxiv.org"], "the web is left to the browser"
    assert shown.browser.page == "window"


def test_a_link_to_the_code_shows_it_and_one_that_is_not_here_says_so(shown: HelpWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    shown.show_page("theory")
    shown.browser.anchorClicked.emit(QUrl("../core/families/vae/whitening.py"))
    assert "def " in shown.browser.toPlainText()
    monkeypatch.setattr(browser_module, "place_of", lambda path: Path("/nowhere") / path.name)
    shown.browser.anchorClicked.emit(QUrl("other.py"))
    assert "other.py is part of Labkhand's source code" in shown.browser.toPlainText()


def test_the_sheet_has_every_key_of_the_table(window: MainWindow) -> None:
    window.actions_by_id["shortcuts"].trigger()
    found = window.findChild(HelpWindow)
    assert found is not None
    text = found.browser.toPlainText()
    for spec in ACTIONS:
        assert not spec.shortcut or spec.text.rstrip("…") in text, spec.id
    assert "Ctrl+Shift+S" in text
    found.close()


def test_about_opens_the_help(window: MainWindow) -> None:
    window.dialogs.show_about()
    about = window.findChild(AboutDialog)
    about.help_button.click()
    found = window.findChild(HelpWindow)
    assert found is not None
    assert found.isVisible()
    assert not about.isVisible()
    found.close()


def test_words_are_found_in_all_pages(shown: HelpWindow) -> None:
    everything = shown.list.count()
    QTest.keyClicks(shown.find_field, "codebook")
    assert 0 < shown.list.count() < everything
    QTest.keyClick(shown.find_field, Qt.Key.Key_Return)
    assert shown.browser.textCursor().selectedText().lower() == "codebook"
    first = shown.browser.page
    assert first in {shown.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(shown.list.count())}
    shown.find_field.clear()
    assert shown.list.count() == everything


def test_what_is_typed_is_found_and_where_there_is_nothing_it_says_so(qtbot: QtBot, shown: HelpWindow) -> None:
    QTest.keyClick(shown.browser, Qt.Key.Key_PageDown)
    assert shown.find_field.text() == ""
    QTest.keyClicks(shown.browser, "c")
    assert shown.find_field.hasFocus()
    QTest.keyClicks(shown.find_field, "odebook")
    qtbot.waitUntil(lambda: shown.browser.textCursor().selectedText().lower() == "codebook")
    assert shown.list.currentRow() == 0
    assert not shown._none.isVisible()
    QTest.keyClicks(shown.find_field, "xyz")
    assert shown.list.count() == 0
    assert shown._none.isVisible()
    assert "“codebookxyz”" in shown._none.text()


@pytest.mark.parametrize("words", ["blurry", "sharper edits of photos"])
def test_the_help_has_the_words_of_menus_and_of_what_people_see(shown: HelpWindow, words: str) -> None:
    shown.find_field.setText(words)
    assert listed(shown)[0] == "The retoucher"


def listed(shown: HelpWindow) -> list[str]:
    return [shown.list.item(row).text() for row in range(shown.list.count())]


def test_a_page_that_is_asked_for_comes_with_the_whole_list(window: MainWindow, shown: HelpWindow) -> None:
    everything = listed(shown)
    QTest.keyClicks(shown.find_field, "beta")
    assert len(listed(shown)) < len(everything)
    shown.close()
    window.actions_by_id["shortcuts"].trigger()
    assert shown.find_field.text() == ""
    assert listed(shown) == everything
    assert shown.list.currentItem().text() == "Keyboard shortcuts"
    QTest.keyClicks(shown.find_field, "beta")
    window.actions_by_id["help"].trigger()
    assert listed(shown) == everything
    assert shown.list.currentItem().data(Qt.ItemDataRole.UserRole) == "window"


def test_no_page_is_marked_that_is_not_in_front(shown: HelpWindow) -> None:
    shown.show_shortcuts()
    QTest.keyClicks(shown.find_field, "codebook")
    assert "Keyboard shortcuts" not in listed(shown)
    assert shown.list.currentRow() == -1


@pytest.mark.parametrize(("words", "title"), [("beta", "The window"), ("mnist", "Data sets"), ("shortcuts", "Keyboard shortcuts")])
def test_the_page_that_is_most_about_the_words_comes_first(shown: HelpWindow, words: str, title: str) -> None:
    QTest.keyClicks(shown.find_field, words)
    assert listed(shown)[0] == title


@pytest.mark.parametrize(
    ("words", "heading"),
    [("free bits", "Posterior collapse and free bits"), ("posterior collapse", "Posterior collapse and free bits")],
)
def test_what_people_read_about_leads_to_the_page_that_explains_it(
    qtbot: QtBot, shown: HelpWindow, words: str, heading: str
) -> None:
    QTest.keyClicks(shown.find_field, words)
    assert listed(shown)[0] == "Objectives and networks"
    qtbot.waitUntil(lambda: shown.browser.textCursor().selectedText().lower() == words)
    assert shown.browser.textCursor().block().text() == heading


def test_the_columns_of_the_sheet_of_keys_have_headings(window: MainWindow) -> None:
    tables = [line for line in shortcuts.sheet(window.actions_by_id.values()).splitlines() if line.startswith("|")]
    heads = [head for head, rule in pairwise(tables) if rule.startswith("|---")]
    assert len(heads) == 3
    assert all(cell.strip() for head in heads for cell in head.strip("|").split("|"))


@pytest.mark.long
def test_formulas_become_pictures(qtbot: QtBot) -> None:
    browser = HelpBrowser(lambda name: "")
    qtbot.addWidget(browser)
    browser.resize(700, 500)
    with qtbot.waitExposed(browser):
        browser.show()
    browser.show_page("theory")
    said = browser.toPlainText()
    assert "The prior is p(z) = N(0, I) (until section 14), the decoder says p(x | z)," in said, "until they are drawn"
    assert "$" not in said
    assert "\\" not in said
    qtbot.waitUntil(lambda: browser.toPlainText().count("￼") > 100, timeout=60_000)  # pictures
    assert "formula" not in browser.toPlainText().split("1. The ELBO")[0].replace("checks the formula", "")
    assert not browser._picture(0).isNull()
    assert "12. Turned axes" in browser.toPlainText(), "all of it is read"
    assert "## " not in browser.toPlainText()
    block, layout = browser.document().begin(), browser.document().documentLayout()
    while block.isValid():
        assert not block.blockFormat().headingLevel() or layout.blockBoundingRect(block).height() > 10, block.text()
        block = block.next()


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\mathbb{E}_q \left[ \frac{1}{2} z_{ij}^{2} \right] \ge \mathcal{N}(0, I)", "E_q [ 1/2 z_(ij)^2 ] ≥ N(0, I)"),
        (r"\frac{\lVert y - \hat y \rVert^2}{2 \sigma_x^2}", "(‖ y − y\u0302 ‖^2)/(2 σ_x^2)"),
        (r"\underbrace{I(z; k)}_{\mathrm{MI}} + \{a\}", "I(z; k) [MI] + {a}"),
        (r"\nosuchcommand{x} T^\top", "nosuchcommandx Tᵀ"),
    ],
)
def test_a_formula_is_readable_without_its_picture(latex: str, text: str) -> None:
    assert readable(latex) == text


def test_every_formula_of_the_help_is_readable_without_its_picture() -> None:
    texts = [readable(latex) for page in pages() for latex in split(page.text)[1]]
    assert len(texts) > 100
    assert not [text for text in texts if re.search(r"\\|math|brace|style|[a-z]{10}", text)]


def test_formulas_are_told_from_code_and_money() -> None:
    whole, formulas = split("`$PATH` and $x^2$, $$\\frac{a}{b}$$ $x^2$ costs 5$ or 6$")
    assert formulas == ("x^2", "\\frac{a}{b}")
    assert whole.count("formula:0") == 2
    assert "`$PATH`" in whole
    assert "5$ or 6$" in whole
    drawn = draw("x^2", 12.0, 1.0)
    assert drawn is not None
    assert drawn.ink.dtype == np.uint8
    assert drawn.ink.max() > 0
    assert draw("\\nosuchcommand{x}", 12.0, 1.0) is None
    hanging = draw("\\lvert x_y \\rvert", 12.0, 1.0)
    assert hanging is not None
    assert (drawn.hangs, hanging.hangs) == (False, True)


class Own(QWidget):
    """Answers for itself, as a slider does."""

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), "of my own", self)
            return True
        return super().event(event)


def test_explanations_without_a_mouse(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    box.setToolTip("of the box")
    layout = QVBoxLayout(box)
    button, plain, own, rows = QPushButton("one"), QPushButton("two"), Own(), QListWidget()
    button.setToolTip("of the button")
    own.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    rows.addItem("row")
    rows.item(0).setToolTip("of the row")
    rows.setCurrentRow(0)
    for part in (button, plain, own, rows, QLabel("text")):
        layout.addWidget(part)
    with qtbot.waitActive(box):
        box.show()
        box.activateWindow()
    for part, text in ((button, "of the button"), (plain, "of the box"), (own, "of my own"), (rows, "of the row")):
        part.setFocus()
        assert QApplication.focusWidget() is part
        assert explain_focus()
        assert QToolTip.text() == text
    box.setToolTip("")
    plain.setFocus()
    assert not explain_focus()
    QToolTip.hideText()


def test_shift_f1_explains_or_says_that_it_cannot(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    window.header.help_button.setFocus()
    QTest.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert "What is this" in QToolTip.text()
    QToolTip.hideText()
    window.setFocus()
    QTest.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert "no explanation" in window.status.message


def test_the_help_opens_ready_to_be_searched(qtbot: QtBot, shown: HelpWindow) -> None:
    qtbot.waitUntil(lambda: QApplication.focusWidget() is shown.find_field)
    bar = shown.browser.verticalScrollBar()
    before = bar.value()
    QTest.keyClick(shown.find_field, Qt.Key.Key_PageUp)
    assert bar.value() < before, "keys that scroll go to the page"
    QTest.keyClicks(QApplication.focusWidget(), "codebook")
    assert shown.find_field.text() == "codebook"


@pytest.mark.long
def test_the_first_hit_comes_up_while_one_types(qtbot: QtBot, shown: HelpWindow) -> None:
    QTest.keyClicks(shown.find_field, "class means")
    qtbot.waitUntil(lambda: shown.browser.textCursor().selectedText().lower() == "class means")
    assert shown.browser.page == shown.list.item(0).data(Qt.ItemDataRole.UserRole)
    assert shown.list.currentRow() == 0
    assert shown.browser.viewport().rect().contains(shown.browser.cursorRect()), "it is scrolled to"
    place = shown.browser.textCursor().position()
    QTest.keyClick(shown.find_field, Qt.Key.Key_Return)
    first = shown.list.item(0).data(Qt.ItemDataRole.UserRole)
    assert (shown.browser.page, shown.browser.textCursor().position()) != (first, place), "and on"


def test_a_search_without_hits_says_so(shown: HelpWindow) -> None:
    assert shown._none.text() == ""
    QTest.keyClicks(shown.find_field, "xylophone")
    assert shown.list.count() == 0
    assert "No page has “xylophone”" in shown._none.text()
    shown.find_field.setText("codebook xylophone")
    assert "Try fewer words" in shown._none.text()
    shown.find_field.clear()
    assert shown._none.text() == ""


@pytest.mark.long
def test_words_that_stand_apart_are_found(qtbot: QtBot, shown: HelpWindow) -> None:
    QTest.keyClicks(shown.find_field, "photo sharper edits own")
    assert shown.list.count() > 0
    assert shown._none.text() == ""
    qtbot.waitUntil(lambda: shown.browser.textCursor().selectedText().lower() == "sharper")


def entries(menu: QMenu) -> set[str]:
    """The texts of all that can be chosen in a menu and the menus in it."""
    texts: set[str] = set()
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            texts |= entries(inner)
        if not action.isSeparator():
            texts.add(action.text().partition("\t")[0].rstrip("…"))
    return texts


def test_every_menu_entry_can_be_found(window: MainWindow, shown: HelpWindow) -> None:
    window.explore.menu.popup_at(window)
    adding = next(menu for menu in window.findChildren(QMenu) if "Teach by examples" in entries(menu))
    program = window.header.more_button.menu()
    assert isinstance(program, QMenu)
    texts = (entries(adding) | entries(program)) - {window.explore.menu.why_none(), "Nothing was opened yet"}
    adding.close()
    assert {"Sharper edits of photos", "Open recent", "Use the drawn shapes"} <= texts
    missing = []
    for text in sorted(texts | {spec.text.rstrip("…") for spec in ACTIONS} | {"Saved for this model"}):
        shown.find_field.setText(text)
        if not shown.list.count() or len(shown._words) > 1:
            missing.append(text)
    assert missing == []


def test_the_sheet_names_all_keys_of_an_action(shown: HelpWindow) -> None:
    shown.show_shortcuts()
    text = shown.browser.toPlainText()
    assert "Ctrl+Shift+Z, Ctrl+Y" in text
    assert "Repeat the change that was undone (" not in text


def test_the_help_closes_by_the_usual_keys(qtbot: QtBot, shown: HelpWindow) -> None:
    qtbot.waitUntil(shown.isActiveWindow)
    QTest.keyClick(shown.find_field, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert not shown.isVisible()


@pytest.mark.long
def test_no_page_is_wider_than_its_view(qtbot: QtBot) -> None:
    browser = HelpBrowser(lambda _name: "")
    qtbot.addWidget(browser)
    browser.resize(480, 500)
    browser.show()
    for page in pages():
        browser.show_page(page.name)
        QApplication.processEvents()
        assert not browser.horizontalScrollBar().isVisible(), page.name
        assert browser.document().size().width() <= browser.viewport().width() + 2, page.name


def test_why_a_reconstruction_is_negative_is_found(shown: HelpWindow) -> None:
    for words in ("reconstruction may be negative", "negative"):
        shown.find_field.clear()
        QTest.keyClicks(shown.find_field, words)
        assert listed(shown)[0] == "The measures", words


def test_the_measures_begin_with_what_they_say() -> None:
    text = next(page.text for page in pages() if page.name == "measures")
    assert "import" not in text[:3000]
    assert "core/" not in text[:1500]

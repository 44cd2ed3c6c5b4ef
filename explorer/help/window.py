"""The window of the help: the pages at the left, the chosen one beside them, and a field that finds words in all."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QResizeEvent, QShortcut, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.help import shortcuts
from explorer.help.browser import HelpBrowser, name_of
from explorer.help.pages import START, best_first, pages, words_of
from explorer.look.icons import icon
from explorer.look.theme import EDGE, GROUP, SPACE
from explorer.messages import Messenger
from explorer.qt import override
from explorer.widgets.room.screen import keep_on_screen
from explorer.widgets.room.splitter import FoldingSplitter
from explorer.widgets.section import add_clear_button

SIZE = (960, 680)
_PAUSE_MS = 300  # in typing, after which the words are shown
_LIST_WIDTH, _PAGE_WIDTH = 224, 280
_SCROLLING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class HelpWindow(QDialog):
    """Stays open beside the main window.

    Args:
        actions: whose keys the sheet of shortcuts lists.
        messenger: takes what went wrong.
        parent: the window it belongs to.
    """

    def __init__(self, actions: Sequence[QAction], messenger: Messenger, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages = pages()
        self._actions = actions
        self.setWindowTitle(self.tr("Help"))
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.browser = HelpBrowser(lambda name: shortcuts.sheet(actions), self)
        self.browser.failed.connect(messenger.report)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Pages"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setWordWrap(True)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.find_field = QLineEdit(self)
        self.find_field.setPlaceholderText(self.tr("Find in the help"))
        self.find_field.setAccessibleName(self.tr("Find in the help"))
        add_clear_button(self.find_field)
        self.find_field.installEventFilter(self)
        self._words: tuple[str, ...] = ()  # what the listed pages have
        self.back_button = self._tool("chevron-left", self.tr("Back"))
        self.forward_button = self._tool("chevron-right", self.tr("Forward"))
        self._none = QLabel(self.list.viewport())
        self._none.setWordWrap(True)
        self._none.setProperty("muted", True)
        self._none.setMargin(SPACE)
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self._finding = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._finding.timeout.connect(self._show_first)
        self._build()
        self.list.itemClicked.connect(self._on_list_item_chosen)
        self.list.itemActivated.connect(self._on_list_item_chosen)
        self.browser.sourceChanged.connect(self._on_browser_source_changed)
        self.browser.backwardAvailable.connect(self.back_button.setEnabled)
        self.browser.forwardAvailable.connect(self.forward_button.setEnabled)
        self.back_button.clicked.connect(self.browser.backward)
        self.forward_button.clicked.connect(self.browser.forward)
        self.find_field.textChanged.connect(self._on_find_field_text_changed)
        self.find_field.returnPressed.connect(self.find_next)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.find_field.setFocus)
        QShortcut(QKeySequence.StandardKey.Close, self, self.close)
        keep_on_screen(self)

    def show_page(self, name: str = START, anchor: str = "") -> None:
        """Bring a page to the front, at a heading, and list all pages."""
        self.find_field.clear()
        self.browser.show_page(name, anchor)
        self._come_up()

    def show_shortcuts(self) -> None:
        """Bring the sheet of keys to the front, and list all pages."""
        self.find_field.clear()
        self.browser.show_generated(shortcuts.TITLE)
        self._come_up()

    def find_next(self) -> None:
        """Go to the next place of the words in this page, or else to the first one in the next page that has them."""
        if self._finding.isActive():  # it was typed just now
            self._show_first()
            return
        if not self._words or self._find_here():
            return
        names = self._listed()
        here = names.index(self.browser.page) if self.browser.page in names else -1
        self._find_first_in([*names[here + 1 :], *names[: here + 1]])

    def _show_first(self) -> None:
        """Bring up the first of the listed pages, at the first place of the words."""
        self._finding.stop()
        if self._words:
            self._find_first_in(self._listed())

    def _find_first_in(self, names: Sequence[str]) -> None:
        for name in names:
            if self.browser.page != name:
                self._open(name)
            self.browser.moveCursor(QTextCursor.MoveOperation.Start)
            if self._find_here():
                return

    def _find_here(self) -> bool:
        """Mark the next place in this page; of words that stand apart, the longest tells the most."""
        return self.browser.find(max(self._words, key=len))

    def _listed(self) -> list[str]:
        return [self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())]

    def _come_up(self) -> None:
        self.show()
        self.raise_()
        self.activateWindow()
        self._finding.stop()
        self.find_field.setFocus()

    def _open(self, name: str) -> None:
        if name == shortcuts.TITLE:
            self.browser.show_generated(name)
        else:
            self.browser.show_page(name)

    def _show_pages(self) -> None:
        """List the pages that have the words, those first that are most about them; where none has them, say so."""
        phrase = " ".join(self.find_field.text().lower().split())
        self._words = (phrase,) if phrase else ()
        offered = self._pages_with(self._words)
        if not offered:
            self._words = tuple(phrase.split())
            offered = self._pages_with(self._words)
        self.list.clear()
        for name, title in offered:
            item = QListWidgetItem(title, self.list)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setToolTip(title)
        one = self.tr("No page has “{words}”. Try a part of the word, or another one for it.")
        several = self.tr("No page has all of “{words}”. Try fewer words.")
        self._none.setText("" if offered else (several if len(self._words) > 1 else one).format(words=phrase))
        self._none.setVisible(not offered)
        self._none.resize(self.list.viewport().size())
        self._mark_page(self.browser.page)

    def _pages_with(self, words: Sequence[str]) -> list[tuple[str, str]]:
        """Names and titles of the pages that have all of the words, the sheet of keys among them."""
        offered = [(page.name, page.title) for page in best_first(self._pages, words)]
        title, keys = self.tr("Keyboard shortcuts"), words_of(shortcuts.sheet(self._actions))
        if all(word in keys for word in words):
            is_first = not offered or (words and all(word in title.lower() for word in words))
            offered.insert(0 if is_first else 1, (shortcuts.TITLE, title))
        return offered

    def _mark_page(self, name: str) -> None:
        """Mark it in the list; nothing is marked where it isn't listed."""
        self.list.setCurrentRow(-1)
        for row in range(self.list.count()):
            if self.list.item(row).data(Qt.ItemDataRole.UserRole) == name:
                self.list.setCurrentRow(row)

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self.back_button)
        top.addWidget(self.forward_button)
        top.addStretch(1)
        top.addWidget(self.find_field, 2)
        columns = FoldingSplitter("help_columns", self)
        columns.add_pane(self.list, _LIST_WIDTH, fold=self.tr("pages"))
        self.list.setMinimumWidth(_LIST_WIDTH // 2)
        self.browser.setMinimumWidth(_PAGE_WIDTH)
        columns.add_pane(self.browser, _PAGE_WIDTH, stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, GROUP, EDGE, GROUP)
        layout.setSpacing(GROUP)
        layout.addLayout(top)
        layout.addWidget(columns, 1)
        self._show_pages()
        self.resize(QSize(*SIZE))

    def _tool(self, name: str, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setToolTip(text)
        button.setAccessibleName(text)
        button.setEnabled(False)
        return button

    def _on_find_field_text_changed(self) -> None:
        self._show_pages()
        self._finding.start()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What is typed anywhere in the help is looked for."""
        plain = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier == Qt.KeyboardModifier.NoModifier
        if plain and event.text().strip() and event.text().isprintable():
            self.find_field.setFocus()
            self.find_field.insert(event.text())
            return
        super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._none.resize(self.list.viewport().size())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the keys that scroll go to the page: the field, which has the focus, makes nothing of them."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in _SCROLLING:
            self.browser.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def _on_list_item_chosen(self, item: QListWidgetItem) -> None:
        self._open(item.data(Qt.ItemDataRole.UserRole))

    def _on_browser_source_changed(self, url: QUrl) -> None:
        self._mark_page(name_of(url))  # the browser itself says later where it is

"""Tabs whose panels are built when they are first needed, or when there is time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from explorer.qt import override
from explorer.settings.store import SettingsStore
from explorer.widgets.room.page import ScrollPage

Building = Generator[None, None, QWidget]
"""Builds a panel in steps, so that the window can handle events in between; returns it."""


class LazyTabs(QTabWidget):
    """One page for each action, empty until its panel is built.

    Args:
        actions: give each tab its icon, text and tooltip.
        makers: of the panels, by the tab's index; each gets its parent. In the order in which they are built in advance.
        settings: remember the splitters' positions.
    """

    resized = Signal()
    """It has another width, and hasn't laid out its tabs yet."""

    def __init__(
        self,
        actions: Sequence[QAction],
        makers: Mapping[int, Callable[[QWidget], Building]],
        settings: SettingsStore,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._makers = dict(makers)
        self._settings = settings
        self._panels: dict[int, QWidget] = {}
        self._begun: dict[int, tuple[ScrollPage, Building]] = {}
        self.setDocumentMode(True)
        for action in actions:
            page = QWidget(self)
            inside = QVBoxLayout(page)
            inside.setContentsMargins(0, 0, 0, 0)
            self.addTab(page, action.icon(), action.text())
            self.setTabToolTip(self.count() - 1, action.toolTip())
        self.currentChanged.connect(self._on_self_current_changed)

    def panel(self, index: int) -> QWidget:
        """A tab's panel, built if it wasn't yet."""
        while index not in self._panels:
            self._step(index)
        return self._panels[index]

    def built(self, index: int) -> QWidget | None:
        """A tab's panel if it is already built."""
        return self._panels.get(index)

    def build_next(self) -> bool:
        """Build a part of a panel that isn't built yet; False once all are."""
        index = next((index for index in self._makers if index not in self._panels), None)
        if index is not None:
            self._step(index)
        return index is not None

    def splitter_states(self) -> dict[str, bytes]:
        """The positions of the panels' splitters, by their names."""
        return {part.objectName(): bytes(part.saveState().data()) for part in self.findChildren(QSplitter) if part.objectName()}

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.resized.emit()
        super().resizeEvent(event)

    def _step(self, index: int) -> None:
        """Build a tab's panel one step further."""
        page = self.widget(index)
        assert page is not None
        if index not in self._begun:
            room = ScrollPage(None, page)
            self._begun[index] = room, self._makers[index](room.viewport())
        room, building = self._begun[index]
        try:
            next(building)
        except StopIteration as end:
            del self._begun[index]
            self._put_in(index, room, end.value)

    def _put_in(self, index: int, room: ScrollPage, panel: QWidget) -> None:
        self._panels[index] = panel
        room.set_content(panel)
        page = self.widget(index)
        inside = page.layout() if page is not None else None
        assert inside is not None
        inside.addWidget(room)
        for part in [panel, *panel.findChildren(QSplitter)]:
            state = self._settings.value.splitters.get(part.objectName())
            if state and isinstance(part, QSplitter):
                part.restoreState(state)

    def _on_self_current_changed(self, index: int) -> None:
        self.panel(index)

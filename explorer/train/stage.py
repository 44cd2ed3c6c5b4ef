"""The right side of the Train tab: the curves of the chosen runs, or the table of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.runs.listing import RunSummary, about, read_config
from explorer.compare.reports import RunReports
from explorer.messages import Messenger
from explorer.runs.actions import RunActions
from explorer.runs.model import RunsModel
from explorer.runs.shelf import RunShelf
from explorer.train.runs import TrainRuns
from explorer.train.table import TrainTable
from explorer.train.view import TrainView
from explorer.widgets.room.page import StackedPages


class TrainStage(StackedPages):
    """Shows the runs chosen in the list or in the table, which have one selection, and follows runs of other processes.

    Args:
        view: the curves and pictures of one run.
        shelf: all runs.
        model: the same as rows.
        runs: the list, whose selection is what is shown.
        actions: what can be done with runs.
        is_own: whether this window's run goes on in a folder: its events come by themselves.
        messenger: takes what the person should know.
        parent: Qt's owner.

    Signals:
        watch_requested(): choose a run folder from anywhere.
    """

    watch_requested = Signal()

    def __init__(
        self,
        view: TrainView,
        shelf: RunShelf,
        model: RunsModel,
        runs: TrainRuns,
        actions: RunActions,
        is_own: Callable[[Path], bool],
        messenger: Messenger,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._runs = runs
        self._is_own = is_own
        self._compared: list[Path] = []
        self.view = view
        self.table = TrainTable(shelf, model, actions, self)
        self.addWidget(self.view)
        self.addWidget(self.table)
        self.reports = RunReports(messenger, lambda: self.table.strip, self)
        actions.report_requested.connect(self._on_actions_report_requested)
        self.table.run_opened.connect(self._on_table_run_opened)
        self.table.closed.connect(lambda: self.show_table(False))
        self.table.table.selection_changed.connect(self._on_table_selection_changed)
        self.table.watch_requested.connect(self.watch_requested)
        self.table.filtered.connect(self._select_in_table)
        runs.run_chosen.connect(self._on_runs_run_chosen)
        runs.compare_chosen.connect(self._on_runs_compare_chosen)
        runs.list.model().modelReset.connect(self._compare_selected)  # after the list has selected those that are left
        runs.table_requested.connect(lambda: self.show_table(self.currentWidget() is self.view))
        runs.refreshed.connect(self._on_runs_refreshed)
        shelf.changed.connect(self._on_shelf_changed)
        actions.overlay_requested.connect(self.overlay)
        actions.compare_requested.connect(self.reports.show)
        actions.run_moved.connect(self._on_actions_run_moved)
        actions.run_removed.connect(self._on_actions_run_removed)

    def show_table(self, is_open: bool) -> None:
        """Show all runs in the curves' place, or the curves of those that are selected."""
        was_open = self.currentWidget() is self.table
        self.setCurrentWidget(self.table if is_open else self.view)
        self._runs.set_table_open(is_open)
        if is_open:
            self._select_in_table()
            self.table.table.setFocus()
            return
        self._runs.list.setFocus()
        shown = self._runs.shown
        if was_open and shown is not None:
            if shown.folder != self.view.folder:
                self.view.show_folder(shown.folder)
                self.show_title()
            self._compare_selected()

    def _select_in_table(self) -> None:
        folders = [run.folder for run in self._runs.list.selected]
        chosen = self._runs.list.chosen
        self.table.table.select(folders, chosen.folder if chosen is not None else None)

    def show_run(self, folder: Path) -> None:
        """Show a run's curves and pictures, wherever its folder lies."""
        self.view.show_folder(folder)
        self._choose(folder)

    def show_new(self, folder: Path) -> None:
        """Show a run that has just begun."""
        self.view.show_new(folder)
        self._choose(folder)

    def overlay(self, runs: Sequence[RunSummary]) -> None:
        """Overlay the curves of several runs; the first one's pictures are shown."""
        first = runs[0].folder
        self._runs.list.select([run.folder for run in runs], first)
        self.show_table(False)
        if self.view.folder != first:
            self.view.show_folder(first)
        self._choose(first)

    def show_title(self) -> None:
        """Say what the shown run's settings are and why it failed."""
        folder = self.view.folder
        run = self._shelf.run_of(folder)
        config = run.config if run is not None else read_config(folder) if folder is not None else None
        self.view.describe(about(config), run.message if run is not None else "")

    def _choose(self, folder: Path) -> None:
        self._runs.choose(folder)
        if self.currentWidget() is self.table:
            self._select_in_table()
        self._compare_selected()
        self.show_title()

    def _compare_selected(self) -> None:
        """Overlay what the list has selected, where that is several; their order alone changes nothing."""
        selected = [run.folder for run in self._runs.list.selected]
        wanted = selected if len(selected) > 1 else []
        if set(wanted) != set(self._compared):
            self._compare(wanted)

    def _compare(self, folders: list[Path]) -> None:
        if folders != self._compared:
            self._compared = folders
            self.view.set_compared(folders)

    # -- slots

    def _on_runs_run_chosen(self, run: RunSummary) -> None:
        self.view.show_folder(run.folder)
        self.show_title()
        if self.currentWidget() is self.table:  # choosing in the list means wanting to see the run
            self.setCurrentWidget(self.view)
            self._runs.set_table_open(False)

    def _on_runs_compare_chosen(self, runs: list[RunSummary]) -> None:
        self._compare([run.folder for run in runs])

    def _on_table_selection_changed(self) -> None:
        table = self.table.table
        if self.currentWidget() is self.table and not table.is_selected_by_program:
            self._runs.select([run.folder for run in table.selected], table.current.folder if table.current is not None else None)

    def _on_table_run_opened(self, run: RunSummary) -> None:
        self._runs.list.select([run.folder], run.folder)
        self.show_table(False)
        self.show_run(run.folder)

    def _on_runs_refreshed(self) -> None:
        """Show the newest run that has begun when the tab is first seen."""
        if self.view.folder is None:
            self._show_first()

    def _on_shelf_changed(self) -> None:
        """Follow a run of another process."""
        shown = self.view.folder
        if shown is None:
            return
        self.show_title()
        if self._runs.list.chosen is None:
            self._runs.choose(shown)
        run = self._shelf.run_of(shown)
        if run is None or run.state == "unreachable" or self._is_own(shown) or self.view.is_reading:
            return
        if run.epoch != self.view.chart.epochs_shown:
            self.view.show_folder(shown)

    def _show_first(self) -> None:
        begun = [run for run in self._shelf.runs if run.state not in ("queued", "unreachable")]
        if begun:
            self.show_run(begun[0].folder)

    def _on_actions_run_moved(self, old: Path, new: Path) -> None:
        for view in (self._runs.list, self.table.table):
            view.follow(old, new)
        if self.view.folder == old:
            self.view.show_folder(new)
            if self._runs.list.chosen is None:
                self._runs.choose(new)
        self._compare_selected()
        self.show_title()

    def _on_actions_run_removed(self, folder: Path) -> None:
        if self.view.folder != folder:
            return
        self.view.show_nothing()
        self._compare([])
        self._show_first()
        self.show_title()

    def _on_actions_report_requested(self, runs: list[RunSummary]) -> None:
        self.show_table(True)  # its progress shows there
        self.reports.ask(runs)

"""The runs under the settings: the list, kept fresh, and what can be done with the chosen one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFile, QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from core.config import TrainConfig
from core.training.runs import RunSummary, about, list_runs
from explorer.icons import icon
from explorer.messages import Messenger
from explorer.qt import override
from explorer.tasks import run_task
from explorer.theme import SPACE
from explorer.widgets.runs_list import RunsList
from explorer.widgets.section import Section

_POLL_MS = 5000
_MORE_EPOCHS = (10, 40)


class TrainRuns(QWidget):
    """The runs of the runs folder.

    Signals:
        run_chosen(RunSummary): show it.
        open_requested(RunSummary): explore its model.
        resume_requested(RunSummary, int): go on; 0, or a new end for a finished run.
        refreshed(): the list was read again.
    """

    run_chosen = Signal(object)
    open_requested = Signal(object)
    resume_requested = Signal(object, int)
    refreshed = Signal()

    def __init__(self, folder: Callable[[], Path], messenger: Messenger, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._messenger = messenger
        self._own: RunSummary | None = None  # the run of this window's job, which knows more than the files
        self._reading = False
        self._again = False
        self.list = RunsList(self)
        self.list.run_chosen.connect(self._on_list_run_chosen)
        self.list.run_activated.connect(self._on_list_run_activated)
        self.list.menu_requested.connect(self._on_list_menu_requested)
        self._none = QLabel(self.tr("Your runs will be listed here."), self)
        self._none.setProperty("muted", True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self.open_button = QPushButton(icon("sliders"), self.tr("Open model"), self)
        self.open_button.setToolTip(self.tr("Explore this run's best model"))
        self.open_button.clicked.connect(lambda: self._with_chosen(self.open_requested.emit))
        self.resume_button = QPushButton(icon("resume"), self.tr("Resume"), self)
        self.resume_button.clicked.connect(self._on_resume_clicked)
        self.folder_button = QToolButton(self)
        self.folder_button.setIcon(icon("open-folder"))
        self.folder_button.setToolTip(self.tr("Show the run's folder"))
        self.folder_button.setAccessibleName(self.tr("Show folder"))
        self.folder_button.clicked.connect(lambda: self._with_chosen(self._show_folder))
        self._menu = QMenu(self)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.open_button, 1)
        buttons.addWidget(self.resume_button, 1)
        buttons.addWidget(self.folder_button)
        self._full = QWidget(self)
        full = QVBoxLayout(self._full)
        full.setContentsMargins(0, 0, 0, 0)
        full.setSpacing(SPACE)
        full.addWidget(self.list, 1)
        full.addLayout(buttons)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._none)
        self._stack.addWidget(self._full)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(Section(self.tr("Runs"), self, collapsible=False))
        layout.addLayout(self._stack, 1)
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self._on_timer_timed_out)
        self._show_buttons()

    def refresh(self) -> None:
        """Read the runs again, in a worker."""
        if self._reading:
            self._again = True
            return
        self._reading, self._again = True, False
        folder = self._folder()
        run_task(self, lambda _: list_runs(folder), done=self._on_runs_read, failed=self._on_reading_failed, name="runs")

    def set_own(self, folder: Path, config: TrainConfig | None) -> None:
        """This window runs that folder now: it is listed as running at once, on top."""
        known = self.list.run_of(folder)
        run = known or RunSummary(folder, folder.name, "running", started=time.time())
        if config is not None:
            run = replace(run, config=config, about=about(config), epochs=config.epochs)
        self._own = replace(run, state="running", message="")
        self.list.put(self._own)
        self._show_buttons()

    def update_own(self, epoch: int, epochs: int, psnr: float = math.nan) -> None:
        """An epoch of this window's run is done."""
        if self._own is not None:
            better = psnr if not self._own.best_psnr >= psnr else self._own.best_psnr
            self._own = replace(self._own, epoch=epoch, epochs=epochs, best_psnr=better)
            self.list.put(self._own)
            self._show_buttons()

    def clear_own(self) -> None:
        """This window's run has ended; from now on its files speak for it."""
        self._own = None
        self.refresh()

    def choose(self, folder: Path | None) -> None:
        """Select a run without announcing it."""
        self.list.choose(folder)
        self._show_buttons()

    def _show_buttons(self) -> None:
        self._stack.setCurrentWidget(self._full if self.list.runs else self._none)
        run = self.list.chosen
        for button in (self.open_button, self.resume_button, self.folder_button):
            button.setEnabled(run is not None)
        if run is None:
            return
        self.open_button.setEnabled(run.checkpoint is not None)
        self.resume_button.setEnabled(run.state != "running" and self._own is None)
        finished = run.state == "finished"
        self.resume_button.setText(self.tr("Train on") if finished else self.tr("Resume"))
        tip = self.tr("Train it further than it was meant to go") if finished else self.tr("Go on where it stopped")
        self.resume_button.setToolTip(tip)

    def _with_chosen(self, do: Callable[[RunSummary], object]) -> None:
        run = self.list.chosen
        if run is not None:
            do(run)

    def _show_folder(self, run: RunSummary) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.folder))):
            self._messenger.info(self.tr("The run's folder is {folder}").format(folder=run.folder))

    def _fill_resume(self, menu: QMenu, run: RunSummary) -> None:
        """The ways to go on: to its end, or beyond it."""
        if run.state != "finished":
            menu.addAction(icon("resume"), self.tr("Resume"), lambda: self.resume_requested.emit(run, 0))
            return
        for more in sorted({*_MORE_EPOCHS, max(1, run.epochs)}):
            text = self.tr("{more} more epochs, to {end}").format(more=f"{more:,}", end=f"{run.epochs + more:,}")
            menu.addAction(text, partial(self.resume_requested.emit, run, run.epochs + more))

    def _on_resume_clicked(self) -> None:
        run = self.list.chosen
        if run is None:
            return
        if run.state != "finished":
            self.resume_requested.emit(run, 0)
            return
        self._menu.clear()
        self._fill_resume(self._menu, run)
        self._menu.popup(self.resume_button.mapToGlobal(QPoint(0, self.resume_button.height())))

    def _on_list_run_chosen(self, run: RunSummary) -> None:
        self._show_buttons()
        self.run_chosen.emit(run)

    def _on_list_run_activated(self, run: RunSummary) -> None:
        if run.checkpoint is not None:
            self.open_requested.emit(run)

    def _on_list_menu_requested(self, run: RunSummary, at: QPoint) -> None:
        self._menu.clear()
        if run.checkpoint is not None:
            self._menu.addAction(icon("sliders"), self.tr("Open model"), lambda: self.open_requested.emit(run))
        if run.state != "running" and self._own is None:
            self._fill_resume(self._menu, run)
        self._menu.addAction(icon("open-folder"), self.tr("Show folder"), lambda: self._show_folder(run))
        if run.state != "running":
            self._menu.addSeparator()
            self._menu.addAction(icon("trash"), self.tr("Move to the trash"), lambda: self._trash(run))
        self._menu.popup(at)

    def _trash(self, run: RunSummary) -> None:
        if QFile.moveToTrash(str(run.folder)):
            self._messenger.info(self.tr("{name} is in the trash").format(name=run.name))
        else:
            self._messenger.error(self.tr("{name} can't be moved to the trash").format(name=run.name), str(run.folder))
        self.refresh()

    def _on_runs_read(self, runs: list[RunSummary]) -> None:
        self._reading = False
        own = self._own
        if own is not None:
            if not any(run.folder == own.folder for run in runs):
                runs = [own, *runs]
            runs = [own if run.folder == own.folder else run for run in runs]
        self.list.set_runs(runs)
        self._show_buttons()
        self.refreshed.emit()
        if self._again:
            self.refresh()

    def _on_reading_failed(self, error: BaseException) -> None:
        self._reading = False
        self._messenger.report(error)

    def _on_timer_timed_out(self) -> None:
        """Runs that other processes train are followed through their files."""
        if any(run.state == "running" and run is not self._own for run in self.list.runs):
            self.refresh()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

"""Planning runs from the form: one for later, or a series that differs in one setting."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.config import DataConfig, TrainConfig
from core.data.sources import located
from core.errors import CoreError, DataError
from core.runs.listing import RunSummary, next_run_folder
from core.runs.queue import free_run_folder
from explorer.document.document import Document
from explorer.messages import Messenger
from explorer.runs.queue import RunQueue
from explorer.runs.shelf import RunShelf
from explorer.train.run_box import RunBox
from explorer.train.series import Named
from explorer.train.settings.form import TrainSettings


class TrainPlans(QObject):
    """Names runs and puts them into the queue.

    Args:
        document: has `data`.
        form: the settings.
        run_box: has the name and the series.
        queue: takes the planned runs.
        shelf: lists them at once.
        folder: gives the runs folder.
        why_not: why no run can be made, in a sentence; empty if one can.
        messenger: shows messages.
        parent: Qt's owner.

    Signals:
        pictures_requested(DataConfig): read these, for a run on them is wanted again.
    """

    pictures_requested = Signal(object)

    def __init__(
        self,
        document: Document,
        form: TrainSettings,
        run_box: RunBox,
        queue: RunQueue,
        shelf: RunShelf,
        folder: Callable[[], Path],
        why_not: Callable[[], str],
        messenger: Messenger,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._form = form
        self._run_box = run_box
        self._queue = queue
        self._shelf = shelf
        self._folder = folder
        self._why_not = why_not
        self._messenger = messenger
        run_box.queue_clicked.connect(self.plan_one)
        run_box.set_free_name(self._free_name)
        run_box.series.set_start(self._start, self._free_name)
        run_box.series.planned.connect(self._on_series_planned)
        form.changed.connect(self._on_form_changed)
        run_box.series.show_family(form.config.family)

    def new_folder(self) -> Path:
        """The next run's folder: the name that the person wrote, with a number where it is taken."""
        name = self._run_box.run_name
        root, data = self._folder(), self._document.data
        assert name or data is not None  # the caller has checked that a run can be made
        return free_run_folder(root, name) if name or data is None else next_run_folder(root, data.index.name)

    def propose_name(self) -> None:
        """Show what the next run is called unless the person writes a name."""
        data = self._document.data
        self._run_box.propose_name(next_run_folder(self._folder(), data.index.name).name if data is not None else "")

    def plan_one(self) -> None:
        """Plan a run with the settings as they stand; says why if it can't."""
        self._form.take_typed()
        reason = self._why_not()
        if reason:
            self._messenger.warning(reason)
            return
        data = self._document.data
        assert data is not None
        config = self._form.config_for(data.config)
        if self._plan([(self.new_folder().name, config)]):
            self._run_box.name_edit.clear()

    def plan_series(self) -> None:
        """Plan the series that is being put together; says why if it can't."""
        self._form.take_typed()
        problem = self._why_not() or self._run_box.series.plan()
        if problem:
            self._messenger.warning(problem)

    def duplicate(self, run: RunSummary) -> None:
        """Fill the form as for an earlier run; its pictures are read where others are open."""
        if run.config is None:
            return
        self._form.set_config(run.config)
        self._run_box.show_series(False)
        wanted = run.config.data
        if self._document.data is None or not _are_the_same(self._document.data.config, wanted):
            with contextlib.suppress(DataError):  # reading them says so, too
                wanted = replace(wanted, source=located(wanted.source, run.folder, ""))
            self.pictures_requested.emit(wanted)
        self._messenger.info(self.tr("The settings of {name} are in the form.").format(name=run.name))

    @property
    def closing_note(self) -> str:
        """What happens to the planned runs when the window closes, in a sentence; empty if there are none."""
        count = len(self._queue.planned)
        if count == 0:
            return ""
        if count == 1:
            return self.tr("The queued run stays in the queue; continue it when you open the window again.")
        return self.tr("The {n} queued runs stay in the queue; continue it when you open the window again.").format(n=count)

    def _on_form_changed(self) -> None:
        self._run_box.series.show_family(self._form.config.family)
        self._run_box.series.refresh()

    def _free_name(self, name: str) -> str:
        return free_run_folder(self._folder(), name).name

    def _start(self) -> Named | None:
        data = self._document.data
        if data is None or self._why_not():
            return None
        return self._run_box.run_name or data.index.name, self._form.config_for(data.config)

    def _plan(self, runs: list[tuple[str, TrainConfig]]) -> list[Path]:
        try:
            folders = self._queue.add(runs)
        except CoreError as error:
            self._messenger.report(error)
            return []
        for folder, (_, config) in zip(folders, runs, strict=True):
            self._shelf.add_planned(folder, config)
        self.propose_name()
        first = folders[0].name
        if len(folders) > 1:
            text = self.tr("{n} runs are queued, {first} first.").format(n=len(folders), first=first)
        else:
            text = self.tr("{name} is queued.").format(name=first)
        self._messenger.info(text)
        return folders

    def _on_series_planned(self, runs: list[Named]) -> None:
        if not self._plan(runs):
            return
        self._run_box.name_edit.clear()
        self._run_box.show_series(False)
        if self._shelf.own is None:  # nothing to wait for
            self._queue.go_on()


def _are_the_same(opened: DataConfig, wanted: DataConfig) -> bool:
    """Whether two data settings mean the same pictures, framed, limited and split alike; mirroring belongs to training."""
    return opened == replace(wanted, mirror=opened.mirror)

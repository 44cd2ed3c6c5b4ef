"""What can be done with runs: open, resume, rename, duplicate, delete, watch; the list and the table share it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu, QMessageBox, QWidget

from core.errors import CoreError
from core.families.registry import family
from core.latent.learned_prior import may_learn
from core.runs.listing import RunSummary
from core.runs.rename import check_idle, rename_run
from explorer.actions import menu_action
from explorer.look.icons import icon
from explorer.messages import Message, Messenger
from explorer.runs.queue import RunQueue
from explorer.runs.shelf import RunShelf
from explorer.saving.trash import bring_back, delete_for_good, move_to_trash
from explorer.tasks import run_task
from explorer.widgets.message_box import keep_buttons_whole

_MORE_EPOCHS = (10, 40)


class RunActions(QObject):
    """Does what the person asks of runs, and reports the result.

    Signals:
        open_requested(RunSummary): explore its model.
        resume_requested(RunSummary, int): go on; 0, or a new end for a finished run.
        extend_requested(RunSummary, dict): let a finished run go on with other settings, path -> value.
        duplicate_requested(RunSummary): put its settings into the form.
        overlay_requested(list): overlay the curves of these RunSummaries.
        compare_requested(list): compare these RunSummaries, or report on a single one, in a window of their own.
        report_requested(list): the same as a file.
        prior_requested(str): learn a prior for the model in this file.
        unwatch_requested(Path): take a watched run out of the list.
        run_moved(Path, Path): a run's folder has another name now.
        run_removed(Path): a run's folder is gone.
        undo_changed(): there is something to take back, or no longer.
    """

    open_requested = Signal(object)
    resume_requested = Signal(object, int)
    extend_requested = Signal(object, dict)
    duplicate_requested = Signal(object)
    overlay_requested = Signal(list)
    compare_requested = Signal(list)
    report_requested = Signal(list)
    prior_requested = Signal(str)
    unwatch_requested = Signal(object)
    run_moved = Signal(object, object)
    run_removed = Signal(object)
    undo_changed = Signal()

    def __init__(self, shelf: RunShelf, queue: RunQueue, messenger: Messenger, window: QWidget) -> None:
        """The actions.

        Args:
            shelf: what is listed.
            queue: what is planned.
            messenger: shows messages.
            window: parent of dialogs, and Qt's owner.
        """
        super().__init__(window)
        self._shelf = shelf
        self._queue = queue
        self._messenger = messenger
        self._window = window
        self._done: list[_Trashed | _Renamed] = []  # what can be taken back, the last one last

    @property
    def can_undo(self) -> bool:
        """Whether runs were renamed or put into the trash, and that wasn't taken back yet."""
        return bool(self._done)

    def undo_last(self) -> None:
        """Take back what was done last: another name, or the trash."""
        if not self._done:
            return
        last = self._done[-1]
        if isinstance(last, _Renamed):
            self._name_back(last)
        else:
            self._bring_back(last)

    def can_resume(self, run: RunSummary) -> bool:
        """Whether this window could let it go on now: a run that has ended, or its own that is paused."""
        own = self._shelf.own
        if own is not None and own.folder == run.folder:
            return own.is_paused
        return run.state not in ("running", "queued", "unreachable", "newer") and own is None

    # -- the menus

    def fill_menu(self, menu: QMenu, runs: Sequence[RunSummary], rename: QObject | None = None) -> None:
        """All that can be done with some runs.

        Args:
            menu: cleared and filled.
            runs: the selected ones, at least one.
            rename: the view whose `rename_chosen` lets the person write a name.
        """
        menu.clear()
        if len(runs) > 1:
            text = self.tr("Compare {n} runs").format(n=len(runs))
            menu.addAction(icon("compare"), text, lambda: self.compare_requested.emit(list(runs)))
            menu.addAction(icon("chart"), self.tr("Show curves in one chart"), lambda: self.overlay_requested.emit(list(runs)))
            menu.addAction(icon("export"), self.tr("Save a report…"), lambda: self.report_requested.emit(list(runs)))
        else:
            self._fill_single(menu, runs[0], rename)
        menu.addSeparator()
        menu.addAction(icon("trash"), self._removal_text(runs) + "\tDel", lambda: self.remove(runs))

    def _fill_single(self, menu: QMenu, run: RunSummary, rename: QObject | None) -> None:
        if run.has_model:
            menu.addAction(icon("sliders"), self.tr("Open model"), lambda: self.open_requested.emit(run))
            menu.addAction(icon("compare"), self.tr("Show the assignment report"), lambda: self.compare_requested.emit([run]))
            menu.addAction(icon("export"), self.tr("Save the assignment report…"), lambda: self.report_requested.emit([run]))
        model = run.checkpoint if run.has_model and run.state not in ("running", "unreachable") else None
        if model is not None and run.config is not None and may_learn(run.config):
            menu.addAction(menu_action("learn_prior", menu, lambda: self.prior_requested.emit(str(model))))
        if self.can_resume(run):
            self.fill_resume(menu, run)
        if run.config is not None:
            menu.addAction(icon("copy"), self.tr("Duplicate settings"), lambda: self.duplicate_requested.emit(run))
        if run.state == "queued":
            sooner = menu.addAction(icon("chevron-up"), self.tr("Train sooner"), lambda: self._queue.move(run.folder, -1))
            later = menu.addAction(icon("chevron-down"), self.tr("Train later"), lambda: self._queue.move(run.folder, 1))
            sooner.setEnabled(run.position > 1)
            later.setEnabled(run.position < len(self._queue.planned))
        elif run.state == "unknown" and not run.is_watched and run.config is not None:
            menu.addAction(icon("plus"), self.tr("Add to queue"), lambda: self._queue.put_back(run.folder))
        if rename is not None and run.state not in ("running", "unreachable"):
            menu.addAction(self.tr("Rename") + "\tF2", rename.rename_chosen)  # type: ignore[attr-defined]
        menu.addAction(icon("open-folder"), self.tr("Show folder"), lambda: self.show_folder(run))

    def _removal_text(self, runs: Sequence[RunSummary]) -> str:
        if all(run.is_watched for run in runs):
            return self.tr("Stop watching")
        if len(runs) > 1:
            return self.tr("Move {n} runs to the trash").format(n=len(runs))
        return self.tr("Remove from the queue") if runs[0].state == "queued" else self.tr("Move to the trash")

    def fill_resume(self, menu: QMenu, run: RunSummary) -> None:
        """The ways to go on: to its end, or beyond it."""
        if run.state != "finished":
            text = self.tr("Start now") if run.state == "unknown" else self.tr("Resume")
            menu.addAction(icon("resume"), text, lambda: self.resume_requested.emit(run, 0))
            return
        for more in sorted({*_MORE_EPOCHS, max(1, run.epochs)}):
            text = self.tr("1 more epoch, to {end}") if more == 1 else self.tr("{more} more epochs, to {end}")
            text = text.format(more=f"{more:,}", end=f"{run.epochs + more:,}")
            menu.addAction(text, partial(self.resume_requested.emit, run, run.epochs + more))
        for later in family(run.config.family).later(run.config) if run.config is not None else ():
            menu.addAction(later.title, partial(self.extend_requested.emit, run, {later.setting: later.value}))

    # -- folders

    def show_folder(self, run: RunSummary) -> None:
        """Open the run's folder in the system's file manager."""
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.folder))):
            self._messenger.info(self.tr("The run's folder is {folder}").format(folder=run.folder))

    def rename(self, run: RunSummary, name: str) -> None:
        """Rename a run, that is, its folder."""
        if run.state == "running":
            self._messenger.warning(self.tr("{name} is running; stop it before you rename it.").format(name=run.name))
            return
        run_task(
            self,
            lambda _: rename_run(run.folder, name),
            done=partial(self._on_renamed, run),
            failed=self._on_failed,
            name="rename",
        )

    def remove(self, runs: Sequence[RunSummary]) -> None:
        """Put runs into the trash; watched ones only leave the list. Refused, with a message, while one goes on."""
        for run in runs:
            if run.is_watched:
                self.unwatch_requested.emit(run.folder)
        runs = [run for run in runs if not run.is_watched]
        going = [run.name for run in runs if run.state == "running"]
        if going:
            text = self.tr("{name} is running and can't be deleted. Stop it first.").format(name=", ".join(going))
            self._messenger.warning(text)
        runs = [run for run in runs if run.state != "running"]
        if runs:
            run_task(self, lambda _: _trash(runs), done=self._on_trashed, failed=self._on_failed, name="trash")

    def ask_delete(self, runs: Sequence[RunSummary]) -> bool:
        """Ask whether to delete for good where there is no trash."""
        box = QMessageBox(self._window)
        box.setWindowTitle("Labkhand")
        box.setIcon(QMessageBox.Icon.Warning)
        names = ", ".join(run.name for run in runs)
        box.setText(self.tr("There is no trash for {names}.").format(names=names))
        box.setInformativeText(self.tr("Deleting the folder can't be undone: settings, curves and models go with it."))
        delete = box.addButton(self.tr("Delete for good"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        keep_buttons_whole(box)
        box.exec()
        return box.clickedButton() is delete

    # -- done in workers

    def _on_failed(self, error: BaseException) -> None:
        self._messenger.report(error)
        self._shelf.refresh()

    def _on_renamed(self, run: RunSummary, folder: Path) -> None:
        if folder == run.folder:
            return
        self._withdraw_names(run.folder)
        renamed = _Renamed(run.folder, folder)
        self._done.append(renamed)
        self.undo_changed.emit()
        self._follow(run.folder, folder)
        text = self.tr("{old} is called {new} now.").format(old=run.name, new=folder.name)
        undo = (self.tr("Undo"), lambda: self._name_back(renamed))
        self._messenger.post(Message(text, action=undo, topic=renamed.topic))

    def _withdraw_names(self, folder: Path) -> None:
        """A run has another name now, or is gone: messages don't offer its older names any more; undo comes to them in its turn."""
        for done in self._done:
            if isinstance(done, _Renamed) and done.new == folder:
                self._messenger.settle(done.topic)

    def _name_back(self, renamed: _Renamed) -> None:
        if renamed not in self._done:
            return
        self._done.remove(renamed)
        self._messenger.settle(renamed.topic)
        self.undo_changed.emit()
        run_task(self, lambda _: _take_name_back(renamed), done=self._on_named_back, failed=self._on_failed, name="rename back")

    def _on_named_back(self, end: _NamedBack) -> None:
        """The run is called as before; where it can't be yet, it can be tried again."""
        new = end.renamed.new
        if end.folder is not None:
            self._follow(new, end.folder)
            self._messenger.info(self.tr("{new} is called {old} again.").format(new=new.name, old=end.folder.name))
            return
        if end.is_left:
            self._done.append(end.renamed)
            self.undo_changed.emit()
        if end.error is not None:
            self._messenger.report(end.error, end.renamed.topic)
        self._shelf.refresh()

    def _follow(self, old: Path, new: Path) -> None:
        """A run's folder has another name now."""
        self._queue.rename(old, new)
        self._shelf.move(old, new)
        self.run_moved.emit(old, new)
        self._shelf.refresh()

    def _on_trashed(self, trashed: list[tuple[RunSummary, Path | None]]) -> None:
        gone = [(run, place) for run, place in trashed if place is not None]
        if gone:
            self._forget([run for run, _ in gone])
            self._done.append(gone)
            self.undo_changed.emit()
            names = ", ".join(run.name for run, _ in gone)
            undo = (self.tr("Undo"), lambda: self._bring_back(gone))
            text = self.tr("Moved to the trash: {names}.").format(names=names)
            self._messenger.post(Message(text, action=undo, topic=_topic(gone)))
        kept = [run for run, place in trashed if place is None]
        if kept and self.ask_delete(kept):
            run_task(self, lambda _: _delete(kept), done=self._on_deleted, failed=self._on_failed, name="delete")

    def _on_deleted(self, end: _Deleted) -> None:
        self._forget(end.gone)
        if end.gone:
            self._messenger.info(self.tr("Deleted: {names}.").format(names=", ".join(run.name for run in end.gone)))
        for error in end.errors:
            self._messenger.report(error)

    def _forget(self, runs: Sequence[RunSummary]) -> None:
        for run in runs:
            self._queue.remove(run.folder)
            self._shelf.forget(run.folder)
            self._messenger.settle(str(run.folder))
            self._withdraw_names(run.folder)
            self.run_removed.emit(run.folder)
        self._shelf.refresh()

    def _bring_back(self, gone: _Trashed) -> None:
        if gone not in self._done:  # Ctrl+Z was faster than the message's button
            return
        self._done.remove(gone)
        self._messenger.settle(_topic(gone))
        self.undo_changed.emit()
        run_task(self, lambda _: _take_out(gone), done=self._on_brought_back, failed=self._on_failed, name="bring back")

    def _on_brought_back(self, end: _BroughtBack) -> None:
        """Those that are back take their places again; bringing back the others can be tried again."""
        for run in end.back:
            if run.state == "queued":
                self._queue.put_back(run.folder, run.position)
        self._shelf.refresh()
        if end.back:
            self._messenger.info(self.tr("{names}: back from the trash.").format(names=", ".join(run.name for run in end.back)))
        if end.left:
            self._done.append(end.left)
            self.undo_changed.emit()
        for error in end.errors:
            self._messenger.report(error, _topic(end.left) if end.left else "")


_Trashed = list[tuple[RunSummary, Path]]
"""Runs that were put into the trash together, and where each lies there."""


@dataclass(frozen=True, slots=True)
class _Renamed:
    """A run's folder before and after it was renamed."""

    old: Path
    new: Path

    @property
    def topic(self) -> str:
        """Of the message that offers to take it back."""
        return f"renamed {self.new}"


@dataclass(frozen=True, slots=True)
class _NamedBack:
    """What came of giving a run its name back."""

    renamed: _Renamed
    folder: Path | None  # by its name of before; None: it couldn't be
    error: CoreError | None = None
    is_left: bool = False  # it couldn't be, but the run is still there


@dataclass(frozen=True, slots=True)
class _BroughtBack:
    """What came of bringing runs back from the trash."""

    back: list[RunSummary]
    left: _Trashed  # couldn't be brought back, but are still there
    errors: list[CoreError]


@dataclass(frozen=True, slots=True)
class _Deleted:
    """What came of deleting runs for good."""

    gone: list[RunSummary]
    errors: list[CoreError]


def _topic(gone: _Trashed) -> str:
    """Of the message that offers to bring these back; it is settled once they are."""
    return f"trash {gone[0][1]}"


def _trash(runs: Sequence[RunSummary]) -> list[tuple[RunSummary, Path | None]]:
    for run in runs:
        check_idle(run.folder, "deleted")
    return [(run, move_to_trash(run.folder)) for run in runs]


def _take_name_back(renamed: _Renamed) -> _NamedBack:
    try:
        return _NamedBack(renamed, rename_run(renamed.new, renamed.old.name, "Rename that one, then undo again."))
    except CoreError as error:
        return _NamedBack(renamed, None, error, os.path.exists(renamed.new))


def _take_out(gone: _Trashed) -> _BroughtBack:
    """Bring back all that can be."""
    end = _BroughtBack([], [], [])
    for run, place in gone:
        try:
            bring_back(place, run.folder)
        except CoreError as error:
            end.errors.append(error)
            if os.path.exists(place):
                end.left.append((run, place))
        else:
            end.back.append(run)
    return end


def _delete(runs: Sequence[RunSummary]) -> _Deleted:
    """Delete all that can be."""
    end = _Deleted([], [])
    for run in runs:
        try:
            check_idle(run.folder, "deleted")
            delete_for_good(run.folder)
        except CoreError as error:
            end.errors.append(error)
        else:
            end.gone.append(run)
    return end

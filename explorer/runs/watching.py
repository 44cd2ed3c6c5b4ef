"""Run folders from anywhere, such as a network drive that another machine writes to, listed beside one's own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from core.runs.listing import is_run, list_runs
from explorer.messages import Message, Messenger
from explorer.runs.shelf import RunShelf
from explorer.settings.store import SettingsStore
from explorer.tasks import run_task


class RunWatching(QObject):
    """Keeps the list of watched folders in the settings and on the shelf."""

    def __init__(self, settings: SettingsStore, shelf: RunShelf, messenger: Messenger, window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        self._shelf = shelf
        self._messenger = messenger
        self._window = window
        self._show()

    def choose(self) -> None:
        """Ask for a folder and watch it."""
        title = self.tr("Watch the folder of a run, or of several")
        folder = QFileDialog.getExistingDirectory(self._window, title, str(Path.home()))
        if folder:
            self.add(Path(folder))

    def add(self, folder: Path) -> None:
        """Watch a run folder, or each run in a folder of runs."""

        def work(_: object) -> list[Path]:
            return [folder] if is_run(folder) else [run.folder for run in list_runs(folder)]

        def done(run_folders: list[Path]) -> None:
            self._on_found(folder, run_folders)

        run_task(self, work, done=done, failed=self._messenger.report, name="watch")

    def remove(self, folder: Path) -> None:
        """Stop watching it; the folder stays as it is."""
        self._keep([watched for watched in self._settings.watched_runs if Path(watched) != folder])
        undo = (self.tr("Undo"), lambda: self._keep([*self._settings.watched_runs, str(folder)]))
        text = self.tr("{name} is no longer watched; its folder stays.").format(name=folder.name)
        self._messenger.post(Message(text, action=undo, topic=_topic(str(folder))))

    def rename(self, old: Path, new: Path) -> None:
        """A watched run has another name now."""
        if str(old) in self._settings.watched_runs:
            self._keep([str(new) if watched == str(old) else watched for watched in self._settings.watched_runs])

    def _on_found(self, folder: Path, run_folders: list[Path]) -> None:
        known = {run.folder for run in self._shelf.runs}
        fresh = [path for path in run_folders if path not in known]
        if not run_folders:
            text = self.tr("{folder} is no run folder, and there is none in it.").format(folder=folder)
            self._messenger.warning(text, self.tr("A run folder holds config.json and events.jsonl."))
        elif not fresh:
            self._messenger.info(self.tr("{name} is listed already.").format(name=folder.name))
        else:
            self._keep([*self._settings.watched_runs, *map(str, fresh)])
            names = ", ".join(path.name for path in fresh)
            self._messenger.success(self.tr("Watching {names}").format(names=names))

    def _keep(self, folders: list[str]) -> None:
        for folder in set(folders).difference(self._settings.watched_runs):
            self._messenger.settle(_topic(folder))
        self._settings.update(watched_runs=tuple(dict.fromkeys(folders)))
        self._show()

    def _show(self) -> None:
        self._shelf.set_watched([Path(folder) for folder in self._settings.watched_runs])


def _topic(folder: str) -> str:
    """Of the message that offers to watch it again; it is settled once that is so."""
    return f"unwatched {folder}"

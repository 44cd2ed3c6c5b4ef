"""How a run ended, and what the coach proposes for the next one, told to the person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from core.errors import CoreError
from core.events import RunFailed, RunFinished
from core.runs.listing import RunSummary
from explorer.messages import Messenger
from explorer.train.coach import change_in_words
from explorer.train.settings.form import TrainSettings


class TrainNews(QObject):
    """Says it, with the one thing that can be done about it.

    Args:
        messenger: takes what the person should know.
        form: takes what the coach proposes.
        open_run: explores a run's model.
        parent: Qt's owner.
    """

    def __init__(
        self, messenger: Messenger, form: TrainSettings, open_run: Callable[[RunSummary], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._messenger = messenger
        self._form = form
        self._open_run = open_run

    def tell_ending(self, folder: Path | None, ending: RunFinished | RunFailed, planned: int | None) -> None:
        """A run has ended; `planned` epochs were to come, where that is known."""
        name = folder.name if folder is not None else ""
        if isinstance(ending, RunFailed):
            self._messenger.error(f"{name}: {ending.message}", ending.hint)
            return
        if ending.stopped:
            self._messenger.info(self.tr("{name} is stopped and saved; it can be resumed.").format(name=name))
            return
        run = RunSummary(folder, name, "finished") if folder is not None else None
        action = None
        if run is not None and run.checkpoint is not None:
            action = (self.tr("Explore it"), lambda: self._open_run(run))
        text = self.tr("{name} is finished.").format(name=name)
        if planned is not None and ending.epoch < planned:
            text = self.tr("{name} ended early, after epoch {epoch}: validation had stopped getting better.")
            text = text.format(name=name, epoch=ending.epoch)
        self._messenger.success(text, action=action)

    def take_change(self, change: dict[str, object], family_name: str = "") -> None:
        """Put what the coach proposed into the form; the run that goes on stays as it is.

        Args:
            change: setting paths and values.
            family_name: of the run that it was said of; where the form is about another kind of model, it goes over to this one.
        """
        try:
            if family_name and family_name != self._form.config.family:
                self._form.set_family(family_name)
            self._form.set_values(change)
        except CoreError as error:
            self._messenger.report(error)
            return
        self._messenger.info(self.tr("The next run will use {change}.").format(change=change_in_words(change)))

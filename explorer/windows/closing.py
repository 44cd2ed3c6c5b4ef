"""Closing the window while a run goes on, or something isn't saved: ask, stop the run and save it, and close once it has ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from core.files import printable
from explorer.job.process import JobState
from explorer.job.training import TrainingJob
from explorer.widgets.message_box import keep_buttons_whole
from explorer.widgets.status_line import StatusLine

NAMED = 5  # pictures that the question names, and directions


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What is in no file."""

    pictures: Callable[[], Sequence[str]]
    """The opened pictures with edits, by name."""
    directions: Callable[[], Sequence[str]]
    """The person's own, by name."""
    save_all: Callable[[Callable[[], None]], None]
    """Asks for a folder if there are pictures, saves all, and calls what it is given once all are on the disk."""

    @property
    def is_any(self) -> bool:
        return bool(self.pictures() or self.directions())


class Closing(QObject):
    """Decides whether a window may close now.

    Args:
        job: the run that may go on.
        planned: a sentence about the runs that wait for it; empty where there are none.
        unsaved: what is in no file.
        status: shows what the window waits for.
        window: closed again once the run has ended.
    """

    def __init__(
        self,
        job: TrainingJob,
        planned: Callable[[], str],
        unsaved: Unsaved,
        status: StatusLine,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._job = job
        self._planned = planned
        self._unsaved = unsaved
        self._status = status
        self._window = window
        self._agreed = False  # the window closes once the run that is being stopped has ended

    def may_close(self) -> bool:
        """Whether the window may close now; if False, the person keeps it open, or it closes by itself later."""
        if self._agreed:
            return not self._job.is_active
        # Two questions: in one, "save" would be the run's alone, or would it?
        if self._unsaved.is_any and not self.ask_unsaved():
            return False
        if self._job.is_active and not self.ask():
            return False
        if self._job.is_active:  # it may have ended while the question was shown
            self._status.set_message(self.tr("Stopping the run and saving…"))
            self._close_when_stopped()
            return False
        return True

    def ask(self) -> bool:
        """Ask whether to stop and save the run. True to close. A run that needs no window may be left running."""
        box = QMessageBox(self._window)
        box.setWindowTitle("Labkhand")
        box.setIcon(QMessageBox.Icon.Question)
        name = printable(self._job.folder.name) if self._job.folder is not None else self.tr("A run")
        paused = self._job.state is JobState.PAUSED
        box.setText((self.tr("{name} is paused.") if paused else self.tr("{name} is training.")).format(name=name))
        text = self.tr("Closing the window stops it and saves how far it is; you can resume it later.")
        box.setInformativeText(f"{text} {self._planned()}".strip())
        stop = box.addButton(self.tr("Stop and save"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stop)
        alone = self._job.is_attached
        leave = box.addButton(self.tr("Leave it running"), QMessageBox.ButtonRole.DestructiveRole) if alone else None
        if leave is not None:
            text = self.tr("It can go on without this window: stop and save it, or leave it running.")
            box.setInformativeText(text)
        keep_buttons_whole(box)
        box.exec()
        if leave is not None and box.clickedButton() is leave:
            self._job.detach()
            return True
        return box.clickedButton() is stop

    def ask_unsaved(self) -> bool:
        """Ask whether to drop what is in no file. True to close."""
        box = QMessageBox(self._window)
        box.setWindowTitle("Labkhand")
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self._loss())
        png = self.tr("Saved as PNG, a picture keeps its edit: opened again, its sliders stand as they were.")
        file = self.tr("A saved direction is offered by + in Explore whenever its model is open.")
        remarks = ((png, self._unsaved.pictures()), (file, self._unsaved.directions()))
        box.setInformativeText(" ".join(text for text, names in remarks if names))
        save = self._add_save_all(box)
        drop = box.addButton(self.tr("Close without saving"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(save if save is not None else cancel)
        box.setEscapeButton(cancel)
        keep_buttons_whole(box)
        box.exec()
        if box.clickedButton() is save:
            self._unsaved.save_all(self._close_now)
            return False
        return box.clickedButton() is drop

    def _add_save_all(self, box: QMessageBox) -> QPushButton | None:
        """The button that saves what would be lost; None where nothing would."""
        pictures, directions = len(self._unsaved.pictures()), len(self._unsaved.directions())
        if not pictures + directions:
            return None
        if pictures:
            text = self.tr("Save…") if pictures + directions == 1 else self.tr("Save all…")
        else:  # nothing is asked
            text = self.tr("Save") if directions == 1 else self.tr("Save all")
        return box.addButton(text, QMessageBox.ButtonRole.ActionRole)

    def _loss(self) -> str:
        """Which edits and directions closing drops; "" for none."""
        pictures = self._one_or_all(
            self._unsaved.pictures(), self.tr("The edit of {name} isn't saved."), self.tr("The edits of {names} aren't saved.")
        )
        directions = self._one_or_all(
            self._unsaved.directions(),
            self.tr("The direction {name} isn't saved."),
            self.tr("The directions {names} aren't saved."),
        )
        return f"{pictures} {directions}".strip()

    def _one_or_all(self, several: Sequence[str], one: str, many: str) -> str:
        """A sentence about one name, or about many; "" for none."""
        names = [printable(name) for name in several]
        if not names:
            return ""
        if len(names) == 1:
            return one.format(name=names[0])
        more = len(names) - NAMED
        if more > 1:
            names = [*names[:NAMED], self.tr("{n} more").format(n=more)]
        listed = self.tr("{some} and {last}").format(some=", ".join(names[:-1]), last=names[-1])
        return many.format(names=listed)

    def _close_when_stopped(self) -> None:
        """Keep the window responsive while the run stops."""
        self._agreed = True
        self._window.setEnabled(False)
        self._job.ended.connect(lambda _: QTimer.singleShot(0, self, self._close_now))
        self._job.stop()

    def _close_now(self) -> None:
        self._window.setEnabled(True)
        self._window.close()

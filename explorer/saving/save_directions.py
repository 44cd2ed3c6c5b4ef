"""Saving all directions that are in no file into the program's own folder of directions, where + in Explore offers them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from core.errors import CoreError
from core.files import printable
from core.latent.direction_file import write_direction
from core.latent.directions import Direction
from core.progress import Progress
from explorer.document.document import Document
from explorer.messages import Message, Messenger
from explorer.saving.direction_files import free_direction_path
from explorer.widgets.long_work import LongWork

NAMED = 3  # directions that a message names
TOPIC = "save directions"  # of messages about it


class SaveDirections(QObject):
    """Writes them one after another.

    Args:
        document: whose directions they are.
        messenger: told which couldn't be saved.
        work: runs it, and shows how far it is.
        parent: Qt's owner.
    """

    def __init__(self, document: Document, messenger: Messenger, work: LongWork, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self._work = work

    def save(self, then: Callable[[bool], None]) -> None:
        """Save them; nothing is overwritten. `then` is told whether all are on the disk; it isn't called if that was cancelled."""
        directions = self._document.unsaved_directions
        if not directions:
            then(True)
            return
        self._messenger.settle(TOPIC)  # what was said of an earlier attempt
        written: list[Direction] = []
        failures: list[tuple[Direction, CoreError]] = []

        def work(progress: Progress) -> None:
            for done, direction in enumerate(directions):
                name = printable(direction.shown_name)
                progress(self.tr("Saving {name}").format(name=name), done, len(directions))
                try:
                    write_direction(free_direction_path(direction), direction)
                except CoreError as error:
                    failures.append((direction, error))
                else:
                    written.append(direction)

        def note_written() -> None:
            for direction in written:
                self._document.note_direction_saved(direction)

        def ended(_: None) -> None:
            note_written()
            if failures:
                self._say(failures, len(directions))
            then(not failures)

        def unfinished(_reason: str) -> None:
            note_written()

        self._work.start(self.tr("Saving all directions"), work, ended, TOPIC, unfinished)

    def _say(self, failures: list[tuple[Direction, CoreError]], count: int) -> None:
        """Say which weren't saved, and why the first of them wasn't."""
        names = ", ".join(printable(one.shown_name) for one, _ in failures[:NAMED]) + (", …" if len(failures) > NAMED else "")
        reasons = [self._messenger.reason(error) for _, error in failures]
        text = self.tr("{n} of {all} directions couldn't be saved: {names}. {why}")
        text = text.format(n=len(failures), all=count, names=names, why=reasons[0])
        self._messenger.post(Message(text, "error", details="\n".join(reasons) if len(reasons) > 1 else "", topic=TOPIC))

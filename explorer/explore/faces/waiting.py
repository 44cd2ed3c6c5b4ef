"""Pictures that were chosen before there was a model to edit them with: they wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.files import printable
from explorer.document.document import Document
from explorer.messages import Message, Messenger

TOPIC = "waiting pictures"  # of the message that they wait


@dataclass(frozen=True, slots=True)
class Wish:
    """Files that were chosen together; a reference to `kept` keeps them on the disk."""

    paths: tuple[str, ...]
    kept: object = None


class WaitingPictures(QObject):
    """What was chosen, in order; whoever opens it takes it once a model has come."""

    changed = Signal()
    """Others wait, or none do any more."""

    def __init__(self, document: Document, messenger: Messenger, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self._wishes: list[Wish] = []

    def add(self, paths: Sequence[str], kept: object = None) -> None:
        """Let these files wait, and say so."""
        self._wishes.append(Wish(tuple(paths), kept))
        self._messenger.settle(TOPIC)
        self._messenger.post(Message(self.words, topic=TOPIC))
        self.changed.emit()

    def take(self) -> list[Wish]:
        """What waited, in the order in which it was chosen; from now on nothing does."""
        wishes, self._wishes = self._wishes, []
        if wishes:
            self._messenger.settle(TOPIC)
            self.changed.emit()
        return wishes

    @property
    def words(self) -> str:
        """What waits for what; "" for nothing."""
        paths = [path for wish in self._wishes for path in wish.paths]
        if not paths:
            return ""
        if self._document.loading:
            text, many = self.tr("{name} opens once the model is loaded."), self.tr("{n} pictures open once the model is loaded.")
        else:
            text, many = self.tr("{name} opens once there is a model."), self.tr("{n} pictures open once there is a model.")
        return (text if len(paths) == 1 else many).format(name=printable(Path(paths[0]).name), n=len(paths))

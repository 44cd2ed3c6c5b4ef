"""The shared objects from which panels are built."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.job.training import TrainingJob
from explorer.messages import Messenger
from explorer.settings.store import SettingsStore


@dataclass(frozen=True, slots=True)
class Services:
    """The objects of which there is only one, made before the window."""

    document: Document
    decoding: DecodeService
    job: TrainingJob
    settings: SettingsStore
    messenger: Messenger

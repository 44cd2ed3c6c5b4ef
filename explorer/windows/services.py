"""What every panel is built from."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.decoding import DecodeService
from explorer.document import Document
from explorer.jobs import TrainingJob
from explorer.messages import Messenger
from explorer.settings_store import SettingsStore


@dataclass(frozen=True, slots=True)
class Services:
    """The objects that there is one of, made before the window."""

    document: Document
    decoding: DecodeService
    job: TrainingJob
    settings: SettingsStore
    messenger: Messenger

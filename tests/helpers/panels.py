"""Tabs in a window of their own, with all that they need; for tests of what happens in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from explorer.data.tab import DataPanel
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.gallery.tab import GalleryPanel
from explorer.messages import Message, Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings


def data_panel(qtbot: QtBot, document: Document, messages: list[Message]) -> DataPanel:
    """A Data tab that is seen.

    Args:
        qtbot: closes it at the end.
        document: what it shows.
        messages: gets what it tells the person.
    """
    panel = DataPanel(document, SettingsStore(UiSettings(), document), _messenger(document, messages))
    _show(qtbot, panel, 1000, 700)
    return panel


@contextmanager
def gallery_panel(qtbot: QtBot, document: Document, messages: list[Message]) -> Iterator[GalleryPanel]:
    """A Gallery tab that is seen, and whose decoding ends with it; the arguments are those of `data_panel`."""
    service = DecodeService(document)
    document.model_changed.connect(service.set_model)
    panel = GalleryPanel(document, service, SettingsStore(UiSettings(), document), _messenger(document, messages))
    _show(qtbot, panel, 1100, 640)
    yield panel
    service.close()


def _messenger(document: Document, messages: list[Message]) -> Messenger:
    messenger = Messenger(document)
    messenger.message_posted.connect(messages.append)
    return messenger


def _show(qtbot: QtBot, panel: QWidget, width: int, height: int) -> None:
    qtbot.addWidget(panel)
    panel.resize(width, height)
    panel.show()

"""An Explore tab with a model of numpy alone, for tests of what happens in it."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.explore.tab import ExplorePanel
from explorer.messages import Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from tests.explorer.test_document import direction
from tests.helpers.fake_engine import fake_model


class Bench:
    """A panel with everything that it needs."""

    def __init__(self) -> None:
        self.document = Document()
        self.decoding = DecodeService()
        self.document.model_changed.connect(self.decoding.set_model)
        self.messenger = Messenger()
        self.settings = SettingsStore(UiSettings())
        self.panel = ExplorePanel(self.document, self.decoding, self.settings, self.messenger)
        self.panel.resize(1240, 700)

    def open_model(self, with_smile: bool = True) -> None:
        self.document.set_model(fake_model(directions={"smile": direction()} if with_smile else {}))
        self.panel.choose_first_face()
        QApplication.sendPostedEvents()  # the new sliders get their places

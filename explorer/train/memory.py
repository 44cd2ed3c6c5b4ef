"""The last state of the settings form, kept between two starts of the window."""

from __future__ import annotations

import json
import logging

from PySide6.QtCore import QEvent, QObject, QTimer

from core.config import loads, to_dict
from core.errors import ConfigError
from explorer.qt import override
from explorer.settings.store import SettingsStore
from explorer.train.settings.form import TrainSettings

log = logging.getLogger(__name__)

_REST_MS = 500  # so that a spin box held down is written once


class TrainMemory(QObject):
    """Fills the form once, and saves it a moment after each change or when it is hidden."""

    def __init__(self, form: TrainSettings, settings: SettingsStore) -> None:
        super().__init__(form)
        self._form = form
        self._settings = settings
        if settings.train_settings:
            try:
                form.set_config(loads(settings.train_settings))
            except ConfigError as error:  # from another version: the preset stays
                log.warning("the remembered training settings can't be used: %s", error)
        self._timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._timer.timeout.connect(self.keep)
        form.changed.connect(self._timer.start)
        form.installEventFilter(self)

    def keep(self) -> None:
        """Write the settings as they stand."""
        self._timer.stop()
        self._settings.update(train_settings=json.dumps(to_dict(self._form.config_to_keep())))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Hide and self._timer.isActive():
            self.keep()
        return False

"""What was opened lately: data sets, models and photos, remembered between starts; what is gone is said to be so."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.config import DataConfig, from_dict, to_dict
from core.data.sources import kind_of, place_of
from core.errors import ConfigError, DataError
from core.files import printable
from explorer.messages import Messenger
from explorer.settings.store import SettingsStore
from explorer.tasks import run_task

MOST = 8
"""Of each kind."""
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)


class Recent(QObject):
    """Keeps them in the settings, the latest first.

    Args:
        settings: remembers them.
        messenger: told what is gone.
        parent: Qt's owner.

    Signals:
        data_chosen(DataConfig): read these pictures, framed and split as they were.
        model_chosen(str): open this checkpoint's file.
        photo_chosen(str): edit the face in this file.
    """

    data_chosen = Signal(object)
    model_chosen = Signal(str)
    photo_chosen = Signal(str)

    def __init__(self, settings: SettingsStore, messenger: Messenger, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._messenger = messenger

    @property
    def data(self) -> list[DataConfig]:
        """The data sets."""
        return [config for text in self._settings.value.recent_data if (config := _config(text)) is not None]

    def data_of(self, source: str) -> DataConfig | None:
        """How a source's pictures were framed, chosen and split the last time; None: they weren't opened lately."""
        return next((config for config in self.data if config.source == source), None)

    @property
    def models(self) -> tuple[str, ...]:
        """The files of the models."""
        return self._settings.value.recent_models

    @property
    def photos(self) -> tuple[str, ...]:
        """The files of the photos."""
        return self._settings.value.recent_photos

    def add_data(self, config: DataConfig) -> None:
        """Pictures were read."""
        self._keep_data([config, *(other for other in self.data if other.source != config.source)])

    def add_model(self, path: str) -> None:
        """A model was opened."""
        self._settings.update(recent_models=_with(self.models, path))

    def add_photo(self, path: str) -> None:
        """A photo was opened."""
        self._settings.update(recent_photos=_with(self.photos, path))

    def choose_data(self, config: DataConfig) -> None:
        """Ask for a data set again, or say that it is gone."""

        def gone() -> None:
            self._keep_data([other for other in self.data if other.source != config.source])

        self._choose(place_of(config.source), lambda: self.data_chosen.emit(config), gone)

    def choose_model(self, path: str) -> None:
        """Ask for a model again, or say that it is gone."""

        def gone() -> None:
            self._settings.update(recent_models=tuple(other for other in self.models if other != path))

        self._choose(Path(path), lambda: self.model_chosen.emit(path), gone)

    def choose_photo(self, path: str) -> None:
        """Ask for a photo again, or say that it is gone."""

        def gone() -> None:
            self._settings.update(recent_photos=tuple(other for other in self.photos if other != path))

        self._choose(Path(path), lambda: self.photo_chosen.emit(path), gone)

    def _choose(self, place: Path | None, choose: Callable[[], None], forget: Callable[[], None]) -> None:
        """Look whether it is there off the window's thread: it may lie on a drive that hangs."""
        if place is None:
            choose()
            return

        def done(error: OSError | None) -> None:
            name = printable(str(place))
            if error is None:
                choose()
            elif error.errno in _GONE:
                forget()
                self._messenger.warning(self.tr("{place} is gone, and is no longer listed.").format(place=name))
            elif error.errno in (errno.EACCES, errno.EPERM):
                text = self.tr("{place} can't be opened: you have no permission there. It stays in the list.")
                self._messenger.warning(text.format(place=name))
            else:
                text = self.tr("{place} can't be reached now. Connect its drive, and choose it again.")
                self._messenger.warning(text.format(place=name))

        run_task(self, lambda _: _why_not(place), done=done, failed=self._messenger.report, name="look for a recent file")

    def _keep_data(self, configs: list[DataConfig]) -> None:
        self._settings.update(recent_data=tuple(json.dumps(to_dict(config)) for config in configs[:MOST]))


def _why_not(place: Path) -> OSError | None:
    """What is in the way of a file or folder; None: nothing."""
    try:
        os.stat(place)
    except OSError as error:
        return error
    except ValueError:  # letters that no file system takes, in settings that were written by hand
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return None


def _with(paths: tuple[str, ...], path: str) -> tuple[str, ...]:
    return (path, *(other for other in paths if other != path))[:MOST]


def _config(text: str) -> DataConfig | None:
    """The data settings, None where another version wrote them."""
    try:
        config = from_dict(DataConfig, json.loads(text))
        kind_of(config.source)
    except (ValueError, ConfigError, DataError):
        return None
    return config


def distinct_names(paths: list[Path]) -> list[str]:
    """What files or folders are called in a list: by their names, and by their folder too where two have the same."""
    names = [path.name or str(path) for path in paths]
    return [
        printable(f"{path.parent.name}/{name}" if names.count(name) > 1 else name) for path, name in zip(paths, names, strict=True)
    ]

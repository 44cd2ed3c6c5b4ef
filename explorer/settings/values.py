"""What the window remembers between starts: one frozen value, kept in an ini file."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Literal, cast, get_args

from PySide6.QtCore import QByteArray, QSettings

log = logging.getLogger(__name__)

ORGANISATION: Final = "Labkhand"
ENVIRONMENT: Final = "LABKHAND_SETTINGS"
"""Environment variable with the path of another ini file, for tests and portable use."""

ThemeChoice = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class UiSettings:
    """All that the window remembers. Change one with `dataclasses.replace` and `save`."""

    theme: ThemeChoice = "system"
    runs_folder: str = ""
    """Where runs go; empty: the program's own folder in the person's documents."""
    watched_runs: tuple[str, ...] = ()
    """Run folders outside the runs folder that are listed with it."""
    last_data_folder: str = ""
    last_save_folder: str = ""
    last_open_folder: str = ""
    save_ending: str = ".png"
    """The format that pictures are saved in."""
    save_quality: int = 95
    """Of JPEG and WebP, to 100."""
    keep_camera: bool = False
    """Whether a saved photo keeps when and with what it was taken."""
    keep_place: bool = False
    """And where."""
    mark_edits: bool = False
    """Whether a saved edit is marked as one in its corner."""
    last_checkpoint: str = ""
    """Path of the model in use at the last quit; empty: the one that ships with the program."""
    last_data_source: str = ""
    """Folder or "demo" of the data in use at the last quit."""
    last_data_config: str = ""
    """How its pictures were framed, as JSON of the data settings."""
    recent_data: tuple[str, ...] = ()
    """The data sets opened lately, the last one first, each as JSON of its data settings."""
    recent_models: tuple[str, ...] = ()
    """The files of models opened lately, likewise."""
    recent_photos: tuple[str, ...] = ()
    """And of photos."""
    train_settings: str = ""
    """The training form's last state, as JSON of a config; empty: the preset."""
    speeds: str = ""
    """Training pictures a second by the kind of run, as JSON: see `explorer.train.pace`."""
    tab: int = 3
    """Index of the tab in front (Explore)."""
    strip_steps: int = 6
    sheet_width: int = 0  # millimetres in print of what the Gallery saves; 0 = own pixels
    sheet_caption: bool = True
    strip_original: bool = False  # saved strips begin with the picture that the face was read from
    plain_pixels: bool = False
    """Whether enlarged pictures show their pixels as squares."""
    thumbnail_size: int = 88
    gallery_seed: int = 0
    gallery_section: str = ""
    """The Gallery's section that the person chose last, by its class; empty: the samples."""
    window_geometry: bytes = b""
    window_state: bytes = b""
    splitters: dict[str, bytes] = field(default_factory=dict)
    """State of each splitter, by its object name."""
    open_sections: dict[str, bool] = field(default_factory=dict)
    """Which foldable sections are open, by name."""

    @classmethod
    def load(cls) -> UiSettings:
        """Read them; a value that is missing or makes no sense takes its default."""
        store = _store()
        defaults = cls()
        values: dict[str, Any] = {}
        for item in fields(cls):
            default = getattr(defaults, item.name)
            try:
                if isinstance(default, dict):
                    values[item.name] = _load_group(store, item.name, as_bool=item.name == "open_sections")
                elif store.contains(item.name):
                    values[item.name] = _convert(store.value(item.name), default)
            except (TypeError, ValueError):
                log.warning("setting %s is unreadable; using its default", item.name)
        settings = replace(defaults, **values)
        if settings.theme not in get_args(ThemeChoice):
            settings = replace(settings, theme="system")
        if not 0 <= settings.tab < 16:
            settings = replace(settings, tab=defaults.tab)
        if not 2 <= settings.strip_steps <= 24:
            settings = replace(settings, strip_steps=defaults.strip_steps)
        if not 0 <= settings.sheet_width <= 1000:
            settings = replace(settings, sheet_width=defaults.sheet_width)
        if not 30 <= settings.save_quality <= 100:
            settings = replace(settings, save_quality=defaults.save_quality)
        if not 32 <= settings.thumbnail_size <= 512:
            settings = replace(settings, thumbnail_size=defaults.thumbnail_size)
        return settings

    def save(self) -> None:
        """Write them all to disk at once."""
        store = _store()
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, dict):
                store.remove(item.name)
                for key, part in value.items():
                    store.setValue(f"{item.name}/{key}", _plain(part))
            else:
                store.setValue(item.name, _plain(value))
        store.sync()


def _store() -> QSettings:
    path = os.environ.get(ENVIRONMENT)
    if path:
        return QSettings(path, QSettings.Format.IniFormat)
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, ORGANISATION)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return QByteArray(value) if isinstance(value, bytes) else value


def _load_group(store: QSettings, name: str, as_bool: bool) -> dict[str, Any]:
    store.beginGroup(name)
    try:
        sample: Any = False if as_bool else b""
        values = {}
        for key in store.childKeys():
            try:
                values[key] = _convert(store.value(key), sample)
            except (TypeError, ValueError):
                log.warning("setting %s/%s is unreadable; left out", name, key)
        return values
    finally:
        store.endGroup()


def _convert(value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        if str(value).lower() not in ("true", "false", "1", "0"):
            raise ValueError(value)
        return str(value).lower() in ("true", "1")
    if isinstance(default, int):
        return int(cast(str, value))
    if isinstance(default, tuple):
        parts = [] if value is None else value if isinstance(value, list) else [value]  # an ini file can't tell one from a list
        if not all(isinstance(part, str) for part in parts):
            raise TypeError(value)
        return tuple(part for part in parts if part)
    if isinstance(default, bytes):
        if not isinstance(value, QByteArray):
            raise TypeError(value)
        return bytes(value.data())
    if not isinstance(value, str):
        raise TypeError(value)
    return value

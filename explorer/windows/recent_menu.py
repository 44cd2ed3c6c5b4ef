"""The menu of what was opened lately: data sets, models, photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from core.data.sources import place_of
from explorer.data.sources import source_title
from explorer.document.recent import Recent, distinct_names
from explorer.look.icons import icon
from explorer.train.start import model_file_name


class RecentMenu(QMenu):
    """Filled each time it is shown."""

    def __init__(self, recent: Recent, parent: QWidget) -> None:
        super().__init__(parent)
        self._recent = recent
        self.setTitle(self.tr("Open recent"))
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Offer what there is."""
        self.clear()
        recent = self._recent
        configs = recent.data
        places = [place_of(config.source) or Path(config.source) for config in configs]
        names = [source_title(config.source, name) for config, name in zip(configs, distinct_names(places), strict=True)]
        self._add("faces", names, [str(place) for place in places], [partial(recent.choose_data, one) for one in configs])
        models = [model_file_name(path) for path in recent.models]
        self._add("model", models, recent.models, [partial(recent.choose_model, path) for path in recent.models])
        photos = distinct_names([Path(path) for path in recent.photos])
        self._add("photo", photos, recent.photos, [partial(recent.choose_photo, path) for path in recent.photos])
        if self.isEmpty():
            self.addAction(self.tr("Nothing was opened yet")).setEnabled(False)

    def _add(self, icon_name: str, names: Sequence[str], places: Sequence[str], acts: Sequence[Callable[[], None]]) -> None:
        if names and not self.isEmpty():
            self.addSeparator()
        for name, place, act in zip(names, places, acts, strict=True):
            action = self.addAction(icon(icon_name), name.replace("&", "&&"))
            action.setToolTip(place)
            action.triggered.connect(lambda _checked=False, act=act: act())

"""What is in the picture cache, a line a folder, the last used first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from core.config import CENTER, FACE
from core.data.cache.limit import size_text
from core.data.cache.store import Store
from core.files import printable
from explorer.look.theme import GROUP, UNIT

_MOST_LINES = 4
_DAY_SECONDS = 86400


class StoreList(QWidget):
    """Name, size, and when it was last used."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GROUP)
        self._grid.setVerticalSpacing(UNIT)
        self._grid.setColumnStretch(0, 1)
        self._labels: list[QLabel] = []

    @property
    def texts(self) -> list[str]:
        """All that it says, line by line."""
        return [label.text() for label in self._labels]

    def show_stores(self, stores: tuple[Store, ...]) -> None:
        """List these."""
        for label in self._labels:
            label.hide()
            label.deleteLater()
        self._labels = []
        shown = stores[:_MOST_LINES]
        names = self._names(shown)
        for row, (store, name) in enumerate(zip(shown, names, strict=True)):
            used = self._used(store, exactly=names.count(name) > 1)
            self._add(row, name, store.bytes, used, printable(store.root))
        rest = stores[_MOST_LINES:]
        if rest:
            self._add(_MOST_LINES, self.tr("and {n} more").format(n=len(rest)), sum(store.bytes for store in rest), "", "")
        self.setVisible(bool(stores))

    def _add(self, row: int, name: str, size: int, used: str, tip: str) -> None:
        first, second, third = (QLabel(text, self) for text in (name, size_text(size), used))
        for label in (first, second, third):
            label.setTextFormat(Qt.TextFormat.PlainText)
        first.setToolTip(tip)
        first.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        third.setProperty("muted", True)
        trailing = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        self._grid.addWidget(first, row, 0)
        self._grid.addWidget(second, row, 1, trailing)
        self._grid.addWidget(third, row, 2, trailing)
        self._labels += [first, second, third]

    def _names(self, stores: Sequence[Store]) -> list[str]:
        """What they are called: as briefly as tells them apart."""
        names = [self._name(store) for store in stores]
        for tell in (self._framing, self._folder):
            twice = {name for name in names if names.count(name) > 1}
            texts = [tell(store) if name in twice else "" for store, name in zip(stores, names, strict=True)]
            tells = {name for name in twice if len({text for text, own in zip(texts, names, strict=True) if own == name}) > 1}
            names = [
                self.tr("{name}, {more}").format(name=name, more=text) if name in tells and text else name
                for name, text in zip(names, texts, strict=True)
            ]
        return names

    def _framing(self, store: Store) -> str:
        """What was cut out of each picture, and whether its colours are kept; "" where it isn't known."""
        words = {"": "", CENTER: self.tr("centre square"), FACE: self.tr("by the face")}
        framing = words.get(store.crop, self.tr("box {edges}").format(edges=store.crop.replace(",", ", ")))
        return self.tr("{framing}, grey").format(framing=framing) if store.channels == 1 else framing

    def _folder(self, store: Store) -> str:
        """The folder that the source's own lies in."""
        parent = Path(store.root).parent.name if store.root else ""
        return self.tr("in {folder}").format(folder=printable(parent)) if parent else ""

    def _name(self, store: Store) -> str:
        if store.unfinished:
            return self.tr("Being read now")
        if store.drawn:
            return self.tr("Drawn faces, as files")
        if not store.name or not store.images:
            return self.tr("Pictures of an older version")
        name = printable(store.name) if store.name != "demo" else self.tr("Drawn faces")
        count = self.tr("1 picture") if store.images == 1 else self.tr("{n} pictures").format(n=f"{store.images:,}")
        if not store.image_size:  # of any size: cut when they are read
            return self.tr("{name}: {count}").format(name=name, count=count)
        return self.tr("{name}: {count}, {side} px").format(name=name, count=count, side=store.image_size)

    def _used(self, store: Store, *, exactly: bool) -> str:
        """When it was last used; with the time of day where nothing else tells two of them apart."""
        if store.in_use:
            return self.tr("in use")
        at = QDateTime.fromSecsSinceEpoch(int(store.used))
        is_today = time.time() - store.used < _DAY_SECONDS
        day = self.tr("today") if is_today else QLocale().toString(at.date(), QLocale.FormatType.ShortFormat)
        if not exactly:
            return day
        return self.tr("{day}, {time}").format(day=day, time=QLocale().toString(at.time(), QLocale.FormatType.ShortFormat))

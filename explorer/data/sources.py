"""Sources of pictures other than a folder: drawn faces, drawn shapes, MNIST's digits, dSprites' file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core.data.sets.digit_files import holds_digits
from core.data.sources import DEMO, MNIST_PREFIX, SPRITES, Kind, kind_of, place_of
from core.files import printable
from explorer.document.recent import Recent, distinct_names
from explorer.look.icons import icon


class SourceMenu(QMenu):
    """Offers them, and asks for the file or folder where needed.

    Args:
        last_folder: where the file dialog starts; "" = its default.
        recent: what was opened lately, offered at the end.
    """

    source_chosen = Signal(str)
    """SOURCE of the command line."""

    def __init__(self, last_folder: Callable[[], str], recent: Recent, parent: QWidget) -> None:
        super().__init__(parent)
        self._last_folder = last_folder
        self._recent = recent
        self._recents: list[QAction] = []
        self.aboutToShow.connect(self.fill_recent)
        self.setToolTipsVisible(True)
        self.demo = self._add("faces", self.tr("Drawn faces"), self.tr("Use 4,000 faces that the program draws itself"))
        self.sprites = self._add(
            "grid",
            self.tr("Drawn shapes (sprites)"),
            self.tr("Squares, ellipses and hearts on the grid of dSprites: 737,280 pictures whose factors are known"),
        )
        self.addSeparator()
        self.digits = self._add(
            "open-folder", self.tr("MNIST digits…"), self.tr("Open the folder where MNIST's idx files lie, gzipped or not")
        )
        self.dsprites = self._add("open-folder", self.tr("dSprites file…"), self.tr("Open the published .npz file of dSprites"))
        self.demo.triggered.connect(lambda _checked=False: self.source_chosen.emit(DEMO))
        self.sprites.triggered.connect(lambda _checked=False: self.source_chosen.emit(SPRITES))
        self.digits.triggered.connect(lambda _checked=False: self.choose_digits())
        self.dsprites.triggered.connect(self._on_dsprites_triggered)

    def _add(self, icon_name: str, text: str, tooltip: str) -> QAction:
        action = self.addAction(icon(icon_name), text)
        action.setToolTip(tooltip)
        return action

    def fill_recent(self) -> None:
        """Offer what was opened lately."""
        for action in self._recents:
            self.removeAction(action)
            action.deleteLater()
        offered = (Kind.DEMO, Kind.SPRITES)  # above
        configs = [config for config in self._recent.data if kind_of(config.source) not in offered]
        self._recents = [self.addSeparator(), self.addAction(self.tr("Opened lately"))] if configs else []
        for heading in self._recents:
            heading.setEnabled(False)
        places = [place_of(config.source) or Path(config.source) for config in configs]
        for config, place, name in zip(configs, places, distinct_names(places), strict=True):
            action = self._add("faces", source_title(config.source, name).replace("&", "&&"), printable(str(place)))
            action.triggered.connect(lambda _checked=False, config=config: self._recent.choose_data(config))
            self._recents.append(action)

    def _start(self) -> str:
        return self._last_folder() or str(Path.home())

    def choose_digits(self) -> bool:
        """Ask for the folder of MNIST's files; False if none was chosen."""
        parent = self.parentWidget()
        window = parent.window() if parent is not None else None
        folder = QFileDialog.getExistingDirectory(window, self.tr("Open the folder of MNIST's files"), self._start())
        if folder:
            self.source_chosen.emit(f"{MNIST_PREFIX}{folder}")
        return bool(folder)

    def _on_dsprites_triggered(self) -> None:
        title, kinds = self.tr("Open dSprites' file"), self.tr("dSprites (*.npz)")
        path, _ = QFileDialog.getOpenFileName(self.parentWidget(), title, self._start(), kinds)
        if path:
            self.source_chosen.emit(path)


def source_title(source: str, name: str) -> str:
    """What a source is called.

    Args:
        source: SOURCE of the command line.
        name: its short name.
    """
    titles = {
        Kind.DEMO: QCoreApplication.translate("DataSources", "Drawn faces"),
        Kind.SPRITES: QCoreApplication.translate("DataSources", "Drawn shapes"),
        Kind.DSPRITES: QCoreApplication.translate("DataSources", "dSprites"),
    }
    return titles.get(kind_of(source), printable(name))


def recognised(place: str) -> str:
    """The SOURCE that a chosen folder is: MNIST's, or the folder itself."""
    return f"{MNIST_PREFIX}{place}" if holds_digits(Path(place)) else place

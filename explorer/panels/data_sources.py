"""Pictures beside a folder of one's own: drawn faces, drawn shapes, MNIST's digits, dSprites' file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QMenu, QWidget

from core.data.mnist import holds_digits
from core.data.sources import MNIST_PREFIX, Kind, kind_of
from core.files import printable
from explorer.icons import icon


class SourceMenu(QMenu):
    """Offers them; whoever asked for one hears of it."""

    demo_requested = Signal()
    sprites_requested = Signal()
    digits_requested = Signal()
    dsprites_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self.demo = self.addAction(icon("faces"), self.tr("Drawn faces"))
        self.demo.setToolTip(self.tr("Use 4,000 faces that the program draws itself"))
        self.sprites = self.addAction(icon("grid"), self.tr("Drawn shapes (sprites)"))
        self.sprites.setToolTip(
            self.tr("Squares, ellipses and hearts on the grid of dSprites: 737,280 pictures whose factors are known")
        )
        self.addSeparator()
        self.digits = self.addAction(icon("open-folder"), self.tr("MNIST digits…"))
        self.digits.setToolTip(self.tr("Open the folder where MNIST's idx files lie, gzipped or not"))
        self.dsprites = self.addAction(icon("open-folder"), self.tr("dSprites file…"))
        self.dsprites.setToolTip(self.tr("Open the published .npz file of dSprites"))
        self.demo.triggered.connect(lambda _checked=False: self.demo_requested.emit())
        self.sprites.triggered.connect(lambda _checked=False: self.sprites_requested.emit())
        self.digits.triggered.connect(lambda _checked=False: self.digits_requested.emit())
        self.dsprites.triggered.connect(lambda _checked=False: self.dsprites_requested.emit())


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

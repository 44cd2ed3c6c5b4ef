"""One figure of a report: its picture, as wide as there is room, its numbered caption, and the button that saves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPainterPath, QPaintEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.compare.painting import FigurePainter, Look, screen_look
from explorer.look.icons import icon
from explorer.look.theme import GROUP, RADIUS, SPACE, UNIT, colors, small_font
from explorer.qt import override

if TYPE_CHECKING:
    from core.export.report import Figure

_LARGEST = 4.0  # times as large as a sheet's own pixels, at most
_TALLEST = 520  # pixels that a sheet is high, at most: all of it should be in sight at once
_NAMES = 140  # pixels for the names of rows, at most


class FigureView(QWidget):
    """The picture alone; while another size of it is being made, the last one is stretched."""

    def __init__(self, figure: Figure, painter: FigurePainter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure = figure
        self._painter = painter
        self._natural = QSize(*figure.size)
        self._pixmap: QPixmap | None = None
        self._names = -1  # pixels for the names of rows; not measured yet
        self._ratio = 0.0  # of the screen, for which the picture was asked
        self._look: Look | None = None
        self._asked: Look | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Figure {n}").format(n=figure.number))
        self.setAccessibleDescription(figure.caption)

    @property
    def is_in_sight(self) -> bool:
        """Whether a part of it is on the screen."""
        return self.isVisible() and not self.visibleRegion().isEmpty()

    @property
    def look(self) -> Look | None:
        """How the picture that is shown was made."""
        return self._look

    @property
    def pixmap(self) -> QPixmap | None:
        """The picture that is shown."""
        return self._pixmap

    def refresh(self) -> None:
        """Ask for the picture in the size and theme of now, where that is another one."""
        self._ratio = self.devicePixelRatioF()
        look = screen_look(self.picture_rect().width(), self._ratio)
        if self.isVisible() and look != self._asked:
            self._asked = look
            self._painter.want(self, look)

    def take(self, image: QImage, look: Look) -> None:
        """Show a picture that was asked for."""
        self._pixmap, self._look = QPixmap.fromImage(image), look
        self.update()

    def picture_rect(self) -> QRect:
        """Where the picture is, beside the names of its rows."""
        names = self._names_width()
        width = self._picture_width(self.width())
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = self.width() - names - width if mirrored else names
        return QRect(left, self._above(), width, round(width * self._natural.height() / self._natural.width()))

    def _above(self) -> int:
        """Pixels for the names of columns."""
        return QFontMetrics(small_font()).height() + UNIT if self.figure.column_names else 0

    def _names_width(self) -> int:
        if self._names < 0:  # layouts ask for it over and over
            names = self.figure.row_names
            metrics = QFontMetrics(small_font())
            self._names = min(_NAMES, max(map(metrics.horizontalAdvance, names)) + UNIT + SPACE) if names else 0
        return self._names

    def _picture_width(self, width: int) -> int:
        room = max(40, width - self._names_width())
        if self.figure.sheet is None:
            return room
        return min(room, round(min(_LARGEST, _TALLEST / self._natural.height()) * self._natural.width()))

    @override
    def heightForWidth(self, width: int) -> int:
        return self._above() + round(self._picture_width(width) * self._natural.height() / self._natural.width())

    @override
    def sizeHint(self) -> QSize:
        return QSize(800, self.heightForWidth(800))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(200))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self._names = -1
            self.updateGeometry()
        super().changeEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.devicePixelRatioF() != self._ratio:  # the window went to another screen
            QTimer.singleShot(0, self, self.refresh)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = self.picture_rect()
        if self._pixmap is not None:
            painter.drawPixmap(place, self._pixmap)
        else:
            path = QPainterPath()
            path.addRoundedRect(QRectF(place), RADIUS, RADIUS)
            painter.fillPath(path, colors().placeholder)
        if self.figure.row_names:
            self._paint_names(painter, place)
        if self.figure.column_names:
            self._paint_columns(painter, place)

    def _paint_names(self, painter: QPainter, place: QRect) -> None:
        names = self.figure.row_names
        width = self._names_width() - SPACE
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.setFont(small_font())
        painter.setPen(colors().muted_text)
        height = place.height() / len(names)
        for row, name in enumerate(names):
            area = QRectF(place.right() + 1 + SPACE if mirrored else 0, place.top() + row * height, width, height)
            text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, width)
            side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
            painter.drawText(area, int(side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute), text)

    def _paint_columns(self, painter: QPainter, place: QRect) -> None:
        names = self.figure.column_names
        painter.setFont(small_font())
        painter.setPen(colors().muted_text)
        width = place.width() / len(names)
        for column, name in enumerate(names):  # never mirrored, as the pictures under them
            area = QRectF(place.left() + column * width, 0, width, self._above() - UNIT)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), name)


class ReportFigure(QWidget):
    """The picture with what stands under it.

    Signals:
        save_requested(Figure): the person wants it as a file.
    """

    save_requested = Signal(object)

    def __init__(self, figure: Figure, painter: FigurePainter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = FigureView(figure, painter, self)
        caption = QLabel(self.tr("Figure {n}. {caption}").format(n=figure.number, caption=figure.caption), self)
        caption.setTextFormat(Qt.TextFormat.PlainText)
        caption.setWordWrap(True)
        caption.setProperty("muted", True)
        caption.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.save_button = QPushButton(icon("save"), self.tr("Save figure…"), self)
        self.save_button.setProperty("quiet", True)
        self.save_button.setAccessibleName(self.tr("Save figure {n}").format(n=figure.number))
        self.save_button.clicked.connect(lambda _checked=False: self.save_requested.emit(figure))
        row = QHBoxLayout()
        row.setSpacing(GROUP)
        row.addWidget(caption, 1)
        row.addWidget(self.save_button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.view)
        layout.addLayout(row)

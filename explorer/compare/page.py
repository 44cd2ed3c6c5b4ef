"""A report as a page that scrolls: headings, paragraphs, tables, and figures as wide as the window."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontInfo,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from core.export.paper import WIDTH, Paper
from core.progress import Progress
from explorer.look.icons import icon
from explorer.look.pixels import to_large_qimage
from explorer.look.theme import EDGE, GROUP, RADIUS, SPACE, UNIT, colors, number_font, section_font, small_font, theme_notifier
from explorer.qt import override
from explorer.tasks import run_task

if TYPE_CHECKING:
    from core.export.report import Figure, Part, Report, Table


@dataclass(frozen=True, slots=True)
class Look:
    """How to draw a figure: its width in the screen's pixels, and its paper."""

    width: int
    paper: Paper


class Wants(Protocol):
    """Something that shows a figure."""

    figure: Figure

    @property
    def is_in_sight(self) -> bool: ...

    def take(self, image: QImage, look: Look) -> None: ...


class FigurePainter(QObject):
    """Draws one picture at a time, visible ones first; of several requests by the same view the last one counts.

    Args:
        failed: called with errors of drawing.
    """

    def __init__(self, failed: Callable[[BaseException], None], parent: QObject) -> None:
        super().__init__(parent)
        self._failed = failed
        self._wishes: dict[Wants, Look] = {}
        self._busy = False
        self._page = 0  # a counter, so that pictures for an earlier page are dropped

    @property
    def is_done(self) -> bool:
        """Whether all requested pictures are drawn."""
        return not self._busy and not self._wishes

    def want(self, view: Wants, look: Look) -> None:
        """Request a figure for a view."""
        self._wishes[view] = look
        self._next()

    def forget(self) -> None:
        """Drop all requests."""
        self._wishes.clear()
        self._page += 1

    def _next(self) -> None:
        if self._busy or not self._wishes:
            return
        view = next((one for one in self._wishes if one.is_in_sight), next(iter(self._wishes)))
        look, figure = self._wishes.pop(view), view.figure
        self._busy = True
        page = self._page

        def done(image: QImage) -> None:
            self._busy = False
            if page == self._page and view not in self._wishes:  # otherwise it is gone, or has requested another one
                view.take(image, look)
            self._next()

        def failed(error: BaseException) -> None:
            self._busy = False
            self._failed(error)
            self._next()

        def work(_: Progress) -> QImage:
            return painted(figure, look)

        run_task(self, work, done=done, failed=failed, name="figure of a report")


def screen_look(width: float, ratio: float) -> Look:
    """A figure as wide as this, in device-independent pixels, in the theme that is in use."""
    theme = colors()
    pixels = max(1, round(width * ratio))
    paper = Paper(
        ground=theme.window.name(),
        text=theme.text.name(),
        line=theme.line.name(),
        border=theme.border.name(),
        hues=(*(hue.name() for hue in theme.hues), theme.text.name()),
        dpi=pixels / WIDTH,
        families=(QFontInfo(QApplication.font()).family(),),
    )
    return Look(pixels, paper)


def painted(figure: Figure, look: Look) -> QImage:
    """A figure as a picture of that width; for a worker: the first one imports matplotlib."""
    if figure.draw is not None:
        from core.export.drawn import to_pixels  # noqa: PLC0415
        from explorer.chart.figure import font_families  # noqa: PLC0415

        families = tuple(font_families(look.paper.families[0]))
        return to_large_qimage(to_pixels(figure.draw, replace(look.paper, families=families))[..., :3])
    assert figure.sheet is not None
    ground = QColor(look.paper.ground)
    return to_large_qimage(sharply(figure.sheet((ground.red(), ground.green(), ground.blue())), look.width))


def sharply(pixels: np.ndarray, width: int) -> np.ndarray:
    """A sheet enlarged without smoothing its pixels, or scaled down by averaging them.

    At fractional factors pixels keep sharp edges: only the line between two is a mix of both.

    Args:
        pixels: uint8 (H, W, 3).
        width: wanted.

    Returns:
        uint8 (H * width / W, width, 3).
    """
    from PIL import Image  # noqa: PLC0415 - not needed for the first picture

    times = max(1, math.ceil(width / pixels.shape[1]))
    height = max(1, round(pixels.shape[0] * width / pixels.shape[1]))
    large = Image.fromarray(pixels.repeat(times, axis=0).repeat(times, axis=1))
    return np.asarray(large.resize((width, height), Image.Resampling.BOX))


_LARGEST = 4.0  # times as large as a sheet's own pixels, at most
_TALLEST = 520  # pixels: greatest height of a sheet, so that all of it is visible at once
_NAMES = 140  # pixels for the names of rows, at most


class FigureView(QWidget):
    """A figure's picture; while another size of it is being drawn, the last one is stretched."""

    def __init__(self, figure: Figure, painter: FigurePainter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure = figure
        self._painter = painter
        self._natural = QSize(*figure.size)
        self._pixmap: QPixmap | None = None
        self._names = -1  # pixels for the names of rows; not measured yet
        self._ratio = 0.0  # of the screen for which the picture was requested
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
        """Request the picture in the current size and theme, if they have changed."""
        self._ratio = self.devicePixelRatioF()
        look = self._wanted_look()
        if self.isVisible() and look != self._asked:
            self._asked = look
            self._painter.want(self, look)

    def _wanted_look(self) -> Look:
        return screen_look(self.picture_rect().width(), self._ratio)

    def take(self, image: QImage, look: Look) -> None:
        """Show a requested picture."""
        self._pixmap, self._look = QPixmap.fromImage(image), look
        self.update()

    def picture_rect(self) -> QRect:
        """Where the picture is, beside the names of its rows."""
        names = self._names_width()
        width = self._picture_width(self.width())
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = self.width() - names - width if mirrored else names
        return QRect(left, self._above(), width, round(width * self._natural.height() / self._natural.width()))

    def picture_rects(self) -> list[QRect]:
        """Where the picture and its names are; the rest of the view is blank."""
        place = self.picture_rect()
        left = place.left() if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else 0
        right = self.width() - 1 if left else place.right()
        return [QRect(QPoint(left, 0), QPoint(right, place.bottom()))]

    def _above(self) -> int:
        """Pixels for the names of columns."""
        return QFontMetrics(small_font()).height() + UNIT if self.figure.column_names else 0

    def _names_width(self) -> int:
        if self._names < 0:  # cached, since layouts ask for it often
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
        for column, name in enumerate(names):  # never mirrored, like the pictures under them
            area = QRectF(place.left() + column * width, 0, width, self._above() - UNIT)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), name)


class ReportFigure(QWidget):
    """A figure with its caption and buttons.

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


_WIDEST = 1240  # widest content; a wider window has margins
_TURN = 0.02  # seconds of building at a time


class ReportPage(QScrollArea):
    """Shows a `core.export.report.Report`.

    Args:
        painter: makes its figures.

    Signals:
        save_requested(Figure): the person wants one as a file.
    """

    save_requested = Signal(object)

    def __init__(self, painter: FigurePainter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._painter = painter
        self.figures: list[ReportFigure] = []
        self._tables: list[tuple[QLabel, Table]] = []
        self._left: list[Part] = []  # parts not on the page yet
        self._place = 0  # to scroll to once it is
        self._building = QTimer(self, interval=0)
        self._building.timeout.connect(self._build_some)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setAccessibleName(self.tr("The report"))
        theme_notifier().changed.connect(self._on_theme_changed)

    def show_report(self, report: Report) -> None:
        """Show another report; it grows from the top, a little in each turn of the window's events."""
        self._building.stop()
        self._painter.forget()
        self.figures, self._tables = [], []
        self._place = self.verticalScrollBar().value() if self.widget() is not None else 0
        page = QWidget(self)
        page.setMaximumWidth(_WIDEST)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, GROUP, EDGE)
        layout.setSpacing(SPACE)
        title = self._label(report.title, page)
        title.setFont(number_font())
        layout.addWidget(title)
        layout.addStretch(1)
        self.setWidget(page)
        page.show()
        self._left = list(report.parts)
        self._build_some()
        if self._left:
            self._building.start()

    def let_go(self) -> None:
        """Hold no report any more, nor anything that shows it: nobody looks at the page again."""
        self._building.stop()
        self._painter.forget()
        self.figures, self._tables, self._left = [], [], []
        page = self.takeWidget()
        if page is not None:
            page.deleteLater()

    @property
    def is_whole(self) -> bool:
        """Whether all of the report is on the page."""
        return not self._left

    def _build_some(self) -> None:
        begun = time.perf_counter()
        while self._left and time.perf_counter() - begun < _TURN:
            self._add(self._left.pop(0))
        if not self._left:
            self._building.stop()
            QTimer.singleShot(0, self, lambda: self.verticalScrollBar().setValue(self._place))  # keeps the place

    def _add(self, part: Part) -> None:
        from core.export.report import Figure, Heading, Paragraph, with_code  # noqa: PLC0415 - brings Pillow along

        page = self.widget()
        assert page is not None
        layout = page.layout()
        assert isinstance(layout, QVBoxLayout)
        added: list[QWidget] = []
        if isinstance(part, Heading):
            heading = self._label(part.text, page)
            heading.setFont(section_font())
            heading.setContentsMargins(0, GROUP, 0, 0)
            added.append(heading)
        elif isinstance(part, Paragraph):
            added.append(self._label(with_code(part.text, "tt"), page, rich=True, muted=True))
        elif isinstance(part, Figure):
            box = ReportFigure(part, self._painter, page)
            box.save_requested.connect(self.save_requested)
            self.figures.append(box)
            added.append(box)
        else:
            table = self._label(_table_html(part), page, rich=True)
            self._tables.append((table, part))
            caption = self.tr("Table {n}. {caption}").format(n=part.number, caption=part.caption)
            added += [table, self._label(caption, page, muted=True)]
        for widget in added:
            layout.insertWidget(layout.count() - 1, widget)  # the stretch stays at the end

    def _label(self, text: str, page: QWidget, *, rich: bool = False, muted: bool = False) -> QLabel:
        label = QLabel(text, page)
        label.setTextFormat(Qt.TextFormat.RichText if rich else Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setProperty("muted", muted)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _on_theme_changed(self) -> None:
        for label, table in self._tables:
            label.setText(_table_html(table))
        for box in self.figures:
            box.view.refresh()


def _table_html(table: Table) -> str:
    """A table with hairlines; numbers are right-aligned."""
    from core.export.report import shown  # noqa: PLC0415

    line = f"border-bottom: 1px solid {colors().border.name()}; padding: 4px 16px 4px 0px"
    numbers = [any(isinstance(row[place], float) for row in table.rows) for place in range(len(table.head))]

    def row_of(cells: tuple[str | float, ...], tag: str) -> str:
        cells_html = (
            f'<{tag} align="{"right" if is_number else "left"}" style="{line}">{escape(shown(cell))}</{tag}>'
            for cell, is_number in zip(cells, numbers, strict=True)
        )
        return f"<tr>{''.join(cells_html)}</tr>"

    rows = "".join(row_of(row, "td") for row in table.rows)
    return f'<table cellspacing="0" style="border-collapse: collapse">{row_of(table.head, "th")}{rows}</table>'

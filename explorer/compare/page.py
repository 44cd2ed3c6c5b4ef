"""A report as a page that scrolls: headings, paragraphs, tables, and figures as wide as the window."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.compare.figure import ReportFigure
from explorer.compare.painting import FigurePainter
from explorer.look.theme import EDGE, GROUP, SPACE, colors, number_font, section_font, theme_notifier

if TYPE_CHECKING:
    from core.export.report import Part, Report, Table

_WIDEST = 1240  # of what is read; a wider window has margins
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
        self._left: list[Part] = []  # not on the page yet
        self._place = 0  # to scroll to once it is
        self._building = QTimer(self, interval=0)
        self._building.timeout.connect(self._build_some)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setAccessibleName(self.tr("The comparison"))
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
            QTimer.singleShot(0, self, lambda: self.verticalScrollBar().setValue(self._place))  # what was read stays in sight

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
    """A table with hairlines; numbers stand at the right."""
    from core.export.report import shown  # noqa: PLC0415

    line = f"border-bottom: 1px solid {colors().border.name()}; padding: 4px 16px 4px 0px"
    numbers = [any(isinstance(row[place], float) for row in table.rows) for place in range(len(table.head))]

    def row_of(cells: tuple[str | float, ...], tag: str) -> str:
        made = (
            f'<{tag} align="{"right" if is_number else "left"}" style="{line}">{escape(shown(cell))}</{tag}>'
            for cell, is_number in zip(cells, numbers, strict=True)
        )
        return f"<tr>{''.join(made)}</tr>"

    rows = "".join(row_of(row, "td") for row in table.rows)
    return f'<table cellspacing="0" style="border-collapse: collapse">{row_of(table.head, "th")}{rows}</table>'

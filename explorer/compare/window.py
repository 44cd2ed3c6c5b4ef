"""Runs side by side, or one alone, in a window of their own: the report of the HTML file, made off the window's thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from explorer.compare.choice import ComparisonChoice
from explorer.compare.page import ReportPage
from explorer.compare.painting import FigurePainter
from explorer.compare.saving import ReportSaving
from explorer.look.icons import icon
from explorer.look.theme import EDGE, GROUP, SPACE
from explorer.messages import Message, Messenger
from explorer.qt import override
from explorer.tasks import Progress
from explorer.widgets.empty_state import EmptyState
from explorer.widgets.long_work import LongWork
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.toast import ToastArea

if TYPE_CHECKING:
    from core.compare.comparison import Comparison  # brings torch along
    from core.export.report import Report

SIZE = (1080, 760)
LEAST = (920, 480)


class ComparisonWindow(QDialog):
    """Stays beside the main window; closing it ends what goes on.

    Args:
        folders: of the runs, one or more.
        source: the pictures to compare them on.
        parent: the window it belongs to.

    Signals:
        compared(): another report is on the page.
    """

    compared = Signal()

    def __init__(self, folders: Sequence[Path], source: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folders = tuple(folders)
        self._source = source
        self._comparison: Comparison | None = None
        self._report: Report | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        title = self.tr("Comparison of {names}") if len(folders) > 1 else self.tr("Report on {names}")
        self.setWindowTitle(title.format(names=", ".join(folder.name for folder in folders)))
        self.setMinimumSize(*LEAST)
        self.resize(*SIZE)
        self.messenger = Messenger(self)
        self.messenger.message_posted.connect(self._on_messenger_message_posted)
        self.choice = ComparisonChoice(self)
        self.progress = ProgressStrip(self)
        self.painter = FigurePainter(self.messenger.report, self)
        self.page = ReportPage(self.painter, self)
        self.empty = EmptyState("compare", "", "", [self.tr("Compare")], self)
        self.work = LongWork(lambda: self.progress, self.messenger, self)
        self.saving = ReportSaving(self.messenger, self.work, self)
        self.html_button = QPushButton(icon("save"), self.tr("Save as HTML…"), self)
        self.html_button.setToolTip(self.tr("The whole comparison as one file that needs no other, on white"))
        self.figures_button = QPushButton(icon("export"), self.tr("Save all figures…"), self)
        self.figures_button.setToolTip(self.tr("Each figure as a PNG file on white, with a text file of their captions"))
        self.close_button = QPushButton(self.tr("Close"), self)
        self._build()
        self.toasts = ToastArea(self, bottom_margin=EDGE + GROUP + SPACE)
        self.choice.again_requested.connect(self.compare)
        self.empty.button_clicked.connect(lambda _: self.compare())
        self.page.save_requested.connect(self.saving.ask_figure)
        self.html_button.clicked.connect(lambda _checked=False: self.saving.ask_html(self._report, self._names))
        self.figures_button.clicked.connect(lambda _checked=False: self.saving.ask_figures(self._report, self._names))
        self.close_button.clicked.connect(self.close)
        self.compare()

    @property
    def report(self) -> Report | None:
        """What is on the page."""
        return self._report

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(folder.name for folder in self.folders)

    def compare(self) -> None:
        """Make the report with what is chosen; the first time with what takes seconds."""
        known, source, words = self._comparison, self._source, [str(folder) for folder in self.folders]
        color, measures = self.choice.color, self.choice.measures

        def work(progress: Progress) -> tuple[Comparison, Report]:
            from core import device  # noqa: PLC0415 - loads torch
            from core.compare.comparison import Comparison  # noqa: PLC0415

            device.set_threads(0)
            if known is not None:
                return known, known.report(measures, color, progress)
            opened = Comparison(words, source, progress)
            return opened, opened.report(opened.quick_measures, "", progress)

        what = self.tr("Comparing {n} runs") if len(words) > 1 else self.tr("Making a report on {name}")
        what = what.format(n=len(words), name=self.folders[0].name)
        if not self.work.is_busy:  # else the work says itself what it waits for
            self.choice.set_busy(True)
            self._show_waiting(what)
        self.work.start(what, work, self._on_compared, "compare runs", self._on_unfinished)

    def _build(self) -> None:
        self.close_button.setAutoDefault(False)
        for button in (self.html_button, self.figures_button, self.choice.again_button, self.close_button, *self.empty.buttons):
            button.setAutoDefault(False)
        body = QWidget(self)
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.page)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.html_button)
        row.addWidget(self.figures_button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, GROUP, EDGE, GROUP)
        layout.setSpacing(GROUP)
        layout.addWidget(self.choice)
        layout.addWidget(self.progress)
        layout.addWidget(body, 1)
        layout.addLayout(row)
        self.choice.hide()  # until it is known what these pictures allow
        self._show_saving()

    def _show_saving(self) -> None:
        for button in (self.html_button, self.figures_button):
            button.setEnabled(self._report is not None)

    def _show_waiting(self, what: str) -> None:
        if self._report is None:
            self.empty.set_text(what, self.tr("Curves, pictures, measures, codes and traversals of these runs will stand here."))
            self.empty.buttons[0].hide()

    def _on_compared(self, made: tuple[Comparison, Report]) -> None:
        first = self._comparison is None
        self._comparison, self._report = made
        if first:
            self.choice.offer(self._comparison.colours, self._comparison.measures, self._comparison.quick_measures)
            self.choice.show()
        self.choice.set_busy(False)
        self.choice.set_shown()
        self.page.show_report(self._report)
        self._stack.setCurrentWidget(self.page)
        self.page.setFocus()
        self._show_saving()
        self.compared.emit()

    def _on_unfinished(self, reason: str) -> None:
        """It failed, which is said in the corner and here, or the person cancelled it."""
        self.choice.set_busy(False)
        if self._report is None:
            title = self.tr("These runs can't be compared") if reason else self.tr("Not compared yet")
            self.empty.set_text(title, reason or self.tr("The comparison was cancelled."))
            self.empty.buttons[0].show()

    def _on_messenger_message_posted(self, message: Message) -> None:
        self.toasts.show_message(message.text, message.kind, message.details, message.action)

    @override
    def reject(self) -> None:
        """Closed, by whatever means: what goes on ends."""
        self.work.cancel()
        super().reject()

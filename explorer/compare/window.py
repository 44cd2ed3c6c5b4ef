"""Runs side by side, or one alone, in a window of their own: choosing measures, the report as in HTML, saving it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from core.export.report_file import write_report
from core.files import write_bytes
from core.progress import Progress
from explorer.actions import with_keys
from explorer.compare.model_report import report_kinds
from explorer.compare.page import FigurePainter, ReportPage
from explorer.look.icons import icon
from explorer.look.theme import EDGE, GROUP, SPACE, UNIT
from explorer.messages import Message, Messenger
from explorer.qt import override
from explorer.saving.ask_path import ask_save_path, file_name, free_path, show_in_folder, usual_folder
from explorer.widgets.empty_state import EmptyState
from explorer.widgets.keyboard.choice_box import ChoiceBox
from explorer.widgets.last_message import LastMessage
from explorer.widgets.long_work import LongWork
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.room.dialog import let_scroll
from explorer.widgets.status_line import MessageLine
from explorer.widgets.toast import ToastArea

if TYPE_CHECKING:
    from core.compare.comparison import Comparison  # imports torch
    from core.export.report import Figure, Report


class ReportSaving(QObject):
    """Asks for a place and writes, off the window's thread; proposes the last folder.

    Args:
        messenger: tells where it was saved.
        work: does it.
        window: parent of dialogs, and Qt's owner.
    """

    def __init__(self, messenger: Messenger, work: LongWork, window: QWidget) -> None:
        super().__init__(window)
        self._messenger = messenger
        self._work = work
        self._window = window
        self.folder = ""

    def ask_figure(self, figure: Figure) -> None:
        """Save one figure as in the report, on white; a drawing also as SVG or PDF."""
        kinds = [self.tr("PNG picture (*.png)")]
        if figure.draw is not None:
            kinds += [self.tr("SVG drawing (*.svg)"), self.tr("PDF document (*.pdf)")]
        title = self.tr("Save figure {n}").format(n=figure.number)
        path = ask_save_path(self._window, title, self.folder, figure.file_name, ";;".join(kinds))
        if path is not None:
            self.save_figure(figure, path)

    def ask_report(self, names: Sequence[str]) -> Path | None:
        """Where to save all of it as one file; None if the person doesn't want to."""
        name = file_name(*names, "compared" if len(names) > 1 else "report") + ".html"
        title = self.tr("Save the comparison") if len(names) > 1 else self.tr("Save the report")
        return ask_save_path(self._window, title, self.folder, name, report_kinds(self))

    def ask_figures(self, names: Sequence[str]) -> Path | None:
        """A new folder for all figures within the one that the person chooses; None if they don't want to."""
        title = self.tr("A new folder for the figures will be made in…")
        chosen = QFileDialog.getExistingDirectory(self._window, title, str(usual_folder(self.folder)))
        return free_path(Path(chosen), file_name(*names, "figures")) if chosen else None

    def save_figure(self, figure: Figure, path: Path) -> None:
        """Write one figure in the format that the file's ending names."""

        def work(_: Progress) -> None:
            if figure.draw is not None and path.suffix.lower() in (".svg", ".pdf"):
                from core.export.drawn import write_drawn  # noqa: PLC0415 - imports matplotlib

                write_drawn(path, figure.draw)
            else:
                write_bytes(path, figure.png)

        self._save(path, work)

    def save_report(self, report: Report, path: Path) -> None:
        """Write the whole report, in the format that the file's ending names."""

        def work(progress: Progress) -> None:
            write_report(report, path, progress)

        def look() -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

        self._save(path, work, (self.tr("Open"), look))

    def save_figures(self, report: Report, folder: Path) -> None:
        """Write each figure into a folder, and their captions."""

        def work(_: Progress) -> None:
            report.write_figures(folder)

        self._save(folder, work)

    def _save(self, path: Path, work: Callable[[Progress], None], action: tuple[str, Callable[[], None]] | None = None) -> None:
        def done(_: None) -> None:
            self.folder = str(path.parent)
            shown = action or (self.tr("Show in folder"), lambda: show_in_folder(path))
            self._messenger.success(self.tr("Saved {name}.").format(name=path.name), action=shown)

        self._work.start(self.tr("Saving {name}").format(name=path.name), work, done, "save comparison")


_COMBO_WIDTH = 150


class ComparisonChoice(QWidget):
    """The row of choices above the page. Nothing is computed before the button is pressed.

    Args:
        single: there is one run, which is compared with nothing.

    Signals:
        again_requested(): compare with what is chosen now.
    """

    again_requested = Signal()

    def __init__(self, parent: QWidget | None = None, *, single: bool = False) -> None:
        super().__init__(parent)
        self._shown: tuple[str, tuple[str, ...], bool] | None = None  # what the page shows
        self.colour = ChoiceBox(self)
        self.colour.setMinimumWidth(_COMBO_WIDTH)
        self.colour.setToolTip(self.tr("The label or factor whose values colour the codes. Default: the first one."))
        colour_label = QLabel(self.tr("Colour codes by"), self)
        colour_label.setBuddy(self.colour)
        self.boxes = {name: QCheckBox(text, self) for name, text in self._names().items()}
        for name, box in self.boxes.items():
            box.setToolTip(f"<p>{self._meanings()[name]}</p>")
            box.toggled.connect(self._show)
        self.judge_box = QCheckBox(self.tr("Train a judge"), self)
        about_judge = self.tr(
            "A small network is trained afresh to tell what each run makes of pictures from these, and then asked on pictures "
            "that it never saw. Told apart is its balanced accuracy: 0.5 = it can't tell, 1 = always. About a minute a run; it "
            "takes 200 held-out pictures. Default: off."
        )
        self.judge_box.setToolTip(f"<p>{about_judge}</p>")
        self.judge_box.toggled.connect(self._show)
        again = self.tr("Update the report") if single else self.tr("Compare again")
        self.again_button = QPushButton(icon("refresh"), again, self)
        self.again_button.setToolTip(self.tr("What was measured already isn't measured again"))
        self.again_button.clicked.connect(self.again_requested)
        self.colour.currentIndexChanged.connect(self._show)
        self._note = QLabel(self)
        self._note.setProperty("muted", True)
        self._note.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(colour_label)
        row.addWidget(self.colour)
        row.addSpacing(GROUP)
        for box in self.boxes.values():
            row.addWidget(box)
            row.addSpacing(UNIT)
        row.addWidget(self.judge_box)
        row.addStretch(1)
        row.addWidget(self.again_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(row)
        layout.addWidget(self._note)
        self.offer((), (), ())

    @property
    def is_shown(self) -> bool:
        """Whether the page shows what is chosen."""
        return self._shown is None or self._shown == self._chosen

    @property
    def judge(self) -> bool:
        """Whether a judge is to be trained."""
        return self.judge_box.isChecked()

    @property
    def _chosen(self) -> tuple[str, tuple[str, ...], bool]:
        return self.color, self.measures, self.judge

    @property
    def color(self) -> str:
        """What colours the codes, by its name; "" = nothing can."""
        return str(self.colour.currentData() or "")

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of disentanglement, by their names on the command line."""
        return tuple(name for name, box in self.boxes.items() if box.isChecked() and not box.isHidden())

    def offer(self, colours: Sequence[str], measures: Sequence[str], chosen: Sequence[str]) -> None:
        """Offer what these runs' pictures allow, with the first colour and some measures chosen.

        Args:
            colours: names, none before the pictures are read.
            measures: none where the factors aren't known.
            chosen: measures that are checked.
        """
        self.colour.clear()
        for name in colours:
            self.colour.addItem(name.replace("_", " "), name)
        self.colour.setEnabled(len(colours) > 1)
        for name, box in self.boxes.items():
            box.setVisible(name in measures)
            box.setChecked(name in chosen)
        times = self.tr(
            "Measures of disentanglement: MIG, SAP and the FactorVAE score take about a second a run, Chen's MIG about ten, DCI "
            "minutes."
        )
        none = self.tr("Measures of disentanglement need pictures whose factors are known, such as Drawn shapes.")
        self._note.setText("" if not colours else times if measures else none)
        self._note.setVisible(bool(colours))
        self._show()

    def set_shown(self) -> None:
        """Note that the page shows the current choices."""
        self._shown = self._chosen
        self._show()

    def set_busy(self, is_busy: bool) -> None:
        """Disable the choices while a comparison is made."""
        self.setEnabled(not is_busy)

    def _show(self) -> None:
        self.again_button.setEnabled(self._shown != self._chosen)

    def _names(self) -> dict[str, str]:
        return {
            "mig": self.tr("MIG"),
            "mig_chen": self.tr("MIG (Chen)"),
            "factor_vae_score": self.tr("FactorVAE score"),
            "sap": self.tr("SAP"),
            "dci": self.tr("DCI"),
        }

    def _meanings(self) -> dict[str, str]:
        return {
            "mig": self.tr(
                "Mutual information gap as in disentanglement_lib: by how much the best dimension tells more of a factor than the "
                "second best. 0 to 1. About a second a run. Default: on."
            ),
            "mig_chen": self.tr(
                "The gap as Chen et al. 2018 define it: of sampled codes, without the shape. 0 to 1. About ten seconds a run. "
                "Default: on."
            ),
            "factor_vae_score": self.tr(
                "How often the dimension that varies least names the factor that was held fixed (Kim & Mnih 2018). 0 to 1. "
                "About a second a run. Default: on."
            ),
            "sap": self.tr(
                "By how much one dimension alone predicts a factor better than the next one (Kumar et al. 2018). "
                "About a second a run. Default: on."
            ),
            "dci": self.tr(
                "Disentanglement, completeness and informativeness (Eastwood & Williams 2018), by gradient boosting. "
                "One to several minutes a run. Default: off."
            ),
        }


SIZE = (1080, 760)


class ComparisonWindow(QDialog):
    """A window beside the main one; closing it stops its work.

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
        self.messenger = Messenger(self)
        self.messenger.message_posted.connect(self._on_messenger_message_posted)
        self._single = len(folders) == 1
        self.choice = ComparisonChoice(self, single=self._single)
        self.progress = ProgressStrip(self)
        self.painter = FigurePainter(self.messenger.report, self)
        self.page = ReportPage(self.painter, self)
        self.empty = EmptyState("compare", "", "", [self.tr("Make the report") if self._single else self.tr("Compare")], self)
        self.work = LongWork(lambda: self.progress, self.messenger, self)
        self.saving = ReportSaving(self.messenger, self.work, self)
        self.report_button = QPushButton(icon("save"), self.tr("Save as HTML or PDF…"), self)
        self.report_button.setToolTip(
            with_keys(
                self.tr("The whole report on white, as HTML in one file that needs no other, or as PDF ({keys})"), "save_picture"
            )
        )
        self.report_button.setShortcut(QKeySequence.StandardKey.Save)
        self.figures_button = QPushButton(icon("export"), self.tr("Save all figures…"), self)
        self.figures_button.setToolTip(self.tr("Each figure as a PNG file on white, with a text file of their captions"))
        self.close_button = QPushButton(self.tr("Close"), self)
        self.line = MessageLine(self)
        self._build()
        let_scroll(self)
        QShortcut(QKeySequence.StandardKey.Close, self, self.close)
        self.resize(*SIZE)
        self.toasts = ToastArea(self, bottom_margin=EDGE + GROUP + SPACE)
        self._last_message = LastMessage(self.line, self.toasts, self)
        self.messenger.settled.connect(self._last_message.settle)
        self.messenger.settled.connect(self.toasts.dismiss)
        self.choice.again_requested.connect(self.compare)
        self.empty.button_clicked.connect(lambda _: self.compare())
        self.page.save_requested.connect(self.saving.ask_figure)
        self.report_button.clicked.connect(lambda _checked=False: self.save_report(self.saving.ask_report(self._names)))
        self.figures_button.clicked.connect(lambda _checked=False: self.save_figures(self.saving.ask_figures(self._names)))
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
        """Make the report with the current choices; the first time with the quick measures."""
        known, source, words = self._comparison, self._source, [str(folder) for folder in self.folders]
        color, measures, judge = self.choice.color, self.choice.measures, self.choice.judge

        def work(progress: Progress) -> tuple[Comparison, Report]:
            from core import device  # noqa: PLC0415 - loads torch
            from core.compare.comparison import Comparison  # noqa: PLC0415

            device.set_threads(0)
            if known is not None:
                return known, known.report(measures, color, progress, judge=judge)
            opened = Comparison(words, source, progress)
            return opened, opened.report(opened.quick_measures, "", progress)

        what = self.tr("Comparing {n} runs") if len(words) > 1 else self.tr("Making a report on {name}")
        what = what.format(n=len(words), name=self.folders[0].name)
        if not self.work.is_busy:  # otherwise `start` says what is still running
            self.choice.set_busy(True)
            self._show_waiting(what)
        self.work.start(what, work, self._on_compared, "compare runs", self._on_unfinished)
        self._show_saving()

    def save_report(self, path: Path | None) -> None:
        """Write the whole report, as it is chosen: once it is made, if it isn't yet; None: nothing."""
        if path is not None:
            self._once_made(lambda report: self.saving.save_report(report, path))

    def save_figures(self, folder: Path | None) -> None:
        """Write each figure into a folder, likewise."""
        if folder is not None:
            self._once_made(lambda report: self.saving.save_figures(report, folder))

    def _once_made(self, save: Callable[[Report], None]) -> None:
        if not self.work.is_busy and (self._report is None or not self.choice.is_shown):
            self.compare()
        self.work.when_free(lambda: save(self._report) if self._report is not None else None)

    def _build(self) -> None:
        self.close_button.setAutoDefault(False)
        for button in (self.report_button, self.figures_button, self.choice.again_button, self.close_button, *self.empty.buttons):
            button.setAutoDefault(False)
        body = QWidget(self)
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.page)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.report_button)
        row.addWidget(self.figures_button)
        row.addWidget(self.line, 1)
        row.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, GROUP, EDGE, GROUP)
        layout.setSpacing(GROUP)
        layout.addWidget(self.choice)
        layout.addWidget(self.progress)
        layout.addWidget(body, 1)
        layout.addLayout(row)
        self.choice.hide()  # until it is known which measures these pictures allow
        self._show_saving()

    def _show_saving(self) -> None:
        for button in (self.report_button, self.figures_button):
            button.setEnabled(self._report is not None or self.work.is_busy)

    def _show_waiting(self, what: str) -> None:
        if self._report is None:
            text = self.tr("Its curves, pictures, measures, codes and traversals appear here.")
            if not self._single:
                text = self.tr("Curves, pictures, measures, codes and traversals of these runs appear here.")
            self.empty.set_text(what, text)
            self.empty.buttons[0].hide()

    def _on_compared(self, comparison_and_report: tuple[Comparison, Report]) -> None:
        first = self._comparison is None
        self._comparison, self._report = comparison_and_report
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
        self._show_saving()
        if self.work.forget_waiting():
            self.messenger.warning(self.tr("Nothing was saved, because the comparison wasn't finished."))
        if self._report is None:
            if self._single:
                title = self.tr("There can be no report on this run") if reason else self.tr("No report yet")
                cancelled = self.tr("Making the report was cancelled.")
            else:
                title = self.tr("These runs can't be compared") if reason else self.tr("Not compared yet")
                cancelled = self.tr("The comparison was cancelled.")
            self.empty.set_text(title, reason or cancelled)
            self.empty.buttons[0].show()

    def _on_messenger_message_posted(self, message: Message) -> None:
        topics = (message.topic,) if message.topic else ()
        self._last_message.show(message, topics)
        self.toasts.show_message(message.text, message.kind, message.details, message.action, topics)

    @override
    def reject(self) -> None:
        """The window was closed, by whatever means: stop its work, and let go of models and pictures.

        The window itself is found by Python's collector alone, and never if that has passed over it while it was open.
        """
        self.work.cancel()
        super().reject()
        self.page.let_go()
        self._comparison = self._report = None

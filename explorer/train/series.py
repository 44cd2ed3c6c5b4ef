"""Plans several runs that differ in one setting, such as beta 1, 4 and 8; part of the column, not modal."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.config import TrainConfig
from core.errors import ConfigError
from core.families.base import RunSet
from core.families.registry import family
from core.runs.differences import COMMON
from core.runs.queue import series, series_name, set_of_runs
from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE, UNIT
from explorer.qt import override
from explorer.train.settings.fields import fields_of, tr
from explorer.widgets.keyboard.choice_box import ChoiceBox
from explorer.widgets.section import labelled

_FIELD_WIDTH = 148
_NAMES_SHOWN = 3
_SET = "set:"  # before the name of a set of runs, where a setting's path would stand
Named = tuple[str, TrainConfig]


class SeriesBox(QFrame):
    """A setting and its values, and the runs that they would make.

    Signals:
        planned(list): (name, TrainConfig) of each run: the person wants them trained.
        closed(): the person cancelled.
    """

    planned = Signal(list)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._start: Callable[[], Named | None] = lambda: None
        self._free: Callable[[str], str] = lambda name: name
        self._runs: list[Named] = []
        self._family = ""
        self.setting = ChoiceBox(self)
        self.setting.currentIndexChanged.connect(self._on_setting_current_index_changed)
        self.values = QLineEdit(self)
        self.values.textChanged.connect(self._show_runs)
        self.values.returnPressed.connect(self._on_plan_clicked)
        self._note = QLabel(self)
        self._note.setWordWrap(True)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self.plan_button = QPushButton(icon("plus"), "", self)
        self.plan_button.clicked.connect(self._on_plan_clicked)
        self.close_button = QPushButton(self.tr("Cancel"), self)
        self.close_button.clicked.connect(self.closed)
        for widget in (self.setting, self.values):
            widget.setFixedWidth(_FIELD_WIDTH - GROUP)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.plan_button, 1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GROUP - UNIT, GROUP - UNIT, GROUP - UNIT, GROUP - UNIT)
        column.setSpacing(SPACE)
        tip = self.tr("The runs differ in this setting; all others are as in the form.")
        column.addWidget(labelled(self.tr("Setting"), self.setting, tip))
        tip = self.tr("One run for each value; separate them with commas.")
        column.addWidget(labelled(self.tr("Values"), self.values, tip))
        column.addWidget(self._note)
        column.addLayout(buttons)
        self._is_running = False

    def set_start(self, start: Callable[[], Named | None], free: Callable[[str], str]) -> None:
        """Set what the runs are made from.

        Args:
            start: gives the first part of their names and the form's settings, None if they can't be used.
            free: gives a name as it is, or with a number where it is taken.
        """
        self._start, self._free = start, free

    def show_family(self, name: str) -> None:
        """Offer the settings of a family's runs; the one most often tried with several values first."""
        if name == self._family:
            return
        self._family = name
        fields = [field for field in fields_of(name) if field.kind != "switch"]
        numbers = [field.path for field in fields if not field.folded and field.kind != "choice"]
        first = family(name).series[0] or next((path for path in numbers if path not in COMMON), numbers[0])
        with QSignalBlocker(self.setting):
            self.setting.clear()
            for field in fields:
                self.setting.addItem(tr(field.label), field.path)
            for chosen in family(name).sets:
                self.setting.addItem(tr(chosen.title), f"{_SET}{chosen.name}")
                self.setting.setItemData(self.setting.count() - 1, tr(chosen.help), Qt.ItemDataRole.ToolTipRole)
            self.setting.setCurrentIndex(self.setting.findData(first))
        with QSignalBlocker(self.values):
            self.values.setText(self._example(first))
        self.refresh()

    def show_running(self, is_running: bool) -> None:
        """Say whether a run is training, which these would wait for."""
        self._is_running = is_running
        self._show_runs()

    def refresh(self) -> None:
        """The form or the pictures have changed."""
        if self.isVisible():
            self._show_runs()

    def plan(self) -> str:
        """Ask for the runs that it lists; gives what speaks against them instead, in a sentence, if anything does."""
        self._show_runs()
        if not self._runs:
            return self._note.text()
        self.planned.emit(list(self._runs))
        return ""

    @property
    def _chosen_set(self) -> RunSet | None:
        """The set that is chosen in place of a setting."""
        return next((one for one in family(self._family).sets if self.setting.currentData() == f"{_SET}{one.name}"), None)

    def _show_runs(self) -> None:
        start = self._start()
        problem, self._runs = "", []
        if start is None:
            problem = self.tr("Choose pictures, and settings that can be used, first.")
        else:
            stem, config = start
            path, chosen = self.setting.currentData(), self._chosen_set
            try:
                if chosen is not None:
                    self._runs = [(self._free(f"{stem}-{end}"), each) for end, each in set_of_runs(config, chosen)]
                else:
                    configs = series(config, path, self.values.text())
                    self._runs = [(self._free(series_name(stem, path, each)), each) for each in configs]
            except ConfigError as error:
                problem = str(error).replace(path, self.setting.currentText())
        names = [name for name, _ in self._runs]
        more = len(names) - _NAMES_SHOWN
        listing = ", ".join(names[:_NAMES_SHOWN]) + (self.tr(" and {n} more").format(n=more) if more > 0 else "")
        self._note.setText(problem or listing)
        for name, on in (("problem", bool(problem)), ("muted", not problem)):
            self._note.setProperty(name, on)
        self._note.style().polish(self._note)
        count = len(self._runs)
        if self._is_running:
            text = self.tr("Add 1 run to queue") if count == 1 else self.tr("Add {n} runs to queue").format(n=count)
        else:
            text = self.tr("Train 1 run") if count == 1 else self.tr("Train {n} runs").format(n=count)
        self.plan_button.setText(text if count else self.tr("Train"))
        self.plan_button.setEnabled(count > 0)

    def _on_setting_current_index_changed(self) -> None:
        chosen = self._chosen_set
        self.values.setEnabled(chosen is None)
        self.setting.setToolTip(tr(chosen.help) if chosen is not None else "")
        self.values.setText("" if chosen is not None else self._example(self.setting.currentData()))
        if chosen is None:
            self.values.setFocus()
        self._show_runs()

    def _example(self, path: str) -> str:
        """Example values; empty where there are none."""
        field = next(field for field in fields_of(self._family) if field.path == path)
        usual, values = family(self._family).series
        return ", ".join(value for value, _ in field.choices) or (values if path == usual else "")

    def _on_plan_clicked(self) -> None:
        self.plan()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_runs()
        self.values.setFocus()
        self.values.selectAll()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)

"""The coach's advice on the shown run: a few sentences, each with a reason and perhaps a change for the next run."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core.coach.advise import advise_run
from core.coach.base import Advice, Severity
from core.coach.wording import number
from explorer.look.icons import icon, paint_icon
from explorer.look.theme import GROUP, SPACE, UNIT, colors
from explorer.qt import override
from explorer.tasks import run_task
from explorer.train.settings.names import setting_names

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP

MOST = 3  # sentences at once
_MARK = 18

_WORDS: Final[dict[str, str]] = {
    "objective.beta": QT_TRANSLATE_NOOP("coach", "beta {value}"),
    "objective.beta_warmup_epochs": QT_TRANSLATE_NOOP("coach", "a beta warm-up of {value} epochs"),
    "model.latent_dim": QT_TRANSLATE_NOOP("coach", "latent size {value}"),
    "model.dropout": QT_TRANSLATE_NOOP("coach", "dropout {value}"),
    "learning_rate": QT_TRANSLATE_NOOP("coach", "learning rate {value}"),
    "epochs": QT_TRANSLATE_NOOP("coach", "{value} epochs"),
    "early_stopping": QT_TRANSLATE_NOOP("coach", "early stopping after {value} epochs"),
    "sharpen_epochs": QT_TRANSLATE_NOOP("coach", "{value} epochs of sharpening"),
    "data.image_size": QT_TRANSLATE_NOOP("coach", "pictures of {value} px"),
    "data.mirror": QT_TRANSLATE_NOOP("coach", "mirrored pictures"),
    "threads": QT_TRANSLATE_NOOP("coach", "all cores"),
    "precision": QT_TRANSLATE_NOOP("coach", "automatic precision"),
}
"""Texts for a changed setting, in place of "it" in "use it"; for those that rules change."""
_ONE: Final[dict[str, str]] = {
    "objective.beta_warmup_epochs": QT_TRANSLATE_NOOP("coach", "a beta warm-up of 1 epoch"),
    "epochs": QT_TRANSLATE_NOOP("coach", "1 epoch"),
    "early_stopping": QT_TRANSLATE_NOOP("coach", "early stopping after 1 epoch"),
    "sharpen_epochs": QT_TRANSLATE_NOOP("coach", "1 epoch of sharpening"),
}
"""The same where the value is 1."""


def change_in_words(change: Mapping[str, object]) -> str:
    """A change as people say it: "beta 0.5", "30 epochs"."""
    phrases = []
    for path, value in change.items():
        text = f"{value:,}" if isinstance(value, int) else number(value) if isinstance(value, float) else str(value)
        known = _ONE if value == 1 and path in _ONE else _WORDS
        words = (
            QCoreApplication.translate("coach", known[path]) if path in known else f"{setting_names().get(path, path)} {{value}}"
        )
        phrases.append(words.format(value=text))
    return ", ".join(phrases)


class CoachBox(QWidget):
    """The most important advice on a run, and on a click the rest; hidden while there is none.

    Signals:
        change_requested(dict): settings for the next run, path -> value.
        failed(BaseException): a run could not be judged.
    """

    change_requested = Signal(dict)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = ""
        self._advice: list[Advice] = []
        self._dismissed: dict[str, set[str]] = {}
        self._consulting = False
        self._again = False
        self._is_open = False
        self._is_brief = False
        self._rows: dict[str, _Row] = {}
        self.setAccessibleName(self.tr("Advice on this run"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(UNIT)
        self.hide()

    @property
    def shown(self) -> tuple[Advice, ...]:
        """What is on the screen, the most important first: one, or a few once the person asked for more."""
        return self._worth_saying()[: MOST if self._is_open else 1]

    def set_advice(self, advice: Sequence[Advice], run: str = "") -> None:
        """Show advice on a run.

        Args:
            advice: the most important first; only the first few that weren't dismissed are shown.
            run: which run it is about; dismissals hold for that run only.
        """
        self._run, self._advice = run, list(advice)
        self._show()

    def set_brief(self, is_brief: bool) -> None:
        """Give the reasons on hover alone, where there is little height."""
        if is_brief != self._is_brief:
            self._is_brief = is_brief
            self._show()

    def consult(self, folder: Path) -> None:
        """Judge the run in a folder, off the window's thread, and show the advice."""
        if str(folder) != self._run:
            self.set_advice([], str(folder))
        if self._consulting:
            self._again = True
            return
        self._consulting, self._again = True, False
        run_task(
            self,
            lambda _: (str(folder), advise_run(folder)),
            done=self._on_run_judged,
            failed=self._on_judging_failed,
            name="coach",
        )

    def clear(self) -> None:
        """Show no advice, for no run."""
        self.set_advice([])

    def _worth_saying(self) -> tuple[Advice, ...]:
        dismissed = self._dismissed.get(self._run, set())
        return tuple(advice for advice in self._advice if advice.key not in dismissed)[:MOST]

    def _show(self) -> None:
        """Update the rows; a row that stays keeps the focus."""
        shown, more = self.shown, len(self._worth_saying()) - 1
        folded = self.tr("{n} more").format(n=more)
        keys = [advice.key for advice in shown]
        for key in [key for key in self._rows if key not in keys]:
            row = self._rows.pop(key)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        before: QWidget | None = None
        for place, advice in enumerate(shown):
            row = self._rows.get(advice.key) or self._make_row(advice.key)
            row.show_advice(advice, is_brief=self._is_brief and not self._is_open)
            row.show_more("" if place or not more else self.tr("Fewer") if self._is_open else folded)
            if self._column.indexOf(row) != place:
                self._column.insertWidget(place, row)
            row.show()
            if before is not None:
                QWidget.setTabOrder(before, row.change_button)
            before = row.close_button
        self.setVisible(bool(shown))
        self.updateGeometry()

    def _make_row(self, key: str) -> _Row:
        row = _Row(self)
        row.change_requested.connect(self.change_requested)
        row.more_clicked.connect(self._on_row_more_clicked)
        row.dismissed.connect(lambda: self._on_row_dismissed(key))
        self._rows[key] = row
        return row

    def _on_row_more_clicked(self) -> None:
        self._is_open = not self._is_open
        self._show()

    def _on_row_dismissed(self, key: str) -> None:
        keys = [advice.key for advice in self.shown]
        place = keys.index(key)
        self._dismissed.setdefault(self._run, set()).add(key)
        self._show()
        left = self.shown
        if left:  # the focus stays in the box
            self._rows[left[min(place, len(left) - 1)].key].close_button.setFocus()

    def _on_run_judged(self, judged: tuple[str, list[Advice]]) -> None:
        run, advice = judged
        self._consulting = False
        if run == self._run:
            self.set_advice(advice, run)
        self._consult_again()

    def _on_judging_failed(self, error: BaseException) -> None:
        self._consulting = False
        self.failed.emit(error)
        self._consult_again()

    def _consult_again(self) -> None:
        """An epoch came meanwhile, or another run is shown."""
        if self._again and self._run:
            self.consult(Path(self._run))


class _Row(QWidget):
    """One piece of advice."""

    change_requested = Signal(dict)
    more_clicked = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._change: dict[str, object] = {}
        self._mark = _Mark(self)
        self.sentence = self._label()
        self.reason = self._label()
        self.reason.setProperty("muted", True)
        self.change_button = self._link()
        self.change_button.clicked.connect(self._on_change_button_clicked)
        self.more_button = self._link()
        self.more_button.clicked.connect(self.more_clicked)
        self.more_button.hide()
        self.close_button = QToolButton(self)
        self.close_button.setIcon(icon("close", "muted_text"))
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.close_button.setToolTip(self.tr("Don't show this advice for this run again"))
        self.close_button.clicked.connect(self.dismissed)
        words = QVBoxLayout()
        words.setContentsMargins(0, UNIT, 0, 0)  # so that the first line is level with the buttons
        words.setSpacing(2)
        words.addWidget(self.sentence)
        words.addWidget(self.reason)
        marked_words = QHBoxLayout()
        marked_words.setSpacing(SPACE)
        marked_words.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        marked_words.addLayout(words, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GROUP)
        row.addLayout(marked_words, 1)
        row.addWidget(self.change_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)

    def show_advice(self, advice: Advice, *, is_brief: bool) -> None:
        """Show this one, with its reason in sight or, where that is too much, on hover."""
        self._change = dict(advice.change)
        self._mark.set_name("info" if advice.severity is Severity.TIP else "warning")
        self.sentence.setText(advice.sentence)
        self.reason.setText(advice.reason)
        self.reason.setVisible(not is_brief)
        self.sentence.setToolTip(f"<p>{html.escape(advice.reason)}</p>" if is_brief else "")
        words = change_in_words(advice.change)
        self.change_button.setText(self.tr("Use {change} next time").format(change=words))
        self.change_button.setAccessibleName(f"{self.change_button.text()}: {advice.sentence}")
        self.change_button.setToolTip(self.tr("Puts it into the settings on the left; this run stays as it is"))
        self.change_button.setVisible(bool(advice.change))
        self.close_button.setAccessibleName(self.tr("Dismiss: {sentence}").format(sentence=advice.sentence))
        self.setAccessibleName(advice.sentence)
        self.setAccessibleDescription(advice.reason)

    def show_more(self, text: str) -> None:
        """Show the button for more or less advice; an empty text hides it."""
        self.more_button.setText(text)
        self.more_button.setVisible(bool(text))

    def _link(self) -> QPushButton:
        button = QPushButton(self)
        button.setProperty("link", True)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        return button

    def _label(self) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return label

    def _on_change_button_clicked(self) -> None:
        self.change_requested.emit(dict(self._change))


class _Mark(QWidget):
    """The icon before a sentence, in the current theme's colours."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = "info"
        self.setFixedSize(_MARK, _MARK + UNIT)

    def set_name(self, name: str) -> None:
        """Another icon."""
        self._name = name
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        color = theme.warning if self._name == "warning" else theme.muted_text
        paint_icon(QPainter(self), self._name, QRectF(0, UNIT - 1, _MARK, _MARK), color)

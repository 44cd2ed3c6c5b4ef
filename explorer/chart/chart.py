"""The live charts of a run's family, for one run or several, and the controls above them.

While a run has no epoch yet a sentence says what will be here. Redraws for new epochs happen at most four times a second,
and only while somebody can see them; a worker draws them (`explorer.chart.plot`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.events import EpochFinished
from core.families.base import VALID, Chart, Family, Metric
from core.families.registry import DEFAULT, family
from core.families.without_codes import no_spaces
from core.runs.history import RunHistory, extended, history_of
from core.runs.history_table import chart_of, charts_of, metric_of
from explorer.chart.drawing import (
    ChartOptions,
    ChartRun,
    drawing_of,
    has_numbers,
    heat_metric,
    is_offered,
    offered_charts,
    tr,
    within,
)
from explorer.chart.plot import KINDS, Tool, TrainingPlot
from explorer.chart.reading import Reading
from explorer.chart.readout import Readout
from explorer.look.icons import icon
from explorer.look.theme import CONTROL_HEIGHT, GROUP, SPACE, UNIT, section_font, theme_notifier
from explorer.qt import override
from explorer.saving.ask_path import ask_save_path, file_name
from explorer.widgets.elided_label import ElidedLabel
from explorer.widgets.empty_state import EmptyState
from explorer.widgets.segmented import Segmented

_LOW = 360
"""Pixels: in a lower chart scale and smoothing take no line of their own."""
_MOST = 99  # hundredths of smoothing
_NAMED_CHARTS = 3  # before there are any


class ChartControls(QWidget):
    """Chooses a chart, its scale and smoothing. They last as long as the widget.

    Without room beside the kinds of charts, scale and smoothing go under them, or where height is short behind a button.
    """

    options_changed = Signal(object)
    """ChartOptions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._charts: tuple[Chart, ...] = ()
        self._offered: tuple[str, ...] = ()
        self._smooth: frozenset[str] = frozenset()
        self._wanted = ""  # what the person chose last, which other families may lack
        self._options = ChartOptions()
        self.kinds = Segmented([], self.tr("Chart"), self)
        self.kinds.choice_changed.connect(self._on_kinds_choice_changed)
        self.log = QCheckBox(self.tr("Log scale"), self)
        self.log.setToolTip(
            self.tr("Equal steps are equal factors; values below zero are shown by their size, downwards. Default: off.")
        )
        self.log.toggled.connect(self._on_log_toggled)
        tip = self.tr(
            "How much of a moving average stays from one epoch to the next, 0 to 0.99. The numbers that you read and save "
            "are never smoothed. Default: 0."
        )
        self._smoothing_name = QLabel(self.tr("Smoothing"), self)
        self.smoothing = QSlider(Qt.Orientation.Horizontal, self)
        self.smoothing.setRange(0, _MOST)
        self.smoothing.setPageStep(10)
        self.smoothing.setFixedWidth(88)
        self.smoothing.setAccessibleName(self.tr("Smoothing"))
        self.smoothing.valueChanged.connect(self._on_smoothing_value_changed)
        self._smoothing_value = QLabel(self)
        self._smoothing_value.setMinimumWidth(self._smoothing_value.fontMetrics().horizontalAdvance("0.99"))
        for widget in (self._smoothing_name, self.smoothing, self._smoothing_value):
            widget.setToolTip(f"<p>{tip}</p>")
        self._how = QWidget(self)
        how = QHBoxLayout(self._how)
        how.setContentsMargins(0, 0, 0, 0)
        how.setSpacing(SPACE)
        how.addWidget(self.log)
        how.addSpacing(GROUP - SPACE)
        how.addWidget(self._smoothing_name)
        how.addWidget(self.smoothing)
        how.addWidget(self._smoothing_value)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(SPACE)
        self._rows.addWidget(self.kinds)
        self._rows.addStretch(1)
        self._rows.addWidget(self._how, 0, Qt.AlignmentFlag.AlignLeading)
        self._is_low = False
        self._popup = QFrame(self, Qt.WindowType.Popup)
        self._popup.setProperty("card", True)
        inside = QVBoxLayout(self._popup)
        inside.setContentsMargins(GROUP, SPACE, GROUP, SPACE)
        self.how_button = QToolButton(self)
        self.how_button.setIcon(icon("sliders"))
        self.how_button.setToolTip(self.tr("Log scale and smoothing"))
        self.how_button.setAccessibleName(self.tr("Log scale and smoothing"))
        self.how_button.clicked.connect(self._on_how_button_clicked)
        self._rows.addWidget(self.how_button)
        self.how_button.hide()
        self.set_charts(family(DEFAULT), ())

    @property
    def options(self) -> ChartOptions:
        """The chosen options."""
        return self._options

    @property
    def offered(self) -> tuple[str, ...]:
        """The keys of the charts that can be taken now."""
        return self._offered

    def set_charts(self, kind: Family, runs: Sequence[ChartRun]) -> None:
        """Offer the charts of a family: those of all its runs, and those special ones that these runs have.

        What the person chose stays chosen where that family has it, also while none of these runs has its numbers.
        """
        charts = offered_charts(kind)
        if charts != self._charts:
            self._charts = charts
            self._smooth = frozenset(chart.key for chart in charts if heat_metric(kind, chart) is None)
            self.kinds.set_texts([tr(chart.title) for chart in charts])
            self.kinds.set_tooltips([tr(chart.help) for chart in charts])
        self._offered = tuple(chart.key for chart in charts if is_offered(kind, chart, runs))
        keys = [chart.key for chart in charts]
        key = self._wanted if self._wanted in keys else keys[0]
        if self.kinds.choice != keys.index(key):
            self.kinds.set_choice(keys.index(key))
        self._options = replace(self._options, chart=key)
        self._show()

    def choose(self, key: str) -> None:
        """Show another chart, as if the person had chosen it."""
        index = [chart.key for chart in self._charts].index(key)
        self.kinds.set_choice(index)
        self._on_kinds_choice_changed(index)

    def _change(self, options: ChartOptions) -> None:
        if options != self._options:
            self._options = options
            self._show()
            self.options_changed.emit(options)

    def _show(self) -> None:
        for chart, segment in zip(self._charts, self.kinds.segments, strict=True):
            segment.setVisible(chart.key in self._offered or chart.key == self._options.chart)
        smooths = self._options.chart in self._smooth
        for widget in (self._smoothing_name, self.smoothing, self._smoothing_value):
            widget.setEnabled(smooths)
        self._smoothing_value.setText(f"{self._options.smoothing:.2f}" if self._options.smoothing else "0")

    def _on_kinds_choice_changed(self, index: int) -> None:
        self._wanted = self._charts[index].key
        self._change(replace(self._options, chart=self._wanted))

    def _on_log_toggled(self, on: bool) -> None:
        self._change(replace(self._options, log=on))

    def _on_smoothing_value_changed(self, value: int) -> None:
        self._change(replace(self._options, smoothing=value / 100))

    def set_low(self, is_low: bool) -> None:
        """Whether there is too little height for scale and smoothing under the kinds of charts."""
        if is_low != self._is_low:
            self._is_low = is_low
            self._arrange()

    def _arrange(self) -> None:
        fits = self.width() >= self.kinds.sizeHint().width() + self._how.sizeHint().width() + SPACE
        is_behind = self._is_low and not fits
        under = QBoxLayout.Direction.TopToBottom
        direction = under if not fits and not is_behind else QBoxLayout.Direction.LeftToRight
        if self._rows.direction() != direction:
            self._rows.setDirection(direction)
        if is_behind == self.how_button.isHidden():
            inside = self._popup.layout()
            assert inside is not None
            if is_behind:
                inside.addWidget(self._how)
            else:
                self._popup.hide()
                self._rows.insertWidget(2, self._how, 0, Qt.AlignmentFlag.AlignLeading)
            self._how.show()
            self.how_button.setVisible(is_behind)

    def _on_how_button_clicked(self) -> None:
        """Show scale and smoothing under the button, their far sides in one line."""
        self._popup.adjustSize()
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = 0 if is_mirrored else self.how_button.width() - self._popup.width()
        self._popup.move(self.how_button.mapToGlobal(QPoint(left, self.how_button.height() + UNIT)))
        self._popup.show()
        self.log.setFocus(Qt.FocusReason.PopupFocusReason)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()


class ChartTools(QWidget):
    """Show all, pan, zoom, save.

    Signals:
        all_requested(): leave the zoomed view.
        tool_chosen(str): "", "pan" or "zoom".
        save_requested(): write a file.
    """

    all_requested = Signal()
    tool_chosen = Signal(str)
    save_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.home = self._button("home", self.tr("Show all (or double-click)"))
        self.pan = self._button("move", self.tr("Pan: drag the curves"), checkable=True)
        self.zoom = self._button("zoom", self.tr("Zoom: drag a frame"), checkable=True)
        self.save = self._button("save", self.tr("Save as PNG, SVG or PDF, or the numbers as CSV…"))
        self.home.clicked.connect(self.all_requested)
        self.pan.clicked.connect(lambda on: self._choose("pan" if on else ""))
        self.zoom.clicked.connect(lambda on: self._choose("zoom" if on else ""))
        self.save.clicked.connect(self.save_requested)

    def _button(self, name: str, tip: str, *, checkable: bool = False) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setIconSize(QSize(18, 18))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setCheckable(checkable)
        self._row.addWidget(button)
        return button

    def _choose(self, tool: Tool) -> None:
        self.pan.setChecked(tool == "pan")
        self.zoom.setChecked(tool == "zoom")
        self.tool_chosen.emit(tool)


REDRAW_MS = 250


class TrainingChart(QWidget):
    """Shows one run's curves, and those of others over them.

    Signals:
        saved(Path): the person saved the chart there.
        failed(Exception): a chart couldn't be drawn or saved.
    """

    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.save_folder = Path.home()
        self._name = ""
        self._about = ""
        self._difference = ""
        self._phase_titles: Mapping[str, str] = {}
        self._history = history_of([])
        self._coming: list[EpochFinished] = []
        self._others: tuple[ChartRun, ...] = ()
        self._dirty = False
        self._timer = QTimer(self, singleShot=True, interval=REDRAW_MS)
        self._timer.timeout.connect(self._on_timer_timed_out)
        self._title = QLabel(self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setMinimumHeight(CONTROL_HEIGHT + UNIT)  # as high as the tools that come beside it
        self._subtitle = ElidedLabel(self)
        self._subtitle.setProperty("muted", True)
        self._problem = QLabel(self)
        self._problem.setProperty("problem", True)
        self._problem.setWordWrap(True)
        self._problem.hide()
        self.tools = ChartTools(self)
        self.controls = ChartControls(self)
        self.controls.options_changed.connect(self._on_controls_options_changed)
        self._readout = Readout(self)
        self.plot = TrainingPlot(self)
        self.plot.reading_changed.connect(self._readout.show_reading)
        self.plot.saved.connect(self._on_plot_saved)
        self.plot.failed.connect(self.failed)
        self.tools.all_requested.connect(self.plot.show_all)
        self.tools.tool_chosen.connect(self.plot.set_tool)
        self.tools.save_requested.connect(self._on_tools_save_requested)
        self._empty = EmptyState("chart", "", "", parent=self)
        self._nothing = EmptyState("chart", "", "", parent=self)
        self._stack = QStackedLayout()
        for page in (self._empty, self._nothing, self.plot):
            self._stack.addWidget(page)
        header = QHBoxLayout()
        header.setSpacing(GROUP)
        header.addWidget(self._title)
        header.addWidget(self._subtitle, 1)
        header.addWidget(self.tools)
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addLayout(header)
        layout.addWidget(self._problem)
        layout.addWidget(self.controls)
        layout.addWidget(self._readout)
        layout.addLayout(self._stack, 1)
        self.setMinimumSize(376, 264)
        self._say_empty()
        self._take_font()
        self.set_run("")
        self._show_page()
        theme_notifier().changed.connect(self._on_theme_changed)

    @property
    def epochs_shown(self) -> int:
        """How many epochs the chosen run's curves have."""
        return len(self.history)

    @property
    def best_epoch(self) -> int:
        """The marked epoch; 0 = none."""
        return self._history.best_epoch

    @property
    def history(self) -> RunHistory:
        """All epochs of the chosen run."""
        if self._coming:
            self._history, self._coming = extended(self._history, self._coming), []
        return self._history

    @property
    def runs(self) -> tuple[ChartRun, ...]:
        """The drawn runs: the chosen one, then the others."""
        return (ChartRun(self._name, self.history, self._difference, self._phase_titles), *self._others)

    @property
    def is_up_to_date(self) -> bool:
        """Whether nothing is left to draw."""
        return not self._dirty and self.plot.is_up_to_date

    def set_run(self, name: str, about: str = "", problem: str = "") -> None:
        """Say whose curves these are.

        Args:
            name: of the run; empty: of none.
            about: its settings in a few words.
            problem: why it failed.
        """
        self._name = name
        self._title.setToolTip(name)
        self._fit_title()
        self._about = about
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._say_subtitle()

    def set_phases(self, titles: Mapping[str, str]) -> None:
        """Say what the phases of the chosen run are called, by their names."""
        self._phase_titles = titles

    def set_history(self, history: RunHistory) -> None:
        """Show a whole run in place of what was there."""
        self._history, self._coming = history, []
        self._changed()

    def set_compared(self, others: Sequence[ChartRun], difference: str = "") -> None:
        """Lay other runs over the chosen one.

        Args:
            others: in the order of their hues; none takes them away.
            difference: what sets the chosen run apart from them.
        """
        self._others, self._difference = tuple(others), difference
        self._say_subtitle()
        self._changed()

    def append(self, event: EpochFinished) -> None:
        """Add one epoch; epochs that it or an earlier resume replaced are removed."""
        self._coming.append(event)  # joined on demand: copying all epochs for each would take long
        self._changed()

    def set_best(self, epoch: int) -> None:
        """Mark an epoch as the best; 0 marks none."""
        self._history = replace(self.history, best_epoch=epoch)
        self._changed()

    def set_first_epoch(self, fraction: float | None) -> None:
        """Show the first epoch's progress while there are no curves; None = no epoch is running."""
        self._say_empty(fraction)

    def clear(self, family_name: str = DEFAULT) -> None:
        """Show no run, or one of a family that has no epoch yet; those that are compared stay."""
        self._history, self._coming = history_of([], family_name=family_name), []
        self.plot.show_all()
        self._say_empty()
        self._changed()

    # -- what is shown

    def _say_empty(self, fraction: float | None = None) -> None:
        """Set the text in place of the curves."""
        kind = self._history.family
        text = self.tr("They show how well the model reconstructs the pictures, and how much its codes tell about them.")
        if kind.spaces is no_spaces:
            titles = [chart.title for chart in offered_charts(kind)][:_NAMED_CHARTS]
            text = self.tr("They show how training goes: {charts} and more.").format(charts=", ".join(map(within, titles)))
        if fraction is not None:
            text = self.tr("Epoch 1: {percent} %").format(percent=math.floor(100 * fraction))
        self._empty.set_text(self.tr("Curves appear here after the first epoch"), text)

    def _say_subtitle(self) -> None:
        text = self._about
        if self._others and heat_metric(self._history.family, self._chart) is not None:
            text = self.tr("this run only: a heat map shows one at a time")
        elif self._others:
            text = self._compared_words()
        self._subtitle.set_text(text)

    def _compared_words(self) -> str:
        """With which runs the chosen one is compared on this chart; of another family, one may not have its numbers."""
        kind, count = self._history.family, len(self._others)
        drawn = [run for run in self._others if len(run.history) and has_numbers(run.history, kind, self._chart)]
        if not drawn:
            one, more = self.tr("the other run doesn't have these numbers"), self.tr("the other runs don't have these numbers")
            return one if count == 1 else more
        if count == 1:
            return self.tr("compared with {name}").format(name=drawn[0].name)
        text = self.tr("compared with {n} other runs")
        if len(drawn) < count:
            text = self.tr("compared with {n} of {all} other runs")
        return text.format(n=len(drawn), all=count)

    def _take_font(self) -> None:
        self._title.setFont(section_font())
        self._fit_title()

    def _fit_title(self) -> None:
        """Elide a long name, so that it leaves the tools their room."""
        room = self.width() - self.tools.sizeHint().width() - 2 * GROUP
        name = self._name or self.tr("Curves")
        self._title.setText(self._title.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, room))

    def _show_page(self) -> None:
        """Show the curves, or the text in their place."""
        runs = [run for run in self.runs if len(run.history)]
        kind = self.history.family
        self.controls.set_charts(kind, runs)
        chart, per_axis = self._chart, heat_metric(kind, self._chart)
        page: QWidget = self.plot if runs else self._empty
        wanted = [run.history for run in runs] if per_axis is None else [self.history]
        if runs and not any(has_numbers(history, kind, chart) for history in wanted):
            self._nothing.set_text(*self._why_nothing(chart))
            page = self._nothing
        self._readout.set_meaning(self._what_is_read(chart))
        self._say_subtitle()
        self._stack.setCurrentWidget(page)
        self.controls.setVisible(bool(runs))
        for widget in (self.tools, self._readout):
            widget.setVisible(page is self.plot)
        if page is not self.plot:
            self.plot.show_drawing(None)
            self._readout.show_reading(Reading(""))

    @property
    def _chart(self) -> Chart:
        kind = self._history.family
        return chart_of(kind, self.controls.options.chart) or charts_of(kind)[0]

    def _metrics(self, keys: Sequence[str]) -> list[Metric]:
        return [metric for key in keys if (metric := metric_of(self._history.family, key)) is not None]

    def _why_nothing(self, chart: Chart) -> tuple[str, str]:
        """The text in place of a chart that no run has numbers for."""
        reason = self.tr("This run hasn't measured it.")
        if all(metric.optional for metric in self._metrics(chart.metrics)):
            reason = self.tr("This run doesn't measure it: that depends on its settings.")
        return self.tr("No {what}").format(what=within(tr(chart.title))), reason

    def _what_is_read(self, chart: Chart) -> str:
        """Which pictures the numbers under the mouse were measured on, and what each number is."""
        known = self._metrics((*chart.metrics, *chart.also))
        meanings = (f"{tr(metric.title)}: {tr(metric.meaning)}." for metric in known if metric.meaning)
        return "\n".join((self._measured_on(known), *meanings))

    def _measured_on(self, known: Sequence[Metric]) -> str:
        alone = [tr(metric.title) for metric in known if metric.where == VALID and not metric.per_axis]
        if not alone:
            return self.tr("Training / validation, as measured")
        single = self.tr("Training / validation, as measured; {name} is of the validation pictures")
        several = self.tr("Training / validation, as measured; {names} are of the validation pictures")
        return single.format(name=alone[0]) if len(alone) == 1 else several.format(names=", ".join(alone))

    def _changed(self, wait: int = 0) -> None:
        """Schedule a redraw: now if the last one is long ago, else later; none while the chart is hidden."""
        self._dirty = True
        if not self._others and not self._coming and not len(self._history):
            self._dirty = False
            self._show_page()
        elif self.isVisible() and not self._timer.isActive():
            self._timer.start(wait)

    def _on_timer_timed_out(self) -> None:
        if self._dirty and self.isVisible():
            self._draw()
            self._timer.start(max(REDRAW_MS, round(2 * self.plot.took_ms)))  # on a busy machine the worker rests as long

    def _draw(self) -> None:
        self._dirty = False
        self._show_page()
        if self._stack.currentWidget() is self.plot:
            self._column.activate()  # so that the plot has its size before it is drawn
            drawing, before = drawing_of(self.runs, self.controls.options), self.plot.drawing
            if before is not None and (before.kind.name, before.chart.key) != (drawing.kind.name, drawing.chart.key):
                self.plot.show_all()  # a run of another family: the old view means nothing on its axes
            self.plot.show_drawing(drawing)

    def _on_controls_options_changed(self, options: ChartOptions) -> None:
        drawing = self.plot.drawing
        if drawing is not None and replace(drawing.options, smoothing=options.smoothing) != options:
            self.plot.show_all()  # another axis: the old view means nothing on it
        self._say_subtitle()
        if self.isVisible():
            self._draw()
        else:
            self._changed()

    def _on_theme_changed(self) -> None:
        self._take_font()
        self.plot.refresh()

    # -- saving

    def _on_tools_save_requested(self) -> None:
        titles = (self.tr("PNG picture"), self.tr("SVG drawing"), self.tr("PDF document"), self.tr("CSV table"))
        filters = [f"{title} (*{suffix})" for title, suffix in zip(titles, KINDS, strict=True)]
        name = file_name(self._name or "run", self.controls.options.chart.replace("_", "-")) + KINDS[0]
        chosen = ask_save_path(self, self.tr("Save the chart"), str(self.save_folder), name, ";;".join(filters))
        if chosen is not None:
            self.save(chosen)

    def save(self, path: Path) -> None:
        """Write the chart as PNG, SVG or PDF, or its numbers as CSV, by the file's ending; signals report the result."""
        self.plot.save(path if path.suffix.lower() in KINDS else path.with_name(path.name + KINDS[0]))

    def _on_plot_saved(self, path: Path) -> None:
        self.save_folder = path.parent
        self.saved.emit(path)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_title()
        self.controls.set_low(self.height() < _LOW)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._dirty:
            self._changed()

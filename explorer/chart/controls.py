"""What stands over a chart: which one to show and how, and the tools that look closer and save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QWidget

from core.families.base import Chart, Family
from core.families.registry import DEFAULT, family
from explorer.chart.model import ChartOptions, ChartRun, heat_metric, is_offered, offered_charts, tr
from explorer.chart.plot import Tool
from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE
from explorer.qt import override
from explorer.widgets.segmented import Segmented

_MOST = 99  # hundredths of smoothing


class ChartControls(QWidget):
    """Chooses a chart, its scale and smoothing. They last as long as the widget."""

    options_changed = Signal(object)
    """ChartOptions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._charts: tuple[Chart, ...] = ()
        self._offered: tuple[str, ...] = ()
        self._smooth: frozenset[str] = frozenset()
        self._wanted = ""  # what the person chose last, which the charts of another family may lack
        self._options = ChartOptions()
        self.kinds = Segmented([], self.tr("Chart"), self)
        self.kinds.choice_changed.connect(self._on_kinds_choice_changed)
        self.log = QCheckBox(self.tr("Log scale"), self)
        self.log.setToolTip(self.tr("Equal steps are equal factors; below zero, away from zero. Default: off."))
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
        self.set_charts(family(DEFAULT), ())

    @property
    def options(self) -> ChartOptions:
        """What is chosen."""
        return self._options

    @property
    def offered(self) -> tuple[str, ...]:
        """The keys of the charts that can be taken now."""
        return self._offered

    def set_charts(self, kind: Family, runs: Sequence[ChartRun]) -> None:
        """Offer the charts of a family's runs: those that each run has, and of the others those that these have.

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
        """Show another chart, as if the person had taken it."""
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

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room beside the kinds, scale and smoothing go under them."""
        needed = self.kinds.sizeHint().width() + self._how.sizeHint().width() + SPACE
        direction = QBoxLayout.Direction.LeftToRight if self.width() >= needed else QBoxLayout.Direction.TopToBottom
        if self._rows.direction() != direction:
            self._rows.setDirection(direction)


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

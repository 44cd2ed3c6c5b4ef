"""What stands over a chart: which one to show and how, and the tools that look closer and save."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QWidget

from explorer.icons import icon
from explorer.qt import override
from explorer.theme import GROUP, SPACE
from explorer.widgets.chart_model import ChartKind, ChartOptions
from explorer.widgets.segmented import Segmented
from explorer.widgets.training_plot import Tool

_MOST = 99  # hundredths of smoothing


class ChartControls(QWidget):
    """Chooses a chart's kind, scale and smoothing. They last as long as the widget."""

    options_changed = Signal(object)
    """ChartOptions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = ChartOptions()
        kinds = {
            ChartKind.LOSS: (self.tr("Loss"), self.tr("What is minimised: reconstruction and KL, in nats per image")),
            ChartKind.ELBO: (self.tr("ELBO"), self.tr("Minus reconstruction minus KL, whatever beta is: the higher the better")),
            ChartKind.KL_PER_DIM: (
                self.tr("KL per dimension"),
                self.tr("What each latent dimension tells of a validation picture, in nats: which wake up, and when"),
            ),
            ChartKind.ACTIVE_UNITS: (
                self.tr("Active units"),
                self.tr("How many dimensions vary over the validation pictures, by more than 0.01 (Burda et al., 2015)"),
            ),
            ChartKind.SPEED: (self.tr("Speed"), self.tr("Training pictures a second, over each whole epoch")),
            ChartKind.TOTAL_CORRELATION: (
                self.tr("Total correlation"),
                self.tr(
                    "How much the latent's dimensions tell of one another, in nats, as the objective estimates it; 0 = nothing"
                ),
            ),
        }
        self._kinds = list(kinds)
        self._has_total_correlation = False
        self.kinds = Segmented([title for title, _ in kinds.values()], self.tr("Chart"), self)
        self.kinds.set_tooltips([tip for _, tip in kinds.values()])
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
        self._show()

    @property
    def options(self) -> ChartOptions:
        """What is chosen."""
        return self._options

    @property
    def offered(self) -> tuple[ChartKind, ...]:
        """The kinds that can be taken now."""
        return tuple(kind for kind in self._kinds if kind is not ChartKind.TOTAL_CORRELATION or self._has_total_correlation)

    def offer_total_correlation(self, there_is: bool) -> None:
        """Offer its chart where a run has it; while it is the chosen one it stays."""
        self._has_total_correlation = there_is
        self._show()

    def choose(self, kind: ChartKind) -> None:
        """Show another chart, as if the person had taken it."""
        self.kinds.set_choice(self._kinds.index(kind))
        self._change(replace(self._options, kind=kind))

    def _change(self, options: ChartOptions) -> None:
        if options != self._options:
            self._options = options
            self._show()
            self.options_changed.emit(options)

    def _show(self) -> None:
        chosen = self._options.kind is ChartKind.TOTAL_CORRELATION
        segment = self.kinds.segments[self._kinds.index(ChartKind.TOTAL_CORRELATION)]
        segment.setVisible(chosen or self._has_total_correlation)
        smooths = self._options.kind is not ChartKind.KL_PER_DIM
        for widget in (self._smoothing_name, self.smoothing, self._smoothing_value):
            widget.setEnabled(smooths)
        self._smoothing_value.setText(f"{self._options.smoothing:.2f}" if self._options.smoothing else "0")

    def _on_kinds_choice_changed(self, index: int) -> None:
        self._change(replace(self._options, kind=self._kinds[index]))

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

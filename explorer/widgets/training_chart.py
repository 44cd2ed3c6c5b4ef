"""The live chart of a run: reconstruction and KL, training and validation, on two axes.

matplotlib is imported by a worker the first time that the chart is seen; until then, and while a run has no epoch yet,
a sentence says what will be here. Redraws happen at most four times a second, and only while somebody can see them.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from core.errors import CoreError
from core.events import EpochFinished
from core.files import cannot_write
from core.training.run_history import RunHistory, history_of
from explorer.qt import override
from explorer.tasks import run_task
from explorer.theme import CONTROL_HEIGHT, GROUP, UNIT, section_font, theme_notifier
from explorer.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from explorer.widgets.training_plot import TrainingPlot

REDRAW_MS = 250
_COLUMNS = ("train_reconstruction", "valid_reconstruction", "train_kl", "valid_kl", "psnr")


def warm_matplotlib() -> None:
    """Import matplotlib and let it find its fonts: half a second, for a worker thread."""
    from explorer.widgets import training_plot  # noqa: PLC0415 - imports matplotlib

    training_plot.warm_up()


class TrainingChart(QWidget):
    """Shows one run's curves.

    Signals:
        saved(Path): the person saved the chart there.
        failed(Exception): matplotlib couldn't be loaded, or the chart not saved.
    """

    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.save_folder = Path.home()
        self._name = ""
        self._epoch = np.empty(0, dtype=np.int64)
        self._columns = {name: np.empty(0) for name in _COLUMNS}
        self._best = 0
        self._plot: TrainingPlot | None = None
        self._loading = False
        self._dirty = False
        self._timer = QTimer(self, singleShot=True, interval=REDRAW_MS)
        self._timer.timeout.connect(self._on_timer_timed_out)
        self._title = QLabel(self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setMinimumHeight(CONTROL_HEIGHT + UNIT)  # as high as the toolbar that comes beside it
        self._about = QLabel(self)
        self._about.setProperty("muted", True)
        self._about.setTextFormat(Qt.TextFormat.PlainText)
        self._about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._problem = QLabel(self)
        self._problem.setProperty("problem", True)
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._empty = EmptyState("chart", "", "", parent=self)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._header = QHBoxLayout()
        self._header.setSpacing(GROUP)
        self._header.addWidget(self._title)
        self._header.addWidget(self._about, 1)
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addLayout(self._header)
        layout.addWidget(self._problem)
        layout.addLayout(self._stack, 1)
        self.setMinimumSize(280, 160)
        self._say_empty()
        self._take_font()
        self.set_run("")
        theme_notifier().changed.connect(self._on_theme_changed)

    @property
    def epochs_shown(self) -> int:
        """How many epochs the curves have."""
        return len(self._epoch)

    @property
    def best_epoch(self) -> int:
        """The marked epoch; 0 = none."""
        return self._best

    def set_run(self, name: str, about: str = "", problem: str = "") -> None:
        """Say whose curves these are.

        Args:
            name: of the run; empty: of none.
            about: its settings in a few words.
            problem: why it failed.
        """
        self._name = name
        self._title.setText(name or self.tr("Curves"))
        self._title.setToolTip(name)
        self._about.setText(about)
        self._about.setToolTip(about)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

    def set_history(self, history: RunHistory) -> None:
        """Show a whole run in place of what was there."""
        self._epoch = history.epoch
        self._columns = {name: getattr(history, name) for name in _COLUMNS}
        self._best = history.best_epoch
        self._changed()

    def append(self, event: EpochFinished) -> None:
        """Add one epoch; those that it or an earlier resume made void go away."""
        row = history_of([event])
        kept = self._epoch < event.epoch
        self._epoch = np.append(self._epoch[kept], row.epoch)
        self._columns = {name: np.append(old[kept], getattr(row, name)) for name, old in self._columns.items()}
        self._changed()

    def set_best(self, epoch: int) -> None:
        """Mark an epoch; 0 marks none."""
        self._best = epoch
        self._changed()

    def set_first_epoch(self, fraction: float | None) -> None:
        """How far the first epoch is, said while there are no curves; None = no epoch goes on."""
        self._say_empty(fraction)

    def clear(self) -> None:
        """Show no run."""
        self._epoch = np.empty(0, dtype=np.int64)
        self._columns = {name: np.empty(0) for name in _COLUMNS}
        self._best = 0
        self._say_empty()
        self._changed()

    def _say_empty(self, fraction: float | None = None) -> None:
        """What stands in place of the curves."""
        if len(self._epoch):
            self._empty.set_text(self.tr("Drawing the curves…"), "")
            return
        text = self.tr("They show how well the model rebuilds the pictures, and what that costs.")
        if fraction is not None:
            text = self.tr("Epoch 1: {percent} %").format(percent=math.floor(100 * fraction))
        self._empty.set_text(self.tr("Curves appear here after the first epoch"), text)

    def _take_font(self) -> None:
        self._title.setFont(section_font())

    def _changed(self) -> None:
        """Something to draw: now if the last time is long ago, else when it is; not at all while nobody looks."""
        self._dirty = True
        if not len(self._epoch):
            self._stack.setCurrentWidget(self._empty)
            if self._plot is not None:
                self._plot.toolbar.hide()
        elif self._plot is None:
            self._say_empty()
            self._load()
        elif self.isVisible() and not self._timer.isActive():
            self._timer.start(0)

    def _load(self) -> None:
        if not self._loading and self.isVisible():
            self._loading = True
            run_task(
                self,
                lambda _: warm_matplotlib(),
                done=self._on_matplotlib_loaded,
                failed=self._on_loading_failed,
                name="chart",
            )

    def _on_matplotlib_loaded(self, _: None) -> None:
        from explorer.widgets.training_plot import TrainingPlot  # noqa: PLC0415 - loaded by now

        self._plot = TrainingPlot(self._labels(), self)
        self._plot.save_requested.connect(self._on_plot_save_requested)
        self._plot.toolbar.hide()
        self._header.addWidget(self._plot.toolbar)
        self._stack.addWidget(self._plot)
        self._changed()

    def _on_loading_failed(self, error: BaseException) -> None:
        self._loading = False
        self.failed.emit(error)

    def _on_timer_timed_out(self) -> None:
        if not self._dirty or self._plot is None or not self.isVisible() or not len(self._epoch):
            return
        from explorer.widgets.training_plot import Curves  # noqa: PLC0415 - loaded by now

        self._dirty = False
        if self._stack.currentWidget() is not self._plot:
            self._stack.setCurrentWidget(self._plot)
            self._plot.toolbar.show()
            self._column.activate()
            self._plot.take_size()
        self._plot.show_curves(Curves(self._epoch, **self._columns, best_epoch=self._best))
        self._timer.start(REDRAW_MS)

    def _on_theme_changed(self) -> None:
        self._take_font()
        if self._plot is not None:
            self._plot.restyle()
            self._changed()

    def _on_plot_save_requested(self) -> None:
        proposed = self.save_folder / f"{self._name or 'run'}-curves.png"
        kinds = self.tr("PNG picture (*.png);;SVG drawing (*.svg);;PDF document (*.pdf)")
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Save the curves"), str(proposed), kinds)
        if chosen:
            self.save(Path(chosen))

    def save(self, path: Path) -> None:
        """Write the chart as PNG, SVG or PDF by the file's ending; `saved` or `failed` says how it went."""
        if self._plot is None:
            return
        path = path if path.suffix.lower() in (".png", ".svg", ".pdf") else path.with_name(path.name + ".png")
        try:
            self._plot.save(path)
        except OSError as error:
            self.failed.emit(cannot_write(path, error))
            return
        except CoreError as error:
            self.failed.emit(error)
            return
        self.save_folder = path.parent
        self.saved.emit(path)

    def _labels(self) -> dict[str, str]:
        return {
            "reconstruction": self.tr("Reconstruction"),
            "kl": self.tr("KL"),
            "training": self.tr("training"),
            "validation": self.tr("validation"),
            "epoch": self.tr("Epoch"),
            "nats": self.tr("{what}, nats per image"),
            "best": self.tr("best {epoch}"),
            "home": self.tr("Show all"),
            "pan": self.tr("Pan: drag the curves"),
            "zoom": self.tr("Zoom: drag a frame"),
            "save": self.tr("Save the chart…"),
            "readout": self.tr(
                "Epoch {epoch}   Reconstruction {train_reconstruction} / {valid_reconstruction}   KL {train_kl} / {valid_kl}"
            ),
            "readout_tip": self.tr("Training / validation, nats per image; PSNR of the validation pictures"),
            "psnr": self.tr("   PSNR {psnr} dB"),
        }

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._plot is None:
            self._load()
        if self._dirty:
            self._changed()

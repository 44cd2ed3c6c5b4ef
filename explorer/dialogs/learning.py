"""What the dialogs are made of in which a model learns something more: a child process writes it into the model's file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QLayout, QPushButton, QVBoxLayout, QWidget

from explorer.document.direction_keeper import is_kept_in
from explorer.job.command import CommandJob
from explorer.look.theme import EDGE, GROUP, SPACE
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.room.dialog import let_scroll


class LearningFoot(QWidget):
    """The last lines of such a dialog: how far the child process is, what to know before it starts, Start and Close.

    It is the job's owner: a dialog that is closed lets it go on, and the program that ends takes it along.

    Args:
        job: what learns; who connects to its end later hears of it once the progress is gone.
        dialog: that Close closes.

    Signals:
        start_requested(): the person wants it to begin.
    """

    start_requested = Signal()

    def __init__(self, job: CommandJob, dialog: QDialog) -> None:
        super().__init__(dialog)
        job.setParent(self)
        self.strip = ProgressStrip(self)
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.hint.setProperty("muted", True)
        self.start_button = QPushButton(self.tr("Start"), self)
        self.start_button.setProperty("primary", True)
        self.close_button = QPushButton(self.tr("Close"), self)
        row = QHBoxLayout()
        row.addWidget(self.hint, 1)
        row.addWidget(self.start_button)
        row.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        layout.addWidget(self.strip)
        layout.addLayout(row)
        self.start_button.clicked.connect(lambda _checked=False: self.start_requested.emit())
        self.close_button.clicked.connect(lambda _checked=False: dialog.close())
        self.strip.cancelled.connect(job.stop)
        job.progressed.connect(self.strip.update_progress)
        for ended in (job.finished, job.stopped, job.failed):
            ended.connect(lambda *_: self.strip.finish())
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(job.close)

    def begin(self) -> None:
        """Show that the job starts now."""
        self.strip.start(self.tr("Starting"))

    def show_state(self, *, can_start: bool, hint: str) -> None:
        """Whether Start can be pressed, and what is said beside it."""
        self.start_button.setEnabled(can_start)
        self.hint.setText(hint)


class CopyButton(QPushButton):
    """Offers a copy of the model in use, where its own file isn't written to."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(self.tr("Use a copy of this model…"))
        self.setToolTip(self.tr("Save the model to a file of your own and open that"))

    def why_needed(self, path: Path) -> str:
        """Why a model's file isn't written to; "" where it is."""
        if is_kept_in(path):
            return ""
        return self.tr("This model came with the program or is being trained: its file isn't changed. A copy can learn this.")


def form_of_choices(vertical: Qt.AlignmentFlag) -> QFormLayout:
    """A form whose labels stand that high beside their fields."""
    form = QFormLayout()
    form.setSpacing(SPACE)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | vertical)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form


def arrange(dialog: QDialog, *parts: QWidget | QLayout, foot: LearningFoot, growing: QWidget | None = None) -> None:
    """Lay a dialog's parts out one below the other, where they can scroll in a low window.

    Args:
        dialog: they stand in.
        parts: what stands above its foot.
        foot: its last lines.
        growing: the part that takes the height that is left; None: none does.
    """
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
    layout.setSpacing(GROUP)
    for part in parts:
        if isinstance(part, QLayout):
            layout.addLayout(part)
        elif isinstance(part, QPushButton):
            layout.addWidget(part, 0, Qt.AlignmentFlag.AlignLeading)  # as wide as its text
        else:
            layout.addWidget(part, int(part is growing))
    if growing is None:
        layout.addStretch(1)
    layout.addWidget(foot)
    let_scroll(dialog)

"""What the dialogs share in which a model learns something more: a child process writes it into the model's file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QLayout, QPushButton, QVBoxLayout, QWidget

from explorer.document.direction_keeper import is_kept_in
from explorer.document.document import Document
from explorer.job.command import CommandJob
from explorer.look.theme import EDGE, GROUP, SPACE
from explorer.messages import Messenger
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.room.dialog import let_scroll


class LearningDialog(QDialog):
    """A dialog beside the window, which stays usable. If closed while it learns, that goes on, and a message says when it is done.

    A subclass lays its widgets out (`_arrange`), says what changes them (`_follow`), and what is new once the child has ended.

    Signals:
        copy_requested(): the person wants a copy of the model in use that may be written to.
    """

    copy_requested = Signal()

    def __init__(self, document: Document, messenger: Messenger, job: CommandJob, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self.job = job
        self.job.setParent(self)
        self.setWindowTitle(title)
        self.source = QLabel(self)
        self.source.setTextFormat(Qt.TextFormat.PlainText)
        self.source.setWordWrap(True)
        self.copy_button = QPushButton(self.tr("Use a copy of this model…"), self)
        self.copy_button.setToolTip(self.tr("Save the model to a file of your own and open that"))
        self.strip = ProgressStrip(self)
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.hint.setProperty("muted", True)
        self.start_button = QPushButton(self.tr("Start"), self)
        self.start_button.setProperty("primary", True)
        self.close_button = QPushButton(self.tr("Close"), self)
        self.copy_button.clicked.connect(lambda _checked=False: self.copy_requested.emit())
        self.start_button.clicked.connect(lambda _checked=False: self.start())
        self.close_button.clicked.connect(lambda _checked=False: self.close())
        self.strip.cancelled.connect(job.stop)
        job.progressed.connect(self.strip.update_progress)
        job.finished.connect(self._on_job_finished)
        job.stopped.connect(self._on_job_stopped)
        job.failed.connect(self._on_job_failed)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(job.close)

    def start(self) -> None:
        """Begin to learn."""
        raise NotImplementedError

    def why_not(self) -> str:
        """Why it can't start; empty where it can."""
        raise NotImplementedError

    def _follow(self, *changes: SignalInstance) -> None:
        """Show what these signals may have changed."""
        for changed in changes:
            changed.connect(lambda *_: self._show())
        self._show()

    def _why_fixed(self, path: Path) -> str:
        """Why a model's file isn't written to; "" where it is."""
        if is_kept_in(path):
            return ""
        return self.tr("This model came with the program or is being trained: its file isn't changed. A copy can learn this.")

    # -- showing ------------------------------------------------------------------------------------------------

    def _form(self, vertical: Qt.AlignmentFlag) -> QFormLayout:
        """A form for the choices, whose labels stand that high beside their fields."""
        form = QFormLayout()
        form.setSpacing(SPACE)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | vertical)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        return form

    def _arrange(self, *parts: QWidget | QLayout, size: tuple[int, int], growing: QWidget | None = None) -> None:
        """Lay the parts out one below the other, below them progress and buttons.

        Args:
            parts: what stands there.
            size: of the dialog at first, in units.
            growing: the one of them that takes the height that is left; None: none does.
        """
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        layout.setSpacing(GROUP)
        for part in parts:
            if isinstance(part, QLayout):
                layout.addLayout(part)
            else:
                layout.addWidget(part, int(part is growing))
        layout.setAlignment(self.copy_button, Qt.AlignmentFlag.AlignLeading)
        if growing is None:
            layout.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(self.hint, 1)
        row.addWidget(self.start_button)
        row.addWidget(self.close_button)
        layout.addWidget(self.strip)
        layout.addLayout(row)
        let_scroll(self)
        self.resize(*size)

    def _show(self) -> None:
        raise NotImplementedError

    # -- events -------------------------------------------------------------------------------------------------

    def _on_job_finished(self, summary: dict[str, object]) -> None:
        raise NotImplementedError

    def _on_job_stopped(self) -> None:
        raise NotImplementedError

    def _on_job_failed(self, reason: str) -> None:
        raise NotImplementedError

"""The dialog that learns a model's prior, from which samples are drawn: which model, from which pictures, how far."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from core.checkpoint import Header, read_header
from core.data.sources import located, spoken_name
from core.errors import CoreError, DataError
from core.latent.learned_prior import is_in, may_learn
from core.runs.listing import read_config
from explorer.dialogs.learning import CopyButton, LearningFoot, arrange, form_of_choices
from explorer.document.document import Document
from explorer.job.command import CommandJob
from explorer.messages import Messenger

SIZE = (560, 320)
_TEXT_WIDTH = 440
"""The least; texts that may be narrower want the height for it."""


class PriorDialog(QDialog):
    """Learns the prior of the model in use, or of a run's. Closed, it goes on, and a message says when it is done.

    Signals:
        learned(str): the model's file, which has its prior now.
        copy_requested(): the person wants a copy of the model in use that may be written to.
    """

    learned = Signal(str)
    copy_requested = Signal()

    def __init__(
        self, document: Document, messenger: Messenger, parent: QWidget | None = None, job: CommandJob | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._messenger = messenger
        self.job = job or CommandJob()
        self.setWindowTitle(self.tr("A prior for samples"))
        self._chosen: Path | None = None  # a run's model; None: the model in use
        self._header: Header | None = None  # of the chosen one
        self._learning: tuple[Path, str] | None = None  # the file and the name of the model that learns now
        self.model, self.source, self.note = QLabel(self), QLabel(self), QLabel(self)
        for label in (self.model, self.source, self.note):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.copy_button = CopyButton(self)
        self.foot = LearningFoot(self.job, self)
        self._build()
        self.foot.start_requested.connect(self.start)
        self.copy_button.clicked.connect(lambda _checked=False: self.copy_requested.emit())
        self.job.finished.connect(self._on_job_finished)
        self.job.stopped.connect(self._on_job_stopped)
        self.job.failed.connect(self._on_job_failed)
        document.model_changed.connect(lambda _model: self._show())
        document.data_changed.connect(lambda _data: self._show())
        self._show()

    def choose(self, path: str) -> None:
        """Let it be about a run's model, or about the one in use (""), unless one learns just now."""
        if self.job.is_running:
            return
        self._chosen, self._header = None, None
        if path:
            try:
                self._chosen, self._header = Path(path), read_header(Path(path))
            except CoreError as error:
                self._chosen = None
                self._messenger.report(error)
        self._show()

    def start(self) -> None:
        """Begin to learn."""
        path, source = self._path(), self._source()
        if path is None or self.why_not() or self.job.is_running:
            return
        self._learning = path, self._name()
        self.foot.begin()
        self.job.run(["prior", "--checkpoint", str(path), "--data", source])
        self._show()

    def why_not(self) -> str:
        """Why it can't start; empty where it can."""
        path, header = self._path(), self._head()
        if path is None or header is None:
            return self.tr("Open a model first.")
        if not may_learn(header.config):
            return self.tr("A model of this kind has no prior that could be learned.")
        if not self._source():
            return self.copy_button.why_needed(path) or self.tr(
                "Open the pictures that this model was trained on, in the Data tab."
            )
        return self.copy_button.why_needed(path)

    # -- what it is about ---------------------------------------------------------------------------------------

    def _path(self) -> Path | None:
        model = self._document.model
        return self._chosen or (Path(model.path) if model is not None else None)

    def _head(self) -> Header | None:
        model = self._document.model
        return self._header or (model.header if model is not None else None)

    def _name(self) -> str:
        model, folder = self._document.model, self._run()
        if self._chosen is None and model is not None:
            return model.name
        return folder.name if folder is not None else ""

    def _run(self) -> Path | None:
        """The folder of the run whose model it is."""
        path = self._path()
        return path.parent.parent if path is not None and path.parent.name == "checkpoints" else None

    def _source(self) -> str:
        """The pictures that the run was trained on, else those that are opened; "" where there are none."""
        folder = self._run()
        config = read_config(folder) if folder is not None else None
        if folder is not None and config is not None:
            with contextlib.suppress(DataError):  # they have moved
                return located(config.data.source, folder, "")
        data = self._document.data
        return data.config.source if data is not None else ""

    # -- showing ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        about = QLabel(
            self.tr(
                "Samples are drawn from N(0, I), as training assumes. Much of it lies between the codes of pictures, so that "
                "samples are blends of several. A learned prior is a second, small model of where the pictures' codes really "
                "lie. It is kept in the model's file, takes a minute or two, and changes nothing else."
            ),
            self,
        )
        about.setWordWrap(True)
        about.setMinimumWidth(_TEXT_WIDTH)
        form = form_of_choices(Qt.AlignmentFlag.AlignTop)
        form.addRow(self.tr("Model"), self.model)
        form.addRow(self.tr("Pictures"), self.source)
        arrange(self, about, form, self.note, self.copy_button, foot=self.foot)
        self.resize(*SIZE)

    def _show(self) -> None:
        running, why, header, path = self.job.is_running, self.why_not(), self._head(), self._path()
        source = self._source()
        self.model.setText(self._learning[1] if running and self._learning is not None else self._name() or self.tr("none opened"))
        self.source.setText(spoken_name(source, Path(source).name) if source else self.tr("none opened"))
        has_one = header is not None and is_in(header)
        self.note.setText(self.tr("This model has learned a prior already; the new one replaces it.") if has_one else "")
        self.note.setVisible(has_one and not running)
        learns = path is not None and header is not None and may_learn(header.config)
        is_fixed = learns and path is not None and bool(self.copy_button.why_needed(path))
        self.copy_button.setVisible(is_fixed and self._chosen is None and not running)
        going_on = self.tr("You can close this window: learning goes on, and a message says when it is done.")
        self.foot.show_state(can_start=not running and not why, hint=going_on if running else why)

    # -- events -------------------------------------------------------------------------------------------------

    def _on_job_finished(self, summary: dict[str, object]) -> None:
        path, name = self._end()
        self._messenger.success(self.tr("Samples of {name} are drawn where its pictures' codes lie now.").format(name=name))
        self.learned.emit(path)
        if self._chosen is not None:
            self.choose(str(self._chosen))  # its header says so now

    def _on_job_stopped(self) -> None:
        self._end()
        self._messenger.info(self.tr("Stopped. The model is as it was."))

    def _on_job_failed(self, reason: str) -> None:
        self._end()
        self._messenger.error(self.tr("The prior could not be learned."), reason)

    def _end(self) -> tuple[str, str]:
        """It has ended; gives the file and the name of the model."""
        assert self._learning is not None
        (path, name), self._learning = self._learning, None
        self._show()
        return str(path), name

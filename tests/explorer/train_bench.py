"""A Train tab with a fake child, for tests of what stands around the run."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from pytestqt.qtbot import QtBot

from explorer.job.training import TrainingJob
from explorer.messages import Message, Messenger
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.train.tab import TrainPanel
from tests.explorer.test_train_panel import FAKE, FakeDocument


@dataclass
class TrainBench:
    """The panel and what it was built from."""

    panel: TrainPanel
    document: FakeDocument
    job: TrainingJob
    settings: SettingsStore
    messages: list[Message]
    root: Path

    @property
    def names(self) -> list[str]:
        """The names in the list, from the top."""
        return [run.name for run in self.panel.runs.list.runs]

    def states(self) -> dict[str, str]:
        """How each run stands."""
        return {run.name: run.state for run in self.panel.runs.list.runs}


def make_bench(qtbot: QtBot, tmp_path: Path, mode: str = "slow", timeout: int = 5000, **settings: object) -> TrainBench:
    """A shown panel on celeba, in its own runs folder, its list read."""
    document = FakeDocument()
    document.open()
    job = TrainingJob(command=[sys.executable, str(FAKE), mode])
    store = SettingsStore(UiSettings(runs_folder=str(tmp_path / "runs"), **settings))  # type: ignore[arg-type]
    messenger = Messenger()
    messages: list[Message] = []
    messenger.message_posted.connect(messages.append)
    panel = TrainPanel(document, job, store, messenger)
    qtbot.addWidget(panel, before_close_func=lambda _: job.shutdown())
    panel.resize(1280, 690)
    with qtbot.waitSignal(panel.runs.refreshed, timeout=timeout):
        panel.show()
    return TrainBench(panel, document, job, store, messages, tmp_path / "runs")

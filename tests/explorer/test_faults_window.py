"""The window and the run's process die, one or the other: the run goes on without its window and is found again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.checkpoint import read_header
from core.config import to_dict
from core.events import EpochFinished, Log, RunFailed, RunFinished, RunStarted, Step, encode
from core.files import write_json
from core.locks import WINDOW_NAME, RunLock, is_locked, was_left
from core.runs.listing import read_summary
from explorer.job import process as job_process
from explorer.job.training import JobState, StopTimes, TrainingJob
from explorer.messages import Message, Messenger
from explorer.runs.list import RunsList
from explorer.runs.model import RunsModel
from explorer.runs.progress import ProgressEstimate, RunProgress
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.train.tab import TrainPanel
from tests.explorer.test_main_window import services, window
from tests.explorer.test_train_panel import FakeDocument, make_run
from tests.helpers.faults import SECONDS, finished, last, run_pid
from tests.helpers.runs import run_events, tiny

__all__ = ["services", "window"]  # fixtures

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix's signals")

ROOT = Path(__file__).resolve().parents[2]
FAKE = ROOT / "tests" / "helpers" / "fake_train.py"
LONG = int(1000 * SECONDS)

# A window of its own process: starts the run, says so once it steps, and stays until it is killed.
WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from core.config import loads
from explorer.job import process as job_process
from explorer.job.training import TrainingJob
job_process.NICENESS = 0  # so that a busy machine doesn't starve the test
app = QCoreApplication([])
folder = Path(sys.argv[1])
job = TrainingJob()
job.step_reported.connect(lambda step: print("steps", flush=True))
job.ended.connect(lambda ending: print(ending, flush=True))
job.start(loads(Path(sys.argv[2]).read_text(encoding="utf-8")), folder)
app.exec()
"""


@pytest.fixture
def make_job(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., TrainingJob]]:
    jobs: list[TrainingJob] = []
    monkeypatch.setattr(job_process, "NICENESS", 0)

    def make(*mode: str, times: StopTimes | None = None) -> TrainingJob:
        jobs.append(TrainingJob(command=[sys.executable, str(FAKE), *mode] if mode else None, times=times))
        return jobs[-1]

    yield make
    for job in jobs:
        job.shutdown()


def start_and_lose_the_window(folder: Path, epochs: int = 2000) -> int:
    """A run in a real child of a real window, which is then killed; gives the child's process."""
    config = folder.with_suffix(".json")
    write_json(config, to_dict(tiny(epochs=epochs)))
    window = subprocess.Popen(
        [sys.executable, "-c", WINDOW, folder, config], cwd=ROOT, stdout=subprocess.PIPE, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert window.stdout is not None
    with window, window.stdout:
        assert window.stdout.readline() == b"steps\n"
        assert not was_left(folder)
        window.kill()
    assert was_left(folder)
    return run_pid(folder)


def end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


@pytest.mark.long
def test_a_run_outlives_its_window_and_obeys_the_next_one(qtbot: QtBot, tmp_path: Path, make_job) -> None:
    folder = tmp_path / "run"
    pid = start_and_lose_the_window(folder)
    try:
        done = read_summary(folder).epoch
        qtbot.waitUntil(lambda: read_summary(folder).epoch > done + 1, timeout=LONG)  # nobody listens, and it trains
        assert "No other program is listening" in (folder / "events.jsonl").read_text(encoding="utf-8")
        job = make_job()
        events: list[object] = []
        job.event_received.connect(events.append)
        assert job.attach(folder)
        assert (job.state, job.folder, job.is_attached) == (JobState.RUNNING, folder, True)
        assert not make_job().attach(folder)  # one window at a time
        qtbot.waitUntil(lambda: any(isinstance(event, EpochFinished) for event in events), timeout=LONG)
        job.pause()
        qtbot.waitUntil(lambda: Log("Paused.") in events, timeout=LONG)
        assert job.state is JobState.PAUSED
        job.detach()  # closed while it let the run wait
        assert job.state is JobState.IDLE
        again = make_job()
        assert again.attach(folder)
        assert again.state is JobState.PAUSED
        again.unpause()
        with qtbot.waitSignal(again.event_received, timeout=LONG, check_params_cb=lambda event: isinstance(event, EpochFinished)):
            pass
        with qtbot.waitSignal(again.ended, timeout=LONG) as ended:
            again.stop()
        assert isinstance(ended.args[0], RunFinished)
        assert ended.args[0].stopped
        assert again.state is JobState.IDLE
    finally:
        end(pid)
    assert not is_locked(folder)
    assert not (folder / WINDOW_NAME).exists()
    saved = read_header(last(folder))
    assert saved.epoch == ended.args[0].epoch
    resumed = run_events(tiny(epochs=2000), folder, resume=True, until=lambda event: isinstance(event, Step))
    assert next(event for event in resumed if isinstance(event, RunStarted)).epoch == saved.epoch


@pytest.mark.long
def test_the_train_tab_finds_the_run_and_stops_it(qtbot: QtBot, tmp_path: Path, make_job) -> None:
    folder = tmp_path / "runs" / "toy-1"
    pid = start_and_lose_the_window(folder)
    try:
        job, messenger = make_job(), Messenger()
        messages: list[Message] = []
        messenger.message_posted.connect(messages.append)
        settings = SettingsStore(UiSettings(runs_folder=str(folder.parent)))
        panel = TrainPanel(FakeDocument(), job, settings, messenger)
        qtbot.addWidget(panel)
        progress: list[RunProgress] = []
        panel.run_progressed.connect(progress.append)
        qtbot.waitUntil(lambda: panel.is_running, timeout=LONG)  # before the tab was ever seen
        assert progress[0].name == "toy-1"
        assert progress[0].epochs == 2000
        assert "follows it again" in messages[-1].text
        assert panel.shown_run == folder
        assert [run.state for run in panel.runs.list.runs] == ["running"]
        assert panel.run_box.stop_button.isEnabled()
        shown = progress[-1].epoch
        qtbot.waitUntil(lambda: progress[-1].epoch > shown, timeout=LONG)
        with qtbot.waitSignal(panel.run_ended, timeout=LONG):
            panel.stop()
        qtbot.waitUntil(lambda: [run.state for run in panel.runs.list.runs] == ["stopped"], timeout=LONG)
        assert "it can be resumed" in messages[-1].text
    finally:
        end(pid)


@pytest.mark.long
def test_a_run_that_dies_while_it_is_followed(qtbot: QtBot, tmp_path: Path, make_job) -> None:
    folder = tmp_path / "run"
    pid = start_and_lose_the_window(folder)
    job = make_job()
    assert job.attach(folder)
    with qtbot.waitSignal(job.ended, timeout=LONG) as ended:
        end(pid)
    assert isinstance(ended.args[0], RunFailed)
    assert "killed" in ended.args[0].message
    assert "resumed" in ended.args[0].hint
    assert not job.attach(folder)


def test_one_that_does_not_obey_is_ended_by_its_process_id(qtbot: QtBot, tmp_path: Path, make_job) -> None:
    """A process that holds the folder, and looks at no command: the stop ladder reaches it all the same."""
    folder = make_run(tmp_path / "run")
    code = (
        "import signal, sys, time; from pathlib import Path; from core.locks import RunLock\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "with RunLock(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(600)"
    )
    deaf = subprocess.Popen([sys.executable, "-c", code, folder], cwd=ROOT, stdout=subprocess.PIPE)
    assert deaf.stdout is not None
    with deaf, deaf.stdout:
        assert deaf.stdout.readline() == b"held\n"
        job = make_job(times=StopTimes(terminate_ms=80, kill_ms=80))
        assert not job.attach(folder)  # it never had a window
        window = RunLock(folder, WINDOW_NAME)
        window.acquire()
        window.release()
        assert job.attach(folder)
        assert job.state is JobState.STARTING  # what is recorded was said by another process
        with qtbot.waitSignal(job.ended, timeout=LONG) as ended:
            job.stop()
        assert deaf.wait(timeout=SECONDS) == -signal.SIGKILL
    assert "did not answer" in ended.args[0].message


@pytest.mark.long
def test_a_real_child_that_the_system_kills_is_said_to_lack_memory(qtbot: QtBot, tmp_path: Path, make_job) -> None:
    job, folder = make_job(), tmp_path / "run"
    with qtbot.waitSignal(job.event_received, timeout=LONG, check_params_cb=lambda event: isinstance(event, EpochFinished)):
        job.start(tiny(epochs=2000), folder)
    with qtbot.waitSignal(job.ended, timeout=LONG) as ended:
        os.kill(run_pid(folder), signal.SIGKILL)  # what the kernel does to a process when memory runs out
    failed = ended.args[0]
    assert isinstance(failed, RunFailed)
    assert "memory ran out" in failed.message
    assert "smaller batch size" in failed.hint
    assert (job.state, job.is_attached) == (JobState.IDLE, False)
    assert not (folder / WINDOW_NAME).exists()
    assert read_summary(folder).state == "failed"
    with qtbot.waitSignal(job.event_received, timeout=LONG, check_params_cb=lambda event: isinstance(event, EpochFinished)):
        job.resume(folder)
    job.shutdown()
    assert finished("--out", folder, "--resume", "--epochs", "1").process.returncode == 3  # it may not be lowered


@pytest.mark.long
@pytest.mark.parametrize("answer", ["Leave it running", "Stop and save"])
def test_closing_a_window_whose_run_needs_none(qtbot: QtBot, tmp_path: Path, window, services, answer: str) -> None:
    """The question has a third answer, and the run does what was chosen."""
    folder = tmp_path / "run"
    pid = start_and_lose_the_window(folder)
    try:
        assert services.job.attach(folder)

        def press() -> None:
            box = window.findChild(QMessageBox)
            next(button for button in box.buttons() if button.text() == answer).click()

        QTimer.singleShot(0, press)
        window.close()
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)
        assert not services.job.is_active
        assert is_locked(folder) == was_left(folder) == (answer == "Leave it running")
    finally:
        end(pid)


def test_the_ladder_leaves_ten_seconds_to_save() -> None:
    assert StopTimes().terminate_ms >= 10_000


def test_clocks_that_jumped_disturb_neither_list_nor_estimate(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    for number, at in enumerate((0.0, 1e9, 9e9, 1e17)):
        folder = make_run(tmp_path / f"run-{number}", at=at)
        assert folder.is_dir()
        runs.append(read_summary(folder))
    model = RunsModel({})
    shown = RunsList(model)
    qtbot.addWidget(shown)
    shown.resize(400, 400)
    model.set_runs(runs)
    shown.show()
    assert not shown.grab().isNull()
    assert [run.started for run in runs[:3]] == [0.0, 1e9, 9e9]
    assert 1e9 < runs[3].started < 1e11  # no time at all: that of its files stands for it
    now = [0.0]
    monkeypatch.setattr("time.time", lambda: -1e9 if now[0] > 5 else 1e9)
    estimate = ProgressEstimate("run", lambda: now[0])
    estimate.step(Step(1, 2, 1, 10, 1.0, 1.0, 1.0, 50.0))
    now[0] = 10.0
    assert estimate.step(Step(1, 2, 6, 10, 1.0, 1.0, 1.0, 50.0)).seconds_left == pytest.approx(28.0)
    assert '"time": -1000000000.0' in encode(Log("before 1970"))

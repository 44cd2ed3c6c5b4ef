"""A run on several GPUs, started by the window: on the processor here, where torchrun and all else are the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core import device_count
from core.config import TrainConfig, with_values
from core.events import Event, Log, RunFinished
from explorer.job import training as jobs
from explorer.job.training import TrainingJob
from explorer.train.settings.fields import fields_of
from tests.helpers.tiny_faces import write_faces


@pytest.mark.long
def test_the_window_starts_as_many_processes_as_there_are_gpus(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "gpus", lambda: 2)
    faces = write_faces(tmp_path / "faces", {"smile": 12, "non_smile": 12})
    values = {"data.source": str(faces), "data.image_size": 32, "model.latent_dim": 4, "epochs": 1, "device": "cpu"}
    job = TrainingJob()
    events: list[Event] = []
    job.event_received.connect(events.append)
    try:
        with qtbot.waitSignal(job.ended, timeout=120_000) as ending:
            job.start(with_values(TrainConfig(), values | {"processes": 5}), tmp_path / "run")
    finally:
        job.shutdown()
    assert isinstance(ending.args[0], RunFinished), ending.args[0]
    assert any(isinstance(event, Log) and event.message.startswith("2 processes") for event in events)


def test_gpus_are_counted_without_starting_cuda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_count, "DRIVER", tmp_path / "none")
    assert device_count.gpus() == 0
    for name in ("0000:01:00.0", "0000:02:00.0"):
        (tmp_path / "gpus" / name).mkdir(parents=True)
    monkeypatch.setattr(device_count, "DRIVER", tmp_path / "gpus")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert device_count.gpus() == 2
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert device_count.gpus() == 1
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert device_count.gpus() == 0


def test_the_form_offers_gpus_only_where_there_are_several() -> None:
    assert [any(field.path == "processes" for field in fields_of("vae", count)) for count in (0, 1, 2)] == [False, False, True]

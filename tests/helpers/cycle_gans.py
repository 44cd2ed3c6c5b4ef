"""A small CycleGAN, trained in a second or two: what it makes of faces is no better than that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.config import preset, with_values
from tests.helpers.runs import run_events, toy_folder


def translating_run(folder: Path, **values: Any) -> Path:
    """Train one at 32 px on drawn faces that smile or don't; gives the run's folder."""
    common = {
        "data.source": str(toy_folder()), "data.image_size": 32, "batch_size": 2, "epochs": 1, "threads": 1, "precision": "fp32",
        "device": "cpu", "width": 4, "blocks": 1, "judge_width": 4, "judge_layers": 1, "ema_decay": 0.0,
    }  # fmt: skip
    run_events(with_values(preset("cyclegan"), common | values), folder)
    return folder

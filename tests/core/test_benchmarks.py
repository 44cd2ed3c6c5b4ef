"""The benchmarks that need no window: they run from a fresh clone, and say what others rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_train_step_compares_both_ways_and_an_epoch() -> None:
    command = [sys.executable, "benchmarks/train_step.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)  # one object and nothing else
    for key in ("plain_images_per_second", "images_per_second", "epoch_images_per_second"):
        assert 0.1 < result[key] < 1e7
    assert 0.05 < result["ratio"] < 50  # few pictures on a machine that does other things too: no more can be asked
    assert 0.05 < result["epoch_share_with_validation"] < result["epoch_share"]
    assert result["precision"] in ("fp32", "bf16")
    assert result["threads"] >= 1


def test_ingest_reads_opens_again_and_cancels() -> None:
    command = [sys.executable, "benchmarks/ingest.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)  # one object and nothing else
    for key in ("images_per_second", "decode_images_per_second", "epoch_read_images_per_second"):
        assert 0.1 < result[key] < 1e7
    assert result["pictures"] == 400
    assert result["peak_mb"] == -1 or 10 < result["peak_mb"] < 600
    assert 0 < result["second_opening_seconds"] < result["import_seconds"]
    assert result["left_by_cancel"] == 0

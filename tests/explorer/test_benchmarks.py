"""The benchmarks of the window: they run from a fresh clone, and say what others rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.bench

ROOT = Path(__file__).resolve().parent.parent.parent


def run(name: str, *more: str) -> dict[str, Any]:
    command = [sys.executable, f"benchmarks/{name}.py", "--quick", "--json", *more]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)  # one object and nothing else
    return found


def test_startup_sees_the_window_and_then_the_first_face() -> None:
    result = run("startup")
    assert 0 < result["window_seconds"] < result["ready_seconds"] <= result["ready_seconds_max"]


def test_ui_latency_follows_the_slider_at_rest_and_while_training() -> None:
    result = run("ui_latency")
    for key in ("canvas_ms", "canvas_ms_while_training", "window_stall_ms", "window_stall_ms_while_loading"):
        assert 0 < result[key]["p50"] <= result[key]["p99"] <= result[key]["max"] < 60_000
    assert result["events"] > 10


def test_family_latency_follows_brush_and_sliders_of_every_family() -> None:
    result = run("family_latency")
    kinds = {"faces, smile", "codes, brush", "codes, smile", "sparse, atom"}
    assert result["canvas_ms"].keys() == result["window_stall_ms"].keys() == kinds
    for times in result["canvas_ms"].values():
        assert 0 < times["p50"] <= times["p99"] <= times["max"] < 60_000


def test_chart_redraw_times_every_kind_of_chart() -> None:
    result = run("chart_redraw")
    assert (result["runs"], result["epochs"]) == (8, 10_000)
    for key in ("redraw_ms", "picture_ms", "hover_ms", "window_stall_ms"):
        assert set(result[key]) == {"loss", "elbo", "kl_per_dim", "active_units", "speed"}
        assert all(0 < times["p50"] <= times["max"] < 60_000 for times in result[key].values())
    assert 0 < result["best_redraw_ms"] <= result["all_redraws_ms"]["p50"]


def test_photo_times_the_full_size_and_the_preview() -> None:
    result = run("photo")
    assert result["megapixels"] == 4.0
    assert result["found"] == 1
    assert 0 < result["full_seconds"] <= result["full_seconds_max"] < 60
    assert 0 < result["preview_ms"]["p50"] <= result["preview_ms"]["max"] < 60_000


def test_long_training_trains_a_series_and_reports_on_it(tmp_path: Path) -> None:
    series = ("--data", "sprites", "--set", "data.limit=120", "--set", "epochs=1", "--betas", "1,4", "--minutes", "2")
    result = run("long_training", *series, "--runs", str(tmp_path))
    assert result["epochs"] == 2
    assert result["rounds"] >= 1
    assert 0 < result["window_stall_ms"]["p50"] <= result["window_stall_ms"]["max"] < 60_000
    assert "comparing the runs" in result["longest_stalls_ms"]
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "sprites-beta-1" in page
    assert "sprites-beta-4" in page


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's own memory")
def test_memory_is_told_after_each_stage() -> None:
    result = run("memory", "--rounds", "1", "--stages", "gallery,compare,film")
    assert set(result["stages_mb"]) == {"start", "gallery", "compare", "film", "photos"}
    assert [len(numbers) for numbers in result["stages_mb"].values()] == [1, 1, 1, 1, result["photos"]]
    assert all(50 < number < 5000 for numbers in result["stages_mb"].values() for number in numbers)
    assert result["first_round_mb"] > result["stages_mb"]["start"][0]
    assert result["grown_mb"] == pytest.approx(result["last_mb"] - result["first_round_mb"], abs=0.11)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's own memory")
def test_memory_is_told_while_a_run_trains() -> None:
    result = run("memory", "--rounds", "1", "--stages", "data", "--photos", "0", "--tabs", "2")
    assert len(result["tabs_mb"]) == 2
    assert result["tabs_grown_mb"] == 0.0, "from the last one of so few to itself"

"""Pictures on a white background, and PSNR without it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.cli import run
from core.compare.measures import measures_of
from core.config import DataConfig
from core.data.dataset import load
from core.data.statistics import near_white, on_white
from core.events import EpochFinished
from core.families.metrics import OBJECT_PSNR
from core.families.registry import families, family
from core.metrics.reconstruction import object_psnr, psnr
from tests.helpers.runs import run_events, shared_run, tiny, toy_folder
from tests.helpers.turned import turned


def test_white_is_told_by_the_corners(tmp_path: Path) -> None:
    things = load(DataConfig(source=str(turned(tmp_path / "turned")), image_size=32))
    assert on_white(things)
    assert not on_white(load(DataConfig(source=str(toy_folder()), image_size=32)))
    pixels = np.array([[[255, 255, 255], [250, 250, 250], [250, 249, 255], [0, 0, 0]]], np.uint8)
    assert near_white(pixels).tolist() == [[True, True, False, False]]  # 0.98 of 255 is 249.9


def test_only_what_is_not_white_counts() -> None:
    x = torch.ones(2, 3, 10, 10)
    x[0, :, :2, :5] = 0.5  # a tenth of the picture
    y = x.clone()
    y[0, :, :2, :5] = 0.6  # all of it is wrong by 0.1
    assert float(object_psnr(x, y)[0]) == pytest.approx(20.0, abs=1e-4)
    assert float(psnr(x, y)[0]) == pytest.approx(30.0, abs=1e-4)  # the white makes it ten times as good
    assert bool(object_psnr(x, y)[1].isnan())  # nothing lies on the white
    y[0, :, 5:] = 0.0  # an error on the white alone
    assert float(object_psnr(x, y)[0]) == pytest.approx(20.0, abs=1e-4)
    x[0, 1:, 9, 9] = 0.97  # near-white is 0.98 or more in every channel
    assert float(object_psnr(x, y)[0]) < 15.0


def test_a_mean_picture_looks_good_by_all_pixels_only(tmp_path: Path) -> None:
    """The mistake that this measure is for: on white a mean picture has a PSNR that sounds like a reconstruction."""
    data = load(DataConfig(source=str(turned(tmp_path / "turned")), image_size=32))
    x = torch.from_numpy(np.array(data.images)).permute(0, 3, 1, 2).float() / 255.0
    mean = x.mean(dim=0, keepdim=True).expand_as(x)
    assert float(psnr(x, mean).mean()) > float(object_psnr(x, mean).mean()) + 1.0


def test_it_is_reported_where_the_background_is_white(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = turned(tmp_path / "turned", kinds=2)
    events = run_events(tiny(folder, epochs=1), tmp_path / "run")
    (epoch,) = [event for event in events if isinstance(event, EpochFinished)]
    assert 0.0 < epoch.valid["psnr_object"] < 40.0
    assert epoch.valid["psnr_object"] != epoch.valid["psnr"]
    assert "valid_psnr_object" in (tmp_path / "run" / "metrics.csv").read_text(encoding="utf-8").partition("\n")[0]
    capsys.readouterr()
    assert run(["evaluate", "--checkpoint", str(tmp_path / "run"), "--data", str(folder)]) == 0
    assert f"{OBJECT_PSNR.title} {epoch.valid['psnr_object']:.2f} dB" in capsys.readouterr().out
    assert run(["evaluate", "--checkpoint", str(shared_run()), "--data", str(toy_folder())]) == 0
    assert OBJECT_PSNR.title not in capsys.readouterr().out


def test_comparisons_have_it_for_every_family() -> None:
    for kinds in (families(), [family("vae")]):
        (measure,) = [one for one in measures_of(kinds) if one.key == "psnr_object"]
        assert measure.families == ()
        assert "white" in measure.meaning


@pytest.mark.long
def test_another_family_reports_it_of_a_finished_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = turned(tmp_path / "turned", kinds=2), tmp_path / "run"
    words = ["--set=grid=8", "--set=codebook_size=8", "--set=hidden=16", "--epochs=1", "--image-size=32", "--threads=1"]
    assert run(["train", "--family", "vq_vae", "--data", str(folder), "--out", str(out), *words]) == 0
    capsys.readouterr()
    assert run(["evaluate", "--checkpoint", str(out), "--data", str(folder)]) == 0
    assert f"{OBJECT_PSNR.title} " in capsys.readouterr().out

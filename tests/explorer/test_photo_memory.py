"""Photos that were opened one after another don't fill the memory."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from explorer.document.photos import OpenedPhoto
from explorer.explore.place_eyes import PlaceEyes
from tests.explorer.explore_bench import Bench
from tests.explorer.test_own_edits import at_rest
from tests.helpers.photo_inputs import face

ROOT = Path(__file__).resolve().parents[2]
FEW, MANY = 4, 20  # photos
ALLOWED = 150  # MB between those


def test_the_pixels_of_photos_that_nobody_sees_are_let_go(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.document.photo_store.PHOTO_BYTES", 1)
    pixels: list[weakref.ref[np.ndarray]] = []

    def on_kept(opened: OpenedPhoto) -> None:
        pixels.append(weakref.ref(opened.photo.pixels))

    bench.document.photo_kept.connect(on_kept)
    for number in range(5):
        photo = Image.new("RGB", (300, 260), (128, 128, 128 + number))
        if number != 2:  # without a face its eyes are asked for
            photo.paste(face(number + 1, 220), (40, 20))
        photo.save(tmp_path / f"{number}.png")
        bench.panel.faces.open_file(str(tmp_path / f"{number}.png"))
        at_rest(qtbot, bench)
        if number == 2:
            bench.panel.findChildren(PlaceEyes)[-1].accept()
            at_rest(qtbot, bench)
        bench.document.set_edit("direction", "smile", 50.0)
        qtbot.waitUntil(lambda: bench.panel.is_up_to_date, timeout=10_000)
        bench.panel.faces.opener.correct_eyes()  # looked at, and closed again
        bench.panel.findChildren(PlaceEyes)[-1].reject()
    strip = bench.panel.strip.view
    qtbot.waitUntil(lambda: all(image is not None for image in strip.images), timeout=10_000)
    assert len(pixels) == 5

    def held() -> int:
        gc.collect()
        return sum(one() is not None for one in pixels)

    qtbot.waitUntil(lambda: held() == 1, timeout=10_000)


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells a process's own memory")
def test_twenty_photos_of_twelve_megapixels_take_little_more_than_the_first_few(tmp_path: Path) -> None:
    from matplotlib import cbook

    with cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as image:
        portrait = image.convert("RGB").resize((3000, 4000), Image.Resampling.BICUBIC)
    for number in range(MANY):
        portrait.paste((12 * number, 0, 0), (0, 0, 40, 40))  # so that each is another photo
        portrait.save(tmp_path / f"{number:02}.jpg", quality=80)
    script = [sys.executable, "-m", "tests.helpers.photo_memory", str(tmp_path)]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    held = [float(line) for line in done.stdout.split()]
    assert len(held) == MANY
    assert held[-1] - held[FEW - 1] < ALLOWED, f"MB after each photo: {held}"

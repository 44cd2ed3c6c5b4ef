"""What the window says of pictures of things that turn on white: their split, their size, PSNR without white, large files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.data.dataset import load
from core.metrics.reconstruction import object_psnr as of_tensors
from explorer.document.document import Document
from explorer.gallery.reconstructions import object_psnr, psnr
from explorer.gallery.tab import RECONSTRUCTIONS, GalleryPanel
from explorer.messages import Message
from tests.explorer.train_bench import make_bench
from tests.helpers.fake_engine import fake_model
from tests.helpers.panels import data_panel, gallery_panel
from tests.helpers.turned import turned

TIMEOUT = 10_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return turned(tmp_path_factory.mktemp("things") / "turned", side=100)


@pytest.fixture
def gallery(qtbot: QtBot) -> Iterator[GalleryPanel]:
    with gallery_panel(qtbot, Document(), list[Message]()) as panel:
        yield panel


def test_data_says_what_the_split_does_and_offers_their_size(qtbot: QtBot, folder: Path) -> None:
    document = Document()
    panel = data_panel(qtbot, document, [])
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.open_source(str(folder), image_size=96)
    text = panel.details.split_text
    assert "Neighbouring views, up to 12 pictures apart, are nearly the same and stay together in one part" in text
    assert [one.text() for one in panel.framing._size.segments] == ["32", "64", "96", "100", "128", "256"]
    with qtbot.waitSignal(document.data_changed, timeout=TIMEOUT):
        next(one for one in panel.framing._size.segments if one.text() == "100").click()
    assert document.data is not None
    assert document.data.config.image_size == 100


def test_data_says_that_a_split_of_its_own_goes_through_neighbours(qtbot: QtBot, tmp_path: Path) -> None:
    folder = turned(tmp_path / "turned", kinds=2)
    for file in sorted(folder.glob("*/*.png")):
        part, _, rest = file.name.partition("_")
        (folder / part / file.parent.name).mkdir(parents=True, exist_ok=True)
        file.rename(folder / part / file.parent.name / rest)
    panel = data_panel(qtbot, Document(), [])
    with qtbot.waitSignal(panel.data_opened, timeout=TIMEOUT):
        panel.open_source(str(folder), image_size=32)
    assert "validation pictures are neighbours of training pictures and nearly the same" in panel.details.split_text


def test_the_gallery_says_how_near_they_are_without_the_white(qtbot: QtBot, gallery: GalleryPanel, folder: Path) -> None:
    data = load(DataConfig(source=str(folder), image_size=64))
    gallery._document.set_model(fake_model(data=data.config, header_data={"fingerprint": data.fingerprint}))
    gallery.show_section(RECONSTRUCTIONS)
    gallery._document.set_data(data)
    qtbot.waitUntil(lambda: gallery.section.is_complete, timeout=TIMEOUT)
    section = gallery.reconstructions
    pairs = [(section.sheet.picture(i, 0), section.sheet.picture(i, 1)) for i in range(8)]
    wanted = float(np.mean([object_psnr(x, y) for x, y in pairs]))  # type: ignore[arg-type]
    assert section.mean_object_psnr == pytest.approx(wanted)
    assert f" dB, {wanted:.1f} dB without the white background (where the original is below 0.98 in a channel)" in gallery.caption
    assert ", without white " in section._label(0)


def test_it_is_the_number_of_the_core() -> None:
    import torch

    generator = np.random.default_rng(0)
    x = generator.integers(200, 256, (1, 16, 16, 3)).astype(np.uint8)
    x[:, 4:] = 255
    y = generator.integers(0, 256, x.shape).astype(np.uint8)
    tensors = (torch.from_numpy(part).permute(0, 3, 1, 2).float() / 255.0 for part in (x, y))
    assert object_psnr(x[0], y[0]) == pytest.approx(float(of_tensors(*tensors)[0]), abs=1e-4)
    assert object_psnr(x[0], y[0]) != pytest.approx(psnr(x[0], y[0]), abs=0.1)
    assert object_psnr(np.full((4, 4, 3), 255, np.uint8), y[0, :4, :4]) is None


def test_the_size_of_large_files_is_said_before_start(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path)
    form, box = bench.panel.settings_form, bench.panel.run_box
    assert "large" not in box.difference.whole_text
    form.set_values({"model.name": "fruit_vae", "model.latent_dim": 2048, "save_minutes": 2.0})
    assert "Its files will be large: " in box.difference.whole_text
    assert box.difference.whole_text.endswith("written at most every 2 minutes.")
    form.set_values({"save_minutes": 0.0})
    assert box.difference.whole_text.endswith("written after each epoch.")

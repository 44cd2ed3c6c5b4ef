"""What the data set's labels say about the dimension sliders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.data.dataset import FaceData, load
from core.errors import DataError
from core.metrics.correlates import Correlates
from explorer.explore.correlates import about_labels
from explorer.widgets.slider.latent_slider import LatentSlider
from tests.explorer.explore_bench import Bench
from tests.helpers.fake_engine import fake_model

SIZE = 32
COUNT = 30


def shades(folder: Path, *, labelled: bool = True) -> FaceData:
    """Pictures whose red is a label, and whose green and blue are always the same."""
    folder.mkdir()
    rows = ["file,wide_level"]
    for number in range(COUNT):
        Image.new("RGB", (SIZE, SIZE), (8 * number, 90, 90)).save(folder / f"{number:02d}.png")
        rows.append(f"{number:02d}.png,{number / 10}")
    if labelled:
        (folder / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return load(DataConfig(source=str(folder), image_size=SIZE))


@pytest.fixture
def bench(empty_bench: Bench) -> Bench:
    empty_bench.document.set_model(fake_model(image_size=SIZE))
    return empty_bench


def encoded(bench: Bench) -> int:
    return bench.document.model.engine.encoded


def captions(bench: Bench) -> list[str]:
    return [bench.panel.sliders.dimension_slider(dim).caption for dim in range(12)]


def wait_found(qtbot: QtBot, bench: Bench) -> None:
    finder = bench.panel.sliders.dimensions.correlates
    qtbot.waitUntil(lambda: finder.result is not None, timeout=10_000)


def test_a_slider_says_what_its_dimension_goes_with(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    slider = bench.panel.sliders.dimension_slider(0)
    height = slider.sizeHint().height()
    bench.document.set_data(shades(tmp_path / "shades"))
    wait_found(qtbot, bench)
    assert captions(bench) == ["goes with wide level (r = 1.00)", "", ""] * 4
    assert "Under some: the label" in bench.panel.sliders.dimensions._hint.text()
    assert "<b>wide level</b>, over 30 pictures: r = 1.00" in slider.toolTip()
    assert "beyond chance" in bench.panel.sliders.dimension_slider(1).toolTip()
    assert "goes with wide level" in slider.accessibleDescription()
    assert slider.sizeHint().height() > height
    assert slider.look.caption_rect().top() >= slider.look.groove_rect().bottom()
    assert not bench.panel.sliders.dimensions.progress.isVisible()


def test_each_has_one_only_where_each_has_one() -> None:
    none, one = np.zeros((3, 1)), np.zeros(3)
    for best, words in (([0, 0, 0], "Under each: "), ([0, -1, 0], "Under some: "), ([-1, -1, -1], "None is ")):
        found = Correlates(30, ("wide",), (False,), none, one, np.array(best))
        assert about_labels(found).startswith(words)


def test_pictures_without_labels_are_not_looked_at(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    finder = bench.panel.sliders.dimensions.correlates
    before = encoded(bench)
    bench.document.set_data(shades(tmp_path / "shades", labelled=False))
    finder.look()
    assert finder.result is None
    assert captions(bench) == [""] * 12
    assert encoded(bench) == before


def test_a_single_class_beside_unsorted_pictures_is_not_looked_at(bench: Bench, tmp_path: Path) -> None:
    shades(tmp_path / "shades", labelled=False)
    (tmp_path / "shades" / "labels.csv").write_text("file,class\n00.png,smile\n", encoding="utf-8")
    data = load(DataConfig(source=str(tmp_path / "shades"), image_size=SIZE))
    assert data.index.named_classes == ("smile",)
    assert "The labelled pictures are of one class" in data.why_no_attribute
    before = encoded(bench)
    bench.document.set_data(data)
    bench.panel.sliders.dimensions.correlates.look()
    assert not bench.panel.sliders.dimensions.correlates.is_busy
    assert encoded(bench) == before


def test_why_there_is_no_result_stands_in_its_place(
    qtbot: QtBot, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DataError("The file of the pictures is gone.", "Open them again.")

    monkeypatch.setattr("core.metrics.correlates.measure_correlates", fail)
    said: list[object] = []
    bench.messenger.message_posted.connect(said.append)
    dimensions = bench.panel.sliders.dimensions
    bench.document.set_data(shades(tmp_path / "shades"))
    qtbot.waitUntil(lambda: "is gone. Open them again." in dimensions._hint.text(), timeout=10_000)
    assert said == []
    bench.document.set_data(None)
    assert "gone" not in dimensions._hint.text()


def test_pictures_of_another_size_say_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.document.set_model(fake_model(image_size=64))
    bench.document.set_data(shades(tmp_path / "shades"))
    bench.panel.sliders.dimensions.correlates.look()
    assert encoded(bench) == 0


@pytest.mark.long
def test_it_is_found_once_for_a_model_and_pictures(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    data, model = shades(tmp_path / "shades"), bench.document.model
    bench.document.set_data(data)
    wait_found(qtbot, bench)
    asked = encoded(bench)
    assert asked >= COUNT
    bench.document.set_model(fake_model(image_size=64))
    assert captions(bench) == [""] * 12
    bench.document.set_model(model)
    wait_found(qtbot, bench)
    assert captions(bench)[0] == "goes with wide level (r = 1.00)"
    assert encoded(bench) == asked


def test_it_can_be_cancelled(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    sliders = bench.panel.sliders.dimensions
    bench.document.set_data(shades(tmp_path / "shades"))
    sliders.correlates.look()
    sliders.progress.findChild(QPushButton).click()
    qtbot.waitUntil(lambda: not sliders.correlates.is_busy, timeout=10_000)
    assert sliders.correlates.result is None
    assert not sliders.progress.isVisible()


def test_it_waits_while_a_slider_is_moved(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    sliders = bench.panel.sliders.dimensions
    bench.document.set_data(shades(tmp_path / "shades"))
    bench.document.begin_gesture()
    before = encoded(bench)
    sliders.correlates.look()
    labels = sliders.progress.findChildren(QLabel)
    qtbot.waitUntil(lambda: any(label.text() == "0 of 30" for label in labels), timeout=10_000)
    assert encoded(bench) == before
    bench.document.end_gesture()
    wait_found(qtbot, bench)
    assert encoded(bench) > before


def test_a_caption_keeps_its_number_where_there_is_little_room(qtbot: QtBot) -> None:
    slider = LatentSlider("7")
    qtbot.addWidget(slider)
    slider.resize(240, 50)
    slider.set_caption("goes with wearing a very large and colourful necktie (r = 0.31)")
    slider.show()
    place = slider.look.caption_rect()
    assert 0 < place.width() <= slider.width() - slider.look.label_width - slider.look.value_width
    assert place.bottom() < slider.height()
    assert slider.look.image_rect(0).bottom() < place.top()
    slider.set_caption("")
    assert slider.look.caption_rect().height() == 0
    assert np.isclose(slider.look.groove_rect().center().y(), slider.height() / 2)

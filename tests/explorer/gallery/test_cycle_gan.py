"""What the Gallery shows of a CycleGAN: pictures there and back, the identity, what its discriminators see, and what to save."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.data.dataset import FaceData, load
from core.families.cycle_gan.hidden import cycle_psnrs
from core.families.cycle_gan.looks import difference_map, heat
from core.training.unpaired import with_sides
from explorer.document.document import Document
from explorer.document.loading import LoadedModel, load_model
from explorer.gallery.family_cycle_gan import IDENTITY, SCORES, TO_A, TO_B, TranslationsSection
from explorer.gallery.tab import GalleryPanel
from explorer.messages import Message
from tests.explorer.gallery.conftest import section_of
from tests.helpers.cycle_gans import translating_run
from tests.helpers.fake_engine import fake_model
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import toy_folder

TIMEOUT = 20_000


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = translating_run(tmp_path_factory.mktemp("cyclegan") / "run")
    return load_model(folder / "checkpoints" / "best.safetensors")


@pytest.fixture(scope="module")
def toys() -> FaceData:
    return load(DataConfig(source=str(toy_folder()), image_size=32))


def shown(qtbot: QtBot, panel: GalleryPanel, view: int = TO_B) -> TranslationsSection:
    panel.show_section(section_of(panel, TranslationsSection))
    section = panel.section
    assert isinstance(section, TranslationsSection)
    if section.view_choice.choice != view:
        section.view_choice.segments[view].click()
    qtbot.waitUntil(lambda: section.is_complete and section._shown is not None and section._shown.view == view, timeout=TIMEOUT)
    return section


@pytest.mark.parametrize("view", [TO_B, TO_A, IDENTITY, SCORES])
def test_what_is_shown_is_what_the_model_makes(
    qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel, toys: FaceData, messages: list[Message], view: int
) -> None:
    document.set_data(toys)
    document.set_model(model)
    section = shown(qtbot, panel, view)
    found = section._shown
    assert found is not None
    engine = model.engine
    sides = with_sides(toys, ("non_smile", "smile")).sides
    assert sides is not None
    assert set(sides.of[found.rows]) == {1 if view in (TO_A, IDENTITY) else 0}
    assert set(found.rows) <= set(toys.split.valid)
    originals = np.asarray(toys.images)[found.rows]
    np.testing.assert_array_equal(found.tiers[0], originals)
    goal = "A" if view == TO_A else "B"
    there = engine.translate(originals, goal)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(found.tiers[2 if view == SCORES else 1], there)
    if view in (TO_A, TO_B):
        np.testing.assert_array_equal(found.tiers[3], difference_map(originals, there))
        back = cycle_psnrs(engine, originals[: section.count], goal)  # type: ignore[arg-type]
        three = f"cycle PSNR {back['float']:.1f} dB, {back['levels']:.1f} dB through 8 bits, {back['jpeg']:.1f} dB through JPEG"
        assert three in panel.caption
        assert "256 levels" in panel._caption.toolTip()
    else:
        assert panel._caption.toolTip() == ""
    words = {TO_B: "non_smile from the validation pictures (top), as smile", SCORES: "orange translated"}
    assert words.get(view, "smile from the validation pictures (top)") in panel.caption
    assert section.view_choice.segments[0].text() == "non_smile → smile"
    assert section.sheet.count == min(8, len(found.rows))
    ready = section.export()
    assert ready is not None
    assert ready.recipe["rows"] == found.rows[: section.count].tolist()
    assert messages == []


def test_others_are_chosen(qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel, tmp_path: Path) -> None:
    document.set_data(load(DataConfig(source=str(draw_folder(tmp_path / "more", per_class=200)), image_size=32)))
    document.set_model(model)
    section = shown(qtbot, panel)
    first = section._shown
    assert first is not None
    assert "Pictures" not in panel.caption
    section.reroll()
    qtbot.waitUntil(lambda: section.is_complete and section._shown is not first, timeout=TIMEOUT)
    assert section._shown is not None
    assert not np.array_equal(section._shown.rows, first.rows)


def test_pictures_without_its_sides_get_a_sentence(
    qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel, messages: list[Message], tmp_path: Path
) -> None:
    source = draw_folder(tmp_path / "plain", per_class=10)
    (source / "labels.csv").unlink()
    for old, new in (("smile", "hats"), ("non_smile", "caps")):
        (source / old).rename(source / new)
    document.set_data(load(DataConfig(source=str(source), image_size=32)))
    document.set_model(model)
    panel.show_section(section_of(panel, TranslationsSection))
    qtbot.waitUntil(lambda: bool(messages), timeout=TIMEOUT)
    assert "no attribute named non_smile" in messages[-1].text
    assert panel.section.export() is None


def test_other_models_have_no_such_section(panel: GalleryPanel, document: Document, model: LoadedModel, toys: FaceData) -> None:
    place = section_of(panel, TranslationsSection)
    document.set_data(toys)
    document.set_model(fake_model(data=toys.config))
    assert not panel.section_choice.segments[place].isVisibleTo(panel)
    document.set_model(model)
    assert panel.section_choice.segments[place].isVisibleTo(panel)


def test_a_heat_map_is_blue_where_a_patch_looks_real() -> None:
    grey = np.full((1, 32, 32, 3), 128, np.uint8)
    scores = np.zeros((1, 2, 2), np.float32)
    scores[0, 0, 0] = 1.0
    (picture,) = heat(grey, scores).astype(int)
    assert picture[0, 0, 2] > picture[0, 0, 0]
    assert picture[-1, -1, 0] > picture[-1, -1, 2]
    assert (difference_map(grey, grey) == 128).all()

"""What the Gallery shows of a colouriser: validation pictures as it sees them, coloured, and as they are, and what to save."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.config import DataConfig, preset, with_values
from core.data.dataset import FaceData, load
from explorer.document.document import Document
from explorer.document.loading import LoadedModel, load_model
from explorer.gallery.family_colouriser import ColoursSection
from explorer.gallery.tab import GalleryPanel
from tests.explorer.gallery.conftest import section_of
from tests.helpers.fake_engine import fake_model
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import run_events, toy_folder

TIMEOUT = 20_000

pytestmark = pytest.mark.usefixtures("nothing_is_said")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    values = {
        "data.source": str(toy_folder()), "data.image_size": 32, "batch_size": 8, "epochs": 1, "threads": 1, "precision": "fp32",
        "device": "cpu",
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("colouriser") / "run"
    run_events(with_values(preset("colour"), values), folder)
    return load_model(folder / "checkpoints" / "best.safetensors")


@pytest.fixture(scope="module")
def toys() -> FaceData:
    return load(DataConfig(source=str(toy_folder()), image_size=32))


def shown(qtbot: QtBot, panel: GalleryPanel) -> ColoursSection:
    panel.show_section(section_of(panel, ColoursSection))
    section = panel.section
    assert isinstance(section, ColoursSection)
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)
    return section


def test_what_is_shown_is_what_the_model_makes(
    qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel, toys: FaceData
) -> None:
    document.set_data(toys)
    document.set_model(model)
    section = shown(qtbot, panel)
    export = section.export()
    assert export is not None
    rows = np.array(export.recipe["rows"])
    assert len(rows) == section.sheet.count == min(8, len(toys.split.valid))
    assert set(rows) <= set(toys.split.valid)
    originals = np.asarray(toys.images)[rows]
    coloured = model.engine.translate(originals)  # type: ignore[attr-defined]
    grey = model.engine.grey(originals)  # type: ignore[attr-defined]
    for place in range(len(rows)):
        for tier, pictures in enumerate((grey, coloured, originals)):
            picture = section.sheet.picture(place, tier)
            assert picture is not None
            np.testing.assert_array_equal(picture, pictures[place])
    assert export.together == 3
    assert export.recipe["what"] == "validation pictures: grey, coloured, originals"
    assert f"mean error of a* and b* {export.recipe['ab_error']:.1f} Lab units" in panel.caption
    assert panel.caption.startswith("Validation pictures: what the model sees of them (top)")
    assert export.name.endswith(f"-colours-{len(rows)}")


def test_more_and_others_are_chosen(
    qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel, tmp_path: Path
) -> None:
    document.set_data(load(DataConfig(source=str(draw_folder(tmp_path / "more", per_class=200)), image_size=32)))
    document.set_model(model)
    section = shown(qtbot, panel)
    first = section.export()
    assert first is not None
    assert section.sheet.count == len(first.recipe["rows"]) == 8
    section.count_choice.segments[1].click()
    qtbot.waitUntil(lambda: section.is_complete and section.sheet.count > 8, timeout=TIMEOUT)
    more = section.export()
    assert more is not None
    assert more.recipe["rows"][:8] == first.recipe["rows"]
    section.reroll()
    assert section.export() is None  # until the others are there
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)
    others = section.export()
    assert others is not None
    assert others.recipe["rows"] != more.recipe["rows"]


def test_other_models_have_no_such_section(panel: GalleryPanel, document: Document, model: LoadedModel, toys: FaceData) -> None:
    place = section_of(panel, ColoursSection)
    document.set_data(toys)
    document.set_model(fake_model(data=toys.config))
    assert not panel.section_choice.segments[place].isVisibleTo(panel)
    document.set_model(model)
    assert panel.section_choice.segments[place].isVisibleTo(panel)

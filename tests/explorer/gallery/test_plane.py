"""The Gallery's plane: offered for two latent dimensions alone, laid out like a scatter, saved with its axes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.config import with_values
from core.latent.code import NOTHING, Given
from core.latent.plane import even_values, prior_quantiles
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.gallery.plane import EVEN
from explorer.gallery.tab import PLANE, SAMPLES, GalleryPanel
from tests.helpers.fake_engine import LATENT_DIM, FakeEngine, FakeSpec, fake_model

TIMEOUT = 10_000


class FlatEngine(FakeEngine):
    """The fake model with two dimensions; the others are 0."""

    def decode(self, z: np.ndarray, given: Given = NOTHING) -> np.ndarray:
        assert z.shape[1] == 2
        return super().decode(np.pad(z / 8.0, ((0, 0), (0, LATENT_DIM - 2))), given)

    def sample(self, count: int, seed: int) -> np.ndarray:
        return super().sample(count, seed)[:, :2]


def flat_model() -> LoadedModel:
    model = fake_model(name="flat")
    header = model.engine.header
    engine = FlatEngine(replace(header, config=with_values(header.config, {"model.latent_dim": 2})))
    engine.spec = FakeSpec(2, model.engine.spec.image_shape)
    return replace(model, engine=cast(Any, engine))


def open_plane(qtbot: QtBot, panel: GalleryPanel, document: Document) -> None:
    document.set_model(flat_model())
    panel.section_choice.segments[PLANE].click()
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)


def test_only_two_dimensions_have_a_plane(qtbot: QtBot, panel: GalleryPanel, document: Document) -> None:
    segment = panel.section_choice.segments[PLANE]
    assert not segment.isVisible()
    document.set_model(fake_model())
    assert not segment.isVisible()
    open_plane(qtbot, panel, document)
    assert segment.isVisible()
    document.set_model(fake_model())
    assert not segment.isVisible()
    assert panel.section_choice.choice == SAMPLES
    assert panel.section is panel.samples
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)


def test_lies_like_a_scatter(qtbot: QtBot, panel: GalleryPanel, document: Document) -> None:
    open_plane(qtbot, panel, document)
    sheet, values = panel.plane.sheet, prior_quantiles(8)
    assert (sheet.count, sheet.layout_of_cells()[0]) == (64, 8)
    engine: Any = document.model.engine if document.model else None
    for place, code in ((0, (values[0], values[-1])), (7, (values[-1], values[-1])), (56, (values[0], values[0]))):
        picture = sheet.picture(place)
        assert picture is not None
        assert np.array_equal(picture, engine.decode(np.array([code], np.float32))[0])
    assert "quantiles" in panel.caption
    assert "−1.53 to +1.53" in panel.caption


def test_a_mirrored_window_does_not_mirror_the_axes(qtbot: QtBot, panel: GalleryPanel, document: Document) -> None:
    panel.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    open_plane(qtbot, panel, document)
    sheet = panel.plane.sheet
    assert sheet.cell_rect(0).x() < sheet.cell_rect(7).x()


def test_even_spacing_and_more_steps(qtbot: QtBot, panel: GalleryPanel, document: Document) -> None:
    open_plane(qtbot, panel, document)
    panel.plane.spacing_choice.segments[EVEN].click()
    panel.plane.steps_box.setValue(5)
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)
    assert (panel.plane.sheet.count, panel.plane.sheet.layout_of_cells()[0]) == (25, 5)
    assert "equal distances from −3.00 to +3.00" in panel.caption
    with qtbot.waitSignal(panel.face_chosen) as chosen:
        panel.plane.sheet.picture_opened.emit(4)
    anchor = chosen.args[0]
    np.testing.assert_allclose(anchor.z, [3.0, 3.0])
    assert anchor.label == "z0 +3.00, z1 +3.00"


def test_saves_its_axes(qtbot: QtBot, panel: GalleryPanel, document: Document, tmp_path: Path) -> None:
    open_plane(qtbot, panel, document)
    export = panel.section.export()
    assert export is not None
    assert export.name == "flat-plane-8"
    assert export.labels[0] == "−1.53"
    assert export.row_labels[0] == "+1.53"  # the topmost
    assert export.recipe["range"] is None
    assert (len(export.rows), len(export.rows[0])) == (8, 8)
    export.write(tmp_path / "plane.png")
    with Image.open(tmp_path / "plane.png") as picture:
        assert picture.width > 8 * 64
    panel.plane.spacing_choice.segments[EVEN].click()
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)
    export = panel.section.export()
    assert export is not None
    assert [float(word.replace("−", "-")) for word in export.labels] == pytest.approx(even_values(3.0, 8), abs=0.006)

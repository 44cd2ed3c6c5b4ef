"""What the Gallery shows of an SC-VAE: its atoms, what fewer of them cost, and nothing that such a model can't do."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.data.dataset import FaceData
from core.families.sc_vae.atlas import FACTORS
from explorer.document.document import Document
from explorer.gallery.grids.dictionary import AtomsSection
from explorer.gallery.grids.sparsity import TRAINED, SparsitySection
from explorer.gallery.section import GallerySection
from explorer.gallery.tab import RECONSTRUCTIONS, GalleryPanel
from explorer.tasks import running_tasks
from tests.explorer.gallery.conftest import section_of
from tests.helpers.fake_engine import fake_model
from tests.helpers.fake_sc import ATOMS, DEAD, FakeSc, fake_sc_model

pytestmark = pytest.mark.usefixtures("nothing_is_said")
TIMEOUT = 10_000


def shown(qtbot: QtBot, panel: GalleryPanel, kind: type[GallerySection]) -> GallerySection:
    panel.show_section(section_of(panel, kind))
    assert type(panel.section) is kind
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)
    return panel.section


def test_only_what_the_model_can_do_is_offered(panel: GalleryPanel, document: Document, data: FaceData) -> None:
    own = {section_of(panel, AtomsSection), section_of(panel, SparsitySection)}

    def offered() -> set[int]:
        return {n for n, segment in enumerate(panel.section_choice.segments) if segment.isVisibleTo(panel)}

    document.set_data(data)
    document.set_model(fake_sc_model(data.config))
    assert offered() == {RECONSTRUCTIONS, *own}
    document.set_model(fake_sc_model(data.config, threshold=0.0))
    assert offered() == {RECONSTRUCTIONS, section_of(panel, AtomsSection)}  # no factor of 0 is another threshold
    document.set_model(fake_model(data=data.config))
    assert own.isdisjoint(offered())


def test_it_says_that_it_makes_no_new_pictures(qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData) -> None:
    document.set_data(data)
    document.set_model(fake_sc_model(data.config))
    shown(qtbot, panel, type(panel.reconstructions))
    assert "It has learned no prior, so it makes no new pictures." in panel.caption
    document.set_model(fake_model(data=data.config))
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)
    assert "prior" not in panel.caption


def test_the_atoms_as_an_atlas(qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData) -> None:
    document.set_data(data)
    model = fake_sc_model(data.config)
    document.set_model(model)
    section = cast(AtomsSection, shown(qtbot, panel, AtomsSection))
    assert f"{ATOMS - 1} of {ATOMS} atoms are used" in panel.caption
    assert list(section._codes) == [0, 1, 2, 3, DEAD]
    assert section._tiles is not None
    assert section._tiles[0, 16:32, 16:32].mean() > 250.0  # the bright one, in its place alone
    assert (section._tiles[0, :16] == 128).all()
    qtbot.waitUntil(lambda: section._valid.current is not None, timeout=TIMEOUT)
    QTest.mouseClick(section.atlas, Qt.MouseButton.LeftButton, pos=section.atlas.rect_of(1).center().toPoint())
    assert section.title.text() == "Atom 2"
    assert "50 % of all places of the validation pictures have it." in section.words.text()
    faces = section._valid.current
    assert faces is not None
    codes = np.abs(faces.z.reshape(len(faces.z), 4, 4, ATOMS))
    assert not codes[:, :, :, 1].any()
    assert "None of the pictures at hand has it." in section.words.text()
    QTest.mouseClick(section.atlas, Qt.MouseButton.LeftButton, pos=section.atlas.rect_of(0).center().toPoint())
    assert section.context.count == 8
    picture, row, column = section._places(faces, 0, 1)[0]
    assert codes[picture, row, column, 0] == codes[:, :, :, 0].max()
    export = section.export()
    assert export is not None
    assert export.recipe["what"] == "atoms"


def test_sparsity_against_quality(qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData) -> None:
    document.set_data(data)
    document.set_model(fake_sc_model(data.config))
    section = cast(SparsitySection, shown(qtbot, panel, SparsitySection))
    found = section._found
    assert found is not None
    assert list(found.nonzeros) == sorted(found.nonzeros, reverse=True)
    assert found.nonzeros[0] > found.nonzeros[-1]
    assert found.psnr[0] > found.psnr[-1]
    assert (section.choice.count(), section.choice.currentText()) == (len(FACTORS), "0.8, as trained")
    assert f"the threshold 0.8: {100 * found.nonzeros[TRAINED]:.1f} % of the coefficients aren't 0" in panel.caption
    before = section.sheet.picture(0, 1)
    section.curve.dot_opened.emit(len(FACTORS) - 1)
    assert "the threshold 4.8" in panel.caption
    after = section.sheet.picture(0, 1)
    assert before is not None
    assert after is not None
    assert not np.array_equal(before, after)
    np.testing.assert_array_equal(after, found.pictures[-1, 0])
    qtbot.waitUntil(lambda: section.curve.view is not None and len(section.curve.view.places()) == len(FACTORS), timeout=TIMEOUT)
    export = section.export()
    assert export is not None
    assert export.figure is not None


def test_a_picture_under_a_threshold_is_opened(qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData) -> None:
    document.set_data(data)
    document.set_model(fake_sc_model(data.config))
    section = cast(SparsitySection, shown(qtbot, panel, SparsitySection))
    faces = section._valid.current
    assert faces is not None
    section.sheet.set_selected_index(1)
    with qtbot.waitSignal(section.face_chosen) as chosen:
        QTest.keyClick(section.sheet, Qt.Key.Key_Return)
    assert chosen.args is not None
    anchor, original, _ = chosen.args
    assert anchor.kind == "data"
    np.testing.assert_array_equal(anchor.z, faces.z[1])
    np.testing.assert_array_equal(original, faces.originals[1])


def test_trying_thresholds_is_given_up_when_nobody_looks(
    qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData
) -> None:
    document.set_data(data)
    model = fake_sc_model(data.config)
    engine = cast(FakeSc, model.engine)
    engine.go_on.clear()
    document.set_model(model)
    panel.show_section(section_of(panel, SparsitySection))
    section = cast(SparsitySection, panel.section)
    qtbot.waitUntil(lambda: section._trying.is_busy, timeout=TIMEOUT)
    panel.show_section(RECONSTRUCTIONS)
    assert not section._trying.is_busy
    engine.go_on.set()
    qtbot.waitUntil(lambda: not running_tasks(), timeout=TIMEOUT)
    shown(qtbot, panel, SparsitySection)  # and begun again
    assert section._found is not None


def test_that_it_was_cancelled_is_said_until_it_is_tried_again(
    qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData
) -> None:
    document.set_data(data)
    model = fake_sc_model(data.config)
    engine = cast(FakeSc, model.engine)
    engine.go_on.clear()
    document.set_model(model)
    panel.show_section(section_of(panel, SparsitySection))
    section = cast(SparsitySection, panel.section)
    qtbot.waitUntil(lambda: section.progress.isVisibleTo(panel), timeout=TIMEOUT)
    section.progress._cancel.click()
    engine.go_on.set()
    qtbot.waitUntil(lambda: not section._trying.is_busy, timeout=TIMEOUT)
    assert section.curve.note.text().startswith("It was cancelled.")
    assert section.curve.note.isVisible()
    engine.go_on.clear()
    section.reroll()
    qtbot.waitUntil(lambda: section._trying.is_busy, timeout=TIMEOUT)
    assert section.curve.note.text() == ""
    engine.go_on.set()
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)
    assert not section.curve.note.isVisible()

"""What the window shows of a VampPrior: pseudo-inputs, each one's share of the pictures, and samples of one of them or of all."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.data.dataset import FaceData
from core.latent.mixture_prior import MixturePrior
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.gallery.family_vae import CHOSEN, MIXTURE, SAMPLES, PseudoInputsSection
from explorer.gallery.tab import SAMPLES as SAMPLES_SECTION
from explorer.gallery.tab import GalleryPanel
from explorer.train.preview.sheet import Shown, samples, together
from tests.explorer.gallery.conftest import section_of
from tests.helpers.fake_engine import fake_model

pytestmark = pytest.mark.usefixtures("nothing_is_said")
TIMEOUT = 60_000  # the first look at pictures imports torch
COUNT = 6


def vamp_model(data: DataConfig | None = None) -> LoadedModel:
    """A fake model whose pseudo-inputs are ever brighter pictures, one of them as bright as all of the data's."""
    model = fake_model(data=data)
    levels = np.linspace(20, 235, COUNT).astype(np.uint8)
    pictures = np.broadcast_to(levels[:, None, None, None], (COUNT, 64, 64, 3)).copy()
    cast(Any, model.engine).mixture = MixturePrior(pictures, model.engine.encode(pictures))
    return model


@pytest.fixture
def section(qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData) -> PseudoInputsSection:
    """The section, seen, with all of its pictures and shares."""
    document.set_data(data)
    document.set_model(vamp_model(data.config))
    panel.show_section(section_of(panel, PseudoInputsSection))
    shown = panel.section
    assert type(shown) is PseudoInputsSection
    qtbot.waitUntil(lambda: shown.is_complete and shown.bars.isVisible(), timeout=TIMEOUT)
    return shown


def test_it_is_offered_for_such_models_alone(panel: GalleryPanel, document: Document, data: FaceData) -> None:
    def offered() -> bool:
        return panel.section_choice.segments[section_of(panel, PseudoInputsSection)].isVisibleTo(panel)

    document.set_data(data)
    document.set_model(fake_model(data=data.config))
    assert not offered()
    document.set_model(vamp_model(data.config))
    assert offered()
    panel.show_section(SAMPLES_SECTION)
    assert "samples from the VampPrior" in panel.caption
    panel.show_section(section_of(panel, PseudoInputsSection))
    document.set_model(fake_model(data=data.config))
    assert type(panel.section) is not PseudoInputsSection


def test_each_is_over_what_it_decodes_to_those_with_most_pictures_first(
    section: PseudoInputsSection, document: Document, data: FaceData
) -> None:
    assert document.model is not None
    mixture = section._mixture
    assert mixture is not None
    shares = section._known_shares()
    assert shares is not None
    assert shares.pictures == len(data.images)
    assert shares.values.sum() == pytest.approx(1.0)
    assert section._order == list(np.argsort(-shares.values, kind="stable"))
    for at, number in enumerate(section._order):
        np.testing.assert_array_equal(section.sheet.picture(at), mixture.pictures[number])
        decoded = document.model.engine.decode(mixture.code.mean[number : number + 1])[0]
        np.testing.assert_array_equal(section.sheet.picture(at, 1), decoded)
    assert f"stands for {100.0 * shares.values.max():.2g} % of the pictures" in section.caption
    heights = [section.bars.bar_rect(at).height() for at in range(COUNT)]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] > heights[-1]


def test_samples_are_of_the_chosen_one_or_of_all(qtbot: QtBot, section: PseudoInputsSection) -> None:
    mixture = section._mixture
    assert mixture is not None
    first = section.chosen
    np.testing.assert_array_equal(section._codes, mixture.sample(SAMPLES, 0, first))
    second = section.bars.bar_rect(1).center().toPoint()
    second.setY(section.bars.height() - 1)
    QTest.mouseClick(section.bars, Qt.MouseButton.LeftButton, pos=second)
    assert section.sheet.selected_index == 1
    assert section.chosen == section._order[1] != first
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)
    np.testing.assert_array_equal(section._codes, mixture.sample(SAMPLES, 0, section.chosen))
    assert section.samples.pictures() is not None
    section.reroll_button.click()
    np.testing.assert_array_equal(section._codes, mixture.sample(SAMPLES, 1, section.chosen))
    section.source.segments[MIXTURE].click()
    np.testing.assert_array_equal(section._codes, mixture.sample(SAMPLES, 1))
    section.source.segments[CHOSEN].click()
    np.testing.assert_array_equal(section._codes, mixture.sample(SAMPLES, 1, section.chosen))
    qtbot.waitUntil(lambda: section.is_complete, timeout=TIMEOUT)


def test_what_was_cut_short_is_asked_for_again(qtbot: QtBot, panel: GalleryPanel, document: Document) -> None:
    document.set_model(vamp_model())
    panel.show_section(section_of(panel, PseudoInputsSection))
    shown = panel.section
    assert type(shown) is PseudoInputsSection
    shown.reroll()  # before anything has come
    shown.reroll()
    qtbot.waitUntil(lambda: shown.is_complete, timeout=TIMEOUT)
    assert all(shown.sheet.picture(at, 1) is not None for at in range(COUNT))
    assert shown._order == list(range(COUNT)), "without pictures nobody knows their shares"
    assert not shown.bars.isVisible()
    assert "Open pictures" in shown._bars_words.text()
    assert shown.caption.startswith("Pseudo-input 1. 6 pseudo-inputs")


def test_they_are_saved_and_edited(qtbot: QtBot, section: PseudoInputsSection) -> None:
    mixture, export = section._mixture, section.export()
    assert mixture is not None
    assert export is not None
    assert export.together == 2
    np.testing.assert_array_equal(export.rows[0], mixture.pictures[section._order])
    assert export.recipe["pseudo_inputs"] == [number + 1 for number in section._order]
    with qtbot.waitSignal(section.face_chosen) as chosen:
        section.sheet.picture_opened.emit(2)
    anchor, original, _ = chosen.args
    assert original is None
    np.testing.assert_allclose(anchor.z, mixture.code.mean[section._order[2]])
    with qtbot.waitSignal(section.face_chosen) as chosen:
        section.samples.picture_opened.emit(3)
    np.testing.assert_allclose(chosen.args[0].z, section._codes[3])


def test_a_preview_shows_them_beside_the_samples() -> None:
    rows = ("originals", "reconstructions", "samples", "pseudo_inputs")
    assert together(rows) == rows[:2]
    assert samples(rows) == rows[2:]
    assert Shown.SAMPLES.of(rows) == rows[2:]

"""The trust card: what it shows of a direction, and taking something out of one with a click."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from core.data.dataset import load
from core.latent.directions import Direction
from core.latent.session import Anchor
from explorer.explore.direction_menu import DirectionMenu
from explorer.explore.trust_card import TrustCard, cautions, describe, method_of, origin
from tests.explorer.explore_bench import Bench
from tests.explorer.test_document import direction
from tests.helpers.tiny_faces import write_faces


@pytest.fixture
def examined(bench: Bench) -> Bench:
    """With the card open."""
    bench.panel.sliders.directions.show_trust()
    return bench


def texts(card: TrustCard) -> list[str]:
    return [label.text() for label in card.findChildren(QLabel) if label.isVisibleTo(card)]


def button(card: TrustCard, name: str) -> QPushButton:
    return next(one for one in card.findChildren(QPushButton) if one.accessibleName() == name and one.isVisibleTo(card))


def open_data(examined: Bench, folder: Path) -> None:
    config = examined.document.model.header.config.data
    source = write_faces(folder / "faces", {"smile": 20, "non_smile": 20})
    examined.document.set_data(load(replace(config, source=str(source))))


def test_it_shows_what_is_known(examined: Bench) -> None:
    card = examined.panel.sliders.directions.trust_card
    found = replace(direction(), auc=0.953, stability=0.97, shares={"pose": 0.2, "brightness": 0.004}, kept=("male",))
    examined.document.set_direction(found)
    shown = texts(card)
    assert {"0.95", "0.97", "Turn of the head", "20\u00a0%", "Male", "out"} <= set(shown)
    assert "Brightness" not in shown  # less than a hundredth of it
    assert any("change along with it: turn of the head" in text for text in shown)
    assert not button(card, "Take out: turn of the head").isEnabled()  # there are no pictures to fit it on
    assert "Data tab" in button(card, "Take out: turn of the head").toolTip()


def test_a_click_takes_something_out_and_another_puts_it_back(qtbot: QtBot, examined: Bench, tmp_path: Path) -> None:
    open_data(examined, tmp_path)
    card = examined.panel.sliders.directions.trust_card
    with qtbot.waitSignal(examined.document.directions_changed, timeout=20_000):
        QTest.mouseClick(button(card, "Examine"), Qt.MouseButton.LeftButton)
    before = examined.document.main_direction
    assert before is not None
    assert np.isfinite(before.stability)
    largest = max(before.shares, key=lambda name: before.shares[name])
    words = {"pose": "turn of the head"}.get(largest, largest)
    with qtbot.waitSignal(examined.document.directions_changed, timeout=20_000):
        QTest.mouseClick(button(card, f"Take out: {words}"), Qt.MouseButton.LeftButton)
    after = examined.document.main_direction
    assert after is not None
    assert after.kept == (largest,)
    assert after.shares[largest] < 1e-4
    assert abs(float(after.unit @ before.unit)) < 1.0
    with qtbot.waitSignal(examined.document.directions_changed, timeout=20_000):
        QTest.mouseClick(button(card, f"Put back: {words}"), Qt.MouseButton.LeftButton)
    again = examined.document.main_direction
    assert again is not None
    assert again.kept == ()
    np.testing.assert_allclose(again.unit, before.unit, atol=1e-5)


def test_one_of_several_directions_is_chosen(examined: Bench) -> None:
    card = examined.panel.sliders.directions.trust_card
    choice = card.findChild(QComboBox)
    assert choice is not None
    assert not choice.isVisibleTo(card)
    examined.document.set_direction(replace(direction(), name="eye_glasses", auc=0.61))
    assert choice.isVisibleTo(card)
    card.show_direction("eye_glasses")
    assert choice.currentText() == "Eye glasses"
    assert any("hardly tells" in text for text in texts(card))


def test_it_says_of_a_picture_that_100_percent_changes_little_there(examined: Bench) -> None:
    card = examined.panel.sliders.directions.trust_card
    smile = examined.document.main_direction
    assert smile is not None
    between = smile.mean_with - smile.mean_without
    near = smile.mean_with - 0.4 * between
    for goal, words in (
        (smile.mean_without, ""),
        (near, "lies far on the side of “smile” already: 100 % takes it only 40\u00a0% of the way"),
        (smile.mean_with, "lies beyond the average with “smile” already: 100 % takes it 25\u00a0% of the way"),
        (smile.mean_without, ""),
    ):
        z = np.zeros(len(smile.unit), np.float32) + np.float32(goal) * smile.unit
        examined.document.set_anchor(Anchor("sample", "Sample 1", "1", tuple(map(float, z))))
        (said,) = [text for text in texts(card) if "the picture in Explore" in text] or [""]
        assert words in said
        assert bool(said) == bool(words)


def test_the_words_for_it() -> None:
    plain: Direction = direction()
    assert cautions(replace(plain, auc=float("nan"), stability=float("nan"))) == ["How reliable it is hasn't been measured."]
    assert cautions(replace(plain, auc=0.95, stability=0.95)) == ["No problem was found with it."]
    assert "only roughly (AUC 0.87)" in cautions(replace(plain, auc=0.868, stability=0.95))[0]
    assert "hasn't been examined" in cautions(replace(plain, auc=0.95, stability=float("nan")))[0]
    assert "more of them would help" in cautions(replace(plain, auc=0.95, stability=0.4))[0]
    logistic = replace(plain, method="logistic", balance="male", source="20 training pictures")
    assert origin(logistic) == "Logistic regression; men and women count alike. 20 training pictures."


def test_directions_go_into_files_and_back(examined: Bench, tmp_path: Path) -> None:
    path = tmp_path / "smile.json"
    menu: DirectionMenu = examined.panel.menu
    examined.document.set_direction(replace(direction(), checkpoint_id=examined.document.model.id, auc=0.8))
    menu.save_file("smile", str(path))
    examined.document.set_direction(replace(direction(), checkpoint_id=examined.document.model.id, auc=0.1))
    menu.open_file(str(path))
    assert examined.document.main_direction.auc == 0.8
    examined.open_model()  # another model
    menu.open_file(str(path))
    assert examined.document.main_direction.auc != 0.8


def test_a_sliders_tooltip_is_wrapped_and_takes_a_name_as_text() -> None:
    text = describe(replace(direction(), name="<b>", auc=0.9, held_out=30, balance="male"))
    assert text.startswith("<p>")  # plain text isn't wrapped
    assert "“&lt;b&gt;”" in text
    assert text.count("<p>") == 4


def test_under_a_slider_the_method_fits_one_line() -> None:
    fitted = replace(direction(), method="visible", balance="male")
    assert method_of(fitted) == "Logistic regression, focused on the part of the picture where it shows; men and women count alike"
    assert method_of(fitted, in_short=True) == "From labelled pictures; men and women count alike"
    assert "focused on the part of the picture where it shows; men and women count alike." in describe(fitted)
    young = replace(fitted, method="balanced", balance="looks_young")
    assert method_of(young, in_short=True) == "Difference of the class means; those with and without looks young count alike"


def test_what_is_one_thing_is_told_once() -> None:
    """The shipped model's directions know both."""
    shares = {"smile": 0.61, "non_smile": 0.61, "no_beard": 0.3, "beard": 0.2, "male": 0.55}
    words = " ".join(cautions(replace(direction(), shares=shares, auc=0.99, stability=0.99)))
    assert words == "These change along with it: smile, male, no beard, beard."

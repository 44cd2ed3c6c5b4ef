"""The Gallery tab: what it decodes and when, what it says of it, and what it saves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.config import DataConfig
from core.data import eye_frame
from core.data.dataset import FaceData, load
from core.export.images import APART, GAP, read_recipe
from core.faces.alignment import USUAL_FRAME, Frame
from core.wording import sides
from explorer import tasks
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.frame_check import FrameCheck
from explorer.document.loading import LoadedModel
from explorer.explore.faces.column import VALIDATION as OF_DATA
from explorer.explore.faces.column import FacesColumn
from explorer.gallery.interpolation import VALIDATION
from explorer.gallery.reconstructions import psnr
from explorer.gallery.sheet import PictureSheet
from explorer.gallery.tab import CODES, INTERPOLATION, RECONSTRUCTIONS, SAMPLES, GalleryPanel
from explorer.messages import Message, Messenger
from explorer.saving.ask_path import file_name, free_path
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from tests.helpers.fake_engine import LATENT_DIM, fake_model
from tests.helpers.fake_vq import fake_vq_model
from tests.helpers.tiny_faces import write_faces

TIMEOUT = 10_000


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> FaceData:
    folder = write_faces(tmp_path_factory.mktemp("faces"), {"smile": 60, "non_smile": 60})
    return load(DataConfig(source=str(folder), image_size=64))


@pytest.fixture
def model(data: FaceData) -> LoadedModel:
    """A model of those pictures."""
    return fake_model(data=data.config, header_data={"fingerprint": data.fingerprint})


def shown(sheet: PictureSheet, index: int) -> np.ndarray:
    """A picture that must be there."""
    picture = sheet.picture(index)
    assert picture is not None
    return picture


def wait_complete(qtbot: QtBot, panel: GalleryPanel) -> None:
    qtbot.waitUntil(lambda: panel.section.is_complete, timeout=TIMEOUT)


def test_says_that_there_is_no_model(qtbot: QtBot, panel: GalleryPanel, document: Document) -> None:
    assert panel._no_model.isVisible()
    assert not panel.save_button.isVisible()
    with qtbot.waitSignal(panel.model_requested):
        panel._no_model.buttons[0].click()
    document.set_loading("faces")
    assert panel._loading.isVisible()


def test_samples_are_those_of_the_seed(qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel) -> None:
    document.set_model(model)
    panel.show_section(SAMPLES)
    wait_complete(qtbot, panel)
    assert panel.samples.sheet.count == 32
    wanted = model.engine.decode(model.engine.sample(32, 0))
    assert np.array_equal(shown(panel.samples.sheet, 31), wanted[31])
    panel.samples.reroll_button.click()
    assert panel.samples.seed == 1
    assert UiSettings.load().gallery_seed == 1
    wait_complete(qtbot, panel)
    assert np.array_equal(shown(panel.samples.sheet, 0), model.engine.decode(model.engine.sample(1, 1))[0])
    assert "seed 1" in panel.caption


@pytest.mark.parametrize(
    ("count", "tiers", "size"), [(8, 1, (1200, 600)), (8, 2, (1200, 600)), (32, 2, (1200, 600)), (8, 1, (1900, 1000))]
)
def test_8_and_32_pictures_fill_the_area_there_is(qtbot: QtBot, count: int, tiers: int, size: tuple[int, int]) -> None:
    sheet = PictureSheet()
    qtbot.addWidget(sheet)
    sheet.resize(*size)
    sheet.set_pictures([[None] * count] * tiers)
    columns, side = sheet.layout_of_cells()
    last = sheet.cell_rect(count - 1)
    assert sheet.rect().contains(sheet.cell_rect(0))
    assert sheet.rect().contains(last)
    assert columns * side > 0.93 * size[0] or last.bottom() - sheet.cell_rect(0).top() > 0.93 * size[1]  # one way at least
    assert count * tiers * side * side > 0.5 * size[0] * size[1] or count * tiers == 16


def test_a_hidden_panel_decodes_nothing(qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel) -> None:
    panel.hide()
    document.set_model(model)
    service: DecodeService = panel._decode_service
    with qtbot.waitSignal(service.decoded):
        service.request("ends", np.zeros((1, LATENT_DIM), np.float32))  # comes before the gallery's own would
        service.request("gallery", np.zeros((1, LATENT_DIM), np.float32))
    engine: Any = model.engine
    qtbot.waitUntil(lambda: engine.decoded == 2)  # ours, and no more
    panel.show()
    wait_complete(qtbot, panel)
    assert engine.decoded == 2 + 32


def test_a_new_epoch_is_shown_at_once(qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel) -> None:
    document.set_model(model)
    panel.show_section(SAMPLES)
    wait_complete(qtbot, panel)
    newer = replace(fake_model(name="newer"), path=model.path)
    document.set_model(newer)
    assert panel.samples.sheet.picture(0) is not None  # the old faces stay meanwhile
    wait_complete(qtbot, panel)
    engine: Any = newer.engine
    assert engine.decoded == 32
    assert "newer" in panel.caption


@pytest.mark.parametrize("place", [RECONSTRUCTIONS, SAMPLES, INTERPOLATION])
def test_pictures_of_another_model_are_gone_at_once(
    qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel, data: FaceData, place: int
) -> None:
    """They would stand over the words about the new one, and a double click would carry their codes to it."""
    document.set_data(data)
    document.set_model(model)
    panel.show_section(place)
    wait_complete(qtbot, panel)
    section: Any = panel.section
    chosen: list[object] = []
    panel.face_chosen.connect(lambda *face: chosen.append(face))
    document.set_model(fake_model(name="another", data=data.config))
    tier = 1 if place == RECONSTRUCTIONS else 0  # the originals may stand there
    assert all(section.sheet.picture(index, tier) is None for index in range(section.sheet.count))
    if place != SAMPLES:  # whose codes are there at once, while the others wait for pictures to be encoded
        section.sheet.picture_opened.emit(0)
        assert not chosen
    wait_complete(qtbot, panel)
    assert "another" in panel.caption
    section.sheet.picture_opened.emit(0)
    assert len(chosen) == 1


def test_reconstructions_with_their_psnr(
    qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel, data: FaceData, tmp_path: Path
) -> None:
    document.set_model(model)
    panel.show_section(RECONSTRUCTIONS)
    assert panel._no_data.isVisible()
    document.set_data(data)
    wait_complete(qtbot, panel)
    sheet = panel.reconstructions.sheet
    assert sheet.count == 8
    original, decoded = sheet.picture(0, 0), sheet.picture(0, 1)
    assert original is not None
    assert decoded is not None
    assert np.abs(original.astype(int) - decoded.astype(int)).max() <= 1  # these pictures are what the code can say
    assert panel.reconstructions.mean_psnr == pytest.approx(
        np.mean([psnr(sheet.picture(i, 0), sheet.picture(i, 1)) for i in range(8)])  # type: ignore[arg-type]
    )
    assert panel.caption.startswith("Validation pictures (top) over their reconstructions; mean PSNR ")
    panel.reconstructions.count_choice.segments[1].click()
    wait_complete(qtbot, panel)
    assert sheet.count == min(32, len(data.split.valid))
    export = panel.section.export()
    assert export is not None
    export.write(tmp_path / "pairs.png", captioned=False)
    with Image.open(tmp_path / "pairs.png") as saved:
        rows = len(export.rows)
        assert rows > 2
        assert saved.height == GAP + rows * (64 + GAP) + (rows // 2 - 1) * (APART - 1) * GAP, "pairs are set apart"


def test_says_where_pictures_are_not_the_models_own(qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData) -> None:
    document.set_model(fake_model())
    document.set_data(data)
    panel.show_section(RECONSTRUCTIONS)
    wait_complete(qtbot, panel)
    assert "not the model's own validation pictures" in panel.caption


def test_offers_to_frame_pictures_as_the_model_does(qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData) -> None:
    sizes = {"sizes": {"smallest": [64, 64], "largest": [64, 64]}}
    document.set_model(fake_model(data=DataConfig(crop="2,2,62,62"), header_data=sizes))
    document.set_data(data)
    panel.show_section(RECONSTRUCTIONS)
    with qtbot.waitSignal(panel.reframe_requested) as asked:
        panel.reconstructions.reframe_button.click()
    assert asked.args == ["2,2,62,62", 64]


@pytest.mark.parametrize(("apart", "words"), [(0.5, "fill more"), (0.2, "fill less"), (0.31, "")])
def test_says_where_faces_are_framed_otherwise(
    qtbot: QtBot,
    panel: GalleryPanel,
    document: Document,
    data: FaceData,
    monkeypatch: pytest.MonkeyPatch,
    apart: float,
    words: str,
) -> None:
    there = Frame((0.5 - apart / 2, 0.4), (0.5 + apart / 2, 0.4)).to_dict()
    monkeypatch.setattr(eye_frame, "measured_frame", lambda _data: there)
    document.set_model(fake_model(header_data={"frame": USUAL_FRAME.to_dict()}))
    document.set_data(data)
    section = panel.reconstructions
    with qtbot.waitSignal(section._frame_check.changed):
        panel.show_section(RECONSTRUCTIONS)
    assert section._notice.isVisibleTo(panel) == bool(words)
    assert words in section._notice_text.text()
    assert section.reframe_button.isVisibleTo(panel) == (words == "fill less")
    if words == "fill less":
        with qtbot.waitSignal(panel.reframe_requested) as asked:
            section.reframe_button.click()
        assert asked.args == ["face", 64]


def test_the_faces_of_a_data_set_are_looked_at_once_for_all_who_ask(
    qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[FaceData] = []

    def measured(one: FaceData) -> dict[str, list[float]]:
        asked.append(one)
        return USUAL_FRAME.to_dict()

    monkeypatch.setattr(eye_frame, "measured_frame", measured)
    document.set_model(fake_model(header_data={"frame": USUAL_FRAME.to_dict()}))
    explore = FacesColumn(document, DecodeService(document), SettingsStore(UiSettings(), document), Messenger(document))
    qtbot.addWidget(explore)
    document.set_data(data)
    check = FrameCheck.of(document, Messenger(document))
    with qtbot.waitSignal(check.changed):
        explore.set_source(OF_DATA)
        panel.show_section(RECONSTRUCTIONS)
    assert document.findChildren(FrameCheck) == [check]
    qtbot.waitUntil(lambda: not tasks.running_tasks(), timeout=10_000)
    assert asked == [data]


def test_the_section_that_was_chosen_is_in_front_after_the_next_start(
    qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData, model: LoadedModel
) -> None:
    document.set_model(model)
    assert panel.section is panel.samples
    QTest.mouseClick(panel.section_choice.segments[CODES], Qt.MouseButton.LeftButton)
    assert panel.section is panel.codes
    next_document = Document()
    service = DecodeService(next_document)
    again = GalleryPanel(next_document, service, SettingsStore(UiSettings.load(), next_document), Messenger(next_document))
    qtbot.addWidget(again)
    next_document.set_model(fake_vq_model(data.config))
    assert again.section is not again.codes, "such a model has no codes of numbers"
    next_document.set_model(model)
    assert again.section is again.codes
    service.close()


def test_pictures_of_another_size_can_be_read_again(qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData) -> None:
    document.set_model(fake_model(image_size=32))
    document.set_data(data)
    panel.show_section(RECONSTRUCTIONS)
    assert panel._wrong_size.isVisible()
    said = " ".join(label.text() for label in panel._wrong_size.findChildren(QLabel))
    assert f"this model sees {sides(32, 32)}. They can be read again to fit it" in said
    with qtbot.waitSignal(panel.reframe_requested) as asked:
        panel._wrong_size.buttons[0].click()
    assert asked.args == ["center", 32]


def test_double_click_chooses_a_picture_to_edit(
    qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel, data: FaceData
) -> None:
    document.set_model(model)
    document.set_data(data)
    panel.show_section(RECONSTRUCTIONS)
    wait_complete(qtbot, panel)
    sheet = panel.reconstructions.sheet
    with qtbot.waitSignal(panel.face_chosen) as chosen:
        qtbot.mouseDClick(sheet, Qt.MouseButton.LeftButton, pos=sheet.cell_rect(2).center())
    anchor, original, class_name = chosen.args
    assert class_name == ""
    assert anchor.kind == "data"
    assert len(anchor.z) == LATENT_DIM
    assert np.array_equal(original, shown(sheet, 2))


def test_keys_choose_a_sample_to_edit(qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel) -> None:
    document.set_model(model)
    panel.show_section(SAMPLES)
    wait_complete(qtbot, panel)
    qtbot.keyClick(panel.samples.sheet, Qt.Key.Key_Right)
    qtbot.keyClick(panel.samples.sheet, Qt.Key.Key_Right)
    with qtbot.waitSignal(panel.face_chosen) as chosen:
        qtbot.keyClick(panel.samples.sheet, Qt.Key.Key_Return)
    anchor, original, class_name = chosen.args
    assert class_name == ""
    assert (anchor.kind, anchor.reference, original) == ("sample", "gallery/0/1", None)
    assert np.allclose(anchor.z, model.engine.sample(32, 0)[1])


def test_interpolation_between_two_chosen_faces(
    qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel, data: FaceData
) -> None:
    document.set_model(model)
    panel.show_section(INTERPOLATION)
    section = panel.interpolation
    assert not section.first.source_choice.segments[VALIDATION].isEnabled()
    section.first.source_choice.segments[1].click()
    section.second.source_choice.segments[1].click()
    document.set_data(data)
    wait_complete(qtbot, panel)
    samples = model.engine.sample(32, 0)
    assert np.array_equal(shown(section.sheet, 0), model.engine.decode(samples[:1])[0])
    assert np.array_equal(shown(section.sheet, 7), model.engine.decode(samples[1:2])[0])
    section.second.source_choice.segments[VALIDATION].click()
    wait_complete(qtbot, panel)
    grid = section.second.grid
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=grid.cell_rect(3).center() + QPoint(1, 1))
    section.steps_box.setValue(5)
    wait_complete(qtbot, panel)
    assert section.second.index == 3
    assert section.sheet.count == 5
    faces = panel._valid.current
    assert faces is not None
    assert np.array_equal(shown(section.sheet, 4), model.engine.decode(faces.z[3:4])[0])
    middle = model.engine.decode((samples[:1] + faces.z[3:4]) / 2)[0].astype(int)
    assert np.abs(shown(section.sheet, 2).astype(int) - middle).max() <= 1
    section.swap_button.click()
    wait_complete(qtbot, panel)
    assert np.array_equal(shown(section.sheet, 0), model.engine.decode(faces.z[3:4])[0])


def test_all_samples_to_choose_from_come(qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel) -> None:
    document.set_model(model)
    panel.show_section(INTERPOLATION)
    panel.interpolation.steps_box.setValue(6)  # overtakes the first request
    wait_complete(qtbot, panel)
    assert all(picture is not None for picture in panel.interpolation._samples)


@pytest.mark.parametrize("section", [RECONSTRUCTIONS, SAMPLES, INTERPOLATION])
def test_saves_with_caption_and_recipe(
    qtbot: QtBot,
    panel: GalleryPanel,
    document: Document,
    model: LoadedModel,
    data: FaceData,
    messages: list[Message],
    tmp_path: Path,
    section: int,
) -> None:
    document.set_model(model)
    document.set_data(data)
    panel.show_section(section)
    wait_complete(qtbot, panel)
    assert panel.save_button.isEnabled()
    export = panel.section.export()
    assert export is not None
    path = tmp_path / f"{export.name}.png"
    panel.save_to(path, export)
    qtbot.waitUntil(lambda: bool(messages), timeout=TIMEOUT)
    assert messages[0].kind == "success"
    assert messages[0].action is not None
    recipe = read_recipe(path)
    assert recipe is not None
    assert recipe["checkpoint"] == model.id
    assert str(data.index.root) not in str(recipe)
    assert UiSettings.load().last_save_folder == str(tmp_path)


def test_what_could_not_be_saved_is_forgotten_once_it_is_saved_elsewhere(
    qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel, messages: list[Message], tmp_path: Path
) -> None:
    document.set_model(model)
    panel.show_section(SAMPLES)
    wait_complete(qtbot, panel)
    export = panel.section.export()
    assert export is not None
    (tmp_path / "no folder").touch()
    panel.save_to(tmp_path / "no folder" / "a.png", export)
    qtbot.waitUntil(lambda: bool(messages), timeout=TIMEOUT)
    assert messages[0].kind == "error"
    with qtbot.waitSignal(panel._messenger.settled) as settled:
        panel.save_to(tmp_path / "a.png", export)
    assert settled.args == [messages[0].topic] != [""]
    qtbot.waitUntil(lambda: messages[-1].kind == "success", timeout=TIMEOUT)


def test_leaving_before_it_is_done_starts_anew_later(
    qtbot: QtBot, panel: GalleryPanel, document: Document, model: LoadedModel
) -> None:
    document.set_model(model)
    panel.show_section(SAMPLES)
    panel.show_section(INTERPOLATION)
    wait_complete(qtbot, panel)
    panel.show_section(SAMPLES)
    wait_complete(qtbot, panel)
    assert all(panel.samples.sheet.picture(i) is not None for i in range(32))


def test_names_of_files(tmp_path: Path) -> None:
    assert file_name("faces-1, epoch 12", "samples", "seed", "3") == "faces-1-epoch-12-samples-seed-3"
    assert file_name("../etc/passwd") == "etc-passwd"
    (tmp_path / "a.png").touch()
    assert free_path(tmp_path, "a.png") == tmp_path / "a-2.png"


def test_all_sections_name_the_same_pictures_alike(
    qtbot: QtBot, panel: GalleryPanel, document: Document, data: FaceData, model: LoadedModel
) -> None:
    document.set_data(data)
    for shown_model, is_own in ((model, True), (fake_model(), False)):
        document.set_model(shown_model)
        panel.show_section(RECONSTRUCTIONS)
        wait_complete(qtbot, panel)
        assert ("not the model's own validation pictures" in panel.caption) is not is_own
        panel.show_section(INTERPOLATION)
        wait_complete(qtbot, panel)
        section = panel.interpolation
        segment = section.first.source_choice.segments[VALIDATION]
        assert segment.text() == ("Validation pictures" if is_own else "Pictures")
        assert segment.toolTip() == ("" if is_own else f"Pictures of {data.index.name}, not the model's own validation pictures")
        export = section.export()
        assert export is not None
        assert ("From a validation picture" if is_own else f"From a picture of {data.index.name}") in export.caption


def test_each_section_without_pictures_says_what_it_will_show(panel: GalleryPanel) -> None:
    texts = [section.no_data_text for section in panel.sections if section.needs_data]
    assert len(texts) >= 6
    assert len(set(texts)) == len(texts)

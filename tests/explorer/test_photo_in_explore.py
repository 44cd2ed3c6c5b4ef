"""A photo of one's own in the Explore tab: its face found, or placed by hand, edited, and saved at the photo's own size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from core.faces.alignment import Eyes
from core.latent.session import from_json
from core.photo import face_edit
from core.photo.face_edit import FaceEdit
from explorer.document.photos import PhotoPreview, full_size, read_photo
from explorer.explore.faces.place_eyes import PlaceEyes
from explorer.saving.ask_picture import SavePicture
from explorer.widgets.eye_markers import EyeMarkers
from explorer.windows.file_actions import FileActions
from tests.explorer.explore_bench import Bench
from tests.explorer.test_document import direction
from tests.helpers.fake_engine import fake_model


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of 500 x 400 pixels with one drawn face."""
    photo = np.full((400, 500, 3), 128, np.uint8)
    photo[70:326, 120:376] = np.asarray(draw_face(sample_parameters(np.random.default_rng([3, 1])), 256))
    path = tmp_path_factory.mktemp("photos") / "me.png"
    Image.fromarray(photo).save(path)
    return path


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    """A photo without a face."""
    path = tmp_path / "wall.png"
    Image.new("RGB", (300, 200), "grey").save(path)
    return path


def open_portrait(qtbot: QtBot, bench: Bench, path: Path) -> None:
    with qtbot.waitSignal(bench.document.session_changed, timeout=20_000):
        bench.panel.faces.open_file(str(path))
    assert bench.document.session.anchor.kind == "photo"


def dialog_of(qtbot: QtBot, bench: Bench) -> PlaceEyes:
    qtbot.waitUntil(lambda: bench.panel.findChild(PlaceEyes) is not None, timeout=20_000)
    dialog = bench.panel.findChild(PlaceEyes)
    assert isinstance(dialog, PlaceEyes)
    qtbot.waitExposed(dialog)
    return dialog


def test_a_photo_is_edited_on_the_canvas_as_it_is(qtbot: QtBot, bench: Bench, portrait: Path) -> None:
    open_portrait(qtbot, bench, portrait)
    pixels = np.asarray(Image.open(portrait))
    qtbot.waitUntil(lambda: bench.panel.picture is not None and bench.panel.picture.shape[0] > 64, timeout=10_000)
    shown = bench.panel.picture
    assert any(  # unedited it is a part of the photo itself
        np.array_equal(shown, pixels[top : top + shown.shape[0], left : left + shown.shape[1]])
        for top in range(pixels.shape[0] - shown.shape[0] + 1)
        for left in range(pixels.shape[1] - shown.shape[1] + 1)
    )
    bench.document.set_edit("direction", "smile", 200.0)
    qtbot.waitUntil(lambda: not np.array_equal(bench.panel.picture, shown), timeout=10_000)
    assert bench.panel.picture.shape == shown.shape
    strip = bench.panel.strip.view
    qtbot.waitUntil(lambda: all(image is not None and image.shape[0] == 160 for image in strip.images), timeout=10_000)


def test_a_weakened_edit_is_said(qtbot: QtBot, bench: Bench, portrait: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FaceEdit, "trusted", lambda self, code: 0.4)
    open_portrait(qtbot, bench, portrait)
    note = bench.panel.tools.note
    bench.document.set_edit("direction", "smile", 80.0)
    qtbot.waitUntil(lambda: "40 %" in note.text())
    assert not note.isHidden()
    assert "turned far" in note.toolTip()
    bench.panel.tools.model_view.click()
    qtbot.waitUntil(note.isHidden)


def test_a_small_faces_edit_is_weakened_and_says_why(
    qtbot: QtBot, bench: Bench, portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face_edit, "enough_pixels", lambda covered, size: 0.3)
    open_portrait(qtbot, bench, portrait)
    note = bench.panel.tools.note
    bench.document.set_edit("direction", "smile", 200.0)
    qtbot.waitUntil(lambda: "30 %" in note.text(), timeout=10_000)
    assert not note.isHidden()
    assert "too few pixels" in note.toolTip()
    preview = bench.panel._preview
    assert preview is not None
    preview.on_canvas(np.asarray(bench.document.session.anchor.z, np.float32)[None])  # for Before, whenever that is drawn
    assert preview.trusted == pytest.approx(0.3)
    bench.document.set_edit("direction", "smile", 0.0)
    qtbot.waitUntil(note.isHidden, timeout=10_000)


def test_the_models_view_and_back(qtbot: QtBot, bench: Bench, portrait: Path) -> None:
    assert not bench.panel.tools.model_view.isVisible()
    open_portrait(qtbot, bench, portrait)
    assert bench.panel.tools.model_view.isVisible()
    qtbot.mouseClick(bench.panel.tools.model_view, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bench.panel.picture is not None and bench.panel.picture.shape == (64, 64, 3), timeout=10_000)
    qtbot.mouseClick(bench.panel.tools.model_view, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bench.panel.picture.shape[0] > 64, timeout=10_000)
    qtbot.mouseClick(bench.panel.tools.model_view, Qt.MouseButton.LeftButton)
    model = bench.document.model
    assert model is not None
    bench.document.set_model(replace(model, generation=model.generation + 1))  # the same file, read anew
    assert bench.panel.tools.shows_model
    bench.document.set_model(replace(model, path="another", generation=model.generation + 2))
    assert not bench.panel.tools.shows_model, "with another model a photo is a photo again"


def test_saved_at_its_own_size_and_elsewhere_the_same(qtbot: QtBot, bench: Bench, portrait: Path, tmp_path: Path) -> None:
    open_portrait(qtbot, bench, portrait)
    bench.document.set_edit("direction", "smile", 200.0)
    qtbot.waitUntil(lambda: bench.panel.picture is not None, timeout=10_000)
    files = FileActions(bench.document, bench.settings, bench.messenger, lambda: bench.panel, bench.panel)
    with qtbot.waitSignal(bench.messenger.message_posted, timeout=20_000):
        files.save_picture()
        dialog = bench.panel.findChild(SavePicture)
        assert dialog.windowTitle() == "Save the whole photo", "though only the face is seen"
        dialog.set_folder(tmp_path)
        target = dialog.path
        dialog.accept()
    made, photo = np.asarray(Image.open(target)), np.asarray(Image.open(portrait))
    assert made.shape == photo.shape
    changed = (made != photo).any(2)
    assert changed[100:300, 150:350].any()
    assert not changed[:20].any()
    assert not changed[:, :40].any()


def test_markers_that_are_swapped_are_said_and_can_be_swapped_back(qtbot: QtBot, portrait: Path, wall: Path) -> None:
    for path, words in ((portrait, "The markers were swapped"), (wall, "the face is upside down")):
        dialog = PlaceEyes(read_photo(path), fake_model())
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitExposed(dialog)
        warning, swap = dialog.findChild(QLabel, "warning"), dialog.findChild(QPushButton, "swap")
        assert not warning.isVisible()
        assert not swap.isVisible()
        right = dialog.eyes
        dialog.markers.set_eyes(right.swapped)
        dialog.markers.eyes_changed.emit(dialog.markers.eyes)
        assert words in warning.text()
        assert warning.isVisible()
        QTest.mouseClick(swap, Qt.MouseButton.LeftButton)
        assert dialog.eyes == right
        assert not warning.isVisible()


@pytest.mark.long
def test_without_a_face_the_eyes_are_asked_for(qtbot: QtBot, bench: Bench, wall: Path) -> None:
    before = bench.document.session.anchor
    bench.panel.faces.open_file(str(wall))
    dialog = dialog_of(qtbot, bench)
    assert "No face was found" in dialog.findChild(QLabel, "note").text()
    assert bench.document.session.anchor == before
    dialog.markers.set_eyes(Eyes((120.0, 90.0), (170.0, 92.0)))
    with qtbot.waitSignal(bench.document.session_changed, timeout=10_000):
        dialog.accept()
    assert bench.document.session.anchor.eyes == (120.0, 90.0, 170.0, 92.0)
    assert bench.document.session.anchor.label == "wall.png"
    assert bench.panel.faces.open_row.button.isEnabled()


def test_called_off_nothing_happens(qtbot: QtBot, bench: Bench, wall: Path) -> None:
    before = bench.document.session
    bench.panel.faces.open_file(str(wall))
    dialog = dialog_of(qtbot, bench)
    dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Cancel).click()
    assert bench.document.session == before


def test_eyes_are_corrected_and_undone(qtbot: QtBot, bench: Bench, portrait: Path) -> None:
    open_portrait(qtbot, bench, portrait)
    first = bench.document.session.anchor
    qtbot.mouseClick(bench.panel.tools.eyes, Qt.MouseButton.LeftButton)
    dialog = dialog_of(qtbot, bench)
    assert dialog.eyes == first.both_eyes
    QTest.keyClick(dialog.markers, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    with qtbot.waitSignal(bench.document.session_changed, timeout=10_000):
        dialog.accept()
    second = bench.document.session.anchor
    assert second.eyes[0] > first.eyes[0]
    assert second.eyes[2:] == first.eyes[2:]
    assert second.z != first.z
    faces = bench.panel.faces
    framed = faces.opened[0].original
    bench.document.undo_stack.undo()
    assert bench.document.session.anchor == first
    assert faces.opened[0].anchor == first  # its thumbnail goes back, too
    assert not np.array_equal(faces.opened[0].original, framed)


def test_another_model_takes_the_photo_along(qtbot: QtBot, bench: Bench, portrait: Path) -> None:
    from explorer.document.document import carried_over

    open_portrait(qtbot, bench, portrait)
    anchor = bench.document.session.anchor
    model = fake_model(image_size=128, directions={"smile": direction()})
    session = carried_over(bench.document.session, model, bench.document.original(anchor), bench.document.photo(anchor))
    assert session.anchor is not None
    assert session.anchor.eyes == anchor.eyes
    assert len(session.anchor.z) == model.engine.spec.latent_dim
    assert from_json(__import__("json").dumps(session.to_dict())) == session


def test_a_marker_is_dragged_and_keys_move_it(qtbot: QtBot) -> None:
    markers = EyeMarkers(np.zeros((200, 300, 3), np.uint8), 2.0, [(40.0, 40.0, 100.0, 100.0), (300.0, 100.0, 120.0, 120.0)])
    qtbot.addWidget(markers)
    markers.resize(600, 400)
    markers.show()
    qtbot.waitExposed(markers)
    markers.set_eyes(Eyes((70.0, 80.0), (110.0, 80.0)), 0)
    place = markers.to_screen(QPointF(110.0, 80.0)).toPoint()
    QTest.mousePress(markers, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    to = place + QPoint(30, 20)
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(to),
        QPointF(to),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(markers, move)
    QTest.mouseRelease(markers, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, to)
    assert markers.eyes.left == (70.0, 80.0)
    assert markers.eyes.right == pytest.approx((140.0, 100.0), abs=1.5)
    QTest.keyClick(markers, Qt.Key.Key_Space)
    QTest.keyClick(markers, Qt.Key.Key_Up)
    assert markers.eyes.left == pytest.approx((70.0, 79.0), abs=1e-6)
    with qtbot.waitSignal(markers.face_chosen) as chosen:
        QTest.mouseClick(
            markers, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, markers.to_screen(QPointF(360.0, 160.0)).toPoint()
        )
    assert chosen.args == [1]


def test_markers_on_one_spot_are_no_face(qtbot: QtBot, portrait: Path) -> None:
    dialog = PlaceEyes(read_photo(portrait), fake_model())
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog._use.isEnabled()
    dialog.markers.set_eyes(Eyes((50.0, 50.0), (51.0, 50.0)))
    dialog.markers.eyes_changed.emit(dialog.markers.eyes)
    assert not dialog._use.isEnabled()


@pytest.mark.parametrize("said", [{}, {"photo_gain": 1.2}])  # how far the model's edits go on photos
def test_the_preview_is_the_full_size_made_smaller(portrait: Path, said: dict[str, float]) -> None:
    model, opened = fake_model(header_data=said), read_photo(portrait)
    anchor, _ = opened.anchored(opened.first_eyes, model)
    code = np.asarray(anchor.z, np.float32) + 0.3
    preview = PhotoPreview(opened, anchor, model)
    whole = full_size(opened, anchor, model, code).astype(int)
    shown = preview.on_canvas(code[None])[0].astype(int)
    assert np.abs(whole - opened.photo.pixels).mean() > 0.5
    assert shown.shape[0] <= 720
    far = cv2.matchTemplate(whole.astype(np.float32), shown.astype(np.float32), cv2.TM_SQDIFF)
    _, _, (left, top), _ = cv2.minMaxLoc(far)  # it is a part of it, here at the same size
    assert np.abs(whole[top : top + shown.shape[0], left : left + shown.shape[1]] - shown).mean() < 0.05

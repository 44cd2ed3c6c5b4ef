"""The previews' scrubber: following, scrubbing, playing, what is at hand, what has gone, and saving the film."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from core.errors import CoreError
from core.export.images import grid, save_picture
from core.progress import Progress
from core.runs.previews import BEFORE, preview_name
from explorer.look.theme import colors
from explorer.saving.ask_path import ask_save_path
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.train.preview import film as preview_film
from explorer.train.preview import picture as preview_picture
from explorer.train.preview import scrubber as preview_scrubber
from explorer.train.preview import shelf as preview_shelf
from explorer.train.preview.preview import Preview
from explorer.train.preview.scrubber import Scrubber
from explorer.train.preview.sheet import SheetView, Shown, arrangements
from explorer.train.preview.shelf import Sheet, SheetShelf, read_sheet, spread_order
from explorer.widgets.progress_strip import ProgressStrip
from tests.helpers.painted import pixel


def level(epoch: int, row: int) -> int:
    return 10 + 60 * row + epoch % 50


def write(folder: Path, epoch: int, rows: int = 3, columns: int = 8, channels: int = 3, more: int = 0) -> Path:
    """A sheet whose greys tell epoch and row."""
    sheet = [np.full((columns, 16, 16, channels), level(epoch, row) + more, np.uint8) for row in range(rows)]
    path = folder / preview_name(epoch)
    save_picture(path, grid(sheet))
    return path


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., dict[int, Path]]:
    """A run's previews: `run("faces-1", 12)`."""

    def make(name: str, epochs: int, **about: int) -> dict[int, Path]:
        return {epoch: write(tmp_path / name / "previews", epoch, **about) for epoch in range(1, epochs + 1)}

    return make


@pytest.fixture
def preview(qtbot: QtBot) -> Preview:
    widget = Preview(SettingsStore(UiSettings()))
    qtbot.addWidget(widget)
    widget.resize(820, 260)
    widget.show()
    return widget


def shows(preview: Preview, epoch: int, row: int = 1, more: int = 0) -> bool:
    """Whether that epoch's picture is what is painted."""
    place = preview._sheet.rect_of(BEFORE[row], 0).center()
    return preview.epoch == epoch and abs(pixel(preview._sheet, place)[0] - level(epoch, row) - more) <= 1


def words(preview: Preview) -> str:
    return " | ".join(label.text() for label in preview.findChildren(QLabel) if label.isVisibleTo(preview))


def test_it_follows_the_run_at_the_end_alone(qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]]) -> None:
    paths = run("faces-1", 8)
    assert "Validation pictures, their reconstructions and samples appear here after the first epoch" in words(preview)
    preview.clear(("originals", "reconstructions"))
    assert "Validation pictures and their reconstructions appear here after the first epoch" in words(preview)
    preview.clear(BEFORE)
    assert not preview._scrubber.isVisible()
    preview.add(1, paths[1])
    qtbot.waitUntil(lambda: shows(preview, 1), timeout=5000)
    assert "epoch 1" in words(preview)
    assert not preview._scrubber.isVisible()
    assert not preview._film_action.isVisible()
    preview.add(2, paths[2])
    qtbot.waitUntil(lambda: shows(preview, 2), timeout=5000)
    assert preview._scrubber.isVisible()
    assert "Epoch 2" in words(preview)
    for epoch in (3, 4, 5):
        preview.add(epoch, paths[epoch])
    qtbot.waitUntil(lambda: shows(preview, 5), timeout=5000)
    qtbot.keyClick(preview._slider, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: shows(preview, 4), timeout=5000)
    preview.add(6, paths[6])
    assert preview._slider.maximum() == 5
    assert shows(preview, 4)
    assert "Epoch 4" in words(preview)
    qtbot.keyClick(preview._slider, Qt.Key.Key_End)
    preview.add(7, paths[7])
    qtbot.waitUntil(lambda: shows(preview, 7), timeout=5000)


def test_a_run_that_went_back_shows_the_new_picture(
    qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]], tmp_path: Path
) -> None:
    paths = run("faces-1", 6)
    preview.set_previews(paths)
    qtbot.waitUntil(lambda: shows(preview, 6), timeout=5000)
    write(tmp_path / "faces-1" / "previews", 4, more=40)
    preview.add(4, paths[4])
    qtbot.waitUntil(lambda: shows(preview, 4, more=40), timeout=5000)
    assert preview._slider.maximum() == 3


def test_the_same_run_read_again_stays_where_one_looks(
    qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]], tmp_path: Path
) -> None:
    paths = run("faces-1", 9)
    preview.set_previews({epoch: paths[epoch] for epoch in range(1, 8)})
    qtbot.waitUntil(lambda: shows(preview, 7), timeout=5000)
    preview._slider.setValue(2)
    qtbot.waitUntil(lambda: shows(preview, 3), timeout=5000)
    write(tmp_path / "faces-1" / "previews", 3, more=30)  # resumed by another process
    preview.set_previews(paths)
    assert preview.epoch == 3
    qtbot.waitUntil(lambda: shows(preview, 3, more=30), timeout=5000)
    preview._slider.setValue(8)
    preview.set_previews(run("other-1", 4))
    assert preview.epoch == 0
    qtbot.waitUntil(lambda: shows(preview, 4), timeout=5000)


def test_dragging_shows_the_nearest_sheet_at_once(qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]]) -> None:
    preview.set_previews(run("faces-1", 40))
    qtbot.waitUntil(lambda: shows(preview, 40), timeout=5000)
    slider = preview._slider
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, slider.height() // 2))
    assert abs(slider.value() - 19.5) < 2
    assert f"Epoch {slider.value() + 1}" in words(preview)
    qtbot.waitUntil(lambda: len(preview._shelf._sheets) == 40, timeout=8000)
    for epoch in (3, 30, 17):
        slider.setValue(epoch - 1)
        assert shows(preview, epoch)  # no wait
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton)


@pytest.mark.long
def test_playing_goes_through_all_epochs_once(
    qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_scrubber, "PLAY_MS", 0)
    preview.set_previews(run("faces-1", 30))
    qtbot.waitUntil(lambda: preview.epoch == 30, timeout=5000)
    seen: list[int] = []
    preview.epoch_shown.connect(seen.append)
    qtbot.mouseClick(preview._scrubber.play_button, Qt.MouseButton.LeftButton)
    assert preview._scrubber.is_playing
    qtbot.waitUntil(lambda: not preview._scrubber.is_playing, timeout=10_000)
    assert [epoch for epoch in seen if epoch != 30] == list(range(1, 30))
    assert preview.epoch == 30
    qtbot.keyClick(preview._slider, Qt.Key.Key_Space)
    assert preview._scrubber.is_playing
    qtbot.keyClick(preview._slider, Qt.Key.Key_Right)  # a hand at the slider stops it
    assert not preview._scrubber.is_playing


@pytest.mark.long
def test_playing_waits_for_what_is_not_ready(qtbot: QtBot) -> None:
    ready = {1}
    scrubber = Scrubber(ready.__contains__)
    qtbot.addWidget(scrubber)
    scrubber.show()
    scrubber.set_positions(4, 3)
    scrubber.toggle_play()
    qtbot.waitUntil(lambda: scrubber.position == 1, timeout=5000)
    with qtbot.waitSignal(scrubber._timer.timeout, timeout=5000):
        pass
    assert (scrubber.position, scrubber.is_playing) == (1, True)
    ready.update((2, 3))
    qtbot.waitUntil(lambda: not scrubber.is_playing, timeout=5000)
    assert scrubber.position == 3
    scrubber.toggle_play()
    scrubber.hide()
    assert not scrubber.is_playing


def test_the_slider_goes_where_it_is_clicked_both_ways_round(qtbot: QtBot) -> None:
    scrubber = Scrubber(lambda _: True)
    qtbot.addWidget(scrubber)
    scrubber.resize(600, 40)
    scrubber.show()
    scrubber.set_positions(101, 100)
    slider = scrubber.slider
    place = QPoint(slider.width() // 4, slider.height() // 2)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=place)
    assert abs(slider.value() - 25) <= 1
    scrubber.set_positions(9, 8)  # far apart: the handle stands beside the mouse
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() * 9 // 32, slider.height() // 2))
    assert slider.value() == 2
    qtbot.mouseMove(slider, QPoint(slider.width() * 3 // 4, slider.height() // 2))
    assert slider.isSliderDown()
    assert slider.value() == 6
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() * 3 // 4, slider.height() // 2))
    scrubber.set_positions(101, 100)
    scrubber.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=place)
    assert abs(slider.value() - 75) <= 1


def test_what_is_at_hand_is_bounded(qtbot: QtBot, run: Callable[..., dict[int, Path]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_shelf, "CAPACITY", 6)
    shelf = SheetShelf()
    shelf.set_paths(run("faces-1", 20))
    read: list[int] = []
    shelf.sheet_read.connect(read.append)
    shelf.want([7, *spread_order(20)])  # places stand for epochs here: 0 is none
    qtbot.waitUntil(lambda: len(read) == 6, timeout=5000)
    assert read[0] == 7
    shelf.want([3, 4, 5])
    qtbot.waitUntil(lambda: {3, 4, 5} <= set(read), timeout=5000)
    assert len(shelf._sheets) == 6
    assert all(shelf.sheet(epoch) is not None for epoch in (3, 4, 5))
    monkeypatch.setattr(preview_shelf, "BYTES", 4 * 3 * 8 * 16 * 16 * 4)  # four such sheets
    shelf.want([9])
    qtbot.waitUntil(lambda: shelf.sheet(9) is not None, timeout=5000)
    assert len(shelf._sheets) == shelf.room == 4


def test_any_beginning_of_the_order_is_spread() -> None:
    assert spread_order(0) == []
    assert spread_order(1) == [0]
    for count in (2, 3, 40, 193):
        order = spread_order(count)
        assert sorted(order) == list(range(count))
        for some in (8, 30):
            if some < count:
                assert max(np.diff(sorted(order[:some]))) <= 4 * count / some


def test_previews_that_a_run_thinned_out_are_passed_over(
    qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]]
) -> None:
    paths = run("faces-1", 12)
    preview.set_previews(paths)
    qtbot.waitUntil(lambda: shows(preview, 12), timeout=5000)
    preview._slider.setValue(8)
    qtbot.waitUntil(lambda: shows(preview, 9), timeout=5000)
    qtbot.waitUntil(lambda: len(preview._shelf._sheets) == 12, timeout=5000)
    preview.set_previews(paths)
    for epoch in (2, 4, 10):
        paths[epoch].unlink()
    preview._shelf.look_for_gone()
    qtbot.waitUntil(lambda: preview._slider.maximum() == 8, timeout=5000)
    assert preview._shelf.epochs == [1, 3, 5, 6, 7, 8, 9, 11, 12]
    qtbot.waitUntil(lambda: shows(preview, 9), timeout=5000)  # what one looked at
    paths[11].unlink()
    preview.set_previews({11: paths[11], 12: paths[12]})
    qtbot.keyClick(preview._slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: preview._shelf.epochs == [12] and shows(preview, 12), timeout=5000)


def test_a_broken_preview_is_said(qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]]) -> None:
    paths = run("faces-1", 3)
    paths[3].write_bytes(b"nothing")
    preview.set_previews(paths)
    qtbot.waitUntil(lambda: "epoch 3 can't be read" in words(preview), timeout=5000)
    qtbot.keyClick(preview._slider, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: shows(preview, 2), timeout=5000)
    assert "can't be read" not in words(preview)


def test_rows_are_chosen_where_there_are_samples(qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]]) -> None:
    preview.set_previews(run("old-1", 3, rows=2))
    qtbot.waitUntil(lambda: shows(preview, 3), timeout=5000)
    assert preview.shown is Shown.TOGETHER
    assert not preview._rows.isVisible()
    preview.set_previews(run("faces-1", 3, channels=1))
    qtbot.waitUntil(lambda: shows(preview, 3, row=2), timeout=5000)
    assert preview._rows.isVisible()
    assert preview.shown is Shown.BOTH
    qtbot.mouseClick(preview._rows.segments[2], Qt.MouseButton.LeftButton)
    assert preview.shown is Shown.SAMPLES
    assert preview._sheet.rect_of("originals", 0).isEmpty()
    assert shows(preview, 3, row=2)
    assert "Samples, always from the same noise" in words(preview)


def test_pictures_are_as_large_as_fits() -> None:
    for count in (1, 2, 7, 8):
        for shown in Shown:
            for way in arrangements(shown.of(BEFORE), count):
                assert len(set(way.cells.values())) == len(way.cells) == count * len(shown.of(BEFORE))
                for width, height in ((820, 170), (400, 500), (90, 80)):
                    size = way.size(way.side(width, height))
                    assert way.side(width, height) == 1 or (size.width() <= width and size.height() <= height)
    wide, tall = SheetView(), SheetView()
    wide.resize(820, 172)
    tall.resize(500, 400)
    assert (wide.arrangement().rows, tall.arrangement().rows) == (2, 3)


def test_empty_places_stand_where_a_row_is_missing(qtbot: QtBot, tmp_path: Path, themed_app: QApplication) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(820, 172)
    view.show_sheet(read_sheet(1, write(tmp_path, 1, rows=2)))
    empty = colors().placeholder.getRgb()[:3]
    assert pixel(view, view.rect_of("samples", 0).center()) == empty
    assert pixel(view, view.rect_of("reconstructions", 0).center())[0] == level(1, 1)
    view.show_sheet(Sheet(1, ()))
    assert pixel(view, view.rect_of("originals", 0).center()) == empty


def test_a_film_is_saved_as_shown(
    qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(parent: object, title: str, folder: str, name: str, kinds: str) -> Path:
        asked.append(name)
        return tmp_path / name

    monkeypatch.setattr(preview_film, "ask_save_path", ask)
    preview.set_previews(run("faces-1", 7))
    qtbot.waitUntil(lambda: shows(preview, 7), timeout=5000)
    heights = []
    for choice in (Shown.BOTH, Shown.SAMPLES):
        preview._rows.segments[choice].click()
        with qtbot.waitSignal(preview.saved, timeout=8000) as saved:
            preview._film_action.trigger()
        assert saved.args == [tmp_path / "faces-1-epochs.webp"]
        with Image.open(saved.args[0]) as film:
            assert film.n_frames == 7
            heights.append(film.height)
    assert asked == ["faces-1-epochs.webp"] * 2
    assert heights[0] - heights[1] == 2 * 20  # two rows of 16 pixels and a gap more
    assert preview._header.isVisible()
    assert not preview.film.is_busy


def test_the_pictures_on_the_screen_are_saved_with_what_they_are(
    qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endings = iter((".png", ".png", ".pdf", ".svg"))
    proposed: list[str] = []

    def ask(parent: object, title: str, folder: str, name: str, kinds: str) -> Path:
        proposed.append(name)
        return tmp_path / Path(name).with_suffix(next(endings))

    monkeypatch.setattr(preview_picture, "ask_save_path", ask)
    preview.set_previews(run("faces-1", 1))
    qtbot.waitUntil(lambda: shows(preview, 1), timeout=5000)
    assert preview.save_button.isVisible(), "one epoch is enough"

    def save() -> Path:
        with qtbot.waitSignal(preview.saved, timeout=8000) as saved:
            preview.menu.actions()[0].trigger()
        return Path(saved.args[0])

    rows = [np.full((8, 16, 16, 3), level(1, row), np.uint8) for row in range(3)]
    whole = np.asarray(Image.open(save()).convert("RGB"))
    assert whole.shape[0] > grid(rows).shape[0], "with its caption"
    np.testing.assert_array_equal(whole[: grid(rows).shape[0], : grid(rows).shape[1]], grid(rows))
    preview._rows.segments[Shown.TOGETHER].click()
    preview.picture.choices.captioned.trigger()
    next(entry for entry in preview.picture.choices.widths.actions() if entry.data() == 85).trigger()
    with Image.open(save()) as pairs:
        assert pairs.width / pairs.info["dpi"][0] * 2.54 == pytest.approx(8.5, abs=0.05)
        assert pairs.height / pairs.width == pytest.approx(grid(rows[:2]).shape[0] / grid(rows[:2]).shape[1], abs=0.01)
    preview.picture.choices.captioned.trigger()
    assert save().read_bytes().startswith(b"%PDF")
    words = save().read_text(encoding="utf-8")
    assert "faces-1, epoch 1: validation pictures" in words
    assert "samples" not in words, "they aren't shown"
    assert proposed == ["faces-1-epoch-1.png"] * 4


def test_long_words_leave_the_room_to_the_pictures(qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]]) -> None:
    preview.set_previews(run("faces-1", 3))
    qtbot.waitUntil(lambda: shows(preview, 3), timeout=5000)
    assert "Validation pictures over reconstructions" in preview._caption.text()
    whole = preview._what
    preview.resize(470, 260)
    qtbot.waitUntil(lambda: preview._caption.text() != whole)
    assert preview._caption.text() in ("Validation pictures", ""), "nothing is cut"
    assert whole in preview._sheet.toolTip()
    preview.resize(820, 260)
    qtbot.waitUntil(lambda: preview._caption.text() == whole)
    preview._caption.resize(150, preview._caption.height())  # what stands beside it takes more than it did
    assert preview._caption.text() in ("Validation pictures", "")
    preview._caption.resize(600, preview._caption.height())
    assert preview._sheet.toolTip() == ""


def test_the_pictures_on_the_screen_are_copied_from_their_menu(
    qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]]
) -> None:
    preview._sheet.customContextMenuRequested.emit(QPoint(9, 9))
    assert not preview.menu.isVisible(), "there is nothing yet"
    preview.set_previews(run("faces-1", 3))
    qtbot.waitUntil(lambda: shows(preview, 3), timeout=5000)
    preview._sheet.customContextMenuRequested.emit(QPoint(9, 9))
    assert preview.menu.isVisible()
    copy = preview.menu.actions()[1]
    assert copy.text() == "Copy the picture"
    with qtbot.waitSignal(preview.copied, timeout=5000) as copied:
        copy.trigger()
    preview.menu.close()
    image = QApplication.clipboard().image()
    assert image.size() == copied.args[0]
    assert image.pixelColor(8, 8).red() == level(3, 0)


def test_a_long_film_shows_how_far_it_is_and_can_be_given_up(
    qtbot: QtBot, preview: Preview, run: Callable[..., dict[int, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview.set_previews(run("faces-1", 3))
    qtbot.waitUntil(lambda: shows(preview, 3), timeout=5000)
    strip = preview.findChild(ProgressStrip)
    assert strip is not None
    go_on: list[bool] = []

    def endless(path: Path, previews: object, rows: object, caption: object, told: Progress) -> int:
        while not go_on:
            told("", 1, 3)
        return 3

    monkeypatch.setattr(preview_film, "save_film", endless)
    path = tmp_path / "film.webp"
    preview.film.save(path, [], ("originals",))
    qtbot.waitUntil(strip.isVisible, timeout=5000)
    assert not preview._header.isVisible()
    assert "Making the film film.webp" in words(preview)
    with qtbot.assertNotEmitted(preview.saved):
        qtbot.mouseClick(strip.findChild(QPushButton), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not preview.film.is_busy, timeout=5000)
    assert preview._header.isVisible()
    assert not strip.isVisible()
    assert not path.exists()


def test_a_film_that_cannot_be_saved_is_said(qtbot: QtBot, preview: Preview, tmp_path: Path) -> None:
    with qtbot.waitSignal(preview.failed, timeout=5000) as failed:
        preview.film.save(tmp_path / "film.webp", [(1, tmp_path / "gone.png")], ("originals", "reconstructions"))
    assert isinstance(failed.args[0], CoreError)
    assert not preview.film.is_busy


def test_the_dialog_gives_the_name_the_ending_of_the_kind(qtbot: QtBot, preview: Preview, tmp_path: Path) -> None:
    (tmp_path / "faces-1-epochs.webp").touch()
    proposed: list[str] = []

    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        proposed.append(Path(dialog.selectedFiles()[0]).name)
        kinds = dialog.findChild(QComboBox, "fileTypeCombo")
        kinds.setCurrentIndex(1)
        kinds.activated.emit(1)
        proposed.append(Path(dialog.selectedFiles()[0]).name)
        dialog.accept()

    QTimer.singleShot(0, choose)
    kinds = "WebP animation (*.webp);;GIF animation (*.gif)"
    path = ask_save_path(preview, "Save the film", str(tmp_path), "faces-1-epochs.webp", kinds)
    assert proposed == ["faces-1-epochs-2.webp", "faces-1-epochs-2.gif"]
    assert path == tmp_path / "faces-1-epochs-2.gif"

"""Saving, copying and pasting in Explore: formats, what stays in a file, exports of a photo, and the clipboard."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.ExifTags import IFD, Base
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.data.camera_data import CameraData
from core.export.images import read_recipe
from core.export.origin import EDITED
from explorer.look.pixels import to_array, to_qimage
from explorer.messages import Message
from explorer.saving.ask_path import file_name, free_path, usual_folder
from explorer.saving.ask_picture import PictureFormat, SavePicture
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.widgets.strip_view import ORIGINAL
from explorer.windows.clipboard import picture_in, written
from explorer.windows.file_actions import FileActions
from tests.core.test_camera_data import notes
from tests.explorer.test_explore_panel import Bench
from tests.explorer.test_photo_in_explore import open_portrait, portrait  # noqa: F401 - a fixture
from tests.helpers.origin import source_type

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench()
    qtbot.addWidget(made.panel)
    made.panel.show()
    qtbot.waitExposed(made.panel)
    made.open_model()
    made.files = FileActions(made.document, made.settings, made.messenger, lambda: made.panel, made.panel)  # type: ignore[attr-defined]
    made.files.picture_pasted.connect(made.panel.faces.open_file)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: made.panel.picture is not None, timeout=10_000)
    yield made
    QApplication.clipboard().clear()
    made.decoding.close()


@pytest.fixture(scope="module")
def taken(portrait: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """The portrait as a camera's file: a profile, notes, and half of its left edge transparent."""
    path = tmp_path_factory.mktemp("taken") / "taken.png"
    with Image.open(portrait) as image:
        alpha = np.full(image.size[::-1], 255, np.uint8)
        alpha[:200, :20] = 0
        image.putalpha(Image.fromarray(alpha))
        exif = notes()
        exif[Base.Orientation] = 1
        image.save(path, icc_profile=ICC, exif=exif.tobytes())
    return path


def saved(qtbot: QtBot, bench: Bench, folder: Path, ending: str, action: str = "save_picture", **boxes: bool) -> Path:
    """Save by way of the dialog; gives the file."""
    with qtbot.waitSignal(bench.messenger.message_posted, timeout=20_000) as posted:
        getattr(bench.files, action)()  # type: ignore[attr-defined]
        dialog = bench.panel.findChildren(SavePicture)[-1]
        dialog.set_folder(folder)
        place = dialog.format.endings.index(ending)
        QTest.mouseClick(dialog.format.format.segments[place], Qt.MouseButton.LeftButton)
        for name, wanted in boxes.items():
            getattr(dialog.format, name).setChecked(wanted)
        path = dialog.path
        dialog.accept()
    assert posted.args[0].kind == "success", posted.args[0].text
    return path


@pytest.mark.long
@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_a_photo_in_each_format_keeps_what_belongs_to_it(
    qtbot: QtBot, bench: Bench, taken: Path, tmp_path: Path, ending: str
) -> None:
    open_portrait(qtbot, bench, taken)
    bench.document.set_edit("direction", "smile", 200.0)
    path = saved(qtbot, bench, tmp_path, ending)
    with Image.open(path) as image:
        assert image.size == (500, 400)
        assert image.info["icc_profile"] == ICC
        assert not dict(image.getexif()), "nothing of the camera unless it is asked for"
        assert (image.mode == "RGBA") == (ending != ".jpg")
        if ending == ".jpg":
            assert min(image.getpixel((5, 50))) > 250, "on white"
        else:
            assert image.getchannel("A").getextrema() == (0, 255)
    assert source_type(path) == EDITED
    if ending == ".png":
        assert read_recipe(path)["session"]["edits"][0]["weight"] == 200.0
    with Image.open(saved(qtbot, bench, tmp_path, ending, camera=True)) as image:
        assert image.getexif()[Base.Model] == "Phone 7"
        assert not image.getexif().get_ifd(IFD.GPSInfo)
    assert bench.settings.value.keep_camera
    assert not bench.settings.value.keep_place
    with Image.open(saved(qtbot, bench, tmp_path, ending, place=True)) as image:
        assert image.getexif().get_ifd(IFD.GPSInfo)
    assert len(list(tmp_path.glob(f"*{ending}"))) == 3, "each got a name of its own"


@pytest.mark.long
def test_a_mark_only_where_it_is_wanted_and_nothing_said_of_a_photo_as_it_was(
    qtbot: QtBot, bench: Bench, taken: Path, tmp_path: Path
) -> None:
    open_portrait(qtbot, bench, taken)
    untouched = saved(qtbot, bench, tmp_path, ".png")
    assert source_type(untouched) is None
    bench.document.set_edit("direction", "smile", 200.0)
    plain = saved(qtbot, bench, tmp_path, ".png")
    marked = saved(qtbot, bench, tmp_path, ".png", mark=True)
    assert source_type(plain) == source_type(marked) == EDITED
    assert bench.settings.value.mark_edits
    with Image.open(plain) as one, Image.open(marked) as other:
        rows, columns = np.nonzero((np.asarray(one) != np.asarray(other)).any(2))
    assert len(rows) > 50
    assert rows.min() > 350
    assert columns.min() > 250
    bench.document.set_edits(())
    again = saved(qtbot, bench, tmp_path, ".png")  # the box is remembered, and means edited pictures
    with Image.open(untouched) as one, Image.open(again) as other:
        assert np.array_equal(np.asarray(one), np.asarray(other))


def test_the_models_view_is_saved_as_it_is_seen(qtbot: QtBot, bench: Bench, taken: Path, tmp_path: Path) -> None:
    open_portrait(qtbot, bench, taken)
    bench.panel.tools.model_view.setChecked(True)
    qtbot.waitUntil(lambda: bench.panel.picture.shape == (64, 64, 3), timeout=10_000)
    bench.document.set_edit("direction", "smile", 100.0)
    bench.files.save_picture()  # type: ignore[attr-defined]
    dialog = bench.panel.findChildren(SavePicture)[-1]
    assert dialog.windowTitle() == "Save the face as the model draws it, not the photo"
    assert dialog.path.stem == "taken-smile-100-as-drawn"
    dialog.reject()
    with Image.open(saved(qtbot, bench, tmp_path, ".webp")) as image:
        assert image.size == (64, 64)
    assert bench.document.unsaved_pictures, "the edited photo is in no file yet"


def test_strip_and_before_after_of_a_photo(qtbot: QtBot, bench: Bench, taken: Path, tmp_path: Path) -> None:
    open_portrait(qtbot, bench, taken)
    bench.document.set_edit("direction", "smile", 200.0)
    bench.panel.strip.set_steps(3)
    with Image.open(saved(qtbot, bench, tmp_path, ".png", "save_strip")) as strip:
        pair_wide = strip.width
        assert strip.height > 250, "the photo, not thumbnails of it"
    for steps in (4, 6):  # that an assignment asks for
        bench.panel.strip.set_steps(steps)
        bench.files.save_strip()  # type: ignore[attr-defined]
        dialog = bench.panel.findChildren(SavePicture)[-1]
        assert dialog.windowTitle() == "Save the strip"
        assert dialog.path.stem == f"taken-smile-0-to-100-in-{steps}-steps"
        dialog.reject()
    bench.files.exporter.save_before_after()  # type: ignore[attr-defined]
    dialog = bench.panel.findChildren(SavePicture)[-1]
    assert dialog.windowTitle() == "Save before and after"
    assert dialog.path.stem == "taken-smile-200-before-after"
    assert not dialog.format.camera.isVisibleTo(dialog)
    dialog.set_folder(tmp_path)
    path = dialog.path
    with qtbot.waitSignal(bench.messenger.message_posted, timeout=20_000):
        dialog.accept()
    with Image.open(path) as pair:
        assert pair.width == pytest.approx(pair_wide * 2 / 3, abs=4)
        pixels = np.asarray(pair.convert("RGB")).astype(int)
    half = (pixels.shape[1] - 12) // 2
    first, second = pixels[30:-8, 4 : 4 + half], pixels[30:-8, 8 + half : 8 + 2 * half]
    assert 0.5 < np.abs(first - second).mean() < 40


@pytest.mark.long
@pytest.mark.parametrize("ending", [".gif", ".webp"])
def test_the_change_as_a_film(qtbot: QtBot, bench: Bench, taken: Path, tmp_path: Path, ending: str) -> None:
    with qtbot.waitSignal(bench.messenger.message_posted) as posted:
        bench.files.exporter.save_film()  # type: ignore[attr-defined]
    assert "move a slider first" in posted.args[0].text
    open_portrait(qtbot, bench, taken)
    bench.document.set_edit("direction", "smile", 200.0)
    bench.files.exporter.save_film()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: bool(bench.panel.findChildren(SavePicture)), timeout=30_000)
    dialog = bench.panel.findChildren(SavePicture)[-1]
    assert dialog.name.text() == "taken-smile-200.gif"
    assert dialog.format.endings[:2] == (".gif", ".webp")
    assert not dialog.format.quality.isVisibleTo(dialog)
    assert not dialog.format.mark.isVisibleTo(dialog)
    dialog.format.format.segments[dialog.format.endings.index(ending)].click()
    assert dialog.name.text() == f"taken-smile-200{ending}"
    dialog.set_folder(tmp_path)
    dialog.name.setText(f"film{ending}")
    before = bench.settings.value.save_ending
    with qtbot.waitSignal(bench.messenger.message_posted, timeout=60_000) as posted:
        dialog.accept()
    assert posted.args[0].kind == "success"
    assert bench.settings.value.save_ending == before, "a film's format is none of pictures"
    with Image.open(tmp_path / f"film{ending}") as film:
        assert film.size == (312, 312), "the part around the face, no larger than it is"
        assert film.n_frames > 5, "WebP makes one of frames that look the same"
    assert not bench.panel.exporting.isVisible()


def test_a_film_can_be_cancelled(qtbot: QtBot, bench: Bench, taken: Path, tmp_path: Path) -> None:
    open_portrait(qtbot, bench, taken)
    bench.document.set_edit("direction", "smile", 200.0)
    exporter = bench.files.exporter  # type: ignore[attr-defined]
    exporter.write_film(exporter._snapshot(), tmp_path / "film.gif")
    work = exporter._saver.work
    assert work.is_busy
    with qtbot.waitSignal(bench.messenger.message_posted) as posted:
        bench.files.copy_picture()  # type: ignore[attr-defined]
    assert posted.args[0].text == "“Making film.gif” isn't done yet; wait for it or cancel it."
    bench.panel.exporting._cancel.click()
    qtbot.waitUntil(lambda: not work.is_busy, timeout=20_000)
    assert not list(tmp_path.glob("film*"))


# -- the dialog -----------------------------------------------------------------------------------------------------


def dialog_for(qtbot: QtBot, folder: Path, **more: object) -> SavePicture:
    settings = SettingsStore(UiSettings(last_save_folder=str(folder)))
    dialog = SavePicture("me-smile-60", settings, **more)  # type: ignore[arg-type]
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_png_is_the_default_and_says_that_it_alone_carries_the_recipe(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = dialog_for(qtbot, tmp_path)
    assert dialog.path == tmp_path / "me-smile-60.png"
    assert "keeps the edit" in dialog.format.note.text()
    assert not dialog.format.quality.isVisible()
    QTest.mouseClick(dialog.format.format.segments[1], Qt.MouseButton.LeftButton)
    assert dialog.path.name == "me-smile-60.jpg"
    assert "only PNG does" in dialog.format.note.text()
    assert dialog.format.quality.isVisible()


def test_a_kept_edit_is_promised_in_words_for_every_model(qtbot: QtBot) -> None:
    """What was painted with codes has no sliders that could come back."""
    made = PictureFormat(SettingsStore(UiSettings()))
    qtbot.addWidget(made)
    assert made.note.text() == (
        "Every pixel stays as it is. It keeps the edit: drop the file on this window, and you can go on editing."
    )


def test_the_typed_ending_names_the_format(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = dialog_for(qtbot, tmp_path)
    for typed, name, ending in (
        ("a.JPEG", "a.JPEG", ".jpg"),
        ("b.webp", "b.webp", ".webp"),
        ("b", "b.webp", ".webp"),
        ("c v1.2", "c v1.2.webp", ".webp"),
        ("d.png", "d.png", ".png"),
        ("e.gif", "e.gif.png", ".png"),
    ):
        dialog.name.clear()
        QTest.keyClicks(dialog.name, typed)
        assert (dialog.path.name, dialog.format.ending) == (name, ending)


def test_a_name_that_is_taken_or_none(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "me-smile-60.png").touch()
    dialog = dialog_for(qtbot, tmp_path)
    assert dialog.path.name == "me-smile-60-2.png"
    assert not dialog.warning.isVisible()
    dialog.name.clear()
    QTest.keyClicks(dialog.name, "me-smile-60")
    assert dialog.warning.isVisible()
    assert dialog.save_button.text() == "Replace"
    for bad in ("nowhere/x", "a/b.png", "", "/", f"{tmp_path}/"):
        dialog.name.clear()
        QTest.keyClicks(dialog.name, bad)
        assert not dialog.save_button.isEnabled(), bad


def test_what_is_in_the_way_of_a_typed_name_is_said(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = dialog_for(qtbot, tmp_path)
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "notes").touch()
    look = os.stat

    def guarded(place: object, *args: object, **more: object) -> os.stat_result:
        for name, number in (("locked", errno.EACCES), ("stale", errno.EIO)):
            if str(place) == str(tmp_path / name / "x.png"):
                raise OSError(number, os.strerror(number))
        return look(place, *args, **more)  # type: ignore[arg-type]

    for name in ("locked", "stale"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(os, "stat", guarded)
    for typed, wanted in (
        ("y" * 300, "too long"),
        ("写" * 90, "too long"),
        ("y" * 300 + "/x", "too long"),
        ("locked/x", "may not open"),
        ("stale/x", "can't be reached"),
        ("nowhere/x", "no folder"),
        ("notes/x", "no folder"),
        ("folder", "is a folder"),
    ):
        dialog.name.setText(typed)
        dialog.name.textEdited.emit(typed)
        assert wanted in dialog.warning.text(), typed
        assert (dialog.save_button.isEnabled(), dialog.save_button.text()) == (False, "Save")
    dialog.name.setText("x")
    dialog.name.textEdited.emit("x")
    assert (dialog.save_button.isEnabled(), dialog.warning.text()) == (True, "")


@pytest.mark.parametrize("letter", ["y", "写", "😀"])
def test_a_proposed_name_is_short_enough_for_a_file(tmp_path: Path, letter: str) -> None:
    stem = file_name(letter * 300, "smile")
    for number in (None, 2, 3):
        path = free_path(tmp_path, f"{stem}.webp")
        assert path.name == (f"{stem}.webp" if number is None else f"{stem}-{number}.webp")
        path.touch()
    assert file_name("a" * 119, "b") == "a" * 119  # cut before the hyphen
    assert file_name("😀") == "labkhand"


def test_the_dialog_opens_for_a_picture_with_a_long_name(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / f"{'写' * 80}.png"
    Image.new("RGB", (64, 64), "brown").save(path)
    bench.panel.faces.open_file(str(path))
    qtbot.waitUntil(lambda: bench.document.session.anchor.kind == "file" and bench.panel.is_up_to_date, timeout=10_000)
    bench.files.save_picture()  # type: ignore[attr-defined]
    dialog = bench.panel.findChild(SavePicture)
    dialog.set_folder(tmp_path)
    assert dialog.save_button.isEnabled()
    assert dialog.path.name.startswith("写" * 60)
    dialog.reject()


def test_a_folder_that_cant_be_reached_is_like_one_that_is_gone(qtbot: QtBot, tmp_path: Path) -> None:
    unreachable = "/" + "x" * 300  # Python raises OSError where it is looked for, as on a network drive that is gone
    assert usual_folder(unreachable) == usual_folder("")
    assert free_path(Path(unreachable), "a.png") == Path(unreachable) / "a.png"
    dialog = SavePicture("me", SettingsStore(UiSettings()), folder=Path(unreachable))
    qtbot.addWidget(dialog)
    assert not dialog.save_button.isEnabled()
    assert dialog.warning.text()


def test_a_typed_path_is_taken_as_one(qtbot: QtBot, tmp_path: Path) -> None:
    for folder in ("from", "other"):
        (tmp_path / folder).mkdir()
    dialog = dialog_for(qtbot, tmp_path / "from")
    for typed, path in (
        (f"{tmp_path}/other/a", tmp_path / "other" / "a.png"),
        ("../other/b.webp", tmp_path / "from" / "../other/b.webp"),
    ):
        dialog.name.clear()
        QTest.keyClicks(dialog.name, typed)
        assert dialog.path == path
        assert dialog.save_button.isEnabled()
    QTest.mouseClick(dialog.format.format.segments[0], Qt.MouseButton.LeftButton)
    assert dialog.path == tmp_path / "from" / "../other/b.png"  # another format keeps the folder
    dialog.name.clear()
    QTest.keyClicks(dialog.name, "gone/c")
    assert "There is no folder" in dialog.warning.text()


def test_edits_are_proposed_beside_their_photo_until_another_folder_is_chosen(
    qtbot: QtBot, bench: Bench, taken: Path, tmp_path: Path
) -> None:
    open_portrait(qtbot, bench, taken)
    (tmp_path / "edits").mkdir()

    def proposed() -> SavePicture:
        bench.files.save_picture()  # type: ignore[attr-defined]
        return bench.panel.findChildren(SavePicture)[-1]

    dialog = proposed()
    assert dialog.path.parent == taken.parent
    dialog.set_folder(tmp_path / "edits")
    with qtbot.waitSignal(bench.messenger.message_posted, timeout=20_000):
        dialog.accept()
    qtbot.waitUntil(lambda: not bench.panel.findChildren(SavePicture))
    assert proposed().path.parent == tmp_path / "edits"


@pytest.mark.long
def test_a_strip_begins_with_the_original_where_that_is_wanted(qtbot: QtBot, bench: Bench, taken: Path, tmp_path: Path) -> None:
    assert not bench.panel.strip.original.isEnabled()  # a sample was read from no picture
    open_portrait(qtbot, bench, taken)
    bench.document.set_edit("direction", "smile", 200.0)
    bench.panel.strip.set_steps(3)
    with Image.open(saved(qtbot, bench, tmp_path, ".png", "save_strip")) as strip:
        three = strip.width
    assert bench.panel.strip.original.isEnabled()
    bench.panel.strip.original.click()
    view, anchor = bench.panel.strip.view, bench.document.session.anchor
    qtbot.waitUntil(lambda: view.original is not None, timeout=10_000)  # on the screen, too: the photo, as its steps are seen
    assert anchor is not None
    assert view.original.shape == view.images[0].shape
    np.testing.assert_array_equal(view.original, view.images[0])  # 0 % of a photo is the photo
    assert view.cell(ORIGINAL).left() < view.cell(0).left()
    with Image.open(saved(qtbot, bench, tmp_path, ".png", "save_strip")) as strip:
        assert strip.width == pytest.approx(three * 4 / 3, abs=4)
    drawing = saved(qtbot, bench, tmp_path, ".svg", "save_strip").read_text(encoding="utf-8")
    assert "Steps along “smile”" in drawing
    assert "<!-- Original -->" in drawing  # letters as paths, named by their words
    assert saved(qtbot, bench, tmp_path, ".pdf", "save_strip").read_bytes().startswith(b"%PDF")
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.cell(ORIGINAL).center())
    assert bench.document.session.weight("direction", "smile") == 200.0, "the original is no step to go to"
    bench.panel.tools.model_view.click()
    original = bench.document.original(anchor)
    qtbot.waitUntil(lambda: view.original is original, timeout=10_000)  # as the model sees it, and as it is saved then
    qtbot.waitUntil(lambda: all(image is not None and image.shape == (64, 64, 3) for image in view.images), timeout=10_000)
    bench.panel.strip.original.click()
    qtbot.waitUntil(lambda: view.original is None, timeout=10_000)


def test_camera_boxes_can_be_used_where_there_is_something_to_keep(qtbot: QtBot, tmp_path: Path) -> None:
    nothing = dialog_for(qtbot, tmp_path).format
    assert not nothing.camera.isEnabled()
    assert not nothing.place.isEnabled()
    assert nothing.keep == "none"
    some = dialog_for(qtbot, tmp_path, camera=CameraData(b"x")).format
    some.camera.setChecked(True)
    assert not some.place.isEnabled()
    assert some.keep == "camera"
    everything = dialog_for(qtbot, tmp_path, camera=CameraData(b"x", b"y")).format
    assert everything.keep == "none"
    everything.camera.setChecked(True)
    everything.place.setChecked(True)
    assert everything.keep == "all"
    everything.camera.setChecked(False)
    assert everything.keep == "none"


def test_choices_are_remembered(qtbot: QtBot) -> None:
    settings = SettingsStore(UiSettings())
    first = PictureFormat(settings)
    qtbot.addWidget(first)
    QTest.mouseClick(first.format.segments[2], Qt.MouseButton.LeftButton)
    first.quality.setValue(80)
    first.set_camera(False, False)
    first.remember()
    again = PictureFormat(SettingsStore(UiSettings.load()))
    qtbot.addWidget(again)
    assert (again.ending, again.quality.value(), again.camera.isChecked()) == (".webp", 80, False)


# -- the clipboard --------------------------------------------------------------------------------------------------


def test_copy_takes_the_photo_at_its_own_size(qtbot: QtBot, bench: Bench, taken: Path) -> None:
    open_portrait(qtbot, bench, taken)
    with qtbot.waitSignal(bench.messenger.message_posted, timeout=20_000) as posted:
        bench.files.copy_picture()  # type: ignore[attr-defined]
    assert "500 × 400" in posted.args[0].text
    image = QApplication.clipboard().image()
    assert image.hasAlphaChannel()
    assert image.colorSpace().isValid()
    assert image.pixelColor(5, 50).alpha() == 0


@pytest.mark.long
@pytest.mark.parametrize("kind", ["file", "bytes", "pixels"])
def test_a_pasted_photo_goes_the_same_way_as_an_opened_one(qtbot: QtBot, bench: Bench, taken: Path, kind: str) -> None:
    mime = QMimeData()
    if kind == "file":
        mime.setUrls([QUrl("https://example.org/a.png"), QUrl.fromLocalFile("/tmp/notes.txt"), QUrl.fromLocalFile(str(taken))])
    elif kind == "bytes":
        mime.setData("image/png", taken.read_bytes())
    else:
        mime.setImageData(QImage(str(taken)))
    QApplication.clipboard().setMimeData(mime)
    with qtbot.waitSignal(bench.document.session_changed, timeout=20_000):
        bench.files.paste_photo()  # type: ignore[attr-defined]
    anchor = bench.document.session.anchor
    assert anchor.kind == "photo"
    assert anchor.label == ("taken.png" if kind == "file" else "Pasted picture.png")
    photo = bench.document.photo(anchor).photo
    assert photo.pixels.shape == (400, 500, 3)
    assert photo.alpha is not None
    if kind != "pixels":
        assert photo.icc == ICC


def test_a_pasted_picture_of_ours_brings_its_edit_back(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    bench.document.set_edit("direction", "smile", 60.0)
    wanted = bench.document.session
    path = saved(qtbot, bench, tmp_path, ".png")
    bench.document.reset_edits()
    mime = QMimeData()
    mime.setData("image/png", path.read_bytes())
    QApplication.clipboard().setMimeData(mime)
    with qtbot.waitSignal(bench.document.session_changed, timeout=20_000):
        bench.files.paste_photo()  # type: ignore[attr-defined]
    assert bench.document.session == wanted


def test_nothing_to_paste_is_said(qtbot: QtBot, bench: Bench) -> None:
    before = bench.document.session
    for mime in (QMimeData(), QMimeData()):
        mime.setText("not a picture")
        QApplication.clipboard().setMimeData(mime)
        with qtbot.waitSignal(bench.messenger.message_posted) as posted:
            bench.files.paste_photo()  # type: ignore[attr-defined]
        message: Message = posted.args[0]
        assert "no picture on the clipboard" in message.text
    assert bench.document.session == before


def test_pasted_pixels_lie_on_the_disk_only_until_they_are_read() -> None:
    mime = QMimeData()
    mime.setImageData(to_qimage(np.full((10, 12, 3), 70, np.uint8)))
    path, folder = written(picture_in(mime), "Pasted")
    assert to_array(QImage(path)).shape == (10, 12, 3)
    assert folder is not None
    del folder
    assert not Path(path).exists()

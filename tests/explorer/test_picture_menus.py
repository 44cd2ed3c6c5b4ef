"""The context menus on Explore's canvas and thumbnails, and the dialog that opens many photos, in the whole window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QUrl
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from core.faces.alignment import Eyes
from explorer import tasks
from explorer.explore.faces.column import OPENED, SAMPLES
from explorer.explore.faces.place_eyes import PlaceEyes
from explorer.saving.ask_picture import SavePicture
from explorer.windows.main_window import MainWindow
from explorer.windows.services import Services
from tests.explorer.test_main_window import open_model, services, window  # noqa: F401 - fixtures
from tests.helpers.photo_inputs import face


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two photos with a drawn face each."""
    folder = tmp_path_factory.mktemp("photos")
    for number, name in enumerate("ab"):
        photo = Image.new("RGB", (300, 260), (128, 128, 128))
        photo.paste(face(number + 1, 220), (40, 20))
        photo.save(folder / f"{name}.png")
    return [str(path) for path in sorted(folder.iterdir())]


@pytest.fixture
def two_photos(
    qtbot: QtBot,
    window: MainWindow,  # noqa: F811
    services: Services,  # noqa: F811
    files: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> MainWindow:
    """A window with both photos, opened by the dialog; the first is on the canvas."""
    open_model(qtbot, window, services)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (files, ""))
    window.actions_by_id["open_photo"].trigger()
    at_rest(qtbot, window)
    assert shown(window) == "a.png"
    return window


def at_rest(qtbot: QtBot, window: MainWindow) -> None:  # noqa: F811
    faces = window.explore.faces
    qtbot.waitUntil(lambda: not faces.opener.is_busy and not faces.adder.is_busy and not tasks.running_tasks(), timeout=30_000)
    qtbot.waitUntil(lambda: window.explore.is_up_to_date, timeout=10_000)


def painted(qtbot: QtBot, window: MainWindow) -> None:  # noqa: F811
    at_rest(qtbot, window)
    window.explore.canvas.repaint()


def shown(window: MainWindow) -> str:  # noqa: F811
    faces = window.explore.faces
    return faces.opened[faces.shown_place].anchor.label


def entries(menu: QMenu) -> dict[str, QAction]:
    return {action.objectName(): action for action in menu.actions() if not action.isSeparator()}


def test_an_edit_is_copied_from_one_thumbnail_to_another(
    qtbot: QtBot,
    two_photos: MainWindow,
    services: Services,  # noqa: F811
) -> None:
    document, menus = services.document, two_photos.menus
    assert not entries(menus.thumbnail_menu(0))["copy_edit"].isEnabled()
    assert not entries(menus.thumbnail_menu(1))["paste_edit"].isEnabled()
    document.set_edit("direction", "smile", 60.0)
    entries(menus.thumbnail_menu(0))["copy_edit"].trigger()
    entries(menus.thumbnail_menu(1))["paste_edit"].trigger()
    qtbot.waitUntil(lambda: document.session.weight("direction", "smile") == 60.0 and shown(two_photos) == "b.png", timeout=10_000)
    at_rest(qtbot, two_photos)
    document.undo_stack.undo()
    assert (shown(two_photos), document.session.edits) == ("b.png", ())
    entries(menus.thumbnail_menu(0))["copy_edit"].trigger()  # of one that isn't on the canvas
    assert two_photos.edits.copies.copied.edits[0].weight == 60.0


@pytest.mark.long
def test_the_picture_of_another_thumbnail_is_saved(
    qtbot: QtBot,
    two_photos: MainWindow,
    services: Services,  # noqa: F811
    tmp_path: Path,
) -> None:
    entries(two_photos.menus.thumbnail_menu(1))["save_picture"].trigger()
    qtbot.waitUntil(lambda: two_photos.findChild(SavePicture) is not None, timeout=10_000)
    dialog = two_photos.findChild(SavePicture)
    dialog.set_folder(tmp_path)
    with qtbot.waitSignal(services.messenger.message_posted, timeout=20_000):
        dialog.accept()
    (saved,) = tmp_path.glob("b*")
    with Image.open(saved) as image:
        assert image.size == (300, 260)  # the photo, not what the model draws


@pytest.fixture
def wish(
    qtbot: QtBot,
    two_photos: MainWindow,
    services: Services,  # noqa: F811
    tmp_path: Path,
) -> MainWindow:
    """An edit is to be pasted on a photo without a face, as soon as its eyes are placed."""
    wall = tmp_path / "wall.png"
    Image.new("RGB", (300, 200), "grey").save(wall)
    faces = two_photos.explore.faces
    services.document.set_edit("direction", "smile", 60.0)
    two_photos.edits.copies.copy()
    clear = tmp_path / "clear.png"
    Image.new("RGB", (64, 64), "brown").save(clear)
    faces.open_files([str(clear), str(wall)])
    at_rest(qtbot, two_photos)
    assert [picture.unsure for picture in faces.opened] == [False, True, False, False]
    entries(two_photos.menus.thumbnail_menu(1))["paste_edit"].trigger()
    qtbot.waitUntil(lambda: two_photos.findChild(PlaceEyes) is not None, timeout=10_000)
    return two_photos


def place_eyes(qtbot: QtBot, window: MainWindow) -> None:  # noqa: F811
    dialog = window.findChildren(PlaceEyes)[-1]
    dialog.markers.set_eyes(Eyes((120.0, 90.0), (170.0, 92.0)))
    dialog.accept()
    painted(qtbot, window)
    assert shown(window) == "wall.png"


def test_what_was_wished_is_done_once_the_eyes_are_placed(
    qtbot: QtBot,
    wish: MainWindow,
    services: Services,  # noqa: F811
) -> None:
    place_eyes(qtbot, wish)
    assert services.document.session.weight("direction", "smile") == 60.0


@pytest.mark.long
def test_a_wish_ends_when_the_eyes_are_not_placed(
    qtbot: QtBot,
    wish: MainWindow,
    services: Services,  # noqa: F811
    tmp_path: Path,
) -> None:
    wish.findChild(PlaceEyes).reject()
    wish.explore.faces.open_file(str(tmp_path / "wall.png"))  # later, and for its own sake
    qtbot.waitUntil(lambda: len(wish.findChildren(PlaceEyes)) == 1 and wish.findChild(PlaceEyes).isVisible(), timeout=10_000)
    place_eyes(qtbot, wish)
    assert services.document.session.edits == ()


def test_a_wish_ends_when_another_face_comes(
    qtbot: QtBot,
    two_photos: MainWindow,
    services: Services,  # noqa: F811
) -> None:
    entries(two_photos.menus.thumbnail_menu(1))["save_picture"].trigger()
    assert shown(two_photos) == "b.png"
    assert not two_photos.explore.is_up_to_date
    services.document.undo_stack.undo()  # before it was drawn
    painted(qtbot, two_photos)
    services.document.undo_stack.redo()
    painted(qtbot, two_photos)
    assert shown(two_photos) == "b.png"
    assert two_photos.findChild(SavePicture) is None


@pytest.mark.long
def test_a_wish_is_for_a_picture_not_for_its_place(
    qtbot: QtBot,
    two_photos: MainWindow,
    tmp_path: Path,
) -> None:
    """Pictures that are read meanwhile move the others on."""
    paths = [tmp_path / "brown.png", tmp_path / "navy.png"]
    for path in paths:
        Image.new("RGB", (64, 64), path.stem).save(path)
    faces = two_photos.explore.faces
    faces.open_files([str(path) for path in paths])
    entries(two_photos.menus.thumbnail_menu(1))["save_picture"].trigger()
    at_rest(qtbot, two_photos)
    assert [picture.anchor.label for picture in faces.opened] == ["brown.png", "navy.png", "a.png", "b.png"]
    qtbot.waitUntil(lambda: two_photos.findChild(SavePicture) is not None, timeout=10_000)
    assert two_photos.findChild(SavePicture).name.text().startswith("b")


def test_a_thumbnail_is_taken_away_and_its_folder_shown(
    two_photos: MainWindow, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[Path] = []
    monkeypatch.setattr("explorer.windows.picture_menus.show_in_folder", places.append)
    entries(two_photos.menus.thumbnail_menu(1))["show_photo"].trigger()
    two_photos.actions_by_id["show_photo"].trigger()
    assert places == [Path(files[1]), Path(files[0])]
    entries(two_photos.menus.thumbnail_menu(1))["take_away"].trigger()
    assert [picture.anchor.label for picture in two_photos.explore.faces.opened] == ["a.png"]
    assert shown(two_photos) == "a.png"


def test_the_canvas_has_what_belongs_to_its_face(two_photos: MainWindow) -> None:
    menu = entries(two_photos.menus.canvas_menu())
    assert {"save_picture", "copy_picture", "paste_edit", "take_away", "show_photo"} <= set(menu)
    assert "next_face" not in menu  # there is one face
    assert menu["save_picture"] is two_photos.actions_by_id["save_picture"]
    two_photos.explore.faces.set_source(SAMPLES)
    two_photos.explore.faces.choose(2)
    assert not {"take_away", "show_photo"} & set(entries(two_photos.menus.canvas_menu()))
    assert not {"take_away", "show_photo"} & set(entries(two_photos.menus.thumbnail_menu(2)))


def test_a_right_click_opens_the_menu(qtbot: QtBot, two_photos: MainWindow) -> None:
    grid = two_photos.explore.faces._grid
    for widget, place in ((two_photos.explore.canvas, QPoint(20, 20)), (grid.viewport(), grid.cell_rect(1).center())):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, widget.mapToGlobal(place))
        QApplication.sendEvent(widget, event)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        assert "take_away" in entries(menu)
        menu.close()
    assert shown(two_photos) == "a.png"  # nothing was chosen by that


def test_several_copied_files_are_pasted(
    qtbot: QtBot,
    window: MainWindow,  # noqa: F811
    services: Services,  # noqa: F811
    files: list[str],
) -> None:
    open_model(qtbot, window, services)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path) for path in files])
    QApplication.clipboard().setMimeData(mime)
    window.actions_by_id["paste_photo"].trigger()
    at_rest(qtbot, window)
    assert (window.explore.faces.source, shown(window)) == (OPENED, "a.png")
    assert len(window.explore.faces.opened) == 2
    QApplication.clipboard().clear()

"""The context menus of Explore's canvas and of its thumbnails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from core.latent.session import Session
from explorer.actions import menu_action
from explorer.document.document import Document
from explorer.document.edit_copies import EditCopies
from explorer.explore.tab import ExplorePanel
from explorer.saving.ask_path import show_in_folder
from explorer.windows.file_actions import FileActions
from explorer.windows.full_screen import ACTIONS as ON_FULL_SCREEN

CANVAS = (
    ("save_picture", "save_before_after", "save_film", "copy_picture"),
    ("copy_edit", "paste_edit", "reset"),
    ("previous_face", "next_face"),
    ("show_photo", "take_away"),
    ("open_photo", "paste_photo"),
    ("plain_pixels", "full_screen"),
)


Face = tuple[str, str] | None
"""A face's kind and reference; None: no face."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to do once a picture is on the canvas."""

    face: Face
    before: Face  # the one on the canvas while the picture is read
    do: Callable[[], None]


class PictureMenus(QObject):
    """Opens the menus, and does what their entries say.

    Args:
        explore: the panel.
        document: whose face the canvas shows.
        actions: the window's, by id; the canvas's menu is made of them.
        files: saves pictures.
        copies: copies edits and pastes them.
    """

    def __init__(
        self, explore: ExplorePanel, document: Document, actions: dict[str, QAction], files: FileActions, copies: EditCopies
    ) -> None:
        super().__init__(explore)
        self._explore = explore
        self._document = document
        self._actions = actions
        self._files = files
        self._copies = copies
        self._wish: Wish | None = None
        explore.canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        explore.canvas.customContextMenuRequested.connect(self._on_canvas_menu_requested)
        explore.faces.menu_requested.connect(self._on_faces_menu_requested)
        explore.faces.face_clicked.connect(self._drop_wish)
        explore.faces.choice_dropped.connect(self._drop_wish)
        explore.face_painted.connect(self._grant_wish)
        document.session_changed.connect(self._on_document_session_changed)

    def canvas_menu(self) -> QMenu:
        """The menu of the face on the canvas."""
        menu = QMenu(self._explore)
        for group in CANVAS:
            shown = [self._actions[name] for name in group if self._belongs(name)]
            if shown and menu.actions():
                menu.addSeparator()
            menu.addActions(shown)
        return menu

    def thumbnail_menu(self, index: int) -> QMenu:
        """The menu of a picture in the grid."""
        faces, menu = self._explore.faces, QMenu(self._explore)
        opened = faces.opened_at(index)
        if opened is not None:
            copy = menu_action("copy_edit", menu, lambda: self._copies.copy(opened.anchor))
            copy.setEnabled(bool(self._document.edits_of(opened.anchor)))
            menu.addAction(copy)
        paste = menu_action("paste_edit", menu, lambda: self._once_shown(index, self._copies.paste))
        paste.setEnabled(self._copies.copied is not None)
        menu.addAction(paste)
        menu.addSeparator()
        menu.addAction(menu_action("save_picture", menu, lambda: self._once_shown(index, self._files.save_picture)))
        if opened is not None:
            path = opened.path
            if path is not None:
                menu.addAction(menu_action("show_photo", menu, lambda: show_in_folder(path)))
            menu.addSeparator()
            menu.addAction(menu_action("take_away", menu, lambda: faces.take_away(index)))
        return menu

    def show_photo(self) -> None:
        """Open the folder of the picture on the canvas."""
        faces = self._explore.faces
        place = faces.shown_place
        path = faces.opened[place].path if place >= 0 else None
        if path is not None:
            show_in_folder(path)

    def _belongs(self, name: str) -> bool:
        """Whether an action makes sense for the face on the canvas."""
        if self._explore.canvas.window() is not self._explore.window() and name not in ON_FULL_SCREEN:
            return False  # it may open a dialog, which the picture would cover
        faces = self._explore.faces
        place = faces.shown_place
        if name in ("next_face", "previous_face"):
            return bool(self._explore.turner.words)
        if name == "show_photo":
            return place >= 0 and faces.opened[place].path is not None
        return name != "take_away" or place >= 0

    def _once_shown(self, index: int, do: Callable[[], None]) -> None:
        """Choose a picture of the grid, and do something once it is on the canvas."""
        faces = self._explore.faces
        face = faces.face_at(index)
        if face is None:
            return
        faces.opener.forget()  # what was asked for before; giving that up says nothing about this wish
        self._wish = Wish(face, _face(self._document.session), do)
        if faces.shown_index != index:
            faces.choose(index)
        self._grant_wish()

    def _grant_wish(self) -> None:
        wish = self._wish
        if wish is not None and wish.face == _face(self._document.session) and self._explore.is_up_to_date:
            self._wish = None
            wish.do()

    def _drop_wish(self) -> None:
        self._wish = None

    def _on_document_session_changed(self, session: Session) -> None:
        """Drop the wish when another face comes, and when the wished one was there and goes."""
        wish, face = self._wish, _face(session)
        if wish is not None and face == wish.face:
            self._wish = replace(wish, before=face)
        elif wish is not None and face != wish.before:
            self._wish = None

    def _on_canvas_menu_requested(self, place: QPoint) -> None:
        self._open(self.canvas_menu(), self._explore.canvas.mapToGlobal(place))

    def _on_faces_menu_requested(self, index: int, place: QPoint) -> None:
        self._open(self.thumbnail_menu(index), place)

    @staticmethod
    def _open(menu: QMenu, place: QPoint) -> None:
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)


def _face(session: Session) -> Face:
    return (session.anchor.kind, session.anchor.reference) if session.anchor is not None else None

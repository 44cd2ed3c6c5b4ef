"""The Explore tab: a face as large as fits, its sliders, its strip, and saving it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QResizeEvent,
    QShowEvent,
    QUndoStack,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from core.families.base import Can
from core.latent.session import Anchor, Session
from explorer.actions import with_keys
from explorer.document.decoding import Decoded, DecodeService, Draw
from explorer.document.document import Document
from explorer.document.face_edits import same_face
from explorer.document.loading import LoadedModel
from explorer.explore.close_ups import CloseUpMaker
from explorer.explore.direction_menu import DirectionMenu
from explorer.explore.drops import advice, dropped
from explorer.explore.face_spots import FaceSpots
from explorer.explore.face_turner import FaceTurner
from explorer.explore.faces.column import FacesColumn
from explorer.explore.families.own import PaneParts, own_pages, own_panes
from explorer.explore.families.photo_page import PhotoPage
from explorer.explore.sliders import SlidersColumn
from explorer.explore.strip import StripBar
from explorer.explore.tools import ExploreTools
from explorer.explore.views import ViewSizes
from explorer.look.theme import EDGE, GROUP, SPACE
from explorer.messages import Messenger
from explorer.qt import override, tab_in_reading_order
from explorer.settings.store import SettingsStore
from explorer.widgets.canvas import FaceCanvas
from explorer.widgets.free_place import EDITED
from explorer.widgets.progress_strip import ProgressStrip, WorkRow
from explorer.widgets.room.screen import LOW_WINDOW
from explorer.widgets.room.splitter import FoldingSplitter
from explorer.widgets.segmented import Segmented

if TYPE_CHECKING:
    from explorer.document.photos import OpenedPhoto, PhotoPreview


FACE, WHOLE = range(2)
LOW_CANVAS = 200  # units: a lower one has no room for controls, which would cover what is edited
_FIELDS = (QAbstractSpinBox, QLineEdit)
_PRESSABLE = (QAbstractButton, QComboBox)
_COMES_BACK = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
_BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class ExplorePanel(QWidget):
    """Shows the document's face and lets the person change it."""

    open_requested = Signal()
    save_picture_requested = Signal()
    save_many_requested = Signal()
    """All photos that the page of a model without codes has open are to be saved."""
    save_strip_requested = Signal()
    folder_requested = Signal(str)
    """A folder that was dropped is to be opened on the Data tab."""
    view_changed = Signal()
    """Face, whole photo, or the model's view: another one is shown."""
    face_painted = Signal(object)
    """The request id of a picture that has just appeared on the canvas."""

    def __init__(
        self,
        document: Document,
        decoding: DecodeService,
        settings: SettingsStore,
        messenger: Messenger,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._decoding = decoding
        self._messenger = messenger
        self._before_request = 0
        self._wanted_request = self._shown_request = 0  # of the canvas
        self._anchor_key: tuple[object, ...] | None = None
        self._shown: np.ndarray | None = None
        self._before: np.ndarray | None = None
        self._preview: PhotoPreview | None = None  # while a photo's face is edited
        self._face: Anchor | None = None  # of the last session
        self._photo = ""  # the reference of the photo on the canvas
        self._sizes = ViewSizes()

        self.faces = FacesColumn(document, decoding, settings, messenger, self)
        self.menu = DirectionMenu(document, messenger, self, self.faces.fitting)
        self.canvas = FaceCanvas(self)
        self.canvas.setProperty(EDITED, True)
        self.photo_view = Segmented((self.tr("Face"), self.tr("Whole photo")), self.tr("What is shown of the photo"), self)
        self.photo_view.set_tooltips(
            (
                with_keys(self.tr("Show the part of the photo around the face ({keys})"), "whole_photo"),
                with_keys(self.tr("Show all of the photo, with the edit in it ({keys})"), "whole_photo"),
            )
        )
        self.photo_view.hide()
        self.canvas.set_corner(self.photo_view)
        self._close_ups = CloseUpMaker(self.canvas, document, messenger)
        self.sliders = SlidersColumn(document, decoding, self.menu, messenger, self)
        self.strip = StripBar(document, decoding, settings, self)
        self._progress = ProgressStrip(self, slim=True)
        self.exporting = ProgressStrip(self, slim=True)

        middle = QWidget(self)
        middle_layout = QVBoxLayout(middle)
        middle_layout.setContentsMargins(0, 0, 0, 0)
        middle_layout.setSpacing(SPACE)
        middle_layout.addWidget(self.canvas, 1)
        self.turner = FaceTurner(document, self.faces.opener, middle)
        self.face_spots = FaceSpots(self.canvas, document, self.faces.opener)
        self.tools = ExploreTools(document, self.turner, middle)
        middle_layout.addWidget(self.tools)
        self._still = QLabel(middle)
        self._still.setWordWrap(True)
        self._still.setProperty("muted", True)
        self._still.hide()
        middle_layout.addWidget(self._still)
        self._columns = FoldingSplitter("explore_columns", self)
        self.faces.setMinimumWidth(232)
        middle.setMinimumWidth(232)
        self.sliders.setMinimumWidth(300)
        self._columns.add_pane(self.faces, 252, fold=self.tr("pictures to choose from"))
        self._columns.add_pane(middle, 620, stretch=1)
        self._columns.add_pane(self.sliders, 344, fold=self.tr("sliders"))
        parts = PaneParts(document, decoding, self.canvas, self._shows_model, self.menu)
        self._model_path = ""  # of the model in use
        self.own_panes = {name: make(parts, self) for name, make in own_panes().items()}
        """What some families have in place of sliders, by the family's name."""
        self.page: PhotoPage[Any, Any] | None = None
        """What stands in place of all else, while a model without codes is in use."""
        self._pages: dict[str, PhotoPage[Any, Any]] = {}  # that were needed so far, by the family's name
        last = tab_in_reading_order(self.canvas, self.tools)
        for own in self.own_panes.values():
            own.setMinimumWidth(300)
            last = tab_in_reading_order(last, own)
            self._columns.add_pane(own, 344, fold=self.tr("codes"))
            self._columns.show_pane(own, False)
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, GROUP, EDGE, GROUP)
        layout.setSpacing(0)
        self._work = WorkRow((self._progress, self.exporting), self)
        self._room_for_work = QWidget(self)
        layout.addWidget(self._columns, 1)
        self._no_page = self._make_no_page()
        layout.addWidget(self._no_page, 1)
        layout.addWidget(self._room_for_work)
        layout.addWidget(self.strip)

        self.faces.open_requested.connect(self.open_requested)
        self.faces.photos_given_on.connect(self._on_faces_photos_given_on)
        self.faces.waiting.changed.connect(self._show_state)
        self.faces.opener.given_up.connect(self.choose_first_face)
        self.faces.adder.ended.connect(self.choose_first_face)
        self.strip.save_strip_requested.connect(self.save_strip_requested)
        self.strip.save_picture_requested.connect(self.save_picture_requested)
        self.canvas.painted.connect(self.face_painted)
        self.canvas.view_changed.connect(self._on_canvas_view_changed)
        self.tools.reset_requested.connect(self.reset)
        self.tools.before_held.connect(self.canvas.hold_before)
        self.tools.before_kept.connect(self.canvas.keep_before)
        self.tools.split_changed.connect(self._on_tools_split_changed)
        self.photo_view.choice_changed.connect(self._on_tools_view_changed)
        self.tools.view_changed.connect(self._on_tools_view_changed)
        self.tools.eyes_requested.connect(self.faces.opener.correct_eyes)
        self.menu.started.connect(self._on_menu_started)
        self.menu.progressed.connect(self._progress.update_progress)
        self.menu.ended.connect(self._on_menu_ended)
        self.menu.data_requested.connect(self.faces.data_requested)
        self.menu.reframe_requested.connect(self.faces.reframe_requested)
        self.menu.own_pictures_requested.connect(self.faces.own_pictures_requested)
        self.menu.fitting_model_requested.connect(self.faces.fitting_model_requested)
        self._progress.cancelled.connect(self.menu.cancel)
        decoding.decoded.connect(self._on_decoding_decoded)
        document.model_changed.connect(self._on_document_model_changed)
        document.model_loading_changed.connect(self._show_state)
        document.session_changed.connect(self._on_document_session_changed)
        document.photo_kept.connect(self._on_document_photo_kept)
        document.photo_forgotten.connect(self._on_document_photo_forgotten)
        self._led_to: QObject | None = None  # the button that keys have led the focus to
        for pressable in (*self.findChildren(QAbstractButton), *self.findChildren(QComboBox)):
            pressable.installEventFilter(self)
        self.setAcceptDrops(True)
        if document.model is not None:  # opened before this tab was built
            self._on_document_model_changed(document.model)
        self._show_state()

    @property
    def picture(self) -> np.ndarray | None:
        """The face on the canvas, uint8 (H, W, C)."""
        return self._shown

    @property
    def is_up_to_date(self) -> bool:
        """Whether the face on the canvas is the session's, with its edits as they are now."""
        is_drawn = self._shown is not None and self._shown_request == self._wanted_request
        return is_drawn and not self._document.awaits_photo

    @property
    def shows_photo(self) -> bool:
        """Whether the canvas shows a photo with its edit, rather than what a model draws."""
        return self._draw is not None

    @property
    def columns(self) -> FoldingSplitter:
        """The columns, which the person can drag and fold."""
        return self._columns

    @property
    def shows_whole(self) -> bool:
        """Whether all of a photo is to be shown, and not only its face."""
        return self.photo_view.choice == WHOLE

    def reset(self) -> None:
        """Take the edits back that are in sight: the face's, and of a whole photo those of all its faces."""
        self._document.reset_edits(of_all_faces=self.tools.shows_whole)

    def toggle_whole_photo(self) -> None:
        """Show all of the photo, or its face."""
        if self._draw is not None:
            self.photo_view.set_choice(FACE if self.shows_whole else WHOLE)
            self._on_tools_view_changed()

    def choose_first_face(self) -> None:
        """Edit a sample, where there is no face yet, and none on its way."""
        if self.page is not None:
            return
        is_free = self._document.session.anchor is None and not self.faces.opener.is_busy and not self.faces.adder.is_busy
        if is_free and self._document.model is not None:
            self.faces.open_typical_sample()

    @property
    def undo_stack(self) -> QUndoStack:
        """What undo takes back here: where a page is shown, its steps."""
        return self.page.undo_stack if self.page is not None else self._document.undo_stack

    @property
    def front_canvas(self) -> FaceCanvas:
        """The canvas that is seen."""
        return self.page.canvas if self.page is not None else self.canvas

    def toggle_before(self) -> None:
        """Keep the picture from before on the canvas, or no longer."""
        (self.page or self.tools).toggle_before()

    def toggle_split(self) -> None:
        """Show before and after side by side, or no longer."""
        (self.page or self.tools).split.click()

    def _make_no_page(self) -> QLabel:
        """What is said of a model without codes whose family has no page."""
        label = QLabel(self)
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setProperty("muted", True)
        label.hide()
        return label

    def _show_page(self, model: LoadedModel | None) -> None:
        """Show what the family of a model without codes has in place of all else; for other models, the columns."""
        codes = model is None or bool(model.spaces)
        name = "" if codes or model is None else model.family.name
        self.page = self._page_of(name) if name else None
        for one in self._pages.values():
            one.set_model(model if one is self.page else None)
            one.setVisible(one is self.page)
        self._columns.setVisible(codes)
        self.strip.setVisible(codes)
        self._no_page.setVisible(not codes and self.page is None)
        if model is not None:
            text = self.tr("A {family} has no codes to look at or to change here. The Gallery shows what it does.")
            self._no_page.setText(text.format(family=model.family.title))
        self.view_changed.emit()

    def _page_of(self, name: str) -> PhotoPage[Any, Any] | None:
        """The page of a family, made once it is needed; None where it has none."""
        if name not in self._pages and (make := own_pages().get(name)) is not None:
            page = self._pages[name] = make(self._messenger, self)
            page.hide()
            self._layout.insertWidget(0, page, 1)
            page.open_requested.connect(self.open_requested)
            page.save_requested.connect(self.save_picture_requested)
            page.save_many_requested.connect(self.save_many_requested)
            page.undo_stack.indexChanged.connect(self.view_changed)
        return self._pages.get(name)

    def _on_faces_photos_given_on(self, paths: list[str], kept: object) -> None:
        """Photos were opened for a model that has no code for them."""
        model = self._document.model
        page = self._page_of(model.family.name) if model is not None else None
        if page is not None:
            page.open_files(paths, kept)
        else:
            self._messenger.info(self._no_page.text())

    def _ask_canvas(self) -> None:
        z = self._document.edited_code()
        if z is not None and not self._document.awaits_photo:
            self._wanted_request = self._decoding.request("canvas", z[None], self._draw, space=self._document.space)
            self._sizes.asked(self._wanted_request, self._size)

    def _ask_before(self) -> None:
        z = self._document.code_with(())
        if z is not None and not self._document.awaits_photo:
            draw = self._draw
            if draw is not None and self.shows_whole and self._opened is not None:
                draw = self._opened.whole_on_canvas
            self._before_request = self._decoding.request("before", z[None], draw, space=self._document.space)
            self._sizes.asked(self._before_request, self._size)

    def _shows_model(self) -> bool:
        """Whether the canvas shows a face as the model draws it."""
        return not self.shows_photo

    @property
    def _draw(self) -> Draw | None:
        """What draws the photo with its edit; None for faces that are the model's own."""
        if self._preview is None or self.tools.shows_model:
            return None
        return self._preview.whole_on_canvas if self.shows_whole else self._preview.on_canvas

    @property
    def _size(self) -> tuple[int, int] | None:
        """Width and height of what the canvas shows, in pixels of the photo; None: the model's picture, which has its own."""
        if self._draw is None or self._preview is None:
            return None
        left, top, right, bottom = self._preview.box(self.shows_whole)
        return right - left, bottom - top

    def _set_preview(self) -> None:
        """Make the preview of the session's photo, if it has one."""
        anchor, model = self._document.session.anchor, self._document.model
        photo = self._document.shown_photo
        self._preview = self._opened = None
        if photo is not None and anchor is not None and model is not None:
            from explorer.document.photos import PhotoPreview  # noqa: PLC0415 - was loaded when the photo was opened

            self._preview = PhotoPreview(photo, anchor, model)
            opened = self._document.photo(anchor)
            self._opened = self._preview if opened is None or opened is photo else PhotoPreview(opened, anchor, model)
        self.tools.set_photo(self._preview is not None)
        self._show_photo_view()

    def _show_photo_view(self) -> None:
        """Offer face and whole photo where there is a choice, and say what the canvas may ask close-ups of."""
        shows_photo = self._draw is not None
        self.photo_view.setVisible(shows_photo and self.canvas.height() >= LOW_CANVAS)
        self.strip.set_preview(self._preview if shows_photo else None)
        for own in self.own_panes.values():
            own.refresh()
        self._close_ups.set_photo(self._preview if shows_photo else None, self.shows_whole, self._opened)
        self.tools.set_whole(shows_photo and self.shows_whole)

    def _show_state(self) -> None:
        """Show a placeholder for the face, or the face."""
        if self._document.loading and self._document.model is None:
            text = self.tr("Loading the model {name}…").format(name=self._document.loading)
            self.canvas.set_placeholder("\n".join(filter(None, (text, self.faces.waiting.words))))
        elif self._document.model is None:
            text = self.tr("No model yet. Train one, or open one from the menu at the top.")
            self.canvas.set_placeholder("\n".join(filter(None, (text, self.faces.waiting.words))))
        elif self._document.session.anchor is None:
            edits = Can.MOVE in self._document.model.can
            text = self.tr("Choose a picture to edit") if edits else self.tr("Choose a picture to see what the model makes of it")
            self.canvas.set_placeholder(text)
        elif self._document.awaits_photo:
            is_read = self._document.photo(self._document.session.anchor) is not None
            words = self.tr("Putting the edits of other faces onto {name}…") if is_read else self.tr("Reading {name}…")
            self.canvas.set_placeholder(words.format(name=self._document.session.anchor.label))

    def _on_decoding_decoded(self, decoded: Decoded) -> None:
        if decoded.channel == "canvas":
            self._shown, self._shown_request = decoded.images[0], decoded.id
            self.canvas.set_image(decoded.images[0], decoded.id, self._sizes.of(decoded.id))
            preview = self._preview if self.shows_photo and self._document.session.edits else None
            self.tools.set_trusted(*((1.0, 1.0) if preview is None else (preview.trusted, preview.by_size)))
        elif decoded.channel == "before" and decoded.id == self._before_request:
            self._before = decoded.images[0]
            self.canvas.set_before(decoded.images[0], self._sizes.of(decoded.id))

    def _on_document_session_changed(self, session: Session) -> None:
        model = self._document.model
        key = (session.anchor, model.generation if model else 0, self._document.other_faces, self._document.shown_photo)
        if key != self._anchor_key:
            self._anchor_key = key
            stays = self._is_in_sight(session.anchor)
            before, self._face = self._face, session.anchor
            self._show_all_of_another_photo(session.anchor)
            self._follow_face(before, session.anchor)
            self._set_preview()
            self._ask_before()
            if session.anchor is None or self._document.awaits_photo:
                self._show_nothing(stays)
        self._ask_canvas()
        self._show_state()

    def _is_in_sight(self, anchor: Anchor | None) -> bool:
        """Whether the picture on the canvas is one of this face, or the whole photo that it is part of."""
        before = self._face
        if same_face(before, anchor):
            return True
        if before is None or anchor is None or not self.shows_whole:
            return False
        return anchor.kind == "photo" and (before.kind, before.reference) == (anchor.kind, anchor.reference)

    def _show_nothing(self, stays: bool) -> None:
        """There is nothing to save or copy, until the photo is there; the canvas keeps its picture only where that stays right."""
        for channel in ("canvas", "before"):
            self._decoding.cancel(channel)
        self._shown = self._before = None
        if not stays:
            self.canvas.set_image(None)
            self.canvas.set_before(None)

    def _follow_face(self, before: Anchor | None, anchor: Anchor | None) -> None:
        """Let keys mean another picture once it was chosen; the first one is nobody's choice."""
        if before is None or anchor is None:
            return
        if (before.kind, before.reference) != (anchor.kind, anchor.reference):
            self._focus_picture()

    def _show_all_of_another_photo(self, anchor: Anchor | None) -> None:
        """A part that was zoomed into is another thing in another photo; faces that a model drew are looked at alike."""
        photo = anchor.reference if anchor is not None and anchor.kind == "photo" else ""
        if photo != self._photo:
            self._photo = photo
            self.canvas.fit()

    def _on_document_photo_kept(self, opened: OpenedPhoto) -> None:
        """Use the photo if the face is part of it, since an edit may be opened before its photo."""
        if self._document.shown_photo is opened:
            self._on_document_session_changed(self._document.session)
        else:
            self._show_state()

    def _on_document_photo_forgotten(self, reference: str) -> None:
        """Show the face as the model draws it: its photo can't be read any more."""
        anchor = self._document.session.anchor
        if anchor is not None and anchor.reference == reference:
            self._anchor_key = None
            self._on_document_session_changed(self._document.session)

    def _on_document_model_changed(self, model: LoadedModel | None) -> None:
        self._anchor_key = None  # "before" depends on the model and the class
        path = model.path if model is not None else ""
        if path != self._model_path:  # a photo begins as a photo with each model
            self._model_path = path
            self.tools.model_view.setChecked(False)
        moves = model is None or Can.DIRECTIONS in model.can
        self._columns.show_pane(self.sliders, moves)
        own = self.own_panes.get(model.family.name) if model is not None else None
        for one in self.own_panes.values():
            self._columns.show_pane(one, one is own)
            one.set_model(model if one is own else None)
        self.strip.set_moves(model is None or Can.MOVE in model.can)
        self._show_page(model)
        self._still.setVisible(not moves and own is None)
        if model is not None and not moves:
            self._still.setText(
                self.tr("The codes of {family} can't be changed with sliders. The Gallery shows what they are.").format(
                    family=model.family.one
                )
            )
        self._show_state()

    def _on_tools_split_changed(self, is_split: bool) -> None:
        self.canvas.set_split(is_split)
        if self.canvas.shows_split:
            self.canvas.divider.setFocus(Qt.FocusReason.OtherFocusReason)  # the arrow keys move it

    def _on_tools_view_changed(self) -> None:
        self._show_photo_view()
        self._ask_before()
        self._ask_canvas()
        self.view_changed.emit()

    def _on_canvas_view_changed(self) -> None:
        """What a low canvas has no room for is in the menu of its tools."""
        is_low = self.canvas.height() < LOW_CANVAS
        self.photo_view.setVisible(self._draw is not None and not is_low)
        self.tools.set_needs_more(is_low)

    def _on_menu_started(self, what: str) -> None:
        self._progress.start(what)
        self._progress.show()

    def _on_menu_ended(self) -> None:
        self._progress.finish()
        self._progress.hide()

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self.front_canvas.set_drop_hovers(bool(dropped(event.mimeData()).pictures))

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.front_canvas.set_drop_hovers(False)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self.front_canvas.set_drop_hovers(False)
        event.acceptProposedAction()
        what = dropped(event.mimeData())
        message = advice(what, self, self.folder_requested.emit)
        if message is not None:
            self._messenger.post(message)
        self.faces.open_files(what.pictures)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """With little height, the picture gets what strip and margins can spare."""
        super().resizeEvent(event)
        is_low = self.window().height() < LOW_WINDOW
        around = SPACE if is_low else GROUP
        self._layout.setContentsMargins(EDGE, around, EDGE, around)
        self._room_for_work.setFixedHeight(around if is_low else self._progress.slim_height)
        self._work.lie_over(self.front_canvas if is_low else None, self._room_for_work)
        self.canvas.set_margin(around)
        self.strip.set_low(is_low)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.window().installEventFilter(self)
        self._ask_canvas()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.window().removeEventFilter(self)
        self.canvas.hold_before(False)

    @override
    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab as ever; a widget that goes while it has the focus leaves that to the canvas, not to a button next to it."""
        focused = QApplication.focusWidget()
        goes = focused is not None and self.isAncestorOf(focused) and not (focused.isVisible() and focused.isEnabled())
        if goes and self.canvas.isVisible() and self.canvas.isEnabled():
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return super().focusNextPrevChild(forward)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._takes_key(event):
            super().keyPressEvent(event)

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._takes_key(event):
            super().keyReleaseEvent(event)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handles keys that nothing else in the window has taken, and those of buttons that keys haven't led the focus to.

        It watches only these and the window, not the application: there it would be called for every event of every object, each
        waiting for the interpreter's lock while another thread loads a model.
        """
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and isinstance(event, QKeyEvent):
            return watched is not self._led_to and self._takes_key(event)
        came = event.type() == QEvent.Type.FocusIn and isinstance(event, QFocusEvent) and event.reason() not in _COMES_BACK
        if came and isinstance(watched, _PRESSABLE):
            self._led_to = watched if cast(QFocusEvent, event).reason() in _BY_KEYS else None
        return False

    def _focus_picture(self) -> None:
        """Another picture was chosen: a button that a click or the program gave the focus to gives it to the canvas."""
        focused = self.window().focusWidget()
        stays = focused is not None and self.isAncestorOf(focused) and not isinstance(focused, _PRESSABLE)
        if self.isVisible() and not stays and (focused is None or focused is not self._led_to):
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _takes_key(self, event: QKeyEvent) -> bool:
        """Space shows the face before the edits while held, except in text fields and in buttons that Tab has led to."""
        focused = QApplication.focusWidget()
        takes_space = isinstance(focused, _FIELDS) or (focused is not None and focused is self._led_to)
        if event.key() != Qt.Key.Key_Space or takes_space:
            return False
        if not event.isAutoRepeat():
            self.front_canvas.hold_before(event.type() == QEvent.Type.KeyPress)
        return True
